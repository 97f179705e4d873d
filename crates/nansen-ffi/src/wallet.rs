//! The wallet's object: one vault file, locked, unlocked or released.

use std::sync::Arc;

use nansen::credential::cose::PublicKey;
use nansen::vault::{
    self, BackupFile, BackupLock, BackupWriter, Label, Passphrase, PlatformSecret, RecoveryCode,
};
use nansen::wallet::NewDocument as CoreDocument;
use nansen::{LockedWallet, Wallet as Core};

use crate::backup::public_keys;
use crate::contents::texts;
use crate::unlocked::{Guarded, Shared, State, Unlocked};
use crate::ways::{ParsedWay, Secret};
use crate::wiping::with_clean_stack;
use crate::{
    BackupKey, BackupSession, Contents, CredentialDetails, DocumentReader, DocumentWriter,
    GuardianCard, HardwareKey, History, ImportedCredential, KdfCost, NansenError, NewDocument,
    NewWay, Occasion, PresentationSession, RecordId, RescueReport, RestoreSession, Timestamp,
    Unlock, VaultReport, Way, rng,
};

/// A person's wallet: credentials, device keys, documents and what is trusted, in one encrypted
/// file. Calls wait for each other; none keeps another waiting longer than its own work takes.
#[derive(uniffi::Object)]
pub struct Wallet {
    pub(crate) state: Shared,
}

/// A wallet that was just made.
#[derive(uniffi::Record)]
pub struct NewWallet {
    /// The wallet, unlocked.
    pub wallet: Arc<Wallet>,
    /// The recovery code as UTF-8, in groups: to be shown once, written on paper, and wiped.
    pub recovery_code: Vec<u8>,
}

/// What a wallet is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum WalletState {
    /// Nothing in it can be read.
    Locked,
    /// It can be used.
    Unlocked,
    /// The file is closed; every call fails with [`NansenError::Released`].
    Released,
}

/// Makes a wallet in a new file, with a passphrase or PIN (1 to 1,024 bytes of UTF-8) and a
/// recovery code.
///
/// # Errors
/// [`NansenError::Storage`], also when a file is there already; [`NansenError::OutOfBounds`].
#[uniffi::export]
pub fn create_wallet(
    path: String,
    passphrase: Vec<u8>,
    cost: KdfCost,
) -> Result<NewWallet, NansenError> {
    with_clean_stack(|| {
        let passphrase = Passphrase::new(passphrase)?;
        let params = cost.params()?;
        let (wallet, code) = Core::create(path, &passphrase, params, &mut rng())?;
        Ok(NewWallet {
            wallet: Wallet::unlocked(wallet, None),
            recovery_code: code.groups().as_bytes().to_vec(),
        })
    })
}

#[uniffi::export]
impl Wallet {
    /// Opens a wallet's file, and keeps it from being opened twice. It is locked.
    ///
    /// # Errors
    /// [`NansenError::Storage`], [`NansenError::NewerVersion`], [`NansenError::Damaged`].
    #[uniffi::constructor]
    pub fn open(path: String) -> Result<Self, NansenError> {
        Ok(Self::new(State::Locked(LockedWallet::open(path)?)))
    }

    /// What it is at the moment. Does not wait for other calls.
    pub fn state(&self) -> WalletState {
        self.state.state()
    }

    /// Unlocks. A passphrase takes as long as its cost, right or wrong; after five wrong ones the
    /// next has to wait, and `now` tells whether it has.
    ///
    /// # Errors
    /// [`NansenError::WrongSecret`]; [`NansenError::TooManyAttempts`]; [`NansenError::RecoveryCodeMistyped`];
    /// [`NansenError::Hardware`]; [`NansenError::AlreadyUnlocked`]; [`NansenError::Damaged`] when
    /// the key slots are, and the secret may be right. The wallet is then still locked.
    pub fn unlock(&self, with: Unlock, now: Timestamp) -> Result<(), NansenError> {
        let secret = with.parse()?;
        self.state.change(|state| match state {
            State::Locked(locked) => match locked.unlock(secret.unlock(), now.0, &mut rng()) {
                Ok(wallet) => {
                    self.state
                        .watch(wallet.auto_lock().unwrap_or_default(), Some(now));
                    (State::Unlocked(Unlocked::new(wallet)), Ok(()))
                }
                Err(failed) => {
                    let error = NansenError::from(failed.error).tried(secret.way());
                    (State::Locked(failed.locked), Err(error))
                }
            },
            State::Unlocked(_) => (state, Err(NansenError::AlreadyUnlocked)),
            State::Released => (state, Err(NansenError::Released)),
        })
    }

    /// What the hardware is to unwrap for a way to unlock with hardware; none when there is no
    /// such way.
    ///
    /// # Errors
    /// [`NansenError::Damaged`]: this way is gone, and the others are not touched by it;
    /// [`NansenError::Storage`]; [`NansenError::Released`].
    pub fn wrapped_secret(&self, way: Way) -> Result<Option<Vec<u8>>, NansenError> {
        self.state.look(|state| match state {
            State::Locked(locked) => Ok(locked.wrapped_key(way.into())?),
            State::Unlocked(unlocked) => Ok(unlocked.wallet.vault().wrapped_key(way.into())?),
            State::Released => Err(NansenError::Released),
        })
    }

    /// Locks and wipes. Sessions, writers and readers end. Does nothing when it is not unlocked. It happens
    /// by itself after five wrong secrets that were to prove something.
    pub fn lock(&self) {
        self.state.lock();
    }

    /// Locks, wipes, and closes the file, so that it can be opened again or copied. Does nothing
    /// the second time.
    pub fn release(&self) {
        self.state.interrupt(|state| {
            if let State::Unlocked(unlocked) = state {
                drop(unlocked.lock());
            }
            (State::Released, ())
        });
    }

    /// What it holds, the newest first; with `search`, what has that text in title, kind, issuer
    /// or tags, whatever case and accents.
    ///
    /// # Errors
    /// [`NansenError::Locked`], [`NansenError::OutOfBounds`] for a search text above 256 bytes.
    pub fn contents(
        &self,
        search: Option<String>,
        now: Timestamp,
    ) -> Result<Contents, NansenError> {
        self.state.with(|unlocked| {
            let found = unlocked.wallet.contents(search.as_deref(), now.0)?;
            let waiting = match search {
                None => unlocked.wallet.waiting_keys()?,
                Some(_) => Vec::new(),
            };
            Ok(Contents {
                credentials: found.credentials.into_iter().map(Into::into).collect(),
                documents: found.documents.into_iter().map(Into::into).collect(),
                waiting_keys: waiting.into_iter().map(Into::into).collect(),
                damaged: texts(&found.damaged),
            })
        })
    }

    /// A credential in full.
    ///
    /// # Errors
    /// [`NansenError::NoSuchRecord`], [`NansenError::WrongKind`], [`NansenError::Damaged`].
    pub fn show(&self, id: RecordId, now: Timestamp) -> Result<CredentialDetails, NansenError> {
        self.state
            .with(|unlocked| Ok(unlocked.wallet.show(id.0, now.0)?.into()))
    }

    /// Deletes a credential, document, history entry or waiting key, and wipes what the file
    /// held of it. A key in hardware is the app's to delete as well.
    ///
    /// # Errors
    /// [`NansenError::NoSuchRecord`], [`NansenError::WrongKind`], [`NansenError::Storage`].
    pub fn delete(&self, id: RecordId) -> Result<(), NansenError> {
        self.state
            .with(|unlocked| Ok(unlocked.wallet.delete(id.0, &mut rng())?))
    }

    /// Takes in a credential that an issuer gave: at most 1 MiB.
    ///
    /// # Errors
    /// [`NansenError::Malformed`]; [`NansenError::BadSignature`]; [`NansenError::OtherPhone`];
    /// [`NansenError::AlreadyHeld`]; [`NansenError::Storage`]. Nothing has then changed.
    pub fn import_credential(
        &self,
        bytes: Vec<u8>,
        now: Timestamp,
    ) -> Result<ImportedCredential, NansenError> {
        self.state
            .with(|unlocked| Ok(unlocked.wallet.import(&bytes, now.0, &mut rng())?.into()))
    }

    /// A device key for a credential to come, and its public half for the issuer: 32 bytes of
    /// Ed25519, or 33 of P-256 for a key that the app made in hardware. Each credential gets a
    /// key of its own.
    ///
    /// # Errors
    /// [`NansenError::Malformed`] for a public key that is none; [`NansenError::OutOfBounds`] for
    /// its handle; [`NansenError::Storage`].
    pub fn new_device_key(
        &self,
        hardware: Option<HardwareKey>,
        now: Timestamp,
    ) -> Result<Vec<u8>, NansenError> {
        self.state.with(|unlocked| {
            let wallet = &mut unlocked.wallet;
            let public = match hardware {
                None => wallet.new_device_key(now.0, &mut rng())?,
                Some(key) => {
                    let public = PublicKey::from_platform(&key.public_key)?;
                    if !matches!(public, PublicKey::P256(_)) {
                        return Err(NansenError::Malformed {
                            what: "key in hardware".into(),
                            reason: "not of P-256".into(),
                        });
                    }
                    wallet.add_device_key(public.clone(), &key.handle, now.0, &mut rng())?;
                    public
                }
            };
            Ok(public.to_short())
        })
    }

    /// Starts a document.
    ///
    /// # Errors
    /// [`NansenError::OutOfBounds`] names the field that is too long.
    pub fn write_document(
        &self,
        document: NewDocument,
        now: Timestamp,
    ) -> Result<Arc<DocumentWriter>, NansenError> {
        self.state.with(|unlocked| {
            let draft = unlocked.wallet.document_draft(
                &CoreDocument {
                    title: &document.title,
                    media_type: &document.media_type,
                    tags: &document.tags,
                    created: now.0,
                    expires: document.expires.map(|time| time.0),
                },
                &mut rng(),
            )?;
            let number = unlocked.drafts.keep(draft)?;
            Ok(Arc::new(DocumentWriter::new(self.state.clone(), number)))
        })
    }

    /// Opens a document to read.
    ///
    /// # Errors
    /// [`NansenError::NoSuchRecord`], [`NansenError::WrongKind`], [`NansenError::Damaged`].
    pub fn read_document(&self, id: RecordId) -> Result<Arc<DocumentReader>, NansenError> {
        self.state.with(|unlocked| {
            let cursor = unlocked.wallet.document_cursor(id.0)?;
            let info = cursor.info();
            let number = unlocked.cursors.keep(cursor)?;
            Ok(Arc::new(DocumentReader::new(
                self.state.clone(),
                number,
                info,
            )))
        })
    }

    /// Begins to show something. Nothing is shown to anybody by this.
    ///
    /// # Errors
    /// [`NansenError::Malformed`]; [`NansenError::BadSignature`];
    /// [`NansenError::RequestExpired`]; [`NansenError::RequestFromFuture`];
    /// [`NansenError::AsksForNothing`]; [`NansenError::Locked`].
    pub fn begin(
        &self,
        occasion: Occasion,
        now: Timestamp,
    ) -> Result<Arc<PresentationSession>, NansenError> {
        PresentationSession::begin(&self.state, occasion, now).map(Arc::new)
    }

    /// What was shown to whom, the newest first.
    ///
    /// # Errors
    /// [`NansenError::Locked`].
    pub fn history(&self) -> Result<History, NansenError> {
        self.state.with(|unlocked| {
            let history = unlocked.wallet.history()?;
            Ok(History {
                entries: history.items.into_iter().map(Into::into).collect(),
                damaged: texts(&history.damaged),
            })
        })
    }

    /// Ways to unlock.
    ///
    /// # Errors
    /// [`NansenError::Locked`].
    pub fn ways(&self) -> Result<Vec<Way>, NansenError> {
        self.state.with(|unlocked| {
            let ways = unlocked.wallet.vault().ways();
            Ok(ways.into_iter().filter_map(Way::known).collect())
        })
    }

    /// A secret of 32 bytes for the hardware to wrap, the first step of a way to unlock with
    /// hardware. Wipe it once it is wrapped, and have the hardware unwrap it for `complete_way`.
    ///
    /// # Errors
    /// [`NansenError::Locked`].
    pub fn prepare_way(&self) -> Result<Vec<u8>, NansenError> {
        self.state.with(|unlocked| {
            let secret = PlatformSecret::random(&mut rng());
            let bytes = secret.reveal().to_vec();
            unlocked.enrolment = Some(secret);
            Ok(bytes)
        })
    }

    /// Adds a way to unlock, or renews the one of its kind, after proof of one that is there.
    /// Gives the new recovery code if that is what was asked for: show it once.
    ///
    /// # Errors
    /// [`NansenError::WrongSecret`] for a wrong proof, or for an answer that is not the secret of
    /// `prepare_way`; [`NansenError::NothingPrepared`]; [`NansenError::Hardware`];
    /// [`NansenError::OutOfBounds`]; [`NansenError::Storage`]. The ways are then as before.
    pub fn complete_way(&self, proof: Unlock, new: NewWay) -> Result<Option<Vec<u8>>, NansenError> {
        let (proof, new) = (proof.parse()?, new.parse()?);
        self.state
            .with(|unlocked| unlocked.complete_way(&proof, new))
    }

    /// Removes a way to unlock, and what the file held of it.
    ///
    /// # Errors
    /// [`NansenError::LastWay`], [`NansenError::NoSuchWay`], [`NansenError::Storage`].
    pub fn remove_way(&self, way: Way) -> Result<(), NansenError> {
        self.state.with(|unlocked| {
            let vault = unlocked.wallet.vault_mut();
            Ok(vault.remove_way(way.into(), &mut rng())?)
        })
    }

    /// Whether a secret still opens this wallet: the recovery code typed back from paper, or the
    /// guardians' cards, before they are needed. Changes nothing.
    ///
    /// # Errors
    /// [`NansenError::WrongSecret`] for one that does not; [`NansenError::RecoveryCodeMistyped`];
    /// [`NansenError::Card`]; [`NansenError::Hardware`].
    pub fn rehearse(&self, with: Unlock) -> Result<(), NansenError> {
        let secret = with.parse()?;
        self.state.with(|unlocked| {
            let rehearsed = unlocked.wallet.rehearse(secret.unlock());
            rehearsed.map_err(|error| NansenError::from(error).tried(secret.way()))
        })
    }

    /// Makes guardians a way to unlock, in place of those before: `total` cards (2 to 16), of
    /// which any `needed` (2 at least) unlock. Print them, hand them out, and keep none.
    ///
    /// # Errors
    /// [`NansenError::WrongSecret`] for a wrong proof; [`NansenError::OutOfBounds`];
    /// [`NansenError::Storage`]. The ways are then as before.
    pub fn make_guardians(
        &self,
        proof: Unlock,
        needed: u8,
        total: u8,
    ) -> Result<Vec<GuardianCard>, NansenError> {
        let proof = proof.parse()?;
        self.state.with(|unlocked| {
            let wallet = &mut unlocked.wallet;
            let made = wallet.make_guardians(proof.unlock(), needed, total, &mut rng());
            let cards = made.map_err(|error| NansenError::from(error).tried(proof.way()))?;
            let cards = cards.iter().map(|card| GuardianCard {
                number: card.number(),
                total,
                needed,
                text: card.text().as_bytes().to_vec(),
            });
            Ok(cards.collect())
        })
    }

    /// Begins a backup at `path`. With `previous`, the last backup of this wallet, made with the
    /// same key, it holds only what that lacks, and needs a path at which nothing stands. Without,
    /// what stands at `path` stays until the new one is whole and was read back.
    ///
    /// After damage, make one without `previous`: one with it goes on to restore what the wallet
    /// lost, and cannot tell that from what was deleted since.
    ///
    /// # Errors
    /// [`NansenError::Backup`], [`NansenError::WrongSecret`] for `previous`,
    /// [`NansenError::Storage`].
    pub fn write_backup(
        &self,
        path: String,
        key: BackupKey,
        previous: Option<String>,
        now: Timestamp,
    ) -> Result<Arc<BackupSession>, NansenError> {
        self.backup(key, previous, |wallet, lock, previous| {
            wallet.back_up(path, lock, previous, now.0, &mut rng())
        })
    }

    /// Goes on with a backup that an error, a lock or the end of the app interrupted, with the key
    /// and `previous` that it was begun with.
    ///
    /// # Errors
    /// As [`Wallet::write_backup`].
    pub fn continue_backup(
        &self,
        path: String,
        key: BackupKey,
        previous: Option<String>,
    ) -> Result<Arc<BackupSession>, NansenError> {
        self.backup(key, previous, |wallet, lock, previous| {
            wallet.continue_backup(path, lock, previous, &mut rng())
        })
    }

    /// Begins to restore a whole backup and those that follow it, in order. Nothing that is here is
    /// deleted, and nothing that was changed since is replaced. With `is_dry`, nothing is changed
    /// at all. `hardware_keys` are the public keys of all device keys that the app finds in this
    /// phone's hardware, as [`HardwareKey::public_key`]: none on a new phone.
    ///
    /// # Errors
    /// [`NansenError::Backup`], [`NansenError::WrongSecret`], [`NansenError::Storage`],
    /// [`NansenError::Damaged`], [`NansenError::NewerVersion`]; [`NansenError::Malformed`] for a
    /// public key.
    pub fn restore(
        &self,
        paths: Vec<String>,
        key: BackupKey,
        is_dry: bool,
        hardware_keys: Vec<Vec<u8>>,
    ) -> Result<Arc<RestoreSession>, NansenError> {
        let most = vault::limits::BACKUPS;
        if paths.len() > most {
            return Err(NansenError::too_many("backups", paths.len(), most));
        }
        let hardware = public_keys(&hardware_keys)?;
        let chain = with_clean_stack(|| {
            let key = key.parse()?;
            let files = paths.iter().map(|path| key.open(path));
            files.collect::<Result<Vec<_>, _>>()
        })?;
        let mode = match is_dry {
            true => vault::RestoreMode::Dry,
            false => vault::RestoreMode::Real,
        };
        self.state.with(|unlocked| {
            let restore = unlocked.wallet.restore(chain, mode, hardware)?;
            let number = unlocked.restores.keep(restore)?;
            Ok(Arc::new(RestoreSession::new(self.state.clone(), number)))
        })
    }

    /// How the vault is: as found at unlock, or `thorough`, which opens everything in it, and
    /// makes way when somebody locks.
    ///
    /// # Errors
    /// [`NansenError::Locked`], also when it made way; [`NansenError::Storage`].
    pub fn check(&self, thorough: bool) -> Result<VaultReport, NansenError> {
        self.state.with(|unlocked| {
            let vault = unlocked.wallet.vault();
            let check = match thorough {
                false => None,
                true => {
                    let check = vault.check_while(|| self.state.may_go_on())?;
                    Some(check.ok_or(NansenError::Locked)?)
                }
            };
            Ok(VaultReport::new(
                vault.integrity(),
                vault.counter(),
                vault.record_count(),
                check.as_ref(),
            ))
        })
    }

    /// Writes a new vault at `path` with everything in this one that can be read, and puts aside
    /// what is broken, after a thorough check has named damage. It unlocks as this one does, and
    /// this one is not touched.
    ///
    /// # Errors
    /// [`NansenError::Locked`], [`NansenError::Storage`]; no file is then at `path`.
    pub fn rescue(&self, path: String) -> Result<RescueReport, NansenError> {
        self.state
            .with(|unlocked| Ok(unlocked.wallet.rescue(path, &mut rng())?.into()))
    }

    /// Takes the rows as they now stand for the vault's contents, after its owner was told that
    /// some are missing or older. No row is deleted by it. Make a backup without a previous one then.
    ///
    /// # Errors
    /// [`NansenError::Locked`], [`NansenError::Storage`].
    pub fn accept_rows(&self) -> Result<(), NansenError> {
        self.state.with(|unlocked| {
            Ok(unlocked
                .wallet
                .vault_mut()
                .accept_rows_as_found(&mut rng())?)
        })
    }
}

impl Wallet {
    fn new(state: State) -> Self {
        Self {
            state: Guarded::new(state),
        }
    }

    fn backup(
        &self,
        key: BackupKey,
        previous: Option<String>,
        begin: impl FnOnce(
            &Core,
            BackupLock<'_>,
            Option<&BackupFile>,
        ) -> Result<BackupWriter, nansen::Error>,
    ) -> Result<Arc<BackupSession>, NansenError> {
        let key = key.parse()?;
        self.state.with(|unlocked| {
            let previous = previous.map(|path| key.open(&path)).transpose()?;
            let writer = begin(&unlocked.wallet, key.lock(), previous.as_ref())?;
            let number = unlocked.backups.keep(writer)?;
            Ok(Arc::new(BackupSession::new(self.state.clone(), number)))
        })
    }

    /// An unlocked wallet; the time until it locks by itself begins `now`, or when the app tells something.
    pub(crate) fn unlocked(wallet: Core, now: Option<Timestamp>) -> Arc<Self> {
        let policy = wallet.auto_lock().unwrap_or_default();
        let unlocked = Self::new(State::Unlocked(Unlocked::new(wallet)));
        unlocked.state.watch(policy, now);
        Arc::new(unlocked)
    }

    /// Runs `work` on the unlocked wallet.
    pub(crate) fn with<T>(
        &self,
        work: impl FnOnce(&mut Unlocked) -> Result<T, NansenError>,
    ) -> Result<T, NansenError> {
        self.state.with(work)
    }

    /// The label beside the file, whether it is unlocked or not.
    pub(crate) fn shown_label(&self) -> Result<Option<Label>, NansenError> {
        self.state.look(|state| match state {
            State::Locked(locked) => Ok(locked.label()?),
            State::Unlocked(unlocked) => Ok(unlocked.wallet.vault().label()?),
            State::Released => Err(NansenError::Released),
        })
    }
}

impl Drop for Wallet {
    /// Whoever still holds a session or reader of it holds nothing.
    fn drop(&mut self) {
        self.release();
    }
}

impl Unlocked {
    fn complete_way(
        &mut self,
        proof: &Secret,
        new: ParsedWay,
    ) -> Result<Option<Vec<u8>>, NansenError> {
        let vault = self.wallet.vault_mut();
        let refused = |error| NansenError::from(error).tried(proof.way());
        match new {
            ParsedWay::Passphrase(passphrase, params) => {
                let changed =
                    vault.change_passphrase(proof.unlock(), &passphrase, params, &mut rng());
                changed.map_err(refused)?;
                Ok(None)
            }
            ParsedWay::RecoveryCode => {
                let code = RecoveryCode::random(&mut rng());
                let new = vault::Unlock::Recovery(&code);
                let added = vault.add_way(proof.unlock(), new, &mut rng());
                added.map_err(refused)?;
                Ok(Some(code.groups().as_bytes().to_vec()))
            }
            ParsedWay::Hardware { secret, wrapped } => {
                let expected = self.enrolment.as_ref();
                let expected = expected.ok_or(NansenError::NothingPrepared)?;
                let is_same = |secret: &PlatformSecret| secret.reveal() == expected.reveal();
                if !secret.unwrapped().is_some_and(is_same) {
                    return Err(NansenError::WrongSecret { way: secret.way() });
                }
                let (proof, new) = (proof.unlock(), secret.unlock());
                let added = vault.add_hardware_way(proof, new, &wrapped, &mut rng());
                added.map_err(refused)?;
                self.enrolment = None;
                Ok(None)
            }
        }
    }
}
