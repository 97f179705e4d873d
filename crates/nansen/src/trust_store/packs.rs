//! Packs: taken in whole or as deltas, kept within quotas, handed on to the next phone.

use std::sync::Arc;

use nansen_credential::Error as Refused;
use nansen_credential::limits::{MAX_PACK_BYTES, MAX_TEXTS_PER_PACK};
use nansen_credential::pack::{Contact, Kind, Manifest, Note, Pack, TypeNames};
use nansen_credential::status::StatusList;
use nansen_credential::status::snapshot::PublishedSnapshot;
use nansen_credential::trust::{Edition, Root, TrustList, VerifierList};
use nansen_exchange::qr;

use super::lists::{
    check_newer, is_same, is_same_list, is_vouched, status_bytes, verify_status_list,
};
use super::publishers::Publisher;
use super::{
    Added, LISTS_MAX, PACK_BYTES_MAX, PACKS_MAX, STATUS_BYTES_MAX, TrustStore, check_count,
};
use crate::Error;

/// A pack, and what was read from it.
#[derive(Clone, Debug)]
pub(super) struct HeldPack {
    pub(super) pack: Arc<Pack>,
    /// Bytes of the pack's own form.
    pub(super) stored: usize,
    pub(super) trust_lists: Vec<TrustList>,
    pub(super) verifier_lists: Vec<VerifierList>,
    pub(super) status_lists: Vec<StatusList>,
    pub(super) snapshots: Vec<PublishedSnapshot>,
    pub(super) type_names: Vec<TypeNames>,
    pub(super) notes: Vec<Note>,
    pub(super) contacts: Vec<Contact>,
}

/// A pack that was checked, with the store as it is once it is taken in.
pub(crate) struct OfferedPack {
    /// The store with it.
    pub(crate) next: TrustStore,
    /// What taking it does.
    pub(crate) added: Added,
    /// The pack in its own form.
    #[cfg_attr(not(feature = "vault"), expect(dead_code, reason = "for the wallet"))]
    pub(crate) pack: Arc<Pack>,
}

impl TrustStore {
    /// Takes a pack of a trusted publisher in, whole or as a delta against the version held, in
    /// place of that version. Root statements in it are followed first. Lists of that version that
    /// are not in this one stay, on their own: only their own signers can replace them.
    ///
    /// # Errors
    /// [`Error::UnknownPublisher`]; [`Refused::OtherBase`] for a delta against a version that
    /// is not here; those of [`Pack::parse_verified`], [`Pack::check_update`] and [`Root::walk`];
    /// [`Refused::VersionConflict`] for a list that is here with other content,
    /// [`Refused::Rollback`] for one that is older than in the version held;
    /// [`Refused::Duplicate`] for two status lists of one uri and signer;
    /// [`Error::TooMany`] beyond [`PACKS_MAX`], [`PACK_BYTES_MAX`], [`STATUS_BYTES_MAX`] and
    /// [`STORED_BYTES_MAX`](super::STORED_BYTES_MAX). Nothing has then changed.
    pub fn add_pack(&mut self, bytes: &[u8]) -> Result<Added, Error> {
        let offered = self.check_pack(bytes)?;
        *self = offered.next;
        Ok(offered.added)
    }

    /// Whether a pack may take its place, by all that [`TrustStore::add_pack`] asks.
    pub(crate) fn check_pack(&self, bytes: &[u8]) -> Result<OfferedPack, Error> {
        let preview = Pack::preview(bytes)?;
        let digest = preview.manifest.digest;
        let mut packs = self.packs.iter().map(|held| &held.pack);
        let here = packs.find(|held| held.manifest().digest == digest);
        if let Some(held) = here.filter(|_| preview.base.is_some()) {
            // A delta to what is here leads nowhere, whatever it starts from.
            return Ok(OfferedPack {
                next: self.clone(),
                added: Added::AlreadyHere,
                pack: Arc::clone(held),
            });
        }
        let publisher = self.publisher(&preview.manifest.publisher);
        let publisher = publisher.ok_or(Error::UnknownPublisher)?;
        let base = preview.base.map(|digest| {
            let mut packs = self.packs.iter();
            let base = packs.find(|held| held.pack.manifest().digest == digest);
            base.map(|held| Arc::clone(&held.pack))
                .ok_or(Refused::OtherBase)
        });
        let base = base.transpose()?;
        let mut items = preview.manifest.items.iter();
        let rotations = match items.any(|item| item.kind == Kind::RootStatement) {
            true => Pack::rotations(bytes, base.as_deref())?,
            false => Vec::new(),
        };
        let rotated = publisher.walk(&rotations)?;
        let root = rotated.as_ref().map_or(&publisher.root, |next| &next.root);
        let pack = match &base {
            Some(base) => base.apply(bytes, root)?,
            None => Pack::parse_verified(bytes, root)?,
        };
        self.with_pack(Arc::new(pack), rotated)
    }

    /// The publishers' packs, each the newest seen of its id, with what each says of its age.
    pub fn packs(&self) -> impl Iterator<Item = &Manifest> {
        self.packs.iter().map(|held| held.pack.manifest())
    }

    /// A pack to hand on to another phone, as a message for codes or a file. The receiver checks
    /// signatures, not the phone that it came from.
    #[must_use]
    pub fn hand_on(&self, publisher: &str, id: &str) -> Option<qr::Message> {
        let mut packs = self.packs.iter().map(|held| &held.pack);
        let pack = packs.find(|pack| {
            let manifest = pack.manifest();
            manifest.publisher == publisher && manifest.id == id
        })?;
        Some(qr::Message {
            kind: qr::Kind::Pack,
            bytes: pack.to_transport(),
        })
    }

    /// Drops a pack with all that is in it. Returns whether it was here.
    pub fn remove_pack(&mut self, publisher: &str, id: &str) -> bool {
        self.note_publishers();
        let before = self.packs.len();
        self.packs.retain(|held| {
            let manifest = held.pack.manifest();
            manifest.publisher != publisher || manifest.id != id
        });
        // Of its lists nothing is kept, and status lists go for which they alone vouched.
        self.keep_lists(&[]);
        self.packs.len() < before
    }

    /// What a type of credential and its claims are called, by the newest pack that says so.
    #[must_use]
    pub fn type_names(&self, vct: &str) -> Option<&TypeNames> {
        let named = self.packs.iter().filter_map(|held| {
            let mut names = held.type_names.iter();
            let names = names.find(|names| names.vct == vct)?;
            Some((held.pack.manifest().issued_at, names))
        });
        named.max_by_key(|(time, _)| *time).map(|(_, names)| names)
    }

    pub(super) fn held_packs(&self) -> &[HeldPack] {
        &self.packs
    }

    fn with_pack(&self, pack: Arc<Pack>, rotated: Option<Publisher>) -> Result<OfferedPack, Error> {
        let mut next = self.clone();
        // What the new root no longer vouches for must not stand in the way.
        let mut fallen = rotated.map_or_else(Vec::new, |rotated| next.rotate(rotated));
        let manifest = pack.manifest();
        let publisher = next.publisher(&manifest.publisher);
        let root = &publisher.ok_or(Error::UnknownPublisher)?.root;
        let place = next.packs.iter().position(|held| {
            let held = held.pack.manifest();
            held.publisher == manifest.publisher && held.id == manifest.id
        });
        let held = place.and_then(|place| next.packs.get(place));
        let added = match held {
            None => Added::New,
            Some(held) => {
                Pack::check_update(&held.pack, &pack)?;
                match held.pack.manifest().digest == manifest.digest {
                    true => Added::AlreadyHere,
                    false => Added::Replaced,
                }
            }
        };
        let read = HeldPack::read(Arc::clone(&pack), root, &next.view.trust_lists)?;
        next.check_lists(&read)?;
        match place.and_then(|place| next.packs.get_mut(place)) {
            Some(held) => {
                held.check_update(&read)?;
                fallen.push(core::mem::replace(held, read));
            }
            None => next.packs.push(read),
        }
        next.keep_lists(&fallen);
        next.check_kept(place.and(fallen.last()), &fallen)?;
        next.check_quotas()?;
        Ok(OfferedPack { next, added, pack })
    }

    /// A list in a pack may be older than one that came otherwise, which then counts; it may not
    /// say something else under the same version.
    fn check_lists(&self, pack: &HeldPack) -> Result<(), Error> {
        let held = || {
            let trust = self.trust_lists.lists.iter().map(TrustList::edition);
            let asking = self.verifier_lists.lists.iter().map(VerifierList::edition);
            trust.chain(asking)
        };
        for offered in pack.editions() {
            for held in held().filter(|held| is_same_list(held, offered)) {
                match held.check_update(offered) {
                    Ok(()) | Err(Refused::Rollback { .. }) => {}
                    Err(conflict) => return Err(conflict.into()),
                }
            }
        }
        Ok(())
    }

    /// Refuses what would bring an older list back, now or later, where there was no room to keep
    /// the newer one.
    ///
    /// Lists of the pack that was `replaced` are vouched for, those of all that are `fallen`
    /// perhaps.
    fn check_kept(&self, replaced: Option<&HeldPack>, fallen: &[HeldPack]) -> Result<(), Error> {
        let known = || {
            let trust = self.view.trust_lists.iter().map(TrustList::edition);
            let asking = self.view.verifier_lists.iter().map(VerifierList::edition);
            trust.chain(asking)
        };
        let is_gone = |held: &&Edition| !known().any(|known| is_same_list(held, known));
        let replaced = replaced.into_iter().flat_map(HeldPack::editions);
        let gone = replaced.filter(is_gone).count();
        check_count("lists of a pack", LISTS_MAX + gone, LISTS_MAX)?;
        let lists = fallen.iter().flat_map(|pack| &pack.status_lists);
        for held in lists.filter(|held| is_vouched(&self.view.trust_lists, held)) {
            let mut counting = self.view.status_lists.iter();
            let is_older =
                |other: &&StatusList| is_same(held, other) && other.issued_at() < held.issued_at();
            if let Some(older) = counting.find(is_older) {
                check_newer(held, older)?;
            }
        }
        Ok(())
    }

    fn check_quotas(&self) -> Result<(), Error> {
        check_count("packs", self.packs.len(), PACKS_MAX)?;
        let size = |held: &HeldPack| -> usize {
            let items = held.pack.manifest().items.iter();
            items.map(|item| item.size).sum()
        };
        let total = self.packs.iter().map(size).sum();
        check_count("bytes of packs", total, PACK_BYTES_MAX)?;
        check_count("trust lists", self.view.trust_lists.len(), 2 * LISTS_MAX)?;
        let asking = self.view.verifier_lists.len();
        check_count("verifier lists", asking, 2 * LISTS_MAX)?;
        check_count(
            "bytes of status lists",
            self.status_bytes(),
            STATUS_BYTES_MAX,
        )?;
        self.check_stored(0)
    }
}

impl HeldPack {
    /// The same for two versions of a pack, and for no two packs.
    #[cfg(feature = "vault")]
    pub(super) fn name(&self) -> String {
        name_of(self.pack.manifest())
    }

    /// The pack under the next root of its publisher.
    ///
    /// # Errors
    /// When that root no longer vouches for it, or for a list in it.
    pub(super) fn under(&self, root: &Root, known: &[TrustList]) -> Result<Self, Error> {
        self.pack.check_signed(root)?;
        Self::read(Arc::clone(&self.pack), root, known)
    }

    /// Refuses a next version with older lists or snapshots than this one has, whatever the
    /// manifest calls them: the keys that sign packs take nothing back that others said.
    fn check_update(&self, next: &Self) -> Result<(), Error> {
        for held in self.editions() {
            let same = next.editions().filter(|other| is_same_list(held, other));
            if let Some(offered) = same.max_by_key(|edition| edition.version) {
                held.check_update(offered)?;
            }
        }
        // An older status list in it takes nothing back, since the newer one is kept. Of two of
        // one second neither is newer.
        for held in &self.status_lists {
            let is_rival = |other: &&StatusList| {
                is_same(held, other)
                    && held.issued_at() == other.issued_at()
                    && held.content() != other.content()
            };
            if let Some(rival) = next.status_lists.iter().find(is_rival) {
                check_newer(held, rival)?;
            }
        }
        // A date that the next pack's own contradicts was a mistake, which it may mend.
        let signed_at = next.pack.manifest().issued_at;
        let held = self.snapshots.iter().map(PublishedSnapshot::snapshot);
        for held in held.filter(|held| held.issued_at <= signed_at) {
            let mut snapshots = next.snapshots.iter().map(PublishedSnapshot::snapshot);
            let same =
                snapshots.find(|other| (&other.uri, &other.issuer) == (&held.uri, &held.issuer));
            if let Some(offered) = same.filter(|other| other.issued_at < held.issued_at) {
                return Err(Error::Credential(Refused::Rollback {
                    offered: offered.issued_at.unsigned_abs(),
                    held: held.issued_at.unsigned_abs(),
                }));
            }
        }
        Ok(())
    }

    fn editions(&self) -> impl Iterator<Item = &Edition> {
        let trust = self.trust_lists.iter().map(TrustList::edition);
        let asking = self.verifier_lists.iter().map(VerifierList::edition);
        trust.chain(asking)
    }

    /// Reads what is in a pack of the publisher whose root this is. `known` lists may vouch for
    /// the status lists in it.
    fn read(pack: Arc<Pack>, root: &Root, known: &[TrustList]) -> Result<Self, Error> {
        // It is kept in its own form, and must be read again.
        let stored = pack.to_bytes().len();
        check_count("bytes of a pack", stored, MAX_PACK_BYTES)?;
        let mut read = Self {
            snapshots: pack.snapshots()?,
            pack: Arc::clone(&pack),
            stored,
            trust_lists: Vec::new(),
            verifier_lists: Vec::new(),
            status_lists: Vec::new(),
            type_names: Vec::new(),
            notes: Vec::new(),
            contacts: Vec::new(),
        };
        let mut texts = MAX_TEXTS_PER_PACK;
        for (entry, content) in pack.items() {
            match entry.kind {
                Kind::TrustList => read
                    .trust_lists
                    .push(TrustList::parse_signed(content, root)?),
                Kind::VerifierList => read
                    .verifier_lists
                    .push(VerifierList::parse_verified(content, root)?),
                Kind::TypeNames => read
                    .type_names
                    .extend(TypeNames::read_all(content, &mut texts)?),
                Kind::Notes => read.notes.extend(Note::read_all(content, &mut texts)?),
                Kind::Contacts => read
                    .contacts
                    .extend(Contact::read_all(content, &mut texts)?),
                Kind::StatusList | Kind::StatusSnapshot | Kind::RootStatement | Kind::Other(_) => {}
            }
        }
        let vouching = [&read.trust_lists, known].concat();
        let mut inflated = 0_usize;
        for (_, content) in pack
            .items()
            .filter(|(entry, _)| entry.kind == Kind::StatusList)
        {
            match verify_status_list(&vouching, content) {
                Ok(list) => {
                    if read.status_lists.iter().any(|other| is_same(other, &list)) {
                        return Err(Error::Credential(Refused::Duplicate {
                            what: "status list of a pack",
                        }));
                    }
                    inflated = inflated.saturating_add(status_bytes(&list));
                    check_count("bytes of status lists", inflated, STATUS_BYTES_MAX)?;
                    read.status_lists.push(list);
                }
                // Its issuer is on no list here, or its key was cut off: others still count.
                Err(error) if error.is_superseded() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }
}

/// The same for two versions of a pack, and for no two packs.
#[cfg(feature = "vault")]
pub(crate) fn name_of(manifest: &Manifest) -> String {
    format!("{} of {}", manifest.id, manifest.publisher)
}
