//! CRC-32 (ISO/IEC 8802-3, reflected polynomial 0xedb88320): the check of frames and of the
//! chunks of a PNG file. Half a byte at a time, with a table of 64 bytes: what is checked is
//! small, and so the library stays.

/// The check of the parts, one after the other.
pub(super) fn crc32(parts: &[&[u8]]) -> u32 {
    let bytes = parts.iter().copied().flatten();
    let half = |crc: u32, half: u32| {
        let place = (crc ^ half) & 15;
        let known = TABLE.get(place as usize).copied().unwrap_or_default();
        known ^ (crc >> 4)
    };
    !bytes.fold(u32::MAX, |crc, &byte| {
        let low = half(crc, byte.into());
        half(low, u32::from(byte) >> 4)
    })
}

/// The remainder of each half of a byte.
const TABLE: [u32; 16] = {
    let mut table = [0; 16];
    let mut half: u32 = 0;
    while half < 16 {
        let mut rest = half;
        let mut bit = 0;
        while bit < 4 {
            rest = (rest >> 1) ^ (POLYNOMIAL * (rest & 1));
            bit += 1;
        }
        #[allow(
            clippy::indexing_slicing,
            reason = "half is below 16, and get is not const"
        )]
        {
            table[half as usize] = rest;
        }
        half += 1;
    }
    table
};

const POLYNOMIAL: u32 = 0xedb8_8320;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::crc32;

    #[test]
    fn the_check_value_of_the_standard() {
        assert_eq!(crc32(&[b"123456789"]), 0xcbf4_3926);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn as_another_implementation_has_it(bytes: Vec<u8>, cut: prop::sample::Index) {
            let (head, tail) = bytes.split_at(cut.index(bytes.len() + 1));
            prop_assert_eq!(crc32(&[head, tail]), crc32fast::hash(&bytes));
        }
    }
}
