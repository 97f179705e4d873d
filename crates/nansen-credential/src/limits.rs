//! What outside bytes may cost. Every parser of this crate checks these before it takes memory.
//!
//! | limit | value | meets |
//! |---|---|---|
//! | [`MAX_DEPTH`] | 16 | nested arrays, maps and tags of one CBOR item; nested disclosures |
//! | [`MAX_KEY_BYTES`] | 512 | a text key of a map |
//! | [`MAX_CREDENTIAL_BYTES`] | 1 MiB | an SD-CWT or a presentation, with all disclosures |
//! | [`MAX_DISCLOSURES`] | 4,096 | disclosures of one credential |
//! | [`MAX_KID_BYTES`] | 64 | a key identifier |
//! | [`MAX_TRUST_LIST_BYTES`] | 4 MiB | a trust list |
//! | [`MAX_ISSUERS`] | 4,096 | issuers of one trust list |
//! | [`MAX_KEYS_PER_ISSUER`] | 64 | keys of one issuer |
//! | [`MAX_NAMES_PER_ISSUER`] | 64 | languages in which one issuer is named |
//! | [`MAX_TYPES_PER_ISSUER`] | 256 | credential types that one issuer may issue |
//! | [`MAX_STATUS_PREFIXES`] | 16 | beginnings of one issuer's status list addresses |
//! | [`MAX_SIGNATURES`] | 32 | signatures of one message that several keys sign |
//! | [`MAX_PARTY_HEADER_BYTES`] | 512 | the protected header of one of them |
//! | [`MAX_ROOT_BYTES`] | 64 KiB | a root statement |
//! | [`MAX_ROOT_KEYS`] | 64 | keys of one root statement |
//! | [`MAX_ROTATIONS`] | 64 | root statements of one chain |
//! | [`MAX_VERIFIERS`] | 4,096 | verifiers of one verifier list |
//! | [`MAX_TABLE`] | 4,096 | entries of one table of a trust list |
//! | [`MAX_TYPE_BYTES`] | 512 | a credential type in the table of a trust list |
//! | [`MAX_TYPES_BYTES`] | 16 MiB | the types of all issuers of such a list, each in full |
//! | [`MAX_JURISDICTIONS`] | 256 | countries in which one issuer may act |
//! | [`MAX_GRANTS`] | 64 | grants of one verifier |
//! | [`MAX_PATHS_PER_GRANT`] | 256 | claims of one grant |
//! | [`MAX_PACK_BYTES`] | 32 MiB | a pack in memory, all items together |
//! | [`MAX_PACK_ITEMS`] | 1,024 | items of one pack |
//! | [`MAX_ITEM_BYTES`] | 16 MiB | one item of a pack |
//! | [`MAX_MANIFEST_BYTES`] | 256 KiB | the manifest of a pack |
//! | [`MAX_ENTRIES_PER_ITEM`] | 4,096 | notes, contacts or types of one item |
//! | [`MAX_TEXTS_PER_PACK`] | 65,536 | names, texts and channels of one pack; a map counts for 4 more |
//! | [`MAX_CHANNELS`] | 16 | ways to reach one contact |
//! | [`MAX_STATUS_PLACES`] | 4 Mi | credentials that a status snapshot names as revoked, or as suspended |
//! | [`MAX_STATUS_LIST_BYTES`] | 4 MiB | a status list token, compressed |
//! | [`MAX_STATUS_HEADER_BYTES`] | 4 KiB | what of the same token nobody signed |
//! | [`MAX_STATUS_BYTES_INFLATED`] | 16 MiB | the same list once inflated |

/// Nested arrays, maps and tags of one CBOR item, and disclosures inside disclosures.
pub const MAX_DEPTH: usize = 16;
/// Bytes of a text key of a map.
pub const MAX_KEY_BYTES: usize = 512;
/// Bytes of one SD-CWT or presentation, disclosures included.
pub const MAX_CREDENTIAL_BYTES: usize = 1 << 20;
/// Disclosures of one credential.
pub const MAX_DISCLOSURES: usize = 4096;
/// Bytes of a key identifier (`kid`).
pub const MAX_KID_BYTES: usize = 64;
/// Bytes of a trust list.
pub const MAX_TRUST_LIST_BYTES: usize = 4 << 20;
/// Issuers of one trust list.
pub const MAX_ISSUERS: usize = 4096;
/// Keys of one issuer in a trust list.
pub const MAX_KEYS_PER_ISSUER: usize = 64;
/// Languages in which one issuer of a trust list is named.
pub const MAX_NAMES_PER_ISSUER: usize = 64;
/// Credential types that one issuer of a trust list may issue.
pub const MAX_TYPES_PER_ISSUER: usize = 256;
/// Beginnings of the addresses of one issuer's status lists.
pub const MAX_STATUS_PREFIXES: usize = 16;
/// Places of one set of a status snapshot: a set that says more than that is hardly shorter than
/// the list itself, which then travels instead.
pub const MAX_STATUS_PLACES: usize = 4 << 20;
/// Bytes of a status list token as received, still compressed.
pub const MAX_STATUS_LIST_BYTES: usize = 4 << 20;
/// Bytes of the unprotected header of a status list token, which anybody may have written.
pub const MAX_STATUS_HEADER_BYTES: usize = 4 << 10;
/// Bytes of a status list once inflated: 16 Mi entries of 8 bits, 128 Mi of 1 bit.
pub const MAX_STATUS_BYTES_INFLATED: usize = 16 << 20;
/// Signatures of one message that several keys sign.
pub const MAX_SIGNATURES: usize = 32;
/// Bytes of the protected header of one of these signatures: algorithm and `kid`.
pub const MAX_PARTY_HEADER_BYTES: usize = 512;
/// Bytes of a root statement.
pub const MAX_ROOT_BYTES: usize = 64 << 10;
/// Keys of one root statement, all roles together.
pub const MAX_ROOT_KEYS: usize = 64;
/// Root statements of one chain of rotations.
pub const MAX_ROTATIONS: usize = 64;
/// Verifiers of one verifier list.
pub const MAX_VERIFIERS: usize = 4096;
/// Grants of one verifier: types of credential that it may ask for.
pub const MAX_GRANTS: usize = 64;
/// Claims of one grant.
pub const MAX_PATHS_PER_GRANT: usize = 256;
/// Entries of one table of a trust list.
pub const MAX_TABLE: usize = 4096;
/// Bytes of a credential type in the table of a trust list.
pub const MAX_TYPE_BYTES: usize = 512;
/// Bytes of the types of all issuers of a trust list, once each issuer has its own in full.
pub const MAX_TYPES_BYTES: usize = 16 << 20;
/// Countries in which one issuer may act.
pub const MAX_JURISDICTIONS: usize = 256;
/// Bytes of a pack in memory, all items together.
pub const MAX_PACK_BYTES: usize = 32 << 20;
/// Items of one pack.
pub const MAX_PACK_ITEMS: usize = 1024;
/// Bytes of one item of a pack.
pub const MAX_ITEM_BYTES: usize = 16 << 20;
/// Bytes of the manifest of a pack.
pub const MAX_MANIFEST_BYTES: usize = 256 << 10;
/// Notes, contacts or types of one item of a pack.
pub const MAX_ENTRIES_PER_ITEM: usize = 4096;
/// Names, labels, texts and channels of one pack: short ones take far more memory than bytes.
pub const MAX_TEXTS_PER_PACK: usize = 1 << 16;
/// Ways to reach one contact.
pub const MAX_CHANNELS: usize = 16;
