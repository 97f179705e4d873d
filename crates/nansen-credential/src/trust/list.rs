//! A trust list whose signature holds. There is no type for one whose signature was not checked.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::content::{KidIndex, TRUST_LIST_TYPE};
use super::update::{Authority, Edition};
use super::{Anchor, Freshness, Issuer, Role, Root, TrustListContent, format_2};
use crate::Error;
use crate::cbor::RawMap;
use crate::cose::{MultiSigned, PublicKey, Sign1, header};
use crate::error::check_size;
use crate::fields::check_format;
use crate::limits::MAX_TRUST_LIST_BYTES;

/// A trust list signed by a root. A clone is the same list, not another copy of it.
#[derive(Clone, Debug)]
pub struct TrustList(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    content: TrustListContent,
    by_kid: KidIndex,
    edition: Edition,
}

impl TrustList {
    /// Reads a list of format 1 and checks its signature by one of `roots`, before anything in it is read.
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
        let authority = Authority::Key(root.clone());
        Ok(Self::of(content, by_kid, authority, message.payload))
    }

    /// Reads a list of format 2 and checks its signatures by the quorum of [`Role::Issuers`],
    /// before anything in it is read.
    ///
    /// # Errors
    /// Those of [`Root::verify`], [`Error::OtherPublisher`], [`Error::NewerFormat`], or what
    /// else is not as the format has it.
    pub fn parse_signed(bytes: &[u8], root: &Root) -> Result<Self, Error> {
        check_size("trust list", bytes, MAX_TRUST_LIST_BYTES)?;
        let message = MultiSigned::parse(bytes, TRUST_LIST_TYPE)?;
        root.verify(Role::Issuers, &message)?;
        let list = RawMap::from_cbor(message.payload())?;
        check_format(&list, format_2::FORMAT_VERSION)?;
        let (content, publisher) = format_2::read(&list)?;
        if publisher != root.publisher() {
            return Err(Error::OtherPublisher);
        }
        let by_kid = content.check()?;
        let authority = Authority::Publisher(publisher);
        Ok(Self::of(content, by_kid, authority, message.payload()))
    }

    fn of(
        content: TrustListContent,
        by_kid: KidIndex,
        authority: Authority,
        payload: &[u8],
    ) -> Self {
        let edition = Edition {
            authority,
            id: content.id.clone(),
            version: content.version,
            digest: Sha256::digest(payload).into(),
        };
        Self(Arc::new(Parts {
            content,
            by_kid,
            edition,
        }))
    }

    /// Whether `offered` may take the place of `held`: the same list of the same root, not
    /// older, and not the same version with other content.
    ///
    /// # Errors
    /// [`Error::OtherList`], [`Error::Rollback`] or [`Error::VersionConflict`].
    pub fn check_update(held: &Self, offered: &Self) -> Result<(), Error> {
        held.edition().check_update(offered.edition())
    }

    /// The key with this `kid`, and its issuer.
    #[must_use]
    pub fn find(&self, kid: &[u8]) -> Option<Anchor<'_>> {
        self.0.by_kid.find(&self.0.content, kid)
    }

    /// The id, the same in all versions of the list.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.content.id
    }

    /// The version.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.0.content.version
    }

    /// When it was signed, unix seconds.
    #[must_use]
    pub fn issued_at(&self) -> i64 {
        self.0.content.issued_at
    }

    /// When the next version is due, unix seconds.
    #[must_use]
    pub fn next_update(&self) -> i64 {
        self.0.content.next_update
    }

    /// The issuers, in the order of the list.
    #[must_use]
    pub fn issuers(&self) -> &[Issuer] {
        &self.0.content.issuers
    }

    /// All of it, from which a desk makes the next version.
    #[must_use]
    pub fn content(&self) -> &TrustListContent {
        &self.0.content
    }

    /// Which version of whose list it is.
    #[must_use]
    pub fn edition(&self) -> &Edition {
        &self.0.edition
    }

    /// Whose word it is.
    #[must_use]
    pub fn signed_by(&self) -> &Authority {
        &self.0.edition.authority
    }

    /// SHA-256 of the signed payload: two lists with the same digest say the same.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &self.0.edition.digest
    }

    /// The age at `now`, the later of clock and latest signed time in unix seconds.
    #[must_use]
    pub fn freshness(&self, now: i64) -> Freshness {
        Freshness::at(now, self.0.content.issued_at, self.0.content.next_update)
    }
}
