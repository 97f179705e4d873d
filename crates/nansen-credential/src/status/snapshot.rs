//! Status snapshots: a status list told again by a publisher, small enough to carry and looked up
//! without being unpacked.
//!
//! A snapshot is an item of a [pack](crate::pack), on the word of the publisher's status keys.
//!
//! | map | type | content |
//! |---|---|---|
//! | 1 | unsigned | version of this format: 1 |
//! | 2 | text | `iss` of the issuer |
//! | 3 | text | URI of the list, as credentials name it |
//! | 4 | integer | when the issuer signed the list, unix seconds |
//! | 5 | integer | when that list ends, optional |
//! | 6 | unsigned | entries of the list, at most 2^32 |
//! | 7 | set | places revoked ([`IndexSet`]) |
//! | 8 | set | places suspended |
//!
//! The changes from one snapshot to another are written in the same form: fields 1 to 6 are
//! those of the later one, and a place is in a set when it is in that set of one and not of the
//! other.

use std::sync::Arc;

use crate::Error;
use crate::cbor::{Map, RawMap};
use crate::error::check_size;
use crate::fields::{FORMAT, check_format, ensure, required, required_text, unsigned};
use crate::limits::MAX_ITEM_BYTES;
use crate::trust::{Authority, TrustList};

use super::{IndexSet, Status, StatusList};

/// What a publisher says of the list of an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The `iss` of the issuer.
    pub issuer: String,
    /// The URI that credentials name as their list.
    pub uri: String,
    /// When the issuer signed the list, unix seconds.
    pub issued_at: i64,
    /// From when that list must not be used, unix seconds.
    pub expires_at: Option<i64>,
    len: u64,
    revoked: IndexSet,
    suspended: IndexSet,
}

impl Snapshot {
    /// Credentials that the list has a status for.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.len
    }

    /// What the list of an issuer says.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a list with statuses other than those of [`Status`] by name, and
    /// for one of more than 2^32 entries.
    pub fn of(issuer: &str, list: &StatusList) -> Result<Self, Error> {
        let statuses = &list.content().statuses;
        let (mut revoked, mut suspended) = (Vec::new(), Vec::new());
        for index in 0..statuses.len() {
            let set = match statuses.get(index)? {
                Status::Valid => continue,
                Status::Revoked => &mut revoked,
                Status::Suspended => &mut suspended,
                Status::Other(_) => {
                    return Err(Error::Invalid {
                        what: "status without a set",
                    });
                }
            };
            let place = u32::try_from(index).map_err(|_| Error::Invalid {
                what: "entries of a snapshot",
            })?;
            set.push(place);
        }
        Ok(Self {
            issuer: issuer.to_owned(),
            uri: list.uri().to_owned(),
            issued_at: list.issued_at(),
            expires_at: list.expires_at(),
            len: statuses.len(),
            revoked: IndexSet::new(&revoked)?,
            suspended: IndexSet::new(&suspended)?,
        })
    }

    /// Reads the content of an item.
    ///
    /// # Errors
    /// What is not as [the format](self) has it.
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, Error> {
        let snapshot = Self::read(bytes, 0)?;
        // Of mere changes this need not hold.
        match snapshot.revoked.is_disjoint(&snapshot.suspended) {
            true => Ok(snapshot),
            false => Err(Error::Duplicate {
                what: "place of a snapshot",
            }),
        }
    }

    /// The content of an item.
    ///
    /// # Errors
    /// [`Error::Invalid`], for no snapshot that could be built.
    pub fn to_cbor(&self) -> Result<Vec<u8>, Error> {
        let mut map = Map::new()
            .with(FORMAT, unsigned(FORMAT_VERSION, "format version")?)
            .with(ISSUER, self.issuer.as_str())
            .with(URI, self.uri.as_str())
            .with(ISSUED_AT, self.issued_at)
            .with(LEN, unsigned(self.len, "entries of a snapshot")?)
            .with(REVOKED, self.revoked.to_value()?)
            .with(SUSPENDED, self.suspended.to_value()?);
        if let Some(expires_at) = self.expires_at {
            map.insert(EXPIRES_AT, expires_at);
        }
        Ok(map.to_cbor())
    }

    /// The status of the credential at `index`.
    ///
    /// # Errors
    /// [`Error::IndexOutOfRange`] beyond the end of the list.
    pub fn status(&self, index: u64) -> Result<Status, Error> {
        let place = u32::try_from(index).ok().filter(|_| index < self.len);
        let place = place.ok_or(Error::IndexOutOfRange {
            index,
            len: self.len,
        })?;
        Ok(if self.revoked.contains(place) {
            Status::Revoked
        } else if self.suspended.contains(place) {
            Status::Suspended
        } else {
            Status::Valid
        })
    }

    /// Bytes that it takes in memory, names apart.
    #[must_use]
    pub const fn memory(&self) -> usize {
        self.revoked.memory() + self.suspended.memory()
    }

    /// What leads from the snapshot `before` to the snapshot `after`, both as items.
    ///
    /// # Errors
    /// Those of [`Snapshot::from_cbor`].
    pub fn changes(before: &[u8], after: &[u8]) -> Result<Vec<u8>, Error> {
        Self::from_cbor(after)?
            .against(&Self::from_cbor(before)?)?
            .to_cbor()
    }

    /// The snapshot to which `changes` lead from the snapshot `before`, as an item.
    ///
    /// # Errors
    /// Those of [`Snapshot::from_cbor`].
    pub fn apply_changes(before: &[u8], changes: &[u8]) -> Result<Vec<u8>, Error> {
        let before = Self::from_cbor(before)?;
        let after = Self::read(changes, before.len)?.against(&before)?;
        after.to_cbor()
    }

    /// This one with the sets in which it differs from `before`; and back, for what differs
    /// from a difference is the other side of it.
    fn against(self, before: &Self) -> Result<Self, Error> {
        Ok(Self {
            revoked: self.revoked.symmetric_difference(&before.revoked)?,
            suspended: self.suspended.symmetric_difference(&before.suspended)?,
            ..self
        })
    }

    /// Reads a snapshot, or the changes to one of `before` entries, whose places may lie beyond
    /// the end of what they lead to.
    fn read(bytes: &[u8], before: u64) -> Result<Self, Error> {
        check_size("status snapshot", bytes, MAX_ITEM_BYTES)?;
        let map = RawMap::from_cbor(bytes)?;
        check_format(&map, FORMAT_VERSION)?;
        let len = required(&map, LEN, "entries of a snapshot")?.unsigned()?;
        ensure(len <= MAX_LEN, "entries of a snapshot")?;
        let set = |label, what| IndexSet::read(&mut required(&map, label, what)?, len.max(before));
        let expires_at = map.label(EXPIRES_AT).map(|mut time| time.int());
        Ok(Self {
            issuer: required_text(&map, ISSUER, "issuer of a snapshot")?,
            uri: required_text(&map, URI, "URI of a list")?,
            issued_at: required(&map, ISSUED_AT, "issued at")?.int()?,
            expires_at: expires_at.transpose()?,
            len,
            revoked: set(REVOKED, "places revoked")?,
            suspended: set(SUSPENDED, "places suspended")?,
        })
    }
}

/// A snapshot from a pack whose signatures hold. A clone is the same snapshot, not another copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedSnapshot {
    publisher: String,
    snapshot: Arc<Snapshot>,
}

impl PublishedSnapshot {
    /// Made of verified packs only, hence not public.
    pub(crate) fn new(publisher: String, snapshot: Snapshot) -> Self {
        Self {
            publisher,
            snapshot: Arc::new(snapshot),
        }
    }

    /// On whose word.
    #[must_use]
    pub fn publisher(&self) -> &str {
        &self.publisher
    }

    /// The snapshot.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Whether it tells of the list at `uri` of the issuer `iss`, whom a trust list of the same
    /// publisher names: a publisher speaks for those that it lists, and for nobody else.
    #[must_use]
    pub fn tells_of(&self, trust_lists: &[TrustList], iss: &str, uri: &str) -> bool {
        let is_own = |list: &&TrustList| matches!(list.signed_by(), Authority::Publisher(name) if *name == self.publisher);
        let mut issuers = trust_lists
            .iter()
            .filter(is_own)
            .flat_map(TrustList::issuers);
        self.snapshot.uri == uri
            && self.snapshot.issuer == iss
            && issuers.any(|issuer| issuer.uri == iss)
    }
}

/// Entries that places can name.
const MAX_LEN: u64 = 1 << 32;

/// The version of this format.
const FORMAT_VERSION: u64 = 1;

const ISSUER: i64 = 2;
const URI: i64 = 3;
const ISSUED_AT: i64 = 4;
const EXPIRES_AT: i64 = 5;
const LEN: i64 = 6;
const REVOKED: i64 = 7;
const SUSPENDED: i64 = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cose::{SecretKey, Signer};
    use crate::status::{StatusListContent, Statuses};

    fn snapshot(issued_at: i64, changed: &[(u64, Status)]) -> Snapshot {
        let mut statuses = Statuses::new(2, 1000).unwrap();
        for (index, status) in changed {
            statuses.set(*index, *status).unwrap();
        }
        let content = StatusListContent {
            uri: "https://issuer.example/status/1".to_owned(),
            issued_at,
            expires_at: None,
            ttl: None,
            statuses,
        };
        let key = SecretKey::generate_ed25519(&mut rand_core::UnwrapErr(getrandom::SysRng));
        let bytes = content.sign(&key).unwrap();
        let list = StatusList::parse_verified(&bytes, &key.public_key()).unwrap();
        let snapshot = Snapshot::of("https://issuer.example", &list).unwrap();
        for index in 0..1000 {
            assert_eq!(snapshot.status(index), list.status(index));
        }
        snapshot
    }

    #[test]
    fn a_snapshot_says_what_the_list_says_and_survives_its_bytes() {
        let snapshot = snapshot(7, &[(0, Status::Revoked), (999, Status::Suspended)]);
        let read = Snapshot::from_cbor(&snapshot.to_cbor().unwrap()).unwrap();
        assert_eq!(read, snapshot);
        assert_eq!(
            read.status(1000),
            Err(Error::IndexOutOfRange {
                index: 1000,
                len: 1000
            })
        );
        assert!(read.status(u64::MAX).is_err());
    }

    #[test]
    fn changes_lead_to_the_very_bytes_of_the_later_snapshot() {
        let before = snapshot(7, &[(1, Status::Suspended), (2, Status::Suspended)]);
        let after = snapshot(8, &[(1, Status::Revoked), (3, Status::Revoked)]);
        let (before, after) = (before.to_cbor().unwrap(), after.to_cbor().unwrap());
        let changes = Snapshot::changes(&before, &after).unwrap();
        assert_eq!(Snapshot::apply_changes(&before, &changes), Ok(after));
    }

    #[test]
    fn changes_reach_no_further_than_the_longer_of_the_two_lists() {
        let before = snapshot(7, &[(999, Status::Revoked)]);
        let shorter = Snapshot {
            len: 10,
            revoked: IndexSet::new(&[]).unwrap(),
            ..before.clone()
        };
        let (before, shorter) = (before.to_cbor().unwrap(), shorter.to_cbor().unwrap());
        let changes = Snapshot::changes(&before, &shorter).unwrap();
        assert_eq!(
            Snapshot::apply_changes(&before, &changes),
            Ok(shorter.clone())
        );
        assert_eq!(
            Snapshot::apply_changes(&shorter, &changes),
            Err(Error::IndexOutOfRange {
                index: 999,
                len: 10
            })
        );
    }

    #[test]
    fn places_beyond_the_list_or_in_both_sets_are_refused() {
        let good = snapshot(7, &[(1, Status::Revoked)]);
        let beyond = Snapshot {
            len: 1,
            ..good.clone()
        };
        assert_eq!(
            Snapshot::from_cbor(&beyond.to_cbor().unwrap()),
            Err(Error::IndexOutOfRange { index: 1, len: 1 })
        );
        let both = Snapshot {
            suspended: good.revoked.clone(),
            ..good
        };
        assert_eq!(
            Snapshot::from_cbor(&both.to_cbor().unwrap()),
            Err(Error::Duplicate {
                what: "place of a snapshot"
            })
        );
    }
}
