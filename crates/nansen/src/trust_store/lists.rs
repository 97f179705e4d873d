//! Lists on their own: which version of which may take whose place, and what of it all counts.

use core::cmp::Ordering;

use nansen_credential::Error as Refused;
use nansen_credential::status::StatusList;
use nansen_credential::trust::{Authority, Edition, Root, TrustList, VerifierList, speaks_for};

use super::{
    Added, Alone, LISTS_MAX, LISTS_OF_ONE_SIGNER_MAX, STATUS_BYTES_MAX, STORED_BYTES_MAX,
    TrustStore, View, check_count,
};
use crate::Error;

/// A list that was checked and may take its place.
pub(crate) struct Offered<L> {
    pub(super) list: L,
    /// Place of the version held alone; `None` for a list of which there is none.
    held: Option<usize>,
    /// What taking it does.
    pub(crate) added: Added,
    /// The same for two versions of a list, and for no two lists.
    #[cfg_attr(not(feature = "vault"), expect(dead_code, reason = "for the wallet"))]
    pub(crate) name: String,
    /// When this version was signed, unix seconds.
    pub(crate) signed_at: i64,
}

impl TrustStore {
    /// Takes a trust list in, in place of an older version of itself.
    ///
    /// # Errors
    /// [`Refused::Rollback`] for an older version than the one held, those of
    /// [`TrustList::parse_verified`] and, for a list of a publisher, of
    /// [`TrustList::parse_signed`]; [`Error::UnknownPublisher`]; [`Error::TooMany`] beyond
    /// [`LISTS_MAX`] and [`STORED_BYTES_MAX`].
    pub fn add_trust_list(&mut self, bytes: &[u8]) -> Result<Added, Error> {
        let offered = self.check_trust_list(bytes)?;
        Ok(self.take_trust_list(offered, bytes))
    }

    /// Whether a trust list may take its place, by all that [`TrustStore::add_trust_list`] asks.
    pub(crate) fn check_trust_list(&self, bytes: &[u8]) -> Result<Offered<TrustList>, Error> {
        let offered = self.parse_trust_list(bytes)?;
        check_known(&self.view.trust_lists, TrustList::edition, &offered)?;
        let held = place_of(&self.trust_lists.lists, TrustList::edition, &offered);
        self.check_stored(bytes.len().saturating_sub(self.trust_lists.stored(held)))?;
        Ok(Offered {
            added: check_place(
                "trust lists",
                &self.trust_lists,
                held,
                (&offered, bytes),
                TrustList::check_update,
            )?,
            name: name_of(offered.edition()),
            signed_at: offered.issued_at(),
            list: offered,
            held,
        })
    }

    /// Takes in a list that this store, as it is, has checked.
    pub(crate) fn take_trust_list(&mut self, offered: Offered<TrustList>, bytes: &[u8]) -> Added {
        let added = self.trust_lists.put(offered, bytes);
        self.refresh();
        added
    }

    /// Takes a verifier list in, in place of an older version of itself.
    ///
    /// # Errors
    /// Those of [`VerifierList::parse_verified`] and [`VerifierList::check_update`];
    /// [`Error::UnknownPublisher`]; [`Error::TooMany`] beyond [`LISTS_MAX`] and [`STORED_BYTES_MAX`].
    pub fn add_verifier_list(&mut self, bytes: &[u8]) -> Result<Added, Error> {
        let offered = self.check_verifier_list(bytes)?;
        Ok(self.take_verifier_list(offered, bytes))
    }

    /// Whether a verifier list may take its place.
    pub(crate) fn check_verifier_list(&self, bytes: &[u8]) -> Result<Offered<VerifierList>, Error> {
        let offered = self.by_publisher(|root| VerifierList::parse_verified(bytes, root))?;
        check_known(&self.view.verifier_lists, VerifierList::edition, &offered)?;
        let held = place_of(&self.verifier_lists.lists, VerifierList::edition, &offered);
        self.check_stored(bytes.len().saturating_sub(self.verifier_lists.stored(held)))?;
        Ok(Offered {
            added: check_place(
                "verifier lists",
                &self.verifier_lists,
                held,
                (&offered, bytes),
                VerifierList::check_update,
            )?,
            name: name_of(offered.edition()),
            signed_at: offered.content().issued_at,
            list: offered,
            held,
        })
    }

    /// Takes in a list that this store, as it is, has checked.
    pub(crate) fn take_verifier_list(
        &mut self,
        offered: Offered<VerifierList>,
        bytes: &[u8],
    ) -> Added {
        let added = self.verifier_lists.put(offered, bytes);
        self.refresh();
        added
    }

    /// Takes a status list in, in place of an older one of the same uri and signer.
    ///
    /// # Errors
    /// [`Error::UntrustedList`] when no trust list names its signer,
    /// [`Refused::Rollback`] for an older one than is held, those of
    /// [`StatusList::parse_verified`], [`Error::TooMany`] beyond [`LISTS_MAX`],
    /// [`STATUS_BYTES_MAX`] and [`STORED_BYTES_MAX`].
    pub fn add_status_list(&mut self, bytes: &[u8]) -> Result<Added, Error> {
        let offered = self.check_status_list(bytes)?;
        Ok(self.take_status_list(offered, bytes))
    }

    /// Whether a status list may take its place, by all that [`TrustStore::add_status_list`] asks.
    pub(crate) fn check_status_list(&self, bytes: &[u8]) -> Result<Offered<StatusList>, Error> {
        let offered = verify_status_list(&self.view.trust_lists, bytes)?;
        let lists = &self.status_lists.lists;
        let held = lists.iter().position(|held| is_same(held, &offered));
        self.check_room(held, &offered)?;
        self.check_stored(bytes.len().saturating_sub(self.status_lists.stored(held)))?;
        Ok(Offered {
            added: check_place(
                "status lists",
                &self.status_lists,
                held,
                (&offered, bytes),
                check_newer,
            )?,
            name: format!("{} {}", offered.uri(), offered.signed_by()),
            signed_at: offered.issued_at(),
            list: offered,
            held,
        })
    }

    /// Takes in a list that this store, as it is, has checked.
    pub(crate) fn take_status_list(&mut self, offered: Offered<StatusList>, bytes: &[u8]) -> Added {
        let added = self.status_lists.put(offered, bytes);
        self.refresh();
        added
    }

    /// Drops a trust list or verifier list that came on its own: a newer one of the same name
    /// then has nothing to be older than. Returns whether it was here.
    pub fn remove_list(&mut self, authority: &Authority, id: &str) -> bool {
        self.note_publishers();
        let is_other = |edition: &Edition| edition.authority != *authority || edition.id != id;
        let trust = self.trust_lists.retain(|list, _| is_other(list.edition()));
        let asking = self
            .verifier_lists
            .retain(|list, _| is_other(list.edition()));
        self.drop_unvouched();
        trust || asking
    }

    /// Names of all that is kept as documents of its own, in the words of [`Offered::name`], but
    /// for status lists, and when each was signed, unix seconds.
    #[cfg(feature = "vault")]
    pub(crate) fn names(&self) -> impl Iterator<Item = (String, i64)> {
        let trust = self.trust_lists.lists.iter();
        let trust = trust.map(|list| (name_of(list.edition()), list.issued_at()));
        let asking = self.verifier_lists.lists.iter();
        let asking = asking.map(|list| (name_of(list.edition()), list.content().issued_at));
        let packs = self.packs.iter();
        let packs = packs.map(|held| (held.name(), held.pack.manifest().issued_at));
        trust.chain(asking).chain(packs)
    }

    /// A list of a root of a single key or of a publisher.
    pub(super) fn parse_trust_list(&self, bytes: &[u8]) -> Result<TrustList, Error> {
        if bytes.first() == Some(&SIGN1) {
            return Ok(TrustList::parse_verified(bytes, &self.roots)?);
        }
        self.by_publisher(|root| TrustList::parse_signed(bytes, root))
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

    /// Works out anew what counts.
    pub(super) fn refresh(&mut self) {
        let packs = || self.packs.iter();
        let trust = packs().flat_map(|pack| &pack.trust_lists);
        let asking = packs().flat_map(|pack| &pack.verifier_lists);
        let status = packs().flat_map(|pack| &pack.status_lists);
        let snapshots = packs().flat_map(|pack| &pack.snapshots);
        let is_newer = |one: &Edition, other: &Edition| one.version > other.version;
        self.view = View {
            trust_lists: newest(
                self.trust_lists.lists.iter().chain(trust),
                |one, other| is_same_list(one.edition(), other.edition()),
                |one, other| is_newer(one.edition(), other.edition()),
            ),
            verifier_lists: newest(
                self.verifier_lists.lists.iter().chain(asking),
                |one, other| is_same_list(one.edition(), other.edition()),
                |one, other| is_newer(one.edition(), other.edition()),
            ),
            status_lists: newest(
                self.status_lists.lists.iter().chain(status),
                is_same,
                |one, other| one.issued_at() > other.issued_at(),
            ),
            snapshots: snapshots.cloned().collect(),
        };
    }

    /// Keeps one issuer from filling the store, and all of them from filling memory.
    fn check_room(&self, held: Option<usize>, offered: &StatusList) -> Result<(), Error> {
        let others = self.status_lists.lists.iter().enumerate();
        let others = others.filter(|(index, _)| Some(*index) != held);
        let of_signer = others.filter(|(_, list)| list.signed_by() == offered.signed_by());
        check_count(
            "status lists of one signer",
            of_signer.count() + 1,
            LISTS_OF_ONE_SIGNER_MAX,
        )?;
        let replaced = held.and_then(|held| self.status_lists.lists.get(held));
        let others = self.status_bytes() - replaced.map_or(0, status_bytes);
        let total = others.saturating_add(status_bytes(offered));
        check_count("bytes of status lists", total, STATUS_BYTES_MAX)
    }

    /// Bytes of all status lists in memory, those too that are here in several versions.
    pub(super) fn status_bytes(&self) -> usize {
        let in_packs = self.packs.iter().flat_map(|held| &held.status_lists);
        let all = self.status_lists.lists.iter().chain(in_packs);
        all.map(status_bytes).sum()
    }

    /// Whether `more` bytes can be stored beside all that is here, and read again.
    pub(super) fn check_stored(&self, more: usize) -> Result<(), Error> {
        let lists = [
            &self.trust_lists.bytes,
            &self.verifier_lists.bytes,
            &self.status_lists.bytes,
        ];
        let lists = lists.into_iter().flatten().map(|bytes| bytes.len());
        let packs = self.packs.iter().map(|held| held.stored);
        let total = lists.chain(packs).fold(more, usize::saturating_add);
        check_count("bytes of a trust store", total, STORED_BYTES_MAX)
    }
}

impl<L> Alone<L> {
    /// Keeps what `keep` says. Returns whether anything went.
    pub(super) fn retain(&mut self, keep: impl Fn(&L, &[u8]) -> bool) -> bool {
        let before = self.lists.len();
        let pairs = self.lists.drain(..).zip(self.bytes.drain(..));
        (self.lists, self.bytes) = pairs.filter(|(list, bytes)| keep(list, bytes)).unzip();
        self.lists.len() < before
    }

    /// Bytes of the list in a place.
    fn stored(&self, held: Option<usize>) -> usize {
        let bytes = held.and_then(|held| self.bytes.get(held));
        bytes.map_or(0, |bytes| bytes.len())
    }

    /// Puts a list into its place.
    fn put(&mut self, offered: Offered<L>, offered_bytes: &[u8]) -> Added {
        let held = offered.held;
        let place = held.and_then(|held| {
            let bytes = self.bytes.get_mut(held)?;
            Some((self.lists.get_mut(held)?, bytes))
        });
        if let Some((list, bytes)) = place {
            *list = offered.list;
            *bytes = offered_bytes.into();
        } else {
            self.lists.push(offered.list);
            self.bytes.push(offered_bytes.into());
        }
        offered.added
    }
}

/// A status list that a listed key signed, by any of the lists that know its `kid`.
pub(super) fn verify_status_list(
    trust_lists: &[TrustList],
    bytes: &[u8],
) -> Result<StatusList, Error> {
    let kid = StatusList::unverified_kid(bytes)?;
    let mut error = Error::UntrustedList;
    for anchor in trust_lists.iter().filter_map(|list| list.find(kid)) {
        match StatusList::parse_verified(bytes, &anchor.key().public) {
            Ok(list) => {
                let (uri, time) = (&anchor.issuer().uri, list.issued_at());
                if speaks_for(trust_lists, uri, list.signed_by(), time) {
                    return Ok(list);
                }
            }
            Err(refused) => error = refused.into(),
        }
    }
    Err(error)
}

/// Whether trust lists still let the signer of a status list speak for some issuer.
pub(super) fn is_vouched(trust_lists: &[TrustList], list: &StatusList) -> bool {
    let signer = list.signed_by();
    let issuers = trust_lists.iter().flat_map(TrustList::issuers);
    let mut signing = issuers.filter(|issuer| issuer.keys.iter().any(|key| key.public == *signer));
    signing.any(|issuer| speaks_for(trust_lists, &issuer.uri, signer, list.issued_at()))
}

/// Bytes of a status list in memory.
pub(super) fn status_bytes(list: &StatusList) -> usize {
    list.content().statuses.inflated_bytes()
}

/// What taking a list in would do, if there is room and `check_update` finds it no older than the
/// one held.
fn check_place<L>(
    what: &'static str,
    alone: &Alone<L>,
    held: Option<usize>,
    (offered, offered_bytes): (&L, &[u8]),
    check_update: impl Fn(&L, &L) -> Result<(), Refused>,
) -> Result<Added, Error> {
    let place = held.and_then(|held| Some((alone.lists.get(held)?, alone.bytes.get(held)?)));
    let Some((list, list_bytes)) = place else {
        check_count(what, alone.lists.len() + 1, LISTS_MAX)?;
        return Ok(Added::New);
    };
    if **list_bytes == *offered_bytes {
        return Ok(Added::AlreadyHere);
    }
    check_update(list, offered)?;
    Ok(Added::Replaced)
}

/// Refuses a list that is older than what counts here, in a pack perhaps.
fn check_known<L>(known: &[L], edition: impl Fn(&L) -> &Edition, offered: &L) -> Result<(), Error> {
    let offered = edition(offered);
    let mut known = known.iter().map(edition);
    let held = known.find(|held| is_same_list(held, offered));
    Ok(held.map_or(Ok(()), |held| held.check_update(offered))?)
}

fn place_of<L>(lists: &[L], edition: impl Fn(&L) -> &Edition, offered: &L) -> Option<usize> {
    let offered = edition(offered);
    let mut held = lists.iter().map(edition);
    held.position(|held| is_same_list(held, offered))
}

/// Two signers may give their lists the same id: neither takes the other's place.
pub(super) fn is_same_list(one: &Edition, other: &Edition) -> bool {
    one.id == other.id && one.authority == other.authority
}

/// Two signers may speak of the same list: neither takes the other's place.
pub(super) fn is_same(one: &StatusList, other: &StatusList) -> bool {
    one.uri() == other.uri() && one.signed_by() == other.signed_by()
}

fn name_of(edition: &Edition) -> String {
    format!("{} {}", edition.id, edition.authority)
}

/// Of things that are the same, the newest; of two as new, the first.
fn newest<'a, L: Clone + 'a>(
    all: impl Iterator<Item = &'a L>,
    is_same: impl Fn(&L, &L) -> bool,
    is_newer: impl Fn(&L, &L) -> bool,
) -> Vec<L> {
    let mut newest: Vec<L> = Vec::new();
    for one in all {
        match newest.iter_mut().find(|other| is_same(one, other)) {
            Some(other) if is_newer(one, other) => *other = one.clone(),
            Some(_) => {}
            None => newest.push(one.clone()),
        }
    }
    newest
}

/// A status list has no version: the time that it was signed stands for it.
pub(super) fn check_newer(held: &StatusList, offered: &StatusList) -> Result<(), Refused> {
    let (offered, held) = (offered.issued_at(), held.issued_at());
    match offered.cmp(&held) {
        Ordering::Greater => Ok(()),
        // What one second revoked, the same second cannot give back.
        Ordering::Equal => Err(Refused::VersionConflict {
            version: held.unsigned_abs(),
        }),
        Ordering::Less => Err(Refused::Rollback {
            offered: offered.unsigned_abs(),
            held: held.unsigned_abs(),
        }),
    }
}

/// First byte of a tagged `COSE_Sign1`: a list of a single root key.
const SIGN1: u8 = 0xd2;
