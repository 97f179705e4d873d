//! The objects as an app uses them, in any order and from any thread.

#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

use std::sync::Arc;

use getrandom::SysRng;
use nansen::credential::cose::{PublicKey, Signer};
use nansen::credential::status::Status;
use nansen_ffi::*;
use nansen_tests::reference::Reference;
use rand_core::UnwrapErr;

const PIN: &[u8] = b"2580";

struct Scene {
    reference: Reference,
    folder: tempfile::TempDir,
    wallet: Arc<Wallet>,
    verifier: Verifier,
}

impl Scene {
    /// A wallet that holds the reference credential, and a verifier that trusts its issuer.
    fn new() -> Self {
        let reference = Reference::default();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wallet.nansen").display().to_string();
        let wallet = create_wallet(path, PIN.to_vec(), cost()).unwrap().wallet;
        let root = TrustItem::Root {
            key: reference.root.public_key().to_short(),
        };
        let list = TrustItem::TrustList {
            bytes: reference.trust_list(1, &["urn:nansen:skills:1"]),
        };
        let verifier = Verifier::new("Site office".into(), None, None, None, None).unwrap();
        let statuses = TrustItem::StatusList {
            bytes: reference.status_list(reference.now(), Status::Valid),
        };
        for item in [root, list, statuses] {
            assert_eq!(wallet.add_trust(item.clone()), Ok(TrustAdded::New));
            assert_eq!(verifier.add_trust(item), Ok(TrustAdded::New));
        }
        let scene = Self {
            reference,
            folder,
            wallet,
            verifier,
        };
        let key = scene.wallet.new_device_key(None, scene.now()).unwrap();
        let key = PublicKey::from_short(&key).unwrap();
        let issued = scene.reference.issue(key, &mut UnwrapErr(SysRng));
        scene.wallet.import_credential(issued, scene.now()).unwrap();
        scene
    }

    fn now(&self) -> Timestamp {
        self.reference.now().into()
    }

    fn request(&self) -> OpenRequest {
        let query = self.reference.query().to_json().to_string();
        let purpose = "Work on the scaffold".to_owned();
        self.verifier.request(query, purpose, self.now()).unwrap()
    }

    fn begin(&self, request: &OpenRequest) -> Arc<PresentationSession> {
        let message = request.message.clone();
        let occasion = Occasion::Request { message };
        self.wallet.begin(occasion, self.now()).unwrap()
    }

    /// Everything that the first candidate of each query has.
    fn choice(consent: &Consent) -> Vec<ChosenCredential> {
        let chosen = (0..).zip(&consent.queries).map(|(query, options)| {
            let candidate = &options.candidates[0];
            ChosenCredential {
                query,
                credential: candidate.credential.id,
                claims: candidate
                    .claims
                    .iter()
                    .map(|claim| claim.path.clone())
                    .collect(),
            }
        });
        chosen.collect()
    }

    fn unlock(&self, pin: &[u8]) -> Result<(), NansenError> {
        let passphrase = pin.to_vec();
        self.wallet
            .unlock(Unlock::Passphrase { passphrase }, self.now())
    }
}

#[test]
fn a_request_is_answered_once_and_the_answer_is_valid() {
    let scene = Scene::new();
    let request = scene.request();
    let session = scene.begin(&request);
    let consent = session.consent().unwrap().unwrap();
    assert_eq!(
        (consent.name.as_str(), consent.is_satisfiable),
        ("Site office", true)
    );
    assert_eq!(
        session.complete(vec![]).err(),
        Some(NansenError::NothingPrepared)
    );
    let tasks = session
        .prepare(Scene::choice(&consent), scene.now())
        .unwrap();
    assert!(tasks.is_empty());
    let message = session.complete(vec![]).unwrap();
    assert_eq!(
        session.complete(vec![]).err(),
        Some(NansenError::AlreadyAnswered)
    );
    let again = session.prepare(Scene::choice(&consent), scene.now());
    assert_eq!(again.err(), Some(NansenError::AlreadyAnswered));

    let texts = message_codes(
        message,
        CodeOptions {
            version_max: 10,
            level: CodeLevel::L,
            spare_frames: None,
        },
    );
    let collector = QrCollector::new();
    let scans = texts.unwrap().into_iter().map(|text| collector.feed(text));
    let answer = scans.into_iter().find_map(|scan| match scan {
        Scan::Complete { message } => Some(message),
        _ => None,
    });
    let check = || {
        let answer = answer.clone().unwrap();
        scene.verifier.check_answer(request.id, answer, scene.now())
    };
    let checked = check().unwrap();
    assert!(checked.is_complete);
    let report = &checked.credentials[0].report;
    assert_eq!(
        (report.verdict, report.reason.as_str()),
        (Verdict::Valid, ""),
        "{report:?}"
    );
    assert!(matches!(report.shown, Shown::Verified { .. }));
    assert_eq!(check().err(), Some(NansenError::AlreadyAnswered));
    assert_eq!(scene.wallet.history().unwrap().entries.len(), 1);
}

#[test]
fn a_lock_ends_what_was_begun_and_a_release_ends_all() {
    let scene = Scene::new();
    let session = scene.begin(&scene.request());
    let consent = session.consent().unwrap().unwrap();
    session
        .prepare(Scene::choice(&consent), scene.now())
        .unwrap();
    let document = NewDocument {
        title: "Scan".into(),
        media_type: "image/jpeg".into(),
        tags: vec![],
        expires: None,
    };
    let writer = scene
        .wallet
        .write_document(document.clone(), scene.now())
        .unwrap();
    writer.append(vec![1; 100_000]).unwrap();
    let id = writer.finish().unwrap();
    assert_eq!(writer.append(vec![1]).err(), Some(NansenError::Ended));
    let reader = scene.wallet.read_document(id).unwrap();
    assert_eq!(reader.read(99_999, 10).unwrap(), [1]);
    let half = scene.wallet.write_document(document, scene.now()).unwrap();
    half.append(vec![2; 100_000]).unwrap();

    scene.wallet.lock();
    scene.wallet.lock();
    assert_eq!(scene.wallet.state(), WalletState::Locked);
    assert_eq!(half.finish().err(), Some(NansenError::Locked));
    assert_eq!(session.consent().map(drop).err(), Some(NansenError::Locked));
    assert_eq!(
        scene.unlock(b"0852").err(),
        Some(NansenError::WrongSecret {
            way: Way::Passphrase
        })
    );
    scene.unlock(PIN).unwrap();
    assert_eq!(scene.unlock(PIN).err(), Some(NansenError::AlreadyUnlocked));
    // Unlocking does not bring back what a lock has ended.
    assert_eq!(session.consent().map(drop).err(), Some(NansenError::Ended));
    assert_eq!(session.complete(vec![]).err(), Some(NansenError::Ended));
    assert_eq!(half.finish().err(), Some(NansenError::Ended));
    assert_eq!(reader.read(0, 1).err(), Some(NansenError::Ended));
    let contents = scene.wallet.contents(None, scene.now()).unwrap();
    assert_eq!(
        (contents.credentials.len(), contents.documents.len()),
        (1, 1)
    );

    scene.wallet.release();
    scene.wallet.release();
    assert_eq!(
        scene.wallet.history().map(drop).err(),
        Some(NansenError::Released)
    );
    assert_eq!(scene.unlock(PIN).err(), Some(NansenError::Released));
    let path = scene
        .folder
        .path()
        .join("wallet.nansen")
        .display()
        .to_string();
    assert_eq!(Wallet::open(path).unwrap().state(), WalletState::Locked);
}

#[test]
fn hardware_becomes_a_way_to_unlock_only_once_it_has_unwrapped_what_it_wrapped() {
    let scene = Scene::new();
    let wallet = &scene.wallet;
    let proof = || Unlock::Passphrase {
        passphrase: PIN.to_vec(),
    };
    let done = |bytes: &[u8]| HardwareAnswer::Done {
        bytes: bytes.to_vec(),
    };
    let add = |answer| {
        wallet.complete_way(
            proof(),
            NewWay::Hardware {
                wrapped: b"wrapped".to_vec(),
                answer,
            },
        )
    };
    assert_eq!(
        add(done(&[0; 32])).err(),
        Some(NansenError::NothingPrepared)
    );
    let secret = wallet.prepare_way().unwrap();
    assert_eq!(
        add(done(&[0; 32])).err(),
        Some(NansenError::WrongSecret { way: Way::Hardware })
    );
    let gone = NansenError::Hardware {
        outcome: HardwareOutcome::Invalidated,
    };
    assert_eq!(add(HardwareAnswer::Invalidated).err(), Some(gone.clone()));
    assert_eq!(wallet.ways().unwrap(), [Way::Passphrase, Way::RecoveryCode]);
    assert_eq!(add(done(&secret)), Ok(None));
    assert_eq!(
        wallet.ways().unwrap(),
        [Way::Passphrase, Way::RecoveryCode, Way::Hardware]
    );

    wallet.lock();
    assert_eq!(
        wallet.wrapped_secret(Way::Hardware).unwrap().unwrap(),
        b"wrapped"
    );
    let unlock = |answer| wallet.unlock(Unlock::Hardware { answer }, Timestamp(0));
    assert_eq!(unlock(HardwareAnswer::Invalidated).err(), Some(gone));
    assert_eq!(
        unlock(done(&[1; 32])).err(),
        Some(NansenError::WrongSecret { way: Way::Hardware })
    );
    unlock(done(&secret)).unwrap();

    // A way that cannot be kept leaves the one before as it was.
    let renewed = wallet.prepare_way().unwrap();
    let too_long = NewWay::Hardware {
        wrapped: vec![0; 5000],
        answer: done(&renewed),
    };
    let refused = wallet.complete_way(proof(), too_long);
    assert!(matches!(refused, Err(NansenError::OutOfBounds { .. })));
    wallet.lock();
    unlock(done(&secret)).unwrap();

    // A PIN that is right is not called wrong when the hardware's secret is stale.
    let both = NewWay::PassphraseAndHardware {
        passphrase: PIN.to_vec(),
        wrapped: b"both".to_vec(),
        answer: done(&wallet.prepare_way().unwrap()),
    };
    wallet.complete_way(proof(), both).unwrap();
    wallet.lock();
    let way = Way::PassphraseAndHardware;
    let stale = Unlock::PassphraseAndHardware {
        passphrase: PIN.to_vec(),
        answer: done(&[7; 32]),
    };
    assert_eq!(
        wallet.unlock(stale, Timestamp(0)).err(),
        Some(NansenError::WrongSecret { way })
    );
    unlock(done(&secret)).unwrap();

    // Hardware is lost with the phone: it is never the only way.
    wallet.remove_way(Way::Passphrase).unwrap();
    let last = wallet.remove_way(Way::RecoveryCode).err();
    assert_eq!(last, Some(NansenError::LastWay));
}

#[test]
fn a_choice_that_is_refused_leaves_no_earlier_one_to_be_shown() {
    let scene = Scene::new();
    let session = scene.begin(&scene.request());
    let consent = session.consent().unwrap().unwrap();
    let choice = Scene::choice(&consent);
    session.prepare(choice.clone(), scene.now()).unwrap();
    let other = choice
        .into_iter()
        .map(|chosen| ChosenCredential { query: 9, ..chosen });
    assert!(session.prepare(other.collect(), scene.now()).is_err());
    let shown = session.complete(vec![]).map(drop).err();
    assert_eq!(shown, Some(NansenError::NothingPrepared));
}

#[test]
fn sessions_that_showed_something_take_no_place() {
    let scene = Scene::new();
    let mut kept = Vec::new();
    for _ in 0..70 {
        let session = scene.begin(&scene.request());
        let consent = session.consent().unwrap().unwrap();
        session
            .prepare(Scene::choice(&consent), scene.now())
            .unwrap();
        session.complete(vec![]).unwrap();
        kept.push(session);
    }
    // Neither do those that were dropped.
    for _ in 0..70 {
        drop(scene.begin(&scene.request()));
    }
}

#[test]
fn what_does_not_belong_is_refused_by_name() {
    let scene = Scene::new();
    let request = scene.request();
    let wrong = |expected, found| Some(NansenError::WrongMessage { expected, found });
    let answer = scene
        .verifier
        .check_answer(request.id, request.message.clone(), scene.now());
    let (asked, answered) = (MessageKind::Request, MessageKind::Response);
    assert_eq!(answer.map(drop).err(), wrong(answered, asked));
    let message = Message {
        kind: answered,
        bytes: request.message.bytes.clone(),
    };
    let begun = scene.wallet.begin(
        Occasion::Request {
            message: message.clone(),
        },
        scene.now(),
    );
    assert_eq!(begun.map(drop).err(), wrong(asked, answered));
    let shown = scene.verifier.check_unasked(message, scene.now());
    assert_eq!(
        shown.map(drop).err(),
        wrong(MessageKind::Presentation, answered)
    );

    // A key in hardware signs with P-256 and nothing else.
    let key = HardwareKey {
        public_key: scene.reference.root.public_key().to_short(),
        handle: b"alias".to_vec(),
    };
    let taken = scene.wallet.new_device_key(Some(key), scene.now());
    assert!(matches!(taken, Err(NansenError::Malformed { .. })));
    for (name, age) in [("", None), (&*"n".repeat(65), None), ("Gate", Some(-1))] {
        let verifier = Verifier::new(name.into(), None, None, age, None);
        assert!(matches!(
            verifier.map(drop),
            Err(NansenError::OutOfBounds { .. })
        ));
    }
    let verifier = Verifier::new("Gate".into(), None, Some(vec![0; 99]), None, None);
    assert!(matches!(
        verifier.map(drop),
        Err(NansenError::Malformed { .. })
    ));
}

#[test]
fn an_open_request_outlives_the_app() {
    let scene = Scene::new();
    let request = scene.request();
    let session = scene.begin(&request);
    let consent = session.consent().unwrap().unwrap();
    session
        .prepare(Scene::choice(&consent), scene.now())
        .unwrap();
    let answer = session.complete(vec![]).unwrap();
    let trust = scene.verifier.trust().stored;
    let restarted = Verifier::new("Site office".into(), None, Some(trust), None, None).unwrap();
    let early = restarted.check_answer(request.id, answer.clone(), scene.now());
    assert_eq!(early.map(drop).err(), Some(NansenError::NoSuchRequest));
    let open = restarted.reopen(request.stored).unwrap();
    assert_eq!(open.id, request.id);
    assert!(open.message == request.message);
    let checked = restarted
        .check_answer(open.id, answer, scene.now())
        .unwrap();
    assert!(checked.is_complete);
}

#[test]
fn a_panic_does_not_leave_the_library() {
    let mut status = uniffi::RustCallStatus::default();
    uniffi::rust_call(&mut status, || -> Result<i32, uniffi::RustCallError> {
        panic!("a defect")
    });
    assert_eq!(status.code, uniffi::RustCallStatusCode::UnexpectedError);
}

#[test]
fn every_code_is_explained_to_app_developers() {
    let sources = [
        include_str!("../src/error.rs"),
        include_str!("../src/problems.rs"),
    ];
    // Each `fn code` up to its end.
    let bodies = sources.iter().flat_map(|source| {
        let bodies = source.split("fn code(").skip(1);
        bodies.map(|body| body.split_once("\n    }\n").unwrap().0)
    });
    let codes = bodies.flat_map(|body| body.split("=> \"").skip(1));
    let codes: Vec<&str> = codes.map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(codes.contains(&"card.altered") && codes.contains(&"backup.cut_short"));
    assert!(codes.len() > 40);
    let guide = include_str!("../../../bindings/README.md");
    let missing = codes
        .iter()
        .filter(|code| !guide.contains(&format!("| `{code}` |")));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&&str>::new());
}

fn cost() -> KdfCost {
    KdfCost::Exact {
        memory_kib: 19_456,
        passes: 2,
        lanes: 1,
    }
}

#[test]
fn a_wallet_locks_by_itself_as_its_owner_wants_it() {
    let scene = Scene::new();
    let at = |seconds| Timestamp(scene.now().0 + seconds);
    let note = |activity, seconds| scene.wallet.note_activity(activity, at(seconds)).unwrap();
    assert_eq!(note(Activity::Used, 0), WalletState::Unlocked);
    assert_eq!(note(Activity::Tick, 299), WalletState::Unlocked);
    let policy = AutoLock {
        idle_seconds: Some(3600),
        background_seconds: Some(0),
    };
    scene.wallet.set_auto_lock(policy).unwrap();
    assert_eq!(note(Activity::Tick, 301), WalletState::Unlocked);
    assert_eq!(note(Activity::Background, 302), WalletState::Locked);
    assert_eq!(note(Activity::Foreground, 303), WalletState::Locked);
    assert_eq!(scene.wallet.auto_lock(), Err(NansenError::Locked));
    scene.unlock(PIN).unwrap();
    assert_eq!(scene.wallet.auto_lock(), Ok(policy));
    assert_eq!(note(Activity::Tick, 400), WalletState::Unlocked);
    // Set back, nobody knows how long it was.
    assert_eq!(note(Activity::Used, 0), WalletState::Locked);
    scene.wallet.release();
    assert_eq!(note(Activity::Used, 0), WalletState::Released);
}

#[test]
fn people_share_a_folder_and_are_seen_as_far_as_they_allow() {
    let scene = Scene::new();
    let folder = scene.folder.path().display().to_string();
    assert_eq!(shown_wallets(folder.clone()), Ok(vec![]));
    scene.wallet.set_label(Some("Amina".into())).unwrap();
    let shown = shown_wallets(folder.clone()).unwrap();
    assert_eq!(shown[0].label, "Amina");
    scene.wallet.lock();
    assert_eq!(scene.wallet.label(), Ok(Some("Amina".into())));
    assert_eq!(scene.wallet.set_label(None), Err(NansenError::Locked));
    scene.wallet.release();
    let wallet = Wallet::open(shown[0].path.clone()).unwrap();
    let unlock = |pin: &[u8]| Unlock::Passphrase {
        passphrase: pin.to_vec(),
    };
    wallet.unlock(unlock(PIN), scene.now()).unwrap();
    let refused = wallet.set_label(Some("a\nb".into()));
    assert!(matches!(refused, Err(NansenError::Malformed { .. })));

    let place = place_for_wallet(folder.clone()).unwrap();
    drop(create_wallet(place, b"0852".to_vec(), cost()).unwrap());
    assert_eq!(shown_wallets(folder.clone()), Ok(shown));
    let refused = unlock_hidden_wallet(folder.clone(), unlock(PIN), scene.now()).err();
    assert!(matches!(refused, Some(NansenError::WrongSecret { .. })));
    let hidden = unlock_hidden_wallet(folder.clone(), unlock(b"0852"), scene.now()).unwrap();
    assert_eq!(hidden.label(), Ok(None));
    // It locks by itself, though the app has told nothing since.
    let later = Timestamp(scene.now().0 + 3 * 3600);
    assert_eq!(
        hidden.note_activity(Activity::Foreground, later),
        Ok(WalletState::Locked)
    );
    drop(hidden);
    let place = place_for_wallet(folder.clone()).unwrap();
    drop(create_wallet(place, b"0852".to_vec(), cost()).unwrap());
    let refused = unlock_hidden_wallet(folder, unlock(b"0852"), scene.now()).err();
    assert_eq!(refused, Some(NansenError::SecretInUse));
    assert_eq!(
        shown_wallets("/nowhere".into()).err().unwrap().facts().code,
        "storage.not_found"
    );
}
