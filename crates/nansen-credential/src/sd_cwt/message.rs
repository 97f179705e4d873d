//! An SD-CWT as received: `COSE_Sign1` whose payload is a CWT claims set with redacted parts.
//!
//! | part | content |
//! |---|---|
//! | protected | `1` alg, `4` kid, `16` typ = 293, `170` sd_alg only when named (SHA-256, -16) |
//! | unprotected | `17` disclosures, absent when there are none |
//! | payload | `1` iss, `4` exp, `5` nbf, `6` iat, `8` cnf, `11` vct, `65535` status, claims, `simple(59)` digests |
//!
//! Parsing checks form only. Nothing here is trusted before [`SdCwt::verify_signature`].

use super::disclosure::Disclosure;
use super::reveal::{Revealed, reveal};
use crate::Error;
use crate::cbor::{Map, RawMap, Reader, Value};
use crate::claims::label;
use crate::cose::{Algorithm, PublicKey, SIGNATURE_BYTES, Sign1, Signature, header};
use crate::error::check_size;
use crate::limits::{MAX_CREDENTIAL_BYTES, MAX_DISCLOSURES, MAX_KID_BYTES};

/// A credential as received, with the disclosures that came along.
#[derive(Clone, Debug)]
pub struct SdCwt<'a> {
    message: Sign1<'a>,
    algorithm: Algorithm,
    signature: Signature,
    kid: Option<&'a [u8]>,
    terms: Terms,
    payload: Map,
    disclosures: Vec<Disclosure<'a>>,
}

/// The claims that say who issued what, to which key, and for how long. Never redacted, and the
/// only claims under the labels of [`Terms::LABELS`].
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// `iss`: the issuer, a URI.
    pub issuer: String,
    /// `vct`: the type of the credential.
    pub vct: Option<String>,
    /// `iat`: when it was signed, unix seconds.
    pub issued_at: Option<i64>,
    /// `nbf`: start of validity, unix seconds.
    pub not_before: Option<i64>,
    /// `exp`: end of validity, unix seconds; not valid at this second any more.
    pub expires_at: Option<i64>,
    /// `cnf`: the device key. Absent in a printed copy.
    pub device_key: Option<PublicKey>,
    /// Where the credential stands in a status list.
    pub status: Option<StatusReference>,
}

/// A place in a status list (draft-ietf-oauth-status-list).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReference {
    /// The index in the list.
    pub index: u64,
    /// The list.
    pub uri: String,
}

/// Proof that the issuer's key signed this message. Made only by [`SdCwt::verify_signature`].
#[derive(Debug)]
pub struct IssuerSignatureValid(());

impl<'a> SdCwt<'a> {
    /// Reads exactly one SD-CWT.
    ///
    /// # Errors
    /// [`Error`] naming what is not as it must be.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        check_size("credential", bytes, MAX_CREDENTIAL_BYTES)?;
        let mut reader = Reader::new(bytes);
        let credential = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(credential)
    }

    /// Reads one SD-CWT and leaves the reader behind it.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, Error> {
        let message = Sign1::read(reader)?;
        let algorithm = message.algorithm()?;
        check_type(&message.protected, TYP_SD_CWT, TYP_SD_CWT_TEXT)?;
        if let Some(mut hash) = message.protected.label(header::SD_ALG) {
            match hash.int()? {
                SHA_256 => {}
                other => return Err(Error::UnsupportedHash(other)),
            }
        }
        let kid = match message.protected.label(header::KID) {
            Some(mut kid) => Some(kid.bytes()?),
            None => None,
        };
        if let Some(kid) = kid {
            check_size("kid", kid, MAX_KID_BYTES)?;
        }
        let signature = message
            .signature
            .try_into()
            .map_err(|_| Error::BadSignature)?;
        let disclosures = match message.unprotected.label(header::SD_CLAIMS) {
            Some(mut disclosures) => read_disclosures(&mut disclosures)?,
            None => Vec::new(),
        };
        let raw = RawMap::from_cbor(message.payload)?;
        let terms = Terms::read(&raw)?;
        let Value::Map(payload) = Value::from_cbor(message.payload)? else {
            return Err(Error::Invalid { what: "payload" });
        };
        Ok(Self {
            message,
            algorithm,
            signature,
            kid,
            terms,
            payload,
            disclosures,
        })
    }

    /// Who issued what, to which key, and for how long.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Whether the status is told by a mechanism that this program does not know.
    #[must_use]
    pub fn has_other_status(&self) -> bool {
        self.terms.status.is_none() && self.payload.label(label::STATUS).is_some()
    }

    /// Which of the issuer's keys signed, when the header says so.
    #[must_use]
    pub const fn kid(&self) -> Option<&'a [u8]> {
        self.kid
    }

    /// The algorithm of the issuer's signature.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The issuer's signature, not yet checked.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The protected header as received.
    #[must_use]
    pub const fn protected_bytes(&self) -> &'a [u8] {
        self.message.protected_bytes
    }

    /// The payload as received.
    #[must_use]
    pub const fn payload_bytes(&self) -> &'a [u8] {
        self.message.payload
    }

    /// The payload, with digests where claims are redacted.
    #[must_use]
    pub const fn payload(&self) -> &Map {
        &self.payload
    }

    /// The disclosures that came along, in their order.
    #[must_use]
    pub fn disclosures(&self) -> &[Disclosure<'a>] {
        &self.disclosures
    }

    /// Checks the issuer's signature over the bytes received.
    ///
    /// # Errors
    /// Those of [`PublicKey::verify`].
    pub fn verify_signature(&self, key: &PublicKey) -> Result<IssuerSignatureValid, Error> {
        self.message.verify(key)?;
        Ok(IssuerSignatureValid(()))
    }

    /// The claims set after disclosure, with what stays redacted removed.
    ///
    /// # Errors
    /// [`Error`] naming the disclosure or digest that does not belong.
    pub fn reveal(&self) -> Result<Revealed, Error> {
        reveal(&self.payload, &self.disclosures)
    }
}

impl Terms {
    /// Labels of the claims that are terms.
    pub const LABELS: [i64; 7] = [
        label::ISS,
        label::EXP,
        label::NBF,
        label::IAT,
        label::CNF,
        label::VCT,
        label::STATUS,
    ];

    fn read(payload: &RawMap<'_>) -> Result<Self, Error> {
        let time = |name| {
            payload
                .label(name)
                .map(|mut reader| reader.int())
                .transpose()
        };
        let text = |name| {
            let text = payload
                .label(name)
                .map(|mut reader| reader.text())
                .transpose();
            text.map(|text| text.map(str::to_owned))
        };
        Ok(Self {
            issuer: text(label::ISS)?.ok_or(Error::Missing { what: "issuer" })?,
            vct: text(label::VCT)?,
            issued_at: time(label::IAT)?,
            not_before: time(label::NBF)?,
            expires_at: time(label::EXP)?,
            device_key: match payload.label(label::CNF) {
                Some(mut cnf) => Some(read_device_key(&mut cnf)?),
                None => None,
            },
            status: match payload.label(label::STATUS) {
                Some(mut status) => StatusReference::read(&mut status)?,
                None => None,
            },
        })
    }
}

impl Terms {
    /// Puts the terms into a payload.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a status index beyond `i64`.
    pub fn write(&self, payload: &mut Map) -> Result<(), Error> {
        payload.insert(label::ISS, self.issuer.as_str());
        if let Some(vct) = &self.vct {
            payload.insert(label::VCT, vct.as_str());
        }
        for (label, time) in [
            (label::IAT, self.issued_at),
            (label::NBF, self.not_before),
            (label::EXP, self.expires_at),
        ] {
            if let Some(time) = time {
                payload.insert(label, time);
            }
        }
        if let Some(key) = &self.device_key {
            payload.insert(label::CNF, Map::new().with(CNF_COSE_KEY, key.to_cose()));
        }
        if let Some(status) = &self.status {
            payload.insert(label::STATUS, status.to_value()?);
        }
        Ok(())
    }
}

impl StatusReference {
    /// Reads `{"status_list": {"idx": ..., "uri": ...}}`; `None` for another mechanism.
    fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Error> {
        let status = reader.raw_map()?;
        let Some(list) = status.raw(&"status_list".into()) else {
            return Ok(None);
        };
        let list = RawMap::from_cbor(list)?;
        let required = |name: &'static str| {
            let raw = list.raw(&name.into());
            raw.map(Reader::new).ok_or(Error::Missing { what: name })
        };
        Ok(Some(Self {
            index: required("idx")?.unsigned()?,
            uri: required("uri")?.text()?.to_owned(),
        }))
    }

    /// The value of the `status` claim.
    fn to_value(&self) -> Result<Value, Error> {
        let index = i64::try_from(self.index).map_err(|_| Error::Invalid {
            what: "status index",
        })?;
        let list = Map::new().with("idx", index).with("uri", self.uri.as_str());
        Ok(Map::new().with("status_list", list).into())
    }
}

/// Checks `typ`, given as a number or as text (RFC 9596).
pub(super) fn check_type(protected: &RawMap<'_>, number: i64, text: &str) -> Result<(), Error> {
    let mut typ = protected
        .label(header::TYP)
        .ok_or(Error::Missing { what: "typ" })?;
    match typ.value()? {
        Value::Integer(found) if found == number => Ok(()),
        Value::Text(found) if found == text => Ok(()),
        _ => Err(Error::Invalid { what: "typ" }),
    }
}

fn read_device_key(cnf: &mut Reader<'_>) -> Result<PublicKey, Error> {
    let cnf = cnf.raw_map()?;
    let mut key = cnf
        .label(CNF_COSE_KEY)
        .ok_or(Error::Missing { what: "key in cnf" })?;
    PublicKey::from_cose(&key.raw_map()?)
}

fn read_disclosures<'a>(reader: &mut Reader<'a>) -> Result<Vec<Disclosure<'a>>, Error> {
    let count = reader.array()?;
    if count == 0 {
        return Err(Error::Invalid {
            what: "empty array of disclosures",
        });
    }
    if count > MAX_DISCLOSURES {
        return Err(Error::TooMany {
            what: "disclosures",
            count,
            limit: MAX_DISCLOSURES,
        });
    }
    let mut disclosures = Vec::with_capacity(count);
    for _ in 0..count {
        disclosures.push(Disclosure::parse(reader.bytes()?)?);
    }
    Ok(disclosures)
}

/// `typ` of an SD-CWT (CoAP content format asked for by the draft).
pub(super) const TYP_SD_CWT: i64 = 293;
const TYP_SD_CWT_TEXT: &str = "application/sd-cwt";
/// SHA-256 in the COSE algorithms registry.
const SHA_256: i64 = -16;
/// `COSE_Key` in a `cnf` claim (RFC 8747).
const CNF_COSE_KEY: i64 = 1;

const _: () = assert!(SIGNATURE_BYTES == 64);
