//! `sd-cwt`: the examples beside the draft, and self-made cases with their expected outcome.

use std::path::Path;

use nansen_credential::Error;
use nansen_credential::cbor::{Key, RawMap, Reader, Value};
use nansen_credential::cose::{Algorithm, PublicKey, Sign1, header};
use nansen_credential::report::{Check, Code, Outcome};
use nansen_credential::sd_cwt::{Disclosure, KeyBoundSdCwt, SdCwt, digest, reveal};
use nansen_credential::verify::{Context, Expected, verify};
use serde_json::Value as Json;

use crate::{base64url, folder, hex, json};

#[test]
fn sd_cwt_vectors_have_their_outcome() {
    let Some(files) = folder("sd-cwt") else {
        return;
    };
    let mut examples = 0;
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = || std::fs::read_to_string(&path).unwrap();
        match name.split_once('.').unwrap() {
            (_, "cbor") => {
                check_example(&path);
                examples += 1;
            }
            (_, "json") => check_cases(&json(&path)),
            (_, "pretty.txt") => check_disclosure(&text()),
            ("first-blinded-hash", "txt") => check_misprinted_hash(&path, &text()),
            ("holder_pubkey", "pem.txt") => assert!(public_key(&text()).is_some()),
            // P-384, for ES384.
            ("issuer_pubkey", "pem.txt") => assert!(public_key(&text()).is_none()),
            // The same examples in diagnostic notation, which is for people, and the key of an
            // encrypted one, which this profile does not have.
            (_, "edn.txt" | "csv.txt") | ("aead-key", "txt") => {}
            _ => panic!("{} is of an unknown shape", path.display()),
        }
    }
    assert!(examples > 0, "no example of the draft");
}

/// The issuer of the draft signs with ES384, which this profile does not have: refused as such.
/// What does not hang on it is checked: the disclosures, and the holder's ES256 signature.
fn check_example(path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    let message = Sign1::parse(&bytes).unwrap();
    let refused = Error::UnsupportedAlgorithm(-35);
    if message.protected.label(header::KCWT).is_none() {
        assert_eq!(SdCwt::parse(&bytes).unwrap_err(), refused);
        check_disclosures(&message);
        return;
    }
    assert_eq!(KeyBoundSdCwt::parse(&bytes).unwrap_err(), refused);
    let report = verify(&bytes, answer("", &[]), &context(0));
    assert_eq!(
        report.outcome(Check::IssuerSignature),
        Outcome::Failed(Code::UnsupportedAlgorithm { id: -35 })
    );
    let mut kcwt = message.protected.label(header::KCWT).unwrap();
    let credential = Sign1::read(&mut kcwt).unwrap();
    let claims = check_disclosures(&credential);
    let Some(Value::Map(cnf)) = claims.label(8).cloned() else {
        panic!("no cnf")
    };
    let key = cnf.label(1).unwrap().to_cbor();
    let key = PublicKey::from_cose(&RawMap::from_cbor(&key).unwrap()).unwrap();
    assert_eq!(message.algorithm(), Ok(Algorithm::Es256));
    assert_eq!(message.verify(&key), Ok(()));
    let holder = path.with_file_name("holder_pubkey.pem.txt");
    let holder = public_key(&std::fs::read_to_string(holder).unwrap());
    assert_eq!(holder, Some(key));
}

/// Every disclosure matches a digest, and the claims set comes out.
fn check_disclosures(message: &Sign1<'_>) -> nansen_credential::cbor::Map {
    let mut list = message.unprotected.label(header::SD_CLAIMS).unwrap();
    let mut disclosures = Vec::new();
    for _ in 0..list.array().unwrap() {
        disclosures.push(Disclosure::parse(list.bytes().unwrap()).unwrap());
    }
    let Value::Map(payload) = Value::from_cbor(message.payload).unwrap() else {
        panic!("the payload is no map")
    };
    let claims = reveal(&payload, &disclosures).unwrap().claims;
    assert!(claims.get(&Key::Redacted).is_none());
    assert_eq!(claims.label(501), Some(&Value::from("ABCD-123456")));
    claims
}

/// Hexadecimal digits with comments after `#`: the array of a disclosure.
fn check_disclosure(text: &str) {
    let digits: String = text
        .lines()
        .filter_map(|line| line.split('#').next())
        .flat_map(|line| line.split_whitespace())
        .collect();
    let bytes = hex(&digits.into());
    assert!(Disclosure::parse(&bytes).is_ok());
    assert_eq!(Reader::new(&bytes).raw(), Ok(bytes.as_slice()));
}

/// The figure of the draft hashes the disclosure without its head; the complete examples hash it
/// with the head, and so does this project.
fn check_misprinted_hash(path: &Path, text: &str) {
    let disclosure = path.with_file_name("first-disclosure.pretty.txt");
    let disclosure = std::fs::read_to_string(disclosure).unwrap();
    let digits: String = disclosure
        .lines()
        .filter_map(|line| line.split('#').next())
        .flat_map(|line| line.split_whitespace())
        .collect();
    assert_ne!(
        digest(&hex(&digits.into())).to_vec(),
        hex(&text.trim().into())
    );
}

/// The key in a PEM file when it is one of P-256; `None` for one of another curve.
fn public_key(pem: &str) -> Option<PublicKey> {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let body = body
        .trim_end_matches('=')
        .replace('+', "-")
        .replace('/', "_");
    let der = base64url(&body);
    // SubjectPublicKeyInfo of P-256 is 26 bytes that never change, then the point.
    let point = der.get(26..).filter(|point| point.len() == 65)?;
    Some(PublicKey::p256(point).unwrap())
}

/// Cases with what a strict verifier, written apart from this one, made of them.
fn check_cases(file: &Json) {
    let issuer: [u8; 32] = hex(&file["issuer_ed25519_public_hex"]).try_into().unwrap();
    let issuer = PublicKey::ed25519(&issuer).unwrap();
    let audience = file["verifier"]["aud"].as_str().unwrap();
    let nonce = hex(&file["verifier"]["cnonce_hex"]);
    let now = file["verifier"]["now"].as_i64().unwrap();
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let bytes = hex(&case["sd_kbt_hex"]);
        let mut context = context(now);
        context.issuer_key = Some(&issuer);
        let report = verify(&bytes, answer(audience, &nonce), &context);
        // No trust list names the issuer of the cases, and no status list is here.
        let failed = report
            .checks()
            .any(|(_, outcome)| matches!(outcome, Outcome::Failed(_)));
        match case["expect"].as_str().unwrap() {
            // The one matter of policy is EdDSA (-8), which this profile reads.
            "accept" | "policy" => {
                assert!(!failed, "{name}: {:?}", report.checks().collect::<Vec<_>>());
                for check in [
                    Check::IssuerSignature,
                    Check::Disclosures,
                    Check::KeyBinding,
                    Check::Freshness,
                ] {
                    assert_eq!(report.outcome(check), Outcome::Passed, "{name}");
                }
                let claims = &report.disclosed().unwrap().claims;
                let expected = hex(&case["validated_claims_deterministic_cbor_hex"]);
                assert_eq!(claims.to_cbor(), expected, "{name}");
            }
            "reject" => assert!(failed, "{name}: {}", case["why"]),
            other => panic!("{name}: unknown outcome {other}"),
        }
    }
}

fn answer<'a>(audience: &'a str, nonce: &'a [u8]) -> Expected<'a> {
    Expected::Answer {
        audience,
        nonce,
        requested_at: 0,
        expires_at: i64::MAX,
    }
}

fn context(now: i64) -> Context<'static> {
    Context {
        now,
        latest_signed_time: 0,
        trust_lists: &[],
        status_lists: &[],
        snapshots: &[],
        status_policy: 0.into(),
        issuer_key: None,
    }
}
