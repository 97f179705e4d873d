//! The stored form of a trust store.
//!
//! | map | type | content |
//! |---|---|---|
//! | 1 | integer | version: 1, or 2 where 6, 7 or 8 is there |
//! | 2 | array of bytes | roots, keys in short form |
//! | 3, 4 | array of bytes | trust lists, status lists, as received |
//! | 5 | integer | high-water mark |
//! | 6 | array of bytes | newest root statement of each publisher |
//! | 7 | array of bytes | verifier lists, as received |
//! | 8 | array of bytes | packs, in their own form |
//! | 9 | array of integers | the latest time that each publisher of 6 signed something, of what is not here; may be left out |
//!
//! Deterministic CBOR. Reading it checks every signature again.

use std::sync::Arc;

use nansen_credential::cbor::{Map, RawMap, Reader, Value};
use nansen_credential::cose::PublicKey;
use nansen_credential::trust::Root;

use super::publishers::Publisher;
use super::{
    LISTS_MAX, PACKS_MAX, ROOTS_MAX, STORED_BYTES_MAX, STORED_REST_MAX, TrustStore, check_count,
};
use crate::Error;

impl TrustStore {
    /// The stored form.
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        let bytes = |items: &[Arc<[u8]>]| {
            let items = items.iter().map(|item| Value::Bytes(item.to_vec()));
            Value::Array(items.collect())
        };
        let roots = self.roots.iter().map(|root| Value::Bytes(root.to_short()));
        let mut map = Map::new()
            .with(label::VERSION, VERSION)
            .with(label::ROOTS, Value::Array(roots.collect()))
            .with(label::TRUST_LISTS, bytes(&self.trust_lists.bytes))
            .with(label::STATUS_LISTS, bytes(&self.status_lists.bytes))
            .with(label::MARK, self.mark);
        let statements = self.publishers.iter().map(|publisher| &publisher.bytes);
        let statements: Vec<Arc<[u8]>> = statements.cloned().collect();
        let packs = self.packs.iter().map(|held| held.pack.to_bytes().into());
        let packs: Vec<Arc<[u8]>> = packs.collect();
        // Nothing of this can be here without a publisher.
        if !statements.is_empty() {
            map.insert(label::VERSION, VERSION_WITH_PUBLISHERS);
            map.insert(label::PUBLISHERS, bytes(&statements));
            map.insert(label::VERIFIER_LISTS, bytes(&self.verifier_lists.bytes));
            map.insert(label::PACKS, bytes(&packs));
        }
        let latest = self.latest();
        if !latest.is_empty() {
            let latest = latest.into_iter().map(Value::Integer);
            map.insert(label::LATEST, Value::Array(latest.collect()));
        }
        map.to_cbor()
    }

    /// Reads the stored form and checks every signature again. A status list whose signer is no
    /// longer on any trust list, or whose `kid` a newer trust list gave to another key, is left
    /// out.
    ///
    /// # Errors
    /// [`Error::Stored`] for anything but a stored form, and those of the ways to add.
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, Error> {
        let limit = STORED_BYTES_MAX + STORED_REST_MAX;
        check_count("bytes of a trust store", bytes.len(), limit)?;
        let stored = RawMap::from_cbor(bytes).map_err(|_| DAMAGED)?;
        let field = |label| stored.label(label).ok_or(DAMAGED);
        let version = field(label::VERSION)?.int();
        let has_publishers = version == Ok(VERSION_WITH_PUBLISHERS);
        if version != Ok(VERSION) && !has_publishers {
            return Err(DAMAGED);
        }
        let mut store = Self::new();
        each_bytes(&mut field(label::ROOTS)?, ROOTS_MAX, |root| {
            store.add_root(PublicKey::from_short(root)?).map(drop)
        })?;
        if has_publishers {
            let mut latest = Vec::new();
            if let Some(mut times) = stored.label(label::LATEST) {
                let count = times.array().map_err(|_| DAMAGED)?;
                check_count("items", count, ROOTS_MAX)?;
                for _ in 0..count {
                    latest.push(times.int().map_err(|_| DAMAGED)?);
                }
            }
            let mut latest = latest.into_iter();
            each_bytes(&mut field(label::PUBLISHERS)?, ROOTS_MAX, |statement| {
                store.restore_publisher(statement, latest.next().unwrap_or_default())
            })?;
        }
        each_bytes(&mut field(label::TRUST_LISTS)?, LISTS_MAX, |list| {
            store.add_trust_list(list).map(drop)
        })?;
        if has_publishers {
            each_bytes(&mut field(label::VERIFIER_LISTS)?, LISTS_MAX, |list| {
                store.add_verifier_list(list).map(drop)
            })?;
            each_bytes(&mut field(label::PACKS)?, PACKS_MAX, |pack| {
                store.add_pack(pack).map(drop)
            })?;
        }
        each_bytes(
            &mut field(label::STATUS_LISTS)?,
            LISTS_MAX,
            |list| match store.add_status_list(list) {
                Err(error) if error.is_superseded() => Ok(()),
                other => other.map(drop),
            },
        )?;
        store.mark = field(label::MARK)?.int().map_err(|_| DAMAGED)?;
        Ok(store)
    }

    /// Takes back a root statement that was trusted when it was stored. Of several of one
    /// publisher, as wallets that were put together hold, the newest counts, and of two as new
    /// the first; of the `latest` times that it signed something, the latest.
    pub(crate) fn restore_publisher(&mut self, statement: &[u8], latest: i64) -> Result<(), Error> {
        let root = Root::parse_pinned(statement, &Root::pin(statement)?)?;
        let name = root.publisher().to_owned();
        match self.publisher(&name) {
            None => self.add_publisher(statement, root.digest()).map(drop)?,
            Some(held) if root.version() > held.root.version() => {
                let fallen = self.rotate(Publisher {
                    root,
                    bytes: statement.into(),
                    latest,
                });
                self.keep_lists(&fallen);
            }
            Some(_) => {}
        }
        let mut publishers = self.publishers.iter_mut();
        if let Some(held) = publishers.find(|held| held.root.publisher() == name) {
            held.latest = held.latest.max(latest);
        }
        Ok(())
    }

    /// The latest time that each publisher signed something, of what is not here; nothing when
    /// there is nothing to remember.
    pub(crate) fn latest(&self) -> Vec<i64> {
        let latest = self.publishers.iter().map(|publisher| publisher.latest);
        match latest.clone().all(|time| time == 0) {
            true => Vec::new(),
            false => latest.collect(),
        }
    }

    /// Root statements to store.
    #[cfg(feature = "vault")]
    pub(crate) fn statements(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.publishers.iter().map(|publisher| &*publisher.bytes)
    }
}

fn each_bytes(
    reader: &mut Reader<'_>,
    limit: usize,
    mut each: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let count = reader.array().map_err(|_| DAMAGED)?;
    check_count("items", count, limit)?;
    for _ in 0..count {
        each(reader.bytes().map_err(|_| DAMAGED)?)?;
    }
    Ok(())
}

const DAMAGED: Error = Error::Stored {
    what: "trust store",
};

const VERSION: i64 = 1;
const VERSION_WITH_PUBLISHERS: i64 = 2;

mod label {
    pub(super) const VERSION: i64 = 1;
    pub(super) const ROOTS: i64 = 2;
    pub(super) const TRUST_LISTS: i64 = 3;
    pub(super) const STATUS_LISTS: i64 = 4;
    pub(super) const MARK: i64 = 5;
    pub(super) const PUBLISHERS: i64 = 6;
    pub(super) const VERIFIER_LISTS: i64 = 7;
    pub(super) const PACKS: i64 = 8;
    pub(super) const LATEST: i64 = 9;
}
