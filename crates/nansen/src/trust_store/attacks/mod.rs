//! Attacks on what a phone goes by: with some of a publisher's keys, by what anybody may hand on, or
//! by a publisher or issuer that a phone trusts more than it deserves.

use nansen_credential::Error as Refused;
use nansen_credential::cbor::Map;
use nansen_credential::cose::{MultiSigned, SecretKey, Signer};
use nansen_credential::pack::{Item, Kind, PackContent};
use nansen_credential::report::{Check, Code, Outcome, Report, Verdict};
use nansen_credential::sd_cwt::{
    Issuance, KeyBinding, Redaction, StatusReference, Terms, UnsignedPresentation,
};
use nansen_credential::status::snapshot::Snapshot;
use nansen_credential::status::{Status, StatusListContent, Statuses};
use nansen_credential::trust::{
    Authority, Issuer, IssuerKey, Quorum, Registration, Role, Root, RootContent, TrustListContent,
};
use nansen_credential::verify::{Expected, verify};

use super::*;

mod bombs;
mod floors;
mod order;
mod variants;
#[cfg(feature = "vault")]
mod wallet;

const DAY: i64 = 86_400;
const NOW: i64 = 1_800_000_000;
const IN_2100: i64 = 4_102_444_800;
const TYPE: &str = "urn:example:skills";
const SCHOOL: &str = "https://school.example";
const SCHOOL_KEY: u8 = 200;
const STRANGER: &str = "https://stranger.example";
const STRANGER_KEY: u8 = 201;

fn rng() -> rand_core::UnwrapErr<getrandom::SysRng> {
    rand_core::UnwrapErr(getrandom::SysRng)
}

fn key(seed: u8) -> SecretKey {
    let mut bytes = [seed; 33];
    bytes[0] = 1;
    SecretKey::from_bytes(&bytes).unwrap()
}

fn signed(mut draft: MultiSigned, seeds: &[u8]) -> Vec<u8> {
    for seed in seeds {
        draft.sign(&key(*seed)).unwrap();
    }
    draft.to_cbor()
}

/// A publisher by the first of its keys: root, issuers, status and content.
#[derive(Clone, Copy)]
struct Desk {
    name: &'static str,
    first: u8,
}

const NATIONAL: Desk = Desk {
    name: "npl.national",
    first: 10,
};
const OTHER: Desk = Desk {
    name: "xxx.other",
    first: 20,
};

impl Desk {
    fn issuers(self) -> u8 {
        self.first + 1
    }

    fn status(self) -> u8 {
        self.first + 2
    }

    fn content(self) -> u8 {
        self.first + 3
    }

    fn root(self) -> RootContent {
        let quorum = |seed| Quorum {
            threshold: 1,
            keys: vec![key(seed).public_key()],
        };
        RootContent {
            publisher: self.name.into(),
            version: 1,
            issued_at: NOW - 100 * DAY,
            expires_at: NOW + 900 * DAY,
            root: quorum(self.first),
            roles: [
                (Role::Issuers, quorum(self.issuers())),
                (Role::Status, quorum(self.status())),
                (Role::Content, quorum(self.content())),
            ]
            .into(),
        }
    }

    fn statement(self, content: &RootContent) -> Vec<u8> {
        signed(content.draft().unwrap(), &[self.first])
    }

    /// The next root statement, with other keys for a role.
    fn rotation(self, role: Role, seed: u8) -> Vec<u8> {
        let mut root = self.root();
        root.version = 2;
        root.issued_at = NOW - 90 * DAY;
        root.roles.insert(
            role,
            Quorum {
                threshold: 1,
                keys: vec![key(seed).public_key()],
            },
        );
        self.statement(&root)
    }

    /// A trust list of another name.
    fn list_of(self, id: &str, version: u64, issuers: Vec<Issuer>) -> Vec<u8> {
        let content = TrustListContent {
            id: id.into(),
            version,
            issued_at: NOW - 50 * DAY,
            next_update: NOW,
            issuers,
        };
        signed(content.draft(self.name).unwrap(), &[self.issuers()])
    }

    /// A pack of another name.
    fn pack_of(self, id: &str, version: u64, issued_at: i64, items: Vec<Item>) -> Vec<u8> {
        let pack = PackContent {
            id: id.into(),
            version,
            issued_at,
            next_update: issued_at + 90 * DAY,
            items,
        };
        let mut draft = pack.draft(self.name).unwrap();
        for seed in [self.status(), self.content()] {
            draft.sign(&key(seed)).unwrap();
        }
        draft.to_bytes()
    }

    fn list(self, version: u64, issued_at: i64, issuers: Vec<Issuer>) -> Vec<u8> {
        let content = TrustListContent {
            id: "issuers".into(),
            version,
            issued_at,
            next_update: issued_at + 90 * DAY,
            issuers,
        };
        signed(content.draft(self.name).unwrap(), &[self.issuers()])
    }

    /// A pack signed by the keys of status, and of content, which is `content`.
    fn pack_by(self, content: u8, version: u64, issued_at: i64, items: Vec<Item>) -> Vec<u8> {
        let pack = PackContent {
            id: "pack".into(),
            version,
            issued_at,
            next_update: issued_at + 90 * DAY,
            items,
        };
        let mut draft = pack.draft(self.name).unwrap();
        for seed in [self.status(), content] {
            draft.sign(&key(seed)).unwrap();
        }
        draft.to_bytes()
    }

    fn pack(self, version: u64, issued_at: i64, items: Vec<Item>) -> Vec<u8> {
        self.pack_by(self.content(), version, issued_at, items)
    }
}

fn item(kind: Kind, id: &str, version: u64, content: Vec<u8>) -> Item {
    Item {
        kind,
        id: id.into(),
        version,
        expires_at: NOW + 60 * DAY,
        content,
    }
}

/// The school on the list of the national publisher.
fn school_list() -> Item {
    trust_list(1, &NATIONAL.list(1, NOW - 50 * DAY, school(None)))
}

/// Places of a status list of 1 MiB.
const MIB: u64 = 8 << 20;

fn listed(id: &str, token: Vec<u8>) -> Item {
    item(Kind::StatusList, id, 1, token)
}

fn trust_list(version: u64, list: &[u8]) -> Item {
    item(Kind::TrustList, "issuers", version, list.to_vec())
}

fn issuer(uri: &str, seed: u8, cut_off: Option<i64>) -> Issuer {
    let window = (NOW - 900 * DAY, NOW + 900 * DAY);
    let mut key = IssuerKey::new(key(seed).public_key(), window.0, window.1);
    key.cut_off = cut_off;
    Issuer {
        uri: uri.into(),
        names: [("en".into(), "School".into())].into(),
        country: "NPL".into(),
        keys: vec![key],
        types: vec![TYPE.into()],
        status_prefixes: Vec::new(),
        registration: Registration::default(),
    }
}

fn school(cut_off: Option<i64>) -> Vec<Issuer> {
    vec![issuer(SCHOOL, SCHOOL_KEY, cut_off)]
}

fn status_uri() -> String {
    format!("{SCHOOL}/s/1")
}

fn statuses(seed: u8, uri: &str, issued_at: i64, (len, revoked): (u64, &[u64])) -> Vec<u8> {
    let mut statuses = Statuses::new(1, len).unwrap();
    for index in revoked {
        statuses.set(*index, Status::Revoked).unwrap();
    }
    let content = StatusListContent {
        uri: uri.into(),
        issued_at,
        expires_at: None,
        ttl: None,
        statuses,
    };
    content.sign(&key(seed)).unwrap()
}

/// The status list of the school, with `revoked` places of 100.
fn school_statuses(issued_at: i64, revoked: &[u64]) -> Vec<u8> {
    statuses(SCHOOL_KEY, &status_uri(), issued_at, (100, revoked))
}

fn trusting(desks: &[Desk]) -> TrustStore {
    let mut store = TrustStore::new();
    for desk in desks {
        let statement = desk.statement(&desk.root());
        let pin = Root::pin(&statement).unwrap();
        store.add_publisher(&statement, &pin).unwrap();
    }
    store
}

/// What a phone makes of a credential of the school, signed at `issued_at`.
fn check_dated(store: &TrustStore, issued_at: i64, index: Option<u64>) -> Report {
    let (device, claims) = (key(250), Map::new().with("isco_08", "7212"));
    let issuance = Issuance {
        terms: Terms {
            issuer: SCHOOL.into(),
            vct: Some(TYPE.into()),
            issued_at: Some(issued_at),
            not_before: None,
            expires_at: Some(NOW + 800 * DAY),
            device_key: Some(device.public_key()),
            status: index.map(|index| StatusReference {
                uri: status_uri(),
                index,
            }),
        },
        kid: &key(SCHOOL_KEY).public_key().kid(),
        claims: &claims,
        redaction: Redaction::each_claim_of(&claims),
    };
    let issued = issuance.sign(&key(SCHOOL_KEY), &mut rng()).unwrap();
    let binding = KeyBinding {
        audience: "verifier".into(),
        issued_at: Some(NOW),
        expires_at: None,
        id: None,
        nonce: Some(vec![7; 32]),
    };
    let unsigned = UnsignedPresentation::new(&issued, device.public_key(), &binding);
    let expected = Expected::Answer {
        audience: "verifier",
        nonce: &[7; 32],
        requested_at: NOW,
        expires_at: NOW + 100,
    };
    let presentation = unsigned.sign(&device).unwrap();
    verify(&presentation, expected, &store.context(NOW, 30 * DAY))
}

/// The verdict on a credential that somebody signed yesterday with the school's key.
fn forged(store: &TrustStore) -> Option<Code> {
    check_dated(store, NOW - DAY, None).reason()
}

/// The verdict on a credential of last month, whose place in the status list is 5.
fn revoked(store: &TrustStore) -> Option<Code> {
    check_dated(store, NOW - 30 * DAY, Some(5)).reason()
}

fn snapshot(issued_at: i64, revoked: &[u64]) -> Vec<u8> {
    let bytes = school_statuses(issued_at, revoked);
    let list = StatusList::parse_verified(&bytes, &key(SCHOOL_KEY).public_key()).unwrap();
    Snapshot::of(SCHOOL, &list).unwrap().to_cbor().unwrap()
}

fn reread(store: &TrustStore) -> TrustStore {
    TrustStore::from_cbor(&store.to_cbor()).unwrap()
}

const CUT_OFF: Option<i64> = Some(NOW - 20 * DAY);

#[test]
fn the_content_key_alone_rolls_no_trust_list_back() {
    let old = NATIONAL.list(1, NOW - 50 * DAY, school(None));
    let new = NATIONAL.list(2, NOW - 5 * DAY, school(CUT_OFF));
    let mut store = trusting(&[NATIONAL]);
    let pack = NATIONAL.pack(2, NOW - 5 * DAY, vec![trust_list(2, &new)]);
    store.add_pack(&pack).unwrap();
    assert_eq!(forged(&store), Some(Code::IssuerKeyCutOff));

    let rolled = NATIONAL.pack(3, NOW - 4 * DAY, vec![trust_list(3, &old)]);
    let rollback = Refused::Rollback {
        offered: 1,
        held: 2,
    };
    assert_eq!(store.add_pack(&rolled), Err(rollback.into()));

    // In two steps: a pack without the list, then one with the older.
    let without = NATIONAL.pack(3, NOW - 4 * DAY, Vec::new());
    assert_eq!(store.add_pack(&without), Ok(Added::Replaced));
    assert_eq!(forged(&store), Some(Code::IssuerKeyCutOff));
    let rolled = NATIONAL.pack(4, NOW - 3 * DAY, vec![trust_list(4, &old)]);
    store.add_pack(&rolled).unwrap();
    for store in [&store, &reread(&store)] {
        assert_eq!(forged(store), Some(Code::IssuerKeyCutOff));
        assert_eq!(store.trust_lists()[0].version(), 2);
    }
}

#[test]
fn the_content_key_alone_takes_no_revocation_back() {
    let list = trust_list(1, &NATIONAL.list(1, NOW - 50 * DAY, school(None)));
    let status = |version, content| item(Kind::StatusList, "s", version, content);
    let new = school_statuses(NOW - 2 * DAY, &[5]);
    let mut store = trusting(&[NATIONAL]);
    let items = vec![list.clone(), status(2, new.clone())];
    let pack = NATIONAL.pack(2, NOW - 2 * DAY, items);
    store.add_pack(&pack).unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked));

    let old = school_statuses(NOW - 20 * DAY, &[]);
    let items = vec![list.clone(), status(3, old.clone())];
    let mut rolled = store.clone();
    let pack = NATIONAL.pack(3, NOW - DAY, items);
    assert_eq!(rolled.add_pack(&pack), Ok(Added::Replaced));
    assert_eq!(revoked(&rolled), Some(Code::Revoked), "the newer counts");
    assert_eq!(revoked(&reread(&rolled)), Some(Code::Revoked));
    let same_second = school_statuses(NOW - 2 * DAY, &[]);
    let items = vec![list.clone(), status(3, same_second)];
    let mut rival = store.clone();
    let pack = NATIONAL.pack(3, NOW - DAY, items);
    assert_eq!(rival.add_pack(&pack), Ok(Added::Replaced));
    for store in [&rival, &reread(&rival)] {
        assert_eq!(revoked(store), Some(Code::Revoked), "both of one second");
    }

    let without = NATIONAL.pack(3, NOW - DAY, vec![list.clone()]);
    store.add_pack(&without).unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked), "left out");
    let items = vec![list, status(4, old)];
    store.add_pack(&NATIONAL.pack(4, NOW, items)).unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked), "in two steps");
    assert_eq!(revoked(&reread(&store)), Some(Code::Revoked));
}

#[test]
fn a_cut_off_takes_back_what_the_stolen_key_said_after_it() {
    let items = |version, cut_off, statuses| {
        let list = NATIONAL.list(version, NOW - 10 * DAY, school(cut_off));
        let status = item(Kind::StatusList, "s", version, statuses);
        vec![trust_list(version, &list), status]
    };
    let stolen = items(1, None, school_statuses(NOW - 2 * DAY, &[]));
    let honest = items(2, CUT_OFF, school_statuses(NOW - 30 * DAY, &[5]));
    let mut store = trusting(&[NATIONAL]);
    store.add_pack(&NATIONAL.pack(1, NOW, stolen)).unwrap();
    assert_eq!(revoked(&store), None);
    let added = store.add_pack(&NATIONAL.pack(2, NOW, honest));
    assert_eq!(added, Ok(Added::Replaced));
    assert_eq!(revoked(&store), Some(Code::Revoked));
}

#[test]
fn a_pack_with_an_older_snapshot_than_before_is_refused() {
    let items = |version, snapshot| {
        let list = NATIONAL.list(1, NOW - 50 * DAY, school(None));
        let snapshot = item(Kind::StatusSnapshot, "s", version, snapshot);
        vec![trust_list(1, &list), snapshot]
    };
    let (newer, older) = (NOW - 2 * DAY, NOW - 20 * DAY);
    let mut store = trusting(&[NATIONAL]);
    let pack = NATIONAL.pack(2, newer, items(2, snapshot(newer, &[5])));
    store.add_pack(&pack).unwrap();
    assert_eq!(revoked(&store), Some(Code::Revoked));
    let rolled = NATIONAL.pack(3, NOW - DAY, items(3, snapshot(older, &[])));
    let rollback = Refused::Rollback {
        offered: older.unsigned_abs(),
        held: newer.unsigned_abs(),
    };
    assert_eq!(store.add_pack(&rolled), Err(rollback.into()));

    // What was dated ahead by mistake blocks nothing.
    let mut store = trusting(&[NATIONAL]);
    let ahead = NATIONAL.pack(2, NOW + 900 * DAY, items(2, snapshot(NOW + 900 * DAY, &[])));
    store.add_pack(&ahead).unwrap();
    let mended = NATIONAL.pack(3, NOW - DAY, items(3, snapshot(newer, &[5])));
    assert_eq!(store.add_pack(&mended), Ok(Added::Replaced));
    assert_eq!(revoked(&store), Some(Code::Revoked));
}

#[test]
fn a_rotation_handed_on_alone_rolls_no_list_back() {
    let list = NATIONAL.list(2, NOW - 5 * DAY, school(CUT_OFF));
    let status = item(
        Kind::StatusList,
        "s",
        1,
        school_statuses(NOW - 30 * DAY, &[5]),
    );
    let mut store = trusting(&[NATIONAL]);
    let items = vec![trust_list(1, &list), status];
    store.add_pack(&NATIONAL.pack(1, NOW, items)).unwrap();
    assert_eq!(forged(&store), Some(Code::IssuerKeyCutOff));
    assert_eq!(revoked(&store), Some(Code::Revoked));

    store
        .add_rotations(&[NATIONAL.rotation(Role::Content, 14)])
        .unwrap();
    assert_eq!(store.packs().count(), 0);
    let older = NATIONAL.list(1, NOW - 50 * DAY, school(None));
    for mut store in [store.clone(), reread(&store)] {
        assert_eq!(forged(&store), Some(Code::IssuerKeyCutOff));
        assert_eq!(revoked(&store), Some(Code::Revoked));
        let rollback = Refused::Rollback {
            offered: 1,
            held: 2,
        };
        assert_eq!(store.add_trust_list(&older), Err(rollback.into()));
        let older = school_statuses(NOW - 40 * DAY, &[]);
        assert!(store.add_status_list(&older).is_err());
    }

    // The next pack has newer ones, which count.
    let list = NATIONAL.list(3, NOW, school(CUT_OFF));
    let pack = NATIONAL.pack_by(14, 2, NOW, vec![trust_list(3, &list)]);
    store.add_pack(&pack).unwrap();
    assert_eq!(store.trust_lists()[0].version(), 3);

    // A rotation of the keys that sign lists drops them: thieves may have signed them.
    let mut store = trusting(&[NATIONAL]);
    let list = NATIONAL.list(900, NOW - 5 * DAY, school(CUT_OFF));
    let pack = NATIONAL.pack(1, NOW, vec![trust_list(1, &list)]);
    store.add_pack(&pack).unwrap();
    store
        .add_rotations(&[NATIONAL.rotation(Role::Issuers, 14)])
        .unwrap();
    assert!(store.trust_lists().is_empty());
}

#[test]
fn a_publisher_dated_2100_ends_nothing_of_others_and_can_be_removed() {
    let mut store = trusting(&[NATIONAL, OTHER]);
    let list = NATIONAL.list(1, NOW - 5 * DAY, school(None));
    store.add_trust_list(&list).unwrap();
    assert_eq!(
        check_dated(&store, NOW - DAY, None).verdict(),
        Verdict::Valid
    );
    let ahead = OTHER.list(1, IN_2100, Vec::new());
    store.add_trust_list(&ahead).unwrap();
    let report = check_dated(&store, NOW - DAY, None);
    assert_eq!(report.verdict(), Verdict::Undetermined);
    let open = Outcome::NotChecked(Code::ClockSuspect);
    assert_eq!(report.outcome(Check::Validity), open);
    store.remove_list(&Authority::Publisher(OTHER.name.into()), "issuers");
    assert_eq!(store.latest_signed_time(), IN_2100, "on its word");
    store.remove_publisher(OTHER.name);
    assert_eq!(
        check_dated(&store, NOW - DAY, None).verdict(),
        Verdict::Valid
    );
}

#[test]
fn removals_rotations_and_newer_versions_leave_the_mark_where_it_is() {
    let mut store = trusting(&[NATIONAL]);
    let pack = |version, issued_at| NATIONAL.pack(version, issued_at, Vec::new());
    store.add_pack(&pack(1, NOW)).unwrap();
    let [mut removed, mut rotated, mut replaced, mut listed] = [(); 4].map(|()| store.clone());
    removed.remove_pack(NATIONAL.name, "pack");
    rotated
        .add_rotations(&[NATIONAL.rotation(Role::Content, 14)])
        .unwrap();
    replaced.add_pack(&pack(2, NOW - 700 * DAY)).unwrap();
    listed.remove_pack(NATIONAL.name, "pack");
    for (version, issued_at) in [(1, NOW), (2, NOW - 700 * DAY)] {
        let list = NATIONAL.list(version, issued_at, school(None));
        listed.add_trust_list(&list).unwrap();
    }
    for store in [removed, rotated, replaced, listed] {
        assert_eq!(store.latest_signed_time(), NOW);
        assert_eq!(reread(&store).latest_signed_time(), NOW);
    }
    // A single root's list too.
    let mut store = TrustStore::new();
    let root = key(77);
    store.add_root(root.public_key()).unwrap();
    for (version, issued_at) in [(1, NOW), (2, NOW - 700 * DAY)] {
        let content = TrustListContent {
            id: "issuers".into(),
            version,
            issued_at,
            next_update: NOW,
            issuers: school(None),
        };
        store.add_trust_list(&content.sign(&root).unwrap()).unwrap();
    }
    assert_eq!(store.latest_signed_time(), NOW);
    store.remove_root(&root.public_key());
    assert_eq!(store.latest_signed_time(), 0);
}
