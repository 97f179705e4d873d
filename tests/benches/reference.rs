//! The reference case against raw signatures, in one run: what verifying and presenting cost.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use nansen::credential::cose::Signer;
use nansen::credential::sd_cwt::{Credential, KeyBinding};
use nansen::credential::verify::{Expected, verify};
use nansen::exchange::response::{self, Answer};
use nansen::exchange::seal;
use nansen::verifier::DEFAULT_MAX_STATUS_AGE;
use nansen_tests::reference::{Reference, key};

fn reference(c: &mut Criterion) {
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    let reference = Reference::default();
    let now = reference.now();
    let store = reference.store();
    let device = key(4);
    let issued = reference.issue(device.public_key(), &mut rng);
    let credential = Credential::parse(&issued).expect("a credential");
    let session = reference
        .verifier()
        .request(reference.query(), "Site induction", &store, now, &mut rng)
        .expect("a request");
    let request = session.request();
    let lists = request.known_lists(store.trust_lists());
    let bind = || {
        let selection = credential.select(&reference.disclosed()).expect("claims");
        let binding = KeyBinding {
            audience: request.audience(),
            issued_at: Some(now),
            expires_at: None,
            id: None,
            nonce: Some(request.digest().to_vec()),
        };
        let unsigned = credential.bind(&selection, &binding).expect("a device key");
        unsigned.sign(&device).expect("a signature")
    };
    let present = |rng: &mut rand_core::UnwrapErr<getrandom::SysRng>| {
        let presentation = bind();
        let answer = Answer {
            query: 0,
            presentation: &presentation,
            issuer_key: None,
        };
        let plaintext = response::encode(request, &[answer], &lists).expect("an answer");
        let sealed = seal(request, &plaintext, rng).expect("a seal");
        (presentation, plaintext, sealed)
    };
    let (presentation, plaintext, sealed) = present(&mut rng);
    let audience = request.audience();
    let expected = Expected::Answer {
        audience: &audience,
        nonce: request.digest(),
        requested_at: request.issued_at(),
        expires_at: request.expires_at(),
    };

    let message = vec![7; 700];
    let raw = device.sign(&message).expect("a signature");
    let public = device.public_key();

    let mut group = c.benchmark_group("verify");
    group.bench_function("two raw Ed25519 verifications", |b| {
        b.iter(|| {
            for _ in 0..2 {
                public
                    .verify(public.algorithm(), &message, &raw)
                    .expect("good");
            }
        });
    });
    group.bench_function("standard presentation", |b| {
        b.iter(|| {
            verify(
                &presentation,
                expected,
                &store.context(now, DEFAULT_MAX_STATUS_AGE),
            )
        });
    });
    group.bench_function("compact, expanded first", |b| {
        b.iter(|| {
            let answers = response::decode(request, &plaintext, &lists).expect("an answer");
            let context = store.context(now, DEFAULT_MAX_STATUS_AGE);
            verify(&answers[0].expanded.presentation, expected, &context)
        });
    });
    group.bench_function("sealed answer, opened and expanded first", |b| {
        let secret = session.to_secret_bytes();
        let session = nansen::exchange::VerifierSession::from_secret_bytes(&secret).expect("one");
        b.iter(|| {
            let plaintext = session.open(&sealed).expect("ours");
            let answers = response::decode(request, &plaintext, &lists).expect("an answer");
            let context = store.context(now, DEFAULT_MAX_STATUS_AGE);
            verify(&answers[0].expanded.presentation, expected, &context)
        });
    });
    group.finish();

    let mut group = c.benchmark_group("present");
    group.bench_function("one raw Ed25519 signature", |b| {
        b.iter(|| device.sign(&message).expect("a signature"));
    });
    group.bench_function("select, bind, compact and seal", |b| {
        b.iter(|| present(&mut rng))
    });
    group.bench_function("of that, select and bind", |b| b.iter(bind));
    group.bench_function("of that, compact", |b| {
        b.iter(|| {
            let answer = Answer {
                query: 0,
                presentation: &presentation,
                issuer_key: None,
            };
            response::encode(request, &[answer], &lists).expect("an answer")
        });
    });
    group.bench_function("of that, seal", |b| {
        b.iter(|| seal(request, &plaintext, &mut rng).expect("a seal"));
    });
    group.bench_function("parse the credential", |b| {
        b.iter(|| Credential::parse(&issued).expect("a credential"));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(50);
    targets = reference
}
criterion_main!(benches);
