//! `COSE_Sign` (RFC 9052, section 4.1), for what several keys sign together: tag 98 of
//! `[protected: bstr .cbor map, unprotected: map, payload: bstr, signatures: [+ signature]]`.
//!
//! | part | content |
//! |---|---|
//! | protected | `16` typ, a media type |
//! | unprotected | empty: nothing in it would be authentic |
//! | signature | `[protected: bstr .cbor {1: alg, 4: kid}, unprotected: {}, signature: bstr]` |
//!
//! Signatures stand in the order of their `kid`. Each covers payload and media type, not the
//! other signatures: whoever holds one of the keys adds a signature to what others have signed.
//! A signature by a key that is not asked for, or in an unknown algorithm, counts for nothing
//! and harms nothing; what is counted are keys, so that two signatures of one key are one.

use super::{Algorithm, PublicKey, Signature, Signer, header};
use crate::Error;
use crate::cbor::{Map, RawMap, Reader, Value, Writer};
use crate::error::{check_count, check_size};
use crate::limits::{MAX_KID_BYTES, MAX_PARTY_HEADER_BYTES, MAX_SIGNATURES};

/// A message of one payload and any number of signatures, none of which is yet believed.
#[derive(Clone, PartialEq, Eq)]
pub struct MultiSigned {
    protected: Vec<u8>,
    payload: Vec<u8>,
    signatures: Vec<PartySignature>,
}

/// The signature of one of the parties.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct PartySignature {
    kid: Vec<u8>,
    protected: Vec<u8>,
    algorithm: i64,
    signature: Signature,
}

impl MultiSigned {
    /// A payload of this media type that nobody has signed yet.
    #[must_use]
    pub fn new(media_type: &str, payload: Vec<u8>) -> Self {
        Self {
            protected: Map::new().with(header::TYP, media_type).to_cbor(),
            payload,
            signatures: Vec::new(),
        }
    }

    /// Reads exactly one tagged message of this media type.
    ///
    /// # Errors
    /// [`Error::Cbor`] when the bytes are none, [`Error::Invalid`] for another media type and
    /// for signatures out of order, [`Error::Forbidden`], [`Error::TooMany`].
    pub fn parse(bytes: &[u8], media_type: &str) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes);
        if !reader.has_tag(TAG)? {
            return Err(Error::Missing {
                what: "tag 98 (COSE_Sign)",
            });
        }
        reader.array_of(4, "COSE_Sign of 4 parts")?;
        let protected = reader.bytes()?;
        let typ = protected_header(protected)?.label(header::TYP);
        let typ = typ.ok_or(Error::Missing { what: "typ" })?.value()?;
        if typ.as_text() != Some(media_type) {
            return Err(Error::Invalid { what: "typ" });
        }
        nothing_unprotected(&mut reader)?;
        let payload = reader.bytes()?.to_vec();
        let count = reader.array()?;
        check_count("signatures", count, MAX_SIGNATURES)?;
        let mut signatures = Vec::with_capacity(count);
        for _ in 0..count {
            signatures.push(PartySignature::read(&mut reader)?);
        }
        reader.finish()?;
        if !signatures.is_sorted_by(|one, next| one.kid <= next.kid) {
            return Err(Error::Invalid {
                what: "order of signatures",
            });
        }
        Ok(Self {
            protected: protected.to_vec(),
            payload,
            signatures,
        })
    }

    /// Adds a signature, unless the key has signed already.
    ///
    /// # Errors
    /// Those of [`Signer::sign`], [`Error::TooMany`].
    pub fn sign(&mut self, signer: &impl Signer) -> Result<(), Error> {
        let key = signer.public_key();
        if self.is_signed_by(&key) {
            return Ok(());
        }
        check_count("signatures", self.signatures.len() + 1, MAX_SIGNATURES)?;
        let (algorithm, kid) = (key.algorithm().id(), key.kid().to_vec());
        let protected = Map::new()
            .with(header::ALG, algorithm)
            .with(header::KID, Value::Bytes(kid.clone()))
            .to_cbor();
        let signature = signer.sign(&self.signature_input(&protected))?;
        self.signatures.push(PartySignature {
            kid,
            protected,
            algorithm,
            signature,
        });
        self.signatures.sort_unstable();
        Ok(())
    }

    /// What is signed, to be believed as far as [`MultiSigned::count_signers`] goes.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// How many of `keys`, which are all different, have signed.
    #[must_use]
    pub fn count_signers(&self, keys: &[PublicKey]) -> usize {
        keys.iter().filter(|key| self.is_signed_by(key)).count()
    }

    /// Whether the key has signed.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        let kid = key.kid();
        let of_key = self.signatures.iter().filter(|party| party.kid == kid);
        of_key.into_iter().any(|party| {
            let message = self.signature_input(&party.protected);
            Algorithm::from_id(party.algorithm)
                .and_then(|algorithm| key.verify(algorithm, &message, &party.signature))
                .is_ok()
        })
    }

    /// The message.
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(self.payload.len() + 128);
        writer
            .tag(TAG)
            .array(4)
            .bytes(&self.protected)
            .map(0)
            .bytes(&self.payload)
            .array(self.signatures.len());
        for party in &self.signatures {
            writer
                .array(3)
                .bytes(&party.protected)
                .map(0)
                .bytes(&party.signature);
        }
        writer.into_bytes()
    }

    /// `["Signature", body_protected, sign_protected, external_aad, payload]` (RFC 9052, 4.4).
    fn signature_input(&self, sign_protected: &[u8]) -> Vec<u8> {
        let mut writer = Writer::with_capacity(self.payload.len() + 128);
        writer
            .array(5)
            .text("Signature")
            .bytes(&self.protected)
            .bytes(sign_protected)
            .bytes(&[])
            .bytes(&self.payload);
        writer.into_bytes()
    }
}

impl core::fmt::Debug for MultiSigned {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (size, count) = (self.payload.len(), self.signatures.len());
        write!(f, "MultiSigned({size} bytes, {count} signatures)")
    }
}

impl PartySignature {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        reader.array_of(3, "COSE_Signature of 3 parts")?;
        let protected = reader.bytes()?;
        // Anybody may add a signature that counts for nothing.
        check_size("header of a signature", protected, MAX_PARTY_HEADER_BYTES)?;
        let header = protected_header(protected)?;
        let field = |label, what| header.label(label).ok_or(Error::Missing { what });
        let kid = field(header::KID, "kid")?.bytes()?;
        check_size("kid", kid, MAX_KID_BYTES)?;
        nothing_unprotected(reader)?;
        Ok(Self {
            kid: kid.to_vec(),
            protected: protected.to_vec(),
            algorithm: field(header::ALG, "algorithm")?.int()?,
            signature: reader.byte_array("signature of 64 bytes")?,
        })
    }
}

fn protected_header(bytes: &[u8]) -> Result<RawMap<'_>, Error> {
    let header = RawMap::from_cbor(bytes)?;
    match header.label(header::CRIT) {
        Some(_) => Err(Error::Forbidden {
            what: "critical header parameter",
        }),
        None => Ok(header),
    }
}

fn nothing_unprotected(reader: &mut Reader<'_>) -> Result<(), Error> {
    match reader.raw_map()?.is_empty() {
        true => Ok(()),
        false => Err(Error::Forbidden {
            what: "unprotected header",
        }),
    }
}

/// The tag of `COSE_Sign`.
const TAG: u64 = 98;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cose::SecretKey;

    const TYP: &str = "application/example+cbor";

    fn keys() -> [SecretKey; 3] {
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        [
            SecretKey::generate_ed25519(&mut rng),
            SecretKey::generate_p256(&mut rng),
            SecretKey::generate_ed25519(&mut rng),
        ]
    }

    fn public(keys: &[SecretKey]) -> Vec<PublicKey> {
        keys.iter().map(Signer::public_key).collect()
    }

    #[test]
    fn a_signature_with_a_long_header_is_refused() {
        let mut message = MultiSigned::new(TYP, b"payload".to_vec());
        message.sign(&keys()[0]).unwrap();
        let header = Map::new()
            .with(header::ALG, -19)
            .with(header::KID, Value::Bytes(vec![255]))
            .with(99, Value::Bytes(vec![0; MAX_PARTY_HEADER_BYTES]));
        message.signatures.push(PartySignature {
            kid: vec![255],
            protected: header.to_cbor(),
            algorithm: -19,
            signature: [0; 64],
        });
        assert!(matches!(
            MultiSigned::parse(&message.to_cbor(), TYP),
            Err(Error::TooLarge {
                what: "header of a signature",
                ..
            })
        ));
    }

    #[test]
    fn several_keys_sign_one_after_the_other_and_each_counts_once() {
        let keys = keys();
        let mut message = MultiSigned::new(TYP, b"payload".to_vec());
        assert_eq!(message.count_signers(&public(&keys)), 0);
        for (signed, key) in keys.iter().enumerate() {
            message = MultiSigned::parse(&message.to_cbor(), TYP).unwrap();
            message.sign(key).unwrap();
            message.sign(key).unwrap();
            assert_eq!(message.signatures.len(), signed + 1);
            assert_eq!(message.count_signers(&public(&keys)), signed + 1);
        }
        assert_eq!(MultiSigned::parse(&message.to_cbor(), TYP), Ok(message));
    }

    #[test]
    fn a_signature_repeated_by_hand_still_counts_once() {
        let keys = keys();
        let mut message = MultiSigned::new(TYP, b"payload".to_vec());
        message.sign(&keys[0]).unwrap();
        message.signatures.push(message.signatures[0].clone());
        let message = MultiSigned::parse(&message.to_cbor(), TYP).unwrap();
        assert_eq!(message.count_signers(&public(&keys)), 1);
    }

    #[test]
    fn no_byte_can_be_changed_and_still_be_signed_by_all() {
        let keys = keys();
        let mut message = MultiSigned::new(TYP, b"payload".to_vec());
        keys.iter().for_each(|key| message.sign(key).unwrap());
        let bytes = message.to_cbor();
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            let signers = MultiSigned::parse(&bytes, TYP)
                .map(|message| message.count_signers(&public(&keys)));
            assert!(signers.unwrap_or_default() < 3, "byte {at} is not covered");
        }
    }

    #[test]
    fn each_defect_is_named() {
        let keys = keys();
        let mut message = MultiSigned::new(TYP, b"payload".to_vec());
        keys.iter().for_each(|key| message.sign(key).unwrap());
        let refused = |message: &MultiSigned| MultiSigned::parse(&message.to_cbor(), TYP);
        assert_eq!(
            MultiSigned::parse(&message.to_cbor(), "application/other+cbor"),
            Err(Error::Invalid { what: "typ" })
        );
        let mut unordered = message.clone();
        unordered.signatures.reverse();
        assert_eq!(
            refused(&unordered),
            Err(Error::Invalid {
                what: "order of signatures"
            })
        );
        let mut many = message.clone();
        many.signatures = vec![message.signatures[0].clone(); MAX_SIGNATURES + 1];
        assert!(matches!(refused(&many), Err(Error::TooMany { .. })));
        let mut critical = message.clone();
        critical.protected = Map::new().with(header::CRIT, 1).to_cbor();
        assert!(matches!(refused(&critical), Err(Error::Forbidden { .. })));
        let single = [0xd2, 0x84, 0x40, 0xa0, 0x40, 0x40];
        assert_eq!(
            MultiSigned::parse(&single, TYP),
            Err(Error::Missing {
                what: "tag 98 (COSE_Sign)"
            })
        );
    }

    #[test]
    fn a_signature_in_an_unknown_algorithm_counts_for_nothing_and_harms_nothing() {
        let keys = keys();
        let mut message = MultiSigned::new(TYP, b"payload".to_vec());
        message.sign(&keys[0]).unwrap();
        let strange = Map::new()
            .with(header::ALG, -48)
            .with(header::KID, Value::Bytes(vec![0xff; 8]));
        message.signatures.push(PartySignature {
            kid: vec![0xff; 8],
            protected: strange.to_cbor(),
            algorithm: -48,
            signature: [7; 64],
        });
        let message = MultiSigned::parse(&message.to_cbor(), TYP).unwrap();
        assert_eq!(message.count_signers(&public(&keys)), 1);
    }
}
