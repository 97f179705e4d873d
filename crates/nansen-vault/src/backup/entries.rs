//! The stream of a backup, in plain: entries written and read one after the other. Layout: `backup.rs`.
//!
//! Invariant: a reader holds one record and a few chunks at most, whatever lengths the stream states.

use zeroize::{Zeroize, Zeroizing};

use super::{Begin, Index, Version, chunks::Chunks};
use crate::{
    documents::DocumentInfo,
    error::{Field, Result, bounded},
    limits::{BACKUP_RECORDS, BODY_BYTES, CHUNK_BYTES, DOCUMENT_BYTES},
    record::{RecordId, Summary},
    seal::NONCE,
};

const BEGIN: u8 = 1;
const RECORD: u8 = 2;
const DOCUMENT: u8 = 3;
const END: u8 = 4;
const VERSION: usize = 16 + NONCE;

/// An entry as it is read.
pub(super) enum Entry {
    Record(Version, Summary, Zeroizing<Vec<u8>>),
    /// Its content follows, by [`StreamReader::content`] or [`StreamReader::skip_content`].
    Document(Version, Summary, DocumentInfo),
    End(Index),
}

/// Reads a stream from whatever gives its chunks.
pub(super) struct StreamReader<C> {
    pub(super) chunks: C,
    buffer: Zeroizing<Vec<u8>>,
    /// Where in the buffer the next byte is, and where in the stream the buffer begins.
    at: usize,
    base: u64,
    /// Bytes of a document that are still to come.
    content: u64,
    entries: u32,
}

pub(super) fn encode_begin(begin: &Begin) -> Vec<u8> {
    let mut bytes = vec![BEGIN];
    bytes.extend(begin.made.to_be_bytes());
    bytes.extend(begin.step.to_be_bytes());
    bytes.extend(begin.parent);
    bytes.extend(begin.vault);
    bytes
}

pub(super) fn encode_record(
    version: &Version,
    summary: &Summary,
    body: &[u8],
) -> Result<Zeroizing<Vec<u8>>> {
    let mut bytes = head(RECORD, version, summary, 4 + body.len())?;
    // Bounded far below 4 GiB; a saturated length would not be read again.
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    bytes.extend(length.to_be_bytes());
    bytes.extend_from_slice(body);
    Ok(bytes)
}

pub(super) fn encode_document(
    version: &Version,
    summary: &Summary,
    info: &DocumentInfo,
) -> Result<Zeroizing<Vec<u8>>> {
    let mut bytes = head(DOCUMENT, version, summary, 40)?;
    bytes.extend(info.length.to_be_bytes());
    bytes.extend(info.sha256);
    Ok(bytes)
}

/// The end, without the versions, which follow by [`encode_version`].
pub(super) fn encode_end(entries: u32, chunks: &[u8; 32], count: usize) -> Result<Vec<u8>> {
    bounded(Field::BackupRecords, count, 0, BACKUP_RECORDS)?;
    let mut bytes = vec![END];
    bytes.extend(entries.to_be_bytes());
    bytes.extend(chunks);
    bytes.extend(u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
    Ok(bytes)
}

pub(super) fn encode_version(version: &Version) -> [u8; VERSION] {
    let mut bytes = [0; VERSION];
    let from = version.id.as_bytes().iter().chain(&version.rev);
    for (place, byte) in bytes.iter_mut().zip(from) {
        *place = *byte;
    }
    bytes
}

fn head(tag: u8, version: &Version, summary: &Summary, more: usize) -> Result<Zeroizing<Vec<u8>>> {
    let summary = summary.encode()?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(3 + VERSION + summary.len() + more));
    bytes.push(tag);
    bytes.extend(encode_version(version));
    // Below 4 KiB by the limits of its fields.
    let length = u16::try_from(summary.len()).unwrap_or(u16::MAX);
    bytes.extend(length.to_be_bytes());
    bytes.extend_from_slice(&summary);
    Ok(bytes)
}

impl<C: Chunks> StreamReader<C> {
    /// Reads from the chunk that is next.
    pub(super) fn new(chunks: C) -> Self {
        Self {
            chunks,
            buffer: Zeroizing::new(Vec::new()),
            at: 0,
            base: 0,
            content: 0,
            entries: 0,
        }
    }

    /// Where in the stream the next byte is.
    pub(super) fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Records and documents begun so far.
    pub(super) fn entries(&self) -> u32 {
        self.entries
    }

    /// How the stream begins.
    pub(super) fn begin(&mut self) -> Result<Begin> {
        let [tag] = self.take()?;
        let made = i64::from_be_bytes(self.take()?);
        let step = u32::from_be_bytes(self.take()?);
        let (parent, vault) = (self.take()?, self.take()?);
        if tag != BEGIN {
            return Err(self.chunks.damaged());
        }
        Ok(Begin {
            made,
            step,
            parent,
            vault,
        })
    }

    /// The next entry, or the end.
    pub(super) fn next(&mut self) -> Result<Entry> {
        let [tag] = self.take()?;
        if tag == END {
            let chunks = self.chunks.tags();
            return self.index(Some(chunks)).map(Entry::End);
        }
        let version = self.version()?;
        let length = u16::from_be_bytes(self.take()?);
        let summary = self.slice(length.into())?;
        let summary = Summary::decode(summary).ok_or_else(|| self.chunks.damaged())?;
        self.entries = self.entries.saturating_add(1);
        match tag {
            RECORD => {
                let length = u32::from_be_bytes(self.take()?);
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                if length > BODY_BYTES {
                    return Err(self.chunks.damaged());
                }
                let body = Zeroizing::new(self.slice(length)?.to_vec());
                Ok(Entry::Record(version, summary, body))
            }
            DOCUMENT => {
                let length = u64::from_be_bytes(self.take()?);
                let sha256 = self.take()?;
                if length > DOCUMENT_BYTES {
                    return Err(self.chunks.damaged());
                }
                self.content = length;
                Ok(Entry::Document(
                    version,
                    summary,
                    DocumentInfo { length, sha256 },
                ))
            }
            _ => Err(self.chunks.damaged()),
        }
    }

    /// The next piece of a document's content; empty behind its end.
    pub(super) fn content(&mut self) -> Result<&[u8]> {
        while self.content > 0 && self.at >= self.buffer.len() {
            self.more()?;
        }
        let ready = self.buffer.len().saturating_sub(self.at);
        let most = usize::try_from(self.content).unwrap_or(usize::MAX);
        let piece = self.at..self.at + ready.min(most);
        self.content -= piece.len() as u64;
        self.at = piece.end;
        Ok(self.buffer.get(piece).unwrap_or_default())
    }

    /// Passes over what is left of a document's content, without opening the chunks within.
    pub(super) fn skip_content(&mut self) {
        let target = self.offset() + std::mem::take(&mut self.content);
        let end = self.base + self.buffer.len() as u64;
        if target <= end {
            self.at = usize::try_from(target - self.base).unwrap_or(self.buffer.len());
            return;
        }
        let chunk = CHUNK_BYTES as u64;
        // A length that the limits allow and the file does not: the next read tells.
        let position = u32::try_from(target / chunk).unwrap_or(u32::MAX);
        self.seek(position);
        self.at = usize::try_from(target % chunk).unwrap_or(0);
    }

    /// Goes on at the start of a chunk.
    pub(super) fn seek(&mut self, position: u32) {
        self.chunks.skip_to(position);
        self.buffer.zeroize();
        self.base = u64::from(position) * CHUNK_BYTES as u64;
        self.at = 0;
        self.content = 0;
    }

    /// The index that begins at a place of the stream.
    pub(super) fn index_at(&mut self, offset: u64) -> Result<Index> {
        let chunk = CHUNK_BYTES as u64;
        let position = u32::try_from(offset / chunk).map_err(|_| self.chunks.damaged())?;
        self.seek(position);
        self.at = usize::try_from(offset % chunk).unwrap_or(0);
        match self.take()? {
            // What it says of the chunks is for those who have read them all.
            [END] => self.index(None),
            _ => Err(self.chunks.damaged()),
        }
    }

    /// What a stream ends in: zeros, and where its index began.
    pub(super) fn trailer(&mut self, index: u64) -> Result<()> {
        let mut tail = [0; 8];
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            // All but the last eight bytes so far are zeros.
            for byte in rest {
                let [first, ..] = tail;
                if first != 0 {
                    return Err(self.chunks.damaged());
                }
                tail.rotate_left(1);
                if let Some(last) = tail.last_mut() {
                    *last = *byte;
                }
            }
            self.at = self.buffer.len();
            if !self.refill()? {
                break;
            }
        }
        if u64::from_be_bytes(tail) == index {
            return Ok(());
        }
        Err(self.chunks.damaged())
    }

    /// The last eight bytes of the last chunk, which is next.
    pub(super) fn last_number(&mut self) -> Result<u64> {
        self.more()?;
        let last = self.buffer.last_chunk().copied();
        last.map(u64::from_be_bytes)
            .ok_or_else(|| self.chunks.damaged())
    }

    fn index(&mut self, expected: Option<[u8; 32]>) -> Result<Index> {
        let entries = u32::from_be_bytes(self.take()?);
        let chunks = self.take()?;
        let count = u32::from_be_bytes(self.take()?);
        let whole = expected.is_none_or(|hash| hash == chunks && entries == self.entries);
        let bounded = usize::try_from(count).is_ok_and(|count| count <= BACKUP_RECORDS);
        if !whole || !bounded {
            return Err(self.chunks.damaged());
        }
        let mut live: Vec<Version> = Vec::new();
        for _ in 0..count {
            let version = self.version()?;
            if live.last().is_some_and(|last| last.id >= version.id) {
                return Err(self.chunks.damaged());
            }
            live.push(version);
        }
        Ok(Index {
            entries,
            chunks,
            live,
        })
    }

    fn version(&mut self) -> Result<Version> {
        Ok(Version {
            id: RecordId::new(self.take()?),
            rev: self.take()?,
        })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.slice(N)?;
        Ok(bytes.first_chunk().copied().unwrap_or([0; N]))
    }

    /// The next bytes, of which there are no more than a record's.
    fn slice(&mut self, length: usize) -> Result<&[u8]> {
        while self.buffer.len().saturating_sub(self.at) < length {
            self.more()?;
        }
        let piece = self.at..self.at + length;
        self.at = piece.end;
        Ok(self.buffer.get(piece).unwrap_or_default())
    }

    fn more(&mut self) -> Result<()> {
        if self.refill()? {
            return Ok(());
        }
        Err(self.chunks.damaged())
    }

    /// Drops what was read and appends the next chunk.
    fn refill(&mut self) -> Result<bool> {
        let read = self.at.min(self.buffer.len());
        self.buffer.drain(..read);
        self.base += read as u64;
        self.at -= read;
        let needed = self.buffer.len() + CHUNK_BYTES;
        if self.buffer.capacity() < needed {
            // Left to itself it would move and leave a copy behind that nobody wipes.
            let mut larger = Zeroizing::new(Vec::with_capacity(needed.next_power_of_two()));
            larger.extend_from_slice(&self.buffer);
            self.buffer = larger;
        }
        self.chunks.next(&mut self.buffer)
    }
}
