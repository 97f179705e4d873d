//! Device keys that never leave a phone's hardware: made there, asked to sign, never asked for.
//! P-256 in the test stands for the hardware.

use nansen::credential::ClaimPath;
use nansen::credential::cose::{Algorithm, PublicKey};
use nansen::credential::report::{Check, Outcome, Verdict};
use nansen::credential::sd_cwt::Credential;
use nansen::device_key::{HANDLE_BYTES_MAX, KeyPlace};
use nansen::exchange::qr::Kind;
use nansen::exchange::query::{CredentialQuery, Query};
use nansen::import::IssuerStanding;
use nansen::prepare::{Prepared, ToSign};
use nansen::present::Chosen;
use nansen::vault::{Error as VaultError, RecordId, Summary};
use nansen::verifier::check_one_way;
use nansen::{Error, Session, consent::Consent};
use nansen_tests::reference::Reference;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use rand_core::Rng;

use crate::wallet::{Phone, ask, reopen, rng};

/// A key in hardware and what its app calls it.
pub(crate) struct Hardware {
    key: SigningKey,
    pub(crate) handle: &'static [u8],
}

impl Hardware {
    pub(crate) fn new(handle: &'static [u8]) -> Self {
        let mut scalar = [0; 32];
        rng().fill_bytes(&mut scalar);
        Self {
            key: SigningKey::from_slice(&scalar).unwrap(),
            handle,
        }
    }

    pub(crate) fn public(&self) -> PublicKey {
        let point = self.key.verifying_key().to_sec1_point(false);
        PublicKey::from_platform(point.as_bytes()).unwrap()
    }

    fn der(&self, asked: &ToSign) -> Vec<u8> {
        assert_eq!(asked.handle, self.handle);
        assert_eq!(asked.algorithm, Algorithm::Esp256);
        let signature: Signature = self.key.sign(&asked.bytes);
        signature.to_der().as_bytes().to_vec()
    }

    fn raw(&self, asked: &ToSign) -> Vec<u8> {
        let signature: Signature = self.key.sign(&asked.bytes);
        signature.to_bytes().to_vec()
    }
}

/// Issues the reference credential to a key in hardware, and imports it.
pub(crate) fn issue_to(hardware: &Hardware, phone: &mut Phone, reference: &Reference) -> RecordId {
    let now = reference.now();
    phone
        .wallet
        .add_device_key(hardware.public(), hardware.handle, now, &mut rng())
        .unwrap();
    let issued = reference.issue(hardware.public(), &mut rng());
    let imported = phone.wallet.import(&issued, now, &mut rng()).unwrap();
    assert_eq!(imported.issuer, IssuerStanding::Trusted);
    imported.id
}

/// All that is asked for, of this credential.
fn choose(consent: &Consent, query: usize, credential: RecordId) -> Chosen {
    let mut candidates = consent.queries[query].candidates.iter();
    let option = candidates.find(|option| option.credential.held.id == credential);
    let claims = &option.unwrap().claims;
    Chosen {
        query,
        credential,
        claims: claims.iter().map(|claim| claim.path.clone()).collect(),
    }
}

/// A phone with a credential in hardware, a request to it, and what it prepared.
struct Scene {
    reference: Reference,
    phone: Phone,
    hardware: Hardware,
    id: RecordId,
    session: Session,
    consent: Consent,
}

impl Scene {
    fn new() -> Self {
        let reference = Reference::default();
        let mut phone = Phone::new(&reference);
        let hardware = Hardware::new(b"nansen.device.1");
        let id = issue_to(&hardware, &mut phone, &reference);
        let session = ask(&reference);
        let request = session.request().bytes();
        let consent = phone.wallet.consent(request, reference.now()).unwrap();
        Self {
            phone,
            hardware,
            id,
            session,
            consent,
            reference,
        }
    }

    fn choice(&self) -> [Chosen; 1] {
        [choose(&self.consent, 0, self.id)]
    }

    fn prepare(&self) -> Prepared {
        let now = self.reference.now();
        let prepared = self
            .phone
            .wallet
            .prepare(&self.consent, &self.choice(), now);
        prepared.unwrap()
    }

    fn complete(&mut self, prepared: &Prepared, signatures: &[Vec<u8>]) -> Result<Vec<u8>, Error> {
        let message = self
            .phone
            .wallet
            .complete(prepared, signatures, &mut rng())?;
        assert_eq!(message.kind, Kind::Response);
        Ok(message.bytes)
    }

    fn history(&self) -> usize {
        self.phone.wallet.history().unwrap().items.len()
    }

    fn verdict(&self, sealed: &[u8]) -> Verdict {
        let secret = self.session.to_secret_bytes();
        let mut session = Session::from_secret_bytes(&secret, i64::MAX).unwrap();
        let store = self.reference.store();
        let answered = session.check(sealed, &store, self.reference.now()).unwrap();
        assert!(answered.is_complete);
        answered.presentations[0].report.verdict()
    }
}

#[test]
fn what_the_hardware_signs_is_valid_in_der_and_raw() {
    for sign in [Hardware::der, Hardware::raw] {
        let mut scene = Scene::new();
        let prepared = scene.prepare();
        let asked: Vec<ToSign> = prepared.to_sign().collect();
        assert_eq!(asked.len(), 1);
        let signature = sign(&scene.hardware, &asked[0]);
        assert_eq!(scene.history(), 0);
        let sealed = scene.complete(&prepared, &[signature]).unwrap();
        assert_eq!(scene.history(), 1);
        assert_eq!(scene.verdict(&sealed), Verdict::Valid);

        let mut other = Phone::with_credential(&scene.reference);
        let request = scene.session.request().bytes();
        let from_vault = other.answer(request, scene.reference.now()).unwrap();
        // A point of P-256 has a byte more than one of Ed25519; signatures are of one length.
        assert_eq!(sealed.len(), from_vault.bytes.len() + 1);
    }
}

#[test]
fn a_wrong_signature_is_refused_by_name_and_another_try_works() {
    let mut scene = Scene::new();
    let prepared = scene.prepare();
    let asked = prepared.to_sign().next().unwrap();
    let other = Hardware::new(scene.hardware.handle);
    let mut changed = asked.clone();
    changed.bytes[20] ^= 1;
    for wrong in [
        other.der(&asked),
        other.raw(&asked),
        scene.hardware.der(&changed),
        Vec::new(),
        vec![0; 64],
        vec![0x30; 1 << 20],
    ] {
        assert_eq!(
            scene.complete(&prepared, &[wrong]),
            Err(Error::WrongDeviceSignature { place: 0 })
        );
    }
    let right = scene.hardware.der(&asked);
    for given in [vec![], vec![right.clone(), right.clone()]] {
        let refused = Error::SignatureCount {
            given: given.len(),
            expected: 1,
        };
        assert_eq!(scene.complete(&prepared, &given), Err(refused));
    }
    assert_eq!(scene.history(), 0, "nothing was shown");
    let sealed = scene.complete(&prepared, &[right]).unwrap();
    assert_eq!(scene.verdict(&sealed), Verdict::Valid);
}

#[test]
fn one_call_is_refused_where_hardware_must_sign() {
    let mut scene = Scene::new();
    let (now, choice) = (scene.reference.now(), scene.choice());
    let wallet = &mut scene.phone.wallet;
    let needed = Err(Error::NeedsHardware { signatures: 1 });
    let answer = wallet.answer(&scene.consent, &choice, now, &mut rng());
    assert_eq!(answer, needed);
    let shown = wallet.one_way(scene.id, &choice[0].claims, 60, now, &mut rng());
    assert_eq!(shown, needed);
    assert_eq!(scene.history(), 0);
}

#[test]
fn completed_twice_it_is_sealed_twice_and_noted_twice() {
    let mut scene = Scene::new();
    let prepared = scene.prepare();
    let signature = scene.hardware.der(&prepared.to_sign().next().unwrap());
    let first = scene.complete(&prepared, std::slice::from_ref(&signature));
    let second = scene.complete(&prepared, &[signature]);
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_ne!(first, second);
    assert_eq!(scene.history(), 2);
    for sealed in [first, second] {
        assert_eq!(scene.verdict(&sealed), Verdict::Valid);
    }
}

#[test]
fn vault_and_hardware_sign_one_answer_together() {
    let reference = Reference::default();
    let (now, store) = (reference.now(), reference.store());
    let mut phone = Phone::with_credential(&reference);
    let in_vault = phone.wallet.list(now).unwrap().items[0].id;
    let keys = [Hardware::new(b"first"), Hardware::new(b"second")];
    let ids = keys
        .each_ref()
        .map(|key| issue_to(key, &mut phone, &reference));

    let asked = |id: &str| {
        let asked = CredentialQuery::sd_cwt(id, "urn:nansen:skills:1");
        asked.claim(ClaimPath::name("isco_08"))
    };
    let query = Query::new(vec![asked("a"), asked("b"), asked("c")], Vec::new()).unwrap();
    let verifier = reference.verifier();
    let mut session = verifier
        .request(query, "Induction", &store, now, &mut rng())
        .unwrap();
    let request = session.request().bytes();
    let consent = phone.wallet.consent(request, now).unwrap();
    let choice = [
        choose(&consent, 0, ids[0]),
        choose(&consent, 1, in_vault),
        choose(&consent, 2, ids[1]),
    ];
    let prepared = phone.wallet.prepare(&consent, &choice, now).unwrap();
    let asked: Vec<ToSign> = prepared.to_sign().collect();
    assert_eq!(asked.len(), 2);
    let signatures = [keys[0].der(&asked[0]), keys[1].raw(&asked[1])];

    let swapped = [signatures[1].clone(), signatures[0].clone()];
    let refused = phone.wallet.complete(&prepared, &swapped, &mut rng());
    assert_eq!(refused, Err(Error::WrongDeviceSignature { place: 0 }));
    let repeated = [signatures[0].clone(), signatures[0].clone()];
    let refused = phone.wallet.complete(&prepared, &repeated, &mut rng());
    assert_eq!(refused, Err(Error::WrongDeviceSignature { place: 1 }));

    let message = phone.wallet.complete(&prepared, &signatures, &mut rng());
    let answered = session.check(&message.unwrap().bytes, &store, now).unwrap();
    assert_eq!(answered.presentations.len(), 3);
    for checked in &answered.presentations {
        assert_eq!(checked.report.verdict(), Verdict::Valid);
    }
    let history = phone.wallet.history().unwrap().items;
    let shown: Vec<RecordId> = history[0].shown.iter().map(|(id, _)| *id).collect();
    assert_eq!(shown, [ids[0], in_vault, ids[1]]);
}

#[test]
fn a_choice_from_the_vault_alone_asks_no_hardware() {
    let reference = Reference::default();
    let (now, store) = (reference.now(), reference.store());
    let mut phone = Phone::with_credential(&reference);
    let id = phone.wallet.list(now).unwrap().items[0].id;
    let mut session = ask(&reference);
    let request = session.request().bytes();
    let consent = phone.wallet.consent(request, now).unwrap();
    let choice = [choose(&consent, 0, id)];
    let prepared = phone.wallet.prepare(&consent, &choice, now).unwrap();
    assert_eq!(prepared.to_sign().count(), 0);
    let refused = phone.wallet.complete(&prepared, &[vec![0; 64]], &mut rng());
    let (given, expected) = (1, 0);
    assert_eq!(refused, Err(Error::SignatureCount { given, expected }));
    let message = phone.wallet.complete(&prepared, &[], &mut rng()).unwrap();
    let answered = session.check(&message.bytes, &store, now).unwrap();
    assert_eq!(answered.presentations[0].report.verdict(), Verdict::Valid);
    let many = vec![choice[0].clone(); 17];
    let refused = phone.wallet.prepare(&consent, &many, now).unwrap_err();
    let (count, limit) = (17, 16);
    assert_eq!(
        refused,
        Error::Exchange(nansen::exchange::Error::TooManyAnswers { count, limit })
    );
}

#[test]
fn a_presentation_without_a_request_is_signed_in_hardware_too() {
    let mut scene = Scene::new();
    let (now, store) = (scene.reference.now(), scene.reference.store());
    let claims = scene.reference.disclosed();
    let wallet = &mut scene.phone.wallet;
    let prepared = wallet
        .prepare_one_way(scene.id, &claims, 60, now, &mut rng())
        .unwrap();
    let signature = scene.hardware.der(&prepared.to_sign().next().unwrap());
    let refused = wallet.complete(&prepared, &[vec![1; 70]], &mut rng());
    assert_eq!(refused, Err(Error::WrongDeviceSignature { place: 0 }));
    let shown = wallet
        .complete(&prepared, &[signature], &mut rng())
        .unwrap();
    assert_eq!(shown.kind, Kind::Presentation);
    let report = check_one_way(&shown.bytes, &store, now).unwrap();
    assert_eq!(report.verdict(), Verdict::Undetermined);
    assert_eq!(report.outcome(Check::KeyBinding), Outcome::Passed);
    let reason = report.reason().unwrap().as_str();
    assert_eq!(reason, "not_bound_to_this_meeting");
    assert_eq!(scene.history(), 1);
    let long = scene
        .phone
        .wallet
        .prepare_one_way(scene.id, &claims, 100_000_000, now, &mut rng());
    assert!(matches!(long, Err(Error::LivesTooLong { .. })));
}

#[test]
fn what_is_prepared_outlives_a_lock_but_not_the_credential() {
    fn is_for_an_app<T: Send + Sync + 'static>(_: &T) {}
    let mut scene = Scene::new();
    let prepared = scene.prepare();
    is_for_an_app(&prepared);
    is_for_an_app(&scene.consent);
    assert!(!format!("{prepared:?}").contains("Gurung"));
    let signature = scene.hardware.der(&prepared.to_sign().next().unwrap());

    scene.phone = reopen(scene.phone);
    let held = scene.phone.wallet.show(scene.id, 0).unwrap();
    let handle = scene.hardware.handle.to_vec();
    assert_eq!(held.key, KeyPlace::Hardware { handle });
    let sealed = scene.complete(&prepared, std::slice::from_ref(&signature));
    assert!(sealed.is_ok());

    scene.phone.wallet.delete(scene.id, &mut rng()).unwrap();
    let gone = Error::Vault(VaultError::NoSuchRecord(scene.id));
    assert_eq!(scene.complete(&prepared, &[signature]), Err(gone.clone()));
    let now = scene.reference.now();
    let again = scene
        .phone
        .wallet
        .prepare(&scene.consent, &scene.choice(), now);
    assert_eq!(again.unwrap_err(), gone);
}

#[test]
fn a_key_is_taken_once_and_a_handle_is_bounded() {
    let reference = Reference::default();
    let now = reference.now();
    let mut phone = Phone::new(&reference);
    let hardware = Hardware::new(b"alias");
    let add = |phone: &mut Phone, handle: &[u8]| {
        let public = hardware.public();
        phone.wallet.add_device_key(public, handle, now, &mut rng())
    };
    let limit = HANDLE_BYTES_MAX;
    for length in [0, limit + 1] {
        let refused = Error::HandleLength { length, limit };
        assert_eq!(add(&mut phone, &vec![b'x'; length]), Err(refused));
    }
    assert_eq!(add(&mut phone, &vec![b'x'; limit]), Ok(()));
    assert_eq!(add(&mut phone, b"other"), Err(Error::DeviceKeyTaken));

    let issued = reference.issue(hardware.public(), &mut rng());
    let credential = Credential::parse(&issued).unwrap();
    let stripped = credential.present(&credential.select(&reference.disclosed()).unwrap());
    let id = phone.wallet.import(&stripped, now, &mut rng()).unwrap().id;
    assert_eq!(add(&mut phone, b"other"), Err(Error::DeviceKeyTaken));
    let second = reference.issue(hardware.public(), &mut rng());
    assert_eq!(
        phone.wallet.import(&second, now, &mut rng()),
        Err(Error::ForeignDeviceKey)
    );
    // The same credential with more disclosures takes the place and keeps the handle.
    let whole = phone.wallet.import(&issued, now, &mut rng()).unwrap();
    assert_eq!(whole.id, id);
    let handle = vec![b'x'; limit];
    let held = phone.wallet.show(id, now).unwrap();
    assert_eq!(held.redactable().count(), 15);
    assert_eq!(held.key, KeyPlace::Hardware { handle });

    phone.wallet.delete(id, &mut rng()).unwrap();
    assert_eq!(add(&mut phone, b"other"), Ok(()));

    let in_vault = phone.wallet.new_device_key(now, &mut rng()).unwrap();
    let refused = phone
        .wallet
        .add_device_key(in_vault, b"other", now, &mut rng());
    assert_eq!(refused, Err(Error::DeviceKeyTaken));
}

#[test]
fn keys_that_wait_are_told_and_can_be_deleted() {
    let reference = Reference::default();
    let now = reference.now();
    let mut phone = Phone::new(&reference);
    assert_eq!(phone.wallet.waiting_keys(), Ok(vec![]));
    let hardware = Hardware::new(b"alias");
    let in_vault = phone.wallet.new_device_key(now, &mut rng()).unwrap();
    let (public, handle) = (hardware.public(), hardware.handle);
    let wallet = &mut phone.wallet;
    wallet
        .add_device_key(public.clone(), handle, now + 1, &mut rng())
        .unwrap();
    let mut phone = reopen(phone);
    let waiting = phone.wallet.waiting_keys().unwrap();
    let places: Vec<(&PublicKey, &KeyPlace, i64)> = waiting
        .iter()
        .map(|key| (&key.public, &key.key, key.created))
        .collect();
    let handle = handle.to_vec();
    assert_eq!(
        places,
        [
            (&public, &KeyPlace::Hardware { handle }, now + 1),
            (&in_vault, &KeyPlace::Vault, now)
        ]
    );

    phone.wallet.delete(waiting[0].id, &mut rng()).unwrap();
    assert_eq!(phone.wallet.waiting_keys().unwrap(), waiting[1..]);
    let late = reference.issue(public, &mut rng());
    let refused = phone.wallet.import(&late, now, &mut rng());
    assert_eq!(refused, Err(Error::ForeignDeviceKey));
    let issued = reference.issue(in_vault, &mut rng());
    phone.wallet.import(&issued, now, &mut rng()).unwrap();
    assert_eq!(phone.wallet.waiting_keys(), Ok(vec![]));

    // A damaged one is left out, and keeps nobody from the others.
    phone.wallet.new_device_key(now, &mut rng()).unwrap();
    phone.wallet.new_device_key(now, &mut rng()).unwrap();
    let waiting = phone.wallet.waiting_keys().unwrap();
    let vault = phone.wallet.vault_mut();
    let summary = vault.summary(waiting[0].id).unwrap();
    vault
        .update(waiting[0].id, &summary, b"", &mut rng())
        .unwrap();
    assert_eq!(phone.wallet.waiting_keys().unwrap(), waiting[1..]);
}

#[test]
fn records_of_the_first_format_go_on_reading() {
    let reference = Reference::default();
    let (now, store) = (reference.now(), reference.store());
    let mut phone = Phone::new(&reference);
    let mut put = |summary: &[u8], body: &[u8]| {
        let summary = Summary::decode(summary).unwrap();
        let vault = phone.wallet.vault_mut();
        let id = vault.insert(&summary, body, &mut rng()).unwrap();
        (id, summary)
    };
    let (credential, _) = put(
        include_bytes!("frozen/credential.summary"),
        include_bytes!("frozen/credential.body"),
    );
    let (_, waiting) = put(
        include_bytes!("frozen/device-key.summary"),
        include_bytes!("frozen/device-key.body"),
    );
    let held = phone.wallet.show(credential, now).unwrap();
    assert_eq!(held.key, KeyPlace::Vault);
    let bound = held.credential.terms().device_key.clone().unwrap();
    // The frozen credential is bound to the frozen key, which then waited for it.
    assert_eq!(waiting.extra, bound.to_short());

    let mut session = ask(&reference);
    let answer = phone.answer(session.request().bytes(), now).unwrap();
    let answered = session.check(&answer.bytes, &store, now).unwrap();
    assert_eq!(answered.presentations[0].report.verdict(), Verdict::Valid);
    phone.wallet.delete(credential, &mut rng()).unwrap();
    let issued = reference.issue(bound, &mut rng());
    let imported = phone.wallet.import(&issued, now, &mut rng()).unwrap();
    let held = phone.wallet.show(imported.id, now).unwrap();
    assert_eq!(held.key, KeyPlace::Vault);
}
