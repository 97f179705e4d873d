//! The compact form of a presentation (re-hydration): what the receiver can compute or already
//! has stays out, and [`expand`] rebuilds the exact standard bytes, whose signatures are then
//! checked. A wrong rebuild is nothing but a bad signature.
//!
//! `expand(compact(p)) == p` for every presentation that a message carries: [`compact`] expands
//! its own result, and a presentation that does not come back travels whole.
//!
//! Of the trust lists, the first that names a `kid` counts: both sides pass them in the same
//! order, that of the request ([`Request::known_lists`](crate::Request::known_lists)).
//!
//! Deterministic CBOR, one array:
//!
//! | form | items |
//! |---|---|
//! | whole | `0`, presentation bytes, issuer key or null |
//! | compact | `1`, issuer, type, iat, exp, device key, status, claims, binding, signatures |
//!
//! | item | known from a named trust list | otherwise |
//! |---|---|---|
//! | issuer | kid (bytes), or `[place of the list, kid]` when it is not the first that the request names | `[kid, iss, issuer key or null]` |
//! | type | index in the issuer's types | text, or null |
//! | iat | | unix seconds, or null |
//! | exp | | seconds after iat, or null; `[exp, nbf]` (nbf after iat) with a `nbf` |
//! | device key | | 32 bytes (Ed25519) or 33 (P-256, compressed point), or null |
//! | status | `[idx, index of a uri prefix, rest of the uri]` | `[idx, uri]`, or null |
//! | claims | | a map as below |
//! | binding | seconds from the request to the key binding's iat | one-way: `[iat after iat, exp after that, cti]`; copy: null |
//! | signatures | | issuer's and holder's, 128 bytes; of a copy the issuer's, 64 bytes |
//!
//! A key (of the issuer or the device) is what [`PublicKey::to_short`] writes.
//!
//! In a map of claims, a name of [`NAME_TABLE`](nansen_credential::claims::NAME_TABLE) is its number, an integer label `n` is
//! `-1 - zigzag(n)`, and under `simple(59)` stands an array: first the digests that stay hidden,
//! 32 bytes each in one byte string; then salt, key and value of each disclosed claim. The
//! digests of disclosed claims are computed, put among the others and sorted. A redacted element
//! of an array is tag 60 of its digest, a disclosed one tag 60 of `[salt, value]`. This holds on
//! every level, so that the cost follows what is shown and not what the credential holds.

mod grow;
mod name;
mod shrink;

#[cfg(test)]
mod tests;

pub(crate) use grow::read;

use nansen_credential::cbor::{Reader, Writer};
use nansen_credential::cose::PublicKey;
use nansen_credential::sd_cwt::{KeyBoundSdCwt, SdCwt};
use nansen_credential::trust::{Anchor, TrustList};

use crate::Error;
use crate::seal::check_length;

/// What the holder's signature is bound to, as far as both sides know it.
#[derive(Clone, Copy, Debug)]
pub enum Meeting<'a> {
    /// An answer to a request.
    Answer {
        /// The verifier's audience.
        audience: &'a str,
        /// The digest of the request, which is the key binding's nonce.
        nonce: &'a [u8; 32],
        /// When the request was made, unix seconds.
        requested_at: i64,
    },
    /// A presentation that answers no request.
    OneWay {
        /// The audience that one-way presentations name.
        audience: &'a str,
    },
    /// A printed copy, without key binding.
    Copy,
}

/// What came out of a compact form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expanded {
    /// The standard bytes: an SD-CWT with key binding, or without it for a copy.
    pub presentation: Vec<u8>,
    /// The issuer's key, when the sender had no list in common that names it.
    pub issuer_key: Option<PublicKey>,
}

/// The compact form of `presentation`, for a receiver who holds `lists` and knows `meeting`.
/// `issuer_key` goes along when none of the lists names the issuer. `lists` are those that the
/// request names, in its order, `None` for one that is not here.
#[must_use]
pub fn compact(
    presentation: &[u8],
    meeting: Meeting<'_>,
    lists: &[Option<&TrustList>],
    issuer_key: Option<&PublicKey>,
) -> Vec<u8> {
    let compact = match meeting {
        Meeting::Copy => SdCwt::parse(presentation)
            .ok()
            .and_then(|credential| shrink::write(&credential, None, meeting, lists, issuer_key)),
        Meeting::Answer { .. } | Meeting::OneWay { .. } => {
            KeyBoundSdCwt::parse(presentation).ok().and_then(|bound| {
                shrink::write(bound.credential(), Some(&bound), meeting, lists, issuer_key)
            })
        }
    };
    let is_exact = |bytes: &Vec<u8>| {
        expand(bytes, meeting, lists).is_ok_and(|expanded| expanded.presentation == presentation)
    };
    compact.filter(is_exact).unwrap_or_else(|| {
        let mut writer = Writer::with_capacity(presentation.len() + 48);
        writer.array(3).int(WHOLE).bytes(presentation);
        shrink::write_key(&mut writer, issuer_key);
        writer.into_bytes()
    })
}

/// Rebuilds the standard bytes from exactly one compact form.
///
/// # Errors
/// [`Error::MessageTooLong`] before anything is read, [`Error::Credential`] for CBOR that is no compact form, [`Error::UnknownKid`] for an issuer
/// that none of `lists` names, [`Error::NotOfThisMeeting`] for the form of another meeting.
pub fn expand(
    bytes: &[u8],
    meeting: Meeting<'_>,
    lists: &[Option<&TrustList>],
) -> Result<Expanded, Error> {
    check_length(bytes.len())?;
    let mut reader = Reader::new(bytes);
    let expanded = read(&mut reader, meeting, lists)?;
    reader.finish()?;
    Ok(expanded)
}

/// Place of the first list that names a key, and what it says.
fn find<'l>(lists: &[Option<&'l TrustList>], kid: &[u8]) -> Option<(usize, Anchor<'l>)> {
    let mut known = lists.iter().enumerate();
    known.find_map(|(place, list)| Some((place, (*list)?.find(kid)?)))
}

/// First item of a presentation that travels whole.
const WHOLE: i64 = 0;
/// First item of a compact form.
const COMPACT: i64 = 1;
