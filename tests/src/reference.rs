//! The reference case: a welder's skills credential of 15 claims, its issuer, and whoever else
//! takes part. Every size and speed figure of the project is taken on it.

use nansen::credential::ClaimPath;
use nansen::credential::cbor::Map;
use nansen::credential::cose::{PublicKey, SecretKey, Signer};
use nansen::credential::json::claims_from_json;
use nansen::credential::sd_cwt::{Issuance, Redaction, StatusReference, Terms};
use nansen::credential::status::{Status, StatusListContent, Statuses};
use nansen::credential::trust::{Issuer, IssuerKey, TrustListContent};
use nansen::exchange::Query;
use nansen::exchange::query::CredentialQuery;
use nansen::{TrustStore, Verifier};
use rand_core::CryptoRng;

/// The file with the credential, beside the examples.
const WELDER: &str = include_str!("../../examples/reference/welder.json");

/// Entries of the reference status list.
const STATUSES: u64 = 1 << 16;

/// The reference case, with keys that are the same on every run.
pub struct Reference {
    file: serde_json::Value,
    /// Says who may issue what.
    pub root: SecretKey,
    /// The issuer that the trust list names.
    pub issuer: SecretKey,
    /// Who asks.
    pub verifier: SecretKey,
}

impl Default for Reference {
    fn default() -> Self {
        Self {
            file: serde_json::from_str(WELDER).expect("JSON"),
            root: key(1),
            issuer: key(2),
            verifier: key(3),
        }
    }
}

impl Reference {
    /// When the credential was issued, unix seconds.
    #[must_use]
    pub fn issued_at(&self) -> i64 {
        self.file["issued_at"].as_i64().expect("a time")
    }

    /// A day after the credential was issued: when everything else happens.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.issued_at() + 24 * 3600
    }

    /// The 15 claims.
    #[must_use]
    pub fn claims(&self) -> Map {
        claims_from_json(&self.file["claims"]).expect("claims")
    }

    /// The four claims that are shown.
    #[must_use]
    pub fn disclosed(&self) -> Vec<ClaimPath> {
        let names = self.file["disclose"].as_array().expect("names").iter();
        names
            .map(|name| ClaimPath::name(name.as_str().expect("a name")))
            .collect()
    }

    /// Who issues what and for how long, bound to a device key.
    #[must_use]
    pub fn terms(&self, device_key: Option<PublicKey>) -> Terms {
        let text = |name: &str| self.file[name].as_str().expect("a text").to_owned();
        let status = &self.file["status"];
        Terms {
            issuer: text("issuer"),
            vct: Some(text("type")),
            issued_at: Some(self.issued_at()),
            not_before: None,
            expires_at: self.file["expires_at"].as_i64(),
            device_key,
            status: Some(StatusReference {
                index: status["idx"].as_u64().expect("an index"),
                uri: status["uri"].as_str().expect("a uri").to_owned(),
            }),
        }
    }

    /// The credential, each claim redactable.
    #[must_use]
    pub fn issue(&self, device_key: PublicKey, rng: &mut impl CryptoRng) -> Vec<u8> {
        let redaction = Redaction::each_claim_of(&self.claims());
        self.issue_with(&self.issuer, self.terms(Some(device_key)), redaction, rng)
    }

    /// The credential by another issuer, on other terms or with other redactions.
    #[must_use]
    pub fn issue_with(
        &self,
        issuer: &SecretKey,
        terms: Terms,
        redaction: Redaction,
        rng: &mut impl CryptoRng,
    ) -> Vec<u8> {
        let issuance = Issuance {
            terms,
            kid: &issuer.public_key().kid(),
            claims: &self.claims(),
            redaction,
        };
        issuance.sign(issuer, rng).expect("a credential")
    }

    /// The trust list, in which the issuer may issue `types`.
    #[must_use]
    pub fn trust_list(&self, version: u64, types: &[&str]) -> Vec<u8> {
        let window = (self.issued_at() - 1_000_000, self.issued_at() + 100_000_000);
        let content = TrustListContent {
            id: "np".into(),
            version,
            issued_at: self.issued_at(),
            next_update: self.issued_at() + 90 * 24 * 3600,
            issuers: vec![Issuer {
                uri: self.file["issuer"].as_str().expect("a uri").into(),
                names: [("en".to_owned(), "National Skill Testing Board".to_owned())].into(),
                country: "NPL".into(),
                keys: vec![IssuerKey::new(self.issuer.public_key(), window.0, window.1)],
                types: types.iter().map(|text| (*text).to_owned()).collect(),
                status_prefixes: vec!["https://nstb.example/s/".into()],
                registration: Default::default(),
            }],
        };
        content.sign(&self.root).expect("a trust list")
    }

    /// The status list, signed at `time`, in which the credential has `status`.
    #[must_use]
    pub fn status_list(&self, time: i64, status: Status) -> Vec<u8> {
        let mut statuses = Statuses::new(2, STATUSES).expect("a list");
        let reference = self.terms(None).status.expect("a status");
        statuses.set(reference.index, status).expect("a place");
        let content = StatusListContent {
            uri: reference.uri,
            issued_at: time,
            expires_at: None,
            ttl: None,
            statuses,
        };
        content.sign(&self.issuer).expect("a status list")
    }

    /// What every phone carries: the root, the trust list, and a status list of today.
    #[must_use]
    pub fn store(&self) -> TrustStore {
        let mut store = TrustStore::new();
        store.add_root(self.root.public_key()).expect("a root");
        let list = self.trust_list(1, &["urn:nansen:skills:1"]);
        store.add_trust_list(&list).expect("a trust list");
        let status = self.status_list(self.issued_at() + 3600, Status::Valid);
        store.add_status_list(&status).expect("a status list");
        store
    }

    /// Asks for the four claims.
    #[must_use]
    pub fn query(&self) -> Query {
        let asked = CredentialQuery::sd_cwt("skills", "urn:nansen:skills:1");
        let asked = self
            .disclosed()
            .into_iter()
            .fold(asked, CredentialQuery::claim);
        Query::new(vec![asked], Vec::new()).expect("a query")
    }

    /// Who asks.
    #[must_use]
    pub fn verifier(&self) -> Verifier<&SecretKey> {
        Verifier::new(&self.verifier, "Labour Inspectorate, Gate 3")
    }
}

/// A key that is the same on every run.
#[must_use]
pub fn key(seed: u8) -> SecretKey {
    let mut bytes = [seed; 33];
    bytes[0] = 1;
    SecretKey::from_bytes(&bytes).expect("a key")
}
