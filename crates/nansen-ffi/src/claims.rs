//! Claims as a flat list: a path and a value for every leaf, which is what a screen shows.

use nansen::credential::cbor::{Key, Map, Value};
use nansen::credential::claims::label;
use nansen::credential::{self, PathElement};

use crate::ClaimPath;

/// One claim, down to a single value.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct Claim {
    /// Where it stands.
    pub path: ClaimPath,
    /// What it says.
    pub value: ClaimValue,
}

/// What a claim says.
#[derive(Clone, Debug, PartialEq, uniffi::Enum)]
pub enum ClaimValue {
    /// A text, such as a name or a date.
    Text {
        /// The text.
        value: String,
    },
    /// A whole number.
    Integer {
        /// The number.
        value: i64,
    },
    /// Any other number.
    Number {
        /// The number.
        value: f64,
    },
    /// Yes or no.
    Truth {
        /// Yes.
        value: bool,
    },
    /// Bytes, such as the hash of a photo.
    Bytes {
        /// The bytes.
        value: Vec<u8>,
    },
    /// Nothing: null, or a list or group without content.
    Nothing,
}

/// Every leaf of a claims set, in its order. What the terms tell (issuer, type, times, device key,
/// place in a status list) is not repeated.
pub(crate) fn claims(map: &Map) -> Vec<Claim> {
    let mut claims = Vec::new();
    let is_claim = |key: &Key| !matches!(key, Key::Int(label) if TERMS.contains(label));
    for (key, value) in map.iter().filter(|(key, _)| is_claim(key)) {
        let path = credential::ClaimPath::default().child(PathElement::Key(key.clone()));
        leaves(&path, value, &mut claims);
    }
    claims
}

/// Every leaf of one value.
#[cfg(feature = "vault")]
pub(crate) fn claims_at(path: &credential::ClaimPath, value: &Value) -> Vec<Claim> {
    let mut claims = Vec::new();
    leaves(path, value, &mut claims);
    claims
}

/// Depth is bounded by what the strict reader lets in.
pub(crate) fn leaves(path: &credential::ClaimPath, value: &Value, claims: &mut Vec<Claim>) {
    let value = match value {
        Value::Map(map) if !map.is_empty() => {
            for (key, value) in map.iter() {
                leaves(&path.child(PathElement::Key(key.clone())), value, claims);
            }
            return;
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, value) in (0..).zip(items) {
                leaves(&path.child(PathElement::Index(index)), value, claims);
            }
            return;
        }
        Value::Tag(_, item) => return leaves(path, item, claims),
        Value::Map(_) | Value::Array(_) | Value::Null => ClaimValue::Nothing,
        Value::Text(text) => ClaimValue::Text {
            value: text.clone(),
        },
        Value::Integer(integer) => ClaimValue::Integer { value: *integer },
        Value::Float(float) => ClaimValue::Number { value: *float },
        Value::Bool(truth) => ClaimValue::Truth { value: *truth },
        Value::Bytes(bytes) => ClaimValue::Bytes {
            value: bytes.clone(),
        },
    };
    claims.push(Claim {
        path: path.into(),
        value,
    });
}

/// Labels of a credential's terms.
const TERMS: [i64; 7] = [
    label::ISS,
    label::EXP,
    label::NBF,
    label::IAT,
    label::CNF,
    label::VCT,
    label::STATUS,
];
