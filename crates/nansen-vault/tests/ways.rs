//! The ways into a vault: each opens, each ends, and none is gained without proof of another.

#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::path::PathBuf;

use common::{Home, NOW, holds, passphrase, rng, titled};
use nansen_vault::{
    Error, KdfParams, LockedVault, Part, Passphrase, PlatformSecret, RecoveryCode, Unlock, Vault,
    Way, limits,
};

/// A vault with all four ways in, the secrets of two of them, and a record.
struct FourWays {
    home: Home,
    alone: PlatformSecret,
    joint: PlatformSecret,
}

impl FourWays {
    fn new() -> (Self, Vault) {
        let (home, mut vault) = Home::new();
        let [alone, joint] = [(); 2].map(|()| PlatformSecret::random(&mut rng()));
        vault.insert(&titled("kept"), b"kept", &mut rng()).unwrap();
        let proof = Unlock::Recovery(&home.code);
        for (way, new) in [
            (Way::Platform, Unlock::Platform(&alone)),
            (
                Way::PassphraseAndPlatform,
                Unlock::PassphraseAndPlatform(&passphrase(), &joint),
            ),
        ] {
            vault
                .add_hardware_way(proof, new, &[way as u8; 300], &mut rng())
                .unwrap();
        }
        (Self { home, alone, joint }, vault)
    }

    fn open(&self, unlock: Unlock<'_>) -> Result<Vault, Error> {
        Ok(LockedVault::open(&self.home.path)?.unlock(unlock, NOW, &mut rng())?)
    }

    /// Whether the vault opens whole.
    fn opens(&self, unlock: Unlock<'_>) -> Result<(), Error> {
        let vault = self.open(unlock)?;
        assert!(vault.check().unwrap().is_clean());
        assert_eq!(vault.record_count(), 1);
        Ok(())
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.home.path.clone().into_os_string();
        name.push(suffix);
        name.into()
    }
}

/// The slot table. Only while the vault is closed.
fn table(home: &Home) -> Vec<u8> {
    home.sql()
        .query_row("SELECT slots FROM header", [], |row| row.get(0))
        .unwrap()
}

fn slots(table: &[u8]) -> Vec<&[u8]> {
    table[61..table.len() - 32].chunks(104).collect()
}

/// Destroys the manifest and accepts the loss, unlocked by `unlock`.
fn lose_manifest(ways: &FourWays, unlock: Unlock<'_>) -> Vault {
    ways.home
        .sql()
        .execute("UPDATE manifest SET sealed = randomblob(168)", [])
        .unwrap();
    let mut vault = ways.open(unlock).unwrap();
    assert_eq!(vault.ways(), [unlock.way()]);
    vault.accept_rows_as_found(&mut rng()).unwrap();
    vault
}

#[test]
fn each_way_opens_and_a_wrong_one_is_told_by_name() {
    let (ways, vault) = FourWays::new();
    let every = [
        Way::Passphrase,
        Way::Recovery,
        Way::Platform,
        Way::PassphraseAndPlatform,
    ];
    assert_eq!(vault.ways(), every);
    drop(vault);
    let (right, wrong) = (passphrase(), Passphrase::new("wrong").unwrap());
    let (alone, joint) = (&ways.alone, &ways.joint);
    let code = RecoveryCode::random(&mut rng());
    ways.opens(Unlock::Passphrase(&right)).unwrap();
    ways.opens(Unlock::Recovery(&ways.home.code)).unwrap();
    ways.opens(Unlock::Platform(alone)).unwrap();
    ways.opens(Unlock::PassphraseAndPlatform(&right, joint))
        .unwrap();
    for (unlock, error) in [
        (Unlock::Passphrase(&wrong), Error::WrongPassphrase),
        (Unlock::Recovery(&code), Error::WrongRecoveryCode),
        // A secret opens its own way only.
        (Unlock::Platform(joint), Error::WrongPlatformKey),
        (
            Unlock::PassphraseAndPlatform(&wrong, joint),
            Error::WrongPassphrase,
        ),
        (
            Unlock::PassphraseAndPlatform(&right, alone),
            Error::WrongPassphrase,
        ),
    ] {
        assert_eq!(ways.opens(unlock), Err(error));
    }
}

#[test]
fn a_way_is_replaced_and_the_old_one_opens_nothing() {
    let (ways, mut vault) = FourWays::new();
    let new = PlatformSecret::random(&mut rng());
    vault
        .add_hardware_way(
            Unlock::Platform(&ways.alone),
            Unlock::Platform(&new),
            b"wrapped",
            &mut rng(),
        )
        .unwrap();
    let pin = Passphrase::new("2468").unwrap();
    let joint = Unlock::PassphraseAndPlatform(&pin, &ways.joint);
    vault
        .add_hardware_way(Unlock::Platform(&new), joint, b"both", &mut rng())
        .unwrap();
    assert_eq!(vault.ways().len(), 4);
    let kept = |way| vault.wrapped_key(way).unwrap().unwrap();
    assert_eq!(kept(Way::Platform), b"wrapped");
    assert_eq!(kept(Way::PassphraseAndPlatform), b"both");
    drop(vault);
    ways.opens(Unlock::Platform(&new)).unwrap();
    ways.opens(joint).unwrap();
    let gone = ways.opens(Unlock::Platform(&ways.alone));
    assert_eq!(gone, Err(Error::WrongPlatformKey));
    let gone = ways.opens(Unlock::PassphraseAndPlatform(&passphrase(), &ways.joint));
    assert_eq!(gone, Err(Error::WrongPassphrase));
    ways.opens(Unlock::Passphrase(&passphrase())).unwrap();
}

#[test]
fn no_way_is_gained_without_proof_of_another() {
    let (ways, mut vault) = FourWays::new();
    let mine = PlatformSecret::random(&mut rng());
    let (wrong, code) = (
        Passphrase::new("wrong").unwrap(),
        RecoveryCode::random(&mut rng()),
    );
    for (proof, error) in [
        (Unlock::Platform(&mine), Error::WrongPlatformKey),
        (Unlock::Passphrase(&wrong), Error::WrongPassphrase),
        (Unlock::Recovery(&code), Error::WrongRecoveryCode),
    ] {
        let new = Unlock::Platform(&mine);
        let added = vault.add_hardware_way(proof, new, b"mine", &mut rng());
        assert_eq!(added, Err(error.clone()));
        let new = Unlock::Recovery(&code);
        assert_eq!(vault.add_way(proof, new, &mut rng()), Err(error));
        let right = Unlock::Platform(&ways.alone);
        vault = vault.lock().unlock(right, NOW, &mut rng()).unwrap();
    }
    let counter = vault.counter();
    vault.remove_way(Way::Recovery, &mut rng()).unwrap();
    assert_eq!(
        vault
            .new_recovery_code(Unlock::Platform(&ways.alone), &mut rng())
            .unwrap_err(),
        Error::NoSuchWay(Way::Recovery)
    );
    assert_eq!(vault.counter(), counter + 1);
    let (proof, new) = (Unlock::Platform(&ways.alone), Unlock::Recovery(&code));
    vault.add_way(proof, new, &mut rng()).unwrap();
    drop(vault);
    ways.opens(Unlock::Recovery(&code)).unwrap();
    let first = ways.opens(Unlock::Recovery(&ways.home.code));
    assert_eq!(first, Err(Error::WrongRecoveryCode));
}

#[test]
fn a_removed_way_put_back_proves_nothing() {
    let (ways, vault) = FourWays::new();
    drop(vault);
    let before = table(&ways.home);
    let mut vault = ways.open(Unlock::Recovery(&ways.home.code)).unwrap();
    vault.remove_way(Way::Platform, &mut rng()).unwrap();
    drop(vault);
    let sql = ways.home.sql();
    for copy in ["header", "spare"] {
        let put = format!("UPDATE {copy} SET slots = ?1");
        sql.execute(&put, [&before]).unwrap();
    }
    drop(sql);
    let proof = Unlock::Platform(&ways.alone);
    let mut vault = ways.open(proof).unwrap();
    assert!(!vault.integrity().slots_intact);
    let mine = PlatformSecret::random(&mut rng());
    let added = vault.add_hardware_way(proof, Unlock::Platform(&mine), b"x", &mut rng());
    assert_eq!(added, Err(Error::WrongPlatformKey));
    let new = Passphrase::new("new").unwrap();
    let changed = vault.change_passphrase(proof, &new, KdfParams::FLOOR, &mut rng());
    assert_eq!(changed, Err(Error::WrongPlatformKey));
}

#[test]
fn ways_are_removed_down_to_the_last_that_needs_no_hardware() {
    let (ways, mut vault) = FourWays::new();
    vault.remove_way(Way::Passphrase, &mut rng()).unwrap();
    let again = vault.remove_way(Way::Passphrase, &mut rng());
    assert_eq!(again, Err(Error::NoSuchWay(Way::Passphrase)));
    // Two ways with hardware are no way on another phone.
    let last = vault.remove_way(Way::Recovery, &mut rng());
    assert_eq!(last, Err(Error::LastWay));
    assert_eq!(vault.ways().len(), 3);
    vault
        .remove_way(Way::PassphraseAndPlatform, &mut rng())
        .unwrap();
    vault.remove_way(Way::Platform, &mut rng()).unwrap();
    let last = vault.remove_way(Way::Recovery, &mut rng());
    assert_eq!(last, Err(Error::LastWay));
    assert_eq!(vault.ways(), [Way::Recovery]);
    drop(vault);
    ways.opens(Unlock::Recovery(&ways.home.code)).unwrap();
    for (unlock, error) in [
        (Unlock::Passphrase(&passphrase()), Error::WrongPassphrase),
        (Unlock::Platform(&ways.alone), Error::WrongPlatformKey),
        (
            Unlock::PassphraseAndPlatform(&passphrase(), &ways.joint),
            Error::WrongPassphrase,
        ),
    ] {
        assert_eq!(ways.opens(unlock), Err(error));
    }
}

#[test]
fn a_removed_way_leaves_no_old_slot_behind() {
    let (ways, vault) = FourWays::new();
    drop(vault);
    let before = table(&ways.home);
    let mut vault = ways.open(Unlock::Recovery(&ways.home.code)).unwrap();
    vault.remove_way(Way::Platform, &mut rng()).unwrap();
    let raw = ways.home.raw();
    drop(vault);
    let after = table(&ways.home);
    let changed: Vec<&[u8]> = slots(&before)
        .into_iter()
        .zip(slots(&after))
        .filter_map(|(old, new)| (old != new).then_some(old))
        .collect();
    assert_eq!(changed.len(), 1);
    assert!(holds(&raw, &slots(&after)[0][..16]), "the search finds");
    assert!(changed[0].windows(16).all(|window| !holds(&raw, window)));
}

#[test]
fn used_and_unused_slots_look_alike() {
    let (ways, vault) = FourWays::new();
    drop(vault);
    let table = table(&ways.home);
    assert_eq!(slots(&table).len(), limits::KEY_SLOTS);
    let mut seen = std::collections::HashSet::new();
    for slot in slots(&table) {
        let ones: u32 = slot.iter().map(|byte| byte.count_ones()).sum();
        // Eight deviations of chance.
        assert!((300..=532).contains(&ones), "{ones} of 832 bits");
        assert!(slot.windows(8).all(|window| seen.insert(window)));
    }
}

#[test]
fn a_changed_passphrase_leaves_the_joint_way_its_salt() {
    let (ways, mut vault) = FourWays::new();
    let (new, last) = (
        Passphrase::new("new").unwrap(),
        Passphrase::new("last").unwrap(),
    );
    let stronger = KdfParams::new(20 * 1024, 3, 1).unwrap();
    let proof = Unlock::PassphraseAndPlatform(&passphrase(), &ways.joint);
    vault
        .change_passphrase(proof, &new, stronger, &mut rng())
        .unwrap();
    let locked = vault.lock();
    assert_eq!(locked.kdf_params(), Ok(KdfParams::FLOOR));
    drop(locked);
    let old = ways.opens(Unlock::Passphrase(&passphrase()));
    assert_eq!(old, Err(Error::WrongPassphrase));
    ways.opens(proof).unwrap();
    let mut vault = ways.open(Unlock::Passphrase(&new)).unwrap();
    vault
        .remove_way(Way::PassphraseAndPlatform, &mut rng())
        .unwrap();
    vault
        .change_passphrase(Unlock::Passphrase(&new), &last, stronger, &mut rng())
        .unwrap();
    let locked = vault.lock();
    // Another vault may rest on them.
    assert_eq!(locked.kdf_params(), Ok(KdfParams::FLOOR));
    assert!(
        locked
            .unlock(Unlock::Passphrase(&last), NOW, &mut rng())
            .is_ok()
    );
}

#[test]
fn a_passphrase_is_added_where_none_is_and_keeps_a_salt_that_is_needed() {
    let (ways, mut vault) = FourWays::new();
    let new = Passphrase::new("new").unwrap();
    let stronger = KdfParams::new(20 * 1024, 3, 1).unwrap();
    let proof = Unlock::Platform(&ways.alone);
    vault.remove_way(Way::Passphrase, &mut rng()).unwrap();
    let wrong = Unlock::Passphrase(&new);
    let refused = vault.change_passphrase(wrong, &new, stronger, &mut rng());
    assert_eq!(refused, Err(Error::WrongPassphrase));
    assert_eq!(vault.ways().len(), 3);
    vault
        .change_passphrase(proof, &new, stronger, &mut rng())
        .unwrap();
    assert_eq!(vault.ways().len(), 4);
    let locked = vault.lock();
    assert_eq!(locked.kdf_params(), Ok(KdfParams::FLOOR));
    drop(locked);
    ways.opens(Unlock::Passphrase(&new)).unwrap();
    let joint = Unlock::PassphraseAndPlatform(&passphrase(), &ways.joint);
    ways.opens(joint).unwrap();

    let mut vault = ways.open(proof).unwrap();
    for way in [Way::Passphrase, Way::PassphraseAndPlatform] {
        vault.remove_way(way, &mut rng()).unwrap();
    }
    vault
        .change_passphrase(proof, &new, stronger, &mut rng())
        .unwrap();
    let locked = vault.lock();
    assert_eq!(locked.kdf_params(), Ok(KdfParams::FLOOR));
    drop(locked);
    for unlock in [
        Unlock::Passphrase(&new),
        Unlock::Recovery(&ways.home.code),
        proof,
    ] {
        ways.opens(unlock).unwrap();
    }
}

#[test]
fn after_the_manifest_was_lost_only_ways_that_showed_themselves_are_changed() {
    let (ways, vault) = FourWays::new();
    drop(vault);
    let proof = Unlock::Recovery(&ways.home.code);
    let mut vault = lose_manifest(&ways, proof);
    let new = PlatformSecret::random(&mut rng());
    let pin = Passphrase::new("2468").unwrap();
    let unknown = vault.add_way(proof, Unlock::Passphrase(&pin), &mut rng());
    assert_eq!(unknown, Err(Error::SlotUnknown));
    assert_eq!(
        vault.remove_way(Way::Recovery, &mut rng()),
        Err(Error::LastWay)
    );
    // No slot is known to be free, and a way with hardware needs one.
    let old = Unlock::Platform(&ways.alone);
    let unknown = vault.add_hardware_way(old, Unlock::Platform(&new), b"x", &mut rng());
    assert_eq!(unknown, Err(Error::SlotUnknown));
    // The proof's own slot is known by the proof. While a joint way may be there, the salt stays.
    let proof = Unlock::Passphrase(&passphrase());
    let stronger = KdfParams::new(20 * 1024, 3, 1).unwrap();
    vault
        .change_passphrase(proof, &pin, stronger, &mut rng())
        .unwrap();
    assert_eq!(vault.ways(), [Way::Passphrase, Way::Recovery]);
    drop(vault);
    for unlock in [
        Unlock::Passphrase(&pin),
        Unlock::PassphraseAndPlatform(&passphrase(), &ways.joint),
        old,
    ] {
        ways.opens(unlock).unwrap();
    }
    let gone = ways.opens(proof);
    assert_eq!(gone, Err(Error::WrongPassphrase));
}

#[test]
fn removing_a_way_that_never_showed_itself_ends_all_such_ways() {
    let (ways, vault) = FourWays::new();
    drop(vault);
    let pin = Unlock::Passphrase(&passphrase());
    drop(lose_manifest(&ways, pin));
    let mut vault = ways.open(Unlock::Recovery(&ways.home.code)).unwrap();
    vault.insert(&titled("noted"), b"", &mut rng()).unwrap();
    vault.remove_way(Way::Platform, &mut rng()).unwrap();
    assert_eq!(vault.ways(), [Way::Passphrase, Way::Recovery]);
    // What was kept for it may be another vault's, and opens nothing of this one.
    assert!(
        vault
            .wrapped_key(Way::PassphraseAndPlatform)
            .unwrap()
            .is_some()
    );
    let new = PlatformSecret::random(&mut rng());
    vault
        .add_hardware_way(pin, Unlock::Platform(&new), b"new", &mut rng())
        .unwrap();
    drop(vault);
    for unlock in [
        pin,
        Unlock::Recovery(&ways.home.code),
        Unlock::Platform(&new),
    ] {
        assert!(ways.open(unlock).unwrap().integrity().is_intact());
    }
    let joint = Unlock::PassphraseAndPlatform(&passphrase(), &ways.joint);
    assert_eq!(ways.opens(joint), Err(Error::WrongPassphrase));
    let alone = Unlock::Platform(&ways.alone);
    assert_eq!(ways.opens(alone), Err(Error::WrongPlatformKey));
}

#[test]
fn a_forgotten_passphrase_is_set_anew_after_the_manifest_was_lost() {
    let (ways, vault) = FourWays::new();
    drop(vault);
    let proof = Unlock::Platform(&ways.alone);
    let mut vault = lose_manifest(&ways, proof);
    let new = Passphrase::new("new").unwrap();
    vault
        .change_passphrase(proof, &new, KdfParams::FLOOR, &mut rng())
        .unwrap();
    assert_eq!(vault.ways(), [Way::Passphrase, Way::Platform]);
    drop(vault);
    ways.opens(Unlock::Passphrase(&new)).unwrap();
    ways.opens(proof).unwrap();
    let old = ways.opens(Unlock::Passphrase(&passphrase()));
    assert_eq!(old, Err(Error::WrongPassphrase));
    // A way that has not shown itself could not be told from that passphrase.
    let other = ways.opens(Unlock::Recovery(&ways.home.code));
    assert_eq!(other, Err(Error::WrongRecoveryCode));
}

#[test]
fn a_wrapped_key_is_found_before_unlocking_and_goes_with_its_way() {
    let (ways, mut vault) = FourWays::new();
    let proof = Unlock::Recovery(&ways.home.code);
    let (longest, passphrase) = (vec![9; limits::WRAPPED_KEY_BYTES], passphrase());
    let joint = Unlock::PassphraseAndPlatform(&passphrase, &ways.joint);
    vault
        .add_hardware_way(proof, joint, &longest, &mut rng())
        .unwrap();
    let locked = vault.lock();
    let kept = |way| locked.wrapped_key(way).unwrap();
    assert_eq!(kept(Way::Platform), Some(vec![3; 300]));
    assert_eq!(kept(Way::PassphraseAndPlatform), Some(longest));
    assert_eq!((kept(Way::Passphrase), kept(Way::Recovery)), (None, None));
    let files = std::fs::read_dir(ways.home.folder.path()).unwrap().count();
    let mut vault = locked
        .unlock(Unlock::Platform(&ways.alone), NOW, &mut rng())
        .unwrap();
    vault.remove_way(Way::Platform, &mut rng()).unwrap();
    assert_eq!(vault.wrapped_key(Way::Platform), Ok(None));
    assert!(!ways.beside("-platform").exists());
    let left = std::fs::read_dir(ways.home.folder.path()).unwrap().count();
    assert_eq!(left, files - 1);
    assert!(
        vault
            .wrapped_key(Way::PassphraseAndPlatform)
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_wrapped_key_that_is_damaged_or_gone_keeps_no_other_way_shut() {
    let (ways, vault) = FourWays::new();
    drop(vault);
    let place = ways.beside("-platform");
    let whole = std::fs::read(&place).unwrap();
    let other = std::fs::read(ways.beside("-passphrase-platform")).unwrap();
    let mut flipped = whole.clone();
    flipped[100] ^= 1;
    let damaged = Err(Error::Damaged {
        part: Part::WrappedKey(Way::Platform),
    });
    for bytes in [&flipped, &whole[..50], &[], &other, &[0; 9999][..]] {
        std::fs::write(&place, bytes).unwrap();
        let locked = LockedVault::open(&ways.home.path).unwrap();
        assert_eq!(locked.wrapped_key(Way::Platform), damaged);
        let other = locked.wrapped_key(Way::PassphraseAndPlatform);
        assert_eq!(other, Ok(Some(vec![4; 300])));
        assert!(
            locked
                .unlock(Unlock::Recovery(&ways.home.code), NOW, &mut rng())
                .is_ok()
        );
    }
    std::fs::remove_file(&place).unwrap();
    let locked = LockedVault::open(&ways.home.path).unwrap();
    assert_eq!(locked.wrapped_key(Way::Platform), Ok(None));
    assert!(
        locked
            .unlock(Unlock::Platform(&ways.alone), NOW, &mut rng())
            .is_ok()
    );
    std::fs::create_dir(&place).unwrap();
    let mut vault = ways.open(Unlock::Platform(&ways.alone)).unwrap();
    assert_eq!(vault.wrapped_key(Way::Platform), damaged);
    vault.remove_way(Way::Platform, &mut rng()).unwrap();
    assert_eq!(vault.ways().len(), 3);
}

#[test]
fn a_wrapped_key_without_its_way_stays_since_it_may_be_anothers() {
    let (ways, mut vault) = FourWays::new();
    let home = &ways.home;
    let left = std::fs::read(ways.beside("-platform")).unwrap();
    for way in [Way::Platform, Way::PassphraseAndPlatform] {
        vault.remove_way(way, &mut rng()).unwrap();
    }
    std::fs::write(ways.beside("-platform"), left).unwrap();
    let somebodys = home.folder.path().join("vault.nansen-passphrase-platform");
    std::fs::write(&somebodys, b"somebody's").unwrap();
    assert!(vault.wrapped_key(Way::Platform).unwrap().is_some());
    let vault = vault
        .lock()
        .unlock(Unlock::Recovery(&home.code), NOW, &mut rng())
        .unwrap();
    assert!(vault.wrapped_key(Way::Platform).unwrap().is_some());
    assert_eq!(std::fs::read(&somebodys).unwrap(), b"somebody's");
}

#[test]
fn a_way_is_added_by_its_own_call_only() {
    let (ways, mut vault) = FourWays::new();
    let counter = vault.counter();
    let proof = Unlock::Recovery(&ways.home.code);
    let secret = PlatformSecret::random(&mut rng());
    let word = passphrase();
    for new in [
        Unlock::Platform(&secret),
        Unlock::PassphraseAndPlatform(&word, &secret),
    ] {
        let refused = vault.add_way(proof, new, &mut rng());
        assert_eq!(refused, Err(Error::WrongCallForWay(new.way())));
    }
    for new in [Unlock::Passphrase(&word), proof] {
        let refused = vault.add_hardware_way(proof, new, b"x", &mut rng());
        assert_eq!(refused, Err(Error::WrongCallForWay(new.way())));
    }
    assert_eq!(vault.counter(), counter);
}

#[test]
fn a_renewal_that_fails_leaves_the_old_way_with_hardware() {
    let (ways, mut vault) = FourWays::new();
    let proof = Unlock::Recovery(&ways.home.code);
    let (old, secret) = (
        Unlock::Platform(&ways.alone),
        PlatformSecret::random(&mut rng()),
    );
    let new = Unlock::Platform(&secret);
    for size in [0, limits::WRAPPED_KEY_BYTES + 1] {
        let refused = vault.add_hardware_way(proof, new, &vec![1; size], &mut rng());
        assert!(matches!(refused, Err(Error::OutOfBounds { .. })));
    }
    let as_before = |vault: Vault| {
        assert_eq!(vault.ways().len(), 4);
        drop(vault);
        assert_eq!(ways.opens(new), Err(Error::WrongPlatformKey));
        ways.opens(old).unwrap();
        ways.open(proof).unwrap()
    };
    vault = as_before(vault);
    assert_eq!(vault.wrapped_key(Way::Platform), Ok(Some(vec![3; 300])));
    // The replacement of the file cannot be written.
    let draft = ways.beside("-platform.new");
    std::fs::create_dir(&draft).unwrap();
    let failed = vault.add_hardware_way(proof, new, b"new", &mut rng());
    assert!(matches!(failed, Err(Error::Io { .. })), "{failed:?}");
    vault = as_before(vault);
    assert_eq!(vault.wrapped_key(Way::Platform), Ok(Some(vec![3; 300])));
    std::fs::remove_dir(&draft).unwrap();
    // It can be written, and does not get the name.
    let place = ways.beside("-platform");
    std::fs::remove_file(&place).unwrap();
    std::fs::create_dir(&place).unwrap();
    let failed = vault.add_hardware_way(proof, new, b"new", &mut rng());
    assert!(matches!(failed, Err(Error::Io { .. })), "{failed:?}");
    vault = as_before(vault);
    assert!(!draft.exists());
    // Without an old way, none is there after it.
    vault.remove_way(Way::Platform, &mut rng()).unwrap();
    let failed = vault.add_hardware_way(proof, new, b"new", &mut rng());
    assert!(matches!(failed, Err(Error::Io { .. })), "{failed:?}");
    assert_eq!(vault.ways().len(), 3);
    std::fs::remove_dir(&place).unwrap();
    vault
        .add_hardware_way(proof, new, b"new", &mut rng())
        .unwrap();
    drop(vault);
    ways.opens(new).unwrap();
    assert_eq!(ways.opens(old), Err(Error::WrongPlatformKey));
}
