//! CBOR items as values, with maps in deterministic order.

use core::cmp::Ordering;

/// One CBOR item.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An integer of `i64`.
    Integer(i64),
    /// A byte string.
    Bytes(Vec<u8>),
    /// A text string.
    Text(String),
    /// An array.
    Array(Vec<Value>),
    /// A map.
    Map(Map),
    /// A tagged item.
    Tag(u64, Box<Value>),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// A float.
    Float(f64),
}

impl Value {
    /// The integer, if it is one.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(value) => Some(value),
            _ => None,
        }
    }

    /// The bytes, if it is a byte string.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(value) => Some(value),
            _ => None,
        }
    }

    /// The items, if it is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The map, if it is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

/// A map key: `simple(59)` is SD-CWT's key for the digests of redacted claims.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// An integer label.
    Int(i64),
    /// A text label.
    Text(String),
    /// `simple(59)`, `redacted_claim_keys` of draft-ietf-spice-sd-cwt.
    Redacted,
}

impl From<i64> for Key {
    fn from(label: i64) -> Self {
        Self::Int(label)
    }
}

impl From<&str> for Key {
    fn from(name: &str) -> Self {
        Self::Text(name.to_owned())
    }
}

impl From<String> for Key {
    fn from(name: String) -> Self {
        Self::Text(name)
    }
}

impl Ord for Key {
    /// Bytewise order of the encodings: unsigned, negative, text by length, `simple(59)`.
    fn cmp(&self, other: &Self) -> Ordering {
        fn rank(key: &Key) -> (u8, u64, &str) {
            match key {
                Key::Int(label) if *label >= 0 => (0, label.unsigned_abs(), ""),
                Key::Int(label) => (1, label.unsigned_abs(), ""),
                Key::Text(name) => (3, name.len() as u64, name),
                Key::Redacted => (7, 59, ""),
            }
        }
        rank(self).cmp(&rank(other))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A map whose keys are unique and in deterministic order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map(Vec<(Key, Value)>);

impl Map {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// A map of entries in any order; `Err` names a key that comes twice.
    ///
    /// # Errors
    /// The key.
    pub fn from_entries(mut entries: Vec<(Key, Value)>) -> Result<Self, Key> {
        entries.sort_by(|(left, _), (right, _)| left.cmp(right));
        let mut pairs = entries.iter().zip(entries.iter().skip(1));
        match pairs.find(|((left, _), (right, _))| left == right) {
            Some(((key, _), _)) => Err(key.clone()),
            None => Ok(Self(entries)),
        }
    }

    /// Puts `value` under `key` and returns what stood there.
    pub fn insert(&mut self, key: impl Into<Key>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        match self.position(&key) {
            Ok(at) => self
                .0
                .get_mut(at)
                .map(|entry| core::mem::replace(&mut entry.1, value)),
            Err(at) => {
                self.0.insert(at, (key, value));
                None
            }
        }
    }

    /// [`Map::insert`] for use in a chain.
    #[must_use]
    pub fn with(mut self, key: impl Into<Key>, value: impl Into<Value>) -> Self {
        self.insert(key, value);
        self
    }

    /// Takes the value under `key` out.
    pub fn remove(&mut self, key: &Key) -> Option<Value> {
        self.position(key).ok().map(|at| self.0.remove(at).1)
    }

    /// The value under `key`.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Value> {
        let at = self.position(key).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// The value under an integer label.
    #[must_use]
    pub fn label(&self, label: i64) -> Option<&Value> {
        self.get(&Key::Int(label))
    }

    /// The value under a text name.
    #[must_use]
    pub fn name(&self, name: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|(key, _)| matches!(key, Key::Text(text) if text == name))
            .map(|(_, value)| value)
    }

    /// Entries in deterministic order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Key, &Value)> {
        self.0.iter().map(|(key, value)| (key, value))
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

    /// Appends an entry known to sort after all others.
    pub(super) fn push_last(&mut self, key: Key, value: Value) {
        self.0.push((key, value));
    }

    fn position(&self, key: &Key) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.cmp(key))
    }
}

impl IntoIterator for Map {
    type Item = (Key, Value);
    type IntoIter = std::vec::IntoIter<(Key, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<(Key, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (Key, Value)>>(entries: I) -> Self {
        let mut map = Self::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}
