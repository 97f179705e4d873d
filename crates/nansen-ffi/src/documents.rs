//! Documents, streamed in and out in pieces of the app's choosing.

use std::io::{Seek, SeekFrom};

use nansen::vault::DocumentInfo;

use crate::unlocked::{Left, Shared};
use crate::{NansenError, RecordId, Timestamp, rng};

/// A scan, photo or PDF about to be kept.
#[derive(Clone, uniffi::Record)]
pub struct NewDocument {
    /// What its owner calls it. Shortened to 512 bytes.
    pub title: String,
    /// Its media type (RFC 6838), such as `application/pdf`.
    pub media_type: String,
    /// Words to find it by: at most 32, of at most 64 bytes each.
    #[uniffi(default = [])]
    pub tags: Vec<String>,
    /// When it expires.
    #[uniffi(default)]
    pub expires: Option<Timestamp>,
}

/// Takes a document in. Nothing of it is visible before [`DocumentWriter::finish`]; dropped
/// before, it leaves nothing behind.
#[derive(uniffi::Object)]
pub struct DocumentWriter {
    state: Shared,
    number: u64,
}

/// Hands a document out, from any place.
#[derive(uniffi::Object)]
pub struct DocumentReader {
    state: Shared,
    number: u64,
    info: DocumentInfo,
}

impl DocumentWriter {
    pub(crate) fn new(state: Shared, number: u64) -> Self {
        Self { state, number }
    }
}

impl DocumentReader {
    pub(crate) fn new(state: Shared, number: u64, info: DocumentInfo) -> Self {
        Self {
            state,
            number,
            info,
        }
    }
}

#[uniffi::export]
impl DocumentWriter {
    /// Adds bytes to the end. Pieces of 256 KiB to 1 MiB are quickest; memory stays at a few of
    /// them.
    ///
    /// # Errors
    /// [`NansenError::Storage`], after which the document is lost and the vault as before it;
    /// [`NansenError::Ended`] after a lock and after the end.
    pub fn append(&self, bytes: Vec<u8>) -> Result<(), NansenError> {
        self.state.with(|unlocked| {
            let draft = unlocked.drafts.get(self.number)?;
            Ok(draft.append(unlocked.wallet.vault_mut(), &bytes)?)
        })
    }

    /// Makes the document real, and gives its record.
    ///
    /// # Errors
    /// As [`DocumentWriter::append`].
    pub fn finish(&self) -> Result<RecordId, NansenError> {
        self.state.with(|unlocked| {
            let draft = unlocked.drafts.take(self.number);
            let draft = draft.ok_or(NansenError::Ended)?;
            let id = draft.finish(unlocked.wallet.vault_mut(), &mut rng())?;
            Ok(id.into())
        })
    }

    /// Gives the document up, and removes at once what was written. Does nothing after the end.
    pub fn discard(&self) {
        // A wallet that is locked has given it up.
        let _ = self.state.with(|unlocked| {
            if let Some(draft) = unlocked.drafts.take(self.number) {
                draft.discard(unlocked.wallet.vault_mut())?;
            }
            Ok(())
        });
    }
}

impl Drop for DocumentWriter {
    fn drop(&mut self) {
        self.state.leave(Left::Draft(self.number));
    }
}

#[uniffi::export]
impl DocumentReader {
    /// Length in bytes.
    pub fn length(&self) -> u64 {
        self.info.length
    }

    /// SHA-256 of the content.
    pub fn sha256(&self) -> Vec<u8> {
        self.info.sha256.to_vec()
    }

    /// Up to `count` bytes from `offset` on, at most 1 MiB; fewer only at the end or before
    /// damage, nothing at the end.
    ///
    /// # Errors
    /// [`NansenError::Damaged`] names the chunk that is missing or changed;
    /// [`NansenError::OutOfBounds`]; [`NansenError::Ended`] after a lock.
    pub fn read(&self, offset: u64, count: u32) -> Result<Vec<u8>, NansenError> {
        let count = count as usize;
        if count > READ_MAX {
            return Err(NansenError::too_many("bytes to read", count, READ_MAX));
        }
        self.state.with(|unlocked| {
            let cursor = unlocked.cursors.get(self.number)?;
            let vault = unlocked.wallet.vault();
            let rest = self.info.length.saturating_sub(offset);
            let mut bytes = vec![0; count.min(usize::try_from(rest).unwrap_or(usize::MAX))];
            // Cannot fail: every offset from the start is a place.
            let _ = cursor.seek(SeekFrom::Start(offset));
            let filled = cursor.read_some(vault, &mut bytes)?;
            bytes.truncate(filled);
            Ok(bytes)
        })
    }
}

impl Drop for DocumentReader {
    fn drop(&mut self) {
        self.state.leave(Left::Cursor(self.number));
    }
}

/// Most bytes of one read.
const READ_MAX: usize = 1 << 20;
