//! More than there is room for, by somebody who may sign it.

use core::cmp::Ordering;

use nansen_credential::cbor::Value;
use nansen_credential::cose::sign1;
use nansen_credential::status::STATUS_LIST_TYPE;

use super::*;

/// A status list of the most bytes that one may have inflated.
fn large(seed: u8, uri: &str) -> Vec<u8> {
    statuses(seed, uri, NOW, (8 * (16 << 20), &[]))
}

fn trust_in_both() -> Item {
    let issuers = vec![
        issuer(SCHOOL, SCHOOL_KEY, None),
        issuer(STRANGER, STRANGER_KEY, None),
    ];
    trust_list(1, &NATIONAL.list(1, NOW - 5 * DAY, issuers))
}

/// A token that its signer signed and that is no status list.
fn junk(seed: u8, uri: &str) -> Vec<u8> {
    let signer = key(seed);
    let protected = Map::new()
        .with(1, signer.public_key().algorithm().id())
        .with(4, Value::Bytes(signer.public_key().kid().to_vec()))
        .with(16, STATUS_LIST_TYPE);
    let list = Map::new()
        .with("bits", 1)
        .with("lst", Value::Bytes(vec![255; 9]));
    let payload = Map::new().with(2, uri).with(6, NOW).with(65533, list);
    sign1(
        &protected.to_cbor(),
        &Map::new(),
        &payload.to_cbor(),
        &signer,
    )
    .unwrap()
}

fn uris(store: &TrustStore) -> Vec<&str> {
    let mut uris: Vec<&str> = store.status_lists().iter().map(StatusList::uri).collect();
    uris.sort_unstable();
    uris
}

fn status_bytes(store: &TrustStore) -> usize {
    let lists = store.status_lists().iter();
    lists
        .map(|list| list.content().statuses.inflated_bytes())
        .sum()
}

#[test]
fn doubles_and_junk_of_an_issuer_make_no_pack_fall_then_or_later() {
    let token = school_statuses(NOW - DAY, &[5]);
    let older = school_statuses(NOW - 2 * DAY, &[]);
    let mut items = vec![trust_list(
        1,
        &NATIONAL.list(1, NOW - 5 * DAY, school(None)),
    )];
    let own = [older, token.clone(), token, junk(SCHOOL_KEY, "u")];
    // Those of somebody who is listed later.
    let other = statuses(STRANGER_KEY, STRANGER, NOW, (100, &[]));
    let others = [other.clone(), other, junk(STRANGER_KEY, "v"), vec![0xd2, 0]];
    for (place, token) in own.into_iter().chain(others).enumerate() {
        items.push(item(Kind::StatusList, &place.to_string(), 1, token));
    }
    let mut store = trusting(&[NATIONAL]);
    assert_eq!(
        store.add_pack(&NATIONAL.pack(1, NOW, items)),
        Ok(Added::New)
    );
    assert_eq!(uris(&store), [status_uri()]);
    assert_eq!(revoked(&store), Some(Code::Revoked));

    let mut both = school(None);
    both.push(issuer(STRANGER, STRANGER_KEY, None));
    store.add_trust_list(&NATIONAL.list(2, NOW, both)).unwrap();
    store.add_root(key(77).public_key()).unwrap();
    store.remove_root(&key(77).public_key());
    for store in [&store, &reread(&store)] {
        assert_eq!(uris(store), [status_uri().as_str(), STRANGER]);
        assert_eq!(revoked(store), Some(Code::Revoked));
        assert_eq!(store.packs().count(), 1);
    }
}

#[test]
fn what_a_cut_off_key_signed_is_not_even_inflated() {
    let mut store = trusting(&[OTHER]);
    let cut_off = vec![issuer(STRANGER, STRANGER_KEY, CUT_OFF)];
    store.add_trust_list(&OTHER.list(1, NOW, cut_off)).unwrap();
    let refused = store.add_status_list(&junk(STRANGER_KEY, STRANGER));
    assert_eq!(refused, Err(Error::UntrustedList));
    let listed = vec![issuer(STRANGER, STRANGER_KEY, None)];
    let mut store = trusting(&[OTHER]);
    store.add_trust_list(&OTHER.list(1, NOW, listed)).unwrap();
    let refused = store.add_status_list(&junk(STRANGER_KEY, STRANGER));
    assert!(matches!(
        refused,
        Err(Error::Credential(Refused::BadCompression { .. }))
    ));
}

#[test]
fn status_lists_count_within_the_room_of_signer_and_publisher_and_block_nothing() {
    let school_token = school_statuses(NOW - 30 * DAY, &[5]);
    let mut listed = school(CUT_OFF);
    let mut items = vec![item(Kind::StatusList, "s", 1, school_token)];
    for seed in 100..104 {
        let uri = format!("https://i{seed}.example");
        listed.push(issuer(&uri, seed, None));
        for place in 0..2 {
            let id = format!("{uri}/{place}");
            items.push(item(Kind::StatusList, &id, 1, large(seed, &id)));
        }
    }
    let listed = NATIONAL.list(1, NOW, listed);
    items.push(trust_list(1, &listed));
    // What came alone comes last, and blocks no pack either.
    let mut store = trusting(&[NATIONAL]);
    store.add_trust_list(&listed).unwrap();
    for seed in 100..104 {
        let token = large(seed, &format!("https://i{seed}.example/alone"));
        store.add_status_list(&token).unwrap();
    }
    let refused = store.add_status_list(&large(100, "https://i100.example/more"));
    assert!(matches!(refused, Err(Error::TooMany { .. })), "{refused:?}");
    assert_eq!(
        store.add_pack(&NATIONAL.pack(1, NOW, items)),
        Ok(Added::New)
    );
    for store in [&store, &reread(&store)] {
        assert_eq!(revoked(store), Some(Code::Revoked));
        let counting = [
            "https://i100.example/0",
            "https://i101.example/alone",
            "https://i102.example/alone",
            "https://school.example/s/1",
        ];
        assert_eq!(uris(store), counting);
        assert!(status_bytes(store) <= STATUS_BYTES_MAX);
    }
}

#[test]
fn one_status_list_in_several_packs_is_in_memory_once() {
    let mut store = trusting(&[NATIONAL]);
    let token = large(SCHOOL_KEY, &status_uri());
    assert_eq!(store.add_status_list(&token), Err(Error::UntrustedList));
    for id in ["a", "b", "c", "d", "e"] {
        let token = item(Kind::StatusList, "s", 1, token.clone());
        let pack = NATIONAL.pack_of(id, 1, NOW, vec![trust_in_both(), token]);
        store.add_pack(&pack).unwrap();
    }
    assert_eq!(store.packs().count(), 5);
    assert_eq!(status_bytes(&store), 16 << 20);
}

#[test]
fn packs_that_wait_for_their_signer_stay_within_the_room_there_is() {
    let mut store = trusting(&[NATIONAL, OTHER]);
    for pack in 0..6 {
        let items = (0..3).map(|place| {
            let uri = format!("{STRANGER}/{pack}/{place}");
            item(Kind::StatusList, &uri, 1, large(STRANGER_KEY, &uri))
        });
        let pack = OTHER.pack_of(&pack.to_string(), 1, NOW, items.collect());
        store.add_pack(&pack).unwrap();
    }
    assert!(store.status_lists().is_empty());
    let listed = vec![issuer(STRANGER, STRANGER_KEY, None)];
    store.add_trust_list(&OTHER.list(1, NOW, listed)).unwrap();
    store
        .add_rotations(&[NATIONAL.rotation(Role::Content, 14)])
        .unwrap();
    for store in [&store, &reread(&store)] {
        assert_eq!(status_bytes(store), STATUS_BYTES_OF_ONE_SIGNER_MAX);
        assert_eq!(store.damage(), None);
    }
}

#[test]
fn status_lists_go_with_the_list_that_vouched_for_them_and_block_no_pack() {
    let mut store = trusting(&[NATIONAL, OTHER]);
    let ours = NATIONAL.list(1, NOW - 5 * DAY, school(None));
    store.add_trust_list(&ours).unwrap();
    let own = school_statuses(NOW, &[5]);
    store.add_status_list(&own).unwrap();
    let theirs: Vec<Issuer> = (100..104)
        .map(|seed| issuer(&format!("{STRANGER}/{seed}"), seed, None))
        .collect();
    store.add_trust_list(&OTHER.list(1, NOW, theirs)).unwrap();
    for seed in 100..103 {
        let token = large(seed, &format!("{STRANGER}/{seed}/1"));
        store.add_status_list(&token).unwrap();
    }
    let refused = store.add_status_list(&large(103, STRANGER));
    assert!(matches!(refused, Err(Error::TooMany { .. })), "{refused:?}");
    let uri = format!("{SCHOOL}/s/2");
    let token = statuses(SCHOOL_KEY, &uri, NOW, (8 * (15 << 20), &[]));
    let status = vec![trust_list(1, &ours), item(Kind::StatusList, "s", 1, token)];
    assert_eq!(
        store.add_pack(&NATIONAL.pack(1, NOW, status)),
        Ok(Added::New)
    );

    let mut rotated = store.clone();
    let rotation = OTHER.rotation(Role::Issuers, 30);
    rotated.add_rotations(&[rotation]).unwrap();
    store.remove_publisher(OTHER.name);
    for store in [store, rotated] {
        assert_eq!(uris(&store), [status_uri(), uri.clone()]);
        assert_eq!(revoked(&store), Some(Code::Revoked));
    }

    // A status list of a pack that is removed goes with it, and so does one that came alone and
    // for which that pack vouched.
    let mut store = trusting(&[NATIONAL]);
    store
        .add_pack(&NATIONAL.pack(1, NOW, vec![trust_in_both()]))
        .unwrap();
    store.add_status_list(&own).unwrap();
    store.remove_pack(NATIONAL.name, "pack");
    assert!(store.status_lists().is_empty());
}

/// A trust list of nearly 4 MiB, in names that nobody reads.
fn large_list(desk: Desk, id: usize) -> Vec<u8> {
    let mut issuers = school(None);
    let names = (0..60).map(|tag| (format!("x-{tag}"), "x".repeat(65_000)));
    issuers[0].names.extend(names);
    desk.list_of(&id.to_string(), 1, issuers)
}

#[test]
fn what_is_taken_in_can_be_stored_and_read_again_and_leaves_room_to_others() {
    let mut store = trusting(&[OTHER, NATIONAL]);
    let is_full = |refused: Result<Added, Error>| match refused {
        Ok(_) => false,
        Err(Error::TooMany { .. }) => true,
        Err(error) => panic!("{error}"),
    };
    let mut alone = 0;
    while !is_full(store.add_trust_list(&large_list(OTHER, alone))) {
        alone += 1;
    }
    let small = |desk: Desk, id: usize| desk.list_of(&format!("small {id}"), 1, Vec::new());
    let mut packed = 0;
    let pack = |id: usize| {
        let lists = (0..8).map(|place| {
            let list = small(OTHER, 8 * id + place);
            item(Kind::TrustList, &place.to_string(), 1, list)
        });
        let filler = item(Kind::Other(99), "filler", 1, vec![0; 9 << 20]);
        let items = lists.chain([filler]).collect();
        OTHER.pack_of(&id.to_string(), 1, NOW, items)
    };
    while !is_full(store.add_pack(&pack(packed))) {
        packed += 1;
    }
    assert_eq!((alone, packed), (2, 3));
    let mut many = 0;
    while !is_full(store.add_trust_list(&small(OTHER, 100 + many))) {
        many += 1;
    }
    assert_eq!(alone + 8 * packed + many, LISTS_MAX);
    // The other publisher has as much of its own.
    for place in 0..2 {
        assert!(!is_full(store.add_trust_list(&large_list(NATIONAL, place))));
    }
    let filler = item(Kind::Other(99), "filler", 1, vec![0; 15 << 20]);
    let own = NATIONAL.pack(1, NOW, vec![trust_in_both(), filler]);
    assert_eq!(store.add_pack(&own), Ok(Added::New));
    let again = reread(&store);
    assert_eq!(again.damage(), None);
    assert_eq!(again.trust_lists().len(), LISTS_MAX + 3);
    assert_eq!(again.packs().count(), 4);
}

#[test]
fn where_a_list_that_a_pack_leaves_out_has_no_room_no_older_one_comes_back() {
    let mut store = trusting(&[NATIONAL]);
    let packed = trust_list(1, &NATIONAL.list(2, NOW, school(CUT_OFF)));
    store
        .add_pack(&NATIONAL.pack(1, NOW, vec![packed]))
        .unwrap();
    for place in 0..2 {
        store.add_trust_list(&large_list(NATIONAL, place)).unwrap();
    }
    let mut filler = school(None);
    let names = (0..10).map(|tag| (format!("x-{tag}"), "x".repeat(58_000)));
    filler[0].names.extend(names);
    let filler = NATIONAL.list_of("filler", 1, filler);
    store.add_trust_list(&filler).unwrap();
    let mut large = school(CUT_OFF);
    let names = (0..10).map(|tag| (format!("x-{tag}"), "x".repeat(58_000)));
    large[0].names.extend(names);
    let list = NATIONAL.list(3, NOW, large);
    let items = vec![trust_list(3, &list)];
    store.add_pack(&NATIONAL.pack(2, NOW, items)).unwrap();
    assert_eq!(forged(&store), Some(Code::IssuerKeyCutOff));

    store.add_pack(&NATIONAL.pack(3, NOW, Vec::new())).unwrap();
    let older = NATIONAL.list(1, NOW - 50 * DAY, school(None));
    let items = vec![trust_list(4, &older)];
    store.add_pack(&NATIONAL.pack(4, NOW, items)).unwrap();
    for mut store in [reread(&store), store] {
        let rollback = Refused::Rollback {
            offered: 1,
            held: 3,
        };
        assert_eq!(store.add_trust_list(&older), Err(rollback.into()));
        let ids = store.trust_lists().iter().map(TrustList::id);
        assert!(
            ids.clone().all(|id| id != "issuers"),
            "{:?}",
            ids.collect::<Vec<_>>()
        );
    }
}

#[test]
fn nobody_silences_an_issuer_by_a_newer_list_in_a_pack_that_is_too_large() {
    let mut store = trusting(&[OTHER, NATIONAL]);
    let own = school_statuses(NOW - 2 * DAY, &[5]);
    let list = NATIONAL.list(1, NOW - 5 * DAY, school(None));
    let items = vec![trust_list(1, &list), item(Kind::StatusList, "s", 1, own)];
    store.add_pack(&NATIONAL.pack(1, NOW, items)).unwrap();
    let listed: Vec<Issuer> = (100..103)
        .map(|seed| issuer(&format!("{STRANGER}/{seed}"), seed, None))
        .collect();
    let mut items: Vec<Item> = listed
        .iter()
        .zip(100..)
        .map(|(issuer, seed)| item(Kind::StatusList, &issuer.uri, 1, large(seed, &issuer.uri)))
        .collect();
    items.push(trust_list(1, &OTHER.list(1, NOW, listed)));
    let newer = school_statuses(NOW - DAY, &[5]);
    items.push(item(Kind::StatusList, "z", 1, newer));
    store.add_pack(&OTHER.pack(1, NOW, items)).unwrap();
    for store in [&store, &reread(&store)] {
        assert_eq!(revoked(store), Some(Code::Revoked));
        assert_eq!(store.status_lists().len(), 3);
    }
}

#[test]
fn lists_that_count_no_more_keep_no_other_out() {
    let mut store = trusting(&[NATIONAL]);
    store
        .add_trust_list(&NATIONAL.list(1, NOW - 50 * DAY, school(None)))
        .unwrap();
    let token =
        |place: usize, time| statuses(SCHOOL_KEY, &format!("{SCHOOL}/t/{place}"), time, (8, &[]));
    for place in 0..STATUS_LISTS_MAX {
        store.add_status_list(&token(place, NOW - 9 * DAY)).unwrap();
    }
    let newer = (0..STATUS_LISTS_MAX).map(|it| listed(&it.to_string(), token(it, NOW - DAY)));
    store
        .add_pack(&NATIONAL.pack(1, NOW, newer.collect()))
        .unwrap();
    assert_eq!(
        store.add_status_list(&school_statuses(NOW, &[5])),
        Ok(Added::New)
    );
}

#[test]
fn a_list_that_a_pack_has_can_be_added_again() {
    let large = statuses(SCHOOL_KEY, &status_uri(), NOW - DAY, (16 * MIB, &[]));
    let mut store = trusting(&[NATIONAL]);
    let items = vec![school_list(), listed("s", large.clone())];
    store.add_pack(&NATIONAL.pack(1, NOW, items)).unwrap();
    let added = store.add_status_list(&large);
    assert!(added.is_ok(), "{added:?}");
}

#[test]
fn an_error_changes_nothing() {
    let mut store = trusting(&[NATIONAL, OTHER]);
    store
        .add_trust_list(&NATIONAL.list(1, NOW - 50 * DAY, school(None)))
        .unwrap();
    store
        .add_status_list(&school_statuses(NOW - DAY, &[5]))
        .unwrap();
    // Nobody vouches for its signer for now.
    store
        .add_trust_list(&NATIONAL.list(2, NOW - 40 * DAY, Vec::new()))
        .unwrap();
    let large = |id: usize| {
        let mut issuers = vec![issuer(STRANGER, STRANGER_KEY, None)];
        let names = (0..60).map(|tag| (format!("x-{tag}"), "x".repeat(65_000)));
        issuers[0].names.extend(names);
        OTHER.list_of(&id.to_string(), 1, issuers)
    };
    let mut id = 0;
    loop {
        let before = store.to_cbor();
        if store.add_trust_list(&large(id)).is_err() {
            assert!(before == store.to_cbor(), "changed by an error");
            break;
        }
        id += 1;
    }
}

#[test]
fn where_one_of_a_second_has_no_room_the_other_does_not_count() {
    let list = |time, mib, revoked: &[u64]| {
        statuses(SCHOOL_KEY, &status_uri(), time, (mib * MIB, revoked))
    };
    let digest = |token: &[u8]| StatusList::unverified(token).unwrap().digest;
    let other = format!("{SCHOOL}/s/0");
    let other = statuses(SCHOOL_KEY, &other, NOW - DAY, (9 * MIB, &[]));
    // Whichever is read first.
    for order in [Ordering::Less, Ordering::Greater] {
        let mut times = (1..).map(|second| NOW - DAY - second);
        let (valid, revoking) = times
            .find_map(|time| {
                let (valid, revoking) = (list(time, 1, &[]), list(time, 9, &[5]));
                let is_wanted = digest(&valid).cmp(&digest(&revoking)) == order;
                is_wanted.then_some((valid, revoking))
            })
            .unwrap();
        let older = list(NOW - 20 * DAY, 1, &[]);
        let tokens = [other.clone(), valid, revoking, older];
        let tokens = tokens.into_iter().enumerate();
        let tokens = tokens.map(|(place, token)| listed(&place.to_string(), token));
        let items = [school_list()].into_iter().chain(tokens).collect();
        let mut store = trusting(&[NATIONAL]);
        store.add_pack(&NATIONAL.pack(1, NOW, items)).unwrap();
        let lists = store.status_lists().iter();
        let times: Vec<i64> = lists.map(StatusList::issued_at).collect();
        assert_eq!(times, [NOW - DAY, NOW - 20 * DAY], "{order:?}");
    }
}

#[test]
fn a_list_of_a_second_without_a_byte_of_room_lets_no_other_count_before_a_lock_or_after() {
    let revoking = listed("z", school_statuses(NOW - DAY, &[5]));
    let others = [(STRANGER_KEY, STRANGER), (100, "https://other.example")];
    let issuers = others.map(|(seed, uri)| issuer(uri, seed, None)).to_vec();
    let mut items = vec![trust_list(1, &NATIONAL.list_of("others", 1, issuers))];
    for (seed, uri) in others {
        items.push(listed(uri, large(seed, uri)));
    }
    items.push(revoking);
    let mut store = trusting(&[NATIONAL]);
    let list = NATIONAL.list(1, NOW - 50 * DAY, school(None));
    store.add_trust_list(&list).unwrap();
    let valid = school_statuses(NOW - DAY, &[]);
    store.add_status_list(&valid).unwrap();
    assert_eq!(revoked(&store), None);
    store.add_pack(&NATIONAL.pack(1, NOW, items)).unwrap();
    for store in [&store, &reread(&store)] {
        assert_eq!(store.status_lists().len(), 2);
        assert_eq!(revoked(store), Some(Code::StatusUnavailable));
    }
}

#[test]
fn packs_of_one_publisher_beyond_its_share_are_refused_and_others_are_not() {
    let refused = |added| match added {
        Err(Error::TooMany { what, limit, .. }) => (what, limit),
        other => panic!("{other:?}"),
    };
    let mut store = trusting(&[OTHER, NATIONAL]);
    for place in 0..PACKS_OF_ONE_PUBLISHER_MAX {
        let pack = OTHER.pack_of(&place.to_string(), 1, NOW, Vec::new());
        store.add_pack(&pack).unwrap();
    }
    let one_more = store.add_pack(&OTHER.pack_of("more", 1, NOW, Vec::new()));
    let share = ("packs of one publisher", PACKS_OF_ONE_PUBLISHER_MAX);
    assert_eq!(refused(one_more), share);

    let filler = |id: &str| item(Kind::Other(99), id, 1, vec![0; 12 << 20]);
    let items = vec![filler("a"), filler("b")];
    store.add_pack(&OTHER.pack_of("0", 2, NOW, items)).unwrap();
    let too_large = store.add_pack(&OTHER.pack_of("1", 2, NOW, vec![filler("a")]));
    let share = (
        "bytes of packs of one publisher",
        PACK_BYTES_OF_ONE_PUBLISHER_MAX,
    );
    assert_eq!(refused(too_large), share);
    let own = NATIONAL.pack(1, NOW, vec![filler("a")]);
    assert_eq!(store.add_pack(&own), Ok(Added::New));
}
