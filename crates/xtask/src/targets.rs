//! The library on machines other than this one: checked by the compiler for phones, run under an
//! emulator on arm64.
//!
//! The standard library of a target comes from rustup. Where that has none to give (a mirror often
//! leaves out the rarer targets) it is built from source, which also comes from rustup, or with
//! compiler and all from Debian's packages for the web.

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
    let mut command = if rustup_adds("target", triple) {
        cargo(arguments)
    } else {
        cargo_with_source(&format!("{arguments} -Zbuild-std"))?
    };
    aim(&mut command, triple);
    Ok(command)
}

/// A cargo command that can build the standard library along, for `triple` and at the root.
pub(crate) fn cargo_from_source(triple: &str, arguments: &str) -> Result<Command, Failure> {
    let mut command = cargo_with_source(arguments)?;
    aim(&mut command, triple);
    Ok(command)
}

fn aim(command: &mut Command, triple: &str) {
    command.args(["--target", triple]);
    if triple == ARM64 {
        command
            .env(format!("{ARM64_VARIABLES}_LINKER"), "aarch64-linux-gnu-gcc")
            .env(
                format!("{ARM64_VARIABLES}_RUNNER"),
                "qemu-aarch64-static -L /usr/aarch64-linux-gnu",
            );
    }
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
        "full_disk::",
        "--skip",
        "giving_space_back",
    ]))
}

/// Whether rustup has this target or component, or can fetch it.
fn rustup_adds(what: &str, name: &str) -> bool {
    let mut add = Command::new("rustup");
    add.args([what, "add", name]).current_dir(root());
    add.output().is_ok_and(|said| said.status.success())
}

fn cargo_with_source(arguments: &str) -> Result<Command, Failure> {
    let mut command = if rustup_adds("component", "rust-src") {
        cargo(arguments)
    } else if Path::new(DEBIAN_CARGO).exists() {
        let mut debian = Command::new(DEBIAN_CARGO);
        debian
            .args(arguments.split(' '))
            .env("RUSTC", "/usr/bin/rustc")
            .current_dir(root());
        debian
    } else {
        return Err("rustup has no rust-src: install rustc-web, cargo-web and rust-web-src".into());
    };
    command
        .env("RUSTC_BOOTSTRAP", "1")
        // Some crates are built otherwise under that, and must not take turns with the usual ones.
        .env("CARGO_TARGET_DIR", target().join("from-source"));
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
