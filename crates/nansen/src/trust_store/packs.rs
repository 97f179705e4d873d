//! Packs: taken in whole or as deltas, kept within quotas, handed on to the next phone.
//!
//! One quorum of a publisher signs packs, others sign its lists, and issuers sign status lists. Of a
//! pack whose place another took, or that a rotation brought down, the lists are kept on their own
//! that their own signers still stand for, as far as there is room: whoever holds the keys of packs
//! alone, or hands on a rotation of them, cannot take back what others said. Snapshots have no
//! signature but the pack's, and go with it.

use std::sync::Arc;

use nansen_credential::Error as Refused;
use nansen_credential::limits::{MAX_PACK_BYTES, MAX_TEXTS_PER_PACK};
use nansen_credential::pack::{Contact, Kind, Manifest, Note, Pack, TypeNames};
use nansen_credential::status::snapshot::PublishedSnapshot;
use nansen_credential::trust::{Edition, Root, TrustList, VerifierList};
use nansen_exchange::qr;

use super::floors::{Name, Of, rollback, version};
use super::lists::is_same_list;
use super::status::Token;
use super::{
    Added, PACK_BYTES_MAX, PACK_BYTES_OF_ONE_PUBLISHER_MAX, PACKS_MAX, PACKS_OF_ONE_PUBLISHER_MAX,
    TrustStore, check_count,
};
use crate::Error;

/// A pack, and what was read from it.
#[derive(Debug)]
pub(super) struct HeldPack {
    pub(super) pack: Arc<Pack>,
    /// Bytes of the pack's own form.
    pub(super) stored: usize,
    pub(super) trust_lists: Vec<TrustList>,
    pub(super) verifier_lists: Vec<VerifierList>,
    /// Status lists that may count, by the place of their item.
    tokens: Vec<(usize, Token)>,
    pub(super) snapshots: Vec<PublishedSnapshot>,
    pub(super) type_names: Vec<TypeNames>,
    pub(super) notes: Vec<Note>,
    pub(super) contacts: Vec<Contact>,
}

impl TrustStore {
    /// Takes a pack of a trusted publisher in, whole or as a delta against the version held, in
    /// place of that version. Root statements in it are followed first. Lists of that version that
    /// are not in this one stay, on their own: only their own signers can replace them. A status
    /// list in it that is malformed, older than another or beyond the room there is does not count.
    ///
    /// # Errors
    /// [`Error::UnknownPublisher`]; [`Refused::OtherBase`] for a delta against a version that
    /// is not here; those of [`Pack::parse_verified`], [`Pack::check_update`] and [`Root::walk`];
    /// [`Refused::VersionConflict`] for a list that is here with other content,
    /// [`Refused::Rollback`] for a list or snapshot that is older than in the version held;
    /// [`Error::TooMany`] beyond [`PACKS_MAX`], [`PACK_BYTES_MAX`], [`LISTS_MAX`](super::LISTS_MAX)
    /// and what one publisher may have of these. Nothing has then changed.
    pub fn add_pack(&mut self, bytes: &[u8]) -> Result<Added, Error> {
        let mut next = self.clone();
        let (added, fallen) = next.put_pack(bytes)?;
        if added == Added::AlreadyHere {
            return Ok(added);
        }
        next.refresh();
        next.keep_lists(&fallen, &self.view.tokens);
        *self = next;
        Ok(added)
    }

    /// Takes a pack in before it is worked out what counts. Returns also those that are here no
    /// more, for [`TrustStore::keep_lists`]. After an error, the store is not to be used.
    pub(super) fn put_pack(&mut self, bytes: &[u8]) -> Result<(Added, Vec<Arc<HeldPack>>), Error> {
        let preview = Pack::preview(bytes)?;
        let digest = preview.manifest.digest;
        let is_held = |held: &Arc<HeldPack>| held.pack.manifest().digest == digest;
        if preview.base.is_some() && self.packs.iter().any(is_held) {
            // A delta to what is here leads nowhere, whatever it starts from.
            return Ok((Added::AlreadyHere, Vec::new()));
        }
        let name = preview.manifest.publisher.as_str();
        let publisher = self.publisher(name).ok_or(Error::UnknownPublisher)?;
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
        let read = Arc::new(HeldPack::read(pack, root)?);
        // What the new root no longer vouches for must not stand in the way.
        let mut fallen = rotated.map_or_else(Vec::new, |rotated| self.rotate(rotated));
        let offered = read.pack.manifest();
        self.floors
            .check(Name::pack(offered), version(offered.version))?;
        let place = self.packs.iter().position(|held| {
            let held = held.pack.manifest();
            (&held.publisher, &held.id) == (&offered.publisher, &offered.id)
        });
        let replaced = place.map(|place| self.packs.remove(place));
        if let Some(held) = &replaced {
            Pack::check_update(&held.pack, &read.pack)?;
            for name in held.check_update(&read)? {
                self.floors.forget(name);
            }
        }
        self.check_conflicts(&read)?;
        self.packs.push(read);
        self.packs.sort_unstable_by(|one, other| {
            let (one, other) = (one.pack.manifest(), other.pack.manifest());
            (&one.publisher, &one.id).cmp(&(&other.publisher, &other.id))
        });
        self.check_packs(name)?;
        self.check_lists(Of::TrustList, None)?;
        self.check_lists(Of::VerifierList, None)?;
        let added = match &replaced {
            Some(held) if held.pack.manifest().digest == digest => Added::AlreadyHere,
            Some(_) => Added::Replaced,
            None => Added::New,
        };
        fallen.extend(replaced);
        Ok((added, fallen))
    }

    /// Keeps lists of packs that are here no more, as far as they count and there is room; of status
    /// lists those that were `counted` before.
    pub(super) fn keep_lists(&mut self, fallen: &[Arc<HeldPack>], counted: &[[u8; 32]]) {
        if fallen.is_empty() {
            return;
        }
        for (entry, content) in fallen.iter().flat_map(|held| held.pack.items()) {
            // What is refused is older than what counts, or nobody's word any more.
            let _ = match entry.kind {
                Kind::TrustList => self.put_trust_list(content, true),
                Kind::VerifierList => self.put_verifier_list(content, true),
                _ => continue,
            };
        }
        self.refresh();
        let here = self.view.tokens.clone();
        let tokens = fallen.iter().flat_map(|held| held.tokens());
        let lost = tokens
            .filter(|(token, _)| counted.contains(&token.digest) && !here.contains(&token.digest));
        self.keep_status_lists(&lost.collect::<Vec<_>>());
        self.refresh();
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
        let before = self.packs.len();
        let floors = &mut self.floors;
        self.packs.retain(|held| {
            let manifest = held.pack.manifest();
            let stays = manifest.publisher != publisher || manifest.id != id;
            if !stays {
                floors.forget(Name::pack(manifest));
            }
            stays
        });
        self.refresh_without();
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

    pub(super) fn held_packs(&self) -> &[Arc<HeldPack>] {
        &self.packs
    }

    /// A list in a pack may be older than one that came otherwise, which then counts; it may not
    /// say something else under the same version.
    fn check_conflicts(&self, pack: &HeldPack) -> Result<(), Error> {
        let alone = self.alone();
        for offered in pack.editions() {
            let held = alone.iter().filter(|held| held.0 == offered.0);
            for held in held.filter(|held| is_same_list(held.1, offered.1)) {
                match held.1.check_update(offered.1) {
                    Ok(()) | Err(Refused::Rollback { .. }) => {}
                    Err(conflict) => return Err(conflict.into()),
                }
            }
        }
        Ok(())
    }

    /// Keeps a publisher, and all of them, from filling the store with packs.
    fn check_packs(&self, publisher: &str) -> Result<(), Error> {
        let own = self.packs.iter();
        let own = own.filter(|held| held.pack.manifest().publisher == publisher);
        let bytes = own.clone().map(|held| held.stored).sum();
        let limit = PACKS_OF_ONE_PUBLISHER_MAX;
        check_count("packs of one publisher", own.count(), limit)?;
        let limit = PACK_BYTES_OF_ONE_PUBLISHER_MAX;
        check_count("bytes of packs of one publisher", bytes, limit)?;
        check_count("packs", self.packs.len(), PACKS_MAX)?;
        let total = self.packs.iter().map(|held| held.stored).sum();
        check_count("bytes of packs", total, PACK_BYTES_MAX)
    }
}

impl HeldPack {
    /// Whether the next root of its publisher vouches for the pack and for the lists in it.
    pub(super) fn is_under(&self, root: &Root) -> bool {
        let mut items = self.pack.items();
        self.pack.check_signed(root).is_ok()
            && items.all(|(entry, content)| match entry.kind {
                Kind::TrustList => TrustList::parse_signed(content, root).is_ok(),
                Kind::VerifierList => VerifierList::parse_verified(content, root).is_ok(),
                _ => true,
            })
    }

    /// Status lists that may count, with their bytes.
    pub(super) fn tokens(&self) -> impl Iterator<Item = (&Token, &[u8])> {
        let mut items = self.pack.items().enumerate();
        self.tokens.iter().filter_map(move |(place, token)| {
            let (_, (_, content)) = items.find(|(other, _)| other == place)?;
            Some((token, content))
        })
    }

    /// Refuses a next version with older lists or snapshots than this one has, whatever the
    /// manifest calls them: the keys that sign packs take nothing back that others said. Returns
    /// snapshots whose dates lie ahead of the next pack's own: mistakes, which it may mend.
    fn check_update(&self, next: &Self) -> Result<Vec<Name>, Error> {
        let offered = next.editions();
        for (of, held) in self.editions() {
            let same = offered.iter().filter(|it| it.0 == of);
            let same = same.filter(|other| is_same_list(held, other.1));
            if let Some((_, offered)) = same.max_by_key(|it| it.1.version) {
                held.check_update(offered)?;
            }
        }
        let mut mended = Vec::new();
        let signed_at = next.pack.manifest().issued_at;
        for held in self.snapshots.iter().map(PublishedSnapshot::snapshot) {
            let mut snapshots = next.snapshots.iter().map(PublishedSnapshot::snapshot);
            let same =
                snapshots.find(|other| (&other.uri, &other.issuer) == (&held.uri, &held.issuer));
            match same.filter(|other| other.issued_at < held.issued_at) {
                Some(offered) if held.issued_at <= signed_at => {
                    return Err(rollback(offered.issued_at, held.issued_at));
                }
                Some(_) => {
                    let publisher = &self.pack.manifest().publisher;
                    mended.push(Name::snapshot(publisher, &held.issuer, &held.uri));
                }
                None => {}
            }
        }
        Ok(mended)
    }

    /// The lists in it.
    pub(super) fn editions(&self) -> Vec<(Of, &Edition)> {
        let mut editions = Vec::new();
        for list in &self.trust_lists {
            editions.push((Of::TrustList, list.edition()));
        }
        for list in &self.verifier_lists {
            editions.push((Of::VerifierList, list.edition()));
        }
        editions
    }

    /// Reads what is in a pack of the publisher whose root this is.
    fn read(pack: Pack, root: &Root) -> Result<Self, Error> {
        // It is kept in its own form, and must be read again.
        let stored = pack.to_bytes().len();
        check_count("bytes of a pack", stored, MAX_PACK_BYTES)?;
        let pack = Arc::new(pack);
        let mut read = Self {
            snapshots: pack.snapshots()?,
            pack: Arc::clone(&pack),
            stored,
            trust_lists: Vec::new(),
            verifier_lists: Vec::new(),
            tokens: Vec::new(),
            type_names: Vec::new(),
            notes: Vec::new(),
            contacts: Vec::new(),
        };
        let mut texts = MAX_TEXTS_PER_PACK;
        for (place, (entry, content)) in pack.items().enumerate() {
            match entry.kind {
                Kind::TrustList => read
                    .trust_lists
                    .push(TrustList::parse_signed(content, root)?),
                Kind::VerifierList => read
                    .verifier_lists
                    .push(VerifierList::parse_verified(content, root)?),
                // What an issuer got wrong keeps nothing of the others back.
                Kind::StatusList => read
                    .tokens
                    .extend(Token::read(content).map(|token| (place, token))),
                Kind::TypeNames => read
                    .type_names
                    .extend(TypeNames::read_all(content, &mut texts)?),
                Kind::Notes => read.notes.extend(Note::read_all(content, &mut texts)?),
                Kind::Contacts => read
                    .contacts
                    .extend(Contact::read_all(content, &mut texts)?),
                Kind::StatusSnapshot | Kind::RootStatement | Kind::Other(_) => {}
            }
        }
        Ok(read)
    }
}
