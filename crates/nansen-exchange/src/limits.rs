//! Every bound that bytes and texts from outside meet before they meet memory.
//!
//! | what | limit | reason |
//! |---|---|---|
//! | message carried by codes, compact form | 1 MiB | a status list of a million entries; three minutes of frames |
//! | text of one code | 4,296 characters | ISO/IEC 18004 version 40-L, alphanumeric mode |
//! | frames needed (k) | 2,048 | 1 MiB in frames of 512 bytes |
//! | frames sent (n) | 2 k + 64 | more redundancy helps nobody: any k frames suffice |
//! | presentations in an answer | 16 | an answer to every credential query of a request |
//! | levels of claims in a compact form | 32 | twice the depth of one CBOR item |
//! | pixels per module | 40 | a picture of 8,360 pixels a side, 9 MB at one bit |
//! | quiet zone | 16 modules | four times what the standard asks for |
//! | request | 8 KiB | almost three times what the largest code holds |
//! | display name, purpose | 64, 200 characters | what a small screen shows at once |
//! | lifetime of a request | 24 hours | a printed request of one day's field work |
//! | clock skew | 120 seconds | two phones that were never set by a network |
//! | trust lists named by a request | 32 | 288 bytes of the request, 9 for each |
//! | query as JSON | 64 KiB | |
//! | credential queries, credential sets | 16, 32 | |
//! | claims and ids in a set | 256 | |
//! | options, claim sets, authorities | 32 | |
//! | values, types | 64 | |
//! | text of a query | 512 bytes | an id, format, type, value or name in a path |

/// Longest message that is carried by one code or by frames, and longest compact form of a
/// presentation or answer, in bytes.
pub const MESSAGE_LENGTH_MAX: usize = 1 << 20;

/// Longest text that a code can hold (version 40, level L, alphanumeric), in characters.
pub const TEXT_LENGTH_MAX: usize = 4296;

/// Most frames that a message may need, k.
pub const FRAMES_NEEDED_MAX: usize = 2048;

/// Most frames that may be sent of a message that needs `needed` of them.
///
/// It bounds the working memory of the decoder, which grows with the highest frame index.
#[must_use]
pub const fn frames_sent_max(needed: usize) -> usize {
    needed.saturating_mul(2).saturating_add(64)
}

/// Most pixels that one module may be drawn with, on each side.
pub const PIXELS_PER_MODULE_MAX: u8 = 40;

/// Widest quiet zone, in modules on each side.
pub const QUIET_ZONE_MAX: u8 = 16;

/// Longest request, in bytes.
pub const REQUEST_LENGTH_MAX: usize = 8 << 10;

/// Longest display name of a verifier, in characters.
pub const NAME_CHARS_MAX: usize = 64;

/// Longest purpose of a request, in characters.
pub const PURPOSE_CHARS_MAX: usize = 200;

/// Longest time for which a request may be answered, in seconds.
pub const REQUEST_LIFETIME_SECONDS_MAX: i64 = 24 * 60 * 60;

/// How far the clocks of two phones may differ, in seconds.
pub const CLOCK_SKEW_SECONDS: i64 = 120;

/// Most trust lists that a request may name.
pub const REQUEST_LISTS_MAX: usize = 32;

/// Longest query in JSON, in bytes.
pub const QUERY_JSON_LENGTH_MAX: usize = 64 << 10;

/// Most credential queries of a query.
pub const QUERY_CREDENTIALS_MAX: usize = 16;

/// Most claims of a credential query, and most ids in a set.
pub const QUERY_CLAIMS_MAX: usize = 256;

/// Most credential sets, options of one, claim sets and trusted authorities.
pub const QUERY_SETS_MAX: usize = 32;

/// Most values of a claim query, and most types of a credential query.
pub const QUERY_VALUES_MAX: usize = 64;

/// Longest id, format, type, value or name in a path, in bytes.
pub const QUERY_TEXT_LENGTH_MAX: usize = 512;

/// Levels of claims that a compact form goes through.
pub const DISCLOSED_DEPTH_MAX: usize = 32;

/// Most presentations in one answer.
pub const ANSWERS_MAX: usize = 16;
