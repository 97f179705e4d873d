//! Backups: written, continued, restored; and every way in which one can be wrong.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use common::{Home, NOW, add_document, content, holds, passphrase, read_document, rng, titled};
use nansen_vault::{
    BackupFile, BackupLock, BackupPhase, BackupWriter, Error, Field, KdfParams, Outcome, Part,
    Passphrase, RecordId, RecoveryCode, Restore, RestoreMode, RestoredRecord, Summary, Vault,
    limits::CHUNK_BYTES,
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

const HEADER: usize = 172;
const SEALED: usize = 24 + CHUNK_BYTES + 16;

/// A vault and a place for its backups, with the code that locks them.
struct Kept {
    home: Home,
    vault: Vault,
    code: RecoveryCode,
}

impl Kept {
    fn new() -> Self {
        let (home, vault) = Home::new();
        let code = RecoveryCode::random(&mut rng());
        Self { home, vault, code }
    }

    fn lock(&self) -> BackupLock<'_> {
        BackupLock::Recovery(&self.code)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.home.folder.path().join(name)
    }

    fn begin(&self, name: &str, parent: Option<&BackupFile>) -> BackupWriter {
        let (place, lock) = (self.at(name), self.lock());
        BackupWriter::begin(&self.vault, place, lock, parent, 1_700_000_000, &mut rng()).unwrap()
    }

    fn back_up(&self, name: &str, parent: Option<&BackupFile>) -> BackupFile {
        finish(self.begin(name, parent), &self.vault);
        self.open(name).unwrap()
    }

    fn open(&self, name: &str) -> Result<BackupFile, Error> {
        BackupFile::open(self.at(name), self.lock())
    }

    /// Some of everything: records short and long, documents around the size of a chunk.
    fn fill(&mut self) -> Vec<RecordId> {
        let mut ids = Vec::new();
        for length in [0, 1, 300, 70_000, 1 << 20] {
            let title = format!("record of {length}");
            ids.push(
                self.vault
                    .insert(&titled(&title), &content(length), &mut rng())
                    .unwrap(),
            );
        }
        for length in [
            0,
            1,
            CHUNK_BYTES - 1,
            CHUNK_BYTES,
            CHUNK_BYTES + 1,
            1_500_000,
        ] {
            ids.push(add_document(
                &mut self.vault,
                &format!("document of {length}"),
                &content(length),
            ));
        }
        ids
    }
}

fn finish(mut writer: BackupWriter, vault: &Vault) {
    while writer.step(vault).unwrap().phase != BackupPhase::Done {}
}

fn restore(vault: &mut Vault, chain: Vec<BackupFile>, mode: RestoreMode) -> Vec<RestoredRecord> {
    try_restore(vault, chain, mode).unwrap()
}

fn try_restore(
    vault: &mut Vault,
    chain: Vec<BackupFile>,
    mode: RestoreMode,
) -> Result<Vec<RestoredRecord>, Error> {
    let mut restore = Restore::begin(vault, chain, mode)?;
    let (mut records, mut bytes) = (Vec::new(), 0);
    loop {
        let hardware = &mut |summary: &Summary, _: &[u8]| summary.title.contains("hardware");
        let step = restore.step(vault, hardware, &mut rng())?;
        assert!(step.bytes >= bytes && step.bytes <= step.bytes_in_all);
        bytes = step.bytes;
        records.extend(step.records);
        if step.done {
            return Ok(records);
        }
    }
}

fn outcomes(records: &[RestoredRecord]) -> BTreeMap<String, Outcome> {
    let named = records
        .iter()
        .map(|record| (record.summary.title.clone(), record.outcome));
    named.collect()
}

/// Everything in a vault, by title.
fn contents(vault: &Vault) -> BTreeMap<String, (Summary, Vec<u8>)> {
    let listing = vault.list().unwrap();
    assert!(listing.damaged.is_empty());
    let records = listing.records.into_iter();
    records
        .map(|(id, summary)| {
            let bytes = match vault.get(id).unwrap().document {
                Some(_) => read_document(vault, id),
                None => vault.body(id).unwrap().to_vec(),
            };
            (summary.title.clone(), (summary, bytes))
        })
        .collect()
}

#[test]
fn everything_comes_back_in_a_new_vault_under_ids_that_follow_from_the_old() {
    let mut kept = Kept::new();
    let ids = kept.fill();
    let bound = kept
        .vault
        .insert(&titled("hardware"), b"key", &mut rng())
        .unwrap();
    let base = kept.back_up("backup", None);
    assert_eq!(
        (base.step(), base.record_count(), base.entry_count()),
        (0, 12, 12)
    );
    assert_eq!(base.made(), 1_700_000_000);
    assert!(!kept.at("backup.part").exists());

    let (_home, mut new) = Home::new();
    let records = restore(&mut new, vec![base], RestoreMode::Real);
    assert_eq!(records.len(), 12);
    assert!(
        records
            .iter()
            .all(|record| record.outcome == Outcome::Restored)
    );
    assert_eq!(contents(&new), contents(&kept.vault));
    for id in ids.into_iter().chain([bound]) {
        let here = new.id_here(id);
        assert_ne!(here, id);
        assert_eq!(new.id_here(here), here);
        assert_eq!(new.summary(here).unwrap(), kept.vault.summary(id).unwrap());
        let record = records.iter().find(|record| record.id_there == id).unwrap();
        assert_eq!(
            (record.id, record.must_be_issued_again),
            (here, id == bound)
        );
    }
    let report = new.check().unwrap();
    assert!(report.is_clean(), "{report:?}");
}

#[test]
fn no_plaintext_stands_in_a_backup_finished_or_not() {
    let mut kept = Kept::new();
    let words = b"words that nobody else may read, repeated for as long as it takes. ".repeat(3000);
    kept.vault
        .insert(&titled("a title of its own"), &words, &mut rng())
        .unwrap();
    add_document(&mut kept.vault, "another title", &words.repeat(40));
    let mut writer = kept.begin("backup", None);
    writer.step(&kept.vault).unwrap();
    for name in ["backup.part", "backup"] {
        let bytes = fs::read(kept.at(name)).unwrap();
        assert!(bytes.len() > 500_000);
        for plain in [
            &words[..16],
            b"a title of its own",
            b"another title",
            b"licence",
        ] {
            assert!(!holds(&bytes, plain));
        }
        while writer.step(&kept.vault).unwrap().phase != BackupPhase::Done {}
    }
}

#[test]
fn a_dry_run_tells_what_would_happen_and_changes_nothing() {
    let mut kept = Kept::new();
    kept.fill();
    kept.back_up("backup", None);
    let (_home, mut new) = Home::new();
    let mut told = Vec::new();
    for mode in [RestoreMode::Dry, RestoreMode::Dry, RestoreMode::Real] {
        assert_eq!((new.counter(), new.record_count()), (0, 0));
        told.push(restore(&mut new, vec![kept.open("backup").unwrap()], mode));
    }
    for told in &mut told {
        told.sort_by_key(|record| record.id_there);
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0], told[2]);
    assert_eq!(new.record_count(), 11);
}

#[test]
fn restoring_again_finds_everything_there_and_leaves_what_its_owner_changed() {
    let mut kept = Kept::new();
    let ids = kept.fill();
    kept.back_up("backup", None);
    let (_home, mut new) = Home::new();
    let chain = || vec![kept.open("backup").unwrap()];
    restore(&mut new, chain(), RestoreMode::Real);
    let counter = new.counter();
    let again = restore(&mut new, chain(), RestoreMode::Real);
    assert!(
        again
            .iter()
            .all(|record| record.outcome == Outcome::AlreadyThere)
    );
    assert_eq!(new.counter(), counter);

    // Changed, renamed, deleted; a body and a document each.
    new.update(
        new.id_here(ids[1]),
        &titled("changed"),
        b"other",
        &mut rng(),
    )
    .unwrap();
    new.update_summary(new.id_here(ids[10]), &titled("renamed"), &mut rng())
        .unwrap();
    new.delete(new.id_here(ids[2]), &mut rng()).unwrap();
    new.delete(new.id_here(ids[9]), &mut rng()).unwrap();
    let records = restore(&mut new, chain(), RestoreMode::Real);
    for (number, id) in ids.iter().enumerate() {
        let record = records
            .iter()
            .find(|record| record.id_there == *id)
            .unwrap();
        let expected = match number {
            1 | 10 => Outcome::NewerHere,
            2 | 9 => Outcome::Restored,
            _ => Outcome::AlreadyThere,
        };
        assert_eq!(record.outcome, expected, "{number}");
    }
    assert_eq!(*new.body(new.id_here(ids[1])).unwrap(), b"other");
    assert_eq!(new.summary(new.id_here(ids[10])).unwrap().title, "renamed");
    // The vault that was backed up has everything too, under the ids that it gave.
    let records = restore(
        &mut kept.vault,
        vec![
            BackupFile::open(
                kept.home.folder.path().join("backup"),
                BackupLock::Recovery(&kept.code),
            )
            .unwrap(),
        ],
        RestoreMode::Real,
    );
    assert!(
        records
            .iter()
            .all(|record| record.outcome == Outcome::AlreadyThere && record.id == record.id_there)
    );
}

#[test]
fn an_increment_holds_what_its_parent_lacks_and_the_chain_gives_the_latest() {
    let mut kept = Kept::new();
    let ids = kept.fill();
    let base = kept.back_up("base", None);
    kept.vault
        .update(ids[2], &titled("changed"), b"newer", &mut rng())
        .unwrap();
    kept.vault.delete(ids[3], &mut rng()).unwrap();
    kept.vault
        .update_summary(ids[10], &titled("renamed"), &mut rng())
        .unwrap();
    add_document(&mut kept.vault, "added", &content(200_000));
    let first = kept.back_up("first", Some(&base));
    assert_eq!(
        (first.step(), first.entry_count(), first.record_count()),
        (1, 3, 11)
    );
    let empty = kept.back_up("second", Some(&first));
    assert_eq!(
        (empty.step(), empty.entry_count(), empty.record_count()),
        (2, 0, 11)
    );

    let (_home, mut new) = Home::new();
    let records = restore(&mut new, vec![base, first, empty], RestoreMode::Real);
    assert_eq!(records.len(), 11);
    assert_eq!(contents(&new), contents(&kept.vault));

    // First the base alone, and what the increment changed comes later.
    let (_home, mut new) = Home::new();
    restore(
        &mut new,
        vec![kept.open("base").unwrap()],
        RestoreMode::Real,
    );
    let chain = vec![kept.open("base").unwrap(), kept.open("first").unwrap()];
    let told = outcomes(&restore(&mut new, chain, RestoreMode::Real));
    for (title, outcome) in &told {
        let fresh = ["changed", "renamed", "added"].contains(&title.as_str());
        let expected = if fresh {
            Outcome::Restored
        } else {
            Outcome::AlreadyThere
        };
        assert_eq!(*outcome, expected, "{title}");
    }
    assert_eq!(new.summary(new.id_here(ids[10])).unwrap().title, "renamed");
    assert_eq!(*new.body(new.id_here(ids[2])).unwrap(), b"newer");
}

#[test]
fn a_missing_base_a_wrong_order_and_another_chain_are_refused() {
    let mut kept = Kept::new();
    kept.vault.insert(&titled("one"), b"", &mut rng()).unwrap();
    let base = kept.back_up("base", None);
    let first = kept.back_up("first", Some(&base));
    kept.back_up("second", Some(&first));
    kept.back_up("other", None);
    let (_home, new) = Home::new();
    for (chain, place, step) in [
        (vec!["first"], 0, 1),
        (vec!["base", "second"], 1, 2),
        (vec!["base", "first", "first"], 2, 1),
        (vec!["other", "first"], 1, 1),
        (vec!["base", "base"], 1, 0),
    ] {
        let chain: Vec<_> = chain
            .into_iter()
            .map(|name| kept.open(name).unwrap())
            .collect();
        let refused = Restore::begin(&new, chain, RestoreMode::Real).unwrap_err();
        assert_eq!(refused, Error::BackupOutOfChain { place, step });
    }
    let none = Restore::begin(&new, vec![], RestoreMode::Real).unwrap_err();
    assert!(matches!(
        none,
        Error::OutOfBounds {
            field: Field::Backups,
            ..
        }
    ));
    // Nor does another vault's backup follow.
    let place = kept.at("third");
    let refused = BackupWriter::begin(&new, place, kept.lock(), Some(&first), 0, &mut rng());
    assert_eq!(refused.unwrap_err(), Error::OtherVaultsBackup);
}

#[test]
fn what_changes_while_a_backup_is_written_is_in_it_as_it_is_in_the_end() {
    let mut kept = Kept::new();
    let ids = kept.fill();
    let big: Vec<_> = (0..4)
        .map(|number| {
            add_document(
                &mut kept.vault,
                &format!("big {number}"),
                &content(2_500_000),
            )
        })
        .collect();
    let mut writer = kept.begin("backup", None);
    let mut steps = 0;
    loop {
        let progress = writer.step(&kept.vault).unwrap();
        if progress.phase != BackupPhase::Writing {
            break;
        }
        steps += 1;
        // A record that was written already, or not yet; a document before, after or while it is.
        match steps {
            1 => {
                let changed = titled("changed");
                kept.vault
                    .update(ids[0], &changed, b"x", &mut rng())
                    .unwrap();
            }
            2 => kept.vault.delete(ids[1], &mut rng()).unwrap(),
            3 => kept.vault.delete(big[0], &mut rng()).unwrap(),
            4 => kept.vault.delete(big[1], &mut rng()).unwrap(),
            5 => drop(
                kept.vault
                    .insert(&titled("added"), b"y", &mut rng())
                    .unwrap(),
            ),
            _ => {}
        }
    }
    assert!(steps >= 5, "{steps}");
    finish(writer, &kept.vault);
    let (_home, mut new) = Home::new();
    restore(
        &mut new,
        vec![kept.open("backup").unwrap()],
        RestoreMode::Real,
    );
    assert_eq!(contents(&new), contents(&kept.vault));
}

#[test]
fn a_backup_interrupted_after_any_step_and_at_any_byte_is_continued() {
    let mut kept = Kept::new();
    kept.fill();
    add_document(&mut kept.vault, "big", &content(2_000_000));
    let mut rounds = 0;
    let mut writer = kept.begin("backup", None);
    let mut most = 0;
    let mut sealed: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    loop {
        let progress = writer.step(&kept.vault).unwrap();
        drop(writer);
        if progress.phase == BackupPhase::Done {
            break;
        }
        // Every other time some bytes at the end did not reach the disk, or the wrong ones did.
        let part = kept.at("backup.part");
        let mut bytes = fs::read(&part).unwrap();
        for chunk in bytes[HEADER..].chunks_exact(SEALED) {
            // A nonce that comes again would tell the difference of two contents.
            let before = sealed.insert(chunk[..24].to_vec(), chunk.to_vec());
            assert!(before.is_none_or(|before| before == chunk));
        }
        let lost = rounds * 37_123 % 100_000;
        if rounds % 3 == 1 {
            bytes.truncate((bytes.len() - lost.min(bytes.len())).max(HEADER + SEALED));
        } else if rounds % 3 == 2 {
            let end = bytes.len();
            bytes[end - lost.min(end - HEADER - SEALED)..].fill(7);
        }
        fs::write(&part, bytes).unwrap();
        writer = BackupWriter::resume(
            &kept.vault,
            kept.at("backup"),
            kept.lock(),
            None,
            &mut rng(),
        )
        .unwrap();
        // Two steps in a row, so that it gets on.
        let progress = writer.step(&kept.vault).unwrap();
        most = most.max(progress.bytes);
        rounds += 1;
        assert!(rounds < 100);
        if progress.phase == BackupPhase::Checking {
            finish(writer, &kept.vault);
            break;
        }
    }
    assert!(rounds >= 2, "{rounds}");
    let (_home, mut new) = Home::new();
    let records = restore(
        &mut new,
        vec![kept.open("backup").unwrap()],
        RestoreMode::Real,
    );
    assert_eq!(records.len(), 12);
    assert_eq!(contents(&new), contents(&kept.vault));
}

#[test]
fn a_document_goes_on_where_it_was_cut() {
    let mut kept = Kept::new();
    add_document(&mut kept.vault, "big", &content(5_000_000));
    let mut writer = kept.begin("backup", None);
    for _ in 0..3 {
        writer.step(&kept.vault).unwrap();
    }
    drop(writer);
    let before = fs::metadata(kept.at("backup.part")).unwrap().len();
    assert!(before > 2_900_000);
    let mut writer = BackupWriter::resume(
        &kept.vault,
        kept.at("backup"),
        kept.lock(),
        None,
        &mut rng(),
    )
    .unwrap();
    let progress = writer.step(&kept.vault).unwrap();
    assert!(
        progress.bytes > 3_900_000 && progress.records_left == 1,
        "{progress:?}"
    );
    finish(writer, &kept.vault);
    let (_home, mut new) = Home::new();
    restore(
        &mut new,
        vec![kept.open("backup").unwrap()],
        RestoreMode::Real,
    );
    assert_eq!(contents(&new), contents(&kept.vault));
}

#[test]
fn what_cannot_be_continued_is_named() {
    let mut kept = Kept::new();
    add_document(&mut kept.vault, "big", &content(2_100_000));
    let resume = |parent: Option<&BackupFile>, lock| {
        BackupWriter::resume(&kept.vault, kept.at("backup"), lock, parent, &mut rng()).map(|_| ())
    };
    assert_eq!(resume(None, kept.lock()), Err(Error::NothingToResume));
    // Begun, and not a chunk written.
    drop(kept.begin("backup", None));
    assert_eq!(resume(None, kept.lock()), Err(Error::NothingToResume));
    let wrong = RecoveryCode::random(&mut rng());
    let refused = resume(None, BackupLock::Recovery(&wrong));
    assert_eq!(refused, Err(Error::WrongRecoveryCode));

    let base = kept.back_up("base", None);
    let mut writer = kept.begin("backup", None);
    writer.step(&kept.vault).unwrap();
    drop(writer);
    let other = Err(Error::BackupOutOfChain { place: 1, step: 0 });
    assert_eq!(resume(Some(&base), kept.lock()), other);
    let (_home, stranger) = Home::new();
    let refused = BackupWriter::resume(&stranger, kept.at("backup"), kept.lock(), None, &mut rng());
    assert_eq!(refused.unwrap_err(), Error::OtherVaultsBackup);
    assert_eq!(resume(None, kept.lock()), Ok(()));
}

#[test]
fn a_backup_and_a_restore_end_with_the_lock_of_their_vault() {
    let mut kept = Kept::new();
    kept.fill();
    let file = kept.back_up("base", None);
    let mut writer = kept.begin("backup", None);
    writer.step(&kept.vault).unwrap();
    let mut restoring = Restore::begin(&kept.vault, vec![file], RestoreMode::Real).unwrap();
    let unlock = nansen_vault::Unlock::Recovery(&kept.home.code);
    kept.vault = kept.vault.lock().unlock(unlock, NOW, &mut rng()).unwrap();
    assert_eq!(writer.step(&kept.vault).unwrap_err(), Error::BackupNotOpen);
    let refused = restoring.step(&mut kept.vault, &mut |_, _| false, &mut rng());
    assert_eq!(refused.unwrap_err(), Error::BackupNotOpen);
    writer.discard().unwrap();
    assert!(!kept.at("backup.part").exists());
}

#[test]
fn a_file_that_is_no_backup_is_not_replaced_least_of_all_the_vault() {
    let mut kept = Kept::new();
    kept.vault.insert(&titled("one"), b"1", &mut rng()).unwrap();
    fs::write(kept.at("photo"), b"a photo").unwrap();
    fs::write(kept.at("note.part"), b"a note").unwrap();
    let begin = |place: &Path| {
        BackupWriter::begin(&kept.vault, place, kept.lock(), None, 0, &mut rng()).map(|_| ())
    };
    for place in [kept.at("photo"), kept.at("note"), kept.home.path.clone()] {
        assert_eq!(begin(&place), Err(Error::NotABackup), "{place:?}");
    }
    assert_eq!(fs::read(kept.at("photo")).unwrap(), b"a photo");
    assert_eq!(fs::read(kept.at("note.part")).unwrap(), b"a note");
    assert_eq!(begin(&kept.at("none/backup")), Err(Error::NotFound));
    // The vault is still held: looking at its path has not given SQLite's lock away.
    let held = nansen_vault::LockedVault::open(&kept.home.path);
    assert_eq!(held.unwrap_err(), Error::InUse);
    // An older backup is replaced.
    kept.back_up("backup", None);
    kept.vault.insert(&titled("two"), b"2", &mut rng()).unwrap();
    assert_eq!(kept.back_up("backup", None).record_count(), 2);
}

#[test]
fn an_increment_neither_replaces_nor_cuts_what_it_rests_on() {
    let mut kept = Kept::new();
    kept.vault.insert(&titled("one"), b"1", &mut rng()).unwrap();
    let base = kept.back_up("base", None);
    kept.vault.insert(&titled("two"), b"2", &mut rng()).unwrap();
    // Each is named as the draft of another would be.
    let first = kept.back_up("first.part", Some(&base));
    fs::hard_link(kept.at("base"), kept.at("again.part")).unwrap();
    kept.back_up("other", None);
    let names = ["base", "first.part", "other"];
    let before = names.map(|name| fs::read(kept.at(name)).unwrap());
    let begin = |name: &str| {
        let place = kept.at(name);
        BackupWriter::begin(&kept.vault, place, kept.lock(), Some(&first), 0, &mut rng())
    };
    // Its parent, the one before that, and any other; and the drafts' names.
    for name in ["base", "first.part", "other", "first", "again"] {
        assert_eq!(begin(name).unwrap_err(), Error::AlreadyExists, "{name}");
    }
    let resumed = BackupWriter::resume(
        &kept.vault,
        kept.at("other"),
        kept.lock(),
        Some(&first),
        &mut rng(),
    );
    assert_eq!(resumed.unwrap_err(), Error::AlreadyExists);
    // What comes to stand there while it is written stays too.
    let mut writer = begin("second").unwrap();
    fs::copy(kept.at("base"), kept.at("second")).unwrap();
    let error = loop {
        if let Err(error) = writer.step(&kept.vault) {
            break error;
        }
    };
    assert_eq!(error, Error::AlreadyExists);
    assert!(fs::read(kept.at("second")).unwrap() == before[0]);
    assert!(names.map(|name| fs::read(kept.at(name)).unwrap()) == before);

    // A draft that goes by another file's second name takes only the name.
    fs::hard_link(kept.at("other"), kept.at("third.part")).unwrap();
    let third = kept.back_up("third", Some(&first));
    assert!(names.map(|name| fs::read(kept.at(name)).unwrap()) == before);
    let (_home, mut new) = Home::new();
    restore(&mut new, vec![base, first, third], RestoreMode::Real);
    assert_eq!(new.record_count(), 2);
}

#[test]
fn the_old_backup_stands_until_the_new_one_was_read_back() {
    let mut kept = Kept::new();
    kept.vault.insert(&titled("one"), b"1", &mut rng()).unwrap();
    kept.back_up("backup", None);
    let old = fs::read(kept.at("backup")).unwrap();
    add_document(&mut kept.vault, "two", &content(2_500_000));
    let mut writer = kept.begin("backup", None);
    while writer.step(&kept.vault).unwrap().phase == BackupPhase::Writing {
        assert_eq!(fs::read(kept.at("backup")).unwrap(), old);
    }
    // What was written is not what is read back.
    let mut bytes = fs::read(kept.at("backup.part")).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(kept.at("backup.part"), bytes).unwrap();
    let error = loop {
        match writer.step(&kept.vault) {
            Ok(progress) => assert_eq!(progress.phase, BackupPhase::Checking),
            Err(error) => break error,
        }
    };
    assert!(matches!(
        error,
        Error::Damaged {
            part: Part::BackupChunk { .. }
        }
    ));
    assert_eq!(writer.step(&kept.vault).unwrap_err(), error);
    assert_eq!(fs::read(kept.at("backup")).unwrap(), old);
    // It goes on before the damage.
    let writer = BackupWriter::resume(
        &kept.vault,
        kept.at("backup"),
        kept.lock(),
        None,
        &mut rng(),
    )
    .unwrap();
    finish(writer, &kept.vault);
    assert_eq!(kept.open("backup").unwrap().record_count(), 2);
}

#[test]
fn a_record_that_cannot_be_read_is_left_out_and_its_older_version_stays() {
    let mut kept = Kept::new();
    let ids = ["worn", "lost", "fine"].map(|title| {
        kept.vault
            .insert(&titled(title), b"first", &mut rng())
            .unwrap()
    });
    let worn = add_document(&mut kept.vault, "torn", &content(2_100_000));
    let base = kept.back_up("base", None);
    kept.vault
        .update(ids[0], &titled("worn"), b"second", &mut rng())
        .unwrap();
    let lost = kept.vault.insert(&titled("new"), b"", &mut rng()).unwrap();
    let torn = add_document(&mut kept.vault, "new and torn", &content(2_100_000));
    let Kept { home, vault, code } = kept;
    drop(vault);
    let key = |id: RecordId| i64::from_be_bytes(id.as_bytes()[..8].try_into().unwrap());
    let sql = home.sql();
    for id in [ids[0], lost] {
        let broken = "UPDATE record SET body = zeroblob(length(body)) WHERE key = ?1";
        assert_eq!(sql.execute(broken, [key(id)]).unwrap(), 1);
    }
    for id in [torn, worn] {
        let broken = "UPDATE chunk SET sealed = zeroblob(length(sealed)) WHERE place = ?1";
        let place = key(id) >> 24 << 24 | 30;
        assert_eq!(sql.execute(broken, [place]).unwrap(), 1);
    }
    drop(sql);
    let kept = Kept {
        vault: home.unlock(),
        home,
        code,
    };
    let mut writer = kept.begin("first", Some(&base));
    while writer.step(&kept.vault).unwrap().phase != BackupPhase::Done {}
    let left_out = writer.left_out().to_vec();
    assert!(left_out.contains(&Part::Body(ids[0])) && left_out.contains(&Part::Body(lost)));
    assert!(left_out.contains(&Part::Chunk {
        record: torn,
        position: 30
    }));
    assert_eq!(left_out.len(), 3);

    let (_home, mut new) = Home::new();
    let chain = vec![base, kept.open("first").unwrap()];
    let told = outcomes(&restore(&mut new, chain, RestoreMode::Real));
    let titles: Vec<_> = told.keys().map(String::as_str).collect();
    assert_eq!(titles, ["fine", "lost", "torn", "worn"]);
    assert_eq!(*new.body(new.id_here(ids[0])).unwrap(), b"first");
    // What was torn here after the base was written is whole again there.
    assert!(read_document(&new, new.id_here(worn)) == content(2_100_000));

    // In the damaged vault itself nothing is deleted for being unreadable.
    let Kept {
        mut vault,
        home,
        code,
    } = kept;
    let open = |name| BackupFile::open(home.folder.path().join(name), BackupLock::Recovery(&code));
    let told = outcomes(&restore(
        &mut vault,
        vec![open("base").unwrap()],
        RestoreMode::Real,
    ));
    assert_eq!(told["worn"], Outcome::DamagedHere);
    assert_eq!(told["fine"], Outcome::AlreadyThere);
    vault.delete(ids[0], &mut rng()).unwrap();
    let told = outcomes(&restore(
        &mut vault,
        vec![open("base").unwrap()],
        RestoreMode::Real,
    ));
    assert_eq!(told["worn"], Outcome::Restored);
}

#[test]
fn what_was_lost_here_stays_in_the_chain_until_a_new_base() {
    let mut kept = Kept::new();
    let [hit, gone, deleted] = ["hit", "gone", "deleted"].map(|title| {
        let vault = &mut kept.vault;
        vault.insert(&titled(title), b"kept", &mut rng()).unwrap()
    });
    let base = kept.back_up("base", None);
    kept.vault.delete(deleted, &mut rng()).unwrap();
    let writer = kept.begin("sound", Some(&base));
    assert!(!writer.wants_base());
    finish(writer, &kept.vault);
    let sound = kept.open("sound").unwrap();
    assert_eq!(sound.record_count(), 2);

    let Kept {
        mut home,
        vault,
        code,
    } = kept;
    drop(vault);
    let broken = "UPDATE record SET body = zeroblob(length(body)) WHERE key = ?1";
    assert_eq!(home.sql().execute(broken, [common::key(hit)]).unwrap(), 1);
    let path = home.folder.path().join("rescued");
    let rescued = home.unlock().rescue(&path, &mut rng()).unwrap();
    assert_eq!(rescued.quarantined.len(), 1);
    home.path = path;
    let vault = home.unlock();
    let kept = Kept { home, vault, code };
    let writer = kept.begin("put aside", Some(&sound));
    assert!(writer.wants_base());
    finish(writer, &kept.vault);
    let put_aside = kept.open("put aside").unwrap();
    assert_eq!(put_aside.record_count(), 2);

    let Kept { home, vault, code } = kept;
    drop(vault);
    let lose = "DELETE FROM record WHERE key = ?1";
    assert_eq!(home.sql().execute(lose, [common::key(gone)]).unwrap(), 1);
    let vault = home.unlock();
    let mut kept = Kept { home, vault, code };
    kept.vault.accept_rows_as_found(&mut rng()).unwrap();
    let accepted = kept.back_up("accepted", Some(&put_aside));
    let (_home, mut new) = Home::new();
    let chain = vec![base, sound, put_aside, accepted];
    let told = outcomes(&restore(&mut new, chain, RestoreMode::Real));
    let titles: Vec<_> = told.keys().map(String::as_str).collect();
    assert_eq!(titles, ["gone", "hit"]);

    let writer = kept.begin("new base", None);
    assert!(!writer.wants_base());
    finish(writer, &kept.vault);
    assert_eq!(kept.open("new base").unwrap().record_count(), 0);
}

/// A backup, and what opening and checking it says; never a change of the vault.
fn refused(vault: &mut Vault, place: &Path, lock: BackupLock<'_>) -> Option<Error> {
    let before = vault.counter();
    let file = match BackupFile::open(place, lock) {
        Ok(file) => file,
        Err(error) => return Some(error),
    };
    let refused = try_restore(vault, vec![file], RestoreMode::Real).err();
    assert!(refused.is_none() || vault.counter() == before);
    refused
}

#[test]
fn a_backup_cut_at_any_length_and_with_any_byte_changed_is_refused_before_anything_happens() {
    let mut kept = Kept::new();
    kept.vault
        .insert(&titled("one"), b"content", &mut rng())
        .unwrap();
    kept.back_up("backup", None);
    let whole = fs::read(kept.at("backup")).unwrap();
    let (_home, mut new) = Home::new();
    let place = kept.at("changed");
    let mut check = |bytes: &[u8]| {
        fs::write(&place, bytes).unwrap();
        refused(&mut new, &place, kept.lock())
    };
    for length in 0..whole.len() {
        let error = check(&whole[..length]).unwrap();
        let expected = match length {
            0..4 => error == Error::NotABackup,
            4..HEADER => {
                error
                    == Error::Damaged {
                        part: Part::BackupHeader,
                    }
            }
            HEADER => error == Error::BackupCutShort { chunks: 0 },
            _ => {
                error
                    == Error::Damaged {
                        part: Part::BackupChunk { position: 0 },
                    }
            }
        };
        assert!(expected, "{length}: {error:?}");
    }
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        let error = check(&bytes).unwrap();
        let expected = match (at, &error) {
            (0..4, Error::NotABackup) | (4, Error::NewerBackup { .. }) => true,
            (4..HEADER, error) => {
                *error
                    == Error::Damaged {
                        part: Part::BackupHeader,
                    }
            }
            (_, error) => {
                *error
                    == Error::Damaged {
                        part: Part::BackupChunk { position: 0 },
                    }
            }
        };
        assert!(expected, "{at}: {error:?}");
    }
    assert!(check(&[&whole[..], &[0]].concat()).is_some());
    assert_eq!(check(&whole), None);
}

#[test]
fn chunks_swapped_doubled_left_out_cut_off_or_of_another_backup_are_noticed() {
    let mut kept = Kept::new();
    add_document(&mut kept.vault, "big", &content(400_000));
    kept.back_up("backup", None);
    kept.back_up("other", None);
    let whole = fs::read(kept.at("backup")).unwrap();
    let other = fs::read(kept.at("other")).unwrap();
    assert_eq!(whole.len(), other.len());
    let (head, body) = whole.split_at(HEADER);
    let chunks: Vec<&[u8]> = body.chunks(SEALED).collect();
    let foreign: Vec<&[u8]> = other[HEADER..].chunks(SEALED).collect();
    assert_eq!(chunks.len(), 7);
    let (_home, mut new) = Home::new();
    let place = kept.at("changed");
    let mut check = |chunks: &[&[u8]]| {
        fs::write(&place, [&[head][..], chunks].concat().concat()).unwrap();
        refused(&mut new, &place, kept.lock())
    };
    let chunk = |position| {
        Some(Error::Damaged {
            part: Part::BackupChunk { position },
        })
    };
    let mut swapped = chunks.clone();
    swapped.swap(2, 3);
    assert_eq!(check(&swapped), chunk(2));
    let mut doubled = chunks.clone();
    doubled.insert(3, chunks[3]);
    assert!(check(&doubled).is_some());
    let mut missing = chunks.clone();
    missing.remove(3);
    assert!(check(&missing).is_some());
    let mut mixed = chunks.clone();
    mixed[4] = foreign[4];
    assert_eq!(check(&mixed), chunk(4));
    for length in 1..chunks.len() {
        let cut = check(&chunks[..length]);
        assert_eq!(
            cut,
            Some(Error::BackupCutShort {
                chunks: length as u32
            })
        );
    }
    assert_eq!(check(&chunks), None);
}

/// A header with a field changed and its checksum put right.
fn with_header(whole: &[u8], change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    change(&mut bytes[..HEADER - 32]);
    let checksum = Sha256::digest(&bytes[..HEADER - 32]);
    bytes[HEADER - 32..HEADER].copy_from_slice(&checksum);
    bytes
}

#[test]
fn a_wrong_passphrase_a_newer_version_and_a_hostile_cost_are_told_from_damage() {
    let kept = Kept::new();
    let words = passphrase();
    let lock = BackupLock::Passphrase(&words, KdfParams::FLOOR);
    let place = kept.at("backup");
    let begun = BackupWriter::begin(&kept.vault, &place, lock, None, 0, &mut rng());
    finish(begun.unwrap(), &kept.vault);
    let whole = fs::read(&place).unwrap();
    let open = |bytes: &[u8], lock| {
        fs::write(&place, bytes).unwrap();
        BackupFile::open(&place, lock).map(|file| file.record_count())
    };
    assert_eq!(open(&whole, lock), Ok(0));
    let wrong = Passphrase::new("seven bags of rice").unwrap();
    let wrong = BackupLock::Passphrase(&wrong, KdfParams::FLOOR);
    assert_eq!(open(&whole, wrong), Err(Error::WrongPassphrase));
    let refused = open(&whole, kept.lock());
    assert_eq!(refused, Err(Error::BackupNeedsPassphrase));
    let damaged = Err(Error::Damaged {
        part: Part::BackupHeader,
    });
    let mut flipped = whole.clone();
    flipped[100] ^= 1;
    assert_eq!(open(&flipped, lock), damaged);

    // The cost given to open has no say; the one in the file has, within limits.
    let costly = |memory: u32, passes: u32, lanes: u32| {
        let bytes = with_header(&whole, |head| {
            head[56..60].copy_from_slice(&memory.to_be_bytes());
            head[60..64].copy_from_slice(&passes.to_be_bytes());
            head[64..68].copy_from_slice(&lanes.to_be_bytes());
        });
        open(&bytes, lock)
    };
    for (memory_kib, passes, lanes) in [
        (u32::MAX, 2, 1),
        (19456, u32::MAX, 1),
        (19456, 2, 5),
        (256 * 1024, 16, 1),
        (0, 0, 0),
    ] {
        let excessive = Error::ExcessiveWork {
            memory_kib,
            passes,
            lanes,
        };
        assert_eq!(costly(memory_kib, passes, lanes), Err(excessive));
    }
    let newer = with_header(&whole, |head| head[4] = 2);
    let expected = Error::NewerBackup {
        found: 2,
        supported: 1,
    };
    assert_eq!(open(&newer, lock), Err(expected));
    for (at, value) in [(4, 0), (5, 0), (5, 3), (5, 2), (6, 1)] {
        let other = with_header(&whole, |head| head[at] = value);
        assert_eq!(open(&other, lock), damaged, "{at}: {value}");
    }
    let code = kept.back_up("code", None);
    assert_eq!(code.record_count(), 0);
    assert_eq!(
        BackupFile::open(kept.at("code"), lock).unwrap_err(),
        Error::BackupNeedsRecoveryCode
    );
}

#[test]
fn a_restore_given_up_at_any_step_and_begun_anew_ends_right() {
    let mut kept = Kept::new();
    kept.fill();
    kept.back_up("backup", None);
    let (_home, mut new) = Home::new();
    for steps in 0.. {
        let chain = vec![kept.open("backup").unwrap()];
        let mut restore = Restore::begin(&new, chain, RestoreMode::Real).unwrap();
        let mut done = false;
        for _ in 0..=steps {
            done = restore
                .step(&mut new, &mut |_, _| false, &mut rng())
                .unwrap()
                .done;
        }
        if done {
            break;
        }
        // Now and then tidily, now and then not.
        if steps % 2 == 0 {
            restore.give_up(&mut new);
        }
    }
    assert_eq!(contents(&new), contents(&kept.vault));
    assert!(new.check().unwrap().is_clean());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn whatever_happens_between_increments_the_chain_gives_the_vault_as_it_was(
        moves in prop::collection::vec((0u8..6, any::<prop::sample::Index>(), 0usize..20_000), 1..30),
    ) {
        let mut kept = Kept::new();
        let mut ids: Vec<RecordId> = Vec::new();
        let mut chain: Vec<String> = vec!["step 0".into()];
        kept.back_up("step 0", None);
        for (number, (what, which, length)) in moves.into_iter().enumerate() {
            let (rng, title) = (&mut rng(), titled(&format!("of move {number}")));
            match what {
                0 | 1 => ids.push(kept.vault.insert(&title, &content(length), rng).unwrap()),
                2 => ids.push(add_document(&mut kept.vault, &title.title, &content(length * 3))),
                3 if !ids.is_empty() => {
                    let id = ids[which.index(ids.len())];
                    kept.vault.update_summary(id, &title, rng).unwrap();
                }
                4 if !ids.is_empty() => {
                    let id = ids.swap_remove(which.index(ids.len()));
                    kept.vault.delete(id, rng).unwrap();
                }
                _ => {
                    let name = format!("step {}", chain.len());
                    let parent = kept.open(chain.last().unwrap()).unwrap();
                    kept.back_up(&name, Some(&parent));
                    chain.push(name);
                }
            }
        }
        let parent = kept.open(chain.last().unwrap()).unwrap();
        kept.back_up("last", Some(&parent));
        chain.push("last".into());
        let (_home, mut new) = Home::new();
        let files = chain.iter().map(|name| kept.open(name).unwrap()).collect();
        restore(&mut new, files, RestoreMode::Real);
        prop_assert_eq!(contents(&new), contents(&kept.vault));
        prop_assert!(new.check().unwrap().is_clean());
    }
}
