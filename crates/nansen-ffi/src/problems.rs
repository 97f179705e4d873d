//! What can be wrong with a choice, a file, a guardian's card or a backup.

use std::fmt;

/// Why a choice does not go with its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum ChoiceProblem {
    /// Nothing was chosen.
    Nothing,
    /// The credential does not answer that query.
    NotACandidate,
    /// The query asks for one credential, and two were chosen.
    OnlyOne,
    /// The claim is not asked for.
    NotAsked,
    /// The request cannot be answered without the claim.
    ClaimRequired,
}

/// Why the vault's file could not be opened, read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum StorageProblem {
    /// No file there.
    NotFound,
    /// A file is there already.
    AlreadyExists,
    /// The file has several names (hard links), of which only one could be kept safe.
    SeveralNames,
    /// The file is not a vault.
    NotAVault,
    /// Open elsewhere, in this app or another.
    InUse,
    /// The file or its folder cannot be written.
    ReadOnly,
    /// The disk is full.
    DiskFull,
    /// Reading or writing failed, or memory ran out.
    Io,
}

/// Why guardians' cards do not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum CardProblem {
    /// Mistyped, damaged, altered, or no card at all.
    Altered,
    /// Of another set than the cards before it: of another vault, or from before they were renewed.
    OtherSet,
    /// It is here already.
    Repeated,
    /// More cards are needed.
    TooFew,
    /// One of them was altered on purpose. Others may help.
    Contradict,
}

/// Why a backup cannot be made or restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum BackupProblem {
    /// The file is no backup; where one was to be written, it is not replaced.
    NotABackup,
    /// The file ends before its end: copied in part, or not finished.
    CutShort,
    /// It opens with a passphrase, and a code was given.
    NeedsPassphrase,
    /// It opens with a code, and a passphrase was given.
    NeedsCode,
    /// One of a row of backups is missing, or their order is wrong.
    OutOfChain,
    /// The backup to follow is of another vault.
    OtherVault,
    /// Nothing is left of an interrupted backup: begin anew.
    NothingToContinue,
}

impl CardProblem {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Altered => "card.altered",
            Self::OtherSet => "card.other_set",
            Self::Repeated => "card.repeated",
            Self::TooFew => "card.too_few",
            Self::Contradict => "card.contradict",
        }
    }
}

impl BackupProblem {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::NotABackup => "backup.not_a_backup",
            Self::CutShort => "backup.cut_short",
            Self::NeedsPassphrase => "backup.needs_passphrase",
            Self::NeedsCode => "backup.needs_code",
            Self::OutOfChain => "backup.out_of_chain",
            Self::OtherVault => "backup.other_vault",
            Self::NothingToContinue => "backup.nothing_to_continue",
        }
    }
}

impl fmt::Display for CardProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Altered => "mistyped or altered",
            Self::OtherSet => "of another set",
            Self::Repeated => "here already",
            Self::TooFew => "too few",
            Self::Contradict => "contradict each other",
        })
    }
}

impl fmt::Display for BackupProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotABackup => "the file is none",
            Self::CutShort => "cut short",
            Self::NeedsPassphrase => "opens with a passphrase",
            Self::NeedsCode => "opens with a code",
            Self::OutOfChain => "one is missing before it",
            Self::OtherVault => "of another vault",
            Self::NothingToContinue => "nothing to continue",
        })
    }
}

impl fmt::Display for ChoiceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing was chosen",
            Self::NotACandidate => "the credential does not answer the query",
            Self::OnlyOne => "the query asks for one credential",
            Self::NotAsked => "the claim is not asked for",
            Self::ClaimRequired => "a required claim is missing",
        })
    }
}

impl fmt::Display for StorageProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "not found",
            Self::AlreadyExists => "already exists",
            Self::SeveralNames => "has several names",
            Self::NotAVault => "is not a vault",
            Self::InUse => "in use",
            Self::ReadOnly => "read-only",
            Self::DiskFull => "disk full",
            Self::Io => "input or output failed",
        })
    }
}
