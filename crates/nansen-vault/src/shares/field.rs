//! Shamir's scheme (Communications of the ACM 22, 1979) over GF(2^8) with the polynomial
//! x^8 + x^4 + x^3 + x + 1 of AES: the field and the sharing of SLIP-39, without its words.
//!
//! Each byte of the secret is the value at 0 of a polynomial whose other coefficients are random, zeros
//! among them; a share is its value at the share's number. Products take the same steps whatever their
//! factors: no table is looked up by a secret. Invariant: fewer points than coefficients say nothing of
//! the value at 0.

use rand_core::CryptoRng;
use subtle::{Choice, ConditionallySelectable};

use crate::secret::SecretKey;

/// The polynomial without its highest term.
const REDUCTION: u8 = 0x1b;

/// Splits into `total` points, numbered from 1, of which any `needed` give the secret back.
pub(super) fn split(
    secret: &SecretKey,
    needed: u8,
    total: u8,
    rng: &mut impl CryptoRng,
) -> Vec<(u8, SecretKey)> {
    let higher: Vec<SecretKey> = (1..needed)
        .map(|_| {
            let mut coefficient = SecretKey::zeros();
            rng.fill_bytes(coefficient.reveal_mut());
            coefficient
        })
        .collect();
    (1..=total)
        .map(|number| {
            // Horner's rule, from the highest coefficient down to the secret.
            let mut value = SecretKey::zeros();
            for coefficient in higher.iter().rev().chain([secret]) {
                let bytes = value.reveal_mut().iter_mut();
                for (byte, added) in bytes.zip(coefficient.reveal()) {
                    *byte = product(*byte, number) ^ added;
                }
            }
            (number, value)
        })
        .collect()
}

/// The value at `at` of the polynomial of least degree through `points`, whose numbers differ
/// (Lagrange). The numbers are no secret, the values are.
pub(super) fn interpolate(points: &[(u8, &SecretKey)], at: u8) -> SecretKey {
    let mut value = SecretKey::zeros();
    for (number, point) in points {
        let others = points.iter().filter(|(other, _)| other != number);
        let weight = others.fold(1, |weight, (other, _)| {
            product(product(weight, at ^ other), inverse(number ^ other))
        });
        let bytes = value.reveal_mut().iter_mut();
        for (byte, coordinate) in bytes.zip(point.reveal()) {
            *byte ^= product(*coordinate, weight);
        }
    }
    value
}

/// The product, in eight steps whatever the factors.
fn product(left: u8, right: u8) -> u8 {
    let bit = |of: u8, place: u8| Choice::from(of >> place & 1);
    let (mut sum, mut term) = (0, left);
    for place in 0..8 {
        sum ^= u8::conditional_select(&0, &term, bit(right, place));
        term = term << 1 ^ u8::conditional_select(&0, &REDUCTION, bit(term, 7));
    }
    sum
}

/// The inverse: the 254th power, since the 255th is one. Of 0 it is 0.
fn inverse(of: u8) -> u8 {
    // 254 = 2 + 4 + ... + 128.
    let mut power = of;
    (1..8).fold(1, |inverse, _| {
        power = product(power, power);
        product(inverse, power)
    })
}

#[cfg(test)]
mod tests {
    use getrandom::SysRng;
    use hmac::{Hmac, KeyInit, Mac};
    use proptest::prelude::*;
    use rand_core::UnwrapErr;
    use sha2::Sha256;

    use super::*;

    fn bytes(hex: &str) -> SecretKey {
        let byte = |at: usize| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap();
        SecretKey::copied(&std::array::from_fn(byte))
    }

    #[test]
    fn products_are_those_of_fips_197() {
        for (left, right, expected) in [
            (0x57, 0x83, 0xc1),
            (0x57, 0x13, 0xfe),
            (0x57, 0x02, 0xae),
            (0x57, 0x04, 0x47),
            (0x57, 0x08, 0x8e),
            (0x57, 0x10, 0x07),
        ] {
            assert_eq!(product(left, right), expected);
        }
        assert_eq!(inverse(0x53), 0xca);
        assert!((1..=255).all(|of| product(of, inverse(of)) == 1));
    }

    /// Share values of the vectors of SLIP-39 with 256 bits ("humidity disease ...", 2 of 3, and
    /// "wildlife deal ceramic ...", 3 of 5), their words decoded. The secret stands at 255, and at 254
    /// its digest: the first four bytes of HMAC-SHA256(the other 28, secret).
    #[test]
    fn shares_of_slip_39_give_back_the_secret_that_their_own_digest_confirms() {
        let vectors: [(&[(u8, &str)], &str); 2] = [
            (
                &[
                    (
                        2,
                        "81e5473f4b7f66094f888d2f98fe0ded6a692dc72c65dc498d6e28bee6ebdfcc",
                    ),
                    (
                        1,
                        "19e366e9b2e34851e52132c31c2b2c957321bf5ce6c9c1410ea1ddf5fef92c27",
                    ),
                ],
                "0204622ff84267b5dae0ca4e0c1328d6611b96b92b11692e5a7542314f7a54ee",
            ),
            (
                &[
                    (
                        0,
                        "82a363ed145a49a4e37311253c105846c0afb13b74e5ddda9cc25d7aae49bc89",
                    ),
                    (
                        1,
                        "d127f1f9bc12e3856fb3983104783b71480d249d80101568def4a41100177dfb",
                    ),
                    (
                        4,
                        "4bde8a604105f3a6c32f2f547131aafea756725a28e80a14d59d8f05c4adcca5",
                    ),
                ],
                "09555b11c4d1cc8fc96163c81b110bbbd46c1bcb4c8488632de2dbb5c4bd9299",
            ),
        ];
        for (shares, expected) in vectors {
            let shares: Vec<_> = shares.iter().map(|(at, hex)| (*at, bytes(hex))).collect();
            let points: Vec<_> = shares.iter().map(|(at, value)| (*at, value)).collect();
            let secret = interpolate(&points, 255);
            assert_eq!(secret.reveal(), bytes(expected).reveal());
            let confirmed = interpolate(&points, 254);
            let (digest, key) = confirmed.reveal().split_at(4);
            let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
            mac.update(secret.reveal());
            assert_eq!(&mac.finalize().into_bytes()[..4], digest);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_so_many_shares_give_the_secret_and_one_fewer_give_another(
            secret: [u8; 32], needed in 2u8..=16, more in 0u8..=14, seed: u64,
        ) {
            let total = (needed + more).min(16);
            let secret = SecretKey::copied(&secret);
            let mut shares = split(&secret, needed, total, &mut UnwrapErr(SysRng));
            // Some choice of as many as are needed, in some order.
            shares.sort_by_key(|(number, _)| {
                seed.wrapping_mul(2 * u64::from(*number) + 1).rotate_left(u32::from(*number) * 7)
            });
            let points: Vec<_> = shares.iter().map(|(at, value)| (*at, value)).collect();
            let needed = usize::from(needed);
            let (enough, fewer) = (interpolate(&points[..needed], 0), interpolate(&points[..needed - 1], 0));
            prop_assert_eq!(enough.reveal(), secret.reveal());
            prop_assert_ne!(fewer.reveal(), secret.reveal());
        }
    }

    #[test]
    fn a_share_alone_is_uniform_whatever_the_secret() {
        // The bias that other implementations had: a coefficient that is never zero leaves one
        // value of the share out.
        let secret = SecretKey::zeros();
        let mut seen = [false; 256];
        for _ in 0..256 {
            for (_, share) in split(&secret, 2, 2, &mut UnwrapErr(SysRng)) {
                share
                    .reveal()
                    .iter()
                    .for_each(|byte| seen[usize::from(*byte)] = true);
            }
        }
        assert!(seen.iter().all(|value| *value));
    }
}
