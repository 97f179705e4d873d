//! Properties of what publishers sign: roots, lists by a quorum, packs and what is in them.

use std::sync::LazyLock;

use nansen::TrustStore;
use nansen_credential::cose::{MultiSigned, Signer};
use nansen_credential::limits::MAX_TEXTS_PER_PACK;
use nansen_credential::pack::{Contact, Item, Kind, Note, Pack, PackContent, PackDraft, TypeNames};
use nansen_credential::status::snapshot::Snapshot;
use nansen_credential::status::{Status, StatusList, StatusListContent, Statuses};
use nansen_credential::trust::{
    Grant, Quorum, ROOT_TYPE, Role, Root, RootContent, TRUST_LIST_TYPE, TrustList,
    VERIFIER_LIST_TYPE, Verifier, VerifierKey, VerifierList, VerifierListContent,
};

use super::known::{ISSUER, KNOWN, NOW};

const PUBLISHER: &str = "publisher";

/// A root whose every role is the one root key.
static ROOT: LazyLock<Root> = LazyLock::new(|| {
    let bytes = root_bytes();
    let pin = Root::pin(&bytes).expect("a root");
    Root::parse_pinned(&bytes, &pin).expect("a root")
});

/// A pack with an item of every sort that is not signed in itself, and a list.
static PACK: LazyLock<Pack> = LazyLock::new(|| {
    let item = |kind, content| Item {
        kind,
        id: "item".into(),
        version: 1,
        expires_at: NOW,
        content,
    };
    let content = PackContent {
        id: "pack".into(),
        version: 1,
        issued_at: NOW,
        next_update: NOW,
        items: vec![
            item(Kind::TrustList, list_bytes()),
            item(Kind::StatusSnapshot, snapshot_bytes()),
            item(Kind::Notes, vec![0x80]),
        ],
    };
    let mut draft = content.draft(PUBLISHER).expect("a pack");
    draft.sign(&KNOWN.root).expect("signed");
    draft.finish(&ROOT).expect("a pack")
});

fn signed(media_type: &str, payload: &[u8]) -> Vec<u8> {
    sign(MultiSigned::new(media_type, payload.to_vec()))
}

fn sign(mut draft: MultiSigned) -> Vec<u8> {
    draft.sign(&KNOWN.root).expect("signed");
    draft.to_cbor()
}

pub(super) fn root_bytes() -> Vec<u8> {
    let quorum = Quorum {
        threshold: 1,
        keys: vec![KNOWN.root.public_key()],
    };
    let content = RootContent {
        publisher: PUBLISHER.into(),
        version: 1,
        issued_at: NOW,
        expires_at: NOW,
        root: quorum.clone(),
        roles: Role::ALL.map(|role| (role, quorum.clone())).into(),
    };
    sign(content.draft().expect("a root"))
}

pub(super) fn list_bytes() -> Vec<u8> {
    sign(KNOWN.list.content().draft(PUBLISHER).expect("a list"))
}

pub(super) fn verifier_list_bytes() -> Vec<u8> {
    let content = VerifierListContent {
        id: "verifiers".into(),
        version: 1,
        issued_at: NOW,
        next_update: NOW,
        verifiers: vec![Verifier {
            role: "inspectorate".into(),
            names: [("en".to_owned(), "Inspectorate".to_owned())].into(),
            country: "NPL".into(),
            keys: vec![VerifierKey {
                public: KNOWN.verifier.public_key(),
                not_before: NOW,
                not_after: NOW,
                cut_off: Some(NOW),
            }],
            grants: vec![Grant {
                vct: None,
                claims: Some(vec!["skills[*]".parse().expect("a path")]),
            }],
        }],
    };
    sign(content.draft(PUBLISHER).expect("a list"))
}

pub(super) fn snapshot_bytes() -> Vec<u8> {
    let mut statuses = Statuses::new(2, 100).expect("statuses");
    for (index, status) in [(3, Status::Revoked), (50, Status::Suspended)] {
        statuses.set(index, status).expect("a place");
    }
    let content = StatusListContent {
        uri: "https://issuer.example/s/1".into(),
        issued_at: NOW,
        expires_at: None,
        ttl: None,
        statuses,
    };
    let bytes = content.sign(&KNOWN.issuer).expect("signed");
    let list = StatusList::parse_verified(&bytes, &KNOWN.issuer.public_key()).expect("a list");
    let snapshot = Snapshot::of(ISSUER, &list).expect("a snapshot");
    snapshot.to_cbor().expect("a snapshot")
}

pub(super) fn pack_bytes() -> [Vec<u8>; 3] {
    let pack = &*PACK;
    [pack.to_bytes(), pack.to_transport(), pack.delta_from(pack)]
}

/// The payload inside a message of several signatures.
pub(super) fn payload_of(bytes: &[u8], media_type: &str) -> Vec<u8> {
    let message = MultiSigned::parse(bytes, media_type).expect("a message");
    message.payload().to_vec()
}

/// Lets a store trust the publisher, and gives it the known pack.
pub(super) fn add_publisher(store: &mut TrustStore) {
    let bytes = root_bytes();
    let pin = Root::pin(&bytes).expect("a root");
    let _ = store.add_publisher(&bytes, &pin);
    let _ = store.add_pack(&pack_bytes()[1]);
}

/// Offers a store a list of the publisher, or something that may be a pack.
pub(super) fn offer(store: &mut TrustStore, is_list: bool, payload: &[u8]) {
    if is_list {
        let _ = store.add_verifier_list(&signed(VERIFIER_LIST_TYPE, payload));
        let _ = store.add_trust_list(&signed(TRUST_LIST_TYPE, payload));
        let _ = store.add_rotations(&[signed(ROOT_TYPE, payload)]);
    } else {
        let _ = store.add_pack(payload);
    }
}

/// A root that is read says the same when it is written again.
pub(super) fn root(data: &[u8]) {
    let _ = ROOT.rotate(data);
    let _ = ROOT.walk(&[data, data]);
    let read = |bytes: &[u8]| Root::parse_pinned(bytes, &Root::pin(bytes)?);
    let _ = ROOT.rotate(&signed(ROOT_TYPE, data));
    if let Ok(root) = read(&signed(ROOT_TYPE, data)) {
        let again = sign(root.content().draft().expect("what was read"));
        let again = read(&again).expect("what was written");
        assert_eq!(again.content(), root.content());
    }
}

/// A list by a quorum that is read says the same when it is written again.
pub(super) fn trust_list_2(data: &[u8]) {
    let _ = TrustList::parse_signed(data, &ROOT);
    if let Ok(list) = TrustList::parse_signed(&signed(TRUST_LIST_TYPE, data), &ROOT) {
        let again = sign(list.content().draft(PUBLISHER).expect("what was read"));
        let again = TrustList::parse_signed(&again, &ROOT).expect("what was written");
        assert_eq!(again.content(), list.content());
    }
}

/// Likewise a verifier list, which also tells a standing of anybody.
pub(super) fn verifier_list(data: &[u8]) {
    let _ = VerifierList::parse_verified(data, &ROOT);
    if let Ok(list) = VerifierList::parse_verified(&signed(VERIFIER_LIST_TYPE, data), &ROOT) {
        let _ = list.standing(&KNOWN.verifier.public_key(), &[], NOW);
        let again = sign(list.content().draft(PUBLISHER).expect("what was read"));
        let again = VerifierList::parse_verified(&again, &ROOT).expect("what was written");
        assert_eq!(again.content(), list.content());
    }
}

/// A pack that is read is the known one, whatever its frames: only it was signed.
pub(super) fn pack(data: &[u8]) {
    let _ = Pack::rotations(data, None);
    let _ = Pack::preview(data);
    if let Ok(draft) = PackDraft::from_bytes(data) {
        assert!(PackDraft::from_bytes(&draft.to_bytes()).is_ok());
    }
    let [full, _, delta] = pack_bytes();
    let manifest = full.get(10..14).expect("a length");
    let length = u32::from_be_bytes(manifest.try_into().expect("four bytes"));
    let length = usize::try_from(length).expect("a short manifest");
    let with_frames = |head: &[u8]| [head, data].concat();
    for read in [
        Pack::parse_verified(data, &ROOT),
        Pack::parse_verified(&with_frames(&full[..14 + length]), &ROOT),
        PACK.apply(data, &ROOT),
        PACK.apply(&with_frames(&delta[..46 + length]), &ROOT),
    ]
    .into_iter()
    .flatten()
    {
        assert_eq!(read, *PACK);
    }
    let mut texts = MAX_TEXTS_PER_PACK;
    let _ = Note::read_all(data, &mut texts);
    let _ = Contact::read_all(data, &mut texts);
    let _ = TypeNames::read_all(data, &mut texts);
}

/// A snapshot that is read says the same when it is written again, and of every place.
pub(super) fn snapshot(data: &[u8]) {
    let known = snapshot_bytes();
    let _ = Snapshot::apply_changes(&known, data);
    if let Ok(snapshot) = Snapshot::from_cbor(data) {
        for index in (0..200).chain([u64::MAX]) {
            let _ = snapshot.status(index);
        }
        let bytes = snapshot.to_cbor().expect("what was read");
        assert_eq!(Snapshot::from_cbor(&bytes), Ok(snapshot));
        let changes = Snapshot::changes(&known, &bytes).expect("two snapshots");
        let after = Snapshot::apply_changes(&known, &changes).expect("their difference");
        let said = |bytes: &[u8]| {
            let snapshot = Snapshot::from_cbor(bytes).expect("a snapshot");
            (0..200).map(|at| snapshot.status(at)).collect::<Vec<_>>()
        };
        assert_eq!(said(&after), said(&bytes));
    }
}
