//! The same on a wallet, whose vault must keep what its memory goes by.

use nansen_vault::{KdfParams, Passphrase, Unlock};

use super::*;
use crate::Wallet;

fn passphrase() -> Passphrase {
    Passphrase::new("a dry cough in the mountains").unwrap()
}

/// A wallet that trusts some publishers. It lives as long as the folder.
fn wallet_trusting(desks: &[Desk]) -> (tempfile::TempDir, Wallet) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wallet.nansen");
    let (mut wallet, _) =
        Wallet::create(path, &passphrase(), KdfParams::FLOOR, &mut rng()).unwrap();
    for desk in desks {
        let statement = desk.statement(&desk.root());
        let pin = Root::pin(&statement).unwrap();
        wallet.add_publisher(&statement, &pin, &mut rng()).unwrap();
    }
    (folder, wallet)
}

fn reopen(wallet: Wallet) -> Wallet {
    let unlocked = wallet
        .lock()
        .unlock(Unlock::Passphrase(&passphrase()), NOW, &mut rng());
    let wallet = unlocked.map_err(|failed| failed.error).unwrap();
    assert_eq!(wallet.trust_damage(), None);
    wallet
}

#[test]
fn lists_of_a_pack_that_falls_outlive_a_lock() {
    let (_folder, mut wallet) = wallet_trusting(&[NATIONAL]);
    let list = NATIONAL.list(2, NOW - 5 * DAY, school(CUT_OFF));
    let status = item(
        Kind::StatusList,
        "s",
        1,
        school_statuses(NOW - 30 * DAY, &[5]),
    );
    let pack = NATIONAL.pack(1, NOW, vec![trust_list(1, &list), status]);
    wallet.add_pack(&pack, &mut rng()).unwrap();
    let rotation = NATIONAL.rotation(Role::Content, 14);
    wallet.add_rotations(&[rotation], &mut rng()).unwrap();
    for _ in 0..2 {
        wallet = reopen(wallet);
        assert_eq!(wallet.trust().packs().count(), 0);
        assert_eq!(forged(wallet.trust()), Some(Code::IssuerKeyCutOff));
        assert_eq!(revoked(wallet.trust()), Some(Code::Revoked));
    }
    let older = NATIONAL.list(1, NOW - 50 * DAY, school(None));
    let rollback = Refused::Rollback {
        offered: 1,
        held: 2,
    };
    let refused = wallet.add_trust_list(&older, &mut rng());
    assert_eq!(refused, Err(rollback.into()));
}

#[test]
fn lists_that_a_pack_leaves_out_outlive_a_lock() {
    let (_folder, mut wallet) = wallet_trusting(&[NATIONAL]);
    let list = |version, cut_off| {
        let list = NATIONAL.list(version, NOW - 50 * DAY, school(cut_off));
        vec![trust_list(version, &list)]
    };
    let packs = [list(2, CUT_OFF), Vec::new(), list(1, None)];
    for ((version, issued_at), items) in (1..).zip(NOW - 3..).zip(packs) {
        let pack = NATIONAL.pack(version, issued_at, items);
        wallet.add_pack(&pack, &mut rng()).unwrap();
        wallet = reopen(wallet);
        assert_eq!(forged(wallet.trust()), Some(Code::IssuerKeyCutOff));
    }
}

#[test]
fn a_newer_pack_with_an_earlier_date_outlives_a_lock() {
    let (_folder, mut wallet) = wallet_trusting(&[NATIONAL]);
    let pack = |version, issued_at, cut_off| {
        let list = NATIONAL.list(version, NOW - 50 * DAY, school(cut_off));
        NATIONAL.pack(version, issued_at, vec![trust_list(version, &list)])
    };
    wallet.add_pack(&pack(1, NOW, None), &mut rng()).unwrap();
    let newer = pack(2, NOW - DAY, CUT_OFF);
    wallet.add_pack(&newer, &mut rng()).unwrap();
    let wallet = reopen(wallet);
    assert_eq!(wallet.trust().packs().next().unwrap().version, 2);
    assert_eq!(forged(wallet.trust()), Some(Code::IssuerKeyCutOff));
    let records = wallet.vault().list().unwrap().records;
    let packs = records.iter().filter(|(_, of)| of.kind == "pack");
    assert_eq!(packs.count(), 1);
}

#[test]
fn the_mark_of_a_publisher_outlives_its_packs_and_not_the_publisher() {
    let (_folder, mut wallet) = wallet_trusting(&[NATIONAL, OTHER]);
    let list = NATIONAL.list(1, NOW - 5 * DAY, school(None));
    wallet.add_trust_list(&list, &mut rng()).unwrap();
    let pack = OTHER.pack(1, IN_2100, Vec::new());
    wallet.add_pack(&pack, &mut rng()).unwrap();
    let removed = wallet.remove_trust(&mut rng(), |store| store.remove_pack(OTHER.name, "pack"));
    assert_eq!(removed, Ok(true));
    let mut wallet = reopen(wallet);
    assert_eq!(wallet.trust().latest_signed_time(), IN_2100);
    let removed = wallet.remove_trust(&mut rng(), |store| store.remove_publisher(OTHER.name));
    assert_eq!(removed, Ok(true));
    let wallet = reopen(wallet);
    assert_eq!(wallet.trust().latest_signed_time(), NOW - 5 * DAY);
    let report = check_dated(wallet.trust(), NOW - DAY, None);
    assert_eq!(report.verdict(), Verdict::Valid);
}
