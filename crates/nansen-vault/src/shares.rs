//! Guardian shares: a secret that opens the vault, on cards of which any k of n give it back.
//!
//! ```text
//! card    = XXXXXXXX-XXXXXXXX-...    80 characters of 5 bits (base32.rs), ten groups of eight
//! share   = version (1) = 1 || set (8) || needed (1) || total (1) || number (1) || value (32)
//!           || check (6) = first bytes of SHA-256("nansen-vault guardian share" || the above)
//! set     = first bytes of SHA-256("nansen-vault guardian set" || secret)
//! ```
//! The secret is 32 random bytes, split byte by byte (`shares/field.rs`). 2 <= needed <= total <= 16:
//! a card alone is worth nothing. The set's name comes from the secret, which tells nothing about 256
//! random bits and tells whether cards that were put together are those that were made together. So
//! each wrong card is found: one of another set by the set, one that was mistyped or altered by its
//! check, one whose check was put right too by the set that does not come out of it
//! ([`Error::SharesContradict`]), and cards of a set that was replaced by the slot that they do not open
//! ([`Error::WrongShares`]). Where more cards are there than needed, every choice of them is tried, so
//! that a false one hides no right ones.

mod field;

use std::fmt;

use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::{
    base32,
    error::{Error, Field, Result, bounded},
    limits::{CARD_OWNER_BYTES, GUARDIANS, GUARDIANS_NEEDED_FLOOR},
    secret::SecretKey,
    vault::Vault,
    ways::Unlock,
};

const VERSION: u8 = 1;
const SET: usize = 8;
const CONTENT: usize = 1 + SET + 3 + 32;
const CHECK: usize = 6;
const SHARE: usize = CONTENT + CHECK;
/// Characters of a card, hyphens aside.
const DIGITS: usize = SHARE / 5 * 8;
const GROUP: usize = 8;

/// What enough guardians give back together, and what the vault's slot is wrapped with.
pub struct GuardianSecret(SecretKey);

/// One guardian's part of the secret.
pub struct Share {
    set: [u8; SET],
    needed: u8,
    total: u8,
    number: u8,
    value: SecretKey,
}

/// What stands on a printed card. The owner, the date and the numbers are for people: the code holds
/// what is needed.
#[derive(Clone, PartialEq, Eq)]
pub struct ShareCard {
    /// The share, in letters, digits and hyphens: to be drawn as a QR code in alphanumeric mode, and to
    /// be typed where that cannot be read.
    pub text: Zeroizing<String>,
    /// Whose vault it is, in the owner's words.
    pub owner: String,
    /// When the cards were made, in seconds since 1970.
    pub made: i64,
    /// Which card this is, from 1.
    pub number: u8,
    /// How many cards there are.
    pub total: u8,
    /// How many of them open the vault.
    pub needed: u8,
}

/// How far the collection of cards has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collecting {
    /// Cards collected.
    pub have: u8,
    /// Cards that open the vault.
    pub needed: u8,
}

/// Cards of one set, until there are enough.
#[derive(Debug, Default)]
pub struct Collected {
    shares: Vec<Share>,
}

impl Share {
    /// Reads what was scanned or typed, whatever its case, spaces and hyphens.
    ///
    /// # Errors
    /// [`Error::ShareLength`] when characters are missing or too many; [`Error::ShareAltered`] when a
    /// character, the check or a number is wrong; [`Error::NewerShare`].
    pub fn parse(text: &str) -> Result<Self> {
        let (digits, found) = base32::read::<DIGITS>(text).ok_or(Error::ShareAltered)?;
        if found != DIGITS {
            return Err(Error::ShareLength {
                found,
                expected: DIGITS,
            });
        }
        let mut bytes = Zeroizing::new([0; SHARE]);
        base32::fill(&mut *bytes, &*digits);
        Self::from_bytes(&*bytes)
    }

    /// Reads [`Share::to_bytes`].
    ///
    /// # Errors
    /// [`Error::ShareAltered`], also for another length; [`Error::NewerShare`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let bytes: &[u8; SHARE] = bytes.try_into().map_err(|_| Error::ShareAltered)?;
        let (content, check) = bytes
            .split_last_chunk::<CHECK>()
            .ok_or(Error::ShareAltered)?;
        if *check != check_of(content) {
            return Err(Error::ShareAltered);
        }
        Self::decode(content).ok_or(match content.first() {
            Some(newer) if *newer > VERSION => Error::NewerShare {
                found: *newer,
                supported: VERSION,
            },
            _ => Error::ShareAltered,
        })
    }

    fn decode(content: &[u8]) -> Option<Self> {
        let ([VERSION], rest) = content.split_first_chunk()? else {
            return None;
        };
        let (set, rest) = rest.split_first_chunk()?;
        let ([needed, total, number], value) = rest.split_first_chunk()?;
        let value = value.try_into().ok()?;
        let in_order = (GUARDIANS_NEEDED_FLOOR..=*total).contains(needed)
            && *total <= GUARDIANS
            && (1..=*total).contains(number);
        in_order.then(|| Self {
            set: *set,
            needed: *needed,
            total: *total,
            number: *number,
            value: SecretKey::copied(value),
        })
    }

    /// The share as [`Share::parse`] reads it.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        base32::grouped(base32::digits(&self.to_bytes()), DIGITS, GROUP)
    }

    /// The share as bytes, 50 of them, for a code.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(SHARE));
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.set);
        bytes.extend([self.needed, self.total, self.number]);
        bytes.extend_from_slice(self.value.reveal());
        let check = check_of(&bytes);
        bytes.extend_from_slice(&check);
        bytes
    }

    /// What to print for this guardian. `made` is the date, in seconds since 1970.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`] for an owner's name above
    /// [`limits::CARD_OWNER_BYTES`](crate::limits::CARD_OWNER_BYTES).
    pub fn card(&self, owner: &str, made: i64) -> Result<ShareCard> {
        bounded(Field::CardOwner, owner.len(), 0, CARD_OWNER_BYTES)?;
        Ok(ShareCard {
            text: self.text(),
            owner: owner.to_owned(),
            made,
            number: self.number,
            total: self.total,
            needed: self.needed,
        })
    }

    /// Which share this is, from 1.
    #[must_use]
    pub fn number(&self) -> u8 {
        self.number
    }
}

impl Collected {
    /// No cards yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one more card. A refused one leaves those that are there as they were.
    ///
    /// # Errors
    /// [`Error::ShareOfOtherSet`]; [`Error::ShareRepeated`]; [`Error::SharesContradict`] for a card with
    /// the number of another and a different value, of which one was altered.
    pub fn add(&mut self, share: Share) -> Result<Collecting> {
        let of_set = |share: &Share| (share.set, share.needed, share.total);
        if self
            .shares
            .iter()
            .any(|held| of_set(held) != of_set(&share))
        {
            return Err(Error::ShareOfOtherSet);
        }
        let held = self.shares.iter().find(|held| held.number == share.number);
        match held.map(|held| held.value.reveal() == share.value.reveal()) {
            Some(true) => Err(Error::ShareRepeated {
                number: share.number,
            }),
            Some(false) => Err(Error::SharesContradict),
            None => {
                let needed = share.needed;
                self.shares.push(share);
                let have = u8::try_from(self.shares.len()).unwrap_or(GUARDIANS);
                Ok(Collecting { have, needed })
            }
        }
    }

    /// What the cards give together, for [`Unlock::Guardians`].
    ///
    /// # Errors
    /// [`Error::TooFewShares`]; [`Error::SharesContradict`] when no choice of them gives the secret of
    /// their set, so that of every such choice one was altered, its check put right: more cards may help.
    pub fn secret(&self) -> Result<GuardianSecret> {
        let have = u8::try_from(self.shares.len()).unwrap_or(GUARDIANS);
        let first = self.shares.first();
        let needed = first.map_or(GUARDIANS_NEEDED_FLOOR, |share| share.needed);
        let (Some(first), true) = (first, have >= needed) else {
            return Err(Error::TooFewShares { have, needed });
        };
        let points: Vec<_> = self
            .shares
            .iter()
            .map(|share| (share.number, &share.value))
            .collect();
        // At most 12,870 choices, of 8 among 16.
        (0u32..1 << have)
            .filter(|choice| choice.count_ones() == u32::from(needed))
            .map(|choice| {
                let chosen = points.iter().enumerate();
                let chosen = chosen.filter(|(place, _)| choice >> place & 1 == 1);
                let chosen: Vec<_> = chosen.map(|(_, point)| *point).collect();
                GuardianSecret(field::interpolate(&chosen, 0))
            })
            .find(|secret| secret.set() == first.set)
            .ok_or(Error::SharesContradict)
    }
}

impl GuardianSecret {
    fn random(rng: &mut impl CryptoRng) -> Self {
        let mut secret = SecretKey::zeros();
        rng.fill_bytes(secret.reveal_mut());
        Self(secret)
    }

    fn split(&self, needed: u8, total: u8, rng: &mut impl CryptoRng) -> Vec<Share> {
        let set = self.set();
        let points = field::split(&self.0, needed, total, rng).into_iter();
        points
            .map(|(number, value)| Share {
                set,
                needed,
                total,
                number,
                value,
            })
            .collect()
    }

    fn set(&self) -> [u8; SET] {
        hashed(b"nansen-vault guardian set", self.0.reveal())
    }

    pub(crate) fn reveal(&self) -> &[u8; 32] {
        self.0.reveal()
    }
}

impl Vault {
    /// Makes guardians a way in: `total` shares, of which any `needed` unlock. Replaces those that there
    /// were, whose cards open nothing any more. The shares are to be printed and handed out, and kept
    /// nowhere.
    ///
    /// ```
    /// # use nansen_vault::{Collected, Error, KdfParams, LockedVault, Passphrase, Share, Unlock, Vault};
    /// # let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    /// # let folder = tempfile::tempdir().map_err(|_| Error::NotFound)?;
    /// # let passphrase = Passphrase::new("open sesame")?;
    /// # let path = folder.path().join("v.nansen");
    /// # let (mut vault, _) = Vault::create(&path, &passphrase, KdfParams::FLOOR, &mut rng)?;
    /// let shares = vault.add_guardians(Unlock::Passphrase(&passphrase), 2, 3, &mut rng)?;
    /// let card = shares[0].card("Amina", 1_700_000_000)?;
    /// drop(vault);
    ///
    /// let mut collected = Collected::new();
    /// collected.add(Share::parse(&card.text)?)?;
    /// assert_eq!(collected.secret().unwrap_err(), Error::TooFewShares { have: 1, needed: 2 });
    /// collected.add(Share::parse(&shares[2].text())?)?;
    /// LockedVault::open(&path)?.unlock(Unlock::Guardians(&collected.secret()?), 1_700_000_100, &mut rng)?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::OutOfBounds`] unless 2 <= `needed` <= `total` <= 16; as [`Vault::add_way`].
    pub fn add_guardians(
        &mut self,
        proof: Unlock<'_>,
        needed: u8,
        total: u8,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Share>> {
        let floor = usize::from(GUARDIANS_NEEDED_FLOOR);
        bounded(Field::Guardians, total.into(), floor, GUARDIANS.into())?;
        bounded(Field::GuardiansNeeded, needed.into(), floor, total.into())?;
        let secret = GuardianSecret::random(rng);
        let shares = secret.split(needed, total, rng);
        self.add_way(proof, Unlock::Guardians(&secret), rng)?;
        Ok(shares)
    }
}

impl fmt::Debug for GuardianSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GuardianSecret(<secret>)")
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Share")
            .field("number", &self.number)
            .field("needed", &self.needed)
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ShareCard {
    /// Tells neither share nor owner.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShareCard")
            .field("number", &self.number)
            .field("needed", &self.needed)
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}

fn check_of(content: &[u8]) -> [u8; CHECK] {
    hashed(b"nansen-vault guardian share", content)
}

/// First bytes of the hash. Its state holds what was hashed, so it is wiped.
fn hashed<const N: usize>(label: &[u8], content: &[u8]) -> [u8; N] {
    let mut hash = Sha256::new_with_prefix(label)
        .chain_update(content)
        .finalize();
    let first = hash.first_chunk().copied().unwrap_or([0; N]);
    hash.zeroize();
    first
}

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use proptest::prelude::*;
    use rand_core::UnwrapErr;

    use super::*;

    fn rng() -> UnwrapErr<SysRng> {
        UnwrapErr(SysRng)
    }

    fn shares(needed: u8, total: u8) -> (GuardianSecret, Vec<Share>) {
        let secret = GuardianSecret::random(&mut rng());
        let shares = secret.split(needed, total, &mut rng());
        (secret, shares)
    }

    fn again(share: &Share) -> Share {
        Share::parse(&share.text()).unwrap()
    }

    /// Another value, and the check that goes with it.
    fn forged(share: &Share) -> Share {
        let mut forged = again(share);
        forged.value.reveal_mut()[7] ^= 1;
        again(&forged)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_card_is_read_back_however_it_is_typed(needed in 2u8..=16, more in 0u8..=14) {
            let (_, shares) = shares(needed, (needed + more).min(16));
            for share in shares {
                let text = share.text();
                // What QR codes have in alphanumeric mode.
                prop_assert!(text.bytes().all(|byte| byte == b'-'
                    || byte.is_ascii_digit() || byte.is_ascii_uppercase()));
                let sloppy = text.replace('-', " ").replace('0', "o").replace('1', "L").to_lowercase();
                for typed in [text.as_str(), &sloppy] {
                    prop_assert_eq!(Share::parse(typed).unwrap().text(), text.clone());
                }
            }
        }

        #[test]
        fn any_other_character_is_noticed(place in 0..DIGITS, letter in 0usize..32) {
            let (_, shares) = shares(2, 2);
            let mut typed = shares[0].text().replace('-', "").into_bytes();
            prop_assume!(typed[place] != base32::ALPHABET[letter]);
            typed[place] = base32::ALPHABET[letter];
            let typed = String::from_utf8(typed).unwrap();
            prop_assert_eq!(Share::parse(&typed).unwrap_err(), Error::ShareAltered);
        }
    }

    #[test]
    fn short_long_foreign_and_newer_cards_are_named() {
        let (_, shares) = shares(2, 3);
        let text = shares[0].text();
        let length = |found| Error::ShareLength {
            found,
            expected: 80,
        };
        assert_eq!(Share::parse("").unwrap_err(), length(0));
        assert_eq!(
            Share::parse(&text[..text.len() - 1]).unwrap_err(),
            length(79)
        );
        assert_eq!(
            Share::parse(&"0".repeat(100_000)).unwrap_err(),
            length(100_000)
        );
        assert_eq!(Share::parse("U").unwrap_err(), Error::ShareAltered);

        let with = |place: usize, value: u8| {
            let mut bytes = [0; SHARE];
            let (digits, _) = base32::read::<DIGITS>(&text).unwrap();
            base32::fill(&mut bytes, &*digits);
            bytes[place] = value;
            let check = check_of(&bytes[..CONTENT]);
            bytes[CONTENT..].copy_from_slice(&check);
            Share::parse(&base32::grouped(base32::digits(&bytes), DIGITS, GROUP))
        };
        let newer = Error::NewerShare {
            found: 2,
            supported: 1,
        };
        assert_eq!(with(0, 2).unwrap_err(), newer);
        // Needed 1 or 4 of 3, 17 in all, number 0 or 4 of 3.
        for (place, value) in [(0, 0), (9, 1), (9, 4), (10, 17), (11, 0), (11, 4)] {
            assert_eq!(with(place, value).unwrap_err(), Error::ShareAltered);
        }
        assert!(with(11, 2).is_ok());
    }

    #[test]
    fn cards_of_other_sets_and_repeated_ones_are_refused_and_change_nothing() {
        let ((secret, ours), (_, theirs)) = (shares(2, 3), shares(2, 3));
        let mut collected = Collected::new();
        let few = |have| Error::TooFewShares { have, needed: 2 };
        assert_eq!(collected.secret().unwrap_err(), few(0));
        let progress = collected.add(again(&ours[2])).unwrap();
        assert_eq!(progress, Collecting { have: 1, needed: 2 });
        let refused = [again(&theirs[0]), again(&ours[2]), forged(&ours[2])];
        let refused = refused.map(|share| collected.add(share).unwrap_err());
        let repeated = Error::ShareRepeated { number: 3 };
        assert_eq!(
            refused,
            [Error::ShareOfOtherSet, repeated, Error::SharesContradict]
        );
        assert_eq!(collected.secret().unwrap_err(), few(1));
        collected.add(again(&ours[0])).unwrap();
        assert_eq!(collected.secret().unwrap().reveal(), secret.reveal());
    }

    #[test]
    fn an_altered_card_with_its_check_put_right_is_noticed_and_hides_no_right_ones() {
        let (secret, ours) = shares(3, 5);
        let mut collected = Collected::new();
        collected.add(forged(&ours[1])).unwrap();
        collected.add(again(&ours[3])).unwrap();
        collected.add(again(&ours[4])).unwrap();
        assert_eq!(collected.secret().unwrap_err(), Error::SharesContradict);
        collected.add(again(&ours[0])).unwrap();
        assert_eq!(collected.secret().unwrap().reveal(), secret.reveal());
    }

    #[test]
    fn debug_shows_neither_share_nor_owner() {
        let (secret, shares) = shares(2, 2);
        let card = shares[1].card("Amina", 5).unwrap();
        assert_eq!(format!("{secret:?}"), "GuardianSecret(<secret>)");
        let numbers = "{ number: 2, needed: 2, total: 2, .. }";
        assert_eq!(format!("{:?}", shares[1]), format!("Share {numbers}"));
        assert_eq!(format!("{card:?}"), format!("ShareCard {numbers}"));
        assert!(
            shares[1]
                .card(&"x".repeat(CARD_OWNER_BYTES + 1), 5)
                .is_err()
        );
    }
}
