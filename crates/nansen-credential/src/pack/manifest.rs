//! The manifest of a pack: what is in it, signed.
//!
//! | payload | type | content |
//! |---|---|---|
//! | 1 | unsigned | version of this format: 1 |
//! | 2 | text | id of the pack |
//! | 3 | unsigned | version of the pack |
//! | 4, 5 | integer | issued at, next update, unix seconds |
//! | 6 | array | items `[kind, id, version, expires at, size, SHA-256]` |
//! | 10 | text | publisher |
//!
//! No two items are of the same kind and id. Items of a kind that this program does not know are
//! carried along. The quorum of [`Role::Content`] signs every manifest, and that of
//! [`Kind::role`] as well: keys that write notes cannot revoke anything.

use sha2::{Digest, Sha256};

use super::PackContent;
use crate::Error;
use crate::cbor::{Map, RawMap, Reader, Value};
use crate::cose::MultiSigned;
use crate::error::{check_count, check_size};
use crate::fields::{
    FORMAT, check_format, ensure, ensure_unique, read_array, required, required_text, unsigned,
};
use crate::limits::{
    MAX_ITEM_BYTES, MAX_MANIFEST_BYTES, MAX_PACK_BYTES, MAX_PACK_ITEMS, MAX_ROOT_BYTES,
};
use crate::trust::{Authority, Edition, Freshness, Role, Root};

/// The media type of a manifest.
pub const PACK_TYPE: &str = "application/nansen-pack+cbor";

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A trust list, with signatures of its own.
    TrustList,
    /// A verifier list, with signatures of its own.
    VerifierList,
    /// A status list token, as its issuer signed it.
    StatusList,
    /// A status snapshot, on the word of the publisher's status keys.
    StatusSnapshot,
    /// Names of types and claims by language.
    TypeNames,
    /// Information notes of a country.
    Notes,
    /// Contacts of a country.
    Contacts,
    /// A root statement, with signatures of its own.
    RootStatement,
    /// A kind that a newer program knows.
    Other(u64),
}

impl Kind {
    /// The role whose quorum must sign the manifest on account of such an item, apart from
    /// [`Role::Content`].
    #[must_use]
    pub const fn role(self) -> Option<Role> {
        match self {
            Self::StatusSnapshot => Some(Role::Status),
            _ => None,
        }
    }

    const fn number(self) -> u64 {
        match self {
            Self::TrustList => 1,
            Self::VerifierList => 2,
            Self::StatusList => 3,
            Self::StatusSnapshot => 4,
            Self::TypeNames => 5,
            Self::Notes => 6,
            Self::Contacts => 7,
            Self::RootStatement => 8,
            Self::Other(number) => number,
        }
    }

    const fn from_number(number: u64) -> Self {
        match number {
            1 => Self::TrustList,
            2 => Self::VerifierList,
            3 => Self::StatusList,
            4 => Self::StatusSnapshot,
            5 => Self::TypeNames,
            6 => Self::Notes,
            7 => Self::Contacts,
            8 => Self::RootStatement,
            other => Self::Other(other),
        }
    }
}

/// What the manifest says of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Which one of its kind.
    pub id: String,
    /// The version.
    pub version: u64,
    /// From when on it is overdue, unix seconds.
    pub expires_at: i64,
    /// Bytes of the content.
    pub size: usize,
    /// SHA-256 of the content.
    pub digest: [u8; 32],
}

/// A manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Whose pack it is.
    pub publisher: String,
    /// The id, the same in all versions.
    pub id: String,
    /// The version.
    pub version: u64,
    /// When it was signed, unix seconds.
    pub issued_at: i64,
    /// When the next version is due, unix seconds.
    pub next_update: i64,
    /// What is in the pack.
    pub items: Vec<Entry>,
    /// SHA-256 of the payload, by which a delta names the pack it builds on.
    pub digest: [u8; 32],
}

impl Manifest {
    /// The age of the pack at `now`, the later of clock and latest signed time in unix seconds.
    #[must_use]
    pub const fn freshness(&self, now: i64) -> Freshness {
        Freshness::at(now, self.issued_at, self.next_update)
    }

    /// The age of an item at `now`, likewise.
    #[must_use]
    pub const fn item_freshness(&self, item: &Entry, now: i64) -> Freshness {
        Freshness::at(now, self.issued_at, item.expires_at)
    }

    pub(super) fn of(content: &PackContent, publisher: &str) -> Result<Self, Error> {
        let entry = |item: &super::Item| Entry {
            kind: Kind::from_number(item.kind.number()),
            id: item.id.clone(),
            version: item.version,
            expires_at: item.expires_at,
            size: item.content.len(),
            digest: Sha256::digest(&item.content).into(),
        };
        let manifest = Self {
            publisher: publisher.to_owned(),
            id: content.id.clone(),
            version: content.version,
            issued_at: content.issued_at,
            next_update: content.next_update,
            items: content.items.iter().map(entry).collect(),
            digest: [0; 32],
        };
        manifest.check()?;
        let digest = Sha256::digest(manifest.to_map()?.to_cbor()).into();
        Ok(Self { digest, ..manifest })
    }

    pub(super) fn draft(&self) -> Result<MultiSigned, Error> {
        let payload = self.to_map()?.to_cbor();
        check_size("manifest", &payload, MAX_MANIFEST_BYTES)?;
        Ok(MultiSigned::new(PACK_TYPE, payload))
    }

    /// A manifest that the quorums of its publisher signed.
    pub(super) fn verify(message: &MultiSigned, root: &Root) -> Result<Self, Error> {
        root.verify(Role::Content, message)?;
        let manifest = Self::read(message.payload())?;
        if manifest.publisher != root.publisher() {
            return Err(Error::OtherPublisher);
        }
        let mut roles = manifest.roles().into_iter();
        roles.try_for_each(|role| root.verify(role, message))?;
        Ok(manifest)
    }

    /// Whose quorums sign it, each once.
    pub(super) fn roles(&self) -> Vec<Role> {
        let roles = self.items.iter().filter_map(|item| item.kind.role());
        let mut roles: Vec<Role> = roles.chain([Role::Content]).collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    /// A manifest, whoever signed it.
    pub(super) fn read(payload: &[u8]) -> Result<Self, Error> {
        let map = RawMap::from_cbor(payload)?;
        check_format(&map, FORMAT_VERSION)?;
        let manifest = Self {
            publisher: required_text(&map, PUBLISHER, "publisher")?,
            id: required_text(&map, ID, "id of the pack")?,
            version: required(&map, VERSION, "version of the pack")?.unsigned()?,
            issued_at: required(&map, ISSUED_AT, "issued at")?.int()?,
            next_update: required(&map, NEXT_UPDATE, "next update")?.int()?,
            items: read_array(
                &mut required(&map, ITEMS, "items")?,
                "items",
                MAX_PACK_ITEMS,
                Entry::read,
            )?,
            digest: Sha256::digest(payload).into(),
        };
        manifest.check()?;
        Ok(manifest)
    }

    pub(super) fn check_update(held: &Self, offered: &Self) -> Result<(), Error> {
        held.edition().check_update(&offered.edition())?;
        for item in &offered.items {
            let same = |other: &&Entry| (other.kind, &other.id) == (item.kind, &item.id);
            if let Some(before) = held.items.iter().find(same) {
                held.item_edition(before)
                    .check_update(&held.item_edition(item))?;
            }
        }
        Ok(())
    }

    fn edition(&self) -> Edition {
        Edition {
            authority: Authority::Publisher(self.publisher.clone()),
            id: self.id.clone(),
            version: self.version,
            digest: self.digest,
        }
    }

    fn item_edition(&self, item: &Entry) -> Edition {
        Edition {
            authority: Authority::Publisher(self.publisher.clone()),
            id: item.id.clone(),
            version: item.version,
            digest: item.digest,
        }
    }

    fn check(&self) -> Result<(), Error> {
        ensure(!self.id.is_empty(), "id of the pack")?;
        ensure(!self.publisher.is_empty(), "publisher")?;
        ensure(self.issued_at <= self.next_update, "next update")?;
        let names = self.items.iter().map(|item| (item.kind, &item.id));
        ensure_unique(names.collect(), "item")?;
        let mut total = 0_usize;
        for item in &self.items {
            check_count("bytes of an item", item.size, MAX_ITEM_BYTES)?;
            total = total.saturating_add(item.size);
        }
        check_count("bytes of a pack", total, MAX_PACK_BYTES)
    }

    fn to_map(&self) -> Result<Map, Error> {
        let items: Result<Vec<_>, _> = self.items.iter().map(Entry::to_value).collect();
        Ok(Map::new()
            .with(FORMAT, unsigned(FORMAT_VERSION, "format version")?)
            .with(ID, self.id.as_str())
            .with(VERSION, unsigned(self.version, "version of the pack")?)
            .with(ISSUED_AT, self.issued_at)
            .with(NEXT_UPDATE, self.next_update)
            .with(ITEMS, Value::Array(items?))
            .with(PUBLISHER, self.publisher.as_str()))
    }
}

impl Entry {
    /// Whether a root statement may be in it.
    pub(super) fn is_root_statement(&self) -> bool {
        self.kind == Kind::RootStatement && self.size <= MAX_ROOT_BYTES
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        reader.array_of(6, "item of 6 parts")?;
        Ok(Self {
            kind: Kind::from_number(reader.unsigned()?),
            id: reader.text()?.to_owned(),
            version: reader.unsigned()?,
            expires_at: reader.int()?,
            size: usize::try_from(reader.unsigned()?).unwrap_or(usize::MAX),
            digest: reader.byte_array("digest of 32 bytes")?,
        })
    }

    fn to_value(&self) -> Result<Value, Error> {
        Ok(Value::Array(vec![
            unsigned(self.kind.number(), "kind of an item")?,
            self.id.as_str().into(),
            unsigned(self.version, "version of an item")?,
            self.expires_at.into(),
            unsigned(self.size as u64, "size of an item")?,
            Value::Bytes(self.digest.to_vec()),
        ]))
    }
}

/// The version of this format.
const FORMAT_VERSION: u64 = 1;

// Labels of the payload.
const ID: i64 = 2;
const VERSION: i64 = 3;
const ISSUED_AT: i64 = 4;
const NEXT_UPDATE: i64 = 5;
const ITEMS: i64 = 6;
const PUBLISHER: i64 = 10;
