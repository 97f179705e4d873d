//! Field work: queues on several cores, counts without persons, receipts, old knowledge, and
//! clocks that are wrong.

use std::num::NonZeroUsize;

use nansen::credential::cbor::{Map, Value};
use nansen::credential::claims::LEGAL_EFFECT;
use nansen::credential::cose::{SecretKey, Signer};
use nansen::credential::report::{Check, Code, Outcome, Report, Verdict};
use nansen::credential::sd_cwt::{Credential, Issuance, KeyBinding, Redaction, Terms};
use nansen::credential::verify::{Beyond, Expected, MAX_SILENCE, StatusPolicy, verify};
use nansen::credential::{ClaimPath, Error as Refused};
use nansen::exchange::compact::{Meeting, compact};
use nansen::field::{FieldSession, Outcome as Checked, Queued, Tally, check_queue};
use nansen::receipt::{Issued, Receipt};
use nansen::verifier::ONE_WAY_AUDIENCE;
use nansen::{Error, TrustStore, Verifier};
use nansen_tests::publisher::{DAY, Publisher, SKILLS, School, inspector};
use nansen_tests::reference::key;

use crate::wallet::rng;

const NOW: i64 = 1_800_000_000;

fn store() -> TrustStore {
    let mut publisher = Publisher::new(NOW);
    publisher.publish(NOW, 90);
    publisher.store()
}

fn device() -> SecretKey {
    key(60)
}

/// A presentation without a request, of school 101, for ten minutes from `at` on.
fn one_way(index: u64, at: i64) -> Vec<u8> {
    let issued = School::new(101).issue(
        device().public_key(),
        (NOW - DAY, NOW + 900 * DAY),
        index,
        &mut rng(),
    );
    let binding = KeyBinding {
        audience: ONE_WAY_AUDIENCE.into(),
        issued_at: Some(at),
        expires_at: Some(at + 600),
        id: Some(vec![7; 16]),
        nonce: None,
    };
    let meeting = Meeting::OneWay {
        audience: ONE_WAY_AUDIENCE,
    };
    compact(&bound(&issued, &binding), meeting, &[], None)
}

fn bound(issued: &[u8], binding: &KeyBinding) -> Vec<u8> {
    let credential = Credential::parse(issued).unwrap();
    let claims = ["family_name", "qualification"].map(ClaimPath::name);
    let selection = credential.select(&claims).unwrap();
    let unsigned = credential.bind(&selection, binding).unwrap();
    unsigned.sign(&device()).unwrap()
}

/// An answer to a request of `now`, checked by a verifier whose clock says so.
fn answered(store: &TrustStore, issued: &[u8], now: i64, policy: StatusPolicy) -> Report {
    let binding = KeyBinding {
        audience: "us".into(),
        issued_at: Some(now.clamp(NOW, NOW + 800 * DAY)),
        expires_at: None,
        id: None,
        nonce: Some(vec![1; 32]),
    };
    let expected = Expected::Answer {
        audience: "us",
        nonce: &[1; 32],
        requested_at: now,
        expires_at: now + 300,
    };
    verify(
        &bound(issued, &binding),
        expected,
        &store.context(now, policy),
    )
}

fn certificate(index: u64) -> Vec<u8> {
    let life = (NOW, NOW + 900 * DAY);
    School::new(101).issue(device().public_key(), life, index, &mut rng())
}

fn reason(report: &Report) -> (Verdict, Option<Code>) {
    (report.verdict(), report.reason())
}

#[test]
fn a_queue_comes_to_the_same_on_one_core_and_on_three() {
    let store = store();
    let queue = || -> Vec<Queued> {
        let good = (0..40).map(|index| Queued::OneWay(one_way(index, NOW + 60)));
        let late = (0..3).map(|index| Queued::OneWay(one_way(index, NOW - 7_200)));
        let beyond = [Queued::OneWay(one_way(1 << 12, NOW + 60))];
        let garbage = [Queued::OneWay(vec![0; 9]), Queued::Copy(Vec::new())];
        good.chain(late).chain(beyond).chain(garbage).collect()
    };
    let threads = |count| NonZeroUsize::new(count).unwrap();
    let one = check_queue(&mut queue(), &store, DAY, NOW + 90, threads(1));
    let three = check_queue(&mut queue(), &store, DAY, NOW + 90, threads(3));
    assert_eq!(one.tally, three.tally);
    assert_eq!(one.outcomes.len(), 46);
    let tally = &three.tally;
    assert_eq!((tally.valid, tally.undetermined), (0, 41), "no one-way is");
    assert_eq!((tally.invalid, tally.unreadable, tally.total()), (3, 2, 46));
    assert_eq!(tally.reasons["presentation_expired"], 3);
    assert_eq!(tally.types[SKILLS], 44);
    for (place, outcome) in three.outcomes.iter().enumerate() {
        let is_late =
            matches!(outcome, Ok(Checked::Alone(report)) if report.verdict() == Verdict::Invalid);
        assert_eq!(is_late, (40..43).contains(&place), "in the queue's order");
    }
    let rounded = tally.rounded(threads(10));
    assert_eq!((rounded.undetermined, rounded.invalid), (40, 0));
    assert!(!rounded.reasons.contains_key("presentation_expired"));
}

#[test]
fn a_field_session_counts_and_keeps_nobody() {
    let mut session = FieldSession::new(store(), DAY);
    let before = session.store().to_cbor();
    let mut shown = Queued::OneWay(one_way(1, NOW + 60));
    let outcome = session.check(&mut shown, NOW + 90).unwrap();
    assert!(matches!(outcome, Checked::Alone(report) if report.disclosed().is_some()));
    let counted = Tally {
        undetermined: 1,
        types: [(SKILLS.to_owned(), 1)].into(),
        ..session.tally().clone()
    };
    assert_eq!((session.tally(), counted.total()), (&counted, 1));
    // All that a session hands out besides its counts.
    assert_eq!(session.store().to_cbor(), before);
}

/// A certificate whose issuer says this of it in law.
fn with_effect(effect: &str, vct: &str) -> Vec<u8> {
    let school = key(101);
    let redactable = Map::new()
        .with("family_name", "Gurung")
        .with("qualification", "Welder (SMAW 3G/4G)");
    let claims = redactable.clone().with(LEGAL_EFFECT, effect);
    let issuance = Issuance {
        terms: Terms {
            issuer: School::new(101).uri,
            vct: Some(vct.into()),
            issued_at: Some(NOW),
            not_before: None,
            expires_at: Some(NOW + 900 * DAY),
            device_key: Some(device().public_key()),
            status: None,
        },
        kid: &school.public_key().kid(),
        claims: &claims,
        redaction: Redaction::each_claim_of(&redactable),
    };
    issuance.sign(&school, &mut rng()).unwrap()
}

#[test]
fn a_receipt_holds_no_words_of_the_issuer_that_were_not_chosen() {
    let store = store();
    let verifier = Verifier::new(inspector(), "Gate 3");
    let issued = |effect, vct, keep: &[ClaimPath]| {
        let report = answered(&store, &with_effect(effect, vct), NOW + 60, DAY.into());
        let signed = verifier.receipt(&report, ("Inspection", keep), &store, NOW + 60);
        Receipt::parse(&signed.unwrap()).unwrap().issued.unwrap()
    };
    let personal = "Entitles Gurung, passport PA123456, to weld";
    let kept = issued(personal, SKILLS, &[ClaimPath::name(LEGAL_EFFECT)]);
    assert_eq!((&*kept.legal_effect, &*kept.vct), (personal, SKILLS));
    let bare = issued(personal, SKILLS, &[ClaimPath::name("qualification")]);
    assert!(!bare.legal_effect.contains("Gurung"));
    assert!(bare.legal_effect.contains("not a licence"));
    let blank = issued(" ", SKILLS, &[]);
    assert!(blank.legal_effect.contains("not a licence"));
    // A type that no list lets it issue may be anybody's name.
    assert_eq!(issued(personal, "urn:gurung", &[]).vct, "");
}

#[test]
fn a_receipt_holds_what_was_chosen_and_no_byte_of_it_can_be_changed() {
    let store = store();
    let report = answered(&store, &certificate(1), NOW + 60, DAY.into());
    assert_eq!(reason(&report), (Verdict::Valid, None));
    let verifier = Verifier::new(inspector(), "Gate 3");
    let keep = [ClaimPath::name("qualification")];
    let sign = |keep: &[ClaimPath]| {
        let signed = verifier.receipt(&report, ("Inspection 17", keep), &store, NOW + 60);
        signed.unwrap()
    };
    let kept = Receipt::parse(&sign(&keep)).unwrap();
    let welder = Value::from("Welder (SMAW 3G/4G)");
    assert_eq!(kept.claims, [(keep[0].clone(), welder)]);
    assert_eq!(kept.verifier, inspector().public_key());
    assert_eq!(kept.latest_signed_time, NOW - NOW % DAY, "the day alone");
    let listed = Some(("npl.issuers".to_owned(), 1, 60));
    assert_eq!((&kept.list, kept.checks.len()), (&listed, 8));

    let issued = kept.issued.as_ref().unwrap();
    assert_eq!(issued.vct, SKILLS);
    assert!(issued.legal_effect.contains("not a licence"));

    // What an issuer writes about itself makes no lines of its own.
    let forged = "https://example.org\n- issuer trusted: passed.\r\u{2028}Verdict: valid";
    let printed = Receipt {
        issued: kept.issued.clone().map(|issued| Issued {
            issuer: forged.into(),
            ..issued
        }),
        ..kept.clone()
    };
    let printed = printed.to_text(|time| time.to_string());
    let trusted = printed
        .lines()
        .filter(|line| line.starts_with("- issuer trusted"));
    assert_eq!(trusted.count(), 1);
    assert_eq!(
        printed.lines().count(),
        kept.to_text(|time| time.to_string()).lines().count()
    );

    let mut doubted = kept.clone();
    let clock = doubted.checks.iter_mut().find(|line| line.check == "clock");
    clock.unwrap().outcome = "not_checked".into();
    let text = |receipt: &Receipt| receipt.to_text(|time| time.to_string());
    assert!(text(&kept).contains("version 1, 0 days old"));
    assert!(text(&doubted).contains("version 1, at least 0 days old"));

    let bare = sign(&[]);
    let secrets = [device().public_key().to_short(), b"Gurung".to_vec()];
    for secret in secrets {
        assert!(!bare.windows(secret.len()).any(|part| part == secret));
    }
    for place in 0..bare.len() {
        let mut changed = bare.clone();
        changed[place] ^= 1;
        assert!(Receipt::parse(&changed).is_err(), "byte {place}");
    }
}

#[test]
fn old_status_is_accepted_warned_of_or_refused_and_the_report_says_which() {
    let (store, issued) = (store(), certificate(1));
    let later = NOW + 31 * DAY;
    let age = 31 * DAY;
    let by = |beyond| {
        let policy = StatusPolicy {
            max_age: 30 * DAY,
            beyond,
        };
        let report = answered(&store, &issued, later, policy);
        assert_eq!(report.status_policy, Some(policy));
        assert_eq!(report.status_age, Some(age));
        reason(&report)
    };
    assert_eq!(by(Beyond::Accept), (Verdict::Valid, None));
    let stale = Some(Code::StatusStale { age });
    assert_eq!(by(Beyond::Warn), (Verdict::Undetermined, stale));
    let limit = 30 * DAY;
    let refused = Some(Code::StatusRefused { age, limit });
    assert_eq!(by(Beyond::Refuse), (Verdict::Invalid, refused));
}

#[test]
fn a_clock_set_back_makes_nothing_good_and_at_1970_nothing_fake() {
    let (mut store, issued) = (store(), certificate(1));
    let policy = StatusPolicy {
        max_age: 30 * DAY,
        beyond: Beyond::Refuse,
    };
    for clock in [0, NOW - DAY] {
        let report = answered(&store, &issued, clock, policy);
        let behind = Code::ClockBehind { by: NOW - clock };
        assert_eq!(reason(&report), (Verdict::Undetermined, Some(behind)));
        assert!(report.verified().is_none());
    }
    // Something that a trusted issuer signed moves the mark, and the clock cannot go back.
    assert!(store.note_signed_time(NOW + 950 * DAY, NOW + 951 * DAY));
    let validity = |clock| {
        let report = answered(&store, &issued, clock, policy);
        assert!(report.verified().is_none());
        report.outcome(Check::Validity)
    };
    let open = Outcome::NotChecked(Code::ClockSuspect);
    assert_eq!(validity(NOW + DAY), open, "only the signed time says so");
    let expired = Code::Expired {
        at: NOW + 900 * DAY,
    };
    let both = validity(NOW + 910 * DAY);
    assert_eq!(both, Outcome::Failed(expired), "by clock and signed time");
}

#[test]
fn a_clock_at_2100_makes_nothing_fake_and_moves_no_mark() {
    let (mut store, issued) = (store(), certificate(1));
    let in_2100 = 4_102_444_800;
    for beyond in [Beyond::Accept, Beyond::Warn, Beyond::Refuse] {
        let policy = StatusPolicy {
            max_age: 30 * DAY,
            beyond,
        };
        let report = answered(&store, &issued, in_2100, policy);
        let by = in_2100 - NOW;
        let ahead = Code::ClockAhead { by };
        assert_eq!(reason(&report), (Verdict::Undetermined, Some(ahead)));
    }
    assert!(!store.note_signed_time(in_2100 - 1, in_2100));
    assert_eq!(store.latest_signed_time(), NOW);
    // Ten years without any news are still told from that.
    let silent = NOW + MAX_SILENCE;
    assert_eq!(store.clock_doubt(silent), None);
    assert!(store.clock_doubt(silent + 1).is_some());
}

#[test]
fn an_answer_dated_by_the_wrong_clock_of_a_verifier_is_no_forgery() {
    let (store, issued) = (store(), certificate(1));
    for made in [0, 4_102_444_800] {
        let binding = KeyBinding {
            audience: "us".into(),
            issued_at: Some(made),
            expires_at: None,
            id: None,
            nonce: Some(vec![1; 32]),
        };
        let expected = Expected::Answer {
            audience: "us",
            nonce: &[1; 32],
            requested_at: NOW + 60,
            expires_at: NOW + 360,
        };
        let presentation = bound(&issued, &binding);
        let by_clock = |clock| {
            let report = verify(&presentation, expected, &store.context(clock, DAY));
            (report.verdict(), report.outcome(Check::KeyBinding))
        };
        // By a clock that nothing contradicts, the draft asks to refuse it (section 9).
        let refused = Outcome::Failed(Code::KeyBindingTime);
        assert_eq!(by_clock(NOW + 60), (Verdict::Invalid, refused));
        let open = Outcome::NotChecked(Code::KeyBindingTime);
        assert_eq!(by_clock(made), (Verdict::Undetermined, open));
    }
}

#[test]
fn a_licence_for_a_country_in_which_its_issuer_may_not_act_is_refused() {
    let store = store();
    let school = School::new(101);
    let by_claim = |jurisdiction: Value| {
        let claims = Map::new()
            .with("family_name", "Gurung")
            .with("qualification", "Welder")
            .with("jurisdiction", jurisdiction);
        let issuance = Issuance {
            terms: Terms {
                issuer: school.uri.clone(),
                vct: Some(SKILLS.into()),
                issued_at: Some(NOW),
                not_before: None,
                expires_at: Some(NOW + 900 * DAY),
                device_key: Some(device().public_key()),
                status: None,
            },
            kid: &school.key.public_key().kid(),
            claims: &claims,
            redaction: Redaction::none(),
        };
        let issued = issuance.sign(&school.key, &mut rng()).unwrap();
        let binding = KeyBinding {
            audience: "us".into(),
            issued_at: Some(NOW + 60),
            expires_at: None,
            id: None,
            nonce: Some(vec![1; 32]),
        };
        let expected = Expected::Answer {
            audience: "us",
            nonce: &[1; 32],
            requested_at: NOW + 60,
            expires_at: NOW + 360,
        };
        let credential = Credential::parse(&issued).unwrap();
        let unsigned = credential.bind(&credential.select(&[]).unwrap(), &binding);
        let presentation = unsigned.unwrap().sign(&device()).unwrap();
        let report = verify(&presentation, expected, &store.context(NOW + 60, DAY));
        assert_eq!(
            report.issuer.as_ref().unwrap().registration.jurisdictions,
            ["NPL"]
        );
        let shown = report.disclosed().unwrap();
        assert!(shown.legal_text().contains("not a licence"));
        reason(&report)
    };
    assert_eq!(by_claim("NPL".into()), (Verdict::Valid, None));
    let both = Value::Array(vec!["NPL".into(), "QAT".into()]);
    for elsewhere in ["QAT".into(), both] {
        let refused = Some(Code::JurisdictionNotAllowed);
        assert_eq!(by_claim(elsewhere), (Verdict::Invalid, refused));
    }
    let unclear = Some(Code::JurisdictionUnclear);
    let named = by_claim("Nepal".into());
    assert_eq!(named, (Verdict::Undetermined, unclear));
}

#[test]
fn endless_receipts_are_refused_by_their_size() {
    let long = vec![0xd2; 70_000];
    assert!(matches!(Receipt::parse(&long), Err(Error::TooMany { .. })));
    let short = Receipt::parse(&[0xd2]);
    assert!(matches!(short, Err(Error::Credential(Refused::Cbor(_)))));
}
