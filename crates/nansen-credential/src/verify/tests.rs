//! Two publishers who do not agree, and credentials between them.

use super::*;
use crate::cbor::Map;
use crate::cose::Signer;
use crate::sd_cwt::{Issuance, Redaction, Terms};
use crate::status::snapshot::Snapshot;
use crate::status::{StatusListContent, Statuses};
use crate::trust::IssuerKey;
use crate::trust::attacks::{DAY, NOW, issuers, key, pinned, root_content, signed};

const SCHOOL: &str = "https://school-0.edu.example";
const URI: &str = "https://school-0.edu.example/status/1";

/// A list of one school, whose key 1000 is good, after a change.
fn list(publisher: &str, change: impl FnOnce(&mut Issuer)) -> TrustList {
    let mut content = issuers(1);
    change(&mut content.issuers[0]);
    let root = pinned(&root_content(publisher), &[1, 2]);
    let bytes = signed(content.draft(publisher).unwrap(), &[11, 12]);
    TrustList::parse_signed(&bytes, &root).unwrap()
}

/// A copy of a licence for Qatar, number `index` of the school's status list.
fn licence(index: u64) -> Vec<u8> {
    let school = key(1000);
    let claims = Map::new().with(JURISDICTION, "QAT");
    let terms = Terms {
        issuer: SCHOOL.to_owned(),
        vct: Some("urn:nansen:skills:1".to_owned()),
        issued_at: Some(NOW - DAY),
        not_before: None,
        expires_at: Some(NOW + 900 * DAY),
        device_key: Some(key(9000).public_key()),
        status: Some(StatusReference {
            uri: URI.to_owned(),
            index,
        }),
    };
    let issuance = Issuance {
        terms,
        kid: &school.public_key().kid(),
        claims: &claims,
        redaction: Redaction::each_claim_of(&claims),
    };
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    issuance.sign(&school, &mut rng).unwrap()
}

fn context(trust_lists: &[TrustList]) -> Context<'_> {
    Context {
        now: NOW,
        latest_signed_time: NOW,
        trust_lists,
        status_lists: &[],
        snapshots: &[],
        status_policy: (30 * DAY).into(),
        issuer_key: None,
    }
}

#[test]
fn the_list_that_allows_a_credential_is_named_and_tells_where_its_issuer_may_act() {
    let trained = list("npl.ctevt", |school| {
        school.types = vec!["urn:nansen:training:1".to_owned()];
        school.registration.jurisdictions = vec!["NPL".to_owned()];
        school.names = [("en".to_owned(), "Trained by".to_owned())].into();
    });
    let licensed = list("qat.moi", |school| {
        school.registration.jurisdictions = vec!["QAT".to_owned()];
        school.names = [("en".to_owned(), "Licensed by".to_owned())].into();
    });
    let elsewhere = list("qat.moi", |school| {
        school.registration.jurisdictions = vec!["PHL".to_owned()];
    });
    let report = |lists: &[TrustList]| verify(&licence(0), Expected::Copy, &context(lists));
    let allowed = report(&[trained.clone(), licensed]);
    assert_eq!(allowed.outcome(Check::IssuerTrusted), Outcome::Passed);
    let facts = allowed.issuer.unwrap();
    assert_eq!(facts.names[0].1, "Licensed by");
    assert_eq!(facts.registration.jurisdictions, ["QAT"]);
    // What the first list says of places does not help the second.
    let home = list("npl.ctevt", |school| {
        school.types.clear();
        school.registration.jurisdictions = vec!["QAT".to_owned()];
    });
    assert_eq!(
        report(&[home, elsewhere]).outcome(Check::IssuerTrusted),
        Outcome::Failed(Code::JurisdictionNotAllowed)
    );
    let refused = report(&[trained]);
    assert_eq!(
        refused.outcome(Check::IssuerTrusted),
        Outcome::Failed(Code::TypeNotAllowed)
    );
    assert_eq!(refused.issuer.unwrap().names[0].1, "Trained by");
}

/// The school's status list of this date, in which these are revoked.
fn told(issued_at: i64, revoked: &[u64]) -> StatusList {
    told_by(1000, issued_at, revoked)
}

/// The same by another key.
fn told_by(signer: u16, issued_at: i64, revoked: &[u64]) -> StatusList {
    told_of(signer, issued_at, Status::Revoked, revoked)
}

/// The same with another status than revoked.
fn told_of(signer: u16, issued_at: i64, status: Status, indices: &[u64]) -> StatusList {
    let mut statuses = Statuses::new(2, 100).unwrap();
    for index in indices {
        statuses.set(*index, status).unwrap();
    }
    let content = StatusListContent {
        uri: URI.to_owned(),
        issued_at,
        expires_at: None,
        ttl: None,
        statuses,
    };
    let signer = key(signer);
    StatusList::parse_verified(&content.sign(&signer).unwrap(), &signer.public_key()).unwrap()
}

/// The same on the word of a publisher.
fn retold(publisher: &str, issued_at: i64, revoked: &[u64]) -> PublishedSnapshot {
    let snapshot = Snapshot::of(SCHOOL, &told(issued_at, revoked)).unwrap();
    PublishedSnapshot::new(publisher.to_owned(), snapshot)
}

#[test]
fn a_publisher_settles_the_status_only_of_what_its_own_list_allows_and_takes_no_revocation_back() {
    let ours = list("npl.ctevt", |_| ());
    let allows = [ours.clone(), list("xxx", |_| ())];
    let names_only = [ours.clone(), list("xxx", |school| school.keys.clear())];
    let other_type = [ours.clone(), list("xxx", |school| school.types.clear())];
    let own = [told(NOW - 2 * DAY, &[5])];
    let theirs = [retold("xxx", NOW - DAY, &[6])];
    let status = |index, trust_lists: &[TrustList], status_lists: &[StatusList]| {
        let context = Context {
            status_lists,
            snapshots: &theirs,
            ..context(trust_lists)
        };
        let report = verify(&licence(index), Expected::Copy, &context);
        (report.outcome(Check::Status), report.status_age)
    };
    let revoked = Outcome::Failed(Code::Revoked);
    for lists in [&allows, &names_only, &other_type] {
        assert_eq!(status(5, lists, &own), (revoked, Some(2 * DAY)));
    }
    for lists in [&names_only, &other_type] {
        assert_eq!(status(6, lists, &own), (Outcome::Passed, Some(2 * DAY)));
        let unknown = Outcome::NotChecked(Code::StatusUnavailable);
        assert_eq!(status(7, lists, &[]), (unknown, None));
    }
    assert_eq!(status(6, &allows, &own), (revoked, Some(DAY)));
    assert_eq!(status(7, &allows, &own), (Outcome::Passed, Some(DAY)));
}

#[test]
fn a_key_speaks_of_what_the_list_that_has_it_allows_and_takes_no_revocation_back() {
    let ours = list("npl.ctevt", |_| ());
    let by_key_1002 = |types: &[&str]| {
        let types = types.iter().map(|vct| (*vct).to_owned()).collect();
        list("xxx", |school| {
            school.keys = vec![IssuerKey::new(key(1002).public_key(), 0, i64::MAX)];
            school.types = types;
        })
    };
    let status = |trust_lists: &[TrustList], status_lists: &[StatusList]| {
        let context = Context {
            status_lists,
            ..context(trust_lists)
        };
        verify(&licence(5), Expected::Copy, &context).outcome(Check::Status)
    };
    let unknown = Outcome::NotChecked(Code::StatusUnavailable);
    let revoked = Outcome::Failed(Code::Revoked);
    let (own, theirs) = (told(NOW - 2 * DAY, &[5]), told_by(1002, NOW - DAY, &[]));
    for types in [&["urn:nansen:skills:1"][..], &[]] {
        let lists = [ours.clone(), by_key_1002(types)];
        assert_eq!(status(&lists, core::slice::from_ref(&theirs)), unknown);
        assert_eq!(status(&lists, &[own.clone(), theirs.clone()]), revoked);
        let slander = told_by(1002, NOW - DAY, &[5]);
        assert_eq!(
            status(&lists, &[told(NOW - 2 * DAY, &[]), slander]),
            Outcome::Passed
        );
    }
    // The school's own next key on the same list.
    let both = [list("npl.ctevt", |school| {
        school
            .keys
            .push(IssuerKey::new(key(1002).public_key(), 0, i64::MAX));
    })];
    assert_eq!(
        status(&both, core::slice::from_ref(&theirs)),
        Outcome::Passed
    );
    assert_eq!(status(&both, &[own, theirs]), revoked);
}

#[test]
fn a_word_from_ahead_of_the_time_makes_nothing_valid_and_gives_nothing_back() {
    let trust_lists = [list("npl.ctevt", |_| ())];
    let status = |own: &[StatusList], snapshots: &[PublishedSnapshot], now| {
        let context = Context {
            now,
            status_lists: own,
            snapshots,
            ..context(&trust_lists)
        };
        verify(&licence(5), Expected::Copy, &context).outcome(Check::Status)
    };
    let unknown = Outcome::NotChecked(Code::StatusUnavailable);
    let revoked = Outcome::Failed(Code::Revoked);
    let ahead = NOW + 500 * DAY;
    assert_eq!(status(&[told(ahead, &[])], &[], NOW), unknown);
    assert_eq!(
        status(&[], &[retold("npl.ctevt", ahead, &[])], NOW),
        unknown
    );
    let (within, beyond) = (NOW + CLOCK_TOLERANCE, NOW + CLOCK_TOLERANCE + 1);
    assert_eq!(status(&[told(within, &[])], &[], NOW), Outcome::Passed);
    assert_eq!(status(&[told(beyond, &[])], &[], NOW), unknown);
    // The older word counts; a clock set back behind a revocation does not undo it, nor behind
    // a signed time the words that are older than that.
    let both = [told(NOW - DAY, &[]), told(ahead, &[5])];
    assert_eq!(status(&both[..1], &[], NOW), Outcome::Passed);
    assert_eq!(status(&both, &[], NOW), revoked);
    assert_eq!(status(&both[..1], &[], 0), Outcome::Passed);
}

#[test]
fn of_several_words_of_one_second_none_makes_valid_what_another_does_not() {
    let trust_lists = [list("npl.ctevt", |_| ())];
    let status = |own: &[StatusList], snapshots: &[PublishedSnapshot]| {
        let context = Context {
            status_lists: own,
            snapshots,
            ..context(&trust_lists)
        };
        verify(&licence(5), Expected::Copy, &context).outcome(Check::Status)
    };
    let at = NOW - DAY;
    let valid = told(at, &[]);
    let suspended = told_of(1000, at, Status::Suspended, &[5]);
    let told_valid = [retold("npl.ctevt", at, &[])];
    let is_suspended = Outcome::Failed(Code::Suspended);
    for own in [
        [valid.clone(), suspended.clone()],
        [suspended.clone(), valid.clone()],
    ] {
        assert_eq!(status(&own, &[]), is_suspended);
        assert_eq!(status(&own, &told_valid), is_suspended);
    }
    let later = [suspended, told(at + 1, &[])];
    assert_eq!(status(&later, &[]), Outcome::Passed, "the newer decides");
    let revoked = [told(at, &[5]), valid];
    assert_eq!(status(&revoked, &[]), Outcome::Failed(Code::Revoked));
}
