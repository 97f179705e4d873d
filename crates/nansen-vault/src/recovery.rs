//! The recovery code: 160 random bits that a person keeps on paper and types back.
//!
//! ```text
//! XXXXXX-XXXXXX-XXXXXX-XXXXXX-XXXXXX-XXXXXX    36 characters of 5 bits
//! 0 ............................ 31 | 32 .. 35
//!          160 bits of secret       | first 20 bits of SHA-256(label || secret)
//! ```
//! Letters and what reading forgives: `base32.rs`. Invariant: a [`RecoveryCode`] passed its checksum, so a
//! wrong one was not mistyped (but for one chance in a million).

use std::fmt;

use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    base32,
    error::{Error, Result},
};

const SECRET_BYTES: usize = 20;
const SECRET_DIGITS: usize = 32;
const CHECK_DIGITS: usize = 4;
const DIGITS: usize = SECRET_DIGITS + CHECK_DIGITS;
const GROUP: usize = 6;

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
        let (digits, found) = base32::read::<DIGITS>(typed).ok_or(Error::RecoveryCodeMistyped)?;
        if found != DIGITS {
            return Err(Error::RecoveryCodeLength {
                found,
                expected: DIGITS,
            });
        }
        let (secret_digits, check) = digits.split_at(SECRET_DIGITS);
        let mut code = Self([0; SECRET_BYTES]);
        base32::fill(&mut code.0, secret_digits);
        if check != code.check() {
            return Err(Error::RecoveryCodeMistyped);
        }
        Ok(code)
    }

    /// The code as it is shown to its owner, once: six groups of six.
    #[must_use]
    pub fn groups(&self) -> Zeroizing<String> {
        base32::grouped(base32::digits(&self.0).chain(self.check()), DIGITS, GROUP)
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
        [27, 22, 17, 12].map(|shift| base32::five_bits(u64::from(bits) >> shift))
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(<secret>)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base32::ALPHABET;

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
