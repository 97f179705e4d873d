//! Reading a pack in pieces of any length, with nothing in memory but its manifest, 32 KiB of
//! window where an item is compressed, and the patches of a delta.
//!
//! What comes out of an item is not to be used before its [`Part::End`]: only then has its
//! digest been compared. Whatever the error, the reader is then of no further use.

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};
use sha2::{Digest, Sha256};

use super::{
    CHANGES, DELTA, Entry, FORMAT_VERSION, FULL, KEPT, MAGIC, Manifest, PACK_TYPE, PATCH, Pack,
    RAW, ZLIB, delta,
};
use crate::Error;
use crate::cose::MultiSigned;
use crate::error::check_count;
use crate::limits::{MAX_ITEM_BYTES, MAX_MANIFEST_BYTES};
use crate::trust::Root;

/// What a reader gives out, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// An item begins: what the manifest says of it.
    Begin(&'a Entry),
    /// The next bytes of its content, not yet to be used.
    Bytes(&'a [u8]),
    /// The content was complete, and is what the manifest says.
    End,
}

/// Whose signatures to ask for.
#[derive(Clone, Copy)]
pub(super) enum Checks<'r> {
    /// Those of a publisher.
    Of(&'r Root),
    /// None: only what is signed in itself may then be used.
    NotYet,
    /// None, and nothing is made of any item but root statements, which are given out.
    NotYetOfRoots,
}

/// Reads one pack.
pub struct PackReader<'r> {
    checks: Checks<'r>,
    base: Option<&'r Pack>,
    step: Step,
    /// Bytes of a field or patch that is not complete.
    pending: Vec<u8>,
    manifest: Option<(Manifest, Vec<u8>)>,
    item: usize,
}

enum Step {
    Head,
    Base,
    ManifestLength,
    Manifest { length: usize },
    FrameHead,
    Raw(Progress),
    Zlib(Progress, Box<InflateState>),
    FromBase { encoding: u8, length: usize },
    Skip { left: usize },
    Done,
}

/// How far an item has come.
struct Progress {
    /// Stored bytes still to come.
    left: usize,
    /// Bytes of content so far.
    made: usize,
    hash: Sha256,
}

impl<'r> PackReader<'r> {
    /// A reader of a full pack of the publisher whose root this is.
    #[must_use]
    pub fn new(root: &'r Root) -> Self {
        Self::with(Checks::Of(root), None)
    }

    pub(super) const fn with(checks: Checks<'r>, base: Option<&'r Pack>) -> Self {
        Self {
            checks,
            base,
            step: Step::Head,
            pending: Vec::new(),
            manifest: None,
            item: 0,
        }
    }

    /// Takes the next bytes of the pack, and gives what they hold to `each`.
    ///
    /// # Errors
    /// Those of [`Pack::parse_verified`].
    pub fn push(&mut self, mut bytes: &[u8], each: &mut impl FnMut(Part<'_>)) -> Result<(), Error> {
        loop {
            self.step = match core::mem::replace(&mut self.step, Step::Done) {
                Step::Done if bytes.is_empty() => return Ok(()),
                Step::Done => {
                    return Err(Error::Forbidden {
                        what: "bytes after a pack",
                    });
                }
                Step::Raw(progress) => self.raw(progress, &mut bytes, each)?,
                Step::Zlib(progress, state) => self.zlib(progress, state, &mut bytes, each)?,
                Step::Skip { left } => {
                    let left = left - take(&mut bytes, left).len();
                    self.skip(left)
                }
                whole => {
                    let needed = whole.length();
                    let taken = take(&mut bytes, needed - self.pending.len());
                    self.pending.extend_from_slice(taken);
                    if self.pending.len() < needed {
                        self.step = whole;
                        return Ok(());
                    }
                    let field = core::mem::take(&mut self.pending);
                    self.field(&whole, &field, each)?
                }
            };
            let waits = matches!(self.step, Step::Raw(_) | Step::Zlib(..) | Step::Skip { .. });
            if bytes.is_empty() && waits {
                return Ok(());
            }
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`Error::CutOff`] when the pack is not complete.
    pub fn finish(self) -> Result<Manifest, Error> {
        self.finish_signed().map(|(manifest, _)| manifest)
    }

    pub(super) fn finish_signed(self) -> Result<(Manifest, Vec<u8>), Error> {
        let missing = match &self.step {
            Step::Done => 0,
            Step::Raw(progress) | Step::Zlib(progress, _) => progress.left.max(1),
            Step::Skip { left } => *left,
            whole => whole.length() - self.pending.len(),
        };
        match self.manifest {
            Some(manifest) if missing == 0 => Ok(manifest),
            _ => Err(Error::CutOff {
                what: "pack",
                missing: missing as u64,
            }),
        }
    }

    /// What follows a field that is complete.
    fn field(
        &mut self,
        step: &Step,
        field: &[u8],
        each: &mut impl FnMut(Part<'_>),
    ) -> Result<Step, Error> {
        match step {
            Step::Head => self.head(field),
            Step::Base => match self.base {
                Some(base) if base.manifest.digest == *field => Ok(Step::ManifestLength),
                _ => Err(Error::OtherBase),
            },
            Step::ManifestLength => {
                let length = length(field);
                check_count("bytes of a manifest", length, MAX_MANIFEST_BYTES)?;
                Ok(Step::Manifest { length })
            }
            Step::Manifest { .. } => {
                let message = MultiSigned::parse(field, PACK_TYPE)?;
                let manifest = match self.checks {
                    Checks::Of(root) => Manifest::verify(&message, root)?,
                    Checks::NotYet | Checks::NotYetOfRoots => Manifest::read(message.payload())?,
                };
                self.manifest = Some((manifest, field.to_vec()));
                Ok(self.next_frame())
            }
            Step::FrameHead => {
                if let Some(entry) = self.entry() {
                    let is_skipped =
                        matches!(self.checks, Checks::NotYetOfRoots) && !entry.is_root_statement();
                    if is_skipped {
                        return Ok(self.skip(frame_head(field)?.1));
                    }
                    each(Part::Begin(entry));
                }
                self.frame(field, each)
            }
            Step::FromBase { encoding, .. } => {
                let content = self.rebuild(*encoding, field)?;
                each(Part::Bytes(&content));
                let progress = Progress {
                    left: 0,
                    made: content.len(),
                    hash: Sha256::new_with_prefix(&content),
                };
                self.end(progress, each)
            }
            Step::Raw(_) | Step::Zlib(..) | Step::Skip { .. } | Step::Done => Ok(Step::Done),
        }
    }

    fn head(&self, field: &[u8]) -> Result<Step, Error> {
        let Some((version, form)) = field
            .strip_prefix(MAGIC)
            .and_then(|rest| rest.first().zip(rest.get(1)))
        else {
            return Err(Error::Invalid { what: "pack" });
        };
        if *version != FORMAT_VERSION {
            return Err(Error::NewerFormat {
                found: u64::from(*version),
                supported: u64::from(FORMAT_VERSION),
            });
        }
        match (*form, self.base) {
            (FULL, None) => Ok(Step::ManifestLength),
            (DELTA, Some(_)) => Ok(Step::Base),
            (DELTA, None) => Err(Error::OtherBase),
            _ => Err(Error::Invalid {
                what: "form of the pack",
            }),
        }
    }

    /// The frame that a head announces.
    fn frame(&mut self, head: &[u8], each: &mut impl FnMut(Part<'_>)) -> Result<Step, Error> {
        let (encoding, length) = frame_head(head)?;
        let progress = Progress {
            left: length,
            made: 0,
            hash: Sha256::new(),
        };
        match encoding {
            RAW if length == 0 => self.end(progress, each),
            RAW => Ok(Step::Raw(progress)),
            ZLIB if length > 0 => Ok(Step::Zlib(
                progress,
                InflateState::new_boxed(DataFormat::Zlib),
            )),
            KEPT | PATCH | CHANGES if self.base.is_some() => {
                Ok(Step::FromBase { encoding, length })
            }
            _ => Err(Error::Invalid {
                what: "encoding of an item",
            }),
        }
    }

    /// Passes over the stored bytes of a frame.
    fn skip(&mut self, left: usize) -> Step {
        if left > 0 {
            return Step::Skip { left };
        }
        self.item += 1;
        self.next_frame()
    }

    fn raw(
        &mut self,
        mut progress: Progress,
        bytes: &mut &[u8],
        each: &mut impl FnMut(Part<'_>),
    ) -> Result<Step, Error> {
        let taken = take(bytes, progress.left);
        progress.left -= taken.len();
        self.give(&mut progress, taken, each)?;
        match progress.left {
            0 => self.end(progress, each),
            _ => Ok(Step::Raw(progress)),
        }
    }

    fn zlib(
        &mut self,
        mut progress: Progress,
        mut state: Box<InflateState>,
        bytes: &mut &[u8],
        each: &mut impl FnMut(Part<'_>),
    ) -> Result<Step, Error> {
        let mut taken = take(bytes, progress.left);
        progress.left -= taken.len();
        let damaged = Error::BadCompression { limit: self.size() };
        let mut window = [0; WINDOW];
        loop {
            let result = inflate(&mut state, taken, &mut window, MZFlush::None);
            taken = taken.get(result.bytes_consumed..).unwrap_or_default();
            let made = window.get(..result.bytes_written).unwrap_or_default();
            let is_stuck = result.bytes_consumed == 0 && made.is_empty();
            self.give(&mut progress, made, each)?;
            match result.status {
                Ok(MZStatus::StreamEnd) if taken.is_empty() && progress.left == 0 => {
                    return self.end(progress, each);
                }
                Ok(MZStatus::Ok) | Err(MZError::Buf) if !is_stuck => {}
                Ok(MZStatus::Ok) | Err(MZError::Buf) if taken.is_empty() && progress.left > 0 => {
                    return Ok(Step::Zlib(progress, state));
                }
                _ => return Err(damaged),
            }
        }
    }

    /// Gives out content, never more than the manifest announces.
    fn give(
        &self,
        progress: &mut Progress,
        bytes: &[u8],
        each: &mut impl FnMut(Part<'_>),
    ) -> Result<(), Error> {
        progress.made = progress.made.saturating_add(bytes.len());
        check_count("bytes of an item", progress.made, self.size())?;
        if !bytes.is_empty() {
            progress.hash.update(bytes);
            each(Part::Bytes(bytes));
        }
        Ok(())
    }

    fn end(&mut self, progress: Progress, each: &mut impl FnMut(Part<'_>)) -> Result<Step, Error> {
        let digest: [u8; 32] = progress.hash.finalize().into();
        if self
            .entry()
            .is_none_or(|entry| entry.digest != digest || entry.size != progress.made)
        {
            return Err(Error::DigestMismatch { what: "item" });
        }
        each(Part::End);
        self.item += 1;
        Ok(self.next_frame())
    }

    fn next_frame(&self) -> Step {
        match self.entry() {
            Some(_) => Step::FrameHead,
            None => Step::Done,
        }
    }

    /// Bytes of the content of the item at hand.
    fn size(&self) -> usize {
        self.entry().map_or(0, |entry| entry.size)
    }

    /// What the manifest says of the item at hand.
    fn entry(&self) -> Option<&Entry> {
        let (manifest, _) = self.manifest.as_ref()?;
        manifest.items.get(self.item)
    }

    /// Content that builds on the same item of the pack before.
    fn rebuild(&self, encoding: u8, stored: &[u8]) -> Result<Vec<u8>, Error> {
        let (base, entry) = self.base.zip(self.entry()).ok_or(Error::OtherBase)?;
        let before = base.item(entry.kind, &entry.id).ok_or(Error::OtherBase)?;
        delta::resolve(entry.kind, encoding, stored, before, entry.size)
    }
}

impl Step {
    /// Bytes of the field that this step waits for.
    const fn length(&self) -> usize {
        match self {
            Self::Head => MAGIC.len() + 2,
            Self::Base => 32,
            Self::ManifestLength => 4,
            Self::FrameHead => 5,
            Self::Manifest { length } | Self::FromBase { length, .. } => *length,
            Self::Raw(_) | Self::Zlib(..) | Self::Skip { .. } | Self::Done => 0,
        }
    }
}

/// As many of the next bytes as there are, up to `count`.
fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(count.min(bytes.len()));
    *bytes = rest;
    taken
}

/// Encoding and stored length.
pub(super) fn frame_head(head: &[u8]) -> Result<(u8, usize), Error> {
    let (encoding, rest) = head.split_first().unwrap_or((&RAW, &[]));
    let length = length(rest);
    check_count("stored bytes of an item", length, MAX_ITEM_BYTES)?;
    Ok((*encoding, length))
}

fn length(bytes: &[u8]) -> usize {
    let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    bytes
        .try_into()
        .map_or(usize::MAX, |bytes| number(u32::from_be_bytes(bytes)))
}

/// Bytes inflated at a time.
const WINDOW: usize = 16 << 10;
