//! Two vaults in one file: each a vault like any other, each blind to the other, and one that can end the
//! other on the way in.

#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

mod common;

use std::{collections::BTreeMap, num::NonZeroU8};

use common::{Home, NOW, add_document, content, holds, passphrase, read_document, rng, titled};
use nansen_vault::{
    Error, KdfParams, LockedVault, Passphrase, PlatformSecret, RecordId, RecoveryCode, Rows,
    Summary, Unlock, Vault, Way, limits,
};
use proptest::prelude::*;
use rand_core::Rng;

fn word(text: &str) -> Passphrase {
    Passphrase::new(text).unwrap()
}

/// A file with a vault that `passphrase()` opens, and a decoy.
struct Two {
    home: Home,
    /// Opens the decoy.
    other: Passphrase,
    its_code: RecoveryCode,
}

impl Two {
    fn new() -> Self {
        let (home, mut vault) = Home::new();
        let other = word("other");
        let its_code = vault
            .create_decoy(
                Unlock::Recovery(&home.code),
                Unlock::Passphrase(&other),
                &mut rng(),
            )
            .unwrap();
        Self {
            home,
            other,
            its_code,
        }
    }

    fn try_open(&self, unlock: Unlock<'_>) -> Result<Vault, Error> {
        let locked = LockedVault::open(&self.home.path)?;
        Ok(locked.unlock(unlock, NOW, &mut rng())?)
    }

    fn real(&self) -> Vault {
        self.try_open(Unlock::Recovery(&self.home.code)).unwrap()
    }

    fn decoy(&self) -> Vault {
        self.try_open(Unlock::Recovery(&self.its_code)).unwrap()
    }

    fn set_wipe(&self, wipe: &Passphrase) {
        let proof = Unlock::Recovery(&self.home.code);
        let decoy = Unlock::Recovery(&self.its_code);
        self.real()
            .set_wipe_passphrase(proof, decoy, Unlock::Passphrase(wipe), &mut rng())
            .unwrap();
    }

    fn counted(&self, sql: &str) -> i64 {
        self.home
            .sql()
            .query_row(sql, [], |row| row.get(0))
            .unwrap()
    }
}

fn titles(vault: &Vault) -> Vec<String> {
    let listed = vault.list().unwrap().records.into_iter();
    let mut titles: Vec<_> = listed.map(|(_, summary)| summary.title).collect();
    titles.sort();
    titles
}

fn is_whole(vault: &Vault) -> bool {
    vault.check().unwrap().is_clean()
}

#[test]
fn each_passphrase_opens_a_vault_of_its_own() {
    let two = Two::new();
    let mut real = two.try_open(Unlock::Passphrase(&passphrase())).unwrap();
    let kept = real.insert(&titled("real"), b"real", &mut rng()).unwrap();
    let scan = add_document(&mut real, "real scan", &content(200_000));
    let mut decoy = real
        .lock()
        .unlock(Unlock::Passphrase(&two.other), NOW, &mut rng())
        .unwrap();
    assert!(is_whole(&decoy));
    assert!(titles(&decoy).is_empty());
    assert_eq!((decoy.record_count(), decoy.counter()), (0, 0));
    assert_eq!(decoy.ways(), [Way::Passphrase, Way::Recovery]);
    assert_eq!(decoy.get(kept).unwrap_err(), Error::NoSuchRecord(kept));
    assert_eq!(
        decoy.delete(kept, &mut rng()),
        Err(Error::NoSuchRecord(kept))
    );
    let shown = decoy
        .insert(&titled("shown"), b"shown", &mut rng())
        .unwrap();
    let copy = add_document(&mut decoy, "shown scan", &content(100_000));
    drop(decoy);

    let real = two.real();
    assert!(is_whole(&real));
    assert_eq!(titles(&real), ["real", "real scan"]);
    assert_eq!(real.get(shown).unwrap_err(), Error::NoSuchRecord(shown));
    assert!(read_document(&real, scan) == content(200_000));
    drop(real);
    let decoy = two.decoy();
    assert!(is_whole(&decoy));
    assert!(read_document(&decoy, copy) == content(100_000));
}

#[test]
fn what_either_does_leaves_the_other_whole() {
    let two = Two::new();
    let kept = two.real().insert(&titled("kept"), b"kept", &mut rng());
    let kept = kept.unwrap();
    let scan = add_document(&mut two.real(), "scan", &content(150_000));
    let untouched = |what: &str| {
        let real = two.real();
        assert!(is_whole(&real), "after {what}");
        assert_eq!(titles(&real), ["kept", "scan"]);
        assert_eq!(*real.get(kept).unwrap().body, b"kept");
        assert!(read_document(&real, scan) == content(150_000));
        drop(real);
        two.try_open(Unlock::Passphrase(&passphrase())).unwrap();
    };
    let proof = Unlock::Recovery(&two.its_code);
    let params = KdfParams::new(32 * 1024, 2, 1).unwrap();

    let mut decoy = two.decoy();
    let new = word("its new one");
    decoy
        .change_passphrase(proof, &new, params, &mut rng())
        .unwrap();
    assert_eq!(decoy.lock().kdf_params(), Ok(KdfParams::FLOOR));
    untouched("a new passphrase");

    let secrets: Vec<_> = (0..40)
        .map(|_| PlatformSecret::random(&mut rng()))
        .collect();
    let mut decoy = two.decoy();
    for secret in &secrets {
        let new = Unlock::Platform(secret);
        decoy
            .add_hardware_way(proof, new, b"wrapped", &mut rng())
            .unwrap();
    }
    drop(decoy);
    untouched("many new ways");

    let mut decoy = two.decoy();
    let ids = decoy
        .transaction(&mut rng(), |tx| {
            (0..3000)
                .map(|number: u32| tx.insert(&titled(&number.to_string()), &[1; 20]))
                .collect::<Result<Vec<_>, Error>>()
        })
        .unwrap();
    drop(decoy);
    untouched("3,000 records");
    let mut decoy = two.decoy();
    assert_eq!(decoy.record_count(), 3000);
    decoy
        .transaction(&mut rng(), |tx| {
            ids.iter().try_for_each(|id| tx.delete(*id))
        })
        .map_err(|error: Error| error)
        .unwrap();
    decoy.compact().unwrap();
    drop(decoy);
    untouched("deleting them and compacting");

    let mut decoy = two.decoy();
    let rng = &mut rng();
    let mut draft = decoy.document_draft(&titled("half"), rng).unwrap();
    draft.append(&mut decoy, &content(300_000)).unwrap();
    drop((draft, decoy));
    assert!(is_whole(&two.decoy()));
    untouched("a sweep");

    let mut decoy = two.decoy();
    let gone = decoy.insert(&titled("gone"), b"", rng).unwrap();
    drop(decoy);
    let sql = two.home.sql();
    sql.execute("DELETE FROM record WHERE key = ?1", [common::key(gone)])
        .unwrap();
    drop(sql);
    let mut decoy = two.decoy();
    assert_ne!(decoy.integrity().rows, Rows::AsWritten);
    // A row that may be a damaged one is no padding.
    for _ in 0..300 {
        decoy.insert(&titled("more"), b"", rng).unwrap();
    }
    decoy.accept_rows_as_found(rng).unwrap();
    drop(decoy);
    untouched("accepting what was lost");

    // Without its manifest it still knows which slots are its own.
    let place = |vault: &mut Vault| {
        let before = places(&two.home);
        vault
            .insert(&titled("more"), b"", &mut common::rng())
            .unwrap();
        before
    };
    let mut decoy = two.decoy();
    let before = place(&mut decoy);
    drop(decoy);
    let after = places(&two.home);
    let its: Vec<_> = (0..8).filter(|it| before[*it] != after[*it]).collect();
    assert_eq!(its.len(), 1);
    two.home
        .sql()
        .execute(
            "UPDATE manifest SET sealed = randomblob(168) WHERE place = ?1",
            [its[0] as i64],
        )
        .unwrap();
    let mut decoy = two.decoy();
    assert_eq!(decoy.integrity().rows, Rows::Unknown);
    decoy.accept_rows_as_found(rng).unwrap();
    // Ends every way that it does not know, and none of the other's.
    decoy.remove_way(Way::Passphrase, rng).unwrap();
    drop(decoy);
    untouched("a lost manifest");
}

/// The manifests, each at its place. While a vault has the file open, what a copy of it holds.
fn places(home: &Home) -> Vec<Vec<u8>> {
    let copy = home.folder.path().join("copy");
    std::fs::copy(&home.path, &copy).unwrap();
    let log = home.folder.path().join("copy-wal");
    let _ = std::fs::remove_file(&log);
    let _ = std::fs::copy(home.wal(), &log);
    let sql = rusqlite::Connection::open(&copy).unwrap();
    let mut statement = sql
        .prepare("SELECT sealed FROM manifest ORDER BY place")
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn a_passphrase_opens_one_thing_only() {
    let two = Two::new();
    let (mine, other) = (passphrase(), &two.other);
    let mut real = two.real();
    let proof = Unlock::Recovery(&two.home.code);
    let decoy = Unlock::Recovery(&two.its_code);
    let in_use = || Err(Error::SecretInUse);
    let same = real.create_decoy(proof, Unlock::Passphrase(&mine), &mut rng());
    assert_eq!(same.unwrap_err(), Error::SecretInUse);
    for taken in [&mine, other] {
        let wipe = Unlock::Passphrase(taken);
        let set = real.set_wipe_passphrase(proof, decoy, wipe, &mut rng());
        assert_eq!(set, in_use());
    }
    // Its own passphrase, typed again, is no other; the one that wipes is.
    real.change_passphrase(proof, &mine, KdfParams::FLOOR, &mut rng())
        .unwrap();
    drop(real);
    two.set_wipe(&word("wipe"));
    let mut real = two.real();
    let changed = real.change_passphrase(proof, &word("wipe"), KdfParams::FLOOR, &mut rng());
    assert_eq!(changed, in_use());
    drop(real);
    assert!(is_whole(&two.real()) && is_whole(&two.decoy()));
}

#[test]
fn an_open_decoy_does_not_tell_which_passphrase_is_the_others() {
    for (guess, is_somebodys) in [
        (passphrase(), true),
        (word("wipe"), true),
        (word("nobody's"), false),
    ] {
        let two = Two::new();
        two.set_wipe(&word("wipe"));
        let mut decoy = two.decoy();
        let proof = Unlock::Recovery(&two.its_code);
        let changed = decoy.change_passphrase(proof, &guess, KdfParams::FLOOR, &mut rng());
        assert_eq!(changed, Ok(()));
        assert!(is_whole(&decoy));
        drop(decoy);
        // Whatever the guess was, it opens the decoy now, and nothing was wiped.
        let counter = two.try_open(Unlock::Passphrase(&guess)).unwrap().counter();
        assert_eq!(counter, two.decoy().counter());
        let real = two.real();
        assert!(real.check().unwrap().damaged.is_empty());
        assert_eq!(real.integrity().slots_intact, !is_somebodys);
    }
}

#[test]
fn who_has_one_passphrase_guesses_at_the_other_no_faster() {
    let two = Two::new();
    let mut guesses = 0;
    let waits = loop {
        let wrong = word(&format!("guess {guesses}"));
        let error = match two.try_open(Unlock::Passphrase(&wrong)).unwrap_err() {
            Error::WrongPassphrase => two.try_open(Unlock::Passphrase(&two.other)).err(),
            error => Some(error),
        };
        match error {
            None => guesses += 1,
            Some(error) => break error,
        }
    };
    assert_eq!(
        (guesses, waits),
        (4, Error::TooManyAttempts { seconds: 30 })
    );
    // Who has a recovery code does not wait.
    assert!(is_whole(&two.real()));
}

#[test]
fn at_an_unlocked_phone_nobody_guesses_on() {
    let two = Two::new();
    let wrong = word("wrong");
    let guess = Unlock::Passphrase(&wrong);
    let proof = Unlock::Recovery(&two.home.code);
    let mut real = two.real();
    assert_eq!(real.rehearse(guess), Err(Error::WrongPassphrase));
    // Nor by a right one in between.
    assert_eq!(real.rehearse(proof), Ok(()));
    for _ in 3..limits::PROOFS {
        let set = real.set_wipe_passphrase(proof, guess, guess, &mut rng());
        assert_eq!(set, Err(Error::WrongPassphrase));
    }
    let added = real.add_way(guess, guess, &mut rng());
    assert_eq!(added, Err(Error::WrongPassphrase));
    assert!(!real.is_out_of_proofs());
    let drawn = real.new_recovery_code(guess, &mut rng());
    assert_eq!(drawn.unwrap_err(), Error::WrongPassphrase);
    assert!(real.is_out_of_proofs());
    assert_eq!(real.rehearse(proof), Err(Error::TooManyProofs));
    let vault = real.lock().unlock(proof, NOW, &mut rng()).unwrap();
    assert_eq!(vault.rehearse(proof), Ok(()));
}

#[test]
fn a_decoy_needs_proof_and_a_passphrase() {
    let (home, mut vault) = Home::new();
    let (wrong, new) = (word("wrong"), word("new"));
    let new = Unlock::Passphrase(&new);
    let refused = vault.create_decoy(Unlock::Passphrase(&wrong), new, &mut rng());
    assert_eq!(refused.unwrap_err(), Error::WrongPassphrase);
    let secret = PlatformSecret::random(&mut rng());
    let proof = Unlock::Recovery(&home.code);
    let refused = vault.create_decoy(proof, Unlock::Platform(&secret), &mut rng());
    let by_hardware = Error::WrongCallForWay(Way::Platform);
    assert_eq!(refused.unwrap_err(), by_hardware);
    let refused = vault.set_wipe_passphrase(proof, new, new, &mut rng());
    assert_eq!(refused, Err(Error::WrongPassphrase));
    // It is no decoy of its own.
    let refused = vault.set_wipe_passphrase(proof, proof, new, &mut rng());
    assert_eq!(refused, Err(Error::WrongRecoveryCode));
}

#[test]
fn a_second_decoy_ends_the_first_and_one_made_within_it_ends_the_other() {
    let two = Two::new();
    let mut decoy = two.decoy();
    decoy.insert(&titled("shown"), b"", &mut rng()).unwrap();
    add_document(&mut decoy, "scan", &content(100_000));
    drop(decoy);
    let mut real = two.real();
    real.insert(&titled("kept"), b"", &mut rng()).unwrap();
    let new = word("next");
    let proof = Unlock::Recovery(&two.home.code);
    let code = real
        .create_decoy(proof, Unlock::Passphrase(&new), &mut rng())
        .unwrap();
    drop(real);
    for gone in [
        two.try_open(Unlock::Passphrase(&two.other)),
        two.try_open(Unlock::Recovery(&two.its_code)),
    ] {
        assert!(gone.is_err());
    }
    assert_eq!(two.counted("SELECT count(*) FROM chunk"), 0);
    let mut decoy = two.try_open(Unlock::Recovery(&code)).unwrap();
    assert!(titles(&decoy).is_empty() && is_whole(&decoy));
    decoy.insert(&titled("next"), b"", &mut rng()).unwrap();
    // Seen from within, it is a vault without a decoy.
    let third = word("third");
    let (proof, new) = (Unlock::Recovery(&code), Unlock::Passphrase(&third));
    decoy.create_decoy(proof, new, &mut rng()).unwrap();
    drop(decoy);
    assert!(two.try_open(Unlock::Recovery(&two.home.code)).is_err());
    assert!(two.try_open(Unlock::Passphrase(&passphrase())).is_err());
    assert!(is_whole(&two.try_open(new).unwrap()));
    let decoy = two.try_open(proof).unwrap();
    assert_eq!(titles(&decoy), ["next"]);
}

#[test]
fn a_wipe_passphrase_ends_the_vault_and_opens_the_decoy_as_its_own_does() {
    let two = Two::new();
    let mut real = two.real();
    real.insert(&titled("real"), b"real", &mut rng()).unwrap();
    add_document(&mut real, "scan", &content(300_000));
    let secret = PlatformSecret::random(&mut rng());
    let proof = Unlock::Recovery(&two.home.code);
    let hardware = Unlock::Platform(&secret);
    real.add_hardware_way(proof, hardware, b"wrapped", &mut rng())
        .unwrap();
    drop(real);
    let mut decoy = two.decoy();
    decoy.insert(&titled("shown"), b"", &mut rng()).unwrap();
    let scan = add_document(&mut decoy, "its scan", &content(90_000));
    drop(decoy);
    let wipe = word("wipe");
    two.set_wipe(&wipe);
    assert!(is_whole(&two.real()), "it knows the slot for its own");
    let before = slots(&two.home);

    let told = |vault: &Vault| {
        let facts = (vault.integrity(), vault.counter(), vault.record_count());
        let failed = vault.attempts().unwrap().failed;
        (facts, vault.ways(), titles(vault), failed)
    };
    let mut expected = told(&two.try_open(Unlock::Passphrase(&two.other)).unwrap());
    // The passphrase that wipes takes the place of the one that the decoy had.
    expected.0.1 += 1;
    for _ in 0..2 {
        let decoy = two.try_open(Unlock::Passphrase(&wipe)).unwrap();
        assert_eq!(told(&decoy), expected);
        assert!(is_whole(&decoy));
        assert!(read_document(&decoy, scan) == content(90_000));
        drop(decoy);
        let (old, its) = (passphrase(), Unlock::Passphrase(&two.other));
        for gone in [Unlock::Passphrase(&old), its, proof, hardware] {
            assert!(two.try_open(gone).is_err());
        }
        assert_eq!(two.decoy().counter(), expected.0.1);
    }
    assert_eq!(two.counted("SELECT count(*) FROM chunk"), 2);
    assert!(
        !two.home
            .folder
            .path()
            .join("vault.nansen-platform")
            .exists()
    );
    // Nothing of the old slots is left but those of the decoy's share, one of which is new.
    let (raw, after) = (two.home.raw(), slots(&two.home));
    let stayed = before.iter().filter(|slot| after.contains(slot)).count();
    assert_eq!(stayed, 8 - 1);
    let left = before.iter().filter(|slot| holds(&raw, slot)).count();
    assert_eq!(left, stayed);
}

fn slots(home: &Home) -> Vec<Vec<u8>> {
    let table: Vec<u8> = home
        .sql()
        .query_row("SELECT slots FROM header", [], |row| row.get(0))
        .unwrap();
    let slots = table[61..table.len() - 32].chunks(104);
    slots.map(<[u8]>::to_vec).collect()
}

#[test]
fn after_a_wipe_its_passphrase_is_the_decoys_in_every_respect() {
    let two = Two::new();
    let wipe = word("wipe");
    two.set_wipe(&wipe);
    // Before it, the decoy's own work leaves the slot alone.
    let mut decoy = two.decoy();
    let (its, new) = (Unlock::Recovery(&two.its_code), word("new"));
    decoy
        .change_passphrase(its, &new, KdfParams::FLOOR, &mut rng())
        .unwrap();
    drop(decoy);
    assert!(is_whole(&two.real()));

    let with = Unlock::Passphrase(&wipe);
    drop(two.try_open(with).unwrap());
    // From then on it unlocks as any other does, and writes nothing but the count of tries.
    let state = || (slots(&two.home), places(&two.home), two.decoy().counter());
    let before = state();
    drop(two.try_open(with).unwrap());
    assert!(state() == before);
    let mut decoy = two.try_open(with).unwrap();
    let last = word("last");
    decoy
        .change_passphrase(with, &last, KdfParams::FLOOR, &mut rng())
        .unwrap();
    assert!(is_whole(&decoy));
    drop(decoy);
    for old in [&wipe, &new] {
        let refused = two.try_open(Unlock::Passphrase(old)).unwrap_err();
        assert_eq!(refused, Error::WrongPassphrase);
    }
    assert!(is_whole(&two.try_open(Unlock::Passphrase(&last)).unwrap()));
}

#[test]
fn a_wipe_passphrase_is_replaced_and_removed() {
    let two = Two::new();
    two.set_wipe(&word("one"));
    two.set_wipe(&word("two"));
    let refused = two.try_open(Unlock::Passphrase(&word("one")));
    assert_eq!(refused.unwrap_err(), Error::WrongPassphrase);
    let mut real = two.real();
    real.remove_wipe_passphrase(&mut rng()).unwrap();
    real.remove_wipe_passphrase(&mut rng()).unwrap();
    drop(real);
    let refused = two.try_open(Unlock::Passphrase(&word("two")));
    assert_eq!(refused.unwrap_err(), Error::WrongPassphrase);
    // With a new decoy it ends, since the one that it would open is gone.
    two.set_wipe(&word("three"));
    let (proof, new) = (Unlock::Recovery(&two.home.code), word("new"));
    let mut real = two.real();
    real.create_decoy(proof, Unlock::Passphrase(&new), &mut rng())
        .unwrap();
    drop(real);
    let refused = two.try_open(Unlock::Passphrase(&word("three")));
    assert_eq!(refused.unwrap_err(), Error::WrongPassphrase);
    assert!(is_whole(&two.real()));
}

#[test]
fn a_decoy_stands_behind_the_same_hardware() {
    let (home, mut real) = Home::new();
    let (mine, other, wipe) = (passphrase(), word("other"), word("wipe"));
    let secret = PlatformSecret::random(&mut rng());
    let joint = |word| Unlock::PassphraseAndPlatform(word, &secret);
    let proof = Unlock::Recovery(&home.code);
    real.add_hardware_way(proof, joint(&mine), b"wrapped", &mut rng())
        .unwrap();
    real.remove_way(Way::Passphrase, &mut rng()).unwrap();
    let code = real.create_decoy(proof, joint(&other), &mut rng()).unwrap();
    real.set_wipe_passphrase(proof, joint(&other), joint(&wipe), &mut rng())
        .unwrap();
    drop(real);
    let two = Two {
        home,
        other: word("other"),
        its_code: code,
    };
    for (word, ways) in [(&mine, 2), (&two.other, 2), (&wipe, 2)] {
        let vault = two.try_open(joint(word)).unwrap();
        assert!(is_whole(&vault));
        assert_eq!(vault.ways().len(), ways);
        assert!(
            vault
                .wrapped_key(Way::PassphraseAndPlatform)
                .unwrap()
                .is_some()
        );
    }
    assert!(two.try_open(joint(&mine)).is_err());
    assert!(two.try_open(Unlock::Passphrase(&wipe)).is_err());
}

#[test]
fn a_damaged_slot_of_either_is_the_others_worry_no_more_than_before() {
    let two = Two::new();
    two.set_wipe(&word("wipe"));
    let table: Vec<u8> = two
        .home
        .sql()
        .query_row("SELECT slots FROM header", [], |row| row.get(0))
        .unwrap();
    let mut opened = [0, 0];
    for slot in 0..limits::KEY_SLOTS {
        let mut broken = table.clone();
        broken[61 + slot * 104 + 40] ^= 1;
        let sum = broken.len() - 32;
        let checksum = <sha2::Sha256 as sha2::Digest>::digest(&broken[..sum]);
        broken[sum..].copy_from_slice(&checksum);
        for copy in ["header", "spare"] {
            let sql = format!("UPDATE {copy} SET slots = ?1");
            two.home.sql().execute(&sql, [&broken]).unwrap();
        }
        let codes = [&two.home.code, &two.its_code];
        let intact = codes.map(|code| {
            let vault = two.try_open(Unlock::Recovery(code));
            vault.is_ok_and(|vault| vault.integrity().is_intact())
        });
        assert!(intact[0] || intact[1], "a slot is one vault's at most");
        opened[0] += u8::from(!intact[0]);
        opened[1] += u8::from(!intact[1]);
    }
    // Passphrase, recovery code and, of the real one, the slot that wipes.
    assert_eq!(opened, [3, 2]);
}

#[derive(Debug, Clone)]
enum Step {
    Insert(usize, u16),
    Update(prop::sample::Index, usize, u16),
    Delete(prop::sample::Index),
    Document(usize),
    RollBack(usize),
    Compact,
    Rename,
}

fn step() -> impl Strategy<Value = Step> {
    let one = any::<prop::sample::Index>;
    let length = || prop_oneof![0..3000usize, 0..20_000usize];
    prop_oneof![
        5 => (length(), 0..600u16).prop_map(|(length, title)| Step::Insert(length, title)),
        3 => (one(), length(), 0..600u16).prop_map(|(at, length, title)| Step::Update(at, length, title)),
        3 => one().prop_map(Step::Delete),
        1 => (0..200_000usize).prop_map(Step::Document),
        1 => length().prop_map(Step::RollBack),
        1 => Just(Step::Compact),
        1 => Just(Step::Rename),
    ]
}

type Model = BTreeMap<RecordId, (Vec<u8>, bool)>;

fn take(vault: &mut Vault, model: &mut Model, step: Step, code: &RecoveryCode) {
    let rng = &mut rng();
    let title = |length: u16| titled(&"x".repeat(usize::from(length.min(512))));
    let pick = |model: &Model, at: prop::sample::Index| {
        (!model.is_empty()).then(|| *model.keys().nth(at.index(model.len())).unwrap())
    };
    match step {
        Step::Insert(length, name) => {
            let id = vault.insert(&title(name), &content(length), rng).unwrap();
            assert!(model.insert(id, (content(length), false)).is_none());
        }
        Step::Document(length) => {
            let id = add_document(vault, "scan", &content(length));
            assert!(model.insert(id, (content(length), true)).is_none());
        }
        Step::Update(at, length, name) => {
            let Some(id) = pick(model, at) else { return };
            let (body, document) = model.get_mut(&id).unwrap();
            if *document {
                vault.update_summary(id, &title(name), rng).unwrap();
            } else {
                vault
                    .update(id, &title(name), &content(length), rng)
                    .unwrap();
                *body = content(length);
            }
        }
        Step::Delete(at) => {
            let Some(id) = pick(model, at) else { return };
            vault.delete(id, rng).unwrap();
            model.remove(&id);
        }
        Step::RollBack(length) => {
            let undone = vault.transaction(rng, |tx| {
                for _ in 0..20 {
                    tx.insert(&titled("undone"), &content(length))?;
                }
                tx.delete(RecordId::new([0; 16]))
            });
            assert!(undone.is_err());
        }
        Step::Compact => vault.compact().unwrap(),
        Step::Rename => {
            let word = word(&format!(
                "word {} of {}",
                vault.counter(),
                code.groups().as_str()
            ));
            let proof = Unlock::Recovery(code);
            vault
                .change_passphrase(proof, &word, KdfParams::FLOOR, rng)
                .unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn two_vaults_are_two_maps(
        turns in prop::collection::vec((any::<bool>(), prop::collection::vec(step(), 1..6)), 1..12),
    ) {
        let two = Two::new();
        let mut models = [Model::new(), Model::new()];
        for (turn, steps) in turns {
            let turn = usize::from(turn);
            let (mut vault, code) = match turn {
                0 => (two.real(), &two.home.code),
                _ => (two.decoy(), &two.its_code),
            };
            for step in steps {
                take(&mut vault, &mut models[turn], step, code);
            }
        }
        holds_what_it_should(&two.real(), &models[0]);
        holds_what_it_should(&two.decoy(), &models[1]);
    }
}

fn holds_what_it_should(vault: &Vault, model: &Model) {
    assert!(is_whole(vault));
    let listed = vault.list().unwrap().records;
    assert_eq!(listed.len(), model.len());
    for (id, (body, document)) in model {
        let found = if *document {
            read_document(vault, *id)
        } else {
            vault.body(*id).unwrap().to_vec()
        };
        assert!(found == *body);
    }
}

#[test]
fn wrong_passphrases_wait_and_other_ways_do_not() {
    let (home, vault) = Home::new();
    let (right, wrong) = (passphrase(), word("wrong"));
    let mut locked = vault.lock();
    let mut now = NOW;
    let attempt = |locked: LockedVault, word: &Passphrase, now: i64| {
        let failed = locked.unlock(Unlock::Passphrase(word), now, &mut rng());
        let failed = failed.unwrap_err();
        (failed.locked, failed.error)
    };
    let mut error;
    for failed in 0..5 {
        assert_eq!(locked.attempts().unwrap().failed, failed);
        (locked, error) = attempt(locked, &wrong, now);
        assert_eq!(error, Error::WrongPassphrase);
    }
    for (waits, seconds) in [30, 60, 300, 900, 3600, 3600].into_iter().enumerate() {
        // Not even the right one is tried.
        let passed = [0, seconds - 1][waits % 2];
        now += i64::try_from(passed).unwrap();
        (locked, error) = attempt(locked, &right, now);
        let left = seconds - passed;
        assert_eq!(error, Error::TooManyAttempts { seconds: left });
        assert_eq!(locked.attempts().unwrap().wait(now), left);
        now += i64::try_from(left).unwrap();
        (locked, error) = attempt(locked, &wrong, now);
        assert_eq!(error, Error::WrongPassphrase);
    }
    // A clock that was set back begins the wait anew, and no more.
    let back = now - 1_000_000_000;
    (locked, error) = attempt(locked, &right, back);
    assert_eq!(error, Error::TooManyAttempts { seconds: 3600 });
    (locked, error) = attempt(locked, &right, back + 3599);
    assert_eq!(error, Error::TooManyAttempts { seconds: 1 });
    // It is in the file, not in the handle.
    drop(locked);
    let locked = LockedVault::open(&home.path).unwrap();
    let failed = locked.unlock(Unlock::Passphrase(&right), back + 3599, &mut rng());
    let locked = failed.unwrap_err().locked;
    let vault = locked.unlock(Unlock::Recovery(&home.code), back + 3599, &mut rng());
    let locked = vault.unwrap().lock();
    assert_eq!(locked.attempts().unwrap().failed, 0);
    let vault = locked.unlock(Unlock::Passphrase(&right), back + 3600, &mut rng());
    assert_eq!(vault.unwrap().lock().attempts().unwrap().failed, 0);
}

#[test]
fn an_unreadable_count_keeps_nobody_out() {
    let (home, vault) = Home::new();
    drop(vault);
    for state in ["x''", "zeroblob(99)", "randomblob(7)"] {
        let sql = format!("UPDATE attempt SET state = {state}");
        home.sql().execute(&sql, []).unwrap();
        let locked = LockedVault::open(&home.path).unwrap();
        assert_eq!(locked.attempts().unwrap().failed, 0);
        let vault = locked.unlock(Unlock::Passphrase(&passphrase()), NOW, &mut rng());
        assert!(vault.is_ok());
    }
    home.sql().execute("DELETE FROM attempt", []).unwrap();
    let locked = LockedVault::open(&home.path).unwrap();
    let failed = locked.unlock(Unlock::Passphrase(&word("x")), NOW, &mut rng());
    let locked = failed.unwrap_err().locked;
    assert_eq!(locked.attempts().unwrap().failed, 1);
}

#[test]
fn a_file_that_is_told_to_wipes_itself_after_so_many() {
    let two = Two::new();
    let mut real = two.real();
    let proof = Unlock::Recovery(&two.home.code);
    let most = NonZeroU8::new(10);
    let wrong = word("wrong");
    let refused = real.set_wipe_after(Unlock::Passphrase(&wrong), most);
    assert_eq!(refused, Err(Error::WrongPassphrase));
    let refused = real.set_wipe_after(proof, NonZeroU8::new(9));
    assert!(matches!(refused, Err(Error::OutOfBounds { .. })));
    assert_eq!(real.attempts().unwrap().wipe_after, None);
    real.set_wipe_after(proof, most).unwrap();
    assert_eq!(real.attempts().unwrap().wipe_after, most);
    drop(real);
    let before = slots(&two.home);
    let mut locked = LockedVault::open(&two.home.path).unwrap();
    let attempt = |locked: LockedVault, now| {
        let failed = locked.unlock(Unlock::Passphrase(&wrong), now, &mut rng());
        let failed = failed.unwrap_err();
        assert_eq!(failed.error, Error::WrongPassphrase);
        failed.locked
    };
    for number in 0..9 {
        locked = attempt(locked, NOW + number * 3600);
    }
    let vault = locked.unlock(Unlock::Passphrase(&two.other), NOW + 9 * 3600, &mut rng());
    let vault = vault.unwrap();
    assert_eq!(
        vault.attempts().unwrap().wipe_after,
        most,
        "one for the file"
    );
    locked = vault.lock();
    for number in 10..20 {
        locked = attempt(locked, NOW + number * 3600);
    }
    drop(locked);
    for gone in [
        Unlock::Passphrase(&passphrase()),
        proof,
        Unlock::Recovery(&two.its_code),
    ] {
        let locked = LockedVault::open(&two.home.path).unwrap();
        assert!(locked.unlock(gone, NOW + 99 * 3600, &mut rng()).is_err());
    }
    let raw = two.home.raw();
    assert!(before.iter().all(|slot| !holds(&raw, slot)));
}

#[test]
fn a_wipe_passphrase_takes_no_slot_that_is_not_known_to_be_free() {
    let two = Two::new();
    let before = places(&two.home);
    two.real().insert(&titled("x"), b"", &mut rng()).unwrap();
    let after = places(&two.home);
    let changed = (0..before.len()).find(|place| before[*place] != after[*place]);
    let sql = "UPDATE manifest SET sealed = randomblob(168) WHERE place = ?1";
    let lost = two.home.sql().execute(sql, [changed.unwrap() as i64]);
    assert_eq!(lost, Ok(1));
    let mut real = two.real();
    real.accept_rows_as_found(&mut rng()).unwrap();
    let (proof, wipe) = (Unlock::Recovery(&two.home.code), word("wipe"));
    let decoy = Unlock::Recovery(&two.its_code);
    let set = real.set_wipe_passphrase(proof, decoy, Unlock::Passphrase(&wipe), &mut rng());
    assert_eq!(set, Err(Error::SlotUnknown));
}

/// Lengths as even over the classes as they can be, which is harder than any wallet makes it. A class with
/// an odd number of rows shows a record to whoever has the file and no key at all.
#[test]
fn hundreds_of_records_of_any_length_do_not_show() {
    let two = Two::new();
    let odd = "SELECT count(*) FROM (SELECT count(*) AS rows FROM record
               GROUP BY length(summary), length(body) HAVING rows % 2 = 1)";
    let any = |most: usize| "x".repeat(rng().next_u32() as usize % most);
    let mut records = 0;
    while two.counted(odd) == 0 {
        let mut vault = two.real();
        for _ in 0..25 {
            let summary = Summary {
                title: any(500),
                issuer: any(500),
                ..titled("")
            };
            let most = [200, 500, 760, 1080, 1590, 2550, 4090, 8180];
            let body = any(most[rng().next_u32() as usize % 8]);
            vault.insert(&summary, body.as_bytes(), &mut rng()).unwrap();
        }
        records += 25;
    }
    eprintln!("figure: {records} records of any length before one shows");
    assert!(records >= 500, "{records}");
}
