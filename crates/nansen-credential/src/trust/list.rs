//! A trust list whose signature holds. There is no type for one whose signature was not checked.

use sha2::{Digest, Sha256};

use super::content::{KidIndex, TRUST_LIST_TYPE};
use super::{Anchor, Issuer, TrustListContent};
use crate::Error;
use crate::cbor::RawMap;
use crate::cose::{PublicKey, Sign1, header};
use crate::error::check_size;
use crate::limits::MAX_TRUST_LIST_BYTES;

/// A trust list signed by a root.
#[derive(Clone, Debug)]
pub struct TrustList {
    content: TrustListContent,
    by_kid: KidIndex,
    digest: [u8; 32],
    signed_by: PublicKey,
}

impl TrustList {
    /// Reads a list and checks its signature by one of `roots`, before anything in it is read.
    ///
    /// # Errors
    /// [`Error::UnknownRoot`], [`Error::BadSignature`], [`Error::NewerFormat`], or what else is
    /// not as [the format](super) has it.
    pub fn parse_verified(bytes: &[u8], roots: &[PublicKey]) -> Result<Self, Error> {
        check_size("trust list", bytes, MAX_TRUST_LIST_BYTES)?;
        let message = Sign1::parse(bytes)?;
        message.check_media_type(TRUST_LIST_TYPE)?;
        if !message.unprotected.is_empty() {
            return Err(Error::Forbidden {
                what: "unprotected header",
            });
        }
        let kid = message
            .protected
            .label(header::KID)
            .ok_or(Error::Missing { what: "kid" })?
            .bytes()?;
        let root = roots
            .iter()
            .find(|root| root.kid() == kid)
            .ok_or(Error::UnknownRoot)?;
        message.verify(root)?;
        let content = TrustListContent::read(&RawMap::from_cbor(message.payload)?)?;
        let by_kid = content.check()?;
        Ok(Self {
            content,
            by_kid,
            digest: Sha256::digest(message.payload).into(),
            signed_by: root.clone(),
        })
    }

    /// Whether `offered` may take the place of `held`: the same list of the same root, not older, and not the
    /// same version with other content.
    ///
    /// # Errors
    /// [`Error::OtherList`], [`Error::Rollback`] or [`Error::VersionConflict`].
    pub fn check_update(held: &Self, offered: &Self) -> Result<(), Error> {
        if offered.id() != held.id() || offered.signed_by != held.signed_by {
            return Err(Error::OtherList);
        }
        if offered.version() < held.version() {
            return Err(Error::Rollback {
                offered: offered.version(),
                held: held.version(),
            });
        }
        if offered.version() == held.version() && offered.digest != held.digest {
            return Err(Error::VersionConflict {
                version: held.version(),
            });
        }
        Ok(())
    }

    /// The key with this `kid`, and its issuer.
    #[must_use]
    pub fn find(&self, kid: &[u8]) -> Option<Anchor<'_>> {
        self.by_kid.find(&self.content, kid)
    }

    /// The id, the same in all versions of the list.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.content.id
    }

    /// The version.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.content.version
    }

    /// When it was signed, unix seconds.
    #[must_use]
    pub const fn issued_at(&self) -> i64 {
        self.content.issued_at
    }

    /// When the next version is due, unix seconds.
    #[must_use]
    pub const fn next_update(&self) -> i64 {
        self.content.next_update
    }

    /// The issuers, in the order of the list.
    #[must_use]
    pub fn issuers(&self) -> &[Issuer] {
        &self.content.issuers
    }

    /// All of it, from which a desk makes the next version.
    #[must_use]
    pub const fn content(&self) -> &TrustListContent {
        &self.content
    }

    /// The root that signed it.
    #[must_use]
    pub const fn signed_by(&self) -> &PublicKey {
        &self.signed_by
    }

    /// SHA-256 of the signed payload: two lists with the same digest say the same.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}
