//! From bytes to a [`Report`]: every check of a presentation, none of which touches a clock,
//! a network or a file.
//!
//! | check | passes when |
//! |---|---|
//! | issuer signature | the key that the trust list or the holder names signed the bytes received |
//! | issuer trusted | a trust list gives that key this type at the time of signing |
//! | validity | the [time to reckon by](reckon) lies within `nbf` and `exp` |
//! | status | a status list of the same issuer, or a snapshot of it by a publisher whose list allows the credential, young enough for the [policy](StatusPolicy), says so, and none of them says revoked; or none is named |
//! | disclosures | each one matches a digest and adds a new claim |
//! | key binding | the device key signed this presentation, by its date while the credential lived |
//! | freshness | audience and nonce are those of the request, which has not expired |
//! | clock | [signed times](ClockDoubt) do not contradict the clock |
//!
//! A clock in doubt makes nothing valid and nothing fake: what depends on it stays
//! [`Outcome::NotChecked`]. Expired is what has expired by a clock that signed times do not
//! contradict, or by both where they do; not yet valid what its issuer dated ahead in `nbf`, by a
//! clock that is not in doubt.

use core::cmp::Reverse;

use crate::Error;
use crate::cbor::Value;
use crate::claims::JURISDICTION;
use crate::cose::PublicKey;
use crate::fields::is_alpha_3;
use crate::report::{Check, Code, DisclosedClaims, Evidence, IssuerFacts, Outcome, Report};
use crate::sd_cwt::{
    DisclosuresMatched, IssuerSignatureValid, KeyBinding, KeyBindingValid, KeyBoundSdCwt, SdCwt,
    StatusReference,
};
use crate::status::snapshot::PublishedSnapshot;
use crate::status::{Status, StatusList};
use crate::trust::{Allowed, Anchors, Issuer, TrustFailure, TrustList, speaks_for};

/// What the verifier knows when it checks.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The clock, unix seconds.
    pub now: i64,
    /// The latest signed time seen so far, unix seconds: the real time is not before it.
    pub latest_signed_time: i64,
    /// Trust lists, in order of preference.
    pub trust_lists: &'a [TrustList],
    /// Status lists.
    pub status_lists: &'a [StatusList],
    /// Status snapshots of publishers.
    pub snapshots: &'a [PublishedSnapshot],
    /// What is made of old words on a status.
    pub status_policy: StatusPolicy,
    /// The issuer's key as the holder tells it, for an issuer on no trust list here: it can
    /// show that a signature is genuine, and never that its issuer is to be trusted.
    pub issuer_key: Option<&'a PublicKey>,
}

/// How old a word on a status may be, and what a verifier makes of an older one. A word that
/// says revoked counts however old it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusPolicy {
    /// Seconds up to which a word settles the matter.
    pub max_age: i64,
    /// What is made of a word that is older, or that its issuer has ended.
    pub beyond: Beyond,
}

/// What a verifier makes of a word on a status that is too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// Go by it, and tell its age.
    Accept,
    /// Leave the verdict open.
    Warn,
    /// Refuse what it speaks of.
    Refuse,
}

impl Beyond {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Warn => "warn",
            Self::Refuse => "refuse",
        }
    }
}

impl From<i64> for StatusPolicy {
    /// Leaves the verdict open beyond this age in seconds.
    fn from(max_age: i64) -> Self {
        Self {
            max_age,
            beyond: Beyond::Warn,
        }
    }
}

/// What signed times say against a clock, by how many seconds at the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockDoubt {
    /// It stands before a time that was already signed.
    Behind {
        /// By so much.
        by: i64,
    },
    /// It stands further from anything ever signed than [`MAX_SILENCE`]: either this phone has
    /// heard nothing for that long, or the clock is ahead.
    Ahead {
        /// How far from the latest signed time.
        by: i64,
    },
}

impl ClockDoubt {
    /// What there is against the clock `now`, when `latest_signed_time` is the latest time that
    /// was signed, both in unix seconds; without any signed time (0), nothing.
    #[must_use]
    pub const fn of(now: i64, latest_signed_time: i64) -> Option<Self> {
        let ahead = now.saturating_sub(latest_signed_time);
        if now.saturating_add(CLOCK_TOLERANCE) < latest_signed_time {
            Some(Self::Behind {
                by: latest_signed_time.saturating_sub(now),
            })
        } else if latest_signed_time > 0 && ahead > MAX_SILENCE {
            Some(Self::Ahead { by: ahead })
        } else {
            None
        }
    }
}

/// The time to reckon ages and ends by, unix seconds: the later of the clock and the latest
/// signed time, and the latter alone when the clock is [in doubt](ClockDoubt).
#[must_use]
pub const fn reckon(now: i64, latest_signed_time: i64) -> i64 {
    let is_clock_good = ClockDoubt::of(now, latest_signed_time).is_none();
    if is_clock_good && now > latest_signed_time {
        now
    } else {
        latest_signed_time
    }
}

/// What kind of presentation is expected.
#[derive(Clone, Copy, Debug)]
pub enum Expected<'a> {
    /// The answer to a request.
    Answer {
        /// The verifier's own audience.
        audience: &'a str,
        /// The nonce of the request.
        nonce: &'a [u8],
        /// When the request was made, unix seconds.
        requested_at: i64,
        /// When it expires, unix seconds.
        expires_at: i64,
    },
    /// A presentation that answers no request, made for this audience.
    OneWay {
        /// The audience that one-way presentations name.
        audience: &'a str,
    },
    /// A printed copy: a credential without key binding.
    Copy,
}

/// Proof that the credential's own validity period holds. Made only in this module.
#[derive(Debug)]
pub struct WithinValidity(());

/// Proof that the status is good, or that there is none to ask for. Made only in this module.
#[derive(Debug)]
pub struct StatusAccepted(());

/// Proof that the presentation answers the request. Made only in this module.
#[derive(Debug)]
pub struct Fresh(());

/// Proof that nothing signed contradicts the clock. Made only in this module.
#[derive(Debug)]
pub struct ClockPlausible(());

/// Checks a presentation, given as the standard bytes of an SD-CWT with or without key binding.
#[must_use]
pub fn verify(presentation: &[u8], expected: Expected<'_>, context: &Context<'_>) -> Report {
    let mut report = Report::new();
    let bound = match expected {
        Expected::Copy => Err(Error::Missing {
            what: "key binding",
        }),
        Expected::Answer { .. } | Expected::OneWay { .. } => KeyBoundSdCwt::parse(presentation),
    };
    match bound {
        Ok(bound) => {
            let binding = Binding {
                key: || key_binding(&bound, context),
                fresh: || freshness(bound.binding(), expected, context),
            };
            check(report, bound.credential(), binding, context)
        }
        Err(error) => match SdCwt::parse(presentation) {
            Ok(credential) => {
                let missing = match expected {
                    Expected::Copy => Outcome::NotChecked(Code::HolderNotProven),
                    _ => Outcome::Failed(Code::KeyBindingMissing),
                };
                let binding = Binding {
                    key: || Err(missing),
                    fresh: || Err(Outcome::NotChecked(Code::NotBoundToThisMeeting)),
                };
                check(report, &credential, binding, context)
            }
            Err(without_binding) => {
                let error = match expected {
                    Expected::Copy => without_binding,
                    _ => error,
                };
                report.set(Check::IssuerSignature, Outcome::Failed(parse_code(&error)));
                report
            }
        },
    }
}

/// The two checks that a copy has to do without.
struct Binding<K, F> {
    key: K,
    fresh: F,
}

fn check<K, F>(
    mut report: Report,
    credential: &SdCwt<'_>,
    binding: Binding<K, F>,
    context: &Context<'_>,
) -> Report
where
    K: FnOnce() -> Result<KeyBindingValid, Outcome>,
    F: FnOnce() -> Result<Fresh, Outcome>,
{
    let anchors = Anchors::find(
        context.trust_lists,
        &credential.terms().issuer,
        credential.kid(),
    );
    let (key, signature) = match issuer_signature(credential, &anchors, context) {
        Ok((key, signature)) => (key, signature),
        Err(outcome) => {
            // What nobody is known to have signed is not worth a look, and must not be shown.
            report.set(Check::IssuerSignature, outcome);
            return report;
        }
    };
    let issuer_signature = report.note(Check::IssuerSignature, Ok(signature));
    let trusted = issuer_trusted(credential, &anchors, key);
    let speaking = match &trusted {
        Ok(allowed) => Some((allowed.issuer, allowed.list)),
        Err(_) => anchors.speaking_of(key),
    };
    report.issuer = speaking.map(|(issuer, list)| facts(issuer, list, context));
    let status = status(credential, &anchors, key, context);
    report.status_age = status.age;
    report.status_policy = status.age.map(|_| context.status_policy);
    let (disclosures, claims) = disclosures(credential);
    let jurisdiction = jurisdiction(claims.as_ref(), speaking.map(|(issuer, _)| issuer));
    let evidence = Evidence {
        issuer_signature,
        issuer_trusted: report.note(
            Check::IssuerTrusted,
            trusted.and_then(|allowed| {
                jurisdiction?;
                Ok(allowed.proof)
            }),
        ),
        validity: report.note(Check::Validity, validity(credential, context)),
        status: report.note(Check::Status, status.result),
        disclosures: report.note(Check::Disclosures, disclosures),
        key_binding: report.note(Check::KeyBinding, (binding.key)()),
        freshness: report.note(Check::Freshness, (binding.fresh)()),
        clock: report.note(Check::Clock, clock(context)),
    };
    if credential.terms().status.is_none() && !credential.has_other_status() {
        report.set(Check::Status, Outcome::NotChecked(Code::StatusNotCarried));
    }
    report.conclude(claims, evidence)
}

fn facts(issuer: &Issuer, list: &TrustList, context: &Context<'_>) -> IssuerFacts {
    IssuerFacts {
        names: issuer.names.clone().into_iter().collect(),
        country: issuer.country.clone(),
        registration: issuer.registration.clone(),
        list: list.id().to_owned(),
        list_version: list.version(),
        list_age: reckoned(context).saturating_sub(list.issued_at()),
        list_overdue: reckoned(context) >= list.next_update(),
    }
}

/// The key that signed: one that the lists name, or, for an issuer on none of them, the one
/// that the holder names.
fn issuer_signature<'a>(
    credential: &SdCwt<'_>,
    anchors: &Anchors<'a>,
    context: &Context<'a>,
) -> Result<(&'a PublicKey, IssuerSignatureValid), Outcome> {
    let keys = match anchors.keys() {
        // A forger may name any issuer: no key that comes along is good for one that is listed.
        keys if keys.is_empty() && anchors.is_issuer_listed => {
            return Err(Outcome::NotChecked(Code::IssuerKeyUnknown));
        }
        keys if keys.is_empty() => context.issuer_key.into_iter().collect(),
        keys => keys,
    };
    let mut failed = Outcome::NotChecked(Code::IssuerUnknown);
    for key in keys {
        match credential.verify_signature(key) {
            Ok(valid) => return Ok((key, valid)),
            Err(Error::UnsupportedAlgorithm(id)) => {
                failed = Outcome::Failed(Code::UnsupportedAlgorithm { id });
            }
            Err(_) => failed = Outcome::Failed(Code::SignatureBad),
        }
    }
    Err(failed)
}

fn issuer_trusted<'a>(
    credential: &SdCwt<'_>,
    anchors: &Anchors<'a>,
    key: &PublicKey,
) -> Result<Allowed<'a>, Outcome> {
    let terms = credential.terms();
    let signed_at = signed_at(credential).ok_or(Outcome::Failed(Code::Malformed))?;
    let vct = terms.vct.as_deref().unwrap_or_default();
    anchors
        .trust(key, &terms.issuer, vct, signed_at)
        .map_err(|failure| match failure {
            TrustFailure::IssuerUnknown => Outcome::NotChecked(Code::IssuerUnknown),
            TrustFailure::TypeNotAllowed => Outcome::Failed(Code::TypeNotAllowed),
            TrustFailure::KeyNotYetValid => Outcome::Failed(Code::IssuerKeyNotYetValid),
            TrustFailure::KeyExpired => Outcome::Failed(Code::IssuerKeyExpired),
            TrustFailure::KeyCutOff => Outcome::Failed(Code::IssuerKeyCutOff),
        })
}

/// When a credential was signed: one that does not say so is judged by its start of validity.
fn signed_at(credential: &SdCwt<'_>) -> Option<i64> {
    let terms = credential.terms();
    terms.issued_at.or(terms.not_before)
}

/// Whether the jurisdiction that a credential shows, a licence for example, is one in which its
/// issuer may act. Without that claim there is nothing to compare: the report tells where the
/// issuer may act.
fn jurisdiction(claims: Option<&DisclosedClaims>, issuer: Option<&Issuer>) -> Result<(), Outcome> {
    let allowed = issuer.map(|issuer| issuer.registration.jurisdictions.as_slice());
    let allowed = allowed.unwrap_or_default();
    let shown = claims.and_then(|shown| shown.claims.name(JURISDICTION));
    let Some(shown) = shown.filter(|_| !allowed.is_empty()) else {
        return Ok(());
    };
    let named = match shown {
        Value::Array(all) => all.as_slice(),
        one => core::slice::from_ref(one),
    };
    let named: Option<Vec<&str>> = named.iter().map(Value::as_text).collect();
    match named {
        // Names and other codes are not converted silently.
        Some(codes) if codes.iter().all(|code| is_alpha_3(code)) => {
            let is_allowed = |code: &&str| allowed.iter().any(|other| other == code);
            match codes.iter().all(is_allowed) {
                true => Ok(()),
                false => Err(Outcome::Failed(Code::JurisdictionNotAllowed)),
            }
        }
        _ => Err(Outcome::NotChecked(Code::JurisdictionUnclear)),
    }
}

fn validity(credential: &SdCwt<'_>, context: &Context<'_>) -> Result<WithinValidity, Outcome> {
    let terms = credential.terms();
    if let Some(at) = terms.expires_at
        && has_passed(context, at)
    {
        return Err(Outcome::Failed(Code::Expired { at }));
    }
    let is_ahead =
        |time: Option<i64>| time.filter(|time| context.now.saturating_add(CLOCK_TOLERANCE) < *time);
    if doubt(context).is_some() {
        return Err(Outcome::NotChecked(Code::ClockSuspect));
    }
    if let Some(from) = is_ahead(terms.not_before) {
        return Err(Outcome::Failed(Code::NotYetValid { from }));
    }
    // Nobody signs tomorrow: one of two clocks is wrong, and this one may be.
    match is_ahead(terms.issued_at) {
        Some(_) => Err(Outcome::NotChecked(Code::ClockSuspect)),
        None => Ok(WithinValidity(())),
    }
}

/// What the status lists say, and how old the word is.
struct StatusFinding {
    result: Result<StatusAccepted, Outcome>,
    age: Option<i64>,
}

fn status(
    credential: &SdCwt<'_>,
    anchors: &Anchors<'_>,
    key: &PublicKey,
    context: &Context<'_>,
) -> StatusFinding {
    let without_list = |result| StatusFinding { result, age: None };
    let terms = credential.terms();
    let Some(reference) = &terms.status else {
        return without_list(if credential.has_other_status() {
            Err(Outcome::NotChecked(Code::StatusUnavailable))
        } else {
            Ok(StatusAccepted(()))
        });
    };
    let vct = terms.vct.as_deref().unwrap_or_default();
    let allowing = signed_at(credential)
        .map(|signed_at| anchors.allowing(key, &terms.issuer, vct, signed_at))
        .unwrap_or_default();
    let Some(word) = StatusWord::settling(
        (context.trust_lists, context.status_lists, context.snapshots),
        &allowing,
        (&terms.issuer, reference),
        reckoned(context).saturating_add(CLOCK_TOLERANCE),
    ) else {
        return without_list(Err(Outcome::NotChecked(Code::StatusUnavailable)));
    };
    let StatusPolicy { max_age, beyond } = context.status_policy;
    let age = reckoned(context).saturating_sub(word.issued_at);
    let is_over = word.expires_at.is_some_and(|end| reckoned(context) >= end);
    let result = match word.status {
        Ok(Status::Valid) if age > max_age || is_over => match beyond {
            Beyond::Accept => Ok(StatusAccepted(())),
            Beyond::Refuse if doubt(context).is_none() => {
                Err(Outcome::Failed(Code::StatusRefused {
                    age,
                    limit: max_age,
                }))
            }
            Beyond::Warn | Beyond::Refuse => Err(Outcome::NotChecked(Code::StatusStale { age })),
        },
        Ok(Status::Valid) => Ok(StatusAccepted(())),
        // Revoked stays revoked, however old the word is.
        Ok(Status::Revoked) => Err(Outcome::Failed(Code::Revoked)),
        Ok(Status::Suspended) => Err(Outcome::Failed(Code::Suspended)),
        Ok(Status::Other(value)) => Err(Outcome::NotChecked(Code::StatusUnclear { value })),
        Err(_) => Err(Outcome::NotChecked(Code::StatusBeyondList)),
    };
    StatusFinding {
        result,
        age: Some(age),
    }
}

/// What one source says of a credential, and from when on and until when it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusWord {
    /// When the issuer signed it, unix seconds.
    pub issued_at: i64,
    /// From when it must not be used, unix seconds.
    pub expires_at: Option<i64>,
    /// The status; [`Error::IndexOutOfRange`] for a place beyond the list.
    pub status: Result<Status, Error>,
}

impl StatusWord {
    /// The word on the credential at `reference` of the issuer `iss` that its holder goes by,
    /// who need not look at the key that signed it: of status lists of the issuer and snapshots
    /// of publishers who list it, one that says revoked, else the newest; of those of the same
    /// second, one of the issuer itself before those of publishers, and what is worst.
    #[must_use]
    pub fn newest(
        sources: (&[TrustList], &[StatusList], &[PublishedSnapshot]),
        iss: &str,
        reference: &StatusReference,
    ) -> Option<Self> {
        Self::settling(sources, sources.0, (iss, reference), i64::MAX)
    }

    /// The same for a verifier, to whom publishers, and keys that they list for the issuer, speak
    /// of what their lists in `allowing` allow, and of nothing else: to name an issuer is not to
    /// speak for it. A key that any list has cut off speaks no more. Whatever is dated after
    /// `until` makes nothing valid; what it takes back is taken back, or a clock set back would
    /// give it again.
    fn settling(
        (trust_lists, status_lists, snapshots): (&[TrustList], &[StatusList], &[PublishedSnapshot]),
        allowing: &[TrustList],
        (iss, reference): (&str, &StatusReference),
        until: i64,
    ) -> Option<Self> {
        // Of words of one second, what is worst.
        let severity = |word: &Self| match word.status {
            Ok(Status::Valid) => 0,
            Err(_) => 1,
            Ok(Status::Other(value)) => 2 + u16::from(value),
            Ok(Status::Suspended | Status::Revoked) => u16::MAX,
        };
        let told = snapshots
            .iter()
            .filter(|told| told.tells_of(allowing, iss, &reference.uri))
            .map(|told| Self {
                issued_at: told.snapshot().issued_at,
                expires_at: told.snapshot().expires_at,
                status: told.snapshot().status(reference.index),
            })
            .map(|word| (false, word));
        let own = status_lists
            .iter()
            .filter(|list| list.uri() == reference.uri)
            .filter(|list| {
                let speaks = |lists| speaks_for(lists, iss, list.signed_by(), list.issued_at());
                speaks(allowing) && speaks(trust_lists)
            })
            .map(|list| Self {
                issued_at: list.issued_at(),
                expires_at: list.expires_at(),
                status: list.status(reference.index),
            })
            .map(|word| (true, word));
        let counts = |(_, word): &(bool, Self)| {
            word.issued_at <= until || !matches!(word.status, Ok(Status::Valid) | Err(_))
        };
        told.chain(own)
            .filter(counts)
            .max_by_key(|(is_own, word)| {
                let is_revoked = word.status == Ok(Status::Revoked);
                (
                    is_revoked,
                    word.issued_at,
                    *is_own,
                    severity(word),
                    Reverse(word.expires_at.unwrap_or(i64::MAX)),
                )
            })
            .map(|(_, word)| word)
    }
}

fn disclosures(
    credential: &SdCwt<'_>,
) -> (Result<DisclosuresMatched, Outcome>, Option<DisclosedClaims>) {
    match credential.reveal() {
        Ok(revealed) => {
            let claims = DisclosedClaims {
                terms: credential.terms().clone(),
                claims: revealed.claims,
            };
            (Ok(revealed.matched), Some(claims))
        }
        Err(_) => (Err(Outcome::Failed(Code::DisclosureMismatch)), None),
    }
}

fn key_binding(
    presentation: &KeyBoundSdCwt<'_>,
    context: &Context<'_>,
) -> Result<KeyBindingValid, Outcome> {
    let valid = presentation
        .verify()
        .map_err(|_| Outcome::Failed(Code::KeyBindingBad))?;
    match doubt(context) {
        _ if presentation.is_made_in_time() => Ok(valid),
        None => Err(Outcome::Failed(Code::KeyBindingTime)),
        // A holder dates her answer by the request, and that by the clock in doubt.
        Some(_) => Err(Outcome::NotChecked(Code::KeyBindingTime)),
    }
}

fn freshness(
    binding: &KeyBinding,
    expected: Expected<'_>,
    context: &Context<'_>,
) -> Result<Fresh, Outcome> {
    let check_audience = |audience: &str| {
        if binding.audience == audience {
            Ok(())
        } else {
            Err(Outcome::Failed(Code::WrongAudience))
        }
    };
    match expected {
        Expected::Answer {
            audience,
            nonce,
            requested_at,
            expires_at,
        } => {
            check_audience(audience)?;
            if binding.nonce.as_deref() != Some(nonce) {
                return Err(Outcome::Failed(Code::WrongNonce));
            }
            if let Some(at) = binding.expires_at.filter(|at| has_passed(context, *at)) {
                return Err(Outcome::Failed(Code::PresentationExpired { at }));
            }
            if context.now >= expires_at {
                return Err(Outcome::NotChecked(Code::RequestExpired { at: expires_at }));
            }
            if context.now.saturating_add(CLOCK_TOLERANCE) < requested_at {
                return Err(Outcome::NotChecked(Code::ClockSuspect));
            }
            Ok(Fresh(()))
        }
        Expected::OneWay { audience } => {
            check_audience(audience)?;
            let life = binding.issued_at.zip(binding.expires_at);
            let Some((from, at)) = life
                .filter(|(from, at)| (0..=MAX_ONE_WAY_LIFE).contains(&(at.saturating_sub(*from))))
            else {
                return Err(Outcome::Failed(Code::PresentationLifetime));
            };
            if has_passed(context, at) {
                return Err(Outcome::Failed(Code::PresentationExpired { at }));
            }
            if context.now.saturating_add(CLOCK_TOLERANCE) < from {
                return Err(Outcome::NotChecked(Code::ClockSuspect));
            }
            Err(Outcome::NotChecked(Code::NotBoundToThisMeeting))
        }
        Expected::Copy => Err(Outcome::NotChecked(Code::NotBoundToThisMeeting)),
    }
}

fn clock(context: &Context<'_>) -> Result<ClockPlausible, Outcome> {
    match doubt(context) {
        None => Ok(ClockPlausible(())),
        Some(ClockDoubt::Behind { by }) => Err(Outcome::NotChecked(Code::ClockBehind { by })),
        Some(ClockDoubt::Ahead { by }) => Err(Outcome::NotChecked(Code::ClockAhead { by })),
    }
}

const fn doubt(context: &Context<'_>) -> Option<ClockDoubt> {
    ClockDoubt::of(context.now, context.latest_signed_time)
}

const fn reckoned(context: &Context<'_>) -> i64 {
    reckon(context.now, context.latest_signed_time)
}

/// Whether something has ended. A signed time ahead of the clock may be a publisher's mistake, or
/// worse: by itself it makes nothing good, and ends nothing either.
const fn has_passed(context: &Context<'_>, at: i64) -> bool {
    reckoned(context) >= at && (doubt(context).is_none() || context.now >= at)
}

const fn parse_code(error: &Error) -> Code {
    match error {
        Error::UnsupportedAlgorithm(id) => Code::UnsupportedAlgorithm { id: *id },
        Error::BadSignature => Code::SignatureBad,
        _ => Code::Malformed,
    }
}

/// Seconds by which two honest clocks may differ.
pub const CLOCK_TOLERANCE: i64 = 300;

/// Seconds after the latest signed time from which a clock is taken to be ahead: ten years, more
/// than any phone goes without a list and most credentials last.
pub const MAX_SILENCE: i64 = 3650 * 24 * 3600;

/// Seconds that a one-way presentation may live at the most.
pub const MAX_ONE_WAY_LIFE: i64 = 24 * 3600;

#[cfg(test)]
mod tests;
