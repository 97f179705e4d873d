//! What a desk is, its secret keys aside: those stand in records of their own, whose bodies are
//! wiped from memory, and join the description when it is read.
//!
//! | map | labels |
//! |---|---|
//! | desk | `1` version (1), `2` issuing half, `3` id of the trust list of the root half; at least one of the halves |
//! | issuing | `1` uri, `2` names by language, `3` country, `4` types, `5` beginning of the URIs of its status lists, `6` bits a status, `7` entries a list, `8` not before, `9` not after |

use std::collections::BTreeMap;

use nansen_credential::cbor::{Key, Map, RawMap, Reader, Value};
use nansen_credential::cose::{SecretKey, Signer};
use nansen_credential::trust::{Issuer, IssuerKey};

use super::ClaimFile;
use crate::failure::{Failure, Result};

/// The half of a desk that issues credentials.
pub(crate) struct Issuing {
    /// Signs credentials and status lists.
    pub(crate) key: SecretKey,
    /// The `iss` of its credentials.
    pub(crate) uri: String,
    /// Its names by BCP 47 tag.
    pub(crate) names: BTreeMap<String, String>,
    /// ISO 3166-1 alpha-3.
    pub(crate) country: String,
    /// Types that it issues.
    pub(crate) types: Vec<String>,
    /// How the URIs of its status lists begin; a number follows.
    pub(crate) status_prefix: String,
    /// Bits a status: 1, or 2 so that credentials can be suspended.
    pub(crate) status_bits: u8,
    /// Entries of each status list.
    pub(crate) status_entries: u64,
    /// First second in which its signatures count, unix seconds.
    pub(crate) not_before: i64,
    /// Last second in which its signatures count, unix seconds.
    pub(crate) not_after: i64,
}

/// The half of a desk that says who may issue what.
pub(crate) struct Root {
    /// Signs trust lists.
    pub(crate) key: SecretKey,
    /// The id of its trust list.
    pub(crate) list_id: String,
}

impl Issuing {
    /// The URI of a status list.
    pub(crate) fn list_uri(&self, number: u64) -> String {
        format!("{}{number}", self.status_prefix)
    }

    /// The number of a status list of this desk.
    pub(crate) fn list_number(&self, uri: &str) -> Option<u64> {
        let number = uri.strip_prefix(&self.status_prefix)?.parse().ok()?;
        (self.list_uri(number) == uri).then_some(number)
    }

    /// The type that a file asks for, if this desk issues it under its own name.
    pub(crate) fn type_of<'a>(&'a self, file: &'a ClaimFile) -> Result<&'a str> {
        if file.issuer.as_ref().is_some_and(|uri| *uri != self.uri) {
            return Err(Failure::Field {
                field: "issuer",
                reason: "is not this desk",
            });
        }
        match (&file.vct, self.types.as_slice()) {
            (None, [only]) => Ok(only),
            (None, _) => Err(Failure::Field {
                field: "type",
                reason: "is missing, and this desk issues several",
            }),
            (Some(vct), types) if types.contains(vct) => Ok(vct),
            (Some(vct), _) => Err(Failure::TypeNotIssued { vct: vct.clone() }),
        }
    }

    /// What a trust list says of this desk.
    pub(crate) fn description(&self) -> Issuer {
        let key = IssuerKey::new(self.key.public_key(), self.not_before, self.not_after);
        Issuer {
            uri: self.uri.clone(),
            names: self.names.clone(),
            country: self.country.clone(),
            keys: vec![key],
            types: self.types.clone(),
            status_prefixes: vec![self.status_prefix.clone()],
            registration: Default::default(),
        }
    }

    fn to_map(&self) -> Map {
        let names: Map = self
            .names
            .iter()
            .map(|(tag, name)| (Key::from(tag.as_str()), Value::from(name.as_str())))
            .collect();
        let types = self.types.iter().map(|vct| Value::from(vct.as_str()));
        Map::new()
            .with(issuing::URI, self.uri.as_str())
            .with(issuing::NAMES, names)
            .with(issuing::COUNTRY, self.country.as_str())
            .with(issuing::TYPES, Value::Array(types.collect()))
            .with(issuing::STATUS_PREFIX, self.status_prefix.as_str())
            .with(issuing::STATUS_BITS, i64::from(self.status_bits))
            .with(
                issuing::STATUS_ENTRIES,
                i64::try_from(self.status_entries).unwrap_or(i64::MAX),
            )
            .with(issuing::NOT_BEFORE, self.not_before)
            .with(issuing::NOT_AFTER, self.not_after)
    }

    fn read(map: &RawMap<'_>, key: SecretKey) -> Result<Self> {
        let names = field(map, issuing::NAMES)?.raw_map().map_err(damaged)?;
        let names = names.iter().map(|(tag, name)| match tag {
            Key::Text(tag) => {
                let name = Reader::new(name).text().map_err(damaged)?;
                Ok((tag.clone(), name.to_owned()))
            }
            _ => Err(DAMAGED),
        });
        let mut types = field(map, issuing::TYPES)?;
        let count = types.array().map_err(damaged)?;
        let types = (0..count).map(|_| Ok(types.text().map_err(damaged)?.to_owned()));
        let bits = field(map, issuing::STATUS_BITS)?
            .unsigned()
            .map_err(damaged)?;
        Ok(Self {
            key,
            uri: text(map, issuing::URI)?,
            names: names.collect::<Result<_>>()?,
            country: text(map, issuing::COUNTRY)?,
            types: types.collect::<Result<_>>()?,
            status_prefix: text(map, issuing::STATUS_PREFIX)?,
            status_bits: u8::try_from(bits).map_err(|_| DAMAGED)?,
            status_entries: field(map, issuing::STATUS_ENTRIES)?
                .unsigned()
                .map_err(damaged)?,
            not_before: field(map, issuing::NOT_BEFORE)?.int().map_err(damaged)?,
            not_after: field(map, issuing::NOT_AFTER)?.int().map_err(damaged)?,
        })
    }
}

/// The body of the desk's record.
pub(super) fn encode(issuing: Option<&Issuing>, root: Option<&Root>) -> Vec<u8> {
    let mut map = Map::new().with(desk::VERSION, VERSION);
    if let Some(issuing) = issuing {
        map.insert(desk::ISSUING, issuing.to_map());
    }
    if let Some(root) = root {
        map.insert(desk::ROOT, root.list_id.as_str());
    }
    map.to_cbor()
}

/// Secret keys as they were found beside the desk's record.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) issuing: Option<SecretKey>,
    pub(super) root: Option<SecretKey>,
}

/// Reads the body of the desk's record, and gives each half its key.
pub(super) fn decode(body: &[u8], keys: Keys) -> Result<(Option<Issuing>, Option<Root>)> {
    let map = RawMap::from_cbor(body).map_err(damaged)?;
    if field(&map, desk::VERSION)?.int() != Ok(VERSION) {
        return Err(DAMAGED);
    }
    let issuing = match map.label(desk::ISSUING) {
        Some(mut half) => {
            let half = half.raw_map().map_err(damaged)?;
            Some(Issuing::read(&half, keys.issuing.ok_or(DAMAGED)?)?)
        }
        None => None,
    };
    let root = match map.label(desk::ROOT) {
        Some(_) => Some(Root {
            key: keys.root.ok_or(DAMAGED)?,
            list_id: text(&map, desk::ROOT)?,
        }),
        None => None,
    };
    Ok((issuing, root))
}

fn field<'a>(map: &RawMap<'a>, label: i64) -> Result<Reader<'a>> {
    map.label(label).ok_or(DAMAGED)
}

fn text(map: &RawMap<'_>, label: i64) -> Result<String> {
    let text = field(map, label)?.text().map_err(damaged)?;
    Ok(text.to_owned())
}

fn damaged<E>(_: E) -> Failure {
    DAMAGED
}

const DAMAGED: Failure = Failure::DeskDamaged {
    what: "description",
};

const VERSION: i64 = 1;

mod desk {
    pub(super) const VERSION: i64 = 1;
    pub(super) const ISSUING: i64 = 2;
    pub(super) const ROOT: i64 = 3;
}

mod issuing {
    pub(super) const URI: i64 = 1;
    pub(super) const NAMES: i64 = 2;
    pub(super) const COUNTRY: i64 = 3;
    pub(super) const TYPES: i64 = 4;
    pub(super) const STATUS_PREFIX: i64 = 5;
    pub(super) const STATUS_BITS: i64 = 6;
    pub(super) const STATUS_ENTRIES: i64 = 7;
    pub(super) const NOT_BEFORE: i64 = 8;
    pub(super) const NOT_AFTER: i64 = 9;
}
