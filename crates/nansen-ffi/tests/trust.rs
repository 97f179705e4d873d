//! Packs, publishers, clocks, old knowledge and field work, as an app uses them.

#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking"
)]

use std::sync::Arc;

use getrandom::SysRng;
use nansen::credential::cose::PublicKey;
use nansen_ffi::*;
use nansen_tests::publisher::{DAY, Publisher, SKILLS, School, inspector, quorum};
use rand_core::UnwrapErr;

const START: i64 = 1_800_000_000;
const PIN: &[u8] = b"2580";

/// The time so many days after the start.
fn day(days: i64) -> Timestamp {
    Timestamp(START + days * DAY)
}

fn published() -> Publisher {
    let mut publisher = Publisher::new(START);
    publisher.publish(START, 90);
    publisher
}

fn pin(publisher: &Publisher) -> TrustItem {
    TrustItem::Publisher {
        statement: publisher.statements[0].clone(),
        pin: publisher.pin().to_vec(),
    }
}

fn pack(bytes: Vec<u8>) -> TrustItem {
    TrustItem::Pack { bytes }
}

fn asking(key: Option<Vec<u8>>, old_status: Option<OldStatus>) -> Verifier {
    let name = "Labour Inspectorate".to_owned();
    Verifier::new(name, key, None, None, old_status).unwrap()
}

fn set_up(verifier: &Verifier, publisher: &Publisher) {
    verifier.add_trust(pin(publisher)).unwrap();
    verifier.add_trust(pack(publisher.newest())).unwrap();
}

/// A wallet that goes by a publisher and holds a certificate of its first school.
struct Phone {
    wallet: Arc<Wallet>,
    _folder: tempfile::TempDir,
}

impl Phone {
    fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wallet.nansen").display().to_string();
        let cost = KdfCost::Exact {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
        };
        let wallet = create_wallet(path, PIN.to_vec(), cost).unwrap().wallet;
        Self {
            wallet,
            _folder: folder,
        }
    }

    fn with_certificate(publisher: &Publisher) -> Self {
        let phone = Self::empty();
        phone.wallet.add_trust(pin(publisher)).unwrap();
        phone.wallet.add_trust(pack(publisher.newest())).unwrap();
        let key = phone.wallet.new_device_key(None, day(0)).unwrap();
        let key = PublicKey::from_short(&key).unwrap();
        let life = (START, START + 900 * DAY);
        let issued = School::new(101).issue(key, life, 7, &mut UnwrapErr(SysRng));
        phone.wallet.import_credential(issued, day(0)).unwrap();
        phone
    }

    fn reopen(&self) {
        self.wallet.lock();
        let passphrase = PIN.to_vec();
        let way = Unlock::Passphrase { passphrase };
        self.wallet.unlock(way, day(0)).unwrap();
    }

    fn begin(&self, request: &OpenRequest, now: Timestamp) -> Arc<PresentationSession> {
        let message = request.message.clone();
        self.wallet
            .begin(Occasion::Request { message }, now)
            .unwrap()
    }

    fn answer(&self, request: &OpenRequest, now: Timestamp) -> Message {
        let session = self.begin(request, now);
        let candidate = &session.consent().unwrap().unwrap().queries[0].candidates[0];
        let chosen = ChosenCredential {
            query: 0,
            credential: candidate.credential.id,
            claims: candidate
                .claims
                .iter()
                .map(|claim| claim.path.clone())
                .collect(),
        };
        assert!(session.prepare(vec![chosen], now).unwrap().is_empty());
        session.complete(vec![]).unwrap()
    }

    fn unasked(&self, now: Timestamp) -> Message {
        let credential = self.wallet.contents(None, now).unwrap().credentials[0].id;
        let occasion = Occasion::Unasked {
            credential,
            claims: vec!["qualification".parse().map(ClaimPath).unwrap()],
            lifetime_seconds: 600,
        };
        let session = self.wallet.begin(occasion, now).unwrap();
        session.prepare(vec![], now).unwrap();
        session.complete(vec![]).unwrap()
    }
}

fn ask(verifier: &Verifier, claims: &[&str], now: Timestamp) -> OpenRequest {
    let claims: Vec<String> = claims
        .iter()
        .map(|claim| format!(r#"{{"path":["{claim}"]}}"#))
        .collect();
    let query = format!(
        r#"{{"credentials":[{{"id":"skills","format":"dc+sd-cwt",
            "meta":{{"vct_values":["{SKILLS}"]}},"claims":[{}]}}]}}"#,
        claims.join(",")
    );
    verifier.request(query, "Inspection".into(), now).unwrap()
}

const BOTH: [&str; 2] = ["family_name", "qualification"];

#[test]
fn a_pack_reaches_a_wallet_and_goes_on_to_a_verifier_by_codes_and_as_a_delta() {
    let mut publisher = published();
    let phone = Phone::empty();
    let newest = publisher.newest();
    let facts = pack_facts(newest.clone()).unwrap();
    assert_eq!(
        (facts.publisher.as_str(), facts.version, facts.is_delta),
        ("npl.ctevt", 1, false)
    );
    let wallet = &phone.wallet;
    let too_early = wallet.add_trust(pack(newest.clone()));
    assert_eq!(too_early, Err(NansenError::Untrusted));
    assert_eq!(wallet.add_trust(pin(&publisher)), Ok(TrustAdded::New));
    assert_eq!(wallet.add_trust(pack(newest.clone())), Ok(TrustAdded::New));
    assert_eq!(wallet.add_trust(pack(newest)), Ok(TrustAdded::AlreadyHere));

    let handed = wallet.hand_on("npl.ctevt".into(), "npl.national".into());
    let message = handed.unwrap().unwrap();
    assert_eq!(message.kind, MessageKind::Pack);
    let options = CodeOptions {
        version_max: 20,
        level: CodeLevel::L,
        spare_frames: None,
    };
    let collector = QrCollector::new();
    let texts = message_codes(message, options).unwrap();
    let received = texts
        .into_iter()
        .find_map(|text| match collector.feed(text) {
            Scan::Complete { message } => Some(message),
            _ => None,
        });
    let received = received.unwrap();
    assert_eq!(received.kind, MessageKind::Pack);
    let verifier = asking(None, None);
    verifier.add_trust(pin(&publisher)).unwrap();
    verifier.add_trust(pack(received.bytes)).unwrap();

    publisher.rotate(START + DAY, &[2, 3], |root| {
        root.root = quorum(2, &[2, 3, 4])
    });
    publisher.publish(START + 2 * DAY, 90);
    let delta = publisher.delta();
    assert!(pack_facts(delta.clone()).unwrap().is_delta);
    let late = asking(None, None);
    late.add_trust(pin(&publisher)).unwrap();
    let without_base = late.add_trust(pack(delta.clone()));
    assert_eq!(without_base, Err(NansenError::BuildsOnOther));
    assert_eq!(verifier.add_trust(pack(delta)), Ok(TrustAdded::Replaced));
    let state = verifier.trust();
    let versions = (state.publishers[0].version, state.packs[0].version);
    assert_eq!(versions, (2, 2));
    assert_eq!(state.latest_signed_time, day(2));
    assert_eq!(state.countries, ["QAT"]);
    assert_eq!(
        (
            state.trust_lists[0].entries,
            state.verifier_lists[0].entries
        ),
        (2, 1)
    );

    phone.reopen();
    let state = wallet.trust().unwrap();
    assert_eq!((state.damage, state.packs[0].version), (None, 1));
    let mut stored = state.stored;
    let kept = |stored: &[u8]| {
        let again = Verifier::new("V".into(), None, Some(stored.to_vec()), None, None);
        again.unwrap().trust()
    };
    assert_eq!(kept(&stored).damage, None);
    assert!(kept(&stored).packs == wallet.trust().unwrap().packs);
    // A pack that cannot be read is told, and the publisher is still trusted.
    let place = stored.windows(3).position(|bytes| bytes == b"QAT");
    stored[place.unwrap()] ^= 1;
    assert!(kept(&stored).damage.is_some());
    assert_eq!(
        (kept(&stored).packs.len(), kept(&stored).publishers.len()),
        (0, 1)
    );
}

#[test]
fn publishers_change_by_their_quorum_only_and_what_is_removed_is_gone() {
    let mut publisher = published();
    let verifier = asking(None, None);
    set_up(&verifier, &publisher);
    publisher.rotate(START + DAY, &[2], |_| {});
    let short = TrustItem::Rotations {
        statements: publisher.statements.clone(),
    };
    assert_eq!(
        verifier.add_trust(short),
        Err(NansenError::TooFewSignatures {
            valid: 1,
            threshold: 2
        })
    );
    let mut other = Publisher::new(START + DAY);
    other.publish(START + DAY, 90);
    let held = verifier.add_trust(pin(&other));
    assert_eq!(held, Err(NansenError::PublisherHeld));
    let wrong = TrustItem::Publisher {
        statement: publisher.statements[0].clone(),
        pin: vec![0; 32],
    };
    assert_eq!(
        asking(None, None).add_trust(wrong),
        Err(NansenError::Untrusted)
    );

    let list = ListSigner::Publisher {
        name: "npl.ctevt".into(),
    };
    let in_pack = TrustName::List {
        signer: list,
        id: "npl.issuers".into(),
    };
    assert_eq!(verifier.remove_trust(in_pack), Ok(false));
    let pack = TrustName::Pack {
        publisher: "npl.ctevt".into(),
        id: "npl.national".into(),
    };
    assert_eq!(verifier.remove_trust(pack.clone()), Ok(true));
    assert_eq!(verifier.remove_trust(pack), Ok(false));
    assert!(verifier.trust().trust_lists.is_empty());

    let phone = Phone::with_certificate(&published());
    let key = inspector_key();
    let root = TrustItem::Root { key: key.clone() };
    assert_eq!(phone.wallet.add_trust(root), Ok(TrustAdded::New));
    for name in [
        TrustName::Root { key },
        TrustName::Publisher {
            name: "npl.ctevt".into(),
        },
    ] {
        assert_eq!(phone.wallet.remove_trust(name.clone()), Ok(true));
        assert_eq!(phone.wallet.remove_trust(name), Ok(false));
    }
    phone.reopen();
    let state = phone.wallet.trust().unwrap();
    assert!(state.roots.is_empty() && state.publishers.is_empty() && state.packs.is_empty());
}

/// The public key of the inspectorate.
fn inspector_key() -> Vec<u8> {
    use nansen::credential::cose::Signer;
    inspector().public_key().to_short()
}

#[test]
fn notes_are_found_by_country_and_words_and_sorted_from_a_position() {
    let publisher = published();
    let phone = Phone::with_certificate(&publisher);
    let near = |latitude, longitude| {
        Some(Position {
            latitude,
            longitude,
        })
    };
    let search = |words: &str, near| {
        let search = Search {
            language: "en".into(),
            country: Some("QAT".into()),
            topic: None,
            words: words.into(),
            near,
        };
        phone.wallet.search_notes(search, day(100))
    };
    let found = search("", near(25.9, 51.5)).unwrap().notes;
    let titles: Vec<&str> = found.iter().map(|note| note.title.as_str()).collect();
    assert_eq!(titles, ["Help desk", "Heat rules"]);
    assert_eq!(found[0].source.metres, Some(0));
    assert_eq!(found[1].source.publisher, "npl.ctevt");
    // What is overdue is found, and says so.
    let ages = (found[0].source.age, found[0].source.overdue_by);
    assert_eq!(ages, (100 * DAY, Some(10 * DAY)));
    let found = search("OUTDOOR work", None).unwrap().notes;
    assert_eq!((found.len(), found[0].source.metres), (1, None));
    for (latitude, longitude) in [(f64::NAN, 0.0), (90.1, 0.0), (0.0, f64::INFINITY)] {
        let refused = search("", near(latitude, longitude)).err();
        assert!(matches!(refused, Some(NansenError::Malformed { .. })));
    }
    let names = phone.wallet.type_names(SKILLS.into(), "ne".into());
    let names = names.unwrap().unwrap();
    assert_eq!(
        (names.name.as_str(), names.claims[0].name.as_str()),
        ("Skills certificate", "Family name")
    );
}

#[test]
fn a_holder_is_told_who_asks_and_what_goes_beyond_their_role() {
    let mut publisher = published();
    let phone = Phone::with_certificate(&publisher);
    let known = asking(Some(inspector().to_bytes().to_vec()), None);
    let standing = |verifier: &Verifier, claims: &[&str]| {
        let session = phone.begin(&ask(verifier, claims, day(5)), day(5));
        session.consent().unwrap().unwrap().verifier
    };
    let VerifierStanding::Registered {
        name, role, beyond, ..
    } = standing(&known, &BOTH)
    else {
        panic!("on the list")
    };
    assert_eq!(
        (name.as_str(), role.as_str(), beyond.len()),
        ("Labour Inspectorate", "labour_inspectorate", 0)
    );
    let VerifierStanding::Registered {
        beyond, sentence, ..
    } = standing(&known, &["family_name", "religion"])
    else {
        panic!("on the list")
    };
    assert_eq!(beyond[0].claim.0.to_string(), "religion");
    assert!(sentence.contains("ASKS FOR MORE"), "{sentence}");
    let stranger = asking(None, None);
    assert_eq!(standing(&stranger, &BOTH), VerifierStanding::Unknown);

    publisher.verifiers.verifiers[0].keys[0].cut_off = Some(START + DAY);
    publisher.publish(START + 2 * DAY, 90);
    phone.wallet.add_trust(pack(publisher.delta())).unwrap();
    assert_eq!(
        standing(&known, &BOTH),
        VerifierStanding::KeyNotTrusted {
            name: "Labour Inspectorate".into()
        }
    );
}

#[test]
fn old_status_is_accepted_warned_of_or_refused_and_the_report_says_which() {
    let publisher = published();
    let phone = Phone::with_certificate(&publisher);
    let expected = [
        (OldStatus::Accept, Verdict::Valid, "good"),
        (OldStatus::Warn, Verdict::Undetermined, "status is old"),
        (OldStatus::Refuse, Verdict::Invalid, "status too old"),
    ];
    for (policy, verdict, spoken) in expected {
        let verifier = asking(None, Some(policy));
        set_up(&verifier, &publisher);
        let request = ask(&verifier, &BOTH, day(95));
        let answer = phone.answer(&request, day(95));
        let answer = verifier.check_answer(request.id, answer, day(95)).unwrap();
        let report = &answer.credentials[0].report;
        assert_eq!((report.verdict, report.spoken.as_str()), (verdict, spoken));
        assert_eq!(report.status_age, Some(95 * DAY));
        assert_eq!(report.status_policy.map(|it| it.beyond), Some(policy));
        let status = report
            .checks
            .iter()
            .find(|result| result.check == Check::Status)
            .unwrap();
        assert_eq!(status.spoken.is_empty(), verdict == Verdict::Valid);
        let (Shown::Verified { presented } | Shown::Unverified { presented }) = &report.shown
        else {
            panic!("the issuer signed it")
        };
        assert!(presented.legal_text.contains("not a licence"));
        assert!(!presented.assurance_text.is_empty());
        let issuer = report.issuer.as_ref().unwrap();
        assert_eq!(issuer.quality_body.as_deref(), Some("CTEVT"));
        assert_eq!(issuer.jurisdictions, ["NPL"]);
    }
}

#[test]
fn a_clock_is_doubted_in_both_directions_and_ages_are_reckoned_without_it() {
    let publisher = published();
    let phone = Phone::with_certificate(&publisher);
    let verifier = asking(None, None);
    set_up(&verifier, &publisher);
    let of = |now: Timestamp| {
        let (told, other) = (
            phone.wallet.check_clock(now).unwrap(),
            verifier.check_clock(now).unwrap(),
        );
        assert_eq!(told, other);
        told
    };
    let good = of(day(3));
    assert_eq!((good.doubt, good.reckoned), (None, day(3)));
    let behind = of(Timestamp(0));
    assert_eq!(behind.doubt, Some(ClockDoubt::Behind { seconds: START }));
    assert_eq!(behind.reckoned, day(0));
    let ahead = of(Timestamp(4_102_444_800));
    assert!(matches!(ahead.doubt, Some(ClockDoubt::Ahead { .. })));
    assert_eq!(ahead.reckoned, day(0));

    // A holder's clock at 1970 keeps nobody from answering, and says so.
    let request = ask(&verifier, &BOTH, day(3));
    let session = phone.begin(&request, Timestamp(0));
    let consent = session.consent().unwrap().unwrap();
    assert!(consent.clock_doubt.is_some());
    let answer = phone.answer(&request, Timestamp(0));
    let answer = verifier.check_answer(request.id, answer, day(3)).unwrap();
    assert_eq!(answer.credentials[0].report.verdict, Verdict::Valid);
}

#[test]
fn a_receipt_holds_what_was_chosen_until_the_session_ends() {
    let publisher = published();
    let phone = Phone::with_certificate(&publisher);
    let verifier = asking(None, None);
    set_up(&verifier, &publisher);
    let request = ask(&verifier, &BOTH, day(5));
    let answer = phone.answer(&request, day(5));
    let answer = verifier.check_answer(request.id, answer, day(5)).unwrap();
    let number = answer.credentials[0].report.number;
    let keep = vec!["qualification".parse().map(ClaimPath).unwrap()];
    let bytes = verifier.receipt(number, "Site 12".into(), keep).unwrap();
    let receipt = read_receipt(bytes.clone()).unwrap();
    assert_eq!(
        (receipt.verdict.as_str(), receipt.purpose.as_str()),
        ("valid", "Site 12")
    );
    assert_eq!(receipt.checked_at, day(5));
    assert_eq!(receipt.checks.len(), 8);
    let kept: Vec<String> = receipt
        .claims
        .iter()
        .map(|claim| claim.path.0.to_string())
        .collect();
    assert_eq!(kept, ["qualification"]);
    assert!(receipt.legal_text.unwrap().contains("not a licence"));
    assert_eq!(
        (receipt.list_version, receipt.list_age),
        (Some(1), Some(5 * DAY))
    );
    let policy = (receipt.status_max_age, receipt.status_beyond);
    assert_eq!(
        (receipt.status_age, policy.1.as_deref()),
        (Some(5 * DAY), Some("warn"))
    );
    assert_eq!(policy.0, Some(30 * DAY));
    let mut changed = bytes;
    *changed.last_mut().unwrap() ^= 1;
    assert!(read_receipt(changed).is_err());

    assert_eq!(verifier.tally().valid, 1);
    verifier.end_session(1);
    let gone = verifier.receipt(number, "Site 12".into(), vec![]);
    assert_eq!(gone, Err(NansenError::Ended));
    assert_eq!(verifier.tally().valid, 0);
    assert_eq!(verifier.trust().packs.len(), 1);
}

#[test]
fn a_queue_is_checked_on_several_cores_and_counted() {
    let publisher = published();
    let phone = Phone::with_certificate(&publisher);
    let verifier = asking(None, None);
    set_up(&verifier, &publisher);
    let requests = [ask(&verifier, &BOTH, day(1)), ask(&verifier, &BOTH, day(1))];
    let mut queue: Vec<Queued> = requests
        .iter()
        .map(|request| Queued {
            request: Some(request.id),
            message: phone.answer(request, day(1)),
        })
        .collect();
    // A second answer to the first request, an answer to nothing, a recording, and noise.
    queue.push(queue[0].clone());
    queue.push(Queued {
        request: Some(RequestId([0; 32])),
        message: queue[0].message.clone(),
    });
    queue.push(Queued {
        request: None,
        message: phone.unasked(day(1)),
    });
    queue.push(Queued {
        request: None,
        message: Message {
            kind: MessageKind::Printable,
            bytes: vec![1, 2, 3],
        },
    });
    let outcomes = verifier.check_queue(queue, 2, day(1)).unwrap();
    let told: Vec<&str> = outcomes
        .iter()
        .map(|outcome| match outcome {
            QueueOutcome::Answered { answer } if answer.is_complete => "complete",
            QueueOutcome::Answered { .. } => "answered",
            QueueOutcome::Alone { report } => match report.verdict {
                Verdict::Undetermined => "undetermined",
                _ => "alone",
            },
            QueueOutcome::Refused { error } => match error {
                NansenError::NoSuchRequest => "no such request",
                _ => "refused",
            },
        })
        .collect();
    assert_eq!(
        told,
        [
            "complete",
            "complete",
            "no such request",
            "no such request",
            "undetermined",
            "refused"
        ]
    );
    let tally = verifier.tally();
    assert_eq!(
        (tally.valid, tally.undetermined, tally.unreadable),
        (2, 1, 1)
    );
    assert_eq!(tally.reasons[0].name, "not_bound_to_this_meeting");
    // An answer that was taken is not taken again.
    let again = verifier.check_answer(requests[0].id, phone.unasked(day(1)), day(1));
    assert!(again.is_err());
    assert_eq!(verifier.tally().unreadable, 1);
    let rounded = verifier.end_session(2);
    assert_eq!((rounded.valid, rounded.undetermined), (2, 0));
}
