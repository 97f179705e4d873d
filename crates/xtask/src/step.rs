//! One step of CI: a name, commands, and the time they take.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Why a step ended the run.
pub(crate) type Failure = String;

/// The folder of the project, where every command runs.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Runs `work` under a headline and says how long it took.
pub(crate) fn step(name: &str, work: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    eprintln!("==> {name}");
    let start = Instant::now();
    let outcome = work();
    let seconds = start.elapsed().as_secs();
    let word = if outcome.is_ok() { "passed" } else { "FAILED" };
    eprintln!("<== {name} {word} after {seconds} s");
    outcome.map_err(|failure| format!("{name}: {failure}"))
}

/// A cargo command at the root of the project; `arguments` are separated by spaces.
pub(crate) fn cargo(arguments: &str) -> Command {
    // The cargo that runs this program, hence its toolchain.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments.split(' ')).current_dir(root());
    command
}

/// Runs a command to its end; its output goes where this program's goes.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command
        .status()
        .map_err(|error| format!("{:?} did not start: {error}", command.get_program()))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{command:?} ended with {status}"))
    }
}

/// What a command writes to its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| format!("{:?} did not start: {error}", command.get_program()))?;
    if !output.status.success() {
        return Err(format!("{command:?} ended with {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{command:?} wrote no UTF-8"))
}
