//! The long versions of the tests that break things: a process killed, power cut, disks that fail, bytes
//! flipped, parsers fed. The short ones are part of `cargo test`.
//!
//! Each test says what it tried and found in lines that begin with `figure: `; these become the table at
//! the end.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Instant;

use crate::step::{Failure, cargo, root, run};

/// Fuzzing that is counted by the clock, or by executions of each target.
#[derive(Clone, Copy)]
enum Fuzzing {
    Seconds(u64),
    Executions(u64),
}

/// A long run of a test of the vault.
struct Run {
    test: &'static str,
    only: &'static str,
    variable: (&'static str, String),
}

/// Runs what `arguments` ask for, or all of it.
pub(crate) fn run_all(arguments: &[String]) -> Result<(), Failure> {
    let (runs, fuzzing) = asked(arguments)?;
    let mut table = Vec::new();
    for run in &runs {
        let start = Instant::now();
        let figures = figures(run)?;
        let minutes = start.elapsed().as_secs().div_ceil(60);
        table.extend(figures.into_iter().map(|figure| (figure, minutes)));
    }
    if let Some(fuzzing) = fuzzing {
        for target in fuzz_targets()? {
            let start = Instant::now();
            fuzz(&target, fuzzing)?;
            let minutes = start.elapsed().as_secs().div_ceil(60);
            let amount = match fuzzing {
                Fuzzing::Seconds(seconds) => format!("{seconds} s"),
                Fuzzing::Executions(runs) => format!("{runs} executions"),
            };
            table.push((format!("fuzzing, {target}: {amount}, no crash"), minutes));
        }
    }
    println!("| tried and found | minutes |\n|---|---|");
    for (figure, minutes) in table {
        println!("| {figure} | {minutes} |");
    }
    Ok(())
}

fn asked(arguments: &[String]) -> Result<(Vec<Run>, Option<Fuzzing>), Failure> {
    let (mut runs, mut fuzzing) = (Vec::new(), None);
    let mut words = arguments.iter().map(String::as_str).peekable();
    if arguments.is_empty() {
        let mut runs = Vec::from(kills(KILLS));
        runs.extend([power(), flips(), errors()]);
        return Ok((runs, Some(Fuzzing::Executions(EXECUTIONS))));
    }
    while let Some(word) = words.next() {
        let mut number = || {
            let number = words.peek().and_then(|word| word.parse::<u64>().ok());
            number.inspect(|_| _ = words.next())
        };
        match word {
            "--kills" => runs.extend(kills(number().unwrap_or(KILLS))),
            "--power" => runs.push(power()),
            "--flips" => runs.push(flips()),
            "--errors" => runs.push(errors()),
            "--fuzz" => {
                // Nobody fuzzes a million seconds, nor for fewer executions.
                let number = number().unwrap_or(EXECUTIONS);
                fuzzing = Some(match number {
                    0..1_000_000 => Fuzzing::Seconds(number),
                    _ => Fuzzing::Executions(number),
                });
            }
            other => return Err(format!("{other} is not known: {USAGE}")),
        }
    }
    Ok((runs, fuzzing))
}

/// Nine of ten while records, documents and slots change, the others while a backup is written or
/// restored.
fn kills(count: u64) -> [Run; 2] {
    let each = count.div_ceil(20);
    [
        Run {
            test: "kill",
            only: "whatever_was_going_on",
            variable: ("NANSEN_KILLS", (count.saturating_sub(2 * each)).to_string()),
        },
        Run {
            test: "backup_kill",
            only: "killed",
            variable: ("NANSEN_BACKUP_KILLS", each.to_string()),
        },
    ]
}

fn power() -> Run {
    Run {
        test: "power",
        only: "cut_",
        variable: ("NANSEN_POWER_CUTS", "24".into()),
    }
}

fn flips() -> Run {
    Run {
        test: "flips",
        only: "frozen",
        variable: ("NANSEN_FLIPS", "all".into()),
    }
}

fn errors() -> Run {
    Run {
        test: "faults",
        only: "disk",
        variable: ("NANSEN_FAULTS", "all".into()),
    }
}

/// Runs a test of the vault, and collects what it says of itself.
fn figures(asked: &Run) -> Result<Vec<String>, Failure> {
    let Run {
        test,
        only,
        variable: (name, value),
    } = asked;
    eprintln!("==> {test}, {name}={value}");
    let arguments = format!("test --quiet --release --package nansen-vault --test {test} {only}");
    let mut child = cargo(&arguments)
        .args(["--", "--nocapture"])
        .env(name, value)
        .env("CI", "true")
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cargo did not start: {error}"))?;
    let mut figures = Vec::new();
    let said = child.stderr.take().map(BufReader::new);
    for line in said
        .into_iter()
        .flat_map(BufReader::lines)
        .map_while(Result::ok)
    {
        eprintln!("{line}");
        // The runner writes a dot for a test that passed before the next one's words.
        if let Some((_, figure)) = line.split_once("figure: ") {
            figures.push(figure.to_owned());
        }
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    match status.success() {
        true => Ok(figures),
        false => Err(format!("{test} ended with {status}")),
    }
}

/// The targets that cargo-fuzz knows.
fn fuzz_targets() -> Result<Vec<String>, Failure> {
    let folder = root().join("tests/fuzz/fuzz_targets");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{folder:?}: {error}"))?;
    let mut targets: Vec<String> = entries
        .flatten()
        .filter_map(|entry| Some(entry.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    targets.sort();
    Ok(targets)
}

/// Feeds one target with a nightly compiler, as `tests/fuzz/Cargo.toml` tells.
fn fuzz(target: &str, fuzzing: Fuzzing) -> Result<(), Failure> {
    eprintln!("==> fuzzing {target}");
    let amount = match fuzzing {
        Fuzzing::Seconds(seconds) => format!("-max_total_time={seconds}"),
        Fuzzing::Executions(runs) => format!("-runs={runs}"),
    };
    // The cargo that runs this program is not the nightly one: rustup finds that by its name.
    let mut fuzz = std::process::Command::new("rustup");
    let arguments = "run nightly cargo fuzz run --fuzz-dir tests/fuzz";
    fuzz.args(arguments.split(' '))
        .arg(target)
        .args(["--", "-print_final_stats=1", "-verbosity=0"])
        .args([amount, format!("-rss_limit_mb={FUZZ_MIB}")])
        .arg("-timeout=10")
        .env_remove("CARGO")
        .env_remove("RUSTUP_TOOLCHAIN")
        .current_dir(root());
    run(&mut fuzz)
}

const KILLS: u64 = 5_000;
const EXECUTIONS: u64 = 10_000_000;
/// Most memory that a target may take, its corpus included.
const FUZZ_MIB: u32 = 1024;

const USAGE: &str =
    "torture [--kills N] [--power] [--flips] [--errors] [--fuzz SECONDS|EXECUTIONS]";
