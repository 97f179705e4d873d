//! The sealed chunks of a backup, on their way out and in. Layout: `backup.rs`.
//!
//! Position and last flag are in the associated data, as in STREAM (Hoang, Reyhanitabar, Rogaway and
//! Vizár, CRYPTO 2015), so that chunks cannot be swapped, left out or cut off. Invariant: a nonce is
//! used once, even when a chunk is written again after an interruption.

use std::{
    fs::File,
    io::{self, ErrorKind, Read, Seek, SeekFrom, Write},
    sync::Arc,
    thread::{self, JoinHandle},
};

use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::header::HEADER;
use crate::{
    error::{Error, Field, Part, Result},
    limits::{BACKUP_CHUNKS, CHUNK_BYTES},
    place::from_io,
    seal::{self, NONCE, SealKey, TAG},
};

/// Bytes of a full chunk in the file.
const SEALED: usize = NONCE + CHUNK_BYTES + TAG;
const LABEL: &[u8; 15] = b"nansen-backup 1";
const AAD: usize = 15 + 32 + 5;
/// Chunks after which the disk is told to begin, 8 MiB: the last wait is for what came since.
const FLUSHED: u64 = 128;

/// The stream key and what its chunks are bound to.
#[derive(Clone)]
pub(super) struct StreamKey {
    pub(super) key: Arc<SealKey>,
    pub(super) binding: [u8; 32],
}

impl StreamKey {
    fn aad(&self, position: u32, last: bool) -> [u8; AAD] {
        let mut aad = [0; AAD];
        let bytes = LABEL.iter().chain(&self.binding).copied();
        let bytes = bytes.chain(position.to_be_bytes()).chain([u8::from(last)]);
        for (place, byte) in aad.iter_mut().zip(bytes) {
            *place = byte;
        }
        aad
    }
}

/// Seals a stream into a file.
pub(super) struct ChunkWriter {
    file: File,
    key: StreamKey,
    /// Of this run of writing: the first part of every nonce.
    session: [u8; NONCE - 8],
    /// Chunks sealed in this run: the rest of the nonce.
    sealed: u64,
    position: u32,
    tags: Sha256,
    buffer: Zeroizing<Vec<u8>>,
    /// Brings to the disk what was written so far, beside what is sealed meanwhile.
    flush: Option<JoinHandle<io::Result<()>>>,
}

impl ChunkWriter {
    /// Begins the stream of a file that holds its header. Whoever has written chunks under this key
    /// before draws another `session`.
    pub(super) fn new(file: File, key: StreamKey, session: [u8; NONCE - 8]) -> Self {
        Self {
            file,
            key,
            session,
            sealed: 0,
            position: 0,
            tags: Sha256::new(),
            buffer: Zeroizing::new(Vec::with_capacity(CHUNK_BYTES + TAG)),
            flush: None,
        }
    }

    /// Takes back everything from a place of the stream, which this or an earlier run has written to
    /// `reader`'s file, and goes on there.
    pub(super) fn cut(&mut self, mut reader: ChunkReader, offset: u64) -> Result<()> {
        let chunk = CHUNK_BYTES as u64;
        let position = u32::try_from(offset / chunk).unwrap_or(u32::MAX);
        let within = usize::try_from(offset % chunk).unwrap_or(0);
        self.tags = reader.tags_before(position)?;
        self.buffer.zeroize();
        if within > 0 {
            reader.skip_to(position);
            reader.next(&mut self.buffer)?;
            self.buffer.truncate(within);
        }
        self.position = position;
        let place = ChunkReader::place(position);
        let mut cut = || {
            self.file.set_len(place)?;
            self.file.seek(SeekFrom::Start(place))
        };
        cut().map(|_| ()).map_err(|error| from_io(&error))
    }

    /// Where in the stream the next byte comes to stand.
    pub(super) fn offset(&self) -> u64 {
        u64::from(self.position) * CHUNK_BYTES as u64 + self.buffer.len() as u64
    }

    /// Hash over the tags of the chunks before the one in which the next byte comes to stand.
    pub(super) fn tags(&mut self) -> Result<[u8; 32]> {
        if self.buffer.len() == CHUNK_BYTES {
            self.seal(false)?;
        }
        Ok(self.tags.clone().finalize().into())
    }

    /// Appends to the stream.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            // A full buffer waits for more, since the last chunk is sealed as such.
            if self.buffer.len() == CHUNK_BYTES {
                self.seal(false)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK_BYTES - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Ends the stream with the place of its index, and waits for the disk.
    pub(super) fn finish(&mut self, index: u64) -> Result<()> {
        if self.buffer.len() + 8 > CHUNK_BYTES {
            self.buffer.resize(CHUNK_BYTES, 0);
            self.seal(false)?;
        }
        let padded = seal::padded(self.buffer.len() + 8).min(CHUNK_BYTES);
        self.buffer.resize(padded - 8, 0);
        self.buffer.extend_from_slice(&index.to_be_bytes());
        self.seal(true)?;
        // An error of the disk is told once, to whoever asks first.
        let flushed = self.flush.take().map_or(Ok(()), join);
        flushed
            .and_then(|()| self.file.sync_all())
            .map_err(|error| from_io(&error))
    }

    /// Has the disk begin with what was written, unless it is still busy with what came before.
    fn flush(&mut self) -> io::Result<()> {
        if let Some(flush) = self.flush.take_if(|flush| flush.is_finished()) {
            join(flush)?;
        }
        if self.flush.is_none() {
            let file = self.file.try_clone()?;
            let flush = move || file.sync_data();
            // Without a thread to spare, all of it waits for the end.
            self.flush = thread::Builder::new().spawn(flush).ok();
        }
        Ok(())
    }

    /// From now on the disk is full.
    #[cfg(all(test, target_os = "linux"))]
    pub(super) fn fill_disk(&mut self) {
        if let Ok(full) = File::options().write(true).open("/dev/full") {
            self.file = full;
        }
    }

    fn seal(&mut self, last: bool) -> Result<()> {
        if self.position >= BACKUP_CHUNKS {
            return Err(Error::OutOfBounds {
                field: Field::BackupChunks,
                size: u64::from(self.position) + 1,
                least: 1,
                most: BACKUP_CHUNKS.into(),
            });
        }
        let mut nonce = [0; NONCE];
        let bytes = self.session.into_iter().chain(self.sealed.to_be_bytes());
        for (place, byte) in nonce.iter_mut().zip(bytes) {
            *place = byte;
        }
        let aad = self.key.aad(self.position, last);
        self.key.key.seal(&nonce, &aad, &mut self.buffer);
        self.tags.update(tag_of(&self.buffer));
        let mut write = || {
            self.file.write_all(&nonce)?;
            self.file.write_all(&self.buffer)
        };
        write().map_err(|error| from_io(&error))?;
        self.buffer.clear();
        self.sealed += 1;
        self.position += 1;
        if self.sealed.is_multiple_of(FLUSHED) {
            self.flush().map_err(|error| from_io(&error))?;
        }
        Ok(())
    }
}

/// Waits for a flush.
fn join(flush: JoinHandle<io::Result<()>>) -> io::Result<()> {
    flush
        .join()
        .unwrap_or_else(|_| Err(ErrorKind::Other.into()))
}

/// Where a stream's plaintext comes from, chunk by chunk.
pub(super) trait Chunks {
    /// Appends the next chunk to `out`; `false` behind the last.
    fn next(&mut self, out: &mut Vec<u8>) -> Result<bool>;

    /// Makes `position` the next chunk.
    fn skip_to(&mut self, position: u32);

    /// Hash over the tags of the chunks before the one that was read last.
    fn tags(&self) -> [u8; 32];

    /// What is wrong when the chunk that was read last does not hold what it should.
    fn damaged(&self) -> Error;
}

/// Opens the chunks of a file, in order or from anywhere.
pub(super) struct ChunkReader {
    file: File,
    key: StreamKey,
    /// Chunks that the file's length allows for, and bytes of the last.
    count: u32,
    last: usize,
    position: u32,
    /// Over all chunks read in order; and before the last of them.
    tags: Sha256,
    before: Sha256,
    sealed: Zeroizing<Vec<u8>>,
    /// The file may be unfinished: no chunk of it need be the last.
    open_ended: bool,
}

impl ChunkReader {
    /// `open_ended`: read what an interrupted run has left.
    ///
    /// # Errors
    /// [`Error::BackupCutShort`] for a file without a chunk, [`Error::OutOfBounds`] for too many.
    pub(super) fn new(file: File, key: StreamKey, open_ended: bool) -> Result<Self> {
        let length = file.metadata().map_err(|error| from_io(&error))?.len();
        let chunks = length.saturating_sub(HEADER as u64);
        let count = chunks.div_ceil(SEALED as u64);
        if count > u64::from(BACKUP_CHUNKS) {
            return Err(Error::OutOfBounds {
                field: Field::BackupChunks,
                size: count,
                least: 1,
                most: BACKUP_CHUNKS.into(),
            });
        }
        if count == 0 && !open_ended {
            return Err(Error::BackupCutShort { chunks: 0 });
        }
        let missing = count * SEALED as u64 - chunks;
        Ok(Self {
            file,
            key,
            count: u32::try_from(count).unwrap_or(BACKUP_CHUNKS),
            last: SEALED - usize::try_from(missing).unwrap_or(0).min(SEALED),
            position: 0,
            tags: Sha256::new(),
            before: Sha256::new(),
            sealed: Zeroizing::new(Vec::with_capacity(SEALED)),
            open_ended,
        })
    }

    /// Number of chunks.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Hash over the tags of so many chunks from the first.
    fn tags_before(&mut self, position: u32) -> Result<Sha256> {
        let (mut tags, mut tag) = (Sha256::new(), [0; TAG]);
        for chunk in 1..=position {
            let place = Self::place(chunk) - TAG as u64;
            let mut read = || {
                self.file.seek(SeekFrom::Start(place))?;
                self.file.read_exact(&mut tag)
            };
            read().map_err(|error| from_io(&error))?;
            tags.update(tag);
        }
        Ok(tags)
    }

    /// Where a chunk stands in the file.
    fn place(position: u32) -> u64 {
        HEADER as u64 + u64::from(position) * SEALED as u64
    }

    fn load(&mut self) -> Result<()> {
        let last = self.position + 1 == self.count;
        // All of it is read anew: only what it grows by needs zeros.
        self.sealed.resize(if last { self.last } else { SEALED }, 0);
        let mut read = || {
            self.file
                .seek(SeekFrom::Start(Self::place(self.position)))?;
            self.file.read_exact(&mut self.sealed)
        };
        read().map_err(|error| match error.kind() {
            // Cut while it was read.
            ErrorKind::UnexpectedEof => Error::BackupCutShort {
                chunks: self.position,
            },
            _ => from_io(&error),
        })
    }

    /// Opens the chunk that was loaded; where in the buffer its content stands.
    fn open(&mut self, last: bool) -> Option<usize> {
        let aad = self.key.aad(self.position, last);
        let (nonce, sealed) = self.sealed.split_first_chunk_mut::<NONCE>()?;
        self.key.key.open_slice(nonce, &aad, sealed)
    }
}

impl Chunks for ChunkReader {
    fn next(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        if self.position >= self.count {
            return Ok(false);
        }
        let at_end = self.position + 1 == self.count;
        let last = at_end && !self.open_ended;
        self.load()?;
        let tag = tag_of(&self.sealed).to_vec();
        let mut opened = self.open(last);
        if opened.is_none() && at_end && self.open_ended {
            // Interrupted after its end was written.
            self.load()?;
            opened = self.open(true);
        }
        let Some(length) = opened else {
            // What opens as a chunk in the middle is where the file was cut.
            self.load()?;
            if last && self.open(false).is_some() {
                return Err(Error::BackupCutShort { chunks: self.count });
            }
            return Err(self.damaged());
        };
        out.extend_from_slice(self.sealed.get(NONCE..NONCE + length).unwrap_or_default());
        self.before = self.tags.clone();
        self.tags.update(&tag);
        self.position += 1;
        Ok(true)
    }

    fn skip_to(&mut self, position: u32) {
        self.position = position;
    }

    fn tags(&self) -> [u8; 32] {
        self.before.clone().finalize().into()
    }

    fn damaged(&self) -> Error {
        Error::Damaged {
            part: Part::BackupChunk {
                position: self.position,
            },
        }
    }
}

fn tag_of(sealed: &[u8]) -> &[u8] {
    sealed.last_chunk::<TAG>().map_or(&[], |tag| tag)
}
