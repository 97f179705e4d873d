//! The encrypted vault: records and documents sealed in one SQLite file.
//!
//! ```
//! use nansen_vault::{Error, KdfParams, LockedVault, Passphrase, Summary, Unlock, Vault};
//!
//! # fn main() -> Result<(), Error> {
//! # let folder = tempfile::tempdir().map_err(|_| Error::NotFound)?;
//! # let path = folder.path().join("vault.nansen");
//! let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
//! let passphrase = Passphrase::new("correct horse battery staple")?;
//! let (mut vault, code) = Vault::create(&path, &passphrase, KdfParams::default(), &mut rng)?;
//! println!("Write this down: {}", code.groups().as_str());
//!
//! let summary = Summary { title: "Welder, level 3".into(), ..Summary::default() };
//! let id = vault.insert(&summary, b"the credential's bytes", &mut rng)?;
//! drop(vault);
//!
//! // The second argument is the time, in seconds since 1970.
//! let unlock = Unlock::Passphrase(&passphrase);
//! let vault = LockedVault::open(&path)?.unlock(unlock, 1_700_000_000, &mut rng)?;
//! assert!(vault.integrity().is_intact());
//! assert_eq!(*vault.get(id)?.body, b"the credential's bytes");
//! # Ok(())
//! # }
//! ```
//!
//! - To keep small things: [`Vault::insert`], [`Vault::get`], [`Vault::list`], [`Vault::search`],
//!   [`Vault::update`], [`Vault::delete`]; many at once with [`Vault::transaction`].
//! - To keep large ones: [`Vault::document_writer`], [`Vault::document_reader`]; while the vault does
//!   other work, [`Vault::document_draft`], [`Vault::document_cursor`].
//! - To get in: [`LockedVault::unlock`]; to change how: [`Vault::add_way`], [`Vault::remove_way`],
//!   [`Vault::change_passphrase`], [`Vault::new_recovery_code`]; to choose a cost: [`calibrate`].
//! - To let people who are trusted open it together: [`Vault::add_guardians`], [`Share::card`],
//!   [`Collected`].
//! - To let the phone's hardware take part: a [`PlatformSecret`], wrapped by it, and
//!   [`Vault::add_hardware_way`], [`LockedVault::wrapped_key`].
//! - To survive the loss of a phone: [`BackupWriter`], [`BackupFile`], [`Restore`]; what refers to
//!   records by id finds them by [`Vault::id_here`].
//! - To be forced to unlock and show something else: [`Vault::create_decoy`]; to lose what nobody may
//!   see: [`Vault::set_wipe_passphrase`], [`Vault::set_wipe_after`]. Read `SECURITY.md` first.
//! - To know what is wrong: [`Vault::integrity`] after each unlock, [`Vault::check`] for everything,
//!   [`Vault::check_while`] so that it can be ended, [`Vault::rescue`] for a new file with what is left,
//!   [`Vault::quarantined`] for what that put aside, [`Vault::counter`] against an older copy of the
//!   whole file.
//!
//! Time and randomness are arguments; the crate reads neither a clock nor the system's random bytes.
//! Nothing here is asynchronous, and key derivation and commits take tens of milliseconds: call it off
//! an app's main thread.
//!
//! # The file, version 2
//! SQLite with `application_id` "Nans", `user_version` 2, pages of 8 KiB, WAL, `auto_vacuum`
//! incremental. The schema is exactly that of `migrations/0001.sql` and `0002.sql`:
//!
//! | table | row | columns |
//! |---|---|---|
//! | `header` | one | key slots |
//! | `spare` | one | key slots again, on a page of their own |
//! | `manifest` | always eight | place, sealed manifest or random bytes |
//! | `record` | one a record, or padding | key, tag (together the id), rev, sealed summary, sealed body |
//! | `chunk` | one for 64 KiB of a document | place, owner, sealed chunk |
//! | `attempt` | one | failed (4), last failure (8), wipe after (1), zeros (3) |
//!
//! **Keys.** A vault key of 32 random bytes is wrapped in sixteen slots of one size, one for each way in:
//! 1 passphrase (Argon2id), 2 recovery code (160 bits, HKDF), 3 platform secret (256 bits that the
//! phone's hardware wraps, HKDF), 4 passphrase and platform secret (both, so that neither is enough), 5
//! guardians (256 bits shared among them, HKDF; the cards: `shares.rs`). A new vault has the first two,
//! and one of these always stays, since a phone can be lost and guardians can move away. A way with
//! hardware that is renewed has a new slot beside the old one until its file beside the vault is
//! replaced, so that a kill at any moment leaves one that works; a manifest may therefore note several
//! slots for ways 3 and 4. The other slots are random bytes, as are the manifests of vaults that do not exist: nothing in clear tells how many ways to unlock there are,
//! nor how many vaults. From the vault key, HKDF-SHA256 derives a key per purpose. Ciphers are
//! XChaCha20-Poly1305; associated data names format, part, vault and record.
//!
//! **Slots.** version (1) = 1, file id (16 random bytes), salt (32), Argon2id memory KiB (4), passes (4),
//! lanes (4), sixteen slots of nonce (24), sealed (64), tag (16), then SHA-256 of the above (32). A slot
//! seals vault key (32), vault id (16), manifest place (1), way (1), share (14). Salt and cost are one for
//! the whole file, and so for every passphrase in it, alone or not: a decided limit (see `slots.rs`),
//! since a salt per slot would tell which slots are used or cost a key derivation each. They stay as
//! they were at creation. `header` and `spare` hold the same bytes, written in one
//! commit; the intact one wins, and a few damaged bytes are put right from both.
//!
//! **Shares.** A share is a vault's slots (2, a bit each, eight of them set), side (1), seed (11). A row is
//! of the side that the lowest bit of the first byte of HMAC-SHA256(seed, key) says. A vault writes to its
//! own share and to nothing else, and the rest of the file is a second vault's or nobody's (`decoy.rs`).
//! A slot with a way 128 higher holds a key of the other vault, and opening it wipes the one whose slot
//! it is. Rows of the own share that are not the vault's are padding (`padding.rs`): a new file has
//! 128 to 255 pairs, one row on each side with the same lengths. A record takes the place of a padding
//! row of its lengths, and the row that it leaves is padding again under another key.
//!
//! **Records.** id = random (8), first 8 bytes of its HMAC: the owner knows its own rows and nobody else
//! does. rev = 24 bytes drawn at each write, the nonce of both parts. Plaintexts end in zeros, a form
//! byte (0 bytes, 1 document) and the content's length (4), padded to 256, 512, 768, 1088, 1600, 2560,
//! 4096 or 8192 bytes, by Padme above.
//! A summary is version (1) = 1, flags (1), created (8), expires (8, if flag 1), kind, title, issuer,
//! tag count (1), tags, extra; each text and the extra after its length (2).
//!
//! **Documents.** The record's body is length (8), SHA-256 (32), seed (32). Chunk key = HMAC(document
//! key, seed); nonce = position; associated data adds position (4) and last flag (1).
//!
//! **Manifest.** version (1) = 1, ways of the slots (16), counter (8), records (8), set hash (32), slots
//! hash (32), flags (1), zeros to 128; stored as nonce (24), ciphertext (128), tag (16). The set hash is the sum modulo 2^256 of
//! HMAC(version key, id, rev) over all rows. The slots hash is SHA-256 of "nansen-vault 1 own slots",
//! file id, salt, cost (12), and number (1) and bytes (104) of each slot whose way is not 0: only the
//! vault's own, so that another vault of the file may change its slots. Flags: 1 chunks without a record
//! are kept, 2 ways may be incomplete.
//!
//! **Passphrases** are text in one form: decimal digits of every script as ASCII, every space as U+0020,
//! then normalisation form C ([`Passphrase`]).
//!
//! **Version 1** has no `attempt` table, zeros for a share, no padding rows, and Padme lengths of 256 bytes
//! at least. It is given the table when it is opened, and stays without a share: its one vault may use
//! every slot and row, and renews salt and cost with its passphrase where way 4 does not rest on them.
//!
//! **Room that this version leaves.** A further way in takes a number below 128 and a label of its own for
//! HKDF, and no slot grows; a release that does not know the number leaves the slot as it is. A migration
//! runs before the key is known and so can only add tables; one that needs the key is done at unlock,
//! and the version byte of the sealed manifest says whether it was.
//!
//! **Beside the file** SQLite keeps `NAME-wal`, which may hold what was committed last, for good while a
//! program has the vault open and after one was killed: both files move and are copied together, or
//! after the vault was closed. A file with several names (hard links) is refused for that reason.
//! `NAME-platform` and `NAME-passphrase-platform` hold what the phone's hardware wrapped for ways 3 and
//! 4: "NanK", version (1) = 1, way (1), length (2), wrapped, SHA-256 of the above (32). They tell in clear
//! that there is such a way, as the hardware's own entry does, open nothing without that hardware, and
//! are of no use on another phone. `NAME-label`, where the owner wants it, is a name for choosers in UTF-8.
//! Without them, or when they are damaged, every other way still opens.
//!
//! Numbers are big-endian. Limits stand in [`limits`]. A newer `user_version` is refused, an older one
//! migrated, one transaction a version.
//!
//! **Backups** are files of their own, under a key of their own (`backup.rs`); **guardians' cards** are text
//! (`shares.rs`).
//!
//! # What it protects, and what not
//! Whoever has the file learns its size, the number and padded sizes of rows, padding and all, which chunks
//! form one document, how many passphrases failed, and from the files beside it whether hardware takes part in unlocking. Whoever changes it is noticed: any row of the vault deleted, swapped or put back, and any
//! of its key slots put back, at the next unlock; any bit of a record or chunk, when it is read or
//! checked. A row that somebody adds without the key is nobody's and is passed over; [`Vault::check`]
//! counts such rows. A whole file replaced by an older copy of itself is noticed only by an app that
//! keeps [`Vault::counter`] elsewhere.
//!
//! Deleted bytes are overwritten in the file and gone from its WAL when the deletion returns, replaced
//! ones at the latest when the vault is locked or closed. Where SQLite has moved a row from one page to
//! another, a copy of its ciphertext may stay in the unused part of the old one: [`Vault::delete`]
//! therefore writes a file of up to 8 MiB anew; in a larger one, and after deletions in a
//! [`Vault::transaction`], [`Vault::compact`] does. Flash storage may keep what a file system believes
//! overwritten.
//!
//! Damage is reported and nothing is deleted for it. The raw vault key stands in one place of memory
//! while the vault is unlocked, and nowhere once it is locked; of the keys derived from it, and of
//! content that was handed out, the stack may keep pieces until it is used again.

mod attempts;
mod backup;
mod base32;
mod check;
mod copies;
mod decoy;
mod documents;
mod error;
mod hardware;
mod kdf;
mod keys;
mod label;
pub mod limits;
mod manifest;
mod padding;
mod place;
mod record;
mod recovery;
mod rescue;
mod seal;
mod search;
mod secret;
mod share;
mod shares;
mod slots;
#[cfg(test)]
mod statistics;
mod store;
mod transaction;
mod vault;
mod ways;
mod wrapped_key;

// The vault's life
pub use attempts::Attempts;
pub use kdf::{KdfParams, calibrate};
pub use label::{Label, read_label};
pub use recovery::RecoveryCode;
pub use secret::{Passphrase, PlatformSecret};
pub use shares::{Collected, Collecting, GuardianSecret, Share, ShareCard};
pub use vault::{LockedVault, UnlockFailed, Vault};
pub use ways::{Unlock, Way};

// Records and documents
pub use documents::{DocumentCursor, DocumentDraft, DocumentInfo, DocumentReader, DocumentWriter};
pub use record::{Record, RecordId, Summary};
pub use transaction::{Listing, Transaction};

// Backups
pub use backup::{
    BackupFile, BackupLock, BackupPhase, BackupProgress, BackupWriter, Outcome, Restore,
    RestoreMode, RestoreProgress, RestoredRecord,
};

// What is wrong
pub use check::CheckReport;
pub use error::{Error, Field, Part, Result};
pub use rescue::{Quarantined, Rescued};
pub use vault::{Integrity, Rows};

// Parsers of what a file holds, for tools and fuzzing
pub use backup::{BackupHeader, BackupStream};
pub use manifest::Manifest;
pub use slots::SlotTable;
pub use wrapped_key::WrappedKey;
