//! What a trust file means, in sentences: who may issue or ask for what, on whose word, what is
//! known of status, and how old all that is.

use nansen::TrustStore;
use nansen_credential::trust::{Authority, Issuer, IssuerKey, TrustList, Verifier};
use nansen_credential::verify::ClockDoubt;
use serde_json::{Value, json};

use super::knowledge::{Ages, StatusKnown};
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
    let ages = Ages::of(store, clock);
    let doubt = ages.doubt.map(doubt_sentence);
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
    let (mut publishers, mut packs, mut verifiers) = (Vec::new(), Vec::new(), Vec::new());
    if issuer.is_none() {
        for root in store.publishers() {
            let (name, version) = (root.publisher(), root.version());
            let freshness = root.freshness(ages.now);
            let age = ages.text(freshness);
            lines.push(format!(
                "{name} is trusted by its root version {version}, {age}."
            ));
            publishers.push(
                json!({"name": name, "version": version, "age": freshness.age,
                "overdue_by": freshness.overdue_by}),
            );
        }
        for pack in store.packs() {
            let freshness = pack.freshness(ages.now);
            let age = ages.text(freshness);
            lines.push(format!("{} of {} is {age}.", pack.id, pack.publisher));
            packs.push(json!({"publisher": pack.publisher, "id": pack.id,
                "version": pack.version, "age": freshness.age,
                "overdue_by": freshness.overdue_by}));
        }
        for list in store.verifier_lists() {
            let age = ages.text(list.freshness(ages.now));
            for verifier in &list.content().verifiers {
                lines.push(format!("{} (list {age}).", may_ask(verifier)));
                verifiers.push(json!({"name": verifier.name("en"), "role": verifier.role,
                    "country": verifier.country, "publisher": list.publisher()}));
            }
        }
    }
    for (list, issuer) in &issuers {
        lines.extend(issuer_lines(list, issuer, ages));
    }
    let mut known = StatusKnown::all(store);
    if issuer.is_some() {
        let uris = issuers.iter().map(|(_, issuer)| issuer.uri.as_str());
        let uris: Vec<&str> = uris.collect();
        known.retain(|list| list.issuer.is_some_and(|iss| uris.contains(&iss)));
    }
    lines.extend(known.iter().map(|list| status_line(list, ages)));
    if issuers.is_empty() {
        lines.push(nobody(store, issuer.is_some()).to_owned());
    }
    let issuers: Vec<Value> = issuers
        .iter()
        .map(|(list, issuer)| issuer_json(list, issuer, ages.now))
        .collect();
    let status_lists: Vec<Value> = known.iter().map(|list| list.to_json(ages)).collect();
    output.say(
        &json!({"clock": doubt, "reckoned_now": ages.now, "publishers": publishers,
                "packs": packs, "issuers": issuers, "verifiers": verifiers,
                "status_lists": status_lists}),
        &plain(&lines.join("\n")),
    )
}

/// Why there is no issuer to tell of.
fn nobody(store: &TrustStore, is_one_wanted: bool) -> &'static str {
    let is_empty = store.roots().is_empty() && store.publishers().next().is_none();
    if is_empty {
        "Nothing is trusted here yet: `nansen trust add` takes roots, publishers and their lists."
    } else if is_one_wanted {
        "No trust list here names that issuer: nothing of it can be valid."
    } else {
        "No trust list here names an issuer: nothing can be valid until `nansen trust add` took one."
    }
}

fn status_line(list: &StatusKnown<'_>, ages: Ages) -> String {
    let (uri, entries, on) = (list.uri, list.entries, list.word());
    let age = ages.text(list.freshness(ages));
    let of = list
        .issuer
        .map(|iss| format!(" of {iss}"))
        .unwrap_or_default();
    format!("What is known of the {entries} places in status list {uri}{of} is {age}, on {on}.")
}

fn issuer_lines(list: &TrustList, issuer: &Issuer, ages: Ages) -> Vec<String> {
    let (name, country) = (issuer.name("en"), &issuer.country);
    let types = match issuer.types.as_slice() {
        [] => "nothing".to_owned(),
        types => types.join(", "),
    };
    let (id, version) = (list.id(), list.version());
    let (word, age) = (word_of(list), ages.text(list.freshness(ages.now)));
    let mut lines = vec![format!(
        "{name} ({country}, {}) may issue {types}, on the word of {word}, list {id} version \
         {version}, {age}.",
        issuer.uri
    )];
    let registration = &issuer.registration;
    if let Some(id) = &registration.legal_id {
        lines.push(format!("  Its legal id is {id}."));
    }
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
            "Key {kid} was WITHDRAWN: what it signed from {from} until {} is trusted, not since.",
            Moment(at.min(key.not_after))
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
