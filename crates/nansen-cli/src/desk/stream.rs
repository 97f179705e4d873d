//! A batch: lines of CSV or JSON Lines, one at a time, so that memory stays constant however
//! long the file is. A line that cannot be used is told by its number, and the rest goes on.

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use nansen_credential::cose::PublicKey;

use super::ClaimFile;
use super::table::Columns;
use crate::device_key;
use crate::failure::{Failure, Result};
use crate::limits::CLAIMS_BYTES_MAX;

/// How a batch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// One claim file
    Json,
    /// One claim file a line
    Jsonl,
    /// A table with a header
    Csv,
}

impl Form {
    /// What the name of a file says.
    pub(crate) fn of(path: &Path) -> Self {
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension.unwrap_or_default().to_ascii_lowercase().as_str() {
            "csv" => Self::Csv,
            "jsonl" | "ndjson" => Self::Jsonl,
            _ => Self::Json,
        }
    }
}

/// One line of a batch.
pub(crate) struct Entry {
    /// Number of the line on which it begins, from 1.
    pub(crate) line: u64,
    /// What it asks for, or why it cannot be used.
    pub(crate) content: Result<(ClaimFile, PublicKey)>,
}

/// The lines of a batch.
pub(crate) enum Batch<R> {
    /// JSON Lines.
    Lines {
        /// The rest of the file.
        reader: BufReader<Bounded<R>>,
        /// Lines read so far.
        line: u64,
    },
    /// A table.
    Table {
        /// The rest of the file.
        reader: Box<csv::Reader<Bounded<R>>>,
        /// What its columns mean.
        columns: Columns,
    },
}

impl<R: Read> Batch<R> {
    /// Starts to read; of a table, the header.
    pub(crate) fn open(from: R, form: Form) -> Result<Self> {
        let bounded = Bounded { from, run: 0 };
        if form != Form::Csv {
            let reader = BufReader::new(bounded);
            return Ok(Self::Lines { reader, line: 0 });
        }
        let mut reader = Box::new(csv::Reader::from_reader(bounded));
        let header = reader.headers().map_err(|error| csv_failure(&error))?;
        let columns = Columns::new(header)?;
        Ok(Self::Table { reader, columns })
    }

    /// The next line, `None` at the end.
    ///
    /// # Errors
    /// Only what makes the rest unreadable; what is wrong with one line stands in its
    /// [`Entry`].
    pub(crate) fn next_entry(&mut self) -> Result<Option<Entry>> {
        match self {
            Self::Lines { reader, line } => {
                let mut bytes = Vec::new();
                loop {
                    bytes.clear();
                    if reader
                        .read_until(b'\n', &mut bytes)
                        .map_err(Failure::Output)?
                        == 0
                    {
                        return Ok(None);
                    }
                    *line += 1;
                    if !bytes.trim_ascii().is_empty() {
                        break;
                    }
                }
                let file = serde_json::from_slice(&bytes).map_err(|source| Failure::Json {
                    path: format!("line {line}").into(),
                    source,
                });
                Ok(Some(entry(*line, file)))
            }
            Self::Table { reader, columns } => {
                let mut record = csv::StringRecord::new();
                let line = reader.position().line();
                match reader.read_record(&mut record) {
                    Ok(false) => Ok(None),
                    Ok(true) => {
                        let line = record.position().map_or(line, csv::Position::line);
                        Ok(Some(entry(line, columns.claim_file(&record))))
                    }
                    Err(error) if error.is_io_error() => Err(csv_failure(&error)),
                    Err(error) => {
                        let line = error.position().map_or(line, csv::Position::line);
                        Ok(Some(entry(line, Err(csv_failure(&error)))))
                    }
                }
            }
        }
    }
}

fn entry(line: u64, file: Result<ClaimFile>) -> Entry {
    let content = file.and_then(|file| {
        let key = file.device_key.as_deref().ok_or(Failure::Field {
            field: "device_key",
            reason: "is missing",
        })?;
        let key = device_key::from_text(key)?;
        Ok((file, key))
    });
    Entry { line, content }
}

/// What is wrong with a table, without the cells themselves.
fn csv_failure(error: &csv::Error) -> Failure {
    let reason = match error.kind() {
        csv::ErrorKind::Io(error) => {
            return Failure::Output(io::Error::new(error.kind(), error.to_string()));
        }
        csv::ErrorKind::Utf8 { .. } => "is not UTF-8",
        csv::ErrorKind::UnequalLengths { .. } => "has another number of cells than the header",
        _ => "cannot be read",
    };
    Failure::Field {
        field: "line",
        reason,
    }
}

/// Ends with an error when a line is longer than the limit, before the line is in memory.
pub(crate) struct Bounded<R> {
    from: R,
    /// Bytes since the last line break.
    run: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(buffer)?;
        for byte in buffer.iter().take(count) {
            self.run = if *byte == b'\n' { 0 } else { self.run + 1 };
            if self.run > CLAIMS_BYTES_MAX {
                return Err(io::Error::new(io::ErrorKind::InvalidData, LineTooLong));
            }
        }
        Ok(count)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a line of more than {CLAIMS_BYTES_MAX} bytes")]
struct LineTooLong;

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn lines(text: &str, form: Form) -> Vec<(u64, bool)> {
        let mut batch = Batch::open(text.as_bytes(), form).unwrap();
        let mut lines = Vec::new();
        while let Some(entry) = batch.next_entry().unwrap() {
            lines.push((entry.line, entry.content.is_ok()));
        }
        lines
    }

    #[test]
    fn a_bad_line_is_told_and_the_rest_goes_on() {
        let table = format!("name,device_key\nA,{KEY}\nB\nC,none\n\"D\nE\",{KEY}\nF,{KEY}\n");
        assert_eq!(
            lines(&table, Form::Csv),
            [(2, true), (3, false), (4, false), (5, true), (7, true)]
        );
        let json = format!(
            "{{\"claims\": {{}}, \"device_key\": \"{KEY}\"}}\n\nnonsense\n{{\"claims\": {{}}}}\n"
        );
        assert_eq!(
            lines(&json, Form::Jsonl),
            [(1, true), (3, false), (4, false)]
        );
    }

    #[test]
    fn an_endless_line_ends_the_batch() {
        let endless = io::repeat(b'x');
        let mut batch = Batch::open(endless, Form::Jsonl).unwrap();
        assert!(batch.next_entry().is_err());
    }
}
