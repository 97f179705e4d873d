//! Writing a backup, a step at a time: the vault serves others in between, and an app shows how far it
//! is or gives up. What the steps write: `backup.rs`.
//!
//! Invariants: an older backup stands until the new one was read back and found whole, and the ones that
//! an increment rests on stand for ever; what the list at the end names is in this file or in those
//! before it.

use std::{
    fs::{self, File},
    io::{ErrorKind, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{
    BackupFile, BackupHeader, BackupLock, Begin, Index, Version,
    chunks::{ChunkReader, ChunkWriter, StreamKey},
    entries::{
        Entry, StreamReader, encode_begin, encode_document, encode_end, encode_record,
        encode_version,
    },
    file::{Check, open_header},
};
use crate::{
    documents::{DocumentCursor, Life},
    error::{Error, Part, Result},
    place::{self, from_io},
    record::{RecordId, Summary},
    seal::NONCE,
    transaction::{self, open_body, open_summary},
    vault::Vault,
};

/// Bytes of the stream that one step writes or reads, about.
const STEP: usize = 1 << 20;
const DAMAGED: Error = Error::Damaged {
    part: Part::BackupHeader,
};

/// A backup on its way to its file.
///
/// Belongs to the vault that it was begun with, until that is locked. Dropped before it is done, it
/// leaves `NAME.part`, which [`BackupWriter::resume`] continues and [`BackupWriter::discard`] removes.
pub struct BackupWriter {
    life: Life,
    place: PathBuf,
    part: PathBuf,
    key: StreamKey,
    begin: Begin,
    parent: Option<Index>,
    wants_base: bool,
    chunks: ChunkWriter,
    /// Versions in the file, in the order of writing, but sorted after each look at the vault.
    written: Vec<Version>,
    /// Versions to write, the next one last.
    planned: Vec<Version>,
    /// Versions that could not be read, and what was wrong with each.
    unreadable: Vec<Version>,
    left_out: Vec<Part>,
    document: Option<Document>,
    buffer: Zeroizing<Vec<u8>>,
    state: State,
}

/// The document that is being written.
struct Document {
    version: Version,
    cursor: DocumentCursor,
}

enum State {
    Writing,
    Checking {
        check: Box<Check>,
        index: Index,
        /// Written versions that were read back.
        seen: usize,
    },
    Done,
    Failed(Error),
}

/// What a backup is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupPhase {
    /// Reading the vault and writing the file.
    Writing,
    /// Reading the file back.
    Checking,
    /// The backup stands under its name.
    Done,
}

/// How far a backup has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupProgress {
    /// What comes next.
    pub phase: BackupPhase,
    /// Records and documents in the file.
    pub records: usize,
    /// Records and documents that are still to be written, as far as is known.
    pub records_left: usize,
    /// Bytes written; while checking, bytes read back.
    pub bytes: u64,
    /// While checking, bytes in all.
    pub bytes_in_all: Option<u64>,
}

/// What a version is found to be when its turn comes.
enum Found {
    Record(Summary, Zeroizing<Vec<u8>>),
    Document(Summary),
    Damaged(Part),
    /// Replaced or deleted since.
    Gone,
}

impl BackupWriter {
    /// Begins a backup at `path`, in place of what is left of an interrupted one. Without a `parent` it
    /// comes to stand in the place of an older one; with a `parent` it holds only what that lacks, and
    /// needs a place of its own. `now` is when, in seconds since 1970.
    ///
    /// ```
    /// # use nansen_vault::*;
    /// # let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    /// # let folder = tempfile::tempdir().map_err(|_| Error::NotFound)?;
    /// # let passphrase = Passphrase::new("open sesame")?;
    /// # let path = folder.path().join("v.nansen");
    /// # let (mut vault, _) = Vault::create(path, &passphrase, KdfParams::FLOOR, &mut rng)?;
    /// # vault.insert(&Summary::default(), b"body", &mut rng)?;
    /// # let path = folder.path().join("backup");
    /// let code = RecoveryCode::random(&mut rng);
    /// let lock = BackupLock::Recovery(&code);
    /// let mut backup = BackupWriter::begin(&vault, &path, lock, None, 1_700_000_000, &mut rng)?;
    /// while backup.step(&vault)?.phase != BackupPhase::Done {}
    ///
    /// let base = BackupFile::open(&path, lock)?;
    /// let path = folder.path().join("new vault");
    /// let (mut new, _) = Vault::create(path, &passphrase, KdfParams::FLOOR, &mut rng)?;
    /// let mut restore = Restore::begin(&new, vec![base], RestoreMode::Real)?;
    /// while !restore.step(&mut new, &mut |_, _| false, &mut rng)?.done {}
    /// assert_eq!(new.record_count(), 1);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NotABackup`] or [`Error::NewerBackup`] for a path at which something else stands, which
    /// is not replaced; with a parent, [`Error::AlreadyExists`] for a path at which anything stands, or
    /// whose draft `NAME.part` is the parent or the one before that; [`Error::OtherVaultsBackup`] for the
    /// parent; what key derivation and writing can fail with.
    pub fn begin(
        vault: &Vault,
        path: impl AsRef<Path>,
        lock: BackupLock<'_>,
        parent: Option<&BackupFile>,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        let (place, part) = places(vault, path.as_ref(), parent)?;
        let begin = follow(vault, parent, now)?;
        let (header, key) = BackupHeader::new(lock, rng)?;
        let key = StreamKey {
            key: Arc::new(key),
            binding: header.binding(),
        };
        let create = || {
            match fs::remove_file(&part) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            // Not cut to nothing and written anew, which would cut whatever has another name too.
            let mut file = File::create_new(&part)?;
            file.write_all(&header.encode())?;
            Ok(file)
        };
        let file = create().map_err(|error| from_io(&error))?;
        let mut chunks = ChunkWriter::new(file, key.clone(), session(rng));
        chunks.write(&encode_begin(&begin))?;
        let parent = parent.map(|parent| parent.index.clone());
        Ok(Self::new(vault, (place, part), key, begin, parent, chunks))
    }

    /// Continues what an interrupted backup left beside `path`, with the lock and parent that it was
    /// begun with. What is there is opened and counted first, in bounded memory but at one go.
    ///
    /// # Errors
    /// [`Error::NothingToResume`] if nothing is left, or too little; [`Error::OtherVaultsBackup`],
    /// [`Error::BackupOutOfChain`] for another parent than it was begun with; with a parent,
    /// [`Error::AlreadyExists`] for a path at which something stands; as [`BackupFile::open`].
    pub fn resume(
        vault: &Vault,
        path: impl AsRef<Path>,
        lock: BackupLock<'_>,
        parent: Option<&BackupFile>,
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        let (place, part) = places(vault, path.as_ref(), parent)?;
        let (_, header) = open_header(&part).map_err(|error| match error {
            Error::NotFound | Error::NotABackup | DAMAGED => Error::NothingToResume,
            other => other,
        })?;
        let key = StreamKey {
            key: Arc::new(header.open(lock)?),
            binding: header.binding(),
        };
        let open = || {
            let mut file = File::options().read(true).write(true).open(&part)?;
            file.seek(SeekFrom::End(0)).map(|_| file)
        };
        let file = open().map_err(|error| from_io(&error))?;
        let left = ChunkReader::new(
            file.try_clone().map_err(|error| from_io(&error))?,
            key.clone(),
            true,
        )?;
        let begin = match StreamReader::new(left).begin() {
            Err(Error::Damaged { .. }) => return Err(Error::NothingToResume),
            begin => begin?,
        };
        let due = follow(vault, parent, begin.made)?;
        if due.vault != begin.vault {
            return Err(Error::OtherVaultsBackup);
        }
        if due != begin {
            return Err(Error::BackupOutOfChain {
                place: usize::from(parent.is_some()),
                step: begin.step,
            });
        }
        let chunks = ChunkWriter::new(file, key.clone(), session(rng));
        let parent = parent.map(|parent| parent.index.clone());
        let mut writer = Self::new(vault, (place, part), key, begin, parent, chunks);
        writer.recover(vault)?;
        Ok(writer)
    }

    fn new(
        vault: &Vault,
        (place, part): (PathBuf, PathBuf),
        key: StreamKey,
        begin: Begin,
        parent: Option<Index>,
        chunks: ChunkWriter,
    ) -> Self {
        Self {
            life: vault.life.clone(),
            place,
            part,
            key,
            begin,
            wants_base: parent.is_some() && !lost_nothing(vault),
            parent,
            chunks,
            written: Vec::new(),
            planned: Vec::new(),
            unreadable: Vec::new(),
            left_out: Vec::new(),
            document: None,
            buffer: Zeroizing::new(Vec::new()),
            state: State::Writing,
        }
    }

    /// Goes on for about a megabyte. The vault may have changed since the step before: what the backup
    /// holds in the end is the vault as of the last step of [`BackupPhase::Writing`].
    ///
    /// # Errors
    /// [`Error::BackupNotOpen`] for another vault than the backup's own, or after that was locked;
    /// [`Error::DiskFull`] and what else writing can fail with; [`Error::Damaged`] when what was read
    /// back is not what was written. The backup is then at an end, what stood under its name before is
    /// untouched, and [`BackupWriter::resume`] continues it.
    pub fn step(&mut self, vault: &Vault) -> Result<BackupProgress> {
        vault
            .life
            .admit(&self.life)
            .map_err(|_| Error::BackupNotOpen)?;
        let done = match &self.state {
            State::Failed(error) => Err(error.clone()),
            State::Writing => self.write(vault),
            State::Checking { .. } => self.check(),
            State::Done => Ok(()),
        };
        if let Err(error) = done {
            self.state = State::Failed(error.clone());
            return Err(error);
        }
        Ok(self.progress())
    }

    /// Parts of the vault that cannot be read and are not in the backup. Where the backup before it has an
    /// older version of such a record, that one goes on being restored.
    #[must_use]
    pub fn left_out(&self) -> &[Part] {
        &self.left_out
    }

    /// Whether a backup without a parent is wanted instead. The vault misses rows, or missed some that were
    /// put aside or accepted as lost, and of what the parent names and the vault has not, nobody can tell
    /// any more what was lost and what its owner deleted. The chain goes on to restore all of it, and only
    /// a new base holds what the vault holds.
    #[must_use]
    pub fn wants_base(&self) -> bool {
        self.wants_base
    }

    /// Gives the backup up and removes what was written of it.
    ///
    /// # Errors
    /// What removing a file can fail with.
    pub fn discard(self) -> Result<()> {
        if matches!(self.state, State::Done) {
            return Ok(());
        }
        fs::remove_file(&self.part).map_err(|error| from_io(&error))
    }

    fn progress(&self) -> BackupProgress {
        let (phase, (bytes, all)) = match &self.state {
            State::Checking { check, .. } => {
                let (bytes, all) = check.progress();
                (BackupPhase::Checking, (bytes, Some(all)))
            }
            State::Done => (BackupPhase::Done, (self.chunks.offset(), None)),
            State::Writing | State::Failed(_) => {
                (BackupPhase::Writing, (self.chunks.offset(), None))
            }
        };
        BackupProgress {
            phase,
            records: self.written.len(),
            records_left: self.planned.len() + usize::from(self.document.is_some()),
            bytes,
            bytes_in_all: all,
        }
    }

    fn write(&mut self, vault: &Vault) -> Result<()> {
        let until = self.chunks.offset() + STEP as u64;
        while self.chunks.offset() < until {
            if self.document.is_some() {
                self.write_content(vault)?;
            } else if let Some(version) = self.planned.pop() {
                self.write_entry(vault, version)?;
            } else {
                let rows = self.plan(vault)?;
                if self.planned.is_empty() {
                    return self.end(rows);
                }
            }
        }
        Ok(())
    }

    /// Looks what the vault has now, and what of it is still to be written.
    fn plan(&mut self, vault: &Vault) -> Result<Rows> {
        let mut rows = Rows {
            versions: Vec::new(),
            complete: lost_nothing(vault),
        };
        let walked = vault.store.versions(|row| {
            if vault.keys.owns(row.id)
                && let Ok(rev) = row.rev.try_into()
            {
                rows.versions.push(Version { id: row.id, rev });
            }
        });
        match walked {
            Ok(()) => {}
            Err(Error::Damaged { .. }) => rows.complete = false,
            Err(error) => return Err(error),
        }
        rows.versions.sort_unstable();
        self.written.sort_unstable();
        self.unreadable.sort_unstable();
        let known = |version: &&Version| {
            self.written.binary_search(version).is_ok()
                || self.unreadable.binary_search(version).is_ok()
                || self
                    .parent
                    .as_ref()
                    .is_some_and(|index| index.names(version))
        };
        let missing = rows.versions.iter().rev();
        self.planned = missing.filter(|version| !known(version)).copied().collect();
        Ok(rows)
    }

    fn write_entry(&mut self, vault: &Vault, version: Version) -> Result<()> {
        match find(vault, &version)? {
            Found::Record(summary, body) => {
                self.chunks
                    .write(&encode_record(&version, &summary, &body)?)?;
                self.written.push(version);
            }
            Found::Document(summary) => match vault.document_cursor(version.id) {
                Ok(cursor) => {
                    let head = encode_document(&version, &summary, &cursor.info())?;
                    self.chunks.write(&head)?;
                    self.document = Some(Document { version, cursor });
                }
                Err(error) => self.leave_out(version, error)?,
            },
            Found::Damaged(part) => self.leave_out(version, Error::Damaged { part })?,
            // The next look at the vault finds what has come in its place.
            Found::Gone => {}
        }
        Ok(())
    }

    fn write_content(&mut self, vault: &Vault) -> Result<()> {
        let Some(Document { version, cursor }) = &mut self.document else {
            return Ok(());
        };
        let version = *version;
        self.buffer.resize(STEP, 0);
        match cursor.read_some(vault, &mut self.buffer) {
            Ok(0) => {
                self.document = None;
                self.written.push(version);
                Ok(())
            }
            Ok(count) => {
                let piece = self.buffer.get(..count).unwrap_or_default();
                self.chunks.write(piece)
            }
            Err(error) => {
                // What was written of it is taken back.
                self.document = None;
                self.leave_out(version, error)?;
                self.recover(vault)
            }
        }
    }

    /// Notes what cannot be read; what is gone needs no note.
    fn leave_out(&mut self, version: Version, error: Error) -> Result<()> {
        match error {
            Error::Damaged { part } => {
                self.unreadable.push(version);
                self.left_out.push(part);
                Ok(())
            }
            Error::NoSuchRecord(_) | Error::NotADocument(_) => Ok(()),
            other => Err(other),
        }
    }

    /// Reads what the file holds, keeps what is whole, and goes on behind it.
    fn recover(&mut self, vault: &Vault) -> Result<()> {
        let reader = || {
            let (file, _) = open_header(&self.part)?;
            ChunkReader::new(file, self.key.clone(), true)
        };
        let mut stream = StreamReader::new(reader()?);
        stream.begin()?;
        self.written.clear();
        let mut whole = stream.offset();
        let mut cut_document = None;
        loop {
            match stream.next() {
                Ok(Entry::Record(version, ..)) => self.written.push(version),
                Ok(Entry::Document(version, ..)) => {
                    let content = stream.offset();
                    let read = loop {
                        match stream.content() {
                            Ok([]) => break Ok(()),
                            Ok(_) => {}
                            Err(error) => break Err(error),
                        }
                    };
                    match read {
                        Ok(()) => self.written.push(version),
                        Err(Error::Damaged { .. } | Error::BackupCutShort { .. }) => {
                            cut_document = Some((version, content));
                            break;
                        }
                        Err(error) => return Err(error),
                    }
                }
                Ok(Entry::End(_)) | Err(Error::Damaged { .. } | Error::BackupCutShort { .. }) => {
                    break;
                }
                Err(error) => return Err(error),
            }
            whole = stream.offset();
        }
        if let Some((version, content)) = cut_document
            && let Found::Document(_) = find(vault, &version)?
            && self.unreadable.iter().all(|other| *other != version)
            && let Ok(mut cursor) = vault.document_cursor(version.id)
        {
            // All content that was read stands in whole chunks.
            whole = stream.offset();
            cursor
                .seek(SeekFrom::Start(whole - content))
                .map_err(|error| from_io(&error))?;
            self.document = Some(Document { version, cursor });
        }
        self.planned.clear();
        self.chunks.cut(reader()?, whole)
    }

    /// Writes the list of what the vault held, and begins to read everything back.
    fn end(&mut self, rows: Rows) -> Result<()> {
        let live = self.live(rows);
        let chunks = self.chunks.tags()?;
        let index = Index {
            entries: u32::try_from(self.written.len()).unwrap_or(u32::MAX),
            chunks,
            live,
        };
        let place = self.chunks.offset();
        self.chunks
            .write(&encode_end(index.entries, &chunks, index.live.len())?)?;
        for version in &index.live {
            self.chunks.write(&encode_version(version))?;
        }
        self.chunks.finish(place)?;
        let check = Check::new(&self.part, &self.key, &self.begin)?;
        self.state = State::Checking {
            check: Box::new(check),
            index,
            seen: 0,
        };
        Ok(())
    }

    /// What is to be restored: the vault's versions; for what cannot be read or was lost, the version that
    /// the backup before this one has, if it has one.
    fn live(&self, rows: Rows) -> Vec<Version> {
        let mut live = rows.versions;
        live.retain(|version| self.unreadable.binary_search(version).is_err());
        if let Some(parent) = &self.parent {
            let earlier = parent.live.iter();
            let ids: Vec<RecordId> = live.iter().map(|version| version.id).collect();
            let lacks = |id: &RecordId| ids.binary_search(id).is_err();
            let unread = |id: RecordId| self.unreadable.iter().any(|version| version.id == id);
            let kept = earlier
                .filter(|version| lacks(&version.id) && (!rows.complete || unread(version.id)));
            live.extend(kept);
            live.sort_unstable();
        }
        live
    }

    fn check(&mut self) -> Result<()> {
        let State::Checking { check, seen, .. } = &mut self.state else {
            return Ok(());
        };
        let written = &self.written;
        let done = check.step(4 * STEP as u64, |version| {
            *seen += usize::from(written.binary_search(&version).is_ok());
        })?;
        if !done {
            return Ok(());
        }
        let whole = *seen == written.len();
        let State::Checking { check, index, .. } =
            std::mem::replace(&mut self.state, State::Writing)
        else {
            return Ok(());
        };
        let missing = index.live.iter().find(|version| {
            written.binary_search(version).is_err()
                && !self
                    .parent
                    .as_ref()
                    .is_some_and(|parent| parent.names(version))
        });
        if let Some(version) = missing {
            let part = Part::BackupRecord(version.id);
            return Err(Error::Damaged { part });
        }
        if !whole || check.into_index() != Some(index) {
            return Err(DAMAGED);
        }
        if self.parent.is_some() && place::is_taken(&self.place) {
            return Err(Error::AlreadyExists);
        }
        fs::rename(&self.part, &self.place).map_err(|error| from_io(&error))?;
        place::sync_folder(&self.place)?;
        self.state = State::Done;
        Ok(())
    }
}

impl std::fmt::Debug for BackupWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackupWriter")
            .field("progress", &self.progress())
            .finish_non_exhaustive()
    }
}

/// What a look at the vault found.
struct Rows {
    /// Its versions, sorted.
    versions: Vec<Version>,
    /// Whether what is not among them was deleted.
    complete: bool,
}

/// What a version is now.
fn find(vault: &Vault, version: &Version) -> Result<Found> {
    let (keys, id) = (&vault.keys, version.id);
    let found = vault.store.record(id, |row| {
        if *row.rev != version.rev {
            return Found::Gone;
        }
        let Some(summary) = open_summary(keys, id, row.rev, row.summary) else {
            return Found::Damaged(Part::Summary(id));
        };
        match open_body(keys, id, row.rev, row.body) {
            None => Found::Damaged(Part::Body(id)),
            Some((transaction::DOCUMENT, _)) => Found::Document(summary),
            Some((_, body)) => Found::Record(summary, body),
        }
    });
    match found {
        Ok(found) => Ok(found.unwrap_or(Found::Gone)),
        Err(Error::Damaged { part }) => Ok(Found::Damaged(part)),
        Err(error) => Err(error),
    }
}

/// Whether what is not in the vault was deleted by its owner.
fn lost_nothing(vault: &Vault) -> bool {
    vault.integrity().is_intact() && vault.has_all_rows()
}

/// What a backup that follows `parent` begins with.
fn follow(vault: &Vault, parent: Option<&BackupFile>, made: i64) -> Result<Begin> {
    let vault = vault.opened.vault;
    let (step, parent) = match parent {
        None => (0, [0; 16]),
        Some(parent) if parent.begin.vault != vault => return Err(Error::OtherVaultsBackup),
        Some(parent) => (parent.begin.step.saturating_add(1), parent.id),
    };
    Ok(Begin {
        made,
        step,
        parent,
        vault,
    })
}

/// Where the backup comes to stand and where it is written, if neither holds anything else, nor what an
/// increment rests on. The vault itself is not even opened, since that would end SQLite's lock on it.
fn places(vault: &Vault, path: &Path, parent: Option<&BackupFile>) -> Result<(PathBuf, PathBuf)> {
    let place = place::absolute(path)?;
    if parent.is_some() && place::is_taken(&place) {
        return Err(Error::AlreadyExists);
    }
    let part = place::suffixed(&place, ".part");
    let of_vault = fs::canonicalize(vault.store.path()).ok();
    for file in [&place, &part] {
        let Ok(file) = fs::canonicalize(file) else {
            continue;
        };
        if Some(&file) == of_vault.as_ref() {
            return Err(Error::NotABackup);
        }
        let empty = file.metadata().is_ok_and(|found| found.len() == 0);
        match open_header(&file) {
            Err(error @ (Error::NotABackup | Error::NewerBackup { .. })) if !empty => {
                return Err(error);
            }
            // By its id, which a file keeps under every name that it has.
            Ok((_, header)) if parent.is_some_and(|parent| parent.needs(header.id)) => {
                return Err(Error::AlreadyExists);
            }
            _ => {}
        }
    }
    Ok((place, part))
}

fn session(rng: &mut impl CryptoRng) -> [u8; NONCE - 8] {
    let mut session = [0; NONCE - 8];
    rng.fill_bytes(&mut session);
    session
}

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    use super::*;
    use crate::{KdfParams, Passphrase, RecoveryCode, limits::CHUNK_BYTES};

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_half_way_leaves_the_old_backup_and_what_goes_on_later() {
        let rng = &mut UnwrapErr(SysRng);
        let folder = tempfile::tempdir().unwrap();
        let passphrase = Passphrase::new("p").unwrap();
        let path = folder.path().join("v");
        let (mut vault, _) = Vault::create(path, &passphrase, KdfParams::FLOOR, rng).unwrap();
        let code = RecoveryCode::random(rng);
        let lock = BackupLock::Recovery(&code);
        let place = folder.path().join("backup");
        let mut writer = BackupWriter::begin(&vault, &place, lock, None, 0, rng).unwrap();
        while writer.step(&vault).unwrap().phase != BackupPhase::Done {}
        let old = fs::read(&place).unwrap();

        for _ in 0..4 {
            let body = [7; 10 * CHUNK_BYTES];
            vault.insert(&Summary::default(), &body, rng).unwrap();
        }
        let mut writer = BackupWriter::begin(&vault, &place, lock, None, 0, rng).unwrap();
        writer.step(&vault).unwrap();
        writer.chunks.fill_disk();
        for _ in 0..2 {
            assert_eq!(writer.step(&vault).unwrap_err(), Error::DiskFull);
        }
        assert_eq!(fs::read(&place).unwrap(), old);

        let mut writer = BackupWriter::resume(&vault, &place, lock, None, rng).unwrap();
        assert!(!writer.written.is_empty());
        while writer.step(&vault).unwrap().phase != BackupPhase::Done {}
        assert_eq!(BackupFile::open(&place, lock).unwrap().record_count(), 4);
    }
}
