//! One byte of a frozen vault changed: whichever it is, the change is told or does no harm, and nothing
//! wrong is ever read.
//!
//! `NANSEN_FLIPS=all` changes each byte of the file, one bit of it; a quick run changes some of each page.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]
#![cfg(unix)]

mod common;

use std::{collections::BTreeMap, os::unix::fs::FileExt, path::Path};

use common::{quick_folder, script::contents};
use nansen_vault::{Error, RecoveryCode, Summary, Vault};

const PAGE: usize = 8192;
/// The recovery codes that `tests/vaults/README.md` tells, and one of how many changes are told at least:
/// most of a vault of version 2 is padding.
const FROZEN: [(&str, &str, usize); 3] = [
    ("v1.nansen", "KCGZX3-NFCKYJ-C6FAQC-WKJ2YR-D844ZE-PHHD7N", 3),
    (
        "v1-ways.nansen",
        "SAQEX8-VFTB6R-X9J2KT-AQ94BG-6H9EWS-ASPXQX",
        3,
    ),
    (
        "v2-decoy.nansen",
        "52SB5B-0EJ2DW-31JTEQ-K70TGN-C3MP7S-ZCHSHH",
        10,
    ),
];

/// What became of the changes.
#[derive(Default, Debug)]
struct Tally {
    flips: usize,
    told: usize,
    harmless: usize,
    wrong: Vec<String>,
}

fn summaries(vault: &Vault) -> Result<Vec<Summary>, Error> {
    let mut all: Vec<_> = vault.list()?.records.into_iter().collect();
    all.sort_by_key(|(id, _)| *id);
    Ok(all.into_iter().map(|(_, summary)| summary).collect())
}

/// Everything in the file, if it is all there and nothing is told of it.
struct Whole {
    contents: BTreeMap<String, Vec<u8>>,
    summaries: Vec<Summary>,
}

impl Whole {
    fn of(vault: &Vault) -> Self {
        Self {
            contents: contents(vault).unwrap(),
            summaries: summaries(vault).unwrap(),
        }
    }

    /// Whether the damage is told; or how it is not.
    fn is_told(&self, path: &Path, code: &RecoveryCode) -> Result<bool, String> {
        let Ok(vault) = common::try_unlock(path, code) else {
            return Ok(true);
        };
        for (id, summary) in vault
            .list()
            .map_or_else(|_| Vec::new(), |list| list.records)
        {
            if !self.summaries.contains(&summary) {
                return Err("a wrong summary".into());
            }
            let Ok(record) = vault.get(id) else { continue };
            let known = &self.contents[&summary.title];
            if record.document.is_none() && *record.body != *known {
                return Err("a wrong body".into());
            }
            let mut read = Vec::new();
            if let Ok(mut reader) = vault.document_reader(id) {
                // What was read before an error is right too.
                let _ = std::io::Read::read_to_end(&mut reader, &mut read);
                if !known.starts_with(&read) {
                    return Err("a wrong document".into());
                }
            }
        }
        if !vault.check().is_ok_and(|report| report.is_clean()) {
            return Ok(true);
        }
        let same = contents(&vault).is_ok_and(|found| found == self.contents);
        same.then_some(false)
            .ok_or_else(|| "something is missing and a check calls it clean".into())
    }
}

fn flip_bytes_of_frozen_vault(name: &str, code: &str) -> Tally {
    let vaults = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vaults");
    let bytes = std::fs::read(vaults.join(name)).unwrap();
    let code = RecoveryCode::parse(code).unwrap();
    let folder = quick_folder();
    let path = folder.path().join(name);
    std::fs::write(&path, &bytes).unwrap();
    let whole = Whole::of(&common::try_unlock(&path, &code).unwrap());

    let each = std::env::var_os("NANSEN_FLIPS").is_some();
    let mut tally = Tally::default();
    for page in 0..bytes.len() / PAGE {
        let some = (0..PAGE).step_by(if each { 1 } else { 401 });
        for at in some.map(|at| page * PAGE + at) {
            std::fs::write(&path, &bytes).unwrap();
            let flipped = bytes[at] ^ 1 << ((at * 5 + page) % 8);
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            file.write_all_at(&[flipped], at as u64).unwrap();
            drop(file);
            tally.flips += 1;
            match whole.is_told(&path, &code) {
                Ok(true) => tally.told += 1,
                Ok(false) => tally.harmless += 1,
                Err(wrong) => tally.wrong.push(format!("byte {at}: {wrong}")),
            }
            let _ = std::fs::remove_file(folder.path().join(format!("{name}-wal")));
        }
    }
    eprintln!(
        "figure: byte flips, {name}: {} flips, {} told, {} harmless, {} wrong",
        tally.flips,
        tally.told,
        tally.harmless,
        tally.wrong.len()
    );
    tally
}

#[test]
fn a_flipped_byte_of_a_frozen_vault_is_told_or_harmless() {
    for (name, code, least) in FROZEN {
        let tally = flip_bytes_of_frozen_vault(name, code);
        assert!(tally.wrong.is_empty(), "{:#?}", tally.wrong);
        assert!(tally.told > tally.flips / least, "{tally:?}");
    }
}
