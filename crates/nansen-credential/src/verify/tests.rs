//! Two publishers who do not agree, and credentials between them.

use super::*;
use crate::cbor::Map;
use crate::cose::Signer;
use crate::sd_cwt::{Issuance, Redaction, Terms};
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
