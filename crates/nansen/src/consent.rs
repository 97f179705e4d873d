//! What a request asks for, told to the holder before anything is shown.

use nansen_credential::ClaimPath;
use nansen_credential::cbor::{Map, Value};
use nansen_credential::pack::TypeNames;
use nansen_credential::trust::{Ask, Standing, speaks_for};
use nansen_credential::verify::ClockDoubt;
use nansen_exchange::Request;
use nansen_exchange::query::{Candidate, Match, Mismatch, SD_CWT_FORMAT};
use nansen_vault::RecordId;

use crate::device_key::KeyPlace;
use crate::held::HeldCredential;
use crate::history::{Entry, Known, Registered};
use crate::{Error, TrustStore, Wallet};

/// A request, and what of it the holder could answer. It borrows nothing and holds no secret:
/// an app can keep it for as long as a person thinks.
#[derive(Debug)]
pub struct Consent {
    request: Request,
    /// What this wallet knows of who asks.
    pub verifier: Known,
    /// What signed times say against this phone's clock. The request's own times were then not
    /// compared with it.
    pub clock_doubt: Option<ClockDoubt>,
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
    /// What the type and its claims are called, if a pack here says so.
    pub names: Option<TypeNames>,
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
        let clock_doubt = self.trust().clock_doubt(now);
        if clock_doubt.is_none() {
            // The request cannot be called late by a clock that is wrong: the verifier, who made
            // it, judges by its own clock and by the nonce.
            request.check_time(now)?;
        }
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
                        options
                            .candidates
                            .push(option(held.clone(), matched, self.trust())?);
                    }
                    Err(reasons) if reasons.contains(&Mismatch::WrongType) => {}
                    Err(reasons) => options.mismatches.push((held.held.id, reasons.clone())),
                }
            }
            queries.push(options);
        }
        Ok(Consent {
            verifier: self.known(&request, now)?,
            clock_doubt,
            is_satisfiable: evaluation.is_satisfiable(),
            queries,
            request,
        })
    }

    /// What this wallet knows of who asks.
    fn known(&self, request: &Request, now: i64) -> Result<Known, Error> {
        let asks = asks(request);
        match self.trust().standing(request.verifier(), &asks, now) {
            (Standing::Known { verifier, beyond }, Some(list)) => {
                let own = |ask: &Ask<'_>| (ask.vct.map(str::to_owned), ask.claim.clone());
                return Ok(Known::Registered(Registered {
                    verifier: verifier.clone(),
                    beyond: beyond.iter().map(own).collect(),
                    publisher: list.publisher().to_owned(),
                    freshness: list.freshness(self.trust().reckon(now)),
                }));
            }
            (Standing::KeyNotTrusted { verifier, failure }, _) => {
                return Ok(Known::KeyNotTrusted {
                    name: verifier.name("en").to_owned(),
                    failure,
                });
            }
            _ => {}
        }
        let lists = self.trust().trust_lists();
        let (key, time) = (request.verifier(), request.issued_at());
        let issuers = lists.iter().flat_map(|list| list.issuers());
        let mut with_key = issuers.filter(|issuer| issuer.keys.iter().any(|of| of.public == *key));
        if let Some(issuer) = with_key.find(|issuer| speaks_for(lists, &issuer.uri, key, time)) {
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

/// Every claim that a request asks for, of every type that it takes; the type itself where it asks for
/// no claim.
fn asks(request: &Request) -> Vec<Ask<'_>> {
    let mut asks = Vec::new();
    for asked in request.query().credentials() {
        let types = asked.meta.vct_values.iter().map(|vct| Some(vct.as_str()));
        let types: Vec<Option<&str>> = match asked.meta.vct_values.is_empty() {
            true => vec![None],
            false => types.collect(),
        };
        if asked.claims.is_empty() {
            asks.extend(types.iter().map(|&vct| Ask::of_type(vct)));
        }
        for claim in &asked.claims {
            let claim = &claim.path;
            asks.extend(types.iter().map(|&vct| Ask { vct, claim }));
        }
    }
    asks
}

fn option(
    credential: HeldCredential,
    matched: &Match,
    trust: &TrustStore,
) -> Result<CredentialOption, Error> {
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
    let vct = credential.credential.terms().vct.as_deref();
    let names = vct.and_then(|vct| trust.type_names(vct)).cloned();
    Ok(CredentialOption {
        names,
        credential,
        always_shown,
        claims,
        options: matched.clone(),
    })
}
