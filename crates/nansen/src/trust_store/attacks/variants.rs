//! What anybody can change of what they hand on: the headers of a status list that nobody signed.

use super::*;

/// A status list token that anybody has made another of, by a header that nobody signed.
fn variant(token: &[u8], number: i64) -> Vec<u8> {
    assert_eq!(&token[..3], [0xd2, 0x84, 0x58]);
    let at = 4 + usize::from(token[3]);
    assert_eq!(token[at], 0xa0);
    let header = Map::new().with(99, number).to_cbor();
    [&token[..at], &header, &token[at + 1..]].concat()
}

#[test]
fn variants_handed_on_silence_no_list_in_a_pack() {
    let other = statuses(SCHOOL_KEY, &format!("{SCHOOL}/s/0"), NOW - DAY, (MIB, &[]));
    let own = school_statuses(NOW - DAY, &[5]);
    let items = vec![school_list(), listed("a", other.clone()), listed("b", own)];
    let pack = NATIONAL.pack(2, NOW - DAY, items);
    let mut store = trusting(&[NATIONAL]);
    store
        .add_trust_list(&NATIONAL.list(1, NOW - 50 * DAY, school(None)))
        .unwrap();
    for number in 0..16 {
        store.add_status_list(&variant(&other, number)).unwrap();
    }
    store.add_pack(&pack).unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked));
}

#[test]
fn variants_in_the_pack_of_another_publisher_silence_no_list() {
    let other = statuses(SCHOOL_KEY, &format!("{SCHOOL}/s/0"), NOW - DAY, (MIB, &[]));
    let own = school_statuses(NOW - DAY, &[5]);
    let items = vec![school_list(), listed("a", other.clone()), listed("b", own)];
    let pack = NATIONAL.pack(2, NOW - DAY, items);
    let mut store = trusting(&[OTHER, NATIONAL]);
    store.add_pack(&pack).unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked));
    let items = (0..16).map(|number| listed(&number.to_string(), variant(&other, number)));
    store
        .add_pack(&OTHER.pack(1, NOW, items.collect()))
        .unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked));
}

#[test]
fn variants_of_one_second_take_no_revocation_back() {
    let valid = statuses(SCHOOL_KEY, &status_uri(), NOW - DAY, (MIB, &[]));
    let revoking = statuses(SCHOOL_KEY, &status_uri(), NOW - DAY, (MIB, &[5]));
    let pack = NATIONAL.pack(
        2,
        NOW - DAY,
        vec![school_list(), listed("b", revoking.clone())],
    );
    let mut store = trusting(&[NATIONAL]);
    store
        .add_trust_list(&NATIONAL.list(1, NOW - 50 * DAY, school(None)))
        .unwrap();
    for number in 0..16 {
        store.add_status_list(&variant(&valid, number)).unwrap();
    }
    store.add_pack(&pack).unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked));
}

#[test]
fn variants_and_a_rotation_take_no_revocation_back() {
    let valid = school_statuses(NOW - DAY, &[]);
    let revoking = school_statuses(NOW - DAY, &[5]);
    let pack = NATIONAL.pack(2, NOW - DAY, vec![school_list(), listed("b", revoking)]);
    let mut store = trusting(&[NATIONAL]);
    store.add_pack(&pack).unwrap();
    for number in 0..256 {
        store.add_status_list(&variant(&valid, number)).unwrap();
    }
    assert_eq!(revoked(&store), Some(Code::Revoked));
    store
        .add_rotations(&[NATIONAL.rotation(Role::Content, 14)])
        .unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked));
}

#[test]
fn variants_of_one_list_keep_no_other_out() {
    let mut store = trusting(&[NATIONAL]);
    let issuers = vec![
        issuer(SCHOOL, SCHOOL_KEY, None),
        issuer(STRANGER, STRANGER_KEY, None),
    ];
    store
        .add_trust_list(&NATIONAL.list(1, NOW - 50 * DAY, issuers))
        .unwrap();
    let token = statuses(STRANGER_KEY, STRANGER, NOW - DAY, (100, &[]));
    for number in 0..256 {
        store.add_status_list(&variant(&token, number)).unwrap();
    }
    assert_eq!(
        store.add_status_list(&school_statuses(NOW, &[5])),
        Ok(Added::New)
    );
}

#[test]
fn a_copy_with_another_signature_stands_for_no_list_that_counts() {
    let token = school_statuses(NOW - DAY, &[5]);
    let pack = |version, items| NATIONAL.pack(version, NOW - DAY, items);
    let mut store = trusting(&[NATIONAL]);
    let items = vec![school_list(), listed("s", token.clone())];
    store.add_pack(&pack(1, items)).unwrap();
    let mut forged = token;
    *forged.last_mut().unwrap() ^= 1;
    let refused = store.add_status_list(&forged);
    assert_eq!(refused, Err(Refused::BadSignature.into()));
    let items = vec![school_list(), item(Kind::StatusList, "s", 2, forged)];
    store.add_pack(&pack(2, items)).unwrap();
    for store in [&store, &reread(&store)] {
        assert_eq!(revoked(store), Some(Code::Revoked));
    }
}

#[test]
fn a_copy_without_room_keeps_no_other_from_counting() {
    let own = listed("z", school_statuses(NOW - DAY, &[5]));
    let others = [(STRANGER_KEY, STRANGER), (100, "https://other.example")];
    let issuers = others.map(|(seed, uri)| issuer(uri, seed, None)).to_vec();
    let mut full = vec![trust_list(1, &OTHER.list(1, NOW, issuers))];
    for (seed, uri) in others {
        full.push(listed(uri, statuses(seed, uri, NOW, (16 * MIB, &[]))));
    }
    full.push(own.clone());
    let mut store = trusting(&[OTHER, NATIONAL]);
    store.add_pack(&OTHER.pack(1, NOW, full)).unwrap();
    let items = vec![school_list(), own];
    store.add_pack(&NATIONAL.pack(1, NOW, items)).unwrap();
    assert_eq!(store.status_lists().len(), 3);
    for store in [&store, &reread(&store)] {
        assert_eq!(revoked(store), Some(Code::Revoked));
    }
}
