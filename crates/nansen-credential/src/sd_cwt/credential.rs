//! A credential in its holder's hands: every disclosure there, to be shown in part.

use super::disclosure::{Content, Digest};
use super::key_binding::{KeyBinding, UnsignedPresentation};
use super::message::{IssuerSignatureValid, SdCwt, Terms};
use crate::cbor::{Map, Value, Writer};
use crate::cose::{PublicKey, Signature, header};
use crate::{ClaimPath, Error, PathElement};

/// A credential that its holder keeps.
#[derive(Clone)]
pub struct Credential {
    bytes: Vec<u8>,
    protected: Vec<u8>,
    payload: Vec<u8>,
    signature: Signature,
    kid: Option<Vec<u8>>,
    terms: Terms,
    claims: Map,
    redactable: Vec<Redactable>,
}

/// A claim that the holder may show or not.
#[derive(Clone)]
struct Redactable {
    path: ClaimPath,
    disclosure: Vec<u8>,
    digest: Digest,
}

/// Which disclosures go into a presentation: chosen claims, the groups that they stand in, and
/// all that stands in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection(Vec<bool>);

impl Credential {
    /// Reads a credential as issued. The signature is not looked at: see
    /// [`Credential::verify_signature`].
    ///
    /// # Errors
    /// [`Error`] naming what is not as it must be.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let message = SdCwt::parse(bytes)?;
        let revealed = message.reveal()?;
        // A decoy hides a number and says nothing: it is never shown.
        let redactable = revealed
            .places
            .into_iter()
            .zip(message.disclosures())
            .filter(|(_, disclosure)| disclosure.content != Content::Decoy);
        Ok(Self {
            protected: message.protected_bytes().to_vec(),
            payload: message.payload_bytes().to_vec(),
            signature: *message.signature(),
            kid: message.kid().map(<[u8]>::to_vec),
            terms: message.terms().clone(),
            claims: revealed.claims,
            redactable: redactable
                .map(|(path, disclosure)| Redactable {
                    path,
                    disclosure: disclosure.bytes.to_vec(),
                    digest: disclosure.digest,
                })
                .collect(),
            bytes: bytes.to_vec(),
        })
    }

    /// The bytes as issued.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Who issued what, to which key, and for how long.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Which of the issuer's keys signed.
    #[must_use]
    pub fn kid(&self) -> Option<&[u8]> {
        self.kid.as_deref()
    }

    /// Everything the credential says.
    #[must_use]
    pub const fn claims(&self) -> &Map {
        &self.claims
    }

    /// Paths of the claims that need not be shown.
    pub fn redactable(&self) -> impl Iterator<Item = &ClaimPath> {
        self.redactable.iter().map(|redactable| &redactable.path)
    }

    /// Checks the issuer's signature over the bytes received.
    ///
    /// # Errors
    /// Those of [`PublicKey::verify`].
    pub fn verify_signature(&self, key: &PublicKey) -> Result<IssuerSignatureValid, Error> {
        SdCwt::parse(&self.bytes)?.verify_signature(key)
    }

    /// The disclosures needed to show the claims at `paths`.
    ///
    /// # Errors
    /// [`Error::NoSuchClaim`] for a path that leads nowhere.
    pub fn select(&self, paths: &[ClaimPath]) -> Result<Selection, Error> {
        let mut selected = vec![false; self.redactable.len()];
        for path in paths {
            let found = path.select(&self.claims);
            if found.is_empty() {
                return Err(Error::NoSuchClaim {
                    path: path.to_string(),
                });
            }
            for (claim, _) in found {
                for (chosen, redactable) in selected.iter_mut().zip(&self.redactable) {
                    *chosen |=
                        claim.starts_with(&redactable.path) || redactable.path.starts_with(&claim);
                }
            }
        }
        Ok(Selection(selected))
    }

    /// Every claim that a verifier of the selection sees, groups down to their last members:
    /// also what goes along because it stands in clear beside a chosen claim.
    #[must_use]
    pub fn visible(&self, selection: &Selection) -> Vec<ClaimPath> {
        let mut hidden = self
            .redactable
            .iter()
            .zip(&selection.0)
            .filter(|(_, chosen)| !**chosen);
        let hidden: Vec<&ClaimPath> = hidden.by_ref().map(|(hidden, _)| &hidden.path).collect();
        let mut leaves = Vec::new();
        collect_leaves(&self.claims, &ClaimPath::default(), &mut leaves);
        leaves.retain(|leaf| !hidden.iter().any(|hidden| leaf.starts_with(hidden)));
        leaves
    }

    /// The SD-CWT with the selected disclosures only, in order of their digests.
    #[must_use]
    pub fn present(&self, selection: &Selection) -> Vec<u8> {
        let mut chosen: Vec<&Redactable> = self.chosen(selection).collect();
        chosen.sort_unstable_by_key(|redactable| redactable.digest);
        let disclosures: Vec<&[u8]> = chosen
            .iter()
            .map(|redactable| redactable.disclosure.as_slice())
            .collect();
        encode_sd_cwt(
            &self.protected,
            &disclosures,
            &self.payload,
            &self.signature,
        )
    }

    /// A presentation of the selection that only lacks the holder's signature.
    ///
    /// # Errors
    /// [`Error::Missing`] when the credential is bound to no device key.
    pub fn bind(
        &self,
        selection: &Selection,
        binding: &KeyBinding,
    ) -> Result<UnsignedPresentation, Error> {
        let device_key = self.terms.device_key.clone();
        let device_key = device_key.ok_or(Error::Missing { what: "cnf" })?;
        Ok(UnsignedPresentation::new(
            &self.present(selection),
            device_key,
            binding,
        ))
    }

    fn chosen<'a>(&'a self, selection: &'a Selection) -> impl Iterator<Item = &'a Redactable> {
        self.redactable
            .iter()
            .zip(&selection.0)
            .filter_map(|(redactable, chosen)| chosen.then_some(redactable))
    }
}

/// Paths of all claims that hold no others; an empty group is one.
fn collect_leaves(map: &Map, path: &ClaimPath, leaves: &mut Vec<ClaimPath>) {
    for (key, value) in map.iter() {
        collect_below(value, path.child(PathElement::Key(key.clone())), leaves);
    }
}

fn collect_below(value: &Value, path: ClaimPath, leaves: &mut Vec<ClaimPath>) {
    match value {
        Value::Map(map) if !map.is_empty() => collect_leaves(map, &path, leaves),
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in (0..=u32::MAX).zip(items) {
                collect_below(item, path.child(PathElement::Index(index)), leaves);
            }
        }
        _ => leaves.push(path),
    }
}

impl core::fmt::Debug for Credential {
    /// Tells how many claims there are: what they say is personal.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Credential({} claims)", self.claims.len())
    }
}

/// An SD-CWT from its parts; the header of disclosures is absent when there are none.
#[must_use]
pub fn encode_sd_cwt(
    protected: &[u8],
    disclosures: &[&[u8]],
    payload: &[u8],
    signature: &Signature,
) -> Vec<u8> {
    let room: usize = disclosures
        .iter()
        .map(|disclosure| disclosure.len() + 3)
        .sum();
    let mut writer = Writer::with_capacity(protected.len() + payload.len() + room + 96);
    writer.tag(18).array(4).bytes(protected);
    if disclosures.is_empty() {
        writer.map(0);
    } else {
        writer
            .map(1)
            .int(header::SD_CLAIMS)
            .array(disclosures.len());
        for disclosure in disclosures {
            writer.bytes(disclosure);
        }
    }
    writer.bytes(payload).bytes(signature);
    writer.into_bytes()
}
