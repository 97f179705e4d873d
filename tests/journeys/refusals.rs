//! Each way to cheat, or to be unlucky, and the verdict that it gets.

use nansen::credential::cbor::Map;
use nansen::credential::cose::{SecretKey, Signer, header, sign1};
use nansen::credential::report::{Check, Code, Outcome, Report, Verdict};
use nansen::credential::sd_cwt::{
    Credential, KeyBinding, KeyBoundSdCwt, Redaction, Terms, UnsignedPresentation,
};
use nansen::credential::status::Status;
use nansen::credential::verify::{Context, Expected, verify};
use nansen::{Error, TrustStore};
use nansen_tests::reference::{Reference, key};

use crate::wallet::{Phone, ask, rng};

/// The reference presentation, and somebody to check it.
struct Bench {
    reference: Reference,
    store: TrustStore,
    device: SecretKey,
    now: i64,
}

const AUDIENCE: &str = "the verifier";
const NONCE: [u8; 32] = [9; 32];

impl Bench {
    fn new() -> Self {
        let reference = Reference::default();
        Self {
            store: reference.store(),
            now: reference.now(),
            device: key(4),
            reference,
        }
    }

    fn terms(&self) -> Terms {
        self.reference.terms(Some(self.device.public_key()))
    }

    fn issue(&self, issuer: &SecretKey, terms: Terms) -> Credential {
        let redaction = Redaction::each_claim_of(&self.reference.claims());
        let bytes = self
            .reference
            .issue_with(issuer, terms, redaction, &mut rng());
        Credential::parse(&bytes).unwrap()
    }

    fn binding(&self) -> KeyBinding {
        KeyBinding {
            audience: AUDIENCE.into(),
            issued_at: Some(self.now),
            expires_at: None,
            id: None,
            nonce: Some(NONCE.to_vec()),
        }
    }

    fn present(&self, credential: &Credential, binding: &KeyBinding) -> Vec<u8> {
        let selection = credential.select(&self.reference.disclosed()).unwrap();
        credential
            .bind(&selection, binding)
            .unwrap()
            .sign(&self.device)
            .unwrap()
    }

    fn check(&self, presentation: &[u8]) -> Report {
        self.check_in(presentation, &self.store.context(self.now, 30 * 24 * 3600))
    }

    fn check_in(&self, presentation: &[u8], context: &Context<'_>) -> Report {
        let expected = Expected::Answer {
            audience: AUDIENCE,
            nonce: &NONCE,
            requested_at: self.now - 10,
            expires_at: self.now + 290,
        };
        verify(presentation, expected, context)
    }

    fn refused(&self, presentation: &[u8]) -> (Verdict, &'static str) {
        outcome(&self.check(presentation))
    }
}

fn outcome(report: &Report) -> (Verdict, &'static str) {
    assert!(report.verified().is_none());
    (report.verdict(), report.reason().unwrap().as_str())
}

#[test]
fn the_honest_presentation_is_valid() {
    let bench = Bench::new();
    let credential = bench.issue(&bench.reference.issuer, bench.terms());
    let report = bench.check(&bench.present(&credential, &bench.binding()));
    assert_eq!(
        report.verdict(),
        Verdict::Valid,
        "{:?}",
        report.checks().collect::<Vec<_>>()
    );
    assert_eq!(report.reason(), None);
    assert!(report.verified().is_some());
    assert_eq!(report.status_age, Some(23 * 3600));
}

#[test]
fn replay_to_another_request_is_refused() {
    let reference = Reference::default();
    let now = reference.now();
    let mut phone = Phone::with_credential(&reference);
    let store = reference.store();
    let (first, mut second) = (ask(&reference), ask(&reference));
    let answer = phone.answer(first.request().bytes(), now).unwrap();
    assert_eq!(
        second.check(&answer.bytes, &store, now).unwrap_err(),
        Error::Exchange(nansen::exchange::Error::NotForThisRequest)
    );
    // The second request can still be answered.
    let answer = phone.answer(second.request().bytes(), now).unwrap();
    assert!(
        second
            .check(&answer.bytes, &store, now)
            .unwrap()
            .is_complete
    );

    // Opened by a dishonest verifier and shown to an honest one.
    let bench = Bench::new();
    let credential = bench.issue(&bench.reference.issuer, bench.terms());
    let mut other = bench.binding();
    other.nonce = Some(vec![1; 32]);
    let replayed = bench.present(&credential, &other);
    assert_eq!(bench.refused(&replayed), (Verdict::Invalid, "wrong_nonce"));
    let mut other = bench.binding();
    other.audience = "somebody else".into();
    let replayed = bench.present(&credential, &other);
    assert_eq!(
        bench.refused(&replayed),
        (Verdict::Invalid, "wrong_audience")
    );
}

#[test]
fn no_changed_byte_is_ever_valid() {
    let bench = Bench::new();
    let credential = bench.issue(&bench.reference.issuer, bench.terms());
    let presentation = bench.present(&credential, &bench.binding());
    for at in 0..presentation.len() {
        let mut changed = presentation.clone();
        changed[at] ^= 1 << (at % 8);
        assert_ne!(bench.check(&changed).verdict(), Verdict::Valid, "byte {at}");
    }
}

#[test]
fn the_wrong_holder_is_refused() {
    let bench = Bench::new();
    let credential = bench.issue(&bench.reference.issuer, bench.terms());
    let selection = credential.select(&bench.reference.disclosed()).unwrap();
    let thief = key(66);
    let unsigned = UnsignedPresentation::new(
        &credential.present(&selection),
        thief.public_key(),
        &bench.binding(),
    );
    let presentation = unsigned.sign(&thief).unwrap();
    assert_eq!(
        bench.refused(&presentation),
        (Verdict::Invalid, "key_binding_bad")
    );
}

#[test]
fn an_unknown_issuer_is_neither_valid_nor_fake() {
    let bench = Bench::new();
    let stranger = key(67);
    let mut terms = bench.terms();
    terms.issuer = "https://stranger.example".into();
    let credential = bench.issue(&stranger, terms);
    let presentation = bench.present(&credential, &bench.binding());
    assert_eq!(
        bench.refused(&presentation),
        (Verdict::Undetermined, "issuer_unknown")
    );
    // With its key at hand, a good signature is told from a forgery.
    let key = stranger.public_key();
    let mut context = bench.store.context(bench.now, 1_000_000);
    context.issuer_key = Some(&key);
    let report = bench.check_in(&presentation, &context);
    assert_eq!(outcome(&report), (Verdict::Undetermined, "issuer_unknown"));
    assert!(report.disclosed().is_some());
    let other = self::key(68).public_key();
    context.issuer_key = Some(&other);
    let report = bench.check_in(&presentation, &context);
    assert_eq!(outcome(&report), (Verdict::Invalid, "signature_bad"));
    assert!(
        report.disclosed().is_none(),
        "what nobody signed is not shown"
    );
}

#[test]
fn a_forger_who_borrows_a_listed_name_is_told_and_not_shown() {
    let bench = Bench::new();
    let forger = key(69);
    let credential = bench.issue(&forger, bench.terms());
    let presentation = bench.present(&credential, &bench.binding());
    let key = forger.public_key();
    let mut context = bench.store.context(bench.now, 1_000_000);
    context.issuer_key = Some(&key);
    let report = bench.check_in(&presentation, &context);
    assert_eq!(
        outcome(&report),
        (Verdict::Undetermined, "issuer_key_unknown")
    );
    assert!(report.disclosed().is_none());
}

#[test]
fn a_listed_key_under_another_issuers_name_is_not_trusted() {
    let bench = Bench::new();
    let mut terms = bench.terms();
    terms.issuer = "https://ministry.example".into();
    let credential = bench.issue(&bench.reference.issuer, terms);
    let presentation = bench.present(&credential, &bench.binding());
    assert_eq!(
        bench.refused(&presentation),
        (Verdict::Undetermined, "issuer_unknown")
    );
}

#[test]
fn the_right_issuer_for_the_wrong_type_is_refused() {
    let bench = Bench::new();
    let mut terms = bench.terms();
    terms.vct = Some("urn:nansen:licence:1".into());
    let credential = bench.issue(&bench.reference.issuer, terms);
    let presentation = bench.present(&credential, &bench.binding());
    assert_eq!(
        bench.refused(&presentation),
        (Verdict::Invalid, "type_not_allowed")
    );
}

#[test]
fn expired_and_not_yet_valid_are_refused() {
    let mut bench = Bench::new();
    let expires = bench.now + 100;
    let mut terms = bench.terms();
    terms.expires_at = Some(expires);
    let credential = bench.issue(&bench.reference.issuer, terms);
    let presentation = bench.present(&credential, &bench.binding());
    assert_eq!(bench.check(&presentation).verdict(), Verdict::Valid);
    bench.now = expires;
    let report = bench.check(&presentation);
    assert_eq!(report.reason(), Some(Code::Expired { at: expires }));
    assert_eq!(report.verdict(), Verdict::Invalid);

    let bench = Bench::new();
    let mut terms = bench.terms();
    terms.not_before = Some(bench.now + 1000);
    let credential = bench.issue(&bench.reference.issuer, terms);
    let presentation = bench.present(&credential, &bench.binding());
    assert_eq!(
        bench.refused(&presentation),
        (Verdict::Invalid, "not_yet_valid")
    );
}

#[test]
fn revoked_suspended_stale_and_unknown_status_are_told_apart() {
    let mut bench = Bench::new();
    let credential = bench.issue(&bench.reference.issuer, bench.terms());
    let presentation = bench.present(&credential, &bench.binding());
    let old = bench.reference.issued_at() + 3600;

    let report = bench.check_in(&presentation, &bench.store.context(bench.now, 3600));
    assert_eq!(report.verdict(), Verdict::Undetermined);
    assert_eq!(
        report.reason(),
        Some(Code::StatusStale {
            age: bench.now - old
        })
    );

    for (status, code) in [
        (Status::Suspended, "suspended"),
        (Status::Revoked, "revoked"),
    ] {
        bench.now += 60;
        let list = bench.reference.status_list(bench.now, status);
        bench.store.add_status_list(&list).unwrap();
        assert_eq!(
            outcome(&bench.check(&presentation)),
            (Verdict::Invalid, code)
        );
    }
    // Revoked stays revoked, however old the list.
    let report = bench.check_in(&presentation, &bench.store.context(bench.now + 1000, 10));
    assert_eq!(report.reason(), Some(Code::Revoked));

    let mut bare = TrustStore::new();
    bare.add_root(bench.reference.root.public_key()).unwrap();
    bare.add_trust_list(&bench.reference.trust_list(1, &["urn:nansen:skills:1"]))
        .unwrap();
    let report = bench.check_in(&presentation, &bare.context(bench.now, 1000));
    assert_eq!(
        outcome(&report),
        (Verdict::Undetermined, "status_unavailable")
    );
}

#[test]
fn a_clock_set_back_makes_nothing_valid_and_nothing_fake() {
    let bench = Bench::new();
    let credential = bench.issue(&bench.reference.issuer, bench.terms());
    let presentation = bench.present(&credential, &bench.binding());
    for now in [0, bench.reference.issued_at() - 100_000] {
        let report = bench.check_in(&presentation, &bench.store.context(now, 1_000_000_000));
        assert_eq!(report.verdict(), Verdict::Undetermined, "at {now}");
        let by = bench.store.latest_signed_time() - now;
        assert_eq!(report.reason(), Some(Code::ClockBehind { by }));
    }
    // What has expired by signed times alone may have been ended by a wrong one: it is open.
    let mut terms = bench.terms();
    let past = bench.store.latest_signed_time() - 10;
    terms.expires_at = Some(past);
    terms.issued_at = Some(past - 1000);
    let credential = bench.issue(&bench.reference.issuer, terms);
    let mut binding = bench.binding();
    binding.issued_at = Some(past - 10);
    let presentation = bench.present(&credential, &binding);
    let set_back = bench.store.context(past - 100_000, 1_000_000);
    let report = bench.check_in(&presentation, &set_back);
    let by = 100_010;
    assert_eq!(report.reason(), Some(Code::ClockBehind { by }));
    let outcome = report.outcome(Check::Validity);
    assert_eq!(outcome, Outcome::NotChecked(Code::ClockSuspect));
}

#[test]
fn a_stripped_key_binding_is_refused() {
    let bench = Bench::new();
    let credential = bench.issue(&bench.reference.issuer, bench.terms());
    let selection = credential.select(&bench.reference.disclosed()).unwrap();
    let stripped = credential.present(&selection);
    assert_eq!(
        bench.refused(&stripped),
        (Verdict::Invalid, "key_binding_missing")
    );
}

#[test]
fn a_disclosure_that_was_added_is_refused() {
    let bench = Bench::new();
    let credential = bench.issue(&bench.reference.issuer, bench.terms());
    let presentation = bench.present(&credential, &bench.binding());
    let bound = KeyBoundSdCwt::parse(&presentation).unwrap();
    let credential = bound.credential();
    let claim = nansen::credential::sd_cwt::Content::Claim {
        key: "eqf_level".into(),
        value: 8.into(),
    };
    let forged = nansen::credential::sd_cwt::encode_disclosure(&[3; 16], &claim);
    let mut disclosures: Vec<&[u8]> = credential
        .disclosures()
        .iter()
        .map(|disclosure| disclosure.bytes)
        .collect();
    disclosures.push(&forged);
    let changed = nansen::credential::sd_cwt::encode_sd_cwt(
        credential.protected_bytes(),
        &disclosures,
        credential.payload_bytes(),
        credential.signature(),
    );
    let unsigned = UnsignedPresentation::new(&changed, bench.device.public_key(), &bench.binding());
    let presentation = unsigned.sign(&bench.device).unwrap();
    assert_eq!(
        bench.refused(&presentation),
        (Verdict::Invalid, "disclosure_mismatch")
    );
    assert!(bench.check(&presentation).disclosed().is_none());
}

#[test]
fn garbage_and_foreign_messages_are_malformed() {
    let bench = Bench::new();
    let other = sign1(
        &Map::new().with(header::ALG, -19).to_cbor(),
        &Map::new(),
        b"something else",
        &bench.device,
    )
    .unwrap();
    for bytes in [&[][..], b"garbage", &other] {
        assert_eq!(bench.refused(bytes), (Verdict::Invalid, "malformed"));
    }
}

#[test]
fn every_code_has_a_name_and_a_sentence() {
    use Code::*;
    let codes = [
        NotReached,
        Malformed,
        UnsupportedAlgorithm { id: -35 },
        SignatureBad,
        IssuerUnknown,
        TypeNotAllowed,
        IssuerKeyUnknown,
        KeyBindingTime,
        IssuerKeyNotYetValid,
        IssuerKeyExpired,
        IssuerKeyCutOff,
        Expired { at: 0 },
        NotYetValid { from: 0 },
        ClockSuspect,
        Revoked,
        Suspended,
        StatusUnclear { value: 3 },
        StatusStale { age: 3 * 86_400 },
        StatusUnavailable,
        StatusBeyondList,
        StatusNotCarried,
        DisclosureMismatch,
        KeyBindingMissing,
        KeyBindingBad,
        HolderNotProven,
        WrongAudience,
        WrongNonce,
        RequestExpired { at: 0 },
        PresentationExpired { at: 0 },
        PresentationLifetime,
        NotBoundToThisMeeting,
        ClockBehind { by: 90 },
        ClockAhead { by: 90 },
        JurisdictionNotAllowed,
        JurisdictionUnclear,
        StatusRefused { age: 9, limit: 3 },
    ];
    for code in codes {
        let words = code.spoken().split(' ').count();
        assert!((1..=4).contains(&words), "{code:?}");
    }
    let spoken: std::collections::BTreeSet<&str> = codes.iter().map(|it| it.spoken()).collect();
    assert_eq!(spoken.len(), codes.len(), "none sounds like another");
    let names: std::collections::BTreeSet<&str> = codes.iter().map(|code| code.as_str()).collect();
    assert_eq!(names.len(), codes.len());
    for code in codes {
        assert!(code.sentence().ends_with('.'), "{code:?}");
    }
    assert_eq!(
        StatusStale { age: 3 * 86_400 }.sentence(),
        "It was not revoked 3 days ago, and nothing newer is here."
    );
}

#[test]
fn no_issuer_can_push_time_ahead() {
    let mut bench = Bench::new();
    let credential = bench.issue(&bench.reference.issuer, bench.terms());
    let presentation = bench.present(&credential, &bench.binding());
    let before = bench.store.latest_signed_time();
    let far = bench.now + 50_000_000;
    let list = bench.reference.status_list(far, Status::Valid);
    bench.store.add_status_list(&list).unwrap();
    assert_eq!(bench.store.latest_signed_time(), before);
    assert!(!bench.store.note_signed_time(far, bench.now));
    // The clock stays in good standing; what is dated ahead of it says nothing yet.
    let report = bench.check(&presentation);
    assert_eq!(report.outcome(Check::Clock), Outcome::Passed);
    assert_eq!(report.outcome(Check::Validity), Outcome::Passed);
    assert_eq!(
        report.outcome(Check::Status),
        Outcome::NotChecked(Code::StatusUnavailable)
    );
}

#[test]
fn the_list_of_one_root_never_takes_the_place_of_anothers() {
    let mut bench = Bench::new();
    let mut other = Reference::default();
    other.root = key(70);
    bench.store.add_root(other.root.public_key()).unwrap();
    let theirs = other.trust_list(9_000_000, &["urn:other:1"]);
    bench.store.add_trust_list(&theirs).unwrap();
    assert_eq!(bench.store.trust_lists().len(), 2);
    let ours = bench.reference.trust_list(2, &["urn:nansen:skills:1"]);
    bench.store.add_trust_list(&ours).unwrap();
    // Both lists name the issuer's key, and one of them allows the type.
    let credential = bench.issue(&bench.reference.issuer, bench.terms());
    let presentation = bench.present(&credential, &bench.binding());
    assert_eq!(bench.check(&presentation).verdict(), Verdict::Valid);
}

#[test]
fn a_cut_off_on_any_list_counts() {
    let mut bench = Bench::new();
    let mut other = Reference::default();
    other.root = key(70);
    let mut content = bench.store.trust_lists()[0].content().clone();
    for key in content
        .issuers
        .iter_mut()
        .flat_map(|issuer| &mut issuer.keys)
    {
        key.cut_off = Some(bench.reference.issued_at());
    }
    bench.store.add_root(other.root.public_key()).unwrap();
    bench
        .store
        .add_trust_list(&content.sign(&other.root).unwrap())
        .unwrap();
    let credential = bench.issue(&bench.reference.issuer, bench.terms());
    let presentation = bench.present(&credential, &bench.binding());
    assert_eq!(
        bench.refused(&presentation),
        (Verdict::Invalid, "issuer_key_cut_off")
    );
}

#[test]
fn junk_that_anybody_can_seal_does_not_end_a_session() {
    let reference = Reference::default();
    let (now, store) = (reference.now(), reference.store());
    let mut phone = Phone::with_credential(&reference);
    let mut session = ask(&reference);
    let request = session.request().clone();
    for junk in [&b"junk"[..], &[0x80]] {
        let sealed = nansen::exchange::seal(&request, junk, &mut rng()).unwrap();
        if let Ok(answered) = session.check(&sealed, &store, now) {
            assert!(!answered.is_complete);
        }
    }
    let answer = phone.answer(request.bytes(), now).unwrap();
    assert!(
        session
            .check(&answer.bytes, &store, now)
            .unwrap()
            .is_complete
    );
}
