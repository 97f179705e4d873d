//! Format 2 of a trust list: signed by a quorum, with what issuers have in common in tables.
//!
//! | list | type | content |
//! |---|---|---|
//! | 1 | unsigned | version of this format: 2 |
//! | 2 to 5 | | as in [format 1](super) |
//! | 6 | array | issuers, each with another URI |
//! | 8 | array of text | types, in order, each once |
//! | 9 | array | windows of keys `[not before, not after]`, in order, each once |
//! | 10 | text | publisher, whose root gave out the role |
//!
//! | issuer | type | content |
//! |---|---|---|
//! | 1, 2, 3 | | as in format 1 |
//! | 4 | array | keys `[bytes: short form, unsigned: window, cut-off or null, bytes: kid]`; what is at its usual value at the end is left out |
//! | 5 | array of unsigned | types it may issue, each once |
//! | 6 | array of text | beginnings of the URIs of its status lists; one that begins with `/` goes on from its own URI |
//! | 7 | text | legal identifier, optional |
//! | 8 | text | quality assurance body, optional |
//! | 9 | array of text | where it may act, alpha-3 codes; absent when that is not limited |
//!
//! No key stands there twice, under whatever `kid`. Windows of two keys of one issuer may
//! overlap: while it changes keys, both sign.

use super::{Issuer, IssuerKey, Registration, TrustListContent};
use crate::Error;
use crate::cbor::{Map, RawMap, Reader, Value};
use crate::cose::PublicKey;
use crate::error::{check_count, check_size};
use crate::fields::{
    FORMAT, ensure, ensure_unique, is_alpha_3, names_map, optional_text, read_array, read_names,
    required, required_text, texts_value, unsigned,
};
use crate::limits::{
    MAX_ISSUERS, MAX_JURISDICTIONS, MAX_KEYS_PER_ISSUER, MAX_STATUS_PREFIXES, MAX_TABLE,
    MAX_TYPE_BYTES, MAX_TYPES_BYTES, MAX_TYPES_PER_ISSUER,
};

/// What issuers have in common.
struct Tables {
    types: Vec<String>,
    windows: Vec<(i64, i64)>,
}

/// The payload of a list.
pub(super) fn write(content: &TrustListContent, publisher: &str) -> Result<Vec<u8>, Error> {
    check(content)?;
    let mut bytes = 0;
    let mut issuers = content.issuers.iter();
    issuers.try_for_each(|issuer| check_types(issuer, &mut bytes))?;
    let tables = Tables::of(content)?;
    let issuers: Result<Vec<Value>, Error> = content
        .issuers
        .iter()
        .map(|issuer| tables.issuer_value(issuer))
        .collect();
    let window = |(from, to): &(i64, i64)| Value::Array(vec![(*from).into(), (*to).into()]);
    Ok(Map::new()
        .with(FORMAT, unsigned(FORMAT_VERSION, "format version")?)
        .with(ID, content.id.as_str())
        .with(VERSION, unsigned(content.version, "version of the list")?)
        .with(ISSUED_AT, content.issued_at)
        .with(NEXT_UPDATE, content.next_update)
        .with(ISSUERS, Value::Array(issuers?))
        .with(TYPES_TABLE, texts_value(&tables.types))
        .with(
            WINDOWS,
            Value::Array(tables.windows.iter().map(window).collect()),
        )
        .with(PUBLISHER, publisher)
        .to_cbor())
}

/// The list and its publisher. The format version has been looked at.
pub(super) fn read(list: &RawMap<'_>) -> Result<(TrustListContent, String), Error> {
    let tables = Tables::read(list)?;
    let mut bytes = 0;
    let content = TrustListContent {
        id: required_text(list, ID, "id of the list")?,
        version: required(list, VERSION, "version of the list")?.unsigned()?,
        issued_at: required(list, ISSUED_AT, "issued at")?.int()?,
        next_update: required(list, NEXT_UPDATE, "next update")?.int()?,
        issuers: read_array(
            &mut required(list, ISSUERS, "issuers")?,
            "issuers",
            MAX_ISSUERS,
            |reader| {
                let issuer = tables.read_issuer(&reader.raw_map()?)?;
                check_types(&issuer, &mut bytes)?;
                Ok(issuer)
            },
        )?,
    };
    check(&content)?;
    Ok((content, required_text(list, PUBLISHER, "publisher")?))
}

/// What this format asks beyond what every format asks.
fn check(content: &TrustListContent) -> Result<(), Error> {
    let keys = content.issuers.iter().flat_map(|issuer| &issuer.keys);
    ensure_unique(keys.map(|key| key.public.to_short()).collect(), "key")?;
    for issuer in &content.issuers {
        let prefixes = &issuer.status_prefixes;
        let is_relative = |prefix: &String| prefix.starts_with('/');
        ensure(!prefixes.iter().any(is_relative), "status prefix")?;
        let places = &issuer.registration.jurisdictions;
        ensure(places.iter().all(|place| is_alpha_3(place)), "jurisdiction")?;
    }
    Ok(())
}

/// Checks the types of one more issuer, each of which is a few bytes in the list and its whole
/// text once read. `bytes` is what they come to, those of the issuers before included.
fn check_types(issuer: &Issuer, bytes: &mut usize) -> Result<(), Error> {
    for vct in &issuer.types {
        check_size("type", vct.as_bytes(), MAX_TYPE_BYTES)?;
        *bytes += vct.len();
    }
    check_count("bytes of types", *bytes, MAX_TYPES_BYTES)?;
    ensure_unique(issuer.types.iter().collect(), "type of an issuer")
}

impl Tables {
    fn of(content: &TrustListContent) -> Result<Self, Error> {
        let issuers = &content.issuers;
        let mut types: Vec<String> = issuers.iter().flat_map(|i| i.types.clone()).collect();
        let keys = issuers.iter().flat_map(|issuer| &issuer.keys);
        let mut windows: Vec<_> = keys.map(|key| (key.not_before, key.not_after)).collect();
        types.sort_unstable();
        types.dedup();
        windows.sort_unstable();
        windows.dedup();
        check_count("types", types.len(), MAX_TABLE)?;
        check_count("windows", windows.len(), MAX_TABLE)?;
        Ok(Self { types, windows })
    }

    fn read(list: &RawMap<'_>) -> Result<Self, Error> {
        let mut types = required(list, TYPES_TABLE, "table of types")?;
        let mut windows = required(list, WINDOWS, "table of windows")?;
        Ok(Self {
            types: read_array(&mut types, "types", MAX_TABLE, |reader| {
                let vct = reader.text()?;
                check_size("type", vct.as_bytes(), MAX_TYPE_BYTES)?;
                Ok(vct.to_owned())
            })?,
            windows: read_array(&mut windows, "windows", MAX_TABLE, |reader| {
                reader.array_of(2, "window of 2 times")?;
                Ok((reader.int()?, reader.int()?))
            })?,
        })
    }

    fn issuer_value(&self, issuer: &Issuer) -> Result<Value, Error> {
        let keys: Result<Vec<_>, _> = issuer.keys.iter().map(|key| self.key_value(key)).collect();
        let types: Result<Vec<_>, _> = issuer
            .types
            .iter()
            .map(|vct| place(self.types.binary_search(vct)))
            .collect();
        let mut map = Map::new()
            .with(URI, issuer.uri.as_str())
            .with(NAMES, names_map(&issuer.names))
            .with(COUNTRY, issuer.country.as_str())
            .with(KEYS, Value::Array(keys?))
            .with(TYPES, Value::Array(types?));
        if !issuer.status_prefixes.is_empty() {
            let short = |prefix: &String| match prefix.strip_prefix(issuer.uri.as_str()) {
                Some(rest) if rest.starts_with('/') => Value::from(rest),
                _ => Value::from(prefix.as_str()),
            };
            let prefixes = issuer.status_prefixes.iter().map(short);
            map.insert(STATUS_PREFIXES, Value::Array(prefixes.collect()));
        }
        let registration = &issuer.registration;
        if let Some(legal_id) = &registration.legal_id {
            map.insert(LEGAL_ID, legal_id.as_str());
        }
        if let Some(body) = &registration.quality_body {
            map.insert(QUALITY_BODY, body.as_str());
        }
        if !registration.jurisdictions.is_empty() {
            map.insert(JURISDICTIONS, texts_value(&registration.jurisdictions));
        }
        Ok(map.into())
    }

    fn key_value(&self, key: &IssuerKey) -> Result<Value, Error> {
        let window = (key.not_before, key.not_after);
        let has_own_kid = key.kid != key.public.kid();
        let mut parts = vec![
            Value::Bytes(key.public.to_short()),
            place(self.windows.binary_search(&window))?,
        ];
        if key.cut_off.is_some() || has_own_kid {
            parts.push(key.cut_off.map_or(Value::Null, Value::Integer));
        }
        if has_own_kid {
            parts.push(Value::Bytes(key.kid.clone()));
        }
        Ok(Value::Array(parts))
    }

    fn read_issuer(&self, issuer: &RawMap<'_>) -> Result<Issuer, Error> {
        let uri = required_text(issuer, URI, "URI of an issuer")?;
        let texts = |label, what, limit| {
            issuer.label(label).map_or(Ok(Vec::new()), |mut texts| {
                read_array(&mut texts, what, limit, |reader| {
                    Ok(reader.text()?.to_owned())
                })
            })
        };
        let absolute = |prefix: String| match prefix.starts_with('/') {
            true => format!("{uri}{prefix}"),
            false => prefix,
        };
        let prefixes = texts(STATUS_PREFIXES, "status prefixes", MAX_STATUS_PREFIXES)?;
        Ok(Issuer {
            names: read_names(&required(issuer, NAMES, "names of an issuer")?.raw_map()?)?,
            country: required_text(issuer, COUNTRY, "country of an issuer")?,
            keys: read_array(
                &mut required(issuer, KEYS, "keys")?,
                "keys",
                MAX_KEYS_PER_ISSUER,
                |reader| self.read_key(reader),
            )?,
            types: read_array(
                &mut required(issuer, TYPES, "types")?,
                "types",
                MAX_TYPES_PER_ISSUER,
                |reader| entry(&self.types, reader),
            )?,
            status_prefixes: prefixes.into_iter().map(absolute).collect(),
            registration: Registration {
                legal_id: optional_text(issuer, LEGAL_ID)?,
                quality_body: optional_text(issuer, QUALITY_BODY)?,
                jurisdictions: texts(JURISDICTIONS, "jurisdictions", MAX_JURISDICTIONS)?,
            },
            uri,
        })
    }

    fn read_key(&self, reader: &mut Reader<'_>) -> Result<IssuerKey, Error> {
        let parts = reader.array()?;
        ensure((2..=4).contains(&parts), "parts of a key")?;
        let public = PublicKey::from_short(reader.bytes()?)?;
        let (not_before, not_after) = entry(&self.windows, reader)?;
        let cut_off = match parts {
            2 => None,
            _ if reader.null()? => None,
            _ => Some(reader.int()?),
        };
        let kid = match parts {
            4 => reader.bytes()?.to_vec(),
            _ => public.kid().to_vec(),
        };
        Ok(IssuerKey {
            public,
            kid,
            not_before,
            not_after,
            cut_off,
        })
    }
}

/// What a found place is written as.
fn place(found: Result<usize, usize>) -> Result<Value, Error> {
    let at = found.map_err(|_| Error::Missing {
        what: "entry of a table",
    })?;
    unsigned(at as u64, "entry of a table")
}

/// The entry of a table whose place comes next.
fn entry<T: Clone>(table: &[T], reader: &mut Reader<'_>) -> Result<T, Error> {
    let at = usize::try_from(reader.unsigned()?).ok();
    let found = at.and_then(|at| table.get(at)).cloned();
    found.ok_or(Error::Missing {
        what: "entry of a table",
    })
}

/// The version of this format.
pub(super) const FORMAT_VERSION: u64 = 2;

// Labels of the list.
const ID: i64 = 2;
const VERSION: i64 = 3;
const ISSUED_AT: i64 = 4;
const NEXT_UPDATE: i64 = 5;
const ISSUERS: i64 = 6;
const TYPES_TABLE: i64 = 8;
const WINDOWS: i64 = 9;
const PUBLISHER: i64 = 10;

// Labels of an issuer.
const URI: i64 = 1;
const NAMES: i64 = 2;
const COUNTRY: i64 = 3;
const KEYS: i64 = 4;
const TYPES: i64 = 5;
const STATUS_PREFIXES: i64 = 6;
const LEGAL_ID: i64 = 7;
const QUALITY_BODY: i64 = 8;
const JURISDICTIONS: i64 = 9;
