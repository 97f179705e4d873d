//! Deltas: a pack as what has changed since another.

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use super::reader::Checks;
use super::{CHANGES, COMPRESSION, DELTA, KEPT, Kind, PATCH, Pack, RAW, ZLIB, frame, head, patch};
use crate::Error;
use crate::status::snapshot::Snapshot;

impl Pack {
    /// This pack as a delta against one that a phone holds already.
    #[must_use]
    pub fn delta_from(&self, base: &Self) -> Vec<u8> {
        let mut bytes = head(DELTA, &base.manifest.digest, &self.signed);
        for (entry, content) in self.items() {
            let before = base.item(entry.kind, &entry.id);
            let (encoding, stored) = shortest(entry.kind, before, content);
            frame(&mut bytes, encoding, &stored);
        }
        bytes
    }

    /// The same against a version given as bytes, whoever signed it: a delta says nothing by
    /// itself, and phones apply it to what they hold.
    ///
    /// # Errors
    /// Those of [`Pack::parse_verified`], but for signatures; those of [`Pack::check_update`],
    /// since no phone would apply it.
    pub fn delta_from_bytes(&self, base: &[u8]) -> Result<Vec<u8>, Error> {
        let base = Self::collect(base, Checks::NotYet, None)?;
        Self::check_update(&base, self)?;
        Ok(self.delta_from(&base))
    }
}

/// The shortest way to tell a content to whoever holds what was there before.
fn shortest(kind: Kind, before: Option<&[u8]>, content: &[u8]) -> (u8, Vec<u8>) {
    let zlib = |bytes: &[u8]| compress_to_vec_zlib(bytes, COMPRESSION);
    if before == Some(content) {
        return (KEPT, Vec::new());
    }
    let mut ways = vec![(ZLIB, zlib(content))];
    if let Some(before) = before {
        ways.push((PATCH, zlib(&patch::diff(before, content))));
        if kind == Kind::StatusSnapshot
            && let Ok(changes) = Snapshot::changes(before, content)
        {
            ways.push((CHANGES, zlib(&changes)));
        }
    }
    let raw = (RAW, content.to_vec());
    let shorter = ways.into_iter().min_by_key(|(_, stored)| stored.len());
    shorter
        .filter(|(_, stored)| stored.len() < content.len())
        .unwrap_or(raw)
}

/// The content of `size` bytes that a frame makes of an item of this kind that was there before.
/// Its digest is the caller's to compare.
pub(super) fn resolve(
    kind: Kind,
    encoding: u8,
    stored: &[u8],
    before: &[u8],
    size: usize,
) -> Result<Vec<u8>, Error> {
    // A patch that is longer than what it makes would not have been chosen; one byte in eight is
    // more than the numbers of its steps can take.
    let limit = size + size / 8 + SLACK;
    let inflated = || {
        decompress_to_vec_zlib_with_limit(stored, limit)
            .map_err(|_| Error::BadCompression { limit })
    };
    match encoding {
        KEPT if stored.is_empty() => Ok(before.to_vec()),
        PATCH => patch::apply(before, &inflated()?, size),
        CHANGES if kind == Kind::StatusSnapshot => Snapshot::apply_changes(before, &inflated()?),
        _ => Err(Error::Invalid {
            what: "encoding of an item",
        }),
    }
}

/// Bytes that the shortest patch may take beyond what it makes.
const SLACK: usize = 1024;
