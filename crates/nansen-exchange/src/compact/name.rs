//! Keys of claims in the compact form: numbers for frequent names, room beside for labels.

use nansen_credential::cbor::{Key, Value};
use nansen_credential::claims;

use crate::Error;

/// Names of the table as their number, labels as `-1 - zigzag(label)`.
pub(super) fn short_key(key: &Key) -> Key {
    match key {
        Key::Int(label) => {
            // A label beyond 62 bits does not come back: its presentation travels whole.
            let zigzag = (label << 1) ^ (label >> 63);
            Key::Int(i64::MIN | !zigzag)
        }
        Key::Text(name) => {
            match claims::name_index(name).and_then(|index| i64::try_from(index).ok()) {
                Some(index) => Key::Int(index),
                None => key.clone(),
            }
        }
        Key::Redacted => Key::Redacted,
    }
}

/// The reverse of [`short_key`].
pub(super) fn long_key(key: Key) -> Result<Key, Error> {
    Ok(match key {
        Key::Int(number) if number >= 0 => {
            let index = number.unsigned_abs();
            Key::Text(
                claims::name_at(index)
                    .ok_or(Error::UnknownName { index })?
                    .to_owned(),
            )
        }
        Key::Int(number) => {
            let zigzag = !number;
            Key::Int((zigzag >> 1) ^ -(zigzag & 1))
        }
        other => other,
    })
}

pub(super) fn key_to_value(key: Key) -> Value {
    match key {
        Key::Int(label) => Value::Integer(label),
        Key::Text(name) => Value::Text(name),
        // No disclosure has this key.
        Key::Redacted => Value::Null,
    }
}

pub(super) fn value_to_key(value: Value) -> Result<Key, Error> {
    match value {
        Value::Integer(label) => Ok(Key::Int(label)),
        Value::Text(name) => Ok(Key::Text(name)),
        _ => Err(Error::CompactForm),
    }
}
