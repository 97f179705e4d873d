//! Messages to codes and back. Read the figures as ratios within one run: cutting and
//! collecting a message against hashing it, drawing a code against collecting its frame.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use nansen_exchange::qr::{Code, Collector, Kind, Layout, Level, MessageId, Outcome, Picture};

fn message(length: usize) -> Vec<u8> {
    (0_u64..)
        .flat_map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes())
        .take(length)
        .collect()
}

/// Feeds texts until the message is complete; returns its length.
fn collect<'a>(texts: impl Iterator<Item = &'a String>) -> usize {
    let mut collector = Collector::new();
    texts
        .map(|text| collector.feed(text))
        .find_map(|outcome| match outcome {
            Outcome::Complete(message) => Some(message.bytes.len()),
            _ => None,
        })
        .unwrap_or_default()
}

fn frames(criterion: &mut Criterion) {
    let bytes = message(10 * 1024);
    let texts = Layout::default()
        .texts(Kind::File, &bytes)
        .unwrap_or_default();
    let mut group = criterion.benchmark_group("10 KiB");
    group.bench_function("hash", |b| {
        b.iter(|| MessageId::of(Kind::File, black_box(&bytes)));
    });
    group.bench_function("split", |b| {
        b.iter(|| Layout::default().texts(Kind::File, black_box(&bytes)));
    });
    group.bench_function("collect, none lost", |b| {
        b.iter(|| collect(black_box(&texts).iter()));
    });
    group.bench_function("collect, first frames lost", |b| {
        b.iter(|| collect(black_box(&texts).iter().rev()));
    });
    group.finish();
}

fn code(criterion: &mut Criterion) {
    let texts = Layout::default()
        .texts(Kind::Response, &message(830))
        .unwrap_or_default();
    let text = texts.first().map_or("", String::as_str);
    let mut group = criterion.benchmark_group("version 20");
    group.bench_function("draw", |b| {
        b.iter(|| Code::draw(black_box(text), Level::L));
    });
    if let Ok(code) = Code::draw(text, Level::L) {
        group.bench_function("png, 4 pixels a module", |b| {
            b.iter(|| code.png(Picture::default()));
        });
    }
    group.finish();
}

criterion_group!(benches, frames, code);
criterion_main!(benches);
