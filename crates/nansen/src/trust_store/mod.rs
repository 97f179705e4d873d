//! What a phone knows without a network: whom it trusts, the lists and packs that they signed,
//! the status lists of listed issuers, and the latest time that any of these was signed.
//!
//! - Whom: roots of a single key, and publishers
//!   ([`Root`](nansen_credential::trust::Root)) with a quorum and rotation.
//! - What: trust lists, verifier lists and status lists, each alone or in a pack; and what else
//!   packs hold: status snapshots, names of types, [notes and contacts](notes).
//!
//! Of a list that is here several times, alone or in packs, the newest version counts. What is
//! overdue stays in use and tells its age ([`Freshness`](nansen_credential::trust::Freshness)).
//! What a publisher's newest root no longer vouches for is dropped.
//!
//! The latest signed time is a high-water mark: the real time is not before it, whatever the
//! clock says. Roots, lists and packs move it, since quorums sign them, and those of a publisher
//! count until it is trusted no more; what issuers sign moves it only as far as the clock has come
//! by then, so that no issuer can push it ahead.
//! [`TrustStore::clock_doubt`] compares it with a clock, [`TrustStore::reckon`] tells what time to
//! go by.
//!
//! Roots and mark are not signed by anybody, and an older copy of the whole is as good as a newer
//! one: the [stored form](stored) must be kept from being written by others.

mod kept;
mod lists;
pub mod notes;
mod packs;
mod publishers;
pub mod stored;

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use nansen_credential::cose::PublicKey;
use nansen_credential::status::StatusList;
use nansen_credential::status::snapshot::PublishedSnapshot;
use nansen_credential::trust::{Ask, Standing, TrustList, VerifierList, standing};
use nansen_credential::verify::{ClockDoubt, Context, StatusPolicy, reckon};
use nansen_exchange::limits::REQUEST_LISTS_MAX;
use nansen_exchange::request::HeldList;

use crate::Error;
#[cfg(feature = "vault")]
pub(crate) use kept::KeptList;
use packs::HeldPack;
#[cfg(feature = "vault")]
pub(crate) use packs::{OfferedPack, name_of as pack_name};
use publishers::Publisher;

/// Roots, publishers, lists, packs and the latest signed time.
#[derive(Clone, Debug, Default)]
pub struct TrustStore {
    roots: Vec<PublicKey>,
    publishers: Vec<Publisher>,
    trust_lists: Alone<TrustList>,
    verifier_lists: Alone<VerifierList>,
    status_lists: Alone<StatusList>,
    packs: Vec<HeldPack>,
    /// Lists of packs that went, which a wallet has yet to write.
    #[cfg(feature = "vault")]
    kept: Vec<KeptList>,
    /// What counts of all that.
    view: View,
    /// The latest time that was signed and that the clock has confirmed.
    mark: i64,
}

/// Lists that came on their own, and their bytes as received.
#[derive(Clone, Debug)]
struct Alone<L> {
    lists: Vec<L>,
    bytes: Vec<Arc<[u8]>>,
}

impl<L> Default for Alone<L> {
    fn default() -> Self {
        Self {
            lists: Vec::new(),
            bytes: Vec::new(),
        }
    }
}

/// The newest of every list, alone or in a pack.
#[derive(Clone, Debug, Default)]
struct View {
    trust_lists: Vec<TrustList>,
    verifier_lists: Vec<VerifierList>,
    status_lists: Vec<StatusList>,
    snapshots: Vec<PublishedSnapshot>,
}

/// What adding something did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// Nothing of its kind was here.
    New,
    /// It took the place of an older one.
    Replaced,
    /// The same was here already.
    AlreadyHere,
}

/// How far a store had come in what nobody signed: roots, which are only ever added, and mark.
#[cfg(feature = "vault")]
#[derive(Clone, Copy)]
pub(crate) struct Unsigned {
    roots: usize,
    mark: i64,
}

impl TrustStore {
    /// A store that trusts nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts whoever holds this key to say who may issue what. The app ships it, or its user
    /// scans it from somebody met in person.
    ///
    /// # Errors
    /// [`Error::TooMany`] beyond [`ROOTS_MAX`].
    pub fn add_root(&mut self, root: PublicKey) -> Result<Added, Error> {
        if self.roots.contains(&root) {
            return Ok(Added::AlreadyHere);
        }
        check_count("roots", self.roots.len() + 1, ROOTS_MAX)?;
        self.roots.push(root);
        Ok(Added::New)
    }

    /// Trusts a root no more, nor the lists that it signed. Returns whether it was trusted.
    pub fn remove_root(&mut self, root: &PublicKey) -> bool {
        let before = self.roots.len();
        self.roots.retain(|other| other != root);
        self.drop_unvouched();
        self.roots.len() < before
    }

    /// Roots of a single key.
    #[must_use]
    pub fn roots(&self) -> &[PublicKey] {
        &self.roots
    }

    /// Trust lists, each the newest seen of its id and signer.
    #[must_use]
    pub fn trust_lists(&self) -> &[TrustList] {
        &self.view.trust_lists
    }

    /// Verifier lists, each the newest seen of its id and publisher.
    #[must_use]
    pub fn verifier_lists(&self) -> &[VerifierList] {
        &self.view.verifier_lists
    }

    /// Status lists, each the newest seen of its uri and signer.
    #[must_use]
    pub fn status_lists(&self) -> &[StatusList] {
        &self.view.status_lists
    }

    /// Status snapshots of packs.
    #[must_use]
    pub fn snapshots(&self) -> &[PublishedSnapshot] {
        &self.view.snapshots
    }

    /// What the verifier lists say of whoever asks for `asks` under `key`, and the list that says
    /// so; `now` is the clock, unix seconds.
    #[must_use]
    pub fn standing<'a>(
        &'a self,
        key: &PublicKey,
        asks: &[Ask<'a>],
        now: i64,
    ) -> (Standing<'a>, Option<&'a VerifierList>) {
        standing(&self.view.verifier_lists, key, asks, self.reckon(now))
    }

    /// The latest signed time, unix seconds; 0 at first.
    #[must_use]
    pub fn latest_signed_time(&self) -> i64 {
        let lists = self.view.trust_lists.iter().map(TrustList::issued_at);
        let asking = self.view.verifier_lists.iter();
        let packs = self.packs.iter().map(|held| held.pack.manifest().issued_at);
        let publishers = self.publishers.iter();
        lists
            .chain(asking.map(|list| list.content().issued_at))
            .chain(packs)
            .chain(publishers.map(|own| own.latest.max(own.root.content().issued_at)))
            .fold(self.mark, i64::max)
    }

    /// What signed times say against the clock `now`, if anything.
    #[must_use]
    pub fn clock_doubt(&self, now: i64) -> Option<ClockDoubt> {
        ClockDoubt::of(now, self.latest_signed_time())
    }

    /// The time to reckon ages by when the clock says `now`, both in unix seconds.
    #[must_use]
    pub fn reckon(&self, now: i64) -> i64 {
        reckon(now, self.latest_signed_time())
    }

    /// Notes that a trusted issuer signed something at `time`, if the clock has come that far.
    /// Returns whether this is later than anything before.
    pub fn note_signed_time(&mut self, time: i64, now: i64) -> bool {
        // A clock that is ahead confirms nothing.
        let is_confirmed = time <= now && self.clock_doubt(now).is_none();
        let is_later = is_confirmed && time > self.latest_signed_time();
        if is_later {
            self.mark = time;
        }
        is_later
    }

    /// The latest time that the clock has confirmed: what is to be stored of the high-water mark,
    /// the rest of which comes from publishers and lists, and goes with them.
    #[cfg(feature = "vault")]
    pub(crate) const fn mark(&self) -> i64 {
        self.mark
    }

    /// Takes back the mark that was stored.
    #[cfg(feature = "vault")]
    pub(crate) fn restore_mark(&mut self, mark: i64) {
        self.mark = self.mark.max(mark);
    }

    /// What to go back to with [`TrustStore::undo`].
    #[cfg(feature = "vault")]
    pub(crate) const fn unsigned(&self) -> Unsigned {
        Unsigned {
            roots: self.roots.len(),
            mark: self.mark,
        }
    }

    /// Forgets roots and signed times that came after `before`.
    #[cfg(feature = "vault")]
    pub(crate) fn undo(&mut self, before: Unsigned) {
        self.roots.truncate(before.roots);
        self.mark = before.mark;
    }

    /// The lists as a request names them: as many as it can name.
    #[must_use]
    pub fn held_lists(&self) -> Vec<HeldList> {
        let lists = self.view.trust_lists.iter().map(HeldList::of);
        lists.take(REQUEST_LISTS_MAX).collect()
    }

    /// What to check a presentation against: seconds up to which a word on a status settles the
    /// matter, or a whole policy.
    #[must_use]
    pub fn context(&self, now: i64, status_policy: impl Into<StatusPolicy>) -> Context<'_> {
        Context {
            now,
            latest_signed_time: self.latest_signed_time(),
            trust_lists: &self.view.trust_lists,
            status_lists: &self.view.status_lists,
            snapshots: &self.view.snapshots,
            status_policy: status_policy.into(),
            issuer_key: None,
        }
    }
}

const fn check_count(what: &'static str, count: usize, limit: usize) -> Result<(), Error> {
    if count > limit {
        return Err(Error::TooMany { what, count, limit });
    }
    Ok(())
}

/// Most roots of a store, and most publishers.
pub const ROOTS_MAX: usize = 16;

/// Most trust lists, most verifier lists, and most status lists, of a store.
pub const LISTS_MAX: usize = 32;

/// Most status lists of one signing key.
pub const LISTS_OF_ONE_SIGNER_MAX: usize = 16;

/// Most bytes of all status lists together, alone and in packs, inflated.
pub const STATUS_BYTES_MAX: usize = 64 << 20;

/// Most packs of a store.
pub const PACKS_MAX: usize = 16;

/// Most bytes of all packs together, inflated.
pub const PACK_BYTES_MAX: usize = 48 << 20;

/// Most bytes of all lists and packs together, as received.
pub const STORED_BYTES_MAX: usize = 64 << 20;

/// Most bytes of what else the stored form holds: roots, root statements, times and heads.
const STORED_REST_MAX: usize = 2 << 20;
