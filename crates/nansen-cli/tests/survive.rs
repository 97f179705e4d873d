//! A vault outlives its phone: backups, codes from screen to screen, guardians with paper cards.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failure here fails the test"
)]

mod common;

use common::Nansen;
use serde_json::Value;

/// A second phone beside the first, in the same folder.
const OTHER: &str = "--vault other.nansen";

fn code_of(said: &Value) -> String {
    let code = said["backup_code"]
        .as_str()
        .or(said["pairing_code"].as_str());
    code.unwrap().to_owned()
}

/// Runs with the secret of a backup.
fn run(nansen: &Nansen, secret: &str, arguments: &str) -> common::Said {
    nansen.run_with(arguments, &[("NANSEN_BACKUP_SECRET", secret)])
}

/// Two vaults; the first has a credential and a document.
fn ready() -> Nansen {
    let nansen = Nansen::new();
    let root = nansen.desk();
    nansen.wallet_and_verifier(&root);
    nansen.welder();
    nansen.write("scan.pdf", "a scan");
    nansen.run("doc add scan.pdf --title Passport").ok();
    nansen.run(&format!("vault init --kdf floor {OTHER}")).ok();
    nansen
}

fn titles(nansen: &Nansen, arguments: &str) -> (usize, usize) {
    let count = |said: Value, what: &str| said[what].as_array().unwrap().len();
    let credentials = nansen.run(&format!("vault list {arguments}")).ok();
    let documents = nansen.run(&format!("doc list {arguments}")).ok();
    (
        count(credentials, "credentials"),
        count(documents, "documents"),
    )
}

#[test]
fn a_backup_and_what_follows_it_are_restored_with_a_line_for_each_record() {
    let nansen = ready();
    let base = nansen.run("vault backup base").ok();
    assert_eq!(
        (&base["step"], &base["left_out"]),
        (&0.into(), &Value::Array(vec![]))
    );
    let code = code_of(&base);
    nansen.write("scan.pdf", "another scan");
    nansen.run("doc add scan.pdf --title Permit").ok();
    let next = run(
        &nansen,
        &code,
        "vault backup next --backup-code --after base",
    )
    .ok();
    assert_eq!(
        (&next["step"], &next["records_in_file"]),
        (&1.into(), &1.into())
    );
    assert!(next["backup_code"].is_null());

    let restore = format!("vault restore base next {OTHER}");
    let typed = code.to_lowercase();
    let would = run(&nansen, &typed, &format!("{restore} --dry-run"));
    assert_eq!(would.exit, 0, "{}", would.error);
    assert_eq!(titles(&nansen, OTHER), (0, 0));
    let did = run(&nansen, &typed, &restore);
    let (records, sum) = did.lines.split_at(did.lines.len() - 1);
    assert_eq!(sum[0]["restored"], records.len());
    assert_eq!(records, &would.lines[..records.len()]);
    assert!(records.iter().all(|record| record["outcome"] == "restored"));
    let kinds = |kind: &str| {
        records
            .iter()
            .filter(|record| record["kind"] == kind)
            .count()
    };
    assert_eq!((kinds("credential"), kinds("document")), (1, 2));
    assert_eq!(titles(&nansen, OTHER), (1, 2));
    let again = run(&nansen, &typed, &restore).ok();
    assert_eq!(
        (&again["restored"], &again["already_there"]),
        (&0.into(), &records.len().into())
    );
    assert_eq!(
        nansen.run(&format!("vault check {OTHER}")).ok()["clean"],
        true
    );
}

#[test]
fn a_backup_under_words_of_ones_own_opens_with_these_only() {
    let nansen = ready();
    let words = "seven bags of rice";
    run(&nansen, words, "vault backup file --backup-passphrase").ok();
    let restore = format!("vault restore file {OTHER}");
    let refused = |secret: &str, arguments: &str| {
        let said = run(&nansen, secret, arguments);
        (said.exit, said.code().to_owned())
    };
    let by_words = format!("{restore} --backup-passphrase");
    assert_eq!(
        refused("six bags", &by_words),
        (5, "wrong_passphrase".into())
    );
    let code = code_of(&nansen.run("vault backup coded").ok());
    assert_eq!(
        refused(&code, &restore),
        (1, "backup_needs_passphrase".into())
    );
    assert_eq!(refused("ABC", &restore), (5, "wrong_recovery_code".into()));
    let other = format!("vault restore coded {OTHER}");
    assert_eq!(
        refused(words, &format!("{other} --backup-passphrase")),
        (1, "backup_needs_code".into())
    );
    let twice = format!("vault restore coded coded {OTHER}");
    assert_eq!(refused(&code, &twice), (1, "backup_out_of_chain".into()));
    assert_eq!(titles(&nansen, OTHER), (0, 0));
    assert_eq!(run(&nansen, words, &by_words).exit, 0);
    assert_eq!(titles(&nansen, OTHER), (1, 1));
    // Neither the vault nor a letter is replaced by a backup.
    for place in ["wallet.nansen", "welder.json"] {
        let said = nansen.run(&format!("vault backup {place}"));
        assert_eq!(said.code(), "not_a_backup", "{place}");
    }
    let said = nansen.run("vault backup file --resume");
    assert_eq!((said.exit, said.code()), (2, "usage"));
    let resumed = run(
        &nansen,
        words,
        "vault backup file --backup-passphrase --resume",
    );
    assert_eq!(resumed.code(), "nothing_to_resume");
}

#[test]
fn a_small_vault_goes_from_screen_to_screen() {
    let nansen = ready();
    let sent = nansen.run("vault send --out codes.png").ok();
    assert!(sent["codes"].as_u64().unwrap() > 3);
    let pairing = code_of(&sent);
    let restored = run(
        &nansen,
        &pairing,
        &format!("vault restore codes.png {OTHER}"),
    );
    assert_eq!(restored.exit, 0, "{}", restored.error);
    assert_eq!(titles(&nansen, OTHER), (1, 1));
    nansen.run("qr encode welder.json --out other.png").ok();
    let said = run(
        &nansen,
        &pairing,
        &format!("vault restore other.png {OTHER}"),
    );
    assert_eq!(said.code(), "wrong_kind");
    std::fs::write(nansen.path("film"), vec![7; 1 << 20]).unwrap();
    nansen.run("doc add film").ok();
    assert_eq!(nansen.run("vault send --out more.png").exit, 1);
    assert!(!nansen.path("more.png").exists());
}

#[test]
fn cards_on_paper_open_the_vault_and_a_new_passphrase_is_set() {
    let mut nansen = ready();
    let make = "vault guardians --needed 2 --of 3 --owner Sita|<Maya>|& --out cards";
    let made = nansen.run(make).ok();
    assert_eq!(made["cards"].as_array().unwrap().len(), 3);
    assert_eq!(nansen.run(make).code(), "file_exists");

    nansen.passphrase = "forgotten".to_owned();
    let list = |cards: &[&str]| {
        let cards: Vec<String> = cards.iter().map(|card| format!("--card {card}")).collect();
        nansen.run(&format!("vault list {}", cards.join(" ")))
    };
    let png = |number: u8| format!("cards/card-{number}-of-3.png");
    assert_eq!(list(&[&png(1), &png(3)]).exit, 0);
    for few in [&[&*png(2)][..], &[&png(2), &png(2)]] {
        let said = list(few);
        assert_eq!((said.exit, said.code()), (5, "wrong_cards"));
    }
    assert_eq!(list(&["codes.txt"]).code(), "file_not_found");

    // What is printed is read as well: the picture in the card, and the text below it.
    let svg = std::fs::read_to_string(nansen.path("cards/card-2-of-3.svg")).unwrap();
    for line in [
        "Guardian card 2 of 3",
        "Vault of Sita &lt;Maya&gt; &amp;",
        "Made on 2026-09-21",
        "Any 2 of the 3 cards open it together.",
    ] {
        assert!(svg.contains(&format!(">{line}</text>")), "{line}");
    }
    std::fs::write(nansen.path("photo.png"), photo(&svg)).unwrap();
    let texts = svg.split("text-anchor=\"middle\">").skip(1);
    let typed: Vec<&str> = texts.map(|text| text.split('<').next().unwrap()).collect();
    assert_eq!(typed.len(), 5);
    std::fs::write(nansen.path("typed.txt"), typed.join("\n").to_lowercase()).unwrap();
    for card in ["photo.png", "typed.txt"] {
        assert_eq!(list(&[&png(1), card]).exit, 0, "{card}");
    }

    let passwd = format!(
        "vault passwd --kdf floor --card {} --card {}",
        png(2),
        png(3)
    );
    nansen
        .run_with(&passwd, &[("NANSEN_NEW_PASSPHRASE", "found again")])
        .ok();
    nansen.passphrase = "found again".to_owned();
    assert_eq!(nansen.run("vault list").exit, 0);
    std::fs::remove_dir_all(nansen.path("cards")).unwrap();
    let renewed = nansen.run(make).ok();
    assert_eq!(renewed["needed"], 2);
}

/// The code of a card as a camera would see it: the dark runs of its path, drawn anew.
fn photo(svg: &str) -> Vec<u8> {
    const SCALE: usize = 6;
    let nested = svg.split("<svg").nth(2).unwrap();
    let side = nested.split("viewBox=\"0 0 ").nth(1).unwrap();
    let side: usize = side.split(' ').next().unwrap().parse().unwrap();
    let path = nested.split("<path d=\"").nth(1).unwrap();
    let path = path.split('"').next().unwrap();
    let pixels = side * SCALE;
    let mut gray = vec![255_u8; pixels * pixels];
    for run in path.split_terminator('z') {
        let (x, rest) = run.strip_prefix('M').unwrap().split_once(' ').unwrap();
        let (y, rest) = rest.split_once('h').unwrap();
        let width = rest.split_once('v').unwrap().0;
        let [x, y, width] = [x, y, width].map(|number| number.parse::<usize>().unwrap() * SCALE);
        for row in y..y + SCALE {
            gray[row * pixels + x..row * pixels + x + width].fill(0);
        }
    }
    let mut file = Vec::new();
    let side = u32::try_from(pixels).unwrap();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&gray).unwrap();
    writer.finish().unwrap();
    file
}
