//! A request: who asks, why, for what, and the key that the answer is sealed to.
//!
//! ```text
//! request   = COSE_Sign1, tag 18 (RFC 9052), unprotected header empty
//! protected = {1: alg, 16: 65000}
//! payload   = {1: 1                      version
//!              2: bstr .size 16          nonce
//!              3: bstr                   verifier key: Ed25519, or P-256 as compressed point
//!              4: tstr                   display name
//!              5: tstr                   purpose
//!              6: query                  see `query`
//!              7: bstr .size 32          ephemeral X25519 key
//!              8: uint                   issued at, unix seconds
//!            ? 9: uint                   lifetime in seconds; absent: 300
//!            ? 10: [+ bstr .size 8]}     trust lists that the verifier holds, see `HeldList`
//! ```
//!
//! The verifier signs with the key inside, so that a request proves only that nobody changed it:
//! whether the key is known is for a trust list to say. The bytes received are kept. Their
//! SHA-256 is what the key binding and the seal are tied to ([`Request::digest`]), and with it
//! everything that was asked.
//!
//! Name and purpose are shown to the holder: control characters, those that reorder text and
//! invisible ones other than spaces are refused, since they can make a screen say something else,
//! and so is a text without a letter or digit. Joiners and direction marks pass between others.
//!
//! 65000 is of the range for experimental use (`CoAP` Content-Formats, RFC 7252, section 12.3):
//! no media type is registered for requests, and a text would cost ten times as much.
//!
//! ```
//! use nansen_credential::cose::SecretKey;
//! use nansen_exchange::{NewRequest, Query, Request, seal};
//!
//! # let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
//! # let now = 1_790_000_000;
//! // The verifier asks and keeps the session.
//! let query = Query::from_json(
//!     r#"{"credentials": [{"id": "welder", "format": "dc+sd-cwt",
//!         "meta": {"vct_values": ["urn:nansen:skills:1"]},
//!         "claims": [{"path": ["family_name"]}, {"path": ["qualification"]}]}]}"#,
//! )?;
//! let key = SecretKey::generate_ed25519(&mut rng);
//! let (shown, session) = NewRequest::new("Gate 3", "Site induction", query, now)
//!     .sign(&key, &mut rng)?;
//!
//! // The holder reads the code and answers.
//! let scanned = Request::parse(shown.bytes())?;
//! scanned.check_time(now + 20)?;
//! let sealed = seal(&scanned, b"presentation", &mut rng)?;
//!
//! // Only the session that asked opens the answer.
//! assert_eq!(session.open(&sealed)?, b"presentation");
//! # Ok::<(), nansen_exchange::Error>(())
//! ```

mod shown;

use base64ct::{Base64UrlUnpadded, Encoding};
use nansen_credential::cbor::{Key, Map, Value};
use nansen_credential::cose::{PublicKey, Sign1, Signer, header, sign1};
use nansen_credential::trust::TrustList;
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::limits::{
    CLOCK_SKEW_SECONDS, NAME_CHARS_MAX, PURPOSE_CHARS_MAX, REQUEST_LENGTH_MAX,
    REQUEST_LIFETIME_SECONDS_MAX, REQUEST_LISTS_MAX,
};
use crate::query::Query;
use crate::seal::{EphemeralSecret, VerifierSession, can_seal_to};

/// Seconds for which a request may be answered, unless it says otherwise.
pub const DEFAULT_LIFETIME_SECONDS: u32 = 300;

/// A trust list that the verifier holds, by the first 8 bytes of its digest: what the list says
/// by `kid` may be left out of an answer.
///
/// Its id and version would name it less well and at more length: two roots may publish the same
/// id and version, and an answer rebuilt from the other list has a bad signature. The bytes tell
/// lists apart and prove nothing: a root that makes two lists share them, in some 2^32 attempts,
/// gains presentations that rebuild wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldList(pub [u8; 8]);

impl HeldList {
    /// What names `list` in a request; see [`TrustList::digest`].
    #[must_use]
    pub fn of(list: &TrustList) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = *list.digest();
        Self([a, b, c, d, e, f, g, h])
    }
}

/// What goes into a new request.
#[derive(Clone, Debug)]
pub struct NewRequest {
    /// Who asks, as shown to the holder; at most [`NAME_CHARS_MAX`] characters.
    pub name: String,
    /// Why, as shown to the holder; at most [`PURPOSE_CHARS_MAX`] characters.
    pub purpose: String,
    /// What is asked for.
    pub query: Query,
    /// Now, in unix seconds.
    pub issued_at: i64,
    /// Seconds for which it may be answered; see [`DEFAULT_LIFETIME_SECONDS`].
    pub lifetime_seconds: u32,
    /// Trust lists that the verifier holds; the order counts, see [`Request::lists`].
    pub lists: Vec<HeldList>,
}

impl NewRequest {
    /// A request with the default lifetime, for an answer that leaves out nothing by `kid`.
    #[must_use]
    pub fn new(name: &str, purpose: &str, query: Query, issued_at: i64) -> Self {
        Self {
            name: name.to_owned(),
            purpose: purpose.to_owned(),
            query,
            issued_at,
            lifetime_seconds: DEFAULT_LIFETIME_SECONDS,
            lists: Vec::new(),
        }
    }

    /// Signs the request with the verifier's key and opens the session that can read the answer.
    ///
    /// # Errors
    /// Those of [`Request::parse`] for a field that it would refuse, and
    /// [`Error::Credential`] when the signer gives no signature.
    pub fn sign(
        &self,
        signer: &impl Signer,
        rng: &mut impl CryptoRng,
    ) -> Result<(Request, VerifierSession), Error> {
        let mut nonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut nonce);
        let (secret, ephemeral) = EphemeralSecret::generate(rng);
        let verifier = signer.public_key();
        let protected = Map::new()
            .with(header::ALG, verifier.algorithm().id())
            .with(header::TYP, TYP_REQUEST)
            .to_cbor();
        let payload = self.payload(&nonce, &verifier, &ephemeral).to_cbor();
        let bytes = sign1(&protected, &Map::new(), &payload, signer)?;
        // One set of rules, for what is written as for what is read.
        let request = Request::parse(&bytes)?;
        Ok((request.clone(), VerifierSession::new(request, secret)))
    }

    fn payload(&self, nonce: &[u8], verifier: &PublicKey, ephemeral: &[u8]) -> Map {
        let mut payload = Map::new()
            .with(label::VERSION, VERSION)
            .with(label::NONCE, Value::Bytes(nonce.to_vec()))
            .with(label::VERIFIER, Value::Bytes(verifier.to_short()))
            .with(label::NAME, self.name.as_str())
            .with(label::PURPOSE, self.purpose.as_str())
            .with(label::QUERY, self.query.to_value())
            .with(label::EPHEMERAL, Value::Bytes(ephemeral.to_vec()))
            .with(label::ISSUED_AT, self.issued_at);
        if self.lifetime_seconds != DEFAULT_LIFETIME_SECONDS {
            payload.insert(label::LIFETIME, i64::from(self.lifetime_seconds));
        }
        if !self.lists.is_empty() {
            let lists = self.lists.iter().map(|list| Value::Bytes(list.0.to_vec()));
            payload.insert(label::LISTS, Value::Array(lists.collect()));
        }
        payload
    }
}

/// A request whose signature, structure and limits hold. Its time is yet to be judged, by
/// [`Request::check_time`].
#[derive(Clone, Debug)]
pub struct Request {
    bytes: Vec<u8>,
    digest: [u8; 32],
    nonce: [u8; NONCE_BYTES],
    verifier: PublicKey,
    name: String,
    purpose: String,
    query: Query,
    ephemeral: [u8; 32],
    issued_at: i64,
    expires_at: i64,
    lists: Vec<HeldList>,
}

impl Request {
    /// Reads a request and checks its own signature.
    ///
    /// # Errors
    /// By blame: [`Error::TooLong`] before anything is read; [`Error::Credential`] for bytes
    /// that are no `COSE_Sign1`, a key that is none and a signature that does not verify;
    /// [`Error::NotARequest`] and [`Error::RequestVersion`] for other messages;
    /// [`Error::Missing`], [`Error::Invalid`], [`Error::TooMany`], [`Error::UnsafeText`] and
    /// [`Error::RequestLifetime`] for a field; [`Error::AsksForNothing`] and the others of
    /// [`Query::from_cbor`] for the query.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > REQUEST_LENGTH_MAX {
            return Err(Error::TooLong {
                what: "request",
                length: bytes.len(),
                limit: REQUEST_LENGTH_MAX,
            });
        }
        let message = Sign1::parse(bytes)?;
        let typ = message.protected.raw(&Key::Int(header::TYP));
        if typ != Some(Value::Integer(TYP_REQUEST).to_cbor().as_slice()) {
            return Err(Error::NotARequest);
        }
        // Nothing authenticates the unprotected header; the digest of the request covers it.
        if message.protected.len() != 2 || !message.unprotected.is_empty() {
            return Err(Error::Invalid {
                what: "header of the request",
            });
        }
        let payload = Value::from_cbor(message.payload)?;
        let payload = payload.as_map().ok_or(Error::NotARequest)?;
        match required(payload, label::VERSION, "version")?.as_integer() {
            Some(VERSION) => {}
            found => {
                return Err(Error::RequestVersion {
                    found: found.unwrap_or_default(),
                });
            }
        }
        let verifier = PublicKey::from_short(bytes_at(payload, label::VERIFIER, "verifier key")?)?;
        message.verify(&verifier)?;
        if let Some((key, _)) = payload
            .iter()
            .find(|(key, _)| !matches!(key, Key::Int(label::VERSION..=label::LISTS)))
        {
            return Err(Error::UnknownField {
                label: match key {
                    Key::Int(label) => Some(*label),
                    Key::Text(_) | Key::Redacted => None,
                },
            });
        }
        let (issued_at, expires_at) = times(payload)?;
        Ok(Self {
            digest: Sha256::digest(bytes).into(),
            nonce: array_at(payload, label::NONCE, "nonce")?,
            name: text_at(payload, label::NAME, "name", NAME_CHARS_MAX)?,
            purpose: text_at(payload, label::PURPOSE, "purpose", PURPOSE_CHARS_MAX)?,
            query: Query::from_value(required(payload, label::QUERY, "query")?)?,
            ephemeral: ephemeral(payload)?,
            lists: lists(payload)?,
            verifier,
            issued_at,
            expires_at,
            bytes: bytes.to_vec(),
        })
    }

    /// Judges the time of the request, [`CLOCK_SKEW_SECONDS`] allowed on either side.
    ///
    /// # Errors
    /// [`Error::RequestExpired`] or [`Error::RequestFromFuture`].
    pub const fn check_time(&self, now: i64) -> Result<(), Error> {
        if now > self.expires_at.saturating_add(CLOCK_SKEW_SECONDS) {
            return Err(Error::RequestExpired {
                expired_at: self.expires_at,
                now,
            });
        }
        if now.saturating_add(CLOCK_SKEW_SECONDS) < self.issued_at {
            return Err(Error::RequestFromFuture {
                issued_at: self.issued_at,
                now,
            });
        }
        Ok(())
    }

    /// The request as received: what the code carries.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of [`Request::bytes`]: the `cnonce` of the key binding, the `info` of the seal.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The `aud` of the key binding: base64url of the thumbprint (RFC 9679) of the verifier's
    /// key, 43 characters.
    #[must_use]
    pub fn audience(&self) -> String {
        Base64UrlUnpadded::encode_string(&self.verifier.thumbprint())
    }

    /// The key that signed the request. Anybody may make one.
    #[must_use]
    pub const fn verifier(&self) -> &PublicKey {
        &self.verifier
    }

    /// Random bytes that make the request the only one of its kind.
    #[must_use]
    pub const fn nonce(&self) -> &[u8; NONCE_BYTES] {
        &self.nonce
    }

    /// Who asks, by their own account.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Why, by their own account.
    #[must_use]
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// What is asked for.
    #[must_use]
    pub const fn query(&self) -> &Query {
        &self.query
    }

    /// When it was signed, unix seconds.
    #[must_use]
    pub const fn issued_at(&self) -> i64 {
        self.issued_at
    }

    /// Until when it may be answered, unix seconds.
    #[must_use]
    pub const fn expires_at(&self) -> i64 {
        self.expires_at
    }

    /// Trust lists that the verifier holds. An answer names them by their place here.
    #[must_use]
    pub fn lists(&self) -> &[HeldList] {
        &self.lists
    }

    /// The lists that the request names, in its order, `None` for each that is not among those
    /// `held` here. An answer says by its place which list it used, so that two sides that hold
    /// different ones of them still mean the same.
    #[must_use]
    pub fn known_lists<'l>(&self, held: &'l [TrustList]) -> Vec<Option<&'l TrustList>> {
        let find = |named: &HeldList| held.iter().find(|list| HeldList::of(list) == *named);
        self.lists.iter().map(find).collect()
    }

    /// The X25519 key that the answer is sealed to.
    pub(crate) const fn ephemeral(&self) -> &[u8; 32] {
        &self.ephemeral
    }
}

/// Bytes of the nonce.
pub const NONCE_BYTES: usize = 16;

fn required<'a>(payload: &'a Map, label: i64, what: &'static str) -> Result<&'a Value, Error> {
    payload.label(label).ok_or(Error::Missing { what })
}

fn bytes_at<'a>(payload: &'a Map, label: i64, what: &'static str) -> Result<&'a [u8], Error> {
    required(payload, label, what)?
        .as_bytes()
        .ok_or(Error::Invalid { what })
}

fn array_at<const N: usize>(
    payload: &Map,
    label: i64,
    what: &'static str,
) -> Result<[u8; N], Error> {
    bytes_at(payload, label, what)?
        .try_into()
        .map_err(|_| Error::Invalid { what })
}

fn text_at(payload: &Map, label: i64, what: &'static str, limit: usize) -> Result<String, Error> {
    let text = required(payload, label, what)?
        .as_text()
        .ok_or(Error::Invalid { what })?;
    shown::check(text, what, limit)?;
    Ok(text.to_owned())
}

/// The key that an answer is sealed to, so that nobody else reads it.
fn ephemeral(payload: &Map) -> Result<[u8; 32], Error> {
    let what = "ephemeral key";
    let key = array_at(payload, label::EPHEMERAL, what)?;
    if !can_seal_to(&key) {
        return Err(Error::Invalid { what });
    }
    Ok(key)
}

/// When the request was issued and when it ends.
fn times(payload: &Map) -> Result<(i64, i64), Error> {
    let issued_at = required(payload, label::ISSUED_AT, "issue time")?
        .as_integer()
        .filter(|seconds| *seconds >= 0)
        .ok_or(Error::Invalid { what: "issue time" })?;
    let seconds = match payload.label(label::LIFETIME) {
        None => i64::from(DEFAULT_LIFETIME_SECONDS),
        Some(lifetime) => lifetime
            .as_integer()
            .ok_or(Error::Invalid { what: "lifetime" })?,
    };
    if !(1..=REQUEST_LIFETIME_SECONDS_MAX).contains(&seconds) {
        return Err(Error::RequestLifetime {
            seconds,
            limit: REQUEST_LIFETIME_SECONDS_MAX,
        });
    }
    let expires_at = issued_at
        .checked_add(seconds)
        .ok_or(Error::Invalid { what: "issue time" })?;
    Ok((issued_at, expires_at))
}

fn lists(payload: &Map) -> Result<Vec<HeldList>, Error> {
    const INVALID: Error = Error::Invalid {
        what: "trust lists held",
    };
    let Some(lists) = payload.label(label::LISTS) else {
        return Ok(Vec::new());
    };
    let lists = lists
        .as_array()
        .filter(|lists| !lists.is_empty())
        .ok_or(INVALID)?;
    if lists.len() > REQUEST_LISTS_MAX {
        return Err(Error::TooMany {
            what: "trust lists held",
            count: lists.len(),
            limit: REQUEST_LISTS_MAX,
        });
    }
    lists
        .iter()
        .map(|list| {
            let digest = list.as_bytes().and_then(|bytes| bytes.try_into().ok());
            digest.map(HeldList).ok_or(INVALID)
        })
        .collect()
}

/// Labels of the payload.
mod label {
    pub(super) const VERSION: i64 = 1;
    pub(super) const NONCE: i64 = 2;
    pub(super) const VERIFIER: i64 = 3;
    pub(super) const NAME: i64 = 4;
    pub(super) const PURPOSE: i64 = 5;
    pub(super) const QUERY: i64 = 6;
    pub(super) const EPHEMERAL: i64 = 7;
    pub(super) const ISSUED_AT: i64 = 8;
    pub(super) const LIFETIME: i64 = 9;
    pub(super) const LISTS: i64 = 10;
}

const VERSION: i64 = 1;

/// `typ` of a request: see [the module](self).
const TYP_REQUEST: i64 = 65000;

#[cfg(test)]
mod tests;
