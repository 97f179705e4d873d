//! What counts of all that is held.

use core::cmp::Ordering;
use std::sync::Arc;

use nansen_credential::status::StatusList;
use nansen_credential::status::snapshot::PublishedSnapshot;
use nansen_credential::trust::{Authority, Edition, TrustList, VerifierList, speaks_for};

use super::TrustStore;
use super::floors::{Floors, Hash, Name, Of, hash_of, hash_of_key, version};
use super::status::Judge;

/// The newest of every list, alone or in a pack.
#[derive(Debug, Default)]
pub(super) struct View {
    pub(super) trust_lists: Vec<TrustList>,
    pub(super) verifier_lists: Vec<VerifierList>,
    pub(super) status_lists: Vec<StatusList>,
    /// Digests of the tokens of the status lists, in the same order.
    pub(super) tokens: Vec<[u8; 32]>,
    pub(super) snapshots: Vec<PublishedSnapshot>,
}

impl View {
    /// Status lists in the order of the digests of their tokens.
    pub(super) fn by_digest(&self) -> Vec<(&[u8; 32], &StatusList)> {
        let mut lists: Vec<_> = self.tokens.iter().zip(&self.status_lists).collect();
        lists.sort_unstable_by_key(|(digest, _)| *digest);
        lists
    }

    pub(super) fn editions(&self, of: Of) -> Vec<&Edition> {
        match of {
            Of::TrustList => self.trust_lists.iter().map(TrustList::edition).collect(),
            _ => self
                .verifier_lists
                .iter()
                .map(VerifierList::edition)
                .collect(),
        }
    }
}

impl TrustStore {
    /// Works out anew what counts, and raises the floors to it.
    pub(super) fn refresh(&mut self) {
        self.note_signed();
        for held in &self.packs {
            let manifest = held.pack.manifest();
            self.floors
                .raise(Name::pack(manifest), version(manifest.version));
        }
        let packs = || self.packs.iter();
        let alone = self.trust_lists.iter().map(|held| &held.list);
        let trust_lists = newest(
            alone.chain(packs().flat_map(|held| &held.trust_lists)),
            (Of::TrustList, TrustList::edition),
            &mut self.floors,
        );
        let alone = self.verifier_lists.iter().map(|held| &held.list);
        let verifier_lists = newest(
            alone.chain(packs().flat_map(|held| &held.verifier_lists)),
            (Of::VerifierList, VerifierList::edition),
            &mut self.floors,
        );
        // An older one on its own will never count again, and only takes room.
        let counts = |of, edition: &Edition| {
            let name = Name::list(of, edition);
            self.floors.check(name, version(edition.version)).is_ok()
        };
        self.trust_lists
            .retain(|held| counts(Of::TrustList, held.list.edition()));
        self.verifier_lists
            .retain(|held| counts(Of::VerifierList, held.list.edition()));
        let mut snapshots = Vec::new();
        for told in packs().flat_map(|held| &held.snapshots) {
            let snapshot = told.snapshot();
            if told.tells_of(&trust_lists, &snapshot.issuer, &snapshot.uri) {
                self.floors.raise(name_of(told), snapshot.issued_at);
            }
        }
        for told in packs().flat_map(|held| &held.snapshots) {
            if self.floors.at(name_of(told)) == Some(told.snapshot().issued_at) {
                snapshots.push(told.clone());
            }
        }
        let (status_lists, tokens) = self.counting(&Judge {
            trust_lists: &trust_lists,
            publishers: &self.publishers,
            snapshots: &snapshots,
            floors: &self.floors,
            read: self.view.by_digest(),
        });
        for list in &status_lists {
            let signer = list.signed_by();
            let name = Name::status_list(signer, list.uri());
            let speaks = |time| {
                let issuers = trust_lists.iter().flat_map(TrustList::issuers);
                let mut own = issuers.filter(|it| it.keys.iter().any(|key| key.public == *signer));
                own.any(|issuer| speaks_for(&trust_lists, &issuer.uri, signer, time))
            };
            self.floors.raise_if(name, list.issued_at(), speaks);
        }
        self.view = Arc::new(View {
            trust_lists,
            verifier_lists,
            status_lists,
            tokens,
            snapshots,
        });
        if self.floors.is_over() {
            let signers = self.view.signers();
            self.floors.bound(&signers);
        }
    }

    /// Forgets somebody whom the user trusts no more, with all that is theirs.
    pub(super) fn forget(&mut self, authority: &Authority) {
        self.floors.forget_all(authority, None);
        self.trust_lists
            .retain(|held| held.list.signed_by() != authority);
        self.verifier_lists
            .retain(|held| held.list.edition().authority != *authority);
        self.packs.retain(|held| {
            let publisher = &held.pack.manifest().publisher;
            !matches!(authority, Authority::Publisher(name) if name == publisher)
        });
        self.forget_unlisted();
    }

    /// Works out what counts after the user removed something. Status lists that came alone go with
    /// the last that let their signers speak.
    pub(super) fn refresh_without(&mut self) {
        let before = Arc::clone(&self.view);
        self.refresh();
        let mut held = core::mem::take(&mut self.status_lists);
        held.retain(|held| {
            !before.tokens.contains(&held.list.digest) || self.is_listed(&held.list)
        });
        self.status_lists = held;
    }

    /// Works out what counts after the user removed lists, and forgets signers that are on none
    /// any more.
    pub(super) fn forget_unlisted(&mut self) {
        let mut gone = self.view.signers();
        self.refresh_without();
        let signers = self.view.signers();
        gone.retain(|signer| signers.binary_search(signer).is_err());
        self.floors.forget_signers(&gone);
    }

    /// Notes how late everybody signed: the mark stays where it is, whatever goes.
    fn note_signed(&mut self) {
        let floors = &mut self.floors;
        let mut note = |authority: &Authority, time| floors.raise(Name::signed(authority), time);
        for publisher in &self.publishers {
            let name = publisher.root.publisher().to_owned();
            let time = publisher.root.content().issued_at;
            note(&Authority::Publisher(name), time);
        }
        for held in &self.packs {
            for list in &held.trust_lists {
                note(list.signed_by(), list.issued_at());
            }
            for list in &held.verifier_lists {
                note(&list.edition().authority, list.content().issued_at);
            }
            let manifest = held.pack.manifest();
            let authority = Authority::Publisher(manifest.publisher.clone());
            note(&authority, manifest.issued_at);
        }
        for held in &self.trust_lists {
            note(held.list.signed_by(), held.list.issued_at());
        }
        for held in &self.verifier_lists {
            let list = &held.list;
            note(&list.edition().authority, list.content().issued_at);
        }
    }
}

impl View {
    /// Every listed key, in order.
    fn signers(&self) -> Vec<Hash> {
        let issuers = self.trust_lists.iter().flat_map(TrustList::issuers);
        let keys = issuers.flat_map(|issuer| &issuer.keys);
        let mut signers: Vec<Hash> = keys.map(|key| hash_of_key(&key.public)).collect();
        signers.sort_unstable();
        signers
    }
}

fn name_of(told: &PublishedSnapshot) -> Name {
    let snapshot = told.snapshot();
    Name::snapshot(told.publisher(), &snapshot.issuer, &snapshot.uri)
}

/// Of every list the newest that is not below its floor; of two as new, always the same.
fn newest<'a, L: Clone + 'a>(
    all: impl Iterator<Item = &'a L>,
    (of, edition): (Of, fn(&L) -> &Edition),
    floors: &mut Floors,
) -> Vec<L> {
    let rank = |list: &L| (edition(list).version, edition(list).digest);
    let mut newest: Vec<L> = Vec::new();
    for one in all {
        let offered = edition(one);
        let name = Name::list(of, offered);
        if floors.check(name, version(offered.version)).is_err() {
            continue;
        }
        let place = newest.binary_search_by(|other| order(edition(other), offered));
        match place.map(|place| newest.get_mut(place)) {
            Ok(Some(other)) if rank(one) > rank(other) => *other = one.clone(),
            Ok(_) => {}
            Err(place) => newest.insert(place, one.clone()),
        }
    }
    for list in &newest {
        floors.raise(
            Name::list(of, edition(list)),
            version(edition(list).version),
        );
    }
    newest
}

/// Lists stand in an order of their own: some verdicts name the first that they rest on.
fn order(one: &Edition, other: &Edition) -> Ordering {
    let authority = || hash_of(&one.authority).cmp(&hash_of(&other.authority));
    one.id.cmp(&other.id).then_with(authority)
}
