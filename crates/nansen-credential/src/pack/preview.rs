//! What a pack says of itself before anything is believed: whose it is, and what it builds on.

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
        check_size("pack", bytes, MAX_PACK_BYTES)?;
        let cut_off = |missing: usize| Error::CutOff {
            what: "pack",
            missing: missing as u64,
        };
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
        let signed = rest.get(..length);
        let signed = signed.ok_or_else(|| cut_off(length.saturating_sub(rest.len())))?;
        let message = MultiSigned::parse(signed, PACK_TYPE)?;
        Ok(Preview {
            manifest: Manifest::read(message.payload())?,
            base,
        })
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
