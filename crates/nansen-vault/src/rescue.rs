//! A new file with everything that a damaged one still gives; and the quarantine for what it gives broken.
//!
//! Rows are carried over as they stand, whoever's they are, and so are key slots, manifests, wrapped keys
//! and the label: all that unlocked the old file unlocks the new one. A row of this vault whose summary or body does
//! not open is put aside: it keeps its bytes and its key and gets another tag,
//! ```text
//! tag of a row in quarantine = HMAC-SHA256(key for "quarantined record id", random half of the id) (first 8)
//! ```
//! by which its owner knows it and to everybody else it is a row like any other. Invariants: the old file
//! is only read; the new one appears whole or not at all; no row is left out because it cannot be opened.

use std::path::Path;

use rand_core::CryptoRng;

use crate::{
    error::{Error, Result},
    keys::Keys,
    label,
    limits::MANIFEST_PLACES,
    manifest::{Manifest, PLACE, RowSet},
    place,
    record::{RecordId, Summary},
    seal::NONCE,
    store::{RawRecord, Store},
    transaction::{open_body, open_summary},
    vault::{Vault, seal_manifest},
    ways::Way,
    wrapped_key,
};

/// Rows carried over in one commit: of 64 KiB each, 2 MiB.
const BATCH: usize = 32;

/// What a [`Vault::rescue`] carried over and what it did not find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rescued {
    /// Records of this vault that are in the new file as they were.
    pub records: u64,
    /// Records put aside because their summary or body does not open.
    pub quarantined: Vec<Quarantined>,
    /// Records that the manifest counts and that are nowhere in the file; `None` if the manifest cannot
    /// be read.
    pub missing: Option<u64>,
    /// Chunks of documents carried over, whoever's they are. [`Vault::check`] of the new file names those
    /// that its documents miss.
    pub chunks: u64,
    /// Chunks that are in the file and cannot be read.
    pub unreadable_chunks: u64,
    /// Wrapped keys beside the file that are not as they were written: these ways end.
    pub wrapped_keys_lost: Vec<Way>,
}

/// A record that was put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The id that it had.
    pub id: RecordId,
    /// Its summary, if that opens.
    pub summary: Option<Summary>,
}

impl Vault {
    /// Writes a new vault file at `path` with everything in this one that can be read, and puts aside what
    /// is broken. The new file unlocks as this one does, this one is not touched, and nothing is left out
    /// because it cannot be opened: see [`Vault::quarantined`]. A document that misses chunks is carried
    /// over with those that it has.
    ///
    /// Needs as much free space as the file takes.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::NotFound`] for a missing folder, [`Error::DiskFull`],
    /// [`Error::Io`]; no file is then at `path`.
    pub fn rescue(&self, path: impl AsRef<Path>, rng: &mut impl CryptoRng) -> Result<Rescued> {
        let path = place::absolute(path.as_ref())?;
        let mut rescued = Rescued::default();
        let mut random = [0; 8];
        rng.fill_bytes(&mut random);
        let manifests = self.manifests(rng)?;
        let slots = self.table.encode();
        Store::create_filled(&path, &slots, &manifests, &[], random, |new| {
            let rows = self.carry_records(new, &mut rescued)?;
            self.carry_chunks(new, &mut rescued)?;
            self.attempts()?.write_if_room(new)?;
            new.begin()?;
            let manifest = self.restated(rows, &mut rescued);
            let sealed = seal_manifest(&self.keys, self.opened.place, &manifest, rng);
            new.put_manifest(self.opened.place, &sealed)?;
            new.commit()
        })?;
        self.carry_wrapped_keys(&path, &mut rescued)
            .and_then(|()| self.carry_label(&path))
            .inspect_err(|_| place::take_back(&path))?;
        Ok(rescued)
    }

    fn carry_label(&self, path: &Path) -> Result<()> {
        // One that cannot be read shows nothing, as one that is not there.
        match self.label() {
            Ok(Some(label)) => label::write(path, &label),
            _ => Ok(()),
        }
    }

    fn carry_wrapped_keys(&self, path: &Path, rescued: &mut Rescued) -> Result<()> {
        for way in Way::WITH_HARDWARE {
            match wrapped_key::read(self.store.path(), way) {
                Ok(Some(key)) => wrapped_key::write(path, &key)?,
                Ok(None) => {}
                Err(Error::Damaged { .. }) => rescued.wrapped_keys_lost.push(way),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether another file is of the same vault: one was copied or rescued from the other.
    #[must_use]
    pub fn is_copy_of(&self, other: &Self) -> bool {
        self.opened.vault == other.opened.vault
    }

    /// The records that a rescue has put aside, with what can be read of them.
    ///
    /// # Errors
    /// What reading can fail with, damage aside.
    pub fn quarantined(&self) -> Result<Vec<Quarantined>> {
        let mut found = Vec::new();
        let walked = self.store.summaries(|id, rev, sealed| {
            if self.keys.has_quarantined(id) {
                let id = self.keys.id(id.key().to_be_bytes());
                let summary = open_summary(&self.keys, id, rev, sealed);
                found.push(Quarantined { id, summary });
            }
        });
        match walked {
            Ok(()) | Err(Error::Damaged { .. }) => Ok(found),
            Err(error) => Err(error),
        }
    }

    /// All manifests as they stand. One that cannot be read is of no more use to anybody.
    fn manifests(&self, rng: &mut impl CryptoRng) -> Result<Vec<Vec<u8>>> {
        let places = (0u8..).take(MANIFEST_PLACES);
        places
            .map(|place| match self.store.manifest(place) {
                Err(Error::Damaged { .. }) => {
                    let mut random = vec![0; PLACE];
                    rng.fill_bytes(&mut random);
                    Ok(random)
                }
                read => read,
            })
            .collect()
    }

    fn carry_records(&self, new: &Store, rescued: &mut Rescued) -> Result<RowSet> {
        let mut rows = RowSet::default();
        in_batches(new, &self.store.reachable_records()?, |key| {
            let Some(row) = self.store.raw_record(key)? else {
                return Ok(());
            };
            let owned = RecordId::from_row(key, &row.tag).filter(|id| self.keys.owns(*id));
            let Some(id) = owned else {
                return new.put_raw_record(key, &row.tag, &row);
            };
            if let Some(rev) = whole(&self.keys, id, &row) {
                rows.add(&self.keys.versions, id, &rev);
                rescued.records += 1;
                return new.put_raw_record(key, &row.tag, &row);
            }
            let summary = open_summary(&self.keys, id, &row.rev, &row.summary);
            rescued.quarantined.push(Quarantined { id, summary });
            new.put_raw_record(key, &self.keys.quarantined(id).tag(), &row)
        })?;
        Ok(rows)
    }

    fn carry_chunks(&self, new: &Store, rescued: &mut Rescued) -> Result<()> {
        in_batches(new, &self.store.reachable_chunks()?, |place| {
            let Some((owner, sealed)) = self.store.raw_chunk(place)? else {
                rescued.unreadable_chunks += 1;
                return Ok(());
            };
            rescued.chunks += 1;
            new.put_raw_chunk(place, &owner, &sealed)
        })
    }

    /// The manifest of the new file, and how many rows the old one misses.
    fn restated(&self, rows: RowSet, rescued: &mut Rescued) -> Manifest {
        let found = rows.records + rescued.quarantined.len() as u64;
        rescued.missing = self
            .manifest
            .as_ref()
            .map(|manifest| manifest.rows.records.saturating_sub(found));
        let mut manifest = self
            .manifest
            .clone()
            .unwrap_or_else(|| self.lost_manifest());
        // Chunks of records that are missing or put aside are all that is left of documents.
        manifest.keeps_chunks |= manifest.rows != rows;
        manifest.rows = rows;
        manifest.counter += 1;
        manifest
    }
}

/// The rev of a row whose both parts open.
fn whole(keys: &Keys, id: RecordId, row: &RawRecord) -> Option<[u8; NONCE]> {
    open_summary(keys, id, &row.rev, &row.summary)?;
    open_body(keys, id, &row.rev, row.body.as_deref()?)?;
    row.rev.as_slice().try_into().ok()
}

/// Carries the rows with these keys, some in each commit so that the WAL stays small.
fn in_batches(new: &Store, keys: &[i64], mut carry: impl FnMut(i64) -> Result<()>) -> Result<()> {
    for batch in keys.chunks(BATCH) {
        new.begin_unsynced()?;
        batch.iter().try_for_each(|key| carry(*key))?;
        new.commit()?;
    }
    Ok(())
}
