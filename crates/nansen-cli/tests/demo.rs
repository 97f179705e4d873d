//! The demonstration, as scripts read it.

mod common;

use common::Nansen;
use serde_json::Value;

#[test]
fn the_demonstration_ends_with_one_object_and_leaves_its_pictures() {
    let nansen = Nansen::new();
    let said = nansen.run("demo --out pictures").ok();
    assert_eq!(said["verdict"], "valid");
    assert!(said["compact_bytes"].as_u64() < said["presentation_bytes"].as_u64());
    assert!(said["response_qr_version"].as_u64().unwrap() <= 20);
    for time in ["unlock", "present", "verify"] {
        assert!(said["timings_us"][time].as_u64().unwrap() > 0, "{time}");
    }
    for picture in ["pictures/request.png", "pictures/response.png"] {
        assert!(nansen.path(picture).is_file(), "{picture}");
    }
    let shown = nansen.run("request show pictures/request.png").ok();
    assert_eq!(
        shown["query"]["credentials"][0]["claims"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
}

#[test]
fn everything_that_must_be_refused_is_refused_for_its_own_reason() {
    let said = Nansen::new().run("demo --out pictures").ok();
    let refusals: Vec<(&str, &str, &str)> = said["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refusal| {
            let text = |name: &str| refusal.get(name).and_then(Value::as_str).unwrap();
            (text("name"), text("verdict"), text("code"))
        })
        .collect();
    assert_eq!(
        refusals,
        [
            ("replay", "invalid", "wrong_nonce"),
            ("changed_byte", "invalid", "disclosure_mismatch"),
            ("wrong_holder", "invalid", "key_binding_bad"),
            ("unknown_issuer", "undetermined", "issuer_unknown"),
            ("wrong_type", "invalid", "type_not_allowed"),
            ("expired", "invalid", "expired"),
            ("not_yet_valid", "invalid", "not_yet_valid"),
            ("revoked", "invalid", "revoked"),
            ("stale_status", "undetermined", "status_stale"),
            ("clock_set_back", "undetermined", "clock_behind"),
            ("stripped_key_binding", "invalid", "key_binding_missing"),
        ]
    );
}
