//! Lists on their own: which version of which may take whose place, and how many there may be.

use core::cmp::Reverse;
use std::sync::Arc;

use nansen_credential::Error as Refused;
use nansen_credential::cose::MultiSigned;
use nansen_credential::trust::{
    Authority, Edition, Role, Root, TRUST_LIST_TYPE, TrustList, VERIFIER_LIST_TYPE, VerifierList,
};
use sha2::{Digest, Sha256};

use super::floors::{Hash, Name, Of, hash_of, hash_of_key, version};
use super::{
    ALONE_BYTES_MAX, ALONE_BYTES_OF_ONE_MAX, Added, LISTS_MAX, LISTS_OF_ALL_MAX, TrustStore,
    check_count,
};
use crate::Error;

/// Something that came on its own, and its bytes as received.
#[derive(Clone, Debug)]
pub(super) struct Alone<L> {
    pub(super) list: L,
    pub(super) bytes: Arc<[u8]>,
    /// SHA-256 of the bytes.
    pub(super) digest: [u8; 32],
}

impl<L> Alone<L> {
    pub(super) fn new(list: L, bytes: &[u8]) -> Self {
        Self {
            list,
            bytes: bytes.into(),
            digest: Sha256::digest(bytes).into(),
        }
    }
}

impl TrustStore {
    /// Takes a trust list in, in place of an older version of itself. One that is here already is
    /// taken again if more of its signatures count, or as many in fewer bytes.
    ///
    /// # Errors
    /// [`Refused::Rollback`] for an older version than ever counted here,
    /// [`Refused::VersionConflict`] for another one of the same version, those of
    /// [`TrustList::parse_verified`] and, for a list of a publisher, of
    /// [`TrustList::parse_signed`]; [`Error::UnknownPublisher`]; [`Error::TooMany`] beyond
    /// [`LISTS_MAX`], [`LISTS_OF_ALL_MAX`] and [`ALONE_BYTES_MAX`].
    pub fn add_trust_list(&mut self, bytes: &[u8]) -> Result<Added, Error> {
        let mut next = self.clone();
        let added = next.put_trust_list(bytes, false)?;
        if added != Added::AlreadyHere {
            next.refresh();
            *self = next;
        }
        Ok(added)
    }

    /// Takes a verifier list in, likewise.
    ///
    /// # Errors
    /// As [`TrustStore::add_trust_list`], with those of [`VerifierList::parse_verified`].
    pub fn add_verifier_list(&mut self, bytes: &[u8]) -> Result<Added, Error> {
        let mut next = self.clone();
        let added = next.put_verifier_list(bytes, false)?;
        if added != Added::AlreadyHere {
            next.refresh();
            *self = next;
        }
        Ok(added)
    }

    /// Drops a trust list or verifier list that came on its own, and forgets its versions: an older
    /// one then has nothing to be older than. Returns whether it was here.
    pub fn remove_list(&mut self, authority: &Authority, id: &str) -> bool {
        let is_other = |edition: &Edition| edition.authority != *authority || edition.id != id;
        let before = self.trust_lists.len() + self.verifier_lists.len();
        self.trust_lists
            .retain(|held| is_other(held.list.edition()));
        self.verifier_lists
            .retain(|held| is_other(held.list.edition()));
        for of in [Of::TrustList, Of::VerifierList] {
            self.floors.forget(Name::id(of, authority, id));
        }
        self.forget_unlisted();
        self.trust_lists.len() + self.verifier_lists.len() < before
    }

    /// Takes a trust list in before it is worked out what counts; if it is to be `kept`, unless it
    /// counts already. After an error, the store is not to be used, except to keep others.
    pub(super) fn put_trust_list(&mut self, bytes: &[u8], kept: bool) -> Result<Added, Error> {
        let list = if bytes.first() == Some(&SIGN1) {
            TrustList::parse_verified(bytes, &self.roots)?
        } else {
            self.by_publisher(|root| TrustList::parse_signed(bytes, root))?
        };
        let (added, held) = self.check_list(Of::TrustList, list.edition(), bytes, kept)?;
        put(&mut self.trust_lists, (added, held), list, bytes);
        Ok(added)
    }

    /// Takes a verifier list in, likewise.
    pub(super) fn put_verifier_list(&mut self, bytes: &[u8], kept: bool) -> Result<Added, Error> {
        let list = self.by_publisher(|root| VerifierList::parse_verified(bytes, root))?;
        let (added, held) = self.check_list(Of::VerifierList, list.edition(), bytes, kept)?;
        put(&mut self.verifier_lists, (added, held), list, bytes);
        Ok(added)
    }

    /// What taking a list in does, and the place of the version that is here alone.
    fn check_list(
        &mut self,
        of: Of,
        offered: &Edition,
        bytes: &[u8],
        kept: bool,
    ) -> Result<(Added, Option<usize>), Error> {
        let counting = self.view.editions(of);
        if kept && counting.contains(&offered) {
            return Ok((Added::AlreadyHere, None));
        }
        self.floors
            .check(Name::list(of, offered), version(offered.version))?;
        let mut alone = self.alone();
        alone.retain(|held| held.0 == of);
        let known = alone.iter().map(|held| held.1);
        for known in counting.into_iter().chain(known) {
            if is_same_list(known, offered) {
                known.check_update(offered)?;
            }
        }
        let place = alone.iter().position(|held| is_same_list(held.1, offered));
        let held = place.and_then(|place| alone.get(place));
        if let Some((_, edition, held)) = held
            && edition.digest == offered.digest
        {
            let worth = |bytes: &[u8]| {
                let counting = self.signatures(of, &offered.authority, bytes);
                (counting, Reverse(bytes.len()))
            };
            if worth(bytes) <= worth(held) {
                return Ok((Added::AlreadyHere, place));
            }
        }
        let more = bytes
            .len()
            .saturating_sub(held.map_or(0, |held| held.2.len()));
        let added = held.map_or(Added::New, |_| Added::Replaced);
        self.check_lists(of, Some(offered))?;
        let authority = hash_of(&offered.authority);
        match kept {
            // What this list lets speak does not count yet.
            true => self.check_alone(authority, more)?,
            false => self.make_room(authority, more)?,
        }
        Ok((added, place))
    }

    /// Keeps anybody from filling the store with lists, alone or in packs.
    pub(super) fn check_lists(&self, of: Of, offered: Option<&Edition>) -> Result<(), Error> {
        let alone = self.alone().into_iter().map(|held| (held.0, held.1));
        let in_packs = self.packs.iter().flat_map(|held| held.editions());
        let offered = offered.map(|offered| (of, offered));
        let (what, whats) = match of {
            Of::TrustList => ("trust lists of one signer", "trust lists"),
            _ => ("verifier lists of one signer", "verifier lists"),
        };
        let mut names: Vec<&Edition> = Vec::new();
        for (other, edition) in alone.chain(in_packs).chain(offered) {
            if other == of && !names.iter().any(|known| is_same_list(known, edition)) {
                names.push(edition);
            }
        }
        for one in &names {
            let own = names.iter().filter(|it| it.authority == one.authority);
            check_count(what, own.count(), LISTS_MAX)?;
        }
        check_count(whats, names.len(), LISTS_OF_ALL_MAX)
    }

    /// Trust lists and verifier lists that came alone, and their bytes.
    pub(super) fn alone(&self) -> Vec<(Of, &Edition, &[u8])> {
        let mut alone: Vec<(Of, &Edition, &[u8])> = Vec::new();
        for held in &self.trust_lists {
            alone.push((Of::TrustList, held.list.edition(), &held.bytes));
        }
        for held in &self.verifier_lists {
            alone.push((Of::VerifierList, held.list.edition(), &held.bytes));
        }
        alone
    }

    /// Makes room for `more` bytes of somebody that come alone: status lists that do not count go.
    pub(super) fn make_room(&mut self, owner: Hash, more: usize) -> Result<(), Error> {
        if self.check_alone(owner, more).is_err() {
            self.drop_idle();
        }
        self.check_alone(owner, more)
    }

    /// Keeps anybody from filling the store with what comes alone.
    pub(super) fn check_alone(&self, owner: Hash, more: usize) -> Result<(), Error> {
        let alone = self.alone().into_iter();
        let lists = alone.map(|(_, edition, bytes)| (hash_of(&edition.authority), bytes.len()));
        let status = self.status_lists.iter().map(|held| {
            let signer = self.signer(&held.list).map(hash_of_key);
            (signer.unwrap_or_default(), held.bytes.len())
        });
        let (mut total, mut own) = (more, more);
        for (other, bytes) in lists.chain(status) {
            total += bytes;
            if other == owner && owner != Hash::default() {
                own += bytes;
            }
        }
        check_count("bytes of lists of one signer", own, ALONE_BYTES_OF_ONE_MAX)?;
        check_count("bytes of lists", total, ALONE_BYTES_MAX)
    }

    /// What the publisher whose quorum signed it makes of something.
    fn by_publisher<L>(&self, parse: impl Fn(&Root) -> Result<L, Refused>) -> Result<L, Error> {
        let mut refused = Error::UnknownPublisher;
        for publisher in &self.publishers {
            match parse(&publisher.root) {
                Ok(list) => return Ok(list),
                // Nobody of this publisher signed it: it may be another's.
                Err(
                    Refused::ThresholdNotMet { valid: 0, .. }
                    | Refused::RoleUnassigned { .. }
                    | Refused::OtherPublisher,
                ) => {}
                Err(error) => refused = error.into(),
            }
        }
        Err(refused)
    }

    /// How many signatures of a list count: whoever hands it on may have left some out, and put
    /// others in that only take room.
    fn signatures(&self, of: Of, authority: &Authority, bytes: &[u8]) -> usize {
        let Authority::Publisher(name) = authority else {
            return 1;
        };
        let (role, media_type) = match of {
            Of::TrustList => (Role::Issuers, TRUST_LIST_TYPE),
            _ => (Role::Verifiers, VERIFIER_LIST_TYPE),
        };
        let root = self
            .publisher(name)
            .map(|publisher| publisher.root.content());
        let quorum = root.and_then(|root| root.roles.get(&role));
        let message = MultiSigned::parse(bytes, media_type);
        let count = quorum.zip(message.ok());
        count.map_or(0, |(quorum, message)| message.count_signers(&quorum.keys))
    }
}

fn put<L>(lists: &mut Vec<Alone<L>>, (added, held): (Added, Option<usize>), list: L, bytes: &[u8]) {
    match held.and_then(|held| lists.get_mut(held)) {
        _ if added == Added::AlreadyHere => {}
        Some(held) => *held = Alone::new(list, bytes),
        None => lists.push(Alone::new(list, bytes)),
    }
}

/// Two signers may give their lists the same id: neither takes the other's place.
pub(super) fn is_same_list(one: &Edition, other: &Edition) -> bool {
    one.id == other.id && one.authority == other.authority
}

/// First byte of a tagged `COSE_Sign1`: a list of a single root key.
const SIGN1: u8 = 0xd2;
