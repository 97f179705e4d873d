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
//! claim; claims and labels are named as everywhere, `employment.from` is one in a group. Files
//! are found from the folder of the description. Each item takes the version of the pack.
//!
//! The desk that builds the pack signs the lists in it alone, so that their roles need a
//! threshold of 1: what phones would refuse is not built.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::slice;

use nansen_credential::cose::{MultiSigned, Signer};
use nansen_credential::pack::{Contact, Item, Kind, Note, PackContent, Place, TypeNames};
use nansen_credential::status::StatusList;
use nansen_credential::status::snapshot::Snapshot;
use nansen_credential::trust::{
    Grant, Issuer, Role, Root, TrustListContent, Verifier, VerifierKey, VerifierListContent,
};
use nansen_credential::{ClaimPath, Error};
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

/// The content of a pack, and what may be amiss with it.
pub(crate) struct Described {
    /// The content, its lists signed.
    pub(crate) content: PackContent,
    /// Issuers with a status in the pack that are on no trust list of it.
    pub(crate) unlisted: Vec<String>,
}

impl PackFile {
    /// The content of the pack at `now`, its lists signed by `key`. `rotations` travel along;
    /// files are found from `folder`.
    pub(crate) fn content(
        self,
        folder: &Path,
        root: &Root,
        rotations: &[Vec<u8>],
        key: &impl Signer,
        now: i64,
    ) -> Result<Described> {
        if self.days == 0 {
            return Err(Failure::Field {
                field: "days",
                reason: "must be 1 or more: the days until the next version is due",
            });
        }
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
        let mut listed = Vec::new();
        if let Some(Issuers { id, issuers }) = self.trust_list {
            let issuers = each("trust_list.issuers", issuers, |path| {
                issuer(&folder.join(path))
            })?;
            listed.extend(issuers.iter().map(|issuer| issuer.uri.clone()));
            let draft = written("trust_list.issuers", &issuers, |issuers| {
                let content = TrustListContent {
                    id: id.clone(),
                    version,
                    issued_at: now,
                    next_update,
                    issuers: issuers.to_vec(),
                };
                content.draft(publisher)
            })?;
            let bytes = signed(draft, &id, Role::Issuers, root, key)?;
            items.push(item(Kind::TrustList, id, bytes));
        }
        if let Some(Verifiers { id, verifiers }) = self.verifier_list {
            let verifiers = each("verifier_list.verifiers", verifiers, Verifier::try_from)?;
            let draft = written("verifier_list.verifiers", &verifiers, |verifiers| {
                let content = VerifierListContent {
                    id: id.clone(),
                    version,
                    issued_at: now,
                    next_update,
                    verifiers: verifiers.to_vec(),
                };
                content.draft(publisher)
            })?;
            let bytes = signed(draft, &id, Role::Verifiers, root, key)?;
            items.push(item(Kind::VerifierList, id, bytes));
        }
        let issuers = self.status.iter().map(|source| source.issuer.clone());
        let unlisted = issuers.filter(|uri| !listed.contains(uri)).collect();
        for (uri, bytes) in each("status", self.status, |source| source.snapshot(folder))? {
            items.push(item(Kind::StatusSnapshot, uri, bytes));
        }
        if !self.notes.is_empty() {
            let notes: Vec<Note> = self.notes.into_iter().map(Note::from).collect();
            let bytes = written("notes", &notes, Note::write_all)?;
            items.push(item(Kind::Notes, "notes".to_owned(), bytes));
        }
        if !self.contacts.is_empty() {
            let contacts: Vec<Contact> = self.contacts.into_iter().map(Contact::from).collect();
            let bytes = written("contacts", &contacts, Contact::write_all)?;
            items.push(item(Kind::Contacts, "contacts".to_owned(), bytes));
        }
        if !self.types.is_empty() {
            let types = each("types", self.types, TypeNames::try_from)?;
            let bytes = written("types", &types, TypeNames::write_all)?;
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
        let content = PackContent {
            id: self.id,
            version,
            issued_at: now,
            next_update,
            items,
        };
        Ok(Described { content, unlisted })
    }
}

impl StatusSource {
    /// The URI of the list, and its snapshot.
    fn snapshot(&self, folder: &Path) -> Result<(String, Vec<u8>)> {
        let key = device_key::from_text(&self.key).map_err(Failure::at("key"))?;
        let path = folder.join(&self.list);
        let bytes = files::read(&path, LIST_BYTES_MAX)?;
        let list = StatusList::parse_verified(&bytes, &key);
        let list = list.map_err(Failure::at(format!("{} by this key", path.display())))?;
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
        let grant = |grant: GrantText| {
            let claims = grant.claims;
            let claims = claims.map(|texts| each("claims", texts, |text| claim(&text)));
            Ok(Grant {
                vct: grant.vct,
                claims: claims.transpose()?,
            })
        };
        Ok(Self {
            role: text.role,
            names: text.names,
            country: text.country,
            keys: each("keys", text.keys, key)?,
            grants: each("grants", text.grants, grant)?,
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

impl TryFrom<TypeText> for TypeNames {
    type Error = Failure;

    fn try_from(text: TypeText) -> Result<Self> {
        let labels = text.labels.into_iter();
        let labels = labels.map(|(path, labels)| {
            let path = claim(&path).map_err(Failure::at("labels"))?;
            Ok((path, labels))
        });
        Ok(Self {
            vct: text.vct,
            names: text.names,
            labels: labels.collect::<Result<_>>()?,
        })
    }
}

fn claim(text: &str) -> Result<ClaimPath> {
    text.parse::<ClaimPath>()
        .map_err(Failure::at(format!("\"{text}\"")))
}

fn issuer(path: &Path) -> Result<Issuer> {
    let bytes = files::read(path, CLAIMS_BYTES_MAX)?;
    let described: IssuerDescription =
        serde_json::from_slice(&bytes).map_err(|source| Failure::Json {
            path: path.to_owned(),
            source,
        })?;
    described.try_into().map_err(Failure::at(path.display()))
}

/// What `read` makes of each entry of a list; a refusal names the entry.
fn each<T, U>(name: &str, entries: Vec<T>, read: impl Fn(T) -> Result<U>) -> Result<Vec<U>> {
    let entries = entries.into_iter().enumerate();
    entries
        .map(|(at, entry)| read(entry).map_err(Failure::at(format!("{name}[{at}]"))))
        .collect()
}

/// What `write` makes of a list; a refusal names the first entry that is refused by itself.
fn written<T, U>(
    name: &str,
    entries: &[T],
    write: impl Fn(&[T]) -> std::result::Result<U, Error>,
) -> Result<U> {
    write(entries).map_err(|refused| {
        // What is wrong without any entry is the fault of none.
        let is_whole = write(&[]).is_err();
        let mut alone = entries.iter().map(|entry| write(slice::from_ref(entry)));
        match alone.position(|written| written.is_err()) {
            Some(at) if !is_whole => Failure::at(format!("{name}[{at}]"))(refused),
            _ => Failure::at(name)(refused),
        }
    })
}

/// The list under the signature of this desk, if that is all that the root asks for.
fn signed(
    mut draft: MultiSigned,
    list: &str,
    role: Role,
    root: &Root,
    key: &impl Signer,
) -> Result<Vec<u8>> {
    draft.sign(key)?;
    match (root.verify(role, &draft), root.content().roles.get(&role)) {
        (Ok(()), _) => Ok(draft.to_cbor()),
        (Err(_), Some(quorum)) => Err(Failure::ListQuorum {
            list: list.to_owned(),
            role: role.name(),
            threshold: quorum.threshold,
            keys: quorum.keys.len(),
            is_member: quorum.keys.contains(&key.public_key()),
            key: device_key::to_text(&key.public_key()),
        }),
        (Err(unassigned), None) => Err(Failure::at(format!("list {list}"))(unassigned)),
    }
}

const DAY: i64 = 24 * 3600;
