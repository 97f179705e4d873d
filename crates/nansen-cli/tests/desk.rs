//! A desk's batches: many lines, some of them wrong.

mod common;

use common::Nansen;

fn ready() -> (Nansen, Vec<String>) {
    let nansen = Nansen::new();
    nansen.desk();
    nansen.run("vault init --kdf floor").ok();
    let keys = (0..3).map(|_| nansen.device_key()).collect();
    (nansen, keys)
}

#[test]
fn a_table_with_a_bad_line_is_issued_but_for_that_line() {
    let (nansen, keys) = ready();
    let [first, second, third] = keys.as_slice() else {
        panic!()
    };
    nansen.write(
        "people.csv",
        &format!(
            "family_name,eqf_level:int,isced_f,title,device_key\n\
             Gurung,3,0715,A,{first}\nRai,three,0715,B,{second}\nTamang,4,0715,C,{third}\n"
        ),
    );
    let said = nansen.run("issuer issue people.csv --out issued");
    assert_eq!(said.exit, 8);
    let [refused, one, two, summary] = said.lines.as_slice() else {
        panic!("{:?}", said.lines)
    };
    assert_eq!(
        (&refused["line"], &refused["error"]["code"]),
        (&3.into(), &"column".into())
    );
    assert_eq!((&one["line"], &two["line"]), (&2.into(), &4.into()));
    assert_eq!(
        (&summary["issued"], &summary["refused"]),
        (&2.into(), &1.into())
    );

    let file = one["file"].as_str().unwrap();
    let imported = nansen.run(&format!("vault import {file}")).ok();
    let shown = nansen
        .run(&format!("vault show {}", imported["id"].as_str().unwrap()))
        .ok();
    assert_eq!(shown["claims"]["eqf_level"], 3);
    assert_eq!(shown["claims"]["isced_f"], "0715");
    assert_eq!(nansen.run("issuer log").lines.len(), 2);
    assert_ne!(one["status"]["index"], two["status"]["index"]);
}

#[test]
fn json_lines_are_issued_one_by_one() {
    let (nansen, keys) = ready();
    let line = |key: &String| {
        format!("{{\"claims\": {{\"name\": \"Badge\"}}, \"device_key\": \"{key}\"}}\n")
    };
    nansen.write("people.jsonl", &keys.iter().map(line).collect::<String>());
    let said = nansen.run("issuer issue people.jsonl --out issued");
    assert_eq!((said.exit, said.lines.len()), (0, 4));
}

#[test]
fn a_place_in_a_status_list_is_given_once() {
    let (nansen, keys) = ready();
    let file = r#"{"status": {"idx": 48213, "uri": "https://nstb.example/s/7"}, "claims": {"name": "Badge"}}"#;
    nansen.write("badge.json", file);
    let issue = |key: &str, out: &str| {
        nansen.run(&format!(
            "issuer issue badge.json --device-key={key} --out {out}"
        ))
    };
    assert_eq!(issue(&keys[0], "one.cwt").ok()["status"]["index"], 48213);
    assert_eq!(issue(&keys[1], "two.cwt").code(), "status_taken");
    assert_eq!(issue(&keys[1], "one.cwt").code(), "file_exists");
}

#[test]
fn a_type_or_issuer_that_is_not_the_desks_is_refused() {
    let (nansen, keys) = ready();
    let issue = |content: &str| {
        nansen.write("claims.json", content);
        nansen.run(&format!(
            "issuer issue claims.json --device-key={} --out x.cwt",
            keys[0]
        ))
    };
    assert_eq!(
        issue(r#"{"type": "urn:other", "claims": {}}"#).code(),
        "type_not_issued"
    );
    assert_eq!(
        issue(r#"{"issuer": "https://other.example", "claims": {}}"#).code(),
        "field"
    );
    assert_eq!(issue("{").code(), "json");
}

#[test]
fn a_full_status_list_is_followed_by_the_next() {
    let nansen = Nansen::new();
    nansen
        .run(
            "issuer init --uri https://small.example --name en=Small --country NPL --type urn:x \
             --status-entries 8 --algorithm es256 --kdf floor",
        )
        .ok();
    nansen.run("vault init --kdf floor").ok();
    let key = nansen.device_key();
    let line = format!("{{\"claims\": {{\"name\": \"Badge\"}}, \"device_key\": \"{key}\"}}\n");
    nansen.write("badges.jsonl", &line.repeat(20));
    let said = nansen.run("issuer issue badges.jsonl --out issued");
    let mut places: Vec<(u64, u64)> = said
        .lines
        .iter()
        .filter_map(|line| {
            Some((
                line["status"]["list"].as_u64()?,
                line["status"]["index"].as_u64()?,
            ))
        })
        .collect();
    places.sort_unstable();
    let (full, last) = places.split_at(16);
    let all: Vec<(u64, u64)> = (1..=2)
        .flat_map(|list| (0..8).map(move |at| (list, at)))
        .collect();
    assert_eq!(full, all);
    assert!(last.len() == 4 && last.iter().all(|(list, _)| *list == 3));
    let lists = nansen.run("issuer status-list --out lists").ok();
    assert_eq!(lists["status_lists"].as_array().unwrap().len(), 3);
}
