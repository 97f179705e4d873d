//! A holder is made to unlock: a decoy, a passphrase that destroys, waits after wrong ones, and what is
//! left of a damaged file.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failure here fails the test"
)]

mod common;

use common::{Nansen, Said};

const DECOY: &str = "sing in the rain";
const WIPE: &str = "burn the letters";

/// A wallet with one document.
fn ready() -> Nansen {
    let nansen = Nansen::new();
    nansen.run("vault init --kdf floor").ok();
    nansen.write("scan.pdf", "a scan");
    nansen.run("doc add scan.pdf --title Passport").ok();
    nansen
}

/// Runs with another passphrase than the owner's.
fn run_as(nansen: &Nansen, passphrase: &str, arguments: &str) -> Said {
    nansen.run_with(arguments, &[("NANSEN_PASSPHRASE", passphrase)])
}

fn documents(said: Said) -> usize {
    said.ok()["documents"].as_array().unwrap().len()
}

fn make_decoy(nansen: &Nansen) -> Said {
    let secret = [("NANSEN_DECOY_PASSPHRASE", DECOY)];
    nansen.run_with("vault decoy make --destroy-other", &secret)
}

fn set_wipe(nansen: &Nansen) -> Said {
    let secrets = [
        ("NANSEN_DECOY_PASSPHRASE", DECOY),
        ("NANSEN_NEW_PASSPHRASE", WIPE),
    ];
    nansen.run_with("vault decoy wipe-by", &secrets)
}

#[test]
fn a_decoy_opens_in_place_of_the_vault_and_a_wipe_leaves_it_alone() {
    let nansen = ready();
    let hesitant = nansen.run_with("vault decoy make", &[("NANSEN_DECOY_PASSPHRASE", DECOY)]);
    assert_eq!(hesitant.exit, 2);
    assert_eq!(
        run_as(&nansen, DECOY, "doc list").code(),
        "wrong_passphrase"
    );

    let code = make_decoy(&nansen).ok()["recovery_code"].clone();
    assert_eq!(documents(run_as(&nansen, DECOY, "doc list")), 0);
    assert_eq!(documents(nansen.run("doc list")), 1);
    let by_code = run_as(&nansen, code.as_str().unwrap(), "doc list --recovery-code");
    assert_eq!(documents(by_code), 0);

    set_wipe(&nansen).ok();
    nansen.run("vault decoy no-wipe").ok();
    assert_eq!(run_as(&nansen, WIPE, "doc list").code(), "wrong_passphrase");
    assert_eq!(documents(nansen.run("doc list")), 1);

    set_wipe(&nansen).ok();
    assert_eq!(documents(run_as(&nansen, WIPE, "doc list")), 0);
    assert_eq!(nansen.run("doc list").code(), "wrong_passphrase");
    // It is the decoy's passphrase now.
    assert_eq!(
        run_as(&nansen, DECOY, "doc list").code(),
        "wrong_passphrase"
    );
    assert_eq!(documents(run_as(&nansen, WIPE, "doc list")), 0);
}

#[test]
fn guesses_wait_and_a_file_that_was_told_to_destroys_itself() {
    let mut nansen = ready();
    let few = nansen.run("vault wipe-after 9");
    assert_eq!((few.exit, few.code()), (1, "out_of_bounds"));
    let set = nansen.run("vault wipe-after 10").ok();
    assert_eq!(set["wipe_after"], 10);
    for _ in 0..5 {
        let wrong = run_as(&nansen, "a guess", "doc list");
        assert_eq!(wrong.code(), "wrong_passphrase");
    }
    let waits = nansen.run("doc list");
    assert_eq!((waits.exit, waits.code()), (5, "too_many_attempts"));
    nansen.now += 30;
    assert_eq!(documents(nansen.run("doc list")), 1);

    for _ in 0..10 {
        nansen.now += 3600;
        run_as(&nansen, "a guess", "doc list");
    }
    nansen.now += 3600;
    assert_eq!(nansen.run("doc list").code(), "wrong_passphrase");
}

#[test]
fn what_a_damaged_file_still_holds_is_carried_to_a_new_one() {
    let nansen = ready();
    let path = nansen.path("wallet.nansen");
    nansen.write("long.pdf", &"a long scan ".repeat(200_000));
    nansen.run("doc add long.pdf --title Permit").ok();
    assert_eq!(nansen.run("vault check").ok()["clean"], true);
    // Most of the file is the long scan. Of some pages only the beginning is used.
    let mut file = std::fs::read(&path).unwrap();
    let middle = file.len() / 2;
    for page in file[middle..].chunks_mut(8192).take(9) {
        page[0] ^= 1;
    }
    std::fs::write(&path, &file).unwrap();
    let found = nansen.run("vault check");
    assert_eq!((found.exit, &found.lines[0]["clean"]), (7, &false.into()));

    let rescued = nansen.run("vault rescue --out new.nansen").ok();
    assert_eq!(rescued["missing"], 0);
    assert_eq!(
        nansen.run("vault rescue --out new.nansen").code(),
        "file_exists"
    );
    assert_eq!(std::fs::read(&path).unwrap(), file);
    let list = nansen.run("doc list --vault new.nansen").ok();
    let documents = list["documents"].as_array().unwrap();
    let id = |title: &str| {
        let named = |document: &&serde_json::Value| document["title"] == title;
        let found = documents.iter().find(named).unwrap();
        found["id"].as_str().unwrap().to_owned()
    };
    let (whole, broken) = (id("Passport"), id("Permit"));
    nansen
        .run(&format!(
            "doc export {whole} --out back.pdf --vault new.nansen"
        ))
        .ok();
    assert_eq!(std::fs::read(nansen.path("back.pdf")).unwrap(), b"a scan");
    let export = nansen.run(&format!(
        "doc export {broken} --out broken.pdf --vault new.nansen"
    ));
    assert_eq!((export.exit, export.code()), (7, "damaged"));
}
