//! A publisher of two root keys at two desks, its packs, and a verifier that goes by them.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of it is tests"
)]

mod common;

use common::{NOW, Nansen, Said, VCT};
use nansen_credential::pack::{Kind, Pack, TypeNames};
use nansen_credential::trust::{Root, VerifierList};
use serde_json::{Value, json};

/// Desks of the publisher: `a.nansen` also issues; `b.nansen` only signs statements.
struct Publisher {
    nansen: Nansen,
    pin: String,
    /// The root keys of both.
    keys: [String; 2],
}

impl Publisher {
    fn new() -> Self {
        let nansen = Nansen::new();
        let root = |desk: &str, issuer: &str| {
            let made = nansen.run(&format!(
                "issuer init --desk {desk} {issuer} --root --status-bits 2 --kdf floor"
            ));
            made.ok()["root"]["key"].as_str().unwrap().to_owned()
        };
        let school = "--uri https://nstb.example --name en=Skills|Board --country NPL \
                      --type urn:nansen:skills:1";
        let (a, b) = (root("a.nansen", school), root("b.nansen", ""));
        nansen
            .run(&format!(
                "root init --publisher npl.ctevt --root 2:{a},{b} --issuers 1:{a} \
                 --verifiers 1:{a} --status 1:{a} --content 1:{a} --out root-1"
            ))
            .ok();
        nansen.run("root sign --desk a.nansen root-1").ok();
        let signed = nansen.run("root sign --desk b.nansen root-1").ok();
        assert_eq!(
            (&signed["signed"], &signed["threshold"]),
            (&2.into(), &2.into())
        );
        nansen
            .run("issuer key --desk a.nansen --out school.json")
            .ok();
        Self {
            pin: signed["pin"].as_str().unwrap().to_owned(),
            nansen,
            keys: [a, b],
        }
    }

    /// Another root of both desks, which `a` alone signs.
    fn other_root(&self, roles: &str, out: &str) {
        let [a, b] = &self.keys;
        let roles = roles.replace("$A", a).replace("$B", b);
        let init = format!("root init --publisher npl.other --root 1:{a} {roles} --out {out}");
        self.nansen.run(&init).ok();
        let sign = format!("root sign --desk a.nansen {out}");
        self.nansen.run(&sign).ok();
    }

    /// What building from this description is refused for.
    fn refused(&self, description: &Value) -> String {
        self.nansen.write("pack.json", &description.to_string());
        let said = self
            .nansen
            .run("pack build pack.json --desk a.nansen --root root-1 --out refused");
        assert_eq!(said.exit, 1, "{description}");
        assert!(!self.nansen.path("refused").exists());
        message(&said)
    }

    /// The status list of `a`, as `lists/status-1.cwt`.
    fn hand_out_status(&self) {
        self.nansen.write("welder.json", common::WELDER);
        let key = &self.keys[1];
        let issue =
            format!("issuer issue welder.json --desk a.nansen --device-key={key} --out w.cwt");
        self.nansen.run(&issue).ok();
        self.nansen
            .run("issuer status-list --desk a.nansen --out lists")
            .ok();
    }

    fn issuing_key(&self) -> String {
        let key = self.nansen.run("issuer key --desk a.nansen").ok();
        key["issuer"]["key"].as_str().unwrap().to_owned()
    }

    fn describe(&self, version: u64) {
        let description = json!({
            "id": "npl.national", "version": version, "days": 90,
            "trust_list": {"id": "npl.issuers", "issuers": ["school.json"]},
            "notes": [{"country": "QAT", "topic": "regulations", "titles": {"en": "Heat rules"},
                "texts": {"en": "No outdoor work at noon."},
                "place": {"latitude": 25.285447, "longitude": 51.53104}}],
            "contacts": [{"country": "QAT", "topic": "next_step", "names": {"en": "Help desk"},
                "channels": ["tel:+97440000000"]}],
            "types": [{"type": VCT, "names": {"en": "Skills certificate"},
                "labels": {"family_name": {"en": "Family name"}}}],
        });
        self.nansen.write("pack.json", &description.to_string());
    }

    fn build(&self, version: u64, roots: &str) -> Value {
        self.describe(version);
        let build = format!("pack build pack.json --desk a.nansen {roots} --out pack-{version}");
        self.nansen.run(&build).ok()
    }

    fn trusts(&self) {
        let add = format!(
            "trust add --trust store --publisher root-1={} pack-1",
            self.pin
        );
        let added = self.nansen.run(&add).ok();
        assert_eq!(added["added"][1]["added"], "new");
    }
}

fn message(said: &Said) -> String {
    let message = said.error["error"]["message"].as_str();
    message.unwrap_or_default().to_owned()
}

#[track_caller]
fn assert_names(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

#[test]
fn a_pack_is_built_inspected_taken_in_and_told_as_a_delta() {
    let publisher = Publisher::new();
    let nansen = &publisher.nansen;
    let built = publisher.build(1, "--root root-1");
    assert_eq!(
        (&built["complete"], &built["items"]),
        (&true.into(), &4.into())
    );
    publisher.trusts();
    let inspected = nansen.run("pack inspect pack-1 --trust store").ok();
    assert_eq!(inspected["acceptable"], true);
    assert_eq!(inspected["items"][0]["kind"], "trust_list");

    publisher.build(2, "--root root-1");
    let diff = nansen
        .run("pack diff pack-1 pack-2 --root root-1 --out delta")
        .ok();
    assert!(diff["bytes"].as_u64() < diff["full"].as_u64());
    let applied = nansen.run("pack apply delta --trust store").ok();
    assert_eq!(applied["added"][0]["added"], "replaced");
    assert_eq!(nansen.run("pack apply pack-1 --trust store").exit, 1);
    let listed = nansen.run("trust list --trust store").ok();
    assert_eq!(listed["packs"][0]["version"], 2);
    assert_eq!(listed["publishers"][0]["pin"], publisher.pin.as_str());

    let inspected = nansen.run("pack inspect pack-1 --trust store").ok();
    assert_eq!(inspected["acceptable"], false);
    assert!(inspected["refused"].as_str().unwrap().contains("older"));
}

#[test]
fn a_pack_goes_over_codes() {
    let publisher = Publisher::new();
    let nansen = &publisher.nansen;
    publisher.build(1, "--root root-1");
    publisher.trusts();
    let sent = nansen.run("qr encode pack-1 --out codes.txt");
    if sent.exit != 0 {
        panic!("{}", sent.error);
    }
    let taken = nansen.run("pack apply codes.txt --trust store").ok();
    assert_eq!(taken["added"][0]["added"], "already_here");
}

#[test]
fn a_statement_that_too_few_signed_is_no_root_and_a_rotation_needs_both() {
    let publisher = Publisher::new();
    let nansen = &publisher.nansen;
    publisher.build(1, "--root root-1");
    publisher.trusts();
    let made = nansen
        .run("issuer init --desk c.nansen --root --kdf floor")
        .ok();
    let c = made["root"]["key"].as_str().unwrap();
    let key = |desk: &str| {
        let key = nansen.run(&format!("issuer key --desk {desk}")).ok();
        key["root"]["key"].as_str().unwrap().to_owned()
    };
    let b = key("b.nansen");
    nansen
        .run(&format!("root rotate root-1 --root 2:{b},{c} --out root-2"))
        .ok();
    nansen.run("root sign --desk b.nansen root-2").ok();
    let short = nansen.run("trust add --trust store root-2");
    assert_eq!(short.exit, 1, "one of two of the statement before");
    nansen.run("root sign --desk c.nansen root-2").ok();
    assert_eq!(nansen.run("trust add --trust store root-2").exit, 1);
    let blind = nansen.run("root sign --desk a.nansen root-2");
    assert_eq!(blind.code(), "key_not_asked", "not of the new statement");
    assert_names(&message(&blind), &["npl.ctevt version 2", "--root"]);
    let again = nansen.run("root sign --desk b.nansen root-2").ok();
    assert_eq!(
        (&again["signed"], &again["before"]),
        (&2.into(), &Value::Null)
    );
    let full = nansen
        .run("root sign --desk a.nansen --root root-1 root-2")
        .ok();
    assert_eq!(
        full["before"],
        json!({"version": 1, "signed": 2, "threshold": 2})
    );

    let built = publisher.build(2, "--root root-1 --root root-2");
    assert_eq!(built["items"], 5, "the rotation travels along");
    nansen.run("pack apply pack-2 --trust store").ok();
    let listed = nansen.run("trust list --trust store").ok();
    assert_eq!(listed["publishers"][0]["version"], 2);
    let again = nansen.run("trust add --trust store root-2").ok();
    assert_eq!(again["added"][0]["added"], "already_here");
}

#[test]
fn rotations_are_followed_in_any_order_and_a_gap_is_named() {
    let publisher = Publisher::new();
    let nansen = &publisher.nansen;
    publisher.build(1, "--root root-1");
    publisher.trusts();
    for next in [2, 3] {
        let held = next - 1;
        let rotate = format!("root rotate root-{held} --out root-{next}");
        let drafted = nansen.run(&rotate).ok();
        assert_eq!(drafted["before"]["version"], held);
        let chain: String = (1..next)
            .map(|held| format!(" --root root-{held}"))
            .collect();
        for desk in ["a", "b"] {
            let sign = format!("root sign --desk {desk}.nansen root-{next}{chain}");
            nansen.run(&sign).ok();
        }
    }
    let gap = nansen.run("trust add --trust store root-3");
    let said = ["root-3", "version 3 does not follow version 1"];
    assert_names(&message(&gap), &said);
    publisher.describe(2);
    let build = "pack build pack.json --desk a.nansen --out pack-2 --root root-1 --root root-3";
    assert_names(&message(&nansen.run(build)), &said);
    let gap = nansen.run("root sign --desk a.nansen --root root-1 root-3");
    assert_names(&message(&gap), &said);
    let swapped = nansen.run("trust add --trust store root-3 root-2").ok();
    assert_eq!(swapped["added"][1]["added"], "replaced");
}

#[test]
fn files_that_are_no_statement_are_named() {
    let publisher = Publisher::new();
    for command in [
        "root sign --desk a.nansen school.json",
        "root rotate school.json --out root-2",
        "pack build pack.json --desk a.nansen --root school.json --out pack",
    ] {
        publisher.describe(1);
        let said = publisher.nansen.run(command);
        assert_eq!(said.code(), "not_a_statement", "{command}");
        assert_names(&message(&said), &["school.json", "root init"]);
    }
}

#[test]
fn a_pack_that_no_phone_would_take_is_not_built() {
    let publisher = Publisher::new();
    let (nansen, [a, _]) = (&publisher.nansen, &publisher.keys);
    publisher.describe(1);
    let build = |root: &str, desk: &str| {
        nansen.run(&format!(
            "pack build pack.json --desk {desk}.nansen --root {root} --out pack"
        ))
    };
    publisher.other_root("--issuers 2:$A,$B --content 1:$A", "two-issuers");
    let said = build("two-issuers", "a");
    assert_eq!(said.code(), "list_quorum");
    assert_names(
        &message(&said),
        &["npl.issuers", "2 of 2 keys", "issuers", a],
    );
    publisher.other_root("--issuers 1:$B --content 1:$A", "other-issuer");
    assert_names(&message(&build("other-issuer", "a")), &["not one of them"]);
    publisher.other_root("--content 1:$A", "no-issuer");
    assert_names(&message(&build("no-issuer", "a")), &["issuers to nobody"]);
    publisher.other_root("--issuers 1:$B --content 1:$A", "no-content");
    assert_names(&message(&build("no-content", "b")), &["content"]);
    assert!(!nansen.path("pack").exists());
}

#[test]
fn a_pack_of_several_keys_says_which_are_missing_and_takes_no_others() {
    let publisher = Publisher::new();
    let nansen = &publisher.nansen;
    nansen
        .run("issuer init --desk c.nansen --root --kdf floor")
        .ok();
    publisher.other_root("--issuers 1:$A --content 2:$A,$B", "root");
    publisher.describe(1);
    let built = nansen
        .run("pack build pack.json --desk a.nansen --root root --out pack")
        .ok();
    assert_eq!(built["complete"], false);
    assert_eq!(built["missing"], "1 of 2 signatures needed for content");
    let blind = nansen.run("root sign --desk b.nansen pack");
    assert_names(&message(&blind), &["--root"]);
    let stranger = nansen.run("root sign --desk c.nansen pack --root root");
    assert_eq!(stranger.code(), "key_not_asked");
    assert_names(&message(&stranger), &["pack", "content"]);
    assert_eq!(
        nansen.run("root sign --desk c.nansen root").code(),
        "key_not_asked",
        "nor the statement"
    );
    let foreign = nansen.run("root sign --desk b.nansen pack --root root-1");
    assert_names(&message(&foreign), &["another publisher"]);
    let signed = nansen
        .run("root sign --desk b.nansen pack --root root")
        .ok();
    assert_eq!(
        (&signed["complete"], &signed["signatures"]),
        (
            &true.into(),
            &json!({"content": {"signed": 2, "threshold": 2}})
        )
    );
    let pin = nansen.run("root sign --desk a.nansen root").ok();
    let pin = pin["pin"].as_str().unwrap();
    let add = format!("trust add --trust store --publisher root={pin} pack");
    nansen.run(&add).ok();
}

#[test]
fn a_delta_leads_from_an_older_version_of_the_pack_to_a_newer_one() {
    let publisher = Publisher::new();
    let nansen = &publisher.nansen;
    publisher.build(1, "--root root-1");
    publisher.build(2, "--root root-1");
    publisher.other_root("--issuers 1:$A --content 1:$A", "other");
    nansen
        .run("pack build pack.json --desk a.nansen --root other --out foreign")
        .ok();
    for (diff, parts) in [
        ("pack-2 pack-1", ["pack-2", "version 1 is older"]),
        ("pack-1 pack-1", ["pack-1", "the same version twice"]),
        ("foreign pack-2", ["of npl.other", "of npl.ctevt"]),
        ("school.json pack-2", ["school.json", "pack is not valid"]),
    ] {
        let said = nansen.run(&format!("pack diff {diff} --root root-1 --out delta"));
        assert_eq!(said.exit, 1, "{diff}");
        assert_names(&message(&said), &parts);
        assert!(!nansen.path("delta").exists(), "{diff}");
    }
}

#[test]
fn a_pack_that_is_cut_off_is_called_so() {
    let publisher = Publisher::new();
    publisher.build(1, "--root root-1");
    let bytes = std::fs::read(publisher.nansen.path("pack-1")).unwrap();
    std::fs::write(publisher.nansen.path("cut"), &bytes[..bytes.len() - 9]).unwrap();
    let said = publisher.nansen.run("pack inspect cut");
    assert_eq!(said.exit, 1);
    assert_names(&message(&said), &["cut", "ends 9 bytes too early"]);
}

#[test]
fn claims_inside_groups_are_granted_and_labelled() {
    let publisher = Publisher::new();
    let nansen = &publisher.nansen;
    let description = json!({
        "id": "npl.national", "version": 1, "days": 90,
        "verifier_list": {"id": "npl.verifiers", "verifiers": [
            {"role": "inspector", "names": {"en": "Inspector"}, "country": "NPL",
             "keys": [{"key": publisher.keys[1], "not_before": 0, "not_after": NOW}],
             "grants": [{"type": VCT, "claims": ["employment.from"]}]}]},
        "types": [{"type": VCT, "names": {"en": "Skills certificate"},
            "labels": {"employment.from": {"en": "Employed from"}}}],
    });
    nansen.write("pack.json", &description.to_string());
    nansen
        .run("pack build pack.json --desk a.nansen --root root-1 --out pack")
        .ok();
    let read = |name| std::fs::read(nansen.path(name)).unwrap();
    let root = read("root-1");
    let root = Root::parse_pinned(&root, &Root::pin(&root).unwrap()).unwrap();
    let pack = Pack::parse_verified(&read("pack"), &root).unwrap();
    let list = pack.item(Kind::VerifierList, "npl.verifiers").unwrap();
    let list = VerifierList::parse_verified(list, &root).unwrap();
    let path = "employment.from".parse().unwrap();
    let types =
        TypeNames::read_all(pack.item(Kind::TypeNames, "types").unwrap(), &mut 100).unwrap();
    assert_eq!(types[0].label(&path, "en"), Some("Employed from"));
    assert_eq!(
        list.content().verifiers[0].grants[0].claims,
        Some(vec![path])
    );
}

#[test]
fn what_phones_take_and_is_hardly_meant_is_warned_of() {
    let mut publisher = Publisher::new();
    publisher.hand_out_status();
    let key = publisher.issuing_key();
    let mut description = json!({"id": "x", "version": 1, "days": 9,
        "status": [{"issuer": "https://nstb.example", "key": key, "list": "status-1.cwt"}]});
    publisher
        .nansen
        .write("lists/pack.json", &description.to_string());
    let build = |publisher: &Publisher| {
        let built = publisher
            .nansen
            .run("pack build lists/pack.json --desk a.nansen --root root-1 --out pack");
        built.ok()["warnings"].clone()
    };
    let warnings = build(&publisher);
    assert_names(warnings[0].as_str().unwrap(), &["https://nstb.example"]);

    description["trust_list"] = json!({"id": "l", "issuers": ["../school.json"]});
    publisher
        .nansen
        .write("lists/pack.json", &description.to_string());
    assert_eq!(build(&publisher), json!([]));
    publisher.nansen.now = NOW + 366 * 24 * 3600;
    let warnings = build(&publisher);
    assert_names(warnings[0].as_str().unwrap(), &["npl.ctevt", "root rotate"]);
}

/// The README's own commands, but for the work that a passphrase costs.
#[cfg(unix)]
#[test]
fn the_commands_of_the_readme_work_when_pasted() {
    let readme = include_str!("../README.md");
    let (_, section) = readme.split_once("## A publisher and its packs").unwrap();
    let (_, commands) = section.split_once("```sh\n").unwrap();
    let (commands, _) = commands.split_once("```").unwrap();
    let commands = commands.replace("issuer init", "issuer init --kdf floor");
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_nansen"));
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", program.parent().unwrap().display());
    let nansen = Nansen::new();
    let ran = std::process::Command::new("sh")
        .current_dir(nansen.folder())
        .env("PATH", path)
        .args(["-euc", &commands])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    assert_eq!(said, "", "nothing to warn of");
    let listed = nansen.run("trust list --trust checkpoint.trust").ok();
    assert_eq!(
        (
            &listed["packs"][0]["version"],
            &listed["publishers"][0]["version"]
        ),
        (&3.into(), &2.into())
    );
}

#[test]
fn trust_is_explained_with_its_age_and_the_clock() {
    let mut publisher = Publisher::new();
    publisher.build(1, "--root root-1");
    publisher.trusts();
    publisher.nansen.now = NOW + 100 * 24 * 3600;
    let said = publisher
        .nansen
        .run("trust explain --trust store --issuer Skills")
        .ok();
    let issuer = &said["issuers"][0];
    assert_eq!(
        (&issuer["word_of"], &issuer["types"][0]),
        (&"npl.ctevt".into(), &VCT.into())
    );
    assert_eq!(issuer["overdue_by"], 10 * 24 * 3600);
    assert_eq!(said["clock"], Value::Null);
    publisher.nansen.now = 0;
    let said = publisher.nansen.run("trust explain --trust store").ok();
    assert!(said["clock"].as_str().unwrap().contains("CLOCK IS WRONG"));
    assert_eq!(said["reckoned_now"], NOW);

    let removed = publisher
        .nansen
        .run("trust remove --trust store --publisher npl.ctevt")
        .ok();
    assert_eq!(removed["removed"], true);
    let said = publisher.nansen.run("trust explain --trust store").ok();
    assert_eq!(said["issuers"], json!([]));
}

#[test]
fn descriptions_with_mistakes_are_refused_by_name() {
    let publisher = Publisher::new();
    let nansen = &publisher.nansen;
    let build = "pack build pack.json --desk a.nansen --root root-1 --out pack";
    nansen.write(
        "pack.json",
        r#"{"id": "x", "version": 1, "days": 9, "nodes": []}"#,
    );
    assert_eq!(nansen.run(build).code(), "json");
    let nowhere = json!({"id": "x", "version": 1, "days": 9, "notes": [{"country": "QAT",
        "topic": "t", "titles": {"en": "t"}, "texts": {"en": "t"},
        "place": {"latitude": 91.0, "longitude": 1e300}}]});
    assert_names(
        &publisher.refused(&nowhere),
        &["pack.json: notes[0]: place"],
    );
    nansen.write("pack.json", &nowhere.to_string());
    assert_eq!(nansen.run(build).code(), "malformed");
    publisher.hand_out_status();
    let key = &publisher.keys[1];
    let abroad = r#"{"uri": "https://x.example", "names": {"en": "X"}, "country": "Nepal",
        "types": [], "status_prefixes": [], "keys": []}"#;
    nansen.write("abroad.json", abroad);
    let verifier = |claim: &str, key: &str| {
        json!({"role": "r", "names": {"en": "r"}, "country": "NPL",
            "keys": [{"key": key, "not_before": 0, "not_after": 1}],
            "grants": [{"type": null, "claims": ["good", claim]}]})
    };
    for (part, mistake, place) in [
        ("days", json!(0), "pack.json: days"),
        (
            "trust_list",
            json!({"id": "l", "issuers": ["school.json", "abroad.json"]}),
            "trust_list.issuers[1]: country of an issuer",
        ),
        (
            "verifier_list",
            json!({"id": "l", "verifiers": [verifier("family_name.", key)]}),
            "verifier_list.verifiers[0]: grants[0]: claims[1]: \"family_name.\"",
        ),
        (
            "verifier_list",
            json!({"id": "l", "verifiers": [verifier("family_name", "?")]}),
            "verifier_list.verifiers[0]: keys[0]: public key",
        ),
        (
            "status",
            json!([{"issuer": "i", "key": key, "list": "lists/status-1.cwt"}]),
            "status[0]: lists/status-1.cwt by this key: signature",
        ),
        (
            "notes",
            json!([{"country": "QAT", "topic": "t", "titles": {}, "texts": {"en": "t"}}]),
            "notes[0]: title of a note",
        ),
        (
            "types",
            json!([{"type": "t", "names": {"en": "t"}, "labels": {"a..b": {"en": "t"}}}]),
            "types[0]: labels: \"a..b\"",
        ),
    ] {
        let mut description = json!({"id": "x", "version": 1, "days": 9});
        description[part] = mistake;
        assert_names(&publisher.refused(&description), &[place]);
    }
    assert_eq!(
        nansen
            .run("root init --publisher p --root 3:x --out r")
            .exit,
        2
    );
    let wrong = nansen.run("trust add --trust store --publisher root-1=00");
    assert_eq!(wrong.exit, 2);
}
