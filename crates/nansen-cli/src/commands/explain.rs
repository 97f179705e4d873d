//! What a trust file means, in sentences: who may issue or ask for what, on whose word, and how
//! old that word is.

use nansen::TrustStore;
use nansen_credential::trust::{Authority, Freshness, Issuer, IssuerKey, TrustList, Verifier};
use nansen_credential::verify::ClockDoubt;
use serde_json::{Value, json};

use crate::clock::Moment;
use crate::desk::hex;
use crate::failure::Result;
use crate::output::{Output, plain};

/// Explains all of it, or what it says of one issuer.
pub(super) fn explain(
    store: &TrustStore,
    issuer: Option<&str>,
    clock: i64,
    output: Output,
) -> Result<()> {
    let now = store.reckon(clock);
    let doubt = store.clock_doubt(clock).map(doubt_sentence);
    let wanted = |listed: &Issuer| {
        issuer.is_none_or(|wanted| {
            let mut names = listed.names.values();
            listed.uri == wanted || names.any(|name| name.contains(wanted))
        })
    };
    let issuers: Vec<(&TrustList, &Issuer)> = store
        .trust_lists()
        .iter()
        .flat_map(|list| list.issuers().iter().map(move |issuer| (list, issuer)))
        .filter(|(_, issuer)| wanted(issuer))
        .collect();
    let mut lines: Vec<String> = doubt.iter().cloned().collect();
    let mut verifiers = Vec::new();
    if issuer.is_none() {
        lines.extend(store.publishers().map(|root| {
            let (name, version) = (root.publisher(), root.version());
            let age = age_text(root.freshness(now));
            format!("{name} is trusted by its root version {version}, {age}.")
        }));
        lines.extend(store.packs().map(|pack| {
            let age = age_text(pack.freshness(now));
            format!("{} of {} is {age}.", pack.id, pack.publisher)
        }));
        for list in store.verifier_lists() {
            let age = age_text(list.freshness(now));
            for verifier in &list.content().verifiers {
                lines.push(format!("{} (list {age}).", may_ask(verifier)));
                verifiers.push(json!({"name": verifier.name("en"), "role": verifier.role,
                    "country": verifier.country, "publisher": list.publisher()}));
            }
        }
    }
    for (list, issuer) in &issuers {
        lines.extend(issuer_lines(list, issuer, now));
    }
    if issuers.is_empty() {
        lines.push("No trust list here names that issuer: nothing of it can be valid.".to_owned());
    }
    let issuers: Vec<Value> = issuers
        .iter()
        .map(|(list, issuer)| issuer_json(list, issuer, now))
        .collect();
    output.say(
        &json!({"clock": doubt, "reckoned_now": now, "issuers": issuers, "verifiers": verifiers}),
        &plain(&lines.join("\n")),
    )
}

fn issuer_lines(list: &TrustList, issuer: &Issuer, now: i64) -> Vec<String> {
    let (name, country) = (issuer.name("en"), &issuer.country);
    let types = match issuer.types.as_slice() {
        [] => "nothing".to_owned(),
        types => types.join(", "),
    };
    let (id, version) = (list.id(), list.version());
    let (word, age) = (word_of(list), age_text(list.freshness(now)));
    let mut lines = vec![format!(
        "{name} ({country}, {}) may issue {types}, on the word of {word}, list {id} version \
         {version}, {age}.",
        issuer.uri
    )];
    let registration = &issuer.registration;
    if let Some(body) = &registration.quality_body {
        lines.push(format!("  Its quality is assured by {body}."));
    }
    if !registration.jurisdictions.is_empty() {
        let countries = registration.jurisdictions.join(", ");
        lines.push(format!("  It may act in {countries} only."));
    }
    lines.extend(issuer.keys.iter().map(|key| format!("  {}", key_text(key))));
    lines
}

fn issuer_json(list: &TrustList, issuer: &Issuer, now: i64) -> Value {
    let keys = issuer.keys.iter().map(|key| {
        json!({"kid": hex(&key.kid), "not_before": key.not_before, "not_after": key.not_after,
               "cut_off": key.cut_off, "trusted_now": key.check_time(now).is_ok()})
    });
    let freshness = list.freshness(now);
    json!({
        "uri": issuer.uri, "name": issuer.name("en"), "country": issuer.country,
        "types": issuer.types, "jurisdictions": issuer.registration.jurisdictions,
        "legal_id": issuer.registration.legal_id,
        "quality_body": issuer.registration.quality_body,
        "keys": keys.collect::<Vec<_>>(),
        "list": list.id(), "list_version": list.version(), "word_of": word_of(list),
        "list_age": freshness.age, "overdue_by": freshness.overdue_by,
    })
}

fn key_text(key: &IssuerKey) -> String {
    let (kid, from, until) = (hex(&key.kid), Moment(key.not_before), Moment(key.not_after));
    match key.cut_off {
        None => format!("Key {kid}: what it signed from {from} to {until} is trusted."),
        Some(at) if at <= key.not_before => {
            format!("Key {kid} was WITHDRAWN: nothing that it signed is trusted.")
        }
        Some(at) => format!(
            "Key {kid}: what it signed from {from} on is trusted, but WITHDRAWN at {}.",
            Moment(at)
        ),
    }
}

fn may_ask(verifier: &Verifier) -> String {
    let (name, role) = (verifier.name("en"), verifier.role.replace('_', " "));
    let grants = verifier.grants.iter().map(|grant| {
        let vct = grant.vct.as_deref().unwrap_or("any type");
        match &grant.claims {
            None => format!("all claims of {vct}"),
            Some(claims) => {
                let claims: Vec<String> = claims.iter().map(ToString::to_string).collect();
                format!("{} of {vct}", claims.join(", "))
            }
        }
    });
    match grants.collect::<Vec<_>>().as_slice() {
        [] => format!("{name} ({role}) may ask for nothing"),
        grants => format!("{name} ({role}) may ask for {}", grants.join("; ")),
    }
}

fn word_of(list: &TrustList) -> String {
    match list.signed_by() {
        Authority::Publisher(name) => name.clone(),
        Authority::Key(key) => format!("root {}", hex(&key.kid())),
    }
}

fn age_text(freshness: Freshness) -> String {
    let days = freshness.age.max(0) / DAY;
    match freshness.overdue_by {
        None => format!("{days} days old"),
        Some(by) => format!("{days} days old and OVERDUE by {} days", by / DAY),
    }
}

fn doubt_sentence(doubt: ClockDoubt) -> String {
    match doubt {
        ClockDoubt::Behind { by } => format!(
            "THE CLOCK IS WRONG: it is behind what was signed by {} days or more.",
            by / DAY
        ),
        ClockDoubt::Ahead { by } => format!(
            "THE CLOCK MAY BE AHEAD: nothing here was signed in the last {} days.",
            by / DAY
        ),
    }
}

const DAY: i64 = 24 * 3600;
