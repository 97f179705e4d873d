//! The chunk table: the pieces of documents, each under its place.

use rusqlite::{MAIN_DB, blob::Blob, params};

use super::{OUT_OF_ORDER, Store, blame, blob};
use crate::{error::Result, record::RecordId};

/// A chunk's bytes in the file.
pub(crate) struct ChunkBlob<'s>(Blob<'s>);

impl ChunkBlob<'_> {
    /// Moves on to another chunk. After an error the handle is of no more use.
    pub(crate) fn reopen(&mut self, place: i64) -> Result<()> {
        self.0.reopen(place).map_err(|error| blame(&error))
    }

    pub(crate) fn len(&self) -> usize {
        usize::try_from(self.0.size()).unwrap_or(0)
    }

    /// Fills `out` from the start of the chunk.
    pub(crate) fn read(&self, out: &mut [u8]) -> Result<()> {
        self.0.read_at_exact(out, 0).map_err(|error| blame(&error))
    }
}

impl Store {
    pub(crate) fn put_chunk(&self, place: i64, owner: RecordId, sealed: &[u8]) -> Result<()> {
        let sql = "INSERT INTO chunk (place, owner, sealed) VALUES (?1, ?2, ?3)";
        self.execute(sql, params![place, owner.as_bytes(), sealed])
            .map(|_| ())
    }

    /// The first chunk at or after a place, and whose it is. A chunk table out of order is damage.
    pub(crate) fn chunk_from(&self, place: i64) -> Result<Option<(i64, Option<RecordId>)>> {
        let fail = |error| blame(&error);
        let sql = "SELECT place, owner FROM chunk WHERE place >= ?1 ORDER BY place LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql).map_err(fail)?;
        let mut rows = statement.query([place]).map_err(fail)?;
        let Some(row) = rows.next().map_err(fail)? else {
            return Ok(None);
        };
        let found = row.get(0).map_err(fail)?;
        if found < place {
            return Err(OUT_OF_ORDER);
        }
        let owner = blob(row, 1).try_into().ok().map(RecordId::new);
        Ok(Some((found, owner)))
    }

    /// Deletes up to `most` of an owner's chunks from `first` to `last`; returns how many went.
    pub(crate) fn delete_chunks(
        &self,
        owner: RecordId,
        first: i64,
        last: i64,
        most: u32,
    ) -> Result<usize> {
        let sql = "DELETE FROM chunk WHERE place IN
                   (SELECT place FROM chunk WHERE place BETWEEN ?1 AND ?2 AND owner = ?3 LIMIT ?4)";
        self.execute(sql, params![first, last, owner.as_bytes(), most])
    }

    /// Opens a chunk to be read without a copy in between.
    pub(crate) fn chunk(&self, place: i64) -> Result<ChunkBlob<'_>> {
        self.connection
            .blob_open(MAIN_DB, "chunk", "sealed", place, true)
            .map(ChunkBlob)
            .map_err(|error| blame(&error))
    }
}
