//! Half precision (IEEE 754 binary16) and the shortest form of a float (RFC 8949, 4.2.1).

/// The one NaN that deterministic CBOR writes, as binary16 bits.
const NAN_16: u16 = 0x7e00;

/// A float in the shortest width that keeps its value.
pub(super) enum Shortest {
    Half(u16),
    Single(f32),
    Double(f64),
}

pub(super) fn shortest(value: f64) -> Shortest {
    if value.is_nan() {
        return Shortest::Half(NAN_16);
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the comparison below tells whether the value survived"
    )]
    let single = value as f32;
    if f64::from(single).to_bits() != value.to_bits() {
        return Shortest::Double(value);
    }
    match to_half(single) {
        Some(half) => Shortest::Half(half),
        None => Shortest::Single(single),
    }
}

/// Bits of the binary16 number equal to `value`, if there is one.
fn to_half(value: f32) -> Option<u16> {
    let bits = value.to_bits();
    let sign = if bits >> 31 == 1 { 0x8000 } else { 0 };
    let exponent = (bits >> 23) & 0xff;
    let fraction = bits & 0x007f_ffff;
    let magnitude = match exponent {
        0xff => 0x7c00,
        0 if fraction == 0 => 0,
        113..=142 if fraction.trailing_zeros() >= 13 => ((exponent - 112) << 10) | (fraction >> 13),
        // Subnormal halves are multiples of 2^-24 below 2^-14.
        103..=112 => {
            let whole = fraction | 0x0080_0000;
            let shift = 126 - exponent;
            if whole.trailing_zeros() < shift {
                return None;
            }
            whole >> shift
        }
        _ => return None,
    };
    u16::try_from(magnitude)
        .ok()
        .map(|magnitude| sign | magnitude)
}

/// The value of a binary16 number.
pub(super) fn from_half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from((bits >> 10) & 0x1f);
    let fraction = f64::from(bits & 0x03ff);
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

/// Whether `bits` is the NaN that the writer writes, or no NaN at all.
pub(super) fn is_canonical_half(bits: u16) -> bool {
    bits == NAN_16 || !from_half(bits).is_nan()
}
