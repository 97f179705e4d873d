//! Attacks on what a publisher signs, named as the TUF specification (section 1.5.2) and the
//! papers behind it name them, and the mistakes of a careless desk.
//!
//! Three of its names have no test: nothing is fetched here that a mirror could hold back slowly
//! (what is not handed on grows old, which is a freeze), and no item of a pack makes another be
//! taken in, as extraneous dependencies would.

use std::collections::BTreeMap;

use super::*;
use crate::cbor::{Map, Value};
use crate::cose::{MultiSigned, SecretKey, Signer};
use crate::limits::{MAX_ROTATIONS, MAX_TYPE_BYTES, MAX_TYPES_BYTES, MAX_TYPES_PER_ISSUER};
use crate::{ClaimPath, Error, PathElement};

pub(crate) const DAY: i64 = 86_400;
pub(crate) const NOW: i64 = 1_800_000_000;

pub(crate) fn key(seed: u16) -> SecretKey {
    let mut bytes = [0; 33];
    bytes[0] = 1;
    bytes[1..3].copy_from_slice(&seed.to_be_bytes());
    SecretKey::from_bytes(&bytes).unwrap()
}

pub(crate) fn quorum(threshold: usize, seeds: &[u16]) -> Quorum {
    Quorum {
        threshold,
        keys: seeds.iter().map(|seed| key(*seed).public_key()).collect(),
    }
}

pub(crate) fn signed(mut draft: MultiSigned, seeds: &[u16]) -> Vec<u8> {
    for seed in seeds {
        draft.sign(&key(*seed)).unwrap();
    }
    draft.to_cbor()
}

/// Root by 2 of 1, 2, 3; issuers by 2 of 11, 12; verifiers by 21; status by 31; content by 41.
pub(crate) fn root_content(publisher: &str) -> RootContent {
    RootContent {
        publisher: publisher.to_owned(),
        version: 1,
        issued_at: NOW,
        expires_at: NOW + 365 * DAY,
        root: quorum(2, &[1, 2, 3]),
        roles: [
            (Role::Issuers, quorum(2, &[11, 12])),
            (Role::Verifiers, quorum(1, &[21])),
            (Role::Status, quorum(1, &[31])),
            (Role::Content, quorum(1, &[41])),
        ]
        .into(),
    }
}

pub(crate) fn root() -> Root {
    pinned(&root_content("npl.ctevt"), &[1, 2])
}

pub(crate) fn pinned(content: &RootContent, seeds: &[u16]) -> Root {
    let bytes = signed(content.draft().unwrap(), seeds);
    Root::parse_pinned(&bytes, &Root::pin(&bytes).unwrap()).unwrap()
}

fn next(version: u64, change: impl FnOnce(&mut RootContent)) -> RootContent {
    let mut content = RootContent {
        version,
        issued_at: NOW + 30 * DAY,
        ..root_content("npl.ctevt")
    };
    change(&mut content);
    content
}

fn rotated(content: &RootContent, seeds: &[u16]) -> Result<Root, Error> {
    root().rotate(&signed(content.draft().unwrap(), seeds))
}

pub(crate) fn names(en: &str, local: &str) -> BTreeMap<String, String> {
    [("en", en), ("ne", local)]
        .map(|(tag, name)| (tag.to_owned(), name.to_owned()))
        .into()
}

pub(crate) fn issuers(count: u16) -> TrustListContent {
    let issuer = |number: u16| Issuer {
        uri: format!("https://school-{number}.edu.example"),
        names: names(
            &format!("Technical school no. {number}"),
            &format!("प्राविधिक विद्यालय {number}"),
        ),
        country: "NPL".to_owned(),
        keys: (0..2)
            .map(|k| {
                let from = NOW - 365 * DAY * i64::from(k + 1);
                let public = key(1000 + 2 * number + k).public_key();
                IssuerKey::new(public, from, from + 1000 * DAY)
            })
            .collect(),
        types: vec!["urn:nansen:skills:1".to_owned()],
        status_prefixes: vec![format!("https://school-{number}.edu.example/status/")],
        registration: Registration {
            legal_id: Some(format!("NPL-{:06}", u32::from(number) * 7919 % 999_983)),
            quality_body: Some("CTEVT".to_owned()),
            jurisdictions: Vec::new(),
        },
    };
    TrustListContent {
        id: "npl.issuers".to_owned(),
        version: 3,
        issued_at: NOW,
        next_update: NOW + 90 * DAY,
        issuers: (0..count).map(issuer).collect(),
    }
}

fn list(content: &TrustListContent) -> Vec<u8> {
    signed(content.draft("npl.ctevt").unwrap(), &[11, 12])
}

pub(crate) fn verifiers() -> VerifierListContent {
    VerifierListContent {
        id: "npl.verifiers".to_owned(),
        version: 1,
        issued_at: NOW,
        next_update: NOW + 90 * DAY,
        verifiers: vec![Verifier {
            role: "labour_inspectorate".to_owned(),
            names: names("Labour Inspectorate", "श्रम निरीक्षण"),
            country: "NPL".to_owned(),
            keys: vec![VerifierKey {
                public: key(500).public_key(),
                not_before: NOW,
                not_after: NOW + 700 * DAY,
                cut_off: None,
            }],
            grants: vec![
                Grant {
                    vct: Some("urn:nansen:identity:1".to_owned()),
                    claims: None,
                },
                Grant {
                    vct: None,
                    claims: Some(vec![
                        ClaimPath::name("isco_08"),
                        ClaimPath::name("skills").child(PathElement::All),
                    ]),
                },
            ],
        }],
    }
}

fn verifier_list(content: &VerifierListContent) -> VerifierList {
    let bytes = signed(content.draft("npl.ctevt").unwrap(), &[21]);
    VerifierList::parse_verified(&bytes, &root()).unwrap()
}

#[test]
fn a_root_survives_its_bytes_and_rotates_all_its_keys_one_after_the_other() {
    let first = root();
    assert_eq!(first.content(), &root_content("npl.ctevt"));
    let second = next(2, |root| root.root = quorum(2, &[2, 4, 5]));
    let third = next(3, |root| root.root = quorum(1, &[6]));
    let chain = [
        signed(root_content("npl.ctevt").draft().unwrap(), &[1, 2]),
        signed(second.draft().unwrap(), &[1, 2, 4]),
        signed(third.draft().unwrap(), &[4, 5, 6]),
    ];
    let last = first.walk(&chain).unwrap();
    assert_eq!(last.content(), &third);
    let halfway = first.rotate(&chain[1]).unwrap();
    assert_eq!(halfway.walk(&chain).unwrap().digest(), last.digest());
    assert_eq!(last.walk(&chain).unwrap().digest(), last.digest());
}

#[test]
fn arbitrary_content_nobody_of_the_root_signed_is_no_root() {
    let stranger = signed(root_content("npl.ctevt").draft().unwrap(), &[7, 8]);
    let pin = Root::pin(&stranger).unwrap();
    assert_eq!(
        Root::parse_pinned(&stranger, &pin).unwrap_err(),
        Error::ThresholdNotMet {
            role: "root",
            valid: 0,
            threshold: 2
        }
    );
    let other = signed(next(1, |_| ()).draft().unwrap(), &[1, 2]);
    assert_eq!(
        Root::parse_pinned(&other, root().digest()).unwrap_err(),
        Error::DigestMismatch {
            what: "root statement"
        }
    );
}

#[test]
fn a_rotation_one_signature_short_is_refused_from_either_side() {
    let content = next(2, |root| root.root = quorum(2, &[4, 5]));
    let short = |role| Error::ThresholdNotMet {
        role,
        valid: 1,
        threshold: 2,
    };
    assert_eq!(rotated(&content, &[1, 4, 5]).unwrap_err(), short("root"));
    assert_eq!(
        rotated(&content, &[1, 2, 4]).unwrap_err(),
        short("next root")
    );
    assert!(rotated(&content, &[1, 2, 4, 5]).is_ok());
}

#[test]
fn key_compromise_below_the_threshold_changes_nothing_and_is_healed_by_rotation() {
    // One of two keys for issuers is stolen: it signs twice, and counts once.
    let bytes = signed(issuers(2).draft("npl.ctevt").unwrap(), &[11, 11]);
    assert_eq!(
        TrustList::parse_signed(&bytes, &root()).unwrap_err(),
        Error::ThresholdNotMet {
            role: "issuers",
            valid: 1,
            threshold: 2
        }
    );
    let healed = next(2, |root| {
        root.roles.insert(Role::Issuers, quorum(2, &[12, 13]));
    });
    let healed = rotated(&healed, &[1, 3]).unwrap();
    let by_stolen = list(&issuers(2));
    assert!(TrustList::parse_signed(&by_stolen, &root()).is_ok());
    assert!(matches!(
        TrustList::parse_signed(&by_stolen, &healed).unwrap_err(),
        Error::ThresholdNotMet { valid: 1, .. }
    ));
}

#[test]
fn fast_forward_cannot_skip_a_version_and_is_healed_by_rotation() {
    let far = next(1 << 40, |_| ());
    assert_eq!(
        rotated(&far, &[1, 2]).unwrap_err(),
        Error::VersionGap {
            offered: 1 << 40,
            held: 1
        }
    );
    let third = next(3, |root| root.root = quorum(1, &[6]));
    assert_eq!(
        rotated(&third, &[4, 5, 6]).unwrap_err(),
        Error::VersionGap {
            offered: 3,
            held: 1
        },
        "the statement between is missing, not signatures"
    );
    // Thieves of both issuers' keys push the list out of reach. What is held is verified again
    // after the rotation, falls away, and the honest list finds its place free.
    let mut pushed = issuers(1);
    pushed.version = i64::MAX.unsigned_abs();
    let pushed = list(&pushed);
    let rotated = rotated(
        &next(2, |root| {
            root.roles.insert(Role::Issuers, quorum(1, &[14]));
        }),
        &[1, 2],
    );
    assert!(TrustList::parse_signed(&pushed, &rotated.unwrap()).is_err());
}

#[test]
fn rollback_to_an_older_root_or_list_is_refused() {
    let second = rotated(&next(2, |_| ()), &[1, 2]).unwrap();
    let first = signed(root_content("npl.ctevt").draft().unwrap(), &[1, 2]);
    assert_eq!(
        second.rotate(&first).unwrap_err(),
        Error::Rollback {
            offered: 1,
            held: 2
        }
    );
    let read = |version| {
        let content = TrustListContent {
            version,
            ..issuers(1)
        };
        TrustList::parse_signed(&list(&content), &root()).unwrap()
    };
    assert_eq!(
        TrustList::check_update(&read(3), &read(2)),
        Err(Error::Rollback {
            offered: 2,
            held: 3
        })
    );
    let older = VerifierListContent {
        version: 0,
        ..verifiers()
    };
    assert_eq!(
        VerifierList::check_update(&verifier_list(&verifiers()), &verifier_list(&older)),
        Err(Error::Rollback {
            offered: 0,
            held: 1
        })
    );
}

#[test]
fn two_roots_of_one_version_are_a_conflict() {
    assert_eq!(
        rotated(&next(1, |_| ()), &[1, 2]).unwrap_err(),
        Error::VersionConflict { version: 1 }
    );
}

#[test]
fn a_cycle_of_rotations_ends_at_its_first_step_back() {
    let second = signed(next(2, |_| ()).draft().unwrap(), &[1, 2]);
    let third = signed(next(3, |_| ()).draft().unwrap(), &[1, 2]);
    let chain = [&second, &third, &second];
    assert_eq!(
        root().walk(&chain).unwrap_err(),
        Error::Rollback {
            offered: 2,
            held: 3
        }
    );
    let endless = vec![&second; MAX_ROTATIONS + 1];
    assert!(matches!(
        root().walk(&endless).unwrap_err(),
        Error::TooMany { .. }
    ));
}

#[test]
fn a_root_that_signs_itself_out_is_refused_when_drafted_and_when_read() {
    let refused = |threshold, seeds: &[u16]| {
        let content = next(2, |root| root.root = quorum(threshold, seeds));
        content.draft().unwrap_err()
    };
    let locked = |keys, threshold| Error::LocksItselfOut {
        role: "root",
        keys,
        threshold,
    };
    assert_eq!(refused(0, &[1]), locked(1, 0));
    assert_eq!(refused(3, &[1, 2]), locked(2, 3));
    assert_eq!(refused(1, &[]), locked(0, 1));
    assert_eq!(
        refused(2, &[1, 1]),
        Error::Duplicate {
            what: "key of a role"
        }
    );
    let draft = next(2, |_| ()).draft().unwrap();
    let Value::Map(map) = Value::from_cbor(draft.payload()).unwrap() else {
        panic!("a root is a map");
    };
    let none = Value::Array(vec![1.into(), Value::Array(Vec::new())]);
    let payload = map.with(7, none).to_cbor();
    let bytes = signed(MultiSigned::new(ROOT_TYPE, payload), &[1, 2]);
    assert_eq!(root().rotate(&bytes).unwrap_err(), locked(0, 1));
}

#[test]
fn freeze_is_told_by_age_and_refused_only_by_policy() {
    let (root, at) = (root(), NOW + 400 * DAY);
    let age = Freshness {
        age: 400 * DAY,
        overdue_by: Some(35 * DAY),
    };
    assert_eq!(root.freshness(at), age);
    assert_eq!(root.check_age(at, OverduePolicy::Accept), Ok(()));
    let beyond = |days| root.check_age(at, OverduePolicy::RefuseBeyond(days * DAY));
    assert_eq!(beyond(35), Ok(()));
    assert_eq!(
        beyond(30),
        Err(Error::Overdue {
            by: 35 * DAY,
            limit: 30 * DAY
        })
    );
    let list = TrustList::parse_signed(&list(&issuers(1)), &root).unwrap();
    assert_eq!(list.freshness(at).overdue_by, Some(310 * DAY));
    // An expired root still rotates: the phone that comes back after years catches up.
    assert!(rotated(&next(2, |_| ()), &[1, 2]).is_ok());
}

#[test]
fn at_1970_and_2100_ages_are_told_and_nothing_is_refused_for_them() {
    let root = root();
    assert_eq!(root.freshness(0).overdue_by, None);
    assert!(root.freshness(0).age < 0);
    let late = root.freshness(4_102_444_800);
    assert!(late.overdue_by.is_some());
    assert_eq!(root.check_age(4_102_444_800, OverduePolicy::Accept), Ok(()));
    assert!(root.freshness(i64::MIN).overdue_by.is_none());
}

#[test]
fn wrong_target_keys_of_one_role_sign_nothing_for_another() {
    let root = root();
    let by_content = signed(issuers(1).draft("npl.ctevt").unwrap(), &[41, 21, 31]);
    assert!(matches!(
        TrustList::parse_signed(&by_content, &root).unwrap_err(),
        Error::ThresholdNotMet {
            role: "issuers",
            valid: 0,
            ..
        }
    ));
    // A list of issuers is no list of verifiers, whoever signed it.
    let as_verifiers = signed(issuers(1).draft("npl.ctevt").unwrap(), &[11, 12, 21]);
    assert_eq!(
        VerifierList::parse_verified(&as_verifiers, &root).unwrap_err(),
        Error::Invalid { what: "typ" }
    );
    let mut without = root_content("npl.ctevt");
    without.roles.remove(&Role::Verifiers);
    let bytes = signed(verifiers().draft("npl.ctevt").unwrap(), &[21]);
    assert_eq!(
        VerifierList::parse_verified(&bytes, &pinned(&without, &[1, 2])).unwrap_err(),
        Error::RoleUnassigned { role: "verifiers" }
    );
}

#[test]
fn what_one_publisher_signs_does_not_count_for_another() {
    let other = pinned(&root_content("phl.tesda"), &[1, 2]);
    assert_eq!(
        TrustList::parse_signed(&list(&issuers(1)), &other).unwrap_err(),
        Error::OtherPublisher
    );
    let bytes = signed(verifiers().draft("npl.ctevt").unwrap(), &[21]);
    assert_eq!(
        VerifierList::parse_verified(&bytes, &other).unwrap_err(),
        Error::OtherPublisher
    );
    let foreign = RootContent {
        publisher: "phl.tesda".to_owned(),
        ..next(2, |_| ())
    };
    assert_eq!(
        rotated(&foreign, &[1, 2]).unwrap_err(),
        Error::OtherPublisher
    );
}

#[test]
fn endless_data_is_refused_by_its_size() {
    let much = vec![0; crate::limits::MAX_TRUST_LIST_BYTES + 1];
    let too_large = |error| matches!(error, Error::TooLarge { .. });
    assert!(too_large(Root::pin(&much).unwrap_err()));
    assert!(too_large(
        TrustList::parse_signed(&much, &root()).unwrap_err()
    ));
    assert!(too_large(
        VerifierList::parse_verified(&much, &root()).unwrap_err()
    ));
}

#[test]
fn a_list_of_format_2_survives_its_bytes() {
    let mut content = issuers(3);
    let first = &mut content.issuers[0];
    first.keys[0].cut_off = Some(NOW);
    first.keys[1].kid = b"11".to_vec();
    first.registration.jurisdictions = vec!["NPL".to_owned(), "QAT".to_owned()];
    first
        .status_prefixes
        .push("https://status.example/".to_owned());
    content.issuers[1].registration = Registration::default();
    content.issuers[2]
        .types
        .push("urn:nansen:badge:1".to_owned());
    let read = TrustList::parse_signed(&list(&content), &root()).unwrap();
    assert_eq!(read.content(), &content);
    assert_eq!(read.find(b"11").unwrap().key(), &content.issuers[0].keys[1]);
}

#[test]
fn duplicate_issuers_and_keys_under_two_names_are_refused() {
    let refused = |change: fn(&mut TrustListContent)| {
        let mut content = issuers(2);
        change(&mut content);
        content.draft("npl.ctevt").unwrap_err()
    };
    assert_eq!(
        refused(|list| list.issuers[1].uri = list.issuers[0].uri.clone()),
        Error::Duplicate { what: "issuer" }
    );
    assert_eq!(
        refused(|list| {
            let mut key = list.issuers[0].keys[0].clone();
            key.kid = b"another".to_vec();
            list.issuers[1].keys.push(key);
        }),
        Error::Duplicate { what: "key" }
    );
    assert_eq!(
        refused(|list| list.issuers[0].registration.jurisdictions = vec!["Nepal".to_owned()]),
        Error::Invalid {
            what: "jurisdiction"
        }
    );
    assert_eq!(
        refused(|list| list.issuers[0].status_prefixes = vec!["/status".to_owned()]),
        Error::Invalid {
            what: "status prefix"
        }
    );
}

/// A list whose issuers name these entries of this table of types, as a desk of their own making
/// would write it.
fn types_list(count: i64, table: &[String], entries: &[i64]) -> Result<TrustList, Error> {
    let entries: Vec<Value> = entries.iter().map(|at| Value::Integer(*at)).collect();
    let issuer = |number: i64| {
        let uri = format!("https://school-{number}.edu.example");
        Value::from(
            Map::new()
                .with(1, uri.as_str())
                .with(2, Map::new().with("en", "School"))
                .with(3, "NPL")
                .with(4, Value::Array(Vec::new()))
                .with(5, Value::Array(entries.clone())),
        )
    };
    let table = table.iter().map(|vct| vct.as_str().into()).collect();
    let payload = Map::new()
        .with(1, 2)
        .with(2, "npl.issuers")
        .with(3, 1)
        .with(4, NOW)
        .with(5, NOW)
        .with(6, Value::Array((0..count).map(issuer).collect()))
        .with(8, Value::Array(table))
        .with(9, Value::Array(Vec::new()))
        .with(10, "npl.ctevt");
    let message = MultiSigned::new(TRUST_LIST_TYPE, payload.to_cbor());
    TrustList::parse_signed(&signed(message, &[11, 12]), &root())
}

#[test]
fn a_table_of_types_is_no_bomb() {
    let table = |length: usize| -> Vec<String> {
        let text = |number| format!("{number:0length$}");
        (0..MAX_TYPES_PER_ISSUER).map(text).collect()
    };
    let all: Vec<i64> = (0..MAX_TYPES_PER_ISSUER as i64).collect();
    let longest = table(MAX_TYPE_BYTES);
    let fitting = MAX_TYPES_BYTES / (MAX_TYPE_BYTES * MAX_TYPES_PER_ISSUER);
    let read = types_list(fitting as i64, &longest, &all).unwrap();
    assert_eq!(read.issuers()[fitting - 1].types, longest);
    assert!(matches!(
        types_list(fitting as i64 + 1, &longest, &all).unwrap_err(),
        Error::TooMany {
            what: "bytes of types",
            limit: MAX_TYPES_BYTES,
            ..
        }
    ));
    assert_eq!(
        types_list(1, &table(MAX_TYPE_BYTES + 1), &[]).unwrap_err(),
        Error::TooLarge {
            what: "type",
            size: MAX_TYPE_BYTES + 1,
            limit: MAX_TYPE_BYTES
        }
    );
    let twice = Error::Duplicate {
        what: "type of an issuer",
    };
    assert_eq!(types_list(1, &longest, &[7, 7]).unwrap_err(), twice);
    // A desk is told what readers would refuse.
    let mut content = issuers(1);
    content.issuers[0].types = vec!["a".to_owned(), "a".to_owned()];
    assert_eq!(content.draft("npl.ctevt").unwrap_err(), twice);
    content.issuers[0].types = table(MAX_TYPE_BYTES + 1);
    assert!(matches!(
        content.draft("npl.ctevt").unwrap_err(),
        Error::TooLarge { what: "type", .. }
    ));
}

#[test]
fn overlapping_windows_of_one_issuer_both_sign_and_an_issuer_allowed_nothing_issues_nothing() {
    let mut content = issuers(1);
    let read = TrustList::parse_signed(&list(&content), &root()).unwrap();
    let issuer = &read.issuers()[0];
    for key in &issuer.keys {
        let anchor = read.find(&key.kid).unwrap();
        let trusted = anchor.trust(&issuer.uri, "urn:nansen:skills:1", NOW - 10 * DAY);
        assert!(trusted.is_ok());
    }
    content.issuers[0].types.clear();
    let read = TrustList::parse_signed(&list(&content), &root()).unwrap();
    let issuer = &read.issuers()[0];
    let anchor = read.find(&issuer.keys[0].kid).unwrap();
    assert_eq!(
        anchor.trust(&issuer.uri, "", NOW - DAY).map(drop),
        Err(TrustFailure::TypeNotAllowed)
    );
}

#[test]
fn format_1_has_no_place_for_a_registration() {
    assert!(matches!(
        issuers(1).sign(&key(1)),
        Err(Error::Forbidden { .. })
    ));
}

#[test]
fn a_holder_is_told_who_asks_and_what_goes_beyond_their_role() {
    let list = verifier_list(&verifiers());
    let (known, stranger) = (key(500).public_key(), key(501).public_key());
    let (name, skill) = (
        ClaimPath::name("family_name"),
        ClaimPath::name("skills").child(PathElement::Index(2)),
    );
    let ask = |vct, claim| Ask { vct, claim };
    let beyond = |asks: &[Ask<'_>]| match list.standing(&known, asks, NOW) {
        Standing::Known { verifier, beyond } => {
            assert_eq!(verifier.name("en-GB"), "Labour Inspectorate");
            beyond.len()
        }
        other => panic!("{other:?}"),
    };
    let identity = Some("urn:nansen:identity:1");
    assert_eq!(beyond(&[ask(identity, &name)]), 0);
    assert_eq!(beyond(&[ask(Some("other"), &skill)]), 0);
    assert_eq!(beyond(&[ask(None, &skill)]), 0);
    // Any credential with a name in it may be answered with one that was not granted.
    assert_eq!(beyond(&[ask(None, &name)]), 1);
    assert_eq!(
        beyond(&[ask(Some("other"), &name), ask(identity, &name)]),
        1
    );
    let all_skills = ClaimPath::name("skills");
    assert_eq!(beyond(&[ask(None, &all_skills)]), 1);
    assert_eq!(list.standing(&stranger, &[], NOW), Standing::Unknown);
}

#[test]
fn a_verifier_whose_key_was_cut_off_is_not_known_any_more() {
    let mut content = verifiers();
    content.verifiers[0].keys[0].cut_off = Some(NOW + DAY);
    let list = verifier_list(&content);
    assert_eq!(list.content(), &content);
    let standing = |now| list.standing(&key(500).public_key(), &[], now);
    assert!(matches!(standing(NOW), Standing::Known { .. }));
    assert!(matches!(
        standing(NOW + DAY),
        Standing::KeyNotTrusted {
            failure: TrustFailure::KeyCutOff,
            ..
        }
    ));
    let mut twice = content.clone();
    twice.verifiers.push(content.verifiers[0].clone());
    assert_eq!(
        twice.draft("npl.ctevt").unwrap_err(),
        Error::Duplicate {
            what: "key of a verifier"
        }
    );
    let mut nothing = content;
    nothing.verifiers[0].grants[0].claims = Some(Vec::new());
    assert_eq!(
        nothing.draft("npl.ctevt").unwrap_err(),
        Error::Invalid {
            what: "claims of a grant"
        }
    );
}

#[test]
fn no_byte_of_what_a_quorum_signed_can_be_changed() {
    let root_bytes = signed(root_content("npl.ctevt").draft().unwrap(), &[1, 2]);
    let (list, root) = (list(&issuers(1)), root());
    let is_root = |bytes: &[u8]| Root::parse_pinned(bytes, root.digest()).is_ok();
    let is_list = |bytes: &[u8]| TrustList::parse_signed(bytes, &root).is_ok();
    let all_covered = |bytes: &[u8], is_read: &dyn Fn(&[u8]) -> bool| {
        assert!(is_read(bytes));
        for at in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[at] ^= 1;
            assert!(!is_read(&changed), "byte {at} is not covered");
        }
    };
    all_covered(&root_bytes, &is_root);
    all_covered(&list, &is_list);
}

/// Files of every version of every format, written once and read for ever.
#[test]
fn frozen_files_are_read_and_written_as_ever() {
    let first = include_bytes!("../../testdata/trust-list-1.cbor");
    let mut content = issuers(2);
    let issuers_of = content.issuers.iter_mut();
    issuers_of.for_each(|issuer| issuer.registration = Registration::default());
    let read = TrustList::parse_verified(first, &[key(1).public_key()]).unwrap();
    assert_eq!(read.content(), &content);
    assert_eq!(content.sign(&key(1)).unwrap(), first);

    let second = include_bytes!("../../testdata/trust-list-2.cbor");
    let read = TrustList::parse_signed(second, &root()).unwrap();
    assert_eq!(read.content(), &issuers(2));
    assert_eq!(list(&issuers(2)), second);

    let statement = include_bytes!("../../testdata/root-1.cbor");
    let read = Root::parse_pinned(statement, root().digest()).unwrap();
    assert_eq!(read.content(), &root_content("npl.ctevt"));

    let asking = include_bytes!("../../testdata/verifier-list-1.cbor");
    let read = VerifierList::parse_verified(asking, &root()).unwrap();
    assert_eq!(read.content(), &verifiers());
}

/// Kept so that a later format can be frozen in the same way.
#[test]
#[ignore = "writes the frozen files"]
fn freeze() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut plain = issuers(2);
    let issuers_of = plain.issuers.iter_mut();
    issuers_of.for_each(|issuer| issuer.registration = Registration::default());
    for (name, bytes) in [
        ("trust-list-1.cbor", plain.sign(&key(1)).unwrap()),
        ("trust-list-2.cbor", list(&issuers(2))),
        (
            "root-1.cbor",
            signed(root_content("npl.ctevt").draft().unwrap(), &[1, 2]),
        ),
        (
            "verifier-list-1.cbor",
            signed(verifiers().draft("npl.ctevt").unwrap(), &[21]),
        ),
    ] {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
}
