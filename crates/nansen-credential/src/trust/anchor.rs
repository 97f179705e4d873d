//! The decision whether a listed key is trusted for a credential type at a time.

use super::{Issuer, IssuerKey};

/// A key of a verified trust list, and the issuer it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Anchor<'a> {
    issuer: &'a Issuer,
    key: &'a IssuerKey,
}

impl<'a> Anchor<'a> {
    /// Pairs taken from a verified list only, hence not public.
    pub(super) const fn new(issuer: &'a Issuer, key: &'a IssuerKey) -> Self {
        Self { issuer, key }
    }

    /// The issuer.
    #[must_use]
    pub const fn issuer(&self) -> &'a Issuer {
        self.issuer
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &'a IssuerKey {
        self.key
    }

    /// Whether the list lets this key sign a credential: of issuer `iss`, of type `vct`, signed
    /// at `signed_at` (the credential's own `iat`, unix seconds; see the
    /// [limits of that](super#what-a-cut-off-can-and-cannot-do)).
    ///
    /// Says nothing about the signature itself.
    ///
    /// # Errors
    /// The first [`TrustFailure`] in the order of its variants.
    pub fn trust(
        &self,
        iss: &str,
        vct: &str,
        signed_at: i64,
    ) -> Result<IssuerTrusted, TrustFailure> {
        if iss != self.issuer.uri {
            return Err(TrustFailure::IssuerUnknown);
        }
        if !self.issuer.types.iter().any(|allowed| allowed == vct) {
            return Err(TrustFailure::TypeNotAllowed);
        }
        self.key.check_time(signed_at)?;
        Ok(IssuerTrusted(()))
    }
}

impl IssuerKey {
    /// Whether anything that this key signed at `signed_at`, unix seconds, is trusted: all there
    /// is to ask of a status list, which has no credential type.
    ///
    /// # Errors
    /// [`TrustFailure::KeyNotYetValid`], [`TrustFailure::KeyCutOff`] or
    /// [`TrustFailure::KeyExpired`].
    pub fn check_time(&self, signed_at: i64) -> Result<(), TrustFailure> {
        if signed_at < self.not_before {
            return Err(TrustFailure::KeyNotYetValid);
        }
        if self.cut_off.is_some_and(|cut_off| signed_at >= cut_off) {
            return Err(TrustFailure::KeyCutOff);
        }
        if signed_at > self.not_after {
            return Err(TrustFailure::KeyExpired);
        }
        Ok(())
    }
}

/// Proof that a trust list allows a key to sign a type at a time. Made only by
/// [`Anchor::trust`].
#[derive(Debug)]
pub struct IssuerTrusted(());

/// Why a signature is not trusted, good as it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustFailure {
    /// No list has this key, or the key belongs to another issuer than the credential names.
    #[error("no trust list names this issuer with this key")]
    IssuerUnknown,
    /// The issuer is listed, but not for this type of credential.
    #[error("the issuer may not issue this type of credential")]
    TypeNotAllowed,
    /// Signed before the key's window.
    #[error("signed before the issuer's key was valid")]
    KeyNotYetValid,
    /// Signed at or after the key's cut-off: it was compromised, or the issuer closed.
    #[error("signed at or after the cut-off of the issuer's key")]
    KeyCutOff,
    /// Signed after the key's window.
    #[error("signed after the issuer's key had expired")]
    KeyExpired,
}
