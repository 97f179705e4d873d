//! Work on records: reading them, and changing them within one commit.
//!
//! Each write seals summary and body under different keys with one fresh nonce, `rev`, and moves the
//! row set that the manifest will state. A record that comes takes the place of a padding row, and one
//! that goes leaves one (`padding.rs`). Invariant: rows, row set and padding change together.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    documents::Descriptor,
    error::{Error, Field, Part, Result, bounded},
    keys::{Keys, Sealed},
    limits,
    manifest::RowSet,
    padding::{self, Class, Noise, Padding},
    record::{Record, RecordId, Summary},
    seal::NONCE,
    search::{Index, Query},
    share::Share,
    store::{RecordRow, Store},
    vault::Vault,
};

/// Form of a body that holds the caller's bytes.
pub(crate) const BYTES: u8 = 0;
/// Form of a body that describes a document.
pub(crate) const DOCUMENT: u8 = 1;

/// Several changes that become one commit; see [`Vault::transaction`].
///
/// A write that fails ends it: everything after returns the same error, and so does the commit.
pub struct Transaction<'v, R> {
    store: &'v Store,
    keys: &'v Keys,
    share: Option<&'v Share>,
    rng: &'v mut R,
    outcome: Outcome,
    /// Made with the first padding row that is written.
    noise: Option<Noise>,
    summary: Vec<u8>,
    body: Vec<u8>,
}

/// What a transaction did, for the manifest and for what follows a commit.
pub(crate) struct Outcome {
    pub(crate) rows: RowSet,
    pub(crate) padding: Option<Padding>,
    pub(crate) changed: bool,
    pub(crate) deleted: bool,
    pub(crate) documents: Vec<RecordId>,
    /// Records added, replaced or deleted, for the index.
    pub(crate) touched: Vec<RecordId>,
}

/// What a list or a search found.
#[derive(Debug, Default)]
pub struct Listing {
    /// Ids and summaries, in no order that means anything.
    pub records: Vec<(RecordId, Summary)>,
    /// What could not be read. Never empty when something was left out for damage to its row.
    pub damaged: Vec<Part>,
}

impl<'v, R: CryptoRng> Transaction<'v, R> {
    pub(crate) fn new(
        store: &'v Store,
        keys: &'v Keys,
        share: Option<&'v Share>,
        rows: RowSet,
        padding: Option<Padding>,
        rng: &'v mut R,
    ) -> Self {
        let outcome = Outcome {
            rows,
            padding,
            changed: false,
            deleted: false,
            documents: Vec::new(),
            touched: Vec::new(),
        };
        Self {
            store,
            keys,
            share,
            rng,
            outcome,
            noise: None,
            summary: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn outcome(self) -> Outcome {
        self.outcome
    }

    /// Adds a record.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`] names the field that is too long; or what writing can fail with.
    pub fn insert(&mut self, summary: &Summary, body: &[u8]) -> Result<RecordId> {
        self.store.sound()?;
        bounded(Field::Body, body.len(), 0, limits::BODY_BYTES)?;
        let content = summary.encode()?;
        let class = Class::of_content(content.len(), body.len());
        if let Some(key) = self.take_padding(class)? {
            let id = self.keys.id(key.to_be_bytes());
            if self.put_in_place(id, summary, BYTES, body)? {
                return Ok(id);
            }
        }
        loop {
            let id = self.draw_id();
            if self.put_new(id, summary, BYTES, body)? {
                return Ok(id);
            }
        }
    }

    /// Replaces a record's summary and body.
    ///
    /// # Errors
    /// [`Error::NoSuchRecord`]; [`Error::IsADocument`], of which only the summary can be replaced;
    /// [`Error::OutOfBounds`]; or what writing can fail with.
    pub fn update(&mut self, id: RecordId, summary: &Summary, body: &[u8]) -> Result<()> {
        bounded(Field::Body, body.len(), 0, limits::BODY_BYTES)?;
        match self.read(id)? {
            (_, DOCUMENT, _) => Err(Error::IsADocument(id)),
            (old, ..) => self.replace(id, &old, summary, BYTES, body),
        }
    }

    /// Replaces a record's summary and keeps its body; of a document too.
    ///
    /// # Errors
    /// [`Error::NoSuchRecord`], [`Error::OutOfBounds`], or what reading and writing can fail with.
    pub fn update_summary(&mut self, id: RecordId, summary: &Summary) -> Result<()> {
        let (old, form, body) = self.read(id)?;
        self.replace(id, &old, summary, form, &body)
    }

    /// Deletes a record, and the chunks if it is a document. Its bytes are overwritten in the file, and
    /// the WAL is cut after the commit.
    ///
    /// # Errors
    /// [`Error::NoSuchRecord`], or what writing can fail with.
    pub fn delete(&mut self, id: RecordId) -> Result<()> {
        self.store.sound()?;
        let keys = self.keys;
        let found = self.store.record(id, |row| {
            // A body that does not open may still have chunks; its id finds them, if there are any.
            let document =
                open_body(keys, id, row.rev, row.body).is_none_or(|(form, _)| form == DOCUMENT);
            (Old::of(&row), document)
        })?;
        let (old, document) = found
            .filter(|_| keys.owns(id))
            .ok_or(Error::NoSuchRecord(id))?;
        self.store.delete_record(id)?;
        self.keep_lengths(old.class, None)?;
        self.outcome.rows.remove(&keys.versions, id, &old.rev);
        self.outcome.documents.extend(document.then_some(id));
        self.outcome.touched.push(id);
        (self.outcome.changed, self.outcome.deleted) = (true, true);
        Ok(())
    }

    /// Reads a record as this transaction has it.
    ///
    /// # Errors
    /// As [`Vault::get`].
    pub fn get(&self, id: RecordId) -> Result<Record> {
        self.store.sound()?;
        get(self.store, self.keys, id)
    }

    fn draw_id(&mut self) -> RecordId {
        draw_id(self.keys, self.share, self.rng)
    }

    /// Adds a chunk that is sealed already.
    pub(crate) fn put_chunk(&self, place: i64, owner: RecordId, sealed: &[u8]) -> Result<()> {
        self.store.put_chunk(place, owner, sealed)
    }

    /// Seals and adds a row; `false` if the id's place is taken.
    pub(crate) fn put_new(
        &mut self,
        id: RecordId,
        summary: &Summary,
        form: u8,
        body: &[u8],
    ) -> Result<bool> {
        let rev = self.seal(id, summary, form, body)?;
        let added = self
            .store
            .insert_record(id, &rev, &self.summary, &self.body)?;
        if added {
            self.keep_lengths(None, Class::of(self.summary.len(), self.body.len()))?;
            self.outcome.rows.add(&self.keys.versions, id, &rev);
            self.outcome.changed = true;
            self.outcome.touched.push(id);
        }
        Ok(added)
    }

    /// Seals a row and puts it over the padding row with its key; `false` if that is not there.
    pub(crate) fn put_in_place(
        &mut self,
        id: RecordId,
        summary: &Summary,
        form: u8,
        body: &[u8],
    ) -> Result<bool> {
        let rev = self.seal(id, summary, form, body)?;
        let put = self
            .store
            .overwrite_record(id, &rev, &self.summary, &self.body)?;
        if put {
            self.outcome.rows.add(&self.keys.versions, id, &rev);
            self.outcome.changed = true;
            self.outcome.touched.push(id);
        }
        Ok(put)
    }

    /// Takes a padding row of a class out of those that are there; if there is none, lets the file grow
    /// first. `None` if it has none, or may not grow any more.
    pub(crate) fn take_padding(&mut self, class: Option<Class>) -> Result<Option<i64>> {
        let (Some(class), Some(padding)) = (class, &mut self.outcome.padding) else {
            return Ok(None);
        };
        if let Some(key) = padding.take(class, self.rng) {
            return Ok(Some(key));
        }
        self.grow(class)?;
        let padding = self.outcome.padding.as_mut();
        Ok(padding.and_then(|padding| padding.take(class, self.rng)))
    }

    /// Adds pairs of padding rows, one row of each in either share.
    fn grow(&mut self, wanted: Class) -> Result<()> {
        let (Some(share), Some(padding)) = (self.share, &mut self.outcome.padding) else {
            return Ok(());
        };
        for class in Padding::batch(wanted, padding.growth(), self.rng) {
            for own in [true, false] {
                let key = self.put_padding(share, own, class)?;
                if let Some(padding) = &mut self.outcome.padding {
                    if own {
                        padding.add_free(class, key);
                    } else {
                        padding.add_other(class);
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes a padding row at a key of its own.
    fn put_padding(&mut self, share: &Share, own: bool, class: Class) -> Result<i64> {
        loop {
            let key = padding::draw_key(share, own, self.rng);
            let noise = self.noise.get_or_insert_with(|| Noise::new(self.rng));
            let row = noise.row(key, class, self.rng);
            let added = self
                .store
                .insert_record(row.id, &row.rev, &row.summary, &row.body)?;
            if added {
                return Ok(key);
            }
        }
    }

    /// Lets the own share have as many rows of each class as before, where the other share has them too,
    /// now that a row of the class `old` became one of the class `new`, or went.
    fn keep_lengths(&mut self, old: Option<Class>, new: Option<Class>) -> Result<()> {
        if old == new || self.outcome.padding.is_none() {
            return Ok(());
        }
        let freed = self.take_padding(new)?;
        let (Some(share), Some(padding)) = (self.share, &mut self.outcome.padding) else {
            return Ok(());
        };
        if let (None, Some(new)) = (freed, new) {
            padding.add_record(new);
        }
        let missed = old.filter(|old| padding.is_missed(*old));
        let key = match (freed, missed) {
            (None, None) => return Ok(()),
            (Some(key), None) => return self.store.delete_row(key),
            (None, Some(class)) => self.put_padding(share, true, class)?,
            (Some(key), Some(class)) => {
                let noise = self.noise.get_or_insert_with(|| Noise::new(self.rng));
                let row = noise.row(key, class, self.rng);
                self.store
                    .overwrite_record(row.id, &row.rev, &row.summary, &row.body)?;
                key
            }
        };
        if let (Some(class), Some(padding)) = (missed, &mut self.outcome.padding) {
            padding.give(class, key);
        }
        Ok(())
    }

    fn replace(
        &mut self,
        id: RecordId,
        old: &Old,
        summary: &Summary,
        form: u8,
        body: &[u8],
    ) -> Result<()> {
        let rev = self.seal(id, summary, form, body)?;
        if !self
            .store
            .update_record(id, &rev, &self.summary, &self.body)?
        {
            return Err(Error::NoSuchRecord(id));
        }
        let new = Class::of(self.summary.len(), self.body.len());
        self.keep_lengths(old.class, new)?;
        self.outcome.rows.remove(&self.keys.versions, id, &old.rev);
        self.outcome.rows.add(&self.keys.versions, id, &rev);
        self.outcome.changed = true;
        self.outcome.touched.push(id);
        Ok(())
    }

    /// Seals both parts into the scratch buffers under a fresh rev.
    fn seal(
        &mut self,
        id: RecordId,
        summary: &Summary,
        form: u8,
        body: &[u8],
    ) -> Result<[u8; NONCE]> {
        let content = summary.encode()?;
        let mut rev = [0; NONCE];
        self.rng.fill_bytes(&mut rev);
        let aad = |part| self.keys.aad(part, id.as_bytes());
        self.keys
            .summary
            .seal_padded(&rev, &aad(Sealed::Summary), 0, &content, &mut self.summary);
        self.keys
            .body
            .seal_padded(&rev, &aad(Sealed::Body), form, body, &mut self.body);
        Ok(rev)
    }

    fn read(&self, id: RecordId) -> Result<(Old, u8, Zeroizing<Vec<u8>>)> {
        self.store.sound()?;
        self.store
            .record(id, |row| {
                let (form, body) = open_body(self.keys, id, row.rev, row.body)?;
                Some((Old::of(&row), form, body))
            })?
            .ok_or(Error::NoSuchRecord(id))?
            .ok_or_else(|| missing_or_damaged(self.keys, id, Part::Body(id)))
    }
}

/// What a row was before it changed.
struct Old {
    rev: [u8; NONCE],
    class: Option<Class>,
}

impl Old {
    fn of(row: &RecordRow<'_>) -> Self {
        Self {
            rev: *row.rev,
            class: Class::of(row.summary.len(), row.body.len()),
        }
    }
}

/// A fresh id of the own share. Its random half keys the row, so the caller must look whether the place
/// is free.
pub(crate) fn draw_id(keys: &Keys, share: Option<&Share>, rng: &mut impl CryptoRng) -> RecordId {
    let random = match share {
        Some(share) => padding::draw_key(share, true, rng).to_be_bytes(),
        None => {
            let mut random = [0; 8];
            rng.fill_bytes(&mut random);
            random
        }
    };
    keys.id(random)
}

impl Vault {
    /// Adds a record in a commit of its own: once this returns, the record survives a power cut.
    ///
    /// # Errors
    /// As [`Transaction::insert`].
    pub fn insert(
        &mut self,
        summary: &Summary,
        body: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<RecordId> {
        self.transaction(rng, |tx| tx.insert(summary, body))
    }

    /// Replaces a record's summary and body in a commit of its own.
    ///
    /// # Errors
    /// As [`Transaction::update`].
    pub fn update(
        &mut self,
        id: RecordId,
        summary: &Summary,
        body: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<()> {
        self.transaction(rng, |tx| tx.update(id, summary, body))
    }

    /// Replaces a record's summary in a commit of its own; of a document too.
    ///
    /// # Errors
    /// As [`Transaction::update_summary`].
    pub fn update_summary(
        &mut self,
        id: RecordId,
        summary: &Summary,
        rng: &mut impl CryptoRng,
    ) -> Result<()> {
        self.transaction(rng, |tx| tx.update_summary(id, summary))
    }

    /// Deletes a record or document in a commit of its own, and in a file of up to
    /// [`limits::REWRITE_BYTES`](crate::limits::REWRITE_BYTES) every copy of it: see
    /// [`Vault::compact`].
    ///
    /// # Errors
    /// As [`Transaction::delete`].
    pub fn delete(&mut self, id: RecordId, rng: &mut impl CryptoRng) -> Result<()> {
        self.transaction(rng, |tx| tx.delete(id))?;
        // The deletion is committed; what could not be tidied up waits for the next one.
        if self
            .store
            .file_bytes()
            .is_ok_and(|bytes| bytes <= limits::REWRITE_BYTES)
        {
            let _: Result<()> = self.compact();
        }
        Ok(())
    }

    /// Writes the whole file anew, without anything that was deleted or replaced. A deletion
    /// wipes a row where it stands; where SQLite had moved it between pages before, only this
    /// wipes what stayed behind. Needs as much free space as the file takes, twice for a moment.
    ///
    /// # Errors
    /// [`Error::DiskFull`] or [`Error::Io`]; the file is then as it was.
    pub fn compact(&mut self) -> Result<()> {
        self.store.rewrite()
    }

    /// A record in full.
    ///
    /// # Errors
    /// [`Error::NoSuchRecord`]; [`Error::Damaged`] if its summary or body is not as it was written.
    pub fn get(&self, id: RecordId) -> Result<Record> {
        get(&self.store, &self.keys, id)
    }

    /// A record's body alone, for one whose summary is known from a list already.
    ///
    /// # Errors
    /// As [`Vault::get`], and [`Error::IsADocument`].
    pub fn body(&self, id: RecordId) -> Result<Zeroizing<Vec<u8>>> {
        let opened = self
            .store
            .body(id, |rev, body| open_body(&self.keys, id, rev, body))?;
        let damaged = || missing_or_damaged(&self.keys, id, Part::Body(id));
        match opened.ok_or(Error::NoSuchRecord(id))?.ok_or_else(damaged)? {
            (DOCUMENT, _) => Err(Error::IsADocument(id)),
            (_, body) => Ok(body),
        }
    }

    /// What lists show of a record. Opens no body.
    ///
    /// # Errors
    /// As [`Vault::get`].
    pub fn summary(&self, id: RecordId) -> Result<Summary> {
        self.store
            .summary(id, |rev, sealed| open_summary(&self.keys, id, rev, sealed))?
            .ok_or(Error::NoSuchRecord(id))?
            .ok_or_else(|| missing_or_damaged(&self.keys, id, Part::Summary(id)))
    }

    /// All records. Opens no body.
    ///
    /// # Errors
    /// What reading can fail with, damage aside, which stands in the listing.
    pub fn list(&self) -> Result<Listing> {
        self.select(|_, _| true)
    }

    /// The records in whose title, kind, issuer or tags every word of `text` occurs, whatever the case
    /// and accents. The first search after an unlock opens every summary, and keeps their text in memory
    /// until the lock; later ones open what they find.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`] for a text above [`limits::SEARCH_BYTES`]; as [`Vault::list`].
    pub fn search(&self, text: &str) -> Result<Listing> {
        let query = Query::new(text)?;
        let mut kept = self.index.borrow_mut();
        if let Some(index) = &*kept {
            return self.read_found(index.find(&query));
        }
        let mut index = Index::default();
        let listing = self.select(|id, summary| {
            index.put(id, summary);
            query.matches(summary)
        })?;
        if listing.damaged.is_empty() {
            *kept = Some(index);
        }
        Ok(listing)
    }

    fn read_found(&self, ids: impl Iterator<Item = RecordId>) -> Result<Listing> {
        let mut listing = Listing::default();
        for id in ids {
            match self.summary(id) {
                Ok(summary) => listing.records.push((id, summary)),
                Err(Error::Damaged { part }) => listing.damaged.push(part),
                // It was there when it was noted, and no commit of ours took it away.
                Err(Error::NoSuchRecord(id)) => listing.damaged.push(Part::Summary(id)),
                Err(error) => return Err(error),
            }
        }
        Ok(listing)
    }

    /// Brings the index, if there is one, up to date with a commit.
    pub(crate) fn index_again(&self, touched: &[RecordId]) {
        let mut kept = self.index.borrow_mut();
        let Some(index) = &mut *kept else { return };
        for id in touched {
            match self.summary(*id) {
                Ok(summary) => index.put(*id, &summary),
                Err(Error::NoSuchRecord(_)) => index.remove(*id),
                // The next search looks for itself.
                Err(_) => {
                    *kept = None;
                    return;
                }
            }
        }
    }

    fn select(&self, mut wanted: impl FnMut(RecordId, &Summary) -> bool) -> Result<Listing> {
        let mut listing = Listing::default();
        let walked = self.store.summaries(|id, rev, sealed| {
            match open_summary(&self.keys, id, rev, sealed) {
                Some(summary) if wanted(id, &summary) => listing.records.push((id, summary)),
                // Rows of nobody we know are passed over; what opens is ours.
                None if self.keys.owns(id) => listing.damaged.push(Part::Summary(id)),
                _ => {}
            }
        });
        match walked {
            Ok(()) => {}
            Err(Error::Damaged { part }) => listing.damaged.push(part),
            Err(error) => return Err(error),
        }
        Ok(listing)
    }
}

/// Opens a summary; `None` if it is not as it was written.
pub(crate) fn open_summary(
    keys: &Keys,
    id: RecordId,
    rev: &[u8],
    sealed: &[u8],
) -> Option<Summary> {
    let aad = keys.aad(Sealed::Summary, id.as_bytes());
    let (_, content) = keys
        .summary
        .open_padded(rev.try_into().ok()?, &aad, sealed)?;
    Summary::decode(&content)
}

/// Opens a body; `None` if it is not as it was written.
pub(crate) fn open_body(
    keys: &Keys,
    id: RecordId,
    rev: &[u8],
    sealed: &[u8],
) -> Option<(u8, Zeroizing<Vec<u8>>)> {
    let aad = keys.aad(Sealed::Body, id.as_bytes());
    keys.body.open_padded(rev.try_into().ok()?, &aad, sealed)
}

fn get(store: &Store, keys: &Keys, id: RecordId) -> Result<Record> {
    let opened = store.record(id, |row| {
        let damaged = |part| missing_or_damaged(keys, id, part);
        let summary = open_summary(keys, id, row.rev, row.summary)
            .ok_or_else(|| damaged(Part::Summary(id)))?;
        let (form, body) =
            open_body(keys, id, row.rev, row.body).ok_or_else(|| damaged(Part::Body(id)))?;
        if form != DOCUMENT {
            return Ok(Record {
                summary,
                body,
                document: None,
            });
        }
        let descriptor = Descriptor::decode(&body).ok_or_else(|| damaged(Part::Body(id)))?;
        Ok(Record {
            summary,
            body: Zeroizing::default(),
            document: Some(descriptor.info),
        })
    })?;
    opened.ok_or(Error::NoSuchRecord(id))?
}

/// Why a row that is there does not open. What opens is ours, so only what does not is asked whose it
/// is.
pub(crate) fn missing_or_damaged(keys: &Keys, id: RecordId, part: Part) -> Error {
    if keys.owns(id) {
        Error::Damaged { part }
    } else {
        Error::NoSuchRecord(id)
    }
}

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use rand_core::UnwrapErr;

    use super::*;
    use crate::{KdfParams, Passphrase, Unlock};

    #[test]
    fn a_failed_write_ends_the_transaction_whatever_its_caller_does() {
        let rng = &mut UnwrapErr(SysRng);
        let folder = tempfile::tempdir().unwrap();
        let passphrase = Passphrase::new("p").unwrap();
        let path = folder.path().join("v");
        let (mut vault, code) = Vault::create(path, &passphrase, KdfParams::FLOOR, rng).unwrap();
        let kept = vault.insert(&Summary::default(), b"kept", rng).unwrap();
        let full = |vault: &Vault, full| vault.store.fill_disk(full);

        full(&vault, true);
        let big = vec![1; 100_000];
        let ended = vault.transaction(rng, |tx| {
            tx.insert(&Summary::default(), b"first")?;
            // Swallowed, as a caller might who inserts what it can.
            assert_eq!(tx.insert(&Summary::default(), &big), Err(Error::DiskFull));
            assert_eq!(
                tx.insert(&Summary::default(), b"small"),
                Err(Error::DiskFull)
            );
            assert_eq!(tx.delete(kept), Err(Error::DiskFull));
            assert_eq!(tx.get(kept), Err(Error::DiskFull));
            assert_eq!(
                tx.update(kept, &Summary::default(), b""),
                Err(Error::DiskFull)
            );
            Ok::<_, Error>(())
        });
        assert_eq!(ended, Err(Error::DiskFull));
        full(&vault, false);
        assert_eq!(vault.list().unwrap().records.len(), 1);
        vault.insert(&Summary::default(), &big, rng).unwrap();
        let vault = vault
            .lock()
            .unlock(Unlock::Recovery(&code), 0, rng)
            .unwrap();
        assert!(vault.integrity().is_intact());
        assert_eq!(vault.list().unwrap().records.len(), 2);
    }

    #[test]
    fn a_forgotten_writer_is_no_obstacle() {
        let rng = &mut UnwrapErr(SysRng);
        let folder = tempfile::tempdir().unwrap();
        let passphrase = Passphrase::new("p").unwrap();
        let path = folder.path().join("v");
        let (mut vault, _) = Vault::create(path, &passphrase, KdfParams::FLOOR, rng).unwrap();
        let mut writer = vault.document_writer(&Summary::default(), rng).unwrap();
        writer.append(&[0; 200_000]).unwrap();
        std::mem::forget(writer);
        vault.insert(&Summary::default(), b"", rng).unwrap();
        assert!(vault.check().unwrap().is_clean());
    }
}
