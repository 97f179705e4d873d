//! Whether files tell anything: of vaults that are alone and of pairs, with as many records in
//! either and with other numbers, from the file alone and with the key of one vault at hand.
//!
//! What can be counted in a file is compared between kinds of files: Kolmogorov-Smirnov for numbers,
//! chi-square for frequencies, at 1 in 10,000. The randomness is a fixed one, so that a test that is
//! green stays so; that it can be red is shown on files without pairs.

use std::{collections::BTreeMap, convert::Infallible, path::Path};

use rand_core::{Rng, TryCryptoRng, TryRng};
use rusqlite::Connection;
use sha2::{Digest, Sha256};

use crate::{
    KdfParams, LockedVault, Passphrase, RecoveryCode, Summary, Unlock, Vault, share::Share,
};

/// Files of a kind in a test that always runs, and in the one that takes minutes:
/// `cargo test --release -p nansen-vault --lib -- --ignored a_thousand_files`.
const FEW: u64 = 40;
const MANY: u64 = 250;

/// Randomness that is the same in each run: SHA-256 of a seed and a counter.
struct Seeded {
    seed: u64,
    counter: u64,
}

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|drawn| (drawn >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for part in out.chunks_mut(32) {
            let hash = Sha256::new()
                .chain_update(self.seed.to_be_bytes())
                .chain_update(self.counter.to_be_bytes())
                .finalize();
            self.counter += 1;
            part.copy_from_slice(&hash[..part.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}

/// What is in a kind of file: records of the first vault, and of a decoy if there is one.
#[derive(Clone, Copy)]
struct Kind {
    records: u32,
    decoy: Option<u32>,
    paired: bool,
}

const ALONE: Kind = Kind {
    records: 12,
    decoy: None,
    paired: true,
};

const fn two(records: u32, decoy: u32) -> Kind {
    Kind {
        records,
        decoy: Some(decoy),
        paired: true,
    }
}

/// A row as a reader of the file sees it.
struct Seen {
    key: i64,
    tag: Vec<u8>,
    rev: Vec<u8>,
    /// Its first bytes.
    summary: Vec<u8>,
    body: Vec<u8>,
    lengths: (u32, u32),
}

/// Everything that can be seen in a file.
struct File {
    bytes: u64,
    rows: Vec<Seen>,
    chunks: i64,
    slots: Vec<u8>,
    manifests: Vec<u8>,
    attempts: Vec<u8>,
    /// Of its first vault.
    share: Share,
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text).unwrap()
}

/// Adds records as a wallet has them.
fn fill(vault: &mut Vault, records: u32, paired: bool, rng: &mut Seeded) {
    if !paired {
        vault.padding = None;
    }
    let lengths = [40, 200, 300, 500, 700, 900, 1000, 1400, 1500, 2000];
    vault
        .transaction(rng, |tx| {
            let mut rng = Seeded {
                seed: u64::from(records),
                counter: 0,
            };
            (0..records).try_for_each(|number| {
                let length = lengths[rng.next_u32() as usize % lengths.len()];
                let summary = Summary {
                    title: format!("number {number}"),
                    ..Summary::default()
                };
                tx.insert(&summary, &vec![7; length]).map(|_| ())
            })
        })
        .map_err(|error: crate::Error| error)
        .unwrap();
}

fn unlock(path: &Path, code: &RecoveryCode, rng: &mut Seeded) -> Vault {
    let locked = LockedVault::open(path).unwrap();
    locked.unlock(Unlock::Recovery(code), 0, rng).unwrap()
}

fn make(folder: &Path, kind: Kind, seed: u64) -> File {
    let path = folder.join("v");
    let rng = &mut Seeded { seed, counter: 0 };
    let (mine, other) = (passphrase("mine"), passphrase("other"));
    let created = Vault::create(&path, &mine, KdfParams::CHEAP, rng);
    let (mut vault, code) = created.unwrap();
    let share = Share::parse(&vault.opened.share.as_ref().unwrap().encode()).unwrap();
    if let Some(records) = kind.decoy {
        let (proof, new) = (Unlock::Recovery(&code), Unlock::Passphrase(&other));
        let its_code = vault.create_decoy(proof, new, rng).unwrap();
        drop(vault);
        let mut decoy = unlock(&path, &its_code, rng);
        fill(&mut decoy, records, kind.paired, rng);
        drop(decoy);
        vault = unlock(&path, &code, rng);
    }
    fill(&mut vault, kind.records, kind.paired, rng);
    drop(vault);
    let file = look(&path, share);
    std::fs::remove_file(&path).unwrap();
    file
}

fn look(path: &Path, share: Share) -> File {
    let sql = Connection::open(path).unwrap();
    let one = |text| -> Vec<u8> { sql.query_row(text, [], |row| row.get(0)).unwrap() };
    let mut statement = sql
        .prepare(
            "SELECT key, tag, rev, substr(summary, 1, 32), substr(body, 1, 32), length(summary),
             length(body) FROM record",
        )
        .unwrap();
    let rows = statement.query_map([], |row| {
        Ok(Seen {
            key: row.get(0)?,
            tag: row.get(1)?,
            rev: row.get(2)?,
            summary: row.get(3)?,
            body: row.get(4)?,
            lengths: (row.get(5)?, row.get(6)?),
        })
    });
    let rows = rows.unwrap().map(Result::unwrap).collect();
    let mut statement = sql.prepare("SELECT sealed FROM manifest").unwrap();
    let manifests = statement.query_map([], |row| row.get::<_, Vec<u8>>(0));
    let manifests = manifests.unwrap().flat_map(Result::unwrap).collect();
    let chunks = sql.query_row("SELECT count(*) FROM chunk", [], |row| row.get(0));
    File {
        bytes: path.metadata().unwrap().len(),
        rows,
        chunks: chunks.unwrap(),
        slots: one("SELECT slots FROM header"),
        manifests,
        attempts: one("SELECT state FROM attempt"),
        share,
    }
}

fn files(kind: Kind, group: u64, count: u64) -> Vec<File> {
    let memory = Path::new("/dev/shm");
    let folder = match memory.is_dir() {
        true => tempfile::tempdir_in(memory),
        false => tempfile::tempdir(),
    };
    let folder = folder.unwrap();
    let file = |number| make(folder.path(), kind, group * MANY + number);
    (0..count).map(file).collect()
}

/// The largest distance between two samples' distributions, over what chance exceeds once in 10,000.
fn kolmogorov(left: &mut [f64], right: &mut [f64]) -> f64 {
    left.sort_by(f64::total_cmp);
    right.sort_by(f64::total_cmp);
    let below = |sample: &[f64], value: f64| {
        let count = sample.partition_point(|it| *it <= value);
        count as f64 / sample.len() as f64
    };
    let values = left.iter().chain(right.iter());
    let distances = values.map(|it| (below(left, *it) - below(right, *it)).abs());
    let (n, m) = (left.len() as f64, right.len() as f64);
    let critical = (-(1e-4_f64 / 2.0).ln() / 2.0).sqrt() * ((n + m) / (n * m)).sqrt();
    distances.fold(0.0, f64::max) / critical
}

/// Chi-square over what chance exceeds once in 10,000 (Wilson and Hilferty 1931).
fn over_critical(chi: f64, freedom: f64) -> f64 {
    let part = 2.0 / (9.0 * freedom);
    chi / (freedom * (1.0 - part + 3.719 * part.sqrt()).powi(3))
}

/// Whether bytes are evenly distributed.
fn uneven(bytes: impl Iterator<Item = u8>) -> f64 {
    let mut counts = [0u64; 256];
    bytes.for_each(|byte| counts[usize::from(byte)] += 1);
    let expected = counts.iter().sum::<u64>() as f64 / 256.0;
    let part = |count: &u64| (*count as f64 - expected).powi(2) / expected;
    over_critical(counts.iter().map(part).sum(), 255.0)
}

/// Whether two samples fall into the same classes as often. `weight`: how many come together.
fn different<K: Ord>(left: &BTreeMap<K, u64>, right: &BTreeMap<K, u64>, weight: f64) -> f64 {
    let total = |of: &BTreeMap<K, u64>| of.values().sum::<u64>() as f64 / weight;
    let (n, m) = (total(left), total(right));
    let keys: std::collections::BTreeSet<&K> = left.keys().chain(right.keys()).collect();
    let part = |key: &&K| {
        let [a, b] = [left, right].map(|of| *of.get(*key).unwrap_or(&0) as f64 / weight);
        (a * (m / n).sqrt() - b * (n / m).sqrt()).powi(2) / (a + b)
    };
    over_critical(keys.iter().map(part).sum(), keys.len() as f64 - 1.0)
}

fn lengths<'f>(rows: impl Iterator<Item = &'f Seen>) -> BTreeMap<(u32, u32), u64> {
    let mut counts = BTreeMap::new();
    rows.for_each(|row| *counts.entry(row.lengths).or_default() += 1);
    counts
}

type Told = Vec<(&'static str, f64)>;

/// What the files of two kinds tell apart without any key: 1 and more is too much.
fn from_the_files(left: &[File], right: &[File]) -> Told {
    let numbers = |of: &dyn Fn(&File) -> f64| {
        let sample = |files: &[File]| files.iter().map(of).collect::<Vec<_>>();
        kolmogorov(&mut sample(left), &mut sample(right))
    };
    let rows = |files: &[File]| lengths(files.iter().flat_map(|file| &file.rows));
    let mut told = vec![
        ("bytes", numbers(&|file| file.bytes as f64)),
        ("rows", numbers(&|file| file.rows.len() as f64)),
        ("chunks", numbers(&|file| file.chunks as f64)),
        (
            "bits of keys",
            numbers(&|file| bits(file.rows.iter().map(|row| row.key))),
        ),
        // Two rows of a pair have the same lengths.
        ("lengths", different(&rows(left), &rows(right), 2.0)),
    ];
    for files in [left, right] {
        let each = |of: fn(&Seen) -> &[u8]| {
            let rows = files.iter().flat_map(|file| &file.rows);
            uneven(rows.flat_map(move |row| of(row).iter().copied()))
        };
        let rows = files.iter().flat_map(|file| &file.rows);
        let keys = rows.flat_map(|row| row.key.to_be_bytes());
        let slots = files.iter().flat_map(|file| &file.slots[61..1725]);
        told.extend([
            ("keys", uneven(keys)),
            ("tags", each(|row| &row.tag)),
            ("revs", each(|row| &row.rev)),
            ("summaries", each(|row| &row.summary)),
            ("bodies", each(|row| &row.body)),
            ("slots", uneven(slots.copied())),
            (
                "manifests",
                uneven(files.iter().flat_map(|file| file.manifests.clone())),
            ),
        ]);
        assert!(files.iter().all(|file| file.attempts == [0; 16]));
    }
    told
}

/// What the keys of rows have set, of each bit's share.
fn bits(keys: impl Iterator<Item = i64>) -> f64 {
    let ones = keys.map(|key| (f64::from(key.count_ones()), 64.0));
    let (ones, all) = ones.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    ones / all
}

/// What whoever knows the shares can tell of the two.
fn from_the_shares(files: &[File]) -> Told {
    let of = |file: &File, own: bool| -> Vec<usize> {
        let rows = file.rows.iter().enumerate();
        let side = rows.filter(|(_, row)| file.share.has_row(row.key) == own);
        side.map(|(at, _)| at).collect()
    };
    let sides = [true, false].map(|own| {
        let rows = files.iter().flat_map(move |file| {
            let rows = of(file, own).into_iter();
            rows.map(|at| &file.rows[at])
        });
        rows.collect::<Vec<_>>()
    });
    let unequal = files.iter().filter(|file| {
        let [own, other] =
            [true, false].map(|own| lengths(of(file, own).iter().map(|at| &file.rows[*at])));
        own != other
    });
    let mut told = vec![("unequal shares", unequal.count() as f64)];
    let mut places = sides
        .each_ref()
        .map(|rows| rows.iter().map(|row| row.key as f64).collect::<Vec<_>>());
    let [own, other] = &mut places;
    told.push(("keys", kolmogorov(own, other)));
    for rows in &sides {
        let part = |of: fn(&Seen) -> &[u8]| {
            uneven(rows.iter().flat_map(move |row| of(row).iter().copied()))
        };
        told.extend([
            ("tags", part(|row| &row.tag)),
            ("revs", part(|row| &row.rev)),
            ("summaries", part(|row| &row.summary)),
            ("bodies", part(|row| &row.body)),
        ]);
    }
    told
}

fn tells_nothing(told: &Told) {
    let too_much: Vec<_> = told.iter().filter(|(_, over)| *over >= 1.0).collect();
    assert!(too_much.is_empty(), "{too_much:?} of {told:?}");
}

fn tell_nothing(count: u64) {
    let alone = files(ALONE, 0, count);
    tells_nothing(&from_the_shares(&alone));
    for (group, kind) in [(1, two(12, 12)), (2, two(12, 3)), (3, two(2, 12))] {
        let pairs = files(kind, group, count);
        tells_nothing(&from_the_files(&alone, &pairs));
        tells_nothing(&from_the_shares(&pairs));
    }
}

#[test]
fn files_do_not_tell_how_many_vaults_they_hold() {
    tell_nothing(FEW);
}

#[test]
#[ignore = "takes minutes"]
fn a_thousand_files_do_not_tell_how_many_vaults_they_hold() {
    tell_nothing(MANY);
}

#[test]
fn without_pairs_they_would() {
    let kind = |records, decoy| Kind {
        records,
        decoy,
        paired: false,
    };
    let alone = files(kind(120, None), 4, FEW);
    let pairs = files(kind(120, Some(120)), 5, FEW);
    let red = |told: Told, name| told.iter().any(|(it, over)| *it == name && *over >= 1.0);
    assert!(red(from_the_files(&alone, &pairs), "rows"));
    assert!(red(from_the_files(&alone, &pairs), "lengths"));
    assert!(red(from_the_shares(&alone), "unequal shares"));
}
