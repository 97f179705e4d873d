//! The journey of a vault: created, filled, locked, unlocked in both ways, changed, emptied.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::io::{Read, Seek, SeekFrom};

use common::{Home, NOW, add_document, content, passphrase, read_document, rng, titled};
use nansen_vault::{
    Error, KdfParams, LockedVault, Passphrase, RecordId, Summary, Unlock, Vault, limits,
};
use sha2::{Digest, Sha256};

#[test]
fn what_is_kept_comes_back_after_locking() {
    let (_home, mut vault) = Home::new();
    let summary = Summary {
        kind: "qualification".into(),
        title: "Welder".into(),
        issuer: "Institute".into(),
        tags: vec!["work".into(), "2024".into()],
        created: -5,
        expires: Some(2_000_000_000),
        extra: vec![1, 2, 3],
    };
    let id = vault.insert(&summary, b"body", &mut rng()).unwrap();
    let vault = vault
        .lock()
        .unlock(Unlock::Passphrase(&passphrase()), NOW, &mut rng())
        .unwrap();
    let record = vault.get(id).unwrap();
    assert_eq!(record.summary, summary);
    assert_eq!(*record.body, b"body");
    assert_eq!(vault.summary(id).unwrap(), summary);
    assert_eq!(*vault.body(id).unwrap(), b"body");
    assert_eq!(vault.list().unwrap().records, [(id, summary)]);
    assert!(vault.check().unwrap().is_clean());
}

#[test]
fn a_wrong_passphrase_hands_the_vault_back() {
    let (_home, vault) = Home::new();
    let wrong = Passphrase::new("seven bags of rice").unwrap();
    let failed = vault
        .lock()
        .unlock(Unlock::Passphrase(&wrong), NOW, &mut rng())
        .unwrap_err();
    assert_eq!(failed.error, Error::WrongPassphrase);
    assert!(
        failed
            .locked
            .unlock(Unlock::Passphrase(&passphrase()), NOW, &mut rng())
            .is_ok()
    );
}

#[test]
fn the_recovery_code_opens_and_sets_a_new_passphrase() {
    let (home, vault) = Home::new();
    let mut vault = vault
        .lock()
        .unlock(Unlock::Recovery(&home.code), NOW, &mut rng())
        .unwrap();
    let new = Passphrase::new("remembered").unwrap();
    vault
        .change_passphrase(
            Unlock::Recovery(&home.code),
            &new,
            KdfParams::FLOOR,
            &mut rng(),
        )
        .unwrap();
    let failed = vault
        .lock()
        .unlock(Unlock::Passphrase(&passphrase()), NOW, &mut rng())
        .unwrap_err();
    assert_eq!(failed.error, Error::WrongPassphrase);
    assert!(
        failed
            .locked
            .unlock(Unlock::Passphrase(&new), NOW, &mut rng())
            .is_ok()
    );
}

#[test]
fn changing_the_passphrase_needs_the_old_one_and_keeps_the_records() {
    let (home, mut vault) = Home::new();
    let id = vault.insert(&titled("kept"), b"kept", &mut rng()).unwrap();
    let (old, new) = (passphrase(), Passphrase::new("new").unwrap());
    let stronger = KdfParams::new(20 * 1024, 3, 1).unwrap();
    let refused = vault.change_passphrase(Unlock::Passphrase(&new), &new, stronger, &mut rng());
    assert_eq!(refused, Err(Error::WrongPassphrase));
    vault
        .change_passphrase(Unlock::Passphrase(&old), &new, stronger, &mut rng())
        .unwrap();
    let locked = vault.lock();
    // Another vault may rest on salt and cost.
    assert_eq!(locked.kdf_params(), Ok(KdfParams::FLOOR));
    let locked = locked
        .unlock(Unlock::Passphrase(&old), NOW, &mut rng())
        .unwrap_err()
        .locked;
    let vault = locked
        .unlock(Unlock::Passphrase(&new), NOW, &mut rng())
        .unwrap();
    assert_eq!(*vault.get(id).unwrap().body, b"kept");
    assert!(
        vault
            .lock()
            .unlock(Unlock::Recovery(&home.code), NOW, &mut rng())
            .is_ok()
    );
}

#[test]
fn a_new_recovery_code_ends_the_old_one() {
    let (home, mut vault) = Home::new();
    let proof = Unlock::Recovery(&home.code);
    let new = vault.new_recovery_code(proof, &mut rng()).unwrap();
    let failed = vault
        .lock()
        .unlock(Unlock::Recovery(&home.code), NOW, &mut rng())
        .unwrap_err();
    assert_eq!(failed.error, Error::WrongRecoveryCode);
    let locked = failed
        .locked
        .unlock(Unlock::Recovery(&new), NOW, &mut rng())
        .unwrap()
        .lock();
    assert!(
        locked
            .unlock(Unlock::Passphrase(&passphrase()), NOW, &mut rng())
            .is_ok()
    );
}

#[test]
fn records_are_updated_and_deleted() {
    let (home, mut vault) = Home::new();
    let id = vault.insert(&titled("old"), b"old", &mut rng()).unwrap();
    vault
        .update(id, &titled("new"), b"new body", &mut rng())
        .unwrap();
    assert_eq!(*vault.get(id).unwrap().body, b"new body");
    vault
        .update_summary(id, &titled("newer"), &mut rng())
        .unwrap();
    let record = vault.get(id).unwrap();
    assert_eq!(
        (&*record.summary.title, &record.body[..]),
        ("newer", &b"new body"[..])
    );
    vault.delete(id, &mut rng()).unwrap();
    assert_eq!(vault.get(id), Err(Error::NoSuchRecord(id)));
    assert_eq!(vault.delete(id, &mut rng()), Err(Error::NoSuchRecord(id)));
    assert_eq!(
        vault.update(id, &titled("x"), b"", &mut rng()),
        Err(Error::NoSuchRecord(id))
    );
    assert_eq!((vault.counter(), vault.record_count()), (4, 0));
    drop(vault);
    assert!(home.unlock().check().unwrap().is_clean());
}

#[test]
fn a_transaction_is_all_or_nothing() {
    let (home, mut vault) = Home::new();
    let kept = vault.insert(&titled("kept"), b"", &mut rng()).unwrap();
    let outcome = vault.transaction(&mut rng(), |tx| {
        let id = tx.insert(&titled("gone"), b"")?;
        tx.delete(kept)?;
        assert_eq!(tx.get(kept), Err(Error::NoSuchRecord(kept)));
        assert_eq!(tx.get(id)?.summary.title, "gone");
        tx.delete(RecordId::new([0; 16]))
    });
    assert_eq!(outcome, Err(Error::NoSuchRecord(RecordId::new([0; 16]))));
    assert_eq!(
        (vault.list().unwrap().records.len(), vault.counter()),
        (1, 1)
    );

    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        vault.transaction(&mut rng(), |tx| -> Result<(), Error> {
            tx.delete(kept)?;
            panic!("in the middle");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(vault.list().unwrap().records.len(), 1);
    vault.insert(&titled("after"), b"", &mut rng()).unwrap();
    drop(vault);
    assert!(home.unlock().check().unwrap().is_clean());
}

#[test]
fn a_body_or_a_field_too_long_changes_nothing() {
    let (_home, mut vault) = Home::new();
    let body = vec![0; limits::BODY_BYTES + 1];
    assert!(matches!(
        vault.insert(&titled("big"), &body, &mut rng()),
        Err(Error::OutOfBounds {
            size: 1_048_577,
            ..
        })
    ));
    let id = vault
        .insert(&titled("biggest"), &body[1..], &mut rng())
        .unwrap();
    assert_eq!(vault.get(id).unwrap().body.len(), limits::BODY_BYTES);
    assert_eq!(vault.counter(), 1);
}

#[test]
fn search_finds_by_every_field() {
    let (_home, mut vault) = Home::new();
    let mut summary = titled("Diplôme de soudeur");
    summary.issuer = "Université d'Été".into();
    summary.tags = vec!["Voyage".into()];
    vault.insert(&summary, b"", &mut rng()).unwrap();
    vault.insert(&titled("Driving"), b"", &mut rng()).unwrap();
    let found = |text: &str| vault.search(text).unwrap().records.len();
    assert_eq!(
        ["diplome", "ETE", "voyage soud", "licence", "", "none"].map(found),
        [1, 1, 1, 2, 2, 0]
    );
}

#[test]
fn documents_of_every_awkward_length_come_back() {
    let (home, mut vault) = Home::new();
    let chunk = limits::CHUNK_BYTES;
    let lengths = [
        0,
        1,
        chunk - 1,
        chunk,
        chunk + 1,
        2 * chunk,
        32 * chunk,
        32 * chunk + 1,
        70 * chunk,
    ];
    let documents = lengths.map(|length| {
        let bytes = content(length);
        (add_document(&mut vault, "scan", &bytes), bytes)
    });
    drop(vault);
    let vault = home.unlock();
    for (id, bytes) in &documents {
        let info = vault.get(*id).unwrap().document.unwrap();
        assert_eq!(info.length, bytes.len() as u64);
        assert_eq!(info.sha256, *Sha256::digest(bytes));
        assert!(
            read_document(&vault, *id) == *bytes,
            "{} bytes",
            bytes.len()
        );
    }
    let report = vault.check().unwrap();
    assert!(report.is_clean());
    assert_eq!(
        (report.documents, report.chunks),
        (9, 1 + 1 + 1 + 1 + 2 + 2 + 32 + 33 + 70)
    );
    // Asked before each record and chunk and once at the end; it ends at the first no.
    let (mut asked, chunks) = (0, report.chunks);
    let ended = vault.check_while(|| {
        asked += 1;
        true
    });
    assert_eq!(ended, Ok(Some(report)));
    assert_eq!(asked, 9 + chunks + 1);
    for yes in [0, 1, 2, asked - 1] {
        let mut left = yes;
        let ended = vault.check_while(|| {
            let go_on = left > 0;
            left = left.saturating_sub(1);
            go_on
        });
        assert_eq!(ended, Ok(None), "after {yes}");
    }
}

#[test]
fn a_document_is_read_from_anywhere() {
    let (_home, mut vault) = Home::new();
    let bytes = content(3 * limits::CHUNK_BYTES + 99);
    let id = add_document(&mut vault, "scan", &bytes);
    let mut reader = vault.document_reader(id).unwrap();
    for (at, length) in [
        (190_000, 10),
        (65_530, 12),
        (0, 5),
        (131_072, 65_536),
        (196_700, 7),
    ] {
        let mut out = vec![0; length];
        assert_eq!(reader.seek(SeekFrom::Start(at)).unwrap(), at);
        reader.read_exact(&mut out).unwrap();
        assert!(out == bytes[at as usize..][..length]);
    }
    assert_eq!(
        reader.seek(SeekFrom::End(-9)).unwrap(),
        bytes.len() as u64 - 9
    );
    let mut end = Vec::new();
    reader.read_to_end(&mut end).unwrap();
    assert_eq!(end, bytes[bytes.len() - 9..]);
    assert_eq!(
        reader.seek(SeekFrom::End(5)).unwrap(),
        bytes.len() as u64 + 5
    );
    assert_eq!(reader.read(&mut [0; 8]).unwrap(), 0);
    assert!(reader.seek(SeekFrom::Current(-1_000_000)).is_err());
}

#[test]
fn a_document_is_a_record_with_its_own_rules() {
    let (home, mut vault) = Home::new();
    let id = add_document(&mut vault, "scan", b"pages");
    let plain = vault.insert(&titled("plain"), b"", &mut rng()).unwrap();
    assert_eq!(
        vault.update(id, &titled("x"), b"", &mut rng()),
        Err(Error::IsADocument(id))
    );
    assert!(
        matches!(vault.document_reader(plain), Err(Error::NotADocument(found)) if found == plain)
    );
    vault
        .update_summary(id, &titled("renamed"), &mut rng())
        .unwrap();
    assert_eq!(vault.summary(id).unwrap().title, "renamed");
    assert_eq!(vault.body(id), Err(Error::IsADocument(id)));
    assert_eq!(read_document(&vault, id), b"pages");
    vault.delete(id, &mut rng()).unwrap();
    assert!(matches!(
        vault.document_reader(id),
        Err(Error::NoSuchRecord(_))
    ));
    drop(vault);
    let left: i64 = home
        .sql()
        .query_row("SELECT count(*) FROM chunk", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn a_document_that_is_dropped_leaves_nothing() {
    let (home, mut vault) = Home::new();
    let rng = &mut rng();
    let mut writer = vault.document_writer(&titled("half"), rng).unwrap();
    writer.append(&content(50 * limits::CHUNK_BYTES)).unwrap();
    drop(writer);
    assert!(vault.list().unwrap().records.is_empty());
    drop(vault);
    let left: i64 = home
        .sql()
        .query_row("SELECT count(*) FROM chunk", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
}

#[test]
fn chunks_without_a_record_are_swept_at_unlock() {
    let (home, mut vault) = Home::new();
    let kept = add_document(&mut vault, "kept", &content(200_000));
    {
        let rng = &mut rng();
        let mut writer = vault.document_writer(&titled("half"), rng).unwrap();
        writer.append(&content(50 * limits::CHUNK_BYTES)).unwrap();
        // As a kill would: no drop runs, and the connection is gone with the process.
        std::mem::forget(writer);
    }
    drop(vault);
    let vault = home.unlock();
    assert!(read_document(&vault, kept) == content(200_000));
    drop(vault);
    let left: i64 = home
        .sql()
        .query_row("SELECT count(*) FROM chunk", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 4);
}

#[test]
fn the_file_shrinks_when_a_document_goes() {
    let (home, mut vault) = Home::new();
    vault.compact().unwrap();
    let before = home.path.metadata().unwrap().len();
    let id = add_document(&mut vault, "scan", &content(40 * limits::CHUNK_BYTES));
    vault.delete(id, &mut rng()).unwrap();
    drop(vault);
    let after = home.path.metadata().unwrap().len();
    assert!(after < before + 100_000, "{before} grew to {after}");
}

#[test]
fn giving_space_back_needs_little_of_it() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let (home, mut vault) = Home::new();
    // The file ends with the second document, so that every page of it has to move.
    let first = add_document(&mut vault, "first", &content(16 << 20));
    let second = add_document(&mut vault, "second", &content(16 << 20));
    let done = AtomicBool::new(false);
    let peak = std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut peak = 0;
            while !done.load(Ordering::Relaxed) {
                peak = peak.max(home.wal().metadata().map_or(0, |log| log.len()));
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            peak
        });
        vault.delete(first, &mut rng()).unwrap();
        done.store(true, Ordering::Relaxed);
        watch.join().unwrap()
    });
    assert!(peak <= 8 << 20, "{peak} bytes of log");
    assert!(read_document(&vault, second) == content(16 << 20));
    drop(vault);
    assert!(home.path.metadata().unwrap().len() < 20 << 20);
}

#[test]
fn creation_refuses_what_exists_and_touches_nothing_else() {
    let (home, vault) = Home::new();
    let again = Vault::create(&home.path, &passphrase(), KdfParams::FLOOR, &mut rng());
    assert_eq!(again.unwrap_err(), Error::AlreadyExists);
    drop(vault);
    let other = home.folder.path().join("other.nansen");
    let draft = home.folder.path().join("other.nansen.new");
    std::fs::write(&draft, b"somebody's").unwrap();
    let (vault, _) = Vault::create(&other, &passphrase(), KdfParams::FLOOR, &mut rng()).unwrap();
    drop(vault);
    assert!(LockedVault::open(&other).is_ok());
    assert_eq!(std::fs::read(&draft).unwrap(), b"somebody's");
    for log in ["-wal", "-journal"] {
        let gone = home.folder.path().join(format!("gone.nansen{log}"));
        std::fs::write(&gone, b"all that is left").unwrap();
        let path = home.folder.path().join("gone.nansen");
        let created = Vault::create(&path, &passphrase(), KdfParams::FLOOR, &mut rng());
        assert_eq!(created.unwrap_err(), Error::AlreadyExists);
        assert!(!path.exists());
        assert_eq!(std::fs::read(&gone).unwrap(), b"all that is left");
        std::fs::remove_file(gone).unwrap();
    }
    let long = "x".repeat(300);
    for nowhere in ["no/such/folder.nansen", "nul\0.nansen", &long] {
        let nowhere = home.folder.path().join(nowhere);
        let created = Vault::create(&nowhere, &passphrase(), KdfParams::FLOOR, &mut rng());
        assert_eq!(created.unwrap_err(), Error::NotFound);
        assert_eq!(LockedVault::open(nowhere).unwrap_err(), Error::NotFound);
    }
    assert_eq!(LockedVault::open("").unwrap_err(), Error::NotFound);
}

#[test]
fn a_write_to_a_file_that_was_moved_away_is_refused() {
    let (home, mut vault) = Home::new();
    let away = home.folder.path().join("away");
    std::fs::rename(&home.path, &away).unwrap();
    let refused = vault.insert(&Summary::default(), b"lost", &mut rng());
    assert_eq!(refused, Err(Error::NotFound));
    std::fs::rename(&away, &home.path).unwrap();
    let kept = vault
        .insert(&Summary::default(), b"kept", &mut rng())
        .unwrap();
    drop(vault);
    assert_eq!(*home.unlock().get(kept).unwrap().body, b"kept");
}

#[test]
fn of_two_creations_at_once_one_is_told_and_neither_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..8 {
        let path = folder.path().join(format!("{number}.nansen"));
        let start = std::sync::Barrier::new(3);
        let created: Vec<_> = std::thread::scope(|scope| {
            let create = || {
                start.wait();
                let created = Vault::create(&path, &passphrase(), KdfParams::FLOOR, &mut rng());
                created.map(|(mut vault, code)| {
                    let id = vault.insert(&titled("kept"), b"kept", &mut rng()).unwrap();
                    (code, id)
                })
            };
            let threads: Vec<_> = (0..3).map(|_| scope.spawn(create)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let (made, refused): (Vec<_>, Vec<_>) = created.into_iter().partition(Result::is_ok);
        assert_eq!(made.len(), 1);
        assert!(
            refused
                .into_iter()
                .all(|error| error.unwrap_err() == Error::AlreadyExists)
        );
        let (code, id) = made.into_iter().next().unwrap().unwrap();
        let vault = common::try_unlock(&path, &code).unwrap();
        assert_eq!(*vault.body(id).unwrap(), b"kept");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 8);
}

#[cfg(unix)]
#[test]
fn a_file_with_two_names_is_refused() {
    let (home, vault) = Home::new();
    drop(vault);
    let other = home.folder.path().join("other");
    std::fs::hard_link(&home.path, &other).unwrap();
    for path in [&home.path, &other] {
        let refused = LockedVault::open(path).unwrap_err();
        assert_eq!(refused, Error::SeveralNames { links: 2 });
    }
    std::fs::remove_file(other).unwrap();
    assert!(LockedVault::open(&home.path).is_ok());
}

#[test]
fn several_vaults_are_open_at_once() {
    let (first_home, mut first) = Home::new();
    let (_second_home, mut second) = Home::new();
    let id = first.insert(&titled("first"), b"1", &mut rng()).unwrap();
    second.insert(&titled("second"), b"2", &mut rng()).unwrap();
    assert_eq!(second.get(id), Err(Error::NoSuchRecord(id)));
    let first = first
        .lock()
        .unlock(Unlock::Recovery(&first_home.code), NOW, &mut rng())
        .unwrap();
    assert_eq!(*first.get(id).unwrap().body, b"1");
}

#[test]
fn nothing_prints_a_secret() {
    fn send<T: Send>(_: &T) {}
    let (home, mut vault) = Home::new();
    send(&vault);
    let id = vault
        .insert(&titled("Passport of Amina"), b"Amina", &mut rng())
        .unwrap();
    let shown = format!(
        "{vault:?} {:?} {:?} {:?} {:?}",
        vault.get(id).unwrap(),
        vault.list().unwrap(),
        Unlock::Passphrase(&passphrase()),
        home.code
    );
    assert!(!shown.contains("Amina") && !shown.contains("rice") && !shown.contains("65, 109, 105"));
    assert!(shown.contains("Passphrase(<secret>)") && shown.contains("RecoveryCode(<secret>)"));
    let locked = format!("{:?}", vault.lock());
    assert_eq!(locked, "LockedVault");
}

#[test]
fn a_search_keeps_in_step_with_what_is_committed() {
    let (home, mut vault) = Home::new();
    let rng = &mut rng();
    let found = |vault: &Vault, text: &str| {
        let listing = vault.search(text).unwrap();
        assert!(listing.damaged.is_empty());
        listing.records.len()
    };
    let welder = vault.insert(&titled("Welder"), b"", rng).unwrap();
    assert_eq!(found(&vault, "welder"), 1);
    let driver = vault.insert(&titled("Driver"), b"", rng).unwrap();
    assert_eq!((found(&vault, "driver"), found(&vault, "")), (1, 2));
    vault.update_summary(welder, &titled("Smith"), rng).unwrap();
    assert_eq!((found(&vault, "welder"), found(&vault, "SMITH")), (0, 1));
    let undone: Result<(), Error> = vault.transaction(rng, |tx| {
        tx.insert(&titled("Plumber"), b"")?;
        tx.delete(driver)?;
        Err(Error::NotFound)
    });
    assert!(undone.is_err());
    assert_eq!((found(&vault, "plumber"), found(&vault, "driver")), (0, 1));
    common::add_document(&mut vault, "Scan of a card", b"bytes");
    assert_eq!(found(&vault, "scan"), 1);
    vault.delete(driver, rng).unwrap();
    assert_eq!((found(&vault, "driver"), found(&vault, "")), (0, 2));
    drop(vault);
    assert_eq!(found(&home.unlock(), "smith"), 1);
}
