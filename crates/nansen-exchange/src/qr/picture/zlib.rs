//! A zlib stream (RFC 1950) for pictures of codes: one deflate block with the fixed codes (RFC 1951,
//! section 3.2.6).
//!
//! Drawn large, most rows of a code are the row above, and margins one byte again and again. That is
//! copied, and the rest stands as it is: a picture is some three times as large as from a whole
//! compressor, which weighs 15 KB in every app.

use adler2::adler32_slice;

/// Packs rows of `row` bytes.
pub(super) fn pack(bytes: &[u8], row: usize) -> Vec<u8> {
    let mut out = Bits {
        // Deflate, with a window of 32 KiB, packed in the quickest way.
        bytes: vec![0x78, 0x01],
        held: 0,
        count: 0,
    };
    // The last block, of fixed codes.
    out.number(0b011, 3);
    let mut place = 0;
    while let Some(&byte) = bytes.get(place) {
        let copies = [row, 1].map(|distance| (repeated(bytes, place, distance), distance));
        match copies.into_iter().max() {
            Some((length @ SHORTEST.., distance)) => {
                out.copy(length, distance);
                place += length;
            }
            _ => {
                out.literal(byte.into());
                place += 1;
            }
        }
    }
    out.length_code(256);
    out.number(0, (8 - out.count) % 8);
    out.bytes
        .extend_from_slice(&adler32_slice(bytes).to_be_bytes());
    out.bytes
}

/// Bytes from `place` on that are those `distance` before.
fn repeated(bytes: &[u8], place: usize, distance: usize) -> usize {
    let before = place
        .checked_sub(distance)
        .and_then(|from| bytes.get(from..));
    let pairs = before
        .unwrap_or_default()
        .iter()
        .zip(bytes.iter().skip(place));
    pairs.take(LONGEST).take_while(|(a, b)| a == b).count()
}

/// Bytes that one copy can stand for.
const SHORTEST: usize = 3;
const LONGEST: usize = 258;

/// Bits, from the lowest of each byte on.
struct Bits {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn number(&mut self, value: u32, bits: u32) {
        self.held |= value << self.count;
        self.count += bits;
        while self.count >= 8 {
            self.bytes.extend(self.held.to_le_bytes().first());
            self.held >>= 8;
            self.count -= 8;
        }
    }

    /// Codes come highest bit first.
    fn code(&mut self, code: u32, bits: u32) {
        self.number(code.reverse_bits() >> (32 - bits), bits);
    }

    fn literal(&mut self, byte: u32) {
        match byte {
            ..144 => self.code(0x30 + byte, 8),
            _ => self.code(0x190 + byte - 144, 9),
        }
    }

    fn length_code(&mut self, symbol: u32) {
        match symbol {
            ..280 => self.code(symbol - 256, 7),
            _ => self.code(0xc0 + symbol - 280, 8),
        }
    }

    /// A copy of [`SHORTEST`] to [`LONGEST`] bytes from `distance` before, at most 32 KiB.
    fn copy(&mut self, length: usize, distance: usize) {
        if length == LONGEST {
            self.length_code(285);
        } else {
            let (symbol, rest, bits) = symbol(length - SHORTEST, 2);
            self.length_code(257 + symbol);
            self.number(rest, bits);
        }
        let (symbol, rest, bits) = symbol(distance - 1, 1);
        self.code(symbol, 5);
        self.number(rest, bits);
    }
}

/// The symbol of a number, of which so many bits behind the highest are in the symbol; the other bits,
/// and how many they are (RFC 1951, section 3.2.5).
fn symbol(number: usize, within: u32) -> (u32, u32, u32) {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    let bits = (u32::BITS - number.leading_zeros()).saturating_sub(1 + within);
    // Below the first number with bits besides, symbol and number are one.
    let symbol = (bits << within) + (number >> bits);
    (symbol, number & ((1 << bits) - 1), bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    use miniz_oxide::inflate::decompress_to_vec_zlib;
    use proptest::prelude::*;

    #[test]
    fn symbols_are_those_of_the_table() {
        let lengths = [
            (3, 257),
            (10, 264),
            (11, 265),
            (12, 265),
            (13, 266),
            (35, 273),
            (257, 284),
        ];
        for (length, expected) in lengths {
            assert_eq!(symbol(length - SHORTEST, 2).0 + 257, expected, "{length}");
        }
        let distances = [
            (1, 0),
            (4, 3),
            (5, 4),
            (7, 5),
            (193, 15),
            (24_577, 29),
            (32_768, 29),
        ];
        for (distance, expected) in distances {
            assert_eq!(symbol(distance - 1, 1).0, expected, "{distance}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn another_program_unpacks_it(
            rows in prop::collection::vec((prop::collection::vec(0..4_u8, 300), 1..9_usize), 0..12),
            row in 1..301_usize,
        ) {
            let rows = rows.iter().flat_map(|(row, times)| row.repeat(*times));
            let bytes: Vec<u8> = rows.map(|byte| byte.wrapping_mul(85)).collect();
            prop_assert_eq!(decompress_to_vec_zlib(&pack(&bytes, row)).ok(), Some(bytes));
        }
    }
}
