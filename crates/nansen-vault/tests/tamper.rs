//! Somebody changes the file with SQLite in hand: rows deleted, swapped, doubled, put back; and what a
//! deletion leaves for such a reader.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::io::Read;

use common::{
    Home, NOW, add_document, content, holds, key, later, passphrase, read_document, rng, titled,
};
use nansen_vault::{
    Error, KdfParams, LockedVault, Part, Passphrase, RecordId, Rows, Summary, Unlock, Vault, limits,
};
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

/// A vault of three records, closed.
fn three() -> (Home, [RecordId; 3]) {
    let (home, mut vault) = Home::new();
    let ids = ["a", "b", "c"].map(|title| {
        vault
            .insert(&titled(title), title.as_bytes(), &mut rng())
            .unwrap()
    });
    (home, ids)
}

type Row = (Vec<u8>, Vec<u8>, Vec<u8>);

fn row(sql: &Connection, id: RecordId) -> Row {
    sql.query_row(
        "SELECT rev, summary, body FROM record WHERE key = ?1",
        [key(id)],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
    .unwrap()
}

fn put(sql: &Connection, id: RecordId, (rev, summary, body): &Row) {
    let statement = "UPDATE record SET rev = ?2, summary = ?3, body = ?4 WHERE key = ?1";
    assert_eq!(
        sql.execute(statement, params![key(id), rev, summary, body])
            .unwrap(),
        1
    );
}

fn differs(vault: &Vault, expected: u64, found: u64) {
    assert_eq!(vault.integrity().rows, Rows::Differ { expected, found });
    assert!(!vault.check().unwrap().is_clean());
}

#[test]
fn a_deleted_row_is_missed_and_the_others_still_serve() {
    let (home, [a, b, c]) = three();
    home.sql()
        .execute("DELETE FROM record WHERE key = ?1", [key(b)])
        .unwrap();
    let mut vault = home.unlock();
    differs(&vault, 3, 2);
    assert_eq!(*vault.get(a).unwrap().body, b"a");
    vault
        .update(c, &titled("c"), b"changed", &mut rng())
        .unwrap();
    drop(vault);
    let mut vault = home.unlock();
    differs(&vault, 3, 2);
    vault.accept_rows_as_found(&mut rng()).unwrap();
    assert!(vault.integrity().is_intact());
    drop(vault);
    assert!(home.unlock().check().unwrap().is_clean());
}

#[test]
fn swapped_rows_are_noticed_and_give_nothing_wrong_away() {
    let (home, [a, b, c]) = three();
    let sql = home.sql();
    let (row_a, row_b) = (row(&sql, a), row(&sql, b));
    put(&sql, a, &row_b);
    put(&sql, b, &row_a);
    drop(sql);
    let vault = home.unlock();
    differs(&vault, 3, 3);
    for id in [a, b] {
        assert_eq!(
            vault.get(id),
            Err(Error::Damaged {
                part: Part::Summary(id)
            })
        );
    }
    let listing = vault.list().unwrap();
    assert_eq!(listing.records.len(), 1);
    assert_eq!(listing.records[0].0, c);
    assert_eq!(listing.damaged.len(), 2);
}

#[test]
fn swapped_bodies_are_noticed_when_read_and_checked() {
    let (home, [a, b, _]) = three();
    let sql = home.sql();
    let (mut row_a, mut row_b) = (row(&sql, a), row(&sql, b));
    std::mem::swap(&mut row_a.2, &mut row_b.2);
    put(&sql, a, &row_a);
    put(&sql, b, &row_b);
    drop(sql);
    let vault = home.unlock();
    assert_eq!(
        vault.get(a),
        Err(Error::Damaged {
            part: Part::Body(a)
        })
    );
    assert_eq!(vault.summary(a).unwrap().title, "a");
    let mut damaged = vault.check().unwrap().damaged;
    damaged.sort_by_key(|part| *part != Part::Body(a));
    assert_eq!(damaged, [Part::Body(a), Part::Body(b)]);
}

#[test]
fn a_row_put_back_to_its_older_version_is_noticed() {
    let (home, [a, ..]) = three();
    let old = row(&home.sql(), a);
    home.unlock()
        .update(a, &titled("a"), b"new", &mut rng())
        .unwrap();
    put(&home.sql(), a, &old);
    let vault = home.unlock();
    differs(&vault, 3, 3);
    // It is genuine, only old: its owner may still read it.
    assert_eq!(*vault.get(a).unwrap().body, b"a");
}

#[test]
fn a_deleted_record_put_back_is_noticed() {
    let (home, [a, ..]) = three();
    let (rev, summary, body) = row(&home.sql(), a);
    home.unlock().delete(a, &mut rng()).unwrap();
    let statement = "INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5)";
    let tag = &a.as_bytes()[8..];
    home.sql()
        .execute(statement, params![key(a), tag, rev, summary, body])
        .unwrap();
    differs(&home.unlock(), 2, 3);
}

#[test]
fn a_doubled_row_is_nobodys() {
    let (home, [a, ..]) = three();
    let before = home.unlock().check().unwrap().unowned;
    home.sql()
        .execute(
            "INSERT INTO record SELECT key + 1, tag, rev, summary, body FROM record WHERE key = ?1",
            [key(a)],
        )
        .unwrap();
    let vault = home.unlock();
    let report = vault.check().unwrap();
    assert!(report.is_clean());
    assert_eq!((report.records, report.unowned), (3, before + 1));
    assert_eq!(vault.list().unwrap().records.len(), 3);
}

#[test]
fn an_older_manifest_is_noticed() {
    let (home, [a, ..]) = three();
    let sql = home.sql();
    sql.execute("CREATE TEMP TABLE old AS SELECT * FROM manifest", [])
        .unwrap();
    let old: Vec<(i64, Vec<u8>)> = sql
        .prepare("SELECT place, sealed FROM manifest")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    drop(sql);
    home.unlock().delete(a, &mut rng()).unwrap();
    let sql = home.sql();
    for (place, sealed) in old {
        sql.execute(
            "UPDATE manifest SET sealed = ?2 WHERE place = ?1",
            params![place, sealed],
        )
        .unwrap();
    }
    drop(sql);
    differs(&home.unlock(), 3, 2);
}

#[test]
fn a_whole_file_put_back_shows_in_the_counter() {
    let (home, [a, ..]) = three();
    let old = std::fs::read(&home.path).unwrap();
    let mut vault = home.unlock();
    vault.delete(a, &mut rng()).unwrap();
    let kept = vault.counter();
    drop(vault);
    std::fs::write(&home.path, old).unwrap();
    let vault = home.unlock();
    assert!(vault.integrity().is_intact());
    assert!(vault.counter() < kept);
}

#[test]
fn without_its_manifest_a_vault_reads_and_waits_for_its_owner() {
    let (home, [a, ..]) = three();
    home.sql()
        .execute("UPDATE manifest SET sealed = randomblob(168)", [])
        .unwrap();
    let mut vault = home.unlock();
    assert_eq!(vault.integrity().rows, Rows::Unknown);
    assert_eq!(*vault.get(a).unwrap().body, b"a");
    let refused = Error::Damaged {
        part: Part::Manifest,
    };
    assert_eq!(
        vault.insert(&titled("d"), b"", &mut rng()),
        Err(refused.clone())
    );
    assert_eq!(vault.delete(a, &mut rng()), Err(refused));
    vault.accept_rows_as_found(&mut rng()).unwrap();
    vault.insert(&titled("d"), b"", &mut rng()).unwrap();
    let proof = Unlock::Recovery(&home.code);
    let code = vault.new_recovery_code(proof, &mut rng()).unwrap();
    drop(vault);
    let vault = common::try_unlock(&home.path, &code).unwrap();
    assert!(vault.check().unwrap().is_clean());
    assert_eq!(vault.list().unwrap().records.len(), 4);
}

/// What reading a document to its end says.
fn read_to_end(vault: &Vault, id: RecordId) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    match vault.document_reader(id)?.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(error
            .into_inner()
            .unwrap()
            .downcast_ref::<Error>()
            .unwrap()
            .clone()),
    }
}

#[test]
fn chunks_swapped_dropped_or_moved_are_named() {
    let (home, mut vault) = Home::new();
    let bytes = content(3 * limits::CHUNK_BYTES);
    let id = add_document(&mut vault, "one", &bytes);
    let other = add_document(&mut vault, "two", &content(3 * limits::CHUNK_BYTES + 1));
    drop(vault);
    let whole = std::fs::read(&home.path).unwrap();
    let place = |id: RecordId, position: i64| (key(id) >> 24 << 24) | position;
    let swap = |from: i64, to: i64| {
        let sql = home.sql();
        let at = |place| -> Vec<u8> {
            sql.query_row(
                "SELECT sealed FROM chunk WHERE place = ?1",
                [place],
                |row| row.get(0),
            )
            .unwrap()
        };
        let (one, two) = (at(from), at(to));
        for (place, sealed) in [(from, two), (to, one)] {
            sql.execute(
                "UPDATE chunk SET sealed = ?2 WHERE place = ?1",
                params![place, sealed],
            )
            .unwrap();
        }
    };
    let damaged = |record, position| {
        Err(Error::Damaged {
            part: Part::Chunk { record, position },
        })
    };

    swap(place(id, 0), place(id, 1));
    assert_eq!(read_to_end(&home.unlock(), id), damaged(id, 0));
    std::fs::write(&home.path, &whole).unwrap();

    swap(place(id, 1), place(other, 1));
    let vault = home.unlock();
    assert_eq!(read_to_end(&vault, id), damaged(id, 1));
    assert_eq!(read_to_end(&vault, other), damaged(other, 1));
    drop(vault);
    std::fs::write(&home.path, &whole).unwrap();

    home.sql()
        .execute("DELETE FROM chunk WHERE place = ?1", [place(id, 2)])
        .unwrap();
    let vault = home.unlock();
    assert_eq!(read_to_end(&vault, id), damaged(id, 2));
    let report = vault.check().unwrap();
    assert_eq!(
        report.damaged,
        [Part::Chunk {
            record: id,
            position: 2
        }]
    );
    assert_eq!((report.documents, report.records, report.chunks), (2, 1, 6));
    drop(vault);
    std::fs::write(&home.path, &whole).unwrap();

    // The last chunk in the place of one in the middle: the last flag tells.
    home.sql()
        .execute(
            "UPDATE chunk SET sealed = (SELECT sealed FROM chunk WHERE place = ?2) WHERE place = ?1",
            [place(other, 1), place(other, 3)],
        )
        .unwrap();
    assert_eq!(read_to_end(&home.unlock(), other), damaged(other, 1));
    assert_eq!(read_document(&home.unlock(), id), bytes);
}

#[test]
fn chunks_are_kept_when_their_record_is_missing() {
    let (home, mut vault) = Home::new();
    let id = add_document(&mut vault, "scan", &content(200_000));
    drop(vault);
    let sql = home.sql();
    sql.execute("CREATE TABLE saved AS SELECT * FROM record", [])
        .unwrap();
    sql.execute("DELETE FROM record", []).unwrap();
    let spare: (i64, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>) = sql
        .query_row("SELECT * FROM saved WHERE key = ?1", [key(id)], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
            ))
        })
        .unwrap();
    sql.execute("DROP TABLE saved", []).unwrap();
    drop(sql);
    differs(&home.unlock(), 1, 0);
    home.sql()
        .execute(
            "INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5)",
            params![spare.0, spare.1, spare.2, spare.3, spare.4],
        )
        .unwrap();
    assert!(read_document(&home.unlock(), id) == content(200_000));
}

#[test]
fn what_was_left_of_a_document_stays_after_its_loss_was_accepted() {
    let (home, mut vault) = Home::new();
    let id = add_document(&mut vault, "scan", &content(200_000));
    drop(vault);
    let whole = home.sql();
    let kept = row(&whole, id);
    whole.execute("DELETE FROM record", []).unwrap();
    drop(whole);
    let mut vault = home.unlock();
    vault.accept_rows_as_found(&mut rng()).unwrap();
    assert!(vault.integrity().is_intact());
    // Neither this unlock nor a later one, after other work, takes the chunks away.
    drop(vault);
    home.unlock()
        .insert(&titled("other"), b"", &mut rng())
        .unwrap();
    assert!(home.unlock().integrity().is_intact());
    let (rev, summary, body) = kept;
    home.sql()
        .execute(
            "INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5)",
            params![key(id), &id.as_bytes()[8..], rev, summary, body],
        )
        .unwrap();
    assert!(read_document(&home.unlock(), id) == content(200_000));
}

#[test]
fn locking_cuts_a_log_that_a_killed_process_left() {
    let (home, mut vault) = Home::new();
    let id = vault.insert(&titled("a"), b"first", &mut rng()).unwrap();
    vault
        .update(id, &titled("a"), b"second", &mut rng())
        .unwrap();
    // As a kill would leave them.
    let killed = home.folder.path().join("killed");
    std::fs::copy(&home.path, &killed).unwrap();
    let log = home.folder.path().join("killed-wal");
    std::fs::copy(home.wal(), &log).unwrap();
    assert!(log.metadata().unwrap().len() > 0);
    let locked = common::try_unlock(&killed, &home.code).unwrap().lock();
    assert_eq!(log.metadata().unwrap().len(), 0);
    drop(locked);
}

#[test]
fn a_foreign_trigger_or_view_is_refused() {
    for statement in [
        "CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM record; END",
        "CREATE VIEW v AS SELECT * FROM record",
        "CREATE INDEX i ON record (tag)",
        "ALTER TABLE record ADD COLUMN more BLOB",
        "DROP TABLE chunk",
    ] {
        let (home, _) = three();
        home.sql().execute(statement, []).unwrap();
        assert_eq!(
            home.try_unlock().unwrap_err(),
            Error::Damaged {
                part: Part::Structure
            }
        );
    }
}

#[test]
fn a_row_of_monstrous_size_is_refused_unread() {
    let (home, [a, b, _]) = three();
    home.sql()
        .execute(
            "UPDATE record SET body = zeroblob(90000000) WHERE key = ?1",
            [key(a)],
        )
        .unwrap();
    let vault = home.unlock();
    assert!(matches!(vault.get(a), Err(Error::Damaged { .. })));
    assert_eq!(*vault.get(b).unwrap().body, b"b");
    assert_eq!(vault.list().unwrap().records.len(), 3);
}

fn slots(home: &Home) -> Vec<u8> {
    home.sql()
        .query_row("SELECT slots FROM header", [], |row| row.get(0))
        .unwrap()
}

fn put_slots(home: &Home, slots: &[u8]) {
    for copy in ["header", "spare"] {
        put_copy(home, copy, slots);
    }
}

fn put_copy(home: &Home, copy: &str, slots: &[u8]) {
    home.sql()
        .execute(&format!("UPDATE {copy} SET slots = ?1"), [slots])
        .unwrap();
}

fn checksummed(slots: &mut [u8]) {
    let (content, checksum) = slots.split_at_mut(slots.len() - 32);
    checksum.copy_from_slice(&Sha256::digest(content));
}

#[test]
fn hostile_key_derivation_is_refused_before_it_runs() {
    let (home, _) = three();
    let mut hostile = slots(&home);
    for (memory_kib, passes, lanes) in
        [(u32::MAX, 3, 1), (65536, u32::MAX, 1), (65536, 3, u32::MAX)]
    {
        for (at, value) in [(49, memory_kib), (53, passes), (57, lanes)] {
            hostile[at..at + 4].copy_from_slice(&value.to_be_bytes());
        }
        checksummed(&mut hostile);
        put_slots(&home, &hostile);
        let locked = LockedVault::open(&home.path).unwrap();
        let refused = Error::ExcessiveWork {
            memory_kib,
            passes,
            lanes,
        };
        assert_eq!(locked.kdf_params(), Err(refused.clone()));
        assert_eq!(
            locked
                .unlock(Unlock::Passphrase(&passphrase()), NOW, &mut rng())
                .unwrap_err()
                .error,
            refused
        );
    }
}

#[test]
fn a_damaged_slot_table_is_not_a_wrong_passphrase() {
    let (home, _) = three();
    let whole = slots(&home);
    let wrong = Passphrase::new("wrong").unwrap();
    let (mut opened, mut shut) = (0, 0);
    // File id, salt, cost, checksum; then each slot.
    let places = [5, 20, 52, whole.len() - 1]
        .into_iter()
        .chain((0..limits::KEY_SLOTS).map(|slot| 61 + 104 * slot + 50));
    for at in places {
        let mut damaged = whole.clone();
        // More than one bit in the same place of both copies, which nothing can put right.
        damaged[at] ^= 3;
        put_slots(&home, &damaged);
        let locked = LockedVault::open(&home.path).unwrap();
        let failed = locked
            .unlock(Unlock::Passphrase(&wrong), later(), &mut rng())
            .unwrap_err();
        assert_eq!(failed.error, Error::Damaged { part: Part::Slots });
        match failed
            .locked
            .unlock(Unlock::Recovery(&home.code), NOW, &mut rng())
        {
            Ok(vault) => {
                assert!(!vault.integrity().slots_intact);
                assert_eq!(vault.list().unwrap().records.len(), 3);
                opened += 1;
            }
            Err(failed) => {
                assert_eq!(failed.error, Error::Damaged { part: Part::Slots });
                shut += 1;
            }
        }
    }
    // Only damage to the file id or the recovery slot itself keeps the recovery code out.
    assert_eq!((opened, shut), (18, 2));
    put_slots(&home, &whole);
    let locked = LockedVault::open(&home.path).unwrap();
    assert_eq!(
        locked
            .unlock(Unlock::Passphrase(&wrong), NOW, &mut rng())
            .unwrap_err()
            .error,
        Error::WrongPassphrase
    );
}

#[test]
fn one_copy_of_the_slots_is_enough() {
    let (home, _) = three();
    let whole = slots(&home);
    let whole_file = std::fs::read(&home.path).unwrap();
    for copy in ["header", "spare"] {
        for statement in [
            format!("DELETE FROM {copy}"),
            format!("UPDATE {copy} SET slots = randomblob(1757)"),
            format!("UPDATE {copy} SET slots = x''"),
        ] {
            std::fs::write(&home.path, &whole_file).unwrap();
            home.sql().execute(&statement, []).unwrap();
            let locked = LockedVault::open(&home.path).unwrap();
            let mut vault = locked
                .unlock(Unlock::Passphrase(&passphrase()), NOW, &mut rng())
                .unwrap();
            assert!(!vault.integrity().slots_intact);
            assert_eq!(vault.list().unwrap().records.len(), 3);
            // The next change of a slot writes both copies again.
            let proof = Unlock::Recovery(&home.code);
            let code = vault.new_recovery_code(proof, &mut rng()).unwrap();
            drop(vault);
            let vault = common::try_unlock(&home.path, &code).unwrap();
            assert!(vault.check().unwrap().is_clean());
        }
    }
    // One bit wrong in both copies, at the same place even: turned back.
    std::fs::write(&home.path, &whole_file).unwrap();
    let mut damaged = whole;
    damaged[30] ^= 4;
    put_slots(&home, &damaged);
    let locked = LockedVault::open(&home.path).unwrap();
    assert!(
        locked
            .unlock(Unlock::Passphrase(&passphrase()), NOW, &mut rng())
            .is_ok()
    );
}

#[test]
fn an_older_slot_put_back_opens_and_is_told() {
    let (home, _) = three();
    let old = slots(&home);
    let mut vault = home.unlock();
    let new = Passphrase::new("new").unwrap();
    let proof = Unlock::Passphrase(&passphrase());
    vault
        .change_passphrase(proof, &new, KdfParams::FLOOR, &mut rng())
        .unwrap();
    drop(vault);
    let current = slots(&home);
    let opens = |passphrase: &Passphrase| {
        let locked = LockedVault::open(&home.path).unwrap();
        let vault = locked.unlock(Unlock::Passphrase(passphrase), NOW, &mut rng());
        vault.map(|vault| vault.integrity().slots_intact)
    };
    assert!(opens(&new).unwrap());
    put_slots(&home, &old);
    assert!(!opens(&passphrase()).unwrap());
    // In one copy only, it takes the way in from nobody.
    for copies in [[&old, &current], [&current, &old]] {
        for (copy, slots) in ["header", "spare"].into_iter().zip(copies) {
            put_copy(&home, copy, slots);
        }
        assert!(!opens(&passphrase()).unwrap());
        assert!(!opens(&new).unwrap());
        assert!(!home.unlock().integrity().slots_intact);
    }
    put_slots(&home, &current);
    assert!(opens(&new).unwrap());
    assert!(opens(&passphrase()).is_err());
}

#[test]
fn a_new_recovery_code_never_takes_the_passphrases_slot() {
    let (home, vault) = Home::new();
    drop(vault);
    let whole = std::fs::read(&home.path).unwrap();
    for _ in 0..6 {
        std::fs::write(&home.path, &whole).unwrap();
        home.sql()
            .execute("UPDATE manifest SET sealed = randomblob(168)", [])
            .unwrap();
        let locked = LockedVault::open(&home.path).unwrap();
        let mut vault = locked
            .unlock(Unlock::Passphrase(&passphrase()), NOW, &mut rng())
            .unwrap();
        vault.accept_rows_as_found(&mut rng()).unwrap();
        // Where the old code's slot is, only the old code can tell.
        assert_eq!(
            vault
                .new_recovery_code(Unlock::Passphrase(&passphrase()), &mut rng())
                .unwrap_err(),
            Error::SlotUnknown
        );
        let mut vault = vault
            .lock()
            .unlock(Unlock::Recovery(&home.code), NOW, &mut rng())
            .unwrap();
        assert!(vault.integrity().is_intact());
        let proof = Unlock::Recovery(&home.code);
        let code = vault.new_recovery_code(proof, &mut rng()).unwrap();
        let locked = vault.lock();
        let failed = locked
            .unlock(Unlock::Recovery(&home.code), NOW, &mut rng())
            .unwrap_err();
        assert_eq!(failed.error, Error::WrongRecoveryCode);
        let locked = failed
            .locked
            .unlock(Unlock::Recovery(&code), NOW, &mut rng())
            .unwrap()
            .lock();
        assert!(
            locked
                .unlock(Unlock::Passphrase(&passphrase()), NOW, &mut rng())
                .is_ok()
        );
    }
}

#[test]
fn used_and_unused_slots_and_manifests_look_alike() {
    let (home, _) = three();
    let table = slots(&home);
    // No two of the slots agree in a byte more than chance has it, and none is all of one kind.
    let slots: Vec<&[u8]> = table[61..table.len() - 32].chunks(104).collect();
    assert_eq!(slots.len(), limits::KEY_SLOTS);
    for slot in &slots {
        let ones: u32 = slot.iter().map(|byte| byte.count_ones()).sum();
        assert!((300..=532).contains(&ones), "{ones} of 832 bits");
    }
    let sizes: Vec<i64> = home
        .sql()
        .prepare("SELECT length(sealed) FROM manifest")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(sizes, [168; limits::MANIFEST_PLACES]);
}

#[test]
fn a_deletion_leaves_no_ciphertext_behind() {
    let (home, mut vault) = Home::new();
    let body = content(20_000);
    let ids: Vec<RecordId> = vault
        .transaction(&mut rng(), |tx| -> Result<_, Error> {
            (0..600usize)
                .map(|number| {
                    let length = number * number % 6000;
                    tx.insert(&titled(&number.to_string()), &body[..length])
                })
                .collect()
        })
        .unwrap();
    let document = add_document(&mut vault, "scan", &body);
    drop(vault);
    let sql = home.sql();
    let doomed: Vec<(RecordId, Row)> = ids
        .iter()
        .step_by(3)
        .map(|id| (*id, row(&sql, *id)))
        .collect();
    let chunk: Vec<u8> = sql
        .query_row("SELECT sealed FROM chunk", [], |row| row.get(0))
        .unwrap();
    drop(sql);
    assert!(
        doomed
            .iter()
            .all(|(_, (_, summary, _))| holds(&home.raw(), &summary[..24]))
    );
    assert!(holds(&home.raw(), &chunk[..24]));

    let mut vault = home.unlock();
    for (id, _) in doomed.iter().take(20) {
        vault.delete(*id, &mut rng()).unwrap();
    }
    vault
        .transaction(&mut rng(), |tx| {
            doomed
                .iter()
                .skip(20)
                .try_for_each(|(id, _)| tx.delete(*id))
        })
        .unwrap();
    vault.delete(document, &mut rng()).unwrap();
    // As a kill would leave it: what closing the file would still tidy up does not count.
    let after = home.folder.path().join("copy");
    std::fs::copy(&home.path, &after).unwrap();
    let mut raw = std::fs::read(&after).unwrap();
    raw.extend(std::fs::read(home.wal()).unwrap_or_default());
    let mut windows = std::collections::HashSet::new();
    raw.windows(16)
        .for_each(|window| _ = windows.insert(window));
    let left = doomed.iter().filter(|(_, (rev, summary, body))| {
        let mut parts = [rev, summary, body].into_iter();
        parts.any(|part| part.windows(16).any(|window| windows.contains(window)))
    });
    assert_eq!(left.count(), 0, "of {}", doomed.len());
    assert!(chunk.windows(16).all(|window| !windows.contains(window)));
    assert!(vault.check().unwrap().is_clean());
}

#[test]
fn no_plaintext_is_ever_in_the_file() {
    let (home, mut vault) = Home::new();
    let summary = Summary {
        kind: "kind-marker".into(),
        title: "title-marker".into(),
        issuer: "issuer-marker".into(),
        tags: vec!["tag-marker".into()],
        extra: b"extra-marker".to_vec(),
        ..Summary::default()
    };
    vault.insert(&summary, b"body-marker", &mut rng()).unwrap();
    add_document(
        &mut vault,
        "document-title-marker",
        &b"content-marker ".repeat(9999),
    );
    let raw = [home.raw(), std::fs::read(home.wal()).unwrap()].concat();
    for marker in [
        "kind",
        "title",
        "issuer",
        "tag",
        "extra",
        "body",
        "content",
        "document-title",
    ] {
        assert!(
            !holds(&raw, format!("{marker}-marker").as_bytes()),
            "{marker}"
        );
    }
}

#[test]
fn a_changed_passphrase_leaves_no_old_slot_behind() {
    let (home, vault) = Home::new();
    drop(vault);
    let before = slots(&home);
    let mut vault = home.unlock();
    let new = Passphrase::new("new").unwrap();
    vault
        .change_passphrase(
            Unlock::Passphrase(&passphrase()),
            &new,
            KdfParams::FLOOR,
            &mut rng(),
        )
        .unwrap();
    let raw = home.raw();
    drop(vault);
    let after = slots(&home);
    let changed: Vec<usize> = (0..limits::KEY_SLOTS)
        .filter(|slot| before[61 + slot * 104..][..104] != after[61 + slot * 104..][..104])
        .collect();
    assert_eq!(changed.len(), 1);
    let old = &before[61 + changed[0] * 104..][..104];
    assert!(old.windows(16).all(|window| !holds(&raw, window)));
}

#[test]
fn a_damaged_row_is_no_padding_once_a_lost_manifest_was_accepted() {
    let (home, mut vault) = Home::new();
    let id = vault.insert(&titled("only"), b"body", &mut rng()).unwrap();
    drop(vault);
    let tag = id.as_bytes()[8..].to_vec();
    let mut broken = tag.clone();
    broken[0] ^= 1;
    let put = |tag: &[u8]| {
        let sql = "UPDATE record SET tag = ?2 WHERE key = ?1";
        let done = home.sql().execute(sql, rusqlite::params![key(id), tag]);
        assert_eq!(done, Ok(1));
    };
    put(&broken);
    home.sql()
        .execute("UPDATE manifest SET sealed = randomblob(168)", [])
        .unwrap();
    let mut vault = home.unlock();
    vault.accept_rows_as_found(&mut rng()).unwrap();
    for _ in 0..200 {
        vault.insert(&titled("more"), b"", &mut rng()).unwrap();
    }
    drop(vault);
    put(&tag);
    assert_eq!(*home.unlock().body(id).unwrap(), b"body");
}
