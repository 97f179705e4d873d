//! How a vault grows from 1,000 records to 100,000: unlock without key derivation, get, search, memory.
//! `cargo run --release -p nansen-vault --example scale [RECORDS ...]` (memory on Linux only).

use std::{
    error::Error,
    hint::black_box,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use getrandom::SysRng;
use nansen_vault::{
    KdfParams, LockedVault, Passphrase, RecordId, RecoveryCode, Summary, Unlock, Vault,
};
use rand_core::UnwrapErr;

const TITLES: [&str; 6] = [
    "Welder, level",
    "Diplôme de soudeur",
    "Driving licence",
    "شهادة تدريب",
    "Forklift certificate",
    "Nursing assistant",
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [read, path, code, ids] = arguments.as_slice()
        && read == "read"
    {
        return self::read(Path::new(path), &RecoveryCode::parse(code)?, Path::new(ids));
    }
    let mut sizes: Vec<usize> = arguments
        .iter()
        .map(|size| size.parse())
        .collect::<Result<_, _>>()?;
    if sizes.is_empty() {
        sizes = vec![1_000, 10_000, 100_000];
    }
    println!(
        "| records | file, MiB | unlock, ms | get, us | first search, ms | search, ms | search of all, ms | memory, MiB | index, MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for size in sizes {
        fill(size)?;
    }
    Ok(())
}

/// Makes a vault, and has it measured by a process of its own, whose memory is that of reading alone.
fn fill(size: usize) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("vault.nansen");
    let mut rng = UnwrapErr(SysRng);
    let passphrase = Passphrase::new("scale")?;
    let (mut vault, code) = Vault::create(&path, &passphrase, KdfParams::FLOOR, &mut rng)?;
    let mut ids = Vec::new();
    for batch in 0..size.div_ceil(1000) {
        let numbers = batch * 1000..size.min(batch * 1000 + 1000);
        let added = vault.transaction(&mut rng, |tx| {
            numbers
                .map(|number| tx.insert(&summary(number), &[7; 600]))
                .collect::<Result<Vec<_>, nansen_vault::Error>>()
        })?;
        ids.extend(added);
    }
    drop(vault);
    let list = folder.path().join("ids");
    let bytes: Vec<u8> = ids.iter().flat_map(|id| *id.as_bytes()).collect();
    std::fs::write(&list, bytes)?;
    let mut read = Command::new(std::env::current_exe()?);
    read.arg("read")
        .arg(&path)
        .arg(code.groups().as_str())
        .arg(&list);
    match read.status()?.success() {
        true => Ok(()),
        false => Err("reading failed".into()),
    }
}

fn read(path: &Path, code: &RecoveryCode, list: &Path) -> Result<(), Box<dyn Error>> {
    let list = std::fs::read(list)?;
    let (ids, _) = list.as_chunks::<16>();
    let size = ids.len();
    let unlock = || -> Result<_, Box<dyn Error>> {
        let start = Instant::now();
        let vault = LockedVault::open(path)?.unlock(
            Unlock::Recovery(code),
            0,
            &mut rand_core::UnwrapErr(getrandom::SysRng),
        )?;
        Ok((vault, start.elapsed()))
    };
    let times = (0..5)
        .map(|_| unlock().map(|(_, time)| time))
        .collect::<Result<Vec<_>, _>>()?;
    let (vault, _) = unlock()?;
    let before = resident();

    let some = (0..4000).filter_map(|turn| ids.get(turn * 7919 % size));
    let mut gets = Vec::new();
    for id in some {
        let start = Instant::now();
        black_box(vault.get(RecordId::new(*id))?);
        gets.push(start.elapsed());
    }
    let get = median(gets);
    let walked = resident();

    let (first, _) = timed(|| vault.search("no such thing"))?;
    let index = resident().saturating_sub(walked);
    // A word of many records and one of a single record, as people type them.
    let needle = format!("soudeur {}", size / 2 / 6 * 6 + 1);
    let searches = (0..9)
        .map(|_| timed(|| vault.search(&needle)))
        .collect::<Result<Vec<_>, _>>()?;
    assert!(searches.iter().all(|(_, found)| *found >= 1));
    let search = median(searches.iter().map(|(time, _)| *time).collect());
    let (all, _) = timed(|| vault.search(""))?;
    println!(
        "| {size} | {} | {} | {:.1} | {} | {:.1} | {} | {} | {} |",
        path.metadata()?.len() >> 20,
        median(times).as_millis(),
        get.as_secs_f64() * 1e6,
        first.as_millis(),
        search.as_secs_f64() * 1e3,
        all.as_millis(),
        before >> 10,
        index >> 10,
    );
    Ok(())
}

fn summary(number: usize) -> Summary {
    let title = TITLES.get(number % TITLES.len()).unwrap_or(&"");
    Summary {
        kind: "credential".into(),
        title: format!("{title} {number}"),
        issuer: "Technical Institute of the South".into(),
        tags: vec!["work".into(), "2024".into()],
        created: 1_700_000_000,
        ..Summary::default()
    }
}

/// How long a search takes, and how much it finds.
fn timed(
    search: impl FnOnce() -> nansen_vault::Result<nansen_vault::Listing>,
) -> Result<(Duration, usize), Box<dyn Error>> {
    let start = Instant::now();
    let found = search()?.records.len();
    Ok((start.elapsed(), found))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Resident memory of this process in KiB; 0 where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok())
        .unwrap_or(0)
}
