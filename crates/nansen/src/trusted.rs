//! What a wallet trusts, and where its vault keeps it.
//!
//! | kind | content |
//! |---|---|
//! | `trust` | record, deterministic CBOR: `[1, [root keys in short form], latest signed time]`; beside it, one of each vault of which a backup was restored |
//! | `trust-list` | document: a trust list as received |
//! | `status-list` | document: a status list as received |
//!
//! Lists are documents because they may be larger than a record. A newer list is written before
//! the older one is deleted; should the phone die in between, the newer one counts at the next
//! unlock.
//!
//! Invariant: what is trusted in memory is what an unlock would read, whatever failed. Lists go
//! to memory once they are in the vault; roots and the latest signed time are written with the
//! change that they are part of, and undone in memory when it fails.

use std::io::Read;

use nansen_credential::cbor::{Reader, Writer};
use nansen_credential::cose::PublicKey;
use nansen_credential::limits::{MAX_STATUS_LIST_BYTES, MAX_TRUST_LIST_BYTES};
use nansen_vault::{RecordId, Summary, Transaction, Vault};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

use crate::held::is_unverified;
use crate::import::take_up;
use crate::trust_store::{Added, Offered, ROOTS_MAX, TrustStore, Unsigned};
use crate::verifier::Answered;
use crate::{Error, Wallet, kind};

/// What is trusted, and what of it could not be read.
#[derive(Debug, Default)]
pub(crate) struct Trusted {
    pub(crate) store: TrustStore,
    record: Option<RecordId>,
    pub(crate) damage: Option<Error>,
}

impl Trusted {
    /// Reads what a vault holds. What cannot be read keeps nobody from their credentials: it is
    /// left out and told as damage.
    pub(crate) fn read(vault: &Vault) -> Result<Self, Error> {
        let mut records = vault.list()?.records;
        // Trust lists come before the status lists that they vouch for, old before new.
        records.sort_by_key(|(_, summary)| (summary.kind != kind::TRUST_LIST, summary.created));
        let mut trusted = Self::default();
        let mut latest = 0;
        // One, and one of each other vault of which a backup was restored here.
        let is_trust = |(_, summary): &&(RecordId, Summary)| summary.kind == kind::TRUST;
        for (id, _) in records.iter().filter(is_trust) {
            trusted.record.get_or_insert(*id);
            let read = vault.get(*id).map_err(Error::from);
            match read.and_then(|record| trusted.read_roots(&record.body)) {
                Ok(time) => latest = latest.max(time),
                Err(error) => trusted.damage = Some(error),
            }
        }
        for (id, summary) in &records {
            let added = match summary.kind.as_str() {
                kind::TRUST_LIST => {
                    read_document(vault, *id).and_then(|bytes| trusted.store.add_trust_list(&bytes))
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
        trusted.store.restore_mark(latest);
        Ok(trusted)
    }

    fn read_roots(&mut self, bytes: &[u8]) -> Result<i64, Error> {
        const DAMAGED: Error = Error::Stored { what: "trust" };
        let mut reader = Reader::new(bytes);
        let damaged = |_| DAMAGED;
        reader.array_of(3, "trust of 3 parts").map_err(damaged)?;
        if reader.int() != Ok(VERSION) {
            return Err(DAMAGED);
        }
        let count = reader.array().map_err(damaged)?;
        for _ in 0..count.min(ROOTS_MAX) {
            let root = PublicKey::from_short(reader.bytes().map_err(damaged)?)?;
            self.store.add_root(root)?;
        }
        let latest = reader.int().map_err(damaged)?;
        reader.finish().map_err(damaged)?;
        Ok(latest)
    }

    /// Writes the record of roots and latest signed time, and makes it the first time.
    pub(crate) fn write<R: CryptoRng>(
        &self,
        tx: &mut Transaction<'_, R>,
    ) -> Result<RecordId, Error> {
        let roots = self.store.roots();
        let mut writer = Writer::new();
        writer.array(3).int(VERSION).array(roots.len());
        for root in roots {
            writer.bytes(&root.to_short());
        }
        writer.int(self.store.latest_signed_time());
        let (summary, body) = (summary(kind::TRUST, "", 0), writer.into_bytes());
        Ok(match self.record {
            Some(id) => {
                tx.update(id, &summary, &body)?;
                id
            }
            None => tx.insert(&summary, &body)?,
        })
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
        let older = self.keep(kind::TRUST_LIST, bytes, &offered, &records, rng)?;
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
        let older = self.keep(kind::STATUS_LIST, bytes, &offered, &records, rng)?;
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

    /// Writes a list unless it is here already. Returns those among `records` that it takes the
    /// place of.
    fn keep<L>(
        &mut self,
        kind: &'static str,
        bytes: &[u8],
        offered: &Offered<L>,
        records: &[(RecordId, Summary)],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<RecordId>, Error> {
        if offered.added == Added::AlreadyHere {
            return Ok(Vec::new());
        }
        // Hashed, since a name may be longer than a title.
        let name: String = Sha256::digest(&offered.name)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let summary = summary(kind, &name, offered.signed_at);
        let mut writer = self.vault.document_writer(&summary, rng)?;
        writer.append(bytes)?;
        writer.finish()?;
        let older = records.iter().filter(|(_, other)| {
            other.kind == kind
                && other.title == summary.title
                // What could not be read at the unlock may be newer than this.
                && other.created <= summary.created
        });
        Ok(older.map(|(id, _)| *id).collect())
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
            let record = if is_news {
                Some(trusted.write(tx)?)
            } else {
                trusted.record
            };
            Ok::<_, Error>((work(&trusted.store, tx)?, record))
        });
        match committed {
            Ok((done, record)) => {
                self.trusted.record = record;
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
    let limit = MAX_TRUST_LIST_BYTES.max(MAX_STATUS_LIST_BYTES) as u64;
    let reader = vault.document_reader(id)?;
    reader
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|_| DAMAGED)?;
    Ok(bytes)
}

fn summary(kind: &'static str, title: &str, created: i64) -> Summary {
    Summary {
        kind: kind.into(),
        title: title.into(),
        created,
        ..Summary::default()
    }
}

const VERSION: i64 = 1;
