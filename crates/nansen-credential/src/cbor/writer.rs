//! Canonical CBOR into a byte vector.

use core::convert::Infallible;

use cbor4ii::core::enc::{Encode, Write};
use cbor4ii::core::types;

use super::float::{Shortest, shortest};
use super::{Key, Map, Value};

/// Writes CBOR heads and items one after the other.
#[derive(Default)]
pub struct Writer(Vec<u8>);

impl Write for Writer {
    type Error = Infallible;

    fn push(&mut self, input: &[u8]) -> Result<(), Self::Error> {
        self.0.extend_from_slice(input);
        Ok(())
    }
}

impl Writer {
    /// An empty writer.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// An empty writer with room for `bytes`.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Head of an array of `len` items, which the caller writes next.
    pub fn array(&mut self, len: usize) -> &mut Self {
        self.item(ArrayHead(len))
    }

    /// Head of a map of `len` entries, which the caller writes next, in order.
    pub fn map(&mut self, len: usize) -> &mut Self {
        self.item(MapHead(len))
    }

    /// A tag, whose item the caller writes next.
    pub fn tag(&mut self, tag: u64) -> &mut Self {
        self.item(types::Tag(tag, types::Nothing))
    }

    /// An integer.
    pub fn int(&mut self, value: i64) -> &mut Self {
        self.item(value)
    }

    /// A byte string.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.item(types::Bytes(value))
    }

    /// Head of a byte string of `len` bytes, which the caller writes next.
    pub fn bytes_head(&mut self, len: usize) -> &mut Self {
        self.item(BytesHead(len))
    }

    /// A text string.
    pub fn text(&mut self, value: &str) -> &mut Self {
        self.item(value)
    }

    /// `null`.
    pub fn null(&mut self) -> &mut Self {
        self.item(types::Null)
    }

    /// An item that is already encoded.
    pub fn raw(&mut self, item: &[u8]) -> &mut Self {
        self.0.extend_from_slice(item);
        self
    }

    /// A map key.
    pub fn key(&mut self, key: &Key) -> &mut Self {
        match key {
            Key::Int(label) => self.int(*label),
            Key::Text(name) => self.text(name),
            Key::Redacted => self.item(types::Simple(REDACTED_CLAIM_KEYS)),
        }
    }

    /// Any item.
    pub fn value(&mut self, value: &Value) -> &mut Self {
        match value {
            Value::Integer(integer) => self.int(*integer),
            Value::Bytes(bytes) => self.bytes(bytes),
            Value::Text(text) => self.text(text),
            Value::Array(items) => {
                self.array(items.len());
                for item in items {
                    self.value(item);
                }
                self
            }
            Value::Map(map) => self.entries(map),
            Value::Tag(tag, item) => self.tag(*tag).value(item),
            Value::Bool(truth) => self.item(*truth),
            Value::Null => self.null(),
            Value::Float(float) => match shortest(*float) {
                Shortest::Half(bits) => self.item(types::F16(bits)),
                Shortest::Single(single) => self.item(single),
                Shortest::Double(double) => self.item(double),
            },
        }
    }

    /// A whole map.
    pub fn entries(&mut self, map: &Map) -> &mut Self {
        self.map(map.len());
        for (key, value) in map.iter() {
            self.key(key).value(value);
        }
        self
    }

    fn item(&mut self, item: impl Encode) -> &mut Self {
        // Writing to memory has no error to report.
        let _: Result<(), cbor4ii::core::enc::Error<Infallible>> = item.encode(self);
        self
    }
}

impl Value {
    /// The deterministic encoding.
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.value(self);
        writer.into_bytes()
    }
}

impl Map {
    /// The deterministic encoding.
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.entries(self);
        writer.into_bytes()
    }
}

struct BytesHead(usize);

impl Encode for BytesHead {
    fn encode<W: Write>(&self, writer: &mut W) -> Result<(), cbor4ii::core::enc::Error<W::Error>> {
        types::Bytes::bounded(self.0, writer)
    }
}

struct ArrayHead(usize);

impl Encode for ArrayHead {
    fn encode<W: Write>(&self, writer: &mut W) -> Result<(), cbor4ii::core::enc::Error<W::Error>> {
        types::Array::bounded(self.0, writer)
    }
}

struct MapHead(usize);

impl Encode for MapHead {
    fn encode<W: Write>(&self, writer: &mut W) -> Result<(), cbor4ii::core::enc::Error<W::Error>> {
        types::Map::bounded(self.0, writer)
    }
}

/// `simple(59)`: the digests of redacted claims stand under it (draft-ietf-spice-sd-cwt).
pub(super) const REDACTED_CLAIM_KEYS: u8 = 59;
