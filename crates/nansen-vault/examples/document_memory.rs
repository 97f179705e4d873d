//! How far the process grows while a document of 200 MiB goes in and out:
//! `cargo run --release -p nansen-vault --example document_memory [MiB]` (Linux).

use std::{error::Error, fs, io::Read};

use getrandom::SysRng;
use nansen_vault::{KdfParams, Passphrase, Summary, Vault};
use rand_core::UnwrapErr;

fn main() -> Result<(), Box<dyn Error>> {
    let mib: u64 = std::env::args()
        .nth(1)
        .map_or(Ok(200), |size| size.parse())?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("vault.nansen");
    let mut rng = UnwrapErr(SysRng);
    let passphrase = Passphrase::new("memory")?;
    let (mut vault, _) = Vault::create(&path, &passphrase, KdfParams::FLOOR, &mut rng)?;
    let block = vec![9u8; 1 << 20];

    // Key derivation has come and gone: start the high-water mark anew from what is resident now.
    fs::write("/proc/self/clear_refs", "5")?;
    let before = status("VmRSS:")?;
    let mut writer = vault.document_writer(&Summary::default(), &mut rng)?;
    for _ in 0..mib {
        writer.append(&block)?;
    }
    let id = writer.finish()?;
    println!(
        "{mib} MiB in:  resident memory grew by {} KiB",
        status("VmHWM:")?.saturating_sub(before)
    );

    fs::write("/proc/self/clear_refs", "5")?;
    let before = status("VmRSS:")?;
    let mut out = vec![0u8; 1 << 16];
    let mut reader = vault.document_reader(id)?;
    while reader.read(&mut out)? > 0 {}
    drop(reader);
    println!(
        "{mib} MiB out: resident memory grew by {} KiB",
        status("VmHWM:")?.saturating_sub(before)
    );

    fs::write("/proc/self/clear_refs", "5")?;
    let before = status("VmRSS:")?;
    vault.delete(id, &mut rng)?;
    println!(
        "deleted:     resident memory grew by {} KiB",
        status("VmHWM:")?.saturating_sub(before)
    );
    println!("file after deletion: {} KiB", path.metadata()?.len() / 1024);
    Ok(())
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
