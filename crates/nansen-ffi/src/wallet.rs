//! The wallet's object: one vault file, locked, unlocked or released.

use std::mem;
use std::sync::{Arc, Mutex};

use nansen::credential::cose::PublicKey;
use nansen::vault::{self, Passphrase, PlatformSecret, RecoveryCode};
use nansen::wallet::NewDocument as CoreDocument;
use nansen::{LockedWallet, Wallet as Core};

use crate::contents::texts;
use crate::error::unpoisoned;
use crate::trust;
use crate::unlocked::{Shared, State, Unlocked, with};
use crate::ways::{Secret, unwrapped};
use crate::wiping::with_clean_stack;
use crate::{
    Contents, CredentialDetails, DocumentReader, DocumentWriter, HardwareAnswer, HardwareKey,
    ImportedCredential, KdfCost, NansenError, NewDocument, NewWay, Occasion, PresentationSession,
    RecordId, ShownBefore, Timestamp, TrustAdded, TrustItem, TrustState, Unlock, VaultReport, Way,
    rng,
};

/// A person's wallet: credentials, device keys, documents and what is trusted, in one encrypted
/// file. Calls wait for each other; none keeps another waiting longer than its own work takes.
#[derive(uniffi::Object)]
pub struct Wallet {
    state: Shared,
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
    let (wallet, code) = with_clean_stack(|| {
        let passphrase = Passphrase::new(passphrase)?;
        let params = cost.params()?;
        Core::create(path, &passphrase, params, &mut rng()).map_err(NansenError::from)
    })?;
    Ok(NewWallet {
        wallet: Arc::new(Wallet::new(State::Unlocked(Unlocked::new(wallet)))),
        recovery_code: code.groups().as_bytes().to_vec(),
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

    /// What it is at the moment.
    pub fn state(&self) -> WalletState {
        match &*unpoisoned(&self.state) {
            State::Locked(_) => WalletState::Locked,
            State::Unlocked(_) => WalletState::Unlocked,
            State::Released => WalletState::Released,
        }
    }

    /// Unlocks. A passphrase takes as long as its cost, right or wrong.
    ///
    /// # Errors
    /// [`NansenError::WrongSecret`]; [`NansenError::RecoveryCodeMistyped`];
    /// [`NansenError::Hardware`]; [`NansenError::AlreadyUnlocked`]; [`NansenError::Damaged`] when
    /// the key slots are, and the secret may be right. The wallet is then still locked.
    pub fn unlock(&self, with: Unlock) -> Result<(), NansenError> {
        let mut state = unpoisoned(&self.state);
        match &*state {
            State::Unlocked(_) => return Err(NansenError::AlreadyUnlocked),
            State::Released => return Err(NansenError::Released),
            State::Locked(_) => {}
        }
        let secret = with.parse()?;
        let State::Locked(locked) = mem::replace(&mut *state, State::Released) else {
            return Err(NansenError::Released);
        };
        match with_clean_stack(|| locked.unlock(secret.unlock())) {
            Ok(wallet) => {
                *state = State::Unlocked(Unlocked::new(wallet));
                Ok(())
            }
            Err(failed) => {
                *state = State::Locked(failed.locked);
                Err(failed.error.into())
            }
        }
    }

    /// What the hardware is to unwrap for a way to unlock with hardware; none when there is no
    /// such way.
    ///
    /// # Errors
    /// [`NansenError::Damaged`]: this way is gone, and the others are not touched by it;
    /// [`NansenError::Storage`]; [`NansenError::Released`].
    pub fn wrapped_secret(&self, way: Way) -> Result<Option<Vec<u8>>, NansenError> {
        match &*unpoisoned(&self.state) {
            State::Locked(locked) => Ok(locked.wrapped_key(way.into())?),
            State::Unlocked(unlocked) => Ok(unlocked.wallet.vault().wrapped_key(way.into())?),
            State::Released => Err(NansenError::Released),
        }
    }

    /// Locks and wipes. Sessions, writers and readers end. Does nothing when it is not unlocked.
    pub fn lock(&self) {
        let mut state = unpoisoned(&self.state);
        if let State::Unlocked(_) = &*state
            && let State::Unlocked(unlocked) = mem::replace(&mut *state, State::Released)
        {
            *state = State::Locked(unlocked.lock());
        }
    }

    /// Locks, wipes, and closes the file, so that it can be opened again. Does nothing the second
    /// time.
    pub fn release(&self) {
        let mut state = unpoisoned(&self.state);
        if let State::Unlocked(unlocked) = mem::replace(&mut *state, State::Released) {
            drop(unlocked.lock());
        }
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
        with(&self.state, |unlocked| {
            let found = unlocked.wallet.contents(search.as_deref(), now.0)?;
            Ok(Contents {
                credentials: found.credentials.into_iter().map(Into::into).collect(),
                documents: found.documents.into_iter().map(Into::into).collect(),
                damaged: texts(&found.damaged),
            })
        })
    }

    /// A credential in full.
    ///
    /// # Errors
    /// [`NansenError::NoSuchRecord`], [`NansenError::WrongKind`], [`NansenError::Damaged`].
    pub fn show(&self, id: RecordId, now: Timestamp) -> Result<CredentialDetails, NansenError> {
        with(&self.state, |unlocked| {
            Ok(unlocked.wallet.show(id.0, now.0)?.into())
        })
    }

    /// Deletes a credential or document, and wipes what the file held of it.
    ///
    /// # Errors
    /// [`NansenError::NoSuchRecord`], [`NansenError::WrongKind`], [`NansenError::Storage`].
    pub fn delete(&self, id: RecordId) -> Result<(), NansenError> {
        with(&self.state, |unlocked| {
            Ok(unlocked.wallet.delete(id.0, &mut rng())?)
        })
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
        with(&self.state, |unlocked| {
            Ok(unlocked.wallet.import(&bytes, now.0, &mut rng())?.into())
        })
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
        with(&self.state, |unlocked| {
            let wallet = &mut unlocked.wallet;
            let public = match hardware {
                None => wallet.new_device_key(now.0, &mut rng())?,
                Some(key) => {
                    let public = PublicKey::from_platform(&key.public_key)?;
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
        with(&self.state, |unlocked| {
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
        with(&self.state, |unlocked| {
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
    pub fn history(&self) -> Result<Vec<ShownBefore>, NansenError> {
        with(&self.state, |unlocked| {
            let history = unlocked.wallet.history()?;
            Ok(history.items.into_iter().map(Into::into).collect())
        })
    }

    /// Adds a root, a trust list or a status list.
    ///
    /// # Errors
    /// [`NansenError::Untrusted`], [`NansenError::BadSignature`], [`NansenError::Outdated`],
    /// [`NansenError::Malformed`], [`NansenError::OutOfBounds`], [`NansenError::Storage`].
    pub fn add_trust(&self, item: TrustItem) -> Result<TrustAdded, NansenError> {
        with(&self.state, |unlocked| {
            let wallet = &mut unlocked.wallet;
            let added = match item {
                TrustItem::Root { key } => wallet.add_root(TrustItem::root(&key)?, &mut rng())?,
                TrustItem::TrustList { bytes } => wallet.add_trust_list(&bytes, &mut rng())?,
                TrustItem::StatusList { bytes } => wallet.add_status_list(&bytes, &mut rng())?,
            };
            Ok(added.into())
        })
    }

    /// What is trusted and known.
    ///
    /// # Errors
    /// [`NansenError::Locked`].
    pub fn trust(&self) -> Result<TrustState, NansenError> {
        with(&self.state, |unlocked| {
            let damage = unlocked.wallet.trust_damage().map(ToString::to_string);
            Ok(trust::state(unlocked.wallet.trust(), damage))
        })
    }

    /// Ways to unlock.
    ///
    /// # Errors
    /// [`NansenError::Locked`].
    pub fn ways(&self) -> Result<Vec<Way>, NansenError> {
        with(&self.state, |unlocked| {
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
        with(&self.state, |unlocked| {
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
        let proof = proof.parse()?;
        with(&self.state, |unlocked| unlocked.complete_way(&proof, new))
    }

    /// Removes a way to unlock, and what the file held of it.
    ///
    /// # Errors
    /// [`NansenError::LastWay`], [`NansenError::NoSuchWay`], [`NansenError::Storage`].
    pub fn remove_way(&self, way: Way) -> Result<(), NansenError> {
        with(&self.state, |unlocked| {
            let vault = unlocked.wallet.vault_mut();
            Ok(vault.remove_way(way.into(), &mut rng())?)
        })
    }

    /// How the vault is: as found at unlock, or `thorough`, which opens everything in it.
    ///
    /// # Errors
    /// [`NansenError::Locked`], [`NansenError::Storage`].
    pub fn check(&self, thorough: bool) -> Result<VaultReport, NansenError> {
        with(&self.state, |unlocked| {
            let vault = unlocked.wallet.vault();
            let check = thorough.then(|| vault.check()).transpose()?;
            Ok(VaultReport::new(
                vault.integrity(),
                vault.counter(),
                vault.record_count(),
                check.as_ref(),
            ))
        })
    }

    /// Takes the rows as they now stand for the vault's contents, after its owner was told that
    /// some are missing or older. No row is deleted by it.
    ///
    /// # Errors
    /// [`NansenError::Locked`], [`NansenError::Storage`].
    pub fn accept_rows(&self) -> Result<(), NansenError> {
        with(&self.state, |unlocked| {
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
            state: Arc::new(Mutex::new(state)),
        }
    }
}

impl Drop for Wallet {
    /// Whoever still holds a session or reader of it holds nothing.
    fn drop(&mut self) {
        self.release();
    }
}

impl Unlocked {
    /// Wipes everything that was begun, and the keys.
    fn lock(self) -> LockedWallet {
        let Self {
            mut wallet,
            enrolment,
            sessions,
            mut drafts,
            cursors,
        } = self;
        for draft in drafts.take_all() {
            // What cannot be removed now is swept at the next unlock.
            let _ = draft.discard(wallet.vault_mut());
        }
        drop((enrolment, sessions, cursors));
        wallet.lock()
    }

    fn complete_way(
        &mut self,
        proof: &Secret,
        new: NewWay,
    ) -> Result<Option<Vec<u8>>, NansenError> {
        let (secret, wrapped) = match new {
            NewWay::Passphrase { passphrase, cost } => {
                let (passphrase, params) = (Passphrase::new(passphrase)?, cost.params()?);
                let (vault, proof) = (self.wallet.vault_mut(), proof.unlock());
                if vault.ways().contains(&vault::Way::Passphrase) {
                    vault.change_passphrase(proof, &passphrase, params, &mut rng())?;
                } else {
                    let passphrase = vault::Unlock::Passphrase(&passphrase);
                    vault.add_way(proof, passphrase, &mut rng())?;
                }
                return Ok(None);
            }
            NewWay::RecoveryCode => {
                let code = RecoveryCode::random(&mut rng());
                let vault = self.wallet.vault_mut();
                vault.add_way(proof.unlock(), vault::Unlock::Recovery(&code), &mut rng())?;
                return Ok(Some(code.groups().as_bytes().to_vec()));
            }
            NewWay::Hardware { wrapped, answer } => {
                let secret = self.enrolled(answer, Way::Hardware)?;
                (Secret::Hardware(secret), wrapped)
            }
            NewWay::PassphraseAndHardware {
                passphrase,
                wrapped,
                answer,
            } => {
                let secret = self.enrolled(answer, Way::PassphraseAndHardware)?;
                let passphrase = Passphrase::new(passphrase)?;
                (Secret::PassphraseAndHardware(passphrase, secret), wrapped)
            }
        };
        let vault = self.wallet.vault_mut();
        let way = secret.unlock().way();
        vault.add_way(proof.unlock(), secret.unlock(), &mut rng())?;
        if let Err(error) = vault.keep_wrapped_key(way, &wrapped) {
            // A way whose secret nobody can have unwrapped is none.
            let _ = vault.remove_way(way, &mut rng());
            return Err(error.into());
        }
        self.enrolment = None;
        Ok(None)
    }

    /// The secret that the hardware unwrapped again, if it is the one that it was to wrap.
    fn enrolled(&self, answer: HardwareAnswer, way: Way) -> Result<PlatformSecret, NansenError> {
        let expected = self
            .enrolment
            .as_ref()
            .ok_or(NansenError::NothingPrepared)?;
        let secret = unwrapped(answer, way)?;
        if secret.reveal() != expected.reveal() {
            return Err(NansenError::WrongSecret { way });
        }
        Ok(secret)
    }
}
