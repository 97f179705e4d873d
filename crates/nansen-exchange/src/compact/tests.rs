use nansen_credential::ClaimPath;
use nansen_credential::cbor::{Map, Value};
use nansen_credential::cose::{SecretKey, Signer};
use nansen_credential::sd_cwt::{
    Credential, Issuance, KeyBinding, Redaction, StatusReference, Terms,
};
use nansen_credential::trust::{Issuer, IssuerKey, TrustListContent};
use proptest::prelude::*;
use rand_core::CryptoRng;

use super::*;
use crate::limits::MESSAGE_LENGTH_MAX;
use crate::query::CredentialQuery;
use crate::response::{self, Answer};
use crate::{HeldList, NewRequest, Query};

const NOW: i64 = 1_790_000_000;
const NONCE: [u8; 32] = [5; 32];
const ANSWER: Meeting<'_> = Meeting::Answer {
    audience: "verifier",
    nonce: &NONCE,
    requested_at: NOW + 100,
};
const ONE_WAY: Meeting<'_> = Meeting::OneWay { audience: "anyone" };

fn rng() -> impl CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}

struct Case {
    issuer: SecretKey,
    device: SecretKey,
    list: TrustList,
}

impl Case {
    fn new() -> Self {
        let issuer = SecretKey::generate_ed25519(&mut rng());
        Self {
            list: Self::list(&issuer, ["urn:example:other", "urn:example:skills"]),
            issuer,
            device: SecretKey::generate_ed25519(&mut rng()),
        }
    }

    /// A list of a root of its own that names `issuer`.
    fn list(issuer: &SecretKey, types: [&str; 2]) -> TrustList {
        let root = SecretKey::generate_ed25519(&mut rng());
        let content = TrustListContent {
            id: "list".into(),
            version: 1,
            issued_at: NOW,
            next_update: NOW + 1000,
            issuers: vec![Issuer {
                uri: "https://issuer.example".into(),
                names: [("en".to_owned(), "Issuer".to_owned())].into(),
                country: "NPL".into(),
                keys: vec![IssuerKey::new(issuer.public_key(), NOW - 1000, NOW + 1000)],
                types: types.map(str::to_owned).to_vec(),
                status_prefixes: vec!["https://issuer.example/s/".into()],
                registration: Default::default(),
            }],
        };
        let bytes = content.sign(&root).unwrap();
        TrustList::parse_verified(&bytes, &[root.public_key()]).unwrap()
    }

    fn issue(&self, claims: &Map, redaction: Redaction) -> Credential {
        let terms = Terms {
            issuer: "https://issuer.example".into(),
            vct: Some("urn:example:skills".into()),
            issued_at: Some(NOW),
            not_before: None,
            expires_at: Some(NOW + 100_000_000),
            device_key: Some(self.device.public_key()),
            status: Some(StatusReference {
                index: 48_213,
                uri: "https://issuer.example/s/7".into(),
            }),
        };
        self.issue_with(claims, redaction, terms)
    }

    fn issue_with(&self, claims: &Map, redaction: Redaction, terms: Terms) -> Credential {
        let kid = self.issuer.public_key().kid();
        let issuance = Issuance {
            terms,
            kid: &kid,
            claims,
            redaction,
        };
        let bytes = issuance.sign(&self.issuer, &mut rng()).unwrap();
        Credential::parse(&bytes).unwrap()
    }

    fn present(
        &self,
        credential: &Credential,
        show: &[ClaimPath],
        meeting: Meeting<'_>,
    ) -> Vec<u8> {
        let selection = credential.select(show).unwrap();
        let binding = match meeting {
            Meeting::Answer {
                audience, nonce, ..
            } => KeyBinding {
                audience: audience.into(),
                issued_at: Some(NOW + 120),
                expires_at: None,
                id: None,
                nonce: Some(nonce.to_vec()),
            },
            Meeting::OneWay { audience } => KeyBinding {
                audience: audience.into(),
                issued_at: Some(NOW + 120),
                expires_at: Some(NOW + 180),
                id: Some(vec![1; 16]),
                nonce: None,
            },
            Meeting::Copy => return credential.present(&selection),
        };
        let unsigned = credential.bind(&selection, &binding).unwrap();
        unsigned.sign(&self.device).unwrap()
    }
}

fn claims() -> Map {
    Map::new()
        .with("family_name", "Gurung")
        .with("qualification", "Welder")
        .with("shoe size", 38)
        .with(2, "urn:example:holder")
        .with(-70_000, "private label")
        .with("skills", Value::Array(vec!["a".into(), "b".into()]))
        .with(
            "employment",
            Map::new()
                .with("from", "2021-02")
                .with("to", Map::new().with("year", 2024)),
        )
}

fn paths(texts: &[&str]) -> Vec<ClaimPath> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn is_whole(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x83, 0x00])
}

#[test]
fn every_meeting_and_every_choice_comes_back_exactly() {
    let case = Case::new();
    let redacted = [
        "family_name",
        "qualification",
        "shoe size",
        "sub",
        "#-70000",
        "skills[*]",
        "employment",
        "employment.to",
        "employment.to.year",
    ];
    let credential = case.issue(
        &claims(),
        Redaction {
            paths: paths(&redacted),
            decoys_to_multiple_of: 3,
        },
    );
    let issuer_key = case.issuer.public_key();
    for meeting in [ANSWER, ONE_WAY, Meeting::Copy] {
        for chosen in 0..1 << redacted.len() {
            let show: Vec<&str> = redacted
                .iter()
                .enumerate()
                .filter(|(bit, _)| chosen >> bit & 1 == 1)
                .map(|(_, path)| *path)
                .collect();
            let presentation = case.present(&credential, &paths(&show), meeting);
            for lists in [&[Some(&case.list)][..], &[]] {
                let compact = compact(&presentation, meeting, lists, Some(&issuer_key));
                assert!(!is_whole(&compact), "{show:?}");
                let expanded = expand(&compact, meeting, lists).unwrap();
                assert_eq!(expanded.presentation, presentation);
                assert_eq!(expanded.issuer_key.is_some(), lists.is_empty());
            }
        }
    }
}

#[test]
fn what_the_list_says_stays_out() {
    let case = Case::new();
    let credential = case.issue(&claims(), Redaction::each_claim_of(&claims()));
    let presentation = case.present(&credential, &paths(&["qualification"]), ANSWER);
    let compact = compact(&presentation, ANSWER, &[Some(&case.list)], None);
    for left_out in [
        "issuer.example",
        "urn:example:skills",
        "qualification",
        "verifier",
    ] {
        let found = compact
            .windows(left_out.len())
            .any(|window| window == left_out.as_bytes());
        assert!(!found, "{left_out}");
    }
    assert_eq!(expand(&compact, ANSWER, &[]), Err(Error::UnknownKid));
}

#[test]
fn phones_with_different_lists_mean_the_same_one() {
    let case = Case::new();
    let swapped = Case::list(&case.issuer, ["urn:example:skills", "urn:example:other"]);
    let credential = case.issue(&claims(), Redaction::each_claim_of(&claims()));
    let query = Query::new(vec![CredentialQuery::sd_cwt("0", "t")], Vec::new()).unwrap();
    let mut new = NewRequest::new("Gate 3", "Induction", query, NOW + 100);
    let held_by_verifier = [case.list.clone(), swapped.clone()];
    new.lists = held_by_verifier.iter().map(HeldList::of).collect();
    let (request, _) = new.sign(&case.device, &mut rng()).unwrap();
    let meeting = Meeting::Answer {
        audience: &request.audience(),
        nonce: request.digest(),
        requested_at: request.issued_at(),
    };
    let presentation = case.present(&credential, &[], meeting);
    let answer = Answer {
        query: 0,
        presentation: &presentation,
        issuer_key: None,
    };
    let both = [swapped.clone(), case.list.clone()];
    for held_by_holder in [&both[..], &both[..1], &both[1..], &[]] {
        let lists = request.known_lists(held_by_holder);
        let plaintext = response::encode(&request, std::slice::from_ref(&answer), &lists).unwrap();
        let lists = request.known_lists(&held_by_verifier);
        let read = response::decode(&request, &plaintext, &lists).unwrap();
        assert_eq!(read[0].expanded.presentation, presentation);
    }
    // The list that the answer names must be the one that the sender meant.
    let plaintext = response::encode(&request, &[answer], &[None, Some(&swapped)]).unwrap();
    let read = response::decode(&request, &plaintext, &[None, Some(&case.list)]).unwrap();
    assert_ne!(read[0].expanded.presentation, presentation);
    assert_eq!(
        response::decode(&request, &plaintext, &[Some(&case.list), None]),
        Err(Error::UnknownKid)
    );
}

#[test]
fn no_more_is_read_than_a_message_carries() {
    let whole = |length: usize| {
        let mut writer = Writer::with_capacity(length);
        writer.array(3).int(WHOLE).bytes(&vec![0; length - 8]);
        shrink::write_key(&mut writer, None);
        writer.into_bytes()
    };
    let largest = whole(MESSAGE_LENGTH_MAX);
    assert_eq!(largest.len(), MESSAGE_LENGTH_MAX);
    let larger = whole(MESSAGE_LENGTH_MAX + 1);
    // Not even CBOR: the length is judged first.
    let nonsense = vec![0xff; MESSAGE_LENGTH_MAX + 1];
    let too_long = Error::MessageTooLong {
        length: MESSAGE_LENGTH_MAX + 1,
        limit: MESSAGE_LENGTH_MAX,
    };
    for meeting in [ANSWER, ONE_WAY, Meeting::Copy] {
        assert!(expand(&largest, meeting, &[]).is_ok());
        for bytes in [&larger, &nonsense] {
            assert_eq!(expand(bytes, meeting, &[]), Err(too_long.clone()));
        }
    }
    let query = Query::new(vec![CredentialQuery::sd_cwt("0", "t")], Vec::new()).unwrap();
    let (request, _) = NewRequest::new("Gate 3", "Induction", query, NOW)
        .sign(&SecretKey::generate_ed25519(&mut rng()), &mut rng())
        .unwrap();
    let refused = response::decode(&request, &nonsense, &[]);
    assert_eq!(refused, Err(too_long));
}

#[test]
fn terms_of_every_shape_come_back() {
    let case = Case::new();
    let shapes = [
        (None, None, None),
        (Some(NOW), None, None),
        (Some(NOW), Some(NOW - 50), None),
        (Some(NOW), Some(NOW + 50), Some(NOW + 100_000)),
    ];
    for (issued_at, not_before, expires_at) in shapes {
        let terms = Terms {
            issuer: "https://issuer.example".into(),
            vct: None,
            issued_at,
            not_before,
            expires_at,
            device_key: Some(SecretKey::generate_p256(&mut rng()).public_key()),
            status: None,
        };
        let credential = case.issue_with(&claims(), Redaction::none(), terms);
        let copy = case.present(&credential, &[], Meeting::Copy);
        let compact = compact(&copy, Meeting::Copy, &[Some(&case.list)], None);
        assert!(!is_whole(&compact));
        assert_eq!(
            expand(&compact, Meeting::Copy, &[Some(&case.list)])
                .unwrap()
                .presentation,
            copy
        );
    }
}

#[test]
fn what_has_no_compact_form_travels_whole() {
    let case = Case::new();
    let credential = case.issue(&claims(), Redaction::each_claim_of(&claims()));
    let show = paths(&["family_name", "qualification", "skills"]);
    let presentation = case.present(&credential, &show, ANSWER);
    // Disclosures in another order: the holder's own signature no longer matters here.
    let message = KeyBoundSdCwt::parse(&presentation).unwrap();
    let mut disclosures: Vec<&[u8]> = message
        .credential()
        .disclosures()
        .iter()
        .map(|disclosure| disclosure.bytes)
        .collect();
    disclosures.reverse();
    let unordered = nansen_credential::sd_cwt::encode_sd_cwt(
        message.credential().protected_bytes(),
        &disclosures,
        message.credential().payload_bytes(),
        message.credential().signature(),
    );
    for odd in [unordered, b"no credential at all".to_vec()] {
        let compact = compact(&odd, Meeting::Copy, &[Some(&case.list)], None);
        assert!(is_whole(&compact));
        assert_eq!(
            expand(&compact, Meeting::Copy, &[]).unwrap().presentation,
            odd
        );
    }
}

#[test]
fn a_form_of_another_meeting_is_refused() {
    let case = Case::new();
    let credential = case.issue(&claims(), Redaction::each_claim_of(&claims()));
    let presentation = case.present(&credential, &[], ANSWER);
    let lists = &[Some(&case.list)][..];
    let compact = compact(&presentation, ANSWER, lists, None);
    assert_eq!(
        expand(&compact, Meeting::Copy, lists),
        Err(Error::NotOfThisMeeting)
    );
    assert!(expand(&compact, ONE_WAY, lists).is_err());
    // Another request of the same verifier: rebuilt, with a signature that cannot be right.
    let replayed = Meeting::Answer {
        audience: "verifier",
        nonce: &[6; 32],
        requested_at: NOW,
    };
    let expanded = expand(&compact, replayed, lists).unwrap();
    let bound = KeyBoundSdCwt::parse(&expanded.presentation).unwrap();
    assert!(bound.verify().is_err());
}

#[test]
fn damaged_forms_are_typed_errors_or_other_presentations() {
    let case = Case::new();
    let credential = case.issue(&claims(), Redaction::each_claim_of(&claims()));
    let presentation = case.present(&credential, &paths(&["skills"]), ANSWER);
    let lists = &[Some(&case.list)][..];
    let compact = compact(&presentation, ANSWER, lists, None);
    for at in 0..compact.len() {
        assert!(
            expand(&compact[..at], ANSWER, lists).is_err(),
            "cut at {at}"
        );
        for bit in 0..8 {
            let mut changed = compact.clone();
            changed[at] ^= 1 << bit;
            if let Ok(expanded) = expand(&changed, ANSWER, lists) {
                assert_ne!(expanded.presentation, presentation, "byte {at}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn outside_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for meeting in [ANSWER, ONE_WAY, Meeting::Copy] {
            drop(expand(&bytes, meeting, &[]));
        }
    }

    #[test]
    fn keys_come_back(label in -(1i64 << 61)..(1i64 << 61)) {
        use nansen_credential::cbor::Key;
        let short = super::name::short_key(&Key::Int(label));
        prop_assert!(matches!(short, Key::Int(number) if number < 0));
        prop_assert_eq!(super::name::long_key(short), Ok(Key::Int(label)));
    }
}
