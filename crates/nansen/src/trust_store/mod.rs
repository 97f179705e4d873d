//! What a phone knows without a network: whom it trusts, the lists and packs that they signed,
//! the status lists of listed issuers, and the latest time that any of these was signed.
//!
//! - Whom: roots of a single key, and publishers
//!   ([`Root`](nansen_credential::trust::Root)) with a quorum and rotation.
//! - What: trust lists, verifier lists and status lists, each alone or in a pack; and what else
//!   packs hold: status snapshots, names of types, [notes and contacts](notes).
//!
//! What counts is worked out anew from all that is held whenever any of it changes, and does not
//! depend on the order in which it came: of every list the newest version, of status lists those
//! whose signers these trust lists let speak, of snapshots the newest. What does not count waits
//! in its pack, and wakes when a trust list names its signer. What is overdue stays in use and
//! tells its age ([`Freshness`](nansen_credential::trust::Freshness)).
//!
//! What counted once leaves a floor behind: whatever is older counts no more, though the thing
//! itself goes with its pack, by a rotation or for lack of room. A status is then unknown, never
//! an older word. Floors go with the publisher, root, list or pack of that name that the user removes,
//! and those of lists and packs with the keys that a rotation replaces.
//!
//! Room is shared, where it ends in the order in which publishers were pinned: each publisher has a quota of lists and packs, and of what status lists come to
//! in memory; status lists in packs come before those that came alone. What has no room does not
//! count, and blocks no pack.
//!
//! The latest signed time is a high-water mark: the real time is not before it, whatever the
//! clock says. Roots, lists and packs move it, since quorums sign them, and those of a publisher
//! count until it is trusted no more; what issuers sign moves it only as far as the clock has come
//! by then, so that no issuer can push it ahead.
//! [`TrustStore::clock_doubt`] compares it with a clock, [`TrustStore::reckon`] tells what time to
//! go by.
//!
//! Roots, floors and mark are not signed by anybody, and an older copy of the whole is as good as a
//! newer one: the [stored form](stored) must be kept from being written by others.

#[cfg(feature = "vault")]
mod documents;
mod floors;
mod lists;
pub mod notes;
mod packs;
mod publishers;
mod status;
pub mod stored;
mod view;

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use nansen_credential::cose::PublicKey;
use nansen_credential::status::StatusList;
use nansen_credential::status::snapshot::PublishedSnapshot;
use nansen_credential::trust::{Ask, Authority, Standing, TrustList, VerifierList, standing};
use nansen_credential::verify::{ClockDoubt, Context, StatusPolicy, reckon};
use nansen_exchange::limits::REQUEST_LISTS_MAX;
use nansen_exchange::request::HeldList;

use crate::Error;
use floors::{Floors, Name};
use lists::Alone;
use packs::HeldPack;
use publishers::Publisher;
use status::Token;
#[cfg(feature = "vault")]
pub(crate) use stored::{Restoring, Stored};
use view::View;

/// Roots, publishers, lists, packs and the latest signed time.
#[derive(Clone, Debug, Default)]
pub struct TrustStore {
    roots: Vec<PublicKey>,
    publishers: Vec<Arc<Publisher>>,
    trust_lists: Vec<Alone<TrustList>>,
    verifier_lists: Vec<Alone<VerifierList>>,
    status_lists: Vec<Alone<Token>>,
    packs: Vec<Arc<HeldPack>>,
    /// What ever counted.
    floors: Floors,
    /// What counts of all that.
    view: Arc<View>,
    /// The latest time that was signed and that the clock has confirmed.
    mark: i64,
    /// Why some of what was stored is not here.
    damage: Option<Error>,
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
        self.forget(&Authority::Key(root.clone()));
        self.roots.len() < before
    }

    /// Why some of what was stored could not be taken back. What is added anew counts again.
    #[must_use]
    pub const fn damage(&self) -> Option<&Error> {
        self.damage.as_ref()
    }

    /// Tells that something that was stored could not be taken back.
    pub(crate) fn note_damage(&mut self, error: Error) {
        self.damage = Some(error);
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

    /// Status lists, of each uri and signer the newest seen; several if they are of one second.
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
        let publishers = self.publishers();
        let publishers = publishers.map(|root| Authority::Publisher(root.publisher().to_owned()));
        let roots = self.roots.iter().cloned().map(Authority::Key);
        let times = publishers.chain(roots);
        times
            .filter_map(|authority| self.floors.at(Name::signed(&authority)))
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

/// Most trust lists, and most verifier lists, of one root or publisher, alone and in packs.
pub const LISTS_MAX: usize = 32;

/// The same of all together.
pub const LISTS_OF_ALL_MAX: usize = 128;

/// Most status lists that came alone.
pub const STATUS_LISTS_MAX: usize = 256;

/// Most bytes of all status lists together that count, inflated.
pub const STATUS_BYTES_MAX: usize = 64 << 20;

/// Most bytes of those in the packs of one publisher.
pub const STATUS_BYTES_OF_ONE_PUBLISHER_MAX: usize = 32 << 20;

/// Most bytes of those of one signer: one list of the largest.
pub const STATUS_BYTES_OF_ONE_SIGNER_MAX: usize = 16 << 20;

/// Most packs of a store.
pub const PACKS_MAX: usize = 16;

/// Most packs of one publisher.
pub const PACKS_OF_ONE_PUBLISHER_MAX: usize = 8;

/// Most bytes of all packs together, in their own form.
pub const PACK_BYTES_MAX: usize = 48 << 20;

/// Most bytes of the packs of one publisher: one pack of the largest.
pub const PACK_BYTES_OF_ONE_PUBLISHER_MAX: usize = 32 << 20;

/// Most bytes of all lists together that came alone, as received.
pub const ALONE_BYTES_MAX: usize = 16 << 20;

/// Most bytes of those of one root, publisher or signer.
pub const ALONE_BYTES_OF_ONE_MAX: usize = 8 << 20;

/// Most bytes of all lists and packs together, as received.
pub const STORED_BYTES_MAX: usize = PACK_BYTES_MAX + ALONE_BYTES_MAX;

/// Most bytes of the stored form: 2 MiB for roots, root statements, floors and heads.
pub const STORED_FORM_MAX: usize = STORED_BYTES_MAX + (2 << 20);
