//! The two copies of the key slots: which one counts.
//!
//! Both copies are written in one commit, on pages of their own, since losing the slots loses all. In
//! this order: a copy whose checksum is right; what two damaged copies give together, if they differ in
//! at most [`DIFFERENT`] bytes; a damaged copy with one bit turned back; a damaged copy as it is, since
//! the slot that somebody wants may be whole. Copies that contradict each other are tried one after the
//! other, so that putting an older one back hides no way in. Invariant: nothing here is trusted more for
//! being intact; what ties slots to their vault is the manifest.

use sha2::{Digest, Sha256};

use crate::{
    error::{Error, Part, Result},
    slots::{Opened, SlotTable},
    ways::Unlock,
};

/// Most bytes in which two damaged copies may differ for their mixtures to be tried: 2^8 hashes.
const DIFFERENT: usize = 8;

/// The slot tables to try.
pub(crate) struct Copies {
    first: SlotTable,
    second: Option<SlotTable>,
    intact: bool,
}

impl Copies {
    /// Reads both copies, of which one may be out of reach.
    ///
    /// # Errors
    /// [`Error::Damaged`] when neither has the shape of a table, [`Error::ExcessiveWork`] when an intact
    /// one asks for too much and the other is no better.
    pub(crate) fn read([first, second]: [Option<Vec<u8>>; 2]) -> Result<Self> {
        let intact = first == second;
        let bytes: Vec<Vec<u8>> = [first, second].into_iter().flatten().collect();
        let parsed: Vec<Result<SlotTable>> =
            bytes.iter().map(|bytes| SlotTable::parse(bytes)).collect();
        let excessive = parsed
            .iter()
            .filter_map(|table| table.as_ref().err())
            .find(|error| matches!(error, Error::ExcessiveWork { .. }))
            .cloned();
        let (mut whole, mut broken): (Vec<_>, Vec<_>) =
            parsed.into_iter().flatten().partition(SlotTable::intact);
        let intact = intact && whole.len() == 2;
        if whole.is_empty() {
            match excessive {
                // Its checksum is right, so there is nothing to repair.
                Some(error) if broken.is_empty() => return Err(error),
                _ => whole.extend(repaired(&bytes)),
            }
        }
        whole.dedup();
        if whole.is_empty() {
            whole.append(&mut broken);
        }
        let mut tables = whole.into_iter();
        Ok(Self {
            first: tables.next().ok_or(Error::Damaged { part: Part::Slots })?,
            second: tables.next(),
            intact,
        })
    }

    /// Whether both copies are there, intact and the same.
    pub(crate) fn intact(&self) -> bool {
        self.intact
    }

    /// The table that counts most.
    pub(crate) fn into_first(self) -> SlotTable {
        self.first
    }

    /// Opens a slot of the first table that has one for `unlock`, and says which table that was.
    pub(crate) fn open(self, unlock: Unlock<'_>) -> Result<(SlotTable, Opened)> {
        match (self.first.open(unlock), self.second) {
            (Ok(opened), _) => Ok((self.first, opened)),
            (Err(error), None) => Err(error),
            (Err(error), Some(second)) => match second.open(unlock) {
                Ok(opened) => Ok((second, opened)),
                Err(_) => Err(error),
            },
        }
    }
}

/// The table that both damaged copies give together, or one of them with one bit turned back.
fn repaired(copies: &[Vec<u8>]) -> Option<SlotTable> {
    let mixed = match copies {
        [first, second] => mixture(first, second),
        _ => None,
    };
    mixed.or_else(|| copies.iter().find_map(|copy| one_bit_back(copy)))
}

fn mixture(first: &[u8], second: &[u8]) -> Option<SlotTable> {
    if first.len() != second.len() {
        return None;
    }
    let different: Vec<usize> = (0..first.len())
        .filter(|at| first.get(*at) != second.get(*at))
        .collect();
    if different.len() > DIFFERENT {
        return None;
    }
    (0u32..1 << different.len()).find_map(|choice| {
        let mut mixed = first.to_vec();
        for (turn, at) in different.iter().enumerate() {
            if choice >> turn & 1 == 1
                && let (Some(place), Some(other)) = (mixed.get_mut(*at), second.get(*at))
            {
                *place = *other;
            }
        }
        whole(&mixed)
    })
}

fn one_bit_back(copy: &[u8]) -> Option<SlotTable> {
    let (content, checksum) = copy.split_last_chunk::<32>()?;
    if content.len() != SlotTable::CONTENT {
        return None;
    }
    let (at, bit) = turned_bit(content, checksum)?;
    let mut back = copy.to_vec();
    *back.get_mut(at)? ^= bit;
    whole(&back)
}

/// Which bit of the content makes the checksum right; or of the checksum, behind the content.
fn turned_bit(content: &[u8], checksum: &[u8; 32]) -> Option<(usize, u8)> {
    let found = Sha256::digest(content);
    let mut wrong = (content.len()..).zip(found.iter().zip(checksum));
    let at = wrong.find(|(_, (found, stated))| found != stated);
    if let Some((at, (found, stated))) = at
        && (found ^ stated).is_power_of_two()
        && wrong.all(|(_, (found, stated))| found == stated)
    {
        return Some((at, found ^ stated));
    }
    let mut before = Sha256::new();
    for (at, byte) in content.iter().enumerate() {
        let (_, after) = content.split_at_checked(at + 1)?;
        for bit in (0..8).map(|place| 1u8 << place) {
            let hash = before
                .clone()
                .chain_update([byte ^ bit])
                .chain_update(after);
            if hash.finalize().as_slice() == checksum {
                return Some((at, bit));
            }
        }
        before.update([*byte]);
    }
    None
}

fn whole(bytes: &[u8]) -> Option<SlotTable> {
    SlotTable::parse(bytes).ok().filter(SlotTable::intact)
}

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use proptest::prelude::*;
    use rand_core::UnwrapErr;

    use super::*;
    use crate::{kdf::KdfParams, slots::TABLE};

    fn table() -> SlotTable {
        SlotTable::random(KdfParams::FLOOR, &mut UnwrapErr(SysRng))
    }

    fn first(copies: [Vec<u8>; 2]) -> (SlotTable, bool) {
        let copies = Copies::read(copies.map(Some)).unwrap();
        let intact = copies.intact();
        (copies.into_first(), intact)
    }

    #[test]
    fn one_copy_is_enough_whatever_becomes_of_the_other() {
        let table = table();
        let bytes = table.encode();
        assert_eq!(first([bytes.clone(), bytes.clone()]), (table.clone(), true));
        for lost in [
            None,
            Some(vec![]),
            Some(vec![0xff; TABLE]),
            Some(vec![0; 9]),
        ] {
            for copies in [
                [Some(bytes.clone()), lost.clone()],
                [lost, Some(bytes.clone())],
            ] {
                let copies = Copies::read(copies).unwrap();
                assert!(!copies.intact());
                assert_eq!(copies.into_first(), table);
            }
        }
        let none = Copies::read([None, Some(vec![1; 9])]).err();
        assert_eq!(none, Some(Error::Damaged { part: Part::Slots }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn a_few_bytes_wrong_in_each_copy_are_put_right(
            places in prop::collection::btree_set(0..TABLE, 2..=DIFFERENT), flip in 1u8..,
        ) {
            let table = table();
            let mut copies = [table.encode(), table.encode()];
            for (turn, at) in places.into_iter().enumerate() {
                copies[turn % 2][at] ^= flip;
            }
            prop_assert_eq!(first(copies), (table, false));
        }
    }

    #[test]
    fn one_bit_wrong_in_the_only_copy_is_turned_back() {
        let table = table();
        for at in [0, 30, TABLE / 2, TABLE - 33, TABLE - 32, TABLE - 1] {
            let mut bytes = table.encode();
            bytes[at] ^= 0x10;
            let copies = Copies::read([None, Some(bytes)]).unwrap();
            assert!(!copies.intact());
            assert_eq!(copies.into_first(), table);
        }
    }

    #[test]
    fn beyond_repair_both_copies_are_kept_to_be_tried() {
        let (one, other) = (table(), table());
        let broken = [&one, &other].map(|table| {
            let mut bytes = table.encode();
            bytes[100] ^= 3;
            Some(bytes)
        });
        let copies = Copies::read(broken).unwrap();
        assert!(copies.second.is_some());
        assert!(!copies.first.intact());
    }
}
