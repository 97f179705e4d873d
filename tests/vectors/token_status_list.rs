//! `token-status-list`: bare lists in JSON and CBOR, and status list tokens as CWT and JWT.

use nansen_credential::Error;
use nansen_credential::cose::Algorithm;
use nansen_credential::status::{Status, StatusList, Statuses};
use serde_json::Value;

use crate::{base64url, folder, hex, json, public_key};

#[test]
fn token_status_list_vectors_are_read_in_every_form() {
    let Some(files) = folder("token-status-list") else {
        return;
    };
    for path in files {
        let file = json(&path);
        let has = |name: &str| file.get(name).is_some();
        if has("bits") && has("statuses") {
            check_list(&file);
        } else if has("cbor_hex") && has("issuer_jwk") {
            check_cwt(&file);
        } else if has("jwt") && has("issuer_jwk") {
            check_jwt(&file);
        } else {
            panic!("{} is of an unknown shape", path.display());
        }
    }
}

fn check_list(file: &Value) {
    let list = Statuses::from_cbor(&hex(&file["cbor_hex"])).unwrap();
    assert_eq!(from_json(&file["json"]), list);
    assert_eq!(Statuses::from_cbor(&list.to_cbor()), Ok(list.clone()));

    let expected = expected_statuses(file);
    assert_eq!(list.len(), expected.len() as u64);
    let bits = u8::try_from(file["bits"].as_u64().unwrap()).unwrap();
    let mut made = Statuses::new(bits, list.len()).unwrap();
    for (index, value) in (0..).zip(expected) {
        assert_eq!(list.get(index), Ok(Status::from(value)), "entry {index}");
        made.set(index, value.into()).unwrap();
    }
    assert_eq!(made, list);
}

/// Every entry: from an array of all, or from the number of entries and those that were set.
fn expected_statuses(file: &Value) -> Vec<u8> {
    let number = |value: &Value| u8::try_from(value.as_u64().unwrap()).unwrap();
    match &file["statuses"] {
        Value::Array(all) => all.iter().map(number).collect(),
        Value::Object(set) => {
            let len = usize::try_from(file["entries"].as_u64().unwrap()).unwrap();
            let mut all = vec![0; len];
            for (index, value) in set {
                all[index.parse::<usize>().unwrap()] = number(value);
            }
            all
        }
        other => panic!("unknown statuses: {other}"),
    }
}

fn from_json(list: &Value) -> Statuses {
    let bits = u8::try_from(list["bits"].as_u64().unwrap()).unwrap();
    Statuses::from_compressed(bits, &base64url(list["lst"].as_str().unwrap())).unwrap()
}

fn check_cwt(file: &Value) {
    let bytes = hex(&file["cbor_hex"]);
    let key = public_key(&file["issuer_jwk"]).unwrap();
    assert!(!StatusList::unverified_kid(&bytes).unwrap().is_empty());
    assert_eq!(file["signature"], "valid");
    let list = StatusList::parse_verified(&bytes, &key).unwrap();
    assert!(list.uri().starts_with("https://"));
    assert!(list.expires_at().is_none_or(|end| list.issued_at() < end));
    assert!(matches!(
        list.status(0),
        Ok(Status::Valid | Status::Revoked)
    ));

    // Signed anew, now in deterministic CBOR, it says the same.
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    let desk = nansen_credential::cose::SecretKey::generate_p256(&mut rng);
    let again = list.content().sign(&desk).unwrap();
    let desk = nansen_credential::cose::Signer::public_key(&desk);
    let again = StatusList::parse_verified(&again, &desk).unwrap();
    assert_eq!(again.content(), list.content());

    let mut changed = bytes;
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(
        StatusList::parse_verified(&changed, &key).unwrap_err(),
        Error::BadSignature
    );
}

/// The JWT form is not read by the library: only what both forms share is checked.
fn check_jwt(file: &Value) {
    let jwt = file["jwt"].as_str().unwrap();
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let (head, payload) = signed.split_once('.').unwrap();
    let part = |text: &str| -> Value { serde_json::from_slice(&base64url(text)).unwrap() };
    assert_eq!(part(head), file["header"]);
    assert_eq!(part(payload), file["payload"]);
    assert_eq!(file["header"]["alg"], "ES256");
    assert_eq!(file["signature"], "valid");
    let key = public_key(&file["issuer_jwk"]).unwrap();
    let signature = base64url(signature);
    assert_eq!(
        key.verify(Algorithm::Es256, signed.as_bytes(), &signature),
        Ok(())
    );
    assert!(!from_json(&file["payload"]["status_list"]).is_empty());
}
