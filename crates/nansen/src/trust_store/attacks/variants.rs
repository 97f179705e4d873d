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
