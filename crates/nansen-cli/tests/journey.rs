//! From a desk's claim file to a verifier's report, through files and pictures only.

mod common;

use common::{NOW, Nansen, VCT};
use serde_json::json;

fn ready() -> (Nansen, String, String) {
    let nansen = Nansen::new();
    let root = nansen.desk();
    nansen.wallet_and_verifier(&root);
    let (id, logged) = nansen.welder();
    nansen.hand_out_status();
    (nansen, id, logged)
}

fn ask(nansen: &Nansen, name: &str) {
    nansen
        .run(&format!(
            "request new --name Site|office --purpose Hiring --type {VCT} --claim family_name \
             --claim employment.from --session {name}.session --trust store --out {name}.png"
        ))
        .ok();
}

#[test]
fn what_is_asked_for_is_shown_and_checked() {
    let (nansen, id, _) = ready();
    ask(&nansen, "request");
    let presented = nansen
        .run("present request.png --yes --out response.png")
        .ok();
    assert_eq!(presented["verifier"]["known"], "unknown");
    assert_eq!(
        presented["shown"],
        json!([{"credential": id, "claims": ["family_name", "employment.from"]}])
    );
    let verified = nansen
        .run("verify response.png --session request.session --trust store")
        .ok();
    assert_eq!(verified["verdict"], "valid");
    let shown = &verified["presentations"][0];
    assert_eq!(shown["claims"]["family_name"], "Gurung");
    assert_eq!(shown["claims"].get("given_name"), None);
    assert_eq!(shown["issuer"]["names"]["en"], "Skills Board");
    assert!(
        !nansen.path("request.session").exists(),
        "a used session is deleted"
    );
    let history = nansen.run("vault history").ok();
    assert_eq!(history["history"][0]["name"], "Site office");
}

#[test]
fn an_answer_opens_only_in_the_session_that_asked() {
    let (nansen, ..) = ready();
    ask(&nansen, "first");
    ask(&nansen, "second");
    nansen
        .run("present first.png --yes --out response.png")
        .ok();
    let replayed = nansen.run("verify response.png --session second.session --trust store");
    assert_eq!(replayed.exit, 3);
    assert_eq!(replayed.lines[0]["code"], "not_for_this_request");
    assert!(
        nansen.path("second.session").exists(),
        "the session still waits"
    );
}

#[test]
fn many_small_codes_and_texts_carry_what_one_code_does() {
    let (nansen, ..) = ready();
    ask(&nansen, "request");
    let drawn = nansen
        .run("present request.png --yes --version-max 8 --out codes/")
        .ok();
    assert!(drawn["codes"].as_u64().unwrap() > 3);
    let verified = nansen.run("verify codes --session request.session --trust store");
    assert_eq!(verified.exit, 0);

    ask(&nansen, "texts");
    let texts = nansen.run("present texts.png --yes --version-max 8").ok();
    let texts: Vec<&str> = texts["texts"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|text| text.as_str())
        .collect();
    nansen.write("codes.txt", &texts.join("\n"));
    let verified = nansen.run("verify codes.txt --session texts.session --trust store");
    assert_eq!(verified.exit, 0);
}

#[test]
fn revoked_is_invalid_and_an_old_list_is_undetermined() {
    let (mut nansen, _, logged) = ready();
    nansen.now = NOW + 40 * 24 * 3600;
    ask(&nansen, "late");
    nansen
        .run("present late.png --yes --out late-response.png")
        .ok();
    let late = nansen.run("verify late-response.png --session late.session --trust store");
    assert_eq!(
        (late.exit, &late.lines[0]["presentations"][0]["code"]),
        (4, &json!("status_stale"))
    );

    nansen.run(&format!("issuer revoke {logged}")).ok();
    nansen.hand_out_status();
    ask(&nansen, "request");
    nansen
        .run("present request.png --yes --out response.png")
        .ok();
    let revoked = nansen.run("verify response.png --session request.session --trust store");
    assert_eq!(
        (revoked.exit, &revoked.lines[0]["presentations"][0]["code"]),
        (3, &json!("revoked"))
    );
}

#[test]
fn a_suspension_ends_and_a_revocation_does_not() {
    let (nansen, _, logged) = ready();
    nansen.run(&format!("issuer suspend {logged}")).ok();
    assert_eq!(nansen.run("issuer log").ok()["status"], "suspended");
    assert_eq!(
        nansen.run(&format!("issuer reinstate {logged}")).ok()["before"],
        "suspended"
    );
    nansen.run(&format!("issuer revoke {logged}")).ok();
    assert_eq!(
        nansen.run(&format!("issuer reinstate {logged}")).code(),
        "field"
    );
    assert_eq!(nansen.run("issuer log").ok()["status"], "revoked");
    assert_eq!(nansen.run("issuer revoke 1:999999").exit, 1);
}

#[test]
fn without_a_request_nothing_is_ever_called_valid() {
    let (nansen, id, _) = ready();
    nansen
        .run(&format!(
            "present --one-way {id} --show given_name --out one-way.png"
        ))
        .ok();
    let one_way = nansen.run("verify one-way.png --trust store");
    assert_eq!(
        (one_way.exit, &one_way.lines[0]["presentations"][0]["code"]),
        (4, &json!("not_bound_to_this_meeting"))
    );

    nansen.write(
        "card.json",
        r#"{"status": false, "claims": {"name": "First aid", "family_name": "Gurung"}}"#,
    );
    nansen
        .run("issuer copy card.json --level q --out card.png")
        .ok();
    let copy = nansen.run("verify card.png --trust store");
    assert_eq!(copy.exit, 4);
    assert_eq!(copy.lines[0]["kind"], "copy");
    assert_eq!(
        copy.lines[0]["presentations"][0]["code"],
        "holder_not_proven"
    );
    assert_eq!(
        copy.lines[0]["presentations"][0]["claims"]["name"],
        "First aid"
    );
}

#[test]
fn an_older_trust_list_is_refused() {
    let (nansen, ..) = ready();
    nansen
        .run("issuer trust-list --remove https://nstb.example --out next.cwt")
        .ok();
    nansen.run("trust add --trust store next.cwt").ok();
    let back = nansen.run("trust add --trust store trust.cwt");
    assert_eq!(back.exit, 1);
    let listed = nansen.run("trust list --trust store").ok();
    assert_eq!(listed["trust_lists"][0]["version"], 2);
}

#[test]
fn a_request_that_nothing_answers_is_told_apart() {
    let (nansen, ..) = ready();
    nansen
        .run("request new --name Office --purpose Papers --type urn:nansen:identity:1 --claim family_name --session s --out request.png")
        .ok();
    let said = nansen.run("present request.png --yes --out response.png");
    assert_eq!((said.exit, said.code()), (9, "nothing_to_show"));
}

#[test]
fn a_claim_that_nobody_asked_for_is_not_shown() {
    let (nansen, ..) = ready();
    ask(&nansen, "request");
    let said = nansen.run("present request.png --yes --show given_name --out response.png");
    assert_eq!(said.exit, 1);
    assert!(!nansen.path("response.png").exists());
}

#[test]
fn a_script_that_does_not_say_yes_shows_nothing() {
    let (nansen, ..) = ready();
    ask(&nansen, "request");
    let said = nansen.run("present request.png --out response.png");
    assert_eq!((said.exit, said.code()), (1, "nobody_to_ask"));
}

#[test]
fn of_claims_that_are_not_required_only_those_named_are_shown() {
    let (nansen, ..) = ready();
    nansen.write(
        "query.json",
        r#"{"credentials": [{"id": "c", "format": "dc+sd-cwt",
            "meta": {"vct_values": ["urn:nansen:skills:1"]},
            "claims": [{"id": "f", "path": ["family_name"]}, {"id": "g", "path": ["given_name"]},
                       {"id": "e", "path": ["employment", "from"]}],
            "claim_sets": [["f", "g"], ["f", "e"]]}]}"#,
    );
    nansen
        .run("request new --name Office --purpose Hiring --query query.json --trust store --session s --out request.png")
        .ok();
    let nothing_more = nansen.run("present request.png --yes --out response.png");
    assert_eq!(nothing_more.exit, 1, "neither set is complete");
    let presented = nansen
        .run("present request.png --yes --show employment.from --out response.png")
        .ok();
    assert_eq!(
        presented["shown"][0]["claims"],
        json!(["family_name", "employment.from"])
    );
    let verified = nansen
        .run("verify response.png --session s --trust store")
        .ok();
    assert_eq!(
        verified["presentations"][0]["withheld"],
        json!(["given_name"])
    );
}

#[test]
fn what_a_withdrawn_key_signed_is_invalid() {
    let (mut nansen, ..) = ready();
    let key = nansen.run("issuer key").ok();
    let kid = key["issuer"]["kid"].as_str().unwrap();
    nansen.now += 60;
    let cut_off = format!("--cut-off {kid}={}", NOW - 1);
    nansen
        .run(&format!("issuer trust-list {cut_off} --out next.cwt"))
        .ok();
    nansen.run("trust add --trust store next.cwt").ok();
    ask(&nansen, "request");
    nansen
        .run("present request.png --yes --out response.png")
        .ok();
    let verified = nansen.run("verify response.png --session request.session --trust store");
    let code = &verified.lines[0]["presentations"][0]["code"];
    assert_eq!((verified.exit, code), (3, &json!("issuer_key_cut_off")));
}

#[test]
fn a_folder_of_codes_is_checked_at_once_with_a_summary() {
    let nansen = Nansen::new();
    let root = nansen.desk();
    nansen.wallet_and_verifier(&root);
    let (id, _) = nansen.welder();
    nansen.hand_out_status();
    std::fs::create_dir(nansen.path("queue")).unwrap();
    for name in ["a.png", "b.txt"] {
        nansen
            .run(&format!(
                "present --one-way {id} --show given_name --out queue/{name}"
            ))
            .ok();
    }
    nansen.write("queue/c.txt", "no code\n");
    let said = nansen.run("batch queue --trust store --threads 2");
    let [first, second, unread, tally] = said.lines.as_slice() else {
        panic!("{:?}", said.lines)
    };
    assert_eq!((said.exit, &unread["code"]), (4, &"no_code".into()));
    assert_eq!(first["spoken"], "may be a recording");
    assert_eq!(second["file"], "queue/b.txt");
    assert_eq!(
        (
            &tally["total"],
            &tally["undetermined"],
            &tally["unreadable"]
        ),
        (&3.into(), &2.into(), &1.into())
    );
    for what in ["batch", "verify"] {
        let strict = nansen.run(&format!(
            "{what} queue/a.png --trust store --max-status-age=-1 --status-policy refuse"
        ));
        let line = &strict.lines[0];
        let code = line
            .get("code")
            .unwrap_or(&line["presentations"][0]["code"]);
        assert_eq!((strict.exit, code), (3, &"status_refused".into()), "{what}");
    }
}

#[test]
fn a_receipt_is_signed_for_the_file_with_no_claim_but_those_that_are_named() {
    let (nansen, ..) = ready();
    ask(&nansen, "request");
    nansen
        .run("present request.png --yes --out response.png")
        .ok();
    let verified = nansen.run(
        "verify response.png --session request.session --trust store --receipt receipt \
         --receipt-desk desk.nansen --keep employment.from",
    );
    assert_eq!(verified.ok()["verdict"], "valid");
    let receipt = nansen.run("receipt receipt").ok();
    assert_eq!(
        (&receipt["verdict"], &receipt["name"], &receipt["purpose"]),
        (&"valid".into(), &"Skills Board".into(), &"Hiring".into())
    );
    let effect = receipt["issued"]["legal_effect"].as_str().unwrap();
    assert!(effect.contains("not a licence"), "{effect}");
    assert_eq!(
        receipt["claims"],
        json!([{"path": "employment.from", "value": "2021-02"}])
    );
    let bytes = std::fs::read(nansen.path("receipt")).unwrap();
    assert!(!bytes.windows(6).any(|part| part == b"Gurung"));
    let again = nansen.run(
        "verify response.png --session request.session --trust store --receipt receipt \
         --receipt-desk desk.nansen",
    );
    assert_eq!(again.code(), "file_exists");
}
