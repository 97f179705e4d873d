//! The stored form of a trust store.
//!
//! | map | type | content |
//! |---|---|---|
//! | 1 | integer | version: 3; 1 and 2 are read |
//! | 2 | array of bytes | roots, keys in short form |
//! | 3, 4 | array of bytes | trust lists, status lists, as received |
//! | 5 | integer | high-water mark |
//! | 6 | array of bytes | from 2 on: newest root statement of each publisher |
//! | 7 | array of bytes | from 2 on: verifier lists, as received |
//! | 8 | array of bytes | from 2 on: packs, in their own form |
//! | 9 | array of integers | in 2, perhaps: the latest time that each publisher of 6 signed something |
//! | 10 | array of floors | from 3 on: what ever counted |
//!
//! A floor is `[of, authority, name, at, ? before]`, the second and third hashed to 16 bytes:
//!
//! | of | authority | name | at, before |
//! |---|---|---|---|
//! | 0 | publisher or root | none | latest time that it signed anything |
//! | 1, 2 | publisher or root | id of a trust list, of a verifier list | highest version |
//! | 3 | signer | URI of a status list | time of the newest, and of the one before |
//! | 4 | publisher | issuer and URI of a snapshot | time of the newest |
//! | 5 | publisher | id of a pack | highest version |
//!
//! Deterministic CBOR. Reading it checks every signature again. What is refused is left out and
//! told; the order of what is there decides nothing.

use std::sync::Arc;

use nansen_credential::cbor::{Map, RawMap, Reader, Value};
use nansen_credential::cose::PublicKey;
use nansen_credential::trust::{Authority, Root};

use super::floors::Name;
use super::packs::HeldPack;
use super::publishers::Publisher;
use super::{STORED_FORM_MAX, TrustStore, check_count};
use crate::Error;

/// Lists and packs that are taken back from where they were stored.
#[derive(Default)]
pub(crate) struct Restoring {
    store: TrustStore,
    fallen: Vec<Arc<HeldPack>>,
    /// Packs that were refused: another may bring the root that vouches for them.
    refused: Vec<(Vec<u8>, Error)>,
    /// Whether older versions may stand beside newer ones, as where a wallet died in between.
    has_older: bool,
}

impl TrustStore {
    /// The stored form.
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        let bytes = |items: Vec<Vec<u8>>| {
            let items = items.into_iter().map(Value::Bytes);
            Value::Array(items.collect())
        };
        let roots = self.roots.iter().map(PublicKey::to_short);
        let trust = self.trust_lists.iter().map(|held| held.bytes.to_vec());
        let asking = self.verifier_lists.iter().map(|held| held.bytes.to_vec());
        let status = self.status_lists.iter().map(|held| held.bytes.to_vec());
        let packs = self.packs.iter().map(|held| held.pack.to_bytes());
        let statements = self.statements().map(<[u8]>::to_vec);
        Map::new()
            .with(label::VERSION, VERSION)
            .with(label::ROOTS, bytes(roots.collect()))
            .with(label::TRUST_LISTS, bytes(trust.collect()))
            .with(label::STATUS_LISTS, bytes(status.collect()))
            .with(label::MARK, self.mark)
            .with(label::PUBLISHERS, bytes(statements.collect()))
            .with(label::VERIFIER_LISTS, bytes(asking.collect()))
            .with(label::PACKS, bytes(packs.collect()))
            .with(label::FLOORS, self.floors.rows())
            .to_cbor()
    }

    /// Reads the stored form and checks every signature again. What is refused is left out;
    /// [`TrustStore::damage`] tells of it.
    ///
    /// # Errors
    /// [`Error::Stored`] for anything but a stored form, [`Error::TooMany`] for more bytes than one
    /// can have.
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, Error> {
        check_count("bytes of a trust store", bytes.len(), STORED_FORM_MAX)?;
        let stored = RawMap::from_cbor(bytes).map_err(|_| DAMAGED)?;
        let version = stored.label(label::VERSION).ok_or(DAMAGED)?.int();
        if !matches!(version, Ok(1..=VERSION)) {
            return Err(DAMAGED);
        }
        let mut restoring = Restoring::default();
        let store = &mut restoring.store;
        store.mark = stored
            .label(label::MARK)
            .ok_or(DAMAGED)?
            .int()
            .map_err(|_| DAMAGED)?;
        each_bytes(&stored, label::ROOTS, |root| {
            let added = PublicKey::from_short(root).map_err(Error::from);
            if let Err(error) = added.and_then(|root| store.add_root(root)) {
                store.note_damage(error);
            }
        })?;
        let mut names = Vec::new();
        each_bytes(&stored, label::PUBLISHERS, |statement| {
            let name = store.restore_publisher(statement);
            names.push(name.map_err(|error| store.note_damage(error)).ok());
        })?;
        if let Some(mut times) = stored.label(label::LATEST) {
            let count = times.array().map_err(|_| DAMAGED)?;
            for name in names.into_iter().take(count) {
                let time = times.int().map_err(|_| DAMAGED)?;
                if let Some(name) = name {
                    store.restore_latest(name, time);
                }
            }
        }
        if let Some(mut floors) = stored.label(label::FLOORS) {
            store.restore_floors(&mut floors)?;
        }
        for (label, kind) in [
            (label::PACKS, Stored::Pack),
            (label::TRUST_LISTS, Stored::TrustList),
            (label::VERIFIER_LISTS, Stored::VerifierList),
            (label::STATUS_LISTS, Stored::StatusList),
        ] {
            each_bytes(&stored, label, |bytes| restoring.take(kind, bytes))?;
        }
        Ok(restoring.finish())
    }

    /// Takes back a root statement that was trusted when it was stored. Of several of one
    /// publisher, as wallets that were put together hold, the newest counts, and of two as new
    /// the first. Returns whose it is.
    pub(crate) fn restore_publisher(&mut self, statement: &[u8]) -> Result<String, Error> {
        let root = Root::parse_pinned(statement, &Root::pin(statement)?)?;
        let name = root.publisher().to_owned();
        match self.publisher(&name) {
            None => self.add_publisher(statement, root.digest()).map(drop)?,
            Some(held) if root.version() > held.root.version() => {
                let bytes = statement.into();
                // Nothing is here so far that could fall.
                drop(self.rotate(Publisher { root, bytes }));
            }
            Some(_) => {}
        }
        Ok(name)
    }

    /// Takes back when a publisher signed something last, from before there were floors.
    pub(crate) fn restore_latest(&mut self, publisher: String, time: i64) {
        let authority = Authority::Publisher(publisher);
        self.floors.raise(Name::signed(&authority), time);
    }

    /// Takes back what ever counted.
    ///
    /// # Errors
    /// [`Error::Stored`].
    pub(crate) fn restore_floors(&mut self, floors: &mut Reader<'_>) -> Result<(), Error> {
        self.floors.read(floors)
    }

    /// What ever counted, to store.
    #[cfg(feature = "vault")]
    pub(crate) fn floors(&self) -> Value {
        self.floors.rows()
    }

    /// Root statements to store.
    pub(crate) fn statements(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.publishers.iter().map(|publisher| &*publisher.bytes)
    }
}

impl Restoring {
    /// Begins with roots, publishers and floors.
    #[cfg(feature = "vault")]
    pub(crate) const fn of(store: TrustStore) -> Self {
        Self {
            store,
            fallen: Vec::new(),
            refused: Vec::new(),
            has_older: true,
        }
    }

    /// Takes a list or pack back, packs first.
    pub(crate) fn take(&mut self, kind: Stored, bytes: &[u8]) {
        let store = &mut self.store;
        let taken = match kind {
            Stored::Pack => return self.take_pack(bytes),
            Stored::TrustList => store.put_trust_list(bytes, false),
            Stored::VerifierList => store.put_verifier_list(bytes, false),
            Stored::StatusList => store.restore_status_list(bytes),
        };
        if let Err(error) = taken {
            self.note_damage(error);
        }
    }

    /// Tells that something could not be taken back, unless something newer took its place.
    pub(crate) fn note_damage(&mut self, error: Error) {
        if !(self.has_older && error.is_superseded()) {
            self.store.note_damage(error);
        }
    }

    fn take_pack(&mut self, bytes: &[u8]) {
        let mut next = self.store.clone();
        match next.put_pack(bytes) {
            Ok((_, fallen)) => {
                let has_rotated = next.statements().ne(self.store.statements());
                self.store = next;
                self.fallen.extend(fallen);
                if has_rotated {
                    let refused = core::mem::take(&mut self.refused);
                    refused.iter().for_each(|(bytes, _)| self.take_pack(bytes));
                }
            }
            Err(error) => self.refused.push((bytes.to_vec(), error)),
        }
    }

    /// The store, once all is taken back.
    pub(crate) fn finish(mut self) -> TrustStore {
        for (_, error) in core::mem::take(&mut self.refused) {
            self.note_damage(error);
        }
        let mut store = self.store;
        store.refresh();
        // Status lists of theirs were stored on their own before they went.
        store.keep_lists(&self.fallen, &[]);
        store
    }
}

/// What was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    Pack,
    TrustList,
    VerifierList,
    StatusList,
}

fn each_bytes(stored: &RawMap<'_>, label: i64, mut each: impl FnMut(&[u8])) -> Result<(), Error> {
    let Some(mut reader) = stored.label(label) else {
        return Ok(());
    };
    for _ in 0..reader.array().map_err(|_| DAMAGED)? {
        each(reader.bytes().map_err(|_| DAMAGED)?);
    }
    Ok(())
}

const DAMAGED: Error = Error::Stored {
    what: "trust store",
};

const VERSION: i64 = 3;

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
    pub(super) const FLOORS: i64 = 10;
}
