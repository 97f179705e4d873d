//! Runs the program as a script would: in a folder of its own, at a fixed time.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "each test file uses a part of it, and a failure here fails the test"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// The time of the tests, unix seconds.
pub(crate) const NOW: i64 = 1_790_000_000;
/// The type that the desk of the tests issues.
pub(crate) const VCT: &str = "urn:nansen:skills:1";

/// A folder, and the program in it.
pub(crate) struct Nansen {
    folder: TempDir,
    /// The time that the program is told.
    pub(crate) now: i64,
    /// The passphrase that the program is told.
    pub(crate) passphrase: String,
}

/// What the program said.
pub(crate) struct Said {
    /// Exit code.
    pub(crate) exit: i32,
    /// Lines of JSON on stdout.
    pub(crate) lines: Vec<Value>,
    /// JSON on stderr, null if there is none.
    pub(crate) error: Value,
}

impl Said {
    /// The only line, of a command that ended well.
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.exit, 0, "{}", self.error);
        self.lines.into_iter().next_back().unwrap_or_default()
    }

    /// The code of the error.
    pub(crate) fn code(&self) -> &str {
        self.error["error"]["code"].as_str().unwrap_or_default()
    }
}

impl Nansen {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            now: NOW,
            passphrase: "correct horse".to_owned(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// The program in the folder of the test, told nothing but where its vaults are.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nansen"));
        command
            .current_dir(self.folder.path())
            .env_remove("NANSEN_PASSPHRASE")
            .env("NANSEN_VAULT", "wallet.nansen")
            .env("NANSEN_DESK", "desk.nansen");
        command
    }

    /// Runs with `--json`; arguments are separated by spaces, `|` stands for a space in one.
    pub(crate) fn run(&self, arguments: &str) -> Said {
        self.run_with(arguments, &[])
    }

    /// As [`Nansen::run`], with more in the environment.
    pub(crate) fn run_with(&self, arguments: &str, environment: &[(&str, &str)]) -> Said {
        let mut command = self.command();
        command
            .env("NANSEN_PASSPHRASE", &self.passphrase)
            .envs(environment.iter().copied())
            .args(["--json", "--now", &self.now.to_string()])
            .args(
                arguments
                    .split_whitespace()
                    .map(|word| word.replace('|', " ")),
            );
        said(&command.output().unwrap())
    }

    /// A desk that is its own root, and its root key.
    pub(crate) fn desk(&self) -> String {
        let desk = self.run(
            "issuer init --uri https://nstb.example --name en=Skills|Board --country NPL \
             --type urn:nansen:skills:1 --root --status-bits 2 --kdf floor",
        );
        desk.ok()["root"]["key"].as_str().unwrap().to_owned()
    }

    /// A wallet that trusts the desk, and the trust file of a verifier.
    pub(crate) fn wallet_and_verifier(&self, root: &str) {
        self.run("vault init --kdf floor").ok();
        self.run("issuer key --out issuer.json").ok();
        self.run("issuer trust-list --issuer issuer.json --out trust.cwt")
            .ok();
        self.run(&format!("vault trust --root {root} trust.cwt"))
            .ok();
        self.run(&format!("trust add --trust store --root {root} trust.cwt"))
            .ok();
    }

    /// A new device key of the wallet.
    pub(crate) fn device_key(&self) -> String {
        let key = self.run("vault device-key").ok();
        key["device_key"].as_str().unwrap().to_owned()
    }

    /// Issues the welder's credential to the wallet; gives its id there and in the desk's log.
    pub(crate) fn welder(&self) -> (String, String) {
        self.write("welder.json", WELDER);
        let key = self.device_key();
        let out = format!("{key}.cwt");
        let issued = self
            .run(&format!(
                "issuer issue welder.json --device-key={key} --out ./{out}"
            ))
            .ok();
        let imported = self.run(&format!("vault import ./{out}")).ok();
        assert_eq!(imported["issuer"], "trusted");
        let text = |value: &Value| value["id"].as_str().unwrap().to_owned();
        (text(&imported), text(&issued))
    }

    /// Signs the status lists and hands them to the verifier.
    pub(crate) fn hand_out_status(&self) {
        self.run("issuer status-list --out lists").ok();
        self.run("trust add --trust store lists/status-1.cwt").ok();
    }
}

fn said(output: &Output) -> Said {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let lines = text(&output.stdout);
    Said {
        exit: output.status.code().unwrap(),
        lines: lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
            .collect(),
        error: serde_json::from_str(&text(&output.stderr)).unwrap_or_default(),
    }
}

/// An invented welder.
pub(crate) const WELDER: &str = r#"{
  "type": "urn:nansen:skills:1",
  "expires_at": "2031-09-20T00:00:00Z",
  "claims": {
    "family_name": "Gurung",
    "given_name": "Sita Maya",
    "qualification": "Welder (SMAW 3G/4G)",
    "eqf_level": 3,
    "isced_f": "0715",
    "employment": {"from": "2021-02", "months": 42}
  }
}"#;
