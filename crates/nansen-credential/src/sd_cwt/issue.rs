//! Issuing: claims in clear go in, a signed SD-CWT with all its disclosures comes out.

use rand_core::CryptoRng;

use super::credential::encode_sd_cwt;
use super::disclosure::{Content, Digest, digest, encode, random_salt};
use super::message::{SdCwt, TYP_SD_CWT, Terms};
use super::reveal::REDACTED_ELEMENT;
use crate::cbor::{Key, Map, Value};
use crate::claims::{ASSURANCE, LEGAL_EFFECT, NEVER_REDACTED, check_codes};
use crate::cose::{Signer, header, signature_input};
use crate::error::check_size;
use crate::limits::{MAX_DISCLOSURES, MAX_KID_BYTES};
use crate::{ClaimName, ClaimPath, Error, PathElement};

/// A credential about to be issued.
#[derive(Clone, Debug)]
pub struct Issuance<'a> {
    /// Who issues what, to which key, and for how long. Without a device key, the credential can
    /// only be a copy.
    pub terms: Terms,
    /// `kid`: which of the issuer's keys signs; [`crate::cose::PublicKey::kid`] by custom.
    pub kid: &'a [u8],
    /// What it says, all in clear.
    pub claims: &'a Map,
    /// What the holder may leave out.
    pub redaction: Redaction,
}

/// Which claims can be left out of a presentation, and how many digests hide their number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redaction {
    /// Claims that can be left out. `[*]` stands for each element of an array. A path and a path
    /// below it may both be here: the group then costs one digest while it stays hidden.
    pub paths: Vec<ClaimPath>,
    /// Decoys fill the digests of each map up to a multiple of this; 0 and 1 add none.
    pub decoys_to_multiple_of: usize,
}

impl Redaction {
    /// Nothing can be left out: for printed copies.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Each claim of the top level can be left out, but those that must stay in clear.
    #[must_use]
    pub fn each_claim_of(claims: &Map) -> Self {
        let paths = claims
            .iter()
            .filter(|(key, _)| !must_stay(key))
            .map(|(key, _)| ClaimPath::default().child(PathElement::Key(key.clone())))
            .collect();
        Self {
            paths,
            decoys_to_multiple_of: 0,
        }
    }
}

impl Issuance<'_> {
    /// Signs the credential and returns it with all its disclosures.
    ///
    /// # Errors
    /// [`Error::NeverRedacted`], [`Error::Forbidden`] for claims that are fields of this type,
    /// [`Error::NoSuchClaim`] for a redaction path that leads nowhere, [`Error::Invalid`] for
    /// codes outside their scheme, [`Error::TooMany`] and [`Error::TooLarge`] beyond the limits,
    /// those of [`Signer::sign`], and whatever a holder of these bytes would refuse.
    pub fn sign(&self, signer: &impl Signer, rng: &mut impl CryptoRng) -> Result<Vec<u8>, Error> {
        self.check()?;
        let mut redactor = Redactor {
            redaction: &self.redaction,
            disclosures: Vec::new(),
            rng,
        };
        let mut payload = redactor.map(self.claims, &ClaimPath::default());
        let mut disclosures = redactor.disclosures;
        if disclosures.len() > MAX_DISCLOSURES {
            return Err(Error::TooMany {
                what: "disclosures",
                count: disclosures.len(),
                limit: MAX_DISCLOSURES,
            });
        }
        disclosures.sort_unstable_by_key(|(digest, _)| *digest);
        let disclosures: Vec<&[u8]> = disclosures
            .iter()
            .map(|(_, disclosure)| disclosure.as_slice())
            .collect();
        self.terms.write(&mut payload)?;
        let payload = payload.to_cbor();
        let protected = protected_header(signer.public_key().algorithm().id(), self.kid);
        let signature = signer.sign(&signature_input(&protected, &[], &payload))?;
        let bytes = encode_sd_cwt(&protected, &disclosures, &payload, &signature);
        // One set of rules, for what is written as for what is read: depth, sizes, texts.
        SdCwt::parse(&bytes)?.reveal()?;
        Ok(bytes)
    }

    fn check(&self) -> Result<(), Error> {
        check_size("kid", self.kid, MAX_KID_BYTES)?;
        check_codes(self.claims)?;
        if holds_redaction(&Value::Map(self.claims.clone())) {
            return Err(Error::Forbidden {
                what: "a digest among claims in clear",
            });
        }
        for reserved in Terms::LABELS {
            if self.claims.label(reserved).is_some() {
                return Err(Error::Forbidden {
                    what: "a claim that is a term of the credential",
                });
            }
        }
        for path in &self.redaction.paths {
            if let Some(PathElement::Key(key)) = path.elements().first()
                && must_stay(key)
            {
                return Err(Error::NeverRedacted(ClaimName(key.clone())));
            }
            if path.select(self.claims).is_empty() {
                return Err(Error::NoSuchClaim {
                    path: path.to_string(),
                });
            }
        }
        Ok(())
    }
}

/// The protected header of an SD-CWT.
#[must_use]
pub fn protected_header(algorithm: i64, kid: &[u8]) -> Vec<u8> {
    Map::new()
        .with(header::ALG, algorithm)
        .with(header::KID, Value::Bytes(kid.to_vec()))
        .with(header::TYP, TYP_SD_CWT)
        .to_cbor()
}

struct Redactor<'a, R> {
    redaction: &'a Redaction,
    disclosures: Vec<(Digest, Vec<u8>)>,
    rng: &'a mut R,
}

impl<R: CryptoRng> Redactor<'_, R> {
    /// The map with digests in place of its redactable entries, innermost first.
    fn map(&mut self, map: &Map, path: &ClaimPath) -> Map {
        let mut redacted = Map::new();
        let mut digests = Vec::new();
        for (key, value) in map.iter() {
            let path = path.child(PathElement::Key(key.clone()));
            let value = self.value(value, &path);
            if self.is_redactable(&path) {
                let key = key.clone();
                digests.push(self.disclose(&Content::Claim { key, value }));
            } else {
                redacted.insert(key.clone(), value);
            }
        }
        if !digests.is_empty() {
            let multiple = self.redaction.decoys_to_multiple_of.max(1);
            while digests.len() % multiple != 0 {
                let salt = random_salt(self.rng);
                digests.push(digest(&encode(&salt, &Content::Decoy)));
            }
            // Sorted, so that the order tells nothing and a receiver can restore it.
            digests.sort_unstable();
            let digests = digests
                .into_iter()
                .map(|digest| Value::Bytes(digest.to_vec()));
            redacted.insert(Key::Redacted, Value::Array(digests.collect()));
        }
        redacted
    }

    fn value(&mut self, value: &Value, path: &ClaimPath) -> Value {
        match value {
            Value::Map(map) => Value::Map(self.map(map, path)),
            Value::Array(items) => {
                let items = (0..=u32::MAX).zip(items).map(|(index, item)| {
                    let path = path.child(PathElement::Index(index));
                    let item = self.value(item, &path);
                    if !self.is_redactable(&path) {
                        return item;
                    }
                    let digest = self.disclose(&Content::Element(item));
                    Value::Tag(REDACTED_ELEMENT, Box::new(Value::Bytes(digest.to_vec())))
                });
                Value::Array(items.collect())
            }
            other => other.clone(),
        }
    }

    fn disclose(&mut self, content: &Content) -> Digest {
        let disclosure = encode(&random_salt(self.rng), content);
        let digest = digest(&disclosure);
        self.disclosures.push((digest, disclosure));
        digest
    }

    fn is_redactable(&self, path: &ClaimPath) -> bool {
        let is_named_by = |pattern: &&ClaimPath| {
            let (pattern, path) = (pattern.elements(), path.elements());
            pattern.len() == path.len()
                && pattern.iter().zip(path).all(|(pattern, step)| {
                    pattern == step
                        || matches!((pattern, step), (PathElement::All, PathElement::Index(_)))
                })
        };
        self.redaction
            .paths
            .iter()
            .any(|pattern| is_named_by(&pattern))
    }
}

/// Whether claims given in clear already hold what only redaction may put there.
fn holds_redaction(value: &Value) -> bool {
    match value {
        Value::Map(map) => map
            .iter()
            .any(|(key, value)| *key == Key::Redacted || holds_redaction(value)),
        Value::Array(items) => items.iter().any(holds_redaction),
        Value::Tag(tag, item) => *tag == REDACTED_ELEMENT || holds_redaction(item),
        _ => false,
    }
}

/// Whether a claim of the top level must stay in clear.
fn must_stay(key: &Key) -> bool {
    match key {
        Key::Int(label) => NEVER_REDACTED.contains(label) || Terms::LABELS.contains(label),
        Key::Text(name) => name == ASSURANCE || name == LEGAL_EFFECT,
        Key::Redacted => true,
    }
}
