//! `dcql`: the example queries of `OpenID4VP` 1.0.
//!
//! They come without expected results. Those are derived here from section 6.4, on credentials
//! made to answer each part of the query and nothing else, whatever the query is.

// Only tests are built from this: helpers count as tests for the lints too.
#![cfg(test)]

use std::collections::BTreeSet;

use nansen_credential::PathElement;
use nansen_credential::cbor::{Key, Map, Value};
use nansen_exchange::Query;
use nansen_exchange::query::{
    Candidate, ClaimQuery, CredentialQuery, Evaluation, Mismatch, SD_CWT_FORMAT, Scalar,
};

use crate::folder;

/// A credential made for one credential query.
struct Made {
    format: String,
    vct: String,
    claims: Map,
}

impl Made {
    fn for_query(query: &CredentialQuery) -> Self {
        let meta = &query.meta;
        let types = meta.type_values.iter().flatten();
        let vct = meta
            .vct_values
            .iter()
            .chain(&meta.doctype_value)
            .chain(types)
            .next();
        let mut claims = Map::new();
        for claim in &query.claims {
            put(&mut claims, claim.path.elements(), accepted_value(claim));
        }
        Self {
            format: query.format.clone(),
            vct: vct.expect("a type is asked for").clone(),
            claims,
        }
    }

    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            format: &self.format,
            vct: &self.vct,
            claims: &self.claims,
        }
    }
}

fn accepted_value(claim: &ClaimQuery) -> Value {
    match claim.values.last() {
        Some(Scalar::Text(text)) => text.as_str().into(),
        Some(Scalar::Integer(integer)) => (*integer).into(),
        Some(Scalar::Bool(truth)) => Value::Bool(*truth),
        None => "anything".into(),
    }
}

/// Puts a value where a path of keys leads to.
fn put(map: &mut Map, path: &[PathElement], value: Value) {
    let [PathElement::Key(key), rest @ ..] = path else {
        panic!("the examples have paths of keys only");
    };
    if rest.is_empty() {
        map.insert(key.clone(), value);
        return;
    }
    let mut inner = match map.remove(key) {
        Some(Value::Map(inner)) => inner,
        _ => Map::new(),
    };
    put(&mut inner, rest, value);
    map.insert(key.clone(), inner);
}

fn evaluate(query: &Query, held: &[&Made]) -> Evaluation {
    let candidates: Vec<_> = held.iter().map(|made| made.candidate()).collect();
    query.evaluate(&candidates)
}

/// What one credential is to one credential query.
fn outcome(query: &Query, position: usize, made: &Made) -> Result<Vec<String>, Vec<Mismatch>> {
    let evaluation = evaluate(query, &[made]);
    evaluation.credentials[position].candidates[0]
        .clone()
        .map(|found| {
            let claims = found.preferred().iter();
            claims.map(|claim| claim.path.to_string()).collect()
        })
}

#[test]
fn dcql_vectors_are_read_kept_and_answered() {
    let Some(files) = folder("dcql") else { return };
    let mut read = 0;
    for file in files {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("json") => check(&std::fs::read_to_string(&file).unwrap()),
            Some("md") => continue,
            _ => panic!("{} is of an unknown kind", file.display()),
        }
        read += 1;
    }
    assert!(read > 0, "no query in the folder");
}

fn check(text: &str) {
    let query = Query::from_json(text).unwrap();

    // Both forms keep everything that was asked.
    let given: serde_json::Value = serde_json::from_str(text).unwrap();
    let written: serde_json::Value = serde_json::from_str(&query.to_json()).unwrap();
    assert_eq!(written, given);
    let compact = query.to_cbor();
    assert_eq!(Query::from_cbor(&compact), Ok(query.clone()));
    assert!(compact.len() < given.to_string().len());

    let made: Vec<Made> = query.credentials().iter().map(Made::for_query).collect();
    for (position, (part, made)) in query.credentials().iter().zip(&made).enumerate() {
        check_credential(&query, position, part, made);
    }
    check_sets(&query, &made);
}

fn check_credential(query: &Query, position: usize, part: &CredentialQuery, made: &Made) {
    let asked: Vec<String> = part
        .claims
        .iter()
        .map(|claim| claim.path.to_string())
        .collect();
    assert_eq!(outcome(query, position, made), Ok(asked));

    let of_ours = Made {
        format: SD_CWT_FORMAT.to_owned(),
        vct: made.vct.clone(),
        claims: made.claims.clone(),
    };
    assert_eq!(
        outcome(query, position, &of_ours),
        Err(vec![Mismatch::WrongFormat])
    );
    let of_another_type = Made {
        format: made.format.clone(),
        vct: format!("{}-other", made.vct),
        claims: made.claims.clone(),
    };
    assert_eq!(
        outcome(query, position, &of_another_type),
        Err(vec![Mismatch::WrongType])
    );

    for claim in &part.claims {
        let mut changed = Made::for_query(part);
        put(
            &mut changed.claims,
            claim.path.elements(),
            "never asked for".into(),
        );
        let expected = match claim.values.is_empty() {
            true => None,
            false => Some(vec![Mismatch::ValueMismatch(claim.path.clone())]),
        };
        assert_eq!(outcome(query, position, &changed).err(), expected);

        let without = CredentialQuery {
            claims: part
                .claims
                .iter()
                .filter(|other| *other != claim)
                .cloned()
                .collect(),
            ..part.clone()
        };
        assert_eq!(
            outcome(query, position, &Made::for_query(&without)),
            Err(vec![Mismatch::ClaimMissing(claim.path.clone())])
        );
    }
}

fn check_sets(query: &Query, made: &[Made]) {
    let all: Vec<&Made> = made.iter().collect();
    let everything = evaluate(query, &all);
    assert!(everything.is_satisfiable());
    for (set, outcome) in query.sets().iter().zip(&everything.sets) {
        assert_eq!(outcome.satisfiable, Vec::from_iter(0..set.options.len()));
        assert_eq!(outcome.is_required, set.required);
    }
    assert!(!evaluate(query, &[]).is_satisfiable());

    if query.sets().is_empty() {
        for missing in 0..all.len() {
            let mut held = all.clone();
            held.remove(missing);
            assert!(!evaluate(query, &held).is_satisfiable());
        }
    }
    // A holder who has what one option needs and nothing else.
    for set in query.sets() {
        for option in &set.options {
            let held_ids: BTreeSet<&String> = option.iter().collect();
            let parts = query.credentials().iter().zip(made);
            let held: Vec<&Made> = parts
                .filter(|(part, _)| held_ids.contains(&part.id))
                .map(|(_, made)| made)
                .collect();
            let evaluation = evaluate(query, &held);
            let mut is_enough = true;
            for (other, outcome) in query.sets().iter().zip(&evaluation.sets) {
                let expected: Vec<usize> = (0..other.options.len())
                    .filter(|at| other.options[*at].iter().all(|id| held_ids.contains(id)))
                    .collect();
                assert_eq!(outcome.satisfiable, expected);
                is_enough &= !other.required || !expected.is_empty();
            }
            assert_eq!(evaluation.is_satisfiable(), is_enough);
        }
    }
}

#[test]
fn made_credentials_hold_what_their_paths_say() {
    let mut map = Map::new();
    let path: nansen_credential::ClaimPath = "a.b.c".parse().unwrap();
    put(&mut map, path.elements(), 1.into());
    assert_eq!(path.select(&map), [(path.clone(), &Value::Integer(1))]);
    assert!(map.get(&Key::from("a")).is_some());
}
