//! Properties of the parsers of `nansen-exchange`.

use nansen_credential::cbor::{Map, Value};
use nansen_exchange::compact::{compact as shrink, expand};
use nansen_exchange::limits::{QUERY_JSON_LENGTH_MAX, REQUEST_LENGTH_MAX};
use nansen_exchange::qr::{Collector, Outcome};
use nansen_exchange::query::{Candidate, SD_CWT_FORMAT};
use nansen_exchange::response::{Answer, decode, encode};
use nansen_exchange::{Query, Request, VerifierSession, seal};

use super::known::{Counter, KNOWN, NOW, VCT, signed};

/// Whatever bytes are presented come back from their compact form, and what a compact form
/// expands to has a compact form.
pub(super) fn compact(data: &[u8]) {
    for meeting in KNOWN.meetings() {
        for lists in [&[][..], &[Some(&KNOWN.list)][..]] {
            let whole = expand(&shrink(data, meeting, lists, None), meeting, lists);
            let whole = whole.expect("a compact form expands");
            assert_eq!(whole.presentation, data);

            let Ok(expanded) = expand(data, meeting, lists) else {
                continue;
            };
            let key = expanded.issuer_key.as_ref();
            let again = shrink(&expanded.presentation, meeting, lists, key);
            let again = expand(&again, meeting, lists).expect("a compact form expands");
            assert_eq!(again.presentation, expanded.presentation);
        }
    }
}

/// The answers of a response that was read can be sent again.
pub(super) fn response(data: &[u8]) {
    let lists = [Some(&KNOWN.list)];
    let Ok(received) = decode(&KNOWN.request, data, &lists) else {
        return;
    };
    let answers: Vec<Answer<'_>> = received
        .iter()
        .map(|answer| Answer {
            query: answer.query,
            presentation: &answer.expanded.presentation,
            issuer_key: answer.expanded.issuer_key.as_ref(),
        })
        .collect();
    let sent = encode(&KNOWN.request, &answers, &lists).expect("no more answers than came");
    let again = decode(&KNOWN.request, &sent, &lists).expect("what was sent reads again");
    assert_eq!(again.len(), received.len());
    for (again, received) in again.iter().zip(&received) {
        assert_eq!(again.query, received.query);
        assert_eq!(again.expanded.presentation, received.expanded.presentation);
    }
}

/// A session reads back from its own bytes, and opens nothing that was not sealed to it.
pub(super) fn session(data: &[u8]) {
    assert!(KNOWN.session.open(data).is_err());
    if let Ok(session) = VerifierSession::from_secret_bytes(data) {
        assert_eq!(session.to_secret_bytes().as_slice(), data);
    }
}

/// A request is kept as received, and its query is one that could have been asked.
pub(super) fn request(data: &[u8]) {
    let typ = Value::Integer(REQUEST_TYPE);
    for bytes in [data.to_vec(), signed(data, typ, false, &KNOWN.verifier)] {
        let Ok(request) = Request::parse(&bytes) else {
            continue;
        };
        assert_eq!(request.bytes(), bytes);
        for now in [i64::MIN, 0, NOW, i64::MAX] {
            let _ = request.check_time(now);
        }
        check_query(request.query());
        let _ = seal(&request, b"answer", &mut Counter(3));
    }
}

/// A query says the same in CBOR and in JSON.
pub(super) fn query_cbor(data: &[u8]) {
    if let Ok(query) = Query::from_cbor(data) {
        check_query(&query);
    }
}

/// A query says the same in JSON and in CBOR.
pub(super) fn query_json(data: &[u8]) {
    let text = core::str::from_utf8(data);
    if let Ok(query) = text
        .map_err(drop)
        .and_then(|text| Query::from_json(text).map_err(drop))
    {
        check_query(&query);
    }
}

fn check_query(query: &Query) {
    let cbor = query.to_cbor();
    if cbor.len() <= REQUEST_LENGTH_MAX {
        assert_eq!(Query::from_cbor(&cbor).as_ref(), Ok(query));
    }
    let json = query.to_json();
    if json.len() <= QUERY_JSON_LENGTH_MAX {
        assert_eq!(Query::from_json(&json).as_ref(), Ok(query));
    }
    let claims = Map::new()
        .with("family_name", "Gurung")
        .with("skills", Value::Array(vec!["weld".into(), "cut".into()]))
        .with("level", Map::new().with("eqf", 3));
    let candidate = Candidate {
        format: SD_CWT_FORMAT,
        vct: VCT,
        claims: &claims,
    };
    let evaluation = query.evaluate(&[candidate, candidate]);
    assert_eq!(evaluation.credentials.len(), query.credentials().len());
    assert_eq!(evaluation.sets.len(), query.sets().len());
    for (_, found) in evaluation.credentials.iter().flat_map(|of| of.matches()) {
        assert!(!found.options.is_empty());
    }
}

/// A collector takes any texts, one a line.
pub(super) fn qr_texts(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    collect(text.lines());
}

/// A collector takes any frames, here given without check and base45, each after its length
/// (one byte).
pub(super) fn frames(data: &[u8]) {
    let mut rest = data;
    let mut texts = Vec::new();
    while let Some((&length, after)) = rest.split_first() {
        let (body, after) = after.split_at(after.len().min(length.into()));
        let frame = [body, &crc32fast::hash(body).to_be_bytes()].concat();
        texts.push(format!("N1M:{}", base45::encode(&frame)));
        rest = after;
    }
    collect(texts.iter().map(String::as_str));
}

fn collect<'t>(texts: impl Iterator<Item = &'t str>) {
    let mut collector = Collector::new();
    for text in texts {
        let before = collector.progress();
        let outcome = collector.feed(text);
        let after = collector.progress();
        assert!(after.received <= after.needed);
        match outcome {
            Outcome::Complete(_) => {
                assert_eq!(after.received, after.needed);
                assert_eq!(collector.feed(text), Outcome::Duplicate);
            }
            Outcome::Accepted(progress) => {
                assert_eq!(progress, after);
                assert_eq!(after.received, before.received + 1);
                assert_eq!(collector.feed(text), Outcome::Duplicate);
            }
            Outcome::Duplicate | Outcome::OtherMessage(_) => assert_eq!(before, after),
            // After a damaged message the collection begins anew.
            Outcome::Refused(_) => assert!(before == after || after.received == 0),
            other => panic!("an outcome without a property: {other:?}"),
        }
    }
}

/// The `typ` of a request.
const REQUEST_TYPE: i64 = 65_000;
