//! What packs tell people: notes and contacts, by country, topic, words and distance.

use clap::Args;
use nansen::TrustStore;
use nansen::trust_store::notes::{Found, Search};
use nansen_credential::pack::{Contact, Note, Place};
use serde_json::{Value, json};

use super::knowledge::Ages;
use super::trust::TrustArgs;
use crate::args::Context;
use crate::failure::Result;
use crate::output::{Output, plain};

/// What to look for.
#[derive(Args, Clone, Debug)]
pub(crate) struct NotesArgs {
    #[command(flatten)]
    trust: TrustArgs,
    /// Country, ISO 3166-1 alpha-3
    #[arg(long, value_name = "CODE")]
    country: Option<String>,
    /// Topic, such as `regulations`
    #[arg(long)]
    topic: Option<String>,
    /// The nearest first; the position is kept nowhere
    #[arg(long, value_name = "LATITUDE,LONGITUDE", value_parser = place, allow_hyphen_values = true)]
    near: Option<Place>,
    /// Language to tell it in, where there is a choice (BCP 47 tag)
    #[arg(long, value_name = "TAG", default_value = "en")]
    language: String,
    /// Words that must all be in it
    #[arg(value_name = "WORD")]
    words: Vec<String>,
}

/// Tells what was found.
pub(super) fn run(args: &NotesArgs, context: &mut Context) -> Result<()> {
    let trust = args.trust.open(context)?;
    let search = Search {
        country: args.country.as_deref(),
        topic: args.topic.as_deref(),
        words: &args.words.join(" "),
        near: args.near,
    };
    say(
        trust.store(),
        &search,
        &args.language,
        context.clock.now(),
        context.output,
    )
}

fn say(
    store: &TrustStore,
    search: &Search<'_>,
    language: &str,
    clock: i64,
    output: Output,
) -> Result<()> {
    let ages = Ages::of(store, clock);
    let (mut lines, mut notes, mut contacts) = (Vec::new(), Vec::new(), Vec::new());
    for found in store.notes(search, clock) {
        let note: &Note = found.item;
        let (title, text) = (note.title(language), note.text(language));
        lines.push(format!("{}: {title}", note.country));
        lines.push(format!("  {text}"));
        lines.push(source_line(&found, &note.topic, ages));
        let told = json!({"country": note.country, "topic": note.topic, "title": title,
                          "text": text});
        notes.push(with_source(told, &found));
    }
    for found in store.contacts(search, clock) {
        let contact: &Contact = found.item;
        let name = contact.name(language);
        lines.push(format!("{}: {name}", contact.country));
        lines.push(format!("  {}", contact.channels.join(", ")));
        lines.push(source_line(&found, &contact.topic, ages));
        let told = json!({"country": contact.country, "topic": contact.topic, "name": name,
                          "channels": contact.channels});
        contacts.push(with_source(told, &found));
    }
    let countries = store.countries();
    if lines.is_empty() {
        lines.push(match countries.is_empty() {
            true => "No pack here has notes or contacts.".to_owned(),
            false => format!(
                "Nothing is found. There are notes or contacts of: {}.",
                countries.join(", ")
            ),
        });
    }
    output.say(
        &json!({"notes": notes, "contacts": contacts, "countries": countries}),
        &plain(&lines.join("\n")),
    )
}

fn source_line<T>(found: &Found<'_, T>, topic: &str, ages: Ages) -> String {
    let away = found.distance.map(|metres| match metres {
        0..1000 => format!(", {metres} m away"),
        _ => format!(", {} km away", metres / 1000),
    });
    let (publisher, age) = (found.publisher, ages.text(found.freshness));
    let away = away.unwrap_or_default();
    format!("  ({topic}, on the word of {publisher}, {age}{away})")
}

fn with_source<T>(mut told: Value, found: &Found<'_, T>) -> Value {
    if let Some(told) = told.as_object_mut() {
        told.insert("publisher".into(), found.publisher.into());
        told.insert("age".into(), found.freshness.age.into());
        told.insert("overdue_by".into(), found.freshness.overdue_by.into());
        told.insert("metres".into(), found.distance.into());
    }
    told
}

/// An argument `LATITUDE,LONGITUDE` in degrees.
fn place(text: &str) -> std::result::Result<Place, &'static str> {
    const WRONG: &str = "is not LATITUDE,LONGITUDE in degrees, such as 25.28,51.53";
    let (latitude, longitude) = text.split_once(',').ok_or(WRONG)?;
    let degrees = |text: &str| text.trim().parse::<f64>().map_err(|_| WRONG);
    Place::from_degrees(degrees(latitude)?, degrees(longitude)?).ok_or("is no place on Earth")
}
