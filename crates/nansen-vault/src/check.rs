//! A walk over everything that tells what is damaged, and changes nothing.

use crate::{
    error::{Error, Part, Result},
    record::RecordId,
    vault::{Integrity, Vault},
};

/// What a [`Vault::check`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckReport {
    /// Rows against manifest, slots and pages, as of unlock.
    pub integrity: Integrity,
    /// Records whose every part opened, documents included.
    pub records: u64,
    /// Documents among them.
    pub documents: u64,
    /// Chunks that opened.
    pub chunks: u64,
    /// Every part that did not open, by name.
    pub damaged: Vec<Part>,
    /// Problems that SQLite found in its own structure.
    pub structure_problems: usize,
}

impl CheckReport {
    /// Whether nothing at all is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.integrity.is_intact() && self.damaged.is_empty() && self.structure_problems == 0
    }
}

impl Vault {
    /// Opens every summary, body and chunk, and lets SQLite check its structure.
    ///
    /// # Errors
    /// Only what has nothing to do with damage, such as [`Error::Io`].
    pub fn check(&self) -> Result<CheckReport> {
        let listing = self.list()?;
        let mut report = CheckReport {
            integrity: self.integrity(),
            records: 0,
            documents: 0,
            chunks: 0,
            damaged: listing.damaged,
            structure_problems: self.store.structure_problems()?,
        };
        for (id, _) in listing.records {
            match self.get(id) {
                Ok(record) => {
                    let before = report.damaged.len();
                    if record.document.is_some() {
                        report.documents += 1;
                        self.check_chunks(id, &mut report)?;
                    }
                    report.records += u64::from(report.damaged.len() == before);
                }
                Err(Error::Damaged { part }) => report.damaged.push(part),
                Err(error) => return Err(error),
            }
        }
        Ok(report)
    }

    fn check_chunks(&self, id: RecordId, report: &mut CheckReport) -> Result<()> {
        let mut reader = self.document_reader(id)?;
        for position in 0..reader.chunk_count() {
            match reader.verify(position) {
                Ok(()) => report.chunks += 1,
                Err(Error::Damaged { part }) => report.damaged.push(part),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
