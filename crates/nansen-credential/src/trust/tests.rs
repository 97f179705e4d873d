use super::*;
use crate::Error;
use crate::cbor::{CborError, Key, Map, Value};
use crate::cose::{PublicKey, SecretKey, Sign1, Signer, header, sign1};
use crate::limits::{MAX_ISSUERS, MAX_TRUST_LIST_BYTES};

const DAY: i64 = 86_400;
const NOW: i64 = 1_800_000_000;

fn key(seed: u16) -> SecretKey {
    let mut bytes = [0; 33];
    bytes[0] = 1;
    bytes[1..3].copy_from_slice(&seed.to_be_bytes());
    SecretKey::from_bytes(&bytes).unwrap()
}

fn root() -> SecretKey {
    key(1)
}

fn issuer(number: u16, keys: u16) -> Issuer {
    Issuer {
        uri: format!("https://issuer-{number}.example"),
        names: [("en", "Welding Institute"), ("fr", "Institut de soudage")]
            .map(|(tag, name)| (tag.to_owned(), name.to_owned()))
            .into(),
        country: "PHL".to_owned(),
        keys: (0..keys)
            .map(|k| {
                let public = key(1000 + number * 4 + k).public_key();
                IssuerKey::new(public, NOW - 100 * DAY, NOW + 100 * DAY)
            })
            .collect(),
        types: vec!["qualification".to_owned()],
        status_prefixes: vec![format!("https://issuer-{number}.example/status/")],
        registration: Registration::default(),
    }
}

fn content() -> TrustListContent {
    TrustListContent {
        id: "example.list".to_owned(),
        version: 7,
        issued_at: NOW,
        next_update: NOW + 30 * DAY,
        issuers: vec![issuer(0, 2), issuer(1, 1)],
    }
}

fn read(bytes: &[u8]) -> Result<TrustList, Error> {
    TrustList::parse_verified(bytes, &[key(2).public_key(), root().public_key()])
}

fn verified(content: &TrustListContent) -> TrustList {
    read(&content.sign(&root()).unwrap()).unwrap()
}

/// Signs whatever payload, as a root that does not check would.
fn signed_payload(payload: &[u8]) -> Vec<u8> {
    signed_with(&protected(), &Map::new(), payload)
}

fn signed_with(protected: &Map, unprotected: &Map, payload: &[u8]) -> Vec<u8> {
    sign1(&protected.to_cbor(), unprotected, payload, &root()).unwrap()
}

fn protected() -> Map {
    Map::new()
        .with(header::ALG, root().public_key().algorithm().id())
        .with(
            header::KID,
            Value::Bytes(root().public_key().kid().to_vec()),
        )
        .with(header::TYP, TRUST_LIST_TYPE)
}

/// The payload of the example list after a change.
fn changed(change: impl FnOnce(&mut Map)) -> Vec<u8> {
    let bytes = content().sign(&root()).unwrap();
    let payload = Sign1::parse(&bytes).unwrap().payload.to_vec();
    let Value::Map(mut map) = Value::from_cbor(&payload).unwrap() else {
        panic!("a list is a map");
    };
    change(&mut map);
    map.to_cbor()
}

fn changed_issuer(change: impl FnOnce(&mut Map)) -> Vec<u8> {
    changed(|list| {
        let Some(Value::Array(mut issuers)) = list.remove(&Key::Int(6)) else {
            panic!("issuers are an array");
        };
        let Value::Map(first) = &mut issuers[0] else {
            panic!("an issuer is a map");
        };
        change(first);
        list.insert(6, Value::Array(issuers));
    })
}

fn refused(change: impl FnOnce(&mut TrustListContent)) -> Error {
    let mut content = content();
    change(&mut content);
    content.sign(&root()).unwrap_err()
}

#[test]
fn a_list_survives_its_bytes_and_finds_every_key() {
    let mut content = content();
    content.issuers[0].keys[1].cut_off = Some(NOW - DAY);
    content.issuers[1].keys[0].kid = b"11".to_vec();
    let list = verified(&content);
    assert_eq!(list.content(), &content);
    for issuer in &content.issuers {
        for key in &issuer.keys {
            let anchor = list.find(&key.kid).unwrap();
            assert_eq!((anchor.issuer(), anchor.key()), (issuer, key));
        }
    }
    assert!(list.find(b"12").is_none());
    assert!(
        list.find(&content.issuers[1].keys[0].public.kid())
            .is_none()
    );
}

#[test]
fn a_root_in_p256_signs_as_well() {
    let root = SecretKey::generate_p256(&mut rand_core::UnwrapErr(getrandom::SysRng));
    let bytes = content().sign(&root).unwrap();
    assert!(TrustList::parse_verified(&bytes, &[root.public_key()]).is_ok());
}

#[test]
fn only_the_bytes_that_a_root_signed_are_a_list() {
    let bytes = content().sign(&root()).unwrap();
    let other = content().sign(&key(3)).unwrap();
    assert_eq!(read(&other).unwrap_err(), Error::UnknownRoot);
    assert_eq!(
        TrustList::parse_verified(&bytes, &[]).unwrap_err(),
        Error::UnknownRoot
    );
    for at in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        assert!(read(&bytes).is_err(), "byte {at} is not covered");
    }
    let mut last = bytes.clone();
    *last.last_mut().unwrap() ^= 1;
    assert_eq!(read(&last).unwrap_err(), Error::BadSignature);
    let mut longer = bytes;
    longer.push(0);
    assert!(matches!(
        read(&longer).unwrap_err(),
        Error::Cbor(CborError::TrailingBytes { count: 1, .. })
    ));
    assert!(matches!(
        read(&vec![0; MAX_TRUST_LIST_BYTES + 1]).unwrap_err(),
        Error::TooLarge { .. }
    ));
}

#[test]
fn headers_are_those_of_a_trust_list() {
    let payload = changed(|_| ());
    let typ = protected().with(header::TYP, "application/statuslist+cwt");
    assert_eq!(
        read(&signed_with(&typ, &Map::new(), &payload)).unwrap_err(),
        Error::Invalid { what: "typ" }
    );
    let mut no_typ = protected();
    no_typ.remove(&Key::Int(header::TYP));
    assert_eq!(
        read(&signed_with(&no_typ, &Map::new(), &payload)).unwrap_err(),
        Error::Missing { what: "typ" }
    );
    let unprotected = Map::new().with(header::KID, 1);
    assert_eq!(
        read(&signed_with(&protected(), &unprotected, &payload)).unwrap_err(),
        Error::Forbidden {
            what: "unprotected header"
        }
    );
}

#[test]
fn what_later_versions_add_is_passed_over_and_a_newer_format_is_named() {
    let added = changed(|list| {
        list.insert(7, "roots");
        list.insert("note", 1);
    });
    assert_eq!(read(&signed_payload(&added)).unwrap().content(), &content());
    let added = changed_issuer(|issuer| {
        issuer.insert(7, "address");
    });
    assert_eq!(read(&signed_payload(&added)).unwrap().content(), &content());
    let newer = changed(|list| {
        list.insert(1, 2);
    });
    assert_eq!(
        read(&signed_payload(&newer)).unwrap_err(),
        Error::NewerFormat {
            found: 2,
            supported: 1
        }
    );
    let payload = [changed(|_| ()), vec![0]].concat();
    assert!(matches!(
        read(&signed_payload(&payload)).unwrap_err(),
        Error::Cbor(CborError::TrailingBytes { count: 1, .. })
    ));
}

#[test]
fn every_field_of_list_and_issuer_is_required() {
    for label in 1..=6 {
        let payload = changed(|list| drop(list.remove(&Key::Int(label))));
        assert!(matches!(
            read(&signed_payload(&payload)).unwrap_err(),
            Error::Missing { .. }
        ));
        let payload = changed_issuer(|issuer| drop(issuer.remove(&Key::Int(label))));
        assert!(matches!(
            read(&signed_payload(&payload)).unwrap_err(),
            Error::Missing { .. }
        ));
    }
}

#[test]
fn a_reader_refuses_what_a_careless_root_signed() {
    let payload = changed_issuer(|issuer| drop(issuer.insert(3, "Philippines")));
    assert_eq!(
        read(&signed_payload(&payload)).unwrap_err(),
        Error::Invalid {
            what: "country of an issuer"
        }
    );
    let payload = changed(|list| {
        let issuers = list.label(6).and_then(Value::as_array).unwrap();
        let twice = [issuers, &issuers[..1]].concat();
        list.insert(6, Value::Array(twice));
    });
    assert_eq!(
        read(&signed_payload(&payload)).unwrap_err(),
        Error::Duplicate { what: "issuer" }
    );
    let payload = changed(|list| {
        let empty = Value::Map(Map::new());
        list.insert(6, Value::Array(vec![empty; MAX_ISSUERS + 1]));
    });
    assert_eq!(
        read(&signed_payload(&payload)).unwrap_err(),
        Error::TooMany {
            what: "issuers",
            count: MAX_ISSUERS + 1,
            limit: MAX_ISSUERS
        }
    );
}

#[test]
fn a_desk_cannot_sign_what_readers_refuse() {
    let invalid = |what| Error::Invalid { what };
    assert_eq!(
        refused(|list| list.issuers[1].uri = list.issuers[0].uri.clone()),
        Error::Duplicate { what: "issuer" }
    );
    assert_eq!(
        refused(|list| list.issuers[1].keys = list.issuers[0].keys.clone()),
        Error::Duplicate { what: "kid" }
    );
    assert_eq!(
        refused(|list| list.issuers[0].keys[0].not_after = NOW - 101 * DAY),
        invalid("window of a key")
    );
    assert_eq!(
        refused(|list| list.next_update = NOW - 1),
        invalid("next update")
    );
    assert_eq!(
        refused(|list| list.version = u64::MAX),
        invalid("version of the list")
    );
    assert_eq!(
        refused(|list| list.issuers[0].names.clear()),
        invalid("names of an issuer")
    );
    assert_eq!(
        refused(|list| list.issuers[0].country = "ph".to_owned()),
        invalid("country of an issuer")
    );
    assert_eq!(
        refused(|list| list.issuers[0].status_prefixes = vec![String::new()]),
        invalid("status prefix")
    );
    assert!(matches!(
        refused(|list| list.issuers[0].keys[0].kid = vec![0; 65]),
        Error::TooLarge { what: "kid", .. }
    ));
    assert!(matches!(
        refused(|list| list.issuers[0].types = vec![String::new(); 257]),
        Error::TooMany { what: "types", .. }
    ));
}

#[test]
fn an_update_is_the_same_list_and_not_older() {
    let held = verified(&content());
    let next = |change: fn(&mut TrustListContent)| {
        let mut content = content();
        change(&mut content);
        TrustList::check_update(&held, &verified(&content))
    };
    assert_eq!(next(|_| ()), Ok(()));
    assert_eq!(next(|list| list.version = 8), Ok(()));
    assert_eq!(
        next(|list| list.version = 6),
        Err(Error::Rollback {
            offered: 6,
            held: 7
        })
    );
    assert_eq!(
        next(|list| drop(list.issuers.pop())),
        Err(Error::VersionConflict { version: 7 })
    );
    assert_eq!(next(|list| list.id.push('2')), Err(Error::OtherList));
}

#[test]
fn trust_is_for_an_issuer_a_type_and_the_time_of_signing() {
    let mut content = content();
    let keys = &mut content.issuers[0].keys;
    keys[1].cut_off = Some(NOW);
    let (window, cut_off) = (keys[0].kid.clone(), keys[1].kid.clone());
    let list = verified(&content);
    let iss = "https://issuer-0.example";
    let trust = |kid: &[u8], iss, vct, at| {
        let anchor = list.find(kid).ok_or(TrustFailure::IssuerUnknown)?;
        anchor.trust(iss, vct, at).map(drop)
    };
    let at = |kid, at| trust(kid, iss, "qualification", at);
    assert_eq!(at(&window, NOW - 100 * DAY), Ok(()));
    assert_eq!(at(&window, NOW + 100 * DAY), Ok(()));
    assert_eq!(
        at(&window, NOW - 100 * DAY - 1),
        Err(TrustFailure::KeyNotYetValid)
    );
    assert_eq!(
        at(&window, NOW + 100 * DAY + 1),
        Err(TrustFailure::KeyExpired)
    );
    assert_eq!(at(&cut_off, NOW - 1), Ok(()));
    assert_eq!(at(&cut_off, NOW), Err(TrustFailure::KeyCutOff));
    assert_eq!(at(&cut_off, i64::MAX), Err(TrustFailure::KeyCutOff));
    assert_eq!(
        trust(&window, iss, "identity", NOW),
        Err(TrustFailure::TypeNotAllowed)
    );
    assert_eq!(
        trust(&window, "https://issuer-1.example", "qualification", NOW),
        Err(TrustFailure::IssuerUnknown)
    );
    assert_eq!(
        trust(b"other", iss, "qualification", NOW),
        Err(TrustFailure::IssuerUnknown)
    );
}

#[test]
fn without_types_an_issuer_may_issue_nothing() {
    let mut content = content();
    content.issuers[0].types.clear();
    let list = verified(&content);
    let anchor = list.find(&content.issuers[0].keys[0].kid).unwrap();
    assert_eq!(
        anchor.trust(&content.issuers[0].uri, "", NOW).map(drop),
        Err(TrustFailure::TypeNotAllowed)
    );
}

#[test]
fn a_name_is_given_in_the_nearest_language() {
    let issuer = issuer(0, 1);
    assert_eq!(issuer.name("fr"), "Institut de soudage");
    assert_eq!(issuer.name("FR-CA"), "Institut de soudage");
    assert_eq!(issuer.name("tl"), "Welding Institute");
    let mut only_french = issuer;
    only_french.names.remove("en");
    assert_eq!(only_french.name("tl"), "Institut de soudage");
}

#[test]
fn five_hundred_issuers_of_two_keys_are_about_a_hundred_kilobytes() {
    let mut content = content();
    content.issuers = (0..500).map(|number| issuer(number, 2)).collect();
    let bytes = content.sign(&root()).unwrap();
    assert!(bytes.len() < 150_000, "{} bytes", bytes.len());
    assert_eq!(read(&bytes).unwrap().issuers().len(), 500);
}

#[test]
fn keys_that_are_no_points_are_refused() {
    let payload = changed_issuer(|issuer| {
        let mut cose = root().public_key().to_cose();
        cose.insert(-2, Value::Bytes(vec![0; 32]));
        let key = Map::new().with(1, cose).with(2, 0).with(3, 1);
        issuer.insert(4, Value::Array(vec![key.into()]));
    });
    assert_eq!(
        read(&signed_payload(&payload)).unwrap_err(),
        Error::InvalidKey
    );
    assert_eq!(PublicKey::ed25519(&[0; 32]), Err(Error::InvalidKey));
}
