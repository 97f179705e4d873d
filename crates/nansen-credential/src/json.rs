//! Claims as JSON, for issuing desks and for people who look.
//!
//! | CBOR | JSON |
//! |---|---|
//! | text key | the same, with `##` in front where it would be read as a label |
//! | integer label | the registered name of the CWT claim (`iss`...) at the top, else `#` and the number |
//! | byte string | base64url text without padding (RFC 8949, section 6.1); JSON has no way back |
//! | tag | its content |
//! | NaN, infinities | null |

use base64ct::{Base64UrlUnpadded, Encoding as _};

use crate::Error;
use crate::cbor::{Key, Map, Value};
use crate::path::{PathElement, json_name};

/// A claims set as a JSON object.
#[must_use]
pub fn claims_to_json(claims: &Map) -> serde_json::Value {
    object(claims, true)
}

/// A claims set from a JSON object.
///
/// # Errors
/// [`Error::UnusableJson`] for anything but an object, for integers beyond `i64`, and for keys
/// that name a label twice.
pub fn claims_from_json(json: &serde_json::Value) -> Result<Map, Error> {
    map(json, true)
}

/// A value as JSON.
#[must_use]
pub fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Integer(integer) => (*integer).into(),
        Value::Bytes(bytes) => Base64UrlUnpadded::encode_string(bytes).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(to_json).collect(),
        Value::Map(map) => object(map, false),
        Value::Tag(_, item) => to_json(item),
        Value::Bool(truth) => (*truth).into(),
        Value::Null => serde_json::Value::Null,
        Value::Float(float) => (*float).into(),
    }
}

/// A value from JSON.
///
/// # Errors
/// Those of [`claims_from_json`].
pub fn from_json(json: &serde_json::Value) -> Result<Value, Error> {
    Ok(match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => Value::Integer(integer),
            (None, Some(float)) if number.is_f64() => Value::Float(float),
            _ => {
                return Err(Error::UnusableJson {
                    what: "an integer beyond 64 bits",
                });
            }
        },
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(items) => {
            Value::Array(items.iter().map(from_json).collect::<Result<_, _>>()?)
        }
        serde_json::Value::Object(_) => Value::Map(map(json, false)?),
    })
}

fn object(map: &Map, is_top: bool) -> serde_json::Value {
    let entries = map
        .iter()
        .map(|(key, value)| (json_name(key, is_top), to_json(value)));
    serde_json::Value::Object(entries.collect())
}

fn map(json: &serde_json::Value, is_top: bool) -> Result<Map, Error> {
    let object = json.as_object().ok_or(Error::UnusableJson {
        what: "something else than an object",
    })?;
    let mut map = Map::new();
    for (name, value) in object {
        let PathElement::Key(key) = PathElement::from_name(name, is_top) else {
            continue;
        };
        if key == Key::Redacted || map.insert(key, from_json(value)?).is_some() {
            return Err(Error::UnusableJson {
                what: "a claim named twice",
            });
        }
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_come_back_from_json() {
        let claims = Map::new()
            .with(6, 1_790_000_000)
            .with(-70_000, "private")
            .with("iss", "a text key of that name")
            .with("grade", Value::Float(3.5))
            .with(
                "skills",
                Value::Array(vec!["a".into(), Value::Bool(true), Value::Null]),
            )
            .with("employment", Map::new().with("months", 42).with(1, "label"));
        let json = claims_to_json(&claims);
        assert_eq!(json["iat"], 1_790_000_000);
        assert_eq!(claims_from_json(&json), Ok(claims));
    }

    #[test]
    fn what_has_no_counterpart_is_refused() {
        let refused = |text: &str| claims_from_json(&serde_json::from_str(text).unwrap());
        assert!(matches!(refused("[]"), Err(Error::UnusableJson { .. })));
        assert!(matches!(
            refused(r#"{"a": 18446744073709551615}"#),
            Err(Error::UnusableJson { .. })
        ));
        assert!(matches!(
            refused(r##"{"iss": 1, "#1": 2}"##),
            Err(Error::UnusableJson { .. })
        ));
    }
}
