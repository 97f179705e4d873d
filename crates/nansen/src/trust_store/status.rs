//! Status lists: which of all that are held count, within what room.
//!
//! Of the tokens of one URI and signer the newest counts whose signature holds; of several of one
//! second each does, and any that revokes is believed. A key speaks as far as the trust lists let
//! it at the time of the token, which is asked before anything is inflated.
//! URIs come in the order of their first token: those in packs, by publishers and items, then those
//! that came alone, the newest first. A token for which there is no room does not count; an older one does in its
//! place unless it is below the [floor](super::floors), so that nobody silences an issuer by a
//! newer token in a pack that is too large.

use core::cmp::Reverse;
use std::sync::Arc;

use nansen_credential::Error as Refused;
use nansen_credential::cose::PublicKey;
use nansen_credential::limits::MAX_STATUS_BYTES_INFLATED;
use nansen_credential::status::StatusList;
use nansen_credential::status::snapshot::PublishedSnapshot;
use nansen_credential::trust::{TrustList, speaks_for};

use super::floors::{Floors, Hash, Name, hash_of_key, rollback};
use super::lists::Alone;
use super::publishers::Publisher;
use super::{
    Added, STATUS_BYTES_MAX, STATUS_BYTES_OF_ONE_PUBLISHER_MAX, STATUS_BYTES_OF_ONE_SIGNER_MAX,
    STATUS_LISTS_MAX, TrustStore, check_count,
};
use crate::Error;

/// A status list token, as far as it can be read without its signature.
#[derive(Clone, Debug)]
pub(super) struct Token {
    kid: Vec<u8>,
    pub(super) uri: String,
    pub(super) issued_at: i64,
    /// SHA-256 of what is signed and the signature: whoever hands a token on can change the rest.
    pub(super) digest: [u8; 32],
}

/// A token that counts, if there is room and its signature holds.
struct Candidate<'a> {
    token: &'a Token,
    bytes: &'a [u8],
    /// The publisher whose pack it is in, or one more.
    from: usize,
    /// Which come first.
    rank: (usize, Reverse<i64>, usize),
}

/// What decides on tokens.
pub(super) struct Judge<'a> {
    pub(super) trust_lists: &'a [TrustList],
    pub(super) publishers: &'a [Arc<Publisher>],
    pub(super) snapshots: &'a [PublishedSnapshot],
    pub(super) floors: &'a Floors,
    /// Status lists that counted before, by the digests of their tokens: they need not be inflated
    /// again.
    pub(super) read: Vec<(&'a [u8; 32], &'a StatusList)>,
}

/// What is known of the tokens of one URI: a signer's token of some time counts, or has no room.
#[derive(PartialEq, Eq)]
enum Settled {
    Counts(PublicKey, i64),
    NoRoom(PublicKey, i64),
}

/// Bytes that status lists take in memory so far, and those that were inflated for nothing.
struct Room {
    total: usize,
    publishers: Vec<(usize, usize)>,
    signers: Vec<(Hash, usize)>,
}

impl Token {
    /// # Errors
    /// Those of [`StatusList::unverified`].
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Refused> {
        let unverified = StatusList::unverified(bytes)?;
        Ok(Self {
            kid: unverified.kid.to_vec(),
            uri: unverified.uri.to_owned(),
            issued_at: unverified.issued_at,
            digest: unverified.digest,
        })
    }
}

impl TrustStore {
    /// Takes a status list in, in place of an older one of the same uri and signer.
    ///
    /// # Errors
    /// [`Error::UntrustedList`] when no trust list lets its signer speak, [`Refused::Rollback`] for
    /// an older one than ever counted here, those of [`StatusList::parse_verified`],
    /// [`Error::TooMany`] beyond [`STATUS_LISTS_MAX`], [`STATUS_BYTES_MAX`],
    /// [`STATUS_BYTES_OF_ONE_SIGNER_MAX`] and [`ALONE_BYTES_MAX`](super::ALONE_BYTES_MAX).
    pub fn add_status_list(&mut self, bytes: &[u8]) -> Result<Added, Error> {
        let mut next = self.clone();
        let added = next.put_status_list(bytes)?;
        if added != Added::AlreadyHere {
            next.refresh();
            *self = next;
        }
        Ok(added)
    }

    /// The same, before it is worked out what counts. After an error, the store is not to be used.
    fn put_status_list(&mut self, bytes: &[u8]) -> Result<Added, Error> {
        let offered = Alone::new(Token::read(bytes)?, bytes);
        let list = self.judge().read(&offered.list, bytes)?;
        let is_held = |held: &Alone<Token>| held.list.digest == offered.list.digest;
        if self.status_lists.iter().any(is_held) {
            return Ok(Added::AlreadyHere);
        }
        let counting = self.view.status_lists.iter().zip(&self.view.tokens);
        let older = counting.filter(|(known, digest)| {
            known.uri() == list.uri()
                && known.signed_by() == list.signed_by()
                && (known.issued_at() < list.issued_at() || **digest == offered.list.digest)
        });
        let older: Vec<[u8; 32]> = older.map(|(_, digest)| *digest).collect();
        self.check_status_room(&list, &older)?;
        let before = self.status_lists.len();
        self.status_lists
            .retain(|held| !older.contains(&held.list.digest));
        let added = match self.status_lists.len() == before {
            true => Added::New,
            false => Added::Replaced,
        };
        if self.status_lists.len() >= STATUS_LISTS_MAX {
            self.drop_idle();
        }
        check_count(
            "status lists",
            self.status_lists.len() + 1,
            STATUS_LISTS_MAX,
        )?;
        self.make_room(hash_of_key(list.signed_by()), bytes.len())?;
        self.status_lists.push(offered);
        Ok(added)
    }

    /// Keeps status lists whose packs are here no more, as far as there is room.
    pub(super) fn keep_status_lists(&mut self, lists: &[(&Token, &[u8])]) {
        let more = lists.iter().map(|(_, bytes)| bytes.len()).sum();
        if self.status_lists.len() + lists.len() > STATUS_LISTS_MAX
            || self.check_alone(Hash::default(), more).is_err()
        {
            self.drop_idle();
        }
        // They are nobody's yet to [`TrustStore::check_alone`].
        let mut kept: Vec<(Hash, usize)> = Vec::new();
        for (token, bytes) in lists {
            let is_held = |held: &Alone<Token>| held.list.digest == token.digest;
            if self.status_lists.len() < STATUS_LISTS_MAX
                && !self.status_lists.iter().any(is_held)
                && let Ok(list) = self.judge().read(token, bytes)
            {
                let signer = hash_of_key(list.signed_by());
                let own = kept.iter().filter(|it| it.0 == signer).map(|it| it.1);
                let more = bytes.len() + own.sum::<usize>();
                if self.check_alone(signer, more).is_ok() {
                    kept.push((signer, bytes.len()));
                    let token = Token::clone(token);
                    self.status_lists.push(Alone::new(token, bytes));
                }
            }
        }
    }

    /// Takes back a token that was stored. Whether it counts comes out later.
    pub(super) fn restore_status_list(&mut self, bytes: &[u8]) -> Result<Added, Error> {
        let stored = Alone::new(Token::read(bytes)?, bytes);
        let is_held = |held: &Alone<Token>| held.digest == stored.digest;
        if !self.status_lists.iter().any(is_held) {
            self.status_lists.push(stored);
        }
        Ok(Added::New)
    }

    /// Drops status lists that came alone and do not count.
    pub(super) fn drop_idle(&mut self) {
        let counting = &self.view.tokens;
        self.status_lists
            .retain(|held| counting.contains(&held.list.digest));
    }

    /// The signer of a status list that counts.
    pub(super) fn signer(&self, token: &Token) -> Option<&PublicKey> {
        let place = self.view.tokens.iter().position(|it| *it == token.digest)?;
        self.view.status_lists.get(place).map(StatusList::signed_by)
    }

    /// Whether anybody may have signed a token whom a trust list lets speak.
    pub(super) fn is_listed(&self, token: &Token) -> bool {
        !self.judge().speaking(token).is_empty()
    }

    fn judge(&self) -> Judge<'_> {
        Judge {
            trust_lists: &self.view.trust_lists,
            publishers: &self.publishers,
            snapshots: &self.view.snapshots,
            floors: &self.floors,
            read: self.view.by_digest(),
        }
    }

    fn check_status_room(&self, list: &StatusList, older: &[[u8; 32]]) -> Result<(), Error> {
        let counting = self.view.status_lists.iter().zip(&self.view.tokens);
        let others = counting.filter(|(_, digest)| !older.contains(digest));
        let (mut total, mut of_signer) = (status_bytes(list), status_bytes(list));
        for (other, _) in others {
            total += status_bytes(other);
            if other.signed_by() == list.signed_by() {
                of_signer += status_bytes(other);
            }
        }
        let limit = STATUS_BYTES_OF_ONE_SIGNER_MAX;
        check_count("bytes of status lists of one signer", of_signer, limit)?;
        check_count("bytes of status lists", total, STATUS_BYTES_MAX)
    }

    /// The status lists that count by these trust lists, and the digests of their tokens.
    pub(super) fn counting(&self, judge: &Judge<'_>) -> (Vec<StatusList>, Vec<[u8; 32]>) {
        let mut candidates = self.candidates();
        candidates.sort_unstable_by(|one, other| {
            let newest = other.token.issued_at.cmp(&one.token.issued_at);
            let same = one.token.uri.cmp(&other.token.uri).then(newest);
            let same = same.then(one.token.digest.cmp(&other.token.digest));
            same.then(one.rank.cmp(&other.rank))
        });
        let mut named: Vec<&[Candidate<'_>]> = candidates
            .chunk_by(|one, next| one.token.uri == next.token.uri)
            .collect();
        named.sort_unstable_by_key(|same| same.iter().map(|one| one.rank).min());
        let mut room = Room {
            total: 0,
            publishers: vec![(0, 0); self.publishers.len() + 1],
            signers: Vec::new(),
        };
        let mut counting: Vec<(StatusList, [u8; 32])> = Vec::new();
        for same in named {
            let mut settled = Vec::new();
            for copies in same.chunk_by(|one, next| one.token.digest == next.token.digest) {
                let mut lacking = None;
                for candidate in copies {
                    match judge.admit(candidate, &settled, &mut room) {
                        Ok(Some(list)) => {
                            let (signer, time) = (list.signed_by().clone(), list.issued_at());
                            settled.push(Settled::Counts(signer, time));
                            counting.push((list, candidate.token.digest));
                            lacking = None;
                            break;
                        }
                        Ok(None) => {}
                        Err(key) => lacking = Some((candidate.token, key)),
                    }
                }
                // It may revoke what another of its second does not.
                if let Some((Token { uri, issued_at, .. }, key)) = lacking {
                    let sibling = Settled::Counts(key.clone(), *issued_at);
                    settled.retain(|it| *it != sibling);
                    settled.push(Settled::NoRoom(key.clone(), *issued_at));
                    counting.retain(|(list, _)| {
                        (list.uri(), list.signed_by(), list.issued_at())
                            != (uri.as_str(), key, *issued_at)
                    });
                }
            }
        }
        counting.into_iter().unzip()
    }

    fn candidates(&self) -> Vec<Candidate<'_>> {
        let mut candidates = Vec::new();
        for (from, publisher) in self.publishers.iter().enumerate() {
            let name = publisher.root.publisher();
            let packs = self.packs.iter();
            let packs = packs.filter(|held| held.pack.manifest().publisher == name);
            for (token, bytes) in packs.flat_map(|held| held.tokens()) {
                let rank = (from, Reverse(0), candidates.len());
                candidates.push(Candidate {
                    token,
                    bytes,
                    from,
                    rank,
                });
            }
        }
        let from = self.publishers.len();
        candidates.extend(self.status_lists.iter().map(|held| Candidate {
            token: &held.list,
            bytes: &held.bytes,
            from,
            rank: (from, Reverse(held.list.issued_at), 0),
        }));
        candidates
    }
}

impl Judge<'_> {
    /// Reads a token, whatever room there is.
    fn read(&self, token: &Token, bytes: &[u8]) -> Result<StatusList, Error> {
        let mut refused = Error::UntrustedList;
        for (issuer, key) in self.speaking(token) {
            match self.check_floor(token, issuer, key).and_then(|()| {
                let known = self.known(token, key);
                known.map_or_else(|| Ok(StatusList::parse_verified(bytes, key)?), Ok)
            }) {
                Ok(list) => return Ok(list),
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// Reads a token if it counts beside what is `settled` of its URI.
    ///
    /// # Errors
    /// Who signed it, if it only lacks room.
    fn admit(
        &self,
        candidate: &Candidate<'_>,
        settled: &[Settled],
        room: &mut Room,
    ) -> Result<Option<StatusList>, &PublicKey> {
        let Candidate { token, bytes, .. } = *candidate;
        for (issuer, key) in self.speaking(token) {
            let is_settled = |it: &Settled| match it {
                Settled::Counts(signer, time) => signer == key && *time > token.issued_at,
                Settled::NoRoom(signer, time) => signer == key && *time == token.issued_at,
            };
            if settled.iter().any(is_settled) || self.check_floor(token, issuer, key).is_err() {
                continue;
            }
            let signer = hash_of_key(key);
            let known = self.known(token, key);
            let size = known.as_ref().map_or(1, status_bytes);
            if !room.has(candidate.from, signer, size) {
                if known.is_some() || StatusList::check_signature(bytes, key).is_ok() {
                    return Err(key);
                }
                continue;
            }
            let list = known.map_or_else(|| StatusList::parse_verified(bytes, key), Ok);
            match list {
                Ok(list) => {
                    let size = status_bytes(&list);
                    if room.has(candidate.from, signer, size) {
                        room.take(candidate.from, signer, size);
                        return Ok(Some(list));
                    }
                    room.waste(candidate.from, size);
                    return Err(key);
                }
                // What inflates to nothing of use is charged to who signed it.
                Err(Refused::BadCompression { .. }) => {
                    room.take_of(signer, MAX_STATUS_BYTES_INFLATED);
                    room.waste(candidate.from, MAX_STATUS_BYTES_INFLATED);
                }
                Err(_) => {}
            }
        }
        Ok(None)
    }

    /// Issuers and keys that go by the `kid` of a token and may speak at its time.
    fn speaking<'b>(&'b self, token: &Token) -> Vec<(&'b str, &'b PublicKey)> {
        let mut speaking = Vec::new();
        let lists = self.trust_lists.iter();
        for anchor in lists.filter_map(|list| list.find(&token.kid)) {
            let one = (anchor.issuer().uri.as_str(), &anchor.key().public);
            if !speaking.contains(&one)
                && speaks_for(self.trust_lists, one.0, one.1, token.issued_at)
            {
                speaking.push(one);
            }
        }
        speaking
    }

    /// Refuses a token that is older than what counted here: of the issuer itself, as far as its
    /// signer still speaks at that time, or a snapshot that does no more.
    fn check_floor(&self, token: &Token, issuer: &str, key: &PublicKey) -> Result<(), Error> {
        let name = Name::status_list(key, &token.uri);
        let speaks = |time| speaks_for(self.trust_lists, issuer, key, time);
        let own = self.floors.at_if(name, speaks);
        let told = self.publishers.iter().filter_map(|publisher| {
            let mut snapshots = self.snapshots.iter();
            let is_here = snapshots.any(|told| {
                told.publisher() == publisher.root.publisher()
                    && told.tells_of(self.trust_lists, issuer, &token.uri)
            });
            let name = Name::snapshot(publisher.root.publisher(), issuer, &token.uri);
            self.floors.at(name).filter(|_| !is_here)
        });
        match told
            .chain(own)
            .max()
            .filter(|floor| token.issued_at < *floor)
        {
            Some(floor) => Err(rollback(token.issued_at, floor)),
            None => Ok(()),
        }
    }

    fn known(&self, token: &Token, key: &PublicKey) -> Option<StatusList> {
        let place = self.read.binary_search_by_key(&&token.digest, |it| it.0);
        let (_, known) = self.read.get(place.ok()?)?;
        (known.signed_by() == key).then(|| StatusList::clone(known))
    }
}

impl Room {
    fn has(&self, from: usize, signer: Hash, size: usize) -> bool {
        let mut signers = self.signers.iter().filter(|(other, _)| *other == signer);
        let of_signer = signers.next().map_or(0, |(_, used)| *used);
        let (of_publisher, wasted) = self.publishers.get(from).copied().unwrap_or_default();
        let is_alone = from + 1 == self.publishers.len();
        let limit = match is_alone {
            true => STATUS_BYTES_MAX,
            false => STATUS_BYTES_OF_ONE_PUBLISHER_MAX,
        };
        of_signer + size <= STATUS_BYTES_OF_ONE_SIGNER_MAX
            && of_publisher + size <= limit
            && wasted < STATUS_BYTES_MAX
            && self.total + size <= STATUS_BYTES_MAX
    }

    fn take(&mut self, from: usize, signer: Hash, size: usize) {
        self.total += size;
        if let Some((used, _)) = self.publishers.get_mut(from) {
            *used += size;
        }
        self.take_of(signer, size);
    }

    fn take_of(&mut self, signer: Hash, size: usize) {
        match self.signers.iter_mut().find(|(other, _)| *other == signer) {
            Some((_, used)) => *used += size,
            None => self.signers.push((signer, size)),
        }
    }

    fn waste(&mut self, from: usize, size: usize) {
        if let Some((_, wasted)) = self.publishers.get_mut(from) {
            *wasted += size;
        }
    }
}

/// Bytes of a status list in memory.
fn status_bytes(list: &StatusList) -> usize {
    list.content().statuses.inflated_bytes()
}
