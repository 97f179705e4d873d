//! `COSE_Sign1` (RFC 9052, section 4.2): tag 18 of
//! `[protected: bstr .cbor map, unprotected: map, payload: bstr, signature: bstr]`.
//!
//! Signatures are checked over the bytes received, never over a re-encoding.

use super::{Algorithm, PublicKey, Signature, Signer};
use crate::Error;
use crate::cbor::{Map, RawMap, Reader, Writer};

/// Header parameters used here (IANA COSE header parameters).
pub mod header {
    /// `alg`: the signature algorithm.
    pub const ALG: i64 = 1;
    /// `crit`: parameters that a reader must understand. None here is, so it is refused.
    pub const CRIT: i64 = 2;
    /// `kid`: which key signed.
    pub const KID: i64 = 4;
    /// `kcwt`: a CWT that holds the confirmation key (RFC 9528).
    pub const KCWT: i64 = 13;
    /// `typ`: the type of the whole message (RFC 9596).
    pub const TYP: i64 = 16;
    /// `sd_claims`: the disclosures (draft-ietf-spice-sd-cwt).
    pub const SD_CLAIMS: i64 = 17;
    /// `sd_alg`: the hash of redacted claims, SHA-256 when absent (draft-ietf-spice-sd-cwt).
    pub const SD_ALG: i64 = 170;
}

/// A message as received.
#[derive(Clone, Debug)]
pub struct Sign1<'a> {
    /// The protected header as received.
    pub protected_bytes: &'a [u8],
    /// The protected header.
    pub protected: RawMap<'a>,
    /// The unprotected header, which nothing authenticates.
    pub unprotected: RawMap<'a>,
    /// The payload as received.
    pub payload: &'a [u8],
    /// The signature as received.
    pub signature: &'a [u8],
}

impl<'a> Sign1<'a> {
    /// Reads exactly one tagged message.
    ///
    /// # Errors
    /// [`Error::Cbor`] when the bytes are none.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes);
        let message = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(message)
    }

    /// Reads one tagged message and leaves the reader behind it.
    ///
    /// # Errors
    /// [`Error::Cbor`] when the next item is none.
    pub fn read(reader: &mut Reader<'a>) -> Result<Self, Error> {
        if !reader.has_tag(TAG)? {
            return Err(Error::Missing {
                what: "tag 18 (COSE_Sign1)",
            });
        }
        Self::read_untagged(reader)
    }

    /// Reads one message whose tag was left out, as RFC 9052 allows where the context tells.
    ///
    /// # Errors
    /// [`Error::Cbor`] when the next item is none.
    pub fn read_untagged(reader: &mut Reader<'a>) -> Result<Self, Error> {
        reader.array_of(4, "COSE_Sign1 of 4 parts")?;
        let protected_bytes = reader.bytes()?;
        let protected = match protected_bytes {
            [] => RawMap::default(),
            bytes => RawMap::from_cbor(bytes)?,
        };
        if protected.label(header::CRIT).is_some() {
            return Err(Error::Forbidden {
                what: "critical header parameter",
            });
        }
        Ok(Self {
            protected_bytes,
            protected,
            unprotected: reader.raw_map()?,
            payload: reader.bytes()?,
            signature: reader.bytes()?,
        })
    }

    /// The algorithm that the protected header names.
    ///
    /// # Errors
    /// [`Error::Missing`] or [`Error::UnsupportedAlgorithm`].
    pub fn algorithm(&self) -> Result<Algorithm, Error> {
        let id = self
            .protected
            .label(header::ALG)
            .ok_or(Error::Missing { what: "algorithm" })?
            .int()?;
        Algorithm::from_id(id)
    }

    /// Checks that the protected header names this media type as `typ` (RFC 9596).
    ///
    /// # Errors
    /// [`Error::Missing`] or [`Error::Invalid`].
    pub fn check_media_type(&self, media_type: &str) -> Result<(), Error> {
        let mut typ = self
            .protected
            .label(header::TYP)
            .ok_or(Error::Missing { what: "typ" })?;
        if typ.value()?.as_text() == Some(media_type) {
            Ok(())
        } else {
            Err(Error::Invalid { what: "typ" })
        }
    }

    /// Checks the signature with the algorithm that the protected header names.
    ///
    /// # Errors
    /// Those of [`Sign1::algorithm`] and [`PublicKey::verify`].
    pub fn verify(&self, key: &PublicKey) -> Result<(), Error> {
        let message = signature_input(self.protected_bytes, &[], self.payload);
        key.verify(self.algorithm()?, &message, self.signature)
    }
}

/// The bytes to sign: `["Signature1", protected, external_aad, payload]` (RFC 9052, 4.4).
/// A protected header that is an empty map counts as empty.
#[must_use]
pub fn signature_input(protected: &[u8], external_aad: &[u8], payload: &[u8]) -> Vec<u8> {
    const EMPTY_MAP: &[u8] = &[0xa0];
    let protected = if protected == EMPTY_MAP {
        &[]
    } else {
        protected
    };
    let mut writer = Writer::with_capacity(
        protected.len() + external_aad.len() + payload.len() + STRUCTURE_OVERHEAD,
    );
    writer
        .array(4)
        .text("Signature1")
        .bytes(protected)
        .bytes(external_aad)
        .bytes(payload);
    writer.into_bytes()
}

/// Signs `payload` under `protected`, whose `alg` must be the signer's.
///
/// # Errors
/// Those of [`Signer::sign`].
pub fn sign1(
    protected: &[u8],
    unprotected: &Map,
    payload: &[u8],
    signer: &impl Signer,
) -> Result<Vec<u8>, Error> {
    let signature = signer.sign(&signature_input(protected, &[], payload))?;
    Ok(with_signature(protected, unprotected, payload, &signature))
}

/// Puts a message together with a signature made elsewhere.
#[must_use]
pub fn with_signature(
    protected: &[u8],
    unprotected: &Map,
    payload: &[u8],
    signature: &Signature,
) -> Vec<u8> {
    let mut writer =
        Writer::with_capacity(protected.len() + payload.len() + 2 * STRUCTURE_OVERHEAD);
    writer
        .tag(TAG)
        .array(4)
        .bytes(protected)
        .entries(unprotected)
        .bytes(payload)
        .bytes(signature);
    writer.into_bytes()
}

/// The tag of `COSE_Sign1`.
const TAG: u64 = 18;

/// Heads and constant texts around the parts.
const STRUCTURE_OVERHEAD: usize = 64;
