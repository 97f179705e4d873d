//! What a wallet trusts, and where its vault keeps it.
//!
//! | kind | content |
//! |---|---|
//! | `trust` | record, deterministic CBOR: `[1, [root keys in short form], mark]`; or `[2, ...]` with a fourth part: array of the newest root statement of each publisher; or `[3, ...]` with a fifth: array of the latest time that each of these signed something that is not here |
//! | `trust-list`, `verifier-list` | document: a list as received |
//! | `pack` | document: a pack in its own form |
//! | `status-list` | document: a status list as received |
//!
//! Restored backups of other vaults bring a `trust` record each. All are read, of a publisher's
//! root statements the newest counts, and the next write puts one in the place of all: what is
//! removed then is removed from each.
//!
//! Lists and packs are documents because they may be larger than a record. A newer one is written
//! before the older one is deleted; should the phone die in between, the newer one counts at the
//! next unlock. A list that outlives its pack is written as a document of its own before the pack is
//! deleted. A pack brings the root statements along that its publisher signed it under.
//!
//! Invariant: what is trusted in memory is what an unlock would read, whatever failed. Lists and
//! packs go to memory once they are in the vault; roots, publishers and the latest signed time
//! are written with the change that they are part of, and undone in memory when it fails.

use std::collections::BTreeSet;
use std::io::Read;

use nansen_credential::cbor::{Reader, Writer};
use nansen_credential::cose::PublicKey;
use nansen_credential::limits::{MAX_PACK_BYTES, MAX_STATUS_LIST_BYTES, MAX_TRUST_LIST_BYTES};
use nansen_credential::pack::Kind;
use nansen_vault::{RecordId, Summary, Transaction, Vault};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

use crate::held::is_unverified;
use crate::import::take_up;
use crate::trust_store::{
    Added, KeptList, OfferedPack, ROOTS_MAX, TrustStore, Unsigned, pack_name,
};
use crate::verifier::Answered;
use crate::{Error, Wallet, kind};

/// What is trusted, and what of it could not be read.
#[derive(Debug, Default)]
pub(crate) struct Trusted {
    pub(crate) store: TrustStore,
    /// The `trust` records.
    records: Vec<RecordId>,
    pub(crate) damage: Option<Error>,
}

impl Trusted {
    /// Reads what a vault holds. What cannot be read keeps nobody from their credentials: it is
    /// left out and told as damage.
    pub(crate) fn read(vault: &Vault) -> Result<Self, Error> {
        let mut records = vault.list()?.records;
        // Lists come before the status lists that they vouch for, old before new.
        let rank = |kind: &str| DOCUMENTS.iter().position(|other| *other == kind);
        records.sort_by_key(|(_, summary)| (rank(&summary.kind), summary.created));
        let mut trusted = Self::default();
        let mut mark = 0;
        let is_trust = |(_, summary): &&(RecordId, Summary)| summary.kind == kind::TRUST;
        for (id, _) in records.iter().filter(is_trust) {
            trusted.records.push(*id);
            let read = vault.get(*id).map_err(Error::from);
            match read.and_then(|record| trusted.read_roots(&record.body)) {
                Ok(time) => mark = mark.max(time),
                Err(error) => trusted.damage = Some(error),
            }
        }
        for (id, summary) in &records {
            let added = match summary.kind.as_str() {
                kind::TRUST_LIST => {
                    read_document(vault, *id).and_then(|bytes| trusted.store.add_trust_list(&bytes))
                }
                kind::VERIFIER_LIST => read_document(vault, *id)
                    .and_then(|bytes| trusted.store.add_verifier_list(&bytes)),
                kind::PACK => {
                    read_document(vault, *id).and_then(|bytes| trusted.store.add_pack(&bytes))
                }
                kind::STATUS_LIST => read_document(vault, *id)
                    .and_then(|bytes| trusted.store.add_status_list(&bytes)),
                _ => continue,
            };
            if let Err(error) = added
                && !error.is_superseded()
            {
                trusted.damage = Some(error);
            }
        }
        trusted.store.restore_mark(mark);
        Ok(trusted)
    }

    fn read_roots(&mut self, bytes: &[u8]) -> Result<i64, Error> {
        const DAMAGED: Error = Error::Stored { what: "trust" };
        let mut reader = Reader::new(bytes);
        let damaged = |_| DAMAGED;
        let parts = reader.array().map_err(damaged)?;
        let version = match (parts, reader.int()) {
            (3, Ok(VERSION)) => VERSION,
            (4, Ok(VERSION_WITH_PUBLISHERS)) => VERSION_WITH_PUBLISHERS,
            (5, Ok(VERSION_WITH_LATEST)) => VERSION_WITH_LATEST,
            _ => return Err(DAMAGED),
        };
        let count = reader.array().map_err(damaged)?;
        for _ in 0..count.min(ROOTS_MAX) {
            let root = PublicKey::from_short(reader.bytes().map_err(damaged)?)?;
            self.store.add_root(root)?;
        }
        let mark = reader.int().map_err(damaged)?;
        let mut statements = Vec::new();
        if version != VERSION {
            let count = reader.array().map_err(damaged)?;
            for _ in 0..count.min(ROOTS_MAX) {
                statements.push(reader.bytes().map_err(damaged)?);
            }
        }
        let mut latest = Vec::new();
        if version == VERSION_WITH_LATEST {
            let count = reader.array().map_err(damaged)?;
            for _ in 0..count.min(ROOTS_MAX) {
                latest.push(reader.int().map_err(damaged)?);
            }
        }
        reader.finish().map_err(damaged)?;
        let mut latest = latest.into_iter();
        for statement in statements {
            let latest = latest.next().unwrap_or_default();
            self.store.restore_publisher(statement, latest)?;
        }
        Ok(mark)
    }

    /// Writes roots, root statements and signed times as one record, in the place of all
    /// that were read.
    pub(crate) fn write<R: CryptoRng>(
        &self,
        tx: &mut Transaction<'_, R>,
    ) -> Result<RecordId, Error> {
        let roots = self.store.roots();
        let statements = self.store.statements();
        let latest = self.store.latest();
        let (parts, version) = match (statements.len(), latest.len()) {
            (0, _) => (3, VERSION),
            (_, 0) => (4, VERSION_WITH_PUBLISHERS),
            _ => (5, VERSION_WITH_LATEST),
        };
        let mut writer = Writer::new();
        writer.array(parts).int(version).array(roots.len());
        for root in roots {
            writer.bytes(&root.to_short());
        }
        writer.int(self.store.mark());
        if version != VERSION {
            writer.array(statements.len());
            for statement in statements {
                writer.bytes(statement);
            }
        }
        if version == VERSION_WITH_LATEST {
            writer.array(latest.len());
            for time in latest {
                writer.int(time);
            }
        }
        let (summary, body) = (summary(kind::TRUST, "", 0), writer.into_bytes());
        let Some((first, others)) = self.records.split_first() else {
            return Ok(tx.insert(&summary, &body)?);
        };
        tx.update(*first, &summary, &body)?;
        delete(others, tx)?;
        Ok(*first)
    }
}

impl Wallet {
    /// What is trusted.
    #[must_use]
    pub const fn trust(&self) -> &TrustStore {
        &self.trusted.store
    }

    /// Why some stored trust could not be read at the unlock. What
    /// is added anew counts again.
    #[must_use]
    pub const fn trust_damage(&self) -> Option<&Error> {
        self.trusted.damage.as_ref()
    }

    /// Trusts a root.
    ///
    /// # Errors
    /// Those of [`TrustStore::add_root`], and [`Error::Vault`].
    pub fn add_root(&mut self, root: PublicKey, rng: &mut impl CryptoRng) -> Result<Added, Error> {
        let mut added = Added::AlreadyHere;
        self.note(rng, |store| {
            added = store.add_root(root)?;
            Ok(added != Added::AlreadyHere)
        })?;
        Ok(added)
    }

    /// Takes a trust list in, and takes up what it says of credentials whose issuer no list
    /// named so far. A credential that the issuer did not sign, or that is damaged, stays as it
    /// is.
    ///
    /// # Errors
    /// Those of [`TrustStore::add_trust_list`]; [`Error::Vault`], after which it can be added
    /// again.
    pub fn add_trust_list(
        &mut self,
        bytes: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Added, Error> {
        let offered = self.trusted.store.check_trust_list(bytes)?;
        let is_news = offered.added != Added::AlreadyHere;
        let records = self.vault.list()?.records;
        let document = document(kind::TRUST_LIST, &offered.name, offered.signed_at);
        let older = self.keep(&document, bytes, is_news, &records, rng)?;
        let added = self.trusted.store.take_trust_list(offered, bytes);
        // A list that is here already may be so from a try that failed behind this line.
        if is_news || records.iter().any(|(_, summary)| is_unverified(summary)) {
            let before = self.trusted.store.unsigned();
            self.commit(before, is_news, rng, |store, tx| {
                delete(&older, tx)?;
                take_up(store, &records, tx)
            })?;
        }
        Ok(added)
    }

    /// Trusts a publisher.
    ///
    /// # Errors
    /// Those of [`TrustStore::add_publisher`], and [`Error::Vault`].
    pub fn add_publisher(
        &mut self,
        statement: &[u8],
        pin: &[u8; 32],
        rng: &mut impl CryptoRng,
    ) -> Result<Added, Error> {
        self.alter(rng, |store| store.add_publisher(statement, pin))
    }

    /// Follows the rotations of a publisher that is trusted.
    ///
    /// # Errors
    /// Those of [`TrustStore::add_rotations`], and [`Error::Vault`].
    pub fn add_rotations(
        &mut self,
        chain: &[Vec<u8>],
        rng: &mut impl CryptoRng,
    ) -> Result<Added, Error> {
        self.alter(rng, |store| store.add_rotations(chain))
    }

    /// Changes what is trusted otherwise: [`TrustStore::remove_root`],
    /// [`TrustStore::remove_publisher`], [`TrustStore::remove_list`] and
    /// [`TrustStore::remove_pack`]. Nothing can be added this way.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn remove_trust(
        &mut self,
        rng: &mut impl CryptoRng,
        remove: impl FnOnce(&mut TrustStore) -> bool,
    ) -> Result<bool, Error> {
        let mut is_removed = false;
        self.alter(rng, |store| {
            is_removed = remove(store);
            Ok(Added::Replaced)
        })?;
        Ok(is_removed)
    }

    /// Takes a verifier list in.
    ///
    /// # Errors
    /// Those of [`TrustStore::add_verifier_list`], and [`Error::Vault`].
    pub fn add_verifier_list(
        &mut self,
        bytes: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Added, Error> {
        let offered = self.trusted.store.check_verifier_list(bytes)?;
        let records = self.vault.list()?.records;
        let document = document(kind::VERIFIER_LIST, &offered.name, offered.signed_at);
        let is_news = offered.added != Added::AlreadyHere;
        let older = self.keep(&document, bytes, is_news, &records, rng)?;
        let added = self.trusted.store.take_verifier_list(offered, bytes);
        if !older.is_empty() {
            self.vault.transaction(rng, |tx| delete(&older, tx))?;
        }
        Ok(added)
    }

    /// Takes a pack in, whole or as a delta, and takes up what its lists say of credentials
    /// whose issuer no list named so far.
    ///
    /// # Errors
    /// Those of [`TrustStore::add_pack`]; [`Error::Vault`], after which it can be added again.
    pub fn add_pack(&mut self, bytes: &[u8], rng: &mut impl CryptoRng) -> Result<Added, Error> {
        let offered = self.trusted.store.check_pack(bytes)?;
        let OfferedPack {
            mut next,
            added,
            pack,
        } = offered;
        let records = self.vault.list()?.records;
        let mut gone = self.keep_lists(&next.take_kept(), &records, rng)?;
        let manifest = pack.manifest();
        let document = document(kind::PACK, &pack_name(manifest), manifest.issued_at);
        let is_news = added != Added::AlreadyHere;
        self.keep(&document, &pack.to_bytes(), is_news, &records, rng)?;
        // From here on an unlock would read it too.
        self.trusted.store = next;
        let before = self.trusted.store.unsigned();
        let records = self.vault.list()?.records;
        self.add_orphans(&mut gone, &records);
        self.commit(before, true, rng, |store, tx| {
            delete(&gone, tx)?;
            take_up(store, &records, tx)
        })?;
        Ok(added)
    }

    /// Takes a status list in.
    ///
    /// # Errors
    /// Those of [`TrustStore::add_status_list`], and [`Error::Vault`].
    pub fn add_status_list(
        &mut self,
        bytes: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Added, Error> {
        let offered = self.trusted.store.check_status_list(bytes)?;
        let records = self.vault.list()?.records;
        let document = document(kind::STATUS_LIST, &offered.name, offered.signed_at);
        let is_news = offered.added != Added::AlreadyHere;
        let older = self.keep(&document, bytes, is_news, &records, rng)?;
        let added = self.trusted.store.take_status_list(offered, bytes);
        if !older.is_empty() {
            self.vault.transaction(rng, |tx| delete(&older, tx))?;
        }
        Ok(added)
    }

    /// Keeps the signed times of an answer that was checked against what this wallet trusts.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn note_signed_times(
        &mut self,
        answered: &Answered,
        rng: &mut impl CryptoRng,
    ) -> Result<(), Error> {
        self.note(rng, |store| {
            let before = store.latest_signed_time();
            answered.note_signed_times(store);
            Ok(store.latest_signed_time() > before)
        })
    }

    /// Writes a document unless it is here already. Returns those among `records` that it takes
    /// the place of.
    fn keep(
        &mut self,
        summary: &Summary,
        bytes: &[u8],
        is_news: bool,
        records: &[(RecordId, Summary)],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<RecordId>, Error> {
        if !is_news {
            return Ok(Vec::new());
        }
        let mut writer = self.vault.document_writer(summary, rng)?;
        writer.append(bytes)?;
        writer.finish()?;
        let older = records.iter().filter(|(_, other)| {
            other.kind == summary.kind
                && other.title == summary.title
                // What could not be read at the unlock may be newer than this.
                && other.created <= summary.created
        });
        Ok(older.map(|(id, _)| *id).collect())
    }

    /// Writes lists whose packs are about to go. Returns those among `records` that they take the
    /// place of.
    fn keep_lists(
        &mut self,
        kept: &[KeptList],
        records: &[(RecordId, Summary)],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<RecordId>, Error> {
        let mut older = Vec::new();
        for list in kept {
            let kind = match list.kind {
                Kind::TrustList => kind::TRUST_LIST,
                Kind::VerifierList => kind::VERIFIER_LIST,
                _ => kind::STATUS_LIST,
            };
            let document = document(kind, &list.name, list.signed_at);
            older.extend(self.keep(&document, &list.bytes, true, records, rng)?);
        }
        Ok(older)
    }

    /// Changes whom this wallet trusts, and deletes documents that count no more with it.
    fn alter<R: CryptoRng>(
        &mut self,
        rng: &mut R,
        change: impl FnOnce(&mut TrustStore) -> Result<Added, Error>,
    ) -> Result<Added, Error> {
        let mut next = self.trusted.store.clone();
        let added = change(&mut next)?;
        if added == Added::AlreadyHere {
            return Ok(added);
        }
        let records = self.vault.list()?.records;
        let mut gone = self.keep_lists(&next.take_kept(), &records, rng)?;
        let before = core::mem::replace(&mut self.trusted.store, next);
        self.add_orphans(&mut gone, &records);
        let unsigned = self.trusted.store.unsigned();
        let committed = self.commit(unsigned, true, rng, |_, tx| delete(&gone, tx));
        if let Err(error) = committed {
            self.trusted.store = before;
            return Err(error);
        }
        Ok(added)
    }

    /// Adds documents of lists and packs among `records` that are not those held: of several
    /// versions of one, the others. Status lists are not judged by that, and nothing is where some
    /// of what was trusted could not be read.
    fn add_orphans(&self, gone: &mut Vec<RecordId>, records: &[(RecordId, Summary)]) {
        if self.trusted.damage.is_some() {
            return;
        }
        let names = self.trusted.store.names();
        // By the very version: a newer one may have an earlier date.
        let held: BTreeSet<(String, i64)> = names
            .map(|(name, signed_at)| (hashed(&name), signed_at))
            .collect();
        let is_held = |of: &Summary| held.contains(&(of.title.clone(), of.created));
        let judged = [kind::TRUST_LIST, kind::VERIFIER_LIST, kind::PACK];
        for (id, summary) in records {
            let mut same = records
                .iter()
                .filter(|(_, other)| other.kind == summary.kind && other.title == summary.title);
            let is_named = held.iter().any(|(name, _)| *name == summary.title);
            let is_orphan = judged.contains(&summary.kind.as_str())
                && !is_held(summary)
                && (!is_named || same.any(|(_, other)| is_held(other)));
            if is_orphan && !gone.contains(id) {
                gone.push(*id);
            }
        }
    }

    /// Writes what `note` adds to roots and latest signed time; it returns whether that is
    /// anything.
    fn note<R: CryptoRng>(
        &mut self,
        rng: &mut R,
        note: impl FnOnce(&mut TrustStore) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        let before = self.trusted.store.unsigned();
        if !note(&mut self.trusted.store)? {
            return Ok(());
        }
        self.commit(before, true, rng, |_, _| Ok(()))
    }

    /// Runs several changes as one, along with the latest signed time when `signed_time`, at
    /// which something trusted was signed, is news.
    pub(crate) fn change<R: CryptoRng, T>(
        &mut self,
        signed_time: Option<i64>,
        now: i64,
        rng: &mut R,
        work: impl FnOnce(&mut Transaction<'_, R>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let before = self.trusted.store.unsigned();
        let store = &mut self.trusted.store;
        let is_news = signed_time.is_some_and(|time| store.note_signed_time(time, now));
        self.commit(before, is_news, rng, |_, tx| work(tx))
    }

    /// Commits changes, with roots and latest signed time if they are news. If that fails, they
    /// are again as `before`.
    fn commit<R: CryptoRng, T>(
        &mut self,
        before: Unsigned,
        is_news: bool,
        rng: &mut R,
        work: impl FnOnce(&TrustStore, &mut Transaction<'_, R>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let trusted = &self.trusted;
        let committed = self.vault.transaction(rng, |tx| {
            let written = is_news.then(|| trusted.write(tx)).transpose()?;
            Ok::<_, Error>((work(&trusted.store, tx)?, written))
        });
        match committed {
            Ok((done, written)) => {
                if let Some(record) = written {
                    self.trusted.records = vec![record];
                }
                Ok(done)
            }
            Err(error) => {
                self.trusted.store.undo(before);
                Err(error)
            }
        }
    }
}

fn delete<R: CryptoRng>(records: &[RecordId], tx: &mut Transaction<'_, R>) -> Result<(), Error> {
    for id in records {
        tx.delete(*id)?;
    }
    Ok(())
}

fn read_document(vault: &Vault, id: RecordId) -> Result<Vec<u8>, Error> {
    const DAMAGED: Error = Error::Stored { what: "list" };
    let mut bytes = Vec::new();
    let limit = MAX_PACK_BYTES
        .max(MAX_TRUST_LIST_BYTES)
        .max(MAX_STATUS_LIST_BYTES) as u64;
    let reader = vault.document_reader(id)?;
    reader
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|_| DAMAGED)?;
    Ok(bytes)
}

/// The summary of a list or pack.
fn document(kind: &'static str, name: &str, signed_at: i64) -> Summary {
    summary(kind, &hashed(name), signed_at)
}

/// Hashed, since a name may be longer than a title.
fn hashed(name: &str) -> String {
    let digest = Sha256::digest(name);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn summary(kind: &'static str, title: &str, created: i64) -> Summary {
    Summary {
        kind: kind.into(),
        title: title.into(),
        created,
        ..Summary::default()
    }
}

/// Documents in the order in which they are read.
const DOCUMENTS: [&str; 4] = [
    kind::TRUST_LIST,
    kind::VERIFIER_LIST,
    kind::PACK,
    kind::STATUS_LIST,
];

const VERSION: i64 = 1;
const VERSION_WITH_PUBLISHERS: i64 = 2;
const VERSION_WITH_LATEST: i64 = 3;
