//! Padding rows: what makes the number and sizes of a vault's records, and of a second vault's, untold.
//!
//! A new file has pairs of rows, one in each share and both of the same lengths, random from end to end.
//! A record takes the place of a padding row of its own share and class, where there is one; where there
//! is none, the file first grows by pairs. A record that goes leaves a padding row of its class. So the
//! lengths in the one share are those in the other whatever either holds, up to
//! [`limits::PAIRS`](crate::limits::PAIRS) pairs and for rows that have a class. Records beyond are
//! added and removed as they are: the *surplus* of a class, which whoever knows the share can count.
//!
//! A row of the own share that is not the vault's is padding, and it is taken for that only as long as
//! every row of the vault is known to be there: otherwise it may be one that is damaged.

use std::collections::BTreeMap;

use rand_core::CryptoRng;

use crate::{
    limits::{GROWTH, NEW_PAIRS, NEW_PAIRS_MORE, PADDED_BYTES, PAIRS},
    record::RecordId,
    seal::{NONCE, SealKey, TAG, sealed_length},
    secret::SecretKey,
    share::Share,
};

/// What padding rows look like: padded lengths of summary and body in bytes, and how many of 64 have
/// them. After a wallet of credentials, device keys, documents and a history of what was shown.
const MIXTURE: [(usize, usize, u8); 14] = [
    (256, 256, 14),
    (256, 512, 8),
    (256, 768, 7),
    (256, 1088, 8),
    (256, 1600, 7),
    (256, 2560, 3),
    (256, 4096, 2),
    (256, 8192, 1),
    (512, 256, 4),
    (512, 512, 2),
    (512, 768, 2),
    (512, 1088, 3),
    (512, 1600, 2),
    (512, 2560, 1),
];

/// The lengths of a row that padding can stand for: sealed summary and body in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Class {
    summary: usize,
    body: usize,
}

impl Class {
    /// The class of a row with these sealed lengths; `None` for one that is too long.
    pub(crate) fn of(summary: usize, body: usize) -> Option<Self> {
        let sealed = TAG..=PADDED_BYTES + TAG;
        (sealed.contains(&summary) && sealed.contains(&body)).then_some(Self { summary, body })
    }

    /// The class of a row with this content, in bytes.
    pub(crate) fn of_content(summary: usize, body: usize) -> Option<Self> {
        Self::of(sealed_length(summary), sealed_length(body))
    }

    fn random(rng: &mut impl CryptoRng) -> Self {
        let mut drawn = [0];
        rng.fill_bytes(&mut drawn);
        let mut drawn = drawn[0] % 64;
        let mut lengths = (256, 256);
        for (summary, body, weight) in MIXTURE {
            if drawn < weight {
                lengths = (summary, body);
                break;
            }
            drawn -= weight;
        }
        let (summary, body) = lengths;
        Self {
            summary: summary + TAG,
            body: body + TAG,
        }
    }
}

/// A row about to be written.
pub(crate) struct PaddingRow {
    pub(crate) id: RecordId,
    pub(crate) rev: [u8; NONCE],
    pub(crate) summary: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

/// Where random rows come from: what their maker forgets is what sealed rows are made with.
pub(crate) struct Noise {
    summary: SealKey,
    body: SealKey,
}

impl Noise {
    pub(crate) fn new(rng: &mut impl CryptoRng) -> Self {
        let mut key = || {
            let mut key = SecretKey::zeros();
            rng.fill_bytes(key.reveal_mut());
            SealKey::new(key)
        };
        Self {
            summary: key(),
            body: key(),
        }
    }

    /// A row of a class at a key.
    pub(crate) fn row(&self, key: i64, class: Class, rng: &mut impl CryptoRng) -> PaddingRow {
        let (mut tag, mut rev) = ([0; 8], [0; NONCE]);
        rng.fill_bytes(&mut tag);
        rng.fill_bytes(&mut rev);
        let mut id = [0; 16];
        for (place, byte) in id.iter_mut().zip(key.to_be_bytes().into_iter().chain(tag)) {
            *place = byte;
        }
        let part = |seal: &SealKey, length: usize| {
            let mut bytes = Vec::with_capacity(length);
            bytes.resize(length - TAG, 0);
            seal.seal(&rev, b"", &mut bytes);
            bytes
        };
        PaddingRow {
            id: RecordId::new(id),
            rev,
            summary: part(&self.summary, class.summary),
            body: part(&self.body, class.body),
        }
    }
}

/// The rows of a new file: pairs of one row on each side of `share`.
pub(crate) fn first_rows(share: &Share, rng: &mut impl CryptoRng) -> Vec<PaddingRow> {
    let mut more = [0; 4];
    rng.fill_bytes(&mut more);
    // How many there are tells less if no two files begin with the same number.
    let more = u32::from_be_bytes(more) % NEW_PAIRS_MORE;
    let noise = Noise::new(rng);
    let mut rows = Vec::new();
    for _ in 0..NEW_PAIRS + more {
        let class = Class::random(rng);
        for own in [true, false] {
            rows.push(noise.row(draw_key(share, own, rng), class, rng));
        }
    }
    rows
}

/// A random key in a share, or in its opposite.
pub(crate) fn draw_key(share: &Share, own: bool, rng: &mut impl CryptoRng) -> i64 {
    loop {
        let mut random = [0; 8];
        rng.fill_bytes(&mut random);
        let key = i64::from_be_bytes(random);
        if share.has_row(key) == own {
            return key;
        }
    }
}

/// The padding rows of a vault's own share, and how the two shares compare.
#[derive(Clone, Default)]
pub(crate) struct Padding {
    shelves: BTreeMap<Class, Shelf>,
    /// Rows with a class in the own share and in the other.
    own: u32,
    other: u32,
}

/// What there is of one class.
#[derive(Clone, Default)]
struct Shelf {
    /// Keys of the padding rows in the own share.
    free: Vec<i64>,
    /// Rows in the own share less rows in the other.
    surplus: i64,
}

impl Padding {
    /// Counts a row of the own share that is a record.
    pub(crate) fn add_record(&mut self, class: Class) {
        self.own += 1;
        self.shelf(class).surplus += 1;
    }

    /// Counts a padding row of the own share.
    pub(crate) fn add_free(&mut self, class: Class, key: i64) {
        self.own += 1;
        let shelf = self.shelf(class);
        shelf.surplus += 1;
        shelf.free.push(key);
    }

    /// Counts a row of the other share.
    pub(crate) fn add_other(&mut self, class: Class) {
        self.other += 1;
        self.shelf(class).surplus -= 1;
    }

    /// Takes a padding row of a class, at random so that no order shows. Its key is the caller's to use.
    pub(crate) fn take(&mut self, class: Class, rng: &mut impl CryptoRng) -> Option<i64> {
        let free = &mut self.shelves.get_mut(&class)?.free;
        let mut drawn = [0; 8];
        rng.fill_bytes(&mut drawn);
        // The bias of the remainder is below 2^-50.
        let drawn = u64::from_be_bytes(drawn).checked_rem(free.len() as u64)?;
        Some(free.swap_remove(usize::try_from(drawn).ok()?))
    }

    /// Takes back a key whose row is padding of a class.
    pub(crate) fn give(&mut self, class: Class, key: i64) {
        self.shelf(class).free.push(key);
    }

    /// Notes that a record of a class goes, or a padding row. Whether the other share then has more of
    /// them, so that one has to come in its place.
    pub(crate) fn is_missed(&mut self, class: Class) -> bool {
        let shelf = self.shelf(class);
        if shelf.surplus <= 0 {
            return true;
        }
        shelf.surplus -= 1;
        self.own = self.own.saturating_sub(1);
        false
    }

    /// By how many pairs a file may grow now, if a class is wanted and not there.
    pub(crate) fn growth(&self) -> u32 {
        let pairs = self.own.min(self.other);
        GROWTH.min(PAIRS.saturating_sub(pairs))
    }

    /// The classes of so many pairs: every other one as wanted.
    pub(crate) fn batch(wanted: Class, pairs: u32, rng: &mut impl CryptoRng) -> Vec<Class> {
        let class = |number| match number % 2 {
            0 => wanted,
            _ => Class::random(rng),
        };
        (0..pairs).map(class).collect()
    }

    fn shelf(&mut self, class: Class) -> &mut Shelf {
        self.shelves.entry(class).or_default()
    }
}
