//! The library on machines other than this one: checked by the compiler for phones, run under an
//! emulator on arm64.
//!
//! Where the standard library of a target comes from: rustup, or, where it has none to give (a
//! mirror often leaves out the rarer targets), its source as Debian packages it, with the compiler
//! that belongs to it.

use std::path::Path;
use std::process::Command;

use crate::step::{Failure, cargo, root, run, step, target};

/// Checks the pure crates for phones, then runs the tests of the core on arm64.
pub(crate) fn run_all() -> Result<(), Failure> {
    for phone in PHONES {
        step(&format!("check for {phone}"), || check(phone))?;
    }
    step("tests on arm64", tests_on_arm64)
}

/// A cargo command that builds for `triple`, at the root of the project.
pub(crate) fn cargo_for(triple: &str, arguments: &str) -> Result<Command, Failure> {
    let mut command = if rustup_has(triple) {
        cargo(arguments)
    } else {
        cargo_of_debian(arguments)?
    };
    command.args(["--target", triple]);
    if triple == ARM64 {
        command
            .env(format!("{ARM64_VARIABLES}_LINKER"), "aarch64-linux-gnu-gcc")
            .env(
                format!("{ARM64_VARIABLES}_RUNNER"),
                "qemu-aarch64-static -L /usr/aarch64-linux-gnu",
            );
    }
    Ok(command)
}

/// Linux on the processors that phones have: what runs and is weighed here in their place.
pub(crate) const ARM64: &str = "aarch64-unknown-linux-gnu";

/// SQLite is C: for these targets it would take the NDK or Xcode, so the vault stays out.
fn check(phone: &str) -> Result<(), Failure> {
    run(&mut cargo_for(
        phone,
        "check --quiet --package nansen-credential --package nansen-exchange",
    )?)?;
    // Apart, since cargo joins the features that packages of one command ask for.
    for package in ["nansen", "nansen-ffi"] {
        let arguments = format!("check --quiet --package {package} --lib --no-default-features");
        run(&mut cargo_for(phone, &arguments)?)?;
    }
    Ok(())
}

/// Left out are tests that start themselves as another process, which the emulator cannot, and
/// those that try every page, fill large files or weigh memory, which take it many minutes.
fn tests_on_arm64() -> Result<(), Failure> {
    let packages = CORE.map(|package| format!(" --package {package}")).concat();
    let tests = TESTS.map(|test| format!(" --test {test}")).concat();
    let arguments = format!("test --quiet --lib{packages}{tests}");
    run(cargo_for(ARM64, &arguments)?.args([
        "--",
        "--skip",
        "kill::",
        "--skip",
        "giving_space_back",
    ]))
}

/// Whether rustup has the standard library of `triple`, or can fetch it.
fn rustup_has(triple: &str) -> bool {
    let mut add = Command::new("rustup");
    add.args(["target", "add", triple]).current_dir(root());
    add.output().is_ok_and(|said| said.status.success())
}

/// Debian's cargo, which builds the standard library along.
fn cargo_of_debian(arguments: &str) -> Result<Command, Failure> {
    if !Path::new(DEBIAN_CARGO).exists() {
        return Err("rustup has no standard library for this target; \
             install rustc-web, cargo-web and rust-web-src"
            .into());
    }
    let mut command = Command::new(DEBIAN_CARGO);
    command
        .args(arguments.split(' '))
        .arg("-Zbuild-std")
        // Another compiler's files must not take turns with this one's.
        .env("CARGO_TARGET_DIR", target().join("debian"))
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(root());
    Ok(command)
}

/// 64-bit phones, old 32-bit ones, an emulator of Android and one of iOS.
const PHONES: [&str; 5] = [
    "aarch64-linux-android",
    "armv7-linux-androideabi",
    "x86_64-linux-android",
    "aarch64-apple-ios",
    "aarch64-apple-ios-sim",
];

/// The crates that decide, read and write, and the tests of the whole.
const CORE: [&str; 5] = [
    "nansen-credential",
    "nansen-exchange",
    "nansen-vault",
    "nansen",
    "nansen-tests",
];

/// Of the vault, then of the whole.
const TESTS: [&str; 6] = [
    "frozen",
    "lifecycle",
    "model",
    "tamper",
    "journeys",
    "vectors",
];

const ARM64_VARIABLES: &str = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU";

const DEBIAN_CARGO: &str = "/usr/bin/cargo";
