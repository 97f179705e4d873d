//! The recovery code: 160 random bits that a person keeps on paper and types back.
//!
//! ```text
//! XXXXXX-XXXXXX-XXXXXX-XXXXXX-XXXXXX-XXXXXX    36 characters of 5 bits
//! 0 ............................ 31 | 32 .. 35
//!          160 bits of secret       | first 20 bits of SHA-256(label || secret)
//! ```
//! Alphabet: Crockford's base 32 (no I, L, O, U). Reading forgives case, spaces, hyphens, and the
//! letters O, I and L written for 0 and 1. Invariant: a [`RecoveryCode`] passed its checksum, so a
//! wrong one was not mistyped (but for one chance in a million).

use std::fmt;

use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::{Error, Result};

const SECRET_BYTES: usize = 20;
const SECRET_DIGITS: usize = 32;
const CHECK_DIGITS: usize = 4;
const DIGITS: usize = SECRET_DIGITS + CHECK_DIGITS;
const GROUP: usize = 6;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The second way into a vault.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct RecoveryCode([u8; SECRET_BYTES]);

impl RecoveryCode {
    /// Draws a code, for [`Vault::add_way`](crate::Vault::add_way) to make it one.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut secret = [0; SECRET_BYTES];
        rng.fill_bytes(&mut secret);
        Self(secret)
    }

    /// Reads what a person typed.
    ///
    /// # Errors
    /// [`Error::RecoveryCodeLength`] when characters are missing or too many,
    /// [`Error::RecoveryCodeMistyped`] when the checksum or a character is wrong.
    pub fn parse(typed: &str) -> Result<Self> {
        let mut digits = Zeroizing::new([0u8; DIGITS]);
        let mut found = 0;
        for letter in typed
            .chars()
            .filter(|c| !c.is_whitespace() && !"-\u{2010}\u{2013}".contains(*c))
        {
            let digit = digit_of(letter).ok_or(Error::RecoveryCodeMistyped)?;
            if let Some(place) = digits.get_mut(found) {
                *place = digit;
            }
            found += 1;
        }
        if found != DIGITS {
            return Err(Error::RecoveryCodeLength {
                found,
                expected: DIGITS,
            });
        }
        let (secret_digits, check) = digits.split_at(SECRET_DIGITS);
        let mut code = Self([0; SECRET_BYTES]);
        for (bytes, digits) in code
            .0
            .chunks_exact_mut(5)
            .zip(secret_digits.chunks_exact(8))
        {
            let bits = digits
                .iter()
                .fold(0u64, |bits, digit| bits << 5 | u64::from(*digit));
            bytes.copy_from_slice(bits.to_be_bytes().get(3..).unwrap_or_default());
        }
        if check != code.check() {
            return Err(Error::RecoveryCodeMistyped);
        }
        Ok(code)
    }

    /// The code as it is shown to its owner, once: six groups of six.
    #[must_use]
    pub fn groups(&self) -> Zeroizing<String> {
        let secret = self.0.chunks_exact(5).flat_map(|bytes| {
            let bits = bytes
                .iter()
                .fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
            (0..8)
                .rev()
                .map(move |place| five_bits(bits >> (5 * place)))
        });
        let mut shown = Zeroizing::new(String::with_capacity(DIGITS + DIGITS / GROUP));
        for (place, digit) in secret.chain(self.check()).enumerate() {
            if place > 0 && place % GROUP == 0 {
                shown.push('-');
            }
            shown.extend(
                ALPHABET
                    .get(usize::from(digit))
                    .map(|letter| char::from(*letter)),
            );
        }
        shown
    }

    pub(crate) fn reveal(&self) -> &[u8] {
        &self.0
    }

    fn check(&self) -> [u8; CHECK_DIGITS] {
        let hash = Sha256::new_with_prefix(b"nansen-vault recovery code")
            .chain_update(self.0)
            .finalize();
        let bits = hash
            .iter()
            .take(4)
            .fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        [27, 22, 17, 12].map(|shift| five_bits(u64::from(bits) >> shift))
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(<secret>)")
    }
}

/// The lowest five bits: one character.
fn five_bits(bits: u64) -> u8 {
    u8::try_from(bits & 31).unwrap_or_default()
}

fn digit_of(letter: char) -> Option<u8> {
    let plain = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let digit = ALPHABET
        .iter()
        .position(|known| char::from(*known) == plain)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_code_is_read_back_however_it_is_typed(secret: [u8; SECRET_BYTES]) {
            let code = RecoveryCode(secret);
            let shown = code.groups();
            let sloppy = shown.replace('-', " ").replace('0', "o").replace('1', "L").to_lowercase();
            prop_assert_eq!(RecoveryCode::parse(&shown).unwrap().0, secret);
            prop_assert_eq!(RecoveryCode::parse(&sloppy).unwrap().0, secret);
        }

        #[test]
        fn two_neighbours_swapped_are_noticed(secret: [u8; SECRET_BYTES], place in 0usize..35) {
            let plain: Vec<char> = RecoveryCode(secret).groups().replace('-', "").chars().collect();
            let mut swapped = plain.clone();
            swapped.swap(place, place + 1);
            prop_assume!(swapped != plain);
            let typed: String = swapped.into_iter().collect();
            prop_assert_eq!(RecoveryCode::parse(&typed).unwrap_err(), Error::RecoveryCodeMistyped);
        }
    }

    #[test]
    fn every_single_wrong_character_is_noticed() {
        let plain = RecoveryCode([0x5a; SECRET_BYTES]).groups().replace('-', "");
        for place in 0..DIGITS {
            for letter in ALPHABET {
                let mut typed = plain.clone().into_bytes();
                if typed[place] == *letter {
                    continue;
                }
                typed[place] = *letter;
                let typed = String::from_utf8(typed).unwrap();
                assert_eq!(
                    RecoveryCode::parse(&typed).unwrap_err(),
                    Error::RecoveryCodeMistyped
                );
            }
        }
    }

    #[test]
    fn a_short_a_long_and_a_foreign_code_are_named() {
        let shown = RecoveryCode([1; SECRET_BYTES]).groups();
        let short = shown.get(..shown.len() - 1).unwrap();
        assert_eq!(
            RecoveryCode::parse(short).unwrap_err(),
            Error::RecoveryCodeLength {
                found: 35,
                expected: 36
            }
        );
        let long = "0".repeat(100_000);
        assert_eq!(
            RecoveryCode::parse(&long).unwrap_err(),
            Error::RecoveryCodeLength {
                found: 100_000,
                expected: 36
            }
        );
        assert_eq!(
            RecoveryCode::parse("U").unwrap_err(),
            Error::RecoveryCodeMistyped
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(
            format!("{:?}", RecoveryCode([9; SECRET_BYTES])),
            "RecoveryCode(<secret>)"
        );
    }
}
