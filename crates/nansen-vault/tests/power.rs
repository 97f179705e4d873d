//! The power goes at any moment of a scripted run: whatever of the unsynced bytes and names reached the
//! disk, the vault opens with all that was acknowledged, and no step is there in part.
//!
//! A run is recorded once, call by call. At each sync, and after each, the disk is cut off in several
//! ways ([`Unsynced`]), and the vault opened from what stands there. `NANSEN_POWER_CUTS` sets how many cuts
//! by lot are made at each point, and in how many runs.

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

use std::path::{Path, PathBuf};

use common::{
    NOW, PART,
    disk::{Disk, Unsynced},
    rng,
    script::{self, Run, Seeded, State, Step, find},
    this_program,
    traced::{self, Call, say},
};

const NAME: &str = "vault.nansen";

/// What was tried and what was wrong.
#[derive(Default)]
struct Tally {
    syncs: usize,
    cuts: usize,
    wrong: Vec<String>,
}

/// Records a run and cuts it off at each sync.
fn cut_everywhere(start: &State, steps: &[Step], folder: &Path, seed: u64, lots: u64) -> Tally {
    let mut child = this_program("run");
    child
        .env("VAULT", folder.join(NAME))
        .env("SEED", seed.to_string());
    let record = traced::run(&child, folder, &[]);
    let mut disk = Disk::new(&record);
    let mut states = vec![start.clone()];
    for step in steps {
        states.push(states[states.len() - 1].after(step));
    }
    let (mut tally, mut done) = (Tally::default(), 0);
    for (at, call) in record.calls.iter().enumerate() {
        let syncs = matches!(call, Call::Sync { .. } | Call::SyncFolder);
        if syncs {
            tally.syncs += 1;
            cut_here(&disk, &states, done, at, lots, &mut tally);
        }
        if let Call::Said(words) = call {
            assert_eq!(*words, format!("done {done}"));
            done += 1;
        }
        disk.take(call);
        // What was acknowledged since the last sync stands there, or the next steps would hide its loss.
        if syncs || matches!(call, Call::Said(_)) {
            cut_here(&disk, &states, done, at, lots, &mut tally);
        }
    }
    assert_eq!(done, steps.len(), "the run was not finished");
    tally
}

fn cut_here(disk: &Disk, states: &[State], done: usize, at: usize, lots: u64, tally: &mut Tally) {
    let plain = [
        Unsynced::Lost,
        Unsynced::Kept,
        Unsynced::OnlyNames,
        Unsynced::OnlyBytes,
    ];
    let seed = |lot: u64| (at as u64) << 20 | lot << 1 | u64::from(disk.is_synced());
    let drawn =
        (0..lots).flat_map(|lot| [Unsynced::Torn(seed(lot)), Unsynced::CutShort(seed(lot))]);
    // Of a disk that is synced there is one picture only.
    let most = if disk.is_synced() { 1 } else { usize::MAX };
    for unsynced in plain.into_iter().chain(drawn).take(most) {
        let folder = common::quick_folder();
        disk.cut(unsynced, folder.path());
        tally.cuts += 1;
        let possible = &states[done..states.len().min(done + 2)];
        let found = find(
            &folder.path().join(NAME),
            possible,
            tally.cuts.is_multiple_of(16),
        );
        if let Err(wrong) = found {
            tally.wrong.push(format!(
                "call {at}, after {done} steps, {unsynced:?}: {wrong}"
            ));
        }
    }
}

fn report(what: &str, tally: &Tally) {
    eprintln!(
        "figure: power loss, {what}: {} syncs, {} cuts, {} wrong",
        tally.syncs,
        tally.cuts,
        tally.wrong.len()
    );
    assert!(tally.cuts > tally.syncs && tally.syncs > 20);
    assert!(tally.wrong.is_empty(), "{:#?}", tally.wrong);
}

/// How many cuts by lot at each point, if more than in a quick run.
fn asked() -> Option<u64> {
    std::env::var("NANSEN_POWER_CUTS").ok()?.parse().ok()
}

#[test]
fn a_run_of_every_kind_of_step_survives_a_cut_at_each_sync() {
    if !traced::possible() {
        return;
    }
    let folder = common::quick_folder();
    let steps = script::every_kind();
    let lots = asked().unwrap_or(1);
    let tally = cut_everywhere(&State::default(), &steps, folder.path(), 0, lots);
    report("every kind of step", &tally);
}

/// Opening an old vault may bring it to a newer version.
#[test]
fn a_frozen_vault_survives_a_cut_while_it_is_opened_and_used() {
    if !traced::possible() {
        return;
    }
    let (folder, state) = frozen();
    let lots = asked().unwrap_or(2);
    let tally = cut_everywhere(&state, &frozen_steps(), folder.path(), FROZEN, lots);
    report("a frozen vault", &tally);
}

#[test]
fn runs_by_lot_survive_a_cut_at_each_sync() {
    let Some(lots) = asked().filter(|_| traced::possible()) else {
        return;
    };
    let mut all = Tally::default();
    for seed in 1..=lots {
        let folder = common::quick_folder();
        let steps = by_lot(seed);
        let tally = cut_everywhere(&State::default(), &steps, folder.path(), seed, 4);
        all.syncs += tally.syncs;
        all.cuts += tally.cuts;
        let named = tally.wrong.into_iter();
        all.wrong
            .extend(named.map(|wrong| format!("run {seed}: {wrong}")));
    }
    report("runs by lot", &all);
}

/// Stands for the run that begins with a frozen vault.
const FROZEN: u64 = u64::MAX;

fn by_lot(seed: u64) -> Vec<Step> {
    let mut steps = vec![Step::Create, Step::Recovery(1)];
    let state = steps
        .iter()
        .fold(State::default(), |state, step| state.after(step));
    steps.extend(script::drawn(&state, 40, &mut Seeded(seed)));
    steps
}

fn frozen_steps() -> Vec<Step> {
    let title = || "new".to_owned();
    vec![
        Step::Reopen,
        Step::Insert {
            title: title(),
            length: 5_000,
        },
        Step::Reopen,
        Step::Recovery(7),
        Step::Delete {
            title: "long".into(),
        },
        Step::Update {
            title: title(),
            length: 10,
        },
    ]
}

/// A folder with a copy of the frozen vault, and what it holds.
fn frozen() -> (tempfile::TempDir, State) {
    let folder = common::quick_folder();
    let vaults = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vaults");
    let path = folder.path().join(NAME);
    std::fs::copy(vaults.join("v1.nansen"), &path).unwrap();
    let locked = nansen_vault::LockedVault::open(&path).unwrap();
    let passphrase = script::passphrase(0);
    let vault = locked
        .unlock(
            nansen_vault::Unlock::Passphrase(&passphrase),
            NOW,
            &mut rng(),
        )
        .unwrap();
    let state = State {
        exists: true,
        contents: script::contents(&vault).unwrap(),
        ..State::default()
    };
    drop(vault);
    std::fs::copy(vaults.join("v1.nansen"), &path).unwrap();
    (folder, state)
}

/// The part of another process; does nothing when run as a test.
#[test]
fn child() {
    if std::env::var_os(PART).is_none() {
        return;
    }
    let path = PathBuf::from(std::env::var("VAULT").unwrap());
    let seed = std::env::var("SEED").unwrap().parse().unwrap();
    let (start, steps) = match seed {
        0 => (State::default(), script::every_kind()),
        // What it holds is not asked for by its steps, only what opens it.
        FROZEN => (
            State {
                exists: true,
                ..State::default()
            },
            frozen_steps(),
        ),
        seed => (State::default(), by_lot(seed)),
    };
    let mut run = Run::new(&path, start, seed);
    for (number, step) in steps.iter().enumerate() {
        run.take(step).unwrap();
        say(&format!("done {number}"));
    }
}
