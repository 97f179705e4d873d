//! Crockford's base 32 (no I, L, O, U): what people copy by hand, and what QR codes hold as letters and
//! digits.
//!
//! Five bits a character, most significant first. Reading forgives case, spaces, hyphens, and the
//! letters O, I and L written for 0 and 1. Invariant: what [`grouped`] shows is letters, digits and
//! hyphens, which QR codes have in their alphanumeric mode (ISO/IEC 18004).

use zeroize::Zeroizing;

pub(crate) const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The digits of whole groups of five bytes, eight for each.
pub(crate) fn digits(bytes: &[u8]) -> impl Iterator<Item = u8> {
    bytes.chunks_exact(5).flat_map(|bytes| {
        let bits = bytes
            .iter()
            .fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        (0..8)
            .rev()
            .map(move |place| five_bits(bits >> (5 * place)))
    })
}

/// Fills `bytes`, whole groups of five, from eight digits for each.
pub(crate) fn fill(bytes: &mut [u8], digits: &[u8]) {
    for (bytes, digits) in bytes.chunks_exact_mut(5).zip(digits.chunks_exact(8)) {
        let bits = digits
            .iter()
            .fold(0u64, |bits, digit| bits << 5 | u64::from(*digit));
        bytes.copy_from_slice(bits.to_be_bytes().get(3..).unwrap_or_default());
    }
}

/// The digits as letters, a hyphen after each `group` of them.
pub(crate) fn grouped(
    digits: impl Iterator<Item = u8>,
    most: usize,
    group: usize,
) -> Zeroizing<String> {
    let mut shown = Zeroizing::new(String::with_capacity(most + most / group));
    for (place, digit) in digits.enumerate() {
        if place > 0 && place % group == 0 {
            shown.push('-');
        }
        let letter = ALPHABET.get(usize::from(digit));
        shown.extend(letter.map(|letter| char::from(*letter)));
    }
    shown
}

/// Reads up to `N` digits, and how many there are in all; `None` for a character that is none.
pub(crate) fn read<const N: usize>(typed: &str) -> Option<(Zeroizing<[u8; N]>, usize)> {
    let mut digits = Zeroizing::new([0u8; N]);
    let mut found = 0;
    for letter in typed
        .chars()
        .filter(|c| !c.is_whitespace() && !"-\u{2010}\u{2013}".contains(*c))
    {
        let digit = digit_of(letter)?;
        if let Some(place) = digits.get_mut(found) {
            *place = digit;
        }
        found += 1;
    }
    Some((digits, found))
}

/// The lowest five bits: one character.
pub(crate) fn five_bits(bits: u64) -> u8 {
    u8::try_from(bits & 31).unwrap_or_default()
}

fn digit_of(letter: char) -> Option<u8> {
    let plain = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let digit = ALPHABET
        .iter()
        .position(|known| char::from(*known) == plain)?;
    u8::try_from(digit).ok()
}
