//! Where a claim stands in a credential: a claims path pointer (`OpenID4VP` 1.0, section 7).
//!
//! | element | as text | in JSON | in CBOR | selects |
//! |---|---|---|---|---|
//! | [`PathElement::Key`] | `name`, `"any text"` | `"name"` | number in [`NAME_TABLE`], else text | the value under a text key |
//! | [`PathElement::Key`] | `#6`, or `iat` in first place | the same | `[6]` | the value under an integer label |
//! | [`PathElement::Index`] | `[0]` | `0` | -1 - index | one item of an array |
//! | [`PathElement::All`] | `[*]` | `null` | null | every item of an array |
//!
//! In CBOR a path is the array of its elements; a path of one text key is that text alone.
//!
//! DCQL knows no integer labels, CWT claims have them. In first place the registered names of
//! CWT claims (`iss`, `sub`...) therefore stand for their labels, and a text key that would be
//! read as a label is written `"iss"` as text and `"##iss"` in JSON.
//!
//! [`NAME_TABLE`]: crate::claims::NAME_TABLE

use core::fmt;
use core::str::FromStr;

use crate::Error;
use crate::cbor::{Key, Map, Value};
use crate::claims::{label, name_at, name_index};
use crate::limits::MAX_DEPTH;

/// One step of a [`ClaimPath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathElement {
    /// Into a map.
    Key(Key),
    /// Into an array, at this index from zero.
    Index(u32),
    /// Into an array, at every index.
    All,
}

impl PathElement {
    /// The element that the string `text` of JSON stands for, in first place or further in.
    pub(crate) fn from_name(text: &str, is_first: bool) -> Self {
        let label = if let Some(verbatim) = text.strip_prefix("##") {
            return Self::Key(verbatim.into());
        } else if let Some(digits) = text.strip_prefix('#') {
            parse_label(digits)
        } else if is_first {
            label_of(text)
        } else {
            None
        };
        Self::Key(label.map_or_else(|| text.into(), Key::Int))
    }
}

/// The string of JSON that [`PathElement::from_name`] reads as `key`.
pub(crate) fn json_name(key: &Key, is_first: bool) -> String {
    match key {
        Key::Text(text)
            if PathElement::from_name(text, is_first) == PathElement::Key(key.clone()) =>
        {
            text.clone()
        }
        Key::Text(text) => format!("##{text}"),
        Key::Int(_) | Key::Redacted => key_text(key, is_first),
    }
}

/// Where a claim stands. The empty path is the claims set itself, which no parser yields.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimPath(Vec<PathElement>);

impl ClaimPath {
    /// The path of the claim under a text key of the claims set.
    #[must_use]
    pub fn name(name: &str) -> Self {
        Self(vec![PathElement::Key(name.into())])
    }

    /// This path and one step further.
    #[must_use]
    pub fn child(&self, element: PathElement) -> Self {
        let mut elements = self.0.clone();
        elements.push(element);
        Self(elements)
    }

    /// The steps.
    #[must_use]
    pub fn elements(&self) -> &[PathElement] {
        &self.0
    }

    /// Whether every step of `other` is a step of this path, in the same places.
    #[must_use]
    pub fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// What the path selects in `claims`, each with its own path, free of [`PathElement::All`]
    /// (`OpenID4VP` 1.0, section 7.1). Nothing when it leads nowhere, or meets a map where it
    /// needs an array or the reverse.
    #[must_use]
    pub fn select<'a>(&self, claims: &'a Map) -> Vec<(Self, &'a Value)> {
        let Some((PathElement::Key(first), rest)) = self.0.split_first() else {
            return Vec::new();
        };
        let mut selected: Vec<(Self, &Value)> = claims
            .get(first)
            .map(|value| (Self(vec![PathElement::Key(first.clone())]), value))
            .into_iter()
            .collect();
        for element in rest {
            let mut next = Vec::new();
            for (path, value) in selected {
                match (element, value) {
                    (PathElement::Key(key), Value::Map(map)) => {
                        next.extend(
                            map.get(key)
                                .map(|value| (path.child(element.clone()), value)),
                        );
                    }
                    (PathElement::Index(index), Value::Array(items)) => {
                        let item = usize::try_from(*index).ok().and_then(|at| items.get(at));
                        next.extend(item.map(|value| (path.child(element.clone()), value)));
                    }
                    (PathElement::All, Value::Array(items)) => next.extend(
                        (0..=u32::MAX)
                            .zip(items)
                            .map(|(at, value)| (path.child(PathElement::Index(at)), value)),
                    ),
                    _ => return Vec::new(),
                }
            }
            selected = next;
        }
        selected
    }

    /// The path from DCQL's array.
    ///
    /// # Errors
    /// [`Error::Invalid`] for anything but an array, of at least one element, of strings,
    /// integers of `u32` and null; [`Error::TooMany`] for more than [`MAX_DEPTH`] elements.
    pub fn from_json(json: &serde_json::Value) -> Result<Self, Error> {
        let elements = json.as_array().ok_or(INVALID)?;
        check_length(elements.len())?;
        let elements = elements
            .iter()
            .enumerate()
            .map(|(at, element)| match element {
                serde_json::Value::String(text) => Ok(PathElement::from_name(text, at == 0)),
                serde_json::Value::Null => Ok(PathElement::All),
                other => other
                    .as_u64()
                    .and_then(|index| u32::try_from(index).ok())
                    .map(PathElement::Index)
                    .ok_or(INVALID),
            })
            .collect::<Result<_, _>>()?;
        check_first(elements).map(Self)
    }

    /// DCQL's array, which [`ClaimPath::from_json`] reads.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        self.0
            .iter()
            .enumerate()
            .map(|(at, element)| match element {
                PathElement::Key(key) => json_name(key, at == 0).into(),
                PathElement::Index(index) => (*index).into(),
                PathElement::All => serde_json::Value::Null,
            })
            .collect()
    }

    /// The path from its CBOR form.
    ///
    /// # Errors
    /// [`Error::Invalid`] for other items, an empty path and one longer than it must be;
    /// [`Error::UnknownName`] for a name that a newer table has;
    /// [`Error::TooMany`] for more than [`MAX_DEPTH`] elements.
    pub fn from_value(value: &Value) -> Result<Self, Error> {
        let Value::Array(items) = value else {
            let elements = vec![element_from(value)?];
            return check_first(elements).map(Self);
        };
        check_length(items.len())?;
        let elements = items
            .iter()
            .map(element_from)
            .collect::<Result<Vec<_>, _>>()?;
        if is_bare(&elements) {
            return Err(INVALID);
        }
        check_first(elements).map(Self)
    }

    /// The CBOR form, which [`ClaimPath::from_value`] reads.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut items: Vec<Value> = self.0.iter().map(element_to).collect();
        if is_bare(&self.0)
            && let Some(name) = items.pop()
        {
            return name;
        }
        Value::Array(items)
    }
}

impl From<Vec<PathElement>> for ClaimPath {
    fn from(elements: Vec<PathElement>) -> Self {
        Self(elements)
    }
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, element) in self.0.iter().enumerate() {
            match element {
                PathElement::Key(key) => {
                    let dot = if at == 0 { "" } else { "." };
                    write!(f, "{dot}{}", key_text(key, at == 0))?;
                }
                PathElement::Index(index) => write!(f, "[{index}]")?,
                PathElement::All => f.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

impl FromStr for ClaimPath {
    type Err = Error;

    /// Reads what `Display` writes: `employment.from`, `skills[0]`, `skills[*]`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for other text, [`Error::TooMany`] for more than [`MAX_DEPTH`] elements.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut elements = Vec::new();
        let mut rest = text;
        while !rest.is_empty() || elements.is_empty() {
            check_length(elements.len() + 1)?;
            let is_first = elements.is_empty();
            let (element, after) = match rest.strip_prefix('[') {
                Some(bracket) if !is_first => {
                    let (inside, after) = bracket.split_once(']').ok_or(INVALID)?;
                    (parse_index(inside)?, after)
                }
                _ => {
                    let key = if is_first {
                        rest
                    } else {
                        rest.strip_prefix('.').ok_or(INVALID)?
                    };
                    parse_key(key, is_first)?
                }
            };
            elements.push(element);
            rest = after;
        }
        Ok(Self(elements))
    }
}

fn parse_index(inside: &str) -> Result<PathElement, Error> {
    if inside == "*" {
        return Ok(PathElement::All);
    }
    let index: u32 = inside.parse().map_err(|_| INVALID)?;
    // One text for each path: no sign, no leading zero.
    if index.to_string() != inside {
        return Err(INVALID);
    }
    Ok(PathElement::Index(index))
}

/// One key, quoted or plain, and the text after it.
fn parse_key(text: &str, is_first: bool) -> Result<(PathElement, &str), Error> {
    if text.starts_with('"') {
        let mut quoted = serde_json::Deserializer::from_str(text).into_iter::<String>();
        let key = quoted.next().and_then(Result::ok).ok_or(INVALID)?;
        let after = text.get(quoted.byte_offset()..).ok_or(INVALID)?;
        return Ok((PathElement::Key(key.into()), after));
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (plain, after) = text.split_at_checked(end).ok_or(INVALID)?;
    let element = PathElement::from_name(plain, is_first);
    let is_label = matches!(element, PathElement::Key(Key::Int(_)));
    if is_label || is_plain(plain) {
        Ok((element, after))
    } else {
        Err(INVALID)
    }
}

/// The text of a key, in quotes where it would be read as something else.
fn key_text(key: &Key, is_first: bool) -> String {
    match key {
        Key::Int(label) => match LABELS.iter().find(|(_, registered)| registered == label) {
            Some((name, _)) if is_first => (*name).to_owned(),
            _ => format!("#{label}"),
        },
        Key::Text(name) if is_plain(name) && !(is_first && label_of(name).is_some()) => {
            name.clone()
        }
        Key::Text(name) => serde_json::Value::from(name.as_str()).to_string(),
        Key::Redacted => "simple(59)".to_owned(),
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('#')
        && !name.contains(|c: char| matches!(c, '.' | '[' | ']' | '"') || c.is_control())
}

fn label_of(name: &str) -> Option<i64> {
    LABELS
        .iter()
        .find(|(registered, _)| *registered == name)
        .map(|(_, label)| *label)
}

fn parse_label(digits: &str) -> Option<i64> {
    let label: i64 = digits.parse().ok()?;
    (label.to_string() == digits).then_some(label)
}

fn element_from(value: &Value) -> Result<PathElement, Error> {
    match value {
        Value::Text(name) => Ok(PathElement::Key(name.as_str().into())),
        Value::Integer(number) => match u64::try_from(*number) {
            Ok(index) => name_at(index)
                .map(|name| PathElement::Key(name.into()))
                .ok_or(Error::UnknownName { index }),
            Err(_) => u32::try_from(-1 - number)
                .map(PathElement::Index)
                .map_err(|_| INVALID),
        },
        Value::Array(label) => match label.as_slice() {
            [Value::Integer(label)] => Ok(PathElement::Key(Key::Int(*label))),
            _ => Err(INVALID),
        },
        Value::Null => Ok(PathElement::All),
        _ => Err(INVALID),
    }
}

fn element_to(element: &PathElement) -> Value {
    match element {
        PathElement::Key(Key::Text(name)) => name_index(name)
            .and_then(|index| i64::try_from(index).ok())
            .map_or_else(|| name.as_str().into(), Value::Integer),
        PathElement::Key(Key::Int(label)) => Value::Array(vec![Value::Integer(*label)]),
        // No claim stands under the key of the digests: a form that no parser takes.
        PathElement::Key(Key::Redacted) => Value::Array(Vec::new()),
        PathElement::Index(index) => Value::Integer(-1 - i64::from(*index)),
        PathElement::All => Value::Null,
    }
}

/// Whether the path is written as its one key alone.
fn is_bare(elements: &[PathElement]) -> bool {
    matches!(elements, [PathElement::Key(Key::Text(_))])
}

/// The claims set is a map, so that a path into it starts with a key.
fn check_first(elements: Vec<PathElement>) -> Result<Vec<PathElement>, Error> {
    match elements.first() {
        Some(PathElement::Key(_)) => Ok(elements),
        _ => Err(INVALID),
    }
}

fn check_length(count: usize) -> Result<(), Error> {
    match count {
        0 => Err(INVALID),
        1..=MAX_DEPTH => Ok(()),
        _ => Err(Error::TooMany {
            what: "elements of a claim path",
            count,
            limit: MAX_DEPTH,
        }),
    }
}

const INVALID: Error = Error::Invalid { what: "claim path" };

/// Names of the CWT claims that have integer labels (IANA CWT Claims registry), as JWT has them.
const LABELS: &[(&str, i64)] = &[
    ("iss", label::ISS),
    ("sub", label::SUB),
    ("aud", label::AUD),
    ("exp", label::EXP),
    ("nbf", label::NBF),
    ("iat", label::IAT),
    ("cti", label::CTI),
    ("cnf", label::CNF),
    ("vct", label::VCT),
    ("cnonce", label::CNONCE),
    ("status", label::STATUS),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path(text: &str) -> ClaimPath {
        text.parse().unwrap()
    }

    fn element() -> impl Strategy<Value = PathElement> {
        prop_oneof![
            "[a-z_]{1,8}|iss|sub|#[0-9]{1,2}|##x|.{0,4}"
                .prop_map(|name| PathElement::Key(Key::Text(name))),
            (-3..70_000_i64).prop_map(|label| PathElement::Key(Key::Int(label))),
            any::<u32>().prop_map(PathElement::Index),
            Just(PathElement::All),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn a_path_survives_text_json_and_cbor(
            first in element().prop_filter("a key comes first", |e| matches!(e, PathElement::Key(_))),
            rest in prop::collection::vec(element(), 0..5),
        ) {
            let path = ClaimPath([vec![first], rest].concat());
            prop_assert_eq!(path.to_string().parse(), Ok(path.clone()));
            prop_assert_eq!(ClaimPath::from_json(&path.to_json()), Ok(path.clone()));
            let cbor = path.to_value().to_cbor();
            prop_assert_eq!(ClaimPath::from_value(&Value::from_cbor(&cbor).unwrap()), Ok(path));
        }
    }

    #[test]
    fn paths_read_as_people_write_them() {
        for (text, json) in [
            ("family_name", r#"["family_name"]"#),
            ("employment.from", r#"["employment","from"]"#),
            ("skills[0]", r#"["skills",0]"#),
            ("skills[*].name", r#"["skills",null,"name"]"#),
            ("sub", r#"["sub"]"#),
            (
                r#""org.iso.18013.5.1".given_name"#,
                r#"["org.iso.18013.5.1","given_name"]"#,
            ),
        ] {
            assert_eq!(path(text).to_json().to_string(), json);
            assert_eq!(path(text).to_string(), text);
        }
        assert_eq!(path("sub").0, [PathElement::Key(Key::Int(2))]);
        assert_eq!(
            path("a.sub").0,
            [PathElement::Key("a".into()), PathElement::Key("sub".into())]
        );
    }

    #[test]
    fn other_text_is_no_path() {
        for text in [
            "", ".", "a.", "a[", "a[x]", "a[01]", "a[+1]", "[0]", "a]b", "a\"b\"", "#x",
        ] {
            assert_eq!(text.parse::<ClaimPath>(), Err(INVALID), "{text}");
        }
        let deep = vec!["a"; MAX_DEPTH + 1].join(".");
        assert!(matches!(
            deep.parse::<ClaimPath>(),
            Err(Error::TooMany { .. })
        ));
        for json in [
            "[]",
            "[0]",
            "[null]",
            "{}",
            r#"["a",-1]"#,
            r#"["a",1.5]"#,
            r#"["a",true]"#,
        ] {
            let json = serde_json::from_str(json).unwrap();
            assert_eq!(ClaimPath::from_json(&json), Err(INVALID), "{json}");
        }
    }

    #[test]
    fn frequent_names_take_one_byte() {
        assert_eq!(path("family_name").to_value().to_cbor(), [0]);
        assert_eq!(path("employment.from").to_value().to_cbor(), [0x82, 13, 21]);
        assert_eq!(path("skills[2]").to_value().to_cbor(), [0x82, 9, 0x22]);
        for refused in [
            Value::Array(vec![Value::Integer(0)]),
            Value::Array(Vec::new()),
            Value::Null,
            Value::Bool(true),
        ] {
            assert_eq!(ClaimPath::from_value(&refused), Err(INVALID));
        }
        assert_eq!(
            ClaimPath::from_value(&Value::Integer(9999)),
            Err(Error::UnknownName { index: 9999 })
        );
    }

    #[test]
    fn selection_keeps_what_exists_and_stops_at_the_wrong_type() {
        let item = |name: &str| Value::Map(Map::new().with("name", name));
        let claims = Map::new().with(
            "skills",
            Value::Array(vec![item("MIG"), Value::Map(Map::new()), item("TIG")]),
        );
        let names: Vec<_> = path("skills[*].name")
            .select(&claims)
            .into_iter()
            .map(|(path, value)| (path.to_string(), value.as_text().unwrap()))
            .collect();
        assert_eq!(
            names,
            [
                ("skills[0].name".to_owned(), "MIG"),
                ("skills[2].name".to_owned(), "TIG")
            ]
        );
        for nowhere in [
            "skill",
            "skills.name",
            "skills[3]",
            "skills[*][0]",
            "skills[1].name",
        ] {
            assert!(path(nowhere).select(&claims).is_empty(), "{nowhere}");
        }
    }
}
