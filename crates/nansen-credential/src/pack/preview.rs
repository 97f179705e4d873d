//! What a pack says of itself before anything is believed: whose it is, and what it builds on.

use super::reader::frame_head;
use super::{DELTA, FORMAT_VERSION, FULL, MAGIC, Manifest, PACK_TYPE, Pack};
use crate::Error;
use crate::cose::MultiSigned;
use crate::error::{check_count, check_size};
use crate::limits::{MAX_MANIFEST_BYTES, MAX_PACK_BYTES};
use crate::trust::Root;

/// The head of a pack whose signatures were not checked: it tells which root and which base to
/// take, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The manifest, not to be trusted.
    pub manifest: Manifest,
    /// Digest of the manifest of the pack that a delta builds on; `None` for a full pack.
    pub base: Option<[u8; 32]>,
}

impl Pack {
    /// Reads the head of a full pack or delta.
    ///
    /// # Errors
    /// [`Error::NewerFormat`], [`Error::CutOff`], or what else is not as
    /// [the format](super) has it.
    pub fn preview(bytes: &[u8]) -> Result<Preview, Error> {
        Self::split_head(bytes).map(|(preview, _)| preview)
    }

    /// Whether all frames of a full pack or delta are there, whatever is in them: a head alone
    /// looks like a pack to [`Pack::preview`].
    ///
    /// # Errors
    /// Those of [`Pack::preview`]; [`Error::CutOff`], [`Error::Forbidden`] for bytes that follow,
    /// [`Error::TooMany`] for a frame beyond the limit of an item.
    pub fn check_whole(bytes: &[u8]) -> Result<(), Error> {
        let (preview, mut rest) = Self::split_head(bytes)?;
        for _ in &preview.manifest.items {
            let head = rest.split_first_chunk::<FRAME_HEAD>();
            let (head, frames) = head.ok_or_else(|| cut_off(FRAME_HEAD - rest.len()))?;
            let (_, length) = frame_head(head)?;
            let after = frames.get(length..);
            rest = after.ok_or_else(|| cut_off(length.saturating_sub(frames.len())))?;
        }
        match rest {
            [] => Ok(()),
            _ => Err(Error::Forbidden {
                what: "bytes after a pack",
            }),
        }
    }

    /// The head, and the frames that follow it.
    fn split_head(bytes: &[u8]) -> Result<(Preview, &[u8]), Error> {
        check_size("pack", bytes, MAX_PACK_BYTES)?;
        let rest = bytes.strip_prefix(MAGIC);
        let rest = rest.ok_or(Error::Invalid { what: "pack" })?;
        let (&[version, form], rest) = rest.split_first_chunk().ok_or(cut_off(1))?;
        if version != FORMAT_VERSION {
            return Err(Error::NewerFormat {
                found: version.into(),
                supported: FORMAT_VERSION.into(),
            });
        }
        let (base, rest) = match form {
            FULL => (None, rest),
            DELTA => {
                let (base, rest) = rest.split_first_chunk().ok_or(cut_off(1))?;
                (Some(*base), rest)
            }
            _ => {
                return Err(Error::Invalid {
                    what: "form of the pack",
                });
            }
        };
        let (length, rest) = rest.split_first_chunk().ok_or(cut_off(1))?;
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        check_count("bytes of a manifest", length, MAX_MANIFEST_BYTES)?;
        let split = rest.split_at_checked(length);
        let (signed, frames) = split.ok_or_else(|| cut_off(length.saturating_sub(rest.len())))?;
        let message = MultiSigned::parse(signed, PACK_TYPE)?;
        let preview = Preview {
            manifest: Manifest::read(message.payload())?,
            base,
        };
        Ok((preview, frames))
    }

    /// Whether the quorums of `root` signed this pack: to be asked again after a rotation.
    ///
    /// # Errors
    /// [`Error::ThresholdNotMet`], [`Error::RoleUnassigned`], [`Error::OtherPublisher`].
    pub fn check_signed(&self, root: &Root) -> Result<(), Error> {
        let message = MultiSigned::parse(&self.signed, PACK_TYPE)?;
        Manifest::verify(&message, root).map(drop)
    }
}

const fn cut_off(missing: usize) -> Error {
    Error::CutOff {
        what: "pack",
        missing: missing as u64,
    }
}

/// Bytes of the head of a frame.
const FRAME_HEAD: usize = 5;
