//! What packs tell people: notes and contacts, by country, words and distance.

use nansen::TrustStore;
use nansen::credential::pack;
use nansen::trust_store::notes::{self, Found};

use crate::{NansenError, Timestamp};

/// What to look for, and in which language to tell it.
#[derive(Clone, uniffi::Record)]
pub struct Search {
    /// The language to tell it in (BCP 47 tag), where there is a choice.
    pub language: String,
    /// Country (ISO 3166-1 alpha-3); none for all.
    #[uniffi(default)]
    pub country: Option<String>,
    /// Topic, such as `regulations`; none for all.
    #[uniffi(default)]
    pub topic: Option<String>,
    /// Words that title, name or text must all have, in any of their languages.
    #[uniffi(default)]
    pub words: String,
    /// Where the nearest come first. It is used for that order, and kept nowhere.
    #[uniffi(default)]
    pub near: Option<Position>,
}

/// A place on Earth (WGS 84).
#[derive(Clone, Copy, PartialEq, uniffi::Record)]
pub struct Position {
    /// Degrees north of the equator, -90 to 90.
    pub latitude: f64,
    /// Degrees east of Greenwich, -180 to 180.
    pub longitude: f64,
}

/// What was found.
#[derive(Clone, uniffi::Record)]
pub struct SearchResult {
    /// Something worth knowing.
    pub notes: Vec<FoundNote>,
    /// Someone to turn to.
    pub contacts: Vec<FoundContact>,
}

/// Something worth knowing.
#[derive(Clone, uniffi::Record)]
pub struct FoundNote {
    /// Title.
    pub title: String,
    /// Text.
    pub text: String,
    /// Where, whose word, and how old.
    pub source: FoundSource,
}

/// Someone to turn to.
#[derive(Clone, uniffi::Record)]
pub struct FoundContact {
    /// Name.
    pub name: String,
    /// How to reach them, as URIs.
    pub channels: Vec<String>,
    /// Where, whose word, and how old.
    pub source: FoundSource,
}

/// Where something applies, whose word it is, and how old that is.
#[derive(Clone, uniffi::Record)]
pub struct FoundSource {
    /// Country (ISO 3166-1 alpha-3).
    pub country: String,
    /// What it is about, or what they help with.
    pub topic: String,
    /// Where it is.
    pub place: Option<Position>,
    /// Metres from [`Search::near`], when both places are known.
    pub metres: Option<u32>,
    /// Who publishes it.
    pub publisher: String,
    /// Its age in seconds.
    pub age: i64,
    /// Seconds since a newer one was due, if so.
    pub overdue_by: Option<i64>,
}

/// Looks among the notes and contacts of a store.
pub(crate) fn search(
    store: &TrustStore,
    search: &Search,
    now: Timestamp,
) -> Result<SearchResult, NansenError> {
    let wanted = notes::Search {
        country: search.country.as_deref(),
        topic: search.topic.as_deref(),
        words: &search.words,
        near: search.near.map(pack::Place::try_from).transpose()?,
    };
    let language = search.language.as_str();
    let notes = store.notes(&wanted, now.0).into_iter().map(|found| {
        let note = found.item;
        FoundNote {
            title: note.title(language).to_owned(),
            text: note.text(language).to_owned(),
            source: source(&found, (&note.country, &note.topic, note.place)),
        }
    });
    let contacts = store.contacts(&wanted, now.0).into_iter().map(|found| {
        let contact = found.item;
        FoundContact {
            name: contact.name(language).to_owned(),
            channels: contact.channels.clone(),
            source: source(&found, (&contact.country, &contact.topic, contact.place)),
        }
    });
    Ok(SearchResult {
        notes: notes.collect(),
        contacts: contacts.collect(),
    })
}

fn source<T>(
    found: &Found<'_, T>,
    (country, topic, place): (&str, &str, Option<pack::Place>),
) -> FoundSource {
    FoundSource {
        country: country.to_owned(),
        topic: topic.to_owned(),
        place: place.map(Position::from),
        metres: found.distance,
        publisher: found.publisher.to_owned(),
        age: found.freshness.age,
        overdue_by: found.freshness.overdue_by,
    }
}

impl TryFrom<Position> for pack::Place {
    type Error = NansenError;

    fn try_from(position: Position) -> Result<Self, NansenError> {
        let place = Self::from_degrees(position.latitude, position.longitude);
        place.ok_or_else(|| NansenError::Malformed {
            what: "position".into(),
            reason: "no place on Earth".into(),
        })
    }
}

impl From<pack::Place> for Position {
    fn from(place: pack::Place) -> Self {
        Self {
            latitude: f64::from(place.latitude) / 1e6,
            longitude: f64::from(place.longitude) / 1e6,
        }
    }
}
