//! One frame of a message that does not fit one code. Byte by byte, before base45:
//!
//! ```text
//! offset  bytes  field
//!      0      1  kind number (the text's prefix holds the format version)
//!      1      4  message id: SHA-256(kind number || message), first 4 bytes
//!      5      2  index of this frame, from 0
//!      7      2  k, the number of frames needed
//!      9      3  length of the message in bytes
//!     12      s  shard, s = ceil(length / k) rounded up to an even number
//! 12 + s      4  check: CRC-32 (IEEE 802.3) over all bytes before it
//! ```
//! Numbers are big-endian. Frames 0 to k - 1 hold the message itself, later ones recovery
//! shards. The check tells a damaged frame (every change within four bytes is found), the
//! message id a message put together from frames that do not belong together. Neither is a
//! defence against an attacker: that is the signature or seal of the message.

use sha2::{Digest, Sha256};

use super::crc32::crc32;
use super::shards::Division;
use super::text::Kind;
use crate::Error;
use crate::limits::frames_sent_max;

/// The first four bytes of the SHA-256 of a message and its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MessageId([u8; 4]);

impl MessageId {
    /// The id of a message.
    #[must_use]
    pub fn of(kind: Kind, message: &[u8]) -> Self {
        let digest = Sha256::new()
            .chain_update([kind.number()])
            .chain_update(message)
            .finalize();
        let [a, b, c, d, ..]: [u8; 32] = digest.into();
        Self([a, b, c, d])
    }

    /// The bytes, as frames carry them.
    #[must_use]
    pub const fn bytes(self) -> [u8; 4] {
        self.0
    }
}

/// What all frames of one message have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Series {
    pub(super) kind: Kind,
    pub(super) id: MessageId,
    pub(super) division: Division,
}

/// One frame whose check and header are in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) series: Series,
    pub(super) index: usize,
    pub(super) shard: Vec<u8>,
}

const HEADER_LENGTH: usize = 12;
const CHECK_LENGTH: usize = 4;

/// Bytes of a frame that are not shard.
pub(super) const OVERHEAD: usize = HEADER_LENGTH + CHECK_LENGTH;

impl Frame {
    /// Reads the bytes of a frame.
    ///
    /// # Errors
    /// [`Error::FrameTooShort`], [`Error::FrameCorrupt`], then for a header that no sender
    /// writes [`Error::MessageKind`], [`Error::MessageTooLong`], [`Error::FrameDivision`],
    /// [`Error::FrameIndex`] and [`Error::ShardLength`].
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let too_short = Error::FrameTooShort {
            length: bytes.len(),
            least: OVERHEAD + 2,
        };
        let Some((body, check)) = bytes.split_last_chunk::<CHECK_LENGTH>() else {
            return Err(too_short);
        };
        let Some((header, shard)) = body.split_first_chunk::<HEADER_LENGTH>() else {
            return Err(too_short);
        };
        if shard.len() < 2 {
            return Err(too_short);
        }
        let (found, computed) = (u32::from_be_bytes(*check), crc32(&[body]));
        if found != computed {
            return Err(Error::FrameCorrupt { found, computed });
        }
        let [kind, i0, i1, i2, i3, x0, x1, k0, k1, l0, l1, l2] = *header;
        let kind = Kind::from_number(kind)?;
        let index = usize::from(u16::from_be_bytes([x0, x1]));
        let needed = usize::from(u16::from_be_bytes([k0, k1]));
        let length = usize::from(l0) << 16 | usize::from(l1) << 8 | usize::from(l2);
        let division = Division::new(length, needed)?;
        let limit = frames_sent_max(needed);
        if index >= limit {
            return Err(Error::FrameIndex { index, limit });
        }
        if shard.len() != division.shard_length() {
            return Err(Error::ShardLength {
                found: shard.len(),
                expected: division.shard_length(),
            });
        }
        Ok(Self {
            series: Series {
                kind,
                id: MessageId([i0, i1, i2, i3]),
                division,
            },
            index,
            shard: shard.to_vec(),
        })
    }
}

/// The first `count` frames of a message, each with a shard of at most `shard_max` bytes.
///
/// # Errors
/// [`Error::MessageTooLong`], [`Error::FramesNeeded`], [`Error::FrameDivision`] for an empty
/// message, [`Error::FrameCount`]. `count` is given the number of frames needed.
pub(super) fn split(
    kind: Kind,
    message: &[u8],
    shard_max: usize,
    count: impl FnOnce(usize) -> usize,
) -> Result<Vec<Vec<u8>>, Error> {
    let division = Division::into_shards_of(message.len(), shard_max)?;
    let shards = division.cut(message, count(division.needed()))?;
    let MessageId(id) = MessageId::of(kind, message);
    let [.., n0, n1] = division.needed().to_be_bytes();
    let [.., l0, l1, l2] = division.length().to_be_bytes();
    let frames = shards.into_iter().enumerate().map(|(index, shard)| {
        let [.., x0, x1] = index.to_be_bytes();
        let mut frame = Vec::with_capacity(OVERHEAD + shard.len());
        frame.push(kind.number());
        frame.extend_from_slice(&id);
        frame.extend_from_slice(&[x0, x1, n0, n1, l0, l1, l2]);
        frame.extend_from_slice(&shard);
        let check = crc32(&[&frame]);
        frame.extend_from_slice(&check.to_be_bytes());
        frame
    });
    Ok(frames.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame() -> Vec<u8> {
        split(Kind::Response, &[7; 100], 20, |k| k)
            .unwrap()
            .remove(2)
    }

    /// The frame with `bytes` written at `offset` and a check that fits.
    fn forged(offset: usize, bytes: &[u8]) -> Result<Frame, Error> {
        let mut frame = frame();
        frame[offset..offset + bytes.len()].copy_from_slice(bytes);
        let end = frame.len() - CHECK_LENGTH;
        let check = crc32fast::hash(&frame[..end]).to_be_bytes();
        frame[end..].copy_from_slice(&check);
        Frame::parse(&frame)
    }

    #[test]
    fn bytes_are_as_documented() {
        let id = MessageId::of(Kind::Response, &[7; 100]);
        let mut expected = vec![2];
        expected.extend(id.bytes());
        expected.extend([0, 2, 0, 5, 0, 0, 100]);
        expected.extend([7; 20]);
        expected.extend(crc32fast::hash(&expected).to_be_bytes());
        assert_eq!(frame(), expected);
    }

    #[test]
    fn hostile_headers_are_refused_by_name() {
        let length = 100;
        assert!(forged(0, &[2]).is_ok());
        assert_eq!(forged(0, &[99]), Err(Error::MessageKind { found: 99 }));
        assert_eq!(
            forged(5, &[0, 74]),
            Err(Error::FrameIndex {
                index: 74,
                limit: 74
            })
        );
        for needed in [0_usize, 3000, 65535] {
            let [.., high, low] = needed.to_be_bytes();
            assert_eq!(
                forged(7, &[high, low]),
                Err(Error::FrameDivision { needed, length })
            );
        }
        assert_eq!(
            forged(9, &[255, 255, 255]),
            Err(Error::MessageTooLong {
                length: 0xff_ffff,
                limit: 1 << 20
            })
        );
        assert_eq!(
            forged(9, &[0, 0, 0]),
            Err(Error::FrameDivision {
                needed: 5,
                length: 0
            })
        );
        assert_eq!(
            forged(9, &[0, 0, 110]),
            Err(Error::ShardLength {
                found: 20,
                expected: 22
            })
        );
        for length in 0..OVERHEAD + 2 {
            assert_eq!(
                Frame::parse(&frame()[..length]),
                Err(Error::FrameTooShort {
                    length,
                    least: OVERHEAD + 2
                })
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_changed_byte_is_recognised(shard in 2_usize..900, flip in 1_u8..) {
            let message = vec![0x5a; shard * 3];
            let frame = split(Kind::File, &message, shard, |k| k + 1).unwrap().remove(3);
            for position in 0..frame.len() {
                let mut changed = frame.clone();
                changed[position] ^= flip;
                let outcome = Frame::parse(&changed);
                let corrupt = matches!(outcome, Err(Error::FrameCorrupt { .. }));
                prop_assert!(corrupt);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Frame::parse(&bytes);
        }
    }
}
