//! A pack as a desk writes it down: JSON, from which each version is built and signed.
//!
//! ```json
//! {
//!   "id": "npl.national", "version": 3, "days": 90,
//!   "trust_list": {"id": "npl.issuers", "issuers": ["school.json"]},
//!   "verifier_list": {"id": "npl.verifiers", "verifiers": [
//!     {"role": "labour_inspectorate", "names": {"en": "Labour Inspectorate"}, "country": "NPL",
//!      "keys": [{"key": "...", "not_before": 0, "not_after": 4102444800}],
//!      "grants": [{"type": "urn:nansen:skills:1", "claims": ["family_name"]}]}]},
//!   "status": [{"issuer": "https://school.example", "key": "...", "list": "status-1.cwt"}],
//!   "notes": [{"country": "QAT", "topic": "regulations", "titles": {"en": "Heat"},
//!     "texts": {"en": "No outdoor work at noon."}, "place": {"latitude": 25.28, "longitude": 51.53}}],
//!   "contacts": [{"country": "QAT", "topic": "next_step", "names": {"en": "Help desk"},
//!     "channels": ["tel:+97440000000"]}],
//!   "types": [{"type": "urn:nansen:skills:1", "names": {"en": "Skills certificate"},
//!     "labels": {"family_name": {"en": "Family name"}}}]
//! }
//! ```
//!
//! Every part but the first line may be left out. `type` null grants any type, `claims` null any
//! claim. Each item takes the version of the pack.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nansen_credential::ClaimPath;
use nansen_credential::cose::{MultiSigned, Signer};
use nansen_credential::pack::{Contact, Item, Kind, Note, PackContent, Place, TypeNames};
use nansen_credential::status::StatusList;
use nansen_credential::status::snapshot::Snapshot;
use nansen_credential::trust::{
    Grant, Issuer, Root, TrustListContent, Verifier, VerifierKey, VerifierListContent,
};
use serde::Deserialize;

use super::{IssuerDescription, KeyDescription};
use crate::device_key;
use crate::failure::{Failure, Result};
use crate::files;
use crate::limits::{CLAIMS_BYTES_MAX, LIST_BYTES_MAX};

/// Names by BCP 47 tag.
type Names = BTreeMap<String, String>;

/// A pack to build.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PackFile {
    id: String,
    version: u64,
    days: u32,
    trust_list: Option<Issuers>,
    verifier_list: Option<Verifiers>,
    #[serde(default)]
    status: Vec<StatusSource>,
    #[serde(default)]
    notes: Vec<NoteText>,
    #[serde(default)]
    contacts: Vec<ContactText>,
    #[serde(default)]
    types: Vec<TypeText>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Issuers {
    id: String,
    issuers: Vec<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Verifiers {
    id: String,
    verifiers: Vec<VerifierText>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VerifierText {
    role: String,
    names: Names,
    country: String,
    keys: Vec<KeyDescription>,
    grants: Vec<GrantText>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantText {
    #[serde(rename = "type")]
    vct: Option<String>,
    claims: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatusSource {
    issuer: String,
    key: String,
    list: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceText {
    latitude: f64,
    longitude: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoteText {
    country: String,
    topic: String,
    titles: Names,
    texts: Names,
    place: Option<PlaceText>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContactText {
    country: String,
    topic: String,
    names: Names,
    channels: Vec<String>,
    place: Option<PlaceText>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TypeText {
    #[serde(rename = "type")]
    vct: String,
    names: Names,
    #[serde(default)]
    labels: BTreeMap<String, Names>,
}

impl PackFile {
    /// The content of the pack at `now`, its lists signed by `key`. `rotations` travel along.
    pub(crate) fn content(
        self,
        root: &Root,
        rotations: &[Vec<u8>],
        key: &impl Signer,
        now: i64,
    ) -> Result<PackContent> {
        let (version, publisher) = (self.version, root.publisher());
        let next_update = now.saturating_add(i64::from(self.days) * DAY);
        let item = |kind, id: String, content| Item {
            kind,
            id,
            version,
            expires_at: next_update,
            content,
        };
        let mut items = Vec::new();
        if let Some(list) = self.trust_list {
            let content = TrustListContent {
                id: list.id.clone(),
                version,
                issued_at: now,
                next_update,
                issuers: list
                    .issuers
                    .iter()
                    .map(|path| issuer(path))
                    .collect::<Result<_>>()?,
            };
            let bytes = signed(content.draft(publisher)?, key)?;
            items.push(item(Kind::TrustList, list.id, bytes));
        }
        if let Some(list) = self.verifier_list {
            let verifiers = list.verifiers.into_iter().map(Verifier::try_from);
            let content = VerifierListContent {
                id: list.id.clone(),
                version,
                issued_at: now,
                next_update,
                verifiers: verifiers.collect::<Result<_>>()?,
            };
            let bytes = signed(content.draft(publisher)?, key)?;
            items.push(item(Kind::VerifierList, list.id, bytes));
        }
        for source in &self.status {
            let (uri, bytes) = source.snapshot()?;
            items.push(item(Kind::StatusSnapshot, uri, bytes));
        }
        if !self.notes.is_empty() {
            let notes: Vec<Note> = self.notes.into_iter().map(Note::from).collect();
            let bytes = Note::write_all(&notes)?;
            items.push(item(Kind::Notes, "notes".to_owned(), bytes));
        }
        if !self.contacts.is_empty() {
            let contacts: Vec<Contact> = self.contacts.into_iter().map(Contact::from).collect();
            let bytes = Contact::write_all(&contacts)?;
            items.push(item(Kind::Contacts, "contacts".to_owned(), bytes));
        }
        if !self.types.is_empty() {
            let types: Vec<TypeNames> = self.types.into_iter().map(TypeNames::from).collect();
            let bytes = TypeNames::write_all(&types)?;
            items.push(item(Kind::TypeNames, "types".to_owned(), bytes));
        }
        for statement in rotations {
            let of_root = Root::preview(statement)?.version;
            items.push(Item {
                version: of_root,
                ..item(
                    Kind::RootStatement,
                    format!("root-{of_root}"),
                    statement.clone(),
                )
            });
        }
        Ok(PackContent {
            id: self.id,
            version,
            issued_at: now,
            next_update,
            items,
        })
    }
}

impl StatusSource {
    /// The URI of the list, and its snapshot.
    fn snapshot(&self) -> Result<(String, Vec<u8>)> {
        let key = device_key::from_text(&self.key)?;
        let bytes = files::read(&self.list, LIST_BYTES_MAX)?;
        let list = StatusList::parse_verified(&bytes, &key)?;
        let snapshot = Snapshot::of(&self.issuer, &list)?;
        Ok((list.uri().to_owned(), snapshot.to_cbor()?))
    }
}

impl TryFrom<VerifierText> for Verifier {
    type Error = Failure;

    fn try_from(text: VerifierText) -> Result<Self> {
        let key = |key: KeyDescription| {
            Ok(VerifierKey {
                public: device_key::from_text(&key.key)?,
                not_before: key.not_before,
                not_after: key.not_after,
                cut_off: key.cut_off,
            })
        };
        let grant = |grant: GrantText| Grant {
            vct: grant.vct,
            claims: grant
                .claims
                .map(|names| names.iter().map(|name| ClaimPath::name(name)).collect()),
        };
        Ok(Self {
            role: text.role,
            names: text.names,
            country: text.country,
            keys: text.keys.into_iter().map(key).collect::<Result<_>>()?,
            grants: text.grants.into_iter().map(grant).collect(),
        })
    }
}

impl From<PlaceText> for Place {
    fn from(text: PlaceText) -> Self {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "what is beyond an i32 saturates, and is then refused as not on Earth"
        )]
        let millionths = |degrees: f64| (degrees * 1e6).round() as i32;
        Self {
            latitude: millionths(text.latitude),
            longitude: millionths(text.longitude),
        }
    }
}

impl From<NoteText> for Note {
    fn from(text: NoteText) -> Self {
        Self {
            country: text.country,
            topic: text.topic,
            titles: text.titles,
            texts: text.texts,
            place: text.place.map(Place::from),
        }
    }
}

impl From<ContactText> for Contact {
    fn from(text: ContactText) -> Self {
        Self {
            country: text.country,
            topic: text.topic,
            names: text.names,
            channels: text.channels,
            place: text.place.map(Place::from),
        }
    }
}

impl From<TypeText> for TypeNames {
    fn from(text: TypeText) -> Self {
        let labels = text.labels.into_iter();
        Self {
            vct: text.vct,
            names: text.names,
            labels: labels
                .map(|(name, labels)| (ClaimPath::name(&name), labels))
                .collect(),
        }
    }
}

fn issuer(path: &Path) -> Result<Issuer> {
    let bytes = files::read(path, CLAIMS_BYTES_MAX)?;
    let described: IssuerDescription =
        serde_json::from_slice(&bytes).map_err(|source| Failure::Json {
            path: path.to_owned(),
            source,
        })?;
    described.try_into()
}

fn signed(mut draft: MultiSigned, key: &impl Signer) -> Result<Vec<u8>> {
    draft.sign(key)?;
    Ok(draft.to_cbor())
}

const DAY: i64 = 24 * 3600;
