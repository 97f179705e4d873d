//! Documents on their way out: a chunk at a time, from any place.
//!
//! Invariant: each chunk is authenticated for its document and position before a byte of it is given
//! out.

use std::io::{self, Read, Seek, SeekFrom};

use zeroize::{Zeroize, Zeroizing};

use super::{Chunks, Descriptor, DocumentInfo, Life, first_place};
use crate::{
    error::{Error, Part, Result},
    limits::CHUNK_BYTES,
    record::RecordId,
    seal::TAG,
    store::ChunkBlob,
    transaction::{self, missing_or_damaged, open_body},
    vault::Vault,
};

/// A place in a document that is read, in bounded memory, without borrowing the vault: between two
/// calls the vault serves others. It belongs to the vault that made it, until that is locked.
pub struct DocumentCursor {
    life: Life,
    /// The vault's counter when the record was last known to be there.
    counter: u64,
    chunks: Chunks,
    descriptor: Descriptor,
    buffer: Zeroizing<Vec<u8>>,
    loaded: Option<u32>,
    offset: u64,
}

/// A [`DocumentCursor`] with its vault at hand. As [`Read`], its errors arrive as [`io::Error`] whose
/// inner error is an [`Error`].
pub struct DocumentReader<'v> {
    vault: &'v Vault,
    cursor: DocumentCursor,
    /// Kept from chunk to chunk, since opening one anew costs a statement.
    blob: Option<ChunkBlob<'v>>,
}

impl Vault {
    /// Opens a document to read it while the vault does other work, from the start or from anywhere.
    ///
    /// # Errors
    /// [`Error::NoSuchRecord`], [`Error::NotADocument`], or [`Error::Damaged`].
    pub fn document_cursor(&self, id: RecordId) -> Result<DocumentCursor> {
        let body = self
            .store
            .body(id, |rev, body| open_body(&self.keys, id, rev, body))?;
        let damaged = || missing_or_damaged(&self.keys, id, Part::Body(id));
        let (form, body) = body.ok_or(Error::NoSuchRecord(id))?.ok_or_else(damaged)?;
        if form != transaction::DOCUMENT {
            return Err(Error::NotADocument(id));
        }
        let descriptor = Descriptor::decode(&body).ok_or_else(damaged)?;
        Ok(DocumentCursor {
            life: self.life.clone(),
            counter: self.counter(),
            chunks: Chunks::new(&self.keys, id, &descriptor.seed),
            descriptor,
            buffer: Zeroizing::new(Vec::new()),
            loaded: None,
            offset: 0,
        })
    }

    /// Opens a document to read it at one go, from the start or from anywhere.
    ///
    /// # Errors
    /// As [`Vault::document_cursor`].
    pub fn document_reader(&self, id: RecordId) -> Result<DocumentReader<'_>> {
        Ok(DocumentReader {
            vault: self,
            cursor: self.document_cursor(id)?,
            blob: None,
        })
    }
}

impl DocumentCursor {
    /// Length and hash of the content.
    #[must_use]
    pub fn info(&self) -> DocumentInfo {
        self.descriptor.info
    }

    /// Reads up to `out.len()` bytes at the present place: fewer only at the end, or before damage; 0
    /// at the end.
    ///
    /// # Errors
    /// [`Error::DocumentNotOpen`] for another vault than the cursor's own, or after that was locked;
    /// [`Error::NoSuchRecord`] once the document was deleted; [`Error::Damaged`] names the chunk that is
    /// missing or not as it was written.
    pub fn read_some(&mut self, vault: &Vault, out: &mut [u8]) -> Result<usize> {
        self.read_with(vault, &mut None, out)
    }

    fn read_with<'v>(
        &mut self,
        vault: &'v Vault,
        blob: &mut Option<ChunkBlob<'v>>,
        out: &mut [u8],
    ) -> Result<usize> {
        self.still_there(vault)?;
        let mut filled = 0;
        while let Some(free) = out.get_mut(filled..).filter(|free| !free.is_empty()) {
            match self.read_chunk(vault, blob, free) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if filled == 0 => return Err(error),
                // What was read is handed out; the next call meets the error again.
                Err(_) => break,
            }
        }
        Ok(filled)
    }

    /// Reads at the present place, from one chunk.
    fn read_chunk<'v>(
        &mut self,
        vault: &'v Vault,
        blob: &mut Option<ChunkBlob<'v>>,
        out: &mut [u8],
    ) -> Result<usize> {
        let rest = self.descriptor.info.length.saturating_sub(self.offset);
        if rest == 0 {
            return Ok(0);
        }
        let chunk = CHUNK_BYTES as u64;
        // Positions are below 2^20 and places within a chunk below 2^16, since the length is bounded.
        let position = u32::try_from(self.offset / chunk).unwrap_or(u32::MAX);
        let within = usize::try_from(self.offset % chunk).unwrap_or(0);
        self.load(vault, blob, position)?;
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

    /// Refuses a foreign vault, and looks for the record again if anything was changed since: a
    /// deleted document is not read on, not even from the buffer.
    fn still_there(&mut self, vault: &Vault) -> Result<()> {
        vault.life.admit(&self.life)?;
        if self.counter == vault.counter() {
            return Ok(());
        }
        let record = self.chunks.record;
        if vault.store.body(record, |_, _| ())?.is_none() {
            self.buffer.zeroize();
            self.loaded = None;
            return Err(Error::NoSuchRecord(record));
        }
        self.counter = vault.counter();
        Ok(())
    }

    fn load<'v>(
        &mut self,
        vault: &'v Vault,
        blob: &mut Option<ChunkBlob<'v>>,
        position: u32,
    ) -> Result<()> {
        if self.loaded == Some(position) {
            return Ok(());
        }
        self.loaded = None;
        let length = self.fetch(vault, blob, position)?;
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
    fn fetch<'v>(
        &mut self,
        vault: &'v Vault,
        blob: &mut Option<ChunkBlob<'v>>,
        position: u32,
    ) -> Result<usize> {
        let place = first_place(self.chunks.record) | i64::from(position);
        let opened = match blob.take() {
            Some(mut blob) => blob.reopen(place).map(|()| blob),
            None => vault.store.chunk(place),
        };
        let opened = opened.map_err(|error| match error {
            Error::Damaged { .. } => self.chunks.damaged(position),
            other => other,
        })?;
        let length = opened.len();
        if length > CHUNK_BYTES + TAG {
            return Err(self.chunks.damaged(position));
        }
        if self.buffer.len() < length {
            self.buffer.resize(CHUNK_BYTES + TAG, 0);
        }
        opened.read(self.buffer.get_mut(..length).unwrap_or_default())?;
        *blob = Some(opened);
        Ok(length)
    }
}

impl Seek for DocumentCursor {
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

impl DocumentReader<'_> {
    /// Length and hash of the content.
    #[must_use]
    pub fn info(&self) -> DocumentInfo {
        self.cursor.info()
    }

    /// Reads up to `out.len()` bytes at the present place: fewer only at the end, or before damage; 0
    /// at the end.
    ///
    /// # Errors
    /// [`Error::Damaged`] names the chunk that is missing or not as it was written.
    pub fn read_some(&mut self, out: &mut [u8]) -> Result<usize> {
        self.cursor.read_with(self.vault, &mut self.blob, out)
    }

    /// Authenticates one chunk without giving its bytes out.
    pub(crate) fn verify(&mut self, position: u32) -> Result<()> {
        self.cursor.load(self.vault, &mut self.blob, position)
    }

    /// Number of chunks.
    pub(crate) fn chunk_count(&self) -> u32 {
        self.cursor.descriptor.chunks()
    }
}

impl Read for DocumentReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.read_some(out).map_err(io::Error::other)
    }
}

impl Seek for DocumentReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.cursor.seek(to)
    }
}
