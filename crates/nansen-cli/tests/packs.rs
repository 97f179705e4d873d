//! A publisher of two root keys at two desks, its packs, and a verifier that goes by them.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of it is tests"
)]

mod common;

use common::{NOW, Nansen, VCT};
use serde_json::{Value, json};

/// Desks of the publisher: `a.nansen` also issues; `b.nansen` only signs statements.
struct Publisher {
    nansen: Nansen,
    pin: String,
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
        }
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
    nansen.run("root sign --desk a.nansen root-2").ok();

    let built = publisher.build(2, "--root root-1 --root root-2");
    assert_eq!(built["items"], 5, "the rotation travels along");
    nansen.run("pack apply pack-2 --trust store").ok();
    let listed = nansen.run("trust list --trust store").ok();
    assert_eq!(listed["publishers"][0]["version"], 2);
    let again = nansen.run("trust add --trust store root-2").ok();
    assert_eq!(again["added"][0]["added"], "already_here");
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
    nansen.write("pack.json", &nowhere.to_string());
    assert_eq!(nansen.run(build).code(), "malformed");
    assert_eq!(
        nansen
            .run("root init --publisher p --root 3:x --out r")
            .exit,
        2
    );
    let wrong = nansen.run("trust add --trust store --publisher root-1=00");
    assert_eq!(wrong.exit, 2);
}
