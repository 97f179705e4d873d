//! Backups: what a vault holds, in one sealed file that needs nothing but its own secret to be read.
//!
//! ```text
//! file    = header (172) || chunks
//! header  = "NanB" (4) || version (1) = 1 || lock (1) || zeros (2) || backup id (16) || salt (32)
//!           || memory KiB (4) || passes (4) || lanes (4) || nonce (24) || sealed stream key (48)
//!           || SHA-256 of the above (32)
//! lock    = 1 passphrase (Argon2id), 2 recovery code (memory, passes and lanes are 0)
//! chunk   = nonce (24) || ciphertext || tag (16)         XChaCha20-Poly1305, stream key
//!           associated data "nansen-backup 1" || header's SHA-256 (32) || position (4) || last (1)
//! stream  = what all chunks hold, one after the other: 65,536 bytes each, the last fewer
//!         = begin || (record | document)* || end || zeros || place of `end` in the stream (8)
//!
//! begin    = 1 || made (8) || step (4) || parent's backup id (16) || vault id (16)
//! record   = 2 || id (16) || rev (24) || summary length (2) || summary || body length (4) || body
//! document = 3 || id (16) || rev (24) || summary length (2) || summary
//!              || length (8) || SHA-256 (32) || content
//! end      = 4 || entries (4) || SHA-256 of the tags of all chunks before the one in which `end` begins (32)
//!              || count (4) || count x (id (16) || rev (24)), ids ascending
//! ```
//! Numbers are big-endian; a summary is as in `record.rs`. The stream key is 32 random bytes, wrapped by
//! HKDF-SHA256(salt, Argon2id output or recovery secret, info = "nansen-backup 1 " || lock's name), and of
//! one file only. Nonces are 16 bytes drawn when writing begins or goes on, and a count: a chunk that is
//! written again after an interruption has another. The file tells its size, nothing else.
//!
//! **The list at the end** says which versions of which records were there, and a version in the stream
//! that it does not name was replaced or deleted while the backup was written. An increment (step above 0)
//! holds only versions that its parent's list lacks; its own list names all, so that a chain is read from
//! the base to the last increment and the last list counts. It goes on to name what its parent's list has
//! and the vault lacks, unless that can only have been deleted by its owner.
//!
//! **Writing** ([`BackupWriter`]) goes to `NAME.part`, which becomes `NAME` in one step after it was
//! synced, read back and found whole: an older backup of that name stands until then, and where an
//! increment is to come to stand, none may be at all. What an
//! interruption leaves of the `.part` is continued by [`BackupWriter::resume`]: whole chunks are kept,
//! opened and counted; a record cut in half is written again, a document cut in half goes on where it
//! was cut if the vault still has it in that version, and else its beginning is taken back.
//!
//! **Ids.** A vault's ids are a random half and an authentication of it under a key of that vault. A restored vault
//! has a key of its own, which no older copy of the phone's storage opens, and so cannot keep ids as
//! they are. It keeps the random half, but for the last five bits where the vault's share of its file asks
//! for others: where a record stands after a restore is computed from its old
//! id ([`Vault::id_here`](crate::Vault::id_here)) without a table, so that what refers to records, such
//! as a history, stays right, and restoring twice finds what the first time restored.

mod carried;
mod chunks;
mod entries;
mod file;
mod header;
mod restore;
mod writer;

pub use file::{BackupFile, BackupStream};
pub use header::{BackupHeader, BackupLock};
pub use restore::{Outcome, Restore, RestoreMode, RestoreProgress, RestoredRecord};
pub use writer::{BackupPhase, BackupProgress, BackupWriter};

use crate::{record::RecordId, seal::NONCE};

/// A record as it was at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Version {
    pub(crate) id: RecordId,
    pub(crate) rev: [u8; NONCE],
}

/// How a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Begin {
    /// When, in seconds since 1970.
    pub(crate) made: i64,
    /// 0 for a base, one more for each increment.
    pub(crate) step: u32,
    /// The backup before this one; zeros for a base.
    pub(crate) parent: [u8; 16],
    /// The vault.
    pub(crate) vault: [u8; 16],
}

/// How a stream ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Index {
    /// Records and documents in this file.
    pub(crate) entries: u32,
    /// Hash over the tags of the chunks before the one in which the index begins.
    pub(crate) chunks: [u8; 32],
    /// What the vault held, ids ascending.
    pub(crate) live: Vec<Version>,
}

impl Index {
    pub(crate) fn names(&self, version: &Version) -> bool {
        self.live.binary_search(version).is_ok()
    }
}
