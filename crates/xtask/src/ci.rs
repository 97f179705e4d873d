//! What must hold before a change is taken in, the quickest to fail first. The tests come last,
//! so that their summary ends the output.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::step::{Failure, cargo, output, root, run, step, target};
use crate::{kotlin, offline, python, sizes, swift, targets};

/// Runs every step, up to the first that fails.
pub(crate) fn run_all() -> Result<(), Failure> {
    step("format", || run(&mut cargo("fmt --all --check")))?;
    step("dependencies", || {
        // Advisories need a database from the network: see .deny.toml.
        run(&mut cargo(
            "deny --all-features check --hide-inclusion-graph licenses bans sources",
        ))
    })?;
    step("no sockets", offline::no_sockets)?;
    step("clippy", || {
        run(&mut cargo(
            "clippy --quiet --workspace --all-targets -- -D warnings",
        ))
    })?;
    step("documentation", || {
        let mut doc = cargo("doc --quiet --workspace --no-deps");
        run(doc.env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    step("verifier alone", offline::verifier_alone)?;
    step("demo", || {
        let demo = "run --quiet --release --package nansen-cli -- demo --out";
        run(cargo(demo).arg(demo_folder()))
    })?;
    step("other readers", || {
        run(Command::new(interpreter())
            .arg("tests/readers/read_codes.py")
            .arg(target().join("release/nansen"))
            .arg(demo_folder())
            .current_dir(root()))
    })?;
    step("other reader of vaults", read_vaults)?;
    let test = ["--test".to_owned()];
    python::run(&test)?;
    kotlin::run(&test)?;
    swift::run(&test)?;
    targets::run_all()?;
    step("sizes", sizes::run_all)?;
    // No word about its time: the last lines are the test runner's own.
    eprintln!("==> tests");
    run(&mut cargo("test --workspace"))
}

/// Opens the frozen vaults by each way with a program that shares nothing with the library.
fn read_vaults() -> Result<(), Failure> {
    let folder = root().join("tests/vaults");
    let contents = std::fs::read_to_string(folder.join("contents.jsonl"))
        .map_err(|error| format!("contents.jsonl: {error}"))?;
    let [alone, joint] = ["11", "22"].map(|byte| byte.repeat(32));
    let typed = "six bags of rice";
    let secrets: [(&str, u32, &[&str]); 6] = [
        ("v1.nansen", 8, &["passphrase", typed]),
        (
            "v1.nansen",
            8,
            &["recovery", "KCGZX3-NFCKYJ-C6FAQC-WKJ2YR-D844ZE-PHHD7N"],
        ),
        ("v1-ways.nansen", 10, &["passphrase", typed]),
        (
            "v1-ways.nansen",
            10,
            &["recovery", "SAQEX8-VFTB6R-X9J2KT-AQ94BG-6H9EWS-ASPXQX"],
        ),
        ("v1-ways.nansen", 10, &["platform", &alone]),
        ("v1-ways.nansen", 10, &["both", typed, &joint]),
    ];
    for (vault, counter, secret) in secrets {
        let mut reader = Command::new(interpreter());
        reader
            .arg("tests/readers/read_vault.py")
            .arg(folder.join(vault))
            .args(secret)
            .current_dir(root());
        if output(&mut reader)? != format!("counter {counter}\n{contents}") {
            return Err(format!("{vault} by {secret:?} holds something else"));
        }
    }
    Ok(())
}

/// The Python that has what the readers need.
fn interpreter() -> OsString {
    std::env::var_os("NANSEN_PYTHON").unwrap_or_else(|| "python3".into())
}

/// Where the demo leaves its codes, for the readers.
fn demo_folder() -> PathBuf {
    target().join("ci-demo")
}
