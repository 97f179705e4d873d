//! Disclosures: salt, value and key of one redactable claim, and their digests.
//!
//! A disclosure is a byte string that holds `[salt, value, key]` for a map entry,
//! `[salt, value]` for an array element, or `[salt]` for a decoy. Salts have 16 bytes.

use rand_core::CryptoRng;
use sha2::{Digest as _, Sha256};

use crate::Error;
use crate::cbor::{Key, Reader, Value, Writer};

/// Bytes of a salt.
pub const SALT_BYTES: usize = 16;

/// SHA-256 of a disclosure, the Redacted Claim Hash of the draft.
pub type Digest = [u8; 32];

/// The digest of a disclosure: SHA-256 over the byte string *including* its CBOR head.
///
/// Figures 8 and 9 of draft-ietf-spice-sd-cwt (up to -08) print the hash without the head; the
/// complete examples beside the draft all hash with it, and so does this function, which is
/// the only place that decides it.
#[must_use]
pub fn digest(disclosure: &[u8]) -> Digest {
    let mut head = Writer::with_capacity(5);
    head.bytes_head(disclosure.len());
    Sha256::new()
        .chain_update(head.into_bytes())
        .chain_update(disclosure)
        .finalize()
        .into()
}

/// A disclosure as received.
#[derive(Clone, Debug)]
pub struct Disclosure<'a> {
    /// The content of the byte string.
    pub bytes: &'a [u8],
    /// Its digest.
    pub digest: Digest,
    /// Its salt.
    pub salt: [u8; SALT_BYTES],
    /// What it discloses.
    pub content: Content,
}

/// What a disclosure discloses.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// An entry of a map.
    Claim {
        /// Its key.
        key: Key,
        /// Its value, in which more may be redacted.
        value: Value,
    },
    /// An element of an array, in which more may be redacted.
    Element(Value),
    /// Nothing: it hides how many claims there are.
    Decoy,
}

impl<'a> Disclosure<'a> {
    /// Reads the content of one disclosure byte string.
    ///
    /// # Errors
    /// [`Error::Cbor`], or [`Error::Invalid`] for another shape or a salt of other length.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes);
        let parts = reader.array()?;
        let salt = reader.byte_array("salt of 16 bytes")?;
        let content = match parts {
            1 => Content::Decoy,
            2 => Content::Element(reader.value()?),
            3 => {
                let value = reader.value()?;
                let key = reader.key()?;
                if key == Key::Redacted {
                    return Err(Error::Invalid {
                        what: "key of a disclosure",
                    });
                }
                Content::Claim { key, value }
            }
            _ => return Err(Error::Invalid { what: "disclosure" }),
        };
        reader.finish()?;
        Ok(Self {
            bytes,
            digest: digest(bytes),
            salt,
            content,
        })
    }
}

/// Encodes the disclosure of `content` under `salt`.
#[must_use]
pub fn encode(salt: &[u8; SALT_BYTES], content: &Content) -> Vec<u8> {
    let mut writer = Writer::with_capacity(64);
    match content {
        Content::Claim { key, value } => writer.array(3).bytes(salt).value(value).key(key),
        Content::Element(value) => writer.array(2).bytes(salt).value(value),
        Content::Decoy => writer.array(1).bytes(salt),
    };
    writer.into_bytes()
}

/// A salt that nobody can guess.
pub(super) fn random_salt(rng: &mut impl CryptoRng) -> [u8; SALT_BYTES] {
    let mut salt = [0; SALT_BYTES];
    rng.fill_bytes(&mut salt);
    salt
}
