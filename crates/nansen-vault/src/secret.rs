//! Secrets as types: wiped on drop, silent in `Debug`, neither `Clone` nor serialisable.

use std::fmt;

use rand_core::CryptoRng;
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    error::{Field, Result, bounded},
    limits,
};

/// What a person types to unlock: a passphrase or a PIN.
///
/// Text is brought to one form, so that what one keyboard types equals what another does: decimal digits
/// of every script become ASCII digits (a PIN typed as ١٢٣٤ is 1234), every space becomes U+0020, and the
/// whole is brought to Unicode normalisation form C, whichever way "é" was composed. This is
/// OpaqueString of RFC 8265 in spirit; that one maps no digits, and refuses control characters and
/// unassigned ones, which here pass. Bytes that are not UTF-8 are taken as they are.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Passphrase(Vec<u8>);

impl Passphrase {
    /// Takes the bytes over and wipes them when dropped.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`](crate::Error::OutOfBounds) when empty or above
    /// [`limits::PASSPHRASE_BYTES`]. Nothing but zero bytes is as empty: what a caller wiped too early,
    /// which would open to everybody.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self> {
        let typed = Zeroizing::new(bytes.into());
        let length = match typed.iter().all(|byte| *byte == 0) {
            true => 0,
            false => typed.len(),
        };
        bounded(Field::Passphrase, length, 1, limits::PASSPHRASE_BYTES)?;
        let normal = match std::str::from_utf8(&typed) {
            Ok(text) => {
                // Composition never takes more than three times the bytes (UAX #15), so the buffer
                // does not move and leave a copy behind.
                let mut normal = Zeroizing::new(String::with_capacity(3 * text.len()));
                normal.extend(text.chars().map(plain).nfc());
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

/// A digit of any script as its ASCII digit, a space of any width as a space.
fn plain(letter: char) -> char {
    let at = DIGIT_ZEROS.partition_point(|zero| *zero <= letter);
    let zero = at.checked_sub(1).and_then(|at| DIGIT_ZEROS.get(at));
    let value = zero.and_then(|zero| u32::from(letter).checked_sub(u32::from(*zero)));
    if let Some(digit) = value.and_then(|value| char::from_digit(value, 10)) {
        return digit;
    }
    if SPACES.contains(&letter) {
        return ' ';
    }
    letter
}

/// The zero of each run of ten decimal digits (general category Nd of Unicode 14, ASCII aside), in
/// order. Part of the format: a later Unicode's digits would change what an old passphrase opens.
const DIGIT_ZEROS: [char; 65] = [
    '\u{660}',
    '\u{6f0}',
    '\u{7c0}',
    '\u{966}',
    '\u{9e6}',
    '\u{a66}',
    '\u{ae6}',
    '\u{b66}',
    '\u{be6}',
    '\u{c66}',
    '\u{ce6}',
    '\u{d66}',
    '\u{de6}',
    '\u{e50}',
    '\u{ed0}',
    '\u{f20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17e0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19d0}',
    '\u{1a80}',
    '\u{1a90}',
    '\u{1b50}',
    '\u{1bb0}',
    '\u{1c40}',
    '\u{1c50}',
    '\u{a620}',
    '\u{a8d0}',
    '\u{a900}',
    '\u{a9d0}',
    '\u{a9f0}',
    '\u{aa50}',
    '\u{abf0}',
    '\u{ff10}',
    '\u{104a0}',
    '\u{10d30}',
    '\u{11066}',
    '\u{110f0}',
    '\u{11136}',
    '\u{111d0}',
    '\u{112f0}',
    '\u{11450}',
    '\u{114d0}',
    '\u{11650}',
    '\u{116c0}',
    '\u{11730}',
    '\u{118e0}',
    '\u{11950}',
    '\u{11c50}',
    '\u{11d50}',
    '\u{11da0}',
    '\u{16a60}',
    '\u{16ac0}',
    '\u{16b50}',
    '\u{1d7ce}',
    '\u{1d7d8}',
    '\u{1d7e2}',
    '\u{1d7ec}',
    '\u{1d7f6}',
    '\u{1e140}',
    '\u{1e2f0}',
    '\u{1e950}',
    '\u{1fbf0}',
];

/// The spaces other than U+0020 (general category Zs).
const SPACES: [char; 16] = [
    '\u{a0}', '\u{1680}', '\u{2000}', '\u{2001}', '\u{2002}', '\u{2003}', '\u{2004}', '\u{2005}',
    '\u{2006}', '\u{2007}', '\u{2008}', '\u{2009}', '\u{200a}', '\u{202f}', '\u{205f}', '\u{3000}',
];

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(<secret>)")
    }
}

/// What the phone's hardware wraps and unwraps, so that having the phone is a way into the vault, alone
/// or together with a passphrase.
pub struct PlatformSecret(SecretKey);

impl PlatformSecret {
    /// Draws a secret for a new way in.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut secret = SecretKey::zeros();
        rng.fill_bytes(secret.reveal_mut());
        Self(secret)
    }

    /// Takes what the hardware unwrapped. The caller wipes the bytes that it has.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`](crate::Error::OutOfBounds) unless there are
    /// [`limits::PLATFORM_SECRET_BYTES`].
    pub fn new(bytes: &[u8]) -> Result<Self> {
        const BYTES: usize = limits::PLATFORM_SECRET_BYTES;
        bounded(Field::PlatformSecret, bytes.len(), BYTES, BYTES)?;
        let mut secret = SecretKey::zeros();
        for (place, byte) in secret.reveal_mut().iter_mut().zip(bytes) {
            *place = *byte;
        }
        Ok(Self(secret))
    }

    /// The bytes for the hardware to wrap.
    #[must_use]
    pub fn reveal(&self) -> &[u8; limits::PLATFORM_SECRET_BYTES] {
        self.0.reveal()
    }
}

impl fmt::Debug for PlatformSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlatformSecret(<secret>)")
    }
}

/// 32 secret bytes: a vault key, a key that wraps it, or a key for one purpose.
///
/// They stand in one place of the heap from first to last, since moving a value leaves a copy behind
/// that nobody wipes.
pub(crate) struct SecretKey(Box<[u8; 32]>);

impl SecretKey {
    /// A key to be filled where it stands.
    pub(crate) fn zeros() -> Self {
        Self(Box::new([0; 32]))
    }

    pub(crate) fn copied(bytes: &[u8; 32]) -> Self {
        let mut key = Self::zeros();
        key.0.copy_from_slice(bytes);
        key
    }

    pub(crate) fn reveal(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn reveal_mut(&mut self) -> &mut [u8; 32] {
        &mut self.0
    }
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.0.zeroize();
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
    fn a_pin_is_the_same_in_every_script() {
        let one = |typed: &str| Passphrase::new(typed).unwrap().reveal().to_vec();
        for pin in ["١٢٣٤٩", "۱۲۳۴۹", "१२३४९", "১২৩৪৯", "１２３４９", "𝟏𝟐𝟑𝟒𝟗"]
        {
            assert_eq!(one(pin), b"12349", "{pin}");
        }
        assert!(DIGIT_ZEROS.is_sorted());
        for zero in DIGIT_ZEROS {
            let nine = char::from_u32(u32::from(zero) + 9).unwrap();
            let after = char::from_u32(u32::from(zero) + 10).unwrap();
            assert!(zero.is_numeric() && nine.is_numeric());
            assert_eq!((plain(zero), plain(nine)), ('0', '9'));
            assert_eq!(plain(after) == '0', DIGIT_ZEROS.contains(&after));
        }
    }

    #[test]
    fn a_space_is_a_space_and_letters_stay_apart() {
        let one = |typed: &str| Passphrase::new(typed).unwrap().reveal().to_vec();
        assert_eq!(one("six\u{a0}bags\u{3000}of"), b"six bags of");
        for (left, right) in [
            ("a", "A"),
            ("a b", "ab"),
            ("Ⅳ", "IV"),
            ("½", "1/2"),
            ("ａ", "a"),
        ] {
            assert_ne!(one(left), one(right));
        }
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
        assert!(Passphrase::new([0; 6]).is_err());
        assert!(Passphrase::new(vec![b'a'; limits::PASSPHRASE_BYTES + 1]).is_err());
    }

    #[test]
    fn a_platform_secret_has_32_bytes_and_gives_them_back() {
        for length in [0, 31, 33] {
            assert!(PlatformSecret::new(&[1; 33][..length]).is_err());
        }
        let drawn = PlatformSecret::random(&mut rand_core::UnwrapErr(getrandom::SysRng));
        let unwrapped = PlatformSecret::new(drawn.reveal()).unwrap();
        assert_eq!(unwrapped.reveal(), drawn.reveal());
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!(
            "{:?} {:?} {:?}",
            Passphrase::new("hunter2").unwrap(),
            PlatformSecret::new(&[7; 32]).unwrap(),
            SecretKey::copied(&[7; 32])
        );
        let expected = "Passphrase(<secret>) PlatformSecret(<secret>) SecretKey(<secret>)";
        assert_eq!(shown, expected);
    }
}
