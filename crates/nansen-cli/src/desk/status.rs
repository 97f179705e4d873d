//! Status lists of a desk: which places are taken, and what each says.
//!
//! Body of a record: map of `1` number of the list, `2` statuses, `3` places taken, both bare
//! status lists in CBOR (the second of one bit an entry), `4` how many are taken.
//!
//! A place is drawn at random among the free ones of the newest list, so that a place tells
//! neither when nor after whom a credential was issued. A full list is followed by the next.

use nansen_credential::cbor::{Map, RawMap, Value};
use nansen_credential::status::{Status, StatusListContent, Statuses};
use nansen_vault::{RecordId, Transaction};
use rand_core::CryptoRng;

use super::state::Issuing;
use super::{STATUS_LIST, summary};
use crate::failure::{Failure, Result};

/// One status list.
pub(super) struct List {
    /// Its number; its URI ends in it.
    pub(super) number: u64,
    statuses: Statuses,
    taken: Statuses,
    count: u64,
    record: Option<RecordId>,
    is_changed: bool,
}

impl List {
    fn new(number: u64, issuing: &Issuing) -> Result<Self> {
        let entries = issuing.status_entries;
        Ok(Self {
            number,
            statuses: Statuses::new(issuing.status_bits, entries)?,
            taken: Statuses::new(1, entries)?,
            count: 0,
            record: None,
            is_changed: true,
        })
    }

    pub(super) fn decode(record: RecordId, body: &[u8]) -> Result<Self> {
        let map = RawMap::from_cbor(body).map_err(damaged)?;
        let field = |label| map.label(label).ok_or(DAMAGED);
        let statuses = |label| {
            let bytes = field(label)?.bytes().map_err(damaged)?;
            Statuses::from_cbor(bytes).map_err(damaged)
        };
        Ok(Self {
            number: field(label::NUMBER)?.unsigned().map_err(damaged)?,
            statuses: statuses(label::STATUSES)?,
            taken: statuses(label::TAKEN)?,
            count: field(label::COUNT)?.unsigned().map_err(damaged)?,
            record: Some(record),
            is_changed: false,
        })
    }

    fn encode(&self) -> Vec<u8> {
        let number = |number| i64::try_from(number).unwrap_or(i64::MAX);
        Map::new()
            .with(label::NUMBER, number(self.number))
            .with(label::STATUSES, Value::Bytes(self.statuses.to_cbor()))
            .with(label::TAKEN, Value::Bytes(self.taken.to_cbor()))
            .with(label::COUNT, number(self.count))
            .to_cbor()
    }

    pub(super) fn sign(
        &self,
        issuing: &Issuing,
        now: i64,
        expires_at: Option<i64>,
        ttl: Option<u64>,
    ) -> Result<Vec<u8>> {
        let content = StatusListContent {
            uri: issuing.list_uri(self.number),
            issued_at: now,
            expires_at,
            ttl,
            statuses: self.statuses.clone(),
        };
        Ok(content.sign(&issuing.key)?)
    }

    fn is_taken(&self, index: u64) -> Result<bool> {
        Ok(self.taken.get(index)? != Status::Valid)
    }

    /// Takes a place that is known to be free.
    fn take(&mut self, index: u64) -> Result<(u64, u64)> {
        self.taken.set(index, TAKEN)?;
        self.count += 1;
        self.is_changed = true;
        Ok((self.number, index))
    }
}

/// Takes a random free place of the newest list, or of a new one.
pub(super) fn draw(
    lists: &mut Vec<List>,
    issuing: &Issuing,
    rng: &mut impl CryptoRng,
) -> Result<(u64, u64)> {
    let next = match lists.last() {
        Some(list) if list.count < list.taken.len() => None,
        Some(list) => Some(list.number + 1),
        None => Some(1),
    };
    if let Some(number) = next {
        lists.push(List::new(number, issuing)?);
    }
    let list = lists.last_mut().ok_or(DAMAGED)?;
    let entries = list.taken.len();
    loop {
        let index = below(entries, rng);
        if !list.is_taken(index)? {
            return list.take(index);
        }
    }
}

/// Takes exactly this place, if it is a free one of a list of this desk.
pub(super) fn take(
    lists: &mut Vec<List>,
    issuing: &Issuing,
    uri: &str,
    index: u64,
) -> Result<(u64, u64)> {
    let number = issuing.list_number(uri).ok_or(Failure::Field {
        field: "status",
        reason: "names a list of another desk",
    })?;
    let at = match lists.binary_search_by_key(&number, |list| list.number) {
        Ok(at) => at,
        Err(at) => {
            lists.insert(at, List::new(number, issuing)?);
            at
        }
    };
    let list = lists.get_mut(at).ok_or(DAMAGED)?;
    if list.is_taken(index)? {
        return Err(Failure::StatusTaken {
            list: number,
            index,
        });
    }
    list.take(index)
}

/// Frees a place of a credential that was never handed out.
pub(super) fn give_back(lists: &mut [List], number: u64, index: u64) -> Result<()> {
    let list = find(lists, number)?;
    list.taken.set(index, Status::Valid)?;
    list.count = list.count.saturating_sub(1);
    Ok(())
}

/// What a taken place says.
pub(super) fn get(lists: &[List], number: u64, index: u64) -> Result<Status> {
    let list = lists.iter().find(|list| list.number == number);
    Ok(list.ok_or(DAMAGED)?.statuses.get(index)?)
}

/// Makes a taken place say something else, and returns what it said. What is revoked stays so.
pub(super) fn set(lists: &mut [List], number: u64, index: u64, status: Status) -> Result<Status> {
    let not_issued = || Failure::NotIssued(format!("{number}:{index}"));
    let list = find(lists, number).map_err(|_| not_issued())?;
    if !list.is_taken(index)? {
        return Err(not_issued());
    }
    let before = list.statuses.get(index)?;
    if before == Status::Revoked && status != Status::Revoked {
        return Err(Failure::Field {
            field: "credential",
            reason: "is revoked, and stays so",
        });
    }
    list.statuses.set(index, status)?;
    list.is_changed = true;
    Ok(before)
}

/// Writes the lists that changed.
pub(super) fn store<R: CryptoRng>(
    lists: &mut [List],
    tx: &mut Transaction<'_, R>,
    now: i64,
) -> Result<()> {
    for list in lists.iter_mut().filter(|list| list.is_changed) {
        let summary = summary(STATUS_LIST, &format!("Status list {}", list.number), now);
        match list.record {
            Some(record) => tx.update(record, &summary, &list.encode())?,
            None => list.record = Some(tx.insert(&summary, &list.encode())?),
        }
        list.is_changed = false;
    }
    Ok(())
}

fn find(lists: &mut [List], number: u64) -> Result<&mut List> {
    let found = lists.iter_mut().find(|list| list.number == number);
    found.ok_or(DAMAGED)
}

/// A number below `end`, which is a power of two or close: rejected draws are few.
fn below(end: u64, rng: &mut impl CryptoRng) -> u64 {
    let mask = end.next_power_of_two() - 1;
    loop {
        let drawn = rng.next_u64() & mask;
        if drawn < end {
            return drawn;
        }
    }
}

fn damaged<E>(_: E) -> Failure {
    DAMAGED
}

const DAMAGED: Failure = Failure::DeskDamaged {
    what: "status list",
};

/// In the list of places taken.
const TAKEN: Status = Status::Revoked;

mod label {
    pub(super) const NUMBER: i64 = 1;
    pub(super) const STATUSES: i64 = 2;
    pub(super) const TAKEN: i64 = 3;
    pub(super) const COUNT: i64 = 4;
}
