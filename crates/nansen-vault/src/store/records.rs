//! The record table: one row per record, walked in the order of its keys.

use std::cmp::Ordering;

use rusqlite::{Row, params};

use super::{OUT_OF_ORDER, Store, blame, blob};
use crate::{
    error::{Error, Part, Result},
    record::RecordId,
    seal::NONCE,
};

/// Adds a row unless its key is taken.
pub(super) const ADD_ROW: &str =
    "INSERT INTO record (key, tag, rev, summary, body) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT (key) DO NOTHING";

/// A row in the order of [`ADD_ROW`].
pub(super) fn row_params<'p>(
    id: RecordId,
    rev: &'p [u8; NONCE],
    summary: &'p [u8],
    body: &'p [u8],
) -> impl rusqlite::Params + use<'p> {
    (id.key(), id.tag(), rev, summary, body)
}
/// A row of the record table, lent out while SQLite stands on it.
pub(crate) struct RecordRow<'r> {
    pub(crate) rev: &'r [u8; NONCE],
    pub(crate) summary: &'r [u8],
    pub(crate) body: &'r [u8],
}

/// A row of the record table, seen on a walk over all of them.
pub(crate) struct Seen<'r> {
    pub(crate) id: RecordId,
    pub(crate) rev: &'r [u8],
    /// Sealed lengths in bytes.
    pub(crate) summary: usize,
    pub(crate) body: usize,
}

impl Store {
    /// Adds a record; `false` if its key is taken.
    pub(crate) fn insert_record(
        &self,
        id: RecordId,
        rev: &[u8; NONCE],
        summary: &[u8],
        body: &[u8],
    ) -> Result<bool> {
        self.execute(ADD_ROW, row_params(id, rev, summary, body))
            .map(|rows| rows == 1)
    }

    /// Puts another row in the place of the one with the same key, whosever that was; `false` if there is
    /// none.
    pub(crate) fn overwrite_record(
        &self,
        id: RecordId,
        rev: &[u8; NONCE],
        summary: &[u8],
        body: &[u8],
    ) -> Result<bool> {
        let sql = "UPDATE record SET tag = ?2, rev = ?3, summary = ?4, body = ?5 WHERE key = ?1";
        self.execute(sql, row_params(id, rev, summary, body))
            .map(|rows| rows == 1)
    }

    /// Deletes the row with a key, whosever it is.
    pub(crate) fn delete_row(&self, key: i64) -> Result<()> {
        self.execute("DELETE FROM record WHERE key = ?1", [key])
            .map(|_| ())
    }

    /// Replaces a record's version; `false` if there is none.
    pub(crate) fn update_record(
        &self,
        id: RecordId,
        rev: &[u8; NONCE],
        summary: &[u8],
        body: &[u8],
    ) -> Result<bool> {
        let sql = "UPDATE record SET rev = ?3, summary = ?4, body = ?5 WHERE key = ?1 AND tag = ?2";
        self.execute(sql, params![id.key(), id.tag(), rev, summary, body])
            .map(|rows| rows == 1)
    }

    /// Deletes a record; `false` if there is none.
    pub(crate) fn delete_record(&self, id: RecordId) -> Result<bool> {
        let sql = "DELETE FROM record WHERE key = ?1 AND tag = ?2";
        self.execute(sql, params![id.key(), id.tag()])
            .map(|rows| rows == 1)
    }

    /// Shows one record to `look`; `None` if there is none.
    pub(crate) fn record<T>(
        &self,
        id: RecordId,
        look: impl FnOnce(RecordRow<'_>) -> T,
    ) -> Result<Option<T>> {
        let damaged = Part::Body(id);
        let fail = |error| Error::from_sqlite(&error, damaged);
        let sql = "SELECT rev, summary, body FROM record WHERE key = ?1 AND tag = ?2";
        let mut statement = self.connection.prepare_cached(sql).map_err(fail)?;
        let mut rows = statement.query(params![id.key(), id.tag()]).map_err(fail)?;
        let Some(row) = rows.next().map_err(fail)? else {
            return Ok(None);
        };
        let rev = blob(row, 0)
            .try_into()
            .map_err(|_| Error::Damaged { part: damaged })?;
        Ok(Some(look(RecordRow {
            rev,
            summary: blob(row, 1),
            body: blob(row, 2),
        })))
    }

    /// A record's rev and sealed summary: the body is not even read from the disk if it is long.
    pub(crate) fn summary<T>(
        &self,
        id: RecordId,
        look: impl FnOnce(&[u8], &[u8]) -> T,
    ) -> Result<Option<T>> {
        let sql = "SELECT rev, summary FROM record WHERE key = ?1 AND tag = ?2";
        self.part(sql, id, Part::Summary(id), look)
    }

    /// A record's rev and sealed body.
    pub(crate) fn body<T>(
        &self,
        id: RecordId,
        look: impl FnOnce(&[u8], &[u8]) -> T,
    ) -> Result<Option<T>> {
        let sql = "SELECT rev, body FROM record WHERE key = ?1 AND tag = ?2";
        self.part(sql, id, Part::Body(id), look)
    }

    fn part<T>(
        &self,
        sql: &str,
        id: RecordId,
        part: Part,
        look: impl FnOnce(&[u8], &[u8]) -> T,
    ) -> Result<Option<T>> {
        let fail = |error| Error::from_sqlite(&error, part);
        let mut statement = self.connection.prepare_cached(sql).map_err(fail)?;
        let mut rows = statement.query(params![id.key(), id.tag()]).map_err(fail)?;
        Ok(rows
            .next()
            .map_err(fail)?
            .map(|row| look(blob(row, 0), blob(row, 1))))
    }

    /// Shows each row to `look`, without its contents. On a broken page, goes on from the other end.
    pub(crate) fn versions(&self, mut look: impl FnMut(Seen<'_>)) -> Result<()> {
        let sql = [
            "SELECT key, tag, rev, length(summary), length(body) FROM record",
            "SELECT key, tag, rev, length(summary), length(body) FROM record ORDER BY key DESC",
        ];
        let length = |row: &Row<'_>, column| {
            let length: Option<u32> = row.get(column).ok();
            length.and_then(|length| usize::try_from(length).ok())
        };
        self.scan(sql, |id, row| {
            look(Seen {
                id,
                rev: blob(row, 2),
                summary: length(row, 3).unwrap_or_default(),
                body: length(row, 4).unwrap_or_default(),
            });
        })
    }

    /// Shows each row's id, rev and sealed summary to `look`. On a broken page, goes on from the other
    /// end.
    pub(crate) fn summaries(&self, mut look: impl FnMut(RecordId, &[u8], &[u8])) -> Result<()> {
        let sql = [
            "SELECT key, tag, rev, summary FROM record",
            "SELECT key, tag, rev, summary FROM record ORDER BY key DESC",
        ];
        self.scan(sql, |id, row| look(id, blob(row, 2), blob(row, 3)))
    }

    /// Walks the record table upward and, if that fails on the way, downward to the same place. The
    /// error is handed back after everything that can be read was shown.
    fn scan(
        &self,
        [upward, downward]: [&str; 2],
        mut look: impl FnMut(RecordId, &Row<'_>),
    ) -> Result<()> {
        let mut last = None;
        let Err(broken) = self.walk(upward, Ordering::Less, |id, row| {
            last = Some(id.key());
            look(id, row);
            true
        }) else {
            return Ok(());
        };
        // The way down meets the same break; the first error says it already.
        let _ = self.walk(downward, Ordering::Greater, |id, row| {
            let unseen = last.is_none_or(|last| id.key() > last);
            if unseen {
                look(id, row);
            }
            unseen
        });
        Err(broken)
    }

    /// Walks until `look` says no. Keys that do not follow each other in strict `order` are damage: a
    /// row is never shown twice, and pages that share children cannot make a small file endless.
    fn walk(
        &self,
        sql: &str,
        order: Ordering,
        mut look: impl FnMut(RecordId, &Row<'_>) -> bool,
    ) -> Result<()> {
        let mut last: Option<i64> = None;
        let mut statement = self
            .connection
            .prepare_cached(sql)
            .map_err(|error| blame(&error))?;
        let mut rows = statement.query([]).map_err(|error| blame(&error))?;
        while let Some(row) = rows.next().map_err(|error| blame(&error))? {
            let key = row.get(0).map_err(|error| blame(&error))?;
            if last.is_some_and(|last| last.cmp(&key) != order) {
                return Err(OUT_OF_ORDER);
            }
            last = Some(key);
            // A tag of another length is no vault's row.
            let Some(id) = RecordId::from_row(key, blob(row, 1)) else {
                continue;
            };
            if !look(id, row) {
                break;
            }
        }
        Ok(())
    }
}
