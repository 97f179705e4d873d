//! What can be wrong with a credential, a list or a key, by blame.

use crate::cbor::{CborError, Key};

/// An error of this crate. Numbers and names only: no claim value, no key, no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not strict CBOR.
    #[error("malformed CBOR: {0}")]
    Cbor(#[from] CborError),
    /// More bytes than the limit for this kind of object.
    #[error("{what} of {size} bytes, the limit is {limit}")]
    TooLarge {
        /// The kind of object.
        what: &'static str,
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// More parts than the limit.
    #[error("{count} {what}, the limit is {limit}")]
    TooMany {
        /// The kind of part.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// A field that the format requires is not there.
    #[error("{what} is missing")]
    Missing {
        /// The field.
        what: &'static str,
    },
    /// A field that the format forbids is there.
    #[error("{what} is not allowed here")]
    Forbidden {
        /// The field.
        what: &'static str,
    },
    /// A field has a value that the format does not allow.
    #[error("{what} is not valid")]
    Invalid {
        /// The field.
        what: &'static str,
    },
    /// A COSE algorithm that this profile does not use.
    #[error("unsupported algorithm {0}")]
    UnsupportedAlgorithm(
        /// The identifier in the IANA COSE registry.
        i64,
    ),
    /// A hash algorithm for redaction other than SHA-256.
    #[error("unsupported redaction hash {0}")]
    UnsupportedHash(
        /// The identifier in the IANA COSE registry.
        i64,
    ),
    /// A key of another type than its algorithm needs.
    #[error("algorithm {algorithm} does not go with this type of key")]
    KeyTypeMismatch {
        /// The COSE identifier of the algorithm.
        algorithm: i64,
    },
    /// Bytes that are no point of the curve, or one of small order.
    #[error("not a valid public key")]
    InvalidKey,
    /// The signature does not verify.
    #[error("signature does not verify")]
    BadSignature,
    /// The signer could not or would not sign.
    #[error("the signer gave no signature")]
    SignerFailed,
    /// A disclosure whose digest stands nowhere in the credential.
    #[error("disclosure {index} matches no digest")]
    UnmatchedDisclosure {
        /// Its place in `sd_claims`.
        index: usize,
    },
    /// A disclosure, or a digest, that appears twice.
    #[error("a digest appears twice")]
    DuplicateDigest,
    /// A disclosure that adds a claim that is already there.
    #[error("a disclosure repeats the claim {0}")]
    DuplicateClaim(
        /// The claim.
        ClaimName,
    ),
    /// A disclosure of a claim that must always be in clear.
    #[error("the claim {0} must not be redacted")]
    NeverRedacted(
        /// The claim.
        ClaimName,
    ),
    /// Disclosures inside disclosures, deeper than the limit.
    #[error("disclosures nested deeper than {limit}")]
    DisclosuresTooDeep {
        /// The limit.
        limit: usize,
    },
    /// A path that leads to no claim of the credential.
    #[error("no claim at {path}")]
    NoSuchClaim {
        /// The path, as text.
        path: String,
    },
    /// A number that the table of claim names does not have.
    #[error("claim name number {index} is not in the table")]
    UnknownName {
        /// The number.
        index: u64,
    },
    /// Something that must be unique stands there twice.
    #[error("{what} appears twice")]
    Duplicate {
        /// What must be unique.
        what: &'static str,
    },
    /// A list signed by a key that is none of the roots.
    #[error("signed by a key that is no root of trust")]
    UnknownRoot,
    /// A list that is no version of the one it was offered for.
    #[error("another list than the one held")]
    OtherList,
    /// The version already held, with other content.
    #[error("version {version} is already here with other content")]
    VersionConflict {
        /// The version.
        version: u64,
    },
    /// A place beyond the end of a status list.
    #[error("index {index} in a status list of {len} entries")]
    IndexOutOfRange {
        /// The index asked for.
        index: u64,
        /// How many entries the list has.
        len: u64,
    },
    /// An older version of a list than the one already held.
    #[error("version {offered} is older than version {held}, which is already here")]
    Rollback {
        /// The version offered.
        offered: u64,
        /// The version held.
        held: u64,
    },
    /// A version that does not follow the one held: those between are needed too.
    #[error("version {offered} does not follow version {held}")]
    VersionGap {
        /// The version offered.
        offered: u64,
        /// The version held.
        held: u64,
    },
    /// Fewer keys of a role signed than the root asks for.
    #[error("{valid} of {threshold} signatures needed for {role}")]
    ThresholdNotMet {
        /// The role.
        role: &'static str,
        /// How many keys of the role signed.
        valid: usize,
        /// How many must.
        threshold: usize,
    },
    /// A root that asks for no signature, or for more than it has keys: nothing could follow it.
    #[error("{threshold} signatures of {keys} keys for {role}")]
    LocksItselfOut {
        /// The role.
        role: &'static str,
        /// How many keys the role has.
        keys: usize,
        /// How many it says must sign.
        threshold: usize,
    },
    /// A role that the root gives to nobody.
    #[error("the root gives the role {role} to nobody")]
    RoleUnassigned {
        /// The role.
        role: &'static str,
    },
    /// Something of another publisher than the root it is checked against.
    #[error("of another publisher than the root")]
    OtherPublisher,
    /// Overdue by more than the policy of whoever asks allows.
    #[error("overdue by {by} seconds, {limit} are allowed")]
    Overdue {
        /// Seconds since it was due.
        by: i64,
        /// Seconds that are allowed.
        limit: i64,
    },
    /// Other content than the digest that was signed or pinned.
    #[error("{what} is not what its digest says")]
    DigestMismatch {
        /// The part.
        what: &'static str,
    },
    /// A delta against another pack than the one held.
    #[error("a delta against another pack than the one held")]
    OtherBase,
    /// A file that ends before it is complete.
    #[error("{what} ends {missing} bytes too early")]
    CutOff {
        /// The file.
        what: &'static str,
        /// How many bytes are missing at the least.
        missing: u64,
    },
    /// A format version that this program does not know.
    #[error("format version {found}, the newest known is {supported}")]
    NewerFormat {
        /// The version found.
        found: u64,
        /// The newest version known.
        supported: u64,
    },
    /// A compressed list that would inflate beyond the limit, or is no zlib stream.
    #[error("compressed data is damaged or inflates beyond {limit} bytes")]
    BadCompression {
        /// The limit in bytes.
        limit: usize,
    },
    /// JSON that has no counterpart among claims.
    #[error("not usable as claims: {what}")]
    UnusableJson {
        /// What stands in the way.
        what: &'static str,
    },
}

/// Name of a claim in an error: a label, or a text name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimName(pub Key);

impl core::fmt::Display for ClaimName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match &self.0 {
            Key::Int(label) => write!(f, "{label}"),
            Key::Text(name) => write!(f, "\"{}\"", name.escape_debug()),
            Key::Redacted => f.write_str("simple(59)"),
        }
    }
}

/// Refuses more parts than the limit, before room is made for them.
pub(crate) const fn check_count(
    what: &'static str,
    count: usize,
    limit: usize,
) -> Result<(), Error> {
    if count > limit {
        return Err(Error::TooMany { what, count, limit });
    }
    Ok(())
}

/// Refuses what is larger than its limit, before anything is read from it.
pub(crate) fn check_size(what: &'static str, bytes: &[u8], limit: usize) -> Result<(), Error> {
    if bytes.len() > limit {
        return Err(Error::TooLarge {
            what,
            size: bytes.len(),
            limit,
        });
    }
    Ok(())
}
