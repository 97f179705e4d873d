//! kill -9 while a backup is written and while one is restored: what stood before stands, and going on
//! ends right.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    thread,
    time::Duration,
};

use common::{Home, PART, add_document, content, read_document, rng, titled};
use nansen_vault::{
    BackupFile, BackupLock, BackupPhase, BackupWriter, Error, RecoveryCode, Restore, RestoreMode,
    Vault,
};
use rand_core::Rng;

/// Lets a child work on the vault for a moment and kills it; whether it was done before.
fn kill_after(part: &str, home: &Home, code: &str, most: Duration) -> bool {
    let mut child = common::this_program(part)
        .env("VAULT", &home.path)
        .env("CODE", home.code.groups().as_str())
        .env("BACKUP_CODE", code)
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("> begun") {
        line.clear();
        assert!(
            output.read_line(&mut line).unwrap() > 0,
            "the child ended by itself"
        );
    }
    let micros = u64::from(rng().next_u32()) % most.as_micros() as u64;
    thread::sleep(Duration::from_micros(micros));
    child.kill().unwrap();
    child.wait().unwrap();
    line.clear();
    output.read_line(&mut line).unwrap();
    line.contains("> done")
}

/// How many kills each test is to make at least: `NANSEN_BACKUP_KILLS` says more.
fn wanted() -> usize {
    let asked = std::env::var("NANSEN_BACKUP_KILLS").ok();
    asked.map_or(3, |count| count.parse().unwrap())
}

fn fill(vault: &mut Vault, documents: usize) {
    for number in 0..20 {
        let title = titled(&format!("record {number}"));
        vault
            .insert(&title, &content(number * 700), &mut rng())
            .unwrap();
    }
    for number in 0..documents {
        add_document(
            vault,
            &format!("document {number}"),
            &content(70_000 + number),
        );
    }
}

#[test]
fn a_backup_killed_at_any_moment_leaves_the_old_one_and_goes_on() {
    let (home, mut vault) = Home::new();
    let code = RecoveryCode::random(&mut rng());
    let groups = code.groups();
    let place = home.path.with_extension("backup");
    let open = || BackupFile::open(&place, BackupLock::Recovery(&code));
    fill(&mut vault, 4);
    drop(vault);
    let (mut done, mut cut) = (0, 0);
    let wanted = wanted();
    while done < 4 || cut < wanted {
        let before = fs::read(&place).ok();
        let mut patience = Duration::from_millis(60);
        while !kill_after("backup", &home, &groups, patience) {
            cut += 1;
            patience += Duration::from_millis(60);
            // The one that was there, or the new one, never anything in between.
            let now = fs::read(&place).ok();
            assert!(now == before || open().unwrap().record_count() == 24 + done);
        }
        assert_eq!(open().unwrap().record_count(), 24 + done);
        let mut vault = home.unlock();
        vault
            .insert(&titled(&format!("round {done}")), b"", &mut rng())
            .unwrap();
        done += 1;
    }
    eprintln!(
        "figure: kill -9 while a backup is written: {cut} kills, {done} backups that came to their end, 0 old ones lost, 0 that do not open"
    );
    let (_home, mut new) = Home::new();
    restore(&mut new, open().unwrap()).unwrap();
    assert_eq!(new.record_count(), 24 + done as u64 - 1);
}

#[test]
fn a_restore_killed_again_and_again_ends_right() {
    let (source, mut vault) = Home::new();
    let code = RecoveryCode::random(&mut rng());
    fill(&mut vault, 4);
    let lock = BackupLock::Recovery(&code);
    let place = source.path.with_extension("backup");
    let mut writer = BackupWriter::begin(&vault, &place, lock, None, 0, &mut rng()).unwrap();
    while writer.step(&vault).unwrap().phase != BackupPhase::Done {}

    let (mut done, mut cut, wanted) = (0, 0, wanted());
    while done < 3 || cut < wanted {
        done += 1;
        let (home, new) = Home::new();
        drop(new);
        fs::copy(&place, home.path.with_extension("backup")).unwrap();
        let mut count = 0;
        let mut patience = Duration::from_millis(60);
        while !kill_after("restore", &home, &code.groups(), patience) {
            cut += 1;
            patience += Duration::from_millis(60);
            // Nothing that was acknowledged is lost, and nothing is half there.
            let vault = home.unlock();
            assert!(vault.record_count() >= count);
            count = vault.record_count();
            assert!(vault.check().unwrap().is_clean());
        }
        let new = home.unlock();
        assert_eq!(new.record_count(), vault.record_count());
        for (id, summary) in vault.list().unwrap().records {
            let here = new.id_here(id);
            assert_eq!(new.summary(here).unwrap(), summary);
            match vault.get(id).unwrap().document {
                Some(_) => assert!(read_document(&new, here) == read_document(&vault, id)),
                None => assert_eq!(new.body(here).unwrap(), vault.body(id).unwrap()),
            }
        }
        assert!(new.check().unwrap().is_clean());
    }
    eprintln!(
        "figure: kill -9 while one is restored: {cut} kills, {done} restores that came to their end, 0 records lost"
    );
}

fn restore(vault: &mut Vault, file: BackupFile) -> Result<(), Error> {
    let mut restore = Restore::begin(vault, vec![file], RestoreMode::Real)?;
    while !restore.step(vault, &mut |_, _| false, &mut rng())?.done {}
    Ok(())
}

/// The part of another process; does nothing when run as a test.
#[test]
fn child() {
    let Ok(part) = std::env::var(PART) else {
        return;
    };
    let path = std::env::var("VAULT").unwrap();
    let code = |name| RecoveryCode::parse(&std::env::var(name).unwrap()).unwrap();
    let mut vault = common::try_unlock(Path::new(&path), &code("CODE")).unwrap();
    let place = Path::new(&path).with_extension("backup");
    let code = code("BACKUP_CODE");
    let lock = BackupLock::Recovery(&code);
    say("begun");
    if part == "backup" {
        let rng = &mut rng();
        let mut writer = match BackupWriter::resume(&vault, &place, lock, None, rng) {
            Ok(writer) => writer,
            Err(Error::NothingToResume) => {
                BackupWriter::begin(&vault, &place, lock, None, 0, rng).unwrap()
            }
            Err(error) => panic!("{error:?}"),
        };
        while writer.step(&vault).unwrap().phase != BackupPhase::Done {}
    } else {
        restore(&mut vault, BackupFile::open(&place, lock).unwrap()).unwrap();
    }
    say("done");
    drop(vault);
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "> {line}").unwrap();
    out.flush().unwrap();
}
