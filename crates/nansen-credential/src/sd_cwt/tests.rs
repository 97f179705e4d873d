use proptest::prelude::*;
use rand_core::CryptoRng;

use super::*;
use crate::cbor::{CborError, Key, Map, Value};
use crate::cose::{PublicKey, SecretKey, Signer, header, sign1};
use crate::{ClaimName, ClaimPath, Error};

const NOW: i64 = 1_790_000_000;

fn rng() -> impl CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

struct Case {
    issuer: SecretKey,
    device: SecretKey,
}

impl Case {
    fn new() -> Self {
        Self {
            issuer: SecretKey::generate_ed25519(&mut rng()),
            device: SecretKey::generate_ed25519(&mut rng()),
        }
    }

    fn issue(&self, claims: &Map, redaction: Redaction) -> Result<Vec<u8>, Error> {
        Issuance {
            terms: terms(Some(self.device.public_key())),
            kid: b"kid",
            claims,
            redaction,
        }
        .sign(&self.issuer, &mut rng())
    }

    fn present(&self, issued: &[u8], show: &[&str]) -> Vec<u8> {
        let credential = Credential::parse(issued).unwrap();
        let selection = credential.select(&paths(show)).unwrap();
        let unsigned = credential.bind(&selection, &binding()).unwrap();
        unsigned.sign(&self.device).unwrap()
    }
}

fn terms(device_key: Option<PublicKey>) -> Terms {
    Terms {
        issuer: "https://issuer.example".into(),
        vct: Some("urn:example:skills".into()),
        issued_at: Some(NOW),
        not_before: None,
        expires_at: Some(NOW + 1000),
        device_key,
        status: None,
    }
}

fn binding() -> KeyBinding {
    KeyBinding {
        audience: "verifier".into(),
        issued_at: Some(NOW + 10),
        expires_at: None,
        id: None,
        nonce: Some(vec![7; 32]),
    }
}

fn paths(texts: &[&str]) -> Vec<ClaimPath> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn claims() -> Map {
    Map::new()
        .with("family_name", "Gurung")
        .with("eqf_level", 3)
        .with(
            "skills",
            Value::Array(vec!["a".into(), "b".into(), "c".into()]),
        )
        .with(
            "employment",
            Map::new()
                .with("from", "2021-02")
                .with("to", "2024-08")
                .with("months", 42),
        )
}

fn revealed(presentation: &[u8]) -> Map {
    let presentation = KeyBoundSdCwt::parse(presentation).unwrap();
    presentation.verify().unwrap();
    let mut claims = presentation.credential().reveal().unwrap().claims;
    for term in [1, 4, 6, 8, 11] {
        claims.remove(&Key::Int(term));
    }
    claims
}

#[test]
fn shows_what_was_chosen_and_nothing_else() {
    let case = Case::new();
    let redaction = Redaction {
        paths: paths(&[
            "family_name",
            "eqf_level",
            "skills[*]",
            "employment",
            "employment.to",
            "employment.from",
        ]),
        decoys_to_multiple_of: 4,
    };
    let issued = case.issue(&claims(), redaction).unwrap();
    let show = |show: &[&str]| revealed(&case.present(&issued, show));

    let nothing = Map::new().with("skills", Value::Array(vec![]));
    assert_eq!(show(&[]), nothing);
    assert_eq!(
        show(&["family_name"]),
        nothing.clone().with("family_name", "Gurung")
    );
    assert_eq!(
        show(&["skills[1]"]),
        Map::new().with("skills", Value::Array(vec!["b".into()]))
    );
    // A claim inside a group brings the group's own, always visible, entries along.
    assert_eq!(
        show(&["employment.to"]),
        nothing.clone().with(
            "employment",
            Map::new().with("to", "2024-08").with("months", 42)
        )
    );
    assert_eq!(
        show(&["employment", "eqf_level", "family_name", "skills"]),
        claims()
    );
}

#[test]
fn undisclosed_claims_do_not_travel() {
    let case = Case::new();
    let issued = case
        .issue(&claims(), Redaction::each_claim_of(&claims()))
        .unwrap();
    let presented = case.present(&issued, &["eqf_level"]);
    let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    assert!(holds(&issued, "Gurung") && holds(&issued, "2021-02"));
    assert!(!holds(&presented, "Gurung") && !holds(&presented, "2021-02"));
}

#[test]
fn decoys_hide_the_number_of_claims() {
    let case = Case::new();
    let digests = |claims: &Map| {
        let mut redaction = Redaction::each_claim_of(claims);
        redaction.decoys_to_multiple_of = 8;
        let issued = case.issue(claims, redaction).unwrap();
        let message = SdCwt::parse(&issued).unwrap();
        message
            .payload()
            .get(&Key::Redacted)
            .unwrap()
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(digests(&claims()), 8);
    assert_eq!(digests(&Map::new().with("a", 1)), 8);
}

#[test]
fn a_key_in_phone_hardware_signs_in_two_steps() {
    let case = Case {
        issuer: SecretKey::generate_p256(&mut rng()),
        device: SecretKey::generate_p256(&mut rng()),
    };
    let issued = case
        .issue(&claims(), Redaction::each_claim_of(&claims()))
        .unwrap();
    let credential = Credential::parse(&issued).unwrap();
    credential
        .verify_signature(&case.issuer.public_key())
        .unwrap();
    let selection = credential.select(&paths(&["eqf_level"])).unwrap();
    let unsigned = credential.bind(&selection, &binding()).unwrap();

    let foreign = SecretKey::generate_p256(&mut rng());
    let wrong = foreign.sign(&unsigned.to_be_signed()).unwrap();
    assert_eq!(unsigned.complete(&wrong), Err(Error::BadSignature));
    assert_eq!(unsigned.sign(&foreign), Err(Error::InvalidKey));

    let signature = case.device.sign(&unsigned.to_be_signed()).unwrap();
    let presentation = unsigned.complete(&signature).unwrap();
    assert_eq!(revealed(&presentation), Map::new().with("eqf_level", 3));
}

#[test]
fn every_changed_byte_is_noticed() {
    let case = Case::new();
    let issued = case
        .issue(&claims(), Redaction::each_claim_of(&claims()))
        .unwrap();
    let presented = case.present(&issued, &["eqf_level", "family_name"]);
    let issuer_key = case.issuer.public_key();
    let accepts = |bytes: &[u8]| -> Result<(), Error> {
        let presentation = KeyBoundSdCwt::parse(bytes)?;
        presentation.credential().verify_signature(&issuer_key)?;
        presentation.credential().reveal()?;
        presentation.verify()?;
        Ok(())
    };
    assert_eq!(accepts(&presented), Ok(()));
    for at in 0..presented.len() {
        let mut changed = presented.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(accepts(&changed).is_err(), "byte {at}");
        assert!(accepts(&presented[..at]).is_err(), "cut at {at}");
    }
}

/// Signs a payload and disclosures that no honest issuer would make.
fn crafted(payload: &Map, disclosures: &[Vec<u8>]) -> Result<Map, Error> {
    let disclosures = disclosures
        .iter()
        .map(|bytes| Value::Bytes(bytes.clone()))
        .collect();
    let protected = protected_header(-19, b"kid");
    let bytes = sign1(
        &protected,
        &Map::new().with(header::SD_CLAIMS, Value::Array(disclosures)),
        &payload.clone().with(1, "https://issuer.example").to_cbor(),
        &SecretKey::generate_ed25519(&mut rng()),
    )?;
    Ok(SdCwt::parse(&bytes)?.reveal()?.claims)
}

fn claim(key: impl Into<Key>, value: impl Into<Value>) -> Vec<u8> {
    let content = Content::Claim {
        key: key.into(),
        value: value.into(),
    };
    encode_disclosure(&[9; SALT_BYTES], &content)
}

fn digests(disclosures: &[&[u8]]) -> Value {
    let digest = |bytes: &&[u8]| Value::Bytes(digest(bytes).to_vec());
    Value::Array(disclosures.iter().map(digest).collect())
}

#[test]
fn disclosures_that_do_not_belong_are_refused_by_name() {
    let name = claim("name", "a");
    let payload = Map::new().with(Key::Redacted, digests(&[&name]));
    assert!(crafted(&payload, std::slice::from_ref(&name)).is_ok());

    let other = claim("other", "b");
    assert_eq!(
        crafted(&payload, &[name.clone(), other.clone()]),
        Err(Error::UnmatchedDisclosure { index: 1 })
    );
    assert_eq!(
        crafted(&payload, &[name.clone(), name.clone()]),
        Err(Error::DuplicateDigest)
    );
    let twice = Map::new().with(Key::Redacted, digests(&[&name, &name]));
    assert_eq!(
        crafted(&twice, std::slice::from_ref(&name)),
        Err(Error::DuplicateDigest)
    );

    let clash = payload.clone().with("name", "in clear");
    assert_eq!(
        crafted(&clash, std::slice::from_ref(&name)),
        Err(Error::DuplicateClaim(ClaimName("name".into())))
    );
    let expiry = claim(4, i64::MAX);
    let hidden = Map::new().with(Key::Redacted, digests(&[&expiry]));
    assert_eq!(
        crafted(&hidden, &[expiry]),
        Err(Error::NeverRedacted(ClaimName(4.into())))
    );

    let element = encode_disclosure(&[9; 16], &Content::Element(1.into()));
    let misplaced = Map::new().with(Key::Redacted, digests(&[&element]));
    assert!(matches!(
        crafted(&misplaced, &[element]),
        Err(Error::Invalid { .. })
    ));
    let Value::Array(mut list) = digests(&[&name]) else {
        unreachable!()
    };
    let tagged = Value::Tag(REDACTED_ELEMENT, Box::new(list.remove(0)));
    let misplaced = Map::new().with("list", Value::Array(vec![tagged]));
    assert!(matches!(
        crafted(&misplaced, &[name]),
        Err(Error::Invalid { .. })
    ));

    assert!(matches!(crafted(&payload, &[]), Err(Error::Invalid { .. })));
    let short_salt = Value::Array(vec![Value::Bytes(vec![0; 15]), 1.into()]).to_cbor();
    assert!(matches!(
        crafted(&payload, &[short_salt]),
        Err(Error::Cbor(_))
    ));
}

#[test]
fn disclosures_nested_without_end_are_refused() {
    let mut inner = claim("leaf", 1);
    let mut all = vec![inner.clone()];
    for _ in 0..40 {
        inner = claim("group", Map::new().with(Key::Redacted, digests(&[&inner])));
        all.push(inner.clone());
    }
    let payload = Map::new().with(Key::Redacted, digests(&[&inner]));
    assert_eq!(
        crafted(&payload, &all),
        Err(Error::DisclosuresTooDeep { limit: 16 })
    );
}

#[test]
fn issuing_refuses_what_no_verifier_would_accept() {
    let case = Case::new();
    let issue = |claims: &Map, paths: Vec<ClaimPath>| {
        case.issue(
            claims,
            Redaction {
                paths,
                decoys_to_multiple_of: 0,
            },
        )
        .unwrap_err()
    };
    let claims = claims().with("assurance", "assessed");
    assert_eq!(
        issue(&claims, paths(&["assurance"])),
        Error::NeverRedacted(ClaimName("assurance".into()))
    );
    assert_eq!(
        issue(&claims, paths(&["exp"])),
        Error::NeverRedacted(ClaimName(4.into()))
    );
    assert_eq!(
        issue(&claims, paths(&["shoe_size"])),
        Error::NoSuchClaim {
            path: "shoe_size".into()
        }
    );
    assert!(matches!(
        issue(&claims.clone().with(4, 1), vec![]),
        Error::Forbidden { .. }
    ));
    assert!(matches!(
        issue(&claims.clone().with("assurance", "sure"), vec![]),
        Error::Invalid { .. }
    ));
    let deep = (0..20).fold(Value::Null, |item, _| Value::Array(vec![item]));
    assert!(matches!(
        issue(&claims.with("deep", deep), vec![]),
        Error::Cbor(CborError::TooDeep { .. })
    ));
}

#[test]
fn a_credential_without_device_key_cannot_be_bound() {
    let case = Case::new();
    let issued = Issuance {
        terms: terms(None),
        kid: b"kid",
        claims: &claims(),
        redaction: Redaction::none(),
    }
    .sign(&case.issuer, &mut rng())
    .unwrap();
    let credential = Credential::parse(&issued).unwrap();
    let selection = credential.select(&[]).unwrap();
    assert_eq!(
        credential.bind(&selection, &binding()).unwrap_err(),
        Error::Missing { what: "cnf" }
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is redacted, choosing everything shows everything, and choosing a subset of the
    /// top-level claims shows exactly that.
    #[test]
    fn any_claims_come_back(
        value in crate::cbor::tests::any_value(),
        chosen in prop::collection::vec(any::<bool>(), 4),
    ) {
        let case = Case::new();
        let plain = without_redactions(value);
        let mut claims = Map::new();
        for (index, _) in chosen.iter().enumerate() {
            claims.insert(format!("claim{index}"), plain.clone());
        }
        let issued = case.issue(&claims, Redaction::each_claim_of(&claims)).unwrap();
        let names: Vec<String> = chosen.iter().enumerate()
            .filter(|(_, chosen)| **chosen).map(|(index, _)| format!("claim{index}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut expected = Map::new();
        for name in &names {
            expected.insert(*name, plain.clone());
        }
        prop_assert_eq!(revealed(&case.present(&issued, &names)), expected);
    }
}

/// Claims as an issuer gets them hold no `simple(59)` and no tag 60.
fn without_redactions(value: Value) -> Value {
    match value {
        Value::Map(map) => Value::Map(
            map.into_iter()
                .filter(|(key, _)| *key != Key::Redacted)
                .map(|(key, value)| (key, without_redactions(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_redactions).collect()),
        Value::Tag(REDACTED_ELEMENT, item) => without_redactions(*item),
        Value::Tag(tag, item) => Value::Tag(tag, Box::new(without_redactions(*item))),
        other => other,
    }
}

#[test]
fn keys_print_as_their_thumbprint_and_parse_from_the_credential() {
    let case = Case::new();
    let issued = case.issue(&claims(), Redaction::none()).unwrap();
    let key: Option<PublicKey> = SdCwt::parse(&issued).unwrap().terms().device_key.clone();
    assert_eq!(key, Some(case.device.public_key()));
}

#[test]
fn a_choice_tells_everything_that_goes_along() {
    let case = Case::new();
    let redaction = Redaction {
        paths: paths(&["employment", "employment.to", "skills[*]"]),
        decoys_to_multiple_of: 4,
    };
    let issued = case.issue(&claims(), redaction).unwrap();
    let credential = Credential::parse(&issued).unwrap();
    let visible = |show: &[&str]| -> Vec<String> {
        let selection = credential.select(&paths(show)).unwrap();
        let visible = credential.visible(&selection);
        let visible = visible.iter().filter(|path| path.elements().len() > 1);
        visible
            .map(ToString::to_string)
            .filter(|path| !path.starts_with("cnf"))
            .collect()
    };
    assert!(visible(&[]).is_empty());
    assert_eq!(visible(&["skills[1]"]), ["skills[1]"]);
    // In clear inside the group, so that no choice can leave them out.
    assert_eq!(
        visible(&["employment.to"]),
        ["employment.to", "employment.from", "employment.months"]
    );
    assert_eq!(format!("{credential:?}"), "Credential(9 claims)");
}

#[test]
fn terms_cannot_hide_in_disclosures() {
    for (label, value) in [
        (11, Value::from("urn:example:other")),
        (65535, Map::new().into()),
    ] {
        let hidden = claim(label, value);
        let payload = Map::new().with(Key::Redacted, digests(&[&hidden]));
        assert_eq!(
            crafted(&payload, &[hidden]),
            Err(Error::NeverRedacted(ClaimName(label.into())))
        );
    }
}

#[test]
fn a_status_mechanism_that_is_not_known_is_noticed() {
    let payload = Map::new()
        .with(1, "https://issuer.example")
        .with(65535, Map::new().with("identifier_list", 1));
    let signer = SecretKey::generate_ed25519(&mut rng());
    let protected = protected_header(-19, b"kid");
    let bytes = sign1(&protected, &Map::new(), &payload.to_cbor(), &signer).unwrap();
    let message = SdCwt::parse(&bytes).unwrap();
    assert!(message.has_other_status() && message.terms().status.is_none());
}

#[test]
fn a_critical_header_parameter_is_refused() {
    let protected = Map::new()
        .with(1, -19)
        .with(2, Value::Array(vec![99.into()]))
        .with(16, 293);
    let signer = SecretKey::generate_ed25519(&mut rng());
    let bytes = sign1(&protected.to_cbor(), &Map::new(), &[0xa0], &signer).unwrap();
    assert!(matches!(SdCwt::parse(&bytes), Err(Error::Forbidden { .. })));
}
