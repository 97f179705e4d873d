//! The desk's log: what was issued when, and where it can be revoked.

use std::str::FromStr;

use nansen_credential::cbor::{Map, RawMap};
use nansen_credential::status::Status;
use nansen_vault::RecordId;

use crate::failure::{Failure, Result};
use crate::record_id;

/// An entry of the log.
pub(crate) struct Logged {
    /// Its id.
    pub(crate) id: RecordId,
    /// What the desk called it.
    pub(crate) title: String,
    /// Its type.
    pub(crate) vct: String,
    /// When it was issued, unix seconds.
    pub(crate) issued_at: i64,
    /// When it expires, unix seconds.
    pub(crate) expires_at: Option<i64>,
    /// Number of its status list, and place in it.
    pub(crate) place: Option<(u64, u64)>,
    /// What the status list says.
    pub(crate) status: Option<Status>,
}

/// Which credential is meant: an id of the log, a place in the newest status list, or
/// `LIST:PLACE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// By id.
    Id(RecordId),
    /// By place.
    Place {
        /// Number of the list; the newest without one.
        list: Option<u64>,
        /// Place in the list.
        index: u64,
    },
}

/// Text that names no credential.
#[derive(Debug, thiserror::Error)]
#[error("neither an id, nor a place in a status list such as 48213 or 7:48213")]
pub(crate) struct NotATarget;

impl FromStr for Target {
    type Err = NotATarget;

    fn from_str(text: &str) -> std::result::Result<Self, NotATarget> {
        if let Ok(id) = record_id::parse(text) {
            return Ok(Self::Id(id));
        }
        let number = |text: &str| text.parse().map_err(|_| NotATarget);
        match text.split_once(':') {
            Some((list, index)) => Ok(Self::Place {
                list: Some(number(list)?),
                index: number(index)?,
            }),
            None => Ok(Self::Place {
                list: None,
                index: number(text)?,
            }),
        }
    }
}

/// The name of a status in output.
pub(crate) fn status_name(status: Status) -> &'static str {
    match status {
        Status::Valid => "valid",
        Status::Revoked => "revoked",
        Status::Suspended => "suspended",
        Status::Other(_) => "other",
    }
}

pub(super) fn encode(place: Option<(u64, u64)>, vct: &str) -> Vec<u8> {
    let number = |number| i64::try_from(number).unwrap_or(i64::MAX);
    let mut map = Map::new().with(label::VCT, vct);
    if let Some((list, index)) = place {
        map.insert(label::LIST, number(list));
        map.insert(label::INDEX, number(index));
    }
    map.to_cbor()
}

pub(super) fn decode(body: &[u8]) -> Result<(Option<(u64, u64)>, String)> {
    const DAMAGED: Failure = Failure::DeskDamaged { what: "log" };
    let map = RawMap::from_cbor(body).map_err(|_| DAMAGED)?;
    let number = |label| {
        let number = map.label(label).map(|mut reader| reader.unsigned());
        number.transpose().map_err(|_| DAMAGED)
    };
    let vct = map.label(label::VCT).ok_or(DAMAGED)?.text();
    let place = number(label::LIST)?.zip(number(label::INDEX)?);
    Ok((place, vct.map_err(|_| DAMAGED)?.to_owned()))
}

mod label {
    pub(super) const LIST: i64 = 1;
    pub(super) const INDEX: i64 = 2;
    pub(super) const VCT: i64 = 3;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_named_by_id_or_place() {
        let id = "00112233445566778899aabbccddeeff";
        assert!(
            matches!(id.parse::<Target>().unwrap(), Target::Id(found) if found.to_string() == id)
        );
        let place = |list, index| Target::Place { list, index };
        assert_eq!("48213".parse::<Target>().unwrap(), place(None, 48213));
        assert_eq!("7:48213".parse::<Target>().unwrap(), place(Some(7), 48213));
        for text in ["", "7:", "x", "-1", id.get(2..).unwrap()] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_log_entry_comes_back() {
        for place in [None, Some((7, 48213))] {
            let body = encode(place, "urn:nansen:skills:1");
            assert_eq!(
                decode(&body).unwrap(),
                (place, "urn:nansen:skills:1".to_owned())
            );
        }
    }
}
