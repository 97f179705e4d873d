use super::*;
use crate::query::CredentialQuery;
use nansen_credential::cose::SecretKey;
use nansen_credential::trust::{Issuer, IssuerKey, TrustListContent};
use proptest::prelude::*;

const NOW: i64 = 1_790_000_000;

fn rng() -> impl CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

/// The request that the reference credential answers: four claims, a name and a purpose.
fn reference() -> NewRequest {
    let credential = ["family_name", "given_name", "qualification", "isco_08"]
        .into_iter()
        .fold(
            CredentialQuery::sd_cwt("0", "urn:nansen:skills:1"),
            |credential, name| credential.claim(nansen_credential::ClaimPath::name(name)),
        );
    NewRequest::new(
        "Gulf Horizon Engineering, gate 3",
        "Site induction: check of welding qualification",
        Query::new(vec![credential], Vec::new()).unwrap(),
        NOW,
    )
}

fn signed(new: &NewRequest) -> Result<Request, Error> {
    let key = SecretKey::generate_ed25519(&mut rng());
    new.sign(&key, &mut rng()).map(|(request, _)| request)
}

/// Parses the reference request, well signed, with its payload edited.
fn with_payload(edit: impl Fn(&mut Map)) -> Result<Request, Error> {
    let key = SecretKey::generate_ed25519(&mut rng());
    let mut payload = reference().payload(&[7; NONCE_BYTES], &key.public_key(), &[9; 32]);
    edit(&mut payload);
    let protected = Map::new()
        .with(header::ALG, -19)
        .with(header::TYP, TYP_REQUEST);
    parse_signed(&protected, &Map::new(), &payload, &key)
}

fn parse_signed(
    protected: &Map,
    unprotected: &Map,
    payload: &Map,
    key: &SecretKey,
) -> Result<Request, Error> {
    let bytes = sign1(&protected.to_cbor(), unprotected, &payload.to_cbor(), key).unwrap();
    Request::parse(&bytes)
}

#[test]
fn what_was_asked_is_what_is_read() {
    for key in [
        SecretKey::generate_ed25519(&mut rng()),
        SecretKey::generate_p256(&mut rng()),
    ] {
        let new = NewRequest {
            lifetime_seconds: 3600,
            lists: vec![HeldList([1; 8]), HeldList([0; 8])],
            ..reference()
        };
        let (made, session) = new.sign(&key, &mut rng()).unwrap();
        let read = Request::parse(made.bytes()).unwrap();
        assert_eq!(read.name(), new.name);
        assert_eq!(read.purpose(), new.purpose);
        assert_eq!(read.query(), &new.query);
        assert_eq!(read.issued_at(), NOW);
        assert_eq!(read.expires_at(), NOW + 3600);
        assert_eq!(read.lists(), new.lists);
        assert_eq!(read.verifier(), &key.public_key());
        assert_eq!(read.digest(), session.request().digest());
        assert_eq!(read.digest()[..], Sha256::digest(read.bytes())[..]);
        assert_eq!(read.audience().len(), 43);
        assert!(!read.audience().contains(['+', '/', '=']));
    }
}

#[test]
fn no_two_requests_are_the_same() {
    let key = SecretKey::generate_ed25519(&mut rng());
    let (one, _) = reference().sign(&key, &mut rng()).unwrap();
    let (other, _) = reference().sign(&key, &mut rng()).unwrap();
    assert_ne!(one.nonce(), other.nonce());
    assert_ne!(one.ephemeral(), other.ephemeral());
    assert_eq!(one.audience(), other.audience());
}

#[test]
fn the_reference_request_fits_a_small_code() {
    let request = signed(&reference()).unwrap();
    assert_eq!(request.bytes().len(), 292);
    let text = crate::qr::Layout::default()
        .texts(crate::qr::Kind::Request, request.bytes())
        .unwrap();
    let code = crate::qr::Code::draw(&text[0], crate::qr::Level::L).unwrap();
    assert_eq!(code.version(), 11);
}

#[test]
fn time_is_judged_with_a_margin_on_either_side() {
    let request = signed(&reference()).unwrap();
    let (end, margin) = (request.expires_at(), CLOCK_SKEW_SECONDS);
    for now in [NOW - margin, NOW, end, end + margin] {
        assert_eq!(request.check_time(now), Ok(()));
    }
    assert_eq!(
        request.check_time(end + margin + 1),
        Err(Error::RequestExpired {
            expired_at: end,
            now: end + margin + 1
        })
    );
    assert_eq!(
        request.check_time(NOW - margin - 1),
        Err(Error::RequestFromFuture {
            issued_at: NOW,
            now: NOW - margin - 1
        })
    );
    assert!(request.check_time(i64::MAX).is_err());
    assert!(request.check_time(i64::MIN).is_err());
}

#[test]
fn lifetimes_are_bounded() {
    for seconds in [0, 86_401, u32::MAX] {
        let new = NewRequest {
            lifetime_seconds: seconds,
            ..reference()
        };
        assert_eq!(
            signed(&new).unwrap_err(),
            Error::RequestLifetime {
                seconds: i64::from(seconds),
                limit: 86_400
            }
        );
    }
    let late = with_payload(|payload| {
        payload.insert(label::ISSUED_AT, i64::MAX);
    });
    assert_eq!(late.unwrap_err(), Error::Invalid { what: "issue time" });
}

#[test]
fn texts_that_could_deceive_are_refused() {
    for (name, position) in [
        ("Gate\n3", 4),
        ("\u{202e}etag", 0),
        ("नेपाल \u{2066}x\u{2069}", 6),
        ("a\u{85}", 1),
        ("\u{e0041}", 0),
        ("a\u{2028}b", 1),
        ("\u{3164}", 0),
        ("Gate 3\u{200d}", 6),
    ] {
        let new = NewRequest {
            name: name.to_owned(),
            ..reference()
        };
        assert_eq!(
            signed(&new).unwrap_err(),
            Error::UnsafeText {
                what: "name",
                position
            }
        );
        let new = NewRequest {
            purpose: name.to_owned(),
            ..reference()
        };
        assert!(matches!(
            signed(&new),
            Err(Error::UnsafeText {
                what: "purpose",
                ..
            })
        ));
    }
    // Joiners and marks that names of these scripts are written with.
    for name in ["क्\u{200d}ष राष्ट्रिय सीप परीक्षण", "شركة\u{200f} الأفق"]
    {
        let new = NewRequest {
            name: name.to_owned(),
            ..reference()
        };
        assert_eq!(signed(&new).unwrap().name(), name);
    }
}

#[test]
fn texts_are_neither_blank_nor_long() {
    let named = |name: String| {
        signed(&NewRequest {
            name,
            ..reference()
        })
        .map(drop)
    };
    assert_eq!(named("ü".repeat(64)), Ok(()));
    assert_eq!(
        named("ü".repeat(65)),
        Err(Error::TooLong {
            what: "name",
            length: 65,
            limit: 64
        })
    );
    for blank in [" ", "!"] {
        assert_eq!(
            named(blank.to_owned()),
            Err(Error::Missing { what: "name" })
        );
    }
    let purpose = "x".repeat(201);
    assert!(matches!(
        signed(&NewRequest {
            purpose,
            ..reference()
        }),
        Err(Error::TooLong {
            what: "purpose",
            ..
        })
    ));
}

#[test]
fn fields_are_refused_by_name() {
    let set = |label: i64, value: Value| {
        with_payload(move |payload| {
            payload.insert(label, value.clone());
        })
        .unwrap_err()
    };
    let without = |label: i64| {
        with_payload(move |payload| {
            payload.remove(&Key::Int(label));
        })
        .unwrap_err()
    };
    assert_eq!(
        set(label::VERSION, 2.into()),
        Error::RequestVersion { found: 2 }
    );
    assert_eq!(set(11, 2.into()), Error::UnknownField { label: Some(11) });
    assert_eq!(
        set(
            label::QUERY,
            Map::new().with(1, Value::Array(Vec::new())).into()
        ),
        Error::AsksForNothing
    );
    assert_eq!(
        set(label::NONCE, Value::Bytes(vec![0; 15])),
        Error::Invalid { what: "nonce" }
    );
    assert_eq!(
        set(label::EPHEMERAL, Value::Bytes(vec![0; 33])),
        Error::Invalid {
            what: "ephemeral key"
        }
    );
    assert_eq!(
        set(label::VERIFIER, Value::Bytes(vec![0; 32])),
        Error::Credential(nansen_credential::Error::InvalidKey)
    );
    for list in [
        Value::Bytes(vec![0; 7]),
        Value::Bytes(vec![0; 9]),
        Value::Array(vec!["id".into(), 1.into()]),
    ] {
        assert_eq!(
            set(label::LISTS, Value::Array(vec![list])),
            Error::Invalid {
                what: "trust lists held"
            }
        );
    }
    assert_eq!(
        set(label::LISTS, Value::Array(Vec::new())),
        Error::Invalid {
            what: "trust lists held"
        }
    );
    for (label, what) in [
        (label::VERSION, "version"),
        (label::NONCE, "nonce"),
        (label::VERIFIER, "verifier key"),
        (label::NAME, "name"),
        (label::PURPOSE, "purpose"),
        (label::QUERY, "query"),
        (label::EPHEMERAL, "ephemeral key"),
        (label::ISSUED_AT, "issue time"),
    ] {
        assert_eq!(without(label), Error::Missing { what });
    }
    let many = HeldList([0; 8]);
    assert!(matches!(
        signed(&NewRequest {
            lists: vec![many; REQUEST_LISTS_MAX + 1],
            ..reference()
        }),
        Err(Error::TooMany { .. })
    ));
}

/// Signs a trust list that differs from others of its `id` and `version` by its signer or
/// `country`.
fn trust_list(root: &SecretKey, country: &str) -> TrustList {
    let content = TrustListContent {
        id: "list".into(),
        version: 1,
        issued_at: NOW,
        next_update: NOW + 1000,
        issuers: vec![Issuer {
            uri: "https://issuer.example".into(),
            names: [("en".to_owned(), "Issuer".to_owned())].into(),
            country: country.into(),
            keys: vec![IssuerKey::new(root.public_key(), NOW, NOW + 1000)],
            types: vec!["urn:example:skills".into()],
            status_prefixes: Vec::new(),
            registration: Default::default(),
        }],
    };
    TrustList::parse_verified(&content.sign(root).unwrap(), &[root.public_key()]).unwrap()
}

#[test]
fn lists_are_known_by_content_in_the_order_of_the_request() {
    let [one, other] = [(); 2].map(|()| SecretKey::generate_ed25519(&mut rng()));
    let held = [
        trust_list(&one, "NPL"),
        trust_list(&one, "IND"),
        trust_list(&other, "NPL"),
    ];
    assert!(held.iter().all(|list| list.id() == "list"));
    assert!(held.iter().all(|list| list.version() == 1));
    let named: Vec<HeldList> = held.iter().map(HeldList::of).collect();
    assert_eq!(named[0].0[..], held[0].digest()[..8]);

    let elsewhere = HeldList([7; 8]);
    let request = signed(&NewRequest {
        lists: vec![named[2], elsewhere, named[0]],
        ..reference()
    })
    .unwrap();
    let known = |held| {
        let known = request.known_lists(held);
        known
            .into_iter()
            .flatten()
            .map(HeldList::of)
            .collect::<Vec<_>>()
    };
    assert_eq!(known(&held), [named[2], named[0]]);
    assert_eq!(known(&held[..2]), [named[0]]);
    assert_eq!(known(&held[1..2]), []);
}

#[test]
fn keys_that_hide_nothing_are_refused() {
    // Every encoding of a point of small order on curve25519 or its twist, bit 255 clear: 0, 1,
    // the two of order 8, p - 1, p, p + 1.
    let mut low = [0xff_u8; 32];
    low[31] = 0x7f;
    let near_p = [0xec, 0xed, 0xee].map(|first| {
        low[0] = first;
        low
    });
    let order_8 = [
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ]
    .map(|hex| core::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..][..2], 16).unwrap()));
    let mut one = [0; 32];
    one[0] = 1;
    let small = [[0; 32], one].into_iter().chain(order_8).chain(near_p);
    let with_key = |key: [u8; 32]| {
        with_payload(|payload| {
            payload.insert(label::EPHEMERAL, Value::Bytes(key.to_vec()));
        })
    };
    for key in small {
        for top in [0, 0x80] {
            let mut key = key;
            key[31] |= top;
            assert_eq!(
                with_key(key).unwrap_err(),
                Error::Invalid {
                    what: "ephemeral key"
                }
            );
        }
    }
    // The base point and its neighbour on the twist: both hide what they should.
    for first in [9, 2] {
        let mut key = [0; 32];
        key[0] = first;
        assert!(with_key(key).is_ok());
    }
}

#[test]
fn other_signed_messages_are_no_requests() {
    let key = SecretKey::generate_ed25519(&mut rng());
    let payload = reference().payload(&[7; NONCE_BYTES], &key.public_key(), &[9; 32]);
    let alg = Map::new().with(header::ALG, -19);
    // A key binding by the same key: same signature scheme, another type.
    let key_binding = alg.clone().with(header::TYP, 294);
    for protected in [&alg, &key_binding] {
        assert_eq!(
            parse_signed(protected, &Map::new(), &payload, &key).unwrap_err(),
            Error::NotARequest
        );
    }
    let protected = alg.with(header::TYP, TYP_REQUEST);
    let header_invalid = Error::Invalid {
        what: "header of the request",
    };
    assert_eq!(
        parse_signed(&protected, &Map::new().with(header::KID, 1), &payload, &key).unwrap_err(),
        header_invalid
    );
    assert_eq!(
        parse_signed(
            &protected.clone().with(header::KID, 1),
            &Map::new(),
            &payload,
            &key
        )
        .unwrap_err(),
        header_invalid
    );
    // Signed by another key than the one inside.
    let other = SecretKey::generate_ed25519(&mut rng());
    assert_eq!(
        parse_signed(&protected, &Map::new(), &payload, &other).unwrap_err(),
        Error::Credential(nansen_credential::Error::BadSignature)
    );
    assert!(matches!(
        Request::parse(&[0; REQUEST_LENGTH_MAX + 1]),
        Err(Error::TooLong {
            what: "request",
            ..
        })
    ));
}

#[test]
fn every_changed_byte_and_every_truncation_is_refused() {
    let request = signed(&reference()).unwrap();
    for at in 0..request.bytes().len() {
        let mut changed = request.bytes().to_vec();
        for bit in 0..8 {
            changed[at] ^= 1 << bit;
            assert!(Request::parse(&changed).is_err(), "bit {bit} of byte {at}");
            changed[at] ^= 1 << bit;
        }
        assert!(Request::parse(&request.bytes()[..at]).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Request::parse(&bytes).is_err());
    }
}
