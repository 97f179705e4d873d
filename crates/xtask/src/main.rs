//! Chores of the project: `cargo xtask ci` runs what CI runs.

mod bindgen;
mod ci;
mod fixtures;
mod offline;
mod step;
mod targets;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((chore, [])) if chore == "ci" => ci::run_all(),
        Some((chore, [])) if chore == "fixtures" => {
            fixtures::make().map(|folder| println!("{}", folder.display()))
        }
        Some((chore, [])) if chore == "targets" => targets::run_all(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

const USAGE: &str = "usage: cargo xtask CHORE

ci        what CI runs
fixtures  an issuer and its lists for the tests of the bindings; prints the folder
targets   checks the libraries for phones; runs the core's tests on arm64";
