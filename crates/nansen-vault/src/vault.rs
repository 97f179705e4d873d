//! The vault's life: created, opened, unlocked, locked; its statement about itself.
//!
//! [`LockedVault`] holds the file and can do nothing but unlock; [`Vault`] holds the keys too.
//! Invariant: the manifest in memory is the one in the file as of the last commit.

use std::{
    cell::{Cell, RefCell},
    fmt,
    path::Path,
};

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    attempts::Attempts,
    copies::Copies,
    decoy,
    documents::{self, Life},
    error::{Error, Part, Result},
    kdf::KdfParams,
    keys::{self, Keys, Sealed},
    limits::{KEY_SLOTS, MANIFEST_PLACES},
    manifest::{Manifest, PLACE, RowSet},
    padding::{self, Class, Padding},
    recovery::RecoveryCode,
    seal::NONCE,
    search::Index,
    secret::{Passphrase, SecretKey},
    share::Share,
    slots::{Opened, SlotTable},
    store::Store,
    transaction::Transaction,
    ways::{Unlock, Way},
};

/// A vault file that is open, and held for this handle alone, but not unlocked.
pub struct LockedVault {
    pub(crate) store: Store,
}

/// An unlocked vault. `Send`, not `Sync`: share it behind a mutex.
pub struct Vault {
    pub(crate) store: Store,
    pub(crate) keys: Keys,
    /// Between this unlock and the next lock.
    pub(crate) life: Life,
    /// The slot that was opened, and what it holds.
    pub(crate) opened: Opened,
    /// The key slots as of the last commit.
    pub(crate) table: SlotTable,
    /// `None`: unreadable, and writes are refused until it is accepted as lost.
    pub(crate) manifest: Option<Manifest>,
    pub(crate) integrity: Integrity,
    /// Slots of a way with hardware that another slot took the place of: the next commit that can forgets
    /// them.
    pub(crate) superseded: Vec<usize>,
    /// The padding rows as of the last commit. `None`: there are none in this file, or a row that seems
    /// to be one may be a damaged record.
    pub(crate) padding: Option<Padding>,
    /// What searches look in, from the first of them on.
    pub(crate) index: RefCell<Option<Index>>,
    /// Wrong secrets that were to prove something since the unlock.
    pub(crate) unproven: Cell<u8>,
    /// Bytes that are no longer in use may still stand in the WAL.
    residue: bool,
}

/// An unlock that failed, with the locked vault to try again.
pub struct UnlockFailed {
    /// The vault, still open and still locked.
    pub locked: LockedVault,
    /// Why.
    pub error: Error,
}

/// What unlocking found out about the file. Nothing is withheld because of it, and nothing deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Integrity {
    /// Whether the rows are those of the last commit.
    pub rows: Rows,
    /// Whether both copies of the key slots are as they were written, and this vault's own slots in
    /// them the ones that it wrote last.
    pub slots_intact: bool,
    /// Whether every page of the record table could be walked.
    pub structure_intact: bool,
}

/// The rows found, against the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// Each row there, in the version last written, and no other.
    AsWritten,
    /// Rows are missing, older than written, or not written by this vault.
    Differ {
        /// Records that the manifest counts.
        expected: u64,
        /// Records found.
        found: u64,
    },
    /// The manifest itself cannot be read, so nothing can be said.
    Unknown,
}

impl Integrity {
    /// Whether nothing at all is wrong.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.rows == Rows::AsWritten && self.slots_intact && self.structure_intact
    }
}

impl LockedVault {
    /// Opens a vault file for this handle alone.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::InUse`], [`Error::ReadOnly`], [`Error::NotAVault`],
    /// [`Error::SeveralNames`], [`Error::NewerVersion`], [`Error::Damaged`] or [`Error::Io`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self {
            store: Store::open(path.as_ref())?,
        })
    }

    /// Unlocks. Costs one run of Argon2id with a passphrase, right or wrong, and none without; then walks
    /// the rows to compare them with the manifest, and sweeps what an interrupted document left behind.
    /// What an interrupted [`Vault::add_hardware_way`] left goes with the first change after unlocking by
    /// that way.
    ///
    /// A passphrase is counted as failed before it is tried, and after five failures it has to wait:
    /// half a minute first, an hour at most. `now`, in seconds since 1970, tells how long it has. Whatever
    /// opens the file ends the count towards a wipe; towards a wait, failures fade, one in ten minutes.
    /// A full disk keeps the count from being written and nobody out.
    ///
    /// A passphrase may open another vault of the file, or wipe all but that one first
    /// ([`Vault::set_wipe_passphrase`]).
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`], [`Error::WrongRecoveryCode`], [`Error::WrongPlatformKey`] or
    /// [`Error::WrongShares`] if the slots are intact and none opens, [`Error::Damaged`] if they are not,
    /// [`Error::ExcessiveWork`] if the file asks for too much, [`Error::TooManyAttempts`]; each hands the
    /// locked vault back.
    pub fn unlock(
        self,
        unlock: Unlock<'_>,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> std::result::Result<Vault, Box<UnlockFailed>> {
        self.unlock_or_wipe(unlock, now, true, rng)
    }

    /// As [`LockedVault::unlock`], where the passphrase may be somebody else's who knows nothing of this
    /// file: one that wipes is refused as a wrong one is, and no number of wrong ones wipes.
    ///
    /// # Errors
    /// As [`LockedVault::unlock`].
    pub fn unlock_sparing(
        self,
        unlock: Unlock<'_>,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> std::result::Result<Vault, Box<UnlockFailed>> {
        self.unlock_or_wipe(unlock, now, false, rng)
    }

    fn unlock_or_wipe(
        self,
        unlock: Unlock<'_>,
        now: i64,
        may_wipe: bool,
        rng: &mut impl CryptoRng,
    ) -> std::result::Result<Vault, Box<UnlockFailed>> {
        match self.open_slot(unlock, now, may_wipe, rng) {
            Ok((table, intact, opened)) => {
                let mut vault = Vault::open(self, table, intact, opened)?;
                if vault.opened.wipes {
                    vault.finish_wipe(unlock, rng);
                }
                Ok(vault)
            }
            Err(error) => Err(Box::new(UnlockFailed {
                locked: self,
                error,
            })),
        }
    }

    /// What the file remembers of passphrases that opened nothing.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn attempts(&self) -> Result<Attempts> {
        Attempts::read(&self.store)
    }

    /// The cost of a passphrase as the file states it.
    ///
    /// # Errors
    /// [`Error::Damaged`] or [`Error::ExcessiveWork`].
    pub fn kdf_params(&self) -> Result<KdfParams> {
        Ok(Copies::read(self.store.slots()?)?.into_first().params())
    }

    /// The slot, the table that it stands in, and whether both tables are whole and alike.
    fn open_slot(
        &self,
        unlock: Unlock<'_>,
        now: i64,
        may_wipe: bool,
        rng: &mut impl CryptoRng,
    ) -> Result<(SlotTable, bool, Opened)> {
        let copies = Copies::read(self.store.slots()?)?;
        let intact = copies.intact();
        let before = if unlock.way().has_passphrase() {
            Attempts::begin(&self.store, now)?
        } else {
            Attempts::read(&self.store)?
        };
        let found = copies.open(unlock).and_then(|found| match found.1.wipes {
            true if !may_wipe => Err(unlock.refused()),
            _ => Ok(found),
        });
        match found {
            Ok((mut table, opened)) => {
                let after = before.forgiven(now);
                if unlock.way().has_passphrase() || before != after {
                    after.write_if_room(&self.store)?;
                }
                if opened.wipes {
                    decoy::wipe(&self.store, &mut table, &opened, rng)?;
                }
                Ok((table, intact, opened))
            }
            Err(error @ Error::WrongPassphrase) => {
                if may_wipe && Attempts::read(&self.store)?.are_too_many() {
                    decoy::wipe_all(&self.store, rng)?;
                }
                Err(error)
            }
            Err(error) => {
                if unlock.way().has_passphrase() && !matches!(error, Error::Damaged { .. }) {
                    // It was not the passphrase that failed.
                    before.write_if_room(&self.store)?;
                }
                Err(error)
            }
        }
    }
}

impl Vault {
    /// Creates a vault in a new file and unlocks it. The recovery code is to be shown once and kept by
    /// its owner on paper.
    ///
    /// The file appears whole or not at all, and never in the place of another: of two creations at
    /// once, one is told [`Error::AlreadyExists`].
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::NotFound`] for a missing folder, [`Error::ReadOnly`],
    /// [`Error::DiskFull`] or [`Error::Io`].
    pub fn create(
        path: impl AsRef<Path>,
        passphrase: &Passphrase,
        params: KdfParams,
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, RecoveryCode)> {
        let code = RecoveryCode::random(rng);
        let (mut vault, mut key) = ([0; 16], SecretKey::zeros());
        rng.fill_bytes(&mut vault);
        rng.fill_bytes(key.reveal_mut());
        let place = u8::try_from(below(MANIFEST_PLACES, rng)).unwrap_or(0);
        let share = Share::random(rng);
        let [first, second] = two_slots(&share, rng);
        let rows = padding::first_rows(&share, rng);

        let mut table = SlotTable::random(params, rng);
        let opened = Opened {
            slot: first,
            way: Way::Passphrase,
            vault_key: key,
            vault,
            place,
            share: Some(share),
            wipes: false,
        };
        table.wrap(
            Unlock::Passphrase(passphrase),
            first,
            &opened,
            |_| true,
            rng,
        )?;
        table.wrap(Unlock::Recovery(&code), second, &opened, |_| true, rng)?;

        let mut manifest = Manifest::new();
        manifest.bind(first, Way::Passphrase, &table);
        manifest.bind(second, Way::Recovery, &table);
        let keys = Keys::derive(&opened.vault_key, vault);
        let mut manifests = vec![vec![0; PLACE]; MANIFEST_PLACES];
        for random in &mut manifests {
            rng.fill_bytes(random);
        }
        if let Some(mine) = manifests.get_mut(usize::from(place)) {
            *mine = seal_manifest(&keys, place, &manifest, rng);
        }
        let mut random = [0; 8];
        rng.fill_bytes(&mut random);
        let table_bytes = table.encode();
        let store = Store::create(path.as_ref(), &table_bytes, &manifests, &rows, random)?;
        match Self::open(LockedVault { store }, table, true, opened) {
            Ok(vault) => Ok((vault, code)),
            Err(failed) => {
                // Nobody was told the code of what stands there.
                let UnlockFailed { locked, error } = *failed;
                locked.store.take_back();
                Err(error)
            }
        }
    }

    fn open(
        locked: LockedVault,
        table: SlotTable,
        intact: bool,
        opened: Opened,
    ) -> std::result::Result<Self, Box<UnlockFailed>> {
        let LockedVault { store } = locked;
        let keys = Keys::derive(&opened.vault_key, opened.vault);
        let surveyed = survey(&store, &keys, &opened);
        let Survey {
            mut manifest,
            rows: found,
            prefixes,
            padding,
            structure_intact,
        } = match surveyed {
            Ok(survey) => survey,
            Err(error) => {
                return Err(Box::new(UnlockFailed {
                    locked: LockedVault { store },
                    error,
                }));
            }
        };
        let rows = match &manifest {
            None => Rows::Unknown,
            Some(manifest) if manifest.rows == found => Rows::AsWritten,
            Some(manifest) => Rows::Differ {
                expected: manifest.rows.records,
                found: found.records,
            },
        };
        let vouched = manifest
            .as_ref()
            .is_none_or(|manifest| manifest.vouches_for(&table, &opened));
        if let Some(manifest) = manifest
            .as_mut()
            .filter(|manifest| vouched && manifest.ways_incomplete && !opened.wipes)
        {
            // What the lost ways said of this slot is known again; the next commit keeps it.
            manifest.bind(opened.slot, opened.way, &table);
        }
        let integrity = Integrity {
            rows,
            slots_intact: intact && vouched,
            structure_intact,
        };
        let superseded = match &manifest {
            Some(manifest) if integrity.slots_intact => superseded_by(&opened, manifest),
            _ => Vec::new(),
        };
        let mut vault = Self {
            store,
            keys,
            life: Life::begin(),
            opened,
            table,
            manifest,
            integrity,
            superseded,
            padding: None,
            index: RefCell::default(),
            unproven: Cell::new(0),
            // A process that was killed may have left replaced bytes in the WAL.
            residue: true,
        };
        if vault.has_all_rows() {
            vault.padding = padding;
        }
        // Chunks without a record are rubbish only if no record is missing, nor was ever.
        if vault.integrity.is_intact()
            && vault.has_all_rows()
            && let Err(error) = documents::sweep(&mut vault, &prefixes)
        {
            return Err(Box::new(UnlockFailed {
                locked: vault.lock(),
                error,
            }));
        }
        vault.tidy_wrapped_keys();
        Ok(vault)
    }

    /// Wipes the keys. What was deleted or replaced is gone from the file and its WAL by then.
    #[must_use]
    pub fn lock(mut self) -> LockedVault {
        // A checkpoint that fails (a full disk) is repeated by SQLite when the file is closed.
        self.scrub();
        LockedVault { store: self.store }
    }

    /// What unlocking found.
    #[must_use]
    pub fn integrity(&self) -> Integrity {
        self.integrity
    }

    /// Number of changes committed since creation. An app that keeps it elsewhere notices when the
    /// whole file is replaced by an older copy of itself. 0 if the manifest is unreadable.
    #[must_use]
    pub fn counter(&self) -> u64 {
        self.manifest
            .as_ref()
            .map_or(0, |manifest| manifest.counter)
    }

    /// Number of records by the manifest.
    #[must_use]
    pub fn record_count(&self) -> u64 {
        self.manifest
            .as_ref()
            .map_or(0, |manifest| manifest.rows.records)
    }

    /// Takes the rows as they now stand for the vault's contents, after its owner was told that some
    /// are missing or older. Evidence of what was there before is given up; no row is deleted, and from
    /// then on no chunk is swept at unlock. Drafts and cursors that are open end, as by a lock. Increments of a backup go on to restore what is missing
    /// ([`BackupWriter::wants_base`](crate::BackupWriter::wants_base)).
    ///
    /// # Errors
    /// What reading and writing can fail with.
    pub fn accept_rows_as_found(&mut self, rng: &mut impl CryptoRng) -> Result<()> {
        let found = survey(&self.store, &self.keys, &self.opened)?;
        let mut manifest = self
            .manifest
            .clone()
            .unwrap_or_else(|| self.lost_manifest());
        // Chunks whose record is missing are all that is left of a document: its record may yet be
        // brought back from an older copy of the file.
        manifest.keeps_chunks |= manifest.rows != found.rows || !found.structure_intact;
        manifest.rows = found.rows;
        self.commit_with(manifest, rng, |_| Ok(()))?;
        self.integrity.rows = Rows::AsWritten;
        self.integrity.structure_intact = found.structure_intact;
        self.padding = found.padding.filter(|_| self.has_all_rows());
        // What was surveyed knows nothing of the places that drafts have taken: they end.
        self.life = Life::begin();
        Ok(())
    }

    /// Does several changes in one commit: all of them happen, or none.
    ///
    /// ```
    /// # use nansen_vault::{Error, KdfParams, Passphrase, Summary, Vault};
    /// # let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    /// # let folder = tempfile::tempdir().map_err(|_| Error::NotFound)?;
    /// # let passphrase = Passphrase::new("open sesame")?;
    /// # let path = folder.path().join("v.nansen");
    /// # let (mut vault, _) = Vault::create(path, &passphrase, KdfParams::FLOOR, &mut rng)?;
    /// let ids = vault.transaction(&mut rng, |tx| {
    ///     ["Welder", "Driver"].map(|title| {
    ///         tx.insert(&Summary { title: title.into(), ..Summary::default() }, b"body")
    ///     })
    ///     .into_iter()
    ///     .collect::<Result<Vec<_>, Error>>()
    /// })?;
    /// assert_eq!(vault.get(ids[0])?.summary.title, "Welder");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// What `work` returns, and what committing can fail with; nothing has then changed.
    pub fn transaction<R: CryptoRng, T, E: From<Error>>(
        &mut self,
        rng: &mut R,
        work: impl FnOnce(&mut Transaction<'_, R>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut manifest = self.writable_manifest()?;
        self.store.begin()?;
        let undo = Undo(&self.store);
        let (share, padding) = (self.opened.share.as_ref(), self.padding.clone());
        let mut transaction =
            Transaction::new(&self.store, &self.keys, share, manifest.rows, padding, rng);
        let done = work(&mut transaction)?;
        let outcome = transaction.outcome();
        let mut tidied = None;
        if outcome.changed {
            manifest.rows = outcome.rows;
            manifest.counter += 1;
            if !self.superseded.is_empty() {
                let table = tidied.insert(self.table.clone());
                self.forget_superseded(table, &mut manifest, rng);
                self.store.put_slots(&table.encode())?;
            }
            let sealed = seal_manifest(&self.keys, self.opened.place, &manifest, rng);
            self.store.put_manifest(self.opened.place, &sealed)?;
        }
        self.store.commit()?;
        drop(undo);
        self.manifest = Some(manifest);
        self.padding = outcome.padding;
        self.index_again(&outcome.touched);
        // Replaced versions may wait for the next lock; deleted ones go at once, and so do old slots.
        self.residue |= outcome.changed;
        let forgotten = tidied.is_some();
        if let Some(table) = tidied {
            self.table = table;
            self.superseded.clear();
        }
        if outcome.deleted {
            documents::remove(self, &outcome.documents);
        }
        if outcome.deleted || forgotten {
            self.scrub();
        }
        Ok(done)
    }

    /// Changes the file and the manifest together.
    pub(crate) fn commit_with(
        &mut self,
        mut manifest: Manifest,
        rng: &mut impl CryptoRng,
        change: impl FnOnce(&Store) -> Result<()>,
    ) -> Result<()> {
        manifest.counter += 1;
        let sealed = seal_manifest(&self.keys, self.opened.place, &manifest, rng);
        self.store.begin()?;
        let undo = Undo(&self.store);
        change(&self.store)?;
        self.store.put_manifest(self.opened.place, &sealed)?;
        self.store.commit()?;
        drop(undo);
        self.manifest = Some(manifest);
        self.residue = true;
        self.scrub();
        Ok(())
    }

    /// Makes the superseded slots unused ones, in a table and a manifest that are to be committed.
    pub(crate) fn forget_superseded(
        &self,
        table: &mut SlotTable,
        manifest: &mut Manifest,
        rng: &mut impl CryptoRng,
    ) {
        for slot in &self.superseded {
            table.forget(*slot, rng);
            manifest.unbind(*slot, table);
        }
    }

    /// Whether no row of the vault is missing, nor was ever.
    pub(crate) fn has_all_rows(&self) -> bool {
        let manifest = self.manifest.as_ref();
        self.integrity.rows == Rows::AsWritten
            && self.integrity.structure_intact
            && manifest.is_some_and(|manifest| !manifest.keeps_chunks)
    }

    /// A manifest in the place of one that was lost, with the only way that is known.
    pub(crate) fn lost_manifest(&self) -> Manifest {
        let mut manifest = Manifest::new();
        // What the lost one counted may be there and not open: nothing of it is swept or written over.
        (manifest.ways_incomplete, manifest.keeps_chunks) = (true, true);
        if !self.opened.wipes {
            manifest.bind(self.opened.slot, self.opened.way, &self.table);
        }
        manifest
    }

    pub(crate) fn writable_manifest(&self) -> Result<Manifest> {
        self.manifest.clone().ok_or(Error::Damaged {
            part: Part::Manifest,
        })
    }

    /// Cuts the WAL if old ciphertext may stand in it. What fails now is tried again at the next
    /// deletion and at lock; the deletion itself is committed.
    pub(crate) fn scrub(&mut self) {
        if self.residue && self.store.truncate_wal().is_ok() {
            self.residue = false;
        }
    }
}

/// Undoes an open transaction when work on it ends early, by an error or by a panic.
struct Undo<'s>(&'s Store);

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        self.0.rollback();
    }
}

/// The other slots of a way with hardware that was just unlocked by. The wrapped key beside the vault,
/// which decides which of them works, has decided.
fn superseded_by(opened: &Opened, manifest: &Manifest) -> Vec<usize> {
    if !opened.way.has_hardware() {
        return Vec::new();
    }
    let slots = manifest.slots_of(opened.way);
    slots.filter(|slot| *slot != opened.slot).collect()
}

/// What a walk over the whole vault found.
struct Survey {
    /// The manifest, if it opens.
    manifest: Option<Manifest>,
    /// The vault's own rows.
    rows: RowSet,
    /// Where the chunks of those rows would stand ([`documents::prefix`]), in ascending order.
    prefixes: Vec<i64>,
    /// The rows of the own share that are not the vault's, if there are shares.
    padding: Option<Padding>,
    /// Whether every page could be walked, once and in order.
    structure_intact: bool,
}

/// Reads the manifest and walks the rows.
fn survey(store: &Store, keys: &Keys, opened: &Opened) -> Result<Survey> {
    let manifest = match store.manifest(opened.place) {
        Ok(sealed) => open_manifest(keys, opened.place, &sealed),
        Err(Error::Damaged { .. }) => None,
        Err(error) => return Err(error),
    };
    let (mut rows, mut prefixes) = (RowSet::default(), Vec::new());
    let mut padding = Padding::default();
    let walked = store.versions(|row| {
        let class = Class::of(row.summary, row.body);
        if keys.owns(row.id) {
            if let Ok(rev) = row.rev.try_into() {
                rows.add(&keys.versions, row.id, rev);
                prefixes.push(documents::prefix(row.id));
            }
            class
                .into_iter()
                .for_each(|class| padding.add_record(class));
        } else if let (Some(share), Some(class)) = (&opened.share, class) {
            let key = row.id.key();
            if share.has_row(key) {
                padding.add_free(class, key);
            } else {
                padding.add_other(class);
            }
        }
    });
    let structure_intact = match walked {
        Ok(()) => true,
        Err(Error::Damaged { .. }) => false,
        Err(error) => return Err(error),
    };
    Ok(Survey {
        manifest,
        rows,
        prefixes,
        padding: opened.share.as_ref().map(|_| padding),
        structure_intact,
    })
}

pub(crate) fn seal_manifest(
    keys: &Keys,
    place: u8,
    manifest: &Manifest,
    rng: &mut impl CryptoRng,
) -> Vec<u8> {
    let mut nonce = [0; NONCE];
    rng.fill_bytes(&mut nonce);
    let mut content = manifest.encode();
    let aad = keys.aad(Sealed::Manifest, &keys::numbered(place));
    keys.manifest.seal(&nonce, &aad, &mut content);
    let mut sealed = Vec::with_capacity(PLACE);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&content);
    sealed
}

fn open_manifest(keys: &Keys, place: u8, sealed: &[u8]) -> Option<Manifest> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
    let mut content = Zeroizing::new(sealed.to_vec());
    keys.manifest.open(
        nonce,
        &keys.aad(Sealed::Manifest, &keys::numbered(place)),
        &mut content,
    )?;
    Manifest::parse(&content).ok()
}

/// Two random slots of a share.
pub(crate) fn two_slots(share: &Share, rng: &mut impl CryptoRng) -> [usize; 2] {
    let mut draw = || loop {
        let slot = below(KEY_SLOTS, rng);
        if share.has_slot(slot) {
            return slot;
        }
    };
    let first = draw();
    loop {
        let second = draw();
        if second != first {
            return [first, second];
        }
    }
}

/// A random number below a power of two of at most 256.
pub(crate) fn below(bound: usize, rng: &mut impl CryptoRng) -> usize {
    let mut byte = [0];
    rng.fill_bytes(&mut byte);
    usize::from(byte[0]) & (bound - 1)
}

impl From<Box<UnlockFailed>> for Error {
    fn from(failed: Box<UnlockFailed>) -> Self {
        failed.error
    }
}

impl fmt::Debug for UnlockFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnlockFailed")
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for UnlockFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for UnlockFailed {}

impl fmt::Debug for LockedVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LockedVault")
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault")
            .field("integrity", &self.integrity)
            .field("counter", &self.counter())
            .finish_non_exhaustive()
    }
}
