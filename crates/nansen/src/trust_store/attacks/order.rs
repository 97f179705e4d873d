//! The order in which things come, or are read again, decides nothing.

use nansen_credential::cbor::{Key, Value};

use super::*;

/// A key that the school has from its second list on.
const NEXT_KEY: u8 = 220;

fn two_keys() -> Vec<Issuer> {
    let mut listed = school(None);
    let public = key(NEXT_KEY).public_key();
    let next = IssuerKey::new(public, NOW - 3 * DAY, NOW + 900 * DAY);
    listed[0].keys.push(next);
    listed
}

/// What counts, in an order of its own.
fn facts(store: &TrustStore) -> Vec<String> {
    let trust = store.trust_lists().iter().map(|list| list.edition());
    let trust = trust.map(|edition| format!("{edition:?}"));
    let status = store.status_lists().iter();
    let status = status.map(|list| format!("{} {}", list.uri(), list.issued_at()));
    let snapshots = store.snapshots().iter();
    let snapshots = snapshots.map(|told| format!("{told:?}"));
    let mut facts: Vec<String> = trust.chain(status).chain(snapshots).collect();
    facts.sort_unstable();
    facts
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    match count {
        0 => vec![Vec::new()],
        _ => permutations(count - 1)
            .into_iter()
            .flat_map(|rest| {
                (0..count).map(move |place| {
                    let mut all = rest.clone();
                    all.insert(place, count - 1);
                    all
                })
            })
            .collect(),
    }
}

#[test]
fn in_whatever_order_things_come_the_same_counts() {
    let status = |id: &str, content| item(Kind::StatusList, id, 1, content);
    let told = |content| item(Kind::StatusSnapshot, "s", 1, content);
    let next = |time, revoked: &[u64]| statuses(NEXT_KEY, &status_uri(), time, (100, revoked));
    let lists = [
        NATIONAL.list(1, NOW - 50 * DAY, school(None)),
        NATIONAL.list(2, NOW - DAY, two_keys()),
    ];
    let packs = [
        NATIONAL.pack_of(
            "a",
            1,
            NOW - 9 * DAY,
            vec![
                status("old", school_statuses(NOW - 20 * DAY, &[])),
                told(snapshot(NOW - 21 * DAY, &[])),
            ],
        ),
        NATIONAL.pack_of(
            "b",
            1,
            NOW - DAY,
            vec![
                status("next", next(NOW - DAY, &[5])),
                status("before", next(NOW - 2 * DAY, &[])),
                told(snapshot(NOW - 19 * DAY, &[])),
            ],
        ),
        OTHER.pack(1, NOW, vec![status("same", next(NOW - 2 * DAY, &[]))]),
    ];
    let mut known: Option<Vec<String>> = None;
    for order in permutations(5) {
        let mut store = trusting(&[NATIONAL, OTHER]);
        for place in order {
            match lists.get(place) {
                // The first is older by then, perhaps.
                Some(list) => drop(store.add_trust_list(list)),
                None => drop(store.add_pack(&packs[place - 2]).unwrap()),
            }
        }
        for store in [&store, &reread(&store)] {
            assert_eq!(revoked(store), Some(Code::Revoked));
            let facts = facts(store);
            assert_eq!(*known.get_or_insert_with(|| facts.clone()), facts);
        }
    }
    assert_eq!(known.unwrap().len(), 4);
}

#[test]
fn what_is_refused_of_a_stored_form_is_left_out_and_told() {
    let mut store = trusting(&[NATIONAL]);
    let list = NATIONAL.list(1, NOW - 5 * DAY, school(CUT_OFF));
    store.add_trust_list(&list).unwrap();
    let fine = NATIONAL.pack(1, NOW, vec![item(Kind::Other(99), "x", 1, vec![7; 999])]);
    store.add_pack(&fine).unwrap();
    let mut stored = store.to_cbor();
    let at = stored.windows(99).position(|bytes| bytes == [7; 99]);
    stored[at.unwrap()] = 8;
    let store = TrustStore::from_cbor(&stored).unwrap();
    let told = store.damage().cloned();
    assert!(matches!(
        told,
        Some(Error::Credential(Refused::DigestMismatch { .. }))
    ));
    assert_eq!(store.packs().count(), 0);
    assert_eq!(forged(&store), Some(Code::IssuerKeyCutOff));
}

#[test]
fn stores_of_versions_1_and_2_are_read() {
    let mut store = trusting(&[NATIONAL]);
    let list = NATIONAL.list(1, NOW - 5 * DAY, school(CUT_OFF));
    let items = vec![trust_list(1, &list)];
    store.add_pack(&NATIONAL.pack(1, NOW, items)).unwrap();
    let stored = Value::from_cbor(&store.to_cbor()).unwrap();
    let stored = stored.as_map().unwrap().clone();
    let mut second = stored.clone();
    second.remove(&Key::Int(10));
    second.insert(1, 2);
    second.insert(9, Value::Array(vec![Value::Integer(IN_2100)]));
    let read = TrustStore::from_cbor(&second.to_cbor()).unwrap();
    assert_eq!(read.latest_signed_time(), IN_2100);
    assert_eq!(forged(&read), Some(Code::IssuerKeyCutOff));
    let mut first = stored;
    for label in 6..=10 {
        first.remove(&Key::Int(label));
    }
    first.insert(1, 1);
    first.insert(5, NOW);
    let read = TrustStore::from_cbor(&first.to_cbor()).unwrap();
    assert_eq!(read.latest_signed_time(), NOW);
    assert_eq!(read.damage(), None);
}

fn suspending(time: i64, value: Option<Status>) -> Vec<u8> {
    let mut list = Statuses::new(2, 100).unwrap();
    if let Some(value) = value {
        list.set(5, value).unwrap();
    }
    let content = StatusListContent {
        uri: status_uri(),
        issued_at: time,
        expires_at: None,
        ttl: None,
        statuses: list,
    };
    let bytes = content.sign(&key(SCHOOL_KEY)).unwrap();
    let list = StatusList::parse_verified(&bytes, &key(SCHOOL_KEY).public_key()).unwrap();
    Snapshot::of(SCHOOL, &list).unwrap().to_cbor().unwrap()
}

#[test]
fn of_snapshots_of_one_second_the_worse_counts() {
    let told = |content| item(Kind::StatusSnapshot, "s", 1, content);
    let packs = [
        NATIONAL.pack_of(
            "a",
            1,
            NOW,
            vec![school_list(), told(suspending(NOW - DAY, None))],
        ),
        NATIONAL.pack_of(
            "b",
            1,
            NOW,
            vec![told(suspending(NOW - DAY, Some(Status::Suspended)))],
        ),
    ];
    let mut verdicts = Vec::new();
    for order in [[0, 1], [1, 0]] {
        let mut store = trusting(&[NATIONAL]);
        for place in order {
            store.add_pack(&packs[place]).unwrap();
        }
        verdicts.push(revoked(&store));
    }
    assert_eq!(verdicts[0], verdicts[1]);
}

#[test]
fn whichever_trust_list_comes_first_the_report_names_the_same() {
    let window = |from: i64, to: i64| {
        let mut issuers = school(None);
        issuers[0].keys[0] = IssuerKey::new(
            key(SCHOOL_KEY).public_key(),
            NOW + from * DAY,
            NOW + to * DAY,
        );
        issuers
    };
    let lists = [
        NATIONAL.list(1, NOW - 50 * DAY, window(-900, -100)),
        OTHER.list(1, NOW - 50 * DAY, window(100, 900)),
    ];
    let mut reasons = Vec::new();
    for order in [[0, 1], [1, 0]] {
        let mut store = trusting(&[NATIONAL, OTHER]);
        for place in order {
            store.add_trust_list(&lists[place]).unwrap();
        }
        reasons.push(forged(&store));
    }
    assert_eq!(reasons[0], reasons[1]);
}
