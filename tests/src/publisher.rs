//! A publisher with a quorum, two schools that issue, and an inspectorate that asks: invented
//! parties whose keys are the same on every run.

use std::collections::BTreeMap;

use nansen::TrustStore;
use nansen::credential::ClaimPath;
use nansen::credential::cbor::Map;
use nansen::credential::cose::{MultiSigned, PublicKey, SecretKey, Signer};
use nansen::credential::pack::{Item, Kind, Note, Pack, PackContent, Place, TypeNames};
use nansen::credential::sd_cwt::{Issuance, Redaction, StatusReference, Terms};
use nansen::credential::status::snapshot::Snapshot;
use nansen::credential::status::{Status, StatusList, StatusListContent, Statuses};
use nansen::credential::trust::{
    Grant, Issuer, IssuerKey, Quorum, Registration, Role, Root, RootContent, TrustListContent,
    Verifier, VerifierKey, VerifierListContent,
};
use rand_core::CryptoRng;

use crate::reference::key;

/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// The type that the schools issue.
pub const SKILLS: &str = "urn:nansen:skills:1";

/// A publisher as its desk keeps it: who signs what, and what the next pack will say.
pub struct Publisher {
    /// Its root statement.
    pub root: RootContent,
    /// Statements signed so far, the first one first.
    pub statements: Vec<Vec<u8>>,
    /// Keys that sign root statements now.
    root_keys: Vec<SecretKey>,
    /// The next trust list.
    pub issuers: TrustListContent,
    /// The next verifier list.
    pub verifiers: VerifierListContent,
    /// The next notes.
    pub notes: Vec<Note>,
    /// The status of each credential of school 101.
    pub statuses: Statuses,
    /// Packs signed so far.
    pub packs: Vec<Pack>,
}

/// Somebody who issues.
pub struct School {
    /// The `iss`.
    pub uri: String,
    /// The key that signs.
    pub key: SecretKey,
}

impl School {
    /// A school by the number of its key.
    #[must_use]
    pub fn new(number: u8) -> Self {
        Self {
            uri: format!("https://school-{number}.example"),
            key: key(number),
        }
    }

    /// The URI of its status list.
    #[must_use]
    pub fn list_uri(&self) -> String {
        format!("{}/s/1", self.uri)
    }

    /// A credential of two claims, each redactable, at `index` of the status list.
    #[must_use]
    pub fn issue(
        &self,
        device_key: PublicKey,
        (issued_at, expires_at): (i64, i64),
        index: u64,
        rng: &mut impl CryptoRng,
    ) -> Vec<u8> {
        let claims = Map::new()
            .with("family_name", "Gurung")
            .with("qualification", "Welder (SMAW 3G/4G)");
        let issuance = Issuance {
            terms: Terms {
                issuer: self.uri.clone(),
                vct: Some(SKILLS.into()),
                issued_at: Some(issued_at),
                not_before: None,
                expires_at: Some(expires_at),
                device_key: Some(device_key),
                status: Some(StatusReference {
                    index,
                    uri: self.list_uri(),
                }),
            },
            kid: &self.key.public_key().kid(),
            claims: &claims,
            redaction: Redaction::each_claim_of(&claims),
        };
        issuance.sign(&self.key, rng).expect("a credential")
    }

    fn entry(&self, window: (i64, i64)) -> Issuer {
        Issuer {
            uri: self.uri.clone(),
            names: names("Technical school"),
            country: "NPL".into(),
            keys: vec![IssuerKey::new(self.key.public_key(), window.0, window.1)],
            types: vec![SKILLS.into()],
            status_prefixes: vec![format!("{}/s/", self.uri)],
            registration: Registration {
                legal_id: Some("NPL-000042".into()),
                quality_body: Some("CTEVT".into()),
                jurisdictions: vec!["NPL".into()],
            },
        }
    }
}

impl Publisher {
    /// A publisher of schools 101 and 102 and of the inspectorate, from `now` on.
    #[must_use]
    pub fn new(now: i64) -> Self {
        let root = RootContent {
            publisher: "npl.ctevt".into(),
            version: 1,
            issued_at: now,
            expires_at: now + 365 * DAY,
            root: quorum(2, &[1, 2, 3]),
            roles: [
                (Role::Issuers, quorum(1, &[11])),
                (Role::Verifiers, quorum(1, &[12])),
                (Role::Status, quorum(1, &[13])),
                (Role::Content, quorum(1, &[14])),
            ]
            .into(),
        };
        let window = (now - 400 * DAY, now + 4000 * DAY);
        let schools = [School::new(101), School::new(102)];
        let mut publisher = Self {
            statements: Vec::new(),
            root,
            root_keys: [1, 2].map(key).into(),
            issuers: TrustListContent {
                id: "npl.issuers".into(),
                version: 0,
                issued_at: now,
                next_update: now,
                issuers: schools.iter().map(|school| school.entry(window)).collect(),
            },
            verifiers: VerifierListContent {
                id: "npl.verifiers".into(),
                version: 0,
                issued_at: now,
                next_update: now,
                verifiers: vec![inspectorate(window)],
            },
            notes: vec![
                note(
                    "Heat rules",
                    "No outdoor work from 10 to 15:30.",
                    25_285_447,
                    51_531_040,
                ),
                note(
                    "Help desk",
                    "Complaints are free of charge.",
                    25_900_000,
                    51_500_000,
                ),
            ],
            statuses: Statuses::new(2, 1 << 12).expect("a list"),
            packs: Vec::new(),
        };
        publisher.state();
        publisher
    }

    /// The digest by which phones pin the first statement.
    #[must_use]
    pub fn pin(&self) -> [u8; 32] {
        Root::pin(&self.statements[0]).expect("a statement")
    }

    /// The newest root.
    #[must_use]
    pub fn trusted(&self) -> Root {
        let first = Root::parse_pinned(&self.statements[0], &self.pin()).expect("a root");
        first.walk(&self.statements[1..]).expect("a chain")
    }

    /// Makes the next root statement after `change`, signed by the quorums before and after.
    pub fn rotate(&mut self, now: i64, signers: &[u8], change: impl FnOnce(&mut RootContent)) {
        self.root.version += 1;
        self.root.issued_at = now;
        self.root.expires_at = now + 365 * DAY;
        change(&mut self.root);
        self.root_keys = signers.iter().map(|seed| key(*seed)).collect();
        self.state();
    }

    fn state(&mut self) {
        let draft = self.root.draft().expect("a root");
        self.statements.push(signed(draft, &self.root_keys));
    }

    /// The trust list as its own file, version and time as they stand.
    #[must_use]
    pub fn trust_list(&self) -> Vec<u8> {
        let draft = self.issuers.draft(&self.root.publisher).expect("a list");
        signed(draft, &[self.role_key(Role::Issuers)])
    }

    /// The verifier list likewise.
    #[must_use]
    pub fn verifier_list(&self) -> Vec<u8> {
        let draft = self.verifiers.draft(&self.root.publisher).expect("a list");
        signed(draft, &[self.role_key(Role::Verifiers)])
    }

    /// Signs the next pack at `now`, due again after `days`.
    pub fn publish(&mut self, now: i64, days: i64) -> &Pack {
        let next_update = now + days * DAY;
        let version = self.packs.len() as u64 + 1;
        self.issuers.version = version;
        self.issuers.issued_at = now;
        self.issuers.next_update = next_update;
        self.verifiers.version = version;
        self.verifiers.issued_at = now;
        self.verifiers.next_update = next_update;
        let item = |kind, id: &str, content| Item {
            kind,
            id: id.to_owned(),
            version,
            expires_at: next_update,
            content,
        };
        let mut items = vec![
            item(Kind::TrustList, "npl.issuers", self.trust_list()),
            item(Kind::VerifierList, "npl.verifiers", self.verifier_list()),
            item(Kind::StatusSnapshot, "school-101/1", self.snapshot(now)),
            item(
                Kind::Notes,
                "QAT",
                Note::write_all(&self.notes).expect("notes"),
            ),
            item(Kind::TypeNames, "skills", type_names()),
        ];
        for (place, statement) in self.statements.iter().enumerate().skip(1) {
            let mut statement = item(
                Kind::RootStatement,
                &format!("root-{place}"),
                statement.clone(),
            );
            statement.version = place as u64 + 1;
            items.push(statement);
        }
        let content = PackContent {
            id: "npl.national".into(),
            version,
            issued_at: now,
            next_update,
            items,
        };
        let mut draft = content.draft(&self.root.publisher).expect("a pack");
        for role in [Role::Status, Role::Content] {
            draft.sign(&self.role_key(role)).expect("a signature");
        }
        self.packs
            .push(draft.finish(&self.trusted()).expect("a pack"));
        self.packs.last().expect("just pushed")
    }

    /// The newest pack as it travels.
    #[must_use]
    pub fn newest(&self) -> Vec<u8> {
        self.packs.last().expect("a pack").to_transport()
    }

    /// The newest pack as what has changed since the one before.
    #[must_use]
    pub fn delta(&self) -> Vec<u8> {
        let [.., before, newest] = self.packs.as_slice() else {
            panic!("two packs")
        };
        newest.delta_from(before)
    }

    /// What a phone carries that was set up with the pin and was given the newest pack.
    #[must_use]
    pub fn store(&self) -> TrustStore {
        let mut store = TrustStore::new();
        let pinned = store.add_publisher(&self.statements[0], &self.pin());
        pinned.expect("a publisher");
        store.add_pack(&self.newest()).expect("a pack");
        store
    }

    fn snapshot(&self, now: i64) -> Vec<u8> {
        let school = School::new(101);
        let content = StatusListContent {
            uri: school.list_uri(),
            issued_at: now,
            expires_at: None,
            ttl: None,
            statuses: self.statuses.clone(),
        };
        let bytes = content.sign(&school.key).expect("a status list");
        let list = StatusList::parse_verified(&bytes, &school.key.public_key());
        let snapshot = Snapshot::of(&school.uri, &list.expect("a status list"));
        snapshot.and_then(|it| it.to_cbor()).expect("a snapshot")
    }

    /// Marks the credential at `index`.
    pub fn mark(&mut self, index: u64, status: Status) {
        self.statuses.set(index, status).expect("a place");
    }

    /// The key of a role: the one key there is.
    fn role_key(&self, role: Role) -> SecretKey {
        let public = &self.root.roles[&role].keys[0];
        let mut keys = (0..=u8::MAX).map(key);
        keys.find(|key| key.public_key() == *public)
            .expect("a key of these tests")
    }
}

/// The key of the inspectorate.
#[must_use]
pub fn inspector() -> SecretKey {
    key(50)
}

/// So many of the keys of these numbers.
#[must_use]
pub fn quorum(threshold: usize, seeds: &[u8]) -> Quorum {
    Quorum {
        threshold,
        keys: seeds.iter().map(|seed| key(*seed).public_key()).collect(),
    }
}

fn inspectorate((not_before, not_after): (i64, i64)) -> Verifier {
    let claims = ["family_name", "qualification"].map(ClaimPath::name);
    Verifier {
        role: "labour_inspectorate".into(),
        names: names("Labour Inspectorate"),
        country: "NPL".into(),
        keys: vec![VerifierKey {
            public: inspector().public_key(),
            not_before,
            not_after,
            cut_off: None,
        }],
        grants: vec![Grant {
            vct: Some(SKILLS.into()),
            claims: Some(claims.into()),
        }],
    }
}

fn note(title: &str, text: &str, latitude: i32, longitude: i32) -> Note {
    Note {
        country: "QAT".into(),
        topic: "regulations".into(),
        titles: names(title),
        texts: names(text),
        place: Some(Place {
            latitude,
            longitude,
        }),
    }
}

fn type_names() -> Vec<u8> {
    let skills = TypeNames {
        vct: SKILLS.into(),
        names: names("Skills certificate"),
        labels: vec![(ClaimPath::name("family_name"), names("Family name"))],
    };
    TypeNames::write_all(&[skills]).expect("names")
}

fn names(en: &str) -> BTreeMap<String, String> {
    [("en".to_owned(), en.to_owned())].into()
}

fn signed(mut draft: MultiSigned, keys: &[SecretKey]) -> Vec<u8> {
    for key in keys {
        draft.sign(key).expect("a signature");
    }
    draft.to_cbor()
}
