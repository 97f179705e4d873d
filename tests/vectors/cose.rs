//! `cose-wg-examples`: messages of the COSE working group with their keys and bytes to sign.

use nansen_credential::Error;
use nansen_credential::cbor::Reader;
use nansen_credential::cose::{Algorithm, Sign1, header, signature_input};
use serde_json::Value;

use crate::{folder, hex, json, public_key};

/// Kinds of message that are no `COSE_Sign1`, as the examples call them.
const OTHER_KINDS: [&str; 5] = ["sign", "mac", "mac0", "encrypted", "enveloped"];

const NO_TAG: Error = Error::Missing {
    what: "tag 18 (COSE_Sign1)",
};

#[test]
fn cose_vectors_verify_or_fail_as_they_say() {
    let Some(files) = folder("cose-wg-examples") else {
        return;
    };
    let (mut verified, mut refused, mut unsupported, mut other) = (0, 0, 0, 0);
    for path in files {
        let at = path.display();
        if is_key_set(&path) {
            continue;
        }
        let file = json(&path);
        let bytes = hex(&file["output"]["cbor"]);
        let input = file["input"].as_object().unwrap();
        let Some(sign1) = input.get("sign0") else {
            let kind = OTHER_KINDS.iter().find(|kind| input.contains_key(**kind));
            assert!(kind.is_some(), "{at}: unknown kind of message");
            assert_eq!(Sign1::parse(&bytes).err(), Some(NO_TAG), "{at}");
            other += 1;
            continue;
        };
        if !matches!(sign1["alg"].as_str(), Some("ES256" | "EdDSA")) {
            let found = Sign1::parse(&bytes).unwrap().algorithm();
            assert!(matches!(found, Err(Error::UnsupportedAlgorithm(_))), "{at}");
            unsupported += 1;
        } else if file["fail"] == true {
            let refusal = verify(sign1, &bytes, None).unwrap_err();
            let expected = [
                NO_TAG,
                Error::UnsupportedAlgorithm(-999),
                Error::BadSignature,
            ];
            assert!(expected.contains(&refusal), "{at}: {refusal}");
            refused += 1;
        } else {
            let to_sign = hex(&file["intermediates"]["ToBeSign_hex"]);
            assert_eq!(verify(sign1, &bytes, Some(&to_sign)), Ok(()), "{at}");
            verified += 1;
        }
    }
    println!(
        "{verified} verified, {refused} refused, {unsupported} of other algorithms, \
         {other} of other kinds"
    );
    assert!(verified > 0 && refused > 0 && unsupported > 0 && other > 0);
}

/// The keys of all examples in diagnostic notation; each example repeats its own.
fn is_key_set(path: &std::path::Path) -> bool {
    path.extension().is_some_and(|extension| extension == "txt")
        && std::fs::read_to_string(path).unwrap().contains("/ kty /")
}

/// Verifies as this profile does, and where the profile is stricter than RFC 9052, says exactly
/// at which point and verifies the rest.
fn verify(sign1: &Value, bytes: &[u8], to_sign: Option<&[u8]>) -> Result<(), Error> {
    let key = public_key(&sign1["key"]).unwrap();
    let external_aad = sign1.get("external").map(hex).unwrap_or_default();
    let message = match Sign1::parse(bytes) {
        // RFC 9052 lets the tag be left out where the context tells the kind of message; a
        // credential always has it. Another tag is another kind of message.
        Err(error) if error == NO_TAG && to_sign.is_some() => {
            Sign1::read_untagged(&mut Reader::new(bytes))?
        }
        message => message?,
    };
    let signed = signature_input(message.protected_bytes, &external_aad, message.payload);
    if let Some(to_sign) = to_sign {
        assert_eq!(signed, to_sign);
    }
    if external_aad.is_empty() {
        match message.verify(&key) {
            // RFC 9052 lets `alg` stand where nothing authenticates it; this profile does not.
            Err(Error::Missing { what: "algorithm" }) => {}
            result => return result,
        }
    }
    let algorithm = match message.algorithm() {
        Ok(algorithm) => algorithm,
        Err(_) => Algorithm::from_id(message.unprotected.label(header::ALG).unwrap().int()?)?,
    };
    key.verify(algorithm, &signed, message.signature)
}
