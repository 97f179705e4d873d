//! Every bound that bytes and texts from outside meet before they meet memory.
//!
//! | what | limit | reason |
//! |---|---|---|
//! | message carried by codes | 1 MiB | a status list of a million entries; three minutes of frames |
//! | text of one code | 4,296 characters | ISO/IEC 18004 version 40-L, alphanumeric mode |
//! | frames needed (k) | 2,048 | 1 MiB in frames of 512 bytes |
//! | frames sent (n) | 2 k + 64 | more redundancy helps nobody: any k frames suffice |
//! | pixels per module | 40 | a picture of 8,360 pixels a side, 9 MB at one bit |
//! | quiet zone | 16 modules | four times what the standard asks for |

/// Longest message that is carried by one code or by frames, in bytes.
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
