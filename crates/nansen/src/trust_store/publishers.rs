//! Publishers: whose root is pinned, how it rotates, and what falls with a rotation.

use std::sync::Arc;

use nansen_credential::Error as Refused;
use nansen_credential::trust::{Authority, Edition, Root, TrustList, VerifierList};

use super::{Added, HeldPack, ROOTS_MAX, TrustStore, check_count};
use crate::Error;

/// A publisher, and its newest root statement as received.
#[derive(Clone, Debug)]
pub(super) struct Publisher {
    pub(super) root: Root,
    pub(super) bytes: Arc<[u8]>,
    /// The latest time of anything that it signed and that is here no more, unix seconds; 0 at
    /// first. It goes with the publisher.
    pub(super) latest: i64,
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
        self.publishers.push(Publisher {
            root,
            bytes: statement.into(),
            latest: 0,
        });
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
                    self.keep_lists(&fallen);
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
        self.drop_unvouched();
        self.publishers.len() < before
    }

    /// Roots of publishers, each the newest seen.
    pub fn publishers(&self) -> impl Iterator<Item = &Root> {
        self.publishers.iter().map(|publisher| &publisher.root)
    }

    pub(super) fn publisher(&self, name: &str) -> Option<&Publisher> {
        let mut publishers = self.publishers.iter();
        publishers.find(|publisher| publisher.root.publisher() == name)
    }

    /// Puts a publisher's next root in the place of the one held. Returns packs for which it no
    /// longer vouches, for [`TrustStore::keep_lists`].
    #[must_use]
    pub(super) fn rotate(&mut self, next: Publisher) -> Vec<HeldPack> {
        self.note_publishers();
        let name = next.root.publisher();
        let mut publishers = self.publishers.iter_mut();
        if let Some(held) = publishers.find(|held| held.root.publisher() == name) {
            let latest = next.latest.max(held.latest);
            *held = Publisher { latest, ..next };
        }
        self.drop_fallen()
    }

    /// Remembers how late publishers signed, before something of theirs goes: the high-water mark
    /// stays where it is.
    pub(super) fn note_publishers(&mut self) {
        let (view, packs) = (&self.view, &self.packs);
        for publisher in &mut self.publishers {
            let name = publisher.root.publisher();
            let is_own = |edition: &Edition| matches!(&edition.authority, Authority::Publisher(own) if own == name);
            let trust = view
                .trust_lists
                .iter()
                .filter(|list| is_own(list.edition()));
            let asking = view.verifier_lists.iter();
            let asking = asking.filter(|list| is_own(list.edition()));
            let packs = packs.iter().map(|held| held.pack.manifest());
            let packs = packs.filter(|manifest| manifest.publisher == name);
            let times = trust
                .map(TrustList::issued_at)
                .chain(asking.map(|list| list.content().issued_at))
                .chain(packs.map(|manifest| manifest.issued_at))
                .chain([publisher.root.content().issued_at]);
            publisher.latest = times.fold(publisher.latest, i64::max);
        }
    }

    fn walked(&self, place: usize, chain: &[Vec<u8>]) -> Result<Option<Publisher>, Error> {
        match self.publishers.get(place) {
            Some(publisher) => publisher.walk(chain),
            None => Err(Error::UnknownPublisher),
        }
    }

    /// Drops lists and packs that nobody who is trusted now vouches for.
    pub(super) fn drop_unvouched(&mut self) {
        let fallen = self.drop_fallen();
        self.keep_lists(&fallen);
    }

    /// The same, but for lists of the packs that it returns.
    fn drop_fallen(&mut self) -> Vec<HeldPack> {
        let publishers = &self.publishers;
        let root_of = |name: &str| {
            let mut roots = publishers.iter().map(|publisher| &publisher.root);
            roots.find(|root| root.publisher() == name)
        };
        let roots = &self.roots;
        self.trust_lists
            .retain(|list, bytes| match list.signed_by() {
                Authority::Key(key) => roots.contains(key),
                Authority::Publisher(name) => {
                    root_of(name).is_some_and(|root| TrustList::parse_signed(bytes, root).is_ok())
                }
            });
        self.verifier_lists
            .retain(|list, bytes| match &list.edition().authority {
                Authority::Key(_) => false,
                Authority::Publisher(name) => root_of(name)
                    .is_some_and(|root| VerifierList::parse_verified(bytes, root).is_ok()),
            });
        let packs: Vec<HeldPack> = self.packs.drain(..).collect();
        let mut fallen = Vec::new();
        for held in packs {
            let root = root_of(&held.pack.manifest().publisher);
            match root.and_then(|root| held.under(root, &self.view.trust_lists).ok()) {
                Some(again) => self.packs.push(again),
                None => fallen.push(held),
            }
        }
        self.refresh();
        fallen
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
        let latest = self.latest;
        Ok(Some(Self {
            root,
            bytes,
            latest,
        }))
    }
}
