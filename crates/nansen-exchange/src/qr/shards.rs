//! A message as shards of equal length, any k of which make it again.
//!
//! Shard `i < k` is the `i`-th piece of the message, the last one filled up with zeros. Shard
//! `k + j` is recovery shard `j` of the Reed-Solomon code over GF(2^16) of Leopard-RS, low rate:
//! in that construction shard `j` does not depend on how many recovery shards are made, so that
//! sender and collector need not agree on their number.
//!
//! The plain engine of the crate does the arithmetic. Its vector engines first fill tables of
//! 8 MiB, which takes longer (4 to 10 ms) than everything the plain one does for messages of
//! up to 100 KiB (2 ms), and the plain one needs 26 ms for the largest message.
//!
//! Invariant: k > 0, the shard length is even, and k is the least number of such shards that
//! holds the message.

use std::collections::BTreeMap;

use reed_solomon_simd::engine::Naive;
use reed_solomon_simd::rate::{LowRateDecoder, LowRateEncoder, RateDecoder, RateEncoder};

use crate::Error;
use crate::limits::{FRAMES_NEEDED_MAX, MESSAGE_LENGTH_MAX, frames_sent_max};

/// How a message of a certain length is cut: the part of a frame header that decides sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Division {
    length: usize,
    needed: usize,
}

impl Division {
    /// The division of a message of `length` bytes into shards of at most `shard_max` bytes.
    ///
    /// # Errors
    /// [`Error::MessageTooLong`]; [`Error::FramesNeeded`] if the shards are too small for it.
    pub(super) fn into_shards_of(length: usize, shard_max: usize) -> Result<Self, Error> {
        let shard_max = (shard_max & !1).max(2);
        let needed = length.div_ceil(shard_max).max(1);
        if needed > FRAMES_NEEDED_MAX {
            return Err(Error::FramesNeeded {
                needed,
                limit: FRAMES_NEEDED_MAX,
            });
        }
        Self::new(length, needed)
    }

    /// The division that a frame header claims, if a sender could have made it.
    ///
    /// # Errors
    /// [`Error::MessageTooLong`]; [`Error::FrameDivision`] if `needed` is zero, too many, or not
    /// what a message of this length is cut into.
    pub(super) fn new(length: usize, needed: usize) -> Result<Self, Error> {
        if length > MESSAGE_LENGTH_MAX {
            return Err(Error::MessageTooLong {
                length,
                limit: MESSAGE_LENGTH_MAX,
            });
        }
        let refused = Error::FrameDivision { needed, length };
        if length == 0 || needed == 0 || needed > FRAMES_NEEDED_MAX {
            return Err(refused);
        }
        let division = Self { length, needed };
        if length.div_ceil(division.shard_length()) != needed {
            return Err(refused);
        }
        Ok(division)
    }

    /// Bytes of the message.
    pub(super) const fn length(self) -> usize {
        self.length
    }

    /// Shards needed, k.
    pub(super) const fn needed(self) -> usize {
        self.needed
    }

    /// Bytes of every shard.
    pub(super) const fn shard_length(self) -> usize {
        self.length.div_ceil(self.needed).next_multiple_of(2)
    }

    /// The first `count` shards of `message`, in order of index.
    ///
    /// # Errors
    /// [`Error::FrameCount`] if `count` is less than k or more than may be sent.
    pub(super) fn cut(self, message: &[u8], count: usize) -> Result<Vec<Vec<u8>>, Error> {
        let refused = Error::FrameCount {
            count,
            least: self.needed,
            limit: frames_sent_max(self.needed),
        };
        let Some(extra) = count.checked_sub(self.needed) else {
            return Err(refused);
        };
        if count > frames_sent_max(self.needed) {
            return Err(refused);
        }
        let mut shards: Vec<Vec<u8>> = message
            .chunks(self.shard_length())
            .map(|piece| {
                let mut shard = piece.to_vec();
                shard.resize(self.shard_length(), 0);
                shard
            })
            .collect();
        if extra > 0 {
            let recovery = self.recovery(&shards, extra).map_err(|_| refused)?;
            shards.extend(recovery);
        }
        Ok(shards)
    }

    /// The message, from exactly k shards by index.
    ///
    /// # Errors
    /// [`Error::MessageDamaged`] if the shards are not k of one length.
    pub(super) fn join(self, shards: &BTreeMap<usize, Vec<u8>>) -> Result<Vec<u8>, Error> {
        let damaged = Error::MessageDamaged {
            needed: self.needed,
        };
        let restored = self.restored(shards).map_err(|_| damaged.clone())?;
        let mut message = Vec::with_capacity(self.needed * self.shard_length());
        for index in 0..self.needed {
            let shard = shards.get(&index).or_else(|| restored.get(&index));
            message.extend_from_slice(shard.ok_or_else(|| damaged.clone())?);
        }
        message.truncate(self.length);
        Ok(message)
    }

    fn recovery(
        self,
        originals: &[Vec<u8>],
        extra: usize,
    ) -> Result<Vec<Vec<u8>>, reed_solomon_simd::Error> {
        let engine = Naive::new();
        let mut encoder =
            LowRateEncoder::new(self.needed, extra, self.shard_length(), engine, None)?;
        for shard in originals {
            encoder.add_original_shard(shard)?;
        }
        let recovery = encoder.encode()?;
        Ok(recovery.recovery_iter().map(<[u8]>::to_vec).collect())
    }

    /// The pieces of the message that are not among `shards`.
    fn restored(
        self,
        shards: &BTreeMap<usize, Vec<u8>>,
    ) -> Result<BTreeMap<usize, Vec<u8>>, reed_solomon_simd::Error> {
        let highest = shards.keys().next_back().copied().unwrap_or_default();
        let Some(recovery_count) = (highest + 1).checked_sub(self.needed).filter(|n| *n > 0) else {
            return Ok(BTreeMap::new());
        };
        let engine = Naive::new();
        let mut decoder = LowRateDecoder::new(
            self.needed,
            recovery_count,
            self.shard_length(),
            engine,
            None,
        )?;
        for (&index, shard) in shards {
            match index.checked_sub(self.needed) {
                None => decoder.add_original_shard(index, shard)?,
                Some(recovery) => decoder.add_recovery_shard(recovery, shard)?,
            }
        }
        let result = decoder.decode()?;
        Ok(result
            .restored_original_iter()
            .map(|(index, shard)| (index, shard.to_vec()))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_shard_does_not_depend_on_how_many_there_are() {
        let message: Vec<u8> = (0..=255).cycle().take(5000).collect();
        for needed in [1, 2, 3, 5, 8, 9, 25] {
            let division =
                Division::into_shards_of(message.len(), message.len().div_ceil(needed)).unwrap();
            let most = division
                .cut(&message, frames_sent_max(division.needed()))
                .unwrap();
            for count in division.needed()..most.len() {
                assert_eq!(division.cut(&message, count).unwrap(), most[..count]);
            }
        }
    }

    #[test]
    fn divisions_that_no_sender_makes_are_refused() {
        let divided = |length, needed| Err(Error::FrameDivision { needed, length });
        assert_eq!(Division::new(0, 1), divided(0, 1));
        assert_eq!(Division::new(100, 0), divided(100, 0));
        assert_eq!(Division::new(100, 51), divided(100, 51));
        assert_eq!(Division::new(10, 4), divided(10, 4));
        assert_eq!(Division::new(1 << 20, 4096), divided(1 << 20, 4096));
        let limit = MESSAGE_LENGTH_MAX;
        for length in [limit + 1, 0xff_ffff, 1 << 32] {
            assert_eq!(
                Division::new(length, 100),
                Err(Error::MessageTooLong { length, limit })
            );
        }
        assert_eq!(Division::new(100, 50).unwrap().shard_length(), 2);
        assert_eq!(
            Division::into_shards_of(1 << 20, 256),
            Err(Error::FramesNeeded {
                needed: 4096,
                limit: FRAMES_NEEDED_MAX
            })
        );
    }

    #[test]
    fn what_a_sender_divides_a_collector_accepts() {
        for length in (1..400).chain([813, 814, 815, 5000, MESSAGE_LENGTH_MAX]) {
            for shard_max in [1, 2, 3, 7, 20, 814, 2848] {
                let Ok(division) = Division::into_shards_of(length, shard_max) else {
                    assert!(length.div_ceil(2) > FRAMES_NEEDED_MAX);
                    continue;
                };
                assert!(division.shard_length() <= shard_max.max(2).next_multiple_of(2));
                assert_eq!(Division::new(length, division.needed()), Ok(division));
            }
        }
    }

    #[test]
    fn too_few_and_too_many_frames_are_refused() {
        let division = Division::into_shards_of(30, 10).unwrap();
        for count in [0, 2, 71] {
            assert_eq!(
                division.cut(&[0; 30], count),
                Err(Error::FrameCount {
                    count,
                    least: 3,
                    limit: 70
                })
            );
        }
    }
}
