//! Floors: what was known once and must not be forgotten, though the thing itself is gone.
//!
//! They are rows of the [stored form](super::stored). Authority and name are hashed, so that rows are
//! as small for long names.
//!
//! Invariant: rows stand in order, each name once, and what they say grows, except where a date lay
//! ahead: a snapshot's, which the next version of its pack or a rotation mends. They go by
//! the user's own act, by a rotation after which nothing old could verify, or for lack of room:
//! those of signers that nobody lists first, then those of whoever has the most.

use nansen_credential::Error as Refused;
use nansen_credential::cbor::{Reader, Value};
use nansen_credential::cose::PublicKey;
use nansen_credential::pack::Manifest;
use nansen_credential::trust::{Authority, Edition};
use sha2::{Digest, Sha256};

use crate::Error;

/// What a floor is of, by its number in the stored form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Of {
    Signed = 0,
    TrustList = 1,
    VerifierList = 2,
    StatusList = 3,
    Snapshot = 4,
    Pack = 5,
}

/// Somebody or something, hashed.
pub(super) type Hash = [u8; 16];

/// Which thing of whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    of: Of,
    authority: Hash,
    name: Hash,
}

/// The highest version or latest time of something that ever counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Floor {
    name: Name,
    at: i64,
    before: Option<i64>,
}

/// All floors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Floors(Vec<Floor>);

impl Name {
    pub(super) fn signed(authority: &Authority) -> Self {
        Self::new(Of::Signed, hash_of(authority), &[])
    }

    pub(super) fn list(of: Of, edition: &Edition) -> Self {
        Self::id(of, &edition.authority, &edition.id)
    }

    pub(super) fn id(of: Of, authority: &Authority, id: &str) -> Self {
        Self::new(of, hash_of(authority), &[id])
    }

    pub(super) fn status_list(signer: &PublicKey, uri: &str) -> Self {
        Self::new(Of::StatusList, hash_of_key(signer), &[uri])
    }

    pub(super) fn snapshot(publisher: &str, issuer: &str, uri: &str) -> Self {
        let authority = Authority::Publisher(publisher.to_owned());
        Self::new(Of::Snapshot, hash_of(&authority), &[issuer, uri])
    }

    pub(super) fn pack(manifest: &Manifest) -> Self {
        let authority = Authority::Publisher(manifest.publisher.clone());
        Self::id(Of::Pack, &authority, &manifest.id)
    }

    fn new(of: Of, authority: Hash, parts: &[&str]) -> Self {
        Self {
            of,
            authority,
            name: hash(parts),
        }
    }
}

impl Floors {
    /// The floor of something; `None` for what never counted.
    pub(super) fn at(&self, name: Name) -> Option<i64> {
        let place = self.place(name).ok()?;
        self.0.get(place).map(|floor| floor.at)
    }

    /// Refuses what is below its floor.
    ///
    /// # Errors
    /// [`Refused::Rollback`].
    pub(super) fn check(&self, name: Name, offered: i64) -> Result<(), Error> {
        match self.at(name).filter(|floor| offered < *floor) {
            Some(floor) => Err(rollback(offered, floor)),
            None => Ok(()),
        }
    }

    /// The floor of something, as far as `counts` says of a time that it still does.
    pub(super) fn at_if(&self, name: Name, counts: impl Fn(i64) -> bool) -> Option<i64> {
        let floor = self.place(name).ok().and_then(|place| self.0.get(place))?;
        let mut times = [Some(floor.at), floor.before].into_iter().flatten();
        times.find(|time| counts(*time))
    }

    /// Notes that something counts, of this version or time.
    pub(super) fn raise(&mut self, name: Name, at: i64) {
        let place = self.place(name);
        match place.map(|place| self.0.get_mut(place)) {
            Ok(Some(floor)) => floor.at = floor.at.max(at),
            Ok(None) => {}
            Err(place) => {
                let before = None;
                self.0.insert(place, Floor { name, at, before });
            }
        }
    }

    /// Notes the time of a status list that counts, and what time of it counted before, as far as
    /// `counts` says that it still does.
    pub(super) fn raise_if(&mut self, name: Name, at: i64, counts: impl Fn(i64) -> bool) {
        self.raise(name, i64::MIN);
        let place = self.place(name);
        if let Ok(Some(floor)) = place.map(|place| self.0.get_mut(place)) {
            if at > floor.at {
                floor.before = Some(floor.at).filter(|time| *time > i64::MIN);
                floor.at = at;
            } else if at < floor.at && floor.before.is_none_or(|it| at > it || !counts(it)) {
                floor.before = Some(at);
            }
        }
    }

    /// Forgets what something was.
    pub(super) fn forget(&mut self, name: Name) {
        self.0.retain(|floor| floor.name != name);
    }

    /// Forgets all of a publisher or root, or what is of one kind.
    pub(super) fn forget_all(&mut self, authority: &Authority, of: Option<Of>) {
        let authority = hash_of(authority);
        self.0.retain(|floor| {
            let is_of = floor.name.of != Of::StatusList && of.is_none_or(|of| floor.name.of == of);
            floor.name.authority != authority || !is_of
        });
    }

    /// Lowers the floors of a publisher's snapshots that lie beyond a time.
    pub(super) fn cap_snapshots(&mut self, publisher: &Authority, time: i64) {
        let authority = hash_of(publisher);
        for floor in &mut self.0 {
            if floor.name.of == Of::Snapshot && floor.name.authority == authority {
                floor.at = floor.at.min(time);
            }
        }
    }

    /// Forgets status lists of these signers.
    pub(super) fn forget_signers(&mut self, signers: &[Hash]) {
        self.0.retain(|floor| {
            floor.name.of != Of::StatusList || !signers.contains(&floor.name.authority)
        });
    }

    /// Whether there are more than are kept.
    pub(super) fn is_over(&self) -> bool {
        self.0.len() > FLOORS_MAX
    }

    /// Makes room: what signers leave who are not `listed`, in order, goes first, then the oldest times
    /// of whoever has the most.
    pub(super) fn bound(&mut self, listed: &[Hash]) {
        let mut rows: Vec<(bool, Hash, bool, i64, Name)> = Vec::new();
        for Floor { name, at, .. } in &self.0 {
            if name.of != Of::Signed {
                let is_listed =
                    name.of != Of::StatusList || listed.binary_search(&name.authority).is_ok();
                let is_version = !matches!(name.of, Of::StatusList | Of::Snapshot);
                rows.push((is_listed, name.authority, is_version, *at, *name));
            }
        }
        rows.sort_unstable();
        let mut gone = Vec::new();
        while self.0.len() > FLOORS_MAX + gone.len() {
            let own = rows.chunk_by(|one, next| (one.0, one.1) == (next.0, next.1));
            let most = own.max_by_key(|rows| (rows.first().is_some_and(|row| !row.0), rows.len()));
            // Some at a time: somebody else may have the most by then.
            let over = self.0.len() - FLOORS_MAX - gone.len();
            let some: Vec<Name> = most
                .unwrap_or_default()
                .iter()
                .map(|row| row.4)
                .take(over.min(FLOORS_MAX / 16))
                .collect();
            if some.is_empty() {
                break;
            }
            rows.retain(|row| !some.contains(&row.4));
            gone.extend(some);
        }
        self.0.retain(|floor| !gone.contains(&floor.name));
    }

    /// The rows to store.
    pub(super) fn rows(&self) -> Value {
        let rows = self.0.iter().map(|floor| {
            let name = &floor.name;
            let mut row = vec![
                Value::Integer(name.of as i64),
                Value::Bytes(name.authority.to_vec()),
                Value::Bytes(name.name.to_vec()),
                Value::Integer(floor.at),
            ];
            row.extend(floor.before.map(Value::Integer));
            Value::Array(row)
        });
        Value::Array(rows.collect())
    }

    /// Takes stored rows back; those of several stores together say the most that any does.
    ///
    /// # Errors
    /// [`Error::Stored`].
    pub(super) fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        const DAMAGED: Error = Error::Stored { what: "floors" };
        let damaged = |_| DAMAGED;
        let count = reader.array().map_err(damaged)?;
        if count > 2 * FLOORS_MAX {
            return Err(DAMAGED);
        }
        for _ in 0..count {
            let parts = reader.array().map_err(damaged)?;
            let of = match reader.int() {
                Ok(0) => Of::Signed,
                Ok(1) => Of::TrustList,
                Ok(2) => Of::VerifierList,
                Ok(3) => Of::StatusList,
                Ok(4) => Of::Snapshot,
                Ok(5) => Of::Pack,
                _ => return Err(DAMAGED),
            };
            let name = Name {
                of,
                authority: reader
                    .byte_array("authority of 16 bytes")
                    .map_err(damaged)?,
                name: reader.byte_array("name of 16 bytes").map_err(damaged)?,
            };
            let at = reader.int().map_err(damaged)?;
            match parts {
                4 => self.raise(name, at),
                5 => {
                    let before = reader.int().map_err(damaged)?;
                    self.raise_if(name, before, |_| true);
                    self.raise_if(name, at, |_| true);
                }
                _ => return Err(DAMAGED),
            }
        }
        Ok(())
    }

    fn place(&self, name: Name) -> Result<usize, usize> {
        self.0.binary_search_by_key(&name, |floor| floor.name)
    }
}

pub(super) fn hash_of(authority: &Authority) -> Hash {
    match authority {
        Authority::Key(key) => hash_of_key(key),
        Authority::Publisher(name) => hash(&["publisher", name]),
    }
}

pub(super) fn hash_of_key(key: &PublicKey) -> Hash {
    first_half(key.thumbprint())
}

pub(super) fn rollback(offered: i64, held: i64) -> Error {
    Error::Credential(Refused::Rollback {
        offered: offered.unsigned_abs(),
        held: held.unsigned_abs(),
    })
}

/// Each part with its length, so that no two lists of parts are the same.
fn hash(parts: &[&str]) -> Hash {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    first_half(digest.finalize().into())
}

fn first_half(digest: [u8; 32]) -> Hash {
    let mut half = Hash::default();
    half.iter_mut()
        .zip(digest)
        .for_each(|(to, from)| *to = from);
    half
}

/// A version as a floor has it: none above 2^63 can be written.
pub(super) fn version(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

/// Most floors of a store.
pub(super) const FLOORS_MAX: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: usize) -> Hash {
        let mut hash = Hash::default();
        hash.iter_mut()
            .zip(number.to_be_bytes())
            .for_each(|(to, from)| *to = from);
        hash
    }

    fn floor(of: Of, authority: usize, name: usize) -> Name {
        let (authority, name) = (number(authority), number(name));
        Name {
            of,
            authority,
            name,
        }
    }

    #[test]
    fn whoever_has_the_most_makes_room_and_nobody_else() {
        const HONEST: usize = 1;
        const GREEDY: usize = 2;
        let mut floors = Floors::default();
        // What no list names any more, many signers with little, and one with very much.
        let mut signers = vec![number(5)];
        let mut own = Vec::new();
        for signer in 10..60 {
            floors.raise(floor(Of::StatusList, 1000 + signer, 0), 0);
            let name = floor(Of::StatusList, signer, 0);
            floors.raise(name, 0);
            own.push(name);
            signers.push(number(signer));
        }
        for name in [
            floor(Of::TrustList, HONEST, 0),
            floor(Of::Signed, HONEST, 0),
        ] {
            floors.raise(name, 0);
            own.push(name);
        }
        for name in 0..100 {
            floors.raise(floor(Of::Snapshot, GREEDY, name), 0);
        }
        for name in 0..2 * FLOORS_MAX {
            let time = i64::try_from(name).unwrap();
            floors.raise(floor(Of::StatusList, 5, name), time);
        }
        floors.bound(&signers);
        assert_eq!(floors.0.len(), FLOORS_MAX);
        assert!(own.iter().all(|name| floors.at(*name).is_some()));
        assert_eq!(floors.at(floor(Of::StatusList, 1010, 0)), None);
        assert_eq!(floors.at(floor(Of::StatusList, 5, 0)), None, "the oldest");
        let newest = 2 * FLOORS_MAX - 1;
        assert!(floors.at(floor(Of::StatusList, 5, newest)).is_some());

        let mut read = Floors::default();
        let rows = nansen_credential::cbor::Map::new()
            .with(1, floors.rows())
            .to_cbor();
        let map = nansen_credential::cbor::RawMap::from_cbor(&rows).unwrap();
        read.read(&mut map.label(1).unwrap()).unwrap();
        assert_eq!(read, floors);
    }

    #[test]
    fn the_time_before_counts_where_the_last_one_does_no_more() {
        let name = floor(Of::StatusList, 1, 2);
        let mut floors = Floors::default();
        for time in [5, 3, 9, 7] {
            floors.raise_if(name, time, |_| true);
        }
        assert_eq!(floors.at_if(name, |_| true), Some(9));
        assert_eq!(floors.at_if(name, |time| time < 9), Some(7));
        assert_eq!(floors.at_if(name, |time| time < 7), None);
        floors.raise_if(name, 2, |time| time < 7);
        assert_eq!(floors.at_if(name, |time| time < 7), Some(2));
        assert_eq!(floors.at_if(name, |_| true), Some(9));
    }

    #[test]
    fn more_rows_than_any_store_writes_are_refused() {
        let row = |number| {
            let hash = || Value::Bytes(super::tests::number(number).to_vec());
            Value::Array(vec![Value::Integer(1), hash(), hash(), Value::Integer(1)])
        };
        for (count, is_read) in [(2 * FLOORS_MAX, true), (2 * FLOORS_MAX + 1, false)] {
            let rows = Value::Array((0..count).map(row).collect());
            let bytes = rows.to_cbor();
            let read = Floors::default().read(&mut Reader::new(&bytes));
            assert_eq!(read.is_ok(), is_read, "{count}");
        }
    }
}
