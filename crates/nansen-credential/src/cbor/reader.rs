//! Strict reader over one byte slice; byte and text strings are borrowed from it.

use core::cmp::Ordering;
use core::convert::Infallible;

use cbor4ii::core::dec::{self, Decode, Reference};
use cbor4ii::core::types;

use super::float::{Shortest, from_half, is_canonical_half, shortest};
use super::writer::REDACTED_CLAIM_KEYS;
use super::{CborError, Key, Map, Value};
use crate::limits::{MAX_DEPTH, MAX_KEY_BYTES};

/// Reads items one after the other. See [the module](super) for what is accepted.
#[derive(Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The raw source under `cbor4ii`'s decoders.
impl<'a> dec::Read<'a> for Reader<'a> {
    type Error = Infallible;

    fn fill<'short>(&'short mut self, _want: usize) -> Result<Reference<'a, 'short>, Infallible> {
        Ok(Reference::Long(self.rest()))
    }

    fn advance(&mut self, count: usize) {
        self.at = self.at.saturating_add(count).min(self.bytes.len());
    }
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes read so far.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.at
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`CborError::TrailingBytes`] when bytes are left.
    pub fn finish(self) -> Result<(), CborError> {
        match self.rest().len() {
            0 => Ok(()),
            count => Err(CborError::TrailingBytes {
                offset: self.at,
                count,
            }),
        }
    }

    /// Whether the next item is `null`, which is then consumed.
    ///
    /// # Errors
    /// [`CborError::Truncated`] at the end of the input.
    pub fn null(&mut self) -> Result<bool, CborError> {
        let is_null = self.initial()? == 0xf6;
        if is_null {
            self.at += 1;
        }
        Ok(is_null)
    }

    /// An unsigned integer.
    ///
    /// # Errors
    /// [`CborError`] when the next item is none, or is not strictly encoded.
    pub fn unsigned(&mut self) -> Result<u64, CborError> {
        self.expect(0, "unsigned integer")?;
        self.head::<u64>(|value| *value)
    }

    /// An integer.
    ///
    /// # Errors
    /// [`CborError`] when the next item is none, is outside `i64`, or is not strictly encoded.
    pub fn int(&mut self) -> Result<i64, CborError> {
        let offset = self.at;
        let out_of_range = |_| CborError::IntegerOutOfRange { offset };
        if self.major()? == 1 {
            let types::Negative(magnitude) =
                self.head::<types::Negative<u64>>(|types::Negative(value)| *value)?;
            Ok(-1 - i64::try_from(magnitude).map_err(out_of_range)?)
        } else {
            self.expect(0, "integer")?;
            i64::try_from(self.unsigned()?).map_err(out_of_range)
        }
    }

    /// A byte string, borrowed from the input.
    ///
    /// # Errors
    /// [`CborError`] when the next item is none, or is not strictly encoded.
    pub fn bytes(&mut self) -> Result<&'a [u8], CborError> {
        self.expect(2, "byte string")?;
        self.string(|reader| types::Bytes::<&'a [u8]>::decode(reader).map(|bytes| bytes.0))
    }

    /// A byte string of exactly `N` bytes.
    ///
    /// # Errors
    /// [`CborError`] when the next item is none, or is not strictly encoded.
    pub fn byte_array<const N: usize>(
        &mut self,
        expected: &'static str,
    ) -> Result<[u8; N], CborError> {
        let offset = self.at;
        self.bytes()?
            .try_into()
            .map_err(|_| CborError::UnexpectedType { expected, offset })
    }

    /// A text string, borrowed from the input.
    ///
    /// # Errors
    /// [`CborError`] when the next item is none, is not UTF-8, or is not strictly encoded.
    pub fn text(&mut self) -> Result<&'a str, CborError> {
        let offset = self.at;
        self.expect(3, "text string")?;
        let bytes = self.string(|reader| {
            types::UncheckedStr::<&'a [u8]>::decode(reader).map(|bytes| bytes.0)
        })?;
        core::str::from_utf8(bytes).map_err(|_| CborError::InvalidUtf8 { offset })
    }

    /// Head of an array; its items are read next. No array is longer than the bytes left.
    ///
    /// # Errors
    /// [`CborError`] when the next item is none, or is not strictly encoded.
    pub fn array(&mut self) -> Result<usize, CborError> {
        self.expect(4, "array")?;
        self.container(types::Array::len, 1)
    }

    /// Head of an array of exactly `len` items.
    ///
    /// # Errors
    /// [`CborError`] when the next item is none, or is not strictly encoded.
    pub fn array_of(&mut self, len: usize, expected: &'static str) -> Result<(), CborError> {
        let offset = self.at;
        match self.array()? {
            found if found == len => Ok(()),
            _ => Err(CborError::UnexpectedType { expected, offset }),
        }
    }

    /// A tag; its item is read next.
    ///
    /// # Errors
    /// [`CborError`] when the next item is none, or is not strictly encoded.
    pub fn tag(&mut self) -> Result<u64, CborError> {
        self.expect(6, "tag")?;
        let offset = self.at;
        let tag = types::Tag::tag(self).map_err(|_| CborError::Truncated { offset })?;
        check_shortest(offset, self.at - offset, tag)?;
        Ok(tag)
    }

    /// Consumes the tag when it comes next, and tells whether it did.
    ///
    /// # Errors
    /// [`CborError`] when a tag comes next that is not strictly encoded.
    pub fn has_tag(&mut self, tag: u64) -> Result<bool, CborError> {
        if self.major()? != 6 {
            return Ok(false);
        }
        let mut ahead = self.clone();
        let found = ahead.tag()? == tag;
        if found {
            *self = ahead;
        }
        Ok(found)
    }

    /// A map as values still encoded, each checked to be strict CBOR.
    ///
    /// # Errors
    /// [`CborError`] when the next item is none, or is not strictly encoded.
    pub fn raw_map(&mut self) -> Result<RawMap<'a>, CborError> {
        self.raw_map_in(KeyOrder::Deterministic)
    }

    fn raw_map_in(&mut self, order: KeyOrder) -> Result<RawMap<'a>, CborError> {
        let mut entries = Vec::new();
        self.each_entry(order, |reader, key| {
            let start = reader.at;
            reader.skip(1, order)?;
            let raw = reader.bytes.get(start..reader.at).unwrap_or_default();
            entries.push((key, raw));
            Ok(())
        })?;
        if order == KeyOrder::Any {
            entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        }
        Ok(RawMap(entries))
    }

    /// Any item, as its bytes, checked to be strict CBOR.
    ///
    /// # Errors
    /// [`CborError`] when the next item is not strictly encoded.
    pub fn raw(&mut self) -> Result<&'a [u8], CborError> {
        let start = self.at;
        self.skip(0, KeyOrder::Deterministic)?;
        Ok(self.bytes.get(start..self.at).unwrap_or_default())
    }

    /// Any item.
    ///
    /// # Errors
    /// [`CborError`] when the next item is not strictly encoded.
    pub fn value(&mut self) -> Result<Value, CborError> {
        self.value_at(0)
    }

    fn value_at(&mut self, depth: usize) -> Result<Value, CborError> {
        self.check_depth(depth)?;
        Ok(match self.major()? {
            0 | 1 => Value::Integer(self.int()?),
            2 => Value::Bytes(self.bytes()?.to_vec()),
            3 => Value::Text(self.text()?.to_owned()),
            4 => {
                let len = self.array()?;
                let mut items = Vec::with_capacity(len.min(RESERVE));
                for _ in 0..len {
                    items.push(self.value_at(depth + 1)?);
                }
                Value::Array(items)
            }
            5 => {
                let mut map = Map::new();
                self.each_entry(KeyOrder::Deterministic, |reader, key| {
                    let value = reader.value_at(depth + 1)?;
                    map.push_last(key, value);
                    Ok(())
                })?;
                Value::Map(map)
            }
            6 => Value::Tag(self.tag()?, Box::new(self.value_at(depth + 1)?)),
            _ => self.simple()?,
        })
    }

    /// Passes one item, checking it as [`Reader::value`] does but building nothing.
    fn skip(&mut self, depth: usize, order: KeyOrder) -> Result<(), CborError> {
        self.check_depth(depth)?;
        match self.major()? {
            0 | 1 => self.int().map(drop),
            2 => self.bytes().map(drop),
            3 => self.text().map(drop),
            4 => {
                for _ in 0..self.array()? {
                    self.skip(depth + 1, order)?;
                }
                Ok(())
            }
            5 => self.each_entry(order, |reader, _| reader.skip(depth + 1, order)),
            6 => {
                self.tag()?;
                self.skip(depth + 1, order)
            }
            _ => self.simple().map(drop),
        }
    }

    /// Reads a map, giving each key in turn; `entry` must read the value.
    fn each_entry(
        &mut self,
        order: KeyOrder,
        mut entry: impl FnMut(&mut Self, Key) -> Result<(), CborError>,
    ) -> Result<(), CborError> {
        self.expect(5, "map")?;
        let len = self.container(types::Map::len, 2)?;
        let mut last = None;
        let mut seen = Vec::new();
        for _ in 0..len {
            let offset = self.at;
            let key = self.key()?;
            match order {
                KeyOrder::Deterministic => {
                    match last.as_ref().map(|last: &Key| key.cmp(last)) {
                        None | Some(Ordering::Greater) => {}
                        Some(Ordering::Equal) => return Err(CborError::DuplicateKey { offset }),
                        Some(Ordering::Less) => return Err(CborError::UnsortedKey { offset }),
                    }
                    last = Some(key.clone());
                }
                KeyOrder::Any => seen.push((key.clone(), offset)),
            }
            entry(self, key)?;
        }
        seen.sort_unstable();
        for ((key, _), (next, offset)) in seen.iter().zip(seen.iter().skip(1)) {
            if key == next {
                return Err(CborError::DuplicateKey { offset: *offset });
            }
        }
        Ok(())
    }

    /// A map key.
    ///
    /// # Errors
    /// [`CborError::UnsupportedKey`] for anything but an integer, text of at most
    /// [`MAX_KEY_BYTES`] or `simple(59)`.
    pub fn key(&mut self) -> Result<Key, CborError> {
        let offset = self.at;
        match self.major()? {
            0 | 1 => self.int().map(Key::Int),
            3 => match self.text()? {
                name if name.len() > MAX_KEY_BYTES => Err(CborError::UnsupportedKey { offset }),
                name => Ok(Key::Text(name.to_owned())),
            },
            7 if self.rest().starts_with(&[0xf8, REDACTED_CLAIM_KEYS]) => {
                self.at += 2;
                Ok(Key::Redacted)
            }
            _ => Err(CborError::UnsupportedKey { offset }),
        }
    }

    /// Major type 7: booleans, null and floats.
    fn simple(&mut self) -> Result<Value, CborError> {
        let offset = self.at;
        let truncated = |_| CborError::Truncated { offset };
        let (float, is_shortest) = match self.initial()? {
            0xf4 => return Ok(self.constant(Value::Bool(false))),
            0xf5 => return Ok(self.constant(Value::Bool(true))),
            0xf6 => return Ok(self.constant(Value::Null)),
            0xf9 => {
                let types::F16(bits) = types::F16::decode(self).map_err(truncated)?;
                (from_half(bits), is_canonical_half(bits))
            }
            0xfa => {
                let float = f64::from(f32::decode(self).map_err(truncated)?);
                (float, matches!(shortest(float), Shortest::Single(_)))
            }
            0xfb => {
                let float = f64::decode(self).map_err(truncated)?;
                (float, matches!(shortest(float), Shortest::Double(_)))
            }
            _ => return Err(CborError::Unsupported { offset }),
        };
        if is_shortest {
            Ok(Value::Float(float))
        } else {
            Err(CborError::NonShortest { offset })
        }
    }

    fn constant(&mut self, value: Value) -> Value {
        self.at += 1;
        value
    }

    /// A head that is nothing but a number.
    fn head<T: Decode<'a>>(&mut self, number: impl Fn(&T) -> u64) -> Result<T, CborError> {
        let offset = self.at;
        let head = T::decode(self).map_err(|_| CborError::Truncated { offset })?;
        check_shortest(offset, self.at - offset, number(&head))?;
        Ok(head)
    }

    fn string(
        &mut self,
        decode: impl Fn(&mut Self) -> Result<&'a [u8], dec::Error<Infallible>>,
    ) -> Result<&'a [u8], CborError> {
        let offset = self.at;
        let bytes = decode(self).map_err(|_| CborError::Truncated { offset })?;
        let head = self.at - offset - bytes.len();
        check_shortest(offset, head, bytes.len() as u64)?;
        Ok(bytes)
    }

    fn container(
        &mut self,
        len: impl Fn(&mut Self) -> Result<Option<usize>, dec::Error<Infallible>>,
        bytes_per_item: usize,
    ) -> Result<usize, CborError> {
        let offset = self.at;
        let count = len(self)
            .map_err(|_| CborError::Truncated { offset })?
            .ok_or(CborError::IndefiniteLength { offset })?;
        check_shortest(offset, self.at - offset, count as u64)?;
        if count > self.rest().len() / bytes_per_item {
            return Err(CborError::ImpossibleLength {
                offset,
                count: count as u64,
            });
        }
        Ok(count)
    }

    /// The major type of the next item, once its head is known to be of definite length.
    fn major(&self) -> Result<u8, CborError> {
        let initial = self.initial()?;
        let major = initial >> 5;
        match initial & 0x1f {
            28..=30 => Err(CborError::Unsupported { offset: self.at }),
            31 => Err(CborError::IndefiniteLength { offset: self.at }),
            _ => Ok(major),
        }
    }

    fn expect(&self, major: u8, expected: &'static str) -> Result<(), CborError> {
        if self.major()? == major {
            Ok(())
        } else {
            Err(CborError::UnexpectedType {
                expected,
                offset: self.at,
            })
        }
    }

    fn initial(&self) -> Result<u8, CborError> {
        self.rest()
            .first()
            .copied()
            .ok_or(CborError::Truncated { offset: self.at })
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn check_depth(&self, depth: usize) -> Result<(), CborError> {
        if depth < MAX_DEPTH {
            Ok(())
        } else {
            Err(CborError::TooDeep {
                offset: self.at,
                limit: MAX_DEPTH,
            })
        }
    }
}

impl Value {
    /// Reads exactly one item.
    ///
    /// # Errors
    /// [`CborError`] when `bytes` are not one strict CBOR item.
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, CborError> {
        let mut reader = Reader::new(bytes);
        let value = reader.value()?;
        reader.finish()?;
        Ok(value)
    }
}

/// In which order map keys must stand. Unique they must be in any.
#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyOrder {
    /// Bytewise order of their encodings.
    Deterministic,
    /// Any order.
    Any,
}

/// A map whose values are still encoded: strict CBOR, keys unique and sorted.
#[derive(Clone, Debug, Default)]
pub struct RawMap<'a>(Vec<(Key, &'a [u8])>);

impl<'a> RawMap<'a> {
    /// Reads exactly one map.
    ///
    /// # Errors
    /// [`CborError`] when `bytes` are not one strict CBOR map.
    pub fn from_cbor(bytes: &'a [u8]) -> Result<Self, CborError> {
        let mut reader = Reader::new(bytes);
        let map = reader.raw_map()?;
        reader.finish()?;
        Ok(map)
    }

    /// Reads exactly one map whose keys, on every level, are unique but may stand in any order:
    /// for formats of others that do not ask for deterministic encoding.
    ///
    /// # Errors
    /// [`CborError`] when `bytes` are not one map, strict but for the order of its keys.
    pub fn from_cbor_in_any_order(bytes: &'a [u8]) -> Result<Self, CborError> {
        let mut reader = Reader::new(bytes);
        let map = reader.raw_map_in(KeyOrder::Any)?;
        reader.finish()?;
        Ok(map)
    }

    /// A reader over the value under an integer label.
    #[must_use]
    pub fn label(&self, label: i64) -> Option<Reader<'a>> {
        self.raw(&Key::Int(label)).map(Reader::new)
    }

    /// The encoded value under `key`.
    #[must_use]
    pub fn raw(&self, key: &Key) -> Option<&'a [u8]> {
        let at = self.0.binary_search_by(|(other, _)| other.cmp(key)).ok()?;
        self.0.get(at).map(|(_, raw)| *raw)
    }

    /// Entries in order, values still encoded.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Key, &'a [u8])> {
        self.0.iter().map(|(key, raw)| (key, *raw))
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn check_shortest(offset: usize, head: usize, number: u64) -> Result<(), CborError> {
    let shortest = match number {
        0..=23 => 1,
        24..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000..=0xffff_ffff => 5,
        _ => 9,
    };
    if head == shortest {
        Ok(())
    } else {
        Err(CborError::NonShortest { offset })
    }
}

/// Items an array reserves room for before it has read them.
const RESERVE: usize = 64;
