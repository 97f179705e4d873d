//! What a verifier is told: one verdict, and one outcome for each check.
//!
//! Every check starts as [`Outcome::NotChecked`]. A check that succeeds yields a token that only
//! [`crate::verify`] can make, and [`VerifiedClaims`] need every token, so that a check left out
//! by mistake can never look like one that passed.

use crate::cbor::Map;
use crate::cbor::Value;
use crate::claims::{ASSURANCE, Assurance, LEGAL_EFFECT};
use crate::sd_cwt::{DisclosuresMatched, IssuerSignatureValid, KeyBindingValid, Terms};
use crate::trust::{IssuerTrusted, Registration};
use crate::verify::{ClockPlausible, Fresh, StatusAccepted, StatusPolicy, WithinValidity};

/// What the checks come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every check passed; a credential that its issuer cannot revoke has no status to check.
    Valid,
    /// At least one check failed.
    Invalid,
    /// No check failed, and at least one could not be made.
    Undetermined,
}

impl Verdict {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid => "invalid",
            Self::Undetermined => "undetermined",
        }
    }

    /// The word to be read out, which cannot be misheard for another.
    #[must_use]
    pub const fn spoken(self) -> &'static str {
        match self {
            Self::Valid => "good",
            Self::Invalid => "not accepted",
            Self::Undetermined => "cannot be told",
        }
    }
}

/// One of the things that are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The issuer's key signed these bytes.
    IssuerSignature,
    /// That key may issue this type, and could at the time of signing.
    IssuerTrusted,
    /// The credential's own start and end of validity.
    Validity,
    /// The issuer has not revoked or suspended it.
    Status,
    /// Each disclosed claim belongs to the credential.
    Disclosures,
    /// The device key signed this presentation.
    KeyBinding,
    /// The presentation answers this request, now.
    Freshness,
    /// The verifier's clock does not contradict what was signed before.
    Clock,
}

impl Check {
    /// All checks, in the order of a report.
    pub const ALL: [Self; 8] = [
        Self::IssuerSignature,
        Self::IssuerTrusted,
        Self::Validity,
        Self::Status,
        Self::Disclosures,
        Self::KeyBinding,
        Self::Freshness,
        Self::Clock,
    ];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IssuerSignature => "issuer_signature",
            Self::IssuerTrusted => "issuer_trusted",
            Self::Validity => "validity",
            Self::Status => "status",
            Self::Disclosures => "disclosures",
            Self::KeyBinding => "key_binding",
            Self::Freshness => "freshness",
            Self::Clock => "clock",
        }
    }
}

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed(Code),
    /// It could not be told.
    NotChecked(Code),
}

/// Why a check failed or could not be made. Times and ages are in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Code {
    /// An earlier check stopped the verification.
    NotReached,
    /// The bytes are no presentation of the expected form.
    Malformed,
    /// Signed with an algorithm that this program does not know.
    UnsupportedAlgorithm {
        /// Its COSE identifier.
        id: i64,
    },
    /// The issuer's signature does not verify.
    SignatureBad,
    /// No trust list here names this issuer and key.
    IssuerUnknown,
    /// A trust list here names the issuer, and not the key that signed: the list is older than
    /// the key, or somebody used the issuer's name.
    IssuerKeyUnknown,
    /// The issuer may not issue this type of credential.
    TypeNotAllowed,
    /// Signed before the issuer's key became valid.
    IssuerKeyNotYetValid,
    /// Signed after the issuer's key had expired.
    IssuerKeyExpired,
    /// Signed after the key was withdrawn.
    IssuerKeyCutOff,
    /// The credential is for a country in which its issuer may not act.
    JurisdictionNotAllowed,
    /// The credential names its country otherwise than by the code that lists use.
    JurisdictionUnclear,
    /// The credential has expired.
    Expired {
        /// End of validity, unix seconds.
        at: i64,
    },
    /// The credential is not valid yet.
    NotYetValid {
        /// Start of validity, unix seconds.
        from: i64,
    },
    /// The clock is suspect and the answer depends on it.
    ClockSuspect,
    /// The issuer revoked the credential.
    Revoked,
    /// The issuer suspended the credential.
    Suspended,
    /// The status list holds a status that only its issuer defines.
    StatusUnclear {
        /// The value.
        value: u8,
    },
    /// The credential is good in a status list that is too old.
    StatusStale {
        /// Age of the list.
        age: i64,
    },
    /// The credential is good in a status list that is older than this verifier takes.
    StatusRefused {
        /// Age of the list.
        age: i64,
        /// The age that is taken.
        limit: i64,
    },
    /// The status list that the credential names is not here.
    StatusUnavailable,
    /// The credential names a place that its status list does not have.
    StatusBeyondList,
    /// The credential names no status list: its issuer cannot revoke it.
    StatusNotCarried,
    /// A disclosed claim does not belong to the credential.
    DisclosureMismatch,
    /// The holder's signature was left out.
    KeyBindingMissing,
    /// The holder's signature does not verify with the credential's device key.
    KeyBindingBad,
    /// The holder's signature is dated outside the life of the credential.
    KeyBindingTime,
    /// A printed copy: nobody proved to be its holder.
    HolderNotProven,
    /// Made for another verifier.
    WrongAudience,
    /// Made for another request.
    WrongNonce,
    /// The request that it answers has expired.
    RequestExpired {
        /// End of the request, unix seconds.
        at: i64,
    },
    /// A one-way presentation whose short life is over.
    PresentationExpired {
        /// End of its life, unix seconds.
        at: i64,
    },
    /// A one-way presentation without an end, or with one too far off.
    PresentationLifetime,
    /// A one-way presentation: it may have been recorded and shown again.
    NotBoundToThisMeeting,
    /// The clock stands before a time that was already signed.
    ClockBehind {
        /// By how much, at least.
        by: i64,
    },
    /// The clock stands long after anything that was ever signed.
    ClockAhead {
        /// How long after.
        by: i64,
    },
}

impl Code {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotReached => "not_reached",
            Self::Malformed => "malformed",
            Self::UnsupportedAlgorithm { .. } => "unsupported_algorithm",
            Self::SignatureBad => "signature_bad",
            Self::IssuerUnknown => "issuer_unknown",
            Self::IssuerKeyUnknown => "issuer_key_unknown",
            Self::TypeNotAllowed => "type_not_allowed",
            Self::IssuerKeyNotYetValid => "issuer_key_not_yet_valid",
            Self::IssuerKeyExpired => "issuer_key_expired",
            Self::IssuerKeyCutOff => "issuer_key_cut_off",
            Self::JurisdictionNotAllowed => "jurisdiction_not_allowed",
            Self::JurisdictionUnclear => "jurisdiction_unclear",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::ClockSuspect => "clock_suspect",
            Self::Revoked => "revoked",
            Self::Suspended => "suspended",
            Self::StatusUnclear { .. } => "status_unclear",
            Self::StatusStale { .. } => "status_stale",
            Self::StatusRefused { .. } => "status_refused",
            Self::StatusUnavailable => "status_unavailable",
            Self::StatusBeyondList => "status_beyond_list",
            Self::StatusNotCarried => "status_not_carried",
            Self::DisclosureMismatch => "disclosure_mismatch",
            Self::KeyBindingMissing => "key_binding_missing",
            Self::KeyBindingBad => "key_binding_bad",
            Self::KeyBindingTime => "key_binding_time",
            Self::HolderNotProven => "holder_not_proven",
            Self::WrongAudience => "wrong_audience",
            Self::WrongNonce => "wrong_nonce",
            Self::RequestExpired { .. } => "request_expired",
            Self::PresentationExpired { .. } => "presentation_expired",
            Self::PresentationLifetime => "presentation_lifetime",
            Self::NotBoundToThisMeeting => "not_bound_to_this_meeting",
            Self::ClockBehind { .. } => "clock_behind",
            Self::ClockAhead { .. } => "clock_ahead",
        }
    }

    /// One plain English sentence for the person who checks.
    #[must_use]
    pub fn sentence(self) -> String {
        let fixed = match self {
            Self::NotReached => "This was not checked, because an earlier check stopped.",
            Self::Malformed => "This is not a complete, well-formed presentation.",
            Self::UnsupportedAlgorithm { id } => {
                return format!("It is signed in a way this program does not know (COSE {id}).");
            }
            Self::SignatureBad => "The content was changed, or the named issuer did not sign it.",
            Self::IssuerUnknown => "The issuer is not on any trust list on this phone.",
            Self::IssuerKeyUnknown => {
                "The trust list names this issuer, but not the key that signed: \
                 the list is old, or the name is borrowed."
            }
            Self::TypeNotAllowed => "This issuer may not issue this type of credential.",
            Self::IssuerKeyNotYetValid => "It was signed before the issuer's key became valid.",
            Self::IssuerKeyExpired => "It was signed after the issuer's key had expired.",
            Self::IssuerKeyCutOff => "It was signed after the issuer's key was withdrawn.",
            Self::JurisdictionNotAllowed => "It is for a country in which its issuer may not act.",
            Self::JurisdictionUnclear => {
                "Whether its issuer may act in the country that it names cannot be told."
            }
            Self::Expired { .. } => "The credential has expired.",
            Self::NotYetValid { .. } => "The credential is not valid yet.",
            Self::ClockSuspect => "This depends on the time, and this phone's clock is wrong.",
            Self::Revoked => "The issuer has revoked this credential.",
            Self::Suspended => "The issuer has suspended this credential.",
            Self::StatusUnclear { value } => {
                return format!("The issuer gave it status {value}, whose meaning only it knows.");
            }
            Self::StatusStale { age } => {
                return format!(
                    "It was not revoked {}, and nothing newer is here.",
                    ago(age)
                );
            }
            Self::StatusRefused { age, limit } => {
                return format!(
                    "It was not revoked {}; this verifier refuses what is older than {}.",
                    ago(age),
                    span(limit)
                );
            }
            Self::StatusUnavailable => "Whether it was revoked is not known on this phone.",
            Self::StatusBeyondList => "It names a place that its status list does not have.",
            Self::StatusNotCarried => "This credential cannot be revoked by its issuer.",
            Self::DisclosureMismatch => "A claim that is shown does not belong to the credential.",
            Self::KeyBindingMissing => "The holder's signature was left out.",
            Self::KeyBindingBad => "The phone that shows it is not the one it was issued to.",
            Self::KeyBindingTime => {
                "The holder's signature is dated before or after the credential's life: \
                 the clock of her phone may be wrong."
            }
            Self::HolderNotProven => "This is a copy: nobody proved to be its holder.",
            Self::WrongAudience => "It was made for another verifier.",
            Self::WrongNonce => "It answers another request, not this one.",
            Self::RequestExpired { .. } => "The request it answers has expired: ask again.",
            Self::PresentationExpired { .. } => {
                "It was made to be shown earlier: ask for a new one."
            }
            Self::PresentationLifetime => "It does not say when it ends, or ends too late.",
            Self::NotBoundToThisMeeting => {
                "It answers no request, so it may be a recording shown again."
            }
            Self::ClockBehind { by } => {
                return format!("This phone's clock is behind by {} or more.", span(by));
            }
            Self::ClockAhead { by } => {
                return format!(
                    "Nothing here was signed in the last {}: this phone's clock may be ahead.",
                    span(by)
                );
            }
        };
        fixed.to_owned()
    }

    /// At most four words to be read out or shown large; the sentence says the rest.
    #[must_use]
    pub const fn spoken(self) -> &'static str {
        match self {
            Self::NotReached => "not checked",
            Self::Malformed => "not readable",
            Self::UnsupportedAlgorithm { .. } => "unknown kind of signature",
            Self::SignatureBad => "changed or not genuine",
            Self::IssuerUnknown => "issuer not known here",
            Self::IssuerKeyUnknown => "issuer's key not known",
            Self::TypeNotAllowed => "issuer not allowed this",
            Self::IssuerKeyNotYetValid => "signed before key began",
            Self::IssuerKeyExpired => "signed after key ended",
            Self::IssuerKeyCutOff => "issuer's key was withdrawn",
            Self::JurisdictionNotAllowed => "issuer not allowed there",
            Self::JurisdictionUnclear => "country not clear",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not valid yet",
            Self::ClockSuspect => "depends on the clock",
            Self::Revoked => "revoked",
            Self::Suspended => "suspended",
            Self::StatusUnclear { .. } => "status not clear",
            Self::StatusStale { .. } => "status is old",
            Self::StatusRefused { .. } => "status too old",
            Self::StatusUnavailable => "status not known",
            Self::StatusBeyondList => "no place in list",
            Self::StatusNotCarried => "cannot be revoked",
            Self::DisclosureMismatch => "claim does not belong",
            Self::KeyBindingMissing => "holder did not sign",
            Self::KeyBindingBad => "another phone's credential",
            Self::KeyBindingTime => "holder's clock is wrong",
            Self::HolderNotProven => "a copy",
            Self::WrongAudience => "made for somebody else",
            Self::WrongNonce => "answers another request",
            Self::RequestExpired { .. } => "too late, ask again",
            Self::PresentationExpired { .. } => "shown too late",
            Self::PresentationLifetime => "lives too long",
            Self::NotBoundToThisMeeting => "may be a recording",
            Self::ClockBehind { .. } => "clock is behind",
            Self::ClockAhead { .. } => "clock may be ahead",
        }
    }

    /// Whether this keeps a verdict from being [`Verdict::Valid`] when a check was not made.
    #[must_use]
    pub const fn blocks(self) -> bool {
        !matches!(self, Self::StatusNotCarried)
    }
}

fn ago(seconds: i64) -> String {
    format!("{} ago", span(seconds))
}

fn span(seconds: i64) -> String {
    let (count, unit) = match seconds.max(0) {
        seconds @ 0..120 => (seconds, "second"),
        seconds @ 120..7_200 => (seconds / 60, "minute"),
        seconds @ 7_200..172_800 => (seconds / 3_600, "hour"),
        seconds => (seconds / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

/// The result of checking one presentation.
#[derive(Debug)]
pub struct Report {
    outcomes: [Outcome; Check::ALL.len()],
    disclosed: Option<DisclosedClaims>,
    verified: Option<VerifiedClaims>,
    /// Who issued it, when a trust list here names the issuer.
    pub issuer: Option<IssuerFacts>,
    /// Seconds since the status list was signed, when one was looked at.
    pub status_age: Option<i64>,
    /// What this verifier makes of old words on a status, when one was looked at.
    pub status_policy: Option<StatusPolicy>,
}

/// What a trust list says of an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerFacts {
    /// Its names, by BCP 47 language tag.
    pub names: Vec<(String, String)>,
    /// Its country, ISO 3166-1 alpha-3.
    pub country: String,
    /// What registers say of it; where it may act is compared with the claim `jurisdiction`.
    pub registration: Registration,
    /// The trust list that names it.
    pub list: String,
    /// The version of that list.
    pub list_version: u64,
    /// Seconds since that list was signed.
    pub list_age: i64,
    /// Whether that list says that a newer one should be here by now.
    pub list_overdue: bool,
}

/// Claims that the issuer did sign and the credential does hold. They say nothing about
/// validity or about who shows them: show them only together with the verdict.
#[derive(Clone, PartialEq)]
pub struct DisclosedClaims {
    /// Who issued what, to which key, and for how long.
    pub terms: Terms,
    /// The claims set, terms included.
    pub claims: Map,
}

impl DisclosedClaims {
    /// How the content came about, if the issuer says so.
    #[must_use]
    pub fn assurance(&self) -> Option<Assurance> {
        self.claims.name(ASSURANCE)?.as_text()?.parse().ok()
    }

    /// What the credential is and is not in law, if the issuer says so.
    #[must_use]
    pub fn legal_effect(&self) -> Option<&str> {
        let stated = self.claims.name(LEGAL_EFFECT).and_then(Value::as_text);
        stated.filter(|text| !text.trim().is_empty())
    }

    /// How far the content can be relied on, in English; always there.
    #[must_use]
    pub fn assurance_text(&self) -> &'static str {
        self.assurance().map_or(NO_ASSURANCE, Assurance::label)
    }

    /// What the credential is and is not in law; always there.
    #[must_use]
    pub fn legal_text(&self) -> &str {
        self.legal_effect().unwrap_or(NO_LICENCE)
    }
}

/// Claims for which every check passed. Made only from the token of every check.
#[derive(Clone, PartialEq)]
pub struct VerifiedClaims(DisclosedClaims);

impl core::fmt::Debug for DisclosedClaims {
    /// Tells how many claims there are: what they say is personal.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "DisclosedClaims({} claims)", self.claims.len())
    }
}

impl core::fmt::Debug for VerifiedClaims {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "VerifiedClaims({} claims)", self.0.claims.len())
    }
}

impl VerifiedClaims {
    /// Who issued what, to which key, and for how long.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.0.terms
    }

    /// The claims set, terms included.
    #[must_use]
    pub const fn claims(&self) -> &Map {
        &self.0.claims
    }
}

/// Tokens of the checks that passed so far.
#[derive(Debug)]
pub(crate) struct Evidence {
    pub(crate) issuer_signature: Option<IssuerSignatureValid>,
    pub(crate) issuer_trusted: Option<IssuerTrusted>,
    pub(crate) validity: Option<WithinValidity>,
    pub(crate) status: Option<StatusAccepted>,
    pub(crate) disclosures: Option<DisclosuresMatched>,
    pub(crate) key_binding: Option<KeyBindingValid>,
    pub(crate) freshness: Option<Fresh>,
    pub(crate) clock: Option<ClockPlausible>,
}

impl Report {
    /// A report in which nothing was checked.
    pub(crate) const fn new() -> Self {
        Self {
            outcomes: [Outcome::NotChecked(Code::NotReached); Check::ALL.len()],
            disclosed: None,
            verified: None,
            issuer: None,
            status_age: None,
            status_policy: None,
        }
    }

    /// Notes what a check came to, and hands its token on when it passed.
    pub(crate) fn note<T>(&mut self, check: Check, result: Result<T, Outcome>) -> Option<T> {
        let (outcome, token) = match result {
            Ok(token) => (Outcome::Passed, Some(token)),
            Err(outcome) => (outcome, None),
        };
        self.set(check, outcome);
        token
    }

    pub(crate) fn set(&mut self, check: Check, outcome: Outcome) {
        if let Some(place) = self.outcomes.get_mut(check as usize) {
            *place = outcome;
        }
    }

    /// Ends the verification. Claims are told once signature and disclosures were right, and
    /// count as verified when no token is missing.
    pub(crate) fn conclude(mut self, claims: Option<DisclosedClaims>, evidence: Evidence) -> Self {
        let authentic = evidence.issuer_signature.is_some() && evidence.disclosures.is_some();
        self.disclosed = claims.filter(|_| authentic);
        if let Evidence {
            issuer_signature: Some(_),
            issuer_trusted: Some(_),
            validity: Some(_),
            status: Some(_),
            disclosures: Some(_),
            key_binding: Some(_),
            freshness: Some(_),
            clock: Some(_),
        } = evidence
            && self.verdict() == Verdict::Valid
        {
            self.verified = self.disclosed.clone().map(VerifiedClaims);
        }
        self
    }

    /// The verdict.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self
            .outcomes
            .iter()
            .any(|outcome| matches!(outcome, Outcome::Failed(_)))
        {
            Verdict::Invalid
        } else if self
            .outcomes
            .iter()
            .any(|outcome| matches!(outcome, Outcome::NotChecked(code) if code.blocks()))
        {
            Verdict::Undetermined
        } else {
            Verdict::Valid
        }
    }

    /// Every check with its outcome.
    pub fn checks(&self) -> impl Iterator<Item = (Check, Outcome)> {
        Check::ALL.into_iter().zip(self.outcomes)
    }

    /// The outcome of one check.
    #[must_use]
    pub fn outcome(&self, check: Check) -> Outcome {
        let outcome = self.outcomes.get(check as usize).copied();
        outcome.unwrap_or(Outcome::NotChecked(Code::NotReached))
    }

    /// The code that decided the verdict: the first failure; else the clock, on which others
    /// depend, if it is wrong; else the first check not made.
    #[must_use]
    pub fn reason(&self) -> Option<Code> {
        let failed = self.outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Failed(code) => Some(*code),
            _ => None,
        });
        let not_made = |outcome: Outcome| match outcome {
            Outcome::NotChecked(code) if code.blocks() => Some(code),
            _ => None,
        };
        failed
            .or_else(|| match self.outcome(Check::Clock) {
                Outcome::NotChecked(
                    code @ (Code::ClockBehind { .. } | Code::ClockAhead { .. }),
                ) => Some(code),
                _ => None,
            })
            .or_else(|| self.outcomes.iter().copied().find_map(not_made))
    }

    /// Claims that the issuer signed. `None` when signature or disclosures are wrong.
    #[must_use]
    pub const fn disclosed(&self) -> Option<&DisclosedClaims> {
        self.disclosed.as_ref()
    }

    /// Claims for which every check passed: there only with [`Verdict::Valid`].
    #[must_use]
    pub const fn verified(&self) -> Option<&VerifiedClaims> {
        self.verified.as_ref()
    }
}

/// Beside the content of an issuer that does not say how it came about.
const NO_ASSURANCE: &str = "The issuer does not say how this came about";

/// Beside the content of an issuer that does not say what it is in law.
const NO_LICENCE: &str =
    "This is not a licence, permit or recognition decision: its issuer does not say that it is.";
