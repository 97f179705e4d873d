//! A report in text and JSON.

use nansen_credential::ClaimPath;
use nansen_credential::cbor::{Key, Map, Value as Claim};
use nansen_credential::json::{claims_to_json, to_json as value_to_json};
use nansen_credential::pack::TypeNames;
use nansen_credential::report::{Check, DisclosedClaims, Outcome, Report, Verdict};
use serde_json::{Value, json};

use super::knowledge::age_text;
use crate::clock::Moment;
use crate::output::plain;

/// A report as JSON.
pub(super) fn to_json(report: &Report) -> Value {
    let checks: Vec<Value> = report
        .checks()
        .map(|(check, outcome)| {
            let (name, code) = parts(outcome);
            json!({
                "check": check.as_str(),
                "outcome": name,
                "code": code.map(|code| code.as_str()),
                "sentence": code.map(|code| code.sentence()),
                "spoken": code.map(|code| code.spoken()),
            })
        })
        .collect();
    let issuer = report.issuer.as_ref().map(|facts| {
        let names: serde_json::Map<String, Value> = facts
            .names
            .iter()
            .map(|(tag, name)| (tag.clone(), name.as_str().into()))
            .collect();
        json!({
            "names": names,
            "country": facts.country,
            "legal_id": facts.registration.legal_id,
            "quality_body": facts.registration.quality_body,
            "jurisdictions": facts.registration.jurisdictions,
            "list": facts.list,
            "list_version": facts.list_version,
            "list_age": facts.list_age,
            "list_overdue": facts.list_overdue,
        })
    });
    json!({
        "verdict": report.verdict().as_str(),
        "code": report.reason().map(|code| code.as_str()),
        "checks": checks,
        "issuer": issuer,
        "spoken": spoken(report),
        "status_age": report.status_age,
        "status_policy": report.status_policy.map(|policy| {
            json!({"max_age": policy.max_age, "beyond": policy.beyond.as_str()})
        }),
        "assurance": report.disclosed().map(DisclosedClaims::assurance_text),
        "legal_effect": report.disclosed().map(DisclosedClaims::legal_text),
        "claims": report.disclosed().map(|shown| claims_to_json(&shown.claims)),
    })
}

/// The verdict as it is read out: what decided it, or that all is good.
fn spoken(report: &Report) -> &'static str {
    let code = report.reason();
    code.map_or_else(|| report.verdict().spoken(), |code| code.spoken())
}

/// A report for people, in the words of `names` where there are any.
pub(super) fn to_text(report: &Report, names: Option<&TypeNames>) -> String {
    let mut lines = vec![report.verdict().as_str().to_uppercase()];
    lines.extend(report.reason().map(|code| code.sentence()));
    lines.push(String::new());
    for (check, outcome) in report.checks() {
        let (mark, code) = match outcome {
            Outcome::Passed => ("ok", None),
            Outcome::Failed(code) => ("NO", Some(code)),
            Outcome::NotChecked(code) => ("??", Some(code)),
        };
        let sentence = code.map_or_else(String::new, |code| format!("  {}", code.sentence()));
        lines.push(format!("  {mark}  {}{sentence}", words(check)));
    }
    let is_clock_doubted = matches!(report.outcome(Check::Clock), Outcome::NotChecked(_));
    if let Some(facts) = &report.issuer {
        let english = facts.names.iter().find(|(tag, _)| tag == "en");
        let name = english
            .or(facts.names.first())
            .map(|(_, name)| name.as_str());
        let name = name.unwrap_or_default();
        lines.push(format!(
            "\nIssuer: {name} ({}), on the list {} version {}, {}",
            facts.country,
            facts.list,
            facts.list_version,
            age_text(facts.list_age, is_clock_doubted)
        ));
        let registration = &facts.registration;
        lines.extend(
            registration
                .legal_id
                .iter()
                .map(|id| format!("Its legal id: {id}")),
        );
        let body = registration.quality_body.iter();
        lines.extend(body.map(|body| format!("Its quality is assured by: {body}")));
        if facts.list_overdue {
            lines.push("That list is due for an update.".to_owned());
        }
    }
    if let Some((age, policy)) = report.status_age.zip(report.status_policy) {
        let (age, limit) = (age_text(age, is_clock_doubted), policy.max_age / DAY);
        let beyond = policy.beyond.as_str();
        lines.push(format!(
            "What is known of its status is {age}; this verifier: {beyond} beyond {limit} days."
        ));
    }
    if let Some(shown) = report.disclosed() {
        let caution = if report.verdict() == Verdict::Valid {
            ""
        } else {
            " (NOT verified)"
        };
        if let Some(names) = names {
            lines.push(format!("\n{}", names.name("en")));
        }
        lines.push(format!("\n{}.", shown.assurance_text()));
        lines.push(shown.legal_text().to_owned());
        lines.push(format!("\nClaims{caution}:"));
        lines.extend(labelled_lines(&shown.claims, names));
        if let Some(at) = shown.terms.expires_at {
            lines.push(format!("  valid until: {}", Moment(at)));
        }
    }
    plain(&lines.join("\n"))
}

/// Claims under text names, one a line; terms are for the lines around them.
pub(super) fn claim_lines(claims: &Map) -> Vec<String> {
    labelled_lines(claims, None)
}

/// The same with the labels of its type, where there are any.
fn labelled_lines(claims: &Map, names: Option<&TypeNames>) -> Vec<String> {
    let label = |name: &str| {
        let label = names.and_then(|names| names.label(&ClaimPath::name(name), "en"));
        label.map_or_else(|| name.to_owned(), str::to_owned)
    };
    let named = claims.iter().filter_map(|(key, value)| match key {
        Key::Text(name) => Some(format!("  {}: {}", label(name), claim_text(value))),
        _ => None,
    });
    named.collect()
}

/// A claim in one line.
pub(super) fn claim_text(value: &Claim) -> String {
    match value {
        Claim::Text(text) => text.clone(),
        other => value_to_json(other).to_string(),
    }
}

fn words(check: Check) -> &'static str {
    match check {
        Check::IssuerSignature => "issuer's signature",
        Check::IssuerTrusted => "issuer trusted",
        Check::Validity => "validity period",
        Check::Status => "not revoked",
        Check::Disclosures => "claims belong to it",
        Check::KeyBinding => "holder's signature",
        Check::Freshness => "made for this request",
        Check::Clock => "clock",
    }
}

fn parts(outcome: Outcome) -> (&'static str, Option<nansen_credential::report::Code>) {
    match outcome {
        Outcome::Passed => ("passed", None),
        Outcome::Failed(code) => ("failed", Some(code)),
        Outcome::NotChecked(code) => ("not_checked", Some(code)),
    }
}

const DAY: i64 = 24 * 3600;
