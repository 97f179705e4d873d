//! What was known once does not come back in an older version, though the thing itself is gone.

use super::*;

fn verdict(store: &TrustStore) -> Verdict {
    check_dated(store, NOW - 30 * DAY, Some(5)).verdict()
}

fn rolled_back(offered: i64, held: i64) -> Result<Added, Error> {
    let (offered, held) = (offered.unsigned_abs(), held.unsigned_abs());
    Err(Refused::Rollback { offered, held }.into())
}

/// The school's next list, by the key that a rotation brought.
fn renewed() -> Vec<u8> {
    let content = TrustListContent {
        id: "issuers".into(),
        version: 2,
        issued_at: NOW,
        next_update: NOW,
        issuers: school(None),
    };
    signed(content.draft(NATIONAL.name).unwrap(), &[16])
}

fn status(version: u64, content: Vec<u8>) -> Item {
    item(Kind::StatusList, "s", version, content)
}

fn told(version: u64, content: Vec<u8>) -> Item {
    item(Kind::StatusSnapshot, "s", version, content)
}

/// A pack whose lists, if it falls, are more than are kept, that of the school the last.
fn overfull() -> TrustStore {
    let tokens = (0..STATUS_LISTS_MAX).map(|place| {
        let uri = format!("{SCHOOL}/t/{place}");
        let token = statuses(SCHOOL_KEY, &uri, NOW - 2 * DAY, (8, &[]));
        item(Kind::StatusList, &uri, 2, token)
    });
    let revoking = status(2, school_statuses(NOW - 2 * DAY, &[5]));
    let items = [school_list()].into_iter().chain(tokens).chain([revoking]);
    let mut store = trusting(&[NATIONAL]);
    let pack = NATIONAL.pack(1, NOW - 2 * DAY, items.collect());
    store.add_pack(&pack).unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked));
    store
}

#[test]
fn a_rotation_handed_on_takes_no_revocation_back_that_has_no_room() {
    let mut store = overfull();
    store
        .add_rotations(&[NATIONAL.rotation(Role::Content, 14)])
        .unwrap();
    let old = school_statuses(NOW - 20 * DAY, &[]);
    for mut store in [reread(&store), store] {
        assert_eq!(store.status_lists().len(), STATUS_LISTS_MAX);
        assert_eq!(verdict(&store), Verdict::Undetermined);
        let refused = store.add_status_list(&old);
        assert_eq!(refused, rolled_back(NOW - 20 * DAY, NOW - 2 * DAY));
        let items = vec![school_list(), status(3, old.clone())];
        let pack = NATIONAL.pack_by(14, 2, NOW, items);
        store.add_pack(&pack).unwrap();
        assert_eq!(verdict(&store), Verdict::Undetermined);
        // The very list that was known, and newer ones, count again.
        let items = vec![
            school_list(),
            status(4, school_statuses(NOW - 2 * DAY, &[5])),
        ];
        let pack = NATIONAL.pack_by(14, 3, NOW, items);
        store.add_pack(&pack).unwrap();
        assert_eq!(revoked(&store), Some(Code::Revoked));
    }
}

#[test]
fn the_content_key_alone_takes_no_revocation_back_that_has_no_room() {
    let mut store = overfull();
    let only = NATIONAL.pack(2, NOW - DAY, vec![school_list()]);
    store.add_pack(&only).unwrap();
    assert_eq!(verdict(&store), Verdict::Undetermined);
    let old = status(3, school_statuses(NOW - 20 * DAY, &[]));
    let pack = NATIONAL.pack(3, NOW, vec![school_list(), old]);
    store.add_pack(&pack).unwrap();
    for store in [&store, &reread(&store)] {
        assert_eq!(verdict(store), Verdict::Undetermined);
    }
}

#[test]
fn the_removal_of_a_pack_brings_nothing_older_back() {
    let revoking = status(2, school_statuses(NOW - 2 * DAY, &[5]));
    let items = |status| vec![school_list(), status];
    let mut store = trusting(&[NATIONAL]);
    store
        .add_pack(&NATIONAL.pack(2, NOW, items(revoking)))
        .unwrap();
    store.remove_pack(NATIONAL.name, "pack");
    let old = status(1, school_statuses(NOW - 20 * DAY, &[]));
    store.add_pack(&NATIONAL.pack(1, NOW, items(old))).unwrap();
    for store in [&store, &reread(&store)] {
        assert_eq!(verdict(store), Verdict::Undetermined);
    }
}

/// A publisher two of whose keys may sign packs, the second of them later too.
fn shared_content(version: u64, first: u8) -> Vec<u8> {
    let mut root = NATIONAL.root();
    root.version = version;
    let keys = [first, 15].map(|seed| key(seed).public_key()).to_vec();
    root.roles
        .insert(Role::Content, Quorum { threshold: 1, keys });
    NATIONAL.statement(&root)
}

#[test]
fn a_rotation_handed_on_brings_no_older_snapshot_back() {
    let statement = shared_content(1, 13);
    let mut store = TrustStore::new();
    let pin = Root::pin(&statement).unwrap();
    store.add_publisher(&statement, &pin).unwrap();
    let pack = |by, version, time, revoked: &[u64]| {
        let items = vec![school_list(), told(version, snapshot(time, revoked))];
        NATIONAL.pack_by(by, version, time, items)
    };
    store.add_pack(&pack(13, 2, NOW - 2 * DAY, &[5])).unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked));
    store.add_rotations(&[shared_content(2, 14)]).unwrap();
    assert_eq!(store.packs().count(), 0);
    let older = store.add_pack(&pack(15, 1, NOW - 20 * DAY, &[]));
    assert_eq!(older, rolled_back(1, 2));
    // Nor does a key for content.
    let again = pack(15, 3, NOW - 20 * DAY, &[]);
    store.add_pack(&again).unwrap();
    for store in [&store, &reread(&store)] {
        assert!(store.snapshots().is_empty());
        assert_eq!(verdict(store), Verdict::Undetermined);
    }
    store.add_pack(&pack(14, 4, NOW, &[5])).unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked));
}

#[test]
fn an_older_status_list_is_no_better_than_the_snapshot_that_went() {
    let older = school_statuses(NOW - 20 * DAY, &[]);
    let items = vec![
        school_list(),
        status(1, older.clone()),
        told(1, snapshot(NOW - 2 * DAY, &[5])),
    ];
    let mut store = trusting(&[NATIONAL]);
    store
        .add_pack(&NATIONAL.pack(1, NOW - 2 * DAY, items))
        .unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked));
    store
        .add_rotations(&[NATIONAL.rotation(Role::Content, 14)])
        .unwrap();
    for mut store in [reread(&store), store] {
        assert_eq!(verdict(&store), Verdict::Undetermined);
        let refused = store.add_status_list(&older);
        assert_eq!(refused, rolled_back(NOW - 20 * DAY, NOW - 2 * DAY));
        let newer = school_statuses(NOW - DAY, &[5]);
        store.add_status_list(&newer).unwrap();
        assert_eq!(revoked(&store), Some(Code::Revoked));
    }
}

#[test]
fn a_cut_off_that_comes_alone_takes_back_what_the_stolen_key_said_after_it() {
    let list = |version, cut_off| NATIONAL.list(version, NOW - 50 * DAY, school(cut_off));
    // The genuine one waits in a pack.
    let mut store = trusting(&[NATIONAL]);
    let genuine = status(1, school_statuses(NOW - 25 * DAY, &[5]));
    let items = vec![school_list(), genuine];
    store
        .add_pack(&NATIONAL.pack(1, NOW - 25 * DAY, items))
        .unwrap();
    let forged = school_statuses(NOW - 2 * DAY, &[]);
    store.add_status_list(&forged).unwrap();
    assert_eq!(revoked(&store), None);
    store.add_trust_list(&list(2, CUT_OFF)).unwrap();
    for store in [&store, &reread(&store)] {
        assert_eq!(revoked(store), Some(Code::Revoked));
    }

    // The genuine one is gone: what is older than it stays away.
    let mut store = trusting(&[NATIONAL]);
    store.add_trust_list(&list(1, None)).unwrap();
    let genuine = school_statuses(NOW - 21 * DAY, &[5]);
    store.add_status_list(&genuine).unwrap();
    store.add_status_list(&forged).unwrap();
    store.add_trust_list(&list(2, CUT_OFF)).unwrap();
    for mut store in [reread(&store), store] {
        assert_eq!(verdict(&store), Verdict::Undetermined);
        let older = school_statuses(NOW - 28 * DAY, &[]);
        let refused = store.add_status_list(&older);
        assert_eq!(refused, rolled_back(NOW - 28 * DAY, NOW - 21 * DAY));
        store.add_status_list(&genuine).unwrap();
        assert_eq!(revoked(&store), Some(Code::Revoked));
    }
}

/// A publisher whose lists two of three must sign.
fn two_of_three(version: u64, seeds: [u8; 3]) -> Vec<u8> {
    let mut root = NATIONAL.root();
    root.version = version;
    let keys = seeds.map(|seed| key(seed).public_key()).to_vec();
    root.roles
        .insert(Role::Issuers, Quorum { threshold: 2, keys });
    NATIONAL.statement(&root)
}

fn list_by(version: u64, cut_off: Option<i64>, seeds: &[u8]) -> Vec<u8> {
    let content = TrustListContent {
        id: "issuers".into(),
        version,
        issued_at: NOW - 30 * DAY,
        next_update: NOW,
        issuers: school(cut_off),
    };
    signed(content.draft(NATIONAL.name).unwrap(), seeds)
}

#[test]
fn a_list_handed_on_without_some_signatures_brings_no_older_one_back() {
    let statement = two_of_three(1, [51, 52, 53]);
    let mut store = TrustStore::new();
    let pin = Root::pin(&statement).unwrap();
    store.add_publisher(&statement, &pin).unwrap();
    let [genuine, stripped] =
        [&[51, 52, 53][..], &[51, 52]].map(|seeds| list_by(2, CUT_OFF, seeds));
    let padded = list_by(2, CUT_OFF, &[51, 52, 53, 99]);
    let mut poor = store.clone();
    for (list, added) in [
        (&genuine, Added::New),
        (&stripped, Added::AlreadyHere),
        (&padded, Added::AlreadyHere),
    ] {
        assert_eq!(store.add_trust_list(list), Ok(added));
    }
    for (list, added) in [
        (&stripped, Added::New),
        (&padded, Added::Replaced),
        (&genuine, Added::Replaced),
    ] {
        assert_eq!(poor.clone().add_trust_list(list), Ok(added));
        poor.add_trust_list(list).unwrap();
        if list == &stripped {
            poor = reread(&poor);
        }
    }
    assert_eq!(poor.to_cbor(), store.to_cbor());
    let mut bare = trusting(&[]);
    bare.add_publisher(&statement, &pin).unwrap();
    bare.add_trust_list(&stripped).unwrap();

    let old = list_by(1, None, &[52, 53]);
    let rotation = two_of_three(2, [54, 52, 53]);
    for (mut store, known) in [
        (store, Some(Code::IssuerKeyCutOff)),
        (bare, Some(Code::IssuerUnknown)),
    ] {
        store
            .add_rotations(core::slice::from_ref(&rotation))
            .unwrap();
        for mut store in [reread(&store), store] {
            assert_eq!(forged(&store), known);
            assert_eq!(store.add_trust_list(&old), rolled_back(1, 2));
        }
    }
}

#[test]
fn floors_go_with_all_keys_of_a_role_and_with_whom_the_user_removes() {
    let mut store = trusting(&[NATIONAL]);
    let list = |version| NATIONAL.list(version, NOW - 5 * DAY, school(None));
    store.add_trust_list(&list(900)).unwrap();
    let old = school_statuses(NOW - 20 * DAY, &[]);
    store
        .add_status_list(&school_statuses(NOW + 800 * DAY, &[]))
        .unwrap();
    assert!(store.add_trust_list(&list(2)).is_err());
    assert!(store.add_status_list(&old).is_err());

    let mut rotated = store.clone();
    let rotation = NATIONAL.rotation(Role::Issuers, 16);
    rotated.add_rotations(&[rotation]).unwrap();
    let renewed = renewed();
    assert_eq!(rotated.add_trust_list(&renewed), Ok(Added::New));

    let mut removed = store.clone();
    removed.remove_publisher(NATIONAL.name);
    let root = NATIONAL.statement(&NATIONAL.root());
    let pin = Root::pin(&root).unwrap();
    removed.add_publisher(&root, &pin).unwrap();
    store.remove_list(&Authority::Publisher(NATIONAL.name.into()), "issuers");
    for mut store in [removed, store] {
        assert_eq!(store.add_trust_list(&list(2)), Ok(Added::New));
        assert_eq!(store.add_status_list(&old), Ok(Added::New));
    }
}

#[test]
fn the_removal_of_a_publisher_forgets_nothing_of_anothers_issuers() {
    let mut store = trusting(&[NATIONAL, OTHER]);
    let items = vec![
        school_list(),
        status(1, school_statuses(NOW - 2 * DAY, &[5])),
    ];
    store
        .add_pack(&NATIONAL.pack(1, NOW - 2 * DAY, items))
        .unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked));
    store
        .add_rotations(&[NATIONAL.rotation(Role::Issuers, 16)])
        .unwrap();
    let without = {
        let mut store = store.clone();
        store.remove_publisher(OTHER.name);
        store
    };
    for (name, mut store) in [("kept", store), ("removed", without)] {
        let renewed = renewed();
        store.add_trust_list(&renewed).unwrap();
        let old = school_statuses(NOW - 20 * DAY, &[]);
        let added = store.add_status_list(&old);
        assert_eq!(added, rolled_back(NOW - 20 * DAY, NOW - 2 * DAY), "{name}");
        let verdict = check_dated(&store, NOW - 30 * DAY, Some(5)).verdict();
        assert_eq!(verdict, Verdict::Undetermined, "{name}");
    }
}

#[test]
fn a_rotation_handed_on_lets_no_older_pack_in() {
    let mut store = trusting(&[NATIONAL]);
    let old = NATIONAL.pack(1, NOW - 9 * DAY, Vec::new());
    let new = NATIONAL.pack(2, NOW, vec![school_list()]);
    store.add_pack(&new).unwrap();
    store
        .add_rotations(&[NATIONAL.rotation(Role::Issuers, 16)])
        .unwrap();
    assert_eq!(store.packs().count(), 0);
    for mut store in [reread(&store), store] {
        assert_eq!(store.add_pack(&old), rolled_back(1, 2));
    }
}

#[test]
fn a_rotation_of_status_keys_handed_on_takes_no_revocation_back() {
    let old = school_statuses(NOW - 20 * DAY, &[]);
    let told = told(1, snapshot(NOW - 2 * DAY, &[5]));
    for role in [Role::Content, Role::Status] {
        let mut store = trusting(&[NATIONAL]);
        let items = vec![school_list(), status(1, old.clone()), told.clone()];
        store
            .add_pack(&NATIONAL.pack(1, NOW - 2 * DAY, items))
            .unwrap();
        assert_eq!(revoked(&store), Some(Code::Revoked));
        store.add_rotations(&[NATIONAL.rotation(role, 14)]).unwrap();
        let again = store.add_status_list(&old);
        assert_eq!(again, rolled_back(NOW - 20 * DAY, NOW - 2 * DAY));
        assert_eq!(revoked(&store), Some(Code::StatusUnavailable), "{role:?}");
    }
}

#[test]
fn a_rotation_of_the_keys_of_lists_takes_no_revocation_back_where_another_lists_the_issuer() {
    let old = school_statuses(NOW - 20 * DAY, &[]);
    let told = told(1, snapshot(NOW - 2 * DAY, &[5]));
    let mut store = trusting(&[NATIONAL, OTHER]);
    store
        .add_trust_list(&OTHER.list(1, NOW - 50 * DAY, school(None)))
        .unwrap();
    let items = vec![school_list(), told];
    store
        .add_pack(&NATIONAL.pack(1, NOW - 2 * DAY, items))
        .unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked));
    store
        .add_rotations(&[NATIONAL.rotation(Role::Issuers, 14)])
        .unwrap();
    let added = store.add_status_list(&old);
    assert_eq!(added, rolled_back(NOW - 20 * DAY, NOW - 2 * DAY));
    assert_eq!(revoked(&store), Some(Code::StatusUnavailable));
}

#[test]
fn an_issuer_with_very_many_lists_crowds_out_no_floor_of_another() {
    let issuers = vec![
        issuer(SCHOOL, SCHOOL_KEY, None),
        issuer(STRANGER, STRANGER_KEY, None),
    ];
    let list = NATIONAL.list(1, NOW - 50 * DAY, issuers);
    let mut store = trusting(&[NATIONAL]);
    store.add_trust_list(&list).unwrap();
    let flood = |pack: usize, place: usize| {
        let uri = format!("{STRANGER}/{pack}/{place}");
        statuses(STRANGER_KEY, &uri, NOW, (8, &[]))
    };
    for place in 0..STATUS_LISTS_MAX {
        store.add_status_list(&flood(9, place)).unwrap();
    }
    let own = status(1, school_statuses(NOW - 2 * DAY, &[5]));
    store
        .add_pack(&NATIONAL.pack(1, NOW - 2 * DAY, vec![own]))
        .unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked));
    store
        .add_pack(&NATIONAL.pack(2, NOW - DAY, Vec::new()))
        .unwrap();
    assert_eq!(revoked(&store), Some(Code::StatusUnavailable));
    for pack in 0..4 {
        let items = (0..1024)
            .map(|place| item(Kind::StatusList, &place.to_string(), 1, flood(pack, place)));
        let id = format!("flood {pack}");
        store
            .add_pack(&NATIONAL.pack_of(&id, 1, NOW - DAY, items.collect()))
            .unwrap();
    }
    let old = status(1, school_statuses(NOW - 20 * DAY, &[]));
    store.add_pack(&NATIONAL.pack(3, NOW, vec![old])).unwrap();
    assert_eq!(revoked(&store), Some(Code::StatusUnavailable));
}

#[test]
fn a_pack_that_is_removed_and_comes_again_takes_no_revocation_back() {
    let items = vec![school_list(), told(1, snapshot(NOW - DAY, &[]))];
    let pack = NATIONAL.pack(1, NOW, items);
    let mut store = trusting(&[NATIONAL]);
    let list = NATIONAL.list(1, NOW - 50 * DAY, school(None));
    store.add_trust_list(&list).unwrap();
    let own = school_statuses(NOW - 2 * DAY, &[5]);
    store.add_status_list(&own).unwrap();
    store.add_pack(&pack).unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked));
    assert!(store.remove_pack(NATIONAL.name, "pack"));
    assert_eq!(verdict(&store), Verdict::Undetermined);
    store.add_pack(&pack).unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked));
}

#[test]
fn a_snapshot_that_thieves_dated_ahead_is_mended_by_a_rotation_of_their_keys() {
    let mut store = trusting(&[NATIONAL]);
    let items = vec![school_list(), told(1, snapshot(IN_2100, &[]))];
    store.add_pack(&NATIONAL.pack(1, NOW, items)).unwrap();
    let name = Name::snapshot(NATIONAL.name, SCHOOL, &status_uri());
    assert_eq!(store.floors.at(name), Some(IN_2100));
    store
        .add_rotations(&[NATIONAL.rotation(Role::Status, 14)])
        .unwrap();
    assert_eq!(store.floors.at(name), Some(NOW));
    let list = NATIONAL.list(1, NOW - 50 * DAY, school(None));
    store.add_trust_list(&list).unwrap();
    store
        .add_status_list(&school_statuses(NOW + 1, &[5]))
        .unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked));
}
