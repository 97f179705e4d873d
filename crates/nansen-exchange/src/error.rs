//! What can be wrong, by blame. Variants carry numbers and names, never content.

/// Why a message, a code or a call was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // The scanned text: not ours, or damaged, or made to harm.
    /// The text is not one of this format, for instance a web address.
    #[error("not a Nansen code")]
    ForeignText,
    /// The text is of this format, in a version that this program does not know.
    #[error("code format version {found} is not supported")]
    CodeVersion {
        /// The version digit.
        found: char,
    },
    /// The letter or number of the message kind is not known.
    #[error("message kind {found:#04x} is not known")]
    MessageKind {
        /// The letter of a text, or the number in a frame header.
        found: u8,
    },
    /// The text is longer than any code can hold.
    #[error("text of {length} characters exceeds {limit}")]
    TextTooLong {
        /// Bytes of the text.
        length: usize,
        /// Most that is accepted.
        limit: usize,
    },
    /// The text after the prefix breaks RFC 9285.
    #[error("text of {length} characters is not base45")]
    Base45 {
        /// Characters after the prefix.
        length: usize,
    },
    /// The frame has no room for its header, one shard and its check.
    #[error("frame of {length} bytes is shorter than {least}")]
    FrameTooShort {
        /// Bytes of the frame.
        length: usize,
        /// Least that is accepted.
        least: usize,
    },
    /// The check of the frame does not match its bytes.
    #[error("frame check {found:08x} does not match {computed:08x}")]
    FrameCorrupt {
        /// The check that the frame carries.
        found: u32,
        /// The check over the bytes received.
        computed: u32,
    },
    /// No message of this length is divided into this number of frames.
    #[error("{needed} frames do not divide a message of {length} bytes")]
    FrameDivision {
        /// Frames needed, k.
        needed: usize,
        /// Bytes of the message.
        length: usize,
    },
    /// The index of the frame is beyond what a message of k frames may send.
    #[error("frame index {index} is not below {limit}")]
    FrameIndex {
        /// The index.
        index: usize,
        /// First index that is refused.
        limit: usize,
    },
    /// The shard does not have the length that the header implies.
    #[error("shard of {found} bytes where the header implies {expected}")]
    ShardLength {
        /// Bytes in the frame.
        found: usize,
        /// Bytes implied by message length and frames needed.
        expected: usize,
    },
    /// Enough frames came, but the message they make is not the one they name.
    #[error("message made of {needed} frames does not have the id they carry")]
    MessageDamaged {
        /// Frames that were put together, k.
        needed: usize,
    },

    // Either side: a size.
    /// The message is longer than is carried.
    #[error("message of {length} bytes exceeds {limit}")]
    MessageTooLong {
        /// Bytes of the message.
        length: usize,
        /// Most that is accepted.
        limit: usize,
    },

    // The caller.
    /// The message needs more frames than are carried: a larger code version would do.
    #[error("{needed} frames needed, at most {limit} are carried")]
    FramesNeeded {
        /// Frames needed, k.
        needed: usize,
        /// Most that is accepted.
        limit: usize,
    },
    /// Fewer frames than are needed, or more than may be sent.
    #[error("{count} frames are not between {least} and {limit}")]
    FrameCount {
        /// Frames asked for, n.
        count: usize,
        /// Frames needed, k.
        least: usize,
        /// Most that may be sent.
        limit: usize,
    },
    /// QR versions run from 1 to 40.
    #[error("QR version {version} does not exist")]
    QrVersion {
        /// The version asked for.
        version: u8,
    },
    /// A code of this version and level has no room for a frame.
    #[error("a version {version} code holds {capacity} characters, too few for a frame")]
    CodeTooSmall {
        /// The version asked for.
        version: u8,
        /// Characters it holds at the level asked for.
        capacity: usize,
    },
    /// A character that QR alphanumeric mode does not have.
    #[error("character at byte {position} is not in the QR alphanumeric set")]
    NotAlphanumeric {
        /// Byte offset in the text.
        position: usize,
    },
    /// No code holds this text at the level asked for.
    #[error("text of {length} characters exceeds {capacity}, what a version 40 code holds")]
    TextExceedsCode {
        /// Characters of the text.
        length: usize,
        /// Characters of the largest code.
        capacity: usize,
    },
    /// A measure of a picture is zero or too large.
    #[error("{what} of {value} is not between {least} and {limit}")]
    PictureMeasure {
        /// Which measure.
        what: &'static str,
        /// The value asked for.
        value: usize,
        /// Least that is accepted.
        least: usize,
        /// Most that is accepted.
        limit: usize,
    },
    /// The codes of an animation do not all have the same size.
    #[error("code {position} is of version {found}, the first of version {first}")]
    UnequalCodes {
        /// Position of the code that differs.
        position: usize,
        /// Its version.
        found: u8,
        /// The version of the first code.
        first: u8,
    },
    /// The PNG writer refused a picture of these measures.
    #[error("picture of {side} pixels a side, {frames} frames, could not be written")]
    PictureNotWritten {
        /// Pixels a side.
        side: u32,
        /// Pictures in the sequence.
        frames: usize,
    },
}
