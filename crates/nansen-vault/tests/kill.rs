//! kill -9, for real: a child process works on a vault and acknowledges each step on its output; the
//! parent kills it at a random moment, opens the vault, and looks for everything acknowledged.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::Child,
    thread,
    time::Duration,
};

use common::{
    Home, PART, add_document, content, later, passphrase, read_document, rng,
    script::{Run, Seeded, State, Step, contents, drawn, find, recovery},
    titled,
};
use nansen_vault::{
    Error, KdfParams, LockedVault, Passphrase, PlatformSecret, RecordId, RecoveryCode, Unlock,
    Vault, Way,
};
use rand_core::Rng;

/// On a machine with other work, where a child gets little done before it is killed, a test goes on until
/// enough was done, but not for ever.
const MOST_KILLS: usize = 1000;

/// Starts a child, waits for its first word, lets it work a moment, kills it; what it said.
fn kill_after(part: &str, path: &Path, code: &str, most: Duration) -> Vec<String> {
    let mut child: Child = common::this_program(part)
        .env("VAULT", path)
        .env("CODE", code)
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut said = Vec::new();
    loop {
        let mut line = String::new();
        assert!(
            output.read_line(&mut line).unwrap() > 0,
            "the child ended by itself"
        );
        if line.contains("> begun") {
            break;
        }
    }
    let micros = u64::from(rng().next_u32()) % u64::try_from(most.as_micros()).unwrap();
    thread::sleep(Duration::from_micros(micros));
    child.kill().unwrap();
    child.wait().unwrap();
    output.read_to_end(&mut said).unwrap();
    // A line cut by the kill is not an acknowledgement.
    let whole = said
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    common::said(&said[..whole])
}

fn id_of(hex: &str) -> RecordId {
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    RecordId::new(std::array::from_fn(|place| byte(place * 2)))
}

/// Number and id of an acknowledgement.
fn acknowledged(line: &str) -> (usize, RecordId) {
    let (number, id) = line.split_once(' ').unwrap();
    (number.parse().unwrap(), id_of(id))
}

#[test]
fn acknowledged_records_survive() {
    let (home, vault) = Home::new();
    let code = home.code.groups();
    drop(vault);
    let mut live = BTreeMap::new();
    for kills in 0..MOST_KILLS {
        if kills >= 120 && live.len() > 50 {
            break;
        }
        let lines = kill_after("records", &home.path, &code, Duration::from_millis(25));
        let mut fresh = Vec::new();
        for line in &lines {
            if let Some(id) = line.strip_prefix("- ") {
                live.remove(&id_of(id));
            } else {
                let (number, id) = acknowledged(line);
                live.insert(id, number);
                fresh.push(id);
            }
        }
        let vault = home.unlock();
        assert!(vault.integrity().is_intact());
        let listed: BTreeMap<_, _> = vault.list().unwrap().records.into_iter().collect();
        // One step may have been committed and killed before its acknowledgement.
        let (gone, more): (Vec<_>, Vec<_>) = (
            live.keys()
                .filter(|id| !listed.contains_key(*id))
                .copied()
                .collect(),
            listed
                .keys()
                .filter(|id| !live.contains_key(*id))
                .copied()
                .collect(),
        );
        assert!(gone.len() + more.len() <= 1, "{gone:?} gone, {more:?} more");
        for id in fresh
            .iter()
            .filter(|id| live.contains_key(*id) && !gone.contains(id))
        {
            assert!(*vault.get(*id).unwrap().body == content(live[id] % 5000));
        }
        gone.iter().for_each(|id| _ = live.remove(id));
        more.iter()
            .for_each(|id| _ = live.insert(*id, vault.get(*id).unwrap().body.len()));
    }
    assert!(home.unlock().check().unwrap().is_clean());
    assert!(live.len() > 50, "the children did {}", live.len());
}

#[test]
fn documents_are_there_whole_or_not_at_all() {
    let (home, vault) = Home::new();
    let code = home.code.groups();
    drop(vault);
    let mut kept = Vec::new();
    for kills in 0..MOST_KILLS {
        if kills >= 60 && !kept.is_empty() {
            break;
        }
        let lines = kill_after("documents", &home.path, &code, Duration::from_millis(60));
        let fresh: Vec<_> = lines.iter().map(|line| acknowledged(line)).collect();
        let vault = home.unlock();
        for (number, id) in &fresh {
            assert!(read_document(&vault, *id) == content(*number));
        }
        let report = vault.check().unwrap();
        assert!(report.is_clean(), "{report:?}");
        let before = kept.len();
        kept = vault.list().unwrap().records;
        assert!((before + fresh.len()..=before + fresh.len() + 1).contains(&kept.len()));
        drop(vault);
        // What the kill left half-written was swept.
        let owners: i64 = home
            .sql()
            .query_row("SELECT count(DISTINCT owner) FROM chunk", [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(owners as usize, kept.len());
    }
    assert!(!kept.is_empty());
}

#[test]
fn a_passphrase_change_is_done_or_not_begun() {
    let (home, mut vault) = Home::new();
    let code = home.code.groups();
    let kept = vault.insert(&titled("kept"), b"kept", &mut rng()).unwrap();
    drop(vault);
    let mut current = 0;
    let opens = |number: usize| {
        let locked = LockedVault::open(&home.path).unwrap();
        locked.unlock(Unlock::Passphrase(&numbered(number)), later(), &mut rng())
    };
    let mut vault = home.unlock();
    vault
        .change_passphrase(
            Unlock::Passphrase(&passphrase()),
            &numbered(0),
            KdfParams::FLOOR,
            &mut rng(),
        )
        .unwrap();
    drop(vault);
    for kills in 0..MOST_KILLS {
        if kills >= 40 && current > 10 {
            break;
        }
        // The child goes on from the passphrase that it is told.
        let start = home.path.with_extension("start");
        std::fs::write(&start, current.to_string()).unwrap();
        let lines = kill_after("passphrases", &home.path, &code, Duration::from_millis(200));
        current += lines.len();
        let vault = opens(current).or_else(|failed| {
            drop(failed);
            current += 1;
            opens(current)
        });
        let vault = vault.unwrap();
        assert_eq!(*vault.get(kept).unwrap().body, b"kept");
        drop(vault);
        assert!(home.unlock().check().unwrap().is_clean());
    }
    assert!(current > 10, "{current} changes");
}

/// Records, documents, slot changes and compactions in any order; the killed vault goes on from where it
/// was. `NANSEN_KILLS` sets how often.
#[test]
fn whatever_was_going_on_is_done_or_not_begun() {
    let asked = std::env::var("NANSEN_KILLS").ok();
    let kills: u64 = asked.map_or(60, |count| count.parse().unwrap());
    let folder = common::quick_folder();
    let path = folder.path().join("vault.nansen");
    let mut state = State::default();
    for step in BEGINNING {
        Run::new(&path, state.clone(), 1).take(&step).unwrap();
        state = state.after(&step);
    }
    let (mut acknowledged, mut half_way) = (0, 0);
    for kill in 0..kills {
        let seed = rng().next_u64();
        std::fs::write(path.with_extension("seed"), plan(&state, seed)).unwrap();
        let lines = kill_after("mixed", &path, "", Duration::from_millis(120));
        let done = lines.len();
        acknowledged += done;
        let steps = drawn(&state, done + 1, &mut Seeded(seed));
        let (next, steps) = steps.split_last().unwrap();
        let before = steps.iter().fold(state, |state, step| state.after(step));
        let possible = [before.clone(), before.after(next)];
        let found = find(&path, &possible, kill.is_multiple_of(16));
        state = found.unwrap_or_else(|wrong| panic!("kill {kill}, after {done} steps: {wrong}"));
        half_way += usize::from(state != possible[0]);
        // What was read each time would take longer and longer.
        if state.contents.len() > 60 {
            thin_out(&path, &mut state);
        }
    }
    eprintln!(
        "figure: kill -9: {kills} kills, {acknowledged} acknowledged steps, {half_way} done when killed before their acknowledgement, 0 lost, 0 files that do not open"
    );
    assert!(acknowledged > 10);
}

const BEGINNING: [Step; 2] = [Step::Create, Step::Recovery(1)];
/// More than a child ever does before it is killed.
const STEPS: usize = 300;

/// What the child has to know to draw the same steps: all of the state but the bytes, which it reads.
fn plan(state: &State, seed: u64) -> String {
    let State {
        passphrase,
        recovery,
        platform,
        ..
    } = state;
    let (recovery, platform) = (recovery.unwrap_or(0), platform.unwrap_or(0));
    format!("{seed} {passphrase} {recovery} {platform}")
}

fn work_on_everything(path: &Path) -> ! {
    let plan = std::fs::read_to_string(path.with_extension("seed")).unwrap();
    let mut numbers = plan.split(' ').map(|number| number.parse::<u64>().unwrap());
    let seed = numbers.next().unwrap();
    let mut ways = numbers.map(|number| number as u8);
    let mut state = State {
        exists: true,
        passphrase: ways.next().unwrap(),
        recovery: ways.next(),
        platform: ways.next().filter(|round| *round > 0),
        ..State::default()
    };
    let vault = common::try_unlock(path, &recovery(state.recovery.unwrap())).unwrap();
    state.contents = contents(&vault).unwrap();
    let steps = drawn(&state, STEPS, &mut Seeded(seed));
    let mut run = Run::new(path, state, seed);
    run.vault = Some(vault);
    say("begun");
    for step in steps {
        run.take(&step).unwrap();
        say("done");
    }
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}

fn thin_out(path: &Path, state: &mut State) {
    let mut run = Run::new(path, state.clone(), 1);
    let titles: Vec<_> = state.contents.keys().skip(10).cloned().collect();
    for title in titles {
        run.take(&Step::Delete { title }).unwrap();
    }
    *state = run.state.clone();
}

/// Rounds of the part "ways" before they begin anew.
const ROUNDS: u8 = 12;

/// The secret of a round, which its wrapped key names.
fn secret(round: u8) -> PlatformSecret {
    PlatformSecret::new(&[round; 32]).unwrap()
}

#[test]
fn a_way_with_hardware_that_was_there_opens_wherever_the_kill_came() {
    let (home, vault) = Home::new();
    let code = home.code.groups();
    drop(vault);
    let (mut alone, mut in_pairs, mut absent) = (0, 0, 0);
    let mut left = None;
    for kills in 0..MOST_KILLS {
        if kills >= 60 && alone > 0 && in_pairs > 0 && absent > 0 {
            break;
        }
        kill_after("ways", &home.path, &code, Duration::from_millis(200));
        let locked = LockedVault::open(&home.path).unwrap();
        // Never half a file, wherever the kill came.
        let wrapped = locked.wrapped_key(Way::Platform).unwrap();
        let mut vault = locked
            .unlock(Unlock::Recovery(&home.code), later(), &mut rng())
            .unwrap();
        assert!(vault.check().unwrap().is_clean());
        let there = vault.ways().contains(&Way::Platform);
        let Some(round) = wrapped.as_ref().map(|wrapped| wrapped[0]).filter(|_| there) else {
            // What is kept for a way that is not there may be another vault's, and opens nothing.
            left = wrapped;
            absent += 1;
            continue;
        };
        let (found, locked) = secrets_that_open(vault.lock());
        if wrapped == left && found == [1] {
            // The first round is adding the way again, over what a kill left of the one that ended.
            absent += 1;
            continue;
        }
        left = None;
        assert_eq!(wrapped, Some(vec![round; 2000]));
        assert!(found.contains(&round));
        if found.len() == 1 {
            alone += 1;
        } else {
            in_pairs += 1;
        }
        vault = locked
            .unlock(Unlock::Platform(&secret(round)), later(), &mut rng())
            .unwrap();
        assert!(vault.integrity().is_intact());
        vault.insert(&titled("after"), b"", &mut rng()).unwrap();
        let (found, _) = secrets_that_open(vault.lock());
        assert_eq!(found, [round], "the other was tidied away");
    }
    eprintln!("{alone} had one slot, {in_pairs} more, {absent} were not there");
    assert!(alone > 0 && in_pairs > 0 && absent > 0);
}

/// The rounds whose secrets open the vault.
fn secrets_that_open(mut locked: LockedVault) -> (Vec<u8>, LockedVault) {
    let mut found = Vec::new();
    for round in 1..=ROUNDS {
        locked = match locked.unlock(Unlock::Platform(&secret(round)), later(), &mut rng()) {
            Ok(vault) => {
                found.push(round);
                vault.lock()
            }
            Err(failed) => {
                assert_eq!(failed.error, Error::WrongPlatformKey);
                failed.locked
            }
        };
    }
    (found, locked)
}

#[test]
fn a_decoy_is_made_or_not_and_the_vault_is_whole() {
    let (home, mut vault) = Home::new();
    let code = home.code.groups();
    let kept = vault.insert(&titled("kept"), b"kept", &mut rng()).unwrap();
    drop(vault);
    let start = home.path.with_extension("start");
    let mut current = 0;
    for kills in 0..MOST_KILLS {
        if kills >= 30 && current > 10 {
            break;
        }
        std::fs::write(&start, current.to_string()).unwrap();
        let lines = kill_after("decoys", &home.path, &code, Duration::from_millis(200));
        current += lines.len();
        let opens = |number: usize| {
            let locked = LockedVault::open(&home.path).unwrap();
            let vault = locked.unlock(Unlock::Passphrase(&numbered(number)), later(), &mut rng());
            vault.is_ok_and(|vault| vault.check().unwrap().is_clean())
        };
        let vault = home.unlock();
        assert!(vault.check().unwrap().is_clean());
        assert_eq!(*vault.get(kept).unwrap().body, b"kept");
        drop(vault);
        // One more may have been made than was acknowledged; the one before is then gone.
        let next = opens(current + 1);
        assert!(next != (current > 0 && opens(current)) || (current == 0 && !next));
        current += usize::from(next);
    }
    assert!(current > 10, "{current} decoys");
}

#[test]
fn a_wipe_is_done_or_not_begun_and_the_decoy_opens_either_way() {
    let (home, mut vault) = Home::new();
    let code = home.code.groups();
    vault.insert(&titled("real"), b"real", &mut rng()).unwrap();
    add_document(&mut vault, "scan", &content(300_000));
    let (proof, new) = (Unlock::Recovery(&home.code), numbered(1));
    let its_code = vault
        .create_decoy(proof, Unlock::Passphrase(&new), &mut rng())
        .unwrap();
    let wipe = numbered(2);
    vault
        .set_wipe_passphrase(
            proof,
            Unlock::Recovery(&its_code),
            Unlock::Passphrase(&wipe),
            &mut rng(),
        )
        .unwrap();
    drop(vault);
    let mut decoy = common::try_unlock(&home.path, &its_code).unwrap();
    let shown = decoy
        .insert(&titled("shown"), b"shown", &mut rng())
        .unwrap();
    drop(decoy);
    let before = std::fs::read(&home.path).unwrap();
    let (mut done, mut undone) = (0, 0);
    for kills in 0..MOST_KILLS {
        if kills >= 40 && done > 0 && undone > 0 {
            break;
        }
        std::fs::write(&home.path, &before).unwrap();
        let _ = std::fs::remove_file(home.wal());
        kill_after("wipe", &home.path, &code, Duration::from_millis(150));
        match home.try_unlock() {
            Ok(vault) => {
                assert!(vault.check().unwrap().is_clean());
                undone += 1;
            }
            Err(error) => {
                assert_eq!(error, Error::WrongRecoveryCode);
                done += 1;
            }
        }
        for opens in [Unlock::Recovery(&its_code), Unlock::Passphrase(&wipe)] {
            let locked = LockedVault::open(&home.path).unwrap();
            let decoy = locked.unlock(opens, later(), &mut rng()).unwrap();
            assert!(decoy.check().unwrap().is_clean());
            assert_eq!(*decoy.get(shown).unwrap().body, b"shown");
        }
        assert_eq!(home.try_unlock().unwrap_err(), Error::WrongRecoveryCode);
    }
    eprintln!("{done} wipes were done when killed, {undone} were not");
    assert!(done > 0 && undone > 0);
}

#[test]
fn a_creation_is_done_or_not_begun() {
    let folder = tempfile::tempdir().unwrap();
    let (mut done, mut undone) = (0, 0);
    for number in 0..40 {
        let path = folder.path().join(format!("{number}.nansen"));
        kill_after("creation", &path, "", Duration::from_millis(60));
        if path.exists() {
            let locked = LockedVault::open(&path).unwrap();
            assert!(
                locked
                    .unlock(Unlock::Passphrase(&passphrase()), later(), &mut rng())
                    .is_ok()
            );
            done += 1;
        } else {
            let created = Vault::create(&path, &passphrase(), KdfParams::FLOOR, &mut rng());
            assert!(created.is_ok());
            undone += 1;
        }
    }
    eprintln!("{done} creations were done when killed, {undone} were not");
}

fn numbered(number: usize) -> Passphrase {
    Passphrase::new(format!("passphrase {number}")).unwrap()
}

/// The part of another process; does nothing when run as a test.
#[test]
fn child() {
    let Ok(part) = std::env::var(PART) else {
        return;
    };
    let path = std::env::var("VAULT").unwrap();
    if part == "creation" {
        say("begun");
        Vault::create(&path, &passphrase(), KdfParams::FLOOR, &mut rng()).unwrap();
        loop {
            thread::sleep(Duration::from_secs(1));
        }
    }
    if part == "mixed" {
        work_on_everything(Path::new(&path));
    }
    if part == "wipe" {
        let locked = LockedVault::open(&path).unwrap();
        say("begun");
        let opened = locked.unlock(Unlock::Passphrase(&numbered(2)), later(), &mut rng());
        let _vault = opened.unwrap();
        loop {
            thread::sleep(Duration::from_secs(1));
        }
    }
    let code = RecoveryCode::parse(&std::env::var("CODE").unwrap()).unwrap();
    let mut vault = common::try_unlock(Path::new(&path), &code).unwrap();
    say("begun");
    match part.as_str() {
        "records" => work_on_records(&mut vault),
        "documents" => loop {
            let length = (rng().next_u32() % 3_000_000) as usize;
            let id = add_document(&mut vault, "scan", &content(length));
            say(&format!("{length} {id}"));
        },
        "ways" => work_on_ways(&mut vault, &code),
        "decoys" => work_on_decoys(&mut vault, &path, &code),
        _ => work_on_passphrases(&mut vault, &path),
    }
}

/// Inserts, and every third time deletes the one before.
fn work_on_records(vault: &mut Vault) -> ! {
    let mut last = None;
    for number in 0usize.. {
        let length = (rng().next_u32() % 5000) as usize;
        let id = vault
            .insert(&titled(&number.to_string()), &content(length), &mut rng())
            .unwrap();
        say(&format!("{length} {id}"));
        if number % 3 == 2
            && let Some(last) = last
        {
            vault.delete(last, &mut rng()).unwrap();
            say(&format!("- {last}"));
        }
        last = Some(id);
    }
    unreachable!()
}

fn work_on_passphrases(vault: &mut Vault, path: &str) -> ! {
    let start = std::fs::read_to_string(Path::new(path).with_extension("start")).unwrap();
    let start: usize = start.parse().unwrap();
    for number in start.. {
        let (old, new) = (numbered(number), numbered(number + 1));
        let proof = Unlock::Passphrase(&old);
        vault
            .change_passphrase(proof, &new, KdfParams::FLOOR, &mut rng())
            .unwrap();
        say(&number.to_string());
    }
    unreachable!()
}

/// Makes one decoy after the other, each by its own passphrase.
fn work_on_decoys(vault: &mut Vault, path: &str, code: &RecoveryCode) -> ! {
    let start = std::fs::read_to_string(Path::new(path).with_extension("start")).unwrap();
    let start: usize = start.parse().unwrap();
    for number in start + 1.. {
        let (proof, new) = (Unlock::Recovery(code), numbered(number));
        vault
            .create_decoy(proof, Unlock::Passphrase(&new), &mut rng())
            .unwrap();
        say(&number.to_string());
    }
    unreachable!()
}

/// Adds a way with hardware, renews it, removes it, and so on.
fn work_on_ways(vault: &mut Vault, code: &RecoveryCode) -> ! {
    let mut rng = rng();
    for round in (1..=ROUNDS).cycle() {
        let (proof, new) = (Unlock::Recovery(code), secret(round));
        let new = Unlock::Platform(&new);
        vault
            .add_hardware_way(proof, new, &[round; 2000], &mut rng)
            .unwrap();
        if round % 4 == 0 {
            vault.remove_way(Way::Platform, &mut rng).unwrap();
        }
    }
    unreachable!()
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "> {line}").unwrap();
    out.flush().unwrap();
}
