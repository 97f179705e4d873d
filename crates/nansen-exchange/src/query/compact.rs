//! The query inside a request: deterministic CBOR, as small as is sensible.
//!
//! ```text
//! query      = {1: [+ credential], ? 2: [+ set]}
//! credential = {? 1: id                 absent: its position in decimal
//!               ? 2: format             absent: "dc+sd-cwt"
//!               ? 3: vct / [2* vct]
//!               ? 4: doctype
//!               ? 5: [+ [+ type]]
//!               ? 6: [+ claim]
//!               ? 7: [+ [+ position in 6]]
//!               ? 8: true               several credentials may answer
//!               ? 9: false              holder binding is not needed
//!               ? 10: [+ [kind, + value]]}
//! claim      = path / {1: path, ? 2: id, ? 3: [+ value]}
//! set        = [+ option] / {1: [+ option], 2: false}      false: not required
//! option     = [+ position in the credentials]
//! ```
//!
//! A path is that of [`ClaimPath::to_value`]. Unknown labels are refused: a request says its
//! version.

use nansen_credential::ClaimPath;
use nansen_credential::cbor::{Key, Map, Value};

use super::{
    ClaimQuery, CredentialQuery, CredentialSet, Meta, Query, SD_CWT_FORMAT, Scalar,
    TrustedAuthority, check_count, try_each,
};
use crate::Error;
use crate::limits::{
    QUERY_CLAIMS_MAX, QUERY_CREDENTIALS_MAX, QUERY_SETS_MAX, QUERY_VALUES_MAX, REQUEST_LENGTH_MAX,
};

impl Query {
    /// The query from its compact form.
    ///
    /// # Errors
    /// [`Error::TooLong`] before anything is read, [`Error::Credential`] for bytes that are no
    /// strict CBOR, [`Error::Missing`], [`Error::Invalid`] and [`Error::EmptyList`] for other
    /// content, and those of [`Query::new`].
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > REQUEST_LENGTH_MAX {
            return Err(Error::TooLong {
                what: "query",
                length: bytes.len(),
                limit: REQUEST_LENGTH_MAX,
            });
        }
        Self::from_value(&Value::from_cbor(bytes)?)
    }

    /// The compact form.
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        self.to_value().to_cbor()
    }

    pub(crate) fn from_value(value: &Value) -> Result<Self, Error> {
        let query = labels(value, "query", 2)?;
        let credentials = match query.label(1) {
            Some(Value::Array(credentials)) if !credentials.is_empty() => {
                check_count(
                    "credential queries",
                    credentials.len(),
                    QUERY_CREDENTIALS_MAX,
                )?;
                credentials
            }
            Some(Value::Array(_)) | None => return Err(Error::AsksForNothing),
            Some(_) => {
                return Err(Error::Invalid {
                    what: "credentials",
                });
            }
        };
        let credentials = try_each(credentials.iter().enumerate(), |(position, credential)| {
            credential_from(position, credential)
        })?;
        let ids: Vec<Option<&str>> = credentials
            .iter()
            .map(|credential| Some(credential.id.as_str()))
            .collect();
        let sets = list(query, 2, "credential_sets", QUERY_SETS_MAX, |set| {
            set_from(set, &ids)
        })?;
        Self::new(credentials, sets)
    }

    pub(crate) fn to_value(&self) -> Value {
        let credentials = self.credentials.iter().enumerate();
        let mut query = Map::new().with(
            1,
            array(credentials.map(|(position, credential)| credential_to(position, credential))),
        );
        let ids: Vec<Option<&str>> = self
            .credentials
            .iter()
            .map(|credential| Some(credential.id.as_str()))
            .collect();
        put_list(
            &mut query,
            2,
            self.sets.iter().map(|set| {
                let options = array(set.options.iter().map(|option| positions(option, &ids)));
                if set.required {
                    options
                } else {
                    Map::new()
                        .with(1, options)
                        .with(2, Value::Bool(false))
                        .into()
                }
            }),
        );
        query.into()
    }
}

fn credential_from(position: usize, value: &Value) -> Result<CredentialQuery, Error> {
    let map = labels(value, "credential query", 10)?;
    let claims = list(map, 6, "claims", QUERY_CLAIMS_MAX, claim_from)?;
    let claim_ids: Vec<Option<&str>> = claims.iter().map(|claim| claim.id.as_deref()).collect();
    let claim_sets = list(map, 7, "claim_sets", QUERY_SETS_MAX, |set| {
        ids_at("claim_sets", set, &claim_ids)
    })?;
    Ok(CredentialQuery {
        id: match map.label(1) {
            Some(id) => text("credential id", id)?,
            None => position.to_string(),
        },
        format: match map.label(2) {
            Some(format) => text("format", format)?,
            None => SD_CWT_FORMAT.to_owned(),
        },
        meta: Meta {
            vct_values: match map.label(3) {
                Some(Value::Text(vct)) => vec![vct.clone()],
                _ => list(map, 3, "vct_values", QUERY_VALUES_MAX, |vct| {
                    text("vct_values", vct)
                })?,
            },
            doctype_value: map
                .label(4)
                .map(|doctype| text("doctype_value", doctype))
                .transpose()?,
            type_values: list(map, 5, "type_values", QUERY_VALUES_MAX, |types| {
                items("type_values", types, QUERY_VALUES_MAX, |name| {
                    text("type_values", name)
                })
            })?,
        },
        multiple: flag(map, 8, "multiple", false)?,
        holder_binding: flag(map, 9, "holder binding", true)?,
        trusted_authorities: list(
            map,
            10,
            "trusted authorities",
            QUERY_SETS_MAX,
            |authority| {
                let mut texts =
                    items("trusted authorities", authority, QUERY_VALUES_MAX, |item| {
                        text("trusted authorities", item)
                    })?;
                Ok(TrustedAuthority {
                    kind: texts.remove(0),
                    values: texts,
                })
            },
        )?,
        claim_sets,
        claims,
    })
}

fn credential_to(position: usize, credential: &CredentialQuery) -> Value {
    let mut map = Map::new();
    if credential.id != position.to_string() {
        map.insert(1, credential.id.as_str());
    }
    if credential.format != SD_CWT_FORMAT {
        map.insert(2, credential.format.as_str());
    }
    match credential.meta.vct_values.as_slice() {
        [vct] => {
            map.insert(3, vct.as_str());
        }
        several => put_list(&mut map, 3, several.iter().map(|vct| vct.as_str().into())),
    }
    if let Some(doctype) = &credential.meta.doctype_value {
        map.insert(4, doctype.as_str());
    }
    put_list(
        &mut map,
        5,
        credential
            .meta
            .type_values
            .iter()
            .map(|types| array(types.iter().map(|name| name.as_str().into()))),
    );
    put_list(&mut map, 6, credential.claims.iter().map(claim_to));
    let ids: Vec<Option<&str>> = credential
        .claims
        .iter()
        .map(|claim| claim.id.as_deref())
        .collect();
    put_list(
        &mut map,
        7,
        credential.claim_sets.iter().map(|set| positions(set, &ids)),
    );
    if credential.multiple {
        map.insert(8, Value::Bool(true));
    }
    if !credential.holder_binding {
        map.insert(9, Value::Bool(false));
    }
    put_list(
        &mut map,
        10,
        credential.trusted_authorities.iter().map(|authority| {
            let kind = core::iter::once(&authority.kind);
            array(
                kind.chain(&authority.values)
                    .map(|text| text.as_str().into()),
            )
        }),
    );
    map.into()
}

fn claim_from(value: &Value) -> Result<ClaimQuery, Error> {
    if !matches!(value, Value::Map(_)) {
        return Ok(ClaimQuery {
            id: None,
            path: ClaimPath::from_value(value)?,
            values: Vec::new(),
        });
    }
    let map = labels(value, "claim query", 3)?;
    Ok(ClaimQuery {
        id: map.label(2).map(|id| text("claim id", id)).transpose()?,
        path: ClaimPath::from_value(map.label(1).ok_or(Error::Missing { what: "path" })?)?,
        values: list(map, 3, "values", QUERY_VALUES_MAX, |value| match value {
            Value::Text(text) => Ok(Scalar::Text(text.clone())),
            Value::Integer(integer) => Ok(Scalar::Integer(*integer)),
            Value::Bool(truth) => Ok(Scalar::Bool(*truth)),
            _ => Err(Error::Invalid { what: "values" }),
        })?,
    })
}

fn claim_to(claim: &ClaimQuery) -> Value {
    if claim.id.is_none() && claim.values.is_empty() {
        return claim.path.to_value();
    }
    let mut map = Map::new().with(1, claim.path.to_value());
    if let Some(id) = &claim.id {
        map.insert(2, id.as_str());
    }
    put_list(
        &mut map,
        3,
        claim.values.iter().map(|value| match value {
            Scalar::Text(text) => text.as_str().into(),
            Scalar::Integer(integer) => (*integer).into(),
            Scalar::Bool(truth) => Value::Bool(*truth),
        }),
    );
    map.into()
}

fn set_from(value: &Value, ids: &[Option<&str>]) -> Result<CredentialSet, Error> {
    let (options, required) = match value {
        Value::Map(_) => {
            let map = labels(value, "credential set", 2)?;
            let options = map.label(1).ok_or(Error::Missing { what: "options" })?;
            (options, flag(map, 2, "required", true)?)
        }
        options => (options, true),
    };
    Ok(CredentialSet {
        options: items("options", options, QUERY_SETS_MAX, |option| {
            ids_at("options", option, ids)
        })?,
        required,
    })
}

/// The ids that stand at these positions.
fn ids_at(what: &'static str, value: &Value, ids: &[Option<&str>]) -> Result<Vec<String>, Error> {
    items(what, value, QUERY_CLAIMS_MAX, |position| {
        position
            .as_integer()
            .and_then(|position| usize::try_from(position).ok())
            .and_then(|position| *ids.get(position)?)
            .map(str::to_owned)
            .ok_or(Error::Invalid { what })
    })
}

/// Positions of ids that [`Query::new`] found to exist.
fn positions(set: &[String], ids: &[Option<&str>]) -> Value {
    array(set.iter().filter_map(|id| {
        let position = ids.iter().position(|other| *other == Some(id.as_str()))?;
        i64::try_from(position).ok().map(Value::Integer)
    }))
}

/// A map whose labels are all between 1 and `last`.
fn labels<'a>(value: &'a Value, what: &'static str, last: i64) -> Result<&'a Map, Error> {
    value
        .as_map()
        .filter(|map| {
            map.iter()
                .all(|(key, _)| matches!(key, Key::Int(label) if (1..=last).contains(label)))
        })
        .ok_or(Error::Invalid { what })
}

fn text(what: &'static str, value: &Value) -> Result<String, Error> {
    value
        .as_text()
        .map(str::to_owned)
        .ok_or(Error::Invalid { what })
}

fn flag(map: &Map, label: i64, what: &'static str, default: bool) -> Result<bool, Error> {
    match map.label(label) {
        None => Ok(default),
        // A default that is written out would be a second form of the same query.
        Some(Value::Bool(truth)) if *truth != default => Ok(*truth),
        Some(_) => Err(Error::Invalid { what }),
    }
}

/// The items under a label, none when it is absent.
fn list<T>(
    map: &Map,
    label: i64,
    what: &'static str,
    limit: usize,
    item: impl Fn(&Value) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    match map.label(label) {
        Some(value) => items(what, value, limit, item),
        None => Ok(Vec::new()),
    }
}

/// An array of at least one item.
fn items<T>(
    what: &'static str,
    value: &Value,
    limit: usize,
    item: impl Fn(&Value) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let array = value.as_array().ok_or(Error::Invalid { what })?;
    if array.is_empty() {
        return Err(Error::EmptyList { what });
    }
    check_count(what, array.len(), limit)?;
    try_each(array, item)
}

/// Empty lists are left out.
fn put_list(map: &mut Map, label: i64, items: impl ExactSizeIterator<Item = Value>) {
    if items.len() > 0 {
        map.insert(label, array(items));
    }
}

fn array(items: impl Iterator<Item = Value>) -> Value {
    Value::Array(items.collect())
}
