//! DCQL as JSON (`OpenID4VP` 1.0, section 6), as verifiers and websites write it.
//!
//! Properties that the specification does not define are ignored, as it asks for. Absent and
//! empty are different: an array that is there must not be empty.

use nansen_credential::ClaimPath;
use serde_json::{Map, Value, json};

use super::{
    ClaimQuery, CredentialQuery, CredentialSet, Meta, Query, Scalar, TrustedAuthority, check_count,
    try_each,
};
use crate::Error;
use crate::limits::{
    QUERY_CLAIMS_MAX, QUERY_CREDENTIALS_MAX, QUERY_JSON_LENGTH_MAX, QUERY_SETS_MAX,
    QUERY_VALUES_MAX,
};

impl Query {
    /// The query from DCQL's JSON.
    ///
    /// # Errors
    /// [`Error::TooLong`] and [`Error::NotJson`] for the text, [`Error::Missing`],
    /// [`Error::Invalid`] and [`Error::EmptyList`] for its properties, and those of
    /// [`Query::new`].
    pub fn from_json(text: &str) -> Result<Self, Error> {
        if text.len() > QUERY_JSON_LENGTH_MAX {
            return Err(Error::TooLong {
                what: "query",
                length: text.len(),
                limit: QUERY_JSON_LENGTH_MAX,
            });
        }
        let json: Value = serde_json::from_str(text).map_err(|error| Error::NotJson {
            line: error.line(),
            column: error.column(),
        })?;
        let query = object(&json, "query")?;
        // An empty array is not an empty list here: it asks for nothing.
        let credentials = match query.get("credentials") {
            Some(Value::Array(credentials)) if credentials.is_empty() => Vec::new(),
            _ => required(
                "credentials",
                list(query, "credentials", QUERY_CREDENTIALS_MAX, credential)?,
            )?,
        };
        let sets = list(query, "credential_sets", QUERY_SETS_MAX, credential_set)?;
        Self::new(credentials, sets.unwrap_or_default())
    }

    /// DCQL's JSON, defaults left out.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut query = Map::new();
        query.insert(
            "credentials".into(),
            self.credentials.iter().map(credential_json).collect(),
        );
        if !self.sets.is_empty() {
            query.insert(
                "credential_sets".into(),
                self.sets.iter().map(set_json).collect(),
            );
        }
        Value::Object(query).to_string()
    }
}

fn credential(json: &Value) -> Result<CredentialQuery, Error> {
    let credential = object(json, "credential query")?;
    let meta = object(required("meta", credential.get("meta"))?, "meta")?;
    Ok(CredentialQuery {
        id: required("credential id", text(credential, "id")?)?,
        format: required("format", text(credential, "format")?)?,
        meta: Meta {
            vct_values: texts(meta, "vct_values")?.unwrap_or_default(),
            doctype_value: text(meta, "doctype_value")?,
            type_values: list(meta, "type_values", QUERY_VALUES_MAX, |types| {
                strings("type_values", types)
            })?
            .unwrap_or_default(),
        },
        claims: list(credential, "claims", QUERY_CLAIMS_MAX, claim)?.unwrap_or_default(),
        claim_sets: list(credential, "claim_sets", QUERY_SETS_MAX, |ids| {
            strings("claim_sets", ids)
        })?
        .unwrap_or_default(),
        multiple: truth(credential, "multiple")?.unwrap_or(false),
        holder_binding: truth(credential, HOLDER_BINDING)?.unwrap_or(true),
        trusted_authorities: list(credential, "trusted_authorities", QUERY_SETS_MAX, authority)?
            .unwrap_or_default(),
    })
}

fn claim(json: &Value) -> Result<ClaimQuery, Error> {
    let claim = object(json, "claim query")?;
    Ok(ClaimQuery {
        id: text(claim, "id")?,
        path: ClaimPath::from_json(required("path", claim.get("path"))?)?,
        values: list(claim, "values", QUERY_VALUES_MAX, |value| match value {
            Value::String(text) => Ok(Scalar::Text(text.clone())),
            Value::Bool(truth) => Ok(Scalar::Bool(*truth)),
            Value::Number(number) => number
                .as_i64()
                .map(Scalar::Integer)
                .ok_or(Error::Invalid { what: "values" }),
            _ => Err(Error::Invalid { what: "values" }),
        })?
        .unwrap_or_default(),
    })
}

fn authority(json: &Value) -> Result<TrustedAuthority, Error> {
    let authority = object(json, "trusted authority")?;
    Ok(TrustedAuthority {
        kind: required("type of a trusted authority", text(authority, "type")?)?,
        values: required("values of a trusted authority", texts(authority, "values")?)?,
    })
}

fn credential_set(json: &Value) -> Result<CredentialSet, Error> {
    let set = object(json, "credential set")?;
    let options = list(set, "options", QUERY_SETS_MAX, |ids| {
        strings("options", ids)
    })?;
    Ok(CredentialSet {
        options: required("options", options)?,
        required: truth(set, "required")?.unwrap_or(true),
    })
}

fn credential_json(credential: &CredentialQuery) -> Value {
    let mut meta = Map::new();
    put_list(&mut meta, "vct_values", &credential.meta.vct_values);
    if let Some(doctype) = &credential.meta.doctype_value {
        meta.insert("doctype_value".into(), json!(doctype));
    }
    put_list(&mut meta, "type_values", &credential.meta.type_values);

    let mut json = Map::new();
    json.insert("id".into(), json!(credential.id));
    json.insert("format".into(), json!(credential.format));
    json.insert("meta".into(), meta.into());
    let claims: Vec<Value> = credential.claims.iter().map(claim_json).collect();
    put_list(&mut json, "claims", &claims);
    put_list(&mut json, "claim_sets", &credential.claim_sets);
    if credential.multiple {
        json.insert("multiple".into(), json!(true));
    }
    if !credential.holder_binding {
        json.insert(HOLDER_BINDING.into(), json!(false));
    }
    let authorities: Vec<Value> = credential
        .trusted_authorities
        .iter()
        .map(|authority| json!({"type": authority.kind, "values": authority.values}))
        .collect();
    put_list(&mut json, "trusted_authorities", &authorities);
    json.into()
}

fn claim_json(claim: &ClaimQuery) -> Value {
    let mut json = Map::new();
    if let Some(id) = &claim.id {
        json.insert("id".into(), json!(id));
    }
    json.insert("path".into(), claim.path.to_json());
    let values: Vec<Value> = claim
        .values
        .iter()
        .map(|value| match value {
            Scalar::Text(text) => json!(text),
            Scalar::Integer(integer) => json!(integer),
            Scalar::Bool(truth) => json!(truth),
        })
        .collect();
    put_list(&mut json, "values", &values);
    json.into()
}

fn set_json(set: &CredentialSet) -> Value {
    let mut json = Map::new();
    put_list(&mut json, "options", &set.options);
    if !set.required {
        json.insert("required".into(), json!(false));
    }
    json.into()
}

/// Empty lists are left out.
fn put_list<T>(json: &mut Map<String, Value>, name: &str, items: &[T])
where
    Value: for<'a> From<&'a [T]>,
{
    if !items.is_empty() {
        json.insert(name.into(), items.into());
    }
}

fn object<'a>(json: &'a Value, what: &'static str) -> Result<&'a Map<String, Value>, Error> {
    json.as_object().ok_or(Error::Invalid { what })
}

fn required<T>(what: &'static str, property: Option<T>) -> Result<T, Error> {
    property.ok_or(Error::Missing { what })
}

fn text(json: &Map<String, Value>, what: &'static str) -> Result<Option<String>, Error> {
    json.get(what)
        .map(|text| {
            text.as_str()
                .map(str::to_owned)
                .ok_or(Error::Invalid { what })
        })
        .transpose()
}

fn truth(json: &Map<String, Value>, what: &'static str) -> Result<Option<bool>, Error> {
    json.get(what)
        .map(|truth| truth.as_bool().ok_or(Error::Invalid { what }))
        .transpose()
}

fn texts(json: &Map<String, Value>, what: &'static str) -> Result<Option<Vec<String>>, Error> {
    json.get(what).map(|texts| strings(what, texts)).transpose()
}

fn strings(what: &'static str, json: &Value) -> Result<Vec<String>, Error> {
    items(what, json, QUERY_CLAIMS_MAX, |text| {
        text.as_str()
            .map(str::to_owned)
            .ok_or(Error::Invalid { what })
    })
}

fn list<T>(
    json: &Map<String, Value>,
    what: &'static str,
    limit: usize,
    item: impl Fn(&Value) -> Result<T, Error>,
) -> Result<Option<Vec<T>>, Error> {
    json.get(what)
        .map(|json| items(what, json, limit, item))
        .transpose()
}

/// An array of at least one item.
fn items<T>(
    what: &'static str,
    json: &Value,
    limit: usize,
    item: impl Fn(&Value) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let array = json.as_array().ok_or(Error::Invalid { what })?;
    if array.is_empty() {
        return Err(Error::EmptyList { what });
    }
    check_count(what, array.len(), limit)?;
    try_each(array, item)
}

const HOLDER_BINDING: &str = "require_cryptographic_holder_binding";
