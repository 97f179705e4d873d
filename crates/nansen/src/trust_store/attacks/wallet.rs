//! The same on a wallet, whose vault must keep what its memory goes by.

use nansen_credential::cbor::Writer;
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
    let wallet = reopen_damaged(wallet);
    assert_eq!(wallet.trust().damage(), None);
    wallet
}

fn reopen_damaged(wallet: Wallet) -> Wallet {
    let unlocked = wallet
        .lock()
        .unlock(Unlock::Passphrase(&passphrase()), NOW, &mut rng());
    unlocked.map_err(|failed| failed.error).unwrap()
}

/// Writes a document as the wallet would, and nothing else.
fn put(wallet: &mut Wallet, kind: &str, bytes: &[u8]) {
    let summary = nansen_vault::Summary {
        kind: kind.into(),
        title: "x".into(),
        created: NOW,
        ..Default::default()
    };
    let (vault, mut random) = (wallet.vault_mut(), rng());
    let mut writer = vault.document_writer(&summary, &mut random).unwrap();
    writer.append(bytes).unwrap();
    writer.finish().unwrap();
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

/// Documents of a kind in the vault.
fn documents(wallet: &Wallet, kind: &str) -> usize {
    let records = wallet.vault().list().unwrap().records;
    records.iter().filter(|(_, of)| of.kind == kind).count()
}

#[test]
fn packs_of_one_date_leave_the_vault_when_the_next_one_comes() {
    let (_folder, mut wallet) = wallet_trusting(&[NATIONAL]);
    for version in 1..4 {
        let pack = NATIONAL.pack(version, NOW, Vec::new());
        wallet.add_pack(&pack, &mut rng()).unwrap();
        assert_eq!(documents(&wallet, "pack"), 1);
    }
    let wallet = reopen(wallet);
    assert_eq!(wallet.trust().packs().next().unwrap().version, 3);
}

#[test]
fn nothing_of_another_publisher_pushes_a_pack_out_at_the_next_unlock() {
    let (_folder, mut wallet) = wallet_trusting(&[NATIONAL, OTHER]);
    let list = NATIONAL.list(2, NOW - 5 * DAY, school(CUT_OFF));
    let items = vec![
        trust_list(2, &list),
        item(
            Kind::TrustList,
            "more",
            1,
            NATIONAL.list_of("more", 1, Vec::new()),
        ),
        item(
            Kind::StatusList,
            "s",
            1,
            school_statuses(NOW - 30 * DAY, &[5]),
        ),
    ];
    let pack = NATIONAL.pack(1, NOW - 5 * DAY, items);
    wallet.add_pack(&pack, &mut rng()).unwrap();

    // As many lists as one publisher may have, and more to inflate than there is room for.
    let mut items: Vec<Item> = (0..LISTS_MAX - 1)
        .map(|place| {
            let id = place.to_string();
            item(Kind::TrustList, &id, 1, OTHER.list_of(&id, 1, Vec::new()))
        })
        .collect();
    let listed: Vec<Issuer> = (100..105)
        .map(|seed| issuer(&format!("{STRANGER}/{seed}"), seed, None))
        .collect();
    items.extend(listed.iter().zip(100..).map(|(issuer, seed)| {
        let token = statuses(seed, &issuer.uri, NOW - 60 * DAY, (8 * (16 << 20), &[]));
        item(Kind::StatusList, &issuer.uri, 1, token)
    }));
    let pack = OTHER.pack(1, NOW - 60 * DAY, items);
    wallet.add_pack(&pack, &mut rng()).unwrap();
    let listed = OTHER.list(1, NOW, listed);
    wallet.add_trust_list(&listed, &mut rng()).unwrap();
    for _ in 0..2 {
        assert_eq!(forged(wallet.trust()), Some(Code::IssuerKeyCutOff));
        assert_eq!(revoked(wallet.trust()), Some(Code::Revoked));
        assert_eq!(wallet.trust().trust_lists().len(), LISTS_MAX + 2);
        wallet = reopen(wallet);
    }
}

#[test]
fn what_waits_in_a_pack_for_its_signer_counts_before_a_lock_as_after_it() {
    let (_folder, mut wallet) = wallet_trusting(&[NATIONAL]);
    let list = NATIONAL.list(1, NOW - 50 * DAY, school(None));
    wallet.add_trust_list(&list, &mut rng()).unwrap();
    let older = school_statuses(NOW - 20 * DAY, &[]);
    wallet.add_status_list(&older, &mut rng()).unwrap();
    let token = |id: &str, content| item(Kind::StatusList, id, 1, content);
    let next = statuses(220, &status_uri(), NOW - DAY, (100, &[5]));
    let items = vec![token("s", next), token("junk", vec![0xd2, 0x84, 0x40])];
    let pack = NATIONAL.pack(1, NOW - DAY, items);
    wallet.add_pack(&pack, &mut rng()).unwrap();
    assert_eq!(revoked(wallet.trust()), None);
    let mut two = school(None);
    let public = key(220).public_key();
    two[0]
        .keys
        .push(IssuerKey::new(public, NOW - 3 * DAY, NOW + 900 * DAY));
    let list = NATIONAL.list(2, NOW - DAY, two);
    wallet.add_trust_list(&list, &mut rng()).unwrap();
    let root = key(77).public_key();
    wallet.add_root(root.clone(), &mut rng()).unwrap();
    let removed = wallet.remove_trust(&mut rng(), |store| store.remove_root(&root));
    assert_eq!(removed, Ok(true));
    for _ in 0..2 {
        assert_eq!(revoked(wallet.trust()), Some(Code::Revoked));
        assert_eq!(wallet.trust().packs().count(), 1);
        assert_eq!(documents(&wallet, "pack"), 1);
        wallet = reopen(wallet);
    }
}

#[test]
fn floors_outlive_a_lock_and_go_with_their_publisher() {
    let (_folder, mut wallet) = wallet_trusting(&[NATIONAL]);
    let items = |version, revoked: &[u64], days| {
        let list = NATIONAL.list(1, NOW - 50 * DAY, school(None));
        let told = snapshot(NOW - days * DAY, revoked);
        let told = item(Kind::StatusSnapshot, "s", version, told);
        vec![trust_list(1, &list), told]
    };
    let pack = NATIONAL.pack(2, NOW, items(2, &[5], 2));
    wallet.add_pack(&pack, &mut rng()).unwrap();
    let is_removed =
        wallet.remove_trust(&mut rng(), |store| store.remove_pack(NATIONAL.name, "pack"));
    assert_eq!(is_removed, Ok(true));
    wallet = reopen(wallet);
    let older = NATIONAL.pack(1, NOW, items(1, &[], 20));
    wallet.add_pack(&older, &mut rng()).unwrap();
    wallet = reopen(wallet);
    assert!(wallet.trust().snapshots().is_empty());
    let is_removed = wallet.remove_trust(&mut rng(), |store| store.remove_publisher(NATIONAL.name));
    assert_eq!(is_removed, Ok(true));
    let statement = NATIONAL.statement(&NATIONAL.root());
    let pin = Root::pin(&statement).unwrap();
    wallet.add_publisher(&statement, &pin, &mut rng()).unwrap();
    wallet.add_pack(&older, &mut rng()).unwrap();
    assert_eq!(reopen(wallet).trust().snapshots().len(), 1);
}

#[test]
fn records_of_every_version_are_read() {
    let root = key(77).public_key();
    let statement = NATIONAL.statement(&NATIONAL.root());
    for version in 1..=3 {
        let (_folder, mut wallet) = wallet_trusting(&[]);
        let mut writer = Writer::new();
        let parts = 2 + usize::try_from(version).unwrap();
        writer.array(parts).int(version).array(1);
        writer.bytes(&root.to_short()).int(NOW);
        if version > 1 {
            writer.array(1).bytes(&statement);
        }
        if version > 2 {
            writer.array(1).int(IN_2100);
        }
        let summary = nansen_vault::Summary {
            kind: "trust".into(),
            ..Default::default()
        };
        let (vault, mut random) = (wallet.vault_mut(), rng());
        let written = vault.transaction(&mut random, |tx| {
            tx.insert(&summary, &writer.into_bytes())?;
            Ok::<_, nansen_vault::Error>(())
        });
        written.unwrap();
        let wallet = reopen(wallet);
        assert_eq!(wallet.trust().roots(), core::slice::from_ref(&root));
        assert_eq!(
            wallet.trust().publishers().count(),
            usize::from(version > 1)
        );
        let latest = [NOW, NOW, IN_2100][usize::try_from(version).unwrap() - 1];
        assert_eq!(wallet.trust().latest_signed_time(), latest);
    }
}

#[test]
fn where_a_document_is_damaged_others_stay_until_it_comes_anew() {
    let (_folder, mut wallet) = wallet_trusting(&[NATIONAL]);
    let list = NATIONAL.list(1, NOW - 5 * DAY, school(None));
    wallet.add_trust_list(&list, &mut rng()).unwrap();
    let own = school_statuses(NOW, &[5]);
    wallet.add_status_list(&own, &mut rng()).unwrap();
    let records = wallet.vault().list().unwrap().records;
    let is_list = |record: &&(_, nansen_vault::Summary)| record.1.kind == "trust-list";
    let (id, summary) = records.iter().find(is_list).unwrap();
    let (vault, mut random) = (wallet.vault_mut(), rng());
    vault.transaction(&mut random, |tx| tx.delete(*id)).unwrap();
    let mut writer = vault.document_writer(summary, &mut random).unwrap();
    writer.append(b"?").unwrap();
    writer.finish().unwrap();
    let unlocked = wallet
        .lock()
        .unlock(Unlock::Passphrase(&passphrase()), NOW, &mut rng());
    let mut wallet = unlocked.map_err(|failed| failed.error).unwrap();
    assert!(wallet.trust().damage().is_some());
    assert_eq!(revoked(wallet.trust()), Some(Code::IssuerUnknown));
    let root = key(77).public_key();
    wallet.add_root(root.clone(), &mut rng()).unwrap();
    let removed = wallet.remove_trust(&mut rng(), |store| store.remove_root(&root));
    assert_eq!(removed, Ok(true));
    assert_eq!(documents(&wallet, "status-list"), 1);
    wallet.add_trust_list(&list, &mut rng()).unwrap();
    assert_eq!(documents(&wallet, "trust-list"), 1);
    assert_eq!(revoked(reopen(wallet).trust()), Some(Code::Revoked));
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

#[test]
fn what_is_removed_stays_so_where_something_else_is_damaged() {
    let (_folder, mut wallet) = wallet_trusting(&[NATIONAL, OTHER]);
    let list = OTHER.list(1, NOW, school(None));
    wallet.add_trust_list(&list, &mut rng()).unwrap();
    let pack = OTHER.pack(1, NOW, Vec::new());
    wallet.add_pack(&pack, &mut rng()).unwrap();
    put(&mut wallet, "trust-list", b"?");
    let mut wallet = reopen_damaged(wallet);
    assert!(wallet.trust().damage().is_some());
    let removed = wallet.remove_trust(&mut rng(), |store| store.remove_pack(OTHER.name, "pack"));
    assert_eq!(removed, Ok(true));
    let removed = wallet.remove_trust(&mut rng(), |store| {
        store.remove_list(&Authority::Publisher(OTHER.name.into()), "issuers")
    });
    assert_eq!(removed, Ok(true));
    let wallet = reopen_damaged(wallet);
    assert_eq!(wallet.trust().packs().count(), 0);
    assert!(wallet.trust().trust_lists().is_empty());
}

#[test]
fn a_kill_while_a_list_is_replaced_loses_no_other() {
    let (_folder, mut wallet) = wallet_trusting(&[NATIONAL]);
    let list = NATIONAL.list(1, NOW - 50 * DAY, school(None));
    wallet.add_trust_list(&list, &mut rng()).unwrap();
    let mut all = vec![school_statuses(NOW - DAY, &[5])];
    for place in 1..STATUS_LISTS_MAX {
        let uri = format!("{SCHOOL}/t/{place}");
        all.push(statuses(SCHOOL_KEY, &uri, NOW - DAY, (8, &[])));
    }
    for token in &all {
        wallet.add_status_list(token, &mut rng()).unwrap();
    }
    // What is written before the transaction that deletes the older one.
    let uri = format!("{SCHOOL}/t/1");
    let newer = statuses(SCHOOL_KEY, &uri, NOW, (8, &[]));
    put(&mut wallet, "status-list", &newer);
    let wallet = reopen(wallet);
    let lists = wallet.trust().status_lists();
    assert_eq!(lists.len(), STATUS_LISTS_MAX);
    let newer = lists.iter().find(|list| list.uri() == uri).unwrap();
    assert_eq!(newer.issued_at(), NOW);
    assert_eq!(revoked(wallet.trust()), Some(Code::Revoked));
}

#[test]
fn a_record_with_a_root_too_many_keeps_its_publishers_and_mark() {
    let (_folder, mut wallet) = wallet_trusting(&[OTHER]);
    for seed in 100..116 {
        wallet.add_root(key(seed).public_key(), &mut rng()).unwrap();
    }
    let mut other = trusting(&[NATIONAL]);
    other.add_root(key(120).public_key()).unwrap();
    let mut writer = nansen_credential::cbor::Writer::new();
    writer.array(5).int(4).array(1);
    writer.bytes(&key(120).public_key().to_short()).int(NOW);
    writer.array(1).bytes(&NATIONAL.statement(&NATIONAL.root()));
    writer.value(&other.floors());
    let body = writer.into_bytes();
    let summary = nansen_vault::Summary {
        kind: "trust".into(),
        ..Default::default()
    };
    let (vault, mut random) = (wallet.vault_mut(), rng());
    vault
        .transaction(&mut random, |tx| {
            tx.insert(&summary, &body)?;
            Ok::<_, nansen_vault::Error>(())
        })
        .unwrap();
    let mut wallet = reopen_damaged(wallet);
    assert!(matches!(
        wallet.trust().damage(),
        Some(Error::TooMany { .. })
    ));
    let root = key(115).public_key();
    wallet
        .remove_trust(&mut rng(), |store| store.remove_root(&root))
        .unwrap();
    let wallet = reopen(wallet);
    assert_eq!(wallet.trust().publishers().count(), 2);
    assert_eq!(wallet.trust().latest_signed_time(), NOW);
}

#[test]
fn a_record_has_room_for_all_floors() {
    let (_folder, mut wallet) = wallet_trusting(&[NATIONAL]);
    let list = NATIONAL.list(1, NOW - 50 * DAY, school(None));
    wallet.add_trust_list(&list, &mut rng()).unwrap();
    for pack in 0..5 {
        let items = (0..1024).map(|place| {
            let uri = format!("{SCHOOL}/{pack}/{place}");
            listed(&uri, statuses(SCHOOL_KEY, &uri, NOW, (8, &[])))
        });
        let id = pack.to_string();
        let pack = NATIONAL.pack_of(&id, 1, NOW, items.collect());
        wallet.add_pack(&pack, &mut rng()).unwrap();
    }
    let before = wallet.trust().floors.clone();
    assert_eq!(reopen(wallet).trust().floors, before);
}
