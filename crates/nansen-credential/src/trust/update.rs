//! Which version of whose list something is, and whether it may take the place of another.

use core::cmp::Ordering;
use core::fmt;

use crate::Error;
use crate::cose::PublicKey;

/// On whose word something is trusted.
#[derive(Clone, PartialEq, Eq)]
pub enum Authority {
    /// A single root key.
    Key(PublicKey),
    /// The publisher of a [`Root`](super::Root), by name.
    Publisher(String),
}

/// Stores of trust know lists by this: it stays as it is.
impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => key.fmt(f),
            Self::Publisher(name) => write!(f, "Publisher(\"{name}\")"),
        }
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One version of something that its publisher signs again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// On whose word.
    pub authority: Authority,
    /// The id, the same in all versions.
    pub id: String,
    /// The version.
    pub version: u64,
    /// SHA-256 of the signed payload: the same digest says the same.
    pub digest: [u8; 32],
}

impl Edition {
    /// Whether `offered` is no older than this one and of the same list.
    ///
    /// After a theft of keys, versions may have been pushed ahead of what the publisher will
    /// sign. Something held whose signatures the newest root no longer accepts is therefore
    /// dropped, not updated: verify what is held again after every rotation.
    ///
    /// # Errors
    /// [`Error::OtherList`], [`Error::Rollback`] or [`Error::VersionConflict`].
    pub fn check_update(&self, offered: &Self) -> Result<(), Error> {
        if offered.id != self.id || offered.authority != self.authority {
            return Err(Error::OtherList);
        }
        match offered.version.cmp(&self.version) {
            Ordering::Less => Err(Error::Rollback {
                offered: offered.version,
                held: self.version,
            }),
            Ordering::Equal if offered.digest != self.digest => Err(Error::VersionConflict {
                version: self.version,
            }),
            Ordering::Equal | Ordering::Greater => Ok(()),
        }
    }
}
