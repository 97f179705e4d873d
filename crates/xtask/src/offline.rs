//! What the libraries must not contain: a verifier neither SQLite nor Argon2, nobody a socket.
//!
//! `.deny.toml` keeps the crates out that open connections; this keeps out what needs no crate.

use std::fs;
use std::path::Path;

use crate::step::{Failure, cargo, output, root, run};

/// Builds the library and a verifier's program without the vault and looks at what they then depend on.
pub(crate) fn verifier_alone() -> Result<(), Failure> {
    run(&mut cargo(
        "check --quiet --package nansen --no-default-features",
    ))?;
    run(&mut cargo(
        "check --quiet --package nansen-examples --no-default-features --example checkpoint",
    ))?;
    let verifier = dependencies("nansen --no-default-features")?;
    let program = dependencies("nansen-examples --no-default-features")?;
    let wallet = dependencies("nansen")?;
    for name in HOLDERS_ONLY {
        if verifier
            .iter()
            .chain(&program)
            .any(|dependency| dependency == name)
        {
            return Err(format!(
                "without the feature vault something still depends on {name}"
            ));
        }
        // Else the check above would pass for a misspelt or renamed crate.
        if !wallet.iter().any(|dependency| dependency == name) {
            return Err(format!(
                "nansen with all features does not depend on {name}"
            ));
        }
    }
    Ok(())
}

/// Names of the crates that a package, with the features named after it, needs to be built and to run.
fn dependencies(package: &str) -> Result<Vec<String>, Failure> {
    let tree = "tree --edges normal,build --prefix none --format {p} --package";
    let tree = output(&mut cargo(&format!("{tree} {package}")))?;
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    Ok(names.map(str::to_owned).collect())
}

/// Looks through the sources of the libraries for the sockets of the standard library.
pub(crate) fn no_sockets() -> Result<(), Failure> {
    for library in LIBRARIES {
        search(&root().join("crates").join(library).join("src"))?;
    }
    Ok(())
}

fn search(path: &Path) -> Result<(), Failure> {
    let unreadable = |error| format!("{}: {error}", path.display());
    if path.is_dir() {
        for entry in fs::read_dir(path).map_err(unreadable)? {
            search(&entry.map_err(unreadable)?.path())?;
        }
        return Ok(());
    }
    let source = fs::read_to_string(path).map_err(unreadable)?;
    match SOCKETS.iter().find(|name| source.contains(**name)) {
        Some(name) => Err(format!("{} names {name}", path.display())),
        None => Ok(()),
    }
}

/// Crates that only a holder's side links.
const HOLDERS_ONLY: [&str; 4] = ["argon2", "libsqlite3-sys", "nansen-vault", "rusqlite"];

/// Crates that apps and servers embed.
const LIBRARIES: [&str; 4] = [
    "nansen",
    "nansen-credential",
    "nansen-exchange",
    "nansen-vault",
];

/// Where the standard library keeps its sockets.
const SOCKETS: [&str; 4] = ["std::net", "os::unix::net", "TcpStream", "UdpSocket"];
