//! The verifier's side: ask, collect the answer, and tell what it is worth.

use nansen_credential::ClaimPath;
use nansen_credential::cose::{SecretKey, Signer};
use nansen_credential::pack::TypeNames;
use nansen_credential::report::{Check, Code, Outcome, Report, Verdict};
use nansen_credential::verify::{Expected, StatusPolicy, verify};
use nansen_exchange::compact::{Meeting, expand};
use nansen_exchange::qr::{Collector, Kind, Layout, Outcome as Scan};
use nansen_exchange::query::{Candidate, Mismatch, Query, SD_CWT_FORMAT};
use nansen_exchange::request::{NewRequest, Request};
use nansen_exchange::{VerifierSession, response};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{Error, TrustStore};

/// Seconds after which a status list no longer settles whether a credential is good.
pub const DEFAULT_MAX_STATUS_AGE: i64 = 30 * 24 * 3600;

/// Audience of presentations that answer no request.
pub const ONE_WAY_AUDIENCE: &str = "urn:nansen:one-way";

/// Somebody who asks and checks.
#[derive(Debug)]
pub struct Verifier<K = SecretKey> {
    key: K,
    name: String,
    status_policy: StatusPolicy,
}

impl<K: Signer> Verifier<K> {
    /// A verifier with a key to sign requests, and the name that holders are shown.
    pub fn new(key: K, name: &str) -> Self {
        Self {
            key,
            name: name.to_owned(),
            status_policy: DEFAULT_MAX_STATUS_AGE.into(),
        }
    }

    /// Takes status lists of up to this age, in seconds, as settling the matter, and leaves the
    /// verdict open beyond.
    #[must_use]
    pub fn with_max_status_age(self, seconds: i64) -> Self {
        self.with_status_policy(seconds.into())
    }

    /// Decides what to make of old words on a status. Each report states it.
    #[must_use]
    pub fn with_status_policy(mut self, policy: StatusPolicy) -> Self {
        self.status_policy = policy;
        self
    }

    /// The key that signs requests and receipts.
    pub(crate) const fn key(&self) -> &K {
        &self.key
    }

    /// The name that holders are shown.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Signs a request and waits for its answer.
    ///
    /// # Errors
    /// Those of [`NewRequest::sign`].
    pub fn request(
        &self,
        query: Query,
        purpose: &str,
        store: &TrustStore,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Session, Error> {
        let mut request = NewRequest::new(&self.name, purpose, query, now);
        request.lists = store.held_lists();
        self.ask(&request, rng)
    }

    /// Signs a request of any shape and waits for its answer.
    ///
    /// # Errors
    /// Those of [`NewRequest::sign`].
    pub fn ask(&self, request: &NewRequest, rng: &mut impl CryptoRng) -> Result<Session, Error> {
        let (_, session) = request.sign(&self.key, rng)?;
        Ok(Session::over(session, self.status_policy))
    }
}

/// One request and the wait for its answer. It lives in memory.
#[derive(Debug)]
pub struct Session {
    session: VerifierSession,
    collector: Collector,
    status_policy: StatusPolicy,
    is_answered: bool,
}

/// What came of a request.
#[derive(Debug)]
pub struct Answered {
    /// One for each presentation.
    pub presentations: Vec<Checked>,
    /// Whether presentations with the verdict [`Verdict::Valid`] give all that was asked for.
    /// Several credentials need not be of one person: each is bound to a device key of its own.
    /// Compare names, or a face, before they are taken together.
    pub is_complete: bool,
    now: i64,
}

/// One presentation, checked.
#[derive(Debug)]
pub struct Checked {
    /// Id of the credential query that it answers.
    pub query: String,
    /// What the checks came to.
    pub report: Report,
    /// Why it does not answer the query, valid or not. Empty when it does.
    pub mismatches: Vec<Mismatch>,
    /// Claims that were asked for and are not shown.
    pub withheld: Vec<ClaimPath>,
    /// What the type and its claims are called, if a pack here says so.
    pub names: Option<TypeNames>,
}

impl Session {
    /// The session with its secret, for a verifier whose asking and checking are two programs:
    /// see [`VerifierSession::to_secret_bytes`]. What was collected so far is not in it.
    #[must_use]
    pub fn to_secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.session.to_secret_bytes()
    }

    /// The session from [`Session::to_secret_bytes`].
    ///
    /// # Errors
    /// Those of [`VerifierSession::from_secret_bytes`].
    pub fn from_secret_bytes(
        bytes: &[u8],
        status_policy: impl Into<StatusPolicy>,
    ) -> Result<Self, Error> {
        let session = VerifierSession::from_secret_bytes(bytes)?;
        Ok(Self::over(session, status_policy.into()))
    }

    fn over(session: VerifierSession, status_policy: StatusPolicy) -> Self {
        Self {
            session,
            collector: Collector::new(),
            status_policy,
            is_answered: false,
        }
    }

    /// The request.
    #[must_use]
    pub const fn request(&self) -> &Request {
        self.session.request()
    }

    /// The request as texts of QR codes: one, or frames to show in turn.
    ///
    /// # Errors
    /// Those of [`Layout::texts`].
    pub fn codes(&self, layout: Layout) -> Result<Vec<String>, Error> {
        Ok(layout.texts(Kind::Request, self.request().bytes())?)
    }

    /// Takes one scanned text. When it completes the answer, hand its bytes to
    /// [`Session::check`].
    pub fn feed(&mut self, text: &str) -> Scan {
        self.collector.feed(text)
    }

    /// Opens an answer and checks each presentation in it.
    ///
    /// An answer that no holder bound to this request leaves the session as it was. One that a
    /// holder did ends it: the same answer, or another one, is not taken a second time.
    ///
    /// # Errors
    /// [`nansen_exchange::Error::NotForThisRequest`] for the answer to another request,
    /// [`Error::AlreadyAnswered`], and those of [`response::decode`].
    pub fn check(
        &mut self,
        sealed: &[u8],
        store: &TrustStore,
        now: i64,
    ) -> Result<Answered, Error> {
        self.check_with(sealed, store, self.status_policy, now)
    }

    /// The same under another policy than the session's own.
    pub(crate) fn check_with(
        &mut self,
        sealed: &[u8],
        store: &TrustStore,
        policy: StatusPolicy,
        now: i64,
    ) -> Result<Answered, Error> {
        if self.is_answered {
            return Err(Error::AlreadyAnswered);
        }
        let plaintext = self.session.open(sealed)?;
        let request = self.session.request();
        let lists = request.known_lists(store.trust_lists());
        let received = response::decode(request, &plaintext, &lists)?;
        let audience = request.audience();
        let expected = Expected::Answer {
            audience: &audience,
            nonce: request.digest(),
            requested_at: request.issued_at(),
            expires_at: request.expires_at(),
        };
        let mut presentations = Vec::with_capacity(received.len());
        for answer in &received {
            let mut context = store.context(now, policy);
            context.issuer_key = answer.expanded.issuer_key.as_ref();
            let report = verify(&answer.expanded.presentation, expected, &context);
            presentations.push(compare(request.query(), answer.query, report, store));
        }
        let is_complete = is_complete(request.query(), &presentations);
        // Anybody who saw the request can seal something to it: only a holder ends the session.
        let is_bound = |checked: &Checked| {
            let signed = checked.report.outcome(Check::KeyBinding);
            let is_signed = matches!(
                signed,
                Outcome::Passed | Outcome::NotChecked(Code::KeyBindingTime)
            );
            is_signed && checked.report.outcome(Check::Freshness) == Outcome::Passed
        };
        self.is_answered = presentations.iter().any(is_bound);
        Ok(Answered {
            is_complete,
            presentations,
            now,
        })
    }
}

/// Checks a presentation that answers no request. Its report never says
/// [`Verdict::Valid`]: it may have been recorded.
///
/// # Errors
/// Those of [`expand`].
pub fn check_one_way(bytes: &[u8], store: &TrustStore, now: i64) -> Result<Report, Error> {
    check_one_way_with(bytes, store, DEFAULT_MAX_STATUS_AGE.into(), now)
}

/// As [`check_one_way`], with a policy of the caller's for words on a status that are old.
///
/// # Errors
/// Those of [`check_one_way`].
pub fn check_one_way_with(
    bytes: &[u8],
    store: &TrustStore,
    policy: StatusPolicy,
    now: i64,
) -> Result<Report, Error> {
    let meeting = Meeting::OneWay {
        audience: ONE_WAY_AUDIENCE,
    };
    let expected = Expected::OneWay {
        audience: ONE_WAY_AUDIENCE,
    };
    check_alone(bytes, (meeting, expected), store, policy, now)
}

/// Checks a printed copy. Its report never says [`Verdict::Valid`]: nobody proved to be its
/// holder.
///
/// # Errors
/// Those of [`expand`].
pub fn check_copy(bytes: &[u8], store: &TrustStore, now: i64) -> Result<Report, Error> {
    check_copy_with(bytes, store, DEFAULT_MAX_STATUS_AGE.into(), now)
}

/// As [`check_copy`], with a policy of the caller's for words on a status that are old.
///
/// # Errors
/// Those of [`check_copy`].
pub fn check_copy_with(
    bytes: &[u8],
    store: &TrustStore,
    policy: StatusPolicy,
    now: i64,
) -> Result<Report, Error> {
    let shown_as = (Meeting::Copy, Expected::Copy);
    check_alone(bytes, shown_as, store, policy, now)
}

fn check_alone(
    bytes: &[u8],
    (meeting, expected): (Meeting<'_>, Expected<'_>),
    store: &TrustStore,
    policy: StatusPolicy,
    now: i64,
) -> Result<Report, Error> {
    let expanded = expand(bytes, meeting, &[])?;
    let mut context = store.context(now, policy);
    context.issuer_key = expanded.issuer_key.as_ref();
    Ok(verify(&expanded.presentation, expected, &context))
}

/// Holds what is shown against what was asked for.
fn compare(query: &Query, place: usize, report: Report, store: &TrustStore) -> Checked {
    let asked = query.credentials().get(place);
    let id = asked.map(|asked| asked.id.clone()).unwrap_or_default();
    let Some((asked, shown)) = asked.zip(report.disclosed()) else {
        return Checked {
            query: id,
            report,
            mismatches: vec![Mismatch::WrongType],
            withheld: Vec::new(),
            names: None,
        };
    };
    let names = shown.terms.vct.as_deref();
    let names = names.and_then(|vct| store.type_names(vct)).cloned();
    let candidate = Candidate {
        format: SD_CWT_FORMAT,
        vct: shown.terms.vct.as_deref().unwrap_or_default(),
        claims: &shown.claims,
    };
    let mut evaluation = query.evaluate(&[candidate]);
    let outcome = evaluation
        .credentials
        .get_mut(place)
        .and_then(|asked| asked.candidates.pop());
    let withheld = asked.claims.iter().map(|claim| &claim.path);
    let withheld = withheld.filter(|path| path.select(&shown.claims).is_empty());
    Checked {
        query: id,
        mismatches: outcome.and_then(Result::err).unwrap_or_default(),
        withheld: withheld.cloned().collect(),
        names,
        report,
    }
}

/// Whether the valid presentations that match their query satisfy the whole.
fn is_complete(query: &Query, presentations: &[Checked]) -> bool {
    let is_answered = |id: &str| {
        presentations.iter().any(|checked| {
            checked.query == id
                && checked.mismatches.is_empty()
                && checked.report.verdict() == Verdict::Valid
        })
    };
    if query.sets().is_empty() {
        return query
            .credentials()
            .iter()
            .all(|asked| is_answered(&asked.id));
    }
    query.sets().iter().filter(|set| set.required).all(|set| {
        let mut options = set.options.iter();
        options.any(|option| option.iter().all(|id| is_answered(id)))
    })
}

impl Answered {
    /// Notes signed times that are worth trusting: those of credentials whose issuer is trusted.
    pub fn note_signed_times(&self, store: &mut TrustStore) {
        for checked in &self.presentations {
            let is_trusted = [
                Check::IssuerSignature,
                Check::IssuerTrusted,
                // Post-dated credentials say nothing about the time.
                Check::Validity,
            ]
            .iter()
            .all(|check| checked.report.outcome(*check) == Outcome::Passed);
            let signed = checked
                .report
                .disclosed()
                .and_then(|shown| shown.terms.issued_at);
            if let Some(time) = signed.filter(|_| is_trusted) {
                // The second may tell whose it was; the day is many people's.
                store.note_signed_time(time - time.rem_euclid(DAY), self.now);
            }
        }
    }
}

/// In seconds.
pub(crate) const DAY: i64 = 86_400;
