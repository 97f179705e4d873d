//! Patches: how to make one byte string from another that is much like it.
//!
//! A patch is a sequence of steps. A step begins with a number `2 n + c` in LEB128: for `c` = 0
//! the next `n` bytes are new and follow here; for `c` = 1 they are `n` bytes of the old string,
//! from the place that follows as a second number. The result has a size known beforehand, which
//! bounds it before memory is taken.

use std::collections::HashMap;

use crate::Error;

/// The patch that makes `new` of `old`.
#[must_use]
pub fn diff(old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut places: HashMap<&[u8], usize> = HashMap::new();
    for (number, block) in old.chunks_exact(BLOCK).enumerate() {
        places.entry(block).or_insert(number * BLOCK);
    }
    let mut patch = Vec::new();
    let (mut at, mut copied) = (0, 0);
    while let Some(block) = new.get(at..at + BLOCK) {
        let Some(&place) = places.get(block) else {
            at += 1;
            continue;
        };
        // A block that is found may have begun earlier and go on.
        let fresh = new.get(copied..at).unwrap_or_default();
        let before = old.get(..place).unwrap_or_default();
        let back = common(fresh.iter().rev(), before.iter().rev());
        let (from_new, from_old) = (at - back, place - back);
        let (rest_new, rest_old) = (new.get(from_new..), old.get(from_old..));
        let length = common(
            rest_new.unwrap_or_default().iter(),
            rest_old.unwrap_or_default().iter(),
        );
        insert(&mut patch, new.get(copied..from_new).unwrap_or_default());
        number(&mut patch, 2 * length + 1);
        number(&mut patch, from_old);
        at = from_new + length;
        copied = at;
    }
    insert(&mut patch, new.get(copied..).unwrap_or_default());
    patch
}

/// Makes a string of exactly `size` bytes of `old`.
///
/// # Errors
/// [`Error::Invalid`] for a patch that ends early, reaches beyond `old`, or makes another size.
pub fn apply(old: &[u8], mut patch: &[u8], size: usize) -> Result<Vec<u8>, Error> {
    let mut new = Vec::with_capacity(size);
    while !patch.is_empty() {
        let step = read_number(&mut patch)?;
        let length = step / 2;
        if length > size - new.len() {
            return Err(DAMAGED);
        }
        let part = if step % 2 == 0 {
            let (part, rest) = patch.split_at_checked(length).ok_or(DAMAGED)?;
            patch = rest;
            part
        } else {
            let from = read_number(&mut patch)?;
            let old = old.get(from..).and_then(|old| old.get(..length));
            old.ok_or(DAMAGED)?
        };
        new.extend_from_slice(part);
    }
    if new.len() != size {
        return Err(DAMAGED);
    }
    Ok(new)
}

fn common<'a>(one: impl Iterator<Item = &'a u8>, other: impl Iterator<Item = &'a u8>) -> usize {
    one.zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}

fn insert(patch: &mut Vec<u8>, bytes: &[u8]) {
    if !bytes.is_empty() {
        number(patch, 2 * bytes.len());
        patch.extend_from_slice(bytes);
    }
}

/// LEB128.
fn number(patch: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        patch.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    patch.push(value.to_le_bytes()[0]);
}

fn read_number(patch: &mut &[u8]) -> Result<usize, Error> {
    let mut value = 0;
    for shift in (0..MAX_NUMBER_BITS).step_by(7) {
        let (byte, rest) = patch.split_first().ok_or(DAMAGED)?;
        *patch = rest;
        value |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(DAMAGED)
}

/// Bytes that must be alike to be worth a copy.
const BLOCK: usize = 16;

/// No content is as long as 2^28 bytes.
const MAX_NUMBER_BITS: u32 = 28;

const DAMAGED: Error = Error::Invalid { what: "patch" };

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_patch_makes_the_new_of_the_old(
            old in prop::collection::vec(0_u8..4, 0..600),
            cut in 0_usize..600,
            fresh in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let cut = cut.min(old.len());
            let new = [&old[cut..], &fresh, &old[..cut]].concat();
            let patch = diff(&old, &new);
            prop_assert_eq!(apply(&old, &patch, new.len()), Ok(new));
        }

        #[test]
        fn no_patch_makes_more_than_it_may(
            old in prop::collection::vec(any::<u8>(), 0..100),
            patch in prop::collection::vec(any::<u8>(), 0..100),
            size in 0_usize..200,
        ) {
            if let Ok(new) = apply(&old, &patch, size) {
                prop_assert_eq!(new.len(), size);
            }
        }
    }

    #[test]
    fn one_entry_in_the_middle_costs_little() {
        let old: Vec<u8> = (0..20_000_u32)
            .flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes())
            .collect();
        let mut new = old.clone();
        new.splice(40_000..40_000, *b"a new issuer in the middle");
        assert!(diff(&old, &new).len() < 60);
    }

    #[test]
    fn steps_beyond_the_old_or_the_end_are_damage() {
        for patch in [&[3_u8, 9][..], &[4, 1], &[0x80], &[0xff; 8], &[3]] {
            assert_eq!(apply(b"old", patch, 1), Err(DAMAGED));
        }
        assert_eq!(apply(b"old", &[], 1), Err(DAMAGED));
    }
}
