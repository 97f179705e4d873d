//! A queue of 10,000 presentations on one core and on two, and a look-up and load of what a phone
//! carries.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark"
)]

use std::num::NonZeroUsize;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use nansen::TrustStore;
use nansen::credential::ClaimPath;
use nansen::credential::cose::Signer;
use nansen::credential::sd_cwt::{Credential, KeyBinding};
use nansen::exchange::compact::{Meeting, compact};
use nansen::field::{Queued, check_queue};
use nansen::verifier::ONE_WAY_AUDIENCE;
use nansen_tests::publisher::{DAY, Publisher, School};
use nansen_tests::reference::key;

const NOW: i64 = 1_800_000_000;
const QUEUE: usize = 10_000;

fn batch(c: &mut Criterion) {
    let mut publisher = Publisher::new(NOW);
    publisher.publish(NOW, 90);
    let store = publisher.store();
    let presentation = one_way();
    let mut group = c.benchmark_group("batch of 10,000");
    group.sample_size(10);
    group.throughput(Throughput::Elements(QUEUE as u64));
    for threads in [1, 2] {
        let threads = NonZeroUsize::new(threads).expect("not zero");
        group.bench_function(format!("{threads} cores"), |bencher| {
            bencher.iter_batched(
                || -> Vec<Queued> {
                    let queued = || Queued::OneWay(presentation.clone());
                    core::iter::repeat_with(queued).take(QUEUE).collect()
                },
                |mut queue| check_queue(&mut queue, &store, DAY, NOW + 90, threads).tally,
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
    let stored = store.to_cbor();
    c.bench_function("store verified and loaded", |bencher| {
        bencher.iter(|| TrustStore::from_cbor(&stored).expect("a store"));
    });
}

fn one_way() -> Vec<u8> {
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    let device = key(60);
    let life = (NOW, NOW + 900 * DAY);
    let issued = School::new(101).issue(device.public_key(), life, 1, &mut rng);
    let credential = Credential::parse(&issued).expect("a credential");
    let claims = ["family_name", "qualification"].map(ClaimPath::name);
    let selection = credential.select(&claims).expect("claims");
    let binding = KeyBinding {
        audience: ONE_WAY_AUDIENCE.into(),
        issued_at: Some(NOW + 60),
        expires_at: Some(NOW + 660),
        id: Some(vec![7; 16]),
        nonce: None,
    };
    let unsigned = credential.bind(&selection, &binding).expect("a device key");
    let meeting = Meeting::OneWay {
        audience: ONE_WAY_AUDIENCE,
    };
    compact(
        &unsigned.sign(&device).expect("a signature"),
        meeting,
        &[],
        None,
    )
}

criterion_group!(benches, batch);
criterion_main!(benches);
