//! Documents that do not borrow the vault: written and read over many calls, with other work between.

#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::io::{Seek, SeekFrom};

use common::{Home, NOW, add_document, content, read_document, rng, titled};
use nansen_vault::{DocumentCursor, DocumentDraft, Error, Unlock, Vault, limits};

const CHUNK: usize = limits::CHUNK_BYTES;

/// Chunks in the file. Only while the vault is closed.
fn chunks(home: &Home) -> i64 {
    home.sql()
        .query_row("SELECT count(*) FROM chunk", [], |row| row.get(0))
        .unwrap()
}

fn rest(cursor: &mut DocumentCursor, vault: &Vault) -> Vec<u8> {
    let (mut bytes, mut part) = (Vec::new(), vec![0; 100_000]);
    loop {
        match cursor.read_some(vault, &mut part).unwrap() {
            0 => return bytes,
            count => bytes.extend_from_slice(&part[..count]),
        }
    }
}

#[test]
fn a_draft_grows_while_the_vault_does_everything_else() {
    let (home, mut vault) = Home::new();
    let rng = &mut rng();
    let doomed = vault.insert(&titled("doomed"), b"doomed", rng).unwrap();
    let scan = add_document(&mut vault, "scan", &content(5 * CHUNK));
    let (first, second) = (content(37 * CHUNK + 5), content(3 * CHUNK));

    let mut one = vault.document_draft(&titled("one"), rng).unwrap();
    let mut other = vault.document_draft(&titled("other"), rng).unwrap();
    let mut pages = second.chunks(second.len().div_ceil(6));
    for (turn, part) in first.chunks(3 * CHUNK - 7).enumerate() {
        one.append(&mut vault, part).unwrap();
        match turn {
            1 => assert_eq!(vault.list().unwrap().records.len(), 2),
            2 => assert!(vault.check().unwrap().is_clean()),
            3 => vault.compact().unwrap(),
            4 => vault.delete(doomed, rng).unwrap(),
            5 => vault.delete(scan, rng).unwrap(),
            6 => _ = vault.insert(&titled("new"), b"new", rng).unwrap(),
            8 => _ = add_document(&mut vault, "whole", b"at one go"),
            _ => {}
        }
        if let Some(page) = pages.next() {
            other.append(&mut vault, page).unwrap();
        }
    }
    assert_eq!(vault.list().unwrap().records.len(), 2);
    let other = other.finish(&mut vault, rng).unwrap();
    let one = one.finish(&mut vault, rng).unwrap();
    assert!(read_document(&vault, one) == first);
    drop(vault);
    let vault = home.unlock();
    assert!(read_document(&vault, one) == first);
    assert!(read_document(&vault, other) == second);
    assert!(vault.check().unwrap().is_clean());
    drop(vault);
    assert_eq!(chunks(&home), 38 + 3 + 1);
}

/// A draft of three chunks, of which two are in the file.
fn begun(vault: &mut Vault) -> DocumentDraft {
    let mut draft = vault.document_draft(&titled("half"), &mut rng()).unwrap();
    draft.append(vault, &content(3 * CHUNK)).unwrap();
    draft
}

#[test]
fn a_draft_does_not_outlive_the_lock_and_is_swept() {
    let (home, mut vault) = Home::new();
    let (mut one, two, three) = (begun(&mut vault), begun(&mut vault), begun(&mut vault));
    let mut vault = vault
        .lock()
        .unlock(Unlock::Recovery(&home.code), NOW, &mut rng())
        .unwrap();
    assert_eq!(one.append(&mut vault, b"x"), Err(Error::DocumentNotOpen));
    let finished = two.finish(&mut vault, &mut rng());
    assert_eq!(finished, Err(Error::DocumentNotOpen));
    assert_eq!(three.discard(&mut vault), Err(Error::DocumentNotOpen));
    assert!(vault.list().unwrap().records.is_empty());
    assert!(vault.check().unwrap().is_clean());
    drop(vault);
    assert_eq!(chunks(&home), 0);
}

#[test]
fn another_vault_refuses_a_draft_and_does_it_no_harm() {
    let (_home, mut vault) = Home::new();
    let (_other_home, mut other) = Home::new();
    let mut draft = begun(&mut vault);
    assert_eq!(draft.append(&mut other, b"x"), Err(Error::DocumentNotOpen));
    draft.append(&mut vault, b"end").unwrap();
    let id = draft.finish(&mut vault, &mut rng()).unwrap();
    assert!(read_document(&vault, id) == [&content(3 * CHUNK)[..], b"end"].concat());
}

#[test]
fn a_draft_goes_when_discarded_and_at_the_next_unlock_when_dropped() {
    let (home, mut vault) = Home::new();
    begun(&mut vault).discard(&mut vault).unwrap();
    drop(vault);
    assert_eq!(chunks(&home), 0);
    drop(begun(&mut home.unlock()));
    // Each call commits what it wrote, so that nothing is left open.
    assert_eq!(chunks(&home), 2);
    drop(home.unlock());
    assert_eq!(chunks(&home), 0);
}

#[test]
fn a_cursor_reads_on_while_the_vault_does_everything_else() {
    let (_home, mut vault) = Home::new();
    let rng = &mut rng();
    let bytes = content(5 * CHUNK + 77);
    let id = add_document(&mut vault, "scan", &bytes);
    let doomed = vault.insert(&titled("doomed"), b"", rng).unwrap();
    let mut cursor = vault.document_cursor(id).unwrap();
    assert_eq!(cursor.info().length, bytes.len() as u64);
    let mut out = vec![0; CHUNK + 9];
    assert_eq!(cursor.read_some(&vault, &mut out).unwrap(), out.len());
    assert!(out == bytes[..out.len()]);
    vault.update_summary(id, &titled("renamed"), rng).unwrap();
    vault.delete(doomed, rng).unwrap();
    vault.compact().unwrap();
    let mut draft = begun(&mut vault);
    let mut second = vault.document_cursor(id).unwrap();
    second.seek(SeekFrom::End(-80)).unwrap();
    assert!(rest(&mut second, &vault) == bytes[bytes.len() - 80..]);
    draft.append(&mut vault, b"x").unwrap();
    assert!(rest(&mut cursor, &vault) == bytes[CHUNK + 9..]);
    assert_eq!(cursor.read_some(&vault, &mut out).unwrap(), 0);
    draft.finish(&mut vault, rng).unwrap();
}

#[test]
fn a_cursor_ends_with_its_document_and_with_the_lock() {
    let (home, mut vault) = Home::new();
    let (_other_home, other) = Home::new();
    let id = add_document(&mut vault, "scan", &content(CHUNK));
    let mut cursor = vault.document_cursor(id).unwrap();
    let mut out = [0; 8];
    // The rest of the chunk is in the cursor's buffer, and is not given out any more.
    assert_eq!(cursor.read_some(&vault, &mut out), Ok(8));
    let foreign = cursor.read_some(&other, &mut out);
    assert_eq!(foreign, Err(Error::DocumentNotOpen));
    vault.delete(id, &mut rng()).unwrap();
    for _ in 0..2 {
        let deleted = cursor.read_some(&vault, &mut out);
        assert_eq!(deleted, Err(Error::NoSuchRecord(id)));
    }

    let id = add_document(&mut vault, "scan", &content(CHUNK));
    let mut cursor = vault.document_cursor(id).unwrap();
    let vault = vault
        .lock()
        .unlock(Unlock::Recovery(&home.code), NOW, &mut rng())
        .unwrap();
    let late = cursor.read_some(&vault, &mut out);
    assert_eq!(late, Err(Error::DocumentNotOpen));
    let mut cursor = vault.document_cursor(id).unwrap();
    assert!(rest(&mut cursor, &vault) == content(CHUNK));
}

/// Its place in the file would be given to others.
#[test]
fn accepting_the_rows_ends_drafts() {
    let (home, mut vault) = Home::new();
    let mut finished = vault.document_draft(&titled("scan"), &mut rng()).unwrap();
    let discarded = vault.document_draft(&titled("scan"), &mut rng()).unwrap();
    finished.append(&mut vault, b"page").unwrap();
    vault.accept_rows_as_found(&mut rng()).unwrap();
    assert!(finished.finish(&mut vault, &mut rng()).is_err());
    let _ = discarded.discard(&mut vault);
    let ids: std::collections::BTreeSet<_> = (0..120)
        .map(|_| vault.insert(&titled("kept"), b"kept", &mut rng()).unwrap())
        .collect();
    assert_eq!(ids.len(), 120);
    drop(vault);
    let vault = home.unlock();
    assert!(vault.integrity().is_intact());
    assert!(ids.iter().all(|id| *vault.body(*id).unwrap() == b"kept"));
}
