//! Notes and contacts of packs: by country, topic and words, near to a position or not.
//!
//! A position is used for the order of what is found and kept nowhere.

use nansen_credential::pack::{Contact, Manifest, Note, Place};
use nansen_credential::trust::Freshness;

use super::TrustStore;

/// What to look for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Search<'a> {
    /// Country, ISO 3166-1 alpha-3; `None` for all.
    pub country: Option<&'a str>,
    /// Topic, such as `regulations`; `None` for all.
    pub topic: Option<&'a str>,
    /// Words that title, name or text must all have, in any of their languages. Case does not
    /// count.
    pub words: &'a str,
    /// Where the nearest come first. Without it, what is found stands in the order of the packs.
    pub near: Option<Place>,
}

/// Something found, and how old it is.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a, T> {
    /// The note or contact.
    pub item: &'a T,
    /// The age of its pack.
    pub freshness: Freshness,
    /// Whose word it is.
    pub publisher: &'a str,
    /// Metres from the position, when both it and a place are there.
    pub distance: Option<u32>,
}

impl TrustStore {
    /// Notes that match, when the clock says `now`, unix seconds.
    #[must_use]
    pub fn notes(&self, search: &Search<'_>, now: i64) -> Vec<Found<'_, Note>> {
        let all = self.held_packs().iter().flat_map(|held| {
            let manifest = held.pack.manifest();
            held.notes.iter().map(move |note| (manifest, note))
        });
        self.found(all, search, now)
    }

    /// Contacts that match, when the clock says `now`, unix seconds.
    #[must_use]
    pub fn contacts(&self, search: &Search<'_>, now: i64) -> Vec<Found<'_, Contact>> {
        let all = self.held_packs().iter().flat_map(|held| {
            let manifest = held.pack.manifest();
            held.contacts.iter().map(move |contact| (manifest, contact))
        });
        self.found(all, search, now)
    }

    /// Countries of notes and contacts, in the order of their codes.
    #[must_use]
    pub fn countries(&self) -> Vec<&str> {
        let packs = self.held_packs().iter();
        let mut countries: Vec<&str> = packs
            .flat_map(|held| {
                let notes = held.notes.iter().map(|note| note.country.as_str());
                notes.chain(held.contacts.iter().map(|one| one.country.as_str()))
            })
            .collect();
        countries.sort_unstable();
        countries.dedup();
        countries
    }

    fn found<'a, T: Placed>(
        &'a self,
        all: impl Iterator<Item = (&'a Manifest, &'a T)>,
        search: &Search<'_>,
        now: i64,
    ) -> Vec<Found<'a, T>> {
        let now = self.reckon(now);
        let words: Vec<String> = search
            .words
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        let matching = all.filter(|(_, item)| {
            search
                .country
                .is_none_or(|country| item.country() == country)
                && search.topic.is_none_or(|topic| item.topic() == topic)
                && words.iter().all(|word| item.says(word))
        });
        let mut found: Vec<Found<'a, T>> = matching
            .map(|(manifest, item)| Found {
                item,
                freshness: manifest.freshness(now),
                publisher: &manifest.publisher,
                distance: search
                    .near
                    .zip(item.place())
                    .map(|(from, to)| metres(from, to)),
            })
            .collect();
        if search.near.is_some() {
            found.sort_by_key(|found| found.distance.unwrap_or(u32::MAX));
        }
        found
    }
}

/// What notes and contacts have in common.
trait Placed {
    fn country(&self) -> &str;
    fn topic(&self) -> &str;
    fn place(&self) -> Option<Place>;
    /// Whether a word, in lower case, stands in any of its texts.
    fn says(&self, word: &str) -> bool;
}

impl Placed for Note {
    fn country(&self) -> &str {
        &self.country
    }

    fn topic(&self) -> &str {
        &self.topic
    }

    fn place(&self) -> Option<Place> {
        self.place
    }

    fn says(&self, word: &str) -> bool {
        let mut texts = self.titles.values().chain(self.texts.values());
        texts.any(|text| text.to_lowercase().contains(word))
    }
}

impl Placed for Contact {
    fn country(&self) -> &str {
        &self.country
    }

    fn topic(&self) -> &str {
        &self.topic
    }

    fn place(&self) -> Option<Place> {
        self.place
    }

    fn says(&self, word: &str) -> bool {
        let mut names = self.names.values();
        names.any(|name| name.to_lowercase().contains(word))
    }
}

/// The distance along the Earth (haversine, a sphere of 6,371 km), right within half a percent.
fn metres(from: Place, to: Place) -> u32 {
    let radians = |millionths: i32| (f64::from(millionths) / 1e6).to_radians();
    let (lat1, lat2) = (radians(from.latitude), radians(to.latitude));
    let half = |one: f64, other: f64| ((other - one) / 2.0).sin().powi(2);
    let across = half(radians(from.longitude), radians(to.longitude));
    let square = half(lat1, lat2) + lat1.cos() * lat2.cos() * across;
    let distance = 2.0 * EARTH_RADIUS * square.sqrt().min(1.0).asin();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "half the Earth's circumference is 20,015,087 m, and no distance is negative"
    )]
    let metres = distance.round() as u32;
    metres
}

const EARTH_RADIUS: f64 = 6_371_000.0;
