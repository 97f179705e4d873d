//! A damaged vault told by name, rescued into a new file, and used again: with a list of what was lost,
//! and nothing thrown away.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::collections::BTreeSet;

use common::{Home, add_document, content, passphrase, read_document, rng, titled, try_unlock};
use nansen_vault::{
    Error, Label, LockedVault, Part, PlatformSecret, RecordId, Rows, Unlock, Vault, Way, limits,
    read_label,
};
use rusqlite::params;

const PAGE: usize = 8192;

fn key(id: RecordId) -> i64 {
    i64::from_be_bytes(id.as_bytes()[..8].try_into().unwrap())
}

fn ids(vault: &Vault) -> BTreeSet<RecordId> {
    let listed = vault.list().unwrap().records.into_iter();
    listed.map(|(id, _)| id).collect()
}

/// A vault of many records and two documents, with a way by hardware.
fn filled() -> (Home, Vec<RecordId>, [RecordId; 2]) {
    let (home, mut vault) = Home::new();
    let records = vault.transaction(&mut rng(), |tx| {
        (0..300usize)
            .map(|number| tx.insert(&titled(&number.to_string()), &content(number)))
            .collect::<Result<Vec<_>, Error>>()
    });
    let scan = content(3 * limits::CHUNK_BYTES);
    let documents = ["torn", "whole"].map(|title| add_document(&mut vault, title, &scan));
    let secret = PlatformSecret::new(&[5; 32]).unwrap();
    let proof = Unlock::Recovery(&home.code);
    vault
        .add_hardware_way(proof, Unlock::Platform(&secret), b"wrapped", &mut rng())
        .unwrap();
    (home, records.unwrap(), documents)
}

/// Makes the fullest leaf page of the record table unreadable, neither the first nor the last; how
/// many rows it had.
fn break_a_page(home: &Home) -> usize {
    let root: u32 = home
        .sql()
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'record'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let mut bytes = std::fs::read(&home.path).unwrap();
    let root = root as usize;
    let start = |page: usize| (page - 1) * PAGE;
    let u16 = |at: usize| usize::from(u16::from_be_bytes([bytes[at], bytes[at + 1]]));
    assert_eq!(bytes[start(root)], 5, "the table has one page only");
    let cells = u16(start(root) + 3);
    // Some pages have hardly any row: where they lie is random.
    let leaves = (1..cells).map(|place| {
        let cell = start(root) + u16(start(root) + 12 + 2 * place);
        let leaf = u32::from_be_bytes(bytes[cell..cell + 4].try_into().unwrap()) as usize;
        (u16(start(leaf) + 3), leaf)
    });
    let (rows, leaf) = leaves.max().unwrap();
    bytes[start(leaf)] = 0xff;
    std::fs::write(&home.path, bytes).unwrap();
    rows
}

#[test]
fn what_is_left_of_a_broken_file_is_a_vault_again() {
    let (home, records, [torn, whole]) = filled();
    let padding = home.unlock().check().unwrap().unowned;
    let [no_summary, no_body, gone] = [records[10], records[20], records[30]];
    let sql = home.sql();
    for (column, id) in [("summary", no_summary), ("body", no_body)] {
        let statement = format!("UPDATE record SET {column} = zeroblob(300) WHERE key = ?1");
        assert_eq!(sql.execute(&statement, [key(id)]).unwrap(), 1);
    }
    sql.execute("DELETE FROM record WHERE key = ?1", [key(gone)])
        .unwrap();
    let chunk = (key(torn) >> 24 << 24) + 1;
    sql.execute(
        "UPDATE chunk SET sealed = zeroblob(65552) WHERE place = ?1",
        [chunk],
    )
    .unwrap();
    sql.execute(
        "INSERT INTO record VALUES (-9000000000000000000, x'0102030405060708', x'00', x'01', x'02')",
        [],
    )
    .unwrap();
    drop(sql);
    let on_page = break_a_page(&home);
    assert!(on_page > 3);
    let before = home.raw();

    // What an app shows first: what is damaged, by name.
    let vault = home.unlock();
    let report = vault.check().unwrap();
    assert!(report.damaged.contains(&Part::Structure));
    assert!(matches!(
        report.integrity.rows,
        Rows::Differ { expected: 302, .. }
    ));
    let path = home.folder.path().join("rescued.nansen");
    let rescued = vault.rescue(&path, &mut rng()).unwrap();
    assert_eq!(vault.rescue(&path, &mut rng()), Err(Error::AlreadyExists));
    drop(vault);
    assert!(home.raw() == before, "the old file was changed");

    // Only the rows of the broken page and the deleted one are missing.
    let put_aside: Vec<_> = rescued.quarantined.iter().map(|row| row.id).collect();
    assert!(put_aside.len() <= 2 && rescued.missing.unwrap() as usize <= on_page + 1);
    let total = rescued.records + put_aside.len() as u64 + rescued.missing.unwrap();
    assert_eq!(total, 302);
    assert!(rescued.wrapped_keys_lost.is_empty());

    let by_passphrase = passphrase();
    let locked = LockedVault::open(&path).unwrap();
    assert_eq!(
        locked.wrapped_key(Way::Platform).unwrap().unwrap(),
        b"wrapped"
    );
    let vault = locked
        .unlock(Unlock::Passphrase(&by_passphrase), common::NOW, &mut rng())
        .unwrap();
    let secret = PlatformSecret::new(&[5; 32]).unwrap();
    let mut vault = vault
        .lock()
        .unlock(Unlock::Platform(&secret), common::NOW, &mut rng())
        .unwrap();
    assert!(vault.integrity().is_intact());
    assert_eq!(vault.quarantined().unwrap(), rescued.quarantined);
    let titles: Vec<_> = rescued
        .quarantined
        .iter()
        .map(|row| {
            (
                row.id,
                row.summary.as_ref().map(|summary| summary.title.clone()),
            )
        })
        .collect();
    for (id, title) in titles {
        let expected = (id == no_body).then(|| "20".to_owned());
        assert_eq!(title, expected);
    }
    let found = ids(&vault);
    for (number, id) in records
        .iter()
        .enumerate()
        .filter(|(_, id)| found.contains(id))
    {
        assert!(*vault.get(*id).unwrap().body == content(number));
    }
    assert_eq!(found.len() as u64, rescued.records);
    let report = vault.check().unwrap();
    assert_eq!(report.structure_problems, 0);
    // The foreign row is there, and so is all padding that was not on the broken page.
    let missing = rescued.missing.unwrap();
    assert!((1..=padding + 1).contains(&report.unowned));
    assert!(padding + 1 - report.unowned + missing <= on_page as u64 + 1);
    if found.contains(&whole) {
        assert!(read_document(&vault, whole) == content(3 * limits::CHUNK_BYTES));
    }
    if found.contains(&torn) {
        let named = [Part::Chunk {
            record: torn,
            position: 1,
        }];
        assert_eq!(report.damaged, named);
        vault.delete(torn, &mut rng()).unwrap();
    }
    vault.insert(&titled("after"), b"", &mut rng()).unwrap();
    drop(vault);
    assert!(
        try_unlock(&path, &home.code)
            .unwrap()
            .check()
            .unwrap()
            .is_clean()
    );
}

#[test]
fn a_row_in_quarantine_keeps_its_bytes_and_is_kept_by_the_next_rescue() {
    let (home, mut vault) = Home::new();
    let id = vault
        .insert(&titled("broken"), b"body", &mut rng())
        .unwrap();
    drop(vault);
    let wrong = content(272);
    home.sql()
        .execute(
            "UPDATE record SET body = ?2 WHERE key = ?1",
            params![key(id), wrong],
        )
        .unwrap();
    let row = |path: &std::path::Path| -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        let sql = rusqlite::Connection::open(path).unwrap();
        let statement = "SELECT rev, summary, body FROM record WHERE key = ?1";
        sql.query_row(statement, [key(id)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap()
    };
    let before = row(&home.path);
    let mut from = home.path.clone();
    for name in ["first.nansen", "second.nansen"] {
        let to = home.folder.path().join(name);
        let vault = try_unlock(&from, &home.code).unwrap();
        vault.rescue(&to, &mut rng()).unwrap();
        drop(vault);
        let vault = try_unlock(&to, &home.code).unwrap();
        assert!(vault.check().unwrap().is_clean());
        assert_eq!(vault.quarantined().unwrap()[0].id, id);
        assert_eq!(vault.get(id), Err(Error::NoSuchRecord(id)));
        drop(vault);
        assert_eq!(row(&to), before);
        from = to;
    }
}

#[test]
fn a_sound_vault_is_carried_over_whole_and_a_lost_manifest_is_replaced() {
    let (home, records, _) = filled();
    let mut vault = home.unlock();
    let label = Label::new("Amina").unwrap();
    vault.set_label(Some(&label)).unwrap();
    let copy = home.folder.path().join("copy.nansen");
    let rescued = vault.rescue(&copy, &mut rng()).unwrap();
    assert_eq!(read_label(&copy), Ok(Some(label)));
    assert_eq!((rescued.records, rescued.missing), (302, Some(0)));
    let (all, counter) = (ids(&vault), vault.counter());
    drop(vault);
    let vault = try_unlock(&copy, &home.code).unwrap();
    assert!(vault.check().unwrap().is_clean());
    assert_eq!((ids(&vault), vault.counter()), (all, counter + 1));
    drop(vault);

    home.sql().execute("DELETE FROM manifest", []).unwrap();
    let anew = home.folder.path().join("anew.nansen");
    let rescued = home.unlock().rescue(&anew, &mut rng()).unwrap();
    assert_eq!((rescued.records, rescued.missing), (302, None));
    let vault = try_unlock(&anew, &home.code).unwrap();
    assert!(vault.check().unwrap().is_clean());
    assert!(*vault.get(records[7]).unwrap().body == content(7));
}

/// With the manifest lost as well, nothing counts what was put aside.
#[test]
fn what_was_put_aside_is_neither_swept_nor_taken_for_padding() {
    let (home, mut vault) = Home::new();
    let record = vault.insert(&titled("record"), b"", &mut rng()).unwrap();
    let scan = add_document(&mut vault, "scan", &content(200_000));
    drop(vault);
    let sql = home.sql();
    for id in [record, scan] {
        let statement = "UPDATE record SET summary = zeroblob(length(summary)) WHERE key = ?1";
        sql.execute(statement, [key(id)]).unwrap();
    }
    sql.execute("UPDATE manifest SET sealed = randomblob(168)", [])
        .unwrap();
    drop(sql);
    let path = home.folder.path().join("rescued.nansen");
    let rescued = home.unlock().rescue(&path, &mut rng()).unwrap();
    assert_eq!((rescued.quarantined.len(), rescued.chunks), (2, 4));
    let mut vault = common::try_unlock(&path, &home.code).unwrap();
    for _ in 0..200 {
        vault.insert(&titled("more"), b"", &mut rng()).unwrap();
    }
    assert_eq!(vault.quarantined().unwrap(), rescued.quarantined);
    drop(vault);
    drop(common::try_unlock(&path, &home.code).unwrap());
    let sql = rusqlite::Connection::open(&path).unwrap();
    let chunks = sql.query_row("SELECT count(*) FROM chunk", [], |row| row.get::<_, i64>(0));
    assert_eq!(chunks.unwrap(), 4);
}
