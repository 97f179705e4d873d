//! What the tests of the bindings need from outside a wallet: an issuer, and what a verifier
//! carries. The `nansen` program makes it, so that no binding has to know how to issue.
//!
//! | file in `target/fixtures` | what it is |
//! |---|---|
//! | `nansen` | the program |
//! | `desk.nansen` | an issuing desk, `urn:nansen:skills:1`, opened with [`PASSPHRASE`] |
//! | `root.key` | the desk's public root key: base64url of its short bytes, no line end |
//! | `trust.list` | the trust list that names the desk, signed by the root |
//! | `status.list` | the status list of what the desk issues: nothing is revoked |
//! | `welder.json` | a claim file |
//! | `foreign.cwt` | a credential with these claims, bound to a device key that no wallet holds |
//!
//! A credential is bound to a device key that only the wallet under test can make. So the test
//! lets its wallet make one, and then issues to it (`KEY` is base64url of the key's short bytes):
//!
//! ```sh
//! NANSEN_PASSPHRASE=only-for-tests nansen issuer issue welder.json \
//!     --desk desk.nansen --device-key=KEY --out welder.cwt
//! ```
//!
//! One program at a time may open a desk: a test that runs beside others copies `desk.nansen`
//! first. Tests find the folder in `NANSEN_FIXTURES` and the program in `NANSEN_CLI`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{Failure, cargo, output, run, target};

/// Opens the desk.
pub(crate) const PASSPHRASE: &str = "only-for-tests";

/// Builds the program and makes everything anew; gives the folder.
pub(crate) fn make() -> Result<PathBuf, Failure> {
    run(&mut cargo("build --quiet --package nansen-cli"))?;
    let folder = target().join("fixtures");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
    }
    fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
    let folder = fs::canonicalize(&folder).map_err(|error| unwritable(&folder, &error))?;
    // A copy, so that a test in a chroot needs to see this folder only.
    let program = folder.join(PROGRAM);
    fs::copy(target().join("debug/nansen"), &program)
        .map_err(|error| unwritable(&program, &error))?;

    desk(&folder, INIT)?;
    let described = desk(&folder, &["key", "--out", "issuer.json"])?;
    let root = root_key(&described)?;
    write(&folder, "root.key", root)?;
    let trust_list = [
        "trust-list",
        "--issuer",
        "issuer.json",
        "--out",
        "trust.list",
    ];
    desk(&folder, &trust_list)?;
    // The first credential brings the desk's status list into being.
    write(&folder, "welder.json", WELDER)?;
    let key = format!("--device-key={root}");
    desk(
        &folder,
        &["issue", "welder.json", &key, "--out", "foreign.cwt"],
    )?;
    desk(&folder, &["status-list", "--out", "lists"])?;
    let list = folder.join("lists/status-1.cwt");
    fs::rename(&list, folder.join("status.list")).map_err(|error| unwritable(&list, &error))?;
    fs::remove_dir(folder.join("lists")).map_err(|error| unwritable(&folder, &error))?;
    Ok(folder)
}

/// Makes the fixtures and tells `tests` where they are.
pub(crate) fn give_to(tests: &mut Command) -> Result<(), Failure> {
    let folder = make()?;
    tests
        .env("NANSEN_CLI", folder.join(PROGRAM))
        .env("NANSEN_FIXTURES", folder);
    Ok(())
}

/// Runs a command of the desk in `folder`; gives what it said, as JSON.
fn desk(folder: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let mut command = Command::new(folder.join(PROGRAM));
    command
        .args(["--json", "issuer"])
        .args(arguments)
        .env("NANSEN_DESK", "desk.nansen")
        .env("NANSEN_PASSPHRASE", PASSPHRASE)
        .current_dir(folder);
    output(&mut command)
}

/// The root key in what `nansen --json issuer key` says.
fn root_key(described: &str) -> Result<&str, Failure> {
    let (_, key) = described
        .split_once(r#""root":{"key":""#)
        .ok_or("nansen issuer key names no root key")?;
    let (key, _) = key.split_once('"').ok_or("the root key has no end")?;
    Ok(key)
}

fn write(folder: &Path, name: &str, content: &str) -> Result<(), Failure> {
    let path = folder.join(name);
    fs::write(&path, content).map_err(|error| unwritable(&path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    format!("{}: {error}", path.display())
}

const PROGRAM: &str = "nansen";

const INIT: &[&str] = &[
    "init",
    "--root",
    "--uri",
    "https://board.example",
    "--name",
    "en=Skills Board",
    "--country",
    "NPL",
    "--type",
    "urn:nansen:skills:1",
    "--kdf",
    "floor",
];

const WELDER: &str = r#"{
  "claims": {
    "family_name": "Gurung",
    "given_name": "Asha",
    "qualification": "Welder",
    "eqf_level": 3
  }
}
"#;
