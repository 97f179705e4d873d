//! More than there is room for, by somebody who may sign it.

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

#[test]
fn one_status_list_many_times_in_a_pack_is_refused() {
    let token = school_statuses(NOW, &[]);
    let mut items = vec![trust_in_both()];
    items.extend(["a", "b"].map(|id| item(Kind::StatusList, id, 1, token.clone())));
    let mut store = trusting(&[NATIONAL]);
    let twice = Refused::Duplicate {
        what: "status list of a pack",
    };
    let refused = store.add_pack(&NATIONAL.pack(1, NOW, items));
    assert_eq!(refused, Err(twice.into()));
    assert_eq!(store.packs().count(), 0);
}

#[test]
fn status_lists_of_a_pack_are_counted_while_they_are_read() {
    let mut items = vec![trust_in_both()];
    for place in 0..5 {
        let id = place.to_string();
        let token = large(SCHOOL_KEY, &format!("{SCHOOL}/s/{id}"));
        items.push(item(Kind::StatusList, &id, 1, token));
    }
    let mut store = trusting(&[NATIONAL]);
    let refused = store.add_pack(&NATIONAL.pack(1, NOW, items));
    assert_eq!(
        refused,
        Err(Error::TooMany {
            what: "bytes of status lists",
            count: 5 * (16 << 20),
            limit: STATUS_BYTES_MAX
        })
    );
}

#[test]
fn one_status_list_in_several_packs_is_counted_each_time() {
    let mut store = trusting(&[NATIONAL]);
    let token = large(SCHOOL_KEY, &status_uri());
    store.add_status_list(&token).unwrap_err();
    let pack = |id: &str| {
        let items = vec![
            trust_in_both(),
            item(Kind::StatusList, "s", 1, token.clone()),
        ];
        let content = PackContent {
            id: id.into(),
            version: 1,
            issued_at: NOW,
            next_update: NOW + DAY,
            items,
        };
        let mut draft = content.draft(NATIONAL.name).unwrap();
        draft.sign(&key(NATIONAL.content())).unwrap();
        draft.to_bytes()
    };
    for id in ["a", "b", "c", "d"] {
        store.add_pack(&pack(id)).unwrap();
    }
    let refused = store.add_pack(&pack("e"));
    assert!(matches!(refused, Err(Error::TooMany { .. })), "{refused:?}");
    assert_eq!(store.packs().count(), 4);
}

#[test]
fn status_lists_go_with_the_list_that_vouched_for_them() {
    let mut store = trusting(&[NATIONAL, OTHER]);
    let ours = NATIONAL.list(1, NOW - 5 * DAY, school(None));
    store.add_trust_list(&ours).unwrap();
    let own = school_statuses(NOW, &[5]);
    store.add_status_list(&own).unwrap();
    let theirs = OTHER.list(1, NOW, vec![issuer(STRANGER, STRANGER_KEY, None)]);
    store.add_trust_list(&theirs).unwrap();
    for place in 0..3 {
        let token = large(STRANGER_KEY, &format!("{STRANGER}/{place}"));
        store.add_status_list(&token).unwrap();
    }
    let token = large(SCHOOL_KEY, &format!("{SCHOOL}/s/2"));
    let status = vec![trust_list(1, &ours), item(Kind::StatusList, "s", 1, token)];
    let pack = NATIONAL.pack(1, NOW, status);
    let refused = store.add_pack(&pack);
    assert!(matches!(refused, Err(Error::TooMany { .. })), "{refused:?}");

    let mut rotated = store.clone();
    let rotation = OTHER.rotation(Role::Issuers, 30);
    rotated.add_rotations(&[rotation]).unwrap();
    store.remove_publisher(OTHER.name);
    for mut store in [store, rotated] {
        let kept: Vec<&str> = store.status_lists().iter().map(StatusList::uri).collect();
        assert_eq!(kept, [status_uri()]);
        assert_eq!(store.add_pack(&pack), Ok(Added::New));
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

#[test]
fn what_is_taken_in_can_be_stored_and_read_again() {
    let mut store = trusting(&[NATIONAL]);
    // Trust lists of 4 MiB each, in names that nobody reads.
    let large = |id: usize| {
        let mut issuers = school(None);
        let names = (0..60).map(|tag| (format!("x-{tag}"), "x".repeat(65_000)));
        issuers[0].names.extend(names);
        let content = TrustListContent {
            id: id.to_string(),
            version: 1,
            issued_at: NOW,
            next_update: NOW,
            issuers,
        };
        let draft = content.draft(NATIONAL.name).unwrap();
        signed(draft, &[NATIONAL.issuers()])
    };
    let mut taken = 0;
    let refused = loop {
        match store.add_trust_list(&large(taken)) {
            Ok(_) => taken += 1,
            Err(refused) => break refused,
        }
    };
    let what = "bytes of a trust store";
    assert!(
        matches!(refused, Error::TooMany { what: of, .. } if of == what),
        "{refused:?}"
    );
    assert!(taken > 10);
    assert_eq!(reread(&store).trust_lists().len(), taken);
}

#[test]
fn a_pack_that_leaves_a_list_out_for_which_there_is_no_room_is_refused() {
    let list = |id: String| {
        let content = TrustListContent {
            id,
            version: 1,
            issued_at: NOW,
            next_update: NOW,
            issuers: school(None),
        };
        let draft = content.draft(NATIONAL.name).unwrap();
        signed(draft, &[NATIONAL.issuers()])
    };
    let mut store = trusting(&[NATIONAL]);
    for place in 0..LISTS_MAX {
        store.add_trust_list(&list(place.to_string())).unwrap();
    }
    let packed = trust_list(1, &NATIONAL.list(1, NOW, school(CUT_OFF)));
    store
        .add_pack(&NATIONAL.pack(1, NOW, vec![packed]))
        .unwrap();
    let without = NATIONAL.pack(2, NOW, Vec::new());
    let refused = store.add_pack(&without);
    assert!(matches!(refused, Err(Error::TooMany { .. })), "{refused:?}");
    assert_eq!(forged(&store), Some(Code::IssuerKeyCutOff));
    let authority = Authority::Publisher(NATIONAL.name.into());
    store.remove_list(&authority, "0");
    assert_eq!(store.add_pack(&without), Ok(Added::Replaced));
    assert_eq!(forged(&store), Some(Code::IssuerKeyCutOff));
}
