//! A scripted run of a vault, and what its owner may expect after any number of its steps.
//!
//! A step is one change that the vault promises to make whole or not at all. The same script says what
//! each step does to a vault and what it does to a [`State`], so that a vault that was cut off anywhere
//! is compared with the states on both sides of the cut.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    io::Read,
    path::{Path, PathBuf},
};

use nansen_vault::{
    Error, KdfParams, LockedVault, Passphrase, PlatformSecret, RecordId, RecoveryCode, Unlock,
    Vault, Way,
};
use rand_core::{Rng, TryCryptoRng, TryRng};

use super::{content, titled};

/// Random bytes that are the same in each run: splitmix64 (Steele et al., OOPSLA 2014).
pub struct Seeded(pub u64);

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|number| (number >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        Ok(mixed ^ mixed >> 31)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for part in bytes.chunks_mut(8) {
            let number = self.try_next_u64()?.to_le_bytes();
            part.copy_from_slice(&number[..part.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}

impl Seeded {
    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next_u64() % bound as u64) as usize
    }
}

/// One change to a vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A new vault, which unlocks by passphrase 0.
    Create,
    Insert {
        title: String,
        length: usize,
    },
    Update {
        title: String,
        length: usize,
    },
    Delete {
        title: String,
    },
    Document {
        title: String,
        length: usize,
    },
    /// Several records in one commit.
    Several {
        titles: Vec<String>,
        length: usize,
    },
    Passphrase(u8),
    Recovery(u8),
    Platform(u8),
    NoPlatform,
    Compact,
    /// Locks the vault, closes the file, and opens it again.
    Reopen,
}

/// What a vault holds and what unlocks it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub exists: bool,
    /// Titles with the bytes of body or document.
    pub contents: BTreeMap<String, Vec<u8>>,
    pub passphrase: u8,
    pub recovery: Option<u8>,
    pub platform: Option<u8>,
}

pub fn passphrase(number: u8) -> Passphrase {
    match number {
        0 => super::passphrase(),
        number => Passphrase::new(format!("passphrase {number}")).unwrap(),
    }
}

pub fn recovery(number: u8) -> RecoveryCode {
    RecoveryCode::random(&mut Seeded(u64::from(number)))
}

pub fn platform(round: u8) -> PlatformSecret {
    PlatformSecret::new(&[round; 32]).unwrap()
}

/// Every kind of step, so that each meets the others' leavings; what is written fills the log of the file
/// past the point where SQLite moves it into the file.
pub fn every_kind() -> Vec<Step> {
    let insert = |title: &str, length| Step::Insert {
        title: title.into(),
        length,
    };
    let update = |title: &str, length| Step::Update {
        title: title.into(),
        length,
    };
    let delete = |title: &str| Step::Delete {
        title: title.into(),
    };
    let document = |title: &str, length| Step::Document {
        title: title.into(),
        length,
    };
    vec![
        Step::Create,
        Step::Recovery(1),
        insert("a", 300),
        insert("b", 20_000),
        document("scan", 150_000),
        update("a", 9_000),
        Step::Several {
            titles: (0..5).map(|number| format!("many {number}")).collect(),
            length: 4_000,
        },
        Step::Platform(1),
        delete("b"),
        Step::Platform(2),
        Step::Passphrase(1),
        Step::Reopen,
        document("second scan", 70_000),
        delete("scan"),
        insert("c", 600_000),
        Step::Recovery(2),
        Step::Compact,
        Step::NoPlatform,
        update("c", 10),
        Step::Reopen,
        insert("d", 0),
    ]
}

/// Steps that go on from `state`, drawn at random.
pub fn drawn(state: &State, count: usize, rng: &mut Seeded) -> Vec<Step> {
    let mut state = state.clone();
    let mut steps = Vec::new();
    while steps.len() < count {
        let title = format!("{:08x}", rng.next_u32());
        let length = rng.below(4_000);
        let known = (!state.contents.is_empty()).then(|| {
            let nth = rng.below(state.contents.len());
            state.contents.keys().nth(nth).unwrap().clone()
        });
        let is_document = |title: &String| title.starts_with("scan ");
        let step = match (rng.below(20), known) {
            (0..6, _) => Step::Insert { title, length },
            (6..10, Some(title)) if !is_document(&title) => Step::Update { title, length },
            (10..14, Some(title)) => Step::Delete { title },
            (14, _) => Step::Document {
                title: format!("scan {title}"),
                length: rng.below(400_000),
            },
            (15, _) => Step::Several {
                titles: (0..4).map(|number| format!("{title} {number}")).collect(),
                length,
            },
            (16, _) => Step::Recovery(state.recovery.unwrap_or(0) % 200 + 1),
            (17, _) => Step::Platform(state.platform.unwrap_or(0) % 200 + 1),
            (18, _) if state.platform.is_some() => Step::NoPlatform,
            (19, _) if rng.below(4) == 0 => Step::Passphrase(state.passphrase % 200 + 1),
            (19, _) if rng.below(2) == 0 => Step::Compact,
            _ => continue,
        };
        state.take(&step);
        steps.push(step);
    }
    steps
}

impl State {
    /// The state once a step is done.
    #[must_use]
    pub fn after(&self, step: &Step) -> Self {
        let mut state = self.clone();
        state.take(step);
        state
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Create => self.exists = true,
            Step::Insert { title, length }
            | Step::Update { title, length }
            | Step::Document { title, length } => {
                self.contents.insert(title.clone(), content(*length));
            }
            Step::Several { titles, length } => {
                let all = titles.iter().cloned();
                self.contents
                    .extend(all.map(|title| (title, content(*length))));
            }
            Step::Delete { title } => _ = self.contents.remove(title),
            Step::Passphrase(number) => self.passphrase = *number,
            Step::Recovery(number) => self.recovery = Some(*number),
            Step::Platform(round) => self.platform = Some(*round),
            Step::NoPlatform => self.platform = None,
            Step::Compact | Step::Reopen => {}
        }
    }

    /// Whether a step has what it works on: not after one was refused that would have made it.
    pub fn admits(&self, step: &Step) -> bool {
        match step {
            Step::Update { title, .. } | Step::Delete { title } => {
                self.contents.contains_key(title)
            }
            Step::NoPlatform => self.platform.is_some(),
            _ => true,
        }
    }

    /// Unlocks by recovery code where there is one, since that takes no time.
    fn unlock(&self, path: &Path) -> Result<Vault, Error> {
        let locked = LockedVault::open(path)?;
        let unlocked = match self.recovery {
            Some(number) => locked.unlock(
                Unlock::Recovery(&recovery(number)),
                super::later(),
                &mut super::rng(),
            ),
            None => locked.unlock(
                Unlock::Passphrase(&passphrase(self.passphrase)),
                super::later(),
                &mut super::rng(),
            ),
        };
        Ok(unlocked?)
    }
}

/// All titles with their bytes, each of which must be readable.
pub fn contents(vault: &Vault) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let listing = vault.list()?;
    if let Some(part) = listing.damaged.first() {
        return Err(Error::Damaged { part: *part });
    }
    let read = |(id, summary): (RecordId, nansen_vault::Summary)| {
        let record = vault.get(id)?;
        let bytes = match record.document {
            Some(_) => document(vault, id)?,
            None => record.body.to_vec(),
        };
        Ok((summary.title, bytes))
    };
    listing.records.into_iter().map(read).collect()
}

fn document(vault: &Vault, id: RecordId) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    vault
        .document_reader(id)?
        .read_to_end(&mut bytes)
        .map_err(|error| error.downcast::<Error>().unwrap())?;
    Ok(bytes)
}

/// A run of the script: the vault as far as it is open, and the state that it should have.
pub struct Run {
    pub path: PathBuf,
    pub vault: Option<Vault>,
    pub state: State,
    pub rng: Seeded,
}

impl Run {
    pub fn new(path: &Path, state: State, seed: u64) -> Self {
        Self {
            path: path.to_owned(),
            vault: None,
            state,
            rng: Seeded(seed),
        }
    }

    /// Opens the vault if it is not open, and does the step.
    pub fn take(&mut self, step: &Step) -> Result<(), Error> {
        if *step == Step::Create {
            let (path, rng) = (&self.path, &mut self.rng);
            let (vault, _) = Vault::create(path, &passphrase(0), KdfParams::FLOOR, rng)?;
            self.vault = Some(vault);
        } else {
            if *step == Step::Reopen {
                let _locked = self.vault.take().map(Vault::lock);
            }
            let vault = match self.vault.take() {
                Some(vault) => vault,
                None => self.state.unlock(&self.path)?,
            };
            let vault = self.vault.insert(vault);
            change(vault, step, &self.state, &mut self.rng)?;
        }
        self.state.take(step);
        Ok(())
    }
}

fn change(vault: &mut Vault, step: &Step, state: &State, rng: &mut Seeded) -> Result<(), Error> {
    let id = |vault: &Vault, title: &str| -> Result<RecordId, Error> {
        let listing = vault.list()?;
        // A disk that fails takes its record along.
        if let Some(part) = listing.damaged.first() {
            return Err(Error::Damaged { part: *part });
        }
        let mut found = listing.records.into_iter();
        Ok(found.find(|(_, of)| of.title == title).unwrap().0)
    };
    let by_code = state.recovery.map(recovery);
    let by_passphrase = passphrase(state.passphrase);
    let proof = by_code
        .as_ref()
        .map_or(Unlock::Passphrase(&by_passphrase), Unlock::Recovery);
    match step {
        Step::Create | Step::Reopen => Ok(()),
        Step::Insert { title, length } => vault
            .insert(&titled(title), &content(*length), rng)
            .map(drop),
        Step::Update { title, length } => {
            vault.update(id(vault, title)?, &titled(title), &content(*length), rng)
        }
        Step::Delete { title } => vault.delete(id(vault, title)?, rng),
        Step::Document { title, length } => {
            let mut writer = vault.document_writer(&titled(title), rng)?;
            let bytes = content(*length);
            bytes
                .chunks(90_000)
                .try_for_each(|part| writer.append(part))?;
            writer.finish().map(drop)
        }
        Step::Several { titles, length } => vault.transaction(rng, |tx| {
            let body = content(*length);
            titles
                .iter()
                .try_for_each(|title| tx.insert(&titled(title), &body).map(drop))
        }),
        Step::Passphrase(number) => {
            vault.change_passphrase(proof, &passphrase(*number), KdfParams::FLOOR, rng)
        }
        Step::Recovery(number) => vault.add_way(proof, Unlock::Recovery(&recovery(*number)), rng),
        Step::Platform(round) => {
            let secret = platform(*round);
            vault.add_hardware_way(proof, Unlock::Platform(&secret), &[*round; 700], rng)
        }
        Step::NoPlatform => vault.remove_way(Way::Platform, rng),
        Step::Compact => vault.compact(),
    }
}

/// Opens the vault at `path` as somebody does who knows that it must be in one of `states`, reads all of it,
/// writes to it, and opens it by every way. Says which state it is in, or what is wrong.
///
/// A passphrase costs a key derivation: it is tried only if told to, or if the states differ in it.
pub fn find(path: &Path, states: &[State], passphrases: bool) -> Result<State, String> {
    if !path.exists() {
        let absent = states.iter().find(|state| !state.exists);
        return absent.cloned().ok_or("there is no file".to_owned());
    }
    let living: Vec<&State> = states.iter().filter(|state| state.exists).collect();
    let (mut vault, by) = opened(path, &living)?;
    if !vault.integrity().is_intact() {
        return Err(format!("is not intact: {:?}", vault.integrity()));
    }
    let found = contents(&vault).map_err(|error| format!("cannot be read: {error}"))?;
    if living.iter().all(|state| state.contents != found) {
        let expected: Vec<_> = living.iter().map(|state| sizes(&state.contents)).collect();
        let found = sizes(&found);
        return Err(format!("holds {found:?}, not one of {expected:?}"));
    }
    let report = vault.check().map_err(|error| error.to_string())?;
    if !report.is_clean() {
        return Err(format!("is not clean: {report:?}"));
    }
    let has_platform = vault.ways().contains(&Way::Platform);
    let id = vault
        .insert(&titled("afterwards"), b"", &mut super::rng())
        .map_err(|error| format!("cannot be used: {error}"))?;
    vault
        .delete(id, &mut super::rng())
        .map_err(|error| format!("cannot be tidied: {error}"))?;
    drop(vault);
    let platform = hardware(path, has_platform)?;
    if platform.is_some() != has_platform && living.iter().all(|state| state.platform.is_some()) {
        return Err("has lost its way with hardware".into());
    }
    let differ = living.iter().any(|state| state.passphrase != by.passphrase);
    let passphrase = match passphrases || differ {
        true => the_passphrase(path, &living)?,
        false => by.passphrase,
    };
    Ok(State {
        exists: true,
        contents: found,
        passphrase,
        recovery: by.recovery,
        platform,
    })
}

fn sizes(contents: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let all = contents.iter();
    all.map(|(title, bytes)| format!("{title}: {}", bytes.len()))
        .collect()
}

/// The vault, and the state whose way opened it.
fn opened<'s>(path: &Path, states: &[&'s State]) -> Result<(Vault, &'s State), String> {
    for state in states {
        match state.unlock(path) {
            Ok(vault) => return Ok((vault, state)),
            Err(Error::WrongRecoveryCode | Error::WrongPassphrase) => {}
            Err(error) => return Err(format!("does not open: {error}")),
        }
    }
    Err("opens by no way that it had".into())
}

/// The round of the way with hardware, which what is kept beside the vault must open if the vault has that
/// way. A wrapped key that a kill or a broken disk has left must open nothing.
fn hardware(path: &Path, has_platform: bool) -> Result<Option<u8>, String> {
    let locked = LockedVault::open(path).map_err(|error| error.to_string())?;
    let wrapped = locked
        .wrapped_key(Way::Platform)
        .map_err(|error| format!("has a broken wrapped key: {error}"))?;
    let Some(round) = wrapped.and_then(|bytes| bytes.first().copied()) else {
        return Ok(None);
    };
    let secret = platform(round);
    let unlocked = locked.unlock(Unlock::Platform(&secret), super::later(), &mut super::rng());
    match unlocked.map_err(|failed| failed.error) {
        Ok(_) if has_platform => Ok(Some(round)),
        Ok(_) => Err(format!("opens by wrapped key {round}, whose way has ended")),
        Err(Error::WrongPlatformKey) if !has_platform => Ok(None),
        Err(error) => Err(format!("wrapped key {round}: {error}")),
    }
}

fn the_passphrase(path: &Path, states: &[&State]) -> Result<u8, String> {
    let mut locked = LockedVault::open(path).map_err(|error| error.to_string())?;
    for state in states {
        match locked.unlock(
            Unlock::Passphrase(&passphrase(state.passphrase)),
            super::later(),
            &mut super::rng(),
        ) {
            Ok(_) => return Ok(state.passphrase),
            Err(failed) if failed.error == Error::WrongPassphrase => locked = failed.locked,
            Err(failed) => return Err(failed.error.to_string()),
        }
    }
    Err("opens by no passphrase that it had".into())
}
