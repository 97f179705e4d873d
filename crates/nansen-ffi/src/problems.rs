//! What can be wrong with a backup or a guardian's card, beyond what can be wrong with any file.

use std::fmt;

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
