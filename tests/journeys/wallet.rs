//! Issuer, holder and verifier, each with what their own phone carries.

use nansen::credential::cbor::{Key, Value};
use nansen::credential::cose::Signer;
use nansen::credential::report::{Check, Outcome, Verdict};
use nansen::credential::sd_cwt::{Credential, Redaction};
use nansen::credential::status::{Status, StatusListContent, Statuses};
use nansen::credential::trust::IssuerKey;
use nansen::credential::{ClaimPath, Error as CredentialError};
use nansen::exchange::qr::{Collector, Kind, Layout, Message, Outcome as Scan};
use nansen::exchange::query::{CredentialQuery, Query};
use nansen::held::State;
use nansen::history::Known;
use nansen::import::IssuerStanding;
use nansen::present::Chosen;
use nansen::vault::{KdfParams, Passphrase, Unlock};
use nansen::verifier::{check_copy, check_one_way};
use nansen::{Error, LockedWallet, Session, Wallet};
use nansen_tests::reference::{Reference, key};
use rand_core::CryptoRng;

pub(crate) fn rng() -> impl CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

/// A wallet with the reference credential in it, and what it trusts.
pub(crate) struct Phone {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) wallet: Wallet,
}

impl Phone {
    /// A wallet that trusts nobody.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let passphrase = Passphrase::new("a dry cough in the mountains").unwrap();
        let path = folder.path().join("wallet.nansen");
        let (wallet, _) = Wallet::create(path, &passphrase, KdfParams::FLOOR, &mut rng()).unwrap();
        Self { folder, wallet }
    }

    pub(crate) fn new(reference: &Reference) -> Self {
        let mut phone = Self::empty();
        let root = reference.root.public_key();
        phone.wallet.add_root(root, &mut rng()).unwrap();
        let list = reference.trust_list(1, &["urn:nansen:skills:1"]);
        phone.wallet.add_trust_list(&list, &mut rng()).unwrap();
        phone
    }

    pub(crate) fn with_credential(reference: &Reference) -> Self {
        let mut phone = Self::new(reference);
        let device_key = phone
            .wallet
            .new_device_key(reference.now(), &mut rng())
            .unwrap();
        let credential = reference.issue(device_key, &mut rng());
        phone
            .wallet
            .import(&credential, reference.now(), &mut rng())
            .unwrap();
        phone
    }

    /// Answers with all that is asked for.
    pub(crate) fn answer(&mut self, request: &[u8], now: i64) -> Result<Message, Error> {
        let consent = self.wallet.consent(request, now)?;
        let choice: Vec<Chosen> = consent
            .queries
            .iter()
            .enumerate()
            .filter_map(|(query, options)| {
                let option = options.candidates.first()?;
                Some(Chosen {
                    query,
                    credential: option.credential.held.id,
                    claims: option
                        .claims
                        .iter()
                        .map(|claim| claim.path.clone())
                        .collect(),
                })
            })
            .collect();
        self.wallet.answer(&consent, &choice, now, &mut rng())
    }
}

/// Locks a wallet and opens its file again.
pub(crate) fn reopen(phone: Phone) -> Phone {
    let Phone { folder, wallet } = phone;
    drop(wallet.lock());
    let locked = LockedWallet::open(folder.path().join("wallet.nansen")).unwrap();
    let passphrase = Passphrase::new("a dry cough in the mountains").unwrap();
    let wallet = locked
        .unlock(Unlock::Passphrase(&passphrase), 0, &mut rng())
        .unwrap();
    Phone { folder, wallet }
}

pub(crate) fn ask(reference: &Reference) -> Session {
    let (query, store) = (reference.query(), reference.store());
    let verifier = reference.verifier();
    verifier
        .request(query, "Induction", &store, reference.now(), &mut rng())
        .unwrap()
}

#[test]
fn a_chosen_part_is_shown_and_verified_and_fits_one_code() {
    let reference = Reference::default();
    let now = reference.now();
    let mut phone = Phone::with_credential(&reference);
    let store = reference.store();

    let mut session = reference
        .verifier()
        .request(reference.query(), "Induction", &store, now, &mut rng())
        .unwrap();
    let codes = session.codes(Layout::default()).unwrap();
    assert_eq!(codes.len(), 1, "a request fits one code");

    let mut scanner = Collector::new();
    let Scan::Complete(request) = scanner.feed(&codes[0]) else {
        panic!("one code is the whole request")
    };
    assert_eq!(request.kind, Kind::Request);

    let consent = phone.wallet.consent(&request.bytes, now).unwrap();
    assert_eq!(consent.verifier, Known::Unknown);
    assert_eq!(consent.request().purpose(), "Induction");
    assert!(consent.is_satisfiable);
    let option = &consent.queries[0].candidates[0];
    let asked: Vec<ClaimPath> = option
        .claims
        .iter()
        .map(|claim| claim.path.clone())
        .collect();
    assert_eq!(asked, reference.disclosed());
    assert_eq!(option.claims[0].value, Value::from("Gurung"));
    assert!(option.always_shown.name("family_name").is_none());

    let answer = phone.answer(&request.bytes, now).unwrap();
    assert!(
        answer.bytes.len() <= 770,
        "{} bytes sealed",
        answer.bytes.len()
    );
    let texts = Layout::default().texts(answer.kind, &answer.bytes).unwrap();
    let Scan::Complete(received) = session.feed(&texts[0]) else {
        panic!("one code is the whole answer")
    };

    let answered = session.check(&received.bytes, &store, now).unwrap();
    assert!(answered.is_complete);
    let checked = &answered.presentations[0];
    assert_eq!(checked.report.verdict(), Verdict::Valid);
    assert!(checked.mismatches.is_empty() && checked.withheld.is_empty());
    let claims = checked.report.verified().unwrap().claims();
    assert_eq!(claims.name("isco_08"), Some(&Value::from("7212")));
    assert_eq!(claims.name("employer"), None);
    assert_eq!(claims.get(&Key::Redacted), None);
    let issuer = checked.report.issuer.as_ref().unwrap();
    assert_eq!(issuer.country, "NPL");

    assert_eq!(
        session.check(&received.bytes, &store, now).unwrap_err(),
        Error::AlreadyAnswered
    );
    let history = phone.wallet.history().unwrap().items;
    assert_eq!(history.len(), 1);
    let mut shown = history[0].shown[0].1.clone();
    let mut disclosed = reference.disclosed();
    shown.sort();
    disclosed.sort();
    assert_eq!(shown, disclosed);
    let again = phone.wallet.consent(&request.bytes, now).unwrap();
    assert!(matches!(again.verifier, Known::Met { times: 1, .. }));
}

#[test]
fn a_wallet_opens_again_with_all_that_was_in_it() {
    let reference = Reference::default();
    let now = reference.now();
    let mut phone = Phone::with_credential(&reference);
    let status = reference.status_list(now, Status::Valid);
    phone.wallet.add_status_list(&status, &mut rng()).unwrap();
    drop(phone.wallet);

    let path = phone.folder.path().join("wallet.nansen");
    let wrong = Passphrase::new("a dry cough in the valley").unwrap();
    let failed = LockedWallet::open(&path)
        .unwrap()
        .unlock(Unlock::Passphrase(&wrong), 0, &mut rng())
        .unwrap_err();
    assert_eq!(
        failed.error,
        Error::Vault(nansen::vault::Error::WrongPassphrase)
    );
    let right = Passphrase::new("a dry cough in the mountains").unwrap();
    let wallet = failed
        .locked
        .unlock(Unlock::Passphrase(&right), 0, &mut rng())
        .unwrap();

    let held = wallet.list(now).unwrap().items;
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].issuer, "National Skill Testing Board");
    assert_eq!(
        held[0].state,
        State::Good {
            status_age: Some(0)
        }
    );
    assert_eq!(wallet.trust().latest_signed_time(), reference.issued_at());
    assert_eq!(wallet.search("smaw", now).unwrap().items, held);
    assert_eq!(wallet.search("carpenter", now).unwrap().items, vec![]);
    let later = held[0].expires.unwrap();
    assert_eq!(
        wallet.list(later).unwrap().items[0].state,
        State::Expired { at: later }
    );
}

#[test]
fn a_list_larger_than_a_record_is_kept_and_gives_way_to_a_newer_one() {
    let reference = Reference::default();
    let mut phone = Phone::new(&reference);
    let list = |time: i64| {
        let mut statuses = Statuses::new(8, 1_500_000).unwrap();
        let mut noise = 1_u64;
        for index in 0..statuses.len() {
            noise = noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(time.unsigned_abs());
            statuses
                .set(index, Status::from(noise.to_be_bytes()[0]))
                .unwrap();
        }
        StatusListContent {
            uri: "https://nstb.example/s/7".into(),
            issued_at: time,
            expires_at: None,
            ttl: None,
            statuses,
        }
        .sign(&reference.issuer)
        .unwrap()
    };
    for time in [reference.now(), reference.now() + 1] {
        let bytes = list(time);
        assert!(bytes.len() > 1 << 20);
        phone.wallet.add_status_list(&bytes, &mut rng()).unwrap();
    }
    let rows = phone.wallet.vault().list().unwrap().records.len();
    assert_eq!(rows, 3, "roots, a trust list and the newer status list");
    drop(phone.wallet);
    let path = phone.folder.path().join("wallet.nansen");
    let passphrase = Passphrase::new("a dry cough in the mountains").unwrap();
    let wallet = LockedWallet::open(&path).unwrap();
    let wallet = wallet
        .unlock(Unlock::Passphrase(&passphrase), 0, &mut rng())
        .unwrap();
    assert_eq!(wallet.trust().damage(), None);
    assert_eq!(
        wallet.trust().status_lists()[0].issued_at(),
        reference.now() + 1
    );
}

#[test]
fn imports_are_refused_by_name_and_lose_nothing() {
    let reference = Reference::default();
    let now = reference.now();
    let mut phone = Phone::new(&reference);
    let device_key = phone.wallet.new_device_key(now, &mut rng()).unwrap();
    let credential = reference.issue(device_key.clone(), &mut rng());

    let mut damaged = credential.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert_eq!(
        phone.wallet.import(&damaged, now, &mut rng()),
        Err(Error::Credential(CredentialError::BadSignature))
    );
    let foreign = reference.issue(key(77).public_key(), &mut rng());
    assert_eq!(
        phone.wallet.import(&foreign, now, &mut rng()),
        Err(Error::ForeignDeviceKey)
    );
    assert!(phone.wallet.list(now).unwrap().items.is_empty());

    let imported = phone.wallet.import(&credential, now, &mut rng()).unwrap();
    assert_eq!(imported.issuer, IssuerStanding::Trusted);
    assert_eq!(
        phone.wallet.import(&credential, now, &mut rng()),
        Err(Error::AlreadyHeld { id: imported.id })
    );
    // One device key, one credential.
    let second = reference.issue(device_key, &mut rng());
    assert_eq!(
        phone.wallet.import(&second, now, &mut rng()),
        Err(Error::ForeignDeviceKey)
    );
    assert_eq!(phone.wallet.list(now).unwrap().items.len(), 1);

    let device_key = phone.wallet.new_device_key(now, &mut rng()).unwrap();
    let stranger = reference.issue_with(
        &key(78),
        reference.terms(Some(device_key)),
        Redaction::none(),
        &mut rng(),
    );
    let imported = phone.wallet.import(&stranger, now, &mut rng()).unwrap();
    assert_eq!(imported.issuer, IssuerStanding::Unknown);
}

#[test]
fn the_same_credential_again_can_complete_the_one_held() {
    let reference = Reference::default();
    let now = reference.now();
    let mut phone = Phone::new(&reference);
    let device_key = phone.wallet.new_device_key(now, &mut rng()).unwrap();
    let issued = reference.issue(device_key.clone(), &mut rng());
    let credential = Credential::parse(&issued).unwrap();
    let stripped = credential.present(&credential.select(&reference.disclosed()).unwrap());
    let first = phone.wallet.import(&stripped, now, &mut rng()).unwrap();
    let whole = phone.wallet.import(&issued, now + 9, &mut rng()).unwrap();
    assert_eq!(whole.id, first.id);
    let held = phone.wallet.show(whole.id, now).unwrap();
    assert_eq!(held.held.added, now, "when it first came");
    assert_eq!(held.redactable().count(), 15);
    assert_eq!(
        phone.wallet.import(&stripped, now, &mut rng()),
        Err(Error::AlreadyHeld { id: whole.id })
    );
}

#[test]
fn a_forgery_neither_looks_good_nor_uses_up_the_device_key() {
    let reference = Reference::default();
    let now = reference.now();
    let mut phone = Phone::new(&reference);
    let device_key = phone.wallet.new_device_key(now, &mut rng()).unwrap();
    let terms = reference.terms(Some(device_key.clone()));
    let forged = reference.issue_with(&key(80), terms, Redaction::none(), &mut rng());
    let imported = phone.wallet.import(&forged, now, &mut rng()).unwrap();
    assert_eq!(imported.issuer, IssuerStanding::Unknown);
    let state = phone.wallet.list(now).unwrap().items[0].state;
    assert_eq!(state, State::IssuerUnknown);
    let honest = reference.issue(device_key, &mut rng());
    let imported = phone.wallet.import(&honest, now, &mut rng()).unwrap();
    assert_eq!(imported.issuer, IssuerStanding::Trusted);
}

#[test]
fn consent_and_history_tell_what_goes_along_with_a_choice() {
    let reference = Reference::default();
    let now = reference.now();
    let mut phone = Phone::new(&reference);
    let device_key = phone.wallet.new_device_key(now, &mut rng()).unwrap();
    let paths = |texts: &[&str]| -> Vec<ClaimPath> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    };
    let redaction = Redaction {
        paths: paths(&["employment", "employment.from"]),
        decoys_to_multiple_of: 0,
    };
    let terms = reference.terms(Some(device_key));
    let issued = reference.issue_with(&reference.issuer, terms, redaction, &mut rng());
    phone.wallet.import(&issued, now, &mut rng()).unwrap();

    let asked = CredentialQuery::sd_cwt("skills", "urn:nansen:skills:1");
    let asked = asked.claim("employment.from".parse().unwrap());
    let query = Query::new(vec![asked], Vec::new()).unwrap();
    let (verifier, store) = (reference.verifier(), reference.store());
    let mut session = verifier
        .request(query, "Induction", &store, now, &mut rng())
        .unwrap();
    let consent = phone
        .wallet
        .consent(session.request().bytes(), now)
        .unwrap();
    let claim = &consent.queries[0].candidates[0].claims[0];
    // In clear inside the group: no choice can leave them out.
    assert_eq!(claim.brings, paths(&["employment.to", "employment.months"]));

    let answer = phone.answer(session.request().bytes(), now).unwrap();
    let answered = session.check(&answer.bytes, &store, now).unwrap();
    let shown = answered.presentations[0]
        .report
        .verified()
        .unwrap()
        .claims();
    assert_eq!(
        shown.name("employment"),
        reference.claims().name("employment")
    );
    let history = phone.wallet.history().unwrap().items;
    let told = &history[0].shown[0].1;
    assert_eq!(
        *told,
        paths(&["employment.to", "employment.from", "employment.months"])
    );
}

#[test]
fn a_history_entry_can_be_deleted_alone() {
    let reference = Reference::default();
    let now = reference.now();
    let mut phone = Phone::with_credential(&reference);
    let session = ask(&reference);
    for time in [now, now + 1] {
        phone.answer(session.request().bytes(), time).unwrap();
    }
    let [later, earlier] = <[_; 2]>::try_from(phone.wallet.history().unwrap().items).unwrap();
    assert_eq!((later.time, earlier.time), (now + 1, now));
    phone.wallet.delete(later.id, &mut rng()).unwrap();
    let mut phone = reopen(phone);
    assert_eq!(phone.wallet.history().unwrap().items, [earlier]);
    assert_eq!(phone.wallet.list(now).unwrap().items.len(), 1);
    let again = phone.wallet.delete(later.id, &mut rng());
    let gone = nansen::vault::Error::NoSuchRecord(later.id);
    assert_eq!(again, Err(Error::Vault(gone)));
}

#[test]
fn what_the_wallet_keeps_for_itself_is_not_deleted() {
    let mut phone = Phone::new(&Reference::default());
    let records = phone.wallet.vault().list().unwrap().records;
    for (id, summary) in &records {
        let refused = phone.wallet.delete(*id, &mut rng());
        assert!(
            matches!(refused, Err(Error::OtherKind { .. })),
            "{}",
            summary.kind
        );
    }
    assert_eq!(phone.wallet.vault().list().unwrap().records, records);
}

#[test]
fn wallets_and_verifiers_remember_what_time_it_was_at_least() {
    let reference = Reference::default();
    let now = reference.now();
    let mut phone = Phone::new(&reference);
    let device_key = phone.wallet.new_device_key(now, &mut rng()).unwrap();
    let mut terms = reference.terms(Some(device_key));
    let signed = now - 100;
    terms.issued_at = Some(signed);
    let redaction = Redaction::each_claim_of(&reference.claims());
    let issued = reference.issue_with(&reference.issuer, terms, redaction, &mut rng());
    phone.wallet.import(&issued, now, &mut rng()).unwrap();
    assert_eq!(phone.wallet.trust().latest_signed_time(), signed);

    let mut store = reference.store();
    let mut other = Phone::new(&reference);
    let mut session = ask(&reference);
    let answer = phone.answer(session.request().bytes(), now).unwrap();
    let answered = session.check(&answer.bytes, &store, now).unwrap();
    answered.note_signed_times(&mut store);
    let day = signed - signed.rem_euclid(86_400);
    assert_eq!(store.latest_signed_time(), day, "nobody's second");
    other
        .wallet
        .note_signed_times(&answered, &mut rng())
        .unwrap();
    assert_eq!(other.wallet.trust().latest_signed_time(), day);
}

#[test]
fn a_status_list_of_another_issuer_says_nothing() {
    let reference = Reference::default();
    let now = reference.now();
    let mut phone = Phone::with_credential(&reference);
    let mut rogue = Reference::default();
    rogue.issuer = key(81);
    let mut content = phone.wallet.trust().trust_lists()[0].content().clone();
    let mut issuer = content.issuers[0].clone();
    issuer.uri = "https://rogue.example".into();
    issuer.keys[0] = IssuerKey::new(rogue.issuer.public_key(), 0, i64::MAX);
    content.issuers.push(issuer);
    content.version = 2;
    let list = content.sign(&reference.root).unwrap();
    phone.wallet.add_trust_list(&list, &mut rng()).unwrap();
    let revoked = rogue.status_list(now, Status::Revoked);
    phone.wallet.add_status_list(&revoked, &mut rng()).unwrap();
    let state = phone.wallet.list(now).unwrap().items[0].state;
    assert_eq!(state, State::StatusUnknown { status_age: None });
}

#[test]
fn only_what_is_asked_and_chosen_leaves_the_phone() {
    let reference = Reference::default();
    let now = reference.now();
    let mut phone = Phone::with_credential(&reference);
    let session = ask(&reference);
    let consent = phone
        .wallet
        .consent(session.request().bytes(), now)
        .unwrap();
    let credential = consent.queries[0].candidates[0].credential.held.id;
    let mut choose = |query: usize, claims: Vec<ClaimPath>| {
        let chosen = Chosen {
            query,
            credential,
            claims,
        };
        phone.wallet.answer(&consent, &[chosen], now, &mut rng())
    };
    let more = ClaimPath::name("document_number");
    let mut too_much = reference.disclosed();
    too_much.push(more.clone());
    assert_eq!(choose(0, too_much), Err(Error::NotAsked { path: more }));
    let mut too_little = reference.disclosed();
    let left_out = too_little.remove(2);
    assert_eq!(
        choose(0, too_little),
        Err(Error::ClaimRequired { path: left_out })
    );
    assert_eq!(choose(1, vec![]), Err(Error::NotACandidate { query: 1 }));
    assert_eq!(
        phone.wallet.answer(&consent, &[], now, &mut rng()),
        Err(Error::NothingChosen)
    );
    let chosen = Chosen {
        query: 0,
        credential,
        claims: reference.disclosed(),
    };
    let twice = [chosen.clone(), chosen];
    assert_eq!(
        phone.wallet.answer(&consent, &twice, now, &mut rng()),
        Err(Error::OnlyOne { query: 0 })
    );
    assert!(phone.wallet.history().unwrap().items.is_empty());
}

#[test]
fn requests_out_of_time_are_refused() {
    let reference = Reference::default();
    let now = reference.now();
    let phone = Phone::with_credential(&reference);
    let session = ask(&reference);
    let request = session.request().bytes();
    let refused = |now: i64| match phone.wallet.consent(request, now) {
        Err(Error::Exchange(error)) => error,
        other => panic!("{other:?}"),
    };
    use nansen::exchange::Error as ExchangeError;
    assert!(matches!(
        refused(now + 3600),
        ExchangeError::RequestExpired { .. }
    ));
    assert!(matches!(
        refused(now - 3600),
        ExchangeError::RequestFromFuture { .. }
    ));
}

#[test]
fn one_way_presentations_and_copies_are_reported_as_what_they_are() {
    let reference = Reference::default();
    let now = reference.now();
    let store = reference.store();
    let mut phone = Phone::with_credential(&reference);
    let id = phone.wallet.list(now).unwrap().items[0].id;
    let shown = phone
        .wallet
        .one_way(id, &reference.disclosed(), 60, now, &mut rng())
        .unwrap();
    assert_eq!(shown.kind, Kind::Presentation);
    let report = check_one_way(&shown.bytes, &store, now).unwrap();
    assert_eq!(report.verdict(), Verdict::Undetermined);
    assert_eq!(
        report.reason().unwrap().as_str(),
        "not_bound_to_this_meeting"
    );
    assert_eq!(report.outcome(Check::KeyBinding), Outcome::Passed);
    assert!(report.verified().is_none() && report.disclosed().is_some());
    let late = check_one_way(&shown.bytes, &store, now + 61).unwrap();
    assert_eq!(late.reason().unwrap().as_str(), "presentation_expired");
    assert_eq!(phone.wallet.copy(id, now), Err(Error::NotPrintable));
    let years = phone.wallet.one_way(id, &[], 100_000_000, now, &mut rng());
    assert!(matches!(years, Err(Error::LivesTooLong { .. })));

    let copy = reference.issue_with(
        &reference.issuer,
        reference.terms(None),
        Redaction::none(),
        &mut rng(),
    );
    let id = phone.wallet.import(&copy, now, &mut rng()).unwrap().id;
    let shown = phone.wallet.one_way(id, &[], 60, now, &mut rng());
    assert_eq!(shown, Err(Error::NoDeviceKey));
    let printed = phone.wallet.copy(id, now).unwrap();
    assert_eq!(printed.kind, Kind::Printable);
    let report = check_copy(&printed.bytes, &store, now).unwrap();
    assert_eq!(report.verdict(), Verdict::Undetermined);
    assert_eq!(report.reason().unwrap().as_str(), "holder_not_proven");
    assert_eq!(report.outcome(Check::IssuerSignature), Outcome::Passed);
}

#[test]
fn an_older_list_never_takes_the_place_of_a_newer_one() {
    let reference = Reference::default();
    let mut store = reference.store();
    let newer = reference.trust_list(2, &["urn:nansen:skills:1"]);
    store.add_trust_list(&newer).unwrap();
    let older = reference.trust_list(1, &["urn:nansen:skills:1"]);
    assert_eq!(
        store.add_trust_list(&older),
        Err(Error::Credential(CredentialError::Rollback {
            offered: 1,
            held: 2
        }))
    );
    let status = reference.status_list(reference.issued_at(), Status::Valid);
    assert!(matches!(
        store.add_status_list(&status),
        Err(Error::Credential(CredentialError::Rollback { .. }))
    ));
    let stored = store.to_cbor();
    let again = nansen::TrustStore::from_cbor(&stored).unwrap();
    assert_eq!(again.to_cbor(), stored);
    for at in (0..stored.len()).step_by(7) {
        let mut changed = stored.clone();
        changed[at] ^= 1;
        if let Ok(other) = nansen::TrustStore::from_cbor(&changed) {
            // Only the high-water mark, and roots that vouch for nothing, are unsigned.
            assert!(other.trust_lists().len() <= 1);
        }
    }
}

#[test]
fn documents_come_back_and_lists_tell_them_apart() {
    use std::io::{Read, Write};
    let reference = Reference::default();
    let mut phone = Phone::with_credential(&reference);
    let scan: Vec<u8> = (0..200_000u32).flat_map(u32::to_le_bytes).collect();
    let document = nansen::wallet::NewDocument {
        title: "Diploma, scanned",
        media_type: "application/pdf",
        tags: &["school".to_owned()],
        created: reference.now(),
        expires: Some(reference.now() + 5),
    };
    let mut random = rng();
    let mut writer = phone
        .wallet
        .document_writer(&document, &mut random)
        .unwrap();
    writer.write_all(&scan).unwrap();
    let id = writer.finish().unwrap();
    let listed = phone.wallet.documents().unwrap().items;
    assert_eq!(listed[0].media_type, "application/pdf");
    assert_eq!(listed[0].expires, document.expires);
    let mut read = Vec::new();
    phone
        .wallet
        .document_reader(id)
        .unwrap()
        .read_to_end(&mut read)
        .unwrap();
    assert_eq!(read, scan);
    assert_eq!(phone.wallet.list(reference.now()).unwrap().items.len(), 1);
    phone.wallet.delete(id, &mut rng()).unwrap();
    assert!(phone.wallet.documents().unwrap().items.is_empty());
}
