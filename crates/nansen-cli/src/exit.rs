//! What the program's exit code says. Stable: scripts depend on it.

use std::process::ExitCode;

/// The table that `nansen help exit-codes` prints.
pub(crate) const TABLE: &str = "\
Exit codes:
  0  done; for verify: every presentation is valid, and all that was asked for is there;
     for batch: every file was read and passed all that a code without a request can pass:
     who showed it, and when, is open
  1  failed; the message on stderr says why (for batch: also when there is no file to check)
  2  wrong usage of the command line
  3  verify, batch: at least one presentation is invalid
  4  verify: none is invalid, and at least one is undetermined or missing;
     batch: none is invalid, and more than that is open of at least one, or a file was not read
  5  wrong passphrase, recovery code or guardians' cards
  6  the vault is in use by another program
  7  the vault or another file is damaged
  8  issuer issue: done, but some lines were refused
  9  the holder declined, or has nothing that answers the request";

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; valid.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// Wrong usage.
    Usage = 2,
    /// A presentation is invalid.
    Invalid = 3,
    /// A presentation is undetermined.
    Undetermined = 4,
    /// Wrong passphrase, recovery code or guardians' cards, or a wait after too many.
    WrongPassphrase = 5,
    /// The vault is in use.
    InUse = 6,
    /// A file is damaged.
    Damaged = 7,
    /// Some lines of a table of claims were refused.
    SomeRefused = 8,
    /// Nothing was shown.
    Declined = 9,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
