//! The disk is full or fails at any one call of a scripted run, or from that call on: each step that
//! meets it says so by name and changes nothing, or is done; and all goes on when the disk does.
//!
//! strace makes the nth call of a kind fail. `NANSEN_FAULTS=all` tries each call of each kind, one time
//! and for good, a number at most so many calls of each kind; a quick run tries a few.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]
#![cfg(target_os = "linux")]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    os::unix::fs::FileExt,
    path::PathBuf,
};

use common::{
    PART, quick_folder,
    script::{Run, State, contents, every_kind, find},
    this_program,
    traced::{self, Call, Fault, READS, Record, say},
};
use nansen_vault::Error;

const NAME: &str = "vault.nansen";

/// Calls that fail for want of space, and those that fail for a broken disk.
const FULL: [&str; 4] = ["pwrite64", "write", "openat", "renameat2"];
const BROKEN: [&str; 10] = [
    "pwrite64",
    "write",
    "openat",
    "ftruncate",
    "fsync",
    "fdatasync",
    "rename",
    "renameat2",
    "unlink",
    READS,
];

fn traced_run(faults: &[Fault]) -> (tempfile::TempDir, Record) {
    let folder = quick_folder();
    let mut child = this_program("run");
    child.env("VAULT", folder.path().join(NAME));
    let record = traced::run(&child, folder.path(), faults);
    (folder, record)
}

/// Which calls about the folder the run makes, by kind.
fn places(record: &Record) -> BTreeMap<String, Vec<usize>> {
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for line in record.lines.iter().filter(|line| line.in_folder) {
        places.entry(line.call.clone()).or_default().push(line.nth);
    }
    places
}

/// What the child said of its steps, and what was left.
#[derive(Default)]
struct Tally {
    faults: usize,
    refused: usize,
    /// Faults that no step was refused for.
    unfelt: usize,
    /// Steps that were refused and are there all the same once the file is opened anew.
    done_all_the_same: usize,
    errors: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Tally {
    fn judge(&mut self, faults: &[Fault]) {
        let (folder, record) = traced_run(faults);
        self.faults += 1;
        let steps = every_kind();
        let (mut good, mut open) = (State::default(), Vec::new());
        let mut next = 0;
        let mut wrong = |what: String| self.wrong.push(format!("{faults:?}: {what}"));
        for call in &record.calls {
            let Call::Said(words) = call else { continue };
            let (what, rest) = words.split_once(' ').unwrap();
            match what {
                "done" => {
                    good = good.after(&steps[rest.parse::<usize>().unwrap()]);
                    open.clear();
                    next += 1;
                }
                "refused" => {
                    let (number, error) = rest.split_once(' ').unwrap();
                    open.push(good.after(&steps[number.parse::<usize>().unwrap()]));
                    self.refused += 1;
                    self.errors.insert(error.to_owned());
                    let named = ["DiskFull", "Io ", "ReadOnly"];
                    let is_named = named.iter().any(|name| error.starts_with(name))
                        || (faults[0].call == READS && error.starts_with("Damaged "));
                    let is_exact = faults[0].error != "ENOSPC"
                        || !faults[0].call.ends_with("write64")
                        || error == "DiskFull";
                    if !is_named || !is_exact {
                        wrong(format!("step {number} was refused by {error}"));
                    }
                    next += 1;
                }
                "wrong" => wrong(rest.to_owned()),
                "closed" => next += 1000,
                other => panic!("{other}"),
            }
        }
        if next < 1000 {
            wrong("the run ended before its end".into());
        }
        if open.is_empty() {
            self.unfelt += 1;
        }
        // The disk serves again.
        let refused = open.len();
        open.insert(0, good.clone());
        match find(&folder.path().join(NAME), &open, true) {
            Ok(state) if refused > 0 && state != good => self.done_all_the_same += 1,
            Ok(_) => {}
            Err(what) => wrong(format!("afterwards it {what}")),
        }
    }
}

fn try_faults(error: &'static str, kinds: &[&str], most: usize) {
    if !traced::possible() {
        return;
    }
    let (_folder, plain) = traced_run(&[]);
    let places = places(&plain);
    let mut tally = Tally::default();
    for kind in kinds {
        let all = places.get(*kind).map_or(&[][..], Vec::as_slice);
        let step = all.len().div_ceil(most).max(1);
        for (turn, nth) in all.iter().step_by(step).enumerate() {
            let fault = |call: &str, nth, lasting| Fault {
                call: call.into(),
                nth,
                lasting,
                error,
            };
            if most == usize::MAX || turn.is_multiple_of(2) {
                tally.judge(&[fault(kind, *nth, false)]);
            }
            if most == usize::MAX || !turn.is_multiple_of(2) {
                tally.judge(&[fault(kind, *nth, true)]);
            }
        }
    }
    eprintln!(
        "figure: {error} at calls {kinds:?}: {} faults, {} steps refused, {} faults unfelt, {} refused steps done, {} wrong; by {:?}",
        tally.faults,
        tally.refused,
        tally.unfelt,
        tally.done_all_the_same,
        tally.wrong.len(),
        tally.errors
    );
    assert!(tally.faults >= 10 && tally.refused > 5);
    assert!(tally.wrong.is_empty(), "{:#?}", tally.wrong);
}

/// Most faults of each kind of call.
fn most() -> usize {
    match std::env::var("NANSEN_FAULTS") {
        Ok(most) => most.parse().unwrap_or(usize::MAX),
        Err(_) => 4,
    }
}

#[test]
fn a_full_disk_is_told_at_any_call_and_changes_nothing() {
    try_faults("ENOSPC", &FULL, most());
}

#[test]
fn a_broken_disk_is_told_at_any_call_and_changes_nothing() {
    try_faults("EIO", &BROKEN, most());
}

/// When a file has its new content and nothing can be opened any more: neither the folder, to make that
/// last, nor the file, to see which content it has.
#[test]
fn a_file_that_cannot_be_looked_at_again_keeps_its_way_to_unlock() {
    if !traced::possible() {
        return;
    }
    let (_folder, plain) = traced_run(&[]);
    let lines: Vec<_> = plain.lines.iter().filter(|line| line.in_folder).collect();
    let mut tally = Tally::default();
    for (place, _) in lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.call == "rename")
    {
        let mut later = lines[place..].iter();
        let Some(open) = later.find(|line| line.call == "openat") else {
            continue;
        };
        tally.judge(&[Fault {
            call: open.call.clone(),
            nth: open.nth,
            lasting: true,
            error: "ENOSPC",
        }]);
    }
    assert!(tally.faults >= 2, "{}", tally.faults);
    assert!(tally.wrong.is_empty(), "{:#?}", tally.wrong);
}

/// The part of another process; does nothing when run as a test.
#[test]
fn child() {
    if std::env::var_os(PART).is_none() {
        return;
    }
    let path = PathBuf::from(std::env::var("VAULT").unwrap());
    warm_up();
    let mut run = Run::new(&path, State::default(), 1);
    for (number, step) in every_kind().iter().enumerate() {
        if !run.state.admits(step) {
            continue;
        }
        match run.take(step) {
            Ok(()) => say(&format!("done {number}")),
            Err(error) => {
                say(&format!("refused {number} {error:?}"));
                if !run.state.exists {
                    if path.exists() {
                        say(&format!("wrong step {number} left a file behind"));
                    }
                    break;
                }
            }
        }
        // What is still open shows what is acknowledged and no more, if the disk can be read.
        match run.vault.as_ref().map(contents) {
            Some(Ok(found)) if found != run.state.contents => {
                say(&format!("wrong contents after step {number}"));
            }
            // To SQLite a sector that cannot be read is a broken file.
            Some(Err(error)) if !matches!(error, Error::Io { .. } | Error::Damaged { .. }) => {
                say(&format!("wrong reading after step {number}: {error:?}"));
            }
            _ => {}
        }
    }
    drop(run);
    say("closed .");
}

/// Makes so many calls of each kind that no other thread of this program, which loads libraries and reports,
/// ever makes as many: a fault is counted for each thread.
fn warm_up() {
    let null = std::fs::File::options()
        .read(true)
        .write(true)
        .open("/dev/null")
        .unwrap();
    for _ in 0..200 {
        let _ = std::fs::File::open("/dev/null").unwrap();
        (&null).write_all(b"0").unwrap();
        null.read_at(&mut [0], 0).unwrap();
    }
}
