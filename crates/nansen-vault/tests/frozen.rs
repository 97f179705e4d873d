//! Vaults of every format version ever released, opened for ever.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::path::Path;

use nansen_vault::{KdfParams, LockedVault, Passphrase, RecoveryCode, Summary, Unlock, Vault};

/// The recovery code that `tests/vaults/README.md` tells.
const CODE: &str = "KCGZX3-NFCKYJ-C6FAQC-WKJ2YR-D844ZE-PHHD7N";

/// A copy of a frozen vault, since opening may migrate it.
fn frozen(name: &str) -> (tempfile::TempDir, LockedVault) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join(name);
    let vaults = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vaults");
    std::fs::copy(vaults.join(name), &copy).unwrap();
    let locked = LockedVault::open(&copy).unwrap();
    (folder, locked)
}

fn as_it_was(vault: &Vault) {
    assert!(vault.check().unwrap().is_clean());
    assert_eq!((vault.record_count(), vault.counter()), (4, 8));
    let found = |title: &str| vault.search(title).unwrap().records.remove(0);

    let (id, summary) = found("soudeur");
    let expected = Summary {
        kind: "qualification".into(),
        title: "Diplôme de soudeur".into(),
        issuer: "Institut technique".into(),
        tags: vec!["métal".into(), "2024".into()],
        created: 1_700_000_000,
        expires: Some(2_000_000_000),
        extra: vec![1, 2, 3],
    };
    assert_eq!(summary, expected);
    assert_eq!(*vault.get(id).unwrap().body, b"after the update");

    let (id, summary) = found("empty");
    assert_eq!((summary.created, summary.expires), (-1, None));
    assert!(vault.body(id).unwrap().is_empty());
    assert_eq!(*vault.body(found("long").0).unwrap(), [0xa5; 10_000]);

    let scan: Vec<u8> = (0u8..251).cycle().take(2 * 65_536 + 1000).collect();
    assert!(common::read_document(vault, found("scan").0) == scan);
}

#[test]
fn version_1_opens_by_passphrase() {
    let (_folder, locked) = frozen("v1.nansen");
    assert_eq!(locked.kdf_params(), KdfParams::new(20 * 1024, 2, 1));
    let passphrase = Passphrase::new("six bags of rice").unwrap();
    as_it_was(&locked.unlock(Unlock::Passphrase(&passphrase)).unwrap());
}

#[test]
fn version_1_opens_by_recovery_code_and_goes_on() {
    let (_folder, locked) = frozen("v1.nansen");
    let code = RecoveryCode::parse(CODE).unwrap();
    let mut vault = locked.unlock(Unlock::Recovery(&code)).unwrap();
    as_it_was(&vault);
    let id = vault
        .insert(&Summary::default(), b"new", &mut common::rng())
        .unwrap();
    let vault = vault.lock().unlock(Unlock::Recovery(&code)).unwrap();
    assert_eq!(*vault.body(id).unwrap(), b"new");
    assert!(vault.integrity().is_intact());
}
