//! What must hold before a change is taken in, the quickest to fail first. The tests come last,
//! so that their summary ends the output.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::step::{Failure, cargo, root, run, step, target};
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

/// Opens the frozen vaults and backups with a program that shares nothing with the library.
fn read_vaults() -> Result<(), Failure> {
    run(Command::new(interpreter())
        .args(["-m", "unittest", "discover", "tests/readers"])
        .current_dir(root()))
}

/// The Python that has what the readers need.
fn interpreter() -> OsString {
    std::env::var_os("NANSEN_PYTHON").unwrap_or_else(|| "python3".into())
}

/// Where the demo leaves its codes, for the readers.
fn demo_folder() -> PathBuf {
    target().join("ci-demo")
}
