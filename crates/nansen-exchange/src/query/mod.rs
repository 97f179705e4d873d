//! What a verifier asks for: a query in the semantics of DCQL (`OpenID4VP` 1.0, section 6).
//!
//! A [`CredentialQuery`] and its parts are plain data, from a program, from DCQL's JSON
//! ([`Query::from_json`]) or from the compact form of a request ([`Query::from_cbor`]). A
//! [`Query`] exists only once the rules of the specification and the limits of
//! [`crate::limits`] hold for it: it asks for at least one credential, ids are unique and well
//! formed, and every id that is referred to exists. [`Query::evaluate`] compares it with what a
//! holder has.

mod compact;
mod evaluate;
mod json;

/// What `one` makes of each. A loop: of `collect`, each type would have a larger copy of its own.
fn try_each<I: IntoIterator, T>(
    items: I,
    mut one: impl FnMut(I::Item) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut made = Vec::new();
    for item in items {
        made.push(one(item)?);
    }
    Ok(made)
}

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use nansen_credential::{ClaimPath, PathElement, cbor::Key};

use crate::Error;
use crate::limits::{
    QUERY_CLAIMS_MAX, QUERY_CREDENTIALS_MAX, QUERY_SETS_MAX, QUERY_TEXT_LENGTH_MAX,
    QUERY_VALUES_MAX,
};

pub use evaluate::{
    Candidate, ClaimMatch, CredentialEvaluation, Evaluation, Match, Mismatch, SetEvaluation,
};

/// Format identifier of the credentials of this project: SD-CWT with key binding.
pub const SD_CWT_FORMAT: &str = "dc+sd-cwt";

/// A query that keeps the rules: the whole of what one request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    credentials: Vec<CredentialQuery>,
    sets: Vec<CredentialSet>,
}

/// A request for one credential, or for several of the same description (section 6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialQuery {
    /// Name of this part of the query: letters, digits, `_` and `-`, unique in the query.
    pub id: String,
    /// Format of the credential. Any may be asked for; only [`SD_CWT_FORMAT`] can be answered.
    pub format: String,
    /// Types that are accepted.
    pub meta: Meta,
    /// Claims asked for. Empty: nothing beyond what is always in clear.
    pub claims: Vec<ClaimQuery>,
    /// Combinations of claims, by their ids, the preferred one first. Empty: all of `claims`.
    pub claim_sets: Vec<Vec<String>>,
    /// Whether more than one credential may answer.
    pub multiple: bool,
    /// Whether the holder must prove possession of the device key.
    pub holder_binding: bool,
    /// Who must have certified the issuer, any one of these. Empty: whoever.
    pub trusted_authorities: Vec<TrustedAuthority>,
}

impl CredentialQuery {
    /// Asks for one SD-CWT of this type and for none of its redactable claims.
    #[must_use]
    pub fn sd_cwt(id: &str, vct: &str) -> Self {
        Self {
            id: id.to_owned(),
            format: SD_CWT_FORMAT.to_owned(),
            meta: Meta {
                vct_values: vec![vct.to_owned()],
                ..Meta::default()
            },
            claims: Vec::new(),
            claim_sets: Vec::new(),
            multiple: false,
            holder_binding: true,
            trusted_authorities: Vec::new(),
        }
    }

    /// Asks for this claim too.
    #[must_use]
    pub fn claim(mut self, path: ClaimPath) -> Self {
        self.claims.push(ClaimQuery {
            id: None,
            path,
            values: Vec::new(),
        });
        self
    }
}

/// Types that are accepted, any one of them; without any, every type (section 6.1, appendix B).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// Values of `vct`: SD-CWT and SD-JWT VC.
    pub vct_values: Vec<String>,
    /// The document type of an mdoc.
    pub doctype_value: Option<String>,
    /// Sets of types that a W3C credential must have, all of any one set.
    pub type_values: Vec<Vec<String>>,
}

/// A request for one claim (section 6.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimQuery {
    /// Name of this part, unique in its credential query; needed where there are `claim_sets`.
    pub id: Option<String>,
    /// Where the claim stands.
    pub path: ClaimPath,
    /// Values that are accepted, any one of them. Empty: every value.
    pub values: Vec<Scalar>,
}

/// A value that a claim can be compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// A text.
    Text(String),
    /// An integer.
    Integer(i64),
    /// A truth.
    Bool(bool),
}

/// A condition on who certified the issuer (section 6.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedAuthority {
    /// Kind of authority: `aki`, `etsi_tl`, `openid_federation`...
    pub kind: String,
    /// Which ones, any one of them.
    pub values: Vec<String>,
}

/// Alternative combinations of credentials (section 6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialSet {
    /// Combinations, by the ids of credential queries, the preferred one first.
    pub options: Vec<Vec<String>>,
    /// Whether the verifier cannot go on without.
    pub required: bool,
}

impl Query {
    /// A query of these credentials. Without sets, all of them are asked for.
    ///
    /// # Errors
    /// [`Error::AsksForNothing`] without credentials; [`Error::EmptyList`],
    /// [`Error::DuplicateId`], [`Error::UnknownId`], [`Error::Missing`], [`Error::Invalid`],
    /// [`Error::TooMany`] and [`Error::TooLong`] where a rule or limit is broken.
    pub fn new(credentials: Vec<CredentialQuery>, sets: Vec<CredentialSet>) -> Result<Self, Error> {
        if credentials.is_empty() {
            return Err(Error::AsksForNothing);
        }
        check_count(
            "credential queries",
            credentials.len(),
            QUERY_CREDENTIALS_MAX,
        )?;
        check_count("credential sets", sets.len(), QUERY_SETS_MAX)?;
        let ids = check_ids(
            "credential id",
            credentials.iter().map(|credential| credential.id.as_str()),
        )?;
        credentials.iter().try_for_each(check_credential)?;
        for set in &sets {
            if set.options.is_empty() {
                return Err(Error::EmptyList { what: "options" });
            }
            check_sets("options", "credential id", &set.options, &ids)?;
        }
        Ok(Self { credentials, sets })
    }

    /// Credentials asked for, at least one.
    #[must_use]
    pub fn credentials(&self) -> &[CredentialQuery] {
        &self.credentials
    }

    /// Combinations that would do. Empty: all of [`Query::credentials`] are needed.
    #[must_use]
    pub fn sets(&self) -> &[CredentialSet] {
        &self.sets
    }
}

fn check_credential(credential: &CredentialQuery) -> Result<(), Error> {
    check_text("format", &credential.format)?;
    check_meta(&credential.meta)?;
    check_count("claims", credential.claims.len(), QUERY_CLAIMS_MAX)?;
    let ids = check_ids(
        "claim id",
        credential
            .claims
            .iter()
            .filter_map(|claim| claim.id.as_deref()),
    )?;
    credential.claims.iter().try_for_each(check_claim)?;
    if !credential.claim_sets.is_empty() && ids.len() < credential.claims.len() {
        return Err(Error::Missing { what: "claim id" });
    }
    check_sets("claim_sets", "claim id", &credential.claim_sets, &ids)?;
    check_count(
        "trusted authorities",
        credential.trusted_authorities.len(),
        QUERY_SETS_MAX,
    )?;
    for authority in &credential.trusted_authorities {
        check_text("type of a trusted authority", &authority.kind)?;
        if authority.values.is_empty() {
            return Err(Error::EmptyList {
                what: "values of a trusted authority",
            });
        }
        check_texts("values of a trusted authority", &authority.values)?;
    }
    Ok(())
}

fn check_meta(meta: &Meta) -> Result<(), Error> {
    check_texts("vct_values", &meta.vct_values)?;
    if let Some(doctype) = &meta.doctype_value {
        check_text("doctype_value", doctype)?;
    }
    check_count("type_values", meta.type_values.len(), QUERY_VALUES_MAX)?;
    for types in &meta.type_values {
        if types.is_empty() {
            return Err(Error::EmptyList {
                what: "type_values",
            });
        }
        check_texts("type_values", types)?;
    }
    Ok(())
}

fn check_claim(claim: &ClaimQuery) -> Result<(), Error> {
    let elements = claim.path.elements();
    if !matches!(elements.first(), Some(PathElement::Key(_))) {
        return Err(Error::Invalid { what: "path" });
    }
    check_count(
        "path elements",
        elements.len(),
        nansen_credential::limits::MAX_DEPTH,
    )?;
    for element in elements {
        match element {
            // An empty key is a key: only its length is limited.
            PathElement::Key(Key::Text(name)) => check_length("path", name)?,
            PathElement::Key(Key::Redacted) => return Err(Error::Invalid { what: "path" }),
            _ => {}
        }
    }
    check_count("values", claim.values.len(), QUERY_VALUES_MAX)?;
    claim.values.iter().try_for_each(|value| match value {
        Scalar::Text(text) => check_length("values", text),
        Scalar::Integer(_) | Scalar::Bool(_) => Ok(()),
    })
}

/// The ids, once they are known to be well formed and unique.
fn check_ids<'a>(
    what: &'static str,
    ids: impl Iterator<Item = &'a str>,
) -> Result<BTreeSet<&'a str>, Error> {
    let mut known = BTreeSet::new();
    for (position, id) in ids.enumerate() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if id.is_empty() || !id.chars().all(is_word) {
            return Err(Error::Invalid { what });
        }
        check_length(what, id)?;
        if !known.insert(id) {
            return Err(Error::DuplicateId { what, position });
        }
    }
    Ok(known)
}

/// Sets of ids, none empty, all ids known.
fn check_sets(
    what: &'static str,
    what_id: &'static str,
    sets: &[Vec<String>],
    known: &BTreeSet<&str>,
) -> Result<(), Error> {
    check_count(what, sets.len(), QUERY_SETS_MAX)?;
    for (position, set) in sets.iter().enumerate() {
        if set.is_empty() {
            return Err(Error::EmptyList { what });
        }
        check_count(what, set.len(), QUERY_CLAIMS_MAX)?;
        if !set.iter().all(|id| known.contains(id.as_str())) {
            return Err(Error::UnknownId {
                what: what_id,
                position,
            });
        }
    }
    Ok(())
}

fn check_texts(what: &'static str, texts: &[String]) -> Result<(), Error> {
    check_count(what, texts.len(), QUERY_VALUES_MAX)?;
    texts.iter().try_for_each(|text| check_text(what, text))
}

fn check_text(what: &'static str, text: &str) -> Result<(), Error> {
    if text.is_empty() {
        return Err(Error::Invalid { what });
    }
    check_length(what, text)
}

fn check_length(what: &'static str, text: &str) -> Result<(), Error> {
    match text.len() {
        0..=QUERY_TEXT_LENGTH_MAX => Ok(()),
        length => Err(Error::TooLong {
            what,
            length,
            limit: QUERY_TEXT_LENGTH_MAX,
        }),
    }
}

fn check_count(what: &'static str, count: usize, limit: usize) -> Result<(), Error> {
    if count > limit {
        return Err(Error::TooMany { what, count, limit });
    }
    Ok(())
}
