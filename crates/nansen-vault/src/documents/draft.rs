//! Documents on their way in: sealed chunk by chunk, and nothing to anybody before their record is
//! committed.
//!
//! Chunks are committed without waiting for the disk, since until their record comes nobody was told
//! that they are kept; the commit of the record waits for all that was written before it too.
//! Invariant: no transaction is open between two calls, so that a draft is in nobody's way.

use std::io::{self, Write};

use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::{Chunks, Descriptor, DocumentInfo, Life, first_place, last_place, remove};
use crate::{
    error::{Error, Field, Part, Result},
    limits::{CHUNK_BYTES, DOCUMENT_BYTES},
    padding::Class,
    record::{RecordId, Summary},
    seal::{self, TAG},
    store::Store,
    transaction,
    vault::Vault,
};

/// Chunks per commit: 2 MiB, so that the WAL and the page cache stay small.
const BATCH: u32 = 32;

/// A document on its way in, in bounded memory, that does not borrow the vault: between two calls the
/// vault serves others, other drafts among them.
///
/// It belongs to the vault that made it, until that is locked. Dropped without
/// [`DocumentDraft::finish`] or [`DocumentDraft::discard`], it leaves chunks that nobody sees and that
/// take space until the next unlock sweeps them.
pub struct DocumentDraft {
    life: Life,
    summary: Summary,
    chunks: Chunks,
    seed: Zeroizing<[u8; 32]>,
    hash: Sha256,
    length: u64,
    position: u32,
    /// What the record's place is padding of, if it has a place already.
    place: Option<Class>,
    buffer: Zeroizing<Vec<u8>>,
    /// A write that failed: the document cannot be finished any more.
    failed: Option<Error>,
}

/// A [`DocumentDraft`] with its vault at hand. Dropped without [`DocumentWriter::finish`], it leaves
/// nothing behind.
pub struct DocumentWriter<'v, R: CryptoRng> {
    vault: &'v mut Vault,
    rng: &'v mut R,
    /// There until the document is finished.
    draft: Option<DocumentDraft>,
}

impl Vault {
    /// Starts a document that is written while the vault does other work. Nothing of it is visible
    /// until [`DocumentDraft::finish`].
    ///
    /// ```
    /// # use nansen_vault::{Error, KdfParams, Passphrase, Summary, Vault};
    /// # let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    /// # let folder = tempfile::tempdir().map_err(|_| Error::NotFound)?;
    /// # let passphrase = Passphrase::new("open sesame")?;
    /// # let path = folder.path().join("v.nansen");
    /// # let (mut vault, _) = Vault::create(path, &passphrase, KdfParams::FLOOR, &mut rng)?;
    /// let mut draft = vault.document_draft(&Summary::default(), &mut rng)?;
    /// draft.append(&mut vault, b"page one, ")?;
    /// assert!(vault.list()?.records.is_empty());
    /// draft.append(&mut vault, b"page two")?;
    /// let id = draft.finish(&mut vault, &mut rng)?;
    ///
    /// let mut cursor = vault.document_cursor(id)?;
    /// let mut page = [0; 64];
    /// let length = cursor.read_some(&vault, &mut page)?;
    /// assert_eq!(page.get(..length), Some(&b"page one, page two"[..]));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::OutOfBounds`] names the summary's field that is too long; or what reading can fail
    /// with.
    pub fn document_draft(
        &mut self,
        summary: &Summary,
        rng: &mut impl CryptoRng,
    ) -> Result<DocumentDraft> {
        let content = summary.encode()?;
        self.writable_manifest()?;
        let class = Class::of_content(content.len(), Descriptor::BYTES);
        let (record, place) = loop {
            let key = self.reserve(class, rng)?;
            let record = match key {
                Some(key) => self.keys.id(key.to_be_bytes()),
                None => transaction::draw_id(&self.keys, self.opened.share.as_ref(), rng),
            };
            if self.room_for_chunks(record)? {
                break (record, key.and(class));
            }
        };
        self.draft_of(record, place, summary, rng)
    }

    /// Starts a document that comes to stand under an id of this vault, for a record that is not there.
    /// What an interrupted draft of it left is removed. `None` if another document's chunks stand in
    /// its place.
    ///
    /// # Errors
    /// As [`Vault::document_draft`].
    pub(crate) fn document_draft_at(
        &mut self,
        record: RecordId,
        summary: &Summary,
        rng: &mut impl CryptoRng,
    ) -> Result<Option<DocumentDraft>> {
        if !self.room_for_chunks(record)? {
            remove(self, &[record]);
            if !self.room_for_chunks(record)? {
                return Ok(None);
            }
        }
        self.draft_of(record, None, summary, rng).map(Some)
    }

    fn room_for_chunks(&self, record: RecordId) -> Result<bool> {
        let taken = self.store.chunk_from(first_place(record))?;
        Ok(taken.is_none_or(|(place, _)| place > last_place(record)))
    }

    fn draft_of(
        &mut self,
        record: RecordId,
        place: Option<Class>,
        summary: &Summary,
        rng: &mut impl CryptoRng,
    ) -> Result<DocumentDraft> {
        summary.encode()?;
        self.writable_manifest()?;
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *seed);
        Ok(DocumentDraft {
            life: self.life.clone(),
            summary: summary.clone(),
            chunks: Chunks::new(&self.keys, record, &seed),
            seed,
            hash: Sha256::new(),
            length: 0,
            position: 0,
            place,
            buffer: Zeroizing::new(Vec::with_capacity(CHUNK_BYTES + TAG)),
            failed: None,
        })
    }

    /// Takes a padding row for a record that is to come, until the next lock.
    fn reserve(&mut self, class: Option<Class>, rng: &mut impl CryptoRng) -> Result<Option<i64>> {
        let (Some(class), Some(padding)) = (class, &mut self.padding) else {
            return Ok(None);
        };
        match padding.take(class, rng) {
            Some(key) => Ok(Some(key)),
            None => self.transaction(rng, |tx| tx.take_padding(Some(class))),
        }
    }

    /// Starts a document that is written at one go. Nothing of it is visible until
    /// [`DocumentWriter::finish`].
    ///
    /// # Errors
    /// As [`Vault::document_draft`].
    pub fn document_writer<'v, R: CryptoRng>(
        &'v mut self,
        summary: &Summary,
        rng: &'v mut R,
    ) -> Result<DocumentWriter<'v, R>> {
        let draft = Some(self.document_draft(summary, rng)?);
        Ok(DocumentWriter {
            vault: self,
            rng,
            draft,
        })
    }
}

impl DocumentDraft {
    /// Adds bytes to the end, and commits the chunks that they fill.
    ///
    /// # Errors
    /// [`Error::DocumentNotOpen`] for another vault than the draft's own, or after that was locked;
    /// nothing has then happened. [`Error::OutOfBounds`] above
    /// [`limits::DOCUMENT_BYTES`](DOCUMENT_BYTES), or what writing can fail with, such as
    /// [`Error::DiskFull`]; the document is then lost and the vault as before it.
    pub fn append(&mut self, vault: &mut Vault, bytes: &[u8]) -> Result<()> {
        self.usable(vault)?;
        let taken = self.take(&vault.store, bytes);
        if let Err(error) = &taken {
            self.failed = Some(error.clone());
            self.buffer.zeroize();
            vault.store.rollback();
            remove(vault, &[self.chunks.record]);
        }
        taken
    }

    /// Makes the document real, in one durable commit with its record.
    ///
    /// # Errors
    /// As [`DocumentDraft::append`]; the document is then lost and the vault as before it.
    pub fn finish(mut self, vault: &mut Vault, rng: &mut impl CryptoRng) -> Result<RecordId> {
        self.usable(vault)?;
        let finished = self.complete(vault, rng);
        if finished.is_err() {
            remove(vault, &[self.chunks.record]);
        }
        finished
    }

    /// Removes at once what was written.
    ///
    /// # Errors
    /// [`Error::DocumentNotOpen`] for another vault than the draft's own, or after that was locked.
    pub fn discard(self, vault: &mut Vault) -> Result<()> {
        vault.life.admit(&self.life)?;
        let record = self.chunks.record;
        remove(vault, &[record]);
        if let (Some(class), Some(padding)) = (self.place, &mut vault.padding) {
            padding.give(class, record.key());
        }
        Ok(())
    }

    /// Length and hash of what was added so far.
    pub(crate) fn info(&self) -> DocumentInfo {
        DocumentInfo {
            length: self.length,
            sha256: self.hash.clone().finalize().into(),
        }
    }

    fn usable(&self, vault: &Vault) -> Result<()> {
        vault.life.admit(&self.life)?;
        self.failed.clone().map_or(Ok(()), Err)
    }

    fn take(&mut self, store: &Store, mut bytes: &[u8]) -> Result<()> {
        let length = self.length.saturating_add(bytes.len() as u64);
        if length > DOCUMENT_BYTES {
            return Err(Error::OutOfBounds {
                field: Field::Document,
                size: length,
                least: 0,
                most: DOCUMENT_BYTES,
            });
        }
        self.length = length;
        self.hash.update(bytes);
        let mut uncommitted = 0;
        while !bytes.is_empty() {
            // A full buffer waits for more, since the last chunk is sealed as such.
            if self.buffer.len() == CHUNK_BYTES {
                if uncommitted == 0 {
                    store.begin_unsynced()?;
                }
                let (place, record) = self.seal_chunk(false);
                store.put_chunk(place, record, &self.buffer)?;
                self.buffer.clear();
                uncommitted += 1;
                if uncommitted == BATCH {
                    store.commit()?;
                    uncommitted = 0;
                }
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK_BYTES - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
        }
        if uncommitted > 0 {
            store.commit()?;
        }
        Ok(())
    }

    fn complete(&mut self, vault: &mut Vault, rng: &mut impl CryptoRng) -> Result<RecordId> {
        let padded = seal::padded(self.buffer.len()).min(CHUNK_BYTES);
        self.buffer.resize(padded, 0);
        let (place, record) = self.seal_chunk(true);
        let body = Descriptor {
            info: DocumentInfo {
                length: self.length,
                sha256: self.hash.finalize_reset().into(),
            },
            seed: Zeroizing::new(*self.seed),
        }
        .encode();
        vault.transaction(rng, |tx| {
            tx.put_chunk(place, record, &self.buffer)?;
            let put = match self.place {
                Some(_) => tx.put_in_place(record, &self.summary, transaction::DOCUMENT, &body)?,
                None => tx.put_new(record, &self.summary, transaction::DOCUMENT, &body)?,
            };
            if put {
                return Ok(record);
            }
            // A record that came since the draft was begun has drawn the same 64 random bits.
            Err(Error::Damaged {
                part: Part::Structure,
            })
        })
    }

    /// Seals the buffer as the next chunk; where that belongs.
    fn seal_chunk(&mut self, last: bool) -> (i64, RecordId) {
        let (nonce, aad) = self.chunks.binding(self.position, last);
        self.chunks.key.seal(&nonce, &aad, &mut self.buffer);
        let record = self.chunks.record;
        let place = first_place(record) | i64::from(self.position);
        self.position += 1;
        (place, record)
    }
}

impl<R: CryptoRng> DocumentWriter<'_, R> {
    /// Adds bytes to the end.
    ///
    /// # Errors
    /// As [`DocumentDraft::append`].
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.draft
            .as_mut()
            .map_or(Ok(()), |draft| draft.append(self.vault, bytes))
    }

    /// Makes the document real, in one durable commit with its record.
    ///
    /// # Errors
    /// As [`DocumentDraft::finish`].
    pub fn finish(mut self) -> Result<RecordId> {
        let draft = self.draft.take().ok_or(Error::DocumentNotOpen)?;
        draft.finish(self.vault, self.rng)
    }
}

impl<R: CryptoRng> Write for DocumentWriter<'_, R> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.append(bytes).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    /// Does nothing: a document is durable when finished, and does not exist before.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<R: CryptoRng> Drop for DocumentWriter<'_, R> {
    fn drop(&mut self) {
        if let Some(draft) = self.draft.take() {
            // Made by the vault that is held: never refused.
            let _ = draft.discard(self.vault);
        }
    }
}

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    use super::*;
    use crate::{KdfParams, Passphrase, Unlock};

    #[test]
    fn a_full_disk_ends_the_draft_and_nothing_else() {
        let rng = &mut UnwrapErr(SysRng);
        let folder = tempfile::tempdir().unwrap();
        let passphrase = Passphrase::new("p").unwrap();
        let path = folder.path().join("v");
        let (mut vault, code) = Vault::create(path, &passphrase, KdfParams::FLOOR, rng).unwrap();
        let kept = vault.insert(&Summary::default(), b"kept", rng).unwrap();
        let first = |vault: &Vault| vault.store.chunk_from(i64::MIN).unwrap();

        for full_at_end in [false, true] {
            let mut draft = vault.document_draft(&Summary::default(), rng).unwrap();
            draft.append(&mut vault, &[1; 3 * CHUNK_BYTES]).unwrap();
            assert!(first(&vault).is_some());
            vault.store.fill_disk(true);
            if !full_at_end {
                for _ in 0..2 {
                    let full = draft.append(&mut vault, &[2; 3 * CHUNK_BYTES]);
                    assert_eq!(full, Err(Error::DiskFull));
                }
                assert!(first(&vault).is_none());
            }
            assert_eq!(draft.finish(&mut vault, rng), Err(Error::DiskFull));
            assert!(first(&vault).is_none());
            vault.store.fill_disk(false);
        }
        let vault = vault
            .lock()
            .unlock(Unlock::Recovery(&code), 0, rng)
            .unwrap();
        assert!(vault.check().unwrap().is_clean());
        assert_eq!(vault.list().unwrap().records.len(), 1);
        assert_eq!(*vault.body(kept).unwrap(), b"kept");
    }

    #[test]
    fn what_follows_an_unsynced_commit_is_synced() {
        let rng = &mut UnwrapErr(SysRng);
        let folder = tempfile::tempdir().unwrap();
        let passphrase = Passphrase::new("p").unwrap();
        let path = folder.path().join("v");
        let (mut vault, _) = Vault::create(path, &passphrase, KdfParams::FLOOR, rng).unwrap();
        let mut draft = vault.document_draft(&Summary::default(), rng).unwrap();
        assert!(vault.store.waits_for_disk());
        draft.append(&mut vault, &[1; 2 * CHUNK_BYTES]).unwrap();
        assert!(!vault.store.waits_for_disk());
        vault.insert(&Summary::default(), b"", rng).unwrap();
        assert!(vault.store.waits_for_disk());
        draft.append(&mut vault, &[1; 2 * CHUNK_BYTES]).unwrap();
        draft.finish(&mut vault, rng).unwrap();
        assert!(vault.store.waits_for_disk());
    }
}
