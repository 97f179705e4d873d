//! A set of places, written in close to as few bytes as there can be, and searched as written.
//!
//! The gaps between one place and the next are Rice codes (R. F. Rice, 1979; a Golomb code whose
//! divisor is a power of two), the highest bit of a byte first: `gap >> k` ones and a zero, then
//! the `k` low bits of the gap. `k` is the one that makes the set shortest, the smaller of two.
//! Bits that fill the last byte are zero. In CBOR: `[count, k, bytes]`.
//!
//! A reader goes through the codes once, notes where every [`STRIDE`]th place stands, and from
//! then on looks a place up by a binary search and at most [`STRIDE`] codes.

use crate::Error;
use crate::cbor::{Reader, Value};
use crate::error::{check_count, check_size};
use crate::fields::{ensure, unsigned};
use crate::limits::{MAX_ITEM_BYTES, MAX_STATUS_PLACES};

/// Places, each once.
#[derive(Clone, PartialEq, Eq)]
pub struct IndexSet {
    count: usize,
    rice: u32,
    codes: Vec<u8>,
    marks: Vec<Mark>,
}

/// Where a place stands.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Mark {
    place: u32,
    /// The bit behind its code.
    end: u32,
}

impl IndexSet {
    /// The set of `places`, which are in ascending order, each once.
    ///
    /// # Errors
    /// [`Error::Invalid`] for another order, [`Error::TooLarge`] beyond [`MAX_ITEM_BYTES`],
    /// [`Error::TooMany`] beyond [`MAX_STATUS_PLACES`].
    pub fn new(places: &[u32]) -> Result<Self, Error> {
        check_count("places", places.len(), MAX_STATUS_PLACES)?;
        let is_ascending = places.is_sorted_by(|one, next| one < next);
        ensure(is_ascending, "order of places")?;
        let rice = (0..u32::BITS).min_by_key(|rice| bits_at(places, *rice));
        let rice = rice.unwrap_or_default();
        let mut writer = BitWriter::default();
        for gap in gaps(places) {
            writer.ones(gap >> rice);
            writer.bits(gap, rice);
        }
        Self::from_codes(places.len(), rice, writer.bytes, u64::from(u32::MAX) + 1)
    }

    /// Reads a set of places below `len`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for codes that are damaged, [`Error::IndexOutOfRange`],
    /// [`Error::TooLarge`], [`Error::TooMany`] beyond [`MAX_STATUS_PLACES`].
    pub fn read(reader: &mut Reader<'_>, len: u64) -> Result<Self, Error> {
        reader.array_of(3, "set of 3 parts")?;
        let count = usize::try_from(reader.unsigned()?).map_err(|_| DAMAGED)?;
        let rice = u32::try_from(reader.unsigned()?).map_err(|_| DAMAGED)?;
        ensure(rice < u32::BITS, "set of places")?;
        let codes = reader.bytes()?;
        Self::from_codes(count, rice, codes.to_vec(), len)
    }

    /// The set in CBOR, which [`IndexSet::read`] reads.
    ///
    /// # Errors
    /// [`Error::Invalid`], for no set that could be built.
    pub fn to_value(&self) -> Result<Value, Error> {
        Ok(Value::Array(vec![
            unsigned(self.count as u64, "count of places")?,
            i64::from(self.rice).into(),
            Value::Bytes(self.codes.clone()),
        ]))
    }

    fn from_codes(count: usize, rice: u32, codes: Vec<u8>, len: u64) -> Result<Self, Error> {
        check_size("set of places", &codes, MAX_ITEM_BYTES)?;
        // Every code takes a bit at the least.
        let limit = codes.len().saturating_mul(8).min(MAX_STATUS_PLACES);
        check_count("places", count, limit)?;
        let mut marks = Vec::with_capacity(count / STRIDE + 1);
        let mut cursor = Cursor::start(&codes, rice);
        for number in 0..count {
            let place = cursor.next().ok_or(DAMAGED)?;
            if u64::from(place) >= len {
                let index = u64::from(place);
                return Err(Error::IndexOutOfRange { index, len });
            }
            if number % STRIDE == 0 {
                let end = u32::try_from(cursor.at).map_err(|_| DAMAGED)?;
                marks.push(Mark { place, end });
            }
        }
        let is_filled = cursor.at.div_ceil(8) == codes.len();
        let (_, padding) = cursor.window();
        ensure(is_filled && padding == 0, "set of places")?;
        Ok(Self {
            count,
            rice,
            codes,
            marks,
        })
    }

    /// Whether the place is in the set.
    #[must_use]
    pub fn contains(&self, place: u32) -> bool {
        let after = self.marks.partition_point(|mark| mark.place <= place);
        let Some(mark) = after.checked_sub(1).and_then(|at| self.marks.get(at)) else {
            return false;
        };
        let left = self.count - (after - 1) * STRIDE - 1;
        let cursor = Cursor {
            codes: &self.codes,
            rice: self.rice,
            at: mark.end as usize,
            place: Some(mark.place),
        };
        mark.place == place
            || cursor
                .take(left.min(STRIDE))
                .find(|next| *next >= place)
                .is_some_and(|next| next == place)
    }

    /// The places, in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        Cursor::start(&self.codes, self.rice).take(self.count)
    }

    /// Whether no place is in both sets. Goes through each of them once.
    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        let mut others = other.iter().peekable();
        !self.iter().any(|place| {
            while others.next_if(|before| *before < place).is_some() {}
            others.peek() == Some(&place)
        })
    }

    /// How many places there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes that it takes in memory: the codes, and the marks for looking places up.
    #[must_use]
    pub const fn memory(&self) -> usize {
        self.codes.len() + self.marks.len() * size_of::<Mark>()
    }

    /// Places that are in one of the two sets and not in the other.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::TooMany`] beyond [`MAX_STATUS_PLACES`].
    pub fn symmetric_difference(&self, other: &Self) -> Result<Self, Error> {
        let (mut one, mut two) = (self.iter().peekable(), other.iter().peekable());
        let mut places = Vec::new();
        loop {
            match (one.peek().copied(), two.peek().copied()) {
                (Some(left), Some(right)) if left == right => {
                    one.next();
                    two.next();
                }
                (Some(left), Some(right)) if left < right => places.extend(one.next()),
                (Some(_), None) => places.extend(one.next()),
                (_, Some(_)) => places.extend(two.next()),
                (None, None) => return Self::new(&places),
            }
        }
    }
}

impl core::fmt::Debug for IndexSet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (count, size) = (self.count, self.codes.len());
        write!(f, "IndexSet({count} places in {size} bytes)")
    }
}

/// How many places lie between each and the one before.
fn gaps(places: &[u32]) -> impl Iterator<Item = u32> {
    let before = core::iter::once(None).chain(places.iter().copied().map(Some));
    places
        .iter()
        .zip(before)
        .map(|(place, before)| before.map_or(*place, |before| place - before - 1))
}

/// Bits that the set takes with this parameter.
fn bits_at(places: &[u32], rice: u32) -> u64 {
    let each = u64::from(rice) + 1;
    gaps(places).map(|gap| u64::from(gap >> rice) + each).sum()
}

/// Reads codes from a bit on.
struct Cursor<'a> {
    codes: &'a [u8],
    rice: u32,
    at: usize,
    place: Option<u32>,
}

impl<'a> Cursor<'a> {
    const fn start(codes: &'a [u8], rice: u32) -> Self {
        Self {
            codes,
            rice,
            at: 0,
            place: None,
        }
    }

    /// The next bits, at most 57, and their value at the upper end of a word.
    fn window(&self) -> (u32, u64) {
        let rest = self.codes.get(self.at / 8..).unwrap_or_default();
        let mut word = [0; 8];
        for (to, from) in word.iter_mut().zip(rest) {
            *to = *from;
        }
        let within = u32::from(self.at.to_le_bytes()[0] % 8);
        let bits = u32::try_from(rest.len().min(8)).unwrap_or_default() * 8;
        let word = u64::from_be_bytes(word).checked_shl(within);
        (
            bits.saturating_sub(within).min(57),
            word.unwrap_or_default(),
        )
    }

    fn ones(&mut self) -> Option<u32> {
        let mut ones = 0_u32;
        loop {
            let (bits, word) = self.window();
            let run = word.leading_ones().min(bits);
            self.at += run as usize;
            ones = ones.checked_add(run)?;
            match (run < bits, bits) {
                (true, _) => {
                    self.at += 1;
                    return Some(ones);
                }
                (false, 0) => return None,
                (false, _) => {}
            }
        }
    }
}

impl Iterator for Cursor<'_> {
    type Item = u32;

    /// `None` when the codes end early, or lead beyond the largest place.
    fn next(&mut self) -> Option<u32> {
        let high = self.ones()?;
        let (bits, word) = self.window();
        if bits < self.rice {
            return None;
        }
        self.at += self.rice as usize;
        let low = word.checked_shr(u64::BITS - self.rice).unwrap_or_default();
        let high = u64::from(high).checked_shl(self.rice)?;
        let gap = u32::try_from(high | low).ok()?;
        let place = match self.place {
            None => gap,
            Some(before) => before.checked_add(gap)?.checked_add(1)?,
        };
        self.place = Some(place);
        Some(place)
    }
}

/// Writes bits, the highest of a byte first.
#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    used: u32,
}

impl BitWriter {
    /// So many ones, and a zero.
    fn ones(&mut self, count: u32) {
        for _ in 0..count {
            self.bit(true);
        }
        self.bit(false);
    }

    /// The low `count` bits of `value`.
    fn bits(&mut self, value: u32, count: u32) {
        for at in (0..count).rev() {
            self.bit(value >> at & 1 == 1);
        }
    }

    fn bit(&mut self, bit: bool) {
        if self.used == 0 {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut().filter(|_| bit) {
            *last |= 0x80 >> self.used;
        }
        self.used = (self.used + 1) % 8;
    }
}

/// Places from one mark to the next.
const STRIDE: usize = 128;

const DAMAGED: Error = Error::Invalid {
    what: "set of places",
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn set(places: &BTreeSet<u32>) -> IndexSet {
        IndexSet::new(&places.iter().copied().collect::<Vec<_>>()).unwrap()
    }

    fn reread(set: &IndexSet, len: u64) -> Result<IndexSet, Error> {
        let bytes = set.to_value().unwrap().to_cbor();
        IndexSet::read(&mut Reader::new(&bytes), len)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_set_survives_its_bytes_and_knows_its_places(
            places in prop::collection::btree_set(0_u32..3000, 0..700),
            scale in 0_u32..20,
        ) {
            let places: BTreeSet<u32> = places.into_iter().map(|place| place << scale).collect();
            let set = set(&places);
            let len = places.last().map_or(0, |last| u64::from(*last) + 1);
            prop_assert_eq!(reread(&set, len), Ok(set.clone()));
            prop_assert!(set.iter().eq(places.iter().copied()));
            for place in places.iter().flat_map(|place| [place.saturating_sub(1), *place, place + 1]) {
                prop_assert_eq!(set.contains(place), places.contains(&place));
            }
        }

        #[test]
        fn whatever_is_read_is_within_bounds(
            count in 0_usize..200,
            rice in 0_u32..32,
            codes in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            if let Ok(set) = IndexSet::from_codes(count, rice, codes, 1000) {
                prop_assert!(set.iter().all(|place| place < 1000));
                prop_assert_eq!(set.iter().count(), count);
            }
        }

        #[test]
        fn sets_are_disjoint_unless_they_share_a_place(
            one in prop::collection::btree_set(0_u32..300, 0..12),
            other in prop::collection::btree_set(0_u32..300, 0..12),
        ) {
            prop_assert_eq!(set(&one).is_disjoint(&set(&other)), one.is_disjoint(&other));
            prop_assert_eq!(set(&one).is_disjoint(&set(&one)), one.is_empty());
        }

        #[test]
        fn a_difference_leads_from_one_set_to_the_other(
            one in prop::collection::btree_set(0_u32..1000, 0..100),
            other in prop::collection::btree_set(0_u32..1000, 0..100),
        ) {
            let (one, other) = (set(&one), set(&other));
            let difference = one.symmetric_difference(&other).unwrap();
            prop_assert_eq!(one.symmetric_difference(&difference), Ok(other));
        }
    }

    #[test]
    fn the_ends_of_the_range_are_places_too() {
        let set = IndexSet::new(&[0, u32::MAX]).unwrap();
        assert!(set.contains(0) && set.contains(u32::MAX) && !set.contains(1));
        assert!(matches!(
            reread(&set, 1),
            Err(Error::IndexOutOfRange { len: 1, .. })
        ));
        assert!(IndexSet::new(&[2, 1]).is_err() && IndexSet::new(&[1, 1]).is_err());
    }

    #[test]
    fn more_places_than_the_limit_are_refused_before_they_are_read() {
        let count = MAX_STATUS_PLACES + 1;
        assert_eq!(
            IndexSet::from_codes(count, 0, vec![0; count.div_ceil(8)], 1 << 32),
            Err(Error::TooMany {
                what: "places",
                count,
                limit: MAX_STATUS_PLACES
            })
        );
    }

    #[test]
    fn codes_that_end_early_or_late_are_damage() {
        let set = IndexSet::new(&[3, 9, 27, 81]).unwrap();
        let read = |count, codes: &[u8]| IndexSet::from_codes(count, set.rice, codes.to_vec(), 100);
        assert_eq!(read(4, &set.codes), Ok(set.clone()));
        let longer = [set.codes.as_slice(), &[0]].concat();
        assert_eq!(read(4, &longer), Err(DAMAGED));
        assert_eq!(read(4, &set.codes[1..]), Err(DAMAGED));
        assert!(read(3, &set.codes).is_err() && read(5, &set.codes).is_err());
        assert!(matches!(
            read(1 << 40, &set.codes),
            Err(Error::TooMany { .. })
        ));
        assert_eq!(
            IndexSet::from_codes(1, 31, vec![0xff; 64], 100),
            Err(DAMAGED)
        );
    }
}
