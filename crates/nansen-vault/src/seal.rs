//! Sealing: XChaCha20-Poly1305 with associated data that says where a ciphertext belongs, and padding.
//!
//! ```text
//! plaintext = content || zeros || form (1) || content length (4, big-endian)
//! sealed    = ciphertext || tag (16)
//! ```
//! The plaintext is padded: up to 8 KiB to one of eight [`STEPS`], few enough that padding rows of each
//! length are at hand (`padding.rs`); above to a Padme length (Nikitin et al., "Reducing Metadata
//! Leakage from Encrypted Files", PETS 2019), at most 12 % more. What was padded otherwise opens too.
//! Invariant: what opens was sealed by a holder of the key for exactly this associated data and nonce.

use chacha20poly1305::{
    KeyInit, Tag, XChaCha20Poly1305, XNonce,
    aead::{AeadInOut, inout::InOutBuf},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::secret::SecretKey;

/// Bytes of a nonce, drawn anew for every seal unless the key is used once.
pub(crate) const NONCE: usize = 24;
/// Bytes of an authentication tag.
pub(crate) const TAG: usize = 16;
/// Lengths of short padded plaintexts.
const STEPS: [usize; 8] = [256, 512, 768, 1088, 1600, 2560, 4096, 8192];
/// Form byte and length at the end of a padded plaintext.
const TRAILER: usize = 5;

/// A key that seals. The cipher, which holds the key bare, is made for each use and wiped after it.
pub(crate) struct SealKey(SecretKey);

impl SealKey {
    pub(crate) fn new(key: SecretKey) -> Self {
        Self(key)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.0.reveal().into())
    }

    /// Encrypts `buffer` where it stands and appends the tag.
    ///
    /// The caller reserves [`TAG`] bytes more, lest the buffer move.
    pub(crate) fn seal(&self, nonce: &[u8; NONCE], aad: &[u8], buffer: &mut Vec<u8>) {
        let sealed = self.cipher().encrypt_inout_detached(
            &XNonce::from(*nonce),
            aad,
            InOutBuf::from(&mut buffer[..]),
        );
        match sealed {
            Ok(tag) => buffer.extend_from_slice(&tag),
            // Refused above 256 GiB, which no buffer of ours reaches. An empty one opens nowhere.
            Err(_) => buffer.clear(),
        }
    }

    /// Decrypts `buffer` where it stands and cuts the tag off. `None`: not ours, not whole, or not in
    /// its place; the buffer is then wiped.
    pub(crate) fn open(&self, nonce: &[u8; NONCE], aad: &[u8], buffer: &mut Vec<u8>) -> Option<()> {
        let length = self.open_slice(nonce, aad, buffer);
        match length {
            Some(length) => buffer.truncate(length),
            None => buffer.zeroize(),
        }
        length.map(|_| ())
    }

    /// Decrypts within a slice; the plaintext is its first bytes, as many as returned.
    pub(crate) fn open_slice(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        sealed: &mut [u8],
    ) -> Option<usize> {
        let (ciphertext, tag) = sealed.split_last_chunk_mut::<TAG>()?;
        let length = ciphertext.len();
        self.cipher()
            .decrypt_inout_detached(
                &XNonce::from(*nonce),
                aad,
                InOutBuf::from(ciphertext),
                &Tag::from(*tag),
            )
            .ok()
            .map(|()| length)
    }

    /// Pads and seals `content` into `out`, replacing what was there.
    pub(crate) fn seal_padded(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        form: u8,
        content: &[u8],
        out: &mut Vec<u8>,
    ) {
        let padded = padded(content.len() + TRAILER);
        out.clear();
        out.reserve(padded + TAG);
        out.extend_from_slice(content);
        out.resize(padded - TRAILER, 0);
        out.push(form);
        // Contents are bounded far below 4 GiB; a saturated length would not open.
        let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&length.to_be_bytes());
        self.seal(nonce, aad, out);
    }

    /// Opens what [`SealKey::seal_padded`] made: the form and the content.
    pub(crate) fn open_padded(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        sealed: &[u8],
    ) -> Option<(u8, Zeroizing<Vec<u8>>)> {
        let mut buffer = Zeroizing::new(sealed.to_vec());
        self.open(nonce, aad, &mut buffer)?;
        let (rest, [form, length @ ..]) = buffer.split_last_chunk::<TRAILER>()?;
        let (form, length) = (*form, usize::try_from(u32::from_be_bytes(*length)).ok()?);
        if length > rest.len() {
            return None;
        }
        buffer.truncate(length);
        Some((form, buffer))
    }
}

/// A key that authenticates, with its first block already hashed.
pub(crate) struct MacKey(Box<Hmac<Sha256>>);

impl MacKey {
    pub(crate) fn new(key: &SecretKey) -> Self {
        // HMAC pads a short key with zeros to the hash's block (RFC 2104 section 2).
        let mut block = Zeroizing::new([0; 64]);
        for (place, byte) in block.iter_mut().zip(key.reveal()) {
            *place = *byte;
        }
        Self(Box::new(Hmac::new((&*block).into())))
    }

    /// HMAC-SHA256 over the parts, one after the other.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::clone(&self.0);
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// The length that a plaintext of `length` bytes is padded to.
pub(crate) fn padded(length: usize) -> usize {
    let step = STEPS.into_iter().find(|step| *step >= length);
    step.unwrap_or_else(|| padme(length))
}

/// The sealed length of a content of `length` bytes ([`SealKey::seal_padded`]).
pub(crate) fn sealed_length(length: usize) -> usize {
    padded(length + TRAILER) + TAG
}

/// The Padme length at or above `length`.
fn padme(length: usize) -> usize {
    if length < 2 {
        return length;
    }
    let exponent = length.ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1usize << (exponent - kept.min(exponent))) - 1;
    (length + mask) & !mask
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> SealKey {
        SealKey::new(SecretKey::copied(&[3; 32]))
    }

    #[test]
    fn padme_lengths_are_those_of_the_paper() {
        for (length, padded) in [
            (1, 1),
            (2, 2),
            (9, 10),
            (1000, 1024),
            (1025, 1088),
            (1 << 20, 1 << 20),
        ] {
            assert_eq!(padme(length), padded);
        }
        for length in 1..100_000 {
            let padded = padme(length);
            assert!(padded >= length && padded * 100 <= length * 112 + 100);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn sealed_content_comes_back(content: Vec<u8>, form: u8, nonce: [u8; 24], aad: Vec<u8>) {
            let mut sealed = Vec::new();
            key().seal_padded(&nonce, &aad, form, &content, &mut sealed);
            let (found, opened) = key().open_padded(&nonce, &aad, &sealed).unwrap();
            prop_assert_eq!(found, form);
            prop_assert_eq!(&*opened, &content);
        }

        #[test]
        fn any_changed_byte_is_refused(content: Vec<u8>, at: prop::sample::Index, flip in 1u8..) {
            let mut sealed = Vec::new();
            key().seal_padded(&[0; 24], b"here", 0, &content, &mut sealed);
            let at = at.index(sealed.len());
            sealed[at] ^= flip;
            prop_assert!(key().open_padded(&[0; 24], b"here", &sealed).is_none());
        }
    }

    #[test]
    fn another_place_another_key_and_a_stump_are_refused() {
        let mut sealed = Vec::new();
        key().seal_padded(&[0; 24], b"here", 0, b"content", &mut sealed);
        assert!(key().open_padded(&[0; 24], b"there", &sealed).is_none());
        assert!(key().open_padded(&[1; 24], b"here", &sealed).is_none());
        let other = SealKey::new(SecretKey::copied(&[4; 32]));
        assert!(other.open_padded(&[0; 24], b"here", &sealed).is_none());
        for length in 0..sealed.len() {
            assert!(
                key()
                    .open_padded(&[0; 24], b"here", &sealed[..length])
                    .is_none()
            );
        }
    }

    #[test]
    fn short_lengths_are_steps_and_long_ones_padme() {
        for (length, expected) in [
            (0, 256),
            (257, 512),
            (1029, 1088),
            (1089, 1600),
            (8192, 8192),
            (8193, 8704),
        ] {
            assert_eq!(padded(length), expected);
        }
        let mut sealed = Vec::new();
        key().seal_padded(&[0; 24], b"here", 0, &[1; 1024], &mut sealed);
        assert_eq!(sealed.len(), sealed_length(1024));
    }

    #[test]
    fn lengths_of_small_contents_do_not_show() {
        let (mut empty, mut sentence) = (Vec::new(), Vec::new());
        key().seal_padded(&[0; 24], b"", 0, b"", &mut empty);
        key().seal_padded(&[0; 24], b"", 0, &[b'x'; 251], &mut sentence);
        assert_eq!(empty.len(), sentence.len());
    }
}
