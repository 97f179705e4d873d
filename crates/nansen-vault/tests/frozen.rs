//! Vaults of every format version ever released, opened for ever.

#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::path::Path;

use common::{NOW, rng};

use nansen_vault::{
    Error, KdfParams, LockedVault, Passphrase, PlatformSecret, RecoveryCode, Summary, Unlock,
    Vault, Way,
};

/// The recovery codes that `tests/vaults/README.md` tells.
const CODE: &str = "KCGZX3-NFCKYJ-C6FAQC-WKJ2YR-D844ZE-PHHD7N";
const CODE_BESIDE_DECOY: &str = "52SB5B-0EJ2DW-31JTEQ-K70TGN-C3MP7S-ZCHSHH";
const CODE_OF_DECOY: &str = "MSJ177-45QVEV-J6V6Y0-P8436E-T6EX9T-GN21W3";
const CODE_OF_WAYS: &str = "SAQEX8-VFTB6R-X9J2KT-AQ94BG-6H9EWS-ASPXQX";

/// A copy of a frozen vault, since opening may migrate it.
fn frozen(name: &str) -> (tempfile::TempDir, LockedVault) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join(name);
    let vaults = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vaults");
    for suffix in ["", "-platform", "-passphrase-platform"] {
        let name = format!("{name}{suffix}");
        let copied = std::fs::copy(vaults.join(&name), folder.path().join(&name));
        assert!(copied.is_ok() || !suffix.is_empty());
    }
    let locked = LockedVault::open(&copy).unwrap();
    (folder, locked)
}

fn as_it_was(vault: &Vault, counter: u64) {
    assert!(vault.check().unwrap().is_clean());
    assert_eq!((vault.record_count(), vault.counter()), (4, counter));
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
    as_it_was(
        &locked
            .unlock(Unlock::Passphrase(&passphrase), NOW, &mut rng())
            .unwrap(),
        8,
    );
}

#[test]
fn version_1_opens_by_recovery_code_and_goes_on() {
    let (_folder, locked) = frozen("v1.nansen");
    let code = RecoveryCode::parse(CODE).unwrap();
    let mut vault = locked
        .unlock(Unlock::Recovery(&code), NOW, &mut rng())
        .unwrap();
    as_it_was(&vault, 8);
    let id = vault
        .insert(&Summary::default(), b"new", &mut common::rng())
        .unwrap();
    let vault = vault
        .lock()
        .unlock(Unlock::Recovery(&code), NOW, &mut rng())
        .unwrap();
    assert_eq!(*vault.body(id).unwrap(), b"new");
    assert!(vault.integrity().is_intact());
}

#[test]
fn version_1_takes_the_ways_that_came_later() {
    let (_folder, locked) = frozen("v1.nansen");
    let code = RecoveryCode::parse(CODE).unwrap();
    let mut vault = locked
        .unlock(Unlock::Recovery(&code), NOW, &mut rng())
        .unwrap();
    assert_eq!(vault.ways(), [Way::Passphrase, Way::Recovery]);
    let secret = PlatformSecret::random(&mut common::rng());
    let (proof, new) = (Unlock::Recovery(&code), Unlock::Platform(&secret));
    vault
        .add_hardware_way(proof, new, b"wrapped", &mut common::rng())
        .unwrap();
    as_it_was(&vault.lock().unlock(new, NOW, &mut rng()).unwrap(), 9);
}

#[test]
fn version_1_goes_on_without_shares() {
    let (folder, locked) = frozen("v1.nansen");
    let code = RecoveryCode::parse(CODE).unwrap();
    let proof = Unlock::Recovery(&code);
    let mut vault = locked.unlock(proof, NOW, &mut rng()).unwrap();
    let other = Passphrase::new("another").unwrap();
    let new = Unlock::Passphrase(&other);
    let refused = vault.create_decoy(proof, new, &mut rng());
    assert_eq!(refused.unwrap_err(), Error::NoRoomForDecoy);
    let refused = vault.set_wipe_passphrase(proof, proof, new, &mut rng());
    assert_eq!(refused, Err(Error::NoRoomForDecoy));
    // No padding: rows come and go as they are.
    for number in 0..40 {
        let id = vault.insert(&Summary::default(), &[1; 100], &mut rng());
        if number % 2 == 0 {
            vault.delete(id.unwrap(), &mut rng()).unwrap();
        }
    }
    let report = vault.check().unwrap();
    assert!(report.is_clean());
    assert_eq!((report.records, report.unowned), (24, 0));
    // The only vault of its file may renew the cost, and tidies up what no way needs.
    let stronger = KdfParams::new(21 * 1024, 2, 1).unwrap();
    vault
        .change_passphrase(proof, &other, stronger, &mut rng())
        .unwrap();
    let secret = PlatformSecret::random(&mut rng());
    let hardware = Unlock::Platform(&secret);
    vault
        .add_hardware_way(proof, hardware, b"wrapped", &mut rng())
        .unwrap();
    let left = folder.path().join("v1.nansen-platform");
    let kept = std::fs::read(&left).unwrap();
    vault.remove_way(Way::Platform, &mut rng()).unwrap();
    std::fs::write(&left, kept).unwrap();
    let locked = vault.lock();
    assert_eq!(locked.kdf_params(), Ok(stronger));
    let vault = locked.unlock(new, NOW, &mut rng()).unwrap();
    assert!(vault.integrity().is_intact() && !left.exists());
}

fn is_the_decoy(vault: &Vault, counter: u64) {
    assert!(vault.check().unwrap().is_clean());
    assert_eq!((vault.record_count(), vault.counter()), (1, counter));
    assert_eq!(vault.ways(), [Way::Passphrase, Way::Recovery]);
    let (id, summary) = vault.search("library").unwrap().records.remove(0);
    assert_eq!(summary.created, 1_750_000_000);
    assert_eq!(*vault.body(id).unwrap(), b"what may be seen");
}

#[test]
fn version_2_opens_both_vaults_and_wipes_one() {
    let (_folder, locked) = frozen("v2-decoy.nansen");
    assert_eq!(locked.kdf_params(), Ok(KdfParams::FLOOR));
    let [rice, tea, none] = ["six bags of rice", "a cup of tea", "no rice today"]
        .map(|text| Passphrase::new(text).unwrap());
    let codes = [CODE_BESIDE_DECOY, CODE_OF_DECOY].map(|code| RecoveryCode::parse(code).unwrap());
    let mut locked = locked;
    for real in [Unlock::Passphrase(&rice), Unlock::Recovery(&codes[0])] {
        let vault = locked.unlock(real, NOW, &mut rng()).unwrap();
        as_it_was(&vault, 10);
        locked = vault.lock();
    }
    for (decoy, counter) in [
        (Unlock::Passphrase(&tea), 1),
        (Unlock::Recovery(&codes[1]), 1),
        (Unlock::Passphrase(&none), 2),
    ] {
        let vault = locked.unlock(decoy, NOW, &mut rng()).unwrap();
        is_the_decoy(&vault, counter);
        locked = vault.lock();
    }
    // The passphrase that wiped has taken the place of the decoy's.
    let gone = [
        Unlock::Passphrase(&rice),
        Unlock::Recovery(&codes[0]),
        Unlock::Passphrase(&tea),
    ];
    for gone in gone {
        locked = locked.unlock(gone, NOW, &mut rng()).unwrap_err().locked;
    }
    let again = locked.unlock(Unlock::Passphrase(&none), NOW, &mut rng());
    is_the_decoy(&again.unwrap(), 2);
}

#[test]
fn version_1_opens_by_every_way() {
    let passphrase = Passphrase::new("six bags of rice").unwrap();
    let code = RecoveryCode::parse(CODE_OF_WAYS).unwrap();
    let [alone, joint] = [0x11, 0x22].map(|byte| PlatformSecret::new(&[byte; 32]).unwrap());
    for unlock in [
        Unlock::Passphrase(&passphrase),
        Unlock::Recovery(&code),
        Unlock::Platform(&alone),
        Unlock::PassphraseAndPlatform(&passphrase, &joint),
    ] {
        let (_folder, locked) = frozen("v1-ways.nansen");
        let kept = |way| locked.wrapped_key(way).unwrap().unwrap();
        assert_eq!(kept(Way::Platform), b"wrapped alone");
        assert_eq!(kept(Way::PassphraseAndPlatform), b"wrapped together");
        let vault = locked.unlock(unlock, NOW, &mut rng()).unwrap();
        assert_eq!(vault.ways().len(), 4);
        as_it_was(&vault, 10);
    }
}
