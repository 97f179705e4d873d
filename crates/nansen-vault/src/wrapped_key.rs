//! A platform secret as the phone's hardware wrapped it, in a file beside the vault.
//!
//! ```text
//! "NanK" (4) || version (1) = 1 || way (1) || length (2) || wrapped || SHA-256 of the above (32)
//! ```
//! `NAME-platform` for way 3, `NAME-passphrase-platform` for way 4. Size and form of what is wrapped are
//! the platform's. The checksum is no protection, only the difference between damage and a key that the
//! hardware refuses. Numbers are big-endian. Invariant: a file is replaced whole or not at all, and what
//! is not ours by its first bytes is not removed.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::{
    error::{Error, Field, Part, Result, bounded},
    limits::WRAPPED_KEY_BYTES,
    place,
    ways::Way,
};

const MAGIC: &[u8; 4] = b"NanK";
const VERSION: u8 = 1;
const CHECKSUM: usize = 32;
/// Most bytes of a file.
const FILE_BYTES: usize = 8 + WRAPPED_KEY_BYTES + CHECKSUM;

/// What stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    way: Way,
    wrapped: Vec<u8>,
}

impl WrappedKey {
    /// What the phone's hardware wrapped for `way`.
    ///
    /// # Errors
    /// [`Error::WrongCallForWay`] for a way without hardware, [`Error::OutOfBounds`].
    pub(crate) fn new(way: Way, wrapped: &[u8]) -> Result<Self> {
        if !way.has_hardware() {
            return Err(Error::WrongCallForWay(way));
        }
        bounded(Field::WrappedKey, wrapped.len(), 1, WRAPPED_KEY_BYTES)?;
        Ok(Self {
            way,
            wrapped: wrapped.to_vec(),
        })
    }

    /// Reads the bytes of a file. `None` if they are not as they were written.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (content, checksum) = bytes.split_last_chunk::<CHECKSUM>()?;
        let (head, wrapped) = content.split_first_chunk::<8>()?;
        let [magic @ .., version, way, high, low] = head;
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let whole = magic == MAGIC
            && *version == VERSION
            && length == wrapped.len()
            && Sha256::digest(content).as_slice() == checksum;
        Self::new(Way::numbered(*way).filter(|_| whole)?, wrapped).ok()
    }

    /// The way that it serves.
    pub(crate) fn way(&self) -> Way {
        self.way
    }

    /// What the hardware unwraps.
    pub(crate) fn into_wrapped(self) -> Vec<u8> {
        self.wrapped
    }

    /// The bytes that [`WrappedKey::parse`] reads.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(FILE_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend([VERSION, self.way as u8]);
        // Bounded far below 64 KiB; a saturated length would not be read again.
        let length = u16::try_from(self.wrapped.len()).unwrap_or(u16::MAX);
        bytes.extend(length.to_be_bytes());
        bytes.extend_from_slice(&self.wrapped);
        let checksum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&checksum);
        bytes
    }
}

/// What is kept for a way of the vault at `vault`; `None` if nothing is, or nothing ever is for this way.
pub(crate) fn read(vault: &Path, way: Way) -> Result<Option<WrappedKey>> {
    let Some(place) = place_of(vault, way) else {
        return Ok(None);
    };
    let bytes = match place::read_bounded(&place, FILE_BYTES + 1) {
        Ok(bytes) => bytes,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let key = WrappedKey::parse(&bytes).filter(|key| key.way == way);
    key.map(Some).ok_or(Error::Damaged {
        part: Part::WrappedKey(way),
    })
}

/// Keeps what was wrapped, in place of what was kept before.
pub(crate) fn write(vault: &Path, key: &WrappedKey) -> Result<()> {
    let place = place_of(vault, key.way).ok_or(Error::WrongCallForWay(key.way))?;
    place::replace(&place, &key.encode())
}

/// Removes what is kept, if it is ours.
pub(crate) fn remove(vault: &Path, way: Way) -> Result<()> {
    let Some(place) = place_of(vault, way) else {
        return Ok(());
    };
    match place::read_bounded(&place, MAGIC.len()) {
        Ok(head) if head == MAGIC => place::remove(&place),
        Ok(_) | Err(Error::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}

fn place_of(vault: &Path, way: Way) -> Option<PathBuf> {
    Some(place::suffixed(vault, suffix(way)?))
}

fn suffix(way: Way) -> Option<&'static str> {
    match way {
        Way::Platform => Some("-platform"),
        Way::PassphraseAndPlatform => Some("-passphrase-platform"),
        Way::Passphrase | Way::Recovery | Way::Guardians => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_was_wrapped_comes_back_and_any_changed_byte_is_noticed(
            wrapped in prop::collection::vec(any::<u8>(), 1..=WRAPPED_KEY_BYTES),
            at: prop::sample::Index, flip in 1u8..,
        ) {
            let key = WrappedKey::new(Way::PassphraseAndPlatform, &wrapped).unwrap();
            let mut bytes = key.encode();
            prop_assert_eq!(WrappedKey::parse(&bytes), Some(key));
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            prop_assert_eq!(WrappedKey::parse(&bytes), None);
        }
    }

    #[test]
    fn what_is_short_long_or_of_another_kind_is_refused() {
        let key = WrappedKey::new(Way::Platform, &[7; 100]).unwrap();
        let bytes = key.encode();
        for length in 0..bytes.len() {
            assert_eq!(WrappedKey::parse(&bytes[..length]), None);
        }
        assert_eq!(WrappedKey::parse(&[&bytes[..], &[0]].concat()), None);
        // With the checksum right: a recovery code has no wrapped key, and no key is empty.
        for (place, value) in [(4, 2), (5, Way::Recovery as u8), (5, 9)] {
            let mut other = bytes[..bytes.len() - CHECKSUM].to_vec();
            other[place] = value;
            let checksum = Sha256::digest(&other);
            other.extend_from_slice(&checksum);
            assert_eq!(WrappedKey::parse(&other), None);
        }
        let most = [0; WRAPPED_KEY_BYTES + 1];
        for wrapped in [&most[..0], &most] {
            let refused = WrappedKey::new(Way::Platform, wrapped);
            assert!(matches!(refused, Err(Error::OutOfBounds { .. })));
        }
        assert!(WrappedKey::new(Way::Platform, &most[1..]).is_ok());
    }
}
