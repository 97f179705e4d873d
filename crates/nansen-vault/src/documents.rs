//! Documents: content of any size, streamed in sealed chunks of 64 KiB, read at any place.
//!
//! ```text
//! body of the record (form 1) = length (8) || SHA-256 of the content (32) || seed (32)
//! chunk key  = HMAC-SHA256(document key of the vault, seed)        used for one document, once
//! chunk      = XChaCha20-Poly1305, nonce = position in 24 big-endian bytes,
//!              associated data = the record's (keys.rs) || position (4) || last (1)
//! chunk row  = place (upper 40 bits of the record's key || position in 24 bits), record id, chunk
//! ```
//! Every chunk holds 64 KiB of content but the last, which is padded with zeros as records are. A
//! document of no bytes has one chunk. Chunks are committed as they come, the record at the end: until
//! then the document does not exist, and what was written of it is swept away by the writer's drop or
//! the next unlock. Invariant: chunks are written once and never changed.

use std::io::{self, Read, Seek, SeekFrom, Write};

use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::{
    error::{Error, Field, Part, Result},
    keys::{AAD, Keys, Sealed},
    limits::{CHUNK_BYTES, DOCUMENT_BYTES},
    record::{RecordId, Summary},
    seal::{self, NONCE, SealKey, TAG},
    store::{ChunkBlob, Store},
    transaction::{self, missing_or_damaged, open_body},
    vault::Vault,
};

/// Chunks per commit: 2 MiB, so that the WAL and the page cache stay small and a sync is worth it.
const BATCH: u32 = 32;
/// Bits of a chunk row's number that tell its position.
const POSITION_BITS: u32 = 24;

/// What is known of a document without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentInfo {
    /// Length of the content in bytes.
    pub length: u64,
    /// SHA-256 of the content.
    pub sha256: [u8; 32],
}

/// The body of a document's record.
pub(crate) struct Descriptor {
    pub(crate) info: DocumentInfo,
    seed: Zeroizing<[u8; 32]>,
}

impl Descriptor {
    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(72));
        bytes.extend_from_slice(&self.info.length.to_be_bytes());
        bytes.extend_from_slice(&self.info.sha256);
        bytes.extend_from_slice(&*self.seed);
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk()?;
        let (sha256, seed) = rest.split_first_chunk()?;
        let info = DocumentInfo {
            length: u64::from_be_bytes(*length),
            sha256: *sha256,
        };
        let seed = Zeroizing::new(seed.try_into().ok()?);
        (info.length <= DOCUMENT_BYTES).then_some(Self { info, seed })
    }

    /// Number of chunks: one at least.
    pub(crate) fn chunks(&self) -> u32 {
        // At most 2^20, since the length is bounded.
        u32::try_from(self.info.length.div_ceil(CHUNK_BYTES as u64))
            .unwrap_or(u32::MAX)
            .max(1)
    }
}

/// Where the chunks of a document stand, and how each is bound to its place.
struct Chunks {
    record: RecordId,
    key: SealKey,
    aad: [u8; AAD],
}

impl Chunks {
    fn new(keys: &Keys, record: RecordId, seed: &[u8; 32]) -> Self {
        let aad = keys.aad(Sealed::Chunk, record.as_bytes());
        Self {
            record,
            key: keys.document(seed),
            aad,
        }
    }

    fn binding(&self, position: u32, last: bool) -> ([u8; NONCE], [u8; AAD + 5]) {
        let mut nonce = [0; NONCE];
        if let Some(place) = nonce.last_chunk_mut() {
            *place = position.to_be_bytes();
        }
        let mut aad = [0; AAD + 5];
        let bytes = self
            .aad
            .into_iter()
            .chain(position.to_be_bytes())
            .chain([u8::from(last)]);
        for (place, byte) in aad.iter_mut().zip(bytes) {
            *place = byte;
        }
        (nonce, aad)
    }

    fn damaged(&self, position: u32) -> Error {
        Error::Damaged {
            part: Part::Chunk {
                record: self.record,
                position,
            },
        }
    }
}

/// What the places of a record's chunks begin with: the upper 40 bits of its key.
pub(crate) fn prefix(record: RecordId) -> i64 {
    record.key() >> POSITION_BITS
}

/// First chunk place of a record.
fn first_place(record: RecordId) -> i64 {
    prefix(record) << POSITION_BITS
}

/// Last chunk place of a record.
fn last_place(record: RecordId) -> i64 {
    first_place(record) | ((1 << POSITION_BITS) - 1)
}

impl Vault {
    /// Starts a document. Nothing of it is visible until [`DocumentWriter::finish`].
    ///
    /// # Errors
    /// [`Error::OutOfBounds`] names the summary's field that is too long; or what reading can fail
    /// with.
    pub fn document_writer<'v, R: CryptoRng>(
        &'v mut self,
        summary: &Summary,
        rng: &'v mut R,
    ) -> Result<DocumentWriter<'v, R>> {
        summary.encode()?;
        self.writable_manifest()?;
        let record = loop {
            let mut random = [0; 8];
            rng.fill_bytes(&mut random);
            let record = self.keys.id(random);
            let taken = self.store.chunk_from(first_place(record))?;
            if taken.is_none_or(|(place, _)| place > last_place(record)) {
                break record;
            }
        };
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut *seed);
        let chunks = Chunks::new(&self.keys, record, &seed);
        Ok(DocumentWriter {
            vault: self,
            rng,
            summary: summary.clone(),
            chunks,
            seed,
            hash: Sha256::new(),
            length: 0,
            position: 0,
            buffer: Zeroizing::new(Vec::with_capacity(CHUNK_BYTES + TAG)),
            failed: None,
            finished: false,
        })
    }

    /// Opens a document to read it, from the start or from anywhere.
    ///
    /// # Errors
    /// [`Error::NoSuchRecord`], [`Error::NotADocument`], or [`Error::Damaged`].
    pub fn document_reader(&self, id: RecordId) -> Result<DocumentReader<'_>> {
        let body = self
            .store
            .body(id, |rev, body| open_body(&self.keys, id, rev, body))?;
        let damaged = || missing_or_damaged(&self.keys, id, Part::Body(id));
        let (form, body) = body.ok_or(Error::NoSuchRecord(id))?.ok_or_else(damaged)?;
        if form != transaction::DOCUMENT {
            return Err(Error::NotADocument(id));
        }
        let descriptor = Descriptor::decode(&body).ok_or_else(damaged)?;
        Ok(DocumentReader {
            store: &self.store,
            chunks: Chunks::new(&self.keys, id, &descriptor.seed),
            descriptor,
            blob: None,
            buffer: Zeroizing::new(Vec::new()),
            loaded: None,
            offset: 0,
        })
    }
}

/// Takes a document in, in bounded memory. Dropped without [`DocumentWriter::finish`], it leaves
/// nothing behind.
pub struct DocumentWriter<'v, R: CryptoRng> {
    vault: &'v mut Vault,
    rng: &'v mut R,
    summary: Summary,
    chunks: Chunks,
    seed: Zeroizing<[u8; 32]>,
    hash: Sha256,
    length: u64,
    position: u32,
    buffer: Zeroizing<Vec<u8>>,
    /// A write that failed: the document cannot be finished any more.
    failed: Option<Error>,
    finished: bool,
}

impl<R: CryptoRng> DocumentWriter<'_, R> {
    /// Adds bytes to the end.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`] above [`limits::DOCUMENT_BYTES`](DOCUMENT_BYTES), or what writing can
    /// fail with, such as [`Error::DiskFull`]; the document is then lost and the vault as before it.
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let appended = self.append_or_fail(bytes);
        self.failed = appended.as_ref().err().cloned();
        appended
    }

    fn append_or_fail(&mut self, mut bytes: &[u8]) -> Result<()> {
        let length = self.length.saturating_add(bytes.len() as u64);
        if length > DOCUMENT_BYTES {
            let (field, most) = (Field::Document, DOCUMENT_BYTES);
            return Err(Error::OutOfBounds {
                field,
                size: length,
                least: 0,
                most,
            });
        }
        self.length = length;
        self.hash.update(bytes);
        while !bytes.is_empty() {
            // A full buffer waits for more, since the last chunk is sealed as such.
            if self.buffer.len() == CHUNK_BYTES {
                self.write_chunk(false)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK_BYTES - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Makes the document real, in one commit with its record.
    ///
    /// # Errors
    /// What writing can fail with; the document is then lost and the vault as before it.
    pub fn finish(mut self) -> Result<RecordId> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let padded = seal::padded(self.buffer.len()).min(CHUNK_BYTES);
        self.buffer.resize(padded, 0);
        self.write_chunk(true)?;
        self.vault.store.commit()?;
        let record = self.chunks.record;
        let info = DocumentInfo {
            length: self.length,
            sha256: self.hash.clone().finalize().into(),
        };
        let body = Descriptor {
            info,
            seed: Zeroizing::new(*self.seed),
        }
        .encode();
        self.vault.transaction(self.rng, |tx| {
            if tx.put_new(record, &self.summary, transaction::DOCUMENT, &body)? {
                return Ok(());
            }
            // A record took the place since the writer began; the writer holds the vault, so none can.
            Err(Error::Damaged {
                part: Part::Structure,
            })
        })?;
        self.finished = true;
        Ok(record)
    }

    fn write_chunk(&mut self, last: bool) -> Result<()> {
        let store = &self.vault.store;
        if self.position.is_multiple_of(BATCH) {
            store.begin()?;
        }
        let (nonce, aad) = self.chunks.binding(self.position, last);
        self.chunks.key.seal(&nonce, &aad, &mut self.buffer);
        let record = self.chunks.record;
        store.put_chunk(
            first_place(record) | i64::from(self.position),
            record,
            &self.buffer,
        )?;
        self.buffer.clear();
        self.position += 1;
        if self.position.is_multiple_of(BATCH) && !last {
            store.commit()?;
        }
        Ok(())
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
        if !self.finished {
            self.vault.store.rollback();
            remove(self.vault, &[self.chunks.record]);
        }
    }
}

/// Hands a document out, in bounded memory, from any place.
///
/// Each chunk is authenticated for its document and position before a byte of it is given out. Errors
/// arrive as [`io::Error`] whose inner error is an [`Error`].
pub struct DocumentReader<'v> {
    store: &'v Store,
    chunks: Chunks,
    descriptor: Descriptor,
    blob: Option<ChunkBlob<'v>>,
    buffer: Zeroizing<Vec<u8>>,
    loaded: Option<u32>,
    offset: u64,
}

impl DocumentReader<'_> {
    /// Length and hash of the content.
    #[must_use]
    pub fn info(&self) -> DocumentInfo {
        self.descriptor.info
    }

    /// Reads up to `out.len()` bytes at the present place; 0 at the end.
    ///
    /// # Errors
    /// [`Error::Damaged`] names the chunk that is missing or not as it was written.
    pub fn read_some(&mut self, out: &mut [u8]) -> Result<usize> {
        let rest = self.descriptor.info.length.saturating_sub(self.offset);
        if rest == 0 || out.is_empty() {
            return Ok(0);
        }
        let chunk = CHUNK_BYTES as u64;
        // Positions are below 2^20 and places within a chunk below 2^16, since the length is bounded.
        let position = u32::try_from(self.offset / chunk).unwrap_or(u32::MAX);
        let within = usize::try_from(self.offset % chunk).unwrap_or(0);
        self.load(position)?;
        let loaded = self
            .buffer
            .get(within..CHUNK_BYTES.min(self.buffer.len()))
            .unwrap_or_default();
        let most = usize::try_from(rest).unwrap_or(usize::MAX);
        let count = loaded.len().min(out.len()).min(most);
        if let (Some(to), Some(from)) = (out.get_mut(..count), loaded.get(..count)) {
            to.copy_from_slice(from);
        }
        self.offset += count as u64;
        Ok(count)
    }

    /// Authenticates one chunk without giving its bytes out.
    pub(crate) fn verify(&mut self, position: u32) -> Result<()> {
        self.load(position)
    }

    /// Number of chunks.
    pub(crate) fn chunk_count(&self) -> u32 {
        self.descriptor.chunks()
    }

    fn load(&mut self, position: u32) -> Result<()> {
        if self.loaded == Some(position) {
            return Ok(());
        }
        self.loaded = None;
        let length = self.fetch(position)?;
        let last = position + 1 == self.descriptor.chunks();
        let (nonce, aad) = self.chunks.binding(position, last);
        let sealed = self.buffer.get_mut(..length).unwrap_or_default();
        let Some(opened) = self.chunks.key.open_slice(&nonce, &aad, sealed) else {
            self.buffer.zeroize();
            return Err(self.chunks.damaged(position));
        };
        let start = u64::from(position) * CHUNK_BYTES as u64;
        let due = (self.descriptor.info.length - start).min(CHUNK_BYTES as u64);
        if (opened as u64) < due {
            return Err(self.chunks.damaged(position));
        }
        self.loaded = Some(position);
        Ok(())
    }

    /// Brings a sealed chunk into the buffer and returns its length.
    fn fetch(&mut self, position: u32) -> Result<usize> {
        let place = first_place(self.chunks.record) | i64::from(position);
        let blob = match self.blob.take() {
            Some(mut blob) => blob.reopen(place).map(|()| blob),
            None => self.store.chunk(place),
        };
        let blob = blob.map_err(|error| match error {
            Error::Damaged { .. } => self.chunks.damaged(position),
            other => other,
        })?;
        let length = blob.len();
        if length > CHUNK_BYTES + TAG {
            return Err(self.chunks.damaged(position));
        }
        if self.buffer.len() < length {
            self.buffer.resize(CHUNK_BYTES + TAG, 0);
        }
        blob.read(self.buffer.get_mut(..length).unwrap_or_default())?;
        self.blob = Some(blob);
        Ok(length)
    }
}

impl Read for DocumentReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.read_some(out).map_err(io::Error::other)
    }
}

impl Seek for DocumentReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(by) => self.descriptor.info.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.offset.checked_add_signed(by),
        };
        self.offset = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.offset)
    }
}

/// Removes the chunks of deleted or unfinished documents, a batch per commit so that the WAL stays
/// small. What fails is left for the next sweep: without its record a chunk can be opened by nobody.
pub(crate) fn remove(vault: &mut Vault, records: &[RecordId]) {
    for record in records {
        // The outcome is looked at by nobody, by design: see above.
        let _ = remove_range(&vault.store, *record);
    }
}

fn remove_range(store: &Store, record: RecordId) -> Result<()> {
    let (first, last) = (first_place(record), last_place(record));
    let mut removed = 0;
    loop {
        match store.delete_chunks(record, first, last, BATCH)? {
            0 => break,
            count => removed += count,
        }
        store.truncate_wal()?;
    }
    if removed > 0 {
        store.shrink()?;
    }
    Ok(())
}

/// Removes chunks of this vault whose record never came to be or is gone: those whose prefix is not
/// among the `living`, which are all of the vault's rows in ascending order. Only for a vault whose rows
/// are as written: otherwise a chunk's record may merely be missing. A row that was seen on a walk keeps
/// its chunks even if a broken index page hides it from a search.
pub(crate) fn sweep(vault: &mut Vault, living: &[i64]) -> Result<()> {
    let mut from = i64::MIN;
    loop {
        let next = match vault.store.chunk_from(from) {
            // A broken chunk table is for the reader of a document, and for a check, to tell of.
            Err(Error::Damaged { .. }) | Ok(None) => return Ok(()),
            Ok(Some(next)) => next,
            Err(error) => return Err(error),
        };
        let (place, owner) = next;
        if let Some(owner) =
            owner.filter(|owner| vault.keys.owns(*owner) && first_place(*owner) <= place)
            && last_place(owner) >= place
            && living.binary_search(&prefix(owner)).is_err()
        {
            remove(vault, &[owner]);
        }
        let base = place >> POSITION_BITS << POSITION_BITS;
        let Some(after) = base.checked_add(1 << POSITION_BITS) else {
            return Ok(());
        };
        from = after;
    }
}
