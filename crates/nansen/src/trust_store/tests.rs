//! What counts of what a phone was given, and what is refused.

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
            registration: Default::default(),
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
