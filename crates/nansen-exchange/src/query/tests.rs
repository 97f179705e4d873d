use super::*;
use nansen_credential::cbor::{Map, Value};
use proptest::prelude::*;

fn path(text: &str) -> ClaimPath {
    text.parse().unwrap()
}

fn query(json: &str) -> Query {
    Query::from_json(json).unwrap()
}

/// A query of one SD-CWT of type `t` with these further properties.
fn one(properties: &str) -> String {
    format!(
        r#"{{"credentials": [{{"id": "a", "format": "dc+sd-cwt", "meta": {{"vct_values": ["t"]}}{properties}}}]}}"#
    )
}

fn claims() -> Map {
    Map::new()
        .with("family_name", "Gurung")
        .with("eqf_level", 3)
        .with("is_certified", Value::Bool(true))
        .with("skills", Value::Array(vec!["MIG".into(), "TIG".into()]))
        .with("employment", Map::new().with("from", "2021-02"))
}

fn evaluate(query: &Query) -> Evaluation {
    let claims = claims();
    query.evaluate(&[Candidate {
        format: SD_CWT_FORMAT,
        vct: "t",
        claims: &claims,
    }])
}

/// The outcome of the only candidate for the only credential query.
fn outcome(properties: &str) -> Result<Match, Vec<Mismatch>> {
    evaluate(&query(&one(properties)))
        .credentials
        .remove(0)
        .candidates
        .remove(0)
}

/// Options as text: paths, required ones with an exclamation mark.
fn options(found: &Match) -> Vec<Vec<String>> {
    let text = |claim: &ClaimMatch| {
        let mark = if claim.is_required { "!" } else { "" };
        format!("{}{mark}", claim.path)
    };
    found
        .options
        .iter()
        .map(|option| option.iter().map(text).collect())
        .collect()
}

mod forms {
    use super::*;

    fn id() -> impl Strategy<Value = String> {
        "[a-zA-Z0-9_-]{1,8}"
    }

    fn claim_path() -> impl Strategy<Value = ClaimPath> {
        let key = prop_oneof![
            "family_name|skills|sub|address|[a-z]{1,6}"
                .prop_map(|name| { PathElement::Key(Key::Text(name)) }),
            (0..9_i64).prop_map(|label| PathElement::Key(Key::Int(label))),
        ];
        let step = prop_oneof![
            "[a-z]{1,6}".prop_map(|name| PathElement::Key(Key::Text(name))),
            (0..40_u32).prop_map(PathElement::Index),
            Just(PathElement::All),
        ];
        (key, prop::collection::vec(step, 0..3))
            .prop_map(|(first, rest)| ClaimPath::from([vec![first], rest].concat()))
    }

    fn scalar() -> impl Strategy<Value = Scalar> {
        prop_oneof![
            ".{0,6}".prop_map(Scalar::Text),
            any::<i64>().prop_map(Scalar::Integer),
            any::<bool>().prop_map(Scalar::Bool),
        ]
    }

    fn credential() -> impl Strategy<Value = CredentialQuery> {
        (
            prop_oneof![Just(SD_CWT_FORMAT.to_owned()), "mso_mdoc|dc\\+sd-jwt"],
            prop::collection::vec("[a-z:]{1,9}", 0..3),
            prop::option::of("[a-z.]{1,9}"),
            prop::collection::vec(prop::collection::vec("[a-z]{1,4}", 1..3), 0..2),
            prop::collection::vec((prop::collection::vec(scalar(), 0..3), claim_path()), 0..4),
            prop::option::of(prop::collection::vec(
                prop::collection::vec(0..4_usize, 1..4),
                1..3,
            )),
            any::<(bool, bool)>(),
            prop::collection::vec("[a-z]{1,4}", 0..3),
        )
            .prop_map(
                |(format, vct_values, doctype_value, type_values, claims, sets, flags, values)| {
                    let sets = sets.filter(|_| !claims.is_empty()).unwrap_or_default();
                    let is_named = !sets.is_empty() || flags.0;
                    let count = claims.len();
                    CredentialQuery {
                        id: String::new(),
                        format,
                        meta: Meta {
                            vct_values,
                            doctype_value,
                            type_values,
                        },
                        claims: (0..)
                            .zip(claims)
                            .map(|(at, (values, path))| ClaimQuery {
                                id: is_named.then(|| format!("c{at}")),
                                path,
                                values,
                            })
                            .collect(),
                        claim_sets: sets
                            .into_iter()
                            .map(|set| {
                                set.into_iter()
                                    .map(|at| format!("c{}", at % count))
                                    .collect()
                            })
                            .collect(),
                        multiple: flags.0,
                        holder_binding: flags.1,
                        trusted_authorities: if values.is_empty() {
                            Vec::new()
                        } else {
                            vec![TrustedAuthority {
                                kind: "aki".to_owned(),
                                values,
                            }]
                        },
                    }
                },
            )
    }

    fn any_query() -> impl Strategy<Value = Query> {
        (
            prop::collection::btree_map(id(), credential(), 1..4),
            prop::collection::vec(
                (
                    prop::collection::vec(prop::collection::vec(0..4_usize, 1..3), 1..3),
                    any::<bool>(),
                ),
                0..3,
            ),
        )
            .prop_map(|(credentials, sets)| {
                let ids: Vec<String> = credentials.keys().cloned().collect();
                let credentials = credentials
                    .into_iter()
                    .map(|(id, credential)| CredentialQuery { id, ..credential })
                    .collect();
                let sets = sets
                    .into_iter()
                    .map(|(options, required)| CredentialSet {
                        options: options
                            .into_iter()
                            .map(|option| {
                                option
                                    .into_iter()
                                    .map(|at| ids[at % ids.len()].clone())
                                    .collect()
                            })
                            .collect(),
                        required,
                    })
                    .collect();
                Query::new(credentials, sets).unwrap()
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_query_survives_json_and_cbor(query in any_query()) {
            prop_assert_eq!(Query::from_json(&query.to_json()), Ok(query.clone()));
            prop_assert_eq!(Query::from_cbor(&query.to_cbor()), Ok(query));
        }

        #[test]
        fn a_changed_byte_never_reads_as_the_same_query(
            query in any_query(),
            at in any::<prop::sample::Index>(),
            change in 1_u8..,
        ) {
            let mut bytes = query.to_cbor();
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            if let Ok(other) = Query::from_cbor(&bytes) {
                prop_assert_ne!(&other, &query);
            }
            prop_assert!(Query::from_cbor(&bytes[..at]).is_err());
        }
    }

    #[test]
    fn the_usual_query_takes_little_more_than_its_type() {
        let credential = CredentialQuery::sd_cwt("0", "urn:nansen:skills:1")
            .claim(path("family_name"))
            .claim(path("given_name"))
            .claim(path("qualification"))
            .claim(path("isco_08"));
        let query = Query::new(vec![credential], Vec::new()).unwrap();
        assert_eq!(query.to_cbor().len(), 31);
    }
}

mod rules {
    use super::*;

    fn refusal(json: &str) -> Error {
        Query::from_json(json).unwrap_err()
    }

    #[test]
    fn a_query_for_nothing_is_refused() {
        assert_eq!(refusal(r#"{"credentials": []}"#), Error::AsksForNothing);
        assert_eq!(
            Query::new(Vec::new(), Vec::new()),
            Err(Error::AsksForNothing)
        );
        assert_eq!(
            Query::from_cbor(&[0xa1, 1, 0x80]),
            Err(Error::AsksForNothing)
        );
        assert_eq!(Query::from_cbor(&[0xa0]), Err(Error::AsksForNothing));
    }

    #[test]
    fn what_is_no_dcql_is_refused_by_name() {
        let missing = |what| Error::Missing { what };
        let invalid = |what| Error::Invalid { what };
        let empty = |what| Error::EmptyList { what };
        assert_eq!(refusal("{"), Error::NotJson { line: 1, column: 1 });
        assert_eq!(refusal("[]"), invalid("query"));
        assert_eq!(refusal("{}"), missing("credentials"));
        for (json, error) in [
            (r#"{"format": "f", "meta": {}}"#, missing("credential id")),
            (r#"{"id": "a", "meta": {}}"#, missing("format")),
            (r#"{"id": "a", "format": "f"}"#, missing("meta")),
            (
                r#"{"id": "", "format": "f", "meta": {}}"#,
                invalid("credential id"),
            ),
            (
                r#"{"id": "a.b", "format": "f", "meta": {}}"#,
                invalid("credential id"),
            ),
            (r#"{"id": 7, "format": "f", "meta": {}}"#, invalid("id")),
            (
                r#"{"id": "a", "format": "f", "meta": {"vct_values": []}}"#,
                empty("vct_values"),
            ),
        ] {
            assert_eq!(refusal(&format!(r#"{{"credentials": [{json}]}}"#)), error);
        }
        for (properties, error) in [
            (r#", "claims": []"#, empty("claims")),
            (r#", "claims": [{}]"#, missing("path")),
            (
                r#", "claims": [{"path": ["x"], "values": []}]"#,
                empty("values"),
            ),
            (
                r#", "claims": [{"path": ["x"], "values": [1.5]}]"#,
                invalid("values"),
            ),
            (
                r#", "claims": [{"path": ["x"], "values": [null]}]"#,
                invalid("values"),
            ),
            (
                r#", "claims": [{"path": ["x"], "values": [["y"]]}]"#,
                invalid("values"),
            ),
            (
                r#", "claims": [{"path": ["x"], "id": "!"}]"#,
                invalid("claim id"),
            ),
            (
                r#", "claims": [{"path": ["x"], "id": "i"}, {"path": ["y"], "id": "i"}]"#,
                Error::DuplicateId {
                    what: "claim id",
                    position: 1,
                },
            ),
            (
                r#", "claims": [{"path": ["x"]}], "claim_sets": [["i"]]"#,
                missing("claim id"),
            ),
            (
                r#", "claims": [{"path": ["x"], "id": "i"}], "claim_sets": [["i"], ["j"]]"#,
                Error::UnknownId {
                    what: "claim id",
                    position: 1,
                },
            ),
            (
                r#", "claims": [{"path": ["x"], "id": "i"}], "claim_sets": [[]]"#,
                empty("claim_sets"),
            ),
            (r#", "multiple": "yes""#, invalid("multiple")),
            (
                r#", "trusted_authorities": []"#,
                empty("trusted_authorities"),
            ),
            (
                r#", "trusted_authorities": [{"type": "aki"}]"#,
                missing("values of a trusted authority"),
            ),
        ] {
            assert_eq!(refusal(&one(properties)), error, "{properties}");
        }
        let path = refusal(&one(r#", "claims": [{"path": []}]"#));
        assert!(matches!(path, Error::Credential(_)));
    }

    #[test]
    fn ids_are_unique_and_sets_refer_to_them() {
        let credential = |id: &str| CredentialQuery::sd_cwt(id, "t");
        let set = |id: &str| CredentialSet {
            options: vec![vec![id.to_owned()]],
            required: true,
        };
        assert_eq!(
            Query::new(vec![credential("a"), credential("a")], Vec::new()),
            Err(Error::DuplicateId {
                what: "credential id",
                position: 1
            })
        );
        assert_eq!(
            Query::new(vec![credential("a")], vec![set("a"), set("b")]),
            Err(Error::UnknownId {
                what: "credential id",
                position: 0
            })
        );
        let no_option = CredentialSet {
            options: Vec::new(),
            required: false,
        };
        assert_eq!(
            Query::new(vec![credential("a")], vec![no_option]),
            Err(Error::EmptyList { what: "options" })
        );
    }

    #[test]
    fn limits_hold_in_every_form() {
        let many = vec![r#"{"path": ["x"]}"#; QUERY_CLAIMS_MAX + 1].join(",");
        assert_eq!(
            refusal(&one(&format!(r#", "claims": [{many}]"#))),
            Error::TooMany {
                what: "claims",
                count: QUERY_CLAIMS_MAX + 1,
                limit: QUERY_CLAIMS_MAX
            }
        );
        let long = "x".repeat(QUERY_TEXT_LENGTH_MAX + 1);
        assert_eq!(
            Query::new(vec![CredentialQuery::sd_cwt("a", &long)], Vec::new()),
            Err(Error::TooLong {
                what: "vct_values",
                length: QUERY_TEXT_LENGTH_MAX + 1,
                limit: QUERY_TEXT_LENGTH_MAX
            })
        );
        let spaces = " ".repeat(crate::limits::QUERY_JSON_LENGTH_MAX + 1);
        assert!(matches!(
            refusal(&spaces),
            Error::TooLong { what: "query", .. }
        ));
        let zeros = vec![0; crate::limits::REQUEST_LENGTH_MAX + 1];
        assert!(matches!(
            Query::from_cbor(&zeros),
            Err(Error::TooLong { what: "query", .. })
        ));
        let deep = "[".repeat(10_000);
        assert!(matches!(refusal(&deep), Error::NotJson { .. }));
    }
}

mod evaluation {
    use super::*;

    #[test]
    fn without_claims_nothing_is_disclosed() {
        assert_eq!(options(&outcome("").unwrap()), [Vec::<String>::new()]);
    }

    #[test]
    fn without_claim_sets_every_claim_is_required() {
        let found =
            outcome(r#", "claims": [{"path": ["family_name"]}, {"path": ["employment", "from"]}]"#);
        assert_eq!(
            options(&found.unwrap()),
            [["family_name!", "employment.from!"]]
        );
        assert_eq!(
            outcome(
                r#", "claims": [{"path": ["family_name"]}, {"path": ["x"]}, {"path": ["y", 0]}]"#
            ),
            Err(vec![
                Mismatch::ClaimMissing(path("x")),
                Mismatch::ClaimMissing(path("y[0]"))
            ])
        );
    }

    #[test]
    fn the_first_claim_set_that_can_be_satisfied_is_preferred() {
        let claims = r#", "claims": [
            {"id": "n", "path": ["family_name"]},
            {"id": "x", "path": ["x"]},
            {"id": "l", "path": ["eqf_level"]},
            {"id": "s", "path": ["skills"]},
            {"id": "y", "path": ["y"]}], "claim_sets": "#;
        let found = outcome(&format!(r#"{claims} [["n", "x"], ["s", "n"], ["l", "n"]]"#)).unwrap();
        assert_eq!(
            options(&found),
            [["skills", "family_name!"], ["eqf_level", "family_name!"]]
        );
        assert_eq!(found.preferred(), found.options[0]);
        assert_eq!(
            outcome(&format!(r#"{claims} [["x"], ["n", "x"]]"#)),
            Err(vec![Mismatch::ClaimMissing(path("x"))])
        );
    }

    #[test]
    fn values_match_by_type_and_value() {
        let with = |name: &str, values: &str| {
            outcome(&format!(
                r#", "claims": [{{"path": ["{name}"], "values": [{values}]}}]"#
            ))
        };
        for (name, values) in [
            ("family_name", r#""Rai", "Gurung""#),
            ("eqf_level", "2, 3"),
            ("is_certified", "true"),
        ] {
            assert!(with(name, values).is_ok(), "{name}");
        }
        for (name, values) in [
            ("family_name", r#""gurung""#),
            ("eqf_level", r#""3", 4, true"#),
            ("is_certified", r#"false, 1, "true""#),
            ("skills", r#""MIG""#),
        ] {
            assert_eq!(
                with(name, values),
                Err(vec![Mismatch::ValueMismatch(path(name))])
            );
        }
    }

    #[test]
    fn of_an_array_only_the_items_with_an_accepted_value_are_disclosed() {
        let found = outcome(r#", "claims": [{"path": ["skills", null], "values": ["TIG"]}]"#);
        assert_eq!(options(&found.unwrap()), [["skills[1]!"]]);
        let found = outcome(r#", "claims": [{"path": ["skills", null]}]"#);
        assert_eq!(options(&found.unwrap()), [["skills[*]!"]]);
    }

    #[test]
    fn a_claim_asked_for_twice_counts_once() {
        let found = outcome(r#", "claims": [{"path": ["skills"]}, {"path": ["skills"]}]"#);
        assert_eq!(options(&found.unwrap()), [["skills!"]]);
    }

    #[test]
    fn format_type_and_authorities_come_first() {
        let formats = query(
            r#"{"credentials": [
                {"id": "f", "format": "mso_mdoc", "meta": {"doctype_value": "t"}},
                {"id": "t", "format": "dc+sd-cwt", "meta": {"vct_values": ["u", "v"]}},
                {"id": "any", "format": "dc+sd-cwt", "meta": {}},
                {"id": "who", "format": "dc+sd-cwt", "meta": {},
                 "trusted_authorities": [{"type": "aki", "values": ["s9tIpP"]}]}]}"#,
        );
        let evaluation = evaluate(&formats);
        let outcomes: Vec<_> = evaluation
            .credentials
            .iter()
            .map(|credential| credential.candidates[0].clone().err())
            .collect();
        assert_eq!(
            outcomes,
            [
                Some(vec![Mismatch::WrongFormat]),
                Some(vec![Mismatch::WrongType]),
                None,
                Some(vec![Mismatch::AuthoritiesNotJudged]),
            ]
        );
        assert!(!evaluation.is_satisfiable());
    }

    /// Four credential queries, of which the first two can be answered.
    fn with_sets(sets: &str) -> Evaluation {
        let credential = |id: &str, vct: &str| {
            format!(
                r#"{{"id": "{id}", "format": "dc+sd-cwt", "meta": {{"vct_values": ["{vct}"]}}}}"#
            )
        };
        let credentials = [
            credential("a", "t"),
            credential("b", "t"),
            credential("c", "u"),
            credential("d", "u"),
        ]
        .join(",");
        evaluate(&query(&format!(
            r#"{{"credentials": [{credentials}], "credential_sets": {sets}}}"#
        )))
    }

    fn required(evaluation: &Evaluation) -> Vec<bool> {
        evaluation
            .credentials
            .iter()
            .map(|credential| credential.is_required)
            .collect()
    }

    #[test]
    fn required_sets_decide_and_optional_ones_do_not() {
        let evaluation = with_sets(
            r#"[{"options": [["c"], ["a", "b"], ["a"]]}, {"options": [["d"]], "required": false}]"#,
        );
        assert!(evaluation.is_satisfiable());
        assert_eq!(evaluation.sets[0].satisfiable, [1, 2]);
        assert!(!evaluation.sets[1].is_required);
        assert!(evaluation.sets[1].satisfiable.is_empty());
        assert_eq!(required(&evaluation), [true, false, false, false]);

        let evaluation = with_sets(r#"[{"options": [["c"], ["a", "d"]]}]"#);
        assert!(!evaluation.is_satisfiable());
        assert_eq!(required(&evaluation), [false; 4]);

        let evaluation = with_sets(r#"[{"options": [["a"]], "required": false}]"#);
        assert!(evaluation.is_satisfiable());
        assert_eq!(required(&evaluation), [false; 4]);
    }

    #[test]
    fn without_sets_every_credential_is_required() {
        let both = query(
            r#"{"credentials": [
                {"id": "a", "format": "dc+sd-cwt", "meta": {}},
                {"id": "b", "format": "dc+sd-cwt", "meta": {"vct_values": ["u"]}}]}"#,
        );
        let claims = claims();
        let candidate = |vct| Candidate {
            format: SD_CWT_FORMAT,
            vct,
            claims: &claims,
        };
        assert!(!both.evaluate(&[candidate("t")]).is_satisfiable());
        let evaluation = both.evaluate(&[candidate("t"), candidate("u")]);
        assert!(evaluation.is_satisfiable());
        assert_eq!(required(&evaluation), [true, true]);
        let positions = |credential: &CredentialEvaluation| {
            credential.matches().map(|(at, _)| at).collect::<Vec<_>>()
        };
        assert_eq!(positions(&evaluation.credentials[0]), [0, 1]);
        assert_eq!(positions(&evaluation.credentials[1]), [1]);
        assert!(!both.evaluate(&[]).is_satisfiable());
    }
}
