//! Public keys and signatures in the forms in which phones hand them out.
//!
//! | form of a key | bytes | who |
//! |---|---|---|
//! | SubjectPublicKeyInfo, P-256 uncompressed (RFC 5480) | 91 | Android, `PublicKey.getEncoded` |
//! | SubjectPublicKeyInfo, Ed25519 (RFC 8410) | 44 | Android, `PublicKey.getEncoded` |
//! | X9.63 point of P-256, uncompressed | 65 | Apple, `SecKeyCopyExternalRepresentation` |
//! | the same, compressed | 33 | CryptoKit, `compressedRepresentation` |
//! | Ed25519 | 32 | CryptoKit, `rawRepresentation` |
//!
//! Both infos have one encoding each, so that everything before the key is a constant. ECDSA
//! signatures come as DER (`SHA256withECDSA`, `derRepresentation`) or as `r || s`.

use super::{PublicKey, Signature};
use crate::Error;

impl PublicKey {
    /// A key in one of the forms of phones: SubjectPublicKeyInfo of P-256 (91 bytes) or Ed25519
    /// (44), a point of P-256 (65, compressed 33), or the 32 bytes of Ed25519.
    ///
    /// # Errors
    /// [`Error::Invalid`] for any other form, [`Error::InvalidKey`] for bytes that are no valid
    /// point.
    pub fn from_platform(bytes: &[u8]) -> Result<Self, Error> {
        const OTHER_FORM: Error = Error::Invalid {
            what: "form of the public key",
        };
        if let Some(key) = bytes.strip_prefix(ED25519_INFO) {
            return Self::ed25519(key.try_into().map_err(|_| OTHER_FORM)?);
        }
        let point = bytes.strip_prefix(P256_INFO);
        match (point.unwrap_or(bytes), point.is_some()) {
            (point @ [4, ..], _) if point.len() == 65 => Self::p256(point),
            (point @ [2 | 3, ..], false) if point.len() == 33 => Self::p256(point),
            (key, false) => Self::ed25519(key.try_into().map_err(|_| OTHER_FORM)?),
            _ => Err(OTHER_FORM),
        }
    }

    /// The signature that a phone's hardware made over `message`, in the form of COSE (64
    /// bytes), once it is known to be this key's. ECDSA may be in DER (X9.62) or `r || s`.
    ///
    /// # Errors
    /// [`Error::BadSignature`] for anything that is no signature of this key over `message`.
    pub fn signature_from_platform(
        &self,
        message: &[u8],
        signature: &[u8],
    ) -> Result<Signature, Error> {
        let is_ours = |raw: &Signature| self.verify(self.algorithm(), message, raw).is_ok();
        // DER of exactly 64 bytes is rare, but exists: only verifying tells it from `r || s`.
        if let Some(raw) = Signature::try_from(signature).ok().filter(is_ours) {
            return Ok(raw);
        }
        let der = match self {
            Self::Ed25519(_) => None,
            Self::P256(_) => p256::ecdsa::Signature::from_der(signature).ok(),
        };
        der.map(|signature| signature.to_bytes().into())
            .filter(is_ours)
            .ok_or(Error::BadSignature)
    }
}

/// SubjectPublicKeyInfo of an Ed25519 key, up to the key (RFC 8410, section 4).
const ED25519_INFO: &[u8] = &[
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
/// SubjectPublicKeyInfo of an uncompressed point of P-256, up to the point (RFC 5480, section 2).
const P256_INFO: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cose::{SecretKey, Signer};
    use proptest::prelude::*;
    use rand_core::CryptoRng;

    const OTHER_FORM: Result<PublicKey, Error> = Err(Error::Invalid {
        what: "form of the public key",
    });

    // Made by OpenSSL 3.0: public keys in DER, and signatures over "message".
    const OPENSSL_P256: &str = "\
        3059301306072a8648ce3d020106082a8648ce3d03010703420004f280fdaf09cd4ffcb725da42d4a909f0\
        0d27c268102bdd7d72cf2b30462b93928bc9ba1f6f1e7b1471588371fd24fc86560351d9441e0b4c46111c\
        33e9d71917";
    const OPENSSL_P256_SIGNATURE: &str = "\
        3045022100c8ea06a94a0e3d45b035892764857793afd1252f9799e5420dbd9d46d8248e6702202146b43a\
        c78994e51a45777948eaf3e37072dcc2e6b301cd2f48ce6e09026eec";
    const OPENSSL_ED25519: &str = "\
        302a300506032b657003210044e2b77944c0d8a5a460cd5e54a0ab13e3c046dc8005f917f9f0d6fdddf4ba52";
    const OPENSSL_ED25519_SIGNATURE: &str = "\
        972722306bc638efe681a6caf207882f6049aa2d3b83cf2aee5e7694080c2dcb04d2e4aba6a3fcd8b8a195\
        32018e7a81d45f3061bcdb31c0a056e75a2146f802";
    const OPENSSL_P384: &str = "\
        3076301006072a8648ce3d020106052b81040022036200041b06b53b57b986a5e37f70e783c490225063f4\
        ba224592002c838c75566f719f6bb0643fce48dc191a5f3a9f7381741c9a78610b9e77fc8824912b9e18a0\
        51e7e907363aa6136e89679ce71fed2e2b3c7912ac0a3535fb06fb1ab905060b0d2a";

    fn hex(digits: &str) -> Vec<u8> {
        (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
            .collect()
    }

    #[test]
    fn keys_and_signatures_of_another_library_are_read() {
        for (key, signature) in [
            (OPENSSL_P256, OPENSSL_P256_SIGNATURE),
            (OPENSSL_ED25519, OPENSSL_ED25519_SIGNATURE),
        ] {
            let key = PublicKey::from_platform(&hex(key)).unwrap();
            let taken = key.signature_from_platform(b"message", &hex(signature));
            let taken = taken.unwrap();
            assert_eq!(key.verify(key.algorithm(), b"message", &taken), Ok(()));
        }
        assert_eq!(PublicKey::from_platform(&hex(OPENSSL_P384)), OTHER_FORM);
    }

    fn rng() -> impl CryptoRng {
        rand_core::UnwrapErr(getrandom::SysRng)
    }

    fn point(key: &PublicKey, is_compressed: bool) -> Vec<u8> {
        let PublicKey::P256(key) = key else {
            panic!("a key of P-256")
        };
        key.to_sec1_point(is_compressed).as_bytes().to_vec()
    }

    #[test]
    fn every_form_of_a_phone_is_the_same_key() {
        let p256 = SecretKey::generate_p256(&mut rng()).public_key();
        let whole = point(&p256, false);
        for form in [
            [P256_INFO, &whole].concat(),
            whole.clone(),
            point(&p256, true),
        ] {
            assert_eq!(PublicKey::from_platform(&form), Ok(p256.clone()));
        }
        let ed25519 = SecretKey::generate_ed25519(&mut rng()).public_key();
        let raw = ed25519.to_short();
        for form in [[ED25519_INFO, &raw].concat(), raw] {
            assert_eq!(PublicKey::from_platform(&form), Ok(ed25519.clone()));
        }
    }

    #[test]
    fn other_forms_and_bad_points_are_told_apart() {
        let p256 = SecretKey::generate_p256(&mut rng()).public_key();
        let (whole, short) = (point(&p256, false), point(&p256, true));
        let ed25519 = SecretKey::generate_ed25519(&mut rng()).public_key();
        for form in [
            vec![],
            whole[..64].to_vec(),
            [&[0x05], &whole[1..]].concat(),
            [P256_INFO, &short].concat(),
            [P256_INFO, &ed25519.to_short()].concat(),
            [ED25519_INFO, &short].concat(),
            [ED25519_INFO, &whole].concat(),
            [ED25519_INFO, P256_INFO, &whole].concat(),
            [P256_INFO, &whole, &[0]].concat(),
        ] {
            assert_eq!(PublicKey::from_platform(&form), OTHER_FORM, "{form:02x?}");
        }
        let mut off_curve = whole;
        off_curve[64] ^= 1;
        for form in [off_curve.clone(), [P256_INFO, &off_curve].concat()] {
            assert_eq!(PublicKey::from_platform(&form), Err(Error::InvalidKey));
        }
        let small_order = [ED25519_INFO, &[0; 32]].concat();
        assert_eq!(
            PublicKey::from_platform(&small_order),
            Err(Error::InvalidKey)
        );
    }

    #[test]
    fn hardware_signatures_come_as_der_or_raw_and_with_either_s() {
        let secret = SecretKey::generate_p256(&mut rng());
        let public = secret.public_key();
        let low = secret.sign(b"message").unwrap();
        let parsed = p256::ecdsa::Signature::from_slice(&low).unwrap();
        let negated =
            p256::ecdsa::Signature::from_scalars(parsed.r().to_bytes(), (-*parsed.s()).to_bytes())
                .unwrap();
        for signature in [parsed, negated] {
            let raw: Signature = signature.to_bytes().into();
            for form in [raw.as_slice(), signature.to_der().as_bytes()] {
                let taken = public.signature_from_platform(b"message", form);
                assert_eq!(taken, Ok(raw));
                let refused = public.signature_from_platform(b"massage", form);
                assert_eq!(refused, Err(Error::BadSignature));
                let cut = public.signature_from_platform(b"message", &form[1..]);
                assert_eq!(cut, Err(Error::BadSignature));
            }
        }
        let other = SecretKey::generate_ed25519(&mut rng());
        let signature = other.sign(b"message").unwrap();
        let public = other.public_key();
        assert_eq!(
            public.signature_from_platform(b"message", &signature),
            Ok(signature)
        );
        assert_eq!(
            public.signature_from_platform(b"message", parsed.to_der().as_bytes()),
            Err(Error::BadSignature)
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn whatever_is_no_key_or_signature_is_refused(
            mut bytes in prop::collection::vec(any::<u8>(), 0..128),
            prefix in prop::sample::select(vec![&[][..], P256_INFO, ED25519_INFO]),
        ) {
            bytes.splice(..0, prefix.iter().copied());
            if let Ok(key) = PublicKey::from_platform(&bytes) {
                prop_assert_eq!(PublicKey::from_short(&key.to_short()), Ok(key));
            }
            let key = SecretKey::from_bytes(&[2; 33]).unwrap().public_key();
            let refused = key.signature_from_platform(b"message", &bytes);
            prop_assert_eq!(refused, Err(Error::BadSignature));
        }
    }
}
