//! The holder's wallet: a vault whose records are credentials, device keys, documents, the
//! history of what was shown, and what is trusted.
//!
//! | kind | body |
//! |---|---|
//! | `auto-lock` | see [`crate::auto_lock`] |
//! | `credential` | see [`crate::held`] |
//! | `device-key` | a device key that waits for its credential: see [`crate::device_key`] |
//! | `history` | see [`crate::history`] |
//! | `trust`, `trust-list`, `verifier-list`, `pack`, `status-list` | see `trusted.rs` |
//! | `document` | a streamed document |

use std::{num::NonZeroU8, path::Path};

use nansen_vault::{
    Attempts, DocumentCursor, DocumentDraft, DocumentReader, DocumentWriter, KdfParams, Label,
    LockedVault, Passphrase, RecordId, RecoveryCode, Rescued, Summary, Unlock, Vault, Way,
};
use rand_core::CryptoRng;

use crate::profile::shorten;
use crate::trusted::Trusted;
use crate::{Error, kind};

/// A wallet that is locked: nothing in it can be read.
pub struct LockedWallet(LockedVault);

/// A wallet that is unlocked. `Send`, not `Sync`: share it behind a mutex. Call it off an app's
/// main thread.
pub struct Wallet {
    pub(crate) vault: Vault,
    pub(crate) trusted: Trusted,
}

/// An unlock that failed, with the locked wallet to try again.
pub struct UnlockFailed {
    /// The wallet, still open and still locked.
    pub locked: LockedWallet,
    /// Why.
    pub error: Error,
}

impl LockedWallet {
    /// Opens the file and keeps it from being opened twice.
    ///
    /// # Errors
    /// [`Error::Vault`], by blame.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(Self(LockedVault::open(path)?))
    }

    /// What the phone's hardware has to unwrap for a way to unlock; see
    /// [`LockedVault::wrapped_key`].
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn wrapped_key(&self, way: Way) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.0.wrapped_key(way)?)
    }

    /// What its owner lets others see in a chooser.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn label(&self) -> Result<Option<Label>, Error> {
        Ok(self.0.label()?)
    }

    /// What the file remembers of passphrases that opened nothing.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn attempts(&self) -> Result<Attempts, Error> {
        Ok(self.0.attempts()?)
    }

    /// Puts back what the file remembered before a passphrase was tried that is another file's; see
    /// [`LockedVault::forgive`].
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn forgive(&self, before: &Attempts, now: i64) -> Result<(), Error> {
        Ok(self.0.forgive(before, now)?)
    }

    /// Unlocks. `now`, in seconds since 1970, tells whether a passphrase has waited long enough after
    /// wrong ones; see [`LockedVault::unlock`].
    ///
    /// # Errors
    /// [`Error::Vault`], and the locked wallet back.
    pub fn unlock(
        self,
        unlock: Unlock<'_>,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Wallet, Box<UnlockFailed>> {
        Self::finish_unlock(self.0.unlock(unlock, now, rng))
    }

    /// As [`LockedWallet::unlock`], for a secret that may be another wallet's: nothing is wiped; see
    /// [`LockedVault::unlock_sparing`].
    ///
    /// # Errors
    /// [`Error::Vault`], and the locked wallet back.
    pub fn unlock_sparing(
        self,
        unlock: Unlock<'_>,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Wallet, Box<UnlockFailed>> {
        Self::finish_unlock(self.0.unlock_sparing(unlock, now, rng))
    }

    fn finish_unlock(
        unlocked: Result<Vault, Box<nansen_vault::UnlockFailed>>,
    ) -> Result<Wallet, Box<UnlockFailed>> {
        let vault = unlocked.map_err(|failed| {
            Box::new(UnlockFailed {
                locked: Self(failed.locked),
                error: failed.error.into(),
            })
        })?;
        match Trusted::read(&vault) {
            Ok(trusted) => Ok(Wallet { vault, trusted }),
            Err(error) => Err(Box::new(UnlockFailed {
                locked: Self(vault.lock()),
                error,
            })),
        }
    }
}

impl Wallet {
    /// Creates a wallet in a new file. The recovery code is to be shown once and kept on paper.
    ///
    /// # Errors
    /// [`Error::Vault`], by blame.
    pub fn create(
        path: impl AsRef<Path>,
        passphrase: &Passphrase,
        params: KdfParams,
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, RecoveryCode), Error> {
        let (vault, code) = Vault::create(path, passphrase, params, rng)?;
        let wallet = Self {
            vault,
            trusted: Trusted::default(),
        };
        Ok((wallet, code))
    }

    /// Wipes the keys and gives the locked wallet back.
    #[must_use]
    pub fn lock(self) -> LockedWallet {
        LockedWallet(self.vault.lock())
    }

    /// Writes a new wallet file with everything in this one that can be read, and puts aside what is
    /// broken; this one is not touched. After a check has named damage: see [`Vault::rescue`].
    ///
    /// # Errors
    /// [`Error::Vault`], by blame; no file is then at `path`.
    pub fn rescue(
        &self,
        path: impl AsRef<Path>,
        rng: &mut impl CryptoRng,
    ) -> Result<Rescued, Error> {
        Ok(self.vault.rescue(path, rng)?)
    }

    /// The vault, for what is its own business: integrity, check, counter, passphrase.
    #[must_use]
    pub const fn vault(&self) -> &Vault {
        &self.vault
    }

    /// The vault, to change its passphrase or recovery code.
    pub const fn vault_mut(&mut self) -> &mut Vault {
        &mut self.vault
    }

    /// Makes a second wallet in the same file, empty, that another passphrase opens: for whoever
    /// forces its owner to unlock. **Ends a decoy that is there, and, made from within a decoy,
    /// the wallet that it hides**; see [`Vault::create_decoy`].
    ///
    /// # Errors
    /// [`Error::Vault`]. Nothing has then changed.
    pub fn create_decoy(
        &mut self,
        proof: Unlock<'_>,
        new: Unlock<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<RecoveryCode, Error> {
        Ok(self.vault.create_decoy(proof, new, rng)?)
    }

    /// Sets a passphrase that destroys this wallet and then opens the decoy; see
    /// [`Vault::set_wipe_passphrase`] for what there is to think of before. It does so where this wallet
    /// was chosen, and not in [`Folder::unlock_hidden`](crate::folder::Folder::unlock_hidden), where it may
    /// be what a stranger types to open their own: give such a wallet a label.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn set_wipe_passphrase(
        &mut self,
        proof: Unlock<'_>,
        decoy: Unlock<'_>,
        wipe: Unlock<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<(), Error> {
        Ok(self.vault.set_wipe_passphrase(proof, decoy, wipe, rng)?)
    }

    /// Ends the passphrase that destroys this wallet, if there is one.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn remove_wipe_passphrase(&mut self, rng: &mut impl CryptoRng) -> Result<(), Error> {
        Ok(self.vault.remove_wipe_passphrase(rng)?)
    }

    /// Lets the file destroy everything in it after so many wrong passphrases, or never; see
    /// [`Vault::set_wipe_after`] for what that costs and what it is worth. Give such a wallet a label
    /// first: without one it is found no more, since
    /// [`Folder::unlock_hidden`](crate::folder::Folder::unlock_hidden) passes it over.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn set_wipe_after(
        &mut self,
        proof: Unlock<'_>,
        wipe_after: Option<NonZeroU8>,
    ) -> Result<(), Error> {
        Ok(self.vault.set_wipe_after(proof, wipe_after)?)
    }

    /// Starts a document. Nothing of it is visible before [`DocumentWriter::finish`].
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn document_writer<'v, R: CryptoRng>(
        &'v mut self,
        document: &NewDocument<'_>,
        rng: &'v mut R,
    ) -> Result<DocumentWriter<'v, R>, Error> {
        Ok(self.vault.document_writer(&document.summary(), rng)?)
    }

    /// Opens a document to read.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn document_reader(&self, id: RecordId) -> Result<DocumentReader<'_>, Error> {
        Ok(self.vault.document_reader(id)?)
    }

    /// Starts a document whose pieces come one by one, while the wallet does other work.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn document_draft(
        &mut self,
        document: &NewDocument<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<DocumentDraft, Error> {
        Ok(self.vault.document_draft(&document.summary(), rng)?)
    }

    /// Opens a document to read piece by piece, while the wallet does other work.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn document_cursor(&self, id: RecordId) -> Result<DocumentCursor, Error> {
        Ok(self.vault.document_cursor(id)?)
    }

    /// Deletes a credential, document, history entry or waiting device key, and wipes what the
    /// file held of it. A credential that was issued to a deleted device key cannot be imported
    /// any more.
    ///
    /// # Errors
    /// [`Error::Vault`]; [`Error::OtherKind`] for what the wallet keeps for itself.
    pub fn delete(&mut self, id: RecordId, rng: &mut impl CryptoRng) -> Result<(), Error> {
        let kind = self.vault.summary(id)?.kind;
        if !DELETABLE.contains(&kind.as_str()) {
            return Err(Error::OtherKind {
                id,
                expected: "credential, document, history entry or waiting device key",
            });
        }
        Ok(self.vault.delete(id, rng)?)
    }
}

/// Kinds of records that are their owner's to delete.
const DELETABLE: [&str; 4] = [
    kind::CREDENTIAL,
    kind::DEVICE_KEY,
    kind::DOCUMENT,
    kind::HISTORY,
];

/// A scan, photo or PDF about to be kept.
#[derive(Clone, Debug)]
pub struct NewDocument<'a> {
    /// What its owner calls it.
    pub title: &'a str,
    /// Its media type (RFC 6838), such as `application/pdf`.
    pub media_type: &'a str,
    /// Words to find it by.
    pub tags: &'a [String],
    /// Now, unix seconds.
    pub created: i64,
    /// When it expires, unix seconds.
    pub expires: Option<i64>,
}

impl NewDocument<'_> {
    fn summary(&self) -> Summary {
        Summary {
            kind: kind::DOCUMENT.into(),
            title: shorten(self.title, nansen_vault::limits::TITLE_BYTES).into(),
            issuer: String::new(),
            tags: self.tags.to_vec(),
            created: self.created,
            expires: self.expires,
            extra: self.media_type.as_bytes().to_vec(),
        }
    }
}

impl core::fmt::Debug for Wallet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Wallet(<unlocked>)")
    }
}

impl core::fmt::Debug for LockedWallet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("LockedWallet")
    }
}

impl core::fmt::Debug for UnlockFailed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "UnlockFailed({:?})", self.error)
    }
}
