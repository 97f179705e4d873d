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
//! let vault = LockedVault::open(&path)?.unlock(Unlock::Passphrase(&passphrase))?;
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
//! - To let the phone's hardware take part: a [`PlatformSecret`], wrapped by it, and
//!   [`Vault::add_hardware_way`], [`LockedVault::wrapped_key`].
//! - To know what is wrong: [`Vault::integrity`] after each unlock, [`Vault::check`] for everything,
//!   [`Vault::check_while`] so that it can be ended, [`Vault::rescue`] for a new file with what is left,
//!   [`Vault::quarantined`] for what that put aside, [`Vault::counter`] against an older copy of the
//!   whole file.
//!
//! Time and randomness are arguments; the crate reads neither a clock nor the system's random bytes.
//! Nothing here is asynchronous, and key derivation and commits take tens of milliseconds: call it off
//! an app's main thread.
//!
//! # The file, version 1
//! SQLite with `application_id` "Nans", `user_version` 1, pages of 8 KiB, WAL, `auto_vacuum`
//! incremental. The schema is exactly that of `migrations/0001.sql`:
//!
//! | table | row | columns |
//! |---|---|---|
//! | `header` | one | key slots |
//! | `spare` | one | key slots again, on a page of their own |
//! | `manifest` | always eight | place, sealed manifest or random bytes |
//! | `record` | one a record | key, tag (together the id), rev, sealed summary, sealed body |
//! | `chunk` | one for 64 KiB of a document | place, owner, sealed chunk |
//!
//! **Keys.** A vault key of 32 random bytes is wrapped in sixteen slots of one size, one for each way in:
//! 1 passphrase (Argon2id), 2 recovery code (160 bits, HKDF), 3 platform secret (256 bits that the
//! phone's hardware wraps, HKDF), 4 passphrase and platform secret (both, so that neither is enough). A
//! new vault has the first two, and one of these always stays, since a phone can be lost. A way with
//! hardware that is renewed has a new slot beside the old one until its file beside the vault is
//! replaced, so that a kill at any moment leaves one that works; a manifest may therefore note several
//! slots for ways 3 and 4. The other slots are random bytes, as are the manifests of vaults that do not exist: nothing in clear tells how many ways to unlock there are,
//! nor how many vaults. From the vault key, HKDF-SHA256 derives a key per purpose. Ciphers are
//! XChaCha20-Poly1305; associated data names format, part, vault and record.
//!
//! **Slots.** version (1) = 1, file id (16 random bytes), salt (32), Argon2id memory KiB (4), passes (4),
//! lanes (4), sixteen slots of nonce (24), sealed (64), tag (16), then SHA-256 of the above (32). A slot
//! seals vault key (32), vault id (16), manifest place (1), way (1), zeros (14). Salt and cost are one for
//! the whole file, and so for every passphrase in it, alone or not: a decided limit (see `slots.rs`),
//! since a salt per slot would tell which slots are used or cost a key derivation each. A change of
//! passphrase renews them unless way 4 rests on them too. `header` and `spare` hold the same bytes, written in one
//! commit; the intact one wins, and a few damaged bytes are put right from both.
//!
//! **Records.** id = random (8), first 8 bytes of its HMAC: the owner knows its own rows and nobody else
//! does. rev = 24 bytes drawn at each write, the nonce of both parts. Plaintexts end in zeros, a form
//! byte (0 bytes, 1 document) and the content's length (4), padded by Padme to 256 bytes at least.
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
//! **Room that version 1 leaves.** A further way in takes a number and a label of its own for HKDF, and no
//! slot grows; a release that does not know the number leaves the slot as it is. Padding rows will have as their tag another
//! HMAC of the random half under a second label, so that their owner knows them for padding and to
//! everybody else they are rows. A migration runs before the key is known and so can only add tables;
//! one that needs the key is done at unlock, and the version byte of the sealed manifest says whether it
//! was.
//!
//! **Beside the file** SQLite keeps `NAME-wal`, which may hold what was committed last, for good while a
//! program has the vault open and after one was killed: both files move and are copied together, or
//! after the vault was closed. A file with several names (hard links) is refused for that reason.
//! `NAME-platform` and `NAME-passphrase-platform` hold what the phone's hardware wrapped for ways 3 and
//! 4: "NanK", version (1) = 1, way (1), length (2), wrapped, SHA-256 of the above (32). They tell in clear
//! that there is such a way, as the hardware's own entry does, open nothing without that hardware, and
//! are of no use on another phone. Without them, or when they are damaged, every other way still opens.
//!
//! Numbers are big-endian. Limits stand in [`limits`]. A newer `user_version` is refused, an older one
//! migrated, one transaction a version.
//!
//! # What it protects, and what not
//! Whoever has the file learns its size, the number and padded sizes of rows, which chunks form one
//! document, and from the files beside it whether hardware takes part in unlocking. Whoever changes it is noticed: any row of the vault deleted, swapped or put back, and any
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

mod check;
mod copies;
mod documents;
mod error;
mod hardware;
mod kdf;
mod keys;
pub mod limits;
mod manifest;
mod place;
mod record;
mod recovery;
mod rescue;
mod seal;
mod search;
mod secret;
mod slots;
mod store;
mod transaction;
mod vault;
mod ways;
mod wrapped_key;

// The vault's life
pub use kdf::{KdfParams, calibrate};
pub use recovery::RecoveryCode;
pub use secret::{Passphrase, PlatformSecret};
pub use vault::{LockedVault, UnlockFailed, Vault};
pub use ways::{Unlock, Way};

// Records and documents
pub use documents::{DocumentCursor, DocumentDraft, DocumentInfo, DocumentReader, DocumentWriter};
pub use record::{Record, RecordId, Summary};
pub use transaction::{Listing, Transaction};

// What is wrong
pub use check::CheckReport;
pub use error::{Error, Field, Part, Result};
pub use rescue::{Quarantined, Rescued};
pub use vault::{Integrity, Rows};

// Parsers of what a file holds, for tools and fuzzing
pub use manifest::Manifest;
pub use slots::SlotTable;
pub use wrapped_key::WrappedKey;
