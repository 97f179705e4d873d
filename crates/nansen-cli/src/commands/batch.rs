//! Many presentations at once: each file is one, checked on every core, with a summary that names
//! nobody. They are read in portions, so that memory is bounded by one.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::Args;
use nansen::field::{Outcome, Queued, Tally, check_queue};
use nansen_credential::report::{Code, Outcome as Checked, Report, Verdict};
use nansen_exchange::qr::Kind;
use serde_json::{Value, json};

use super::trust::TrustArgs;
use super::verify::StatusPolicyArgs;
use crate::args::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::input;
use crate::limits::{PICTURES_MAX, PORTION, THREADS_MAX};
use crate::output::{Output, plain};

/// A queue of presentations.
#[derive(Args, Clone, Debug)]
pub(crate) struct BatchArgs {
    /// Pictures or texts of codes, each of one presentation or copy, or folders of them
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// Cores to use, at most 64 [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=i64::from(THREADS_MAX)))]
    threads: Option<u8>,
    #[command(flatten)]
    policy: StatusPolicyArgs,
    #[command(flatten)]
    trust: TrustArgs,
}

impl BatchArgs {
    /// Runs the command.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        let trust = self.trust.open(context)?;
        let (files, folders) = files_of(&self.inputs)?;
        if files.is_empty() {
            let paths = self.inputs.clone();
            return Err(Failure::NoFiles { paths, folders });
        }
        let threads = self.threads();
        let (policy, now) = (self.policy.policy(), context.clock.now());
        let (mut tally, mut is_open) = (Tally::default(), false);
        for portion in files.chunks(PORTION) {
            let (mut queue, mut read) = (Vec::new(), Vec::new());
            for one in read_all(portion, threads) {
                read.push(one.map(|queued| queue.push(queued)));
            }
            let batch = check_queue(&mut queue, trust.store(), policy, now, threads);
            let mut outcomes = batch.outcomes.into_iter();
            for (path, read) in portion.iter().zip(read) {
                let outcome = match read {
                    Ok(()) => outcomes.next(),
                    Err(refused) => {
                        tally.unreadable += 1;
                        say_unread(path, &refused, context.output)?;
                        None
                    }
                };
                let Some(outcome) = outcome else { continue };
                tally.add_outcome(&outcome);
                match outcome {
                    Ok(Outcome::Alone(report)) => {
                        is_open |= !is_all_that_can_be(&report);
                        say_report(path, &report, context.output)?;
                    }
                    Ok(Outcome::Answered(answered)) => {
                        for checked in &answered.presentations {
                            is_open |= !is_all_that_can_be(&checked.report);
                            say_report(path, &checked.report, context.output)?;
                        }
                    }
                    Err(error) => say_unread(path, &error.into(), context.output)?,
                }
            }
        }
        say_tally(&tally, folders, context.output)?;
        Ok(match tally {
            Tally { invalid: 1.., .. } => Exit::Invalid,
            Tally {
                unreadable: 1.., ..
            } => Exit::Undetermined,
            _ if is_open => Exit::Undetermined,
            _ => Exit::Done,
        })
    }

    fn threads(&self) -> NonZeroUsize {
        let available = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let asked = self.threads.map(usize::from);
        let count = asked.unwrap_or_else(available).min(THREADS_MAX.into());
        NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN)
    }
}

/// Whether all that a code without a request can pass was passed: what is open is only who showed
/// it, and when.
fn is_all_that_can_be(report: &Report) -> bool {
    report.checks().all(|(_, outcome)| match outcome {
        Checked::Passed => true,
        Checked::Failed(_) => false,
        Checked::NotChecked(code) => {
            !code.blocks() || matches!(code, Code::NotBoundToThisMeeting | Code::HolderNotProven)
        }
    })
}

/// The files, those of folders in the order of their names, and how many folders inside these
/// are passed over.
fn files_of(inputs: &[PathBuf]) -> Result<(Vec<PathBuf>, usize)> {
    let (mut files, mut folders) = (Vec::new(), 0);
    for input in inputs {
        let mut paths = Vec::new();
        if input.is_dir() {
            for entry in std::fs::read_dir(input).map_err(Failure::file(input))? {
                let path = entry.map_err(Failure::file(input))?.path();
                if path.is_dir() {
                    folders += 1;
                } else {
                    paths.push(path);
                }
                check_count(input, files.len() + paths.len())?;
            }
            paths.sort_unstable();
        } else {
            paths.push(input.clone());
            check_count(input, files.len() + paths.len())?;
        }
        files.append(&mut paths);
    }
    Ok((files, folders))
}

fn check_count(path: &Path, count: usize) -> Result<()> {
    if count > PICTURES_MAX {
        let (path, what, limit) = (path.to_owned(), "presentations", PICTURES_MAX);
        return Err(Failure::TooMany { path, what, limit });
    }
    Ok(())
}

/// Reads codes, which takes longer than checking what they say, on several cores.
fn read_all(files: &[PathBuf], threads: NonZeroUsize) -> Vec<Result<Queued>> {
    let mut read: Vec<Option<Result<Queued>>> = Vec::new();
    read.resize_with(files.len(), || None);
    let waiting = Mutex::new(files.iter().zip(&mut read));
    let work = || {
        let next = || waiting.lock().ok()?.next();
        while let Some((path, read)) = next() {
            *read = Some(read_one(path));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.get() {
            scope.spawn(work);
        }
        work();
    });
    read.into_iter().flatten().collect()
}

fn read_one(path: &Path) -> Result<Queued> {
    let kinds = [Kind::Presentation, Kind::Printable];
    // Without a bar for each file.
    let quiet = Output::new(true);
    let message = input::message(&[path.to_owned()], &kinds, quiet)?;
    Ok(match message.kind {
        Kind::Printable => Queued::Copy(message.bytes),
        _ => Queued::OneWay(message.bytes),
    })
}

fn say_report(path: &Path, report: &Report, output: Output) -> Result<()> {
    let file = path.display().to_string();
    let (verdict, code) = (report.verdict(), report.reason());
    let spoken = code.map_or_else(|| verdict.spoken(), |code| code.spoken());
    output.say(
        &json!({"file": file, "verdict": verdict.as_str(),
                "code": code.map(|code| code.as_str()), "spoken": spoken}),
        &plain(&format!("{file}: {} ({spoken})", verdict.as_str())),
    )
}

fn say_unread(path: &Path, refused: &Failure, output: Output) -> Result<()> {
    let file = path.display().to_string();
    output.say(
        &json!({"file": file, "verdict": Value::Null, "code": refused.code()}),
        &plain(&format!("{file}: not read ({refused})")),
    )
}

fn say_tally(tally: &Tally, folders: usize, output: Output) -> Result<()> {
    let words = [Verdict::Valid, Verdict::Invalid, Verdict::Undetermined].map(Verdict::as_str);
    let counts = [tally.valid, tally.invalid, tally.undetermined];
    let mut lines: Vec<String> = words
        .iter()
        .zip(counts)
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    lines.push(format!("{} not read", tally.unreadable));
    if folders > 0 {
        lines.push(format!("folders inside, not looked into: {folders}"));
    }
    let reasons = tally.reasons.iter();
    lines.extend(reasons.map(|(code, count)| format!("  {code}: {count}")));
    output.say(
        &json!({"total": tally.total(), "valid": tally.valid, "invalid": tally.invalid,
                "undetermined": tally.undetermined, "unreadable": tally.unreadable,
                "folders_passed_over": folders, "reasons": tally.reasons, "types": tally.types}),
        &plain(&lines.join("\n")),
    )
}
