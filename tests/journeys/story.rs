//! Eighteen months without a network: a desk that publishes, a holder's phone and an inspector's
//! phone, and nothing between them but files on a card and codes on a screen.

use nansen::credential::cose::Signer;
use nansen::credential::report::{Check, Code, Outcome, Report, Verdict};
use nansen::credential::status::Status;
use nansen::credential::trust::IssuerKey;
use nansen::credential::verify::{Beyond, ClockDoubt, StatusPolicy};
use nansen::credential::{ClaimPath, Error as Refused};
use nansen::exchange::qr::{Collector, Layout, Message, Outcome as Scan};
use nansen::exchange::query::{CredentialQuery, Query};
use nansen::history::Known;
use nansen::present::Chosen;
use nansen::receipt::Receipt;
use nansen::trust_store::Added;
use nansen::vault::RecordId;
use nansen::{TrustStore, Verifier};
use nansen_tests::publisher::{DAY, Publisher, SKILLS, School, inspector, quorum};
use nansen_tests::reference::key;

use crate::wallet::{Phone, reopen, rng};

/// The first day, unix seconds.
const START: i64 = 1_800_000_000;

const fn day(days: i64) -> i64 {
    START + days * DAY
}

/// The inspector's phone: it checks, and never asks anybody else.
struct Inspector {
    store: TrustStore,
    policy: StatusPolicy,
}

impl Inspector {
    fn verifier(&self) -> Verifier {
        Verifier::new(inspector(), "Labour Inspectorate, Gate 3").with_status_policy(self.policy)
    }

    /// Asks for a credential and checks what the holder shows; each phone has its own clock.
    fn check(&mut self, holder: &mut Phone, shown: RecordId, clocks: (i64, i64)) -> Report {
        let (mine, hers) = clocks;
        let claims = ["family_name", "qualification"].map(ClaimPath::name);
        let asked = CredentialQuery::sd_cwt("skills", SKILLS);
        let asked = claims.iter().cloned().fold(asked, CredentialQuery::claim);
        let query = Query::new(vec![asked], Vec::new()).unwrap();
        let mut session = self
            .verifier()
            .request(query, "Site inspection", &self.store, mine, &mut rng())
            .unwrap();
        let request = by_codes(&session.codes(Layout::default()).unwrap());
        let consent = holder.wallet.consent(&request.bytes, hers).unwrap();
        let choice = [Chosen {
            query: 0,
            credential: shown,
            claims: claims.into(),
        }];
        let answer = holder
            .wallet
            .answer(&consent, &choice, hers, &mut rng())
            .unwrap();
        let codes = Layout::default().texts(answer.kind, &answer.bytes).unwrap();
        let answered = session
            .check(&by_codes(&codes).bytes, &self.store, mine)
            .unwrap();
        answered.note_signed_times(&mut self.store);
        let mut presentations = answered.presentations;
        presentations.remove(0).report
    }

    /// The same with both clocks right.
    fn meets(&mut self, holder: &mut Phone, shown: RecordId, now: i64) -> Report {
        self.check(holder, shown, (now, now))
    }
}

/// From one screen to one camera.
fn by_codes(codes: &[String]) -> Message {
    let mut collector = Collector::new();
    for code in codes {
        if let Scan::Complete(message) = collector.feed(code) {
            return message;
        }
    }
    panic!("not complete")
}

fn reason(report: &Report) -> (Verdict, Option<Code>) {
    (report.verdict(), report.reason())
}

/// Days since the trust list was signed, and since the word on the status.
fn ages(report: &Report) -> (i64, i64) {
    let list = report.issuer.as_ref().unwrap().list_age;
    (list / DAY, report.status_age.unwrap() / DAY)
}

const GOOD: (Verdict, Option<Code>) = (Verdict::Valid, None);

#[test]
fn story_of_two_phones_and_a_desk_that_are_never_online_for_eighteen_months() {
    // Day 0. The desk publishes; both phones were set up with the digest of its first root.
    let mut desk = Publisher::new(START);
    desk.publish(START, 90);
    let mut inspector = Inspector {
        store: desk.store(),
        policy: (60 * DAY).into(),
    };
    let mut holder = Phone::empty();
    holder
        .wallet
        .add_publisher(&desk.statements[0], &desk.pin(), &mut rng())
        .unwrap();
    let (one, two) = (School::new(101), School::new(102));
    let life = (START, day(900));
    let import = |phone: &mut Phone, school: &School, life: (i64, i64), index| {
        let device_key = phone.wallet.new_device_key(life.0, &mut rng()).unwrap();
        let issued = school.issue(device_key, life, index, &mut rng());
        phone.wallet.import(&issued, life.0, &mut rng()).unwrap().id
    };
    let welder = import(&mut holder, &one, life, 7);
    let scaffolder = import(&mut holder, &one, life, 8);
    let driver = import(&mut holder, &one, (START, day(500)), 9);

    // Day 10. The inspector's phone hands the pack on; the holder then sees who asks.
    let pack = inspector
        .store
        .hand_on("npl.ctevt", "npl.national")
        .unwrap();
    let codes = Layout::default().texts(pack.kind, &pack.bytes).unwrap();
    let received = by_codes(&codes);
    let added = holder.wallet.add_pack(&received.bytes, &mut rng());
    assert_eq!(added, Ok(Added::New));
    let report = inspector.meets(&mut holder, welder, day(10));
    assert_eq!((reason(&report), ages(&report)), (GOOD, (10, 10)));
    let request = {
        let asked = CredentialQuery::sd_cwt("skills", SKILLS).claim(ClaimPath::name("family_name"));
        let query = Query::new(vec![asked], Vec::new()).unwrap();
        let session = inspector.verifier().request(
            query,
            "Site inspection",
            &inspector.store,
            day(10),
            &mut rng(),
        );
        session.unwrap().request().bytes().to_vec()
    };
    let consent = holder.wallet.consent(&request, day(10)).unwrap();
    let Known::Registered(known) = &consent.verifier else {
        panic!("{:?}", consent.verifier)
    };
    assert_eq!(
        known.sentence(),
        "Known to npl.ctevt: Labour Inspectorate (labour inspectorate, NPL), which may ask for \
         this."
    );
    let names = consent.queries[0].candidates[0].names.as_ref().unwrap();
    assert_eq!(names.name("en"), "Skills certificate");

    // Day 95. Nothing new came: the age is told, and each verifier decides what to make of it.
    let report = inspector.meets(&mut holder, welder, day(95));
    let stale = Code::StatusStale { age: 95 * DAY };
    assert_eq!(reason(&report), (Verdict::Undetermined, Some(stale)));
    assert!(report.issuer.unwrap().list_overdue);
    inspector.policy.beyond = Beyond::Refuse;
    let report = inspector.meets(&mut holder, welder, day(95));
    let refused = Code::StatusRefused {
        age: 95 * DAY,
        limit: 60 * DAY,
    };
    assert_eq!(reason(&report), (Verdict::Invalid, Some(refused)));
    inspector.policy.beyond = Beyond::Accept;
    let report = inspector.meets(&mut holder, welder, day(95));
    assert_eq!((reason(&report), ages(&report)), (GOOD, (95, 95)));
    assert_eq!(report.status_policy, Some(inspector.policy));
    inspector.policy.beyond = Beyond::Warn;

    // Day 120. The desk's keys rotate, and the welder's certificate is revoked. A card with the
    // delta reaches the inspector; the rotation travels in it.
    desk.mark(7, Status::Revoked);
    desk.rotate(day(120), &[2, 3], |root| root.root = quorum(2, &[2, 3, 4]));
    desk.publish(day(120), 90);
    let added = inspector.store.add_pack(&desk.delta());
    assert_eq!(added, Ok(Added::Replaced));
    let report = inspector.meets(&mut holder, welder, day(125));
    assert_eq!(reason(&report), (Verdict::Invalid, Some(Code::Revoked)));
    let report = inspector.meets(&mut holder, scaffolder, day(125));
    assert_eq!((reason(&report), ages(&report)), (GOOD, (5, 5)));

    // Day 240. The second school's key is stolen. What the thieves sign is dated back.
    let mut thief = Phone::empty();
    let forged = import(&mut thief, &two, life, 3);
    let report = inspector.meets(&mut thief, forged, day(240));
    // Nobody can know yet; that school has no status here, so nothing calls it good either.
    let unknown = (Verdict::Undetermined, Some(Code::StatusUnavailable));
    assert_eq!(reason(&report), unknown);
    let stolen = &mut desk.issuers.issuers[1].keys;
    stolen[0].cut_off = Some(stolen[0].not_before);
    let fresh = IssuerKey::new(key(112).public_key(), day(240), day(4000));
    stolen.push(fresh);
    desk.publish(day(245), 90);
    inspector.store.add_pack(&desk.delta()).unwrap();
    let report = inspector.meets(&mut thief, forged, day(246));
    let cut_off = (Verdict::Invalid, Some(Code::IssuerKeyCutOff));
    assert_eq!(reason(&report), cut_off);

    // Day 270. The holder's phone was without power: its clock says 1970. It answers all the
    // same, since the request's nonce, not her clock, makes the answer fresh.
    let clock = holder.wallet.consent(&request, 0).unwrap().clock_doubt;
    assert!(matches!(clock, Some(ClockDoubt::Behind { .. })));
    let report = inspector.check(&mut holder, scaffolder, (day(270), 0));
    assert_eq!((reason(&report), ages(&report)), (GOOD, (25, 25)));

    // The inspector's own clock at 1970, and at 2100: nothing is good by it, and nothing fake.
    let report = inspector.check(&mut holder, scaffolder, (0, 0));
    let behind = Code::ClockBehind { by: day(245) };
    assert_eq!(reason(&report), (Verdict::Undetermined, Some(behind)));
    let in_2100 = 4_102_444_800;
    let report = inspector.check(&mut holder, scaffolder, (in_2100, in_2100));
    let ahead = Code::ClockAhead {
        by: in_2100 - day(245),
    };
    assert_eq!(reason(&report), (Verdict::Undetermined, Some(ahead)));
    let report = inspector.check(&mut holder, welder, (in_2100, in_2100));
    assert_eq!(
        report.outcome(Check::Status),
        Outcome::Failed(Code::Revoked),
        "what is revoked is so at any time"
    );

    // Day 365. A second certificate is suspended, then revoked; the pack goes on to the holder
    // from the inspector, with two versions and a rotation that she missed.
    desk.mark(8, Status::Suspended);
    desk.publish(day(360), 90);
    inspector.store.add_pack(&desk.delta()).unwrap();
    let report = inspector.meets(&mut holder, scaffolder, day(365));
    assert_eq!(reason(&report), (Verdict::Invalid, Some(Code::Suspended)));
    desk.mark(8, Status::Revoked);
    desk.publish(day(366), 90);
    inspector.store.add_pack(&desk.newest()).unwrap();
    let report = inspector.meets(&mut holder, scaffolder, day(367));
    assert_eq!(reason(&report), (Verdict::Invalid, Some(Code::Revoked)));
    let pack = inspector
        .store
        .hand_on("npl.ctevt", "npl.national")
        .unwrap();
    let codes = Layout::default().texts(pack.kind, &pack.bytes).unwrap();
    let received = by_codes(&codes);
    let added = holder.wallet.add_pack(&received.bytes, &mut rng());
    assert_eq!(added, Ok(Added::Replaced));
    let mut holder = reopen(holder);
    let root = holder.wallet.trust().publishers().next().unwrap().version();
    assert_eq!(root, 2);

    // Day 400. Somebody offers the first pack, in which nothing was revoked.
    let old = desk.packs[0].to_transport();
    let rollback = Refused::Rollback {
        offered: 1,
        held: 5,
    };
    assert_eq!(inspector.store.add_pack(&old), Err(rollback.clone().into()));
    let refused = holder.wallet.add_pack(&old, &mut rng());
    assert_eq!(refused, Err(rollback.into()));

    // Day 520. The driver's certificate has expired. Setting the clock back helps nobody, once
    // something that was signed later has been seen.
    let report = inspector.meets(&mut holder, driver, day(520));
    let expired = Code::Expired { at: day(500) };
    assert_eq!(reason(&report), (Verdict::Invalid, Some(expired)));
    let mut other = Phone::empty();
    let recent = import(&mut other, &one, (day(519), day(900)), 10);
    inspector.meets(&mut other, recent, day(520));
    let report = inspector.check(&mut holder, driver, (day(400), day(400)));
    // Of what somebody showed, the day alone is remembered.
    let by = 119 * DAY - day(519).rem_euclid(DAY);
    let behind = Code::ClockBehind { by };
    assert_eq!(reason(&report), (Verdict::Undetermined, Some(behind)));
    let report = inspector.check(&mut other, recent, (day(400), day(400)));
    assert_eq!(reason(&report), (Verdict::Undetermined, Some(behind)));

    // Day 540. Half a year without news: what was revoked stays so, what is good is told with its
    // age, and the receipt for the file holds nothing of the person.
    let report = inspector.meets(&mut holder, welder, day(540));
    assert_eq!(reason(&report), (Verdict::Invalid, Some(Code::Revoked)));
    assert_eq!(ages(&report), (174, 174));
    let report = inspector.meets(&mut other, recent, day(540));
    let stale = Code::StatusStale { age: 174 * DAY };
    assert_eq!(reason(&report), (Verdict::Undetermined, Some(stale)));
    let verifier = inspector.verifier();
    let signed = verifier
        .receipt(&report, ("Inspection 17", &[]), &inspector.store, day(540))
        .unwrap();
    let receipt = Receipt::parse(&signed).unwrap();
    assert_eq!(receipt.verdict, "undetermined");
    let warn = (174 * DAY, 60 * DAY, "warn".to_owned());
    assert_eq!(receipt.status, Some(warn));
    assert_eq!(receipt.claims, []);
    let text = receipt.to_text(|time| time.to_string());
    assert!(
        text.contains("174 days old; policy: warn beyond 60 days"),
        "{text}"
    );
    assert!(!text.contains("Gurung"));
}
