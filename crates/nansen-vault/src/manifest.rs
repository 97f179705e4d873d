//! The manifest: what rows the vault has, so that a missing, foreign or older one is noticed.
//!
//! ```text
//! version (1) = 1 || ways (16) || counter (8) || records (8) || set hash (32) || slots hash (32)
//!   || flags (1) || zeros to 128
//! sealed place = nonce (24) || ciphertext (128) || tag (16)
//! ```
//! `ways` tells what each key slot is to this vault (0 not its own, else the way; 128 higher for one that
//! wipes). A way with hardware may
//! have several slots, of which one works: a renewal that was interrupted leaves them. `slots hash` is that
//! of file id, salt, cost and the vault's own slots, so that an older slot put back shows. `flags`: 1
//! chunks without a record are kept, since records may have been lost; 2 `ways` may lack some, since it
//! was lost itself. Numbers are big-endian. The set hash is the sum modulo 2^256 of HMAC(version key, id || rev) over all rows: the
//! additive multiset hash of Clarke et al. (ASIACRYPT 2003) with a secret key, so that adding and
//! removing a row costs one HMAC and no order is needed. Invariant: it changes in the transaction that
//! changes the rows, and the counter rises with each.

use crate::{
    error::{Error, Part, Result},
    limits::KEY_SLOTS,
    record::RecordId,
    seal::{MacKey, NONCE, TAG},
    slots::{Opened, SlotTable, WIPES},
    ways::Way,
};

const VERSION: u8 = 1;
const KEEPS_CHUNKS: u8 = 1;
const WAYS_INCOMPLETE: u8 = 2;
/// Bytes of a manifest before it is sealed.
pub(crate) const CONTENT: usize = 128;
/// Bytes of a manifest place.
pub(crate) const PLACE: usize = NONCE + CONTENT + TAG;

/// A vault's statement about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// What each key slot is to this vault.
    pub(crate) ways: [u8; KEY_SLOTS],
    /// Number of committed changes since creation.
    pub(crate) counter: u64,
    /// The rows.
    pub(crate) rows: RowSet,
    /// Hash of the vault's own slots ([`SlotTable::binding`](crate::SlotTable)).
    pub(crate) slots: [u8; 32],
    /// Records were lost once and may come back: chunks without a record are not swept.
    pub(crate) keeps_chunks: bool,
    /// The ways were lost once: a slot that opens may be the vault's own without being noted.
    pub(crate) ways_incomplete: bool,
}

impl Manifest {
    /// Reads a manifest that was opened.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a wrong length, version or padding.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        Self::read(bytes).ok_or(Error::Damaged {
            part: Part::Manifest,
        })
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; CONTENT] = bytes.try_into().ok()?;
        let (version, rest) = bytes.split_first()?;
        let (ways, rest) = rest.split_first_chunk::<KEY_SLOTS>()?;
        let (counter, rest) = rest.split_first_chunk::<8>()?;
        let (records, rest) = rest.split_first_chunk::<8>()?;
        let (hash, rest) = rest.split_first_chunk::<32>()?;
        let (slots, rest) = rest.split_first_chunk::<32>()?;
        let (flags, rest) = rest.split_first()?;
        let known = KEEPS_CHUNKS | WAYS_INCOMPLETE;
        if *version != VERSION || flags & !known != 0 || rest.iter().any(|byte| *byte != 0) {
            return None;
        }
        let rows = RowSet {
            records: u64::from_be_bytes(*records),
            sum: limbs(hash),
        };
        Some(Self {
            ways: *ways,
            counter: u64::from_be_bytes(*counter),
            rows,
            slots: *slots,
            keeps_chunks: flags & KEEPS_CHUNKS != 0,
            ways_incomplete: flags & WAYS_INCOMPLETE != 0,
        })
    }

    /// The statement of a vault that has no rows, or of one that has lost its own.
    pub(crate) fn new() -> Self {
        Self {
            ways: [0; KEY_SLOTS],
            counter: 0,
            rows: RowSet::default(),
            slots: [0; 32],
            keeps_chunks: false,
            ways_incomplete: false,
        }
    }

    /// Notes what a key slot of `table` is to this vault, and all its own slots as they now are.
    pub(crate) fn bind(&mut self, slot: usize, way: Way, table: &SlotTable) {
        self.note(slot, way as u8, table);
    }

    /// Notes a key slot of this vault that wipes it and opens another.
    pub(crate) fn bind_wipe(&mut self, slot: usize, way: Way, table: &SlotTable) {
        self.note(slot, way as u8 | WIPES, table);
    }

    /// Whether the slots that this vault has in `table` are the ones last written, and the one that was
    /// `opened` among them.
    pub(crate) fn vouches_for(&self, table: &SlotTable, opened: &Opened) -> bool {
        self.admits(opened) && self.slots == table.binding(&self.ways)
    }

    /// Whether what was `opened` is one of the vault's ways, or may be one of those that were lost.
    pub(crate) fn admits(&self, opened: &Opened) -> bool {
        if opened.wipes {
            // Such a slot is another vault's, which has noted it or is gone.
            return true;
        }
        let noted = self.ways.get(opened.slot).copied().unwrap_or_default();
        noted == opened.way as u8 || (noted == 0 && self.ways_incomplete)
    }

    /// Notes that a key slot of `table` is no way in any more.
    pub(crate) fn unbind(&mut self, slot: usize, table: &SlotTable) {
        self.note(slot, 0, table);
    }

    fn note(&mut self, slot: usize, number: u8, table: &SlotTable) {
        if let Some(place) = self.ways.get_mut(slot) {
            *place = number;
        }
        self.slots = table.binding(&self.ways);
    }

    /// The slots that wipe this vault: one at most is written.
    pub(crate) fn wipe_slots(&self) -> impl Iterator<Item = usize> {
        let slots = self.ways.iter().enumerate();
        slots.filter_map(|(slot, noted)| (noted & WIPES != 0).then_some(slot))
    }

    /// Whether the vault has a way and knows where.
    pub(crate) fn has(&self, way: Way) -> bool {
        self.slots_of(way).next().is_some()
    }

    /// The slots of a way that are known: more than one only of a way with hardware.
    pub(crate) fn slots_of(&self, way: Way) -> impl Iterator<Item = usize> {
        let slots = self.ways.iter().enumerate();
        slots.filter_map(move |(slot, noted)| (*noted == way as u8).then_some(slot))
    }

    /// The slots that are not known to be ways of this vault.
    pub(crate) fn unnoted_slots(&self) -> impl Iterator<Item = usize> {
        let slots = self.ways.iter().enumerate();
        slots.filter_map(|(slot, noted)| (*noted == 0).then_some(slot))
    }

    /// The bytes that [`Manifest::parse`] reads.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(CONTENT + TAG);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.ways);
        bytes.extend_from_slice(&self.counter.to_be_bytes());
        bytes.extend_from_slice(&self.rows.records.to_be_bytes());
        for limb in self.rows.sum.iter().rev() {
            bytes.extend_from_slice(&limb.to_be_bytes());
        }
        bytes.extend_from_slice(&self.slots);
        let flag = |set, bit| if set { bit } else { 0 };
        bytes.push(
            flag(self.keeps_chunks, KEEPS_CHUNKS) | flag(self.ways_incomplete, WAYS_INCOMPLETE),
        );
        bytes.resize(CONTENT, 0);
        bytes
    }
}

/// A set of row versions: how many, and the sum of their hashes (least significant limb first).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RowSet {
    pub(crate) records: u64,
    sum: [u64; 4],
}

impl RowSet {
    pub(crate) fn add(&mut self, key: &MacKey, id: RecordId, rev: &[u8; NONCE]) {
        self.records = self.records.wrapping_add(1);
        let mut carry = false;
        for (limb, more) in self.sum.iter_mut().zip(element(key, id, rev)) {
            let (sum, over) = limb.overflowing_add(more);
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            (*limb, carry) = (sum, over | again);
        }
    }

    pub(crate) fn remove(&mut self, key: &MacKey, id: RecordId, rev: &[u8; NONCE]) {
        self.records = self.records.wrapping_sub(1);
        let mut borrow = false;
        for (limb, less) in self.sum.iter_mut().zip(element(key, id, rev)) {
            let (rest, under) = limb.overflowing_sub(less);
            let (rest, again) = rest.overflowing_sub(u64::from(borrow));
            (*limb, borrow) = (rest, under | again);
        }
    }
}

fn element(key: &MacKey, id: RecordId, rev: &[u8; NONCE]) -> [u64; 4] {
    limbs(&key.mac(&[id.as_bytes(), rev]))
}

/// 32 big-endian bytes as limbs, least significant first.
fn limbs(bytes: &[u8; 32]) -> [u64; 4] {
    let mut limbs = [0; 4];
    for (limb, bytes) in limbs.iter_mut().rev().zip(bytes.as_chunks::<8>().0) {
        *limb = u64::from_be_bytes(*bytes);
    }
    limbs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::secret::SecretKey;

    fn key() -> MacKey {
        MacKey::new(&SecretKey::copied(&[8; 32]))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn order_does_not_matter_and_removing_undoes(rows: Vec<([u8; 16], [u8; 24])>) {
            let (mut forward, mut backward) = (RowSet::default(), RowSet::default());
            for (id, rev) in &rows {
                forward.add(&key(), RecordId::new(*id), rev);
            }
            for (id, rev) in rows.iter().rev() {
                backward.add(&key(), RecordId::new(*id), rev);
            }
            prop_assert_eq!(forward, backward);
            for (id, rev) in &rows {
                forward.remove(&key(), RecordId::new(*id), rev);
            }
            prop_assert_eq!(forward, RowSet::default());
        }

        #[test]
        fn manifests_round_trip(
            ways: [u8; KEY_SLOTS], counter: u64, records: u64, sum: [u64; 4], slots: [u8; 32],
            keeps_chunks: bool, ways_incomplete: bool,
        ) {
            let rows = RowSet { records, sum };
            let manifest = Manifest { ways, counter, rows, slots, keeps_chunks, ways_incomplete };
            prop_assert_eq!(Manifest::parse(&manifest.encode()).unwrap(), manifest);
        }

        #[test]
        fn bytes_parse_only_to_themselves(
            mut bytes in prop::collection::vec(any::<u8>(), CONTENT), used in 90..CONTENT,
        ) {
            // Without these, chance would hardly ever make a manifest.
            bytes[0] = VERSION;
            bytes[used..].fill(0);
            if let Ok(manifest) = Manifest::parse(&bytes) {
                prop_assert_eq!(manifest.encode(), bytes);
            }
        }
    }

    #[test]
    fn another_version_of_a_row_is_another_set() {
        let (mut old, mut new) = (RowSet::default(), RowSet::default());
        old.add(&key(), RecordId::new([1; 16]), &[1; 24]);
        new.add(&key(), RecordId::new([1; 16]), &[2; 24]);
        assert_ne!(old, new);
    }

    #[test]
    fn sums_carry_across_limbs() {
        let mut rows = RowSet {
            records: 0,
            sum: [u64::MAX; 4],
        };
        rows.add(&key(), RecordId::new([1; 16]), &[1; 24]);
        rows.remove(&key(), RecordId::new([1; 16]), &[1; 24]);
        assert_eq!(rows.sum, [u64::MAX; 4]);
    }
}
