use proptest::prelude::*;

use super::*;

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn refused(hex: &str) -> CborError {
    Value::from_cbor(&from_hex(hex)).unwrap_err()
}

#[test]
fn refuses_each_defect_by_name() {
    assert_eq!(refused(""), CborError::Truncated { offset: 0 });
    assert_eq!(refused("19"), CborError::Truncated { offset: 0 });
    assert_eq!(refused("430102"), CborError::Truncated { offset: 0 });
    assert_eq!(
        refused("820102ff"),
        CborError::TrailingBytes {
            offset: 3,
            count: 1
        }
    );
    assert_eq!(refused("1817"), CborError::NonShortest { offset: 0 });
    assert_eq!(refused("190017"), CborError::NonShortest { offset: 0 });
    assert_eq!(refused("3800"), CborError::NonShortest { offset: 0 });
    assert_eq!(refused("580101"), CborError::NonShortest { offset: 0 });
    assert_eq!(refused("780161"), CborError::NonShortest { offset: 0 });
    assert_eq!(refused("980101"), CborError::NonShortest { offset: 0 });
    assert_eq!(refused("d81201"), CborError::NonShortest { offset: 0 });
    assert_eq!(refused("fa3fc00000"), CborError::NonShortest { offset: 0 });
    assert_eq!(
        refused("fb3ff8000000000000"),
        CborError::NonShortest { offset: 0 }
    );
    assert_eq!(refused("f97e01"), CborError::NonShortest { offset: 0 });
    assert_eq!(refused("9f01ff"), CborError::IndefiniteLength { offset: 0 });
    assert_eq!(
        refused("5f4101ff"),
        CborError::IndefiniteLength { offset: 0 }
    );
    assert_eq!(
        refused("bf0101ff"),
        CborError::IndefiniteLength { offset: 0 }
    );
    assert_eq!(refused("a202010101"), CborError::UnsortedKey { offset: 3 });
    assert_eq!(refused("a201010101"), CborError::DuplicateKey { offset: 3 });
    assert_eq!(
        refused("a2616201616101"),
        CborError::UnsortedKey { offset: 4 }
    );
    assert_eq!(refused("a1410101"), CborError::UnsupportedKey { offset: 1 });
    assert_eq!(refused("a1f501"), CborError::UnsupportedKey { offset: 1 });
    assert_eq!(
        refused("9affffffff"),
        CborError::ImpossibleLength {
            offset: 0,
            count: 0xffff_ffff
        }
    );
    assert_eq!(
        refused("ba00010000"),
        CborError::ImpossibleLength {
            offset: 0,
            count: 0x1_0000
        }
    );
    assert_eq!(
        refused("5bffffffffffffffff"),
        CborError::Truncated { offset: 0 }
    );
    assert_eq!(refused("62c328"), CborError::InvalidUtf8 { offset: 0 });
    assert_eq!(
        refused("1bffffffffffffffff"),
        CborError::IntegerOutOfRange { offset: 0 }
    );
    assert_eq!(
        refused("3bffffffffffffffff"),
        CborError::IntegerOutOfRange { offset: 0 }
    );
    assert_eq!(refused("f7"), CborError::Unsupported { offset: 0 });
    assert_eq!(refused("f83b"), CborError::Unsupported { offset: 0 });
    assert_eq!(refused("1c"), CborError::Unsupported { offset: 0 });
}

#[test]
fn depth_is_bounded_for_values_and_for_raw_items() {
    let nested = |levels: usize| {
        let mut bytes = vec![0x81; levels];
        bytes.push(0x01);
        bytes
    };
    let limit = crate::limits::MAX_DEPTH;
    assert!(Value::from_cbor(&nested(limit - 1)).is_ok());
    let too_deep = CborError::TooDeep {
        offset: limit,
        limit,
    };
    assert_eq!(Value::from_cbor(&nested(limit)), Err(too_deep.clone()));
    assert_eq!(Reader::new(&nested(100_000)).raw(), Err(too_deep));
}

#[test]
fn the_redacted_key_sorts_last_and_survives() {
    let map = Map::new()
        .with(Key::Redacted, Value::Array(vec![]))
        .with("name", 1)
        .with(-1, 2)
        .with(65535, 3)
        .with(4, 4);
    assert_eq!(
        map.to_cbor(),
        from_hex("a5040419ffff032002646e616d6501f83b80")
    );
    assert_eq!(Value::from_cbor(&map.to_cbor()), Ok(Value::Map(map)));
}

/// The deterministic ones of RFC 8949, appendix A.
#[test]
fn numbers_of_rfc_8949_appendix_a() {
    for (hex, value) in [
        ("00", Value::Integer(0)),
        ("1818", Value::Integer(24)),
        ("1b000000e8d4a51000", Value::Integer(1_000_000_000_000)),
        ("20", Value::Integer(-1)),
        ("3903e7", Value::Integer(-1000)),
        ("3b7fffffffffffffff", Value::Integer(i64::MIN)),
        ("f90000", Value::Float(0.0)),
        ("f98000", Value::Float(-0.0)),
        ("f93c00", Value::Float(1.0)),
        ("fb3ff199999999999a", Value::Float(1.1)),
        ("f93e00", Value::Float(1.5)),
        ("f97bff", Value::Float(65504.0)),
        ("fa47c35000", Value::Float(100_000.0)),
        ("fa7f7fffff", Value::Float(3.402_823_466_385_288_6e38)),
        ("f90001", Value::Float(5.960_464_477_539_063e-8)),
        ("f90400", Value::Float(0.000_061_035_156_25)),
        ("f97c00", Value::Float(f64::INFINITY)),
        ("f9fc00", Value::Float(f64::NEG_INFINITY)),
    ] {
        assert_eq!(
            Value::from_cbor(&from_hex(hex)).as_ref(),
            Ok(&value),
            "{hex}"
        );
        assert_eq!(value.to_cbor(), from_hex(hex));
    }
    assert_eq!(Value::Float(f64::NAN).to_cbor(), from_hex("f97e00"));
}

pub(crate) fn any_value() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        any::<i64>().prop_map(Key::Int),
        (-30i64..30).prop_map(Key::Int),
        ".{0,30}".prop_map(Key::Text),
        Just(Key::Redacted),
    ];
    let leaf = prop_oneof![
        any::<i64>().prop_map(Value::Integer),
        any::<f64>()
            .prop_filter("NaN is not equal to itself", |f| !f.is_nan())
            .prop_map(Value::Float),
        any::<f32>()
            .prop_filter("NaN", |f| !f.is_nan())
            .prop_map(|f| Value::Float(f.into())),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
        ".{0,40}".prop_map(Value::Text),
        any::<bool>().prop_map(Value::Bool),
        Just(Value::Null),
    ];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::vec((key.clone(), inner.clone()), 0..6)
                .prop_map(|entries| Value::Map(entries.into_iter().collect())),
            (any::<u32>(), inner).prop_map(|(tag, item)| Value::Tag(tag.into(), Box::new(item))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_written_is_read_back(value in any_value()) {
        let bytes = value.to_cbor();
        prop_assert_eq!(Value::from_cbor(&bytes), Ok(value));
        prop_assert_eq!(Reader::new(&bytes).raw(), Ok(bytes.as_slice()));
    }

    #[test]
    fn what_is_read_is_written_back(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let value = Value::from_cbor(&bytes);
        if let Ok(value) = &value {
            prop_assert_eq!(value.to_cbor(), bytes.clone());
        }
        // The two ways to read agree on what is strict.
        let mut reader = Reader::new(&bytes);
        let raw = reader.raw().and_then(|_| reader.finish());
        prop_assert_eq!(raw.is_ok(), value.is_ok());
    }

    #[test]
    fn keys_sort_as_their_encodings(a in any_value(), b in any_value()) {
        if let (Value::Map(a), Value::Map(b)) = (a, b) {
            for (left, _) in a.iter() {
                for (right, _) in b.iter() {
                    let encoded = |key: &Key| { let mut w = Writer::new(); w.key(key); w.into_bytes() };
                    prop_assert_eq!(left.cmp(right), encoded(left).cmp(&encoded(right)));
                }
            }
        }
    }
}

#[test]
fn keys_in_any_order_are_still_unique_and_found() {
    // {"bits": 1, "a": {3: 0, 2: 0}}
    let bytes = from_hex("a26462697473016161a203000200");
    assert_eq!(
        RawMap::from_cbor(&bytes).unwrap_err(),
        CborError::UnsortedKey { offset: 7 }
    );
    let map = RawMap::from_cbor_in_any_order(&bytes).unwrap();
    assert_eq!(map.raw(&Key::from("a")), Some(&bytes[9..]));
    assert_eq!(map.raw(&Key::from("bits")), Some(&[1][..]));
    for (hex, offset) in [("a3020001000200", 5), ("a1616ba3020001000200", 8)] {
        assert_eq!(
            RawMap::from_cbor_in_any_order(&from_hex(hex)).unwrap_err(),
            CborError::DuplicateKey { offset }
        );
    }
}
