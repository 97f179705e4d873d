//! Secrets as types: wiped on drop, silent in `Debug`, neither `Clone` nor serialisable.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    error::{Field, Result, bounded},
    limits,
};

/// What a person types to unlock: a passphrase or a PIN.
///
/// Text is brought to Unicode normalisation form C, so that "é" typed on one keyboard equals "é" typed
/// on another, whichever way each composes it. Bytes that are not UTF-8 are taken as they are.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Passphrase(Vec<u8>);

impl Passphrase {
    /// Takes the bytes over and wipes them when dropped.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`](crate::Error::OutOfBounds) when empty or above
    /// [`limits::PASSPHRASE_BYTES`].
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self> {
        let typed = Zeroizing::new(bytes.into());
        bounded(Field::Passphrase, typed.len(), 1, limits::PASSPHRASE_BYTES)?;
        let normal = match std::str::from_utf8(&typed) {
            Ok(text) => {
                // Composition never takes more than three times the bytes (UAX #15), so the buffer
                // does not move and leave a copy behind.
                let mut normal = Zeroizing::new(String::with_capacity(3 * text.len()));
                normal.extend(text.nfc());
                bounded(Field::Passphrase, normal.len(), 1, limits::PASSPHRASE_BYTES)?;
                normal.as_bytes().to_vec()
            }
            Err(_) => typed.to_vec(),
        };
        Ok(Self(normal))
    }

    pub(crate) fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(<secret>)")
    }
}

/// 32 secret bytes: a vault key, a key that wraps it, or a key for one purpose.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct SecretKey([u8; 32]);

impl SecretKey {
    pub(crate) fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn reveal(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn reveal_mut(&mut self) -> &mut [u8; 32] {
        &mut self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(<secret>)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_spellings_of_an_accent_are_one_passphrase() {
        let composed = Passphrase::new("caf\u{e9}").unwrap();
        let decomposed = Passphrase::new("cafe\u{301}").unwrap();
        assert_eq!(composed.reveal(), decomposed.reveal());
    }

    #[test]
    fn bytes_that_are_no_text_stay_as_they_are() {
        assert_eq!(
            Passphrase::new([0xff, 0x00]).unwrap().reveal(),
            [0xff, 0x00]
        );
    }

    #[test]
    fn an_empty_or_endless_passphrase_is_refused() {
        assert!(Passphrase::new("").is_err());
        assert!(Passphrase::new(vec![b'a'; limits::PASSPHRASE_BYTES + 1]).is_err());
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!(
            "{:?} {:?}",
            Passphrase::new("hunter2").unwrap(),
            SecretKey::new([7; 32])
        );
        assert_eq!(shown, "Passphrase(<secret>) SecretKey(<secret>)");
    }
}
