//! Chores of the project: `cargo xtask ci` runs what CI runs.

mod bindgen;
mod ci;
mod fixtures;
mod kotlin;
mod offline;
mod python;
mod sizes;
mod step;
mod swift;
mod targets;
mod torture;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((chore, [])) if chore == "ci" => ci::run_all(),
        Some((chore, [])) if chore == "fixtures" => {
            fixtures::make().map(|folder| println!("{}", folder.display()))
        }
        Some((chore, arguments)) if chore == "kotlin" => kotlin::run(arguments),
        Some((chore, arguments)) if chore == "python" => python::run(arguments),
        Some((chore, [])) if chore == "sizes" => sizes::run_all(),
        Some((chore, arguments)) if chore == "swift" => swift::run(arguments),
        Some((chore, [])) if chore == "targets" => targets::run_all(),
        Some((chore, arguments)) if chore == "torture" => torture::run_all(arguments),
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
kotlin    the Kotlin bindings: --write, --test, --overhead
python    the Python bindings: --write, --wheel, --test
sizes     what the library weighs in an app, by part; refuses what is too heavy
swift     the Swift bindings: --write, --test
targets   checks the libraries for phones; runs the core's tests on arm64
torture   breaks things for hours: --kills N, --power, --flips, --errors, --fuzz SECONDS|EXECUTIONS";
