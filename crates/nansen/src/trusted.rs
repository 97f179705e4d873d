//! What a wallet trusts, and where its vault keeps it.
//!
//! | kind | content |
//! |---|---|
//! | `trust` | record, deterministic CBOR: `[4, [root keys in short form], mark, [newest root statement of each publisher], [floors]]`, the rows of [floors](crate::trust_store::stored) |
//! | `trust-list`, `verifier-list` | document: a list as received |
//! | `pack` | document: a pack in its own form |
//! | `status-list` | document: a status list as received |
//!
//! Versions 1 to 3 of the record are read: they end before the statements, before the floors, or
//! have for floors an array of the latest time that each publisher signed something.
//!
//! Restored backups of other vaults bring a `trust` record each. All are read, of a publisher's
//! root statements the newest counts, and the next write puts one in the place of all: what is
//! removed then is removed from each.
//!
//! Lists and packs are documents because they may be larger than a record. After every change the
//! vault is made to hold what the store holds: new documents are written, then the record is and
//! documents go that are held no more, in one transaction. Should the phone die in between, the
//! newer ones count at the next unlock. Where some document could not be read, others that do not
//! count stay, unless a newer version of them is held or the user removed them. A pack brings the root statements along that its publisher signed
//! it under.
//!
//! Invariant: what is trusted in memory is what an unlock would read, whatever failed. Lists and
//! packs go to memory once they are in the vault; roots, publishers and the latest signed time
//! are written with the change that they are part of, and undone in memory when it fails.

use std::io::Read;

use nansen_credential::cbor::{Reader, Writer};
use nansen_credential::cose::PublicKey;
use nansen_credential::limits::{MAX_PACK_BYTES, MAX_STATUS_LIST_BYTES, MAX_TRUST_LIST_BYTES};
use nansen_vault::{RecordId, Summary, Transaction, Vault};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

use crate::held::is_unverified;
use crate::import::take_up;
use crate::trust_store::{Added, Restoring, Stored, TrustStore, Unsigned};
use crate::verifier::Answered;
use crate::{Error, Wallet, kind};

/// What is trusted, and where the vault has it.
#[derive(Debug, Default)]
pub(crate) struct Trusted {
    pub(crate) store: TrustStore,
    /// The `trust` records.
    records: Vec<RecordId>,
    /// What stands in the record, if there is one.
    written: Vec<u8>,
    /// Documents that could be read, and their digests.
    documents: Vec<(RecordId, [u8; 32])>,
}

impl Trusted {
    /// Reads what a vault holds. What cannot be read keeps nobody from their credentials: it is
    /// left out and told as damage.
    pub(crate) fn read(vault: &Vault) -> Result<Self, Error> {
        let mut records = vault.list()?.records;
        // Packs come first, which may bring roots along.
        records.sort_by_key(|(_, summary)| DOCUMENTS.iter().position(|it| it.0 == summary.kind));
        let mut trusted = Self::default();
        let mut store = TrustStore::new();
        let is_trust = |(_, summary): &&(RecordId, Summary)| summary.kind == kind::TRUST;
        for (id, _) in records.iter().filter(is_trust) {
            trusted.records.push(*id);
            let read = vault.get(*id).map_err(Error::from);
            let read = read.and_then(|record| {
                read_record(&mut store, &record.body)?;
                trusted.written = record.body.to_vec();
                Ok(())
            });
            if let Err(error) = read {
                store.note_damage(error);
            }
        }
        let mut restoring = Restoring::of(store);
        for (id, summary) in &records {
            let mut kinds = DOCUMENTS.iter().filter(|it| it.0 == summary.kind);
            let Some((_, kind)) = kinds.next() else {
                continue;
            };
            let read = read_document(vault, *id).and_then(|bytes| {
                trusted.documents.push((*id, kind.digest(&bytes)?));
                restoring.take(*kind, &bytes);
                Ok(())
            });
            if let Err(error) = read {
                restoring.note_damage(error);
            }
        }
        trusted.store = restoring.finish();
        Ok(trusted)
    }

    /// Writes roots, root statements, signed times and floors as one record, in the place of all
    /// that were read.
    pub(crate) fn write<R: CryptoRng>(
        &self,
        tx: &mut Transaction<'_, R>,
    ) -> Result<RecordId, Error> {
        let (summary, body) = (summary(kind::TRUST, "", 0), record(&self.store));
        let Some((first, others)) = self.records.split_first() else {
            return Ok(tx.insert(&summary, &body)?);
        };
        tx.update(*first, &summary, &body)?;
        delete(others, tx)?;
        Ok(*first)
    }

    /// Documents among `records` that the store does not hold: other versions of what it holds, and
    /// what it dropped since it was as `before`. `fresh` were written just now.
    fn gone(
        &self,
        records: &[(RecordId, Summary)],
        fresh: &[Summary],
        before: &TrustStore,
    ) -> Vec<RecordId> {
        let held = self.store.documents();
        let before = before.documents();
        let was_held = |digest: &[u8; 32]| before.iter().any(|document| document.digest == *digest);
        let is_held = |digest: &[u8; 32]| held.iter().any(|document| document.digest == *digest);
        let titles: Vec<(&str, String)> = held
            .iter()
            .map(|document| (kind_of(document.kind), hashed(&document.name)))
            .collect();
        let is_gone = |(id, of): &&(RecordId, Summary)| {
            if !DOCUMENTS.iter().any(|(kind, _)| *kind == of.kind) {
                return false;
            }
            match self.documents.iter().find(|(other, _)| other == id) {
                Some((_, digest)) if is_held(digest) => false,
                Some((_, digest)) if self.store.damage().is_none() || was_held(digest) => true,
                Some(_) => titles
                    .iter()
                    .any(|it| (it.0, &it.1) == (&*of.kind, &of.title)),
                // What could not be read may be newer than what was written.
                None => fresh.iter().any(|it| {
                    (&it.kind, &it.title) == (&of.kind, &of.title) && of.created <= it.created
                }),
            }
        };
        let gone = records.iter().filter(is_gone);
        gone.map(|(id, _)| *id).collect()
    }
}

impl Wallet {
    /// What is trusted.
    #[must_use]
    pub const fn trust(&self) -> &TrustStore {
        &self.trusted.store
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
        self.alter(true, rng, |store| store.add_trust_list(bytes))
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
        self.alter(false, rng, |store| store.add_publisher(statement, pin))
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
        self.alter(false, rng, |store| store.add_rotations(chain))
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
        self.alter(false, rng, |store| {
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
        self.alter(true, rng, |store| store.add_verifier_list(bytes))
    }

    /// Takes a pack in, whole or as a delta, and takes up what its lists say of credentials
    /// whose issuer no list named so far.
    ///
    /// # Errors
    /// Those of [`TrustStore::add_pack`]; [`Error::Vault`], after which it can be added again.
    pub fn add_pack(&mut self, bytes: &[u8], rng: &mut impl CryptoRng) -> Result<Added, Error> {
        self.alter(true, rng, |store| store.add_pack(bytes))
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
        self.alter(true, rng, |store| store.add_status_list(bytes))
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

    /// Changes what is trusted, and makes the vault hold the same. With documents that it `brings`,
    /// what lists say is taken up of credentials whose issuer no list named so far.
    fn alter<R: CryptoRng>(
        &mut self,
        brings: bool,
        rng: &mut R,
        change: impl FnOnce(&mut TrustStore) -> Result<Added, Error>,
    ) -> Result<Added, Error> {
        let mut next = self.trusted.store.clone();
        let added = change(&mut next)?;
        let fresh = self.write_documents(&next, rng)?;
        // From here on an unlock would read documents too; roots stand in the record.
        let before = core::mem::replace(&mut self.trusted.store, next);
        let records = self.vault.list()?.records;
        let gone = self.trusted.gone(&records, &fresh, &before);
        // What is here already may be so from a try that failed behind this line.
        let is_news = record(&self.trusted.store) != self.trusted.written;
        let is_awaited = brings && records.iter().any(|(_, summary)| is_unverified(summary));
        if !is_news && !is_awaited && gone.is_empty() {
            return Ok(added);
        }
        let unsigned = self.trusted.store.unsigned();
        let committed = self.commit(unsigned, is_news, rng, |store, tx| {
            delete(&gone, tx)?;
            match is_awaited {
                true => take_up(store, &records, tx),
                false => Ok(()),
            }
        });
        if let Err(error) = committed {
            if !brings {
                self.trusted.store = before;
            }
            return Err(error);
        }
        self.trusted.documents.retain(|(id, _)| !gone.contains(id));
        Ok(added)
    }

    /// Writes documents of `next` that are not in the vault.
    fn write_documents<R: CryptoRng>(
        &mut self,
        next: &TrustStore,
        rng: &mut R,
    ) -> Result<Vec<Summary>, Error> {
        let mut fresh = Vec::new();
        for document in next.documents() {
            let mut written = self.trusted.documents.iter();
            if written.any(|(_, digest)| *digest == document.digest) {
                continue;
            }
            let summary = summary(
                kind_of(document.kind),
                &hashed(&document.name),
                document.signed_at,
            );
            let mut writer = self.vault.document_writer(&summary, rng)?;
            writer.append(&document.bytes())?;
            let id = writer.finish()?;
            self.trusted.documents.push((id, document.digest));
            fresh.push(summary);
        }
        Ok(fresh)
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
                if let Some(id) = written {
                    self.trusted.records = vec![id];
                    self.trusted.written = record(&self.trusted.store);
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

/// What a `trust` record says of a store.
fn record(store: &TrustStore) -> Vec<u8> {
    let (roots, statements) = (store.roots(), store.statements());
    let mut writer = Writer::new();
    writer.array(5).int(VERSION).array(roots.len());
    for root in roots {
        writer.bytes(&root.to_short());
    }
    writer.int(store.mark()).array(statements.len());
    for statement in statements {
        writer.bytes(statement);
    }
    writer.value(&store.floors());
    writer.into_bytes()
}

/// Takes back what a `trust` record says.
fn read_record(store: &mut TrustStore, bytes: &[u8]) -> Result<(), Error> {
    const DAMAGED: Error = Error::Stored { what: "trust" };
    let mut reader = Reader::new(bytes);
    let damaged = |_| DAMAGED;
    let parts = reader.array().map_err(damaged)?;
    let version = reader.int().map_err(damaged)?;
    if !(1..=VERSION).contains(&version) || i64::try_from(parts) != Ok(version.min(3) + 2) {
        return Err(DAMAGED);
    }
    for _ in 0..reader.array().map_err(damaged)? {
        let root = PublicKey::from_short(reader.bytes().map_err(damaged)?);
        let added = root
            .map_err(Error::from)
            .and_then(|root| store.add_root(root));
        added.map_or_else(|error| store.note_damage(error), drop);
    }
    store.restore_mark(reader.int().map_err(damaged)?);
    let mut names = Vec::new();
    if version > 1 {
        for _ in 0..reader.array().map_err(damaged)? {
            let name = store.restore_publisher(reader.bytes().map_err(damaged)?);
            names.push(name.map_err(|error| store.note_damage(error)).ok());
        }
    }
    if version == 3 {
        let count = reader.array().map_err(damaged)?;
        for name in names.into_iter().take(count) {
            let time = reader.int().map_err(damaged)?;
            if let Some(name) = name {
                store.restore_latest(name, time);
            }
        }
    } else if version > 3 {
        store.restore_floors(&mut reader)?;
    }
    reader.finish().map_err(damaged)
}

/// Hashed, since a name may be longer than a title.
fn hashed(name: &str) -> String {
    let digest = Sha256::digest(name);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

const fn kind_of(document: Stored) -> &'static str {
    match document {
        Stored::Pack => kind::PACK,
        Stored::TrustList => kind::TRUST_LIST,
        Stored::VerifierList => kind::VERIFIER_LIST,
        Stored::StatusList => kind::STATUS_LIST,
    }
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
const DOCUMENTS: [(&str, Stored); 4] = [
    (kind::PACK, Stored::Pack),
    (kind::TRUST_LIST, Stored::TrustList),
    (kind::VERIFIER_LIST, Stored::VerifierList),
    (kind::STATUS_LIST, Stored::StatusList),
];

const VERSION: i64 = 4;
