//! Publishers: whose root is pinned, how it rotates, and what falls with a rotation.

use std::sync::Arc;

use nansen_credential::Error as Refused;
use nansen_credential::trust::{Authority, Role, Root, TrustList, VerifierList};

use super::floors::{Name, Of};
use super::{Added, HeldPack, ROOTS_MAX, TrustStore, check_count};
use crate::Error;

/// A publisher, and its newest root statement as received.
#[derive(Debug)]
pub(super) struct Publisher {
    pub(super) root: Root,
    pub(super) bytes: Arc<[u8]>,
}

impl TrustStore {
    /// Trusts the publisher of a root statement whose digest ([`Root::pin`]) came with the app or
    /// from somebody met in person.
    ///
    /// # Errors
    /// Those of [`Root::parse_pinned`]; [`Error::PublisherHeld`] when another statement of the
    /// publisher is here, which only a rotation can replace, a later one than this perhaps;
    /// [`Error::TooMany`] beyond [`ROOTS_MAX`].
    pub fn add_publisher(&mut self, statement: &[u8], pin: &[u8; 32]) -> Result<Added, Error> {
        let root = Root::parse_pinned(statement, pin)?;
        if let Some(held) = self.publisher(root.publisher()) {
            return match held.root.digest() == root.digest() {
                true => Ok(Added::AlreadyHere),
                false => Err(Error::PublisherHeld),
            };
        }
        check_count("publishers", self.publishers.len() + 1, ROOTS_MAX)?;
        let bytes = statement.into();
        self.publishers.push(Arc::new(Publisher { root, bytes }));
        self.refresh();
        Ok(Added::New)
    }

    /// Follows the rotations of a publisher that is trusted, and drops what its newest root no
    /// longer vouches for; of packs that go, lists for which it does are kept. Statements that were
    /// followed before are passed over.
    ///
    /// # Errors
    /// [`Error::UnknownPublisher`] when no publisher here signed the chain; those of
    /// [`Root::walk`]. Nothing has then changed.
    pub fn add_rotations(&mut self, chain: &[Vec<u8>]) -> Result<Added, Error> {
        let mut refused = Error::UnknownPublisher;
        for place in 0..self.publishers.len() {
            match self.walked(place, chain) {
                Ok(Some(next)) => {
                    let fallen = self.rotate(next);
                    let counted = self.view.tokens.clone();
                    self.refresh();
                    self.keep_lists(&fallen, &counted);
                    return Ok(Added::Replaced);
                }
                Ok(None) => return Ok(Added::AlreadyHere),
                Err(Error::Credential(
                    Refused::OtherPublisher | Refused::ThresholdNotMet { valid: 0, .. },
                )) => {}
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// Trusts a publisher no more, nor its lists and packs. Returns whether it was trusted.
    pub fn remove_publisher(&mut self, name: &str) -> bool {
        let before = self.publishers.len();
        self.publishers
            .retain(|publisher| publisher.root.publisher() != name);
        self.forget(&Authority::Publisher(name.to_owned()));
        self.publishers.len() < before
    }

    /// Roots of publishers, each the newest seen.
    pub fn publishers(&self) -> impl Iterator<Item = &Root> {
        self.publishers.iter().map(|publisher| &publisher.root)
    }

    pub(super) fn publisher(&self, name: &str) -> Option<&Publisher> {
        let mut publishers = self.publishers.iter();
        publishers
            .find(|publisher| publisher.root.publisher() == name)
            .map(|publisher| &**publisher)
    }

    /// Puts a publisher's next root in the place of the one held, and drops what that no longer
    /// vouches for. Returns packs that fell, for [`TrustStore::keep_lists`].
    ///
    /// Versions that thieves pushed ahead are forgotten with their keys: where too few of a role's
    /// keys are left to sign anything under the next root, no older list could come back. Times
    /// of snapshots are not, since issuers' own lists are held to them: they come down to the time
    /// that the publisher has reached otherwise.
    #[must_use]
    pub(super) fn rotate(&mut self, next: Publisher) -> Vec<Arc<HeldPack>> {
        let name = next.root.publisher().to_owned();
        let authority = Authority::Publisher(name.clone());
        let mut publishers = self.publishers.iter_mut();
        let held = publishers.find(|held| held.root.publisher() == name);
        let Some(held) = held else {
            return Vec::new();
        };
        for (role, of) in [
            (Role::Issuers, Of::TrustList),
            (Role::Verifiers, Of::VerifierList),
            (Role::Content, Of::Pack),
            (Role::Status, Of::Snapshot),
        ] {
            let quorum = |root: &Root| root.content().roles.get(&role).cloned();
            let (before, after) = (quorum(&held.root), quorum(&next.root));
            let is_renewed = before.zip(after).is_some_and(|(before, after)| {
                let keys = after.keys.iter();
                keys.filter(|key| before.keys.contains(key)).count() < after.threshold
            });
            if is_renewed && of == Of::Snapshot {
                let signed = self.floors.at(Name::signed(&authority)).unwrap_or_default();
                let time = signed.max(next.root.content().issued_at);
                self.floors.cap_snapshots(&authority, time);
            } else if is_renewed {
                self.floors.forget_all(&authority, Some(of));
            }
        }
        *held = Arc::new(next);
        let root = &held.root;
        self.trust_lists.retain(|held| {
            *held.list.signed_by() != authority
                || TrustList::parse_signed(&held.bytes, root).is_ok()
        });
        self.verifier_lists.retain(|held| {
            held.list.edition().authority != authority
                || VerifierList::parse_verified(&held.bytes, root).is_ok()
        });
        let mut fallen = Vec::new();
        self.packs.retain(|held| {
            let stays = held.pack.manifest().publisher != name || held.is_under(root);
            if !stays {
                fallen.push(Arc::clone(held));
            }
            stays
        });
        fallen
    }

    fn walked(&self, place: usize, chain: &[Vec<u8>]) -> Result<Option<Publisher>, Error> {
        match self.publishers.get(place) {
            Some(publisher) => publisher.walk(chain),
            None => Err(Error::UnknownPublisher),
        }
    }
}

impl Publisher {
    /// The publisher under the last statement of a chain; `None` when that is the one held.
    ///
    /// # Errors
    /// Those of [`Root::walk`].
    pub(super) fn walk(&self, chain: &[Vec<u8>]) -> Result<Option<Self>, Error> {
        let root = self.root.walk(chain)?;
        if root.digest() == self.root.digest() {
            return Ok(None);
        }
        let is_last = |bytes: &&Vec<u8>| Root::pin(bytes).as_ref() == Ok(root.digest());
        let bytes = chain.iter().find(is_last).map(Vec::as_slice);
        let bytes = bytes.unwrap_or_default().into();
        Ok(Some(Self { root, bytes }))
    }
}
