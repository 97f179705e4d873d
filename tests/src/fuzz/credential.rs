//! Properties of the parsers of `nansen-credential`.

use nansen_credential::cbor::{Key, Map, RawMap, Reader, Value};
use nansen_credential::cose::{Sign1, Signer, with_signature};
use nansen_credential::json::{claims_from_json, claims_to_json};
use nansen_credential::sd_cwt::{Credential, Issuance, KeyBoundSdCwt, Redaction, SdCwt, Terms};
use nansen_credential::status::{STATUS_LIST_TYPE, StatusList, Statuses};
use nansen_credential::trust::{TRUST_LIST_TYPE, TrustList};
use nansen_credential::verify::{Context, Expected, verify};
use nansen_credential::{ClaimPath, PathElement};

use super::known::{Counter, ISSUER, KNOWN, NOW, ONE_WAY, VCT, signed};

/// What the reader accepts has one encoding, and both ways to read agree on what it is.
pub(super) fn cbor(data: &[u8]) {
    let value = Value::from_cbor(data);
    let mut reader = Reader::new(data);
    let passed = reader
        .raw()
        .and_then(|item| reader.finish().map(|()| item.len()));
    let raw_map = RawMap::from_cbor(data);
    match value {
        Ok(value) => {
            assert_eq!(value.to_cbor(), data, "another encoding of the same");
            assert_eq!(
                passed,
                Ok(data.len()),
                "passed over in another way than read"
            );
            assert_eq!(raw_map.is_ok(), value.as_map().is_some());
            if raw_map.is_ok() {
                assert!(RawMap::from_cbor_in_any_order(data).is_ok());
            }
        }
        Err(error) => {
            assert_eq!(passed, Err(error), "passed over, but not read");
            assert!(raw_map.is_err());
            let _ = RawMap::from_cbor_in_any_order(data);
        }
    }
}

/// A message is its four parts and nothing else.
pub(super) fn cose_sign1(data: &[u8]) {
    let Ok(message) = Sign1::parse(data) else {
        return;
    };
    let mut unprotected = Map::new();
    for (key, raw) in message.unprotected.iter() {
        let value = Value::from_cbor(raw).expect("checked when the map was read");
        unprotected.insert(key.clone(), value);
    }
    if let Ok(signature) = message.signature.try_into() {
        let parts = (message.protected_bytes, message.payload);
        let again = with_signature(parts.0, &unprotected, parts.1, signature);
        assert_eq!(again, data, "another encoding of the same");
    }
    let _ = message.verify(&KNOWN.issuer.public_key());
}

/// What is revealed holds nothing redacted, and every disclosure has a place.
pub(super) fn sd_cwt(data: &[u8]) {
    let Ok(message) = SdCwt::parse(data) else {
        return;
    };
    let _ = message.verify_signature(&KNOWN.issuer.public_key());
    let Ok(revealed) = message.reveal() else {
        return;
    };
    assert_eq!(revealed.places.len(), message.disclosures().len());
    assert!(
        !holds_digests(&Value::Map(revealed.claims)),
        "digests left among revealed claims"
    );
}

fn holds_digests(value: &Value) -> bool {
    match value {
        Value::Map(map) => map
            .iter()
            .any(|(key, value)| *key == Key::Redacted || holds_digests(value)),
        Value::Array(items) => items.iter().any(holds_digests),
        // What a tag means covers its whole item, so that nothing in it is redacted.
        _ => false,
    }
}

/// Every verdict can be made and told, for whatever is presented, in every kind of meeting.
pub(super) fn key_bound(data: &[u8]) {
    if let Ok(presentation) = KeyBoundSdCwt::parse(data) {
        let _ = presentation.verify();
        let _ = presentation.credential().reveal();
    }
    let lists = core::slice::from_ref(&KNOWN.list);
    let request = &KNOWN.request;
    let audience = request.audience();
    let context = Context {
        now: NOW,
        latest_signed_time: NOW,
        trust_lists: lists,
        status_lists: &[],
        snapshots: &[],
        status_policy: 86_400.into(),
        issuer_key: None,
    };
    let answer = Expected::Answer {
        audience: &audience,
        nonce: request.digest(),
        requested_at: request.issued_at(),
        expires_at: request.expires_at(),
    };
    for expected in [
        answer,
        Expected::OneWay { audience: ONE_WAY },
        Expected::Copy,
    ] {
        let report = verify(data, expected, &context);
        if let Some(code) = report.reason() {
            assert!(!code.sentence().is_empty());
        }
        let _ = report.verdict();
    }
}

/// Each claim that a held credential can show makes a presentation that reads again, with that
/// claim in it.
pub(super) fn credential(data: &[u8]) {
    let Ok(credential) = Credential::parse(data) else {
        return;
    };
    assert_eq!(credential.as_bytes(), data);
    for path in credential.redactable().take(PRESENTED_MAX) {
        // A decoy hides in the claims set itself, which no path selects.
        if path.elements().is_empty() {
            continue;
        }
        let selection = credential.select(core::slice::from_ref(path));
        let selection = selection.expect("a redactable claim can be selected");
        let shown = Credential::parse(&credential.present(&selection));
        let shown = shown.expect("a presentation reads again");
        assert_eq!(shown.terms(), credential.terms());
        // Elements of an array move up when others before them stay hidden.
        let in_array = |element: &PathElement| matches!(element, PathElement::Index(_));
        if !path.elements().iter().any(in_array) {
            assert_eq!(
                at(path, shown.claims()),
                at(path, credential.claims()),
                "another value shown at {path}"
            );
        }
    }
    let none = credential.select(&[]).expect("nothing can be selected");
    Credential::parse(&credential.present(&none)).expect("a presentation of nothing reads again");
}

/// The bytes of what a path without `[*]` leads to: floats that are no numbers compare as bytes.
fn at(path: &ClaimPath, claims: &Map) -> Vec<u8> {
    let found = path.select(claims);
    let (_, value) = found.first().expect("a redactable claim is there");
    value.to_cbor()
}

/// A path says the same as text, in JSON and in CBOR.
pub(super) fn claim_path(data: &[u8]) {
    let text = core::str::from_utf8(data).ok();
    let as_text: Option<ClaimPath> = text.and_then(|text| text.parse().ok());
    let json: Option<serde_json::Value> = serde_json::from_slice(data).ok();
    let as_json = json.and_then(|json| ClaimPath::from_json(&json).ok());
    // A name may stand as text that a newer table knows by number: more than one encoding.
    let as_cbor = Value::from_cbor(data).ok();
    let as_cbor = as_cbor.and_then(|value| ClaimPath::from_value(&value).ok());
    for path in [as_text, as_json, as_cbor].into_iter().flatten() {
        assert_eq!(path.to_string().parse().as_ref(), Ok(&path));
        assert_eq!(ClaimPath::from_json(&path.to_json()).as_ref(), Ok(&path));
        assert_eq!(ClaimPath::from_value(&path.to_value()).as_ref(), Ok(&path));
    }
}

/// Claims from JSON come back from JSON, and what can be issued can be held.
pub(super) fn claims_json(data: &[u8]) {
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(data) else {
        return;
    };
    let Ok(claims) = claims_from_json(&json) else {
        return;
    };
    let again = claims_from_json(&claims_to_json(&claims));
    let again = again.expect("claims written as JSON read again");
    assert_eq!(again.to_cbor(), claims.to_cbor());
    let issuance = Issuance {
        terms: Terms {
            issuer: ISSUER.into(),
            vct: Some(VCT.into()),
            issued_at: Some(NOW),
            not_before: None,
            expires_at: Some(NOW + 1000),
            device_key: Some(KNOWN.device.public_key()),
            status: None,
        },
        kid: &KNOWN.issuer.public_key().kid(),
        claims: &claims,
        redaction: Redaction::each_claim_of(&claims),
    };
    if let Ok(issued) = issuance.sign(&KNOWN.issuer, &mut Counter(2)) {
        let held = Credential::parse(&issued).expect("what was issued can be held");
        for (key, value) in claims.iter() {
            let held = held.claims().get(key).map(Value::to_cbor);
            assert_eq!(held, Some(value.to_cbor()));
        }
    }
}

/// A list that is accepted is signed again as the same list.
pub(super) fn trust_list(data: &[u8]) {
    let roots = [KNOWN.root.public_key()];
    let _ = TrustList::parse_verified(data, &roots);
    let bytes = signed(data, TRUST_LIST_TYPE.into(), true, &KNOWN.root);
    let Ok(list) = TrustList::parse_verified(&bytes, &roots) else {
        return;
    };
    let again = list.content().sign(&KNOWN.root);
    assert_eq!(again.as_ref(), Ok(&bytes), "another encoding of the same");
    for issuer in list.issuers() {
        let _ = issuer.name("ne-Deva-NP");
        for key in &issuer.keys {
            let anchor = list.find(&key.kid).expect("each key is found by its kid");
            let _ = anchor.trust(&issuer.uri, VCT, NOW);
        }
    }
    assert_eq!(TrustList::check_update(&list, &list), Ok(()));
}

/// A status list tells one status for each index below its length, and none beyond.
pub(super) fn status_list(data: &[u8]) {
    if let Ok(statuses) = Statuses::from_cbor(data) {
        check_statuses(&statuses);
        let again = Statuses::from_cbor(&statuses.to_cbor());
        assert_eq!(again.as_ref(), Ok(&statuses));
    }
    let key = KNOWN.issuer.public_key();
    let _ = StatusList::unverified_kid(data);
    let _ = StatusList::parse_verified(data, &key);
    let bytes = signed(data, STATUS_LIST_TYPE.into(), true, &KNOWN.issuer);
    if let Ok(list) = StatusList::parse_verified(&bytes, &key) {
        let content = list.content();
        check_statuses(&content.statuses);
        let again = content
            .sign(&KNOWN.issuer)
            .expect("what was read is written");
        let again = StatusList::parse_verified(&again, &key);
        let again = again.expect("what was written reads again");
        assert_eq!(again.content(), content);
    }
}

fn check_statuses(statuses: &Statuses) {
    let len = statuses.len();
    assert_eq!(statuses.is_empty(), len == 0);
    for index in [0, len / 2, len.saturating_sub(1)] {
        assert_eq!(statuses.get(index).is_ok(), index < len);
    }
    for index in [len, len.saturating_add(1), u64::MAX] {
        assert!(statuses.get(index).is_err());
    }
}

/// Most claims of one credential that are presented one by one.
const PRESENTED_MAX: usize = 8;
