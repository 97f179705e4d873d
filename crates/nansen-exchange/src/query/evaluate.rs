//! What of a query the holder can answer, and why not the rest (`OpenID4VP` 1.0, section 6.4).
//!
//! - A candidate answers a credential query when format and type fit and it has every claim of
//!   at least one claim set (of all claims when there are no sets) with an accepted value. A
//!   value that is not accepted counts as a claim that is not there.
//! - Without credential sets every credential query must be answered; with sets, at least one
//!   option of each required set.
//! - A restriction to certified issuers cannot be judged offline from the claims: such a query
//!   is answered by nothing, rather than by too much.

use std::collections::{HashMap, HashSet};

use nansen_credential::ClaimPath;
use nansen_credential::cbor::{Map, Value};

use super::{ClaimQuery, CredentialQuery, Query, Scalar};

/// A credential that the holder could show.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its format identifier, [`super::SD_CWT_FORMAT`] for those of this project.
    pub format: &'a str,
    /// Its type.
    pub vct: &'a str,
    /// All its claims, revealed.
    pub claims: &'a Map,
}

/// The outcome for a whole query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// One for each credential query, in its order.
    pub credentials: Vec<CredentialEvaluation>,
    /// One for each credential set, in its order.
    pub sets: Vec<SetEvaluation>,
}

impl Evaluation {
    /// Whether the holder can give all that the verifier cannot go on without.
    #[must_use]
    pub fn is_satisfiable(&self) -> bool {
        if self.sets.is_empty() {
            return self
                .credentials
                .iter()
                .all(CredentialEvaluation::is_satisfiable);
        }
        self.sets
            .iter()
            .all(|set| !set.is_required || !set.satisfiable.is_empty())
    }
}

/// The outcome for one credential query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialEvaluation {
    /// Whether no answer can do without it: there are no credential sets, or it stands in every
    /// satisfiable option of a required one.
    pub is_required: bool,
    /// One for each candidate, in its order: how it matches, or everything that is wrong.
    pub candidates: Vec<Result<Match, Vec<Mismatch>>>,
}

impl CredentialEvaluation {
    /// Whether any candidate matches.
    #[must_use]
    pub fn is_satisfiable(&self) -> bool {
        self.matches().next().is_some()
    }

    /// Positions of the candidates that match, and how.
    pub fn matches(&self) -> impl Iterator<Item = (usize, &Match)> {
        self.candidates
            .iter()
            .enumerate()
            .filter_map(|(position, outcome)| Some((position, outcome.as_ref().ok()?)))
    }
}

/// How a candidate matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Claim sets that it can satisfy, in the verifier's order of preference; never empty. One
    /// empty set when nothing is asked for beyond what is always in clear.
    pub options: Vec<Vec<ClaimMatch>>,
}

impl Match {
    /// The claims that the verifier would rather have.
    #[must_use]
    pub fn preferred(&self) -> &[ClaimMatch] {
        self.options.first().map_or(&[], Vec::as_slice)
    }
}

/// A claim to disclose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimMatch {
    /// Where it stands. Where a path with `[*]` asks for certain values, the items that have
    /// them and no others.
    pub path: ClaimPath,
    /// Whether it stands in every option of its [`Match`].
    pub is_required: bool,
}

/// Why a candidate does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// Another format is asked for.
    WrongFormat,
    /// Another type is asked for.
    WrongType,
    /// An issuer certified by certain authorities is asked for, which cannot be judged here.
    AuthoritiesNotJudged,
    /// The claim is not in the credential.
    ClaimMissing(
        /// Where it would stand.
        ClaimPath,
    ),
    /// The claim has none of the values that are accepted.
    ValueMismatch(
        /// Where it stands.
        ClaimPath,
    ),
}

/// The outcome for one credential set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetEvaluation {
    /// Whether the verifier cannot go on without.
    pub is_required: bool,
    /// Positions of the options that the holder can give, the preferred one first.
    pub satisfiable: Vec<usize>,
}

impl Query {
    /// Compares the query with what the holder has.
    #[must_use]
    pub fn evaluate(&self, candidates: &[Candidate<'_>]) -> Evaluation {
        let mut credentials: Vec<CredentialEvaluation> = self
            .credentials()
            .iter()
            .map(|query| CredentialEvaluation {
                is_required: self.sets().is_empty(),
                candidates: candidates
                    .iter()
                    .map(|candidate| match_candidate(query, candidate))
                    .collect(),
            })
            .collect();
        let is_satisfiable = |id: &String| {
            let mut outcomes = self.credentials().iter().zip(&credentials);
            outcomes.any(|(query, outcome)| query.id == *id && outcome.is_satisfiable())
        };
        let sets: Vec<SetEvaluation> = self
            .sets()
            .iter()
            .map(|set| SetEvaluation {
                is_required: set.required,
                satisfiable: (0..)
                    .zip(&set.options)
                    .filter(|(_, option)| option.iter().all(is_satisfiable))
                    .map(|(position, _)| position)
                    .collect(),
            })
            .collect();
        for (query, outcome) in self.credentials().iter().zip(&mut credentials) {
            outcome.is_required |= self.sets().iter().zip(&sets).any(|(set, outcome)| {
                let mut options = outcome
                    .satisfiable
                    .iter()
                    .filter_map(|position| set.options.get(*position))
                    .peekable();
                set.required
                    && options.peek().is_some()
                    && options.all(|option| option.contains(&query.id))
            });
        }
        Evaluation { credentials, sets }
    }
}

fn match_candidate(
    query: &CredentialQuery,
    candidate: &Candidate<'_>,
) -> Result<Match, Vec<Mismatch>> {
    if query.format != candidate.format {
        return Err(vec![Mismatch::WrongFormat]);
    }
    if !accepts_type(query, candidate.vct) {
        return Err(vec![Mismatch::WrongType]);
    }
    if !query.trusted_authorities.is_empty() {
        return Err(vec![Mismatch::AuthoritiesNotJudged]);
    }
    let claims: Vec<Result<Vec<ClaimPath>, Mismatch>> = query
        .claims
        .iter()
        .map(|claim| match_claim(claim, candidate.claims))
        .collect();
    let sets = claim_sets(query);
    let options: Vec<Vec<&ClaimPath>> = sets
        .iter()
        .filter_map(|set| paths_of(set, &claims))
        .collect();
    if options.is_empty() {
        let is_asked = |position: &usize| sets.iter().any(|set| set.contains(position));
        return Err((0..)
            .zip(claims)
            .filter(|(position, _)| is_asked(position))
            .filter_map(|(_, claim)| claim.err())
            .collect());
    }
    let mut uses: HashMap<&ClaimPath, usize> = HashMap::new();
    for path in options.iter().flatten() {
        *uses.entry(path).or_default() += 1;
    }
    let claim_match = |path: &&ClaimPath| ClaimMatch {
        path: (*path).clone(),
        is_required: uses.get(path) == Some(&options.len()),
    };
    Ok(Match {
        options: options
            .iter()
            .map(|option| option.iter().map(claim_match).collect())
            .collect(),
    })
}

/// Positions of the claims of each set; without sets, of the one set of all claims.
fn claim_sets(query: &CredentialQuery) -> Vec<Vec<usize>> {
    if query.claim_sets.is_empty() {
        return vec![(0..query.claims.len()).collect()];
    }
    let position = |id: &String| {
        let mut ids = query.claims.iter().map(|claim| claim.id.as_ref());
        ids.position(|other| other == Some(id))
    };
    query
        .claim_sets
        .iter()
        .map(|set| set.iter().filter_map(position).collect())
        .collect()
}

/// The paths to disclose for the claims of a set, if it can be satisfied. A path that is asked
/// for twice counts once (section 6.3).
fn paths_of<'a>(
    set: &[usize],
    claims: &'a [Result<Vec<ClaimPath>, Mismatch>],
) -> Option<Vec<&'a ClaimPath>> {
    let mut paths = Vec::new();
    let mut seen = HashSet::new();
    for position in set {
        let found = claims.get(*position)?.as_ref().ok()?;
        paths.extend(found.iter().filter(|path| seen.insert(*path)));
    }
    Some(paths)
}

fn accepts_type(query: &CredentialQuery, vct: &str) -> bool {
    let meta = &query.meta;
    let is_unrestricted =
        meta.vct_values.is_empty() && meta.doctype_value.is_none() && meta.type_values.is_empty();
    is_unrestricted
        || meta.vct_values.iter().any(|accepted| accepted == vct)
        || meta.doctype_value.as_deref() == Some(vct)
        || meta
            .type_values
            .iter()
            .any(|types| types.iter().all(|name| name == vct))
}

/// The paths to disclose for one claim query.
fn match_claim(query: &ClaimQuery, claims: &Map) -> Result<Vec<ClaimPath>, Mismatch> {
    let selected = query.path.select(claims);
    if selected.is_empty() {
        return Err(Mismatch::ClaimMissing(query.path.clone()));
    }
    if query.values.is_empty() {
        return Ok(vec![query.path.clone()]);
    }
    let accepted: Vec<ClaimPath> = selected
        .into_iter()
        .filter(|(_, value)| query.values.iter().any(|scalar| scalar.is(value)))
        .map(|(path, _)| path)
        .collect();
    if accepted.is_empty() {
        return Err(Mismatch::ValueMismatch(query.path.clone()));
    }
    Ok(accepted)
}

impl Scalar {
    /// Whether type and value are the same (section 6.3).
    fn is(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text(accepted), Value::Text(text)) => accepted == text,
            (Self::Integer(accepted), Value::Integer(integer)) => accepted == integer,
            (Self::Bool(accepted), Value::Bool(truth)) => accepted == truth,
            _ => false,
        }
    }
}
