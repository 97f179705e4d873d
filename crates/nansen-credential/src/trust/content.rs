//! What a trust list says: written and signed by a desk, read by [`TrustList`](super::TrustList).

use std::collections::BTreeMap;

use super::{Anchor, format_2};
use crate::Error;
use crate::cbor::{Map, RawMap, Value};
use crate::cose::{MultiSigned, PublicKey, Signer, header, sign1};
use crate::error::{check_count, check_size};
use crate::fields::{
    FORMAT, check_format, check_names, ensure, ensure_unique, in_language, is_alpha_3, names_map,
    read_array, read_names, required, required_text, texts_value,
};
use crate::limits::{
    MAX_ISSUERS, MAX_KEYS_PER_ISSUER, MAX_KID_BYTES, MAX_STATUS_PREFIXES, MAX_TRUST_LIST_BYTES,
    MAX_TYPES_PER_ISSUER,
};

/// The media type (`typ`) in the protected header of a trust list.
pub const TRUST_LIST_TYPE: &str = "application/nansen-trust-list+cbor";

/// One version of a trust list. See [the format](super).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustListContent {
    /// The id, the same in all versions.
    pub id: String,
    /// The version, which grows.
    pub version: u64,
    /// When it is signed, unix seconds.
    pub issued_at: i64,
    /// When the next version is due, unix seconds.
    pub next_update: i64,
    /// Who may issue.
    pub issuers: Vec<Issuer>,
}

/// Someone who issues credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// The `iss` of its credentials.
    pub uri: String,
    /// Its names by BCP 47 tag; at least one.
    pub names: BTreeMap<String, String>,
    /// ISO 3166-1 alpha-3, or ICAO 9303's code of an organisation.
    pub country: String,
    /// Its keys, past ones included as long as their credentials are to be trusted.
    pub keys: Vec<IssuerKey>,
    /// The credential types (`vct`) it may issue.
    pub types: Vec<String>,
    /// How the URIs of its status lists begin.
    pub status_prefixes: Vec<String>,
    /// What format 2 says beyond that; empty in format 1.
    pub registration: Registration,
}

/// What registers say of an issuer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registration {
    /// Its identifier in a register of companies, schools or ministries.
    pub legal_id: Option<String>,
    /// Who assures the quality of what it issues.
    pub quality_body: Option<String>,
    /// Where it may act, as alpha-3 codes; everywhere when empty.
    pub jurisdictions: Vec<String>,
}

/// A key of an issuer and the time in which what it signs is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerKey {
    /// The key.
    pub public: PublicKey,
    /// What the issuer writes as `kid`.
    pub kid: Vec<u8>,
    /// First second of trust, unix seconds.
    pub not_before: i64,
    /// Last second of trust, unix seconds.
    pub not_after: i64,
    /// What is signed at or after this second is not trusted: the key was compromised, or the
    /// issuer closed.
    pub cut_off: Option<i64>,
}

impl TrustListContent {
    /// The list in format 2, for the holders of a publisher's keys to sign one after the other.
    ///
    /// # Errors
    /// Whatever a reader would refuse.
    pub fn draft(&self, publisher: &str) -> Result<MultiSigned, Error> {
        self.check()?;
        let payload = format_2::write(self, publisher)?;
        check_size("trust list", &payload, MAX_TRUST_LIST_BYTES)?;
        Ok(MultiSigned::new(TRUST_LIST_TYPE, payload))
    }

    /// Signs the list in format 1 with a root's only key and gives its bytes.
    ///
    /// # Errors
    /// Whatever a reader of these bytes would refuse, and [`Error::SignerFailed`].
    /// [`Error::Forbidden`] for a registration, which format 1 has no place for.
    pub fn sign(&self, root: &impl Signer) -> Result<Vec<u8>, Error> {
        self.check()?;
        let blank = Registration::default();
        if self
            .issuers
            .iter()
            .any(|issuer| issuer.registration != blank)
        {
            return Err(Error::Forbidden {
                what: "registration in format 1",
            });
        }
        let key = root.public_key();
        let protected = Map::new()
            .with(header::ALG, key.algorithm().id())
            .with(header::KID, Value::Bytes(key.kid().to_vec()))
            .with(header::TYP, TRUST_LIST_TYPE);
        let payload = self.to_map()?.to_cbor();
        let bytes = sign1(&protected.to_cbor(), &Map::new(), &payload, root)?;
        check_size("trust list", &bytes, MAX_TRUST_LIST_BYTES)?;
        Ok(bytes)
    }

    /// Checks everything that the types leave open, and orders the keys.
    pub(super) fn check(&self) -> Result<KidIndex, Error> {
        check_count("issuers", self.issuers.len(), MAX_ISSUERS)?;
        ensure(!self.id.is_empty(), "id of the list")?;
        ensure(self.issued_at <= self.next_update, "next update")?;
        for issuer in &self.issuers {
            issuer.check()?;
        }
        let uris = self.issuers.iter().map(|issuer| &issuer.uri).collect();
        ensure_unique(uris, "issuer")?;
        KidIndex::new(self)
    }

    pub(super) fn read(list: &RawMap<'_>) -> Result<Self, Error> {
        check_format(list, FORMAT_VERSION)?;
        Ok(Self {
            id: required_text(list, ID, "id of the list")?,
            version: required(list, VERSION, "version of the list")?.unsigned()?,
            issued_at: required(list, ISSUED_AT, "issued at")?.int()?,
            next_update: required(list, NEXT_UPDATE, "next update")?.int()?,
            issuers: read_array(
                &mut required(list, ISSUERS, "issuers")?,
                "issuers",
                MAX_ISSUERS,
                |reader| Issuer::read(&reader.raw_map()?),
            )?,
        })
    }

    fn to_map(&self) -> Result<Map, Error> {
        let version = i64::try_from(self.version).map_err(|_| Error::Invalid {
            what: "version of the list",
        })?;
        Ok(Map::new()
            .with(FORMAT, 1)
            .with(ID, self.id.as_str())
            .with(VERSION, version)
            .with(ISSUED_AT, self.issued_at)
            .with(NEXT_UPDATE, self.next_update)
            .with(
                ISSUERS,
                Value::Array(self.issuers.iter().map(Issuer::to_value).collect()),
            ))
    }
}

impl Issuer {
    /// The name in the language of a BCP 47 tag or, failing that, in the tags it narrows
    /// (RFC 4647, section 3.4), in English, or in whichever language comes first.
    #[must_use]
    pub fn name(&self, tag: &str) -> &str {
        in_language(&self.names, tag).unwrap_or(&self.uri)
    }

    fn check(&self) -> Result<(), Error> {
        check_count("keys", self.keys.len(), MAX_KEYS_PER_ISSUER)?;
        check_count("types", self.types.len(), MAX_TYPES_PER_ISSUER)?;
        check_count(
            "status prefixes",
            self.status_prefixes.len(),
            MAX_STATUS_PREFIXES,
        )?;
        ensure(!self.uri.is_empty(), "URI of an issuer")?;
        ensure(is_alpha_3(&self.country), "country of an issuer")?;
        check_names(&self.names, "names of an issuer")?;
        // An empty beginning would be the beginning of everybody's lists.
        let has_empty = self.status_prefixes.iter().any(String::is_empty);
        ensure(!has_empty, "status prefix")?;
        self.keys.iter().try_for_each(IssuerKey::check)
    }

    fn read(issuer: &RawMap<'_>) -> Result<Self, Error> {
        let texts = |label, what, limit| {
            read_array(&mut required(issuer, label, what)?, what, limit, |reader| {
                Ok(reader.text()?.to_owned())
            })
        };
        Ok(Self {
            uri: required_text(issuer, URI, "URI of an issuer")?,
            names: read_names(&required(issuer, NAMES, "names of an issuer")?.raw_map()?)?,
            country: required_text(issuer, COUNTRY, "country of an issuer")?,
            keys: read_array(
                &mut required(issuer, KEYS, "keys")?,
                "keys",
                MAX_KEYS_PER_ISSUER,
                |reader| IssuerKey::read(&reader.raw_map()?),
            )?,
            types: texts(TYPES, "types", MAX_TYPES_PER_ISSUER)?,
            status_prefixes: texts(STATUS_PREFIXES, "status prefixes", MAX_STATUS_PREFIXES)?,
            registration: Registration::default(),
        })
    }

    fn to_value(&self) -> Value {
        Map::new()
            .with(URI, self.uri.as_str())
            .with(NAMES, names_map(&self.names))
            .with(COUNTRY, self.country.as_str())
            .with(
                KEYS,
                Value::Array(self.keys.iter().map(IssuerKey::to_value).collect()),
            )
            .with(TYPES, texts_value(&self.types))
            .with(STATUS_PREFIXES, texts_value(&self.status_prefixes))
            .into()
    }
}

impl IssuerKey {
    /// A key with its usual `kid` and no cut-off, trusted from `not_before` to `not_after`.
    #[must_use]
    pub fn new(public: PublicKey, not_before: i64, not_after: i64) -> Self {
        Self {
            kid: public.kid().to_vec(),
            public,
            not_before,
            not_after,
            cut_off: None,
        }
    }

    fn check(&self) -> Result<(), Error> {
        check_size("kid", &self.kid, MAX_KID_BYTES)?;
        ensure(!self.kid.is_empty(), "kid")?;
        ensure(self.not_before <= self.not_after, "window of a key")
    }

    fn read(key: &RawMap<'_>) -> Result<Self, Error> {
        let public = PublicKey::from_cose(&required(key, PUBLIC, "COSE_Key")?.raw_map()?)?;
        let not_before = required(key, NOT_BEFORE, "not before")?.int()?;
        let not_after = required(key, NOT_AFTER, "not after")?.int()?;
        Ok(Self {
            cut_off: key.label(CUT_OFF).map(|mut time| time.int()).transpose()?,
            kid: match key.label(KID) {
                Some(mut kid) => kid.bytes()?.to_vec(),
                None => public.kid().to_vec(),
            },
            public,
            not_before,
            not_after,
        })
    }

    fn to_value(&self) -> Value {
        let mut map = Map::new()
            .with(PUBLIC, self.public.to_cose())
            .with(NOT_BEFORE, self.not_before)
            .with(NOT_AFTER, self.not_after);
        if let Some(cut_off) = self.cut_off {
            map.insert(CUT_OFF, cut_off);
        }
        if self.kid != self.public.kid() {
            map.insert(KID, Value::Bytes(self.kid.clone()));
        }
        map.into()
    }
}

/// Places of keys, as numbers of issuer and key, in the order of their `kid`, which is unique.
#[derive(Clone, Debug)]
pub(super) struct KidIndex(Vec<(usize, usize)>);

impl KidIndex {
    fn new(content: &TrustListContent) -> Result<Self, Error> {
        let mut keys: Vec<(&[u8], (usize, usize))> = Vec::new();
        for (i, issuer) in content.issuers.iter().enumerate() {
            for (k, key) in issuer.keys.iter().enumerate() {
                keys.push((&key.kid, (i, k)));
            }
        }
        keys.sort_unstable();
        if keys
            .iter()
            .zip(keys.iter().skip(1))
            .any(|(a, b)| a.0 == b.0)
        {
            return Err(Error::Duplicate { what: "kid" });
        }
        Ok(Self(keys.into_iter().map(|(_, place)| place).collect()))
    }

    /// The key with this `kid` in the content that the index was made of.
    pub(super) fn find<'a>(&self, content: &'a TrustListContent, kid: &[u8]) -> Option<Anchor<'a>> {
        let anchor = |&(i, k): &(usize, usize)| {
            let issuer = content.issuers.get(i)?;
            Some(Anchor::new(issuer, issuer.keys.get(k)?))
        };
        let at = self
            .0
            .binary_search_by_key(&Some(kid), |place| {
                anchor(place).map(|anchor| anchor.key().kid.as_slice())
            })
            .ok()?;
        self.0.get(at).and_then(anchor)
    }
}

/// The version of this format.
const FORMAT_VERSION: u64 = 1;

// Labels of the list.
const ID: i64 = 2;
const VERSION: i64 = 3;
const ISSUED_AT: i64 = 4;
const NEXT_UPDATE: i64 = 5;
const ISSUERS: i64 = 6;

// Labels of an issuer.
const URI: i64 = 1;
const NAMES: i64 = 2;
const COUNTRY: i64 = 3;
const KEYS: i64 = 4;
const TYPES: i64 = 5;
const STATUS_PREFIXES: i64 = 6;

// Labels of a key.
const PUBLIC: i64 = 1;
const NOT_BEFORE: i64 = 2;
const NOT_AFTER: i64 = 3;
const CUT_OFF: i64 = 4;
const KID: i64 = 5;
