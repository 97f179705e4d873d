//! Root statements: which keys, and how many of them, speak for a publisher, after the ideas of
//! The Update Framework (TUF specification, sections 5.3 and 6.1).
//!
//! A root statement is a [`MultiSigned`] of media type [`ROOT_TYPE`].
//!
//! | payload | type | content |
//! |---|---|---|
//! | 1 | unsigned | version of this format: 1 |
//! | 2 | text | publisher, the same in all versions |
//! | 3 | unsigned | version of the statement |
//! | 4 | integer | issued at, unix seconds, not before that of the version before |
//! | 5 | integer | expires at, unix seconds, not before 4 |
//! | 6 | array of bytes | keys in their short form, each once |
//! | 7 | quorum | who signs root statements |
//! | 8 | map | number of a [`Role`] to quorum; a role that is not there is nobody's |
//!
//! A quorum is `[threshold, [+ index into the keys]]`. Further labels and roles are passed over.
//!
//! The first statement is trusted because its digest came with the app or from somebody met in
//! person. Version n + 1 takes over when a quorum of version n and one of its own have signed
//! it: the first shows that it is meant, the second that the next one can follow. No version is
//! passed over, and none comes twice, so that a chain has no cycle and a stolen key cannot push
//! the version out of reach. An expired statement still counts and its age is told
//! ([`Root::freshness`]).

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{Freshness, OverduePolicy};
use crate::Error;
use crate::cbor::{Key, Map, RawMap, Reader, Value};
use crate::cose::{MultiSigned, PublicKey};
use crate::error::{check_count, check_size};
use crate::fields::{
    FORMAT, check_format, ensure, ensure_unique, read_array, required, required_text, unsigned,
};
use crate::limits::{MAX_ROOT_BYTES, MAX_ROOT_KEYS, MAX_ROTATIONS};

/// The media type of a root statement.
pub const ROOT_TYPE: &str = "application/nansen-root+cbor";

/// What a key may speak for, apart from the root itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Who may issue what.
    Issuers,
    /// Who may ask for what.
    Verifiers,
    /// What was revoked.
    Status,
    /// Packs, names of types, notes and contacts.
    Content,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Issuers, Self::Verifiers, Self::Status, Self::Content];

    /// The name in errors.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Issuers => "issuers",
            Self::Verifiers => "verifiers",
            Self::Status => "status",
            Self::Content => "content",
        }
    }

    const fn number(self) -> i64 {
        match self {
            Self::Issuers => 1,
            Self::Verifiers => 2,
            Self::Status => 3,
            Self::Content => 4,
        }
    }
}

/// Keys of which so many must sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quorum {
    /// How many.
    pub threshold: usize,
    /// Of these, each once.
    pub keys: Vec<PublicKey>,
}

/// What a root statement says. Signed by way of [`RootContent::draft`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootContent {
    /// Whose root it is, the same in all versions.
    pub publisher: String,
    /// The version, one more than that of the statement before.
    pub version: u64,
    /// When it is signed, unix seconds.
    pub issued_at: i64,
    /// When the next one is due, unix seconds.
    pub expires_at: i64,
    /// Who signs root statements.
    pub root: Quorum,
    /// Who signs what else.
    pub roles: BTreeMap<Role, Quorum>,
}

impl RootContent {
    /// The statement for the holders of the keys to sign, one after the other.
    ///
    /// # Errors
    /// Whatever a reader would refuse.
    pub fn draft(&self) -> Result<MultiSigned, Error> {
        self.check()?;
        let payload = self.to_map()?.to_cbor();
        check_size("root statement", &payload, MAX_ROOT_BYTES)?;
        Ok(MultiSigned::new(ROOT_TYPE, payload))
    }

    fn check(&self) -> Result<(), Error> {
        ensure(!self.publisher.is_empty(), "publisher")?;
        ensure(self.issued_at <= self.expires_at, "expiry of the root")?;
        self.root.check("root")?;
        let mut roles = self.roles.iter();
        roles.try_for_each(|(role, quorum)| quorum.check(role.name()))?;
        check_count("keys of a root", self.key_table().len(), MAX_ROOT_KEYS)
    }

    /// Every key once, in the order in which quorums name them.
    fn key_table(&self) -> Vec<&PublicKey> {
        let mut table: Vec<&PublicKey> = Vec::new();
        for key in self.quorums().flat_map(|quorum| &quorum.keys) {
            if !table.contains(&key) {
                table.push(key);
            }
        }
        table
    }

    fn quorums(&self) -> impl Iterator<Item = &Quorum> {
        core::iter::once(&self.root).chain(self.roles.values())
    }

    fn read(payload: &[u8]) -> Result<Self, Error> {
        let root = RawMap::from_cbor(payload)?;
        check_format(&root, FORMAT_VERSION)?;
        let keys = read_array(
            &mut required(&root, KEYS, "keys of a root")?,
            "keys of a root",
            MAX_ROOT_KEYS,
            |key| PublicKey::from_short(key.bytes()?),
        )?;
        ensure_unique(
            keys.iter().map(PublicKey::to_short).collect(),
            "key of a root",
        )?;
        let named = required(&root, ROLES, "roles")?.raw_map()?;
        let mut roles = BTreeMap::new();
        for role in Role::ALL {
            if let Some(quorum) = named.raw(&Key::Int(role.number())) {
                roles.insert(role, Quorum::read(&mut Reader::new(quorum), &keys)?);
            }
        }
        let content = Self {
            publisher: required_text(&root, PUBLISHER, "publisher")?,
            version: required(&root, VERSION, "version of the root")?.unsigned()?,
            issued_at: required(&root, ISSUED_AT, "issued at")?.int()?,
            expires_at: required(&root, EXPIRES_AT, "expiry of the root")?.int()?,
            root: Quorum::read(&mut required(&root, ROOT, "root quorum")?, &keys)?,
            roles,
        };
        content.check()?;
        Ok(content)
    }

    fn to_map(&self) -> Result<Map, Error> {
        let keys = self.key_table();
        let short = |key: &&PublicKey| Value::Bytes(key.to_short());
        let mut roles = Map::new();
        for (role, quorum) in &self.roles {
            roles.insert(role.number(), quorum.to_value(&keys)?);
        }
        Ok(Map::new()
            .with(FORMAT, unsigned(FORMAT_VERSION, "format version")?)
            .with(PUBLISHER, self.publisher.as_str())
            .with(VERSION, unsigned(self.version, "version of the root")?)
            .with(ISSUED_AT, self.issued_at)
            .with(EXPIRES_AT, self.expires_at)
            .with(KEYS, Value::Array(keys.iter().map(short).collect()))
            .with(ROOT, self.root.to_value(&keys)?)
            .with(ROLES, roles))
    }
}

impl Quorum {
    /// Whether enough of the keys have signed.
    ///
    /// # Errors
    /// [`Error::ThresholdNotMet`], naming `role`.
    fn check_signed(&self, role: &'static str, message: &MultiSigned) -> Result<(), Error> {
        let (valid, threshold) = (message.count_signers(&self.keys), self.threshold);
        if valid < threshold {
            return Err(Error::ThresholdNotMet {
                role,
                valid,
                threshold,
            });
        }
        Ok(())
    }

    fn check(&self, role: &'static str) -> Result<(), Error> {
        let (keys, threshold) = (self.keys.len(), self.threshold);
        if threshold == 0 || threshold > keys {
            return Err(Error::LocksItselfOut {
                role,
                keys,
                threshold,
            });
        }
        // A key that stands there twice would sign twice.
        ensure_unique(
            self.keys.iter().map(PublicKey::to_short).collect(),
            "key of a role",
        )
    }

    fn read(reader: &mut Reader<'_>, keys: &[PublicKey]) -> Result<Self, Error> {
        reader.array_of(2, "quorum of 2 parts")?;
        let threshold = usize::try_from(reader.unsigned()?).unwrap_or(usize::MAX);
        let keys = read_array(reader, "keys of a role", MAX_ROOT_KEYS, |index| {
            let at = usize::try_from(index.unsigned()?).ok();
            at.and_then(|at| keys.get(at))
                .cloned()
                .ok_or(Error::Invalid {
                    what: "index of a key",
                })
        })?;
        Ok(Self { threshold, keys })
    }

    fn to_value(&self, keys: &[&PublicKey]) -> Result<Value, Error> {
        let indexes = self.keys.iter().filter_map(|key| {
            let at = keys.iter().position(|other| *other == key)?;
            i64::try_from(at).ok().map(Value::Integer)
        });
        Ok(Value::Array(vec![
            unsigned(self.threshold as u64, "threshold")?,
            Value::Array(indexes.collect()),
        ]))
    }
}

/// A root statement that is trusted.
#[derive(Clone, Debug)]
pub struct Root {
    content: RootContent,
    digest: [u8; 32],
}

impl Root {
    /// The digest by which a first statement is pinned: SHA-256 of its payload.
    ///
    /// # Errors
    /// Those of [`MultiSigned::parse`].
    pub fn pin(bytes: &[u8]) -> Result<[u8; 32], Error> {
        Ok(Sha256::digest(parse(bytes)?.payload()).into())
    }

    /// What a statement says, whoever signed it: to be looked at before it is signed or pinned.
    ///
    /// # Errors
    /// What is not as [the format](self) has it.
    pub fn preview(bytes: &[u8]) -> Result<RootContent, Error> {
        RootContent::read(parse(bytes)?.payload())
    }

    /// Reads the statement that the app pins, whatever its version.
    ///
    /// # Errors
    /// [`Error::DigestMismatch`] for another statement, [`Error::ThresholdNotMet`] when its own
    /// quorum did not sign it, [`Error::LocksItselfOut`], or what else is not as
    /// [the format](self) has it.
    pub fn parse_pinned(bytes: &[u8], pin: &[u8; 32]) -> Result<Self, Error> {
        let message = parse(bytes)?;
        let root = Self::read(&message)?;
        if root.digest != *pin {
            return Err(Error::DigestMismatch {
                what: "root statement",
            });
        }
        root.content.root.check_signed("root", &message)?;
        Ok(root)
    }

    /// The statement that follows this one.
    ///
    /// # Errors
    /// [`Error::OtherPublisher`]; [`Error::Rollback`], [`Error::VersionConflict`] and
    /// [`Error::VersionGap`] for any version but the next, this one itself included;
    /// [`Error::ThresholdNotMet`] when the quorum of this statement (`root`) or its own
    /// (`next root`) did not sign it; [`Error::LocksItselfOut`] and the like for its content.
    pub fn rotate(&self, next: &[u8]) -> Result<Self, Error> {
        let message = parse(next)?;
        // Versions first: whoever left a statement out is told so, not to gather signatures.
        let next = Self::read(&message)?;
        if next.publisher() != self.publisher() {
            return Err(Error::OtherPublisher);
        }
        let (offered, held) = (next.version(), self.version());
        if offered == held {
            return Err(Error::VersionConflict { version: held });
        }
        if offered < held {
            return Err(Error::Rollback { offered, held });
        }
        if offered - held != 1 {
            return Err(Error::VersionGap { offered, held });
        }
        self.content.root.check_signed("root", &message)?;
        ensure(
            next.content.issued_at >= self.content.issued_at,
            "issued at",
        )?;
        next.content.root.check_signed("next root", &message)?;
        Ok(next)
    }

    /// The last statement of a chain that leads on from this one. Those at the start of the
    /// chain that this one has already followed are passed over, so that one file serves
    /// phones of every age.
    ///
    /// # Errors
    /// Those of [`Root::rotate`], and [`Error::TooMany`] beyond [`MAX_ROTATIONS`]. A chain with
    /// a defect changes nothing.
    pub fn walk(&self, chain: &[impl AsRef<[u8]>]) -> Result<Self, Error> {
        check_count("rotations", chain.len(), MAX_ROTATIONS)?;
        let mut at = self.clone();
        let mut has_moved = false;
        for next in chain {
            if !has_moved && self.has_followed(next.as_ref())? {
                continue;
            }
            at = at.rotate(next.as_ref())?;
            has_moved = true;
        }
        Ok(at)
    }

    /// Whether a statement claims to be of an earlier version, or is this one.
    fn has_followed(&self, bytes: &[u8]) -> Result<bool, Error> {
        let other = Self::read(&parse(bytes)?)?;
        Ok(other.publisher() == self.publisher()
            && (other.version() < self.version() || other.digest == self.digest))
    }

    /// Whether enough keys of a role signed a message.
    ///
    /// # Errors
    /// [`Error::RoleUnassigned`] or [`Error::ThresholdNotMet`].
    pub fn verify(&self, role: Role, message: &MultiSigned) -> Result<(), Error> {
        let name = role.name();
        let quorum = self.content.roles.get(&role);
        quorum
            .ok_or(Error::RoleUnassigned { role: name })?
            .check_signed(name, message)
    }

    /// Whose root it is.
    #[must_use]
    pub fn publisher(&self) -> &str {
        &self.content.publisher
    }

    /// The version.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.content.version
    }

    /// All of it, from which a desk makes the next version.
    #[must_use]
    pub const fn content(&self) -> &RootContent {
        &self.content
    }

    /// SHA-256 of the payload, by which it can be pinned.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The age at `now`, the later of clock and latest signed time in unix seconds.
    #[must_use]
    pub const fn freshness(&self, now: i64) -> Freshness {
        Freshness::at(now, self.content.issued_at, self.content.expires_at)
    }

    /// Refuses a root that is too old for the policy of whoever asks.
    ///
    /// # Errors
    /// [`Error::Overdue`].
    pub const fn check_age(&self, now: i64, policy: OverduePolicy) -> Result<(), Error> {
        self.freshness(now).check(policy)
    }

    fn read(message: &MultiSigned) -> Result<Self, Error> {
        Ok(Self {
            content: RootContent::read(message.payload())?,
            digest: Sha256::digest(message.payload()).into(),
        })
    }
}

fn parse(bytes: &[u8]) -> Result<MultiSigned, Error> {
    check_size("root statement", bytes, MAX_ROOT_BYTES)?;
    MultiSigned::parse(bytes, ROOT_TYPE)
}

/// The version of this format.
const FORMAT_VERSION: u64 = 1;

// Labels of the payload.
const PUBLISHER: i64 = 2;
const VERSION: i64 = 3;
const ISSUED_AT: i64 = 4;
const EXPIRES_AT: i64 = 5;
const KEYS: i64 = 6;
const ROOT: i64 = 7;
const ROLES: i64 = 8;
