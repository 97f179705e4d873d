//! Deterministic CBOR (RFC 8949, section 4.2.1), read strictly and written canonically.
//!
//! Accepted: definite lengths, shortest integers, lengths and floats, map keys unique and in
//! bytewise order of their encodings, UTF-8 text, at most [`crate::limits::MAX_DEPTH`] levels,
//! no bytes after the item. Map keys are integers, text, or `simple(59)`, the key under which
//! SD-CWT keeps the digests of redacted claims. Integers are those of `i64`.
//!
//! Whatever the reader accepts, the writer writes back byte for byte. The one exception is
//! [`RawMap::from_cbor_in_any_order`], for messages of others that need not be deterministic.

mod float;
mod reader;
mod value;
mod writer;

#[cfg(test)]
pub(crate) mod tests;

pub use reader::{RawMap, Reader};
pub use value::{Key, Map, Value};
pub use writer::Writer;

/// Why bytes are not the CBOR they should be. Offsets count from the start of the item read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CborError {
    /// The input ends inside an item.
    #[error("input ends inside the item at byte {offset}")]
    Truncated {
        /// Where the unfinished item starts.
        offset: usize,
    },
    /// Bytes follow the item.
    #[error("{count} bytes follow the item that ends at byte {offset}")]
    TrailingBytes {
        /// Where the item ends.
        offset: usize,
        /// How many bytes follow.
        count: usize,
    },
    /// An integer, length or float is not in its shortest form.
    #[error("not the shortest encoding at byte {offset}")]
    NonShortest {
        /// Where the head stands.
        offset: usize,
    },
    /// An indefinite-length item.
    #[error("indefinite length at byte {offset}")]
    IndefiniteLength {
        /// Where the head stands.
        offset: usize,
    },
    /// A map key is out of order.
    #[error("map key out of order at byte {offset}")]
    UnsortedKey {
        /// Where the key stands.
        offset: usize,
    },
    /// A map key appears twice.
    #[error("map key repeated at byte {offset}")]
    DuplicateKey {
        /// Where its second appearance stands.
        offset: usize,
    },
    /// A map key is neither an integer, nor text within the limit, nor `simple(59)`.
    #[error("unsupported map key at byte {offset}")]
    UnsupportedKey {
        /// Where the key stands.
        offset: usize,
    },
    /// More levels than the limit.
    #[error("nested deeper than {limit} levels at byte {offset}")]
    TooDeep {
        /// Where the level too many starts.
        offset: usize,
        /// The limit.
        limit: usize,
    },
    /// A container that says it holds more items than the input has bytes.
    #[error("{count} items announced at byte {offset}, more than the input can hold")]
    ImpossibleLength {
        /// Where the container starts.
        offset: usize,
        /// The count announced.
        count: u64,
    },
    /// Text that is not UTF-8.
    #[error("text is not UTF-8 at byte {offset}")]
    InvalidUtf8 {
        /// Where the text starts.
        offset: usize,
    },
    /// An integer outside `i64`.
    #[error("integer out of range at byte {offset}")]
    IntegerOutOfRange {
        /// Where it stands.
        offset: usize,
    },
    /// A reserved head, or a simple value that this profile does not use.
    #[error("unsupported item at byte {offset}")]
    Unsupported {
        /// Where it stands.
        offset: usize,
    },
    /// Another type than the format asks for here.
    #[error("expected {expected} at byte {offset}")]
    UnexpectedType {
        /// What the format asks for.
        expected: &'static str,
        /// Where the other item stands.
        offset: usize,
    },
}
