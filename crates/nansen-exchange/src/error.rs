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

    // The request or its query, whoever wrote it.
    /// CBOR, COSE, a key, a signature or a claim path in it is not valid.
    #[error(transparent)]
    Credential(#[from] nansen_credential::Error),
    /// The message is signed, but it is no request.
    #[error("not a request")]
    NotARequest,
    /// The request is of a version that this program does not know.
    #[error("request version {found} is not supported")]
    RequestVersion {
        /// The version.
        found: i64,
    },
    /// The request has a field that its version does not have.
    #[error("unknown field{} in a request", label.map_or_else(String::new, |label| format!(" {label}")))]
    UnknownField {
        /// Its label, if it is a number.
        label: Option<i64>,
    },
    /// The request, or the query, asks for no credential.
    #[error("the request asks for nothing")]
    AsksForNothing,
    /// The time to answer is over.
    #[error("the request expired at {expired_at}, it is {now}")]
    RequestExpired {
        /// When it expired, unix seconds.
        expired_at: i64,
        /// The time at which it was judged.
        now: i64,
    },
    /// The request was issued later than now: one of two clocks is wrong.
    #[error("the request was issued at {issued_at}, it is {now}")]
    RequestFromFuture {
        /// When it was issued, unix seconds.
        issued_at: i64,
        /// The time at which it was judged.
        now: i64,
    },
    /// The lifetime of the request is not positive, or too long.
    #[error("a request cannot be open for {seconds} seconds, at most {limit}")]
    RequestLifetime {
        /// The lifetime in seconds.
        seconds: i64,
        /// The limit in seconds.
        limit: i64,
    },
    /// A text to be shown has a character that can make a screen say something else: one
    /// that reorders text, or is invisible and not between others that need it.
    #[error("{what} has an unsafe character at position {position}")]
    UnsafeText {
        /// The field.
        what: &'static str,
        /// Position of the character, counted in characters.
        position: usize,
    },
    /// A required field is not there, or is a text without a letter or digit.
    #[error("{what} is missing")]
    Missing {
        /// The field.
        what: &'static str,
    },
    /// A field has a value that the format does not allow.
    #[error("{what} is not valid")]
    Invalid {
        /// The field.
        what: &'static str,
    },
    /// A list is there without an item.
    #[error("{what} must not be empty")]
    EmptyList {
        /// The list.
        what: &'static str,
    },
    /// A list has more items than the limit.
    #[error("{count} {what}, the limit is {limit}")]
    TooMany {
        /// The items.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// A text or message is longer than the limit.
    #[error("{what} of length {length}, the limit is {limit}")]
    TooLong {
        /// The text.
        what: &'static str,
        /// Its length: bytes, or characters of a text to be shown.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// Two parts of a query have the same id.
    #[error("{what} number {position} is there already")]
    DuplicateId {
        /// The kind of id.
        what: &'static str,
        /// Position of the second one.
        position: usize,
    },
    /// A set refers to an id that no part of the query has.
    #[error("set number {position} has an unknown {what}")]
    UnknownId {
        /// The kind of id.
        what: &'static str,
        /// Position of the set.
        position: usize,
    },
    /// The query is not JSON.
    #[error("not JSON at line {line}, column {column}")]
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },

    // The sealed answer.
    /// The answer has no room for its key and its tag.
    #[error("sealed answer of {length} bytes is shorter than {least}")]
    SealedTooShort {
        /// Bytes of the answer.
        length: usize,
        /// Least that is accepted.
        least: usize,
    },
    /// The answer was sealed to another request, or was changed on the way.
    #[error("the answer is not for this request, or was changed")]
    NotForThisRequest,

    // The compact form: not one, or one for other ears.
    /// The bytes are no compact form of a presentation.
    #[error("not a compact presentation")]
    CompactForm,
    /// The issuer was left out, and no list that the request names knows its key.
    #[error("no trust list here names the issuer's key")]
    UnknownKid,
    /// A claim name was left out that only a newer program knows.
    #[error("claim name number {index} is not known to this program")]
    UnknownName {
        /// The number.
        index: u64,
    },
    /// More presentations in one answer than are carried.
    #[error("{count} presentations in one answer, at most {limit} are carried")]
    TooManyAnswers {
        /// Presentations.
        count: usize,
        /// Most that is accepted.
        limit: usize,
    },
    /// The presentation is an answer where none was asked for, or the reverse.
    #[error("a presentation for another kind of meeting")]
    NotOfThisMeeting,

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
}

impl From<nansen_credential::cbor::CborError> for Error {
    fn from(error: nansen_credential::cbor::CborError) -> Self {
        Self::Credential(error.into())
    }
}
