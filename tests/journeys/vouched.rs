//! Credentials that were imported before a trust list names their issuer, and the list that then
//! comes.

use nansen::credential::cose::Signer;
use nansen::credential::sd_cwt::Redaction;
use nansen::held::{Held, State};
use nansen::trust_store::Added;
use nansen::vault::{RecordId, Summary};
use nansen::{Error, Wallet};
use nansen_tests::reference::{Reference, key};

use crate::wallet::{Phone, ask, reopen, rng};

/// A wallet without trust, and credentials in it of issuers that it does not know.
struct Early {
    reference: Reference,
    phone: Phone,
}

impl Early {
    fn new() -> Self {
        let reference = Reference::default();
        let mut phone = Phone::empty();
        let root = reference.root.public_key();
        phone.wallet.add_root(root, &mut rng()).unwrap();
        Self { reference, phone }
    }

    fn wallet(&mut self) -> &mut Wallet {
        &mut self.phone.wallet
    }

    fn import(&mut self) -> (RecordId, Vec<u8>) {
        let now = self.reference.now();
        let device_key = self.wallet().new_device_key(now, &mut rng()).unwrap();
        let issued = self.reference.issue(device_key, &mut rng());
        let imported = self.wallet().import(&issued, now, &mut rng()).unwrap();
        (imported.id, issued)
    }

    fn list(&self) -> Vec<u8> {
        self.reference.trust_list(1, &["urn:nansen:skills:1"])
    }

    fn add_list(&mut self) -> Result<Added, Error> {
        let list = self.list();
        self.wallet().add_trust_list(&list, &mut rng())
    }

    /// As lists show it, a day later.
    fn held(&self, id: RecordId) -> Held {
        let now = self.reference.now() + 24 * 3600;
        self.phone.wallet.show(id, now).unwrap().held
    }

    fn waiting(&self) -> usize {
        self.phone.wallet.waiting_keys().unwrap().len()
    }
}

const VERIFIED: State = State::StatusUnknown { status_age: None };

#[test]
fn a_list_that_comes_later_vouches_for_what_is_held() {
    let mut early = Early::new();
    let (id, issued) = early.import();
    let before = early.held(id);
    assert_eq!(before.state, State::IssuerUnknown);
    assert_eq!(before.issuer, "https://nstb.example");
    assert_eq!(early.waiting(), 1);

    assert_eq!(early.add_list(), Ok(Added::New));
    let now = early.reference.now();
    let after = Held {
        issuer: "National Skill Testing Board".into(),
        state: VERIFIED,
        ..before
    };
    assert_eq!(early.held(id), after, "the time when it was added, too");
    assert_eq!(early.waiting(), 0, "its key is used up");
    let again = early.wallet().import(&issued, now, &mut rng());
    assert_eq!(again, Err(Error::AlreadyHeld { id }));

    let Early { reference, phone } = early;
    let mut early = Early {
        phone: reopen(phone),
        reference,
    };
    assert_eq!(early.held(id), after);
    let (mut session, store) = (ask(&early.reference), early.reference.store());
    let answer = early.phone.answer(session.request().bytes(), now).unwrap();
    assert!(
        session
            .check(&answer.bytes, &store, now)
            .unwrap()
            .is_complete
    );
}

#[test]
fn a_newer_version_of_a_list_vouches_for_an_issuer_that_it_adds() {
    let mut early = Early::new();
    early.reference.issuer = key(90);
    assert_eq!(early.add_list(), Ok(Added::New));
    early.reference.issuer = key(2);
    let (id, _) = early.import();
    assert_eq!(early.held(id).state, State::IssuerUnknown);
    let newer = early.reference.trust_list(2, &["urn:nansen:skills:1"]);
    let added = early.wallet().add_trust_list(&newer, &mut rng());
    assert_eq!(added, Ok(Added::Replaced));
    assert_eq!(early.held(id).state, VERIFIED);
}

#[test]
fn what_the_issuer_did_not_sign_and_what_is_damaged_stay_as_they_are() {
    let mut early = Early::new();
    let now = early.reference.now();
    let device_key = early.wallet().new_device_key(now, &mut rng()).unwrap();
    let mut tampered = early.reference.issue(device_key, &mut rng());
    *tampered.last_mut().unwrap() ^= 1;
    let tampered = early
        .wallet()
        .import(&tampered, now, &mut rng())
        .unwrap()
        .id;
    let device_key = early.wallet().new_device_key(now, &mut rng()).unwrap();
    let terms = early.reference.terms(Some(device_key));
    let redaction = Redaction::none();
    let strange = early
        .reference
        .issue_with(&key(80), terms, redaction, &mut rng());
    let strange = early.wallet().import(&strange, now, &mut rng()).unwrap().id;
    let (damaged, _) = early.import();
    let summary = early.phone.wallet.vault().summary(damaged).unwrap();
    let vault = early.wallet().vault_mut();
    vault.update(damaged, &summary, b"?", &mut rng()).unwrap();
    let (good, _) = early.import();
    let before = [early.held(tampered), early.held(strange)];

    assert_eq!(early.add_list(), Ok(Added::New));
    assert_eq!([early.held(tampered), early.held(strange)], before);
    assert_eq!(early.held(good).state, VERIFIED);
    assert_eq!(early.waiting(), 3);
    let vault = early.phone.wallet.vault();
    assert_eq!(vault.summary(damaged).unwrap(), summary);
    assert_eq!(*vault.body(damaged).unwrap(), b"?");
}

#[test]
fn two_credentials_of_one_waiting_key_are_both_taken_up() {
    let mut early = Early::new();
    let now = early.reference.now();
    let device_key = early.wallet().new_device_key(now, &mut rng()).unwrap();
    let ids = [(); 2].map(|()| {
        let issued = early.reference.issue(device_key.clone(), &mut rng());
        early.wallet().import(&issued, now, &mut rng()).unwrap().id
    });
    assert_eq!(early.add_list(), Ok(Added::New));
    for id in ids {
        assert_eq!(early.held(id).state, VERIFIED);
    }
    assert_eq!(early.waiting(), 0);
}

/// A phone may die when the list is written and what it says is not yet.
#[test]
fn a_list_that_is_here_already_still_vouches() {
    let mut early = Early::new();
    let (id, _) = early.import();
    let summary = Summary {
        kind: "trust-list".into(),
        ..Summary::default()
    };
    let (list, mut random) = (early.list(), rng());
    let vault = early.wallet().vault_mut();
    let mut writer = vault.document_writer(&summary, &mut random).unwrap();
    writer.append(&list).unwrap();
    writer.finish().unwrap();
    early.phone = reopen(early.phone);
    assert_eq!(early.held(id).state, State::IssuerUnknown);
    assert_eq!(early.add_list(), Ok(Added::AlreadyHere));
    assert_eq!(early.held(id).state, VERIFIED);
    assert_eq!(early.waiting(), 0);
}
