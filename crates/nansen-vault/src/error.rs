//! What can go wrong, by blame: the caller, the person at the keyboard, the file, or the machine.

use rusqlite::{ErrorCode, ffi};

use crate::{record::RecordId, ways::Way};

/// Everything this crate can refuse or fail to do.
///
/// No variant holds a secret or a word that a person wrote: only numbers, ids and names of parts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No file stands at the path.
    #[error("there is no vault file at this path")]
    NotFound,
    /// A file already stands where a new vault was to be created, or the log of one that is gone
    /// (`NAME-wal`, `NAME-journal`): what it holds may be all that is left of a vault.
    #[error("a file already exists at this path")]
    AlreadyExists,
    /// The file has several names (hard links), of which only one finds the log of its last changes.
    #[error("the vault file has {links} names")]
    SeveralNames {
        /// How many.
        links: u64,
    },
    /// The file is something else, or too damaged at its start to tell.
    #[error("the file is not a vault")]
    NotAVault,
    /// A later release wrote this file.
    #[error("the vault has format version {found}; this program reads up to {supported}")]
    NewerVersion {
        /// Version that the file states.
        found: u32,
        /// Newest version that this crate reads.
        supported: u32,
    },
    /// Another process, or another handle in this process, has the file open.
    #[error("the vault is in use by another program or another part of this one")]
    InUse,
    /// The file or its folder cannot be written.
    #[error("the vault file is read-only")]
    ReadOnly,
    /// No space is left. The operation was undone; nothing acknowledged before it is lost.
    #[error("the disk is full")]
    DiskFull,
    /// The operating system failed to read or write.
    #[error("input or output failed (code {code})")]
    Io {
        /// SQLite's extended result code, which names the system call that failed; the system's own
        /// error number where no SQLite was involved.
        code: i32,
    },
    /// Bytes in the file are not those that were written.
    #[error("the vault is damaged: {part}")]
    Damaged {
        /// Where.
        part: Part,
    },
    /// The passphrase opens no slot of an intact slot table; or it and a platform secret together, of
    /// which either may be the wrong one.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The recovery code is well formed but opens no slot of an intact slot table.
    #[error("wrong recovery code")]
    WrongRecoveryCode,
    /// What the phone's hardware unwrapped is well formed but opens no slot of an intact slot table: the
    /// wrapped key is another vault's or older than the slot. The other ways are not touched by it.
    #[error("wrong platform key")]
    WrongPlatformKey,
    /// The guardians' shares belong together, and what they give opens no slot of an intact slot table:
    /// they are another vault's, or of a set that was replaced.
    #[error("these shares open nothing here")]
    WrongShares,
    /// A share card contradicts its own check, or has a character or number that no card has: it was
    /// mistyped or altered.
    #[error("the share card is mistyped or altered")]
    ShareAltered,
    /// A share card is too short or too long.
    #[error("the share card has {found} characters instead of {expected}")]
    ShareLength {
        /// Characters found, separators aside.
        found: usize,
        /// Characters of every card.
        expected: usize,
    },
    /// A later release made this share card.
    #[error("the share card has format version {found}; this program reads up to {supported}")]
    NewerShare {
        /// Version that the card states.
        found: u8,
        /// Newest version that this crate reads.
        supported: u8,
    },
    /// The share card is not of the set of those before it.
    #[error("the share card is of another set")]
    ShareOfOtherSet,
    /// The share card was collected already.
    #[error("share card {number} is here already")]
    ShareRepeated {
        /// Its number.
        number: u8,
    },
    /// More share cards are needed.
    #[error("{have} of {needed} share cards are here")]
    TooFewShares {
        /// Cards collected.
        have: u8,
        /// Cards that open the vault.
        needed: u8,
    },
    /// The share cards call themselves one set and do not give its secret: one of them at least was
    /// altered, and its check put right.
    #[error("the share cards contradict each other")]
    SharesContradict,
    /// The file is no backup; or what stands where one was to be written is none, and is not replaced.
    #[error("the file is not a backup")]
    NotABackup,
    /// A later release wrote this backup.
    #[error("the backup has format version {found}; this program reads up to {supported}")]
    NewerBackup {
        /// Version that the file states.
        found: u8,
        /// Newest version that this crate reads.
        supported: u8,
    },
    /// The backup ends before its end: it was copied in part, or is still being written.
    #[error("the backup ends after {chunks} chunks")]
    BackupCutShort {
        /// Whole chunks found.
        chunks: u32,
    },
    /// The backup is locked by a passphrase, and a recovery code was given.
    #[error("the backup opens with a passphrase")]
    BackupNeedsPassphrase,
    /// The backup is locked by a recovery code, and a passphrase was given.
    #[error("the backup opens with a recovery code")]
    BackupNeedsRecoveryCode,
    /// Backups do not follow each other: one is missing before this one, or it is of another chain.
    #[error("backup {place} is increment {step} and does not follow the one before it")]
    BackupOutOfChain {
        /// Place among those given, from 0.
        place: usize,
        /// Which increment it is; 0 for a base.
        step: u32,
    },
    /// The backup before this one is of another vault.
    #[error("the backup is of another vault")]
    OtherVaultsBackup,
    /// A backup or restore went on with another vault than its own, or after that was locked. What was
    /// written so far can be continued.
    #[error("the backup is not open in this vault")]
    BackupNotOpen,
    /// Nothing was left of an interrupted backup that can be continued: begin anew.
    #[error("there is no interrupted backup to continue")]
    NothingToResume,
    /// Where the slot of the way in is was lost with the manifest: a new one could leave the old one
    /// valid. Unlocking by the old way once tells, and where it is gone,
    /// [`Vault::remove_way`](crate::Vault::remove_way) ends it.
    #[error("the slot of this way to unlock is not known until it has unlocked the vault once")]
    SlotUnknown,
    /// The vault has no such way in.
    #[error("the vault does not unlock by {0}")]
    NoSuchWay(Way),
    /// No known way in without hardware would be left: hardware alone is lost with the phone, or with a
    /// new fingerprint.
    #[error("the last way to unlock without hardware cannot be removed")]
    LastWay,
    /// A way with hardware is added by [`Vault::add_hardware_way`](crate::Vault::add_hardware_way) and no
    /// other is, since only such a way has a wrapped key.
    #[error("unlocking by {0} is not added by this call")]
    WrongCallForWay(Way),
    /// Renewals that were interrupted one after the other have taken every key slot. Unlocking by the way
    /// with hardware frees them at the next change, and so does removing it.
    #[error("no key slot is free")]
    NoFreeSlot,
    /// Too many passphrases were wrong, one after the other; this one was not tried. Ways without a
    /// passphrase are open.
    #[error("too many wrong passphrases: the next is tried in {seconds} seconds")]
    TooManyAttempts {
        /// Seconds to wait.
        seconds: u64,
    },
    /// Too many secrets that were to prove something were wrong ([`limits::PROOFS`](crate::limits::PROOFS)):
    /// none is tried until the vault was locked and unlocked.
    #[error("too many wrong proofs: lock and unlock first")]
    TooManyProofs,
    /// The same passphrase opens something else in this vault already, or would do two things.
    #[error("the passphrase is in use in this vault")]
    SecretInUse,
    /// The file was made before there was room for a second vault. Its contents have it in a new file.
    #[error("the file has no room for a decoy")]
    NoRoomForDecoy,
    /// The recovery code contradicts its own checksum, or has a character that no code has.
    #[error("the recovery code has a typing mistake")]
    RecoveryCodeMistyped,
    /// The recovery code is too short or too long.
    #[error("the recovery code has {found} characters instead of {expected}")]
    RecoveryCodeLength {
        /// Characters found, separators aside.
        found: usize,
        /// Characters of every code.
        expected: usize,
    },
    /// A label with control characters.
    #[error("a label is one line without control characters")]
    NotALabel,
    /// The file asks for more key derivation work than [`limits`](crate::limits) allow.
    #[error(
        "the file asks for {memory_kib} KiB x {passes} passes x {lanes} lanes of key derivation"
    )]
    ExcessiveWork {
        /// Argon2id memory asked for, in KiB.
        memory_kib: u32,
        /// Argon2id passes asked for.
        passes: u32,
        /// Argon2id lanes asked for.
        lanes: u32,
    },
    /// The caller chose key derivation parameters below the floor.
    #[error("key derivation of {memory_kib} KiB x {passes} passes is too weak")]
    WeakKdf {
        /// Argon2id memory chosen, in KiB.
        memory_kib: u32,
        /// Argon2id passes chosen.
        passes: u32,
    },
    /// Something handed in is outside its bounds.
    #[error("{field} of {size} is outside {least} to {most}")]
    OutOfBounds {
        /// What.
        field: Field,
        /// Its size, in bytes or as a count.
        size: u64,
        /// Least size allowed.
        least: u64,
        /// Most allowed.
        most: u64,
    },
    /// This vault has no record with this id.
    #[error("no record {0}")]
    NoSuchRecord(RecordId),
    /// The record is a document, which has no body to replace.
    #[error("record {0} is a document")]
    IsADocument(RecordId),
    /// The record is not a document.
    #[error("record {0} is not a document")]
    NotADocument(RecordId),
    /// A draft or cursor was used with another vault than its own, or after that was locked. A draft
    /// that the lock interrupted is lost; a cursor can be opened anew.
    #[error("the document is not open in this vault")]
    DocumentNotOpen,
}

/// A part of the file that can be damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Part {
    /// The file's own structure: pages, tables, schema.
    #[error("file structure")]
    Structure,
    /// The table of key slots.
    #[error("key slots")]
    Slots,
    /// What the phone's hardware wrapped, in the file beside the vault.
    #[error("wrapped key for {0}")]
    WrappedKey(Way),
    /// The head of a backup.
    #[error("header of the backup")]
    BackupHeader,
    /// One chunk of a backup, or what it holds.
    #[error("chunk {position} of the backup")]
    BackupChunk {
        /// Which chunk, from 0.
        position: u32,
    },
    /// A record that a backup names and does not hold.
    #[error("record {0} of the backup")]
    BackupRecord(RecordId),
    /// The sealed manifest.
    #[error("manifest")]
    Manifest,
    /// The summary of a record.
    #[error("summary of record {0}")]
    Summary(RecordId),
    /// The body of a record.
    #[error("body of record {0}")]
    Body(RecordId),
    /// One chunk of a document.
    #[error("chunk {position} of document {record}")]
    Chunk {
        /// The document's record.
        record: RecordId,
        /// Which chunk, from 0.
        position: u32,
    },
}

/// An argument or a field with a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Field {
    /// A passphrase.
    #[error("passphrase")]
    Passphrase,
    /// A summary's kind.
    #[error("kind")]
    Kind,
    /// A summary's title.
    #[error("title")]
    Title,
    /// A summary's issuer.
    #[error("issuer")]
    Issuer,
    /// The number of a summary's tags.
    #[error("number of tags")]
    Tags,
    /// One tag.
    #[error("tag")]
    Tag,
    /// A summary's opaque extra.
    #[error("extra")]
    Extra,
    /// A record's body.
    #[error("body")]
    Body,
    /// A document's content.
    #[error("document")]
    Document,
    /// A platform secret.
    #[error("platform secret")]
    PlatformSecret,
    /// A platform secret as the hardware wrapped it.
    #[error("wrapped key")]
    WrappedKey,
    /// The number of guardians.
    #[error("number of guardians")]
    Guardians,
    /// The number of guardians who are enough.
    #[error("number of guardians needed")]
    GuardiansNeeded,
    /// An owner's name on a share card.
    #[error("name on a share card")]
    CardOwner,
    /// The chunks of a backup.
    #[error("chunks of the backup")]
    BackupChunks,
    /// The backups that are restored together.
    #[error("number of backups")]
    Backups,
    /// The bytes of a backup that is to be carried by codes.
    #[error("bytes of the backup")]
    CarriedBackup,
    /// The records of a backup.
    #[error("records of the backup")]
    BackupRecords,
    /// Wrong passphrases before a wipe.
    #[error("wrong passphrases before a wipe")]
    WipeAfter,
    /// A search text.
    #[error("search text")]
    SearchText,
    /// A label for choosers.
    #[error("label")]
    Label,
    /// Argon2id memory in KiB.
    #[error("key derivation memory")]
    KdfMemory,
    /// Argon2id passes.
    #[error("key derivation passes")]
    KdfPasses,
    /// Argon2id lanes.
    #[error("key derivation lanes")]
    KdfLanes,
    /// Argon2id memory times passes in KiB.
    #[error("key derivation work")]
    KdfWork,
}

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Says who is to blame for what SQLite reports while it reads or writes `part`.
    pub(crate) fn from_sqlite(error: &rusqlite::Error, part: Part) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(failure, _) => Self::from_code(*failure, part),
            // A column of the wrong type, a missing fixed row: the file is not as it was written.
            _ => Self::Damaged { part },
        }
    }

    fn from_code(failure: ffi::Error, part: Part) -> Self {
        match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::InUse,
            // The path and its folder were looked at before: what cannot be opened is forbidden.
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => {
                Self::ReadOnly
            }
            ErrorCode::DiskFull => Self::DiskFull,
            ErrorCode::NotADatabase => Self::NotAVault,
            ErrorCode::SystemIoFailure
                if failure.extended_code != ffi::SQLITE_IOERR_SHORT_READ
                    && failure.extended_code != ffi::SQLITE_IOERR_CORRUPTFS =>
            {
                Self::Io {
                    code: failure.extended_code,
                }
            }
            ErrorCode::OutOfMemory => Self::Io {
                code: failure.extended_code,
            },
            _ => Self::Damaged { part },
        }
    }
}

/// Refuses a size outside `least..=most`.
pub(crate) fn bounded(field: Field, size: usize, least: usize, most: usize) -> Result<()> {
    if (least..=most).contains(&size) {
        return Ok(());
    }
    Err(Error::OutOfBounds {
        field,
        size: size as u64,
        least: least as u64,
        most: most as u64,
    })
}
