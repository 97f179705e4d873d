//! The vault beside what it is built on, in one run, so that ratios mean something on any machine:
//! `cargo bench -p nansen-vault`. Each group's second line is the bare baseline: SQLite with the same
//! schema, pragmas and row sizes, or the cipher alone.
//!
//! Memory for large documents: `cargo run --release -p nansen-vault --example document_memory`.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark ends at the first surprise"
)]

use std::{
    hint::black_box,
    io::Read,
    path::Path,
    time::{Duration, Instant},
};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{AeadInOut, inout::InOutBuf},
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use getrandom::SysRng;
use nansen_vault::{
    BackupLock, BackupPhase, BackupWriter, Error, KdfParams, LockedVault, Passphrase, RecoveryCode,
    Summary, Unlock, Vault, limits,
};
use rand_core::{Rng, UnwrapErr};
use rusqlite::{Connection, params};
use tempfile::TempDir;

const RECORDS: u32 = 10_000;
const BODY: [u8; 1024] = [7; 1024];
/// Sealed sizes of the benches' summary and body: what the bare rows hold.
const SEALED_SUMMARY: usize = 256 + 16;
const SEALED_BODY: usize = 1088 + 16;
const DOCUMENT: usize = 64 << 20;

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

fn summary(number: u32) -> Summary {
    Summary {
        kind: "qualification".into(),
        title: format!("Welding certificate {number}"),
        issuer: "Technical Institute of Nowhere".into(),
        tags: vec!["work".into(), "metal".into()],
        created: 1_700_000_000,
        expires: Some(1_900_000_000),
        extra: vec![0; 32],
    }
}

fn create(folder: &TempDir, name: &str) -> (Vault, RecoveryCode) {
    let passphrase = Passphrase::new("bench").unwrap();
    let path = folder.path().join(name);
    Vault::create(path, &passphrase, KdfParams::FLOOR, &mut rng()).unwrap()
}

fn fill(vault: &mut Vault) -> Vec<nansen_vault::RecordId> {
    vault
        .transaction(&mut rng(), |tx| -> Result<_, Error> {
            (0..RECORDS)
                .map(|number| tx.insert(&summary(number), &BODY))
                .collect()
        })
        .unwrap()
}

/// SQLite as the vault sets it up, without the vault.
fn bare(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL;
             PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             PRAGMA secure_delete = ON; PRAGMA cache_size = -4096;",
        )
        .unwrap();
    connection
        .execute_batch(include_str!("../migrations/0001.sql"))
        .unwrap();
    connection
}

fn fill_bare(connection: &Connection) -> Vec<i64> {
    let (tag, rev) = ([1u8; 8], [2u8; 24]);
    let (summary, body) = (vec![3u8; SEALED_SUMMARY], vec![4u8; SEALED_BODY]);
    let fill = connection.unchecked_transaction().unwrap();
    let keys = (0..RECORDS)
        .map(|_| {
            let key = rng().next_u64().cast_signed();
            fill.prepare_cached("INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5)")
                .unwrap()
                .execute(params![key, tag, rev, summary, body])
                .unwrap();
            key
        })
        .collect();
    fill.commit().unwrap();
    keys
}

fn get(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let (mut vault, _) = create(&folder, "vault");
    let ids = fill(&mut vault);
    let connection = bare(&folder.path().join("bare"));
    let keys = fill_bare(&connection);
    let mut group = c.benchmark_group("get 1 KiB by id");
    let mut next = (0..ids.len()).cycle().step_by(7919);
    group.bench_function("vault, body", |b| {
        b.iter(|| vault.body(ids[next.next().unwrap()]).unwrap());
    });
    group.bench_function("vault, summary and body", |b| {
        b.iter(|| vault.get(ids[next.next().unwrap()]).unwrap());
    });
    let row = |row: &rusqlite::Row<'_>| -> rusqlite::Result<([u8; 24], Vec<u8>, Vec<u8>)> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    };
    group.bench_function("bare select from the same table", |b| {
        b.iter(|| {
            let sql = "SELECT rev, summary, body FROM record WHERE key = ?1 AND tag = ?2";
            let key = keys[next.next().unwrap()];
            let mut statement = connection.prepare_cached(sql).unwrap();
            statement.query_row(params![key, [1u8; 8]], row).unwrap()
        });
    });
    // What a table keyed by the 16-byte id itself would cost, which the vault's row numbers avoid.
    connection
        .execute_batch(
            "CREATE TABLE plain (id BLOB PRIMARY KEY, rev BLOB, summary BLOB, body BLOB);
             INSERT INTO plain SELECT CAST(printf('%016x', key) AS BLOB), rev, summary, body FROM record;",
        )
        .unwrap();
    let ids: Vec<[u8; 16]> = keys
        .iter()
        .map(|key| format!("{key:016x}").into_bytes().try_into().unwrap())
        .collect();
    group.bench_function("bare select by 16-byte id", |b| {
        b.iter(|| {
            let sql = "SELECT rev, summary, body FROM plain WHERE id = ?1";
            let id = ids[next.next().unwrap()];
            connection
                .prepare_cached(sql)
                .unwrap()
                .query_row([id], row)
                .unwrap()
        });
    });
    group.finish();
}

fn insert(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let mut number = 0;
    let mut name = || {
        number += 1;
        number.to_string()
    };
    let mut group = c.benchmark_group("insert 10,000 in one transaction");
    group.sample_size(10);
    group.bench_function("vault", |b| {
        b.iter_batched_ref(
            || create(&folder, &name()).0,
            fill,
            criterion::BatchSize::PerIteration,
        );
    });
    group.bench_function("bare", |b| {
        b.iter_batched_ref(
            || bare(&folder.path().join(name())),
            |connection| fill_bare(connection),
            criterion::BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn insert_one(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let (mut vault, _) = create(&folder, "vault");
    let connection = bare(&folder.path().join("bare"));
    let mut group = c.benchmark_group("insert one, durable");
    group.sample_size(20);
    group.bench_function("vault", |b| {
        b.iter(|| vault.insert(&summary(0), &BODY, &mut rng()).unwrap());
    });
    let (summary, body) = (vec![3u8; SEALED_SUMMARY], vec![4u8; SEALED_BODY]);
    group.bench_function("bare", |b| {
        b.iter(|| {
            connection
                .prepare_cached("INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5)")
                .unwrap()
                .execute(params![
                    rng().next_u64().cast_signed(),
                    [1u8; 8],
                    [2u8; 24],
                    summary,
                    body
                ])
                .unwrap()
        });
    });
    group.finish();
}

fn unlock(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let (mut vault, code) = create(&folder, "vault");
    fill(&mut vault);
    drop(vault);
    let mut group = c.benchmark_group("10,000 records");
    group.sample_size(20);
    let timed = |rounds: u64, work: &mut dyn FnMut() -> Duration| (0..rounds).map(|_| work()).sum();
    group.bench_function("open, unlock without key derivation, list", |b| {
        b.iter_custom(|rounds| {
            timed(rounds, &mut || {
                let start = Instant::now();
                let locked = LockedVault::open(folder.path().join("vault")).unwrap();
                let vault = locked
                    .unlock(Unlock::Recovery(&code), 0, &mut rng())
                    .unwrap();
                assert_eq!(vault.list().unwrap().records.len(), RECORDS as usize);
                start.elapsed()
            })
        });
    });
    let vault = LockedVault::open(folder.path().join("vault")).unwrap();
    let vault = vault
        .unlock(Unlock::Recovery(&code), 0, &mut rng())
        .unwrap();
    group.bench_function("list", |b| b.iter(|| vault.list().unwrap()));
    group.bench_function("search", |b| {
        b.iter(|| vault.search("wélding 9999").unwrap())
    });
    group.finish();
}

fn document(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let (mut vault, _) = create(&folder, "vault");
    let bytes = vec![5u8; 1 << 20];
    let mut rng = rng();
    let mut group = c.benchmark_group("document of 64 MiB");
    group
        .sample_size(10)
        .throughput(Throughput::Bytes(DOCUMENT as u64));
    let write = |vault: &mut Vault, rng: &mut UnwrapErr<SysRng>| {
        let mut writer = vault.document_writer(&summary(0), rng).unwrap();
        for _ in 0..DOCUMENT / bytes.len() {
            writer.append(&bytes).unwrap();
        }
        writer.finish().unwrap()
    };
    let id = write(&mut vault, &mut rng);
    let mut out = vec![0u8; limits::CHUNK_BYTES];
    group.bench_function("read", |b| {
        b.iter(|| {
            let mut reader = vault.document_reader(id).unwrap();
            while reader.read(&mut out).unwrap() > 0 {
                black_box(&out);
            }
        });
    });
    let cipher = XChaCha20Poly1305::new(&[1; 32].into());
    let mut chunk = vec![6u8; limits::CHUNK_BYTES];
    group.bench_function("cipher alone", |b| {
        b.iter(|| {
            for number in 0..(DOCUMENT / limits::CHUNK_BYTES) as u64 {
                let mut nonce = [0; 24];
                nonce[..8].copy_from_slice(&number.to_le_bytes());
                let buffer = InOutBuf::from(&mut chunk[..]);
                let tag = cipher
                    .encrypt_inout_detached(&nonce.into(), b"aad", buffer)
                    .unwrap();
                black_box(tag);
            }
        });
    });
    group.bench_function("write", |b| {
        b.iter_custom(|rounds| {
            (0..rounds)
                .map(|_| {
                    let start = Instant::now();
                    let id = write(&mut vault, &mut rng);
                    let spent = start.elapsed();
                    vault.delete(id, &mut rng).unwrap();
                    spent
                })
                .sum()
        });
    });
    group.finish();
}

/// A backup opens each chunk of the vault and seals it anew, then opens everything once more: its
/// baselines do the same with the cipher alone.
fn backup(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let (mut vault, _) = create(&folder, "vault");
    let (bytes, mut rng) = (vec![5u8; 1 << 20], rng());
    let mut writer = vault.document_writer(&summary(0), &mut rng).unwrap();
    for _ in 0..DOCUMENT / bytes.len() {
        writer.append(&bytes).unwrap();
    }
    writer.finish().unwrap();
    let code = RecoveryCode::random(&mut rng);
    let place = folder.path().join("backup");
    let mut group = c.benchmark_group("backup of 64 MiB");
    group
        .sample_size(10)
        .throughput(Throughput::Bytes(DOCUMENT as u64));
    // Each part by itself: the time of the other is left out.
    let mut timed = |name: &str, phase: BackupPhase| {
        group.bench_function(name, |b| {
            b.iter_custom(|times| {
                let mut spent = Duration::ZERO;
                for _ in 0..times {
                    let lock = BackupLock::Recovery(&code);
                    let begun = BackupWriter::begin(&vault, &place, lock, None, 0, &mut rng);
                    let (mut writer, mut now) = (begun.unwrap(), BackupPhase::Writing);
                    while now != BackupPhase::Done {
                        let start = Instant::now();
                        let next = writer.step(&vault).unwrap().phase;
                        if now == phase {
                            spent += start.elapsed();
                        }
                        now = next;
                    }
                }
                spent
            });
        });
    };
    timed("written and synced", BackupPhase::Writing);
    timed("read back", BackupPhase::Checking);
    let cipher = XChaCha20Poly1305::new(&[1; 32].into());
    let mut chunk = vec![5u8; limits::CHUNK_BYTES];
    let nonce = [0; 24].into();
    let tag = cipher
        .encrypt_inout_detached(&nonce, b"", InOutBuf::from(&mut chunk[..]))
        .unwrap();
    let sealed = chunk.clone();
    group.bench_function("cipher, opened and sealed", |b| {
        b.iter(|| {
            for _ in 0..DOCUMENT / limits::CHUNK_BYTES {
                chunk.copy_from_slice(&sealed);
                let open = InOutBuf::from(&mut chunk[..]);
                cipher
                    .decrypt_inout_detached(&nonce, b"", open, &tag)
                    .unwrap();
                let seal = InOutBuf::from(&mut chunk[..]);
                black_box(cipher.encrypt_inout_detached(&nonce, b"", seal).unwrap());
            }
        });
    });
    group.bench_function("cipher, opened", |b| {
        b.iter(|| {
            for _ in 0..DOCUMENT / limits::CHUNK_BYTES {
                chunk.copy_from_slice(&sealed);
                let open = InOutBuf::from(&mut chunk[..]);
                cipher
                    .decrypt_inout_detached(&nonce, b"", open, &tag)
                    .unwrap();
            }
        });
    });
}

/// What a decoy in the file costs its owner, and what it tells by time.
fn decoy(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let (alone, code) = create(&folder, "alone");
    let (mut real, its_code) = create(&folder, "two");
    let other = Passphrase::new("other").unwrap();
    let proof = Unlock::Recovery(&its_code);
    real.create_decoy(proof, Unlock::Passphrase(&other), &mut rng())
        .unwrap();
    let right = Passphrase::new("bench").unwrap();
    let mut group = c.benchmark_group("passphrase");
    group.sample_size(20);
    for (name, vault, code) in [("without", alone, &code), ("with", real, &its_code)] {
        let mut locked = Some(vault.lock());
        group.bench_function(format!("right, {name} a decoy"), |b| {
            b.iter(|| {
                let vault = locked.take().unwrap();
                let vault = vault.unlock(Unlock::Passphrase(&right), 0, &mut rng());
                locked = Some(vault.unwrap().lock());
            });
        });
        let wrong = Passphrase::new("wrong").unwrap();
        // An hour more each time, so that nothing waits.
        let mut now = 0;
        group.bench_function(format!("wrong, {name} a decoy"), |b| {
            b.iter(|| {
                now += 3600;
                let vault = locked.take().unwrap();
                let failed = vault.unlock(Unlock::Passphrase(&wrong), now, &mut rng());
                locked = Some(failed.unwrap_err().locked);
            });
        });
        group.bench_function(format!("recovery code, {name} a decoy"), |b| {
            b.iter(|| {
                let vault = locked.take().unwrap();
                let vault = vault.unlock(Unlock::Recovery(code), 0, &mut rng());
                locked = Some(vault.unwrap().lock());
            });
        });
    }
    group.finish();
}

criterion_group!(
    benches, get, insert, insert_one, unlock, decoy, document, backup
);
criterion_main!(benches);
