//! Restoring: from a base and its increments into a vault, new or in use, a step at a time.
//!
//! Everything is read and checked before anything is changed. Then each record that the last list names
//! is compared with what stands in the vault under its id there ([`Vault::id_here`]). What the owner
//! changed here since is never overwritten, and nothing is deleted: a record that differs is replaced
//! only if it is, to the byte, an older version that the chain holds too. Invariant: a restore that was
//! interrupted, however often, and is begun anew comes to the same end, since what it restored before
//! is found to be there.

use std::collections::HashSet;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{
    BackupFile, Version,
    chunks::ChunkReader,
    entries::{Entry, StreamReader},
    file::Check,
};
use crate::{
    documents::{DocumentDraft, DocumentInfo, Life},
    error::{Error, Field, Part, Result, bounded},
    limits::{BACKUPS, CHUNK_BYTES},
    record::{RecordId, Summary},
    transaction,
    vault::Vault,
};

/// Bytes of the stream that one step reads, about.
const STEP: usize = 1 << 20;
/// Records that one step handles, at most.
const STEP_RECORDS: usize = 256;

/// Whether a restore changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreMode {
    /// Tell what would happen, and change nothing.
    Dry,
    /// Restore.
    Real,
}

/// What became of a record of the backup; in a dry run, what would become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It is in the vault now, and was not before, or only in an older version of this chain.
    Restored,
    /// It was in the vault already, as it is in the backup.
    AlreadyThere,
    /// The vault has it, changed since the backup: left as it is.
    NewerHere,
    /// The vault has it and cannot read it: left as it is. Once its owner has deleted it, restoring
    /// again brings the backup's back.
    DamagedHere,
    /// Something else stands where it belongs, which two unrelated documents meet once in 2^40: left
    /// out. A new vault has room for it.
    PlaceTaken,
}

/// A record of the backup, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoredRecord {
    /// Its id in this vault.
    pub id: RecordId,
    /// Its id in the vault that the backup is of.
    pub id_there: RecordId,
    /// What lists show of it, as it is in the backup.
    pub summary: Summary,
    /// Length and hash, if it is a document.
    pub document: Option<DocumentInfo>,
    /// What became of it.
    pub outcome: Outcome,
    /// What the caller said of it: it is bound to hardware that this phone does not have, and its issuer
    /// must issue it again before it can be shown. It is restored as a record of what there was.
    pub must_be_issued_again: bool,
}

/// What one step did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreProgress {
    /// Records that this step came to an end with: in the vault for good, if they were restored.
    pub records: Vec<RestoredRecord>,
    /// Bytes read so far: everything once to check it, and what is missing once more.
    pub bytes: u64,
    /// Bytes in all.
    pub bytes_in_all: u64,
    /// Whether this was the last step.
    pub done: bool,
}

/// A restore under way. Belongs to the vault that it was begun with, until that is locked.
pub struct Restore {
    life: Life,
    chain: Vec<BackupFile>,
    mode: RestoreMode,
    state: State,
    /// Versions of the last list that were met while checking, by their place in it.
    met: Vec<bool>,
    /// Records that stand here in an older version of the chain.
    outdated: HashSet<RecordId>,
    draft: Option<(DocumentDraft, RestoredRecord)>,
    buffer: Zeroizing<Vec<u8>>,
    /// Bytes of the files that are done with.
    passed: u64,
}

enum State {
    Checking(usize, Box<Check>),
    Restoring(usize, Box<StreamReader<ChunkReader>>),
    Done,
    Failed(Error),
}

/// What stands here under a record's id.
#[derive(PartialEq, Eq)]
enum Here {
    Nothing,
    Same,
    Different,
    Damaged,
}

/// A change that waits for the end of the step.
struct Change {
    record: RestoredRecord,
    body: Zeroizing<Vec<u8>>,
    new: bool,
}

/// Random halves of an id that are tried, which differ in their last bits: that none of them is in a share
/// of half of all is less likely than 2^-31.
const NEAR: i64 = 32;

impl Vault {
    /// Where a record stands in this vault that had this id in another, if it was restored from a
    /// backup of that: the random half of an id stays, but for its last bits where it would not be in this
    /// vault's share of the file; the half that proves whose it is does not stay. An id of this vault stays
    /// as it is, also by way of another vault.
    #[must_use]
    pub fn id_here(&self, id: RecordId) -> RecordId {
        let share = self.opened.share.as_ref();
        let near = (0..NEAR).map(|bits| id.key() ^ bits);
        let mut ids = near
            .filter(|key| share.is_none_or(|share| share.has_row(*key)))
            .map(|key| self.keys.id(key.to_be_bytes()));
        let first = ids
            .next()
            .unwrap_or_else(|| self.keys.id(id.key().to_be_bytes()));
        let is_here = |id: &RecordId| matches!(self.store.record(*id, |_| ()), Ok(Some(())));
        if share.is_none() || is_here(&first) {
            return first;
        }
        ids.find(is_here).unwrap_or(first)
    }
}

impl Restore {
    /// Begins to restore a base and its increments, in order.
    ///
    /// # Errors
    /// [`Error::BackupOutOfChain`] when one is missing or the order is wrong; [`Error::OutOfBounds`] for
    /// none or too many; what reading can fail with.
    pub fn begin(vault: &Vault, chain: Vec<BackupFile>, mode: RestoreMode) -> Result<Self> {
        bounded(Field::Backups, chain.len(), 1, BACKUPS)?;
        let mut before: Option<&BackupFile> = None;
        for (place, file) in chain.iter().enumerate() {
            let follows = match before {
                None => file.begin.step == 0,
                Some(before) => {
                    file.begin.parent == before.id
                        && file.begin.vault == before.begin.vault
                        && Some(file.begin.step) == before.begin.step.checked_add(1)
                }
            };
            if !follows {
                let step = file.begin.step;
                return Err(Error::BackupOutOfChain { place, step });
            }
            before = Some(file);
        }
        let met = before.map_or(0, |last| last.index.live.len());
        let first = chain.first().map(BackupFile::check).transpose()?;
        Ok(Self {
            life: vault.life.clone(),
            chain,
            mode,
            state: first.map_or(State::Done, |check| State::Checking(0, Box::new(check))),
            met: vec![false; met],
            outdated: HashSet::new(),
            draft: None,
            buffer: Zeroizing::new(Vec::with_capacity(STEP + CHUNK_BYTES)),
            passed: 0,
        })
    }

    /// Goes on for about a megabyte. `bound` says of a record, by summary and body, whether it is bound
    /// to hardware that this phone does not have; a document's body is empty.
    ///
    /// # Errors
    /// [`Error::BackupNotOpen`] for another vault than the restore's own, or after that was locked;
    /// [`Error::BackupCutShort`] and [`Error::Damaged`] for a backup that is not whole, before anything
    /// was changed; what writing can fail with. The restore is then at an end. What earlier steps
    /// restored stays, and restoring again goes on from there.
    pub fn step(
        &mut self,
        vault: &mut Vault,
        bound: &mut impl FnMut(&Summary, &[u8]) -> bool,
        rng: &mut impl CryptoRng,
    ) -> Result<RestoreProgress> {
        vault
            .life
            .admit(&self.life)
            .map_err(|_| Error::BackupNotOpen)?;
        let stepped = match &mut self.state {
            State::Failed(error) => Err(error.clone()),
            State::Done => Ok(Vec::new()),
            State::Checking(..) => self.check().map(|()| Vec::new()),
            State::Restoring(..) => self.restore(vault, bound, rng),
        };
        match stepped {
            Ok(records) => Ok(self.progress(records)),
            Err(error) => {
                self.state = State::Failed(error.clone());
                self.give_up(vault);
                Err(error)
            }
        }
    }

    /// Removes at once what was written of a document that is not finished; otherwise the next unlock
    /// does. All else that was restored stays.
    pub fn give_up(&mut self, vault: &mut Vault) {
        if let Some((draft, _)) = self.draft.take() {
            // Of another vault's draft nothing is here to be removed.
            let _ = draft.discard(vault);
        }
        if !matches!(self.state, State::Failed(_)) {
            self.state = State::Done;
        }
    }

    fn progress(&self, records: Vec<RestoredRecord>) -> RestoreProgress {
        let files = self.chain.iter().map(BackupFile::bytes);
        let bytes_in_all = 2 * files.sum::<u64>();
        let (bytes, done) = match &self.state {
            State::Checking(_, check) => (self.passed + check.progress().0, false),
            State::Restoring(_, stream) => (self.passed + stream.offset(), false),
            State::Failed(_) => (self.passed, true),
            State::Done => (bytes_in_all, true),
        };
        RestoreProgress {
            records,
            bytes: bytes.min(bytes_in_all),
            bytes_in_all,
            done,
        }
    }

    fn check(&mut self) -> Result<()> {
        let State::Checking(at, check) = &mut self.state else {
            return Ok(());
        };
        let at = *at;
        let (Some(file), Some(last)) = (self.chain.get(at), self.chain.last()) else {
            return Ok(());
        };
        let met = &mut self.met;
        let done = check.step(4 * STEP as u64, |version| {
            let place = last.index.live.binary_search(&version).ok();
            if let Some(met) = place.and_then(|place| met.get_mut(place)) {
                *met = true;
            }
        })?;
        if !done {
            return Ok(());
        }
        self.passed += file.bytes();
        self.state = match self.chain.get(at + 1) {
            Some(next) => State::Checking(at + 1, Box::new(next.check()?)),
            None => {
                let mut named = last.index.live.iter().zip(&self.met);
                if let Some((missing, _)) = named.find(|(_, met)| !**met) {
                    let part = Part::BackupRecord(missing.id);
                    return Err(Error::Damaged { part });
                }
                let first = self.chain.first().unwrap_or(last);
                State::Restoring(0, Box::new(first.stream()?))
            }
        };
        Ok(())
    }

    fn restore(
        &mut self,
        vault: &mut Vault,
        bound: &mut impl FnMut(&Summary, &[u8]) -> bool,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<RestoredRecord>> {
        let State::Restoring(at, mut stream) = std::mem::replace(&mut self.state, State::Done)
        else {
            return Ok(Vec::new());
        };
        let (mut done, mut changes) = (Vec::new(), Vec::new());
        let until = stream.offset() + STEP as u64;
        let mut next = None;
        while stream.offset() < until && done.len() + changes.len() < STEP_RECORDS {
            if self.draft.is_some() {
                done.extend(self.restore_content(vault, &mut stream, rng)?);
                continue;
            }
            if self
                .chain
                .get(at)
                .is_none_or(|file| stream.entries() >= file.index.entries)
            {
                next = Some(at + 1);
                break;
            }
            match stream.next()? {
                Entry::Record(version, summary, body) => {
                    let again = bound(&summary, &body);
                    let Some((record, here)) =
                        self.judge(vault, &version, summary, Content::Body(&body), again)?
                    else {
                        continue;
                    };
                    if record.outcome == Outcome::Restored {
                        let new = here == Here::Nothing;
                        changes.push(Change { record, body, new });
                    } else {
                        done.push(record);
                    }
                }
                Entry::Document(version, summary, info) => {
                    let again = bound(&summary, &[]);
                    let judged =
                        self.judge(vault, &version, summary, Content::Document(info), again)?;
                    done.extend(self.begin_document(vault, judged, &mut stream, rng)?);
                }
                Entry::End(_) => {
                    return Err(Error::Damaged {
                        part: Part::BackupHeader,
                    });
                }
            }
        }
        done.extend(self.commit(vault, changes, rng)?);
        self.state = match next {
            None => State::Restoring(at, stream),
            Some(next) => {
                self.passed += self.chain.get(at).map_or(0, BackupFile::bytes);
                match self.chain.get(next) {
                    Some(file) => State::Restoring(next, Box::new(file.stream()?)),
                    None => State::Done,
                }
            }
        };
        Ok(done)
    }

    /// What is to become of an entry; `None` for a version that the last list does not name.
    fn judge(
        &mut self,
        vault: &Vault,
        version: &Version,
        summary: Summary,
        content: Content<'_>,
        must_be_issued_again: bool,
    ) -> Result<Option<(RestoredRecord, Here)>> {
        let id = vault.id_here(version.id);
        let here = look(vault, id, &summary, content)?;
        if !self
            .chain
            .last()
            .is_some_and(|last| last.index.names(version))
        {
            if here == Here::Same {
                self.outdated.insert(id);
            }
            return Ok(None);
        }
        let outcome = match here {
            Here::Nothing => Outcome::Restored,
            Here::Same => Outcome::AlreadyThere,
            Here::Different if self.outdated.contains(&id) => Outcome::Restored,
            Here::Different => Outcome::NewerHere,
            Here::Damaged => Outcome::DamagedHere,
        };
        let record = RestoredRecord {
            id,
            id_there: version.id,
            summary,
            document: match content {
                Content::Body(_) => None,
                Content::Document(info) => Some(info),
            },
            outcome,
            must_be_issued_again,
        };
        Ok(Some((record, here)))
    }

    /// Begins a document that is missing; what has come to an end without its content.
    fn begin_document(
        &mut self,
        vault: &mut Vault,
        judged: Option<(RestoredRecord, Here)>,
        stream: &mut StreamReader<ChunkReader>,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<RestoredRecord>> {
        let Some((mut record, here)) = judged else {
            stream.skip_content();
            return Ok(None);
        };
        if record.outcome == Outcome::Restored && self.mode == RestoreMode::Real {
            if here == Here::Different {
                // Content never changes under one id: an older version has an older summary.
                vault.update_summary(record.id, &record.summary, rng)?;
            } else {
                match vault.document_draft_at(record.id, &record.summary, rng)? {
                    Some(draft) => {
                        self.draft = Some((draft, record));
                        return Ok(None);
                    }
                    None => record.outcome = Outcome::PlaceTaken,
                }
            }
        }
        stream.skip_content();
        Ok(Some(record))
    }

    /// Goes on with the document that was begun; the document, once it is whole.
    fn restore_content(
        &mut self,
        vault: &mut Vault,
        stream: &mut StreamReader<ChunkReader>,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<RestoredRecord>> {
        let Some((mut draft, record)) = self.draft.take() else {
            return Ok(None);
        };
        self.buffer.clear();
        let whole = loop {
            let piece = match stream.content() {
                Ok(piece) => piece,
                Err(error) => {
                    draft.discard(vault)?;
                    return Err(error);
                }
            };
            self.buffer.extend_from_slice(piece);
            if piece.is_empty() || self.buffer.len() >= STEP {
                break piece.is_empty();
            }
        };
        draft.append(vault, &self.buffer)?;
        if !whole {
            self.draft = Some((draft, record));
            return Ok(None);
        }
        if Some(draft.info()) != record.document {
            draft.discard(vault)?;
            let part = Part::BackupRecord(record.id_there);
            return Err(Error::Damaged { part });
        }
        draft.finish(vault, rng)?;
        Ok(Some(record))
    }

    /// Makes the changes of a step, in one commit.
    fn commit(
        &self,
        vault: &mut Vault,
        changes: Vec<Change>,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<RestoredRecord>> {
        if self.mode == RestoreMode::Dry || changes.is_empty() {
            return Ok(changes.into_iter().map(|change| change.record).collect());
        }
        vault.transaction(rng, |tx| {
            let changes = changes.into_iter();
            changes
                .map(
                    |Change {
                         mut record,
                         body,
                         new,
                     }| {
                        if !new {
                            tx.update(record.id, &record.summary, &body)?;
                        } else if !tx.put_new(
                            record.id,
                            &record.summary,
                            transaction::BYTES,
                            &body,
                        )? {
                            record.outcome = Outcome::PlaceTaken;
                        }
                        Ok(record)
                    },
                )
                .collect()
        })
    }
}

impl std::fmt::Debug for Restore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Restore")
            .field("mode", &self.mode)
            .field("chain", &self.chain)
            .finish_non_exhaustive()
    }
}

/// What a record holds, to be compared.
#[derive(Clone, Copy)]
enum Content<'a> {
    Body(&'a [u8]),
    Document(DocumentInfo),
}

fn look(vault: &Vault, id: RecordId, summary: &Summary, content: Content<'_>) -> Result<Here> {
    let record = match vault.get(id) {
        Ok(record) => record,
        Err(Error::NoSuchRecord(_)) => return Ok(Here::Nothing),
        Err(Error::Damaged { .. }) => return Ok(Here::Damaged),
        Err(error) => return Err(error),
    };
    let same = match (content, record.document) {
        (Content::Body(body), None) => *record.body == body,
        (Content::Document(info), Some(here)) => info == here,
        _ => false,
    };
    Ok(if same && record.summary == *summary {
        Here::Same
    } else {
        Here::Different
    })
}
