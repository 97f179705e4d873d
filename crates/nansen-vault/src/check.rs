//! A walk over everything that tells what is damaged, and changes nothing.

use std::ops::ControlFlow;

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
    /// Rows of the record table that are not this vault's, nor put aside by a rescue: padding, or another
    /// vault's, or put there by somebody. Only their number is known, and it says nothing about damage.
    pub unowned: u64,
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
        let (report, _) = self.walk(&mut || true)?;
        Ok(report)
    }

    /// As [`Vault::check`], which takes long where documents are many: asks `go_on` before each record,
    /// each chunk and the structure, and ends when told to. `None` then.
    ///
    /// # Errors
    /// As [`Vault::check`].
    pub fn check_while(&self, mut go_on: impl FnMut() -> bool) -> Result<Option<CheckReport>> {
        let (report, walked) = self.walk(&mut go_on)?;
        Ok(walked.is_continue().then_some(report))
    }

    /// What was found, and whether it is all.
    fn walk(&self, go_on: &mut dyn FnMut() -> bool) -> Result<(CheckReport, ControlFlow<()>)> {
        let listing = self.list()?;
        let mut report = CheckReport {
            integrity: self.integrity(),
            records: 0,
            documents: 0,
            chunks: 0,
            damaged: listing.damaged,
            unowned: 0,
            structure_problems: 0,
        };
        for (id, _) in listing.records {
            if !go_on() {
                return Ok((report, ControlFlow::Break(())));
            }
            let before = report.damaged.len();
            match self.check_record(id, &mut report, go_on) {
                Ok(ControlFlow::Break(())) => return Ok((report, ControlFlow::Break(()))),
                Ok(ControlFlow::Continue(())) => {
                    report.records += u64::from(report.damaged.len() == before);
                }
                Err(Error::Damaged { part }) => report.damaged.push(part),
                // The list has it and a search does not find it: an index page between them is broken.
                Err(Error::NoSuchRecord(id)) => report.damaged.push(Part::Body(id)),
                Err(error) => return Err(error),
            }
        }
        if !go_on() {
            return Ok((report, ControlFlow::Break(())));
        }
        report.structure_problems = self.store.structure_problems()?;
        let counted = self.store.versions(|row| {
            let is_own = self.keys.owns(row.id) || self.keys.has_quarantined(row.id);
            report.unowned += u64::from(!is_own);
        });
        match counted {
            // The listing has told of it.
            Ok(()) | Err(Error::Damaged { .. }) => Ok((report, ControlFlow::Continue(()))),
            Err(error) => Err(error),
        }
    }

    fn check_record(
        &self,
        id: RecordId,
        report: &mut CheckReport,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<ControlFlow<()>> {
        if self.get(id)?.document.is_none() {
            return Ok(ControlFlow::Continue(()));
        }
        report.documents += 1;
        let mut reader = self.document_reader(id)?;
        for position in 0..reader.chunk_count() {
            if !go_on() {
                return Ok(ControlFlow::Break(()));
            }
            match reader.verify(position) {
                Ok(()) => report.chunks += 1,
                Err(Error::Damaged { part }) => report.damaged.push(part),
                Err(error) => return Err(error),
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}
