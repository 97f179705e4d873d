//! Many presentations at once: each file is one, checked on every core, with a summary that names
//! nobody.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::Args;
use nansen::field::{Outcome, Queued, Tally, check_queue};
use nansen_credential::report::{Report, Verdict};
use nansen_exchange::qr::Kind;
use serde_json::{Value, json};

use super::trust::TrustArgs;
use super::verify::StatusPolicyArgs;
use crate::args::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::input;
use crate::limits::PICTURES_MAX;
use crate::output::{Output, plain};

/// A queue of presentations.
#[derive(Args, Clone, Debug)]
pub(crate) struct BatchArgs {
    /// Pictures or texts of codes, each of one presentation or copy, or folders of them
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// Cores to use [default: all]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    #[command(flatten)]
    policy: StatusPolicyArgs,
    #[command(flatten)]
    trust: TrustArgs,
}

impl BatchArgs {
    /// Runs the command.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Exit> {
        let trust = self.trust.open(context)?;
        let files = files_of(&self.inputs)?;
        let available = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let threads = self.threads.unwrap_or_else(available);
        let (mut queue, mut names) = (Vec::new(), Vec::new());
        for (path, read) in files.iter().zip(read_all(&files, threads)) {
            match read {
                Ok(queued) => {
                    queue.push(queued);
                    names.push(path);
                }
                Err(refused) => say_unread(path, &refused, context.output)?,
            }
        }
        let now = context.clock.now();
        let policy = self.policy.policy();
        let batch = check_queue(&mut queue, trust.store(), policy, now, threads);
        for (path, outcome) in names.iter().zip(&batch.outcomes) {
            match outcome {
                Ok(Outcome::Alone(report)) => say_report(path, report, context.output)?,
                Ok(Outcome::Answered(answered)) => {
                    for checked in &answered.presentations {
                        say_report(path, &checked.report, context.output)?;
                    }
                }
                Err(error) => say_unread(path, &error.clone().into(), context.output)?,
            }
        }
        let unread = files.len() - queue.len();
        let tally = Tally {
            unreadable: batch.tally.unreadable + unread as u64,
            ..batch.tally
        };
        say_tally(&tally, context.output)?;
        Ok(match tally {
            Tally { invalid: 1.., .. } => Exit::Invalid,
            Tally {
                undetermined: 1.., ..
            }
            | Tally {
                unreadable: 1.., ..
            } => Exit::Undetermined,
            _ => Exit::Done,
        })
    }
}

/// The files, those of folders in the order of their names.
fn files_of(inputs: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for input in inputs {
        if !input.is_dir() {
            files.push(input.clone());
            continue;
        }
        let entries = std::fs::read_dir(input).map_err(Failure::file(input))?;
        let mut paths = Vec::new();
        for entry in entries.take(PICTURES_MAX + 1) {
            let path = entry.map_err(Failure::file(input))?.path();
            if path.is_file() {
                paths.push(path);
            }
        }
        paths.sort_unstable();
        files.append(&mut paths);
        if files.len() > PICTURES_MAX {
            return Err(Failure::TooMany {
                path: input.clone(),
                what: "presentations",
                limit: PICTURES_MAX,
            });
        }
    }
    Ok(files)
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

fn say_tally(tally: &Tally, output: Output) -> Result<()> {
    let words = [Verdict::Valid, Verdict::Invalid, Verdict::Undetermined].map(Verdict::as_str);
    let counts = [tally.valid, tally.invalid, tally.undetermined];
    let mut lines: Vec<String> = words
        .iter()
        .zip(counts)
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    lines.push(format!("{} not read", tally.unreadable));
    let reasons = tally.reasons.iter();
    lines.extend(reasons.map(|(code, count)| format!("  {code}: {count}")));
    output.say(
        &json!({"total": tally.total(), "valid": tally.valid, "invalid": tally.invalid,
                "undetermined": tally.undetermined, "unreadable": tally.unreadable,
                "reasons": tally.reasons, "types": tally.types}),
        &plain(&lines.join("\n")),
    )
}
