//! Backups of a wallet: what they lack on another phone, and how small ones travel as codes.
//!
//! File, chunks and restoring are the vault's ([`BackupWriter`], [`nansen_vault::Restore`]). Here is
//! what its records mean:
//!
//! - A device key in the phone's hardware stays there. What is bound to one that this phone does
//!   not have is restored, and told as [`Restored::must_be_issued_again`].
//! - What is trusted is trusted on both sides: roots and the latest signed time of a backup join
//!   those that are here, and of two lists of one name the newer counts.
//! - Records have other ids in another vault; a history is read with those that hold here.
//!
//! **Phone to phone.** A backup of up to 1 MiB is a message ([`to_message`]) for animated codes
//! between two screens. Its lock is a pairing code, drawn for it and typed on the other phone
//! ([`nansen_vault::RecoveryCode`], 160 bits): whoever films the codes has nothing without it.

use std::path::Path;

use nansen_credential::cose::PublicKey;
use nansen_exchange::limits::MESSAGE_LENGTH_MAX;
use nansen_exchange::qr::{Kind, Message};
use nansen_vault::{BackupFile, BackupLock, BackupWriter, Outcome, RecordId, RestoreMode, Summary};
use rand_core::CryptoRng;

use crate::device_key::DeviceKey;
use crate::held::Body;
use crate::trusted::Trusted;
use crate::{Error, Wallet, kind};

/// A restore under way. Belongs to the wallet that it was begun with, until that is locked.
#[derive(Debug)]
pub struct Restore {
    inner: nansen_vault::Restore,
    mode: RestoreMode,
    hardware: Vec<PublicKey>,
}

/// What one step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreStep {
    /// Records that this step came to an end with: in the vault for good, if they were restored.
    pub records: Vec<Restored>,
    /// Bytes read so far.
    pub bytes: u64,
    /// Bytes in all.
    pub bytes_in_all: u64,
    /// Whether this was the last step.
    pub is_done: bool,
}

/// A record of the backup, and what became of it; in a dry run, what would become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Its id here.
    pub id: RecordId,
    /// What it is.
    pub kind: RestoredKind,
    /// What lists call it.
    pub title: String,
    /// Issuer of a credential, name of whom something was shown to, else empty.
    pub issuer: String,
    /// What became of it.
    pub outcome: Outcome,
    /// It is bound to a key in hardware that this phone does not have: its issuer must issue it
    /// again before it can be shown.
    pub must_be_issued_again: bool,
}

/// What a restored record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RestoredKind {
    /// A credential.
    Credential,
    /// A device key that waits for its credential.
    DeviceKey,
    /// A scan, photo or PDF.
    Document,
    /// What was shown to whom.
    History,
    /// Roots, lists, and the latest signed time.
    Trust,
    /// Something of another release.
    Other,
}

impl Wallet {
    /// Begins a backup at `path`; see [`BackupWriter::begin`]. Its steps take [`Wallet::vault`].
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn back_up(
        &self,
        path: impl AsRef<Path>,
        lock: BackupLock<'_>,
        previous: Option<&BackupFile>,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<BackupWriter, Error> {
        let begun = BackupWriter::begin(&self.vault, path, lock, previous, now, rng);
        Ok(begun?)
    }

    /// Goes on with a backup that was interrupted; see [`BackupWriter::resume`].
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn continue_backup(
        &self,
        path: impl AsRef<Path>,
        lock: BackupLock<'_>,
        previous: Option<&BackupFile>,
        rng: &mut impl CryptoRng,
    ) -> Result<BackupWriter, Error> {
        Ok(BackupWriter::resume(
            &self.vault,
            path,
            lock,
            previous,
            rng,
        )?)
    }

    /// Begins to restore a base and the increments after it, in order. `hardware` are the public
    /// keys of the device keys that this phone has in its hardware: none on a new phone.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn restore(
        &self,
        chain: Vec<BackupFile>,
        mode: RestoreMode,
        hardware: Vec<PublicKey>,
    ) -> Result<Restore, Error> {
        Ok(Restore {
            inner: nansen_vault::Restore::begin(&self.vault, chain, mode)?,
            mode,
            hardware,
        })
    }
}

impl Restore {
    /// Goes on for about a megabyte. Nothing is changed before all of the backup was checked;
    /// then each step is in the vault for good when it returns, and a restore that was
    /// interrupted is begun anew.
    ///
    /// # Errors
    /// [`Error::Vault`], after which the restore is at an end.
    pub fn step(
        &mut self,
        wallet: &mut Wallet,
        rng: &mut impl CryptoRng,
    ) -> Result<RestoreStep, Error> {
        let hardware = &self.hardware;
        let mut bound = |summary: &Summary, body: &[u8]| is_elsewhere(summary, body, hardware);
        let stepped = self.inner.step(&mut wallet.vault, &mut bound, rng);
        let is_trust = |record: &nansen_vault::RestoredRecord| {
            RestoredKind::of(&record.summary) == RestoredKind::Trust
                && record.outcome == Outcome::Restored
        };
        // Of a step that failed, nobody knows what it had restored by then.
        let changes_trust = stepped
            .as_ref()
            .map_or(true, |step| step.records.iter().any(is_trust));
        if changes_trust && self.mode == RestoreMode::Real {
            wallet.trusted = Trusted::read(&wallet.vault)?;
        }
        let step = stepped?;
        Ok(RestoreStep {
            records: step.records.into_iter().map(Restored::from).collect(),
            bytes: step.bytes,
            bytes_in_all: step.bytes_in_all,
            is_done: step.done,
        })
    }

    /// Ends it. What was restored stays; what was written of an unfinished document goes.
    pub fn give_up(mut self, wallet: &mut Wallet) {
        self.inner.give_up(&mut wallet.vault);
    }
}

/// A backup of at most 1 MiB as a message to another phone.
///
/// # Errors
/// [`Error::Vault`]: too large, no backup, or not to be read.
pub fn to_message(path: impl AsRef<Path>) -> Result<Message, Error> {
    let bytes = BackupFile::to_carry(path, MESSAGE_LENGTH_MAX)?;
    let kind = Kind::Backup;
    Ok(Message { kind, bytes })
}

/// Keeps the backup of a message in a new file, to be restored from there.
///
/// # Errors
/// [`Error::Vault`] for bytes that are no backup, a file that is there already, and what writing
/// can fail with.
pub fn keep_message(message: &[u8], path: impl AsRef<Path>) -> Result<(), Error> {
    Ok(BackupFile::keep_carried(path, message)?)
}

impl RestoredKind {
    fn of(summary: &Summary) -> Self {
        match summary.kind.as_str() {
            kind::CREDENTIAL => Self::Credential,
            kind::DEVICE_KEY => Self::DeviceKey,
            kind::DOCUMENT => Self::Document,
            kind::HISTORY => Self::History,
            kind::TRUST
            | kind::TRUST_LIST
            | kind::VERIFIER_LIST
            | kind::PACK
            | kind::STATUS_LIST => Self::Trust,
            _ => Self::Other,
        }
    }
}

impl From<nansen_vault::RestoredRecord> for Restored {
    fn from(record: nansen_vault::RestoredRecord) -> Self {
        Self {
            id: record.id,
            kind: RestoredKind::of(&record.summary),
            title: record.summary.title,
            issuer: record.summary.issuer,
            outcome: record.outcome,
            must_be_issued_again: record.must_be_issued_again,
        }
    }
}

/// Whether a record is bound to a key in hardware that is not among `here`. What cannot be read
/// tells of no key.
fn is_elsewhere(summary: &Summary, body: &[u8], here: &[PublicKey]) -> bool {
    let bound = match summary.kind.as_str() {
        kind::CREDENTIAL => bound_credential(body),
        kind::DEVICE_KEY => match DeviceKey::from_record(body) {
            Ok(DeviceKey::Hardware(_)) => PublicKey::from_short(&summary.extra).ok(),
            _ => None,
        },
        _ => None,
    };
    bound.is_some_and(|key| !here.contains(&key))
}

/// The public key of a credential whose device key is in hardware.
fn bound_credential(body: &[u8]) -> Option<PublicKey> {
    let body = Body::read(body).ok()?;
    let Some(DeviceKey::Hardware(_)) = body.device_key else {
        return None;
    };
    let credential = nansen_credential::sd_cwt::Credential::parse(body.credential).ok()?;
    credential.terms().device_key.clone()
}
