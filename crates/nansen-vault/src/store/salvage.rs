//! Reading what is left of a broken file, row by row, as raw bytes.
//!
//! A table is walked in the order of its keys. Where a page cannot be read, the walk goes on behind it:
//! since a search goes down from the root, keys behind the broken page are found without it. Probing goes
//! from the last key that was read in doubling steps up to a sixteenth of what one page of the file covers
//! on average, then in such steps: pages are missed only where they cover much less than others and lie
//! between broken ones.

use rusqlite::{params, types::ValueRef};

use super::{OUT_OF_ORDER, Store, blame};
use crate::error::{Error, Result};

/// A row of the record table as it stands in the file, whatever it may be worth.
pub(crate) struct RawRecord {
    pub(crate) tag: Vec<u8>,
    pub(crate) rev: Vec<u8>,
    pub(crate) summary: Vec<u8>,
    /// `None` if it cannot be read.
    pub(crate) body: Option<Vec<u8>>,
}

impl Store {
    /// Keys of all records that can be reached, in ascending order.
    pub(crate) fn reachable_records(&self) -> Result<Vec<i64>> {
        self.reachable("SELECT key FROM record WHERE key >= ?1 ORDER BY key")
    }

    /// Places of all chunks that can be reached, in ascending order.
    pub(crate) fn reachable_chunks(&self) -> Result<Vec<i64>> {
        self.reachable("SELECT place FROM chunk WHERE place >= ?1 ORDER BY place")
    }

    /// A record by its key; `None` if not even its summary can be read.
    pub(crate) fn raw_record(&self, key: i64) -> Result<Option<RawRecord>> {
        let whole = "SELECT tag, rev, summary, body FROM record WHERE key = ?1";
        let found = match readable(self.raw(whole, key))? {
            Some(columns) => Some(columns),
            // The body of a long record goes on in pages of its own.
            None => readable(self.raw("SELECT tag, rev, summary FROM record WHERE key = ?1", key))?,
        };
        Ok(found.and_then(|columns| {
            let mut columns = columns.into_iter();
            Some(RawRecord {
                tag: columns.next()?,
                rev: columns.next()?,
                summary: columns.next()?,
                body: columns.next(),
            })
        }))
    }

    /// Owner and bytes of a chunk by its place; `None` if it cannot be read.
    pub(crate) fn raw_chunk(&self, place: i64) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
        let sql = "SELECT owner, sealed FROM chunk WHERE place = ?1";
        let found = readable(self.raw(sql, place))?;
        Ok(found.and_then(|columns| {
            let mut columns = columns.into_iter();
            Some((columns.next()?, columns.next()?))
        }))
    }

    pub(crate) fn put_raw_record(&self, key: i64, tag: &[u8], row: &RawRecord) -> Result<()> {
        let sql = "INSERT INTO record (key, tag, rev, summary, body) VALUES (?1, ?2, ?3, ?4, ?5)";
        let body = row.body.as_deref().unwrap_or_default();
        self.execute(sql, params![key, tag, row.rev, row.summary, body])
            .map(drop)
    }

    pub(crate) fn put_raw_chunk(&self, place: i64, owner: &[u8], sealed: &[u8]) -> Result<()> {
        let sql = "INSERT INTO chunk (place, owner, sealed) VALUES (?1, ?2, ?3)";
        self.execute(sql, params![place, owner, sealed]).map(drop)
    }

    /// The blobs of the row that has this key.
    fn raw(&self, sql: &str, key: i64) -> Result<Option<Vec<Vec<u8>>>> {
        let read = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let columns = statement.column_count();
            let mut rows = statement.query([key])?;
            let Some(row) = rows.next()? else {
                return Ok(None);
            };
            let blob = |column| Ok(bytes(row.get_ref(column)?).to_vec());
            let blobs = (0..columns).map(blob).collect::<rusqlite::Result<_>>()?;
            Ok(Some(blobs))
        };
        read().map_err(|error| blame(&error))
    }

    fn reachable(&self, sql: &str) -> Result<Vec<i64>> {
        let pages = self.file_bytes()? / u64::from(super::PAGE_BYTES) + 1;
        let stride = u64::MAX / pages / 16;
        let (mut found, mut from) = (Vec::new(), i64::MIN);
        loop {
            match self.keys_from(sql, from, &mut found) {
                Ok(()) => return Ok(found),
                Err(Error::Damaged { .. }) => {}
                Err(error) => return Err(error),
            }
            let last = found.last().map_or(from, |last| from.max(*last));
            match self.behind(sql, last, stride)? {
                Some(next) => from = next,
                None => return Ok(found),
            }
        }
    }

    /// Notes all keys at or after `from`, up to the first that cannot be read.
    fn keys_from(&self, sql: &str, from: i64, found: &mut Vec<i64>) -> Result<()> {
        let fail = |error| blame(&error);
        let mut statement = self.connection.prepare_cached(sql).map_err(fail)?;
        let mut rows = statement.query([from]).map_err(fail)?;
        while let Some(row) = rows.next().map_err(fail)? {
            let key = row.get(0).map_err(fail)?;
            if key < from || found.last().is_some_and(|last| *last >= key) {
                return Err(OUT_OF_ORDER);
            }
            found.push(key);
        }
        Ok(())
    }

    /// The least key behind `last`, as far as probing tells, from which a walk gets on.
    fn behind(&self, sql: &str, last: i64, stride: u64) -> Result<Option<i64>> {
        let serves = |key| match self.first_from(sql, key) {
            Ok(first) => Ok(first.is_none_or(|first| first >= key)),
            Err(Error::Damaged { .. }) => Ok(false),
            Err(error) => Err(error),
        };
        let (mut broken, mut step) = (last, 1);
        loop {
            let Some(probe) = broken.checked_add_unsigned(step) else {
                return Ok(None);
            };
            if serves(probe)? {
                return Self::least(broken, probe, serves).map(Some);
            }
            broken = probe;
            step = step.saturating_mul(2).min(stride);
        }
    }

    /// Where between a key that does not serve and one that does the break ends.
    fn least(broken: i64, serving: i64, serves: impl Fn(i64) -> Result<bool>) -> Result<i64> {
        let (mut broken, mut serving) = (broken, serving);
        while serving.abs_diff(broken) > 1 {
            let middle = broken.midpoint(serving);
            match serves(middle)? {
                true => serving = middle,
                false => broken = middle,
            }
        }
        Ok(serving)
    }

    fn first_from(&self, sql: &str, key: i64) -> Result<Option<i64>> {
        let fail = |error| blame(&error);
        let mut statement = self.connection.prepare_cached(sql).map_err(fail)?;
        let mut rows = statement.query([key]).map_err(fail)?;
        let first = rows.next().map_err(fail)?.map(|row| row.get(0));
        first.transpose().map_err(fail)
    }
}

/// Nothing where the file is damaged.
fn readable<T>(read: Result<Option<T>>) -> Result<Option<T>> {
    match read {
        Err(Error::Damaged { .. }) => Ok(None),
        other => other,
    }
}

/// The bytes of a column, whatever damage has made of its type.
fn bytes<'r>(column: ValueRef<'r>) -> &'r [u8] {
    match column {
        ValueRef::Blob(bytes) | ValueRef::Text(bytes) => bytes,
        _ => &[],
    }
}
