//! Public keys, secret keys and whatever can sign.
//!
//! A [`PublicKey`] is a valid point from the moment it exists: one that is not on the curve,
//! or is of small order, cannot be built.

use ed25519_dalek::Verifier as _;
use p256::ecdsa::signature::Signer as _;
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::Algorithm;
use crate::Error;
use crate::cbor::{Map, RawMap, Value};

/// Bytes of a signature, `r || s` or `R || S`, for every algorithm of this profile.
pub const SIGNATURE_BYTES: usize = 64;

/// A signature, `R || S` (RFC 8032) or `r || s` (RFC 9053, section 2.1).
pub type Signature = [u8; SIGNATURE_BYTES];

/// A key that verifies.
#[derive(Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// Ed25519.
    Ed25519(ed25519_dalek::VerifyingKey),
    /// ECDSA on P-256.
    P256(p256::ecdsa::VerifyingKey),
}

impl PublicKey {
    /// An Ed25519 key from its 32 bytes.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] when they are no point, or one of small order.
    pub fn ed25519(bytes: &[u8; 32]) -> Result<Self, Error> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| Error::InvalidKey)?;
        if key.is_weak() {
            return Err(Error::InvalidKey);
        }
        Ok(Self::Ed25519(key))
    }

    /// A P-256 key from its SEC1 point, 33 bytes compressed or 65 bytes.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] when it is not on the curve.
    pub fn p256(point: &[u8]) -> Result<Self, Error> {
        p256::ecdsa::VerifyingKey::from_sec1_bytes(point)
            .map(Self::P256)
            .map_err(|_| Error::InvalidKey)
    }

    /// The key from 32 bytes (Ed25519) or 33 bytes (P-256, compressed point).
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for other lengths and for bytes that are no valid point.
    pub fn from_short(bytes: &[u8]) -> Result<Self, Error> {
        match <&[u8; 32]>::try_from(bytes) {
            Ok(bytes) => Self::ed25519(bytes),
            Err(_) if bytes.len() == 33 => Self::p256(bytes),
            Err(_) => Err(Error::InvalidKey),
        }
    }

    /// The shortest form, which [`PublicKey::from_short`] reads.
    #[must_use]
    pub fn to_short(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.as_bytes().to_vec(),
            Self::P256(key) => key.to_sec1_point(true).as_bytes().to_vec(),
        }
    }

    /// A key from a `COSE_Key` map (RFC 9053, section 7). Only public parameters are looked at.
    ///
    /// # Errors
    /// [`Error::Missing`] and [`Error::Invalid`] for its parameters, [`Error::InvalidKey`] for
    /// its point.
    pub fn from_cose(key: &RawMap<'_>) -> Result<Self, Error> {
        let required = |label, what| key.label(label).ok_or(Error::Missing { what });
        let key_type = required(KTY, "key type")?.int()?;
        let curve = required(CRV, "curve of the key")?.int()?;
        match (key_type, curve) {
            (OKP, ED25519) => Self::ed25519(&required(X, "x of the key")?.byte_array("32 bytes")?),
            (EC2, P256) => {
                let x: [u8; 32] = required(X, "x of the key")?.byte_array("32 bytes")?;
                let mut point = Vec::with_capacity(65);
                match required(Y, "y of the key")?.value()? {
                    Value::Bytes(y) => {
                        point.push(4);
                        point.extend_from_slice(&x);
                        point.extend_from_slice(&y);
                    }
                    Value::Bool(is_odd) => {
                        point.push(if is_odd { 3 } else { 2 });
                        point.extend_from_slice(&x);
                    }
                    _ => {
                        return Err(Error::Invalid {
                            what: "y of the key",
                        });
                    }
                }
                Self::p256(&point)
            }
            _ => Err(Error::Invalid {
                what: "type and curve of the key",
            }),
        }
    }

    /// The `COSE_Key` map, with the required parameters only.
    #[must_use]
    pub fn to_cose(&self) -> Map {
        match self {
            Self::Ed25519(key) => Map::new()
                .with(KTY, OKP)
                .with(CRV, ED25519)
                .with(X, Value::Bytes(key.as_bytes().to_vec())),
            Self::P256(key) => {
                let point = key.to_sec1_point(false);
                let (x, y) = point.as_bytes().get(1..).unwrap_or_default().split_at(32);
                Map::new()
                    .with(KTY, EC2)
                    .with(CRV, P256)
                    .with(X, Value::Bytes(x.to_vec()))
                    .with(Y, Value::Bytes(y.to_vec()))
            }
        }
    }

    /// The algorithm that this project writes for this type of key.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::Ed25519,
            Self::P256(_) => Algorithm::Esp256,
        }
    }

    /// SHA-256 of the deterministic `COSE_Key` (COSE Key Thumbprint, RFC 9679).
    #[must_use]
    pub fn thumbprint(&self) -> [u8; 32] {
        Sha256::digest(self.to_cose().to_cbor()).into()
    }

    /// The `kid` that Nansen's issuers use: the first 8 bytes of the thumbprint.
    #[must_use]
    pub fn kid(&self) -> [u8; 8] {
        let mut kid = [0; 8];
        for (to, from) in kid.iter_mut().zip(self.thumbprint()) {
            *to = from;
        }
        kid
    }

    /// Checks a signature. Ed25519 is strict: canonical `S`, no point of small order.
    ///
    /// # Errors
    /// [`Error::KeyTypeMismatch`] or [`Error::BadSignature`].
    pub fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        match (self, algorithm) {
            (Self::Ed25519(key), Algorithm::Ed25519 | Algorithm::EdDsa) => {
                ed25519_dalek::Signature::from_slice(signature)
                    .and_then(|signature| key.verify_strict(message, &signature))
                    .map_err(|_| Error::BadSignature)
            }
            (Self::P256(key), Algorithm::Esp256 | Algorithm::Es256) => {
                p256::ecdsa::Signature::from_slice(signature)
                    .and_then(|signature| key.verify(message, &signature))
                    .map_err(|_| Error::BadSignature)
            }
            _ => Err(Error::KeyTypeMismatch {
                algorithm: algorithm.id(),
            }),
        }
    }
}

impl core::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

/// Algorithm and [`PublicKey::kid`].
impl core::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let name = match self {
            Self::Ed25519(_) => "Ed25519",
            Self::P256(_) => "P256",
        };
        write!(f, "{name}(")?;
        for byte in self.kid() {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// Whatever can sign with a key: a secret in memory, a phone's hardware, a desk's token.
pub trait Signer {
    /// The key that verifies what this signs.
    fn public_key(&self) -> PublicKey;

    /// Signs `message` with the algorithm of [`PublicKey::algorithm`].
    ///
    /// # Errors
    /// [`Error::SignerFailed`] when the hardware or its owner refuses.
    fn sign(&self, message: &[u8]) -> Result<Signature, Error>;
}

impl<S: Signer> Signer for &S {
    fn public_key(&self) -> PublicKey {
        (**self).public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, Error> {
        (**self).sign(message)
    }
}

/// A secret key in memory. Wiped on drop; neither printed, nor cloned, nor serialised.
pub enum SecretKey {
    /// Ed25519.
    Ed25519(ed25519_dalek::SigningKey),
    /// ECDSA on P-256.
    P256(p256::ecdsa::SigningKey),
}

impl SecretKey {
    /// A new Ed25519 key.
    pub fn generate_ed25519(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut());
        Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// A new P-256 key.
    pub fn generate_p256(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        loop {
            rng.fill_bytes(seed.as_mut());
            // All but one in 2^32 of the strings of 32 bytes are a scalar of the curve.
            if let Ok(key) = p256::ecdsa::SigningKey::from_slice(seed.as_ref()) {
                return Self::P256(key);
            }
        }
    }

    /// A key from [`SecretKey::to_bytes`]: the kind (1 Ed25519, 2 P-256), then 32 bytes.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for another length or kind.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        match bytes.split_first() {
            Some((1, seed)) => <&[u8; 32]>::try_from(seed)
                .map(|seed| Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(seed)))
                .map_err(|_| Error::InvalidKey),
            Some((2, scalar)) => p256::ecdsa::SigningKey::from_slice(scalar)
                .map(Self::P256)
                .map_err(|_| Error::InvalidKey),
            _ => Err(Error::InvalidKey),
        }
    }

    /// The kind and the 32 secret bytes, wiped when dropped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(33));
        match self {
            Self::Ed25519(key) => {
                bytes.push(1);
                bytes.extend_from_slice(key.as_bytes());
            }
            Self::P256(key) => {
                bytes.push(2);
                bytes.extend_from_slice(Zeroizing::new(key.to_bytes()).as_slice());
            }
        }
        bytes
    }
}

impl Signer for SecretKey {
    fn public_key(&self) -> PublicKey {
        match self {
            Self::Ed25519(key) => PublicKey::Ed25519(key.verifying_key()),
            Self::P256(key) => PublicKey::P256(*key.verifying_key()),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, Error> {
        match self {
            Self::Ed25519(key) => key
                .try_sign(message)
                .map(|signature| signature.to_bytes())
                .map_err(|_| Error::SignerFailed),
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature =
                    key.try_sign(message).map_err(|_| Error::SignerFailed)?;
                Ok(signature.to_bytes().into())
            }
        }
    }
}

impl core::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SecretKey(<secret>)")
    }
}

// COSE_Key parameters and values (RFC 9052, section 7; RFC 9053, section 7).
const KTY: i64 = 1;
const CRV: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;
const OKP: i64 = 1;
const EC2: i64 = 2;
const P256: i64 = 1;
const ED25519: i64 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    fn rng() -> impl CryptoRng {
        rand_core::UnwrapErr(getrandom::SysRng)
    }

    #[test]
    fn keys_survive_every_form_and_verify_what_they_sign() {
        for secret in [
            SecretKey::generate_ed25519(&mut rng()),
            SecretKey::generate_p256(&mut rng()),
        ] {
            let secret = SecretKey::from_bytes(&secret.to_bytes()).unwrap();
            let public = secret.public_key();
            assert_eq!(
                PublicKey::from_short(&public.to_short()),
                Ok(public.clone())
            );
            let cose = public.to_cose().to_cbor();
            assert_eq!(
                PublicKey::from_cose(&RawMap::from_cbor(&cose).unwrap()),
                Ok(public.clone())
            );
            let signature = secret.sign(b"message").unwrap();
            assert_eq!(
                public.verify(public.algorithm(), b"message", &signature),
                Ok(())
            );
            assert_eq!(
                public.verify(public.algorithm(), b"massage", &signature),
                Err(Error::BadSignature)
            );
            assert_eq!(
                public.verify(public.algorithm(), b"message", &signature[..63]),
                Err(Error::BadSignature)
            );
        }
    }

    #[test]
    fn an_algorithm_of_the_other_key_type_is_refused() {
        let key = SecretKey::generate_ed25519(&mut rng()).public_key();
        assert_eq!(
            key.verify(Algorithm::Es256, b"", &[0; 64]),
            Err(Error::KeyTypeMismatch { algorithm: -7 })
        );
    }

    #[test]
    fn points_off_the_curve_or_of_small_order_are_no_keys() {
        let small_order = [0; 32];
        let mut identity = [0; 32];
        identity[0] = 1;
        // y = 2 has no x on edwards25519.
        let mut off_curve = [0; 32];
        off_curve[0] = 2;
        for bytes in [small_order, identity, off_curve] {
            assert_eq!(PublicKey::ed25519(&bytes), Err(Error::InvalidKey));
        }
        let mut point = [1; 65];
        point[0] = 4;
        assert_eq!(PublicKey::p256(&point), Err(Error::InvalidKey));
    }

    #[test]
    fn secrets_are_not_printed() {
        let secret = SecretKey::generate_ed25519(&mut rng());
        assert_eq!(format!("{secret:?}"), "SecretKey(<secret>)");
    }
}
