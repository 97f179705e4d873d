//! Every bound of the crate, in one table. Bytes from a file meet these before they meet memory.
//!
//! | what | bound |
//! |---|---|
//! | key slots in one file | 16, fixed |
//! | key slots of one vault | 8, fixed |
//! | manifest places in one file | 8, fixed |
//! | pairs of padding rows | 128 to 255 in a new file, 1,024 at most, for rows of up to 8 KiB a part |
//! | wrong passphrases before a wipe | 10 to 255, or none |
//! | passphrase | 1 to 1,024 bytes |
//! | Argon2id | 19 to 256 MiB, 1 to 16 passes, 1 to 4 lanes, memory x passes at most 1,024 MiB |
//! | kind / title / issuer | 64 / 512 / 512 bytes of UTF-8 |
//! | tags | 32 of 64 bytes each |
//! | extra (opaque, for the wallet) | 512 bytes |
//! | body | 1 MiB; what is larger is a document |
//! | document | 64 GiB in chunks of 64 KiB |
//! | backup | 1 TiB in chunks of 64 KiB, 1,000,000 records; at most 1,024 restored together |
//! | search text | 256 bytes |
//! | guardians | 2 to 16, of whom 2 at least are needed |
//! | owner's name on a share card | 128 bytes |
//! | platform secret | 32 bytes, fixed |
//! | label for choosers | 128 bytes of UTF-8 |
//! | platform secret as the hardware wrapped it | 4 KiB |
//! | file that a deletion writes anew | 8 MiB, the most that its log may grow to; larger ones by [`Vault::compact`](crate::Vault::compact) |

/// Key slots in a file. Fixed, so that the number of used ones does not show.
pub const KEY_SLOTS: usize = 16;
/// Key slots of one vault: half, so that a second one fits beside it.
pub const VAULT_SLOTS: u32 = 8;
/// Manifest places in a file. Fixed, so that the number of vaults does not show.
pub const MANIFEST_PLACES: usize = 8;

/// Longest passphrase in bytes, after normalisation.
pub const PASSPHRASE_BYTES: usize = 1024;

/// Least Argon2id memory that a new vault may use, in KiB (19 MiB: OWASP, with [`KDF_PASSES_FLOOR`]).
pub const KDF_MEMORY_FLOOR_KIB: u32 = 19 * 1024;
/// Most Argon2id memory that a file may ask for, in KiB.
pub const KDF_MEMORY_KIB: u32 = 256 * 1024;
/// Least number of Argon2id passes that a new vault may use.
pub const KDF_PASSES_FLOOR: u32 = 2;
/// Most Argon2id passes that a file may ask for.
pub const KDF_PASSES: u32 = 16;
/// Most Argon2id lanes that a file may ask for.
pub const KDF_LANES: u32 = 4;
/// Most memory times passes that a file may ask for, in KiB: a bound on time.
pub const KDF_WORK_KIB: u32 = 1024 * 1024;

/// Longest kind in bytes.
pub const KIND_BYTES: usize = 64;
/// Longest title in bytes.
pub const TITLE_BYTES: usize = 512;
/// Longest issuer in bytes.
pub const ISSUER_BYTES: usize = 512;
/// Most tags of one record.
pub const TAGS: usize = 32;
/// Longest tag in bytes.
pub const TAG_BYTES: usize = 64;
/// Longest opaque extra in bytes.
pub const EXTRA_BYTES: usize = 512;

/// Longest body in bytes.
pub const BODY_BYTES: usize = 1024 * 1024;
/// Plaintext bytes of a document chunk.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// Longest document in bytes.
pub const DOCUMENT_BYTES: u64 = 64 * 1024 * 1024 * 1024;

/// Largest file that each deletion writes anew, in bytes.
pub const REWRITE_BYTES: u64 = 8 * 1024 * 1024;

/// Most chunks of a backup, of [`CHUNK_BYTES`] each.
pub const BACKUP_CHUNKS: u32 = 1 << 24;
/// Most backups, a base and its increments, that are restored together.
pub const BACKUPS: usize = 1024;
/// Most records that a backup names.
pub const BACKUP_RECORDS: usize = 1_000_000;
/// Most pairs of rows, of which one is in each half of the file: what a vault holds beyond shows.
pub const PAIRS: u32 = 1024;
/// Longest padded summary or body, in bytes, that padding rows stand for.
pub const PADDED_BYTES: usize = 8192;
/// Least wrong passphrases after which a file may wipe itself.
pub const WIPE_AFTER: u8 = 10;

/// Wrong secrets that may be offered as a proof before the next lock.
pub const PROOFS: u8 = 5;

/// Pairs of a new file, and up to how many more.
pub(crate) const NEW_PAIRS: u32 = 128;
pub(crate) const NEW_PAIRS_MORE: u32 = 128;
/// Pairs by which a file grows: few, since pairs of other lengths than are needed use up [`PAIRS`].
pub(crate) const GROWTH: u32 = 2;

/// Longest search text in bytes.
pub const SEARCH_BYTES: usize = 256;

/// Most guardians of a vault.
pub const GUARDIANS: u8 = 16;
/// Fewest guardians who may be enough: one who is enough alone is no guardian but a way in.
pub const GUARDIANS_NEEDED_FLOOR: u8 = 2;
/// Longest owner's name on a share card, in bytes.
pub const CARD_OWNER_BYTES: usize = 128;
/// Longest label in bytes.
pub const LABEL_BYTES: usize = 128;

/// Bytes of a platform secret.
pub const PLATFORM_SECRET_BYTES: usize = 32;
/// Longest platform secret as the phone's hardware wrapped it, in bytes.
pub const WRAPPED_KEY_BYTES: usize = 4096;

/// Longest row that SQLite may assemble in memory, in bytes. Above the largest sealed body with its
/// padding, its summary and the row's own overhead.
pub(crate) const ROW_BYTES: i32 = 2 * 1024 * 1024;
