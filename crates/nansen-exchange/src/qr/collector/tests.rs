//! Journeys of texts through the collector: complete, mixed, repeated, damaged, hostile.

use proptest::prelude::*;

use super::*;
use crate::qr::{Kind, Layout};

fn message(seed: u8, length: usize) -> Vec<u8> {
    (0_u8..=250)
        .map(|n| n.wrapping_mul(seed))
        .cycle()
        .take(length)
        .collect()
}

fn small_frames() -> Layout {
    Layout {
        version_max: 8,
        ..Layout::default()
    }
}

fn complete(kind: Kind, bytes: &[u8]) -> Outcome {
    let bytes = bytes.to_vec();
    Outcome::Complete(Message { kind, bytes })
}

#[test]
fn one_code_completes_at_once_and_only_once() {
    let bytes = message(3, 750);
    let texts = Layout::default().texts(Kind::Response, &bytes).unwrap();
    assert_eq!(texts.len(), 1);
    let mut collector = Collector::new();
    assert_eq!(collector.progress(), Progress::default());
    assert_eq!(collector.feed(&texts[0]), complete(Kind::Response, &bytes));
    assert_eq!(collector.feed(&texts[0]), Outcome::Duplicate);
    let (received, needed) = (1, 1);
    assert_eq!(collector.progress(), Progress { received, needed });
    collector.reset();
    assert_eq!(collector.feed(&texts[0]), complete(Kind::Response, &bytes));
}

#[test]
fn an_empty_message_travels_in_one_code() {
    let texts = Layout::default().texts(Kind::File, &[]).unwrap();
    assert_eq!(Collector::new().feed(&texts[0]), complete(Kind::File, &[]));
}

#[test]
fn progress_counts_distinct_frames() {
    let bytes = message(3, 1500);
    let texts = small_frames().texts(Kind::TrustList, &bytes).unwrap();
    let mut collector = Collector::new();
    let needed = 10;
    for (position, text) in texts.iter().take(needed - 1).enumerate() {
        let received = position + 1;
        let progress = Progress { received, needed };
        assert_eq!(collector.feed(text), Outcome::Accepted(progress));
        assert_eq!(collector.feed(text), Outcome::Duplicate);
        assert_eq!(collector.progress(), progress);
    }
    assert_eq!(
        collector.feed(texts.last().unwrap()),
        complete(Kind::TrustList, &bytes)
    );
    for text in &texts {
        assert_eq!(collector.feed(text), Outcome::Duplicate);
    }
}

#[test]
fn the_first_message_stays_when_two_are_mixed() {
    let (first, second) = (message(3, 1500), message(5, 1500));
    let first_texts = small_frames().texts(Kind::File, &first).unwrap();
    let second_texts = small_frames().texts(Kind::File, &second).unwrap();
    let single = Layout::default().texts(Kind::Request, b"ask").unwrap();
    let second_id = MessageId::of(Kind::File, &second);
    let single_id = MessageId::of(Kind::Request, b"ask");
    let mut collector = Collector::new();
    let mut given = Vec::new();
    for (ours, theirs) in first_texts.iter().zip(&second_texts) {
        given.push(collector.feed(ours));
        assert_eq!(collector.feed(theirs), Outcome::OtherMessage(second_id));
        assert_eq!(collector.feed(&single[0]), Outcome::OtherMessage(single_id));
    }
    let expected = complete(Kind::File, &first);
    assert_eq!(
        given.iter().filter(|outcome| **outcome == expected).count(),
        1
    );

    collector.reset();
    let last = second_texts
        .iter()
        .map(|text| collector.feed(text))
        .find(|outcome| matches!(outcome, Outcome::Complete(_)));
    assert_eq!(last, Some(complete(Kind::File, &second)));
}

#[test]
fn the_same_message_in_other_pieces_is_another_series() {
    let bytes = message(3, 3000);
    let one = small_frames().texts(Kind::File, &bytes).unwrap();
    let layout = Layout {
        version_max: 12,
        ..Layout::default()
    };
    let other = layout.texts(Kind::File, &bytes).unwrap();
    let id = MessageId::of(Kind::File, &bytes);
    let mut collector = Collector::new();
    collector.feed(&one[0]);
    assert_eq!(collector.feed(&other[1]), Outcome::OtherMessage(id));
    assert_eq!(collector.progress().received, 1);
}

#[test]
fn what_is_refused_leaves_the_collection_as_it_was() {
    let texts = small_frames().texts(Kind::File, &message(3, 1500)).unwrap();
    let mut collector = Collector::new();
    collector.feed(&texts[0]);
    let before = collector.progress();
    let cut = &texts[1][..texts[1].len() - 3];
    for text in ["https://example.org", "", "N1M:", "N1M:::", "N3M:BB8", cut] {
        assert!(
            matches!(collector.feed(text), Outcome::Refused(_)),
            "{text}"
        );
        assert_eq!(collector.progress(), before);
    }
}

#[test]
fn a_forged_frame_is_found_at_the_end_and_the_scan_begins_anew() {
    let bytes = message(3, 1500);
    let texts = small_frames().texts(Kind::File, &bytes).unwrap();
    let Ok(Scanned::Frame(mut forged)) = parse(&texts[0]) else {
        panic!("not a frame");
    };
    let end = forged.len() - 4;
    forged[end - 1] ^= 1;
    let check = crc32fast::hash(&forged[..end]).to_be_bytes();
    forged[end..].copy_from_slice(&check);
    let mut collector = Collector::new();
    collector.feed(&crate::qr::text::frame(&forged));
    let refused = texts
        .iter()
        .skip(1)
        .map(|text| collector.feed(text))
        .find(|outcome| matches!(outcome, Outcome::Refused(_)));
    let needed = 10;
    assert_eq!(
        refused,
        Some(Outcome::Refused(Error::MessageDamaged { needed }))
    );
    let found = texts
        .iter()
        .map(|text| collector.feed(text))
        .any(|outcome| outcome == complete(Kind::File, &bytes));
    assert!(found);
}

#[test]
fn a_mebibyte_travels_and_a_byte_more_does_not() {
    let bytes = message(7, 1 << 20);
    let texts = Layout::default().texts(Kind::StatusList, &bytes).unwrap();
    let mut collector = Collector::new();
    let last = texts
        .iter()
        .rev()
        .map(|text| collector.feed(text))
        .find(|outcome| matches!(outcome, Outcome::Complete(_)));
    assert!(last == Some(complete(Kind::StatusList, &bytes)));
    assert_eq!(
        Layout::default().texts(Kind::StatusList, &message(7, (1 << 20) + 1)),
        Err(Error::MessageTooLong {
            length: (1 << 20) + 1,
            limit: 1 << 20
        })
    );
}

#[test]
fn layouts_that_cannot_carry_are_refused() {
    let with = |version_max, spare_frames| Layout {
        version_max,
        spare_frames,
        ..Layout::default()
    };
    let bytes = message(3, 1500);
    assert_eq!(
        with(41, None).texts(Kind::File, &bytes),
        Err(Error::QrVersion { version: 41 })
    );
    assert_eq!(
        with(1, None).texts(Kind::File, &bytes),
        Err(Error::CodeTooSmall {
            version: 1,
            capacity: 25
        })
    );
    assert_eq!(
        with(2, None).texts(Kind::File, &message(3, 50_000)),
        Err(Error::FramesNeeded {
            needed: 4167,
            limit: 2048
        })
    );
    assert_eq!(
        with(8, Some(1000)).texts(Kind::File, &bytes),
        Err(Error::FrameCount {
            count: 1010,
            least: 10,
            limit: 84
        })
    );
    assert_eq!(
        with(8, Some(0)).texts(Kind::File, &bytes).unwrap().len(),
        10
    );
    assert_eq!(with(8, None).texts(Kind::File, &bytes).unwrap().len(), 12);
}

#[test]
fn spare_frames_are_a_quarter_and_at_least_two() {
    for (length, needed, sent) in [(300, 2, 4), (1500, 10, 12), (6600, 40, 50)] {
        let texts = small_frames()
            .texts(Kind::File, &message(3, length))
            .unwrap();
        assert_eq!(texts.len(), sent);
        let mut collector = Collector::new();
        collector.feed(&texts[0]);
        assert_eq!(collector.progress().needed, needed);
    }
}

/// A message, and the order in which some of its frames are seen, repeats included.
fn scans() -> impl Strategy<Value = (Vec<u8>, usize, Vec<usize>)> {
    (300_usize..6000, 0_usize..40, 0_u64..).prop_flat_map(|(length, spare, seed)| {
        let bytes: Vec<u8> = (0_u64..)
            .flat_map(|n| n.wrapping_mul(seed | 1).to_be_bytes())
            .take(length)
            .collect();
        let order = proptest::collection::vec(0_usize..10_000, 0..400);
        (Just(bytes), Just(spare), order)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_k_distinct_frames_in_any_order_suffice((bytes, spare, order) in scans()) {
        let layout = Layout { version_max: 8, spare_frames: Some(spare), ..Layout::default() };
        let texts = layout.texts(Kind::File, &bytes).unwrap();
        let needed = texts.len() - spare;
        let mut collector = Collector::new();
        let mut seen = std::collections::BTreeSet::new();
        let all = order.iter().map(|n| n % texts.len()).chain((0..texts.len()).rev());
        for index in all {
            let outcome = collector.feed(&texts[index]);
            if !seen.insert(index) {
                prop_assert_eq!(outcome, Outcome::Duplicate);
            } else if seen.len() < needed {
                let progress = Progress { received: seen.len(), needed };
                prop_assert_eq!(outcome, Outcome::Accepted(progress));
            } else {
                prop_assert_eq!(outcome, complete(Kind::File, &bytes));
                break;
            }
        }
        prop_assert_eq!(seen.len(), needed);
    }

    #[test]
    fn a_changed_character_of_a_frame_is_never_accepted(
        position in 4_usize..253,
        character in "[0-9A-Z $%*+./:-]",
    ) {
        let texts = small_frames().texts(Kind::File, &message(3, 1500)).unwrap();
        let mut changed = texts[1].clone();
        changed.replace_range(position..=position, &character);
        prop_assume!(changed != texts[1]);
        let outcome = Collector::new().feed(&changed);
        let refused = matches!(outcome, Outcome::Refused(_));
        prop_assert!(refused, "{:?}", outcome);
    }

    #[test]
    fn frames_of_one_message_make_codes_of_one_version(length in 831_usize..20_000) {
        let texts = Layout::default().texts(Kind::File, &message(3, length)).unwrap();
        prop_assert!(texts.iter().all(|text| text.len() == texts[0].len()));
        prop_assert!(texts[0].len() <= 1249);
    }
}
