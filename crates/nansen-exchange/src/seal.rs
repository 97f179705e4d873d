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
    Deserializable, Kem, OpModeR, OpModeS, Serializable, setup_receiver, single_shot_open,
    single_shot_seal_with_rng,
};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::Error;
use crate::limits::MESSAGE_LENGTH_MAX;
use crate::request::Request;

/// Bytes that the seal adds.
pub const SEAL_BYTES: usize = ENCAPSULATED_BYTES + TAG_BYTES;

/// Seals an answer to the session that made the request.
///
/// # Errors
/// [`Error::MessageTooLong`] for more than codes carry; [`Error::Invalid`] when nothing can
/// be sealed to the ephemeral key, which [`Request::parse`] rules out.
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

/// A verifier that waits for the answer to one request. It lives in memory: the secret is wiped
/// with it and never shown.
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

    /// The secret and the request, for a verifier whose asking and checking are two programs.
    /// Whoever has these bytes can read the answer: keep them from others, and not for long.
    #[must_use]
    pub fn to_secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(
            SECRET_BYTES + self.request.bytes().len(),
        ));
        bytes.extend_from_slice(
            &Zeroizing::new(<[u8; SECRET_BYTES]>::from(self.secret.0.to_bytes()))[..],
        );
        bytes.extend_from_slice(self.request.bytes());
        bytes
    }

    /// The session from [`VerifierSession::to_secret_bytes`].
    ///
    /// # Errors
    /// [`Error::Invalid`] for other bytes, and those of [`Request::parse`].
    pub fn from_secret_bytes(bytes: &[u8]) -> Result<Self, Error> {
        const INVALID: Error = Error::Invalid {
            what: "verifier session",
        };
        let (secret, request) = bytes.split_at_checked(SECRET_BYTES).ok_or(INVALID)?;
        let secret = PrivateKey::from_bytes(secret).map_err(|_| INVALID)?;
        let request = Request::parse(request)?;
        if X25519HkdfSha256::sk_to_pk(&secret).to_bytes().as_slice() != request.ephemeral() {
            return Err(INVALID);
        }
        Ok(Self::new(request, EphemeralSecret(secret)))
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

/// Whether an answer sealed to this key is hidden. To a point of small order it is not: every
/// shared secret is zero, whatever the other key (RFC 7748, section 6.1; RFC 9180, section 7.1.4).
pub(crate) fn can_seal_to(key: &[u8; 32]) -> bool {
    // X25519 multiplies by a multiple of 8, so that any secret shows what every secret would.
    let Ok(secret) = PrivateKey::from_bytes(&[1; SECRET_BYTES]) else {
        return false;
    };
    EncappedKey::from_bytes(key).is_ok_and(|key| {
        setup_receiver::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &secret,
            &key,
            &[],
        )
        .is_ok()
    })
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

/// The one size of a message, of an answer and of a compact form.
pub(crate) const fn check_length(length: usize) -> Result<(), Error> {
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

const SECRET_BYTES: usize = 32;
const ENCAPSULATED_BYTES: usize = 32;
const TAG_BYTES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{CredentialQuery, Query};
    use crate::request::NewRequest;
    use nansen_credential::cose::SecretKey;
    use proptest::prelude::*;

    fn rng() -> impl CryptoRng {
        rand_core::UnwrapErr(getrandom::SysRng)
    }

    fn session() -> (Request, VerifierSession) {
        let query = Query::new(vec![CredentialQuery::sd_cwt("0", "t")], Vec::new()).unwrap();
        NewRequest::new("Gate 3", "Induction", query, 1_790_000_000)
            .sign(&SecretKey::generate_ed25519(&mut rng()), &mut rng())
            .unwrap()
    }

    fn from_hex(hex: &str) -> Vec<u8> {
        hex.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    /// RFC 9180, appendix A.2.1, first encryption: the suite of this module, base mode.
    #[test]
    fn the_vector_of_the_rfc_opens() {
        let secret = PrivateKey::from_bytes(&from_hex(
            "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb",
        ))
        .unwrap();
        let opened = open_with(
            &secret,
            &from_hex("4f6465206f6e2061204772656369616e2055726e"),
            &from_hex("436f756e742d30"),
            &from_hex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"),
            &from_hex(concat!(
                "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db",
                "21993c62ce81883d2dd1b51a28"
            )),
        );
        assert_eq!(opened.unwrap(), b"Beauty is truth, truth beauty");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn only_the_session_that_asked_opens_only_what_was_sealed(
            plaintext in prop::collection::vec(any::<u8>(), 0..900),
            at in any::<prop::sample::Index>(),
            change in 1_u8..,
        ) {
            let (request, session) = session();
            let mut sealed = seal(&request, &plaintext, &mut rng()).unwrap();
            prop_assert_eq!(sealed.len(), plaintext.len() + SEAL_BYTES);
            prop_assert_eq!(session.open(&sealed), Ok(plaintext));
            prop_assert_eq!(self::session().1.open(&sealed), Err(Error::NotForThisRequest));
            let at = at.index(sealed.len());
            sealed[at] ^= change;
            prop_assert_eq!(session.open(&sealed), Err(Error::NotForThisRequest));
        }
    }

    #[test]
    fn every_changed_byte_and_every_truncation_is_refused() {
        let (request, session) = session();
        let mut sealed = seal(&request, b"presentation", &mut rng()).unwrap();
        for at in 0..sealed.len() {
            sealed[at] ^= 1;
            assert_eq!(session.open(&sealed), Err(Error::NotForThisRequest), "{at}");
            sealed[at] ^= 1;
            let refused = session.open(&sealed[..at]).unwrap_err();
            if at < SEAL_BYTES {
                let (length, least) = (at, SEAL_BYTES);
                assert_eq!(refused, Error::SealedTooShort { length, least });
            } else {
                assert_eq!(refused, Error::NotForThisRequest);
            }
        }
    }

    #[test]
    fn an_answer_to_other_words_does_not_open_with_the_same_secret() {
        let (request, session) = session();
        let sealed = seal(&request, b"presentation", &mut rng()).unwrap();
        let (other, _) = self::session();
        let mixed = VerifierSession::new(other, session.secret);
        assert_eq!(mixed.open(&sealed), Err(Error::NotForThisRequest));
    }

    #[test]
    fn a_session_kept_in_a_file_goes_on() {
        let (request, session) = session();
        let sealed = seal(&request, b"presentation", &mut rng()).unwrap();
        let bytes = session.to_secret_bytes();
        let again = VerifierSession::from_secret_bytes(&bytes).unwrap();
        assert_eq!(again.open(&sealed).unwrap(), b"presentation");
        let mut changed = bytes.to_vec();
        changed[3] ^= 1;
        assert!(VerifierSession::from_secret_bytes(&changed).is_err());
        assert!(VerifierSession::from_secret_bytes(&bytes[..31]).is_err());
    }

    #[test]
    fn two_seals_of_the_same_answer_share_nothing() {
        let (request, _) = session();
        let one = seal(&request, b"presentation", &mut rng()).unwrap();
        let other = seal(&request, b"presentation", &mut rng()).unwrap();
        assert_ne!(one[..32], other[..32]);
        assert_ne!(one[32..], other[32..]);
    }

    #[test]
    fn sizes_beyond_what_codes_carry_are_refused() {
        let (request, session) = session();
        let length = MESSAGE_LENGTH_MAX + 1;
        let limit = MESSAGE_LENGTH_MAX;
        let large = vec![0; length];
        let refused = Error::MessageTooLong { length, limit };
        assert_eq!(session.open(&large), Err(refused.clone()));
        assert_eq!(
            seal(&request, &large[SEAL_BYTES..], &mut rng()),
            Err(refused)
        );
    }

    #[test]
    fn the_secret_is_not_printed() {
        let (_, session) = session();
        let printed = format!("{session:?}");
        assert!(printed.contains("<secret>"));
        let secret = format!("{:?}", session.secret.0.to_bytes().as_slice());
        assert!(!printed.contains(&secret));
    }
}
