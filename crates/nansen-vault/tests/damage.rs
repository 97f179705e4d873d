//! Files that are broken, foreign, newer, locked, read-only or on a full disk: each told by name, and
//! nothing lost.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::{fs, path::Path, process::Command};

use common::{
    Home, NOW, PART, add_document, content, passphrase, read_document, rng, said, this_program,
    titled,
};
use nansen_vault::{
    Error, KdfParams, LockedVault, Part, Passphrase, RecordId, RecoveryCode, Summary, Unlock,
    Vault, limits,
};

/// What a vault held, to compare with what a damaged copy of it says.
struct Contents {
    records: Vec<(RecordId, Summary, Vec<u8>)>,
    document: (RecordId, Vec<u8>),
}

fn filled() -> (Home, Contents) {
    let (home, mut vault) = Home::new();
    let records = (0..12usize)
        .map(|number| {
            let (summary, body) = (titled(&format!("record {number}")), content(number * 900));
            (
                vault.insert(&summary, &body, &mut rng()).unwrap(),
                summary,
                body,
            )
        })
        .collect();
    let bytes = content(limits::CHUNK_BYTES + 500);
    let document = (add_document(&mut vault, "scan", &bytes), bytes);
    drop(vault);
    home.strip();
    (home, Contents { records, document })
}

/// Reads everything in a damaged copy. Wrong content fails the test; the answer says whether anything
/// was reported, in whatever form.
fn reported(path: &Path, code: &RecoveryCode, contents: &Contents) -> bool {
    let Ok(vault) = common::try_unlock(path, code) else {
        return true;
    };
    let mut missing = false;
    for (id, summary, body) in &contents.records {
        match vault.get(*id) {
            Ok(record) => {
                assert_eq!(record.summary, *summary);
                assert!(*record.body == *body);
            }
            Err(_) => missing = true,
        }
    }
    let (id, bytes) = &contents.document;
    let mut found = Vec::new();
    match vault
        .document_reader(*id)
        .map(|mut reader| std::io::Read::read_to_end(&mut reader, &mut found))
    {
        Ok(Ok(_)) => assert!(found == *bytes),
        _ => missing = true,
    }
    let listed = vault.list().map(|listing| {
        for (id, summary) in &listing.records {
            let known = contents.records.iter().find(|(known, ..)| known == id);
            assert!(known.is_none_or(|(_, known, _)| known == summary));
        }
        listing.records.len() == contents.records.len() + 1
    });
    let clean = vault.check().is_ok_and(|report| report.is_clean());
    assert!(
        !clean || (!missing && listed == Ok(true)),
        "damage that a check calls clean"
    );
    !clean
}

#[test]
fn a_flipped_byte_in_any_page_is_noticed_or_harmless() {
    let (home, contents) = filled();
    let whole = fs::read(&home.path).unwrap();
    let broken = home.folder.path().join("broken");
    let pages = whole.len() / 8192;
    assert_eq!(whole.len() % 8192, 0);
    let mut noticed = vec![0u32; pages];
    for page in 0..pages {
        // The head of a page has its structure, the rest its content.
        let head = [0, 1, 3, 5, 7, 8, 11, 13].into_iter();
        let head = head.chain(if page == 0 {
            (16..100).step_by(3)
        } else {
            (0..0).step_by(1)
        });
        for at in head.chain((17..8192).step_by(811)) {
            let mut bytes = whole.clone();
            bytes[page * 8192 + at] ^= 1 << (at % 8);
            fs::write(&broken, &bytes).unwrap();
            noticed[page] += u32::from(reported(&broken, &home.code, &contents));
        }
    }
    // Every page holds something, but for the pointer map and a little slack.
    let silent = noticed.iter().filter(|count| **count == 0).count();
    assert!(silent * 5 <= pages, "{noticed:?}");
}

#[test]
fn a_truncated_file_is_noticed_at_every_length() {
    let (home, contents) = filled();
    let whole = fs::read(&home.path).unwrap();
    let broken = home.folder.path().join("broken");
    let lengths = (0..whole.len())
        .step_by(4096)
        .chain([1, 15, 16, 99, 100, 101, whole.len() - 1]);
    for length in lengths {
        fs::write(&broken, &whole[..length]).unwrap();
        // A few bytes off the last page may be slack, which `reported` has then made sure of.
        let noticed = reported(&broken, &home.code, &contents);
        assert!(
            noticed || length > whole.len() - 8192,
            "{length} of {}",
            whole.len()
        );
        assert!(
            fs::read(&broken).unwrap() == whole[..length],
            "changed at {length}"
        );
    }
}

#[test]
fn a_newer_version_is_refused_and_left_alone() {
    let (home, vault) = Home::new();
    drop(vault);
    home.sql().pragma_update(None, "user_version", 3).unwrap();
    let before = fs::read(&home.path).unwrap();
    let refused = Error::NewerVersion {
        found: 3,
        supported: 2,
    };
    assert_eq!(LockedVault::open(&home.path).unwrap_err(), refused);
    assert!(fs::read(&home.path).unwrap() == before);
}

#[test]
fn what_is_no_vault_is_told_so_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    assert_eq!(LockedVault::open(&path).unwrap_err(), Error::NotFound);
    assert_eq!(
        LockedVault::open(folder.path()).unwrap_err(),
        Error::NotAVault
    );
    for bytes in [
        Vec::new(),
        b"a letter, not a vault".to_vec(),
        content(100_000),
    ] {
        fs::write(&path, &bytes).unwrap();
        assert_eq!(LockedVault::open(&path).unwrap_err(), Error::NotAVault);
        assert!(fs::read(&path).unwrap() == bytes);
    }
    fs::remove_file(&path).unwrap();
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute("CREATE TABLE t (a)", [])
        .unwrap();
    let before = fs::read(&path).unwrap();
    assert_eq!(LockedVault::open(&path).unwrap_err(), Error::NotAVault);
    assert!(fs::read(&path).unwrap() == before);
}

#[test]
fn a_wrong_passphrase_and_a_wrong_code_have_their_own_names() {
    let (home, vault) = Home::new();
    let (other, _vault) = Home::new();
    let wrong = Passphrase::new("wrong").unwrap();
    let failed = vault
        .lock()
        .unlock(Unlock::Passphrase(&wrong), NOW, &mut rng())
        .unwrap_err();
    assert_eq!(failed.error, Error::WrongPassphrase);
    let failed = failed
        .locked
        .unlock(Unlock::Recovery(&other.code), NOW, &mut rng())
        .unwrap_err();
    assert_eq!(failed.error, Error::WrongRecoveryCode);
    assert!(
        failed
            .locked
            .unlock(Unlock::Recovery(&home.code), NOW, &mut rng())
            .is_ok()
    );
}

#[test]
fn a_second_handle_in_the_process_is_told_that_the_vault_is_in_use() {
    let (home, vault) = Home::new();
    assert_eq!(LockedVault::open(&home.path).unwrap_err(), Error::InUse);
    let locked = vault.lock();
    assert_eq!(LockedVault::open(&home.path).unwrap_err(), Error::InUse);
    drop(locked);
    assert!(LockedVault::open(&home.path).is_ok());
}

#[test]
fn another_process_is_told_that_the_vault_is_in_use() {
    let (home, mut vault) = Home::new();
    let open = || {
        let output = this_program("open")
            .env("VAULT", &home.path)
            .output()
            .unwrap();
        said(&output.stdout)
    };
    vault.insert(&titled("a"), b"", &mut rng()).unwrap();
    assert_eq!(open(), ["InUse"]);
    vault.insert(&titled("b"), b"", &mut rng()).unwrap();
    assert!(vault.check().unwrap().is_clean());
    drop(vault);
    assert_eq!(open(), ["open"]);
}

#[cfg(unix)]
#[test]
fn a_read_only_file_is_told_so() {
    use std::os::unix::{fs::PermissionsExt, process::CommandExt};
    let (home, vault) = Home::new();
    drop(vault);
    fs::set_permissions(&home.path, fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(home.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut open = this_program("open");
    open.env("VAULT", &home.path);
    // To root nothing is read-only, so the child is nobody.
    if fs::OpenOptions::new().write(true).open(&home.path).is_ok() {
        open.uid(65534).gid(65534);
    }
    let told = |open: &mut Command| match open.output() {
        Ok(output) if output.status.success() => said(&output.stdout),
        other => {
            eprintln!("skipped: no other user can run this test's program here: {other:?}");
            vec!["ReadOnly".into()]
        }
    };
    assert_eq!(told(&mut open), ["ReadOnly"]);
    // A file that may be written in a folder that may not, which has no place for the WAL.
    fs::set_permissions(&home.path, fs::Permissions::from_mode(0o666)).unwrap();
    fs::set_permissions(home.folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    assert_eq!(told(&mut open), ["ReadOnly"]);
    fs::set_permissions(home.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs a child in a namespace of its own, where `folder` is a disk of 4 MiB; `None` where the system
/// does not let us.
fn on_a_small_disk(part: &str, folder: &Path) -> Option<Vec<String>> {
    let child = this_program(part);
    let script = "mount -t tmpfs -o size=4m none \"$VAULT\" && exec \"$@\"";
    let output = Command::new("unshare")
        .args([
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            script,
            "sh",
        ])
        .arg(child.get_program())
        .args(child.get_args())
        .env(PART, part)
        .env("VAULT", folder)
        .output()
        .ok()?;
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!error.contains("panicked"), "{error}");
    output.status.success().then(|| said(&output.stdout))
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_so_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    match on_a_small_disk("fill", folder.path()) {
        Some(said) => assert_eq!(said, ["done"]),
        None => eprintln!("skipped: this system gives no disk of our own to fill"),
    }
}

/// A limit on the size of files is another way for a write to fail, and needs no privilege.
#[cfg(unix)]
#[test]
fn a_file_that_may_not_grow_is_told_so_and_loses_nothing() {
    let (home, mut vault) = Home::new();
    let kept = vault.insert(&titled("kept"), b"kept", &mut rng()).unwrap();
    drop(vault);
    let child = this_program("grow");
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 1024; exec \"$@\"", "sh"])
        .arg(child.get_program())
        .args(child.get_args())
        .env(PART, "grow")
        .env("VAULT", &home.path)
        .env("CODE", home.code.groups().as_str())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let acknowledged: usize = said(&output.stdout)[0].parse().unwrap();
    assert!(acknowledged > 0);
    let vault = home.unlock();
    assert_eq!(*vault.get(kept).unwrap().body, b"kept");
    assert_eq!(vault.list().unwrap().records.len(), 1 + acknowledged);
    assert!(vault.check().unwrap().is_clean());
}

/// The part of another process; does nothing when run as a test.
#[test]
fn child() {
    match std::env::var(PART).as_deref() {
        Ok("open") => match LockedVault::open(std::env::var("VAULT").unwrap()) {
            Ok(_) => println!("> open"),
            Err(error) => println!("> {error:?}"),
        },
        Ok("fill") => fill(Path::new(&std::env::var("VAULT").unwrap())),
        Ok("grow") => grow(),
        _ => {}
    }
}

fn fill(disk: &Path) {
    let ballast = disk.join("ballast");
    fs::write(&ballast, content(500_000)).unwrap();
    let path = disk.join("vault.nansen");
    let (mut vault, code) =
        Vault::create(&path, &passphrase(), KdfParams::FLOOR, &mut rng()).unwrap();
    let scan = content(100_000);
    let document = add_document(&mut vault, "kept", &scan);
    let mut kept = Vec::new();
    let refused = loop {
        match vault.insert(&titled("kept"), &content(3000), &mut rng()) {
            Ok(id) => kept.push(id),
            Err(error) => break error,
        }
    };
    assert_eq!(refused, Error::DiskFull);
    assert!(kept.len() > 20, "{}", kept.len());
    // The failed write asked for room; with the WAL moved into the file, there may be some.
    while let Ok(id) = vault.insert(&titled("kept"), &content(3000), &mut rng()) {
        kept.push(id);
    }
    let refused = vault
        .document_writer(&titled("too big"), &mut rng())
        .and_then(|mut writer| {
            writer.append(&content(4_000_000))?;
            writer.finish()
        });
    assert_eq!(refused, Err(Error::DiskFull));
    let other = disk.join("other.nansen");
    let created = Vault::create(&other, &passphrase(), KdfParams::FLOOR, &mut rng());
    assert_eq!(created.unwrap_err(), Error::DiskFull);
    assert!(!other.exists());

    let unharmed = |vault: &Vault| {
        assert_eq!(vault.list().unwrap().records.len(), kept.len() + 1);
        assert!(
            kept.iter()
                .all(|id| *vault.get(*id).unwrap().body == content(3000))
        );
        assert!(read_document(vault, document) == scan);
        assert!(vault.check().unwrap().is_clean());
    };
    unharmed(&vault);
    drop(vault);
    let mut vault = common::try_unlock(&path, &code).unwrap();
    unharmed(&vault);
    // Once the person has made room elsewhere, all goes on.
    fs::remove_file(&ballast).unwrap();
    vault.delete(document, &mut rng()).unwrap();
    vault
        .insert(&titled("fits now"), &content(3000), &mut rng())
        .unwrap();
    println!("> done");
}

fn grow() {
    let path = std::env::var("VAULT").unwrap();
    let code = RecoveryCode::parse(&std::env::var("CODE").unwrap()).unwrap();
    let mut vault = common::try_unlock(Path::new(&path), &code).unwrap();
    let mut acknowledged = 0;
    let refused = loop {
        match vault.insert(&titled("more"), &content(3000), &mut rng()) {
            Ok(_) => acknowledged += 1,
            Err(error) => break error,
        }
    };
    assert!(
        matches!(refused, Error::Io { .. } | Error::DiskFull),
        "{refused:?}"
    );
    assert_ne!(
        refused,
        Error::Damaged {
            part: Part::Structure
        }
    );
    println!("> {acknowledged}");
}
