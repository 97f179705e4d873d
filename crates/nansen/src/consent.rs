//! What a request asks for, told to the holder before anything is shown.

use nansen_credential::ClaimPath;
use nansen_credential::cbor::{Map, Value};
use nansen_exchange::Request;
use nansen_exchange::query::{Candidate, Match, Mismatch, SD_CWT_FORMAT};
use nansen_vault::RecordId;

use crate::device_key::KeyPlace;
use crate::held::HeldCredential;
use crate::history::{Entry, Known};
use crate::{Error, Wallet};

/// A request, and what of it the holder could answer. It borrows nothing and holds no secret:
/// an app can keep it for as long as a person thinks.
#[derive(Debug)]
pub struct Consent {
    request: Request,
    /// What this wallet knows of who asks.
    pub verifier: Known,
    /// One for each credential query of the request, in its order.
    pub queries: Vec<QueryOptions>,
    /// Whether what is here can give all that the verifier cannot go on without.
    pub is_satisfiable: bool,
}

/// What could answer one credential query.
#[derive(Debug)]
pub struct QueryOptions {
    /// Its id.
    pub id: String,
    /// Whether no answer can do without it.
    pub is_required: bool,
    /// Credentials that answer it.
    pub candidates: Vec<CredentialOption>,
    /// Credentials of the right type that do not, and why.
    pub mismatches: Vec<(RecordId, Vec<Mismatch>)>,
}

/// A credential that answers a credential query.
#[derive(Debug)]
pub struct CredentialOption {
    /// The credential.
    pub credential: HeldCredential,
    /// What the verifier would see with every claim left out: type, issuer, validity, and what
    /// the issuer left in clear.
    pub always_shown: Map,
    /// Claims that the holder may choose from. None is chosen beforehand.
    pub claims: Vec<ClaimOption>,
    options: Match,
}

/// A claim that the request asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct ClaimOption {
    /// Where it stands.
    pub path: ClaimPath,
    /// What it says.
    pub value: Value,
    /// Whether the request cannot be answered without it.
    pub is_required: bool,
    /// Other claims that go along with it, because they stand in clear in a group with it.
    pub brings: Vec<ClaimPath>,
}

impl Consent {
    /// The request.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.request
    }
}

impl CredentialOption {
    /// Checks a choice of claims: each asked for, and none missing that is required.
    pub(crate) fn check(&self, chosen: &[ClaimPath]) -> Result<(), Error> {
        let is_asked = |path: &&ClaimPath| self.claims.iter().any(|claim| claim.path == **path);
        if let Some(path) = chosen.iter().find(|path| !is_asked(path)) {
            return Err(Error::NotAsked { path: path.clone() });
        }
        let missing = |option: &[nansen_exchange::query::ClaimMatch]| {
            option
                .iter()
                .find(|claim| !chosen.contains(&claim.path))
                .map(|claim| claim.path.clone())
        };
        let mut missing = self.options.options.iter().map(|option| missing(option));
        // Any one of the verifier's claim sets will do.
        match missing.clone().any(|path| path.is_none()) {
            true => Ok(()),
            false => match missing.next().flatten() {
                Some(path) => Err(Error::ClaimRequired { path }),
                None => Ok(()),
            },
        }
    }
}

impl Wallet {
    /// Reads a request and compares it with what is here. Nothing is shown to anybody.
    ///
    /// # Errors
    /// Those of [`Request::parse`] and [`Request::check_time`]; [`Error::Vault`].
    pub fn consent(&self, request: &[u8], now: i64) -> Result<Consent, Error> {
        let request = Request::parse(request)?;
        request.check_time(now)?;
        let listing = self.list(now)?;
        let credentials = listing.items.iter().map(|held| self.show(held.id, now));
        // One damaged credential must not keep the others from being shown.
        let credentials: Vec<HeldCredential> = credentials.filter_map(Result::ok).collect();
        let bound: Vec<HeldCredential> = credentials
            .into_iter()
            .filter(|held| held.key != KeyPlace::None)
            .collect();
        let candidates: Vec<Candidate<'_>> = bound
            .iter()
            .map(|held| Candidate {
                format: SD_CWT_FORMAT,
                vct: held.credential.terms().vct.as_deref().unwrap_or_default(),
                claims: held.credential.claims(),
            })
            .collect();
        let evaluation = request.query().evaluate(&candidates);
        let mut queries = Vec::with_capacity(evaluation.credentials.len());
        for (asked, outcome) in request
            .query()
            .credentials()
            .iter()
            .zip(&evaluation.credentials)
        {
            let mut options = QueryOptions {
                id: asked.id.clone(),
                is_required: outcome.is_required,
                candidates: Vec::new(),
                mismatches: Vec::new(),
            };
            for (held, outcome) in bound.iter().zip(&outcome.candidates) {
                match outcome {
                    Ok(matched) => {
                        options.candidates.push(option(held.clone(), matched)?);
                    }
                    Err(reasons) if reasons.contains(&Mismatch::WrongType) => {}
                    Err(reasons) => options.mismatches.push((held.held.id, reasons.clone())),
                }
            }
            queries.push(options);
        }
        Ok(Consent {
            verifier: self.known(&request)?,
            is_satisfiable: evaluation.is_satisfiable(),
            queries,
            request,
        })
    }

    /// What this wallet knows of who asks.
    fn known(&self, request: &Request) -> Result<Known, Error> {
        let issuers = self
            .trust()
            .trust_lists()
            .iter()
            .flat_map(|list| list.issuers());
        let mut named = issuers.filter(|issuer| {
            let mut keys = issuer.keys.iter();
            keys.any(|key| {
                key.public == *request.verifier() && key.check_time(request.issued_at()).is_ok()
            })
        });
        if let Some(issuer) = named.next() {
            return Ok(Known::Listed {
                name: issuer.name("en").to_owned(),
            });
        }
        let thumbprint = request.verifier().thumbprint();
        let met = self.history()?.items.into_iter();
        let met: Vec<Entry> = met.filter(|entry| entry.verifier == thumbprint).collect();
        Ok(match met.first() {
            Some(last) => Known::Met {
                name: last.name.clone(),
                last: last.time,
                times: met.len(),
            },
            None => Known::Unknown,
        })
    }
}

fn option(credential: HeldCredential, matched: &Match) -> Result<CredentialOption, Error> {
    let nothing = credential.credential.select(&[])?;
    let in_clear = credential.credential.visible(&nothing);
    let mut claims: Vec<ClaimOption> = Vec::new();
    for claim in matched.options.iter().flatten() {
        if claims.iter().any(|known| known.path == claim.path) {
            continue;
        }
        let selection = credential
            .credential
            .select(std::slice::from_ref(&claim.path))?;
        let found = claim.path.select(credential.credential.claims());
        let is_asked = |path: &ClaimPath| found.iter().any(|(asked, _)| path.starts_with(asked));
        let mut brings = credential.credential.visible(&selection);
        brings.retain(|path| !is_asked(path) && !in_clear.contains(path));
        let value = match found.as_slice() {
            [(_, value)] => (*value).clone(),
            many => Value::Array(many.iter().map(|(_, value)| (*value).clone()).collect()),
        };
        claims.push(ClaimOption {
            path: claim.path.clone(),
            value,
            is_required: claim.is_required,
            brings,
        });
    }
    let bare = credential.credential.present(&nothing);
    let always_shown = nansen_credential::sd_cwt::SdCwt::parse(&bare)?
        .reveal()?
        .claims;
    Ok(CredentialOption {
        credential,
        always_shown,
        claims,
        options: matched.clone(),
    })
}
