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
//! document of no bytes has one chunk. Chunks are committed as they come, the last with the record: until
//! then the document does not exist, and what was written of it goes when it is discarded or at the
//! next unlock. Invariant: chunks are written once and never changed.

mod cursor;
mod draft;

pub use cursor::{DocumentCursor, DocumentReader};
pub use draft::{DocumentDraft, DocumentWriter};

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::{
    error::{Error, Part, Result},
    keys::{AAD, Keys, Sealed},
    limits::{CHUNK_BYTES, DOCUMENT_BYTES},
    record::RecordId,
    seal::{NONCE, SealKey},
    store::Store,
    vault::Vault,
};

/// Chunks removed per commit, so that the WAL stays small.
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
    const BYTES: usize = 8 + 32 + 32;

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(Self::BYTES));
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

/// The time from one unlock of a vault to its lock. Drafts and cursors hold a mark of the one that they
/// were made in.
#[derive(Clone)]
pub(crate) struct Life(Arc<()>);

impl Life {
    pub(crate) fn begin() -> Self {
        Self(Arc::new(()))
    }

    /// Refuses what was made in another life, or by another vault. No two lives are mistaken for each
    /// other: the mark's place in memory is not used again while anything holds the mark.
    pub(crate) fn admit(&self, made_in: &Self) -> Result<()> {
        if Arc::ptr_eq(&self.0, &made_in.0) {
            return Ok(());
        }
        Err(Error::DocumentNotOpen)
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

/// Removes the chunks of a place that are not this vault's: after all others of the file were wiped.
pub(crate) fn remove_foreign(vault: &mut Vault) {
    let mut from = i64::MIN;
    // What is not removed now is so with the next wipe; nobody opens it.
    while let Ok(Some((place, owner))) = vault.store.chunk_from(from) {
        if let Some(owner) = owner.filter(|owner| !vault.keys.owns(*owner)) {
            let _ = remove_range(&vault.store, owner);
        }
        let Some(after) = place.checked_add(1) else {
            return;
        };
        from = after;
    }
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
