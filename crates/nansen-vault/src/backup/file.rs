//! A finished backup: opened by its own secret, and checked from first to last.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    BackupHeader, BackupLock, Begin, Index, Version,
    chunks::{ChunkReader, Chunks, StreamKey},
    entries::{Entry, StreamReader},
    header::HEADER,
};
use crate::{
    error::{Error, Part, Result},
    limits::CHUNK_BYTES,
    place::from_io,
};

/// A backup whose secret was given, and whose list of records was read. Its content is checked when it
/// is restored, before anything is changed.
pub struct BackupFile {
    path: PathBuf,
    pub(super) id: [u8; 16],
    pub(super) key: StreamKey,
    pub(super) begin: Begin,
    pub(super) index: Index,
    chunks: u32,
}

impl BackupFile {
    /// Opens a backup. Costs one run of Argon2id where it is locked by a passphrase.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::NotABackup`], [`Error::NewerBackup`], [`Error::BackupCutShort`],
    /// [`Error::Damaged`], [`Error::ExcessiveWork`], [`Error::BackupNeedsPassphrase`],
    /// [`Error::BackupNeedsRecoveryCode`], [`Error::WrongPassphrase`] or [`Error::WrongRecoveryCode`].
    pub fn open(path: impl AsRef<Path>, lock: BackupLock<'_>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let (file, header) = open_header(&path)?;
        let key = StreamKey {
            key: Arc::new(header.open(lock)?),
            binding: header.binding(),
        };
        let chunks = ChunkReader::new(file, key.clone(), false)?;
        let count = chunks.count();
        let mut stream = StreamReader::new(chunks);
        let begin = stream.begin()?;
        stream.seek(count - 1);
        let place = stream.last_number()?;
        let index = stream.index_at(place)?;
        Ok(Self {
            path,
            id: header.id,
            key,
            begin,
            index,
            chunks: count,
        })
    }

    /// When it was begun, in seconds since 1970.
    #[must_use]
    pub fn made(&self) -> i64 {
        self.begin.made
    }

    /// 0 for a base, and one more for each increment.
    #[must_use]
    pub fn step(&self) -> u32 {
        self.begin.step
    }

    /// Records that the vault held then, those of earlier steps included.
    #[must_use]
    pub fn record_count(&self) -> usize {
        self.index.live.len()
    }

    /// Records and documents in this file alone.
    #[must_use]
    pub fn entry_count(&self) -> u32 {
        self.index.entries
    }

    /// Whether a backup with this id is this one or the one right before it.
    pub(super) fn needs(&self, id: [u8; 16]) -> bool {
        id == self.id || (self.begin.step > 0 && id == self.begin.parent)
    }

    /// Bytes of its stream, but for the end of the last chunk.
    pub(super) fn bytes(&self) -> u64 {
        u64::from(self.chunks) * CHUNK_BYTES as u64
    }

    /// Reads its entries from the start.
    pub(super) fn stream(&self) -> Result<StreamReader<ChunkReader>> {
        stream(&self.path, &self.key, &self.begin)
    }

    /// Walks it from the start.
    pub(super) fn check(&self) -> Result<Check> {
        Check::new(&self.path, &self.key, &self.begin)
    }
}

impl std::fmt::Debug for BackupFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackupFile")
            .field("made", &self.begin.made)
            .field("step", &self.begin.step)
            .field("records", &self.index.live.len())
            .finish_non_exhaustive()
    }
}

/// A walk over a whole backup that opens every chunk and reads every entry.
pub(super) struct Check {
    stream: StreamReader<ChunkReader>,
    /// The document whose content is next.
    document: Option<Version>,
    index: Option<Index>,
}

impl Check {
    pub(super) fn new(path: &Path, key: &StreamKey, begin: &Begin) -> Result<Self> {
        Ok(Self {
            stream: stream(path, key, begin)?,
            document: None,
            index: None,
        })
    }

    /// Goes on for about `most` bytes of the stream; shows the version of each entry that is whole.
    /// `true` at the end, where everything agrees.
    pub(super) fn step(&mut self, most: u64, mut seen: impl FnMut(Version)) -> Result<bool> {
        let until = self.stream.offset() + most;
        while self.stream.offset() < until {
            if let Some(version) = self.document {
                if self.stream.content()?.is_empty() {
                    self.document = None;
                    seen(version);
                }
                continue;
            }
            let place = self.stream.offset();
            match self.stream.next()? {
                Entry::Record(version, ..) => seen(version),
                Entry::Document(version, ..) => self.document = Some(version),
                Entry::End(index) => {
                    self.stream.trailer(place)?;
                    self.index = Some(index);
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Bytes of the stream read, and in all.
    pub(super) fn progress(&self) -> (u64, u64) {
        let all = u64::from(self.stream.chunks.count()) * CHUNK_BYTES as u64;
        (self.stream.offset().min(all), all)
    }

    /// The list at the end, once it was reached.
    pub(super) fn into_index(self) -> Option<Index> {
        self.index
    }
}

/// The entries of a file, from the start.
fn stream(path: &Path, key: &StreamKey, begin: &Begin) -> Result<StreamReader<ChunkReader>> {
    let (file, header) = open_header(path)?;
    if header.binding() != key.binding {
        // Somebody has put another file there.
        return Err(Error::Damaged {
            part: Part::BackupHeader,
        });
    }
    let mut stream = StreamReader::new(ChunkReader::new(file, key.clone(), false)?);
    if stream.begin()? != *begin {
        return Err(stream.chunks.damaged());
    }
    Ok(stream)
}

/// A file and its header; the file stands behind it.
pub(super) fn open_header(path: &Path) -> Result<(File, BackupHeader)> {
    let mut file = File::open(path).map_err(|error| from_io(&error))?;
    let metadata = file.metadata().map_err(|error| from_io(&error))?;
    if !metadata.is_file() {
        return Err(Error::NotABackup);
    }
    let mut head = Vec::with_capacity(HEADER);
    (&mut file)
        .take(HEADER as u64)
        .read_to_end(&mut head)
        .map_err(|error| from_io(&error))?;
    file.seek(SeekFrom::Start(head.len() as u64))
        .map_err(|error| from_io(&error))?;
    Ok((file, BackupHeader::parse(&head)?))
}

/// The content of a backup that was opened by other means: what its chunks hold, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupStream {
    /// Records in it.
    pub records: u32,
    /// Documents in it.
    pub documents: u32,
    /// Records and documents that its list names.
    pub listed: usize,
}

impl BackupStream {
    /// Reads a whole stream, and counts.
    ///
    /// # Errors
    /// [`Error::Damaged`] for anything that no backup holds.
    pub fn parse(plain: &[u8]) -> Result<Self> {
        let mut stream = StreamReader::new(Plain { plain, position: 0 });
        stream.begin()?;
        let (mut records, mut documents) = (0, 0);
        loop {
            let place = stream.offset();
            match stream.next()? {
                Entry::Record(..) => records += 1,
                Entry::Document(..) => {
                    while !stream.content()?.is_empty() {}
                    documents += 1;
                }
                Entry::End(index) => {
                    stream.trailer(place)?;
                    return Ok(Self {
                        records,
                        documents,
                        listed: index.live.len(),
                    });
                }
            }
        }
    }
}

/// Bytes as chunks, which have no tags: their hash is that of nothing.
struct Plain<'a> {
    plain: &'a [u8],
    position: u32,
}

impl Chunks for Plain<'_> {
    fn next(&mut self, out: &mut Vec<u8>) -> Result<bool> {
        let position = usize::try_from(self.position).unwrap_or(usize::MAX);
        let Some(chunk) = self.plain.chunks(CHUNK_BYTES).nth(position) else {
            return Ok(false);
        };
        out.extend_from_slice(chunk);
        self.position += 1;
        Ok(true)
    }

    fn skip_to(&mut self, position: u32) {
        self.position = position;
    }

    fn tags(&self) -> [u8; 32] {
        [0; 32]
    }

    fn damaged(&self) -> Error {
        Error::Damaged {
            part: Part::BackupChunk {
                position: self.position,
            },
        }
    }
}
