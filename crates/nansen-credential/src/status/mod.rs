//! Status lists: which credentials their issuer has revoked or suspended
//! (draft-ietf-oauth-status-list-20, "Token Status List", CWT form).
//!
//! A status list token is a tagged `COSE_Sign1`:
//!
//! | part | content |
//! |---|---|
//! | protected | `1` alg, `4` kid, `16` typ = [`STATUS_LIST_TYPE`] |
//! | unprotected | `4` kid, when it is not protected: it only says which key to try; others have certificates here, passed over up to [`MAX_STATUS_HEADER_BYTES`] |
//! | payload | `2` sub: URI of the list, `6` iat, `4` exp optional, `65534` ttl optional, `65533` list |
//! | list | `bits` 1, 2, 4 or 8; `lst` zlib stream (RFC 1950); `aggregation_uri` is passed over |
//!
//! Entry `i` of a list of `b` bits stands in byte `i * b / 8`, the first entry in the lowest bits.
//!
//! The draft does not ask for deterministic CBOR and prints its own examples with map keys out
//! of order: in the payload they may stand in any order, each once. Headers, lengths and
//! integers stay strict. A [`StatusList`] exists only once its signature was checked, and it is
//! inflated only then, into at most [`MAX_STATUS_BYTES_INFLATED`] bytes.

mod index_set;
pub mod snapshot;

use std::sync::Arc;

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::cbor::{Key, Map, RawMap, Reader, Value};
use crate::cose::{PublicKey, Sign1, Signer, header, sign1};
use crate::error::{check_count, check_size};
use crate::limits::{
    MAX_KID_BYTES, MAX_STATUS_BYTES_INFLATED, MAX_STATUS_HEADER_BYTES, MAX_STATUS_LIST_BYTES,
};

pub use index_set::IndexSet;

/// The media type (`typ`) in the protected header of a status list token.
pub const STATUS_LIST_TYPE: &str = "application/statuslist+cwt";

/// What an issuer says of one credential (section 7.1 of the draft).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// `0x00` VALID.
    Valid,
    /// `0x01` INVALID: revoked for ever.
    Revoked,
    /// `0x02` SUSPENDED: not valid for now.
    Suspended,
    /// A value that this profile gives no meaning.
    Other(u8),
}

impl From<u8> for Status {
    fn from(value: u8) -> Self {
        match value {
            0 => Self::Valid,
            1 => Self::Revoked,
            2 => Self::Suspended,
            other => Self::Other(other),
        }
    }
}

impl From<Status> for u8 {
    fn from(status: Status) -> Self {
        match status {
            Status::Valid => 0,
            Status::Revoked => 1,
            Status::Suspended => 2,
            Status::Other(value) => value,
        }
    }
}

/// A status list whose signature holds.
///
/// A clone is the same list, not another copy of it.
#[derive(Clone, Debug)]
pub struct StatusList {
    content: Arc<StatusListContent>,
    signed_by: PublicKey,
}

impl StatusList {
    /// The `kid` of a status list token, to find the key that must verify it. Not to be trusted.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is none, or what makes the bytes no status list token.
    pub fn unverified_kid(bytes: &[u8]) -> Result<&[u8], Error> {
        kid(&parse(bytes)?)
    }

    /// What a status list token says of itself, without inflating it: which keys to try, and
    /// whether that is worth while.
    ///
    /// # Errors
    /// Those of [`StatusList::unverified_kid`], and what makes the payload none.
    pub fn unverified(bytes: &[u8]) -> Result<Unverified<'_>, Error> {
        let message = parse(bytes)?;
        let payload = RawMap::from_cbor_in_any_order(message.payload)?;
        let required = |label, what| payload.label(label).ok_or(Error::Missing { what });
        let mut digest = Sha256::new();
        for part in [message.protected_bytes, message.payload, message.signature] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        Ok(Unverified {
            kid: kid(&message)?,
            digest: digest.finalize().into(),
            uri: required(SUB, "sub")?.text()?,
            issued_at: required(IAT, "iat")?.int()?,
        })
    }

    /// Checks the signature of a status list token, without inflating it.
    ///
    /// # Errors
    /// [`Error::BadSignature`], or what makes the bytes no status list token.
    pub fn check_signature(bytes: &[u8], key: &PublicKey) -> Result<(), Error> {
        parse(bytes)?.verify(key)
    }

    /// Reads a status list token and checks its signature, before anything in it is read.
    ///
    /// # Errors
    /// [`Error::BadSignature`], [`Error::BadCompression`], or what else is not as
    /// [the format](self) has it.
    pub fn parse_verified(bytes: &[u8], key: &PublicKey) -> Result<Self, Error> {
        let message = parse(bytes)?;
        message.verify(key)?;
        Ok(Self {
            content: Arc::new(StatusListContent::read(message.payload)?),
            signed_by: key.clone(),
        })
    }

    /// The status of the credential at `index`.
    ///
    /// # Errors
    /// [`Error::IndexOutOfRange`] beyond the end of the list.
    pub fn status(&self, index: u64) -> Result<Status, Error> {
        self.content.statuses.get(index)
    }

    /// `sub`: the URI that credentials name as their list.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.content.uri
    }

    /// `iat`: when it was signed, unix seconds.
    #[must_use]
    pub fn issued_at(&self) -> i64 {
        self.content.issued_at
    }

    /// `exp`: from when it must not be used, unix seconds.
    #[must_use]
    pub fn expires_at(&self) -> Option<i64> {
        self.content.expires_at
    }

    /// `ttl`: after how many seconds a newer list should be looked for.
    #[must_use]
    pub fn ttl(&self) -> Option<u64> {
        self.content.ttl
    }

    /// The key that its signature was checked with.
    #[must_use]
    pub const fn signed_by(&self) -> &PublicKey {
        &self.signed_by
    }

    /// All of it, from which a desk makes the next list.
    #[must_use]
    pub fn content(&self) -> &StatusListContent {
        &self.content
    }
}

fn kid<'a>(message: &Sign1<'a>) -> Result<&'a [u8], Error> {
    let kid = message
        .protected
        .label(header::KID)
        .or_else(|| message.unprotected.label(header::KID))
        .ok_or(Error::Missing { what: "kid" })?
        .bytes()?;
    check_size("kid", kid, MAX_KID_BYTES)?;
    Ok(kid)
}

/// What a status list token says of itself before its signature is checked. Not to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unverified<'a> {
    /// The key to try.
    pub kid: &'a [u8],
    /// SHA-256 of what is signed and the signature: the same for tokens that differ only in what
    /// anybody can change.
    pub digest: [u8; 32],
    /// The URI that credentials name as their list.
    pub uri: &'a str,
    /// When it was signed, unix seconds.
    pub issued_at: i64,
}

/// What a status list token says: written and signed by a desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusListContent {
    /// The URI that credentials name as their list.
    pub uri: String,
    /// When it is signed, unix seconds.
    pub issued_at: i64,
    /// From when it must not be used, unix seconds.
    pub expires_at: Option<i64>,
    /// After how many seconds a newer list should be looked for; not 0.
    pub ttl: Option<u64>,
    /// The statuses.
    pub statuses: Statuses,
}

impl StatusListContent {
    /// Signs the list and gives the bytes of the status list token.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a field, [`Error::TooLarge`], or [`Error::SignerFailed`].
    pub fn sign(&self, signer: &impl Signer) -> Result<Vec<u8>, Error> {
        let key = signer.public_key();
        let protected = Map::new()
            .with(header::ALG, key.algorithm().id())
            .with(header::KID, Value::Bytes(key.kid().to_vec()))
            .with(header::TYP, STATUS_LIST_TYPE);
        let mut payload = Map::new()
            .with(SUB, self.uri.as_str())
            .with(IAT, self.issued_at)
            .with(STATUS_LIST, self.statuses.to_map());
        if let Some(expires_at) = self.expires_at {
            payload.insert(EXP, expires_at);
        }
        if let Some(ttl) = self.ttl {
            let ttl = i64::try_from(ttl).ok().filter(|ttl| *ttl > 0);
            payload.insert(TTL, ttl.ok_or(Error::Invalid { what: "ttl" })?);
        }
        let payload = payload.to_cbor();
        let bytes = sign1(&protected.to_cbor(), &Map::new(), &payload, signer)?;
        check_size("status list", &bytes, MAX_STATUS_LIST_BYTES)?;
        Ok(bytes)
    }

    fn read(payload: &[u8]) -> Result<Self, Error> {
        let payload = RawMap::from_cbor_in_any_order(payload)?;
        let required = |label, what| payload.label(label).ok_or(Error::Missing { what });
        let ttl = payload.label(TTL).map(|mut ttl| ttl.unsigned());
        let ttl = ttl.transpose()?;
        if ttl == Some(0) {
            return Err(Error::Invalid { what: "ttl" });
        }
        let expires_at = payload.label(EXP).map(|mut time| time.int());
        let list = payload.raw(&Key::Int(STATUS_LIST));
        Ok(Self {
            uri: required(SUB, "sub")?.text()?.to_owned(),
            issued_at: required(IAT, "iat")?.int()?,
            expires_at: expires_at.transpose()?,
            ttl,
            statuses: Statuses::from_cbor(list.ok_or(Error::Missing {
                what: "status_list",
            })?)?,
        })
    }
}

/// The statuses themselves: a bare status list (section 4 of the draft), neither signed nor
/// named.
#[derive(Clone, PartialEq, Eq)]
pub struct Statuses {
    bits: u8,
    bytes: Vec<u8>,
}

impl Statuses {
    /// `len` entries of `bits` each, rounded up to whole bytes, all [`Status::Valid`].
    ///
    /// # Errors
    /// [`Error::Invalid`] unless `bits` is 1, 2, 4 or 8; [`Error::TooLarge`].
    pub fn new(bits: u8, len: u64) -> Result<Self, Error> {
        let size = usize::try_from(len.div_ceil(entries_per_byte(bits)?)).unwrap_or(usize::MAX);
        if size > MAX_STATUS_BYTES_INFLATED {
            return Err(Error::TooLarge {
                what: "status list",
                size,
                limit: MAX_STATUS_BYTES_INFLATED,
            });
        }
        Ok(Self {
            bits,
            bytes: vec![0; size],
        })
    }

    /// Entries of `bits` each from the zlib stream that `lst` holds.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless `bits` is 1, 2, 4 or 8; [`Error::BadCompression`].
    pub fn from_compressed(bits: u8, lst: &[u8]) -> Result<Self, Error> {
        entries_per_byte(bits)?;
        let bytes = decompress_to_vec_zlib_with_limit(lst, MAX_STATUS_BYTES_INFLATED);
        let bytes = bytes.map_err(|_| Error::BadCompression {
            limit: MAX_STATUS_BYTES_INFLATED,
        })?;
        Ok(Self { bits, bytes })
    }

    /// Reads exactly one bare status list in CBOR (section 4.3 of the draft), its keys in any
    /// order.
    ///
    /// # Errors
    /// [`Error::Missing`], and those of [`Statuses::from_compressed`].
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, Error> {
        let list = RawMap::from_cbor_in_any_order(bytes)?;
        let required = |name, what| {
            let raw = list.raw(&Key::from(name));
            raw.map(Reader::new).ok_or(Error::Missing { what })
        };
        let bits = required(BITS, "bits")?.unsigned()?;
        let bits = u8::try_from(bits).map_err(|_| Error::Invalid { what: "bits" })?;
        Self::from_compressed(bits, required(LST, "lst")?.bytes()?)
    }

    /// The bare status list, written deterministically.
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        self.to_map().to_cbor()
    }

    /// Number of entries, those that fill the last byte included.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.bytes.len() as u64 * 8 / u64::from(self.bits)
    }

    /// Bytes that it takes in memory.
    #[must_use]
    pub const fn inflated_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The entry at `index`.
    ///
    /// # Errors
    /// [`Error::IndexOutOfRange`].
    pub fn get(&self, index: u64) -> Result<Status, Error> {
        let (at, shift) = self.place(index);
        match at.and_then(|at| self.bytes.get(at)) {
            Some(byte) => Ok(((byte >> shift) & self.mask()).into()),
            None => Err(self.out_of_range(index)),
        }
    }

    /// Changes the entry at `index`.
    ///
    /// # Errors
    /// [`Error::IndexOutOfRange`], or [`Error::Invalid`] for a status that needs more bits.
    pub fn set(&mut self, index: u64, status: Status) -> Result<(), Error> {
        let (value, mask) = (u8::from(status), self.mask());
        if value > mask {
            return Err(Error::Invalid {
                what: "status for a list of so few bits",
            });
        }
        let out_of_range = self.out_of_range(index);
        let (at, shift) = self.place(index);
        let byte = at
            .and_then(|at| self.bytes.get_mut(at))
            .ok_or(out_of_range)?;
        *byte = (*byte & !(mask << shift)) | (value << shift);
        Ok(())
    }

    /// The byte that holds an entry, and by how much the entry is shifted in it.
    fn place(&self, index: u64) -> (Option<usize>, u32) {
        let bits = u64::from(self.bits);
        let shift = (index % (8 / bits)) * bits;
        (
            usize::try_from(index / (8 / bits)).ok(),
            u32::try_from(shift).unwrap_or_default(),
        )
    }

    const fn mask(&self) -> u8 {
        u8::MAX >> (8 - self.bits)
    }

    fn out_of_range(&self, index: u64) -> Error {
        Error::IndexOutOfRange {
            index,
            len: self.len(),
        }
    }

    fn to_map(&self) -> Map {
        let lst = compress_to_vec_zlib(&self.bytes, COMPRESSION);
        Map::new()
            .with(BITS, i64::from(self.bits))
            .with(LST, Value::Bytes(lst))
    }
}

impl core::fmt::Debug for Statuses {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Statuses({} of {} bits)", self.len(), self.bits)
    }
}

fn parse(bytes: &[u8]) -> Result<Sign1<'_>, Error> {
    check_size("status list", bytes, MAX_STATUS_LIST_BYTES)?;
    let message = Sign1::parse(bytes)?;
    message.check_media_type(STATUS_LIST_TYPE)?;
    // Whoever passes a token on could make it as long as they like, and it would still verify.
    let signed = [message.protected_bytes, message.payload, message.signature];
    let unsigned = bytes.len() - signed.iter().map(|part| part.len()).sum::<usize>();
    check_count(
        "bytes that nobody signed",
        unsigned,
        MAX_STATUS_HEADER_BYTES,
    )?;
    Ok(message)
}

fn entries_per_byte(bits: u8) -> Result<u64, Error> {
    match bits {
        1 | 2 | 4 | 8 => Ok(u64::from(8 / bits)),
        _ => Err(Error::Invalid { what: "bits" }),
    }
}

/// The zlib level that the draft recommends.
const COMPRESSION: u8 = 9;

// Claims of a status list token (section 5.2 of the draft).
const SUB: i64 = 2;
const EXP: i64 = 4;
const IAT: i64 = 6;
const STATUS_LIST: i64 = 65533;
const TTL: i64 = 65534;

// Members of a status list.
const BITS: &str = "bits";
const LST: &str = "lst";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cbor::CborError;
    use crate::cose::SecretKey;

    fn key() -> SecretKey {
        SecretKey::generate_ed25519(&mut rand_core::UnwrapErr(getrandom::SysRng))
    }

    fn content() -> StatusListContent {
        let mut statuses = Statuses::new(2, 1000).unwrap();
        statuses.set(1, Status::Revoked).unwrap();
        statuses.set(999, Status::Suspended).unwrap();
        StatusListContent {
            uri: "https://issuer.example/status/1".to_owned(),
            issued_at: 1_800_000_000,
            expires_at: Some(1_800_086_400),
            ttl: Some(3600),
            statuses,
        }
    }

    fn signed_with(protected: &Map, payload: &Map, key: &SecretKey) -> Vec<u8> {
        sign1(&protected.to_cbor(), &Map::new(), &payload.to_cbor(), key).unwrap()
    }

    fn protected() -> Map {
        Map::new()
            .with(header::ALG, -19)
            .with(header::TYP, STATUS_LIST_TYPE)
    }

    fn payload(list: Map) -> Map {
        Map::new()
            .with(SUB, "uri")
            .with(IAT, 0)
            .with(STATUS_LIST, list)
    }

    #[test]
    fn a_list_survives_its_bytes() {
        let key = key();
        let bytes = content().sign(&key).unwrap();
        assert_eq!(
            StatusList::unverified_kid(&bytes).unwrap(),
            key.public_key().kid()
        );
        let unverified = StatusList::unverified(&bytes).unwrap();
        assert_eq!(unverified.uri, content().uri);
        assert_eq!(unverified.issued_at, content().issued_at);
        let list = StatusList::parse_verified(&bytes, &key.public_key()).unwrap();
        assert_eq!(list.content(), &content());
        assert_eq!(list.signed_by(), &key.public_key());
        assert_eq!(list.status(0), Ok(Status::Valid));
        assert_eq!(list.status(1), Ok(Status::Revoked));
        assert_eq!(list.status(999), Ok(Status::Suspended));
        for index in [1000, u64::MAX] {
            assert_eq!(
                list.status(index),
                Err(Error::IndexOutOfRange { index, len: 1000 })
            );
        }
    }

    #[test]
    fn only_the_bytes_that_the_key_signed_are_a_list() {
        let (signer, other) = (key(), key().public_key());
        let bytes = content().sign(&signer).unwrap();
        assert_eq!(
            StatusList::parse_verified(&bytes, &other).unwrap_err(),
            Error::BadSignature
        );
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            let read = StatusList::parse_verified(&bytes, &signer.public_key());
            assert!(read.is_err(), "byte {at} is not covered");
        }
        let longer = [bytes, vec![0]].concat();
        assert!(matches!(
            StatusList::parse_verified(&longer, &signer.public_key()).unwrap_err(),
            Error::Cbor(CborError::TrailingBytes { count: 1, .. })
        ));
    }

    #[test]
    fn each_defect_of_a_signed_list_is_named() {
        let key = key();
        let refused = |protected: &Map, payload: &Map| {
            let bytes = signed_with(protected, payload, &key);
            StatusList::parse_verified(&bytes, &key.public_key()).unwrap_err()
        };
        let good = payload(content().statuses.to_map());
        assert_eq!(
            refused(&protected().with(header::TYP, "application/cwt"), &good),
            Error::Invalid { what: "typ" }
        );
        assert_eq!(
            refused(&protected(), &good.clone().with(TTL, 0)),
            Error::Invalid { what: "ttl" }
        );
        for (label, what) in [(SUB, "sub"), (IAT, "iat"), (STATUS_LIST, "status_list")] {
            let mut without = good.clone();
            without.remove(&Key::Int(label));
            assert_eq!(refused(&protected(), &without), Error::Missing { what });
        }
        for bits in [0, 3, 16, 256] {
            let list = content().statuses.to_map().with(BITS, bits);
            assert_eq!(
                refused(&protected(), &payload(list)),
                Error::Invalid { what: "bits" }
            );
        }
        for lst in [&[][..], &[0x78, 0xda], b"neither zlib nor anything"] {
            let list = Map::new()
                .with(BITS, 1)
                .with(LST, Value::Bytes(lst.to_vec()));
            assert_eq!(
                refused(&protected(), &payload(list)),
                Error::BadCompression {
                    limit: MAX_STATUS_BYTES_INFLATED
                }
            );
        }
    }

    #[test]
    fn a_bomb_is_bad_compression_and_the_limit_itself_is_not() {
        let compressed = |size| compress_to_vec_zlib(&vec![0; size], 1);
        let full = compressed(MAX_STATUS_BYTES_INFLATED);
        let len = Statuses::from_compressed(1, &full).unwrap().len();
        assert_eq!(len, 8 * MAX_STATUS_BYTES_INFLATED as u64);
        let bomb = compressed(8 * MAX_STATUS_BYTES_INFLATED);
        assert!(bomb.len() < MAX_STATUS_LIST_BYTES);
        assert_eq!(
            Statuses::from_compressed(1, &bomb),
            Err(Error::BadCompression {
                limit: MAX_STATUS_BYTES_INFLATED
            })
        );
        assert!(matches!(
            Statuses::new(8, u64::MAX),
            Err(Error::TooLarge { .. })
        ));
    }

    #[test]
    fn the_kid_may_stand_outside_the_protected_header() {
        let key = key();
        let unprotected = Map::new().with(header::KID, Value::Bytes(b"12".to_vec()));
        let payload = payload(content().statuses.to_map()).to_cbor();
        let bytes = sign1(&protected().to_cbor(), &unprotected, &payload, &key).unwrap();
        assert_eq!(StatusList::unverified_kid(&bytes).unwrap(), b"12");
        let bytes = sign1(&protected().to_cbor(), &Map::new(), &payload, &key).unwrap();
        assert_eq!(
            StatusList::unverified_kid(&bytes),
            Err(Error::Missing { what: "kid" })
        );
    }

    #[test]
    fn nobody_can_make_a_token_longer_than_its_issuer_did() {
        let key = key();
        let payload = payload(content().statuses.to_map()).to_cbor();
        let padded = |length: usize| {
            let padding = Map::new().with(33, Value::Bytes(vec![0; length]));
            sign1(&protected().to_cbor(), &padding, &payload, &key).unwrap()
        };
        let read = |bytes: &[u8]| StatusList::parse_verified(bytes, &key.public_key());
        assert!(read(&padded(MAX_STATUS_HEADER_BYTES - 64)).is_ok());
        assert!(matches!(
            read(&padded(MAX_STATUS_HEADER_BYTES)),
            Err(Error::TooMany {
                what: "bytes that nobody signed",
                limit: MAX_STATUS_HEADER_BYTES,
                ..
            })
        ));
    }

    #[test]
    fn the_first_entry_stands_in_the_lowest_bits() {
        // The first examples of sections 4.1 and 4.2 of the draft.
        for (bits, bytes, first) in [
            (1, [0xb9, 0xa3].as_slice(), [1, 0, 0, 1, 1, 1, 0, 1]),
            (2, &[0xc9, 0x44, 0xf9], [1, 2, 0, 3, 0, 1, 0, 1]),
        ] {
            let statuses = Statuses::from_compressed(bits, &compress_to_vec_zlib(bytes, 9));
            let statuses = statuses.unwrap();
            assert_eq!(statuses.len(), bytes.len() as u64 * 8 / u64::from(bits));
            for (index, value) in (0..).zip(first) {
                assert_eq!(statuses.get(index), Ok(Status::from(value)));
            }
        }
    }

    #[test]
    fn a_status_that_needs_more_bits_is_refused() {
        let mut statuses = Statuses::new(1, 8).unwrap();
        assert!(matches!(
            statuses.set(0, Status::Suspended),
            Err(Error::Invalid { .. })
        ));
        assert_eq!(
            statuses.set(8, Status::Revoked),
            Err(Error::IndexOutOfRange { index: 8, len: 8 })
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn entries_do_not_disturb_each_other(
            width in 0_u32..4,
            values in prop::collection::vec(any::<u8>(), 1..100),
        ) {
            let bits = 1_u8 << width;
            let mut statuses = Statuses::new(bits, values.len() as u64).unwrap();
            let fitted: Vec<Status> = values
                .iter()
                .map(|value| Status::from(value & statuses.mask()))
                .collect();
            for (index, status) in fitted.iter().enumerate().rev() {
                statuses.set(index as u64, *status).unwrap();
            }
            let statuses = Statuses::from_cbor(&statuses.to_cbor()).unwrap();
            for (index, status) in fitted.iter().enumerate() {
                prop_assert_eq!(statuses.get(index as u64), Ok(*status));
            }
        }
    }
}
