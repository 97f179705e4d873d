//! How a message is laid out over codes: one if it fits, else frames of equal size.

use super::code::{Level, alphanumeric_capacity};
use super::frames::{OVERHEAD, split};
use super::text::{Kind, PREFIX_LENGTH, decoded_length, encoded_length, frame, whole};
use crate::Error;
use crate::limits::{MESSAGE_LENGTH_MAX, frames_sent_max};

/// The largest code to show and how much to repeat.
///
/// The default is what a cheap phone reads from another phone's screen: version 20, level L,
/// and for an endless loop a quarter more frames than are needed, at least two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Largest QR version to use, 1 to 40.
    pub version_max: u8,
    /// Least error correction of every code.
    pub level: Level,
    /// Frames beyond those needed; `None` for a quarter of them, at least two.
    pub spare_frames: Option<usize>,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            version_max: 20,
            level: Level::L,
            spare_frames: None,
        }
    }
}

impl Layout {
    /// The texts that carry `message`: one if it fits a code of `version_max`, else frames, all
    /// of the same length and so of the same version.
    ///
    /// # Errors
    /// [`Error::MessageTooLong`] above 1 MiB; [`Error::QrVersion`]; [`Error::CodeTooSmall`] and
    /// [`Error::FramesNeeded`] if codes of this version cannot carry it; [`Error::FrameCount`]
    /// for too many spare frames.
    pub fn texts(&self, kind: Kind, message: &[u8]) -> Result<Vec<String>, Error> {
        if message.len() > MESSAGE_LENGTH_MAX {
            return Err(Error::MessageTooLong {
                length: message.len(),
                limit: MESSAGE_LENGTH_MAX,
            });
        }
        let capacity = alphanumeric_capacity(self.version_max, self.level)?;
        if PREFIX_LENGTH + encoded_length(message.len()) <= capacity {
            return Ok(vec![whole(kind, message)]);
        }
        let shard_max = decoded_length(capacity.saturating_sub(PREFIX_LENGTH))
            .checked_sub(OVERHEAD)
            .filter(|length| *length >= 2)
            .ok_or(Error::CodeTooSmall {
                version: self.version_max,
                capacity,
            })?;
        let frames = split(kind, message, shard_max, |needed| self.frames_sent(needed))?;
        Ok(frames.iter().map(|bytes| frame(bytes)).collect())
    }

    fn frames_sent(&self, needed: usize) -> usize {
        let usual = (needed / 4).max(2).min(frames_sent_max(needed) - needed);
        needed.saturating_add(self.spare_frames.unwrap_or(usual))
    }
}
