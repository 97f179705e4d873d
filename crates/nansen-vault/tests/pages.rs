//! Pages changed by somebody who knows SQLite's format, or by a bit that fell over: tables whose order is
//! broken, pages that hide rows from a search or show them twice. Nothing is lost for it, and nothing is
//! endless.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use common::{Home, add_document, content, rng, titled};
use nansen_vault::{Error, Part};

const PAGE: usize = 8192;
/// Kinds of b-tree pages: <https://sqlite.org/fileformat2.html#b_tree_pages>.
const INTERIOR: u8 = 5;
const LEAF: u8 = 13;

/// The bytes of a closed vault file, by pages.
struct Pages(Vec<u8>);

impl Pages {
    fn of(home: &Home) -> Self {
        Self(std::fs::read(&home.path).unwrap())
    }

    fn u16(&self, at: usize) -> usize {
        usize::from(u16::from_be_bytes([self.0[at], self.0[at + 1]]))
    }

    /// Where a page begins; the first has the number 1.
    fn start(number: u32) -> usize {
        (number as usize - 1) * PAGE
    }

    /// Where the root of a table begins.
    fn root(home: &Home, table: &str) -> usize {
        let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
        Self::start(
            home.sql()
                .query_row(sql, [table], |row| row.get(0))
                .unwrap(),
        )
    }

    /// Where the cells of a page begin.
    fn cells(&self, page: usize) -> Vec<usize> {
        let head = if self.0[page] == INTERIOR { 12 } else { 8 };
        (0..self.u16(page + 3))
            .map(|cell| page + self.u16(page + head + 2 * cell))
            .collect()
    }

    /// The page that an interior cell points to.
    fn child(&self, cell: usize) -> u32 {
        u32::from_be_bytes(self.0[cell..cell + 4].try_into().unwrap())
    }

    fn put(&self, home: &Home) {
        std::fs::write(&home.path, &self.0).unwrap();
    }
}

/// A number of nine bytes, as SQLite writes those of 64 bits.
fn varint(number: i64) -> [u8; 9] {
    let mut bytes = [0; 9];
    bytes[8] = number as u8;
    let mut rest = number as u64 >> 8;
    for byte in bytes[..8].iter_mut().rev() {
        *byte = 0x80 | (rest & 0x7f) as u8;
        rest >>= 7;
    }
    bytes
}

fn varint_length(bytes: &[u8]) -> usize {
    1 + bytes
        .iter()
        .take(8)
        .take_while(|byte| **byte >= 0x80)
        .count()
}

fn chunks(home: &Home) -> i64 {
    home.sql()
        .query_row("SELECT count(*) FROM chunk", [], |row| row.get(0))
        .unwrap()
}

/// A vault whose record and chunk tables have an interior page each, closed.
fn grown() -> Home {
    let (home, mut vault) = Home::new();
    vault
        .transaction(&mut rng(), |tx| {
            (0..150).try_for_each(|number: u32| {
                tx.insert(&titled(&number.to_string()), &[1; 300])
                    .map(|_| ())
            })
        })
        .map_err(|error: Error| error)
        .unwrap();
    for _ in 0..60 {
        add_document(&mut vault, "scan", &content(300));
    }
    drop(vault);
    home.strip();
    home
}

#[test]
fn a_row_that_a_search_misses_keeps_its_chunks_and_is_told() {
    let home = grown();
    let whole = Pages::of(&home);
    let root = Pages::root(&home, "record");
    assert_eq!(whole.0[root], INTERIOR);
    let before = chunks(&home);
    let (mut opened, mut told) = (0, 0);
    for cell in whole.cells(root) {
        // High bits of the key that parts two pages.
        for bit in [1, 8, 0x40] {
            let mut broken = Pages(whole.0.clone());
            broken.0[cell + 4] ^= bit;
            broken.put(&home);
            let Ok(vault) = home.try_unlock() else {
                continue;
            };
            opened += 1;
            told += u32::from(!vault.check().unwrap().is_clean());
            drop(vault);
            assert_eq!(chunks(&home), before);
        }
    }
    assert!(opened > 5, "{opened}");
    // A key that still parts the same rows is harmless.
    assert!(told * 2 > opened, "{told} of {opened}");
}

#[test]
fn a_chunk_table_out_of_order_ends_the_sweep() {
    let home = grown();
    let mut pages = Pages::of(&home);
    let root = Pages::root(&home, "chunk");
    assert_eq!(pages.0[root], INTERIOR);
    let cells = pages.cells(root);
    let key = {
        let first = &pages.0[cells[0] + 4..];
        assert_eq!(varint_length(first), 9);
        let high = first[..8]
            .iter()
            .fold(0u64, |key, byte| key << 7 | u64::from(byte & 0x7f));
        (high << 8 | u64::from(first[8])) as i64
    };
    // A search goes past all that is on the first page, and the next one answers with its least key.
    pages.0[cells[0] + 4..][..9].copy_from_slice(&varint(key + (2 << 24)));
    let leaf = Pages::start(pages.child(cells[1]));
    assert_eq!(pages.0[leaf], LEAF);
    let cell = pages.cells(leaf)[0];
    let at = cell + varint_length(&pages.0[cell..]);
    assert_eq!(varint_length(&pages.0[at..]), 9);
    pages.0[at..at + 9].copy_from_slice(&varint(i64::MIN + 5));
    pages.put(&home);
    let before = chunks(&home);

    let (told, heard) = std::sync::mpsc::channel();
    let (path, code) = (home.path.clone(), home.code.groups().to_string());
    std::thread::spawn(move || {
        let code = nansen_vault::RecoveryCode::parse(&code).unwrap();
        let _ = told.send(common::try_unlock(&path, &code).is_ok());
    });
    let ended = heard.recv_timeout(std::time::Duration::from_secs(60));
    assert!(ended.is_ok(), "unlocking did not end");
    assert_eq!(chunks(&home), before);
}

#[test]
fn pages_that_share_their_children_are_damage_and_end() {
    let home = grown();
    let mut pages = Pages::of(&home);
    let root = Pages::root(&home, "record");
    let cells = pages.cells(root);
    // Every cell of the root leads to one page: its rows would be met as often as there are cells.
    let shared = pages.0[cells[0]..cells[0] + 4].to_vec();
    for cell in &cells[1..] {
        pages.0[*cell..cell + 4].copy_from_slice(&shared);
    }
    pages.put(&home);
    let vault = home.unlock();
    assert!(!vault.integrity().structure_intact);
    let listing = vault.list().unwrap();
    let mut ids: Vec<_> = listing.records.iter().map(|(id, _)| *id).collect();
    let found = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), found, "a row was shown twice");
    assert!(listing.damaged.contains(&Part::Structure));
    assert!(!vault.check().unwrap().is_clean());
}
