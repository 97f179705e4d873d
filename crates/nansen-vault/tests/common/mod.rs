//! What the vault's tests share: randomness, names, and a vault in a temporary folder.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "each test file uses a part of it"
)]

#[cfg(target_os = "linux")]
pub mod disk;
pub mod script;
#[cfg(target_os = "linux")]
pub mod traced;

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicI64, Ordering},
};

use getrandom::SysRng;
use nansen_vault::{
    Error, KdfParams, LockedVault, Passphrase, RecordId, RecoveryCode, Summary, Unlock, Vault,
};
use rand_core::UnwrapErr;
use tempfile::TempDir;

/// A moment, in seconds since 1970.
pub const NOW: i64 = 1_800_000_000;

/// An hour after it was last asked, so that a test may be wrong often without having to wait.
pub fn later() -> i64 {
    static HOURS: AtomicI64 = AtomicI64::new(0);
    NOW + 3600 * HOURS.fetch_add(1, Ordering::Relaxed)
}

pub const PASSPHRASE: &str = "six bags of rice";

pub fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

pub fn passphrase() -> Passphrase {
    Passphrase::new(PASSPHRASE).unwrap()
}

pub fn titled(title: &str) -> Summary {
    Summary {
        kind: "licence".into(),
        title: title.into(),
        created: 1_700_000_000,
        ..Summary::default()
    }
}

/// A folder with one vault in it, and the recovery code, which unlocks without key derivation.
pub struct Home {
    pub folder: TempDir,
    pub path: PathBuf,
    pub code: RecoveryCode,
}

impl Home {
    pub fn new() -> (Self, Vault) {
        Self::within(tempfile::tempdir().unwrap())
    }

    pub fn within(folder: TempDir) -> (Self, Vault) {
        let path = folder.path().join("vault.nansen");
        let (vault, code) =
            Vault::create(&path, &passphrase(), KdfParams::FLOOR, &mut rng()).unwrap();
        (Self { folder, path, code }, vault)
    }

    pub fn unlock(&self) -> Vault {
        self.try_unlock().unwrap()
    }

    pub fn try_unlock(&self) -> Result<Vault, Error> {
        try_unlock(&self.path, &self.code)
    }

    /// Takes the padding rows away, as whoever changes the file may, so that it is small.
    pub fn strip(&self) {
        let listed = self.unlock().list().unwrap().records;
        let keys: Vec<String> = listed.iter().map(|(id, _)| key(*id).to_string()).collect();
        let sql = format!(
            "DELETE FROM record WHERE key NOT IN ({}); VACUUM; PRAGMA wal_checkpoint(TRUNCATE)",
            keys.join(",")
        );
        self.sql().execute_batch(&sql).unwrap();
    }

    /// The WAL beside the file.
    pub fn wal(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push("-wal");
        name.into()
    }

    /// Every byte that the vault keeps on disk. Only while it is closed: opening and closing the file
    /// elsewhere in the process would drop SQLite's lock.
    pub fn raw(&self) -> Vec<u8> {
        let mut bytes = std::fs::read(&self.path).unwrap();
        bytes.extend(std::fs::read(self.wal()).unwrap_or_default());
        bytes
    }

    /// The file as plain SQLite, for the tests that tamper.
    pub fn sql(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(&self.path).unwrap()
    }
}

/// A folder in memory, where the system has one: what a sync would reach there makes no difference, and
/// thousands of vaults take a tenth of the time.
pub fn quick_folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

/// The number of a record's row.
pub fn key(id: RecordId) -> i64 {
    i64::from_be_bytes(id.as_bytes()[..8].try_into().unwrap())
}

pub fn try_unlock(path: &Path, code: &RecoveryCode) -> Result<Vault, Error> {
    Ok(LockedVault::open(path)?.unlock(Unlock::Recovery(code), NOW, &mut rng())?)
}

pub fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

/// Content of a document that differs everywhere.
pub fn content(length: usize) -> Vec<u8> {
    (0..length as u64)
        .map(|place| (place.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8)
        .collect()
}

pub fn add_document(vault: &mut Vault, title: &str, bytes: &[u8]) -> RecordId {
    let rng = &mut rng();
    let mut writer = vault.document_writer(&titled(title), rng).unwrap();
    for part in bytes.chunks(10_000) {
        writer.append(part).unwrap();
    }
    writer.finish().unwrap()
}

pub fn read_document(vault: &Vault, id: RecordId) -> Vec<u8> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut vault.document_reader(id).unwrap(), &mut bytes).unwrap();
    bytes
}

/// Names the part that a child process of a test plays.
pub const PART: &str = "NANSEN_VAULT_TEST_PART";

/// This test binary again, to run only its test `child`, which plays `part`.
pub fn this_program(part: &str) -> std::process::Command {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(PART, part);
    command
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped());
    command
}

/// The lines that a child said, without the test harness's own.
pub fn said(output: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(output);
    // The harness puts its own words before the first line of a test, without a line break.
    text.split('\n')
        .filter_map(|line| Some(line.split_once("> ")?.1.to_owned()))
        .collect()
}
