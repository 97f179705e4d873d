//! Reading the labelled fields of a format, and naming those that are missing or not valid.

use std::collections::BTreeMap;

use crate::Error;
use crate::cbor::{Key, Map, RawMap, Reader, Value};
use crate::error::check_count;
use crate::limits::MAX_NAMES_PER_ISSUER;

/// The field under `label`.
pub(crate) fn required<'a>(
    map: &RawMap<'a>,
    label: i64,
    what: &'static str,
) -> Result<Reader<'a>, Error> {
    map.label(label).ok_or(Error::Missing { what })
}

/// The text under `label`.
pub(crate) fn required_text(
    map: &RawMap<'_>,
    label: i64,
    what: &'static str,
) -> Result<String, Error> {
    Ok(required(map, label, what)?.text()?.to_owned())
}

/// The text under `label`, if the field is there.
pub(crate) fn optional_text(map: &RawMap<'_>, label: i64) -> Result<Option<String>, Error> {
    let text = map.label(label).map(|mut text| text.text());
    Ok(text.transpose()?.map(str::to_owned))
}

/// An array of at most `limit` items.
pub(crate) fn read_array<'a, T>(
    reader: &mut Reader<'a>,
    what: &'static str,
    limit: usize,
    mut item: impl FnMut(&mut Reader<'a>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let count = reader.array()?;
    check_count(what, count, limit)?;
    // A loop: of `collect`, each type would have a larger copy of its own.
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(item(reader)?);
    }
    Ok(items)
}

/// A map of BCP 47 tags to text in that language.
pub(crate) fn read_names(names: &RawMap<'_>) -> Result<BTreeMap<String, String>, Error> {
    check_count("names", names.len(), MAX_NAMES_PER_ISSUER)?;
    names
        .iter()
        .map(|(tag, name)| match tag {
            Key::Text(tag) => Ok((tag.clone(), Reader::new(name).text()?.to_owned())),
            _ => Err(Error::Invalid {
                what: "language of a name",
            }),
        })
        .collect()
}

/// What [`read_names`] reads.
pub(crate) fn names_map(names: &BTreeMap<String, String>) -> Map {
    names
        .iter()
        .map(|(tag, name)| (Key::from(tag.as_str()), Value::from(name.as_str())))
        .collect()
}

/// Refuses more languages than the limit, none, and what is no BCP 47 tag.
pub(crate) fn check_names(
    names: &BTreeMap<String, String>,
    what: &'static str,
) -> Result<(), Error> {
    check_count("names", names.len(), MAX_NAMES_PER_ISSUER)?;
    ensure(!names.is_empty(), what)?;
    let is_tag = |tag: &String| {
        !tag.is_empty() && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    ensure(names.keys().all(is_tag), "language of a name")
}

/// The text in the language of a BCP 47 tag or, failing that, in the tags it narrows
/// (RFC 4647, section 3.4), in English, or in whichever language comes first.
pub(crate) fn in_language<'a>(names: &'a BTreeMap<String, String>, tag: &str) -> Option<&'a str> {
    let named = |tag: &str| {
        names
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(tag))
    };
    let ranges = core::iter::successors(Some(tag), |tag| {
        tag.rsplit_once('-').map(|(range, _)| range)
    });
    ranges
        .chain(["en"])
        .find_map(named)
        .or_else(|| names.iter().next())
        .map(|(_, name)| name.as_str())
}

/// A version of a format, of which this program knows those up to `supported`.
pub(crate) fn check_format(map: &RawMap<'_>, supported: u64) -> Result<(), Error> {
    match required(map, FORMAT, "format version")?.unsigned()? {
        0 => Err(Error::Invalid {
            what: "format version",
        }),
        found if found > supported => Err(Error::NewerFormat { found, supported }),
        found if found < supported => Err(Error::Invalid {
            what: "format version",
        }),
        _ => Ok(()),
    }
}

/// A count or version as CBOR has it here.
pub(crate) fn unsigned(value: u64, what: &'static str) -> Result<Value, Error> {
    let value = i64::try_from(value).map_err(|_| Error::Invalid { what })?;
    Ok(Value::Integer(value))
}

/// Names the field that is not as the format has it.
pub(crate) const fn ensure(holds: bool, what: &'static str) -> Result<(), Error> {
    if holds {
        Ok(())
    } else {
        Err(Error::Invalid { what })
    }
}

/// Names what stands there twice. `items` need not be in order.
pub(crate) fn ensure_unique<T: Ord>(mut items: Vec<T>, what: &'static str) -> Result<(), Error> {
    items.sort_unstable();
    if items.iter().zip(items.iter().skip(1)).any(|(a, b)| a == b) {
        return Err(Error::Duplicate { what });
    }
    Ok(())
}

/// ISO 3166-1 alpha-3, or ICAO 9303's code of an organisation.
pub(crate) fn is_alpha_3(country: &str) -> bool {
    country.len() == 3 && country.bytes().all(|letter| letter.is_ascii_uppercase())
}

/// Texts as an array.
pub(crate) fn texts_value(texts: &[String]) -> Value {
    Value::Array(texts.iter().map(|text| text.as_str().into()).collect())
}

/// The label of the format version in every list of this crate.
pub(crate) const FORMAT: i64 = 1;
