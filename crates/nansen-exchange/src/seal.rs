//! The seal of an answer: only the session that asked can open it.
//!
//! HPKE in base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305.
//! The recipient is the ephemeral key of the request, `info` is the digest of the request and
//! `aad` is empty, so that an answer to one request opens in no other session, and not even in
//! the same one for a request with a single byte changed.
//!
//! ```text
//! sealed = encapsulated key (32 bytes), ciphertext, tag (16 bytes)
//! ```
//!
//! No version byte: the code that carries it names kind and version, and the suite belongs to
//! the version of the request.

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, single_shot_open,
    single_shot_seal_with_rng,
};
use rand_core::CryptoRng;

use crate::Error;
use crate::limits::MESSAGE_LENGTH_MAX;
use crate::request::Request;

/// Bytes that the seal adds.
pub const SEAL_BYTES: usize = ENCAPSULATED_BYTES + TAG_BYTES;

/// Seals an answer to the session that made the request.
///
/// # Errors
/// [`Error::MessageTooLong`] for more than codes carry; [`Error::Invalid`] when the ephemeral
/// key of the request is a point that hides nothing.
pub fn seal(
    request: &Request,
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, Error> {
    const INVALID: Error = Error::Invalid {
        what: "ephemeral key",
    };
    check_length(plaintext.len().saturating_add(SEAL_BYTES))?;
    let recipient = PublicKey::from_bytes(request.ephemeral()).map_err(|_| INVALID)?;
    let (encapsulated, ciphertext) =
        single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &recipient,
            request.digest(),
            plaintext,
            &[],
            rng,
        )
        .map_err(|_| INVALID)?;
    let mut sealed = Vec::with_capacity(ENCAPSULATED_BYTES + ciphertext.len());
    sealed.extend_from_slice(&encapsulated.to_bytes());
    sealed.extend_from_slice(&ciphertext);
    Ok(sealed)
}

/// A verifier that waits for the answer to one request. It lives in memory only: the secret is
/// wiped with it, is never written and never shown.
pub struct VerifierSession {
    request: Request,
    secret: EphemeralSecret,
}

impl VerifierSession {
    pub(crate) const fn new(request: Request, secret: EphemeralSecret) -> Self {
        Self { request, secret }
    }

    /// The request that is to be answered.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// Opens an answer.
    ///
    /// # Errors
    /// [`Error::SealedTooShort`] or [`Error::MessageTooLong`] for its length,
    /// [`Error::NotForThisRequest`] when it answers another request, or was changed.
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        check_length(sealed.len())?;
        let too_short = Error::SealedTooShort {
            length: sealed.len(),
            least: SEAL_BYTES,
        };
        if sealed.len() < SEAL_BYTES {
            return Err(too_short);
        }
        let (encapsulated, ciphertext) = sealed
            .split_at_checked(ENCAPSULATED_BYTES)
            .ok_or(too_short)?;
        open_with(
            &self.secret.0,
            self.request.digest(),
            &[],
            encapsulated,
            ciphertext,
        )
    }
}

impl core::fmt::Debug for VerifierSession {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("VerifierSession")
            .field("request", &self.request)
            .field("secret", &"<secret>")
            .finish()
    }
}

/// The secret half of a request's ephemeral key; wiped when dropped, by `x25519-dalek`.
pub(crate) struct EphemeralSecret(PrivateKey);

impl EphemeralSecret {
    /// A new secret and its public key.
    pub(crate) fn generate(rng: &mut impl CryptoRng) -> (Self, Vec<u8>) {
        let (secret, public) = X25519HkdfSha256::gen_keypair_with_rng(rng);
        (Self(secret), public.to_bytes().to_vec())
    }
}

fn open_with(
    secret: &PrivateKey,
    info: &[u8],
    aad: &[u8],
    encapsulated: &[u8],
    ciphertext: &[u8],
) -> Result<Vec<u8>, Error> {
    let encapsulated =
        EncappedKey::from_bytes(encapsulated).map_err(|_| Error::NotForThisRequest)?;
    single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        secret,
        &encapsulated,
        info,
        ciphertext,
        aad,
    )
    .map_err(|_| Error::NotForThisRequest)
}

fn check_length(length: usize) -> Result<(), Error> {
    if length > MESSAGE_LENGTH_MAX {
        return Err(Error::MessageTooLong {
            length,
            limit: MESSAGE_LENGTH_MAX,
        });
    }
    Ok(())
}

type PublicKey = <X25519HkdfSha256 as Kem>::PublicKey;
type PrivateKey = <X25519HkdfSha256 as Kem>::PrivateKey;
type EncappedKey = <X25519HkdfSha256 as Kem>::EncappedKey;

const ENCAPSULATED_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
