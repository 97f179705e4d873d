//! The holder's wallet: a vault whose records are credentials, device keys, documents, the
//! history of what was shown, and one record of what is trusted.
//!
//! | kind | body |
//! |---|---|
//! | `credential` | map of `1` version (1), `2` SD-CWT as issued, `3` device key, `4` issuer key |
//! | `device-key` | a device key that waits for its credential |
//! | `history` | see [`crate::history`] |
//! | `trust` | a [`TrustStore`] |
//! | `document` | a streamed document |

use std::path::Path;

use nansen_credential::cose::{PublicKey, SecretKey, Signer};
use nansen_vault::{
    DocumentReader, DocumentWriter, KdfParams, LockedVault, Passphrase, RecordId, RecoveryCode,
    Summary, Transaction, Unlock, Vault,
};
use rand_core::CryptoRng;

use crate::profile::shorten;
use crate::trust_store::{Added, TrustStore};
use crate::{Error, kind};

/// A wallet that is locked: nothing in it can be read.
pub struct LockedWallet(LockedVault);

/// A wallet that is unlocked. `Send`, not `Sync`: share it behind a mutex. Call it off an app's
/// main thread.
pub struct Wallet {
    pub(crate) vault: Vault,
    pub(crate) trust: TrustStore,
    trust_record: Option<RecordId>,
    trust_damage: Option<Error>,
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

    /// Unlocks.
    ///
    /// # Errors
    /// [`Error::Vault`], and the locked wallet back.
    pub fn unlock(self, unlock: Unlock<'_>) -> Result<Wallet, Box<UnlockFailed>> {
        let vault = self.0.unlock(unlock).map_err(|failed| {
            Box::new(UnlockFailed {
                locked: Self(failed.locked),
                error: failed.error.into(),
            })
        })?;
        match read_trust(&vault) {
            Ok((trust_record, stored)) => {
                let (trust, trust_damage) = match stored {
                    Ok(trust) => (trust, None),
                    Err(error) => (TrustStore::new(), Some(error)),
                };
                Ok(Wallet {
                    vault,
                    trust,
                    trust_record,
                    trust_damage,
                })
            }
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
            trust: TrustStore::new(),
            trust_record: None,
            trust_damage: None,
        };
        Ok((wallet, code))
    }

    /// Wipes the keys and gives the locked wallet back.
    #[must_use]
    pub fn lock(self) -> LockedWallet {
        LockedWallet(self.vault.lock())
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

    /// What is trusted.
    #[must_use]
    pub const fn trust(&self) -> &TrustStore {
        &self.trust
    }

    /// Why stored trust could not be read at the unlock. Adding roots and lists anew mends it.
    #[must_use]
    pub const fn trust_damage(&self) -> Option<&Error> {
        self.trust_damage.as_ref()
    }

    /// Trusts a root.
    ///
    /// # Errors
    /// Those of [`TrustStore::add_root`], and [`Error::Vault`].
    pub fn add_root(&mut self, root: PublicKey, rng: &mut impl CryptoRng) -> Result<Added, Error> {
        self.change_trust(rng, |trust| trust.add_root(root))
    }

    /// Takes a trust list in.
    ///
    /// # Errors
    /// Those of [`TrustStore::add_trust_list`], and [`Error::Vault`].
    pub fn add_trust_list(
        &mut self,
        bytes: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Added, Error> {
        self.change_trust(rng, |trust| trust.add_trust_list(bytes))
    }

    /// Takes a status list in.
    ///
    /// # Errors
    /// Those of [`TrustStore::add_status_list`], and [`Error::Vault`].
    pub fn add_status_list(
        &mut self,
        bytes: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Added, Error> {
        self.change_trust(rng, |trust| trust.add_status_list(bytes))
    }

    fn change_trust(
        &mut self,
        rng: &mut impl CryptoRng,
        change: impl FnOnce(&mut TrustStore) -> Result<Added, Error>,
    ) -> Result<Added, Error> {
        let added = change(&mut self.trust)?;
        if added != Added::AlreadyHere {
            let (trust, record) = (&self.trust, self.trust_record);
            let stored = self
                .vault
                .transaction(rng, |tx| store_trust(tx, trust, record));
            self.trust_record = Some(stored?);
        }
        Ok(added)
    }

    /// Runs several changes as one, and stores what is trusted along with them when `time`, at
    /// which something trusted was signed, is news.
    pub(crate) fn change<R: CryptoRng, T>(
        &mut self,
        signed_time: Option<i64>,
        rng: &mut R,
        work: impl FnOnce(&mut Transaction<'_, R>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let is_news = signed_time.is_some_and(|time| self.trust.note_signed_time(time));
        let (trust, record) = (&self.trust, self.trust_record);
        let (done, stored) = self.vault.transaction(rng, |tx| {
            let stored = if is_news {
                Some(store_trust(tx, trust, record)?)
            } else {
                record
            };
            Ok::<_, Error>((work(tx)?, stored))
        })?;
        self.trust_record = stored;
        Ok(done)
    }

    /// A fresh device key, kept until the credential that is bound to it is imported. Give its
    /// public half to the issuer; each credential gets a key of its own, so that two verifiers
    /// cannot tell by the key that they met the same holder.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn new_device_key(
        &mut self,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<PublicKey, Error> {
        let key = SecretKey::generate_ed25519(rng);
        let summary = Summary {
            kind: kind::DEVICE_KEY.into(),
            created: now,
            extra: key.public_key().to_short(),
            ..Summary::default()
        };
        self.vault.insert(&summary, &key.to_bytes(), rng)?;
        Ok(key.public_key())
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
        let summary = Summary {
            kind: kind::DOCUMENT.into(),
            title: shorten(document.title, nansen_vault::limits::TITLE_BYTES).into(),
            issuer: String::new(),
            tags: document.tags.to_vec(),
            created: document.created,
            expires: document.expires,
            extra: document.media_type.as_bytes().to_vec(),
        };
        Ok(self.vault.document_writer(&summary, rng)?)
    }

    /// Opens a document to read.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn document_reader(&self, id: RecordId) -> Result<DocumentReader<'_>, Error> {
        Ok(self.vault.document_reader(id)?)
    }

    /// Deletes a record of any kind but trust, and wipes what the file held of it.
    ///
    /// # Errors
    /// [`Error::Vault`]; [`Error::OtherKind`] for the record of trust.
    pub fn delete(&mut self, id: RecordId, rng: &mut impl CryptoRng) -> Result<(), Error> {
        if Some(id) == self.trust_record {
            return Err(Error::OtherKind {
                id,
                expected: "credential, document or history entry",
            });
        }
        Ok(self.vault.delete(id, rng)?)
    }
}

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

/// The record of trust, and what it holds. Trust that cannot be read keeps nobody from their
/// credentials: see [`Wallet::trust_damage`].
type StoredTrust = (Option<RecordId>, Result<TrustStore, Error>);

fn read_trust(vault: &Vault) -> Result<StoredTrust, Error> {
    let mut records = vault.list()?.records.into_iter();
    let record = records.find(|(_, summary)| summary.kind == kind::TRUST);
    let Some((id, _)) = record else {
        return Ok((None, Ok(TrustStore::new())));
    };
    let body = vault.get(id).map_err(Error::from);
    let trust = body.and_then(|record| TrustStore::from_cbor(&record.body));
    Ok((Some(id), trust))
}

/// Writes the record of trust, and makes it the first time.
fn store_trust<R: CryptoRng>(
    tx: &mut Transaction<'_, R>,
    trust: &TrustStore,
    record: Option<RecordId>,
) -> Result<RecordId, Error> {
    let summary = Summary {
        kind: kind::TRUST.into(),
        ..Summary::default()
    };
    let body = trust.to_cbor();
    Ok(match record {
        Some(id) => {
            tx.update(id, &summary, &body)?;
            id
        }
        None => tx.insert(&summary, &body)?,
    })
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
