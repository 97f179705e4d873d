//! Lists that do not agree on a key.

use super::*;
use crate::cose::Signer;
use crate::trust::attacks::{DAY, NOW, issuers, key, pinned, root_content, signed};

/// A list of one issuer with key 1000, after a change.
fn one_key(publisher: &str, change: impl FnOnce(&mut Issuer)) -> TrustList {
    let mut content = issuers(1);
    content.issuers[0].keys.truncate(1);
    change(&mut content.issuers[0]);
    let root = pinned(&root_content(publisher), &[1, 2]);
    let bytes = signed(content.draft(publisher).unwrap(), &[11, 12]);
    TrustList::parse_signed(&bytes, &root).unwrap()
}

#[test]
fn a_cut_off_counts_under_whatever_name_another_list_has_the_key() {
    const SCHOOL: &str = "https://school-0.edu.example";
    const TYPE: &str = "urn:nansen:skills:1";
    let stolen = key(1000).public_key();
    let cut_off = |at: i64| one_key("npl.ctevt", |issuer| issuer.keys[0].cut_off = Some(at));
    let by_kid = one_key("phl.tesda", |issuer| {
        issuer.keys[0].kid = b"other".to_vec();
        issuer.keys[0].not_before = NOW - 900 * DAY;
    });
    let by_uri = one_key("phl.tesda", |issuer| {
        issuer.uri = "https://alias.example".to_owned();
        issuer.keys[0].not_before = NOW - 900 * DAY;
    });
    let kid = stolen.kid().to_vec();
    for (other, iss, kid) in [
        (&by_kid, SCHOOL, b"other".as_slice()),
        (&by_uri, "https://alias.example", &kid),
    ] {
        for (cut_off_at, signed_at, trusted) in [
            (NOW - 20 * DAY, NOW - 21 * DAY, true),
            (NOW - 20 * DAY, NOW - 20 * DAY, false),
            // Cut off for ever: a date before the window of one list is no way out.
            (NOW - 365 * DAY, NOW - 400 * DAY, false),
        ] {
            let mut lists = [cut_off(cut_off_at), other.clone()];
            lists.rotate_left(usize::from(trusted));
            let anchors = Anchors::find(&lists, iss, Some(kid));
            let verdict = anchors.trust(&stolen, iss, TYPE, signed_at);
            match trusted {
                true => assert!(verdict.is_ok()),
                false => assert_eq!(verdict.err(), Some(TrustFailure::KeyCutOff)),
            }
            assert_eq!(speaks_for(&lists, iss, &stolen, signed_at), trusted);
        }
    }
}

#[test]
fn a_report_names_the_list_that_cut_a_key_off() {
    let lists = [
        one_key("phl.tesda", |_| {}),
        one_key("npl.ctevt", |issuer| {
            issuer.keys[0].cut_off = Some(NOW - DAY);
        }),
    ];
    let stolen = key(1000).public_key();
    let kid = stolen.kid();
    let anchors = Anchors::find(&lists, "https://school-0.edu.example", Some(&kid));
    let (_, list) = anchors.speaking_of(&stolen).unwrap();
    assert_eq!(list.edition(), lists[1].edition());
}
