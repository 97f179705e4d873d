//! Signature algorithms and their identifiers in the IANA COSE registry.

use crate::Error;

/// A signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519, written as -19 (RFC 9864).
    Ed25519,
    /// EdDSA with the curve left to the key, -8: read, never written (deprecated by RFC 9864).
    EdDsa,
    /// ECDSA with P-256 and SHA-256, written as -9 (RFC 9864).
    Esp256,
    /// ECDSA with SHA-256 and the curve left to the key, -7: read, never written.
    Es256,
}

impl Algorithm {
    /// The identifier in the registry.
    #[must_use]
    pub const fn id(self) -> i64 {
        match self {
            Self::Ed25519 => -19,
            Self::EdDsa => -8,
            Self::Esp256 => -9,
            Self::Es256 => -7,
        }
    }

    /// The algorithm with this identifier.
    ///
    /// # Errors
    /// [`Error::UnsupportedAlgorithm`] for any other.
    pub const fn from_id(id: i64) -> Result<Self, Error> {
        match id {
            -19 => Ok(Self::Ed25519),
            -8 => Ok(Self::EdDsa),
            -9 => Ok(Self::Esp256),
            -7 => Ok(Self::Es256),
            _ => Err(Error::UnsupportedAlgorithm(id)),
        }
    }
}
