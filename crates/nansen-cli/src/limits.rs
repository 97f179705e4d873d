//! What files and streams from outside may cost this program. Each is checked before memory is
//! taken.
//!
//! | what | limit |
//! |---|---|
//! | pixels of a picture | 24 Mi (a phone's camera; a code of version 40 at 24 px a module) |
//! | frames of an animated picture | 4,160 (the most frames that a message is sent in) |
//! | bytes of a picture file | 64 MiB |
//! | pictures in a folder | 10,000 |
//! | lines of texts of codes | 10,000, each of 8 KiB |
//! | bytes of a claim file, a query, a line of a batch | 1 MiB |
//! | bytes of a credential file | 1 MiB |
//! | bytes of a trust list or status list | 4 MiB |
//! | bytes of a pack | 32 MiB |
//! | entries of a desk's status list | 1,048,576 |
//! | presentations of a batch in memory | 128, each of 1 MiB |
//! | threads of a batch | 64 |

/// Pixels of a picture.
pub(crate) const PIXELS_MAX: u64 = 24 << 20;
/// Frames of an animated picture.
pub(crate) const PICTURE_FRAMES_MAX: u32 = 4160;
/// Bytes of a picture file, and of anything read from stdin.
pub(crate) const PICTURE_BYTES_MAX: u64 = 64 << 20;
/// Files of a folder of pictures, and lines of a file of texts.
pub(crate) const PICTURES_MAX: usize = 10_000;
/// Bytes of a line that holds the text of one code.
pub(crate) const TEXT_LINE_MAX: usize = 8 << 10;
/// Bytes of a claim file, a query, or a line of a batch.
pub(crate) const CLAIMS_BYTES_MAX: u64 = 1 << 20;
/// Bytes of a credential file or of any message in one file.
pub(crate) const MESSAGE_BYTES_MAX: u64 = 1 << 20;
/// Bytes of a trust list or status list.
pub(crate) const LIST_BYTES_MAX: u64 = 4 << 20;
/// Bytes of a pack or a root statement in a file.
pub(crate) const PACK_BYTES_MAX: u64 = nansen_credential::limits::MAX_PACK_BYTES as u64;
/// Entries of a desk's status list.
pub(crate) const STATUS_ENTRIES_MAX: u64 = 1 << 20;
/// Credentials issued in one commit of a batch: bounds memory, and what a power cut repeats.
pub(crate) const BATCH_COMMIT: usize = 64;
/// Presentations of a queue that are read before they are checked: bounds memory.
pub(crate) const PORTION: usize = 128;
/// Threads of a queue.
pub(crate) const THREADS_MAX: u8 = 64;
