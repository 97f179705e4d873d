//! The key binding token: the holder's signature over one presentation.
//!
//! `COSE_Sign1` with protected `1` alg, `13` kcwt = the SD-CWT itself (tagged, not wrapped in a
//! byte string), `16` typ = 294; payload `3` aud, `6` iat and/or `7` cti, `39` cnonce, `4` exp.
//! `iss` and `sub` are forbidden (draft-ietf-spice-sd-cwt, section 8.1).

use super::message::{SdCwt, check_type};
use crate::Error;
use crate::cbor::{Map, RawMap, Reader, Value, Writer};
use crate::claims::label;
use crate::cose::{PublicKey, Sign1, Signature, Signer, header, signature_input, with_signature};
use crate::error::check_size;
use crate::limits::MAX_CREDENTIAL_BYTES;

/// An SD-CWT and the holder's signature over it, as received.
#[derive(Clone, Debug)]
pub struct KeyBoundSdCwt<'a> {
    message: Sign1<'a>,
    credential: SdCwt<'a>,
    binding: KeyBinding,
}

/// What the holder signs beside the credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyBinding {
    /// `aud`: the verifier that this presentation is for.
    pub audience: String,
    /// `iat`: when it was made, unix seconds.
    pub issued_at: Option<i64>,
    /// `exp`: when it ends, unix seconds.
    pub expires_at: Option<i64>,
    /// `cti`: an identifier of this presentation, for holders without a clock or a request.
    pub id: Option<Vec<u8>>,
    /// `cnonce`: what the verifier's request asks to be signed.
    pub nonce: Option<Vec<u8>>,
}

/// Proof that the device key signed this presentation. Made only by [`KeyBoundSdCwt::verify`].
#[derive(Debug)]
pub struct KeyBindingValid(());

impl<'a> KeyBoundSdCwt<'a> {
    /// Reads exactly one presentation.
    ///
    /// # Errors
    /// [`Error`] naming what is not as it must be.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        check_size("presentation", bytes, MAX_CREDENTIAL_BYTES)?;
        let message = Sign1::parse(bytes)?;
        message.algorithm()?;
        check_type(&message.protected, TYP_KEY_BINDING, TYP_KEY_BINDING_TEXT)?;
        let mut kcwt = message
            .protected
            .label(header::KCWT)
            .ok_or(Error::Missing {
                what: "kcwt in the key binding",
            })?;
        let credential = SdCwt::read(&mut kcwt)?;
        let binding = KeyBinding::read(message.payload)?;
        Ok(Self {
            message,
            credential,
            binding,
        })
    }

    /// The credential inside.
    #[must_use]
    pub const fn credential(&self) -> &SdCwt<'a> {
        &self.credential
    }

    /// What the holder signed beside the credential.
    #[must_use]
    pub const fn binding(&self) -> &KeyBinding {
        &self.binding
    }

    /// The message of the holder.
    #[must_use]
    pub const fn message(&self) -> &Sign1<'a> {
        &self.message
    }

    /// Checks the holder's signature with the device key in `cnf`.
    ///
    /// # Errors
    /// [`Error::Missing`] without `cnf`; those of [`PublicKey::verify`].
    pub fn verify(&self) -> Result<KeyBindingValid, Error> {
        let key = self.credential.terms().device_key.as_ref();
        self.message
            .verify(key.ok_or(Error::Missing { what: "cnf" })?)?;
        Ok(KeyBindingValid(()))
    }

    /// Whether the presentation was made while the credential existed and was valid, by its own
    /// account (draft-ietf-spice-sd-cwt, section 9).
    #[must_use]
    pub fn is_made_in_time(&self) -> bool {
        let terms = self.credential.terms();
        self.binding.issued_at.is_none_or(|made| {
            let before = terms.issued_at.is_some_and(|issued| made < issued);
            let after = terms.expires_at.is_some_and(|expires| made >= expires);
            !before && !after
        })
    }
}

impl KeyBinding {
    fn read(payload: &[u8]) -> Result<Self, Error> {
        let payload = RawMap::from_cbor(payload)?;
        for (forbidden, what) in [
            (label::ISS, "iss in the key binding"),
            (label::SUB, "sub in the key binding"),
        ] {
            if payload.label(forbidden).is_some() {
                return Err(Error::Forbidden { what });
            }
        }
        let bytes = |name| {
            let bytes = payload
                .label(name)
                .map(|mut reader: Reader<'_>| reader.bytes().map(<[u8]>::to_vec));
            bytes.transpose()
        };
        let time = |name| {
            payload
                .label(name)
                .map(|mut reader| reader.int())
                .transpose()
        };
        let binding = Self {
            audience: payload
                .label(label::AUD)
                .ok_or(Error::Missing { what: "aud" })?
                .text()?
                .to_owned(),
            issued_at: time(label::IAT)?,
            expires_at: time(label::EXP)?,
            id: bytes(label::CTI)?,
            nonce: bytes(label::CNONCE)?,
        };
        if binding.issued_at.is_none() && binding.id.is_none() {
            return Err(Error::Missing { what: "iat or cti" });
        }
        Ok(binding)
    }

    /// The payload that is signed.
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        let mut payload = Map::new().with(label::AUD, self.audience.as_str());
        for (label, time) in [(label::IAT, self.issued_at), (label::EXP, self.expires_at)] {
            if let Some(time) = time {
                payload.insert(label, time);
            }
        }
        for (label, bytes) in [(label::CTI, &self.id), (label::CNONCE, &self.nonce)] {
            if let Some(bytes) = bytes {
                payload.insert(label, Value::Bytes(bytes.clone()));
            }
        }
        payload.to_cbor()
    }
}

/// A presentation that only lacks the holder's signature: prepare, sign elsewhere, complete.
#[derive(Clone, Debug)]
pub struct UnsignedPresentation {
    protected: Vec<u8>,
    payload: Vec<u8>,
    device_key: PublicKey,
}

impl UnsignedPresentation {
    /// A presentation of `credential` (SD-CWT bytes with the chosen disclosures).
    #[must_use]
    pub fn new(credential: &[u8], device_key: PublicKey, binding: &KeyBinding) -> Self {
        Self {
            protected: protected_header(credential, &device_key),
            payload: binding.to_cbor(),
            device_key,
        }
    }

    /// The bytes that the device key must sign.
    #[must_use]
    pub fn to_be_signed(&self) -> Vec<u8> {
        signature_input(&self.protected, &[], &self.payload)
    }

    /// The presentation, once `signature` is known to be the device key's.
    ///
    /// # Errors
    /// [`Error::BadSignature`] for any other signature.
    pub fn complete(&self, signature: &Signature) -> Result<Vec<u8>, Error> {
        let algorithm = self.device_key.algorithm();
        self.device_key
            .verify(algorithm, &self.to_be_signed(), signature)?;
        Ok(with_signature(
            &self.protected,
            &Map::new(),
            &self.payload,
            signature,
        ))
    }

    /// The presentation, signed by a key in memory.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] when `signer` is not the device key; those of [`Signer::sign`].
    pub fn sign(&self, signer: &impl Signer) -> Result<Vec<u8>, Error> {
        if signer.public_key() != self.device_key {
            return Err(Error::InvalidKey);
        }
        let signature = signer.sign(&self.to_be_signed())?;
        Ok(with_signature(
            &self.protected,
            &Map::new(),
            &self.payload,
            &signature,
        ))
    }
}

/// The protected header of a key binding over `credential`.
#[must_use]
pub fn protected_header(credential: &[u8], device_key: &PublicKey) -> Vec<u8> {
    let mut writer = Writer::with_capacity(credential.len() + 16);
    writer
        .map(3)
        .int(header::ALG)
        .int(device_key.algorithm().id())
        .int(header::KCWT)
        .raw(credential)
        .int(header::TYP)
        .int(TYP_KEY_BINDING);
    writer.into_bytes()
}

/// `typ` of a key binding token (CoAP content format asked for by the draft).
const TYP_KEY_BINDING: i64 = 294;
const TYP_KEY_BINDING_TEXT: &str = "application/kb+cwt";
