//! Shared by the tests of the whole: where the vectors are, and the encodings they come in.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "support of tests: what goes wrong here is a failed test"
)]

pub mod fuzz;
pub mod publisher;
pub mod reference;

use std::path::{Path, PathBuf};

use nansen_credential::Error;
use nansen_credential::cose::PublicKey;
use serde_json::Value;

/// All files below a folder of the vectors (`NANSEN_VECTORS`, by default `../shared/vectors`
/// next to the project), except the `SOURCE.md` that says where they come from.
///
/// Without the folder there is nothing to test: `None`, and a line that says so.
///
/// # Panics
/// Under CI, where the folder must be there.
#[must_use]
pub fn folder(name: &str) -> Option<Vec<PathBuf>> {
    let root = std::env::var_os("NANSEN_VECTORS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors"),
        PathBuf::from,
    );
    let folder = root.join(name);
    if !folder.is_dir() {
        assert!(
            std::env::var_os("CI").is_none(),
            "no vectors in {}",
            folder.display()
        );
        eprintln!(
            "skipped: no vectors in {}, set NANSEN_VECTORS",
            folder.display()
        );
        return None;
    }
    let mut files = Vec::new();
    collect_files(&folder, &mut files);
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    Some(files)
}

fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().expect("a folder that can be read") {
        let path = entry.expect("an entry that can be read").path();
        if path.is_dir() {
            collect_files(&path, files);
        } else if path.file_name().is_some_and(|name| name != "SOURCE.md") {
            files.push(path);
        }
    }
}

/// The content of a JSON file.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn json(path: &Path) -> Value {
    let bytes = std::fs::read(path).expect("a file that can be read");
    serde_json::from_slice(&bytes)
        .unwrap_or_else(|error| panic!("{} is no JSON: {error}", path.display()))
}

/// The bytes that a JSON string spells in hexadecimal digits.
///
/// # Panics
/// When it is no such string.
#[must_use]
pub fn hex(value: &Value) -> Vec<u8> {
    let digits = value.as_str().expect("hexadecimal digits in a string");
    assert!(digits.len().is_multiple_of(2), "odd number of digits");
    let pairs = digits.as_bytes().chunks(2).map(|pair| {
        let pair = core::str::from_utf8(pair).expect("ASCII digits");
        u8::from_str_radix(pair, 16).expect("hexadecimal digits")
    });
    pairs.collect()
}

/// The bytes that text spells in base64url without padding (RFC 4648, section 5).
///
/// # Panics
/// When it spells none.
#[must_use]
pub fn base64url(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut pending, mut bits) = (0_u32, 0);
    for character in text.bytes() {
        let digit = ALPHABET.iter().position(|other| *other == character);
        let digit = digit.expect("a character of base64url");
        pending = (pending << 6) | u32::try_from(digit).expect("below 64");
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(pending >> bits).expect("what came before is masked"));
            pending &= (1 << bits) - 1;
        }
    }
    assert_eq!(pending, 0, "bits left over");
    bytes
}

/// The key in a JWK. As in the COSE examples, a parameter `x` may stand as `x_hex` instead.
///
/// # Errors
/// [`Error::InvalidKey`] when it is no valid point.
///
/// # Panics
/// When it is neither an Ed25519 nor a P-256 key.
pub fn public_key(jwk: &Value) -> Result<PublicKey, Error> {
    let coordinate = |name: &str| match jwk.get(format!("{name}_hex")) {
        Some(digits) => hex(digits),
        None => base64url(jwk[name].as_str().expect("a coordinate")),
    };
    match jwk["crv"].as_str() {
        Some("Ed25519") => {
            let bytes = coordinate("x").try_into();
            PublicKey::ed25519(&bytes.expect("32 bytes"))
        }
        Some("P-256") => PublicKey::p256(&[vec![4], coordinate("x"), coordinate("y")].concat()),
        other => panic!("unknown curve {other:?}"),
    }
}
