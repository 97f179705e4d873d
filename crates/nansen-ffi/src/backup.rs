//! Backups: written and restored a step at a time, so that an app shows how far it is, gives up,
//! or locks in between.

use nansen::backup;
use nansen::credential::cose::PublicKey;
use nansen::vault::{self, BackupFile, BackupLock, KdfParams, Passphrase, RecoveryCode};

use crate::contents::texts;
use crate::unlocked::{Left, Shared};
use crate::wiping::with_clean_stack;
use crate::{Message, MessageKind, NansenError, RecordId, Timestamp, rng};

/// What opens a backup: its own, not the wallet's. UTF-8; the app should wipe its copy.
#[derive(Clone, uniffi::Enum)]
pub enum BackupKey {
    /// A passphrase, at 64 MiB and 3 passes a try.
    Passphrase {
        /// What was typed.
        passphrase: Vec<u8>,
    },
    /// A code of [`new_backup_code`], in any spelling that a person may use.
    Code {
        /// What was typed.
        code: Vec<u8>,
    },
}

/// A backup on its way to its file. Dropped before it is done, it leaves `NAME.part`, with which
/// [`Wallet::continue_backup`](crate::Wallet::continue_backup) goes on.
#[derive(uniffi::Object)]
pub struct BackupSession {
    state: Shared,
    number: u64,
}

/// How far a backup is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct BackupProgress {
    /// What comes next.
    pub phase: BackupPhase,
    /// Records and documents written so far; those to come are `records_left`.
    pub records: u64,
    /// Those still to be written, as far as is known.
    pub records_left: u64,
    /// Bytes written; while checking, bytes read back.
    pub bytes: u64,
    /// While checking, bytes in all.
    pub bytes_in_all: Option<u64>,
}

/// What a backup is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum BackupPhase {
    /// Writing the file.
    Writing,
    /// Reading it back.
    Checking,
    /// It stands under its name.
    Done,
}

/// What a finished backup says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct BackupFacts {
    /// When it was begun.
    pub made: Timestamp,
    /// 0 for a whole one, and one more for each that holds only what the one before it lacks.
    pub step: u32,
    /// Records that the wallet held then.
    pub records: u64,
}

/// A restore under way. What it restored stays, whatever becomes of the rest; begun anew, it finds
/// that there.
#[derive(uniffi::Object)]
pub struct RestoreSession {
    state: Shared,
    number: u64,
}

/// What one step of a restore did.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct RestoreProgress {
    /// Records that this step came to an end with.
    pub records: Vec<RestoredRecord>,
    /// Bytes read.
    pub bytes: u64,
    /// Bytes in all.
    pub bytes_in_all: u64,
    /// Whether this was the last step.
    pub is_done: bool,
}

/// A record of the backup, and what became of it; in a dry run, what would become of it.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct RestoredRecord {
    /// Its id here.
    pub id: RecordId,
    /// What it is.
    pub kind: RestoredKind,
    /// What lists call it.
    pub title: String,
    /// Issuer of a credential, whoever something was shown to, else empty.
    pub issuer: String,
    /// What became of it.
    pub outcome: RestoreOutcome,
    /// Bound to a key in hardware that this phone does not have: its issuer must issue it again
    /// before it can be shown.
    pub must_be_issued_again: bool,
}

/// What a restored record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum RestoredKind {
    /// A credential.
    Credential,
    /// A device key that waits for its credential.
    DeviceKey,
    /// A document.
    Document,
    /// What was shown to whom.
    History,
    /// Roots and lists.
    Trust,
    /// Something of another release.
    Other,
}

/// What became of a record of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum RestoreOutcome {
    /// It is here now, and was not before.
    Restored,
    /// It was here, as it is in the backup.
    AlreadyThere,
    /// It is here and was changed since the backup: left as it is.
    NewerHere,
    /// It is here and cannot be read: left as it is. Delete it and restore again.
    DamagedHere,
    /// Something else stands in its place: left out. A new wallet has room for it.
    PlaceTaken,
}

/// A code for a backup, or to pair two phones that send one by QR: to be written down or typed on
/// the other phone, and wiped.
#[uniffi::export]
pub fn new_backup_code() -> Vec<u8> {
    with_clean_stack(|| {
        let code = RecoveryCode::random(&mut rng());
        code.groups().as_bytes().to_vec()
    })
}

/// What a backup says of itself. Its records are checked when it is restored.
///
/// # Errors
/// [`NansenError::Backup`], [`NansenError::WrongSecret`], [`NansenError::Storage`],
/// [`NansenError::Damaged`], [`NansenError::NewerVersion`].
#[uniffi::export]
pub fn backup_facts(path: String, key: BackupKey) -> Result<BackupFacts, NansenError> {
    let file = with_clean_stack(|| key.parse()?.open(&path))?;
    Ok(BackupFacts {
        made: file.made().into(),
        step: file.step(),
        records: file.record_count() as u64,
    })
}

/// A backup of at most 1 MiB as a message for QR codes, to another phone that is told its code by
/// voice or sight. Without that, the codes are worth nothing.
///
/// # Errors
/// [`NansenError::OutOfBounds`] for a larger one; [`NansenError::Backup`],
/// [`NansenError::Storage`].
#[uniffi::export]
pub fn backup_message(path: String) -> Result<Message, NansenError> {
    Ok(backup::to_message(path)?.into())
}

/// Keeps the backup that came as a message in a new file, to be restored from there.
///
/// # Errors
/// [`NansenError::WrongMessage`], [`NansenError::Backup`], [`NansenError::Storage`], also for a
/// file that is there.
#[uniffi::export]
pub fn keep_backup_message(message: Message, path: String) -> Result<(), NansenError> {
    let bytes = message.of_kind(MessageKind::Backup)?;
    Ok(backup::keep_message(&bytes, path)?)
}

impl BackupSession {
    pub(crate) fn new(state: Shared, number: u64) -> Self {
        Self { state, number }
    }
}

#[uniffi::export]
impl BackupSession {
    /// Goes on for about a megabyte. Call it until it is done; between two calls the wallet
    /// serves others.
    ///
    /// # Errors
    /// [`NansenError::Storage`], [`NansenError::Damaged`], [`NansenError::Ended`] after a lock. A
    /// backup that stood there before stands there still.
    pub fn step(&self) -> Result<BackupProgress, NansenError> {
        self.state.with(|unlocked| {
            let backup = unlocked.backups.get(self.number)?;
            Ok(backup.step(unlocked.wallet.vault())?.into())
        })
    }

    /// Parts of the wallet that cannot be read and are not in the backup.
    ///
    /// # Errors
    /// [`NansenError::Ended`].
    pub fn left_out(&self) -> Result<Vec<String>, NansenError> {
        self.state
            .with(|unlocked| Ok(texts(unlocked.backups.get(self.number)?.left_out())))
    }

    /// Gives it up, and removes what was written. Does nothing after the end.
    pub fn discard(&self) {
        // Of a wallet that is locked, the file stays and is continued or written anew.
        let _ = self.state.with(|unlocked| {
            if let Some(backup) = unlocked.backups.take(self.number) {
                backup.discard()?;
            }
            Ok(())
        });
    }
}

impl Drop for BackupSession {
    fn drop(&mut self) {
        self.state.leave(Left::Backup(self.number));
    }
}

impl RestoreSession {
    pub(crate) fn new(state: Shared, number: u64) -> Self {
        Self { state, number }
    }
}

#[uniffi::export]
impl RestoreSession {
    /// Goes on for about a megabyte. Call it until it is done. Nothing is changed before all of
    /// the backup was read and checked.
    ///
    /// # Errors
    /// [`NansenError::Backup`], [`NansenError::Damaged`], [`NansenError::Storage`],
    /// [`NansenError::Ended`] after a lock. What earlier steps restored stays.
    pub fn step(&self) -> Result<RestoreProgress, NansenError> {
        self.state.with(|unlocked| {
            let restore = unlocked.restores.get(self.number)?;
            let step = restore.step(&mut unlocked.wallet, &mut rng())?;
            if step.is_done {
                // What was wanted on the other phone holds here too.
                self.state
                    .follow(unlocked.wallet.auto_lock().unwrap_or_default());
            }
            Ok(step.into())
        })
    }

    /// Gives the rest up. Does nothing after the end.
    pub fn stop(&self) {
        // A wallet that is locked has given it up.
        let _ = self.state.with(|unlocked| {
            if let Some(restore) = unlocked.restores.take(self.number) {
                restore.give_up(&mut unlocked.wallet);
            }
            Ok(())
        });
    }
}

impl Drop for RestoreSession {
    fn drop(&mut self) {
        self.state.leave(Left::Restore(self.number));
    }
}

/// What opens a backup, parsed.
pub(crate) enum ParsedKey {
    Passphrase(Passphrase),
    Code(RecoveryCode),
}

impl BackupKey {
    pub(crate) fn parse(self) -> Result<ParsedKey, NansenError> {
        Ok(match self {
            Self::Passphrase { passphrase } => ParsedKey::Passphrase(Passphrase::new(passphrase)?),
            Self::Code { code } => {
                let typed = str::from_utf8(&code).map_err(|_| NansenError::RecoveryCodeMistyped)?;
                ParsedKey::Code(RecoveryCode::parse(typed)?)
            }
        })
    }
}

impl ParsedKey {
    pub(crate) const fn lock(&self) -> BackupLock<'_> {
        match self {
            Self::Passphrase(passphrase) => BackupLock::Passphrase(passphrase, KdfParams::DEFAULT),
            Self::Code(code) => BackupLock::Recovery(code),
        }
    }

    pub(crate) fn open(&self, path: &str) -> Result<BackupFile, NansenError> {
        Ok(BackupFile::open(path, self.lock())?)
    }
}

/// The public keys of hardware, as phones give them.
pub(crate) fn public_keys(keys: &[Vec<u8>]) -> Result<Vec<PublicKey>, NansenError> {
    let keys = keys.iter().map(|key| Ok(PublicKey::from_platform(key)?));
    keys.collect()
}

impl From<vault::BackupProgress> for BackupProgress {
    fn from(progress: vault::BackupProgress) -> Self {
        Self {
            phase: match progress.phase {
                vault::BackupPhase::Writing => BackupPhase::Writing,
                vault::BackupPhase::Checking => BackupPhase::Checking,
                vault::BackupPhase::Done => BackupPhase::Done,
            },
            records: progress.records as u64,
            records_left: progress.records_left as u64,
            bytes: progress.bytes,
            bytes_in_all: progress.bytes_in_all,
        }
    }
}

impl From<backup::RestoreStep> for RestoreProgress {
    fn from(step: backup::RestoreStep) -> Self {
        Self {
            records: step.records.into_iter().map(Into::into).collect(),
            bytes: step.bytes,
            bytes_in_all: step.bytes_in_all,
            is_done: step.is_done,
        }
    }
}

impl From<backup::Restored> for RestoredRecord {
    fn from(record: backup::Restored) -> Self {
        use backup::RestoredKind as Kind;
        Self {
            id: record.id.into(),
            kind: match record.kind {
                Kind::Credential => RestoredKind::Credential,
                Kind::DeviceKey => RestoredKind::DeviceKey,
                Kind::Document => RestoredKind::Document,
                Kind::History => RestoredKind::History,
                Kind::Trust => RestoredKind::Trust,
                _ => RestoredKind::Other,
            },
            title: record.title,
            issuer: record.issuer,
            outcome: record.outcome.into(),
            must_be_issued_again: record.must_be_issued_again,
        }
    }
}

impl From<vault::Outcome> for RestoreOutcome {
    fn from(outcome: vault::Outcome) -> Self {
        match outcome {
            vault::Outcome::Restored => Self::Restored,
            vault::Outcome::AlreadyThere => Self::AlreadyThere,
            vault::Outcome::NewerHere => Self::NewerHere,
            vault::Outcome::DamagedHere => Self::DamagedHere,
            _ => Self::PlaceTaken,
        }
    }
}
