//! What a verifier is told.

use nansen::credential::report::{self, Code, DisclosedClaims};
use nansen::credential::verify;

use crate::claims::claims;
use crate::{Claim, Timestamp};

/// What the checks come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum Verdict {
    /// Every check passed.
    Valid,
    /// At least one check failed.
    Invalid,
    /// No check failed, and at least one could not be made: neither good nor bad.
    Undetermined,
}

/// One of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum Check {
    /// The issuer signed it.
    IssuerSignature,
    /// A trust list lets the issuer issue this type, at that time.
    IssuerTrusted,
    /// It is in its validity period.
    Validity,
    /// It was not revoked or suspended.
    Status,
    /// What is shown belongs to it.
    Disclosures,
    /// The holder's device key signed the presentation.
    KeyBinding,
    /// It was made for this request, now.
    Freshness,
    /// This phone's clock is plausible.
    Clock,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum CheckOutcome {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// It could not be made, and the verdict depends on it.
    NotChecked,
    /// There is nothing to check, such as the status of what cannot be revoked.
    NotNeeded,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct CheckResult {
    /// Which.
    pub check: Check,
    /// How it came out.
    pub outcome: CheckOutcome,
    /// Why, as a stable name such as `revoked`; empty when it passed.
    pub code: String,
    /// Why, as an English sentence; empty when it passed.
    pub sentence: String,
    /// Why, in at most four English words to be read out; empty when it passed.
    pub spoken: String,
}

/// What the checks of one presentation found.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct Report {
    /// What they come to.
    pub verdict: Verdict,
    /// The one sentence to show first; empty when valid.
    pub reason: String,
    /// Verdict or reason in at most four English words, to be read out or shown large.
    pub spoken: String,
    /// All checks.
    pub checks: Vec<CheckResult>,
    /// What is shown.
    pub shown: Shown,
    /// The issuer by its trust list.
    pub issuer: Option<IssuerFacts>,
    /// Age in seconds of the status list that was used.
    pub status_age: Option<i64>,
    /// What this verifier makes of old status lists, when one was used.
    pub status_policy: Option<StatusPolicy>,
    /// Names it to `Verifier.receipt`, among the last 64 that a verifier checked.
    pub number: u64,
}

/// What a verifier makes of what is known of a status. That a credential was revoked counts
/// however old it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct StatusPolicy {
    /// Seconds up to which it settles the matter.
    pub max_age: i64,
    /// What is made of it when it is older.
    pub beyond: OldStatus,
}

/// What a verifier makes of a status that is too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum OldStatus {
    /// Go by it, and tell its age.
    Accept,
    /// Leave the verdict open.
    Warn,
    /// Refuse the credential.
    Refuse,
}

/// What a presentation shows, by what it is worth.
#[derive(Clone, Debug, PartialEq, uniffi::Enum)]
pub enum Shown {
    /// Every check passed: these claims may be relied on.
    Verified {
        /// What is shown.
        presented: Presented,
    },
    /// The issuer signed this, and another check did not pass: read the report with it.
    Unverified {
        /// What is shown.
        presented: Presented,
    },
    /// Nothing here is known to come from an issuer.
    Nothing,
}

/// Claims with their terms.
#[derive(Clone, Debug, PartialEq, uniffi::Record)]
pub struct Presented {
    /// URI of the issuer.
    pub issuer: String,
    /// Type of the credential.
    pub credential_type: String,
    /// When it was signed.
    pub issued_at: Option<Timestamp>,
    /// Start of its validity.
    pub valid_from: Option<Timestamp>,
    /// End of its validity.
    pub expires_at: Option<Timestamp>,
    /// How the claims came about: `self_declared`, `attested`, `assessed`, `certified` or
    /// `recognised`.
    pub assurance: Option<String>,
    /// What it entitles to, and what not, in the issuer's words.
    pub legal_effect: Option<String>,
    /// How far the claims can be relied on, in English: to be shown with them.
    pub assurance_text: String,
    /// What it is and is not in law: to be shown with the claims. The issuer's words, or that it
    /// is no licence.
    pub legal_text: String,
    /// The claims.
    pub claims: Vec<Claim>,
}

/// An issuer, by its trust list.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct IssuerFacts {
    /// The name in English, else in the first language of the list.
    pub name: String,
    /// Country (ISO 3166-1 alpha-3).
    pub country: String,
    /// Its number in a register of its country.
    pub legal_id: Option<String>,
    /// The body that assures its quality.
    pub quality_body: Option<String>,
    /// Countries in which it may act; all when empty.
    pub jurisdictions: Vec<String>,
    /// Id of the trust list.
    pub list: String,
    /// Its version.
    pub list_version: u64,
    /// Its age in seconds.
    pub list_age: i64,
    /// Whether a newer version is due.
    pub is_list_overdue: bool,
}

impl Report {
    pub(crate) fn new(report: &report::Report, number: u64) -> Self {
        let presented = report.disclosed().map(Presented::from);
        let shown = match (presented, report.verified().is_some()) {
            (Some(presented), true) => Shown::Verified { presented },
            (Some(presented), false) => Shown::Unverified { presented },
            (None, _) => Shown::Nothing,
        };
        Self {
            verdict: report.verdict().into(),
            reason: report.reason().map(Code::sentence).unwrap_or_default(),
            spoken: report
                .reason()
                .map_or_else(|| report.verdict().spoken(), Code::spoken)
                .to_owned(),
            checks: report.checks().map(CheckResult::from).collect(),
            shown,
            issuer: report.issuer.as_ref().map(IssuerFacts::from),
            status_age: report.status_age,
            status_policy: report.status_policy.map(StatusPolicy::from),
            number,
        }
    }
}

impl From<&DisclosedClaims> for Presented {
    fn from(disclosed: &DisclosedClaims) -> Self {
        let terms = &disclosed.terms;
        Self {
            issuer: terms.issuer.clone(),
            credential_type: terms.vct.clone().unwrap_or_default(),
            issued_at: terms.issued_at.map(Timestamp),
            valid_from: terms.not_before.map(Timestamp),
            expires_at: terms.expires_at.map(Timestamp),
            assurance: disclosed
                .assurance()
                .map(|assurance| assurance.as_str().to_owned()),
            legal_effect: disclosed.legal_effect().map(str::to_owned),
            assurance_text: disclosed.assurance_text().to_owned(),
            legal_text: disclosed.legal_text().to_owned(),
            claims: claims(&disclosed.claims),
        }
    }
}

impl From<&report::IssuerFacts> for IssuerFacts {
    fn from(facts: &report::IssuerFacts) -> Self {
        let english = facts.names.iter().find(|(tag, _)| tag == "en");
        let name = english
            .or(facts.names.first())
            .map(|(_, name)| name.clone());
        Self {
            name: name.unwrap_or_default(),
            country: facts.country.clone(),
            legal_id: facts.registration.legal_id.clone(),
            quality_body: facts.registration.quality_body.clone(),
            jurisdictions: facts.registration.jurisdictions.clone(),
            list: facts.list.clone(),
            list_version: facts.list_version,
            list_age: facts.list_age,
            is_list_overdue: facts.list_overdue,
        }
    }
}

impl From<(report::Check, report::Outcome)> for CheckResult {
    fn from((check, outcome): (report::Check, report::Outcome)) -> Self {
        let (outcome, code) = match outcome {
            report::Outcome::Passed => (CheckOutcome::Passed, None),
            report::Outcome::Failed(code) => (CheckOutcome::Failed, Some(code)),
            report::Outcome::NotChecked(code) if code.blocks() => {
                (CheckOutcome::NotChecked, Some(code))
            }
            report::Outcome::NotChecked(code) => (CheckOutcome::NotNeeded, Some(code)),
        };
        Self {
            check: check.into(),
            outcome,
            code: code.map(Code::as_str).unwrap_or_default().to_owned(),
            sentence: code.map(Code::sentence).unwrap_or_default(),
            spoken: code.map(Code::spoken).unwrap_or_default().to_owned(),
        }
    }
}

impl From<verify::StatusPolicy> for StatusPolicy {
    fn from(policy: verify::StatusPolicy) -> Self {
        Self {
            max_age: policy.max_age,
            beyond: match policy.beyond {
                verify::Beyond::Accept => OldStatus::Accept,
                verify::Beyond::Warn => OldStatus::Warn,
                verify::Beyond::Refuse => OldStatus::Refuse,
            },
        }
    }
}

impl From<OldStatus> for verify::Beyond {
    fn from(old: OldStatus) -> Self {
        match old {
            OldStatus::Accept => Self::Accept,
            OldStatus::Warn => Self::Warn,
            OldStatus::Refuse => Self::Refuse,
        }
    }
}

impl From<report::Check> for Check {
    fn from(check: report::Check) -> Self {
        match check {
            report::Check::IssuerSignature => Self::IssuerSignature,
            report::Check::IssuerTrusted => Self::IssuerTrusted,
            report::Check::Validity => Self::Validity,
            report::Check::Status => Self::Status,
            report::Check::Disclosures => Self::Disclosures,
            report::Check::KeyBinding => Self::KeyBinding,
            report::Check::Freshness => Self::Freshness,
            report::Check::Clock => Self::Clock,
        }
    }
}

impl From<report::Verdict> for Verdict {
    fn from(verdict: report::Verdict) -> Self {
        match verdict {
            report::Verdict::Valid => Self::Valid,
            report::Verdict::Invalid => Self::Invalid,
            report::Verdict::Undetermined => Self::Undetermined,
        }
    }
}
