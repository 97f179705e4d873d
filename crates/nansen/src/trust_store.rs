//! What a phone knows without a network: roots it trusts, the trust lists that they signed, the
//! status lists of listed issuers, and the latest time that any of these was signed.
//!
//! The latest signed time is a high-water mark: the real time is not before it, whatever the
//! clock says. Trust lists held here move it, since roots sign them; what issuers sign moves it
//! only as far as the clock has come by then, so that no issuer can push it ahead.
//!
//! Stored form, deterministic CBOR: map of `1` version (1), `2` roots (keys in short form), `3`
//! trust lists, `4` status lists (both as received), `5` high-water mark. Reading it checks every
//! signature again. Roots and mark are not signed by anybody, and an older copy of the whole is
//! as good as a newer one: the file must be kept from being written by others.

use core::cmp::Ordering;

use nansen_credential::cbor::{Map, RawMap, Reader, Value};
use nansen_credential::cose::PublicKey;
use nansen_credential::status::StatusList;
use nansen_credential::trust::{TrustList, speaks_for};
use nansen_credential::verify::Context;
use nansen_exchange::request::HeldList;

use crate::Error;

/// Roots, lists and the latest signed time.
#[derive(Debug, Default)]
pub struct TrustStore {
    roots: Vec<PublicKey>,
    trust_lists: Vec<TrustList>,
    trust_bytes: Vec<Vec<u8>>,
    status_lists: Vec<StatusList>,
    status_bytes: Vec<Vec<u8>>,
    /// The latest time that was signed and that the clock has confirmed.
    mark: i64,
}

/// What adding a list did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// Nothing of its kind was here.
    New,
    /// It took the place of an older one.
    Replaced,
    /// The same was here already.
    AlreadyHere,
}

/// A list that was checked and may take its place.
pub(crate) struct Offered<L> {
    list: L,
    /// Place of the version held; `None` for a list of which there is none.
    held: Option<usize>,
    /// What taking it does.
    pub(crate) added: Added,
    /// The same for two versions of a list, and for no two lists.
    #[cfg_attr(not(feature = "vault"), expect(dead_code, reason = "for the wallet"))]
    pub(crate) name: String,
    /// When this version was signed, unix seconds.
    #[cfg_attr(not(feature = "vault"), expect(dead_code, reason = "for the wallet"))]
    pub(crate) signed_at: i64,
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

    /// Takes a trust list in, in place of an older version of itself.
    ///
    /// # Errors
    /// [`nansen_credential::Error::Rollback`] for an older version than the one held, those of
    /// [`TrustList::parse_verified`], [`Error::TooMany`] beyond [`LISTS_MAX`].
    pub fn add_trust_list(&mut self, bytes: &[u8]) -> Result<Added, Error> {
        let offered = self.check_trust_list(bytes)?;
        Ok(self.take_trust_list(offered, bytes))
    }

    /// Whether a trust list may take its place, by all that [`TrustStore::add_trust_list`] asks.
    pub(crate) fn check_trust_list(&self, bytes: &[u8]) -> Result<Offered<TrustList>, Error> {
        let offered = TrustList::parse_verified(bytes, &self.roots)?;
        // Two roots may give their lists the same id: neither takes the other's place.
        let held = self
            .trust_lists
            .iter()
            .position(|held| held.id() == offered.id() && held.signed_by() == offered.signed_by());
        Ok(Offered {
            added: check_place(
                "trust lists",
                (&self.trust_lists, &self.trust_bytes),
                held,
                (&offered, bytes),
                TrustList::check_update,
            )?,
            name: format!("{} {:?}", offered.id(), offered.signed_by()),
            signed_at: offered.issued_at(),
            list: offered,
            held,
        })
    }

    /// Takes in a list that this store, as it is, has checked.
    pub(crate) fn take_trust_list(&mut self, offered: Offered<TrustList>, bytes: &[u8]) -> Added {
        put(
            (&mut self.trust_lists, &mut self.trust_bytes),
            offered,
            bytes,
        )
    }

    /// Takes a status list in, in place of an older one of the same uri and signer.
    ///
    /// # Errors
    /// [`Error::UntrustedList`] when no trust list names its signer,
    /// [`nansen_credential::Error::Rollback`] for an older one than is held, those of
    /// [`StatusList::parse_verified`], [`Error::TooMany`] beyond [`LISTS_MAX`].
    pub fn add_status_list(&mut self, bytes: &[u8]) -> Result<Added, Error> {
        let offered = self.check_status_list(bytes)?;
        Ok(self.take_status_list(offered, bytes))
    }

    /// Whether a status list may take its place, by all that [`TrustStore::add_status_list`] asks.
    pub(crate) fn check_status_list(&self, bytes: &[u8]) -> Result<Offered<StatusList>, Error> {
        let offered = self.verify_status_list(bytes)?;
        let held = self.status_lists.iter().position(|held| {
            held.uri() == offered.uri() && held.signed_by() == offered.signed_by()
        });
        self.check_room(held, &offered)?;
        Ok(Offered {
            added: check_place(
                "status lists",
                (&self.status_lists, &self.status_bytes),
                held,
                (&offered, bytes),
                check_newer,
            )?,
            name: format!("{} {:?}", offered.uri(), offered.signed_by()),
            signed_at: offered.issued_at(),
            list: offered,
            held,
        })
    }

    /// Takes in a list that this store, as it is, has checked.
    pub(crate) fn take_status_list(&mut self, offered: Offered<StatusList>, bytes: &[u8]) -> Added {
        put(
            (&mut self.status_lists, &mut self.status_bytes),
            offered,
            bytes,
        )
    }

    /// A status list that a listed key signed, by any of the lists that know its `kid`.
    fn verify_status_list(&self, bytes: &[u8]) -> Result<StatusList, Error> {
        let kid = StatusList::unverified_kid(bytes)?;
        let mut error = Error::UntrustedList;
        for anchor in self.trust_lists.iter().filter_map(|list| list.find(kid)) {
            match StatusList::parse_verified(bytes, &anchor.key().public) {
                Ok(list) => {
                    let (uri, time) = (&anchor.issuer().uri, list.issued_at());
                    if speaks_for(&self.trust_lists, uri, list.signed_by(), time) {
                        return Ok(list);
                    }
                }
                Err(refused) => error = refused.into(),
            }
        }
        Err(error)
    }

    /// Keeps one issuer from filling the store, and all of them from filling memory.
    fn check_room(&self, held: Option<usize>, offered: &StatusList) -> Result<(), Error> {
        let others = self.status_lists.iter().enumerate();
        let others = others.filter(|(index, _)| Some(*index) != held);
        let others = others.map(|(_, list)| list);
        let of_signer = others
            .clone()
            .filter(|list| list.signed_by() == offered.signed_by());
        check_count(
            "status lists of one signer",
            of_signer.count() + 1,
            LISTS_OF_ONE_SIGNER_MAX,
        )?;
        let size = |list: &StatusList| list.content().statuses.inflated_bytes();
        let total = others.map(size).sum::<usize>() + size(offered);
        check_count("bytes of status lists", total, STATUS_BYTES_MAX)
    }

    /// Roots.
    #[must_use]
    pub fn roots(&self) -> &[PublicKey] {
        &self.roots
    }

    /// Trust lists, each the newest seen of its id.
    #[must_use]
    pub fn trust_lists(&self) -> &[TrustList] {
        &self.trust_lists
    }

    /// Status lists, each the newest seen of its uri and signer.
    #[must_use]
    pub fn status_lists(&self) -> &[StatusList] {
        &self.status_lists
    }

    /// The latest signed time, unix seconds; 0 at first.
    #[must_use]
    pub fn latest_signed_time(&self) -> i64 {
        let lists = self.trust_lists.iter().map(TrustList::issued_at);
        lists.fold(self.mark, i64::max)
    }

    /// Notes that a trusted issuer signed something at `time`, if the clock has come that far.
    /// Returns whether this is later than anything before.
    pub fn note_signed_time(&mut self, time: i64, now: i64) -> bool {
        let is_later = time <= now && time > self.latest_signed_time();
        if is_later {
            self.mark = time;
        }
        is_later
    }

    /// Takes back the high-water mark that was stored.
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

    /// The lists as a request names them.
    #[must_use]
    pub fn held_lists(&self) -> Vec<HeldList> {
        self.trust_lists.iter().map(HeldList::of).collect()
    }

    /// What to check a presentation against.
    #[must_use]
    pub fn context(&self, now: i64, max_status_age: i64) -> Context<'_> {
        Context {
            now,
            latest_signed_time: self.latest_signed_time(),
            trust_lists: &self.trust_lists,
            status_lists: &self.status_lists,
            max_status_age,
            issuer_key: None,
        }
    }

    /// The stored form.
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        let bytes = |items: &[Vec<u8>]| items.iter().cloned().map(Value::Bytes).collect();
        let roots = self.roots.iter().map(|root| Value::Bytes(root.to_short()));
        Map::new()
            .with(label::VERSION, VERSION)
            .with(label::ROOTS, Value::Array(roots.collect()))
            .with(label::TRUST_LISTS, Value::Array(bytes(&self.trust_bytes)))
            .with(label::STATUS_LISTS, Value::Array(bytes(&self.status_bytes)))
            .with(label::MARK, self.mark)
            .to_cbor()
    }

    /// Reads the stored form and checks every signature again. A status list whose signer is no
    /// longer on any trust list, or whose `kid` a newer trust list gave to another key, is left
    /// out.
    ///
    /// # Errors
    /// [`Error::Stored`] for anything but a stored form, and those of the two ways to add.
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, Error> {
        const DAMAGED: Error = Error::Stored {
            what: "trust store",
        };
        check_count("bytes of a trust store", bytes.len(), STORED_BYTES_MAX)?;
        let stored = RawMap::from_cbor(bytes).map_err(|_| DAMAGED)?;
        let field = |label| stored.label(label).ok_or(DAMAGED);
        if field(label::VERSION)?.int() != Ok(VERSION) {
            return Err(DAMAGED);
        }
        let mut store = Self::new();
        each_bytes(&mut field(label::ROOTS)?, ROOTS_MAX, |root| {
            store.add_root(PublicKey::from_short(root)?).map(drop)
        })?;
        each_bytes(&mut field(label::TRUST_LISTS)?, LISTS_MAX, |list| {
            store.add_trust_list(list).map(drop)
        })?;
        each_bytes(
            &mut field(label::STATUS_LISTS)?,
            LISTS_MAX,
            |list| match store.add_status_list(list) {
                Err(error) if error.is_superseded() => Ok(()),
                other => other.map(drop),
            },
        )?;
        store.mark = field(label::MARK)?.int().map_err(|_| DAMAGED)?;
        Ok(store)
    }
}

/// What taking a list in would do, if there is room and `check_update` finds it no older than the
/// one held.
fn check_place<L>(
    what: &'static str,
    (lists, bytes): (&[L], &[Vec<u8>]),
    held: Option<usize>,
    (offered, offered_bytes): (&L, &[u8]),
    check_update: impl Fn(&L, &L) -> Result<(), nansen_credential::Error>,
) -> Result<Added, Error> {
    let place = held.and_then(|held| Some((lists.get(held)?, bytes.get(held)?)));
    let Some((list, list_bytes)) = place else {
        check_count(what, lists.len() + 1, LISTS_MAX)?;
        return Ok(Added::New);
    };
    if list_bytes == offered_bytes {
        return Ok(Added::AlreadyHere);
    }
    check_update(list, offered)?;
    Ok(Added::Replaced)
}

/// Puts a list into its place.
fn put<L>(
    (lists, bytes): (&mut Vec<L>, &mut Vec<Vec<u8>>),
    offered: Offered<L>,
    offered_bytes: &[u8],
) -> Added {
    let held = offered.held;
    let place = held.and_then(|held| Some((lists.get_mut(held)?, bytes.get_mut(held)?)));
    if let Some((list, list_bytes)) = place {
        *list = offered.list;
        *list_bytes = offered_bytes.to_vec();
    } else {
        lists.push(offered.list);
        bytes.push(offered_bytes.to_vec());
    }
    offered.added
}

/// A status list has no version: the time that it was signed stands for it.
fn check_newer(held: &StatusList, offered: &StatusList) -> Result<(), nansen_credential::Error> {
    let (offered, held) = (offered.issued_at(), held.issued_at());
    match offered.cmp(&held) {
        Ordering::Greater => Ok(()),
        // What one second revoked, the same second cannot give back.
        Ordering::Equal => Err(nansen_credential::Error::VersionConflict {
            version: held.unsigned_abs(),
        }),
        Ordering::Less => Err(nansen_credential::Error::Rollback {
            offered: offered.unsigned_abs(),
            held: held.unsigned_abs(),
        }),
    }
}

fn each_bytes(
    reader: &mut Reader<'_>,
    limit: usize,
    mut each: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    const DAMAGED: Error = Error::Stored {
        what: "trust store",
    };
    let count = reader.array().map_err(|_| DAMAGED)?;
    check_count("items", count, limit)?;
    for _ in 0..count {
        each(reader.bytes().map_err(|_| DAMAGED)?)?;
    }
    Ok(())
}

const fn check_count(what: &'static str, count: usize, limit: usize) -> Result<(), Error> {
    if count > limit {
        return Err(Error::TooMany { what, count, limit });
    }
    Ok(())
}

/// Most roots of a store.
pub const ROOTS_MAX: usize = 16;

/// Most trust lists, and most status lists, of a store.
pub const LISTS_MAX: usize = 32;

/// Most status lists of one signing key.
pub const LISTS_OF_ONE_SIGNER_MAX: usize = 16;

/// Most bytes of all status lists together, inflated.
pub const STATUS_BYTES_MAX: usize = 64 << 20;

/// Most bytes of the stored form.
pub const STORED_BYTES_MAX: usize = 64 << 20;

const VERSION: i64 = 1;

mod label {
    pub(super) const VERSION: i64 = 1;
    pub(super) const ROOTS: i64 = 2;
    pub(super) const TRUST_LISTS: i64 = 3;
    pub(super) const STATUS_LISTS: i64 = 4;
    pub(super) const MARK: i64 = 5;
}

#[cfg(test)]
mod tests {
    use nansen_credential::cose::{SecretKey, Signer};
    use nansen_credential::status::{StatusListContent, Statuses};
    use nansen_credential::trust::{Issuer, IssuerKey, TrustListContent};

    use super::*;

    #[test]
    fn a_store_reads_again_after_a_kid_went_to_another_key() {
        let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
        let [root, old, new] = [(); 3].map(|()| SecretKey::generate_ed25519(&mut rng));
        let list = |version, key: &SecretKey| {
            let mut key = IssuerKey::new(key.public_key(), 0, 1000);
            key.kid = old.public_key().kid().to_vec();
            let issuer = Issuer {
                uri: "https://issuer.example".into(),
                names: [("en".into(), "Issuer".into())].into(),
                country: "NPL".into(),
                keys: vec![key],
                types: vec!["urn:example:skills".into()],
                status_prefixes: Vec::new(),
            };
            let content = TrustListContent {
                id: "list".into(),
                version,
                issued_at: 100,
                next_update: 200,
                issuers: vec![issuer],
            };
            content.sign(&root).unwrap()
        };
        let statuses = StatusListContent {
            uri: "https://issuer.example/s/1".into(),
            issued_at: 100,
            expires_at: None,
            ttl: None,
            statuses: Statuses::new(1, 8).unwrap(),
        };
        let mut store = TrustStore::new();
        store.add_root(root.public_key()).unwrap();
        store.add_trust_list(&list(1, &old)).unwrap();
        store
            .add_status_list(&statuses.sign(&old).unwrap())
            .unwrap();
        store.add_trust_list(&list(2, &new)).unwrap();

        let store = TrustStore::from_cbor(&store.to_cbor()).unwrap();
        assert_eq!(store.trust_lists()[0].version(), 2);
        assert!(store.status_lists().is_empty());
    }
}
