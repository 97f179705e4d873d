//! The decision whether a listed key is trusted for a credential type at a time.

use super::{Issuer, IssuerKey, TrustList};
use crate::cose::PublicKey;

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
        check_window((self.not_before, self.not_after), self.cut_off, signed_at)
    }

    /// Whether the key was cut off by `signed_at`: at any time, when its cut-off leaves it none.
    fn is_cut_off(&self, signed_at: i64) -> bool {
        let cut_off = self.cut_off;
        cut_off.is_some_and(|cut_off| signed_at >= cut_off || cut_off <= self.not_before)
    }
}

/// Whether a time lies in the window of a key, which ends early at its cut-off.
pub(super) fn check_window(
    (not_before, not_after): (i64, i64),
    cut_off: Option<i64>,
    at: i64,
) -> Result<(), TrustFailure> {
    if at < not_before {
        return Err(TrustFailure::KeyNotYetValid);
    }
    if cut_off.is_some_and(|cut_off| at >= cut_off) {
        return Err(TrustFailure::KeyCutOff);
    }
    if at > not_after {
        return Err(TrustFailure::KeyExpired);
    }
    Ok(())
}

/// What trust lists, taken together, know of a key identifier of an issuer.
///
/// Lists may disagree: one may be older than a rotation or a cut-off. Every key that goes by the
/// identifier is tried. A cut-off on any list counts, under whatever identifier and issuer that
/// list has the key: who has stolen it signs in any name.
#[derive(Clone, Debug)]
pub struct Anchors<'a> {
    lists: &'a [TrustList],
    found: Vec<(Anchor<'a>, &'a TrustList)>,
    /// Whether any list names the issuer, by whatever key.
    pub is_issuer_listed: bool,
}

impl<'a> Anchors<'a> {
    /// Looks in all lists for the key `kid` of the issuer `iss`.
    #[must_use]
    pub fn find(lists: &'a [TrustList], iss: &str, kid: Option<&[u8]>) -> Self {
        let found = lists
            .iter()
            .filter_map(|list| Some((list.find(kid?)?, list)));
        Self {
            lists,
            found: found
                .filter(|(anchor, _)| anchor.issuer.uri == iss)
                .collect(),
            is_issuer_listed: lists
                .iter()
                .any(|list| list.issuers().iter().any(|issuer| issuer.uri == iss)),
        }
    }

    /// Keys that go by the identifier, each once.
    #[must_use]
    pub fn keys(&self) -> Vec<&'a PublicKey> {
        let mut keys: Vec<&PublicKey> = Vec::new();
        for (anchor, _) in &self.found {
            if !keys.contains(&&anchor.key.public) {
                keys.push(&anchor.key.public);
            }
        }
        keys
    }

    /// What the lists say of one key: whether it may sign the type at the time, and the first
    /// list that says so.
    ///
    /// # Errors
    /// [`TrustFailure::KeyCutOff`] when any list says so, else the failure of the first list.
    pub fn trust(
        &self,
        key: &PublicKey,
        iss: &str,
        vct: &str,
        signed_at: i64,
    ) -> Result<Allowed<'a>, TrustFailure> {
        let mut speaking = self
            .found
            .iter()
            .filter(|(anchor, _)| anchor.key.public == *key);
        let mut failure = None;
        let allowed = speaking.find_map(|&(anchor, list)| {
            let issuer = anchor.issuer;
            match anchor.trust(iss, vct, signed_at) {
                Ok(proof) => Some(Allowed {
                    proof,
                    issuer,
                    list,
                }),
                Err(failed) => {
                    failure.get_or_insert(failed);
                    None
                }
            }
        });
        if !self.found.is_empty() && is_cut_off(self.lists, key, signed_at) {
            return Err(TrustFailure::KeyCutOff);
        }
        allowed.ok_or(failure.unwrap_or(TrustFailure::IssuerUnknown))
    }

    /// The lists that let a key sign the type at the time.
    #[must_use]
    pub fn allowing(
        &self,
        key: &PublicKey,
        iss: &str,
        vct: &str,
        signed_at: i64,
    ) -> Vec<TrustList> {
        let allowing = self.found.iter().filter(|(anchor, _)| {
            anchor.key.public == *key && anchor.trust(iss, vct, signed_at).is_ok()
        });
        allowing.map(|(_, list)| TrustList::clone(list)).collect()
    }

    /// The issuer and the list that speak of a key, whether or not they allow it anything: the
    /// first that has it as cut off, else the first. For what is allowed see [`Allowed`].
    #[must_use]
    pub fn speaking_of(&self, key: &PublicKey) -> Option<(&'a Issuer, &'a TrustList)> {
        let found = self.found.iter();
        let speaking: Vec<_> = found.filter(|it| it.0.key.public == *key).collect();
        let mut all = speaking.iter();
        let cutting = all.find(|(anchor, _)| anchor.key.cut_off.is_some());
        let (anchor, list) = cutting.or(speaking.first())?;
        Some((anchor.issuer, list))
    }
}

/// What a list allows, and which list: what it says of the issuer counts, not what others say.
#[derive(Debug)]
pub struct Allowed<'a> {
    /// That it is allowed.
    pub proof: IssuerTrusted,
    /// The issuer as that list has it.
    pub issuer: &'a Issuer,
    /// The list.
    pub list: &'a TrustList,
}

/// Whether lists let `signer` speak for the issuer `iss` at `signed_at`: what there is to ask of
/// a status list.
#[must_use]
pub fn speaks_for(lists: &[TrustList], iss: &str, signer: &PublicKey, signed_at: i64) -> bool {
    let mut issuers = lists
        .iter()
        .flat_map(TrustList::issuers)
        .filter(|issuer| issuer.uri == iss);
    let speaks = |key: &IssuerKey| key.public == *signer && key.check_time(signed_at).is_ok();
    issuers.any(|issuer| issuer.keys.iter().any(speaks)) && !is_cut_off(lists, signer, signed_at)
}

/// Whether any list has the key as cut off by `signed_at`, under whatever identifier and issuer.
fn is_cut_off(lists: &[TrustList], key: &PublicKey, signed_at: i64) -> bool {
    let mut issuers = lists.iter().flat_map(TrustList::issuers);
    let cut_off = |other: &IssuerKey| other.is_cut_off(signed_at) && other.public == *key;
    issuers.any(|issuer| issuer.keys.iter().any(cut_off))
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

#[cfg(test)]
mod tests;
