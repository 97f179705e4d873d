//! A vault's share of its file: half of the key slots, and half of all rows that there can be.
//!
//! ```text
//! share = slots (2), a bit for each of the vault's eight || side (1), 0 or 1 || seed (11)
//! side of a row = lowest bit of the first byte of HMAC-SHA256(seed, key (8))
//! ```
//! It stands sealed in each key slot of the vault; fourteen zeros there mean a file made before there
//! were shares. Two vaults of one file have the same seed, opposite sides and opposite slots. Invariant:
//! a vault writes to its own slots and rows and to no other, whether somebody owns those or not; so
//! half a file that nobody can explain is what every file has.

use rand_core::CryptoRng;

use crate::{
    limits::{KEY_SLOTS, VAULT_SLOTS},
    seal::MacKey,
    secret::SecretKey,
};

/// Bytes of a share in a key slot.
pub(crate) const SHARE: usize = 14;
const SEED: usize = 11;

/// Which slots and rows are a vault's own to use.
pub(crate) struct Share {
    slots: u16,
    side: bool,
    seed: [u8; SEED],
    rows: MacKey,
}

impl Share {
    /// Draws a share for the first vault of a file.
    pub(crate) fn random(rng: &mut impl CryptoRng) -> Self {
        let mut slots = 0u16;
        let mut drawn = [0];
        while slots.count_ones() < VAULT_SLOTS {
            rng.fill_bytes(&mut drawn);
            slots |= 1 << (u32::from(drawn[0]) % u16::BITS);
        }
        let mut seed = [0; SEED];
        rng.fill_bytes(&mut seed);
        rng.fill_bytes(&mut drawn);
        Self::new(slots, drawn[0] & 1 == 1, seed)
    }

    /// Reads a share out of a key slot; `None` if the file was made before there were any.
    pub(crate) fn parse(bytes: &[u8; SHARE]) -> Option<Self> {
        let ([high, low, side], seed) = bytes.split_first_chunk()?;
        let slots = u16::from_be_bytes([*high, *low]);
        let is_share = slots.count_ones() == VAULT_SLOTS && *side <= 1;
        is_share.then_some(Self::new(slots, *side == 1, seed.try_into().ok()?))
    }

    /// The bytes that [`Share::parse`] reads.
    pub(crate) fn encode(&self) -> [u8; SHARE] {
        let mut bytes = [0; SHARE];
        let content = self.slots.to_be_bytes().into_iter();
        let content = content.chain([u8::from(self.side)]).chain(self.seed);
        for (place, byte) in bytes.iter_mut().zip(content) {
            *place = byte;
        }
        bytes
    }

    /// The rest of the file.
    pub(crate) fn opposite(&self) -> Self {
        Self::new(!self.slots, !self.side, self.seed)
    }

    /// Whether the other share of the same file is meant.
    pub(crate) fn is_opposite(&self, other: &Self) -> bool {
        other.encode() == self.opposite().encode()
    }

    /// Whether a key slot is in this share.
    pub(crate) fn has_slot(&self, slot: usize) -> bool {
        slot < KEY_SLOTS && self.slots >> slot & 1 == 1
    }

    /// The key slots of this share.
    pub(crate) fn slots(&self) -> impl Iterator<Item = usize> {
        (0..KEY_SLOTS).filter(|slot| self.has_slot(*slot))
    }

    /// Whether a row with this key is in this share.
    pub(crate) fn has_row(&self, key: i64) -> bool {
        let [first, ..] = self.rows.mac(&[&key.to_be_bytes()]);
        (first & 1 == 1) == self.side
    }

    fn new(slots: u16, side: bool, seed: [u8; SEED]) -> Self {
        let mut key = SecretKey::zeros();
        for (place, byte) in key.reveal_mut().iter_mut().zip(seed) {
            *place = byte;
        }
        // HMAC pads a key with zeros (RFC 2104 section 2): the key is the seed.
        let rows = MacKey::new(&key);
        Self {
            slots,
            side,
            seed,
            rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use proptest::prelude::*;
    use rand_core::UnwrapErr;

    use super::*;

    #[test]
    fn a_share_and_its_opposite_divide_the_file() {
        for _ in 0..64 {
            let share = Share::random(&mut UnwrapErr(SysRng));
            let other = share.opposite();
            assert_eq!(share.slots().count(), 8);
            assert!((0..KEY_SLOTS).all(|slot| share.has_slot(slot) != other.has_slot(slot)));
            assert!((-50..50).all(|key| share.has_row(key) != other.has_row(key)));
            assert!(share.is_opposite(&other) && other.is_opposite(&share));
            assert!(!share.is_opposite(&share));
            let back = Share::parse(&other.encode()).unwrap();
            assert_eq!(back.encode(), other.encode());
        }
        assert!(Share::parse(&[0; SHARE]).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn bytes_parse_only_to_themselves(mut bytes: [u8; SHARE], halved: bool) {
            if halved {
                (bytes[0], bytes[1], bytes[2]) = (bytes[0], !bytes[0], bytes[2] & 1);
            }
            if let Some(share) = Share::parse(&bytes) {
                prop_assert_eq!(share.encode(), bytes);
            }
        }
    }

    #[test]
    fn rows_fall_on_both_sides_evenly() {
        let share = Share::random(&mut UnwrapErr(SysRng));
        let own = (0..4096).filter(|key| share.has_row(*key)).count();
        // Twelve standard deviations.
        assert!((1664..2432).contains(&own), "{own}");
    }
}
