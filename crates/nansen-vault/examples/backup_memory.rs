//! How far the process grows while a vault with a document of 1 GiB is backed up, checked and restored,
//! and how long each takes: `cargo run --release -p nansen-vault --example backup_memory [MiB]` (Linux).
//! With `MALLOC_MMAP_THRESHOLD_=131072`, lest glibc keep what key derivation had and hide the growth.

use std::{error::Error, fs, time::Instant};

use getrandom::SysRng;
use nansen_vault::{
    BackupFile, BackupLock, BackupPhase, BackupWriter, KdfParams, Passphrase, RecoveryCode,
    Restore, RestoreMode, Summary, Vault,
};
use rand_core::UnwrapErr;

fn main() -> Result<(), Box<dyn Error>> {
    let mib: u64 = std::env::args()
        .nth(1)
        .map_or(Ok(1024), |size| size.parse())?;
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    let mut rng = UnwrapErr(SysRng);
    let passphrase = Passphrase::new("memory")?;
    let (mut vault, _) = Vault::create(at("vault"), &passphrase, KdfParams::FLOOR, &mut rng)?;
    let (mut new, _) = Vault::create(at("new"), &passphrase, KdfParams::FLOOR, &mut rng)?;
    let block = vec![9u8; 1 << 20];
    let mut writer = vault.document_writer(&Summary::default(), &mut rng)?;
    for _ in 0..mib {
        writer.append(&block)?;
    }
    writer.finish()?;
    let code = RecoveryCode::random(&mut rng);
    let lock = BackupLock::Recovery(&code);

    let mut span = Span::begin()?;
    let mut backup = BackupWriter::begin(&vault, at("backup"), lock, None, 0, &mut rng)?;
    while backup.step(&vault)?.phase == BackupPhase::Writing {}
    span.end("written", mib)?;
    span = Span::begin()?;
    while backup.step(&vault)?.phase != BackupPhase::Done {}
    span.end("read back", mib)?;
    drop(backup);

    span = Span::begin()?;
    let file = BackupFile::open(at("backup"), lock)?;
    let mut restore = Restore::begin(&new, vec![file], RestoreMode::Real)?;
    while !restore.step(&mut new, &mut |_, _| false, &mut rng)?.done {}
    span.end("restored", mib)?;
    Ok(())
}

/// Time and memory from one moment to another.
struct Span {
    start: Instant,
    resident: u64,
}

impl Span {
    /// Starts the high-water mark anew from what is resident now.
    fn begin() -> Result<Self, Box<dyn Error>> {
        fs::write("/proc/self/clear_refs", "5")?;
        Ok(Self {
            start: Instant::now(),
            resident: status("VmRSS:")?,
        })
    }

    fn end(&self, what: &str, mib: u64) -> Result<(), Box<dyn Error>> {
        let seconds = self.start.elapsed().as_secs_f64();
        let most = status("VmHWM:")?;
        let grown = most.saturating_sub(self.resident);
        println!(
            "{mib} MiB {what}: {seconds:.2} s, resident memory grew by {grown} KiB to at most {most} KiB"
        );
        Ok(())
    }
}

/// A line of this process's status, in KiB.
fn status(name: &str) -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .ok_or("no such line")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}
