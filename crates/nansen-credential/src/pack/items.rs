//! What packs say to people: names of types and claims, information notes and contacts.
//!
//! Each item is an array of maps.
//!
//! | names of a type | type | content |
//! |---|---|---|
//! | 1 | text | `vct` |
//! | 2 | map | BCP 47 tag to name, at least one |
//! | 3 | array | `[claim path, map of tag to label]` |
//!
//! | note | type | content |
//! |---|---|---|
//! | 1 | text | country, alpha-3 |
//! | 2 | text | topic, such as `regulations` |
//! | 3 | map | tag to title, at least one |
//! | 4 | map | tag to text, at least one |
//! | 5 | array | place, optional |
//!
//! | contact | type | content |
//! |---|---|---|
//! | 1 | text | country, alpha-3 |
//! | 2 | text | topic, such as `next_step` |
//! | 3 | map | tag to name, at least one |
//! | 4 | array of text | URIs: `tel:`, `mailto:`, `https:` |
//! | 5 | array | place, optional |
//!
//! A place is `[latitude, longitude]` in millionths of a degree (WGS 84).

use std::collections::BTreeMap;

use super::{Item, Kind};
use crate::cbor::{Map, RawMap, Reader, Value};
use crate::error::{check_count, check_size};
use crate::fields::{
    check_names, ensure, in_language, is_alpha_3, names_map, read_array, read_names, required,
    required_text, texts_value,
};

use crate::limits::{
    MAX_CHANNELS, MAX_ENTRIES_PER_ITEM, MAX_ITEM_BYTES, MAX_PATHS_PER_GRANT, MAX_TEXTS_PER_PACK,
};
use crate::{ClaimPath, Error};

/// What a type of credential and its claims are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeNames {
    /// The type.
    pub vct: String,
    /// Its names by BCP 47 tag.
    pub names: BTreeMap<String, String>,
    /// Labels of its claims by BCP 47 tag.
    pub labels: Vec<(ClaimPath, BTreeMap<String, String>)>,
}

/// Something worth knowing in a country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// ISO 3166-1 alpha-3.
    pub country: String,
    /// What it is about.
    pub topic: String,
    /// The title by BCP 47 tag.
    pub titles: BTreeMap<String, String>,
    /// The text by BCP 47 tag.
    pub texts: BTreeMap<String, String>,
    /// Where it applies.
    pub place: Option<Place>,
}

/// Someone to turn to in a country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// ISO 3166-1 alpha-3.
    pub country: String,
    /// What they help with.
    pub topic: String,
    /// The name by BCP 47 tag.
    pub names: BTreeMap<String, String>,
    /// How to reach them, as URIs.
    pub channels: Vec<String>,
    /// Where they are.
    pub place: Option<Place>,
}

/// A place on Earth, in millionths of a degree (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// North of the equator, -90,000,000 to 90,000,000.
    pub latitude: i32,
    /// East of Greenwich, -180,000,000 to 180,000,000.
    pub longitude: i32,
}

impl TypeNames {
    fn texts(&self) -> usize {
        let labels = self.labels.iter().map(|(_, labels)| 1 + texts(labels));
        1 + texts(&self.names) + labels.sum::<usize>()
    }

    /// Reads the content of an item. Of all items of a pack, `left` texts more are taken,
    /// [`MAX_TEXTS_PER_PACK`] at first.
    ///
    /// # Errors
    /// What is not as [the format](self) has it; [`Error::TooMany`].
    pub fn read_all(content: &[u8], left: &mut usize) -> Result<Vec<Self>, Error> {
        read_all(content, left, Self::texts, |map| {
            let names = Self {
                vct: required_text(map, 1, "type")?,
                names: read_names(&required(map, 2, "names of a type")?.raw_map()?)?,
                labels: read_array(
                    &mut required(map, 3, "labels of claims")?,
                    "labels of claims",
                    MAX_PATHS_PER_GRANT,
                    |label| {
                        label.array_of(2, "label of 2 parts")?;
                        let path = ClaimPath::from_value(&label.value()?)?;
                        Ok((path, read_names(&label.raw_map()?)?))
                    },
                )?,
            };
            names.check()?;
            Ok(names)
        })
    }

    /// The content of an item.
    ///
    /// # Errors
    /// Whatever a reader would refuse.
    pub fn write_all(all: &[Self]) -> Result<Vec<u8>, Error> {
        write_all(all, Self::check, |names| {
            let label = |(path, labels): &(ClaimPath, BTreeMap<String, String>)| {
                Value::Array(vec![path.to_value(), names_map(labels).into()])
            };
            Map::new()
                .with(1, names.vct.as_str())
                .with(2, names_map(&names.names))
                .with(3, Value::Array(names.labels.iter().map(label).collect()))
        })
    }

    /// The name of the type in the language of a BCP 47 tag, or in the nearest there is.
    #[must_use]
    pub fn name(&self, tag: &str) -> &str {
        in_language(&self.names, tag).unwrap_or(&self.vct)
    }

    /// The label of a claim, likewise, if it has one.
    #[must_use]
    pub fn label(&self, path: &ClaimPath, tag: &str) -> Option<&str> {
        let (_, labels) = self.labels.iter().find(|(other, _)| other == path)?;
        in_language(labels, tag)
    }

    fn check(&self) -> Result<(), Error> {
        ensure(!self.vct.is_empty(), "type")?;
        check_names(&self.names, "names of a type")?;
        let mut labels = self.labels.iter();
        labels.try_for_each(|(_, labels)| check_names(labels, "label of a claim"))
    }
}

impl Note {
    fn texts(&self) -> usize {
        2 + texts(&self.titles) + texts(&self.texts)
    }

    /// Reads the content of an item. Of all items of a pack, `left` texts more are taken,
    /// [`MAX_TEXTS_PER_PACK`] at first.
    ///
    /// # Errors
    /// What is not as [the format](self) has it; [`Error::TooMany`].
    pub fn read_all(content: &[u8], left: &mut usize) -> Result<Vec<Self>, Error> {
        read_all(content, left, Self::texts, |map| {
            let note = Self {
                country: required_text(map, 1, "country")?,
                topic: required_text(map, 2, "topic")?,
                titles: read_names(&required(map, 3, "title of a note")?.raw_map()?)?,
                texts: read_names(&required(map, 4, "text of a note")?.raw_map()?)?,
                place: map
                    .label(5)
                    .map(|mut place| Place::read(&mut place))
                    .transpose()?,
            };
            note.check()?;
            Ok(note)
        })
    }

    /// The content of an item.
    ///
    /// # Errors
    /// Whatever a reader would refuse.
    pub fn write_all(all: &[Self]) -> Result<Vec<u8>, Error> {
        write_all(all, Self::check, |note| {
            let map = Map::new()
                .with(1, note.country.as_str())
                .with(2, note.topic.as_str())
                .with(3, names_map(&note.titles))
                .with(4, names_map(&note.texts));
            with_place(map, note.place)
        })
    }

    /// The title in the language of a BCP 47 tag, or in the nearest there is.
    #[must_use]
    pub fn title(&self, tag: &str) -> &str {
        in_language(&self.titles, tag).unwrap_or(&self.topic)
    }

    /// The text, likewise.
    #[must_use]
    pub fn text(&self, tag: &str) -> &str {
        in_language(&self.texts, tag).unwrap_or_default()
    }

    fn check(&self) -> Result<(), Error> {
        ensure(is_alpha_3(&self.country), "country")?;
        ensure(!self.topic.is_empty(), "topic")?;
        check_names(&self.titles, "title of a note")?;
        check_names(&self.texts, "text of a note")?;
        Place::check(self.place)
    }
}

impl Contact {
    fn texts(&self) -> usize {
        2 + texts(&self.names) + self.channels.len()
    }

    /// Reads the content of an item. Of all items of a pack, `left` texts more are taken,
    /// [`MAX_TEXTS_PER_PACK`] at first.
    ///
    /// # Errors
    /// What is not as [the format](self) has it; [`Error::TooMany`].
    pub fn read_all(content: &[u8], left: &mut usize) -> Result<Vec<Self>, Error> {
        read_all(content, left, Self::texts, |map| {
            let contact = Self {
                country: required_text(map, 1, "country")?,
                topic: required_text(map, 2, "topic")?,
                names: read_names(&required(map, 3, "names of a contact")?.raw_map()?)?,
                channels: read_array(
                    &mut required(map, 4, "channels")?,
                    "channels",
                    MAX_CHANNELS,
                    |channel| Ok(channel.text()?.to_owned()),
                )?,
                place: map
                    .label(5)
                    .map(|mut place| Place::read(&mut place))
                    .transpose()?,
            };
            contact.check()?;
            Ok(contact)
        })
    }

    /// The content of an item.
    ///
    /// # Errors
    /// Whatever a reader would refuse.
    pub fn write_all(all: &[Self]) -> Result<Vec<u8>, Error> {
        write_all(all, Self::check, |contact| {
            let map = Map::new()
                .with(1, contact.country.as_str())
                .with(2, contact.topic.as_str())
                .with(3, names_map(&contact.names))
                .with(4, texts_value(&contact.channels));
            with_place(map, contact.place)
        })
    }

    /// The name in the language of a BCP 47 tag, or in the nearest there is.
    #[must_use]
    pub fn name(&self, tag: &str) -> &str {
        in_language(&self.names, tag).unwrap_or(&self.topic)
    }

    fn check(&self) -> Result<(), Error> {
        ensure(is_alpha_3(&self.country), "country")?;
        ensure(!self.topic.is_empty(), "topic")?;
        check_names(&self.names, "names of a contact")?;
        // An app may open these at a touch: nothing that runs or reads files.
        let is_safe = |channel: &String| SCHEMES.iter().any(|scheme| channel.starts_with(scheme));
        ensure(self.channels.iter().all(is_safe), "channel")?;
        Place::check(self.place)
    }
}

impl Place {
    /// A place by its degrees north and east; `None` for none on Earth.
    #[must_use]
    pub fn from_degrees(latitude: f64, longitude: f64) -> Option<Self> {
        let part = |degrees: f64, most: f64| {
            #[allow(
                clippy::cast_possible_truncation,
                reason = "at most 180,000,000 either way"
            )]
            let millionths = (degrees * 1e6).round() as i32;
            (degrees.abs() <= most).then_some(millionths)
        };
        Some(Self {
            latitude: part(latitude, 90.0)?,
            longitude: part(longitude, 180.0)?,
        })
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        reader.array_of(2, "place of 2 parts")?;
        let mut part = || {
            let part = reader.int()?;
            i32::try_from(part).map_err(|_| Error::Invalid { what: "place" })
        };
        Ok(Self {
            latitude: part()?,
            longitude: part()?,
        })
    }

    fn check(place: Option<Self>) -> Result<(), Error> {
        let is_on_earth = |place: Self| {
            place.latitude.unsigned_abs() <= 90_000_000
                && place.longitude.unsigned_abs() <= 180_000_000
        };
        ensure(place.is_none_or(is_on_earth), "place")
    }
}

fn with_place(mut map: Map, place: Option<Place>) -> Map {
    if let Some(place) = place {
        let parts = [place.latitude, place.longitude];
        let parts = parts.map(|part| Value::from(i64::from(part)));
        map.insert(5, Value::Array(parts.to_vec()));
    }
    map
}

/// Refuses texts that a reader would, all items of a pack together.
pub(super) fn check_texts(items: &[Item]) -> Result<(), Error> {
    let mut left = MAX_TEXTS_PER_PACK;
    for Item { kind, content, .. } in items {
        match kind {
            Kind::TypeNames => drop(TypeNames::read_all(content, &mut left)?),
            Kind::Notes => drop(Note::read_all(content, &mut left)?),
            Kind::Contacts => drop(Contact::read_all(content, &mut left)?),
            _ => {}
        }
    }
    Ok(())
}

fn read_all<T>(
    content: &[u8],
    left: &mut usize,
    texts: impl Fn(&T) -> usize,
    one: impl Fn(&RawMap<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    check_size("item", content, MAX_ITEM_BYTES)?;
    let mut reader = Reader::new(content);
    let all = read_array(&mut reader, "entries", MAX_ENTRIES_PER_ITEM, |reader| {
        let entry = one(&reader.raw_map()?)?;
        let texts = texts(&entry);
        check_count("texts of a pack", texts, *left)?;
        *left -= texts;
        Ok(entry)
    })?;
    reader.finish()?;
    Ok(all)
}

/// What a map counts for: it takes the memory of several texts, however few it holds.
fn texts(map: &BTreeMap<String, String>) -> usize {
    4 + map.len()
}

fn write_all<T>(
    all: &[T],
    check: impl Fn(&T) -> Result<(), Error>,
    one: impl Fn(&T) -> Map,
) -> Result<Vec<u8>, Error> {
    check_count("entries", all.len(), MAX_ENTRIES_PER_ITEM)?;
    all.iter().try_for_each(check)?;
    let maps = all.iter().map(|each| Value::Map(one(each)));
    Ok(Value::Array(maps.collect()).to_cbor())
}

const SCHEMES: [&str; 3] = ["tel:", "mailto:", "https:"];
