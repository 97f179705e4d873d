//! What a phone goes by, taken in, kept, handed on and dropped; and attacks on it.

use nansen::credential::Error as Refused;
use nansen::credential::cose::Signer;
use nansen::credential::pack::Place;
use nansen::credential::status::Status;
use nansen::credential::trust::{Authority, Role};
use nansen::exchange::qr::{Collector, Kind, Layout, Outcome as Scan};
use nansen::exchange::query::{CredentialQuery, Query};
use nansen::history::Known;
use nansen::trust_store::Added;
use nansen::trust_store::notes::Search;
use nansen::{Error, TrustStore, Verifier};
use nansen_credential::ClaimPath;
use nansen_tests::publisher::{DAY, Publisher, SKILLS, inspector, quorum};
use nansen_tests::reference::{Reference, key};

use crate::wallet::{Phone, reopen, rng};

const NOW: i64 = 1_800_000_000;

fn first() -> Publisher {
    let mut publisher = Publisher::new(NOW);
    publisher.publish(NOW, 90);
    publisher
}

fn reread(store: &TrustStore) -> TrustStore {
    TrustStore::from_cbor(&store.to_cbor()).unwrap()
}

/// Ids and versions of all that counts.
fn facts(store: &TrustStore) -> Vec<(String, u64)> {
    let trust = store.trust_lists().iter();
    let asking = store.verifier_lists().iter();
    let packs = store.packs().map(|pack| (pack.id.clone(), pack.version));
    let roots = store
        .publishers()
        .map(|root| (root.publisher().to_owned(), root.version()));
    trust
        .map(|list| (list.id().to_owned(), list.version()))
        .chain(asking.map(|list| (list.edition().id.clone(), list.edition().version)))
        .chain(packs)
        .chain(roots)
        .collect()
}

#[test]
fn a_pack_goes_from_phone_to_phone_by_codes_and_then_as_a_delta() {
    let mut publisher = first();
    let theirs = publisher.store();
    let message = theirs.hand_on("npl.ctevt", "npl.national").unwrap();
    assert_eq!(message.kind, Kind::Pack);
    let texts = Layout::default().texts(message.kind, &message.bytes);
    let texts = texts.unwrap();
    let mut collector = Collector::new();
    let half = &texts[0][..texts[0].len() / 2];
    assert!(!matches!(collector.feed(half), Scan::Complete(_)));
    // The first frame was not caught.
    let mut frames = texts[1..].iter();
    let received = loop {
        let scan = collector.feed(frames.next().unwrap());
        let progress = collector.progress();
        match scan {
            Scan::Complete(message) => break message,
            _ => assert!(progress.received < progress.needed, "cut off until then"),
        }
    };
    let mut mine = TrustStore::new();
    assert_eq!(mine.add_pack(&received.bytes), Err(Error::UnknownPublisher));
    mine.add_publisher(&publisher.statements[0], &publisher.pin())
        .unwrap();
    assert_eq!(mine.add_pack(&received.bytes), Ok(Added::New));
    assert_eq!(mine.add_pack(&received.bytes), Ok(Added::AlreadyHere));
    assert_eq!(facts(&mine), facts(&theirs));
    assert_eq!(mine.latest_signed_time(), NOW);
    assert_eq!(reread(&mine).to_cbor(), mine.to_cbor());

    publisher.publish(NOW + 7 * DAY, 90);
    let delta = publisher.delta();
    assert!(delta.len() < publisher.newest().len());
    assert_eq!(mine.add_pack(&delta), Ok(Added::Replaced));
    assert_eq!(mine.latest_signed_time(), NOW + 7 * DAY);
    assert_eq!(facts(&mine), facts(&publisher.store()));
    let again = mine.add_pack(&delta);
    assert_eq!(again, Ok(Added::AlreadyHere), "handed on twice");
    let mut bare = TrustStore::new();
    bare.add_publisher(&publisher.statements[0], &publisher.pin())
        .unwrap();
    assert_eq!(bare.add_pack(&delta), Err(Refused::OtherBase.into()));
}

#[test]
fn rollback_of_a_pack_is_refused_and_an_older_list_in_it_does_not_count() {
    let mut publisher = first();
    let old = publisher.newest();
    publisher.publish(NOW + DAY, 90);
    let mut store = publisher.store();
    let rollback = Refused::Rollback {
        offered: 1,
        held: 2,
    };
    assert_eq!(store.add_pack(&old), Err(rollback.clone().into()));

    // A list that came by itself and is newer than that of the pack.
    publisher.issuers.version = 5;
    let list = publisher.trust_list();
    assert_eq!(store.add_trust_list(&list), Ok(Added::New));
    publisher.publish(NOW + 2 * DAY, 90);
    store.add_pack(&publisher.newest()).unwrap();
    assert_eq!(store.trust_lists()[0].version(), 5);
    assert_eq!(reread(&store).trust_lists()[0].version(), 5);
    publisher.issuers.version = 4;
    let refused = store.add_trust_list(&publisher.trust_list());
    assert_eq!(
        refused,
        Err(Refused::Rollback {
            offered: 4,
            held: 5
        }
        .into())
    );
}

#[test]
fn a_list_that_says_something_else_under_the_version_of_a_pack_is_a_conflict() {
    let mut publisher = first();
    let mut store = publisher.store();
    publisher.issuers.issuers.pop();
    let conflict = Refused::VersionConflict { version: 1 };
    assert_eq!(
        store.add_trust_list(&publisher.trust_list()),
        Err(conflict.clone().into())
    );
    // And the other way round.
    let mut store = TrustStore::new();
    store
        .add_publisher(&publisher.statements[0], &publisher.pin())
        .unwrap();
    store.add_trust_list(&publisher.trust_list()).unwrap();
    assert_eq!(store.add_pack(&publisher.newest()), Err(conflict.into()));
    assert_eq!(store.packs().count(), 0, "nothing of it was taken");
}

#[test]
fn after_key_compromise_a_rotation_drops_what_thieves_pushed_ahead() {
    let mut publisher = first();
    let mut store = publisher.store();
    // Thieves of the content and list keys push versions out of reach.
    publisher.issuers.version = 900;
    publisher.issuers.issuers.clear();
    store.add_trust_list(&publisher.trust_list()).unwrap();
    assert!(store.trust_lists()[0].issuers().is_empty());

    publisher.rotate(NOW + 10 * DAY, &[2, 3], |root| {
        root.roles.insert(Role::Issuers, quorum(1, &[21]));
        root.roles.insert(Role::Content, quorum(1, &[24]));
    });
    let mut rotated = store.clone();
    let added = rotated.add_rotations(&publisher.statements);
    assert_eq!(added, Ok(Added::Replaced));
    // Nobody stole the keys of verifier lists: that of the pack stays, on its own.
    let left = [("npl.verifiers".to_owned(), 1), ("npl.ctevt".to_owned(), 2)];
    assert_eq!(facts(&rotated), left);
    assert_eq!(facts(&reread(&rotated)), facts(&rotated));
    let again = rotated.add_rotations(&publisher.statements);
    assert_eq!(again, Ok(Added::AlreadyHere));

    // A pack brings the rotation along.
    let mut honest = Publisher::new(NOW);
    publisher.issuers = core::mem::replace(&mut honest.issuers, publisher.issuers);
    publisher.publish(NOW + 10 * DAY, 90);
    let added = store.add_pack(&publisher.newest());
    assert_eq!(added, Ok(Added::New), "the stolen keys' pack is gone");
    assert_eq!(store.trust_lists()[0].issuers().len(), 2);
    assert_eq!(store.publishers().next().unwrap().version(), 2);
}

#[test]
fn a_rotation_that_too_few_signed_changes_nothing() {
    let mut publisher = first();
    let mut store = publisher.store();
    let before = facts(&store);
    publisher.rotate(NOW + DAY, &[3], |_| {});
    let refused = store.add_rotations(&publisher.statements);
    let short = Refused::ThresholdNotMet {
        role: "root",
        valid: 1,
        threshold: 2,
    };
    assert_eq!(refused, Err(short.into()));
    assert_eq!(facts(&store), before);
}

#[test]
fn a_publisher_is_pinned_once_and_another_statement_of_its_name_is_refused() {
    let publisher = first();
    let mut store = publisher.store();
    let mut impostor = Publisher::new(NOW + 1);
    impostor.publish(NOW + 1, 90);
    let refused = store.add_publisher(&impostor.statements[0], &impostor.pin());
    assert_eq!(refused, Err(Error::PublisherHeld));
    let wrong = store.add_publisher(&publisher.statements[0], &[0; 32]);
    assert!(matches!(
        wrong,
        Err(Error::Credential(Refused::DigestMismatch { .. }))
    ));
}

#[test]
fn what_is_removed_is_gone_with_all_that_it_vouched_for() {
    let publisher = first();
    let mut store = publisher.store();
    store.add_root(key(90).public_key()).unwrap();
    assert!(store.remove_root(&key(90).public_key()));
    assert!(!store.remove_root(&key(90).public_key()));
    let authority = Authority::Publisher("npl.ctevt".into());
    assert!(!store.remove_list(&authority, "npl.issuers"), "in a pack");
    assert!(store.remove_pack("npl.ctevt", "npl.national"));
    assert!(store.trust_lists().is_empty());
    store.add_pack(&publisher.newest()).unwrap();
    assert!(store.remove_publisher("npl.ctevt"));
    assert_eq!(facts(&store), []);
}

#[test]
fn a_wallet_keeps_what_it_was_given_over_a_lock_and_no_older_version() {
    let mut publisher = first();
    let mut phone = Phone::empty();
    let wallet = &mut phone.wallet;
    wallet
        .add_publisher(&publisher.statements[0], &publisher.pin(), &mut rng())
        .unwrap();
    let added = wallet.add_pack(&publisher.newest(), &mut rng());
    assert_eq!(added, Ok(Added::New));
    publisher.rotate(NOW + DAY, &[2, 3], |root| root.root = quorum(2, &[2, 3, 4]));
    publisher.publish(NOW + DAY, 90);
    let added = wallet.add_pack(&publisher.delta(), &mut rng());
    assert_eq!(added, Ok(Added::Replaced));
    let list = publisher.verifier_list();
    wallet.add_verifier_list(&list, &mut rng()).unwrap();
    let packs = |phone: &Phone| {
        let records = phone.wallet.vault().list().unwrap().records;
        records.iter().filter(|(_, of)| of.kind == "pack").count()
    };
    let before = facts(wallet.trust());
    assert_eq!(packs(&phone), 1);
    let mut phone = reopen(phone);
    assert!(phone.wallet.trust().damage().is_none());
    assert_eq!(facts(phone.wallet.trust()), before);

    let is_removed = phone
        .wallet
        .remove_trust(&mut rng(), |store| store.remove_publisher("npl.ctevt"));
    assert_eq!(is_removed, Ok(true));
    assert_eq!(packs(&phone), 0);
    let phone = reopen(phone);
    assert_eq!(facts(phone.wallet.trust()), []);
}

#[test]
fn a_holder_sees_who_asks_and_what_goes_beyond_their_role() {
    let mut publisher = first();
    let mut phone = Phone::empty();
    let wallet = &mut phone.wallet;
    wallet
        .add_publisher(&publisher.statements[0], &publisher.pin(), &mut rng())
        .unwrap();
    wallet.add_pack(&publisher.newest(), &mut rng()).unwrap();
    let store = publisher.store();
    let known = |phone: &Phone, claims: &[&str], seed: u8, now: i64| {
        let asked = claims.iter().map(|name| ClaimPath::name(name)).fold(
            CredentialQuery::sd_cwt("skills", SKILLS),
            CredentialQuery::claim,
        );
        let query = Query::new(vec![asked], Vec::new()).unwrap();
        let asks = Verifier::new(key(seed), "Whatever it says");
        let session = asks.request(query, "Check", &store, now, &mut rng());
        let request = session.unwrap().request().bytes().to_vec();
        phone.wallet.consent(&request, now).unwrap().verifier
    };
    let Known::Registered(known_as) = known(&phone, &["family_name"], 50, NOW) else {
        panic!()
    };
    assert_eq!(known_as.verifier.name("en"), "Labour Inspectorate");
    assert_eq!(known_as.beyond, []);
    assert!(known_as.sentence().ends_with("which may ask for this."));
    let Known::Registered(greedy) = known(&phone, &["family_name", "birth_date"], 50, NOW) else {
        panic!()
    };
    let birth_date = ClaimPath::name("birth_date");
    assert_eq!(greedy.beyond, [(Some(SKILLS.to_owned()), birth_date)]);
    assert!(greedy.sentence().contains("MORE THAN ITS ROLE ALLOWS"));
    assert_eq!(known(&phone, &["family_name"], 51, NOW), Known::Unknown);

    // Whether she has something of a type is a thing to ask for, too.
    let about = |vct: &str| {
        let query = Query::new(vec![CredentialQuery::sd_cwt("any", vct)], Vec::new()).unwrap();
        let session =
            Verifier::new(inspector(), "I").request(query, "Why", &store, NOW, &mut rng());
        let request = session.unwrap().request().bytes().to_vec();
        match phone.wallet.consent(&request, NOW).unwrap().verifier {
            Known::Registered(known) => known.beyond,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(about(SKILLS), []);
    let asylum = "urn:example:asylum";
    let the_type = (Some(asylum.to_owned()), ClaimPath::name("vct"));
    assert_eq!(about(asylum), [the_type]);

    // Its key is stolen, and the next list says so.
    publisher.verifiers.verifiers[0].keys[0].cut_off = Some(NOW);
    publisher.publish(NOW + DAY, 90);
    phone
        .wallet
        .add_pack(&publisher.newest(), &mut rng())
        .unwrap();
    let stolen = known(&phone, &["family_name"], 50, NOW + DAY);
    assert!(matches!(stolen, Known::KeyNotTrusted { .. }), "{stolen:?}");
    assert_eq!(inspector().to_bytes(), key(50).to_bytes());
}

#[test]
fn notes_are_found_by_country_and_words_and_sorted_from_a_position() {
    let publisher = first();
    let store = publisher.store();
    let now = NOW + 100 * DAY;
    let titles = |search: Search<'_>| -> Vec<String> {
        let found = store.notes(&search, now);
        let titles = found.iter().map(|found| found.item.title("en").to_owned());
        titles.collect()
    };
    assert_eq!(store.countries(), ["QAT"]);
    let qatar = Search {
        country: Some("QAT"),
        ..Search::default()
    };
    assert_eq!(titles(qatar), ["Heat rules", "Help desk"]);
    assert_eq!(
        titles(Search {
            words: "free CHARGE",
            ..qatar
        }),
        ["Help desk"]
    );
    let elsewhere = Search {
        country: Some("NPL"),
        ..qatar
    };
    assert!(titles(elsewhere).is_empty());
    let near = Search {
        near: Some(Place {
            latitude: 25_900_000,
            longitude: 51_500_000,
        }),
        ..qatar
    };
    assert_eq!(titles(near), ["Help desk", "Heat rules"]);
    let found = store.notes(&near, now);
    assert_eq!(found[0].distance, Some(0));
    // One degree of latitude is 111.19 km on this sphere.
    assert!(found[1].distance.unwrap().abs_diff(68_415) < 200);
    assert_eq!(
        found[0].freshness.overdue_by,
        Some(10 * DAY),
        "told, and shown"
    );
    let names = store.type_names(SKILLS).unwrap();
    assert_eq!(names.name("ne"), "Skills certificate");
}

#[test]
fn stored_trust_of_every_version_is_read_and_goes_back_to_nothing_older() {
    let reference = Reference::default();
    let mut publisher = first();
    let older_pack = publisher.newest();
    publisher.publish(NOW + DAY, 90);
    let versions = [
        include_bytes!("frozen/trust-2.store").as_slice(),
        include_bytes!("frozen/trust-3.store"),
    ];
    for stored in versions {
        let mut store = TrustStore::from_cbor(stored).unwrap();
        assert_eq!(store.damage(), None);
        assert_eq!(store.roots(), [reference.root.public_key()]);
        assert_eq!(store.packs().next().unwrap().version, 2);
        assert_eq!(store.trust_lists().len(), 2);
        assert_eq!(store.status_lists().len(), 1);
        assert_eq!(store.latest_signed_time(), NOW + DAY);
        let known = publisher.store();
        assert_eq!(store.snapshots().len(), known.snapshots().len());
        assert_eq!(store.verifier_lists().len(), known.verifier_lists().len());

        let is_rollback =
            |refused| matches!(refused, Err(Error::Credential(Refused::Rollback { .. })));
        let older_list = reference.trust_list(1, &["urn:nansen:skills:1"]);
        let older_status = reference.status_list(reference.issued_at(), Status::Valid);
        assert!(is_rollback(store.add_pack(&older_pack)));
        assert!(is_rollback(store.add_trust_list(&older_list)));
        assert!(is_rollback(store.add_status_list(&older_status)));
        assert_eq!(store.to_cbor(), versions[1], "what is written now");
    }
}
