//! Records: an id, a summary that lists and searches show, and a body.
//!
//! ```text
//! id      = random (8) || HMAC-SHA256(id key, random) (first 8)
//! summary = version (1) = 1 || flags (1) || created (8) || expires (8, if flag 1)
//!           || kind || title || issuer || tags (1) || tags x tag || extra
//! text    = length (2) || UTF-8        extra = length (2) || bytes
//! ```
//! Numbers are big-endian. One encoding per summary: unknown flags, lengths past the limits and
//! trailing bytes are refused.

use std::fmt;

use zeroize::Zeroizing;

use crate::{
    documents::DocumentInfo,
    error::{Field, Result, bounded},
    limits,
};

const VERSION: u8 = 1;
const HAS_EXPIRY: u8 = 1;

/// Names a record in its vault: random to everybody else, recognisable to its owner.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId([u8; 16]);

impl RecordId {
    /// Takes back an id that was handed out as bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes of the id.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The random half, as the number that keys the row.
    pub(crate) fn key(self) -> i64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        i64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    /// The half that the owner can recompute.
    pub(crate) fn tag(self) -> [u8; 8] {
        let [.., a, b, c, d, e, f, g, h] = self.0;
        [a, b, c, d, e, f, g, h]
    }

    /// An id from the two columns of a row.
    pub(crate) fn from_row(key: i64, tag: &[u8]) -> Option<Self> {
        let tag: &[u8; 8] = tag.try_into().ok()?;
        let mut id = [0; 16];
        for (place, byte) in id.iter_mut().zip(key.to_be_bytes().iter().chain(tag)) {
            *place = *byte;
        }
        Some(Self(id))
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordId({self})")
    }
}

/// What lists and searches show of a record. Sealed apart from the body.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// What it is, in the caller's words: at most [`limits::KIND_BYTES`].
    pub kind: String,
    /// What its owner calls it: at most [`limits::TITLE_BYTES`].
    pub title: String,
    /// Who issued it: at most [`limits::ISSUER_BYTES`].
    pub issuer: String,
    /// Words to find it by: at most [`limits::TAGS`] of [`limits::TAG_BYTES`] each.
    pub tags: Vec<String>,
    /// When it was added, in seconds since 1970.
    pub created: i64,
    /// When it expires, in seconds since 1970.
    pub expires: Option<i64>,
    /// Opaque to the vault: at most [`limits::EXTRA_BYTES`].
    pub extra: Vec<u8>,
}

impl Summary {
    /// Checks every field against the [`limits`] and encodes.
    ///
    /// # Errors
    /// [`Error::OutOfBounds`](crate::Error::OutOfBounds) names the field.
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>> {
        bounded(Field::Kind, self.kind.len(), 0, limits::KIND_BYTES)?;
        bounded(Field::Title, self.title.len(), 0, limits::TITLE_BYTES)?;
        bounded(Field::Issuer, self.issuer.len(), 0, limits::ISSUER_BYTES)?;
        bounded(Field::Tags, self.tags.len(), 0, limits::TAGS)?;
        bounded(Field::Extra, self.extra.len(), 0, limits::EXTRA_BYTES)?;
        let texts = self.kind.len() + self.title.len() + self.issuer.len() + self.extra.len();
        let tags: usize = self.tags.iter().map(|tag| 2 + tag.len()).sum();
        let mut bytes = Zeroizing::new(Vec::with_capacity(27 + texts + tags));
        bytes.extend([
            VERSION,
            if self.expires.is_some() {
                HAS_EXPIRY
            } else {
                0
            },
        ]);
        bytes.extend_from_slice(&self.created.to_be_bytes());
        bytes.extend(
            self.expires
                .iter()
                .flat_map(|expires| expires.to_be_bytes()),
        );
        for text in [&self.kind, &self.title, &self.issuer] {
            put(&mut bytes, text.as_bytes());
        }
        bytes.extend(u8::try_from(self.tags.len()));
        for tag in &self.tags {
            bounded(Field::Tag, tag.len(), 0, limits::TAG_BYTES)?;
            put(&mut bytes, tag.as_bytes());
        }
        put(&mut bytes, &self.extra);
        Ok(bytes)
    }

    /// Reads what [`Summary::encode`] wrote; `None` for anything else.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let ([VERSION, flags], rest) = bytes.split_first_chunk()? else {
            return None;
        };
        let (created, mut rest) = rest.split_first_chunk()?;
        let mut expires = None;
        match *flags {
            0 => {}
            HAS_EXPIRY => {
                let (bytes, after) = rest.split_first_chunk()?;
                (expires, rest) = (Some(i64::from_be_bytes(*bytes)), after);
            }
            _ => return None,
        }
        let kind = text(&mut rest, limits::KIND_BYTES)?;
        let title = text(&mut rest, limits::TITLE_BYTES)?;
        let issuer = text(&mut rest, limits::ISSUER_BYTES)?;
        let (count, after) = rest.split_first()?;
        rest = after;
        let count = usize::from(*count);
        if count > limits::TAGS {
            return None;
        }
        let mut tags = Vec::with_capacity(count);
        for _ in 0..count {
            tags.push(text(&mut rest, limits::TAG_BYTES)?);
        }
        let extra = take(&mut rest, limits::EXTRA_BYTES)?.to_vec();
        let created = i64::from_be_bytes(*created);
        rest.is_empty().then_some(Self {
            kind,
            title,
            issuer,
            tags,
            created,
            expires,
            extra,
        })
    }
}

impl fmt::Debug for Summary {
    /// Tells sizes only: what a record is called is nobody's business in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Summary")
            .field("title_bytes", &self.title.len())
            .field("issuer_bytes", &self.issuer.len())
            .field("tags", &self.tags.len())
            .field("extra_bytes", &self.extra.len())
            .finish_non_exhaustive()
    }
}

/// A record in full.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// What lists show of it.
    pub summary: Summary,
    /// Its content; empty for a document, which is read by
    /// [`Vault::document_reader`](crate::Vault::document_reader). Wiped when dropped.
    pub body: Zeroizing<Vec<u8>>,
    /// Length and hash, if it is a document.
    pub document: Option<DocumentInfo>,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("summary", &self.summary)
            .field("body_bytes", &self.body.len())
            .field("document", &self.document)
            .finish()
    }
}

fn put(bytes: &mut Vec<u8>, item: &[u8]) {
    // Bounded by the caller far below 2^16.
    bytes.extend_from_slice(&u16::try_from(item.len()).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend_from_slice(item);
}

fn take<'a>(rest: &mut &'a [u8], most: usize) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (item, after) = after.split_at_checked(length)?;
    *rest = after;
    (length <= most).then_some(item)
}

fn text(rest: &mut &[u8], most: usize) -> Option<String> {
    std::str::from_utf8(take(rest, most)?)
        .ok()
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::Error;

    fn summaries() -> impl Strategy<Value = Summary> {
        let tags = prop::collection::vec("\\PC{0,16}", 0..limits::TAGS);
        let extra = prop::collection::vec(any::<u8>(), 0..limits::EXTRA_BYTES);
        (
            "\\PC{0,16}",
            "\\PC{0,99}",
            "\\PC{0,99}",
            tags,
            any::<i64>(),
            any::<Option<i64>>(),
            extra,
        )
            .prop_map(
                |(kind, title, issuer, tags, created, expires, extra)| Summary {
                    kind,
                    title,
                    issuer,
                    tags,
                    created,
                    expires,
                    extra,
                },
            )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_summary_comes_back(summary in summaries()) {
            let bytes = summary.encode().unwrap();
            prop_assert_eq!(Summary::decode(&bytes), Some(summary));
        }

        #[test]
        fn a_stump_or_a_longer_one_is_refused(summary in summaries(), cut: prop::sample::Index) {
            let mut bytes = summary.encode().unwrap().to_vec();
            prop_assert_eq!(Summary::decode(&bytes[..cut.index(bytes.len())]), None);
            bytes.push(0);
            prop_assert_eq!(Summary::decode(&bytes), None);
        }

        #[test]
        fn what_decodes_encodes_to_the_same_bytes(mut bytes: Vec<u8>, flags in 0u8..3) {
            bytes.splice(..0, [VERSION, flags]);
            if let Some(summary) = Summary::decode(&bytes) {
                prop_assert_eq!(&*summary.encode().unwrap(), &bytes);
            }
        }
    }

    #[test]
    fn a_field_too_long_is_named() {
        let long = Summary {
            title: "x".repeat(limits::TITLE_BYTES + 1),
            ..Summary::default()
        };
        let refused = Error::OutOfBounds {
            field: Field::Title,
            size: 513,
            least: 0,
            most: 512,
        };
        assert_eq!(long.encode().unwrap_err(), refused);
        let many = Summary {
            tags: vec![String::new(); 33],
            ..Summary::default()
        };
        assert!(matches!(
            many.encode(),
            Err(Error::OutOfBounds {
                field: Field::Tags,
                ..
            })
        ));
    }

    #[test]
    fn debug_shows_no_words() {
        let summary = Summary {
            title: "Passport of Amina".into(),
            ..Summary::default()
        };
        assert!(!format!("{summary:?}").contains("Amina"));
    }
}
