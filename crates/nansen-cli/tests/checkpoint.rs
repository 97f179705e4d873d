//! What a checkpoint is told: receipts and what becomes of the session, what it trusts and how
//! old that is, in text and JSON, and what its exit codes mean.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of it is tests"
)]

mod common;

use common::{NOW, Nansen, VCT};
use serde_json::{Value, json};

/// A day, in seconds.
const DAY: i64 = 24 * 3600;
/// A time at which any clock is in doubt: 2100.
const FAR: i64 = 4_102_444_800;

fn ready() -> Nansen {
    let nansen = Nansen::new();
    let root = nansen.desk();
    nansen.wallet_and_verifier(&root);
    nansen.welder();
    nansen.hand_out_status();
    nansen
}

/// An answer in `response.png`, to the session `s`.
fn answered(nansen: &Nansen, trust: &str, query: &str) {
    nansen
        .run(&format!(
            "request new --name Office --purpose Hiring {query} --session s --trust {trust} \
             --out request.png"
        ))
        .ok();
    nansen
        .run("present request.png --yes --out response.png")
        .ok();
}

/// What people are told, on stdout and stderr.
fn told(nansen: &Nansen, arguments: &str) -> (String, String) {
    let mut command = nansen.command();
    command
        .env("NANSEN_PASSPHRASE", &nansen.passphrase)
        .args(["--now", &nansen.now.to_string()])
        .args(arguments.split_whitespace());
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

/// The trust file `packed`, with what a publisher tells of the desk in a pack.
fn packed(nansen: &Nansen) {
    let issuer = std::fs::read_to_string(nansen.path("issuer.json")).unwrap();
    let mut issuer: Value = serde_json::from_str(&issuer).unwrap();
    issuer["legal_id"] = "NP-1234".into();
    issuer["quality_body"] = "National Assurance Agency".into();
    nansen.write("registered.json", &issuer.to_string());
    let desk = nansen.run("issuer key").ok();
    let key = |half: &str| desk[half]["key"].as_str().unwrap().to_owned();
    let root = key("root");
    nansen
        .run(&format!(
            "root init --publisher npl --root 1:{root} --issuers 1:{root} --verifiers 1:{root} \
             --status 1:{root} --content 1:{root} --out root-1"
        ))
        .ok();
    let signed = nansen.run("root sign root-1").ok();
    let pin = signed["pin"].as_str().unwrap();
    let pack = json!({
        "id": "national", "version": 1, "days": 90,
        "trust_list": {"id": "npl.issuers", "issuers": ["registered.json"]},
        "verifier_list": {"id": "npl.verifiers", "verifiers": [
            {"role": "inspectorate", "names": {"en": "Inspectorate"}, "country": "NPL",
             "keys": [{"key": root, "not_before": 0, "not_after": FAR}],
             "grants": [{"type": VCT, "claims": null}]}]},
        "status": [{"issuer": "https://nstb.example", "key": key("issuer"),
                    "list": "lists/status-1.cwt"}],
        "notes": [
            {"country": "QAT", "topic": "regulations", "titles": {"en": "Heat rules", "ne": "गर्मी"},
             "texts": {"en": "No outdoor work at noon.", "ne": "दिउँसो काम छैन।"},
             "place": {"latitude": 25.28, "longitude": 51.53}},
            {"country": "NPL", "topic": "regulations", "titles": {"en": "Fees"},
             "texts": {"en": "Nobody may take a fee for a job."}}],
        "contacts": [{"country": "QAT", "topic": "support", "names": {"en": "Labour office"},
                      "channels": ["tel:+97440288888"]}],
    });
    nansen.write("pack.json", &pack.to_string());
    nansen
        .run("pack build pack.json --root root-1 --out pack-1")
        .ok();
    nansen
        .run(&format!(
            "trust add --trust packed --publisher root-1={pin} pack-1"
        ))
        .ok();
}

#[test]
fn what_keeps_a_receipt_from_being_signed_leaves_the_session_to_check_again() {
    let nansen = ready();
    answered(
        &nansen,
        "store",
        &format!("--type {VCT} --claim employment.from"),
    );
    let verify = "verify response.png --session s --trust store --receipt receipt";
    let no_desk = nansen.run(&format!("{verify} --receipt-desk nosuch"));
    assert_eq!(no_desk.code(), "file_not_found");
    let message = no_desk.error["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("nosuch: "), "{message}");
    let verify = format!("{verify} --receipt-desk desk.nansen --keep employment.from");
    let mistyped = nansen.run_with(&verify, &[("NANSEN_PASSPHRASE", "wrong")]);
    assert_eq!((mistyped.exit, mistyped.lines.len()), (5, 0));
    assert!(nansen.path("s").exists() && !nansen.path("receipt").exists());

    let verified = nansen.run(&format!("{verify} --keep family_nam")).ok();
    assert_eq!(
        (&verified["verdict"], &verified["receipt"]),
        (
            &json!("valid"),
            &json!({"files": ["receipt"], "not_shown": ["family_nam"]})
        )
    );
    assert!(!nansen.path("s").exists(), "a used session is deleted");
}

#[test]
fn several_presentations_have_a_receipt_each_and_what_is_not_shown_is_named() {
    let nansen = ready();
    let query = |id: &str, claim: &str| {
        json!({"id": id, "format": "dc+sd-cwt", "meta": {"vct_values": [VCT]},
               "claims": [{"path": [claim]}]})
    };
    let queries = json!({"credentials": [query("a", "family_name"), query("b", "eqf_level")]});
    nansen.write("query.json", &queries.to_string());
    answered(&nansen, "store", "--query query.json");
    nansen.write("receipt-2.cose", "taken");
    let verify = "verify response.png --session s --trust store --receipt receipt.cose \
                  --receipt-desk desk.nansen --keep eqf_level --keep family_nam";
    let taken = nansen.run(verify);
    assert_eq!(taken.code(), "file_exists");
    assert_eq!(taken.lines[0]["verdict"], "valid", "the verdict is told");
    assert!(nansen.path("s").exists() && !nansen.path("receipt-1.cose").exists());

    std::fs::remove_file(nansen.path("receipt-2.cose")).unwrap();
    let (said, warned) = told(&nansen, verify);
    assert!(said.starts_with("VALID"), "{said}");
    assert!(
        warned.contains("family_nam") && !warned.contains("eqf_level"),
        "{warned}"
    );
    let kept = |file: &str| {
        let receipt = nansen.run(&format!("receipt {file}")).ok();
        receipt["claims"].as_array().unwrap().len()
    };
    assert_eq!((kept("receipt-1.cose"), kept("receipt-2.cose")), (0, 1));
    assert!(!nansen.path("s").exists());
}

#[test]
fn a_report_tells_who_vouches_for_the_issuer_and_no_age_as_fact_under_a_doubted_clock() {
    let mut nansen = ready();
    packed(&nansen);
    nansen.now = NOW + 3 * DAY;
    answered(
        &nansen,
        "packed",
        &format!("--type {VCT} --claim family_name"),
    );
    std::fs::copy(nansen.path("s"), nansen.path("again")).unwrap();
    let (said, _) = told(&nansen, "verify response.png --session s --trust packed");
    for line in [
        "version 1, 3 days old",
        "Its legal id: NP-1234",
        "Its quality is assured by: National Assurance Agency",
        "status is 3 days old",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    nansen.now = FAR;
    let (said, _) = told(
        &nansen,
        "verify response.png --session again --trust packed",
    );
    let ages = said.lines().filter(|line| line.contains("days old"));
    let ages: Vec<&str> = ages.collect();
    assert_eq!(ages.len(), 2, "{said}");
    assert!(
        ages.iter().all(|line| line.contains("at least")),
        "{ages:?}"
    );
    let (said, _) = told(&nansen, "trust explain --trust packed");
    let ages: Vec<&str> = said.lines().filter(|line| line.contains(" old")).collect();
    assert_eq!(ages.len(), 5, "{said}");
    assert!(
        ages.iter().all(|line| line.contains("at least")),
        "{ages:?}"
    );
}

#[test]
fn snapshots_and_verifier_lists_are_listed_and_explained_with_their_ages() {
    let mut nansen = ready();
    packed(&nansen);
    nansen.now = NOW + 5 * DAY;

    let listed = nansen.run("trust list --trust packed").ok();
    let explained = nansen.run("trust explain --trust packed").ok();
    for said in [&listed, &explained] {
        let known = &said["status_lists"][0];
        assert_eq!(
            (&known["publisher"], &known["issuer"], &known["age"]),
            (
                &json!("npl"),
                &json!("https://nstb.example"),
                &json!(5 * DAY)
            )
        );
        assert_eq!(
            (&known["entries"], &known["counts"]),
            (&json!(65_536), &json!(true))
        );
    }
    assert_eq!(explained["publishers"][0]["name"], "npl");
    assert_eq!(explained["packs"][0]["age"], 5 * DAY);
    let (text, _) = told(&nansen, "trust list --trust packed");
    assert!(text.contains("verifier list npl.verifiers"), "{text}");
    assert!(text.contains("5 days old: 65536 places"), "{text}");
    let (text, _) = told(&nansen, "trust explain --trust packed --issuer Skills");
    let line = "65536 places in status list https://nstb.example/s/1 of https://nstb.example is \
                5 days old, on the word of npl.";
    assert!(text.contains(line), "{text}");
    let (text, _) = told(&nansen, "trust explain --trust store");
    assert!(
        text.contains("5 days old, on the issuer's own word."),
        "{text}"
    );

    let pack = std::fs::read_to_string(nansen.path("pack.json")).unwrap();
    let mut pack: Value = serde_json::from_str(&pack).unwrap();
    pack["version"] = 2.into();
    pack["trust_list"]["issuers"] = json!([]);
    nansen.write("pack.json", &pack.to_string());
    nansen
        .run("pack build pack.json --root root-1 --out pack-2")
        .ok();
    nansen.run("trust add --trust packed pack-2").ok();
    let (text, _) = told(&nansen, "trust list --trust packed");
    assert!(text.contains("counts for NOTHING"), "{text}");
}

#[test]
fn a_store_that_trusts_nothing_and_a_key_that_was_withdrawn_are_told_in_words() {
    let mut nansen = ready();
    let key = nansen.run("issuer key").ok();
    let (kid, root) = (&key["issuer"]["kid"], &key["root"]["key"]);
    let (kid, root) = (kid.as_str().unwrap(), root.as_str().unwrap());
    nansen.now += 60;
    nansen
        .run(&format!(
            "issuer trust-list --cut-off {kid}={} --out next.cwt",
            NOW + 30
        ))
        .ok();
    nansen.run("trust add --trust store next.cwt").ok();
    let (text, _) = told(&nansen, "trust explain --trust store");
    let words = "from 2026-09-21T14:13:20Z until 2026-09-21T14:13:50Z is trusted, not since";
    assert!(text.contains(words), "{text}");

    nansen.run("trust add --trust empty").ok();
    let (text, _) = told(&nansen, "trust explain --trust empty");
    assert!(text.starts_with("Nothing is trusted here yet"), "{text}");
    nansen
        .run(&format!("trust add --trust empty --root={root}"))
        .ok();
    let (text, _) = told(&nansen, "trust explain --trust empty");
    assert!(
        text.starts_with("No trust list here names an issuer"),
        "{text}"
    );
}

#[test]
fn what_packs_say_of_a_country_is_found_by_words_and_the_nearest_first() {
    let mut nansen = ready();
    packed(&nansen);
    nansen.now += 3 * DAY;
    let found = nansen
        .run("trust notes --trust packed --country QAT --near 25.0,51.5 --language ne-NP")
        .ok();
    assert_eq!(found["notes"].as_array().unwrap().len(), 1);
    let note = &found["notes"][0];
    assert_eq!(
        (&note["title"], &note["publisher"], &note["age"]),
        (&json!("गर्मी"), &json!("npl"), &json!(3 * DAY))
    );
    let metres = note["metres"].as_i64().unwrap();
    assert!((31_000..32_000).contains(&metres), "{metres}");
    assert_eq!(
        found["contacts"][0]["channels"],
        json!(["tel:+97440288888"])
    );

    let (text, _) = told(&nansen, "trust notes --trust packed FEE job");
    assert_eq!(
        text,
        "NPL: Fees\n  Nobody may take a fee for a job.\n  (regulations, on the word of npl, \
         3 days old)\n"
    );
    let (text, _) = told(&nansen, "trust notes --trust packed --country DEU");
    assert!(
        text.contains("There are notes or contacts of: NPL, QAT."),
        "{text}"
    );
    let (text, _) = told(&nansen, "trust notes --trust store");
    assert!(text.starts_with("No pack here has notes"), "{text}");
    for wrong in ["91,0", "0,181", "NaN,0", "25.28"] {
        let said = nansen.run(&format!("trust notes --trust packed --near={wrong}"));
        assert_eq!((said.exit, said.code()), (2, "usage"), "{wrong}");
    }
}

#[test]
fn what_of_a_trust_file_cannot_be_read_is_told_and_the_rest_serves() {
    let nansen = ready();
    let list = std::fs::read(nansen.path("trust.cwt")).unwrap();
    let mut store = std::fs::read(nansen.path("store")).unwrap();
    let mut places = store.windows(list.len());
    let place = places.position(|bytes| bytes == list).unwrap();
    store[place + 1] ^= 0xff;
    std::fs::write(nansen.path("broken"), store).unwrap();
    let (text, warned) = told(&nansen, "trust list --trust broken");
    assert!(text.starts_with("root "), "{text}");
    assert!(!text.contains("trust list"), "{text}");
    assert!(warned.contains("part of what was trusted"), "{warned}");
    nansen.run("trust add --trust broken trust.cwt").ok();
    let (text, warned) = told(&nansen, "trust list --trust broken");
    assert!(text.contains("trust list"), "{text}");
    assert_eq!(warned, "");
}

#[test]
fn what_was_not_trusted_is_not_removed_and_that_is_no_success() {
    let nansen = ready();
    for wrong in ["", "--pack npl.national", "--pack /national"] {
        let said = nansen.run(&format!("trust remove --trust store {wrong}"));
        assert_eq!((said.exit, said.code()), (2, "usage"), "{wrong}");
    }
    let before = std::fs::read(nansen.path("store")).unwrap();
    for unknown in [
        "--pack npl/national",
        "--publisher npl",
        "--list npl/welders",
    ] {
        let said = nansen.run(&format!("trust remove --trust store {unknown}"));
        assert_eq!((said.exit, said.code()), (1, "not_trusted"), "{unknown}");
        let message = said.error["error"]["message"].as_str().unwrap();
        assert!(message.contains("npl"), "{message}");
    }
    let key = nansen.run("issuer key").ok();
    let root = key["root"]["key"].as_str().unwrap();
    let both = nansen.run(&format!(
        "trust remove --trust store --root={root} --publisher npl"
    ));
    assert_eq!(both.exit, 1, "all of it or nothing");
    assert_eq!(std::fs::read(nansen.path("store")).unwrap(), before);
    let listed = nansen.run("trust list --trust store").ok();
    let id = listed["trust_lists"][0]["id"].as_str().unwrap();
    let signer = listed["trust_lists"][0]["signer"].as_str().unwrap();
    assert_eq!(signer, root);
    for what in [format!("--list={signer}/{id}"), format!("--root={root}")] {
        let removed = nansen.run(&format!("trust remove --trust store {what}"));
        assert_eq!(removed.ok()["removed"], true, "{what}");
        let listed = nansen.run("trust list --trust store").ok();
        assert_eq!(listed["trust_lists"], json!([]));
        let is_root_left = what.starts_with("--list");
        assert_eq!(listed["roots"] == json!([root]), is_root_left);
    }
}

#[test]
fn refusals_have_codes_of_their_own_and_name_the_file() {
    let nansen = ready();
    nansen
        .run("issuer trust-list --issuer issuer.json --out next.cwt")
        .ok();
    nansen.run("trust add --trust store next.cwt").ok();
    let older = nansen.run("trust add --trust store trust.cwt");
    assert_eq!(older.code(), "outdated");
    let unknown = nansen.run("trust add --trust other next.cwt");
    assert_eq!(unknown.code(), "untrusted");
    nansen.write("pack.json", "{}\n{}\n");
    let no_pack = nansen.run("pack apply pack.json --trust store");
    assert_eq!(no_pack.code(), "no_code");
    let message = no_pack.error["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("pack.json: "), "{message}");
}

#[test]
fn the_exit_code_of_a_queue_tells_what_to_look_at() {
    let nansen = ready();
    let list = nansen.run("vault list").ok();
    let id = list["credentials"][0]["id"].as_str().unwrap().to_owned();
    std::fs::create_dir_all(nansen.path("queue/yesterday")).unwrap();
    let empty = nansen.run("batch queue --trust store");
    assert_eq!((empty.exit, empty.code()), (1, "no_files"));

    for number in 1..=140 {
        let name = format!("queue/{number:03}.txt");
        if number == 1 {
            let show = format!("present --one-way {id} --show given_name --out {name}");
            nansen.run(&show).ok();
        } else {
            std::fs::copy(nansen.path("queue/001.txt"), nansen.path(&name)).unwrap();
        }
    }
    let batch = |more: &str| nansen.run(&format!("batch queue --trust store {more}"));
    let good = batch("--threads 2");
    assert_eq!(good.exit, 0, "as good as a code without a request can be");
    let tally = &good.lines[140];
    assert_eq!(
        (&tally["undetermined"], &tally["folders_passed_over"]),
        (&json!(140), &json!(1))
    );
    assert_eq!(good.lines[139]["file"], "queue/140.txt", "in order");
    assert_eq!(batch("--max-status-age=-1").exit, 4, "status is old");
    assert_eq!(
        batch("--max-status-age=-1 --status-policy refuse").exit,
        3,
        "invalid"
    );
    assert_eq!(batch("--threads 65").exit, 2);
    nansen.write(
        "card.json",
        r#"{"status": false, "claims": {"name": "First aid"}}"#,
    );
    nansen.run("issuer copy card.json --out card.png").ok();
    assert_eq!(nansen.run("batch card.png --trust store").exit, 0);
    assert_eq!(nansen.run("batch card.png").exit, 4, "nobody is trusted");
    nansen.write("queue/141.txt", "no code\n");
    assert_eq!(batch("").exit, 4, "not all was read");
}
