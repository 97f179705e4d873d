//! Backups and guardians' cards of every format version ever released, read for ever.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
};

use common::{Home, read_document, rng};
use nansen_vault::{
    BackupFile, BackupLock, Collected, KdfParams, LockedVault, Outcome, Passphrase, RecoveryCode,
    Restore, RestoreMode, Share, Unlock, Vault, Way,
};

/// What `tests/vaults/README.md` tells.
const CODE: &str = "FRMDN4-71R5S8-B24N86-ZV9YR3-B8NQS6-8BDV5C";
const CARDS: [&str; 3] = [
    "06Q90R1R-0CFP6FG2-0C0GDS47-WC005AB0-GR206XX1-Q0MW4QBK-EKQ0RHTY-JVEXB2BH-VV5QSM9W-SD3NF52F",
    "06Q90R1R-0CFP6FG2-0C153053-8SG2XQSX-08AVP2QW-XRC8GVKV-Q4GY6B05-5J3CB7N5-FMHYG6EF-5BE8HQKG",
    "06Q90R1R-0CFP6FG2-0C1SANDZ-4N0C617Z-FRDD689Y-VKZ4EZWA-1DJ4ZZ65-PD33S4Z9-3HXPVA3Q-3SJ8JMXA",
];

fn at(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/vaults")
        .join(name)
}

fn restore(vault: &mut Vault, chain: Vec<BackupFile>) -> Vec<Outcome> {
    let mut restore = Restore::begin(vault, chain, RestoreMode::Real).unwrap();
    let mut outcomes = Vec::new();
    loop {
        let step = restore.step(vault, &mut |_, _| false, &mut rng()).unwrap();
        outcomes.extend(step.records.iter().map(|record| record.outcome));
        if step.done {
            return outcomes;
        }
    }
}

fn body(vault: &Vault, title: &str) -> Vec<u8> {
    let (id, _) = vault.search(title).unwrap().records.remove(0);
    vault.body(id).unwrap().to_vec()
}

#[test]
fn version_1_is_restored_from_base_and_increment() {
    let code = RecoveryCode::parse(CODE).unwrap();
    let words = Passphrase::new("six bags of rice").unwrap();
    let base = || {
        let lock = BackupLock::Recovery(&code);
        BackupFile::open(at("v1-base.nansen-backup"), lock).unwrap()
    };
    let lock = BackupLock::Passphrase(&words, KdfParams::DEFAULT);
    let next = BackupFile::open(at("v1-next.nansen-backup"), lock).unwrap();
    let told = |file: &BackupFile| {
        (
            file.made(),
            file.step(),
            file.record_count(),
            file.entry_count(),
        )
    };
    assert_eq!(told(&base()), (1_700_000_000, 0, 3, 3));
    assert_eq!(told(&next), (1_700_000_060, 1, 3, 2));

    let (_home, mut vault) = Home::new();
    assert_eq!(restore(&mut vault, vec![base()]), [Outcome::Restored; 3]);
    assert_eq!(body(&vault, "soudeur"), b"in the base");
    assert_eq!(body(&vault, "deleted"), b"gone");
    let mut outcomes = restore(&mut vault, vec![base(), next]);
    outcomes.sort_by_key(|outcome| *outcome == Outcome::AlreadyThere);
    let expected = [Outcome::Restored, Outcome::Restored, Outcome::AlreadyThere];
    assert_eq!(outcomes, expected);
    assert_eq!(body(&vault, "soudeur"), b"in the increment");
    assert!(body(&vault, "new").is_empty());
    let (scan, _) = vault.search("scan").unwrap().records.remove(0);
    let expected: Vec<u8> = (0u8..251).cycle().take(2 * 65_536 + 1000).collect();
    assert!(read_document(&vault, scan) == expected);
}

#[test]
fn version_1_opens_by_any_two_guardians() {
    for pair in [[0, 1], [2, 0], [1, 2]] {
        let mut collected = Collected::new();
        for number in pair {
            let card = CARDS.get::<usize>(number).unwrap();
            collected.add(Share::parse(card).unwrap()).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("vault");
        fs::copy(at("v1-guardians.nansen"), &copy).unwrap();
        let secret = collected.secret().unwrap();
        let locked = LockedVault::open(&copy).unwrap();
        let vault = locked
            .unlock(
                Unlock::Guardians(&secret),
                0,
                &mut rand_core::UnwrapErr(getrandom::SysRng),
            )
            .unwrap();
        assert_eq!(vault.ways().last(), Some(&Way::Guardians));
        assert!(vault.check().unwrap().is_clean());
        assert_eq!(body(&vault, "soudeur"), b"in the increment");
    }
}
