//! The SQLite file: the only place in the crate that speaks SQL, and it sees nothing but sealed bytes.
//!
//! WAL with `synchronous=FULL`: what was acknowledged survives a kill and a power cut.
//! `secure_delete`: what was deleted is overwritten. `locking_mode=EXCLUSIVE`: a second opener is told
//! [`Error::InUse`], and no shared-memory file appears. The schema must be the one that the migrations
//! make, so that a file from elsewhere can bring no views, triggers or indexes of its own.
//!
//! Invariant: nothing here opens the file by other means while a connection is open, since closing any
//! handle to a file drops this process's POSIX locks on it.

mod chunks;
mod records;
mod salvage;

pub(crate) use chunks::ChunkBlob;
pub(crate) use records::RecordRow;
use records::{ADD_ROW, row_params};
pub(crate) use salvage::RawRecord;

use std::{
    cell::{Cell, RefCell},
    path::{Path, PathBuf},
};

use rusqlite::{Connection, MAIN_DB, OpenFlags, Row, config::DbConfig, limits::Limit, params};

use crate::{
    error::{Error, Part, Result},
    limits::ROW_BYTES,
    padding::PaddingRow,
    place::{self, Draft},
};

/// "Nans": tells a vault from any other SQLite file.
const APPLICATION_ID: i32 = 0x4e61_6e73;
const PAGE_BYTES: u32 = 8192;
/// Cache of pages, in KiB: enough for a small vault, and a bound for one with large documents.
const CACHE_KIB: i32 = 4096;
/// Pages after which a commit moves the WAL into the file: 2 MiB, so that a nearly full disk is not
/// filled by the WAL alone.
const WAL_PAGES: u32 = 256;

/// A table whose rows do not stand in the order of their keys.
const OUT_OF_ORDER: Error = Error::Damaged {
    part: Part::Structure,
};

/// The tables that hold a copy of the key slots each.
const COPIES: [&str; 2] = ["header", "spare"];

/// Each version's statements. Never edited once released: a new version is a new file.
const MIGRATIONS: [(u32, &str); 2] = [
    (1, include_str!("../migrations/0001.sql")),
    (2, include_str!("../migrations/0002.sql")),
];

/// An open vault file.
pub(crate) struct Store {
    path: PathBuf,
    connection: Connection,
    /// The disk was full at the last write: make room before the next.
    crowded: Cell<bool>,
    /// Whether a commit waits for the disk.
    synced: Cell<bool>,
    /// The transaction between [`Store::begin`] and its end.
    work: RefCell<Work>,
    /// As if the disk were full to the last byte.
    #[cfg(test)]
    refusing: Cell<bool>,
}

/// What becomes of a transaction. SQLite undoes one by itself when the disk is full or fails, and would
/// then commit every later statement alone: so after the first failure nothing is written any more.
#[derive(Default)]
enum Work {
    #[default]
    None,
    Going,
    Failed(Error),
}

impl Store {
    /// Makes a new file with a header, manifests and padding rows, whole or not at all: it is built beside its place
    /// under a `random` name and moved there.
    pub(crate) fn create(
        path: &Path,
        slots: &[u8],
        manifests: &[Vec<u8>],
        rows: &[PaddingRow],
        random: [u8; 8],
    ) -> Result<Self> {
        let path = place::absolute(path)?;
        Self::create_filled(&path, slots, manifests, rows, random, |_| Ok(()))?;
        // Whoever has it open already does more with it than we.
        Self::open(&path).inspect_err(|error| match error {
            Error::InUse => {}
            _ => place::take_back(&path),
        })
    }

    /// Makes a new file as [`Store::create`] does, which is there once `fill` has done its part.
    pub(crate) fn create_filled(
        path: &Path,
        slots: &[u8],
        manifests: &[Vec<u8>],
        rows: &[PaddingRow],
        random: [u8; 8],
        fill: impl FnOnce(&Self) -> Result<()>,
    ) -> Result<()> {
        let draft = Draft::beside(path, random)?;
        Self::build(draft.path(), slots, manifests, rows)?;
        let store = Self::open(draft.path())?;
        fill(&store)?;
        store.truncate_wal()?;
        store
            .connection
            .close()
            .map_err(|(_, error)| blame(&error))?;
        draft.publish(path)
    }

    /// Closes a file that was just created and removes it, since its creator could not go on.
    pub(crate) fn take_back(self) {
        let path = self.path.clone();
        drop(self);
        place::take_back(&path);
    }

    fn build(draft: &Path, slots: &[u8], manifests: &[Vec<u8>], rows: &[PaddingRow]) -> Result<()> {
        let connection = connect(draft)?;
        let build = || {
            connection.pragma_update(None, "page_size", PAGE_BYTES)?;
            connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
            configure(&connection)?;
            migrate(&connection, 0)?;
            connection.pragma_update(None, "application_id", APPLICATION_ID)?;
            let fill = connection.unchecked_transaction()?;
            for copy in COPIES {
                let sql = format!("INSERT INTO {copy} (one, slots) VALUES (1, ?1)");
                fill.execute(&sql, params![slots])?;
            }
            for (place, sealed) in (0i64..).zip(manifests) {
                fill.execute(
                    "INSERT INTO manifest (place, sealed) VALUES (?1, ?2)",
                    params![place, sealed],
                )?;
            }
            for row in rows {
                fill.prepare_cached(ADD_ROW)?.execute(row_params(
                    row.id,
                    &row.rev,
                    &row.summary,
                    &row.body,
                ))?;
            }
            fill.commit()
        };
        build().map_err(|error| blame(&error))?;
        connection.close().map_err(|(_, error)| blame(&error))
    }

    /// Opens a file and takes it for this process and this handle alone.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let path = place::absolute(path)?;
        place::inspect(&path)?;
        let connection = connect(&path)?;
        if connection
            .is_readonly(MAIN_DB)
            .map_err(|error| blame(&error))?
        {
            return Err(Error::ReadOnly);
        }
        // Until the file has shown itself to be a vault that this release reads, it is only read.
        let number = |pragma| -> Result<i32> {
            connection
                .pragma_query_value(None, pragma, |row| row.get(0))
                .map_err(|error| blame(&error))
        };
        if number("application_id")? != APPLICATION_ID {
            return Err(Error::NotAVault);
        }
        let found = u32::try_from(number("user_version")?).unwrap_or(u32::MAX);
        let supported = MIGRATIONS
            .iter()
            .map(|(version, _)| *version)
            .max()
            .unwrap_or(0);
        if found > supported {
            return Err(Error::NewerVersion { found, supported });
        }
        configure(&connection).map_err(|error| blame(&error))?;
        migrate(&connection, found).map_err(|error| blame(&error))?;
        if schema(&connection).map_err(|error| blame(&error))? != expected_schema()? {
            return Err(Error::Damaged {
                part: Part::Structure,
            });
        }
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Self {
            path,
            connection,
            crowded: Cell::new(false),
            synced: Cell::new(true),
            work: RefCell::default(),
            #[cfg(test)]
            refusing: Cell::new(false),
        })
    }

    /// The file, by its full path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes of both slot tables; `None` for one that cannot be read.
    pub(crate) fn slots(&self) -> Result<[Option<Vec<u8>>; 2]> {
        let read = |copy| {
            let sql = format!("SELECT slots FROM {copy} WHERE one = 1");
            let read = self.connection.query_row(&sql, [], |row| row.get(0));
            match read.map_err(|error| Error::from_sqlite(&error, Part::Slots)) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(Error::Damaged { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        let [first, second] = COPIES;
        Ok([read(first)?, read(second)?])
    }

    /// Writes both slot tables, within a transaction.
    pub(crate) fn put_slots(&self, slots: &[u8]) -> Result<()> {
        COPIES.into_iter().try_for_each(|copy| {
            let sql = format!(
                "INSERT INTO {copy} (one, slots) VALUES (1, ?1)
                 ON CONFLICT (one) DO UPDATE SET slots = ?1"
            );
            self.execute(&sql, params![slots]).map(|_| ())
        })
    }

    pub(crate) fn manifest(&self, place: u8) -> Result<Vec<u8>> {
        self.connection
            .query_row(
                "SELECT sealed FROM manifest WHERE place = ?1",
                [place],
                |row| row.get(0),
            )
            .map_err(|error| Error::from_sqlite(&error, Part::Manifest))
    }

    pub(crate) fn put_manifest(&self, place: u8, sealed: &[u8]) -> Result<()> {
        let sql = "INSERT INTO manifest (place, sealed) VALUES (?1, ?2)
                   ON CONFLICT (place) DO UPDATE SET sealed = ?2";
        self.execute(sql, params![place, sealed]).map(|_| ())
    }

    pub(crate) fn attempts(&self) -> Result<Vec<u8>> {
        let sql = "SELECT state FROM attempt WHERE one = 1";
        self.connection
            .query_row(sql, [], |row| row.get(0))
            .map_err(|error| blame(&error))
    }

    pub(crate) fn put_attempts(&self, state: &[u8]) -> Result<()> {
        let sql = "INSERT INTO attempt (one, state) VALUES (1, ?1)
                   ON CONFLICT (one) DO UPDATE SET state = ?1";
        self.execute(sql, params![state]).map(|_| ())
    }

    /// Starts a transaction that only [`Store::commit`] makes real. One that was forgotten is undone.
    pub(crate) fn begin(&self) -> Result<()> {
        self.begin_with(true)
    }

    /// Starts a transaction whose commit does not wait for the disk, and that a power cut may undo
    /// together with later ones of its kind. The next commit of the other kind, or a checkpoint, makes
    /// it durable.
    pub(crate) fn begin_unsynced(&self) -> Result<()> {
        self.begin_with(false)
    }

    fn begin_with(&self, synced: bool) -> Result<()> {
        self.rollback();
        // A file that was removed or moved away still takes writes, which nobody would find again.
        place::inspect(&self.path)?;
        if self.synced.get() != synced {
            // With NORMAL, SQLite syncs the log before a checkpoint only, which keeps the order of
            // commits. What is written outside of a transaction is followed by a checkpoint.
            let level = if synced { "FULL" } else { "NORMAL" };
            self.connection
                .pragma_update(None, "synchronous", level)
                .map_err(|error| blame(&error))?;
            self.synced.set(synced);
        }
        if self.crowded.take() {
            // What the WAL holds may be all that is in the way. If not, the write will say so again.
            let _ = self.truncate_wal();
        }
        self.execute("BEGIN IMMEDIATE", [])?;
        self.work.replace(Work::Going);
        Ok(())
    }

    /// Makes the transaction real and durable, or undoes it.
    ///
    /// # Errors
    /// The first that any write of the transaction met, whatever its caller did about it.
    pub(crate) fn commit(&self) -> Result<()> {
        let committed = self.execute("COMMIT", []);
        match &committed {
            Ok(_) => _ = self.work.replace(Work::None),
            Err(_) => {
                self.rollback();
                self.revoke();
            }
        }
        committed.map(|_| ())
    }

    /// Overwrites what a commit that failed has left in the log. Where only its sync failed it stands
    /// there whole, and whoever opens the file next would take it for real, though its caller was told
    /// that it was undone. A commit that changes nothing takes its place and waits for no disk.
    fn revoke(&self) {
        self.synced.set(false);
        let revoke = || {
            self.connection
                .pragma_update(None, "synchronous", "NORMAL")?;
            let version: i32 = self
                .connection
                .pragma_query_value(None, "user_version", |row| row.get(0))?;
            self.connection.pragma_update(None, "user_version", version)
        };
        // What cannot be written now could not be written before either: there is no whole commit.
        let _: rusqlite::Result<()> = revoke();
    }

    /// Undoes the transaction, if one is open.
    pub(crate) fn rollback(&self) {
        self.work.replace(Work::None);
        if !self.connection.is_autocommit() {
            // A rollback that fails leaves a transaction that was never committed: the same outcome.
            let _ = self.execute("ROLLBACK", []);
        }
    }

    /// Refuses to go on with a transaction in which a write has failed, or which SQLite has undone.
    pub(crate) fn sound(&self) -> Result<()> {
        match &*self.work.borrow() {
            Work::Failed(error) => Err(error.clone()),
            // Undone by a read that failed: which one, its caller was told.
            Work::Going if self.connection.is_autocommit() => Err(Error::Io {
                code: rusqlite::ffi::SQLITE_ABORT_ROLLBACK,
            }),
            Work::Going | Work::None => Ok(()),
        }
    }

    /// Moves everything from the WAL into the file and cuts the WAL to nothing, so that no older
    /// version of anything remains beside it.
    pub(crate) fn truncate_wal(&self) -> Result<()> {
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(|error| blame(&error))
    }

    /// Bytes of the file, without its WAL.
    pub(crate) fn file_bytes(&self) -> Result<u64> {
        let number = |name| {
            self.connection
                .pragma_query_value(None, name, |row| row.get::<_, u32>(0))
        };
        let bytes = number("page_count")
            .and_then(|pages| Ok(u64::from(pages) * u64::from(number("page_size")?)));
        bytes.map_err(|error| blame(&error))
    }

    /// Writes the whole file anew. `secure_delete` wipes a row where it stands; copies of it that
    /// stay in the unused part of a page, where SQLite moved rows between pages, go only so.
    pub(crate) fn rewrite(&self) -> Result<()> {
        // The new file is built beside the old one: in memory it would have no bound.
        let keep_temporary = |place| self.connection.pragma_update(None, "temp_store", place);
        let rewritten =
            keep_temporary("FILE").and_then(|()| self.connection.execute_batch("VACUUM"));
        keep_temporary("MEMORY").map_err(|error| blame(&error))?;
        rewritten.map_err(|error| blame(&error))?;
        self.truncate_wal()
    }

    /// Gives free pages back to the disk, some at a time so that the WAL stays small.
    pub(crate) fn shrink(&self) -> Result<()> {
        let free = || {
            self.connection
                .pragma_query_value(None, "freelist_count", |row| row.get::<_, u32>(0))
                .map_err(|error| blame(&error))
        };
        let step = || {
            let sql = format!("PRAGMA incremental_vacuum({WAL_PAGES})");
            let mut statement = self.connection.prepare(&sql)?;
            let mut pages = statement.query([])?;
            // Each row frees one page.
            while pages.next()?.is_some() {}
            Ok(())
        };
        let mut before = free()?;
        while before > 0 {
            step().map_err(|error| blame(&error))?;
            self.truncate_wal()?;
            let after = free()?;
            if after >= before {
                break;
            }
            before = after;
        }
        Ok(())
    }

    /// How many problems SQLite finds in its own structure, up to 100.
    pub(crate) fn structure_problems(&self) -> Result<usize> {
        let check = || {
            let mut statement = self.connection.prepare("PRAGMA quick_check")?;
            let problems = statement.query_map([], |row| row.get::<_, String>(0))?;
            Ok(problems
                .filter(|line| !matches!(line, Ok(line) if line == "ok"))
                .count())
        };
        match check().map_err(|error| blame(&error)) {
            Err(Error::Damaged { .. }) => Ok(1),
            counted => counted,
        }
    }

    fn execute(&self, sql: &str, params: impl rusqlite::Params) -> Result<usize> {
        self.sound()?;
        #[cfg(test)]
        if self.refusing.get() && sql != "ROLLBACK" {
            return Err(Error::DiskFull);
        }
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params))
            .map_err(|error| blame(&error))
            .inspect_err(|error| {
                self.crowded.set(*error == Error::DiskFull);
                let mut work = self.work.borrow_mut();
                if matches!(*work, Work::Going) {
                    *work = Work::Failed(error.clone());
                }
            })
    }

    /// Refuses every write, as a disk without a free byte would.
    #[cfg(test)]
    pub(crate) fn refuse_writes(&self, refusing: bool) {
        self.refusing.set(refusing);
    }

    /// Lets the file grow no more, as a full disk would.
    #[cfg(test)]
    pub(crate) fn fill_disk(&self, full: bool) {
        let most = if full { 1 } else { u32::MAX - 1 };
        self.connection
            .pragma_update_and_check(None, "max_page_count", most, |_| Ok(()))
            .unwrap();
    }

    /// Whether SQLite, by its own account, syncs each commit.
    #[cfg(test)]
    pub(crate) fn waits_for_disk(&self) -> bool {
        let level: u8 = self
            .connection
            .pragma_query_value(None, "synchronous", |row| row.get(0))
            .unwrap();
        level == 2
    }
}

fn connect(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connect = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(std::time::Duration::ZERO)?;
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, ROW_BYTES)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        // Before the first read, so that the WAL never needs shared memory.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "cell_size_check", true)?;
        Ok(connection)
    };
    connect().map_err(|error| blame(&error))
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Apple's fsync does not reach the disk; this does. Elsewhere it changes nothing.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", WAL_PAGES, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)
}

/// Brings a file from version `found` to the newest, one transaction per version.
fn migrate(connection: &Connection, found: u32) -> rusqlite::Result<()> {
    for (version, statements) in MIGRATIONS.iter().filter(|(version, _)| *version > found) {
        let step = connection.unchecked_transaction()?;
        step.execute_batch(statements)?;
        step.pragma_update(None, "user_version", version)?;
        step.commit()?;
    }
    Ok(())
}

fn schema(connection: &Connection) -> rusqlite::Result<Vec<(String, String, String)>> {
    connection
        .prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect()
}

fn expected_schema() -> Result<Vec<(String, String, String)>> {
    let make = || {
        let connection = Connection::open_in_memory()?;
        migrate(&connection, 0)?;
        schema(&connection)
    };
    make().map_err(|error| blame(&error))
}

/// A blob column. One of another type was never written by us and reads as empty, which opens nowhere.
fn blob<'r>(row: &'r Row<'_>, column: usize) -> &'r [u8] {
    row.get_ref(column)
        .ok()
        .and_then(|value| value.as_blob().ok())
        .unwrap_or_default()
}

fn blame(error: &rusqlite::Error) -> Error {
    Error::from_sqlite(error, Part::Structure)
}
