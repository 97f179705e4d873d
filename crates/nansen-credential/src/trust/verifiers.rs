//! Verifier lists: who may ask for what, so that a holder sees who is asking before she answers.
//!
//! A verifier list is a [`MultiSigned`] of media type [`VERIFIER_LIST_TYPE`], signed by the
//! quorum of [`Role::Verifiers`].
//!
//! | list | type | content |
//! |---|---|---|
//! | 1 | unsigned | version of this format: 1 |
//! | 2 | text | id of the list |
//! | 3 | unsigned | version of the list |
//! | 4, 5 | integer | issued at, next update, unix seconds |
//! | 6 | array | verifiers |
//! | 10 | text | publisher |
//!
//! | verifier | type | content |
//! |---|---|---|
//! | 1 | text | role, such as `labour_inspectorate` |
//! | 2 | map | BCP 47 tag to name, at least one |
//! | 3 | text | country, alpha-3 |
//! | 4 | array | keys `[bytes: short form, not before, not after, cut-off]`, the last when there is one |
//! | 5 | array | grants `[vct or null, null or [+ claim path]]`: null is any type, any claim |
//!
//! No key stands there twice. A verifier without grants may ask for nothing: it is known, and
//! whatever it asks goes beyond its role. A listed verifier asks under its key; that somebody
//! *is* the holder of that key is what the signature of the request shows.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use sha2::{Digest, Sha256};

use super::anchor::check_window;
use super::update::{Authority, Edition};
use super::{Freshness, Role, Root, TrustFailure};
use crate::cbor::{Map, RawMap, Reader, Value};
use crate::cose::{MultiSigned, PublicKey};
use crate::error::{check_count, check_size};
use crate::fields::{
    FORMAT, check_format, check_names, ensure, ensure_unique, in_language, is_alpha_3, names_map,
    read_array, read_names, required, required_text, unsigned,
};
use crate::limits::{
    MAX_GRANTS, MAX_KEYS_PER_ISSUER, MAX_PATHS_PER_GRANT, MAX_TRUST_LIST_BYTES, MAX_VERIFIERS,
};
use crate::{ClaimPath, Error, PathElement};

/// The media type of a verifier list.
pub const VERIFIER_LIST_TYPE: &str = "application/nansen-verifier-list+cbor";

/// One version of a verifier list. Signed by way of [`VerifierListContent::draft`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierListContent {
    /// The id, the same in all versions.
    pub id: String,
    /// The version, which grows.
    pub version: u64,
    /// When it is signed, unix seconds.
    pub issued_at: i64,
    /// When the next version is due, unix seconds.
    pub next_update: i64,
    /// Who may ask.
    pub verifiers: Vec<Verifier>,
}

/// Someone who asks for credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    /// What it asks as, for example `labour_inspectorate`.
    pub role: String,
    /// Its names by BCP 47 tag; at least one.
    pub names: BTreeMap<String, String>,
    /// ISO 3166-1 alpha-3, or ICAO 9303's code of an organisation.
    pub country: String,
    /// The keys with which it signs requests.
    pub keys: Vec<VerifierKey>,
    /// What it may ask for.
    pub grants: Vec<Grant>,
}

/// A key of a verifier and the time in which it may ask under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    /// The key.
    pub public: PublicKey,
    /// First second, unix seconds.
    pub not_before: i64,
    /// Last second, unix seconds.
    pub not_after: i64,
    /// From this second on whoever asks under the key is somebody else.
    pub cut_off: Option<i64>,
}

/// Leave to ask for claims of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The type, or any.
    pub vct: Option<String>,
    /// The claims, each with all that is below it, or any.
    pub claims: Option<Vec<ClaimPath>>,
}

/// One claim that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask<'a> {
    /// Of which type of credential; `None` when the request takes any.
    pub vct: Option<&'a str>,
    /// Which claim.
    pub claim: &'a ClaimPath,
}

impl<'a> Ask<'a> {
    /// What a request without claims asks: whether the holder has a credential of the type.
    #[must_use]
    pub fn of_type(vct: Option<&'a str>) -> Self {
        let claim = &TYPE_CLAIM;
        Self { vct, claim }
    }
}

/// The claim that says the type.
static TYPE_CLAIM: LazyLock<ClaimPath> = LazyLock::new(|| ClaimPath::name("vct"));

/// What a holder is told of whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing<'a> {
    /// On no list here. Nothing is said against it.
    Unknown,
    /// Listed, but the key must not be used now: it may be in the hands of somebody else.
    KeyNotTrusted {
        /// The verifier as listed.
        verifier: &'a Verifier,
        /// What is wrong with the key.
        failure: TrustFailure,
    },
    /// Listed.
    Known {
        /// The verifier as listed.
        verifier: &'a Verifier,
        /// What it asks for and may not.
        beyond: Vec<Ask<'a>>,
    },
}

impl VerifierListContent {
    /// The list of a publisher, for the holders of the keys to sign one after the other.
    ///
    /// # Errors
    /// Whatever a reader would refuse.
    pub fn draft(&self, publisher: &str) -> Result<MultiSigned, Error> {
        self.check()?;
        let payload = self.to_map(publisher)?.to_cbor();
        check_size("verifier list", &payload, MAX_TRUST_LIST_BYTES)?;
        Ok(MultiSigned::new(VERIFIER_LIST_TYPE, payload))
    }

    fn check(&self) -> Result<(), Error> {
        check_count("verifiers", self.verifiers.len(), MAX_VERIFIERS)?;
        ensure(!self.id.is_empty(), "id of the list")?;
        ensure(self.issued_at <= self.next_update, "next update")?;
        self.verifiers.iter().try_for_each(Verifier::check)?;
        let keys = self.verifiers.iter().flat_map(|verifier| &verifier.keys);
        let keys = keys.map(|key| key.public.to_short()).collect();
        ensure_unique(keys, "key of a verifier")
    }

    fn read(list: &RawMap<'_>) -> Result<Self, Error> {
        let content = Self {
            id: required_text(list, ID, "id of the list")?,
            version: required(list, VERSION, "version of the list")?.unsigned()?,
            issued_at: required(list, ISSUED_AT, "issued at")?.int()?,
            next_update: required(list, NEXT_UPDATE, "next update")?.int()?,
            verifiers: read_array(
                &mut required(list, VERIFIERS, "verifiers")?,
                "verifiers",
                MAX_VERIFIERS,
                |reader| Verifier::read(&reader.raw_map()?),
            )?,
        };
        content.check()?;
        Ok(content)
    }

    fn to_map(&self, publisher: &str) -> Result<Map, Error> {
        let verifiers = self.verifiers.iter().map(Verifier::to_value).collect();
        Ok(Map::new()
            .with(FORMAT, unsigned(FORMAT_VERSION, "format version")?)
            .with(ID, self.id.as_str())
            .with(VERSION, unsigned(self.version, "version of the list")?)
            .with(ISSUED_AT, self.issued_at)
            .with(NEXT_UPDATE, self.next_update)
            .with(VERIFIERS, Value::Array(verifiers))
            .with(PUBLISHER, publisher))
    }
}

impl Verifier {
    /// The name in the language of a BCP 47 tag, or in the nearest there is.
    #[must_use]
    pub fn name(&self, tag: &str) -> &str {
        in_language(&self.names, tag).unwrap_or(&self.role)
    }

    /// Whether it may ask for this.
    #[must_use]
    pub fn may_ask(&self, ask: &Ask<'_>) -> bool {
        self.grants.iter().any(|grant| grant.covers(ask))
    }

    fn check(&self) -> Result<(), Error> {
        check_count("keys", self.keys.len(), MAX_KEYS_PER_ISSUER)?;
        check_count("grants", self.grants.len(), MAX_GRANTS)?;
        ensure(!self.role.is_empty(), "role of a verifier")?;
        ensure(is_alpha_3(&self.country), "country of a verifier")?;
        check_names(&self.names, "names of a verifier")?;
        for key in &self.keys {
            ensure(key.not_before <= key.not_after, "window of a key")?;
        }
        for claims in self.grants.iter().filter_map(|grant| grant.claims.as_ref()) {
            check_count("claims of a grant", claims.len(), MAX_PATHS_PER_GRANT)?;
            let is_nowhere = |path: &ClaimPath| path.elements().is_empty();
            let has_none = claims.is_empty() || claims.iter().any(is_nowhere);
            ensure(!has_none, "claims of a grant")?;
        }
        Ok(())
    }

    fn read(verifier: &RawMap<'_>) -> Result<Self, Error> {
        Ok(Self {
            role: required_text(verifier, ROLE, "role of a verifier")?,
            names: read_names(&required(verifier, NAMES, "names of a verifier")?.raw_map()?)?,
            country: required_text(verifier, COUNTRY, "country of a verifier")?,
            keys: read_array(
                &mut required(verifier, KEYS, "keys")?,
                "keys",
                MAX_KEYS_PER_ISSUER,
                VerifierKey::read,
            )?,
            grants: read_array(
                &mut required(verifier, GRANTS, "grants")?,
                "grants",
                MAX_GRANTS,
                Grant::read,
            )?,
        })
    }

    fn to_value(&self) -> Value {
        let keys = self.keys.iter().map(VerifierKey::to_value).collect();
        let grants = self.grants.iter().map(Grant::to_value).collect();
        Map::new()
            .with(ROLE, self.role.as_str())
            .with(NAMES, names_map(&self.names))
            .with(COUNTRY, self.country.as_str())
            .with(KEYS, Value::Array(keys))
            .with(GRANTS, Value::Array(grants))
            .into()
    }
}

impl VerifierKey {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let parts = reader.array()?;
        ensure(matches!(parts, 3 | 4), "parts of a key")?;
        Ok(Self {
            public: PublicKey::from_short(reader.bytes()?)?,
            not_before: reader.int()?,
            not_after: reader.int()?,
            cut_off: match parts {
                4 => Some(reader.int()?),
                _ => None,
            },
        })
    }

    fn to_value(&self) -> Value {
        let mut parts = vec![
            Value::Bytes(self.public.to_short()),
            self.not_before.into(),
            self.not_after.into(),
        ];
        parts.extend(self.cut_off.map(Value::Integer));
        Value::Array(parts)
    }
}

impl Grant {
    /// A request for any type is covered only by leave for any type: it may be answered with
    /// whichever the holder has.
    fn covers(&self, ask: &Ask<'_>) -> bool {
        let has_type = self.vct.is_none() || self.vct.as_deref() == ask.vct;
        let mut granted = self.claims.iter().flatten();
        // Whoever may see something of a type may know that there is one.
        let is_free = self.claims.is_none() || *ask.claim == *TYPE_CLAIM;
        has_type && (is_free || granted.any(|path| is_below(ask.claim, path)))
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        reader.array_of(2, "grant of 2 parts")?;
        let vct = match reader.null()? {
            true => None,
            false => Some(reader.text()?.to_owned()),
        };
        let claims = match reader.null()? {
            true => None,
            false => Some(read_array(
                reader,
                "claims of a grant",
                MAX_PATHS_PER_GRANT,
                |path| ClaimPath::from_value(&path.value()?),
            )?),
        };
        Ok(Self { vct, claims })
    }

    fn to_value(&self) -> Value {
        let paths =
            |paths: &Vec<ClaimPath>| Value::Array(paths.iter().map(ClaimPath::to_value).collect());
        Value::Array(vec![
            self.vct.as_deref().map_or(Value::Null, Value::from),
            self.claims.as_ref().map_or(Value::Null, paths),
        ])
    }
}

/// Whether `asked` is `granted` or below it. Every item of an array includes each.
fn is_below(asked: &ClaimPath, granted: &ClaimPath) -> bool {
    let (asked, granted) = (asked.elements(), granted.elements());
    asked.len() >= granted.len()
        && asked.iter().zip(granted).all(|(asked, granted)| {
            let is_item = matches!(asked, PathElement::Index(_));
            asked == granted || (is_item && *granted == PathElement::All)
        })
}

/// A verifier list signed by the quorum of its publisher. A clone is the same list, not another
/// copy of it.
#[derive(Clone, Debug)]
pub struct VerifierList {
    content: Arc<VerifierListContent>,
    edition: Edition,
}

impl VerifierList {
    /// Reads a list and checks its signatures, before anything in it is read.
    ///
    /// # Errors
    /// Those of [`Root::verify`], [`Error::OtherPublisher`], or what else is not as
    /// [the format](self) has it.
    pub fn parse_verified(bytes: &[u8], root: &Root) -> Result<Self, Error> {
        check_size("verifier list", bytes, MAX_TRUST_LIST_BYTES)?;
        let message = MultiSigned::parse(bytes, VERIFIER_LIST_TYPE)?;
        root.verify(Role::Verifiers, &message)?;
        let list = RawMap::from_cbor(message.payload())?;
        check_format(&list, FORMAT_VERSION)?;
        let publisher = required_text(&list, PUBLISHER, "publisher")?;
        if publisher != root.publisher() {
            return Err(Error::OtherPublisher);
        }
        let content = VerifierListContent::read(&list)?;
        Ok(Self {
            edition: Edition {
                authority: Authority::Publisher(publisher),
                id: content.id.clone(),
                version: content.version,
                digest: Sha256::digest(message.payload()).into(),
            },
            content: Arc::new(content),
        })
    }

    /// Whether `offered` may take the place of `held`.
    ///
    /// # Errors
    /// [`Error::OtherList`], [`Error::Rollback`] or [`Error::VersionConflict`].
    pub fn check_update(held: &Self, offered: &Self) -> Result<(), Error> {
        held.edition.check_update(&offered.edition)
    }

    /// What to tell the holder of whoever asks for `asks` under `key` at `now`, unix seconds.
    #[must_use]
    pub fn standing<'a>(&'a self, key: &PublicKey, asks: &[Ask<'a>], now: i64) -> Standing<'a> {
        let listed = self.content.verifiers.iter().find_map(|verifier| {
            let key = verifier.keys.iter().find(|other| other.public == *key)?;
            Some((verifier, key))
        });
        let Some((verifier, key)) = listed else {
            return Standing::Unknown;
        };
        let window = (key.not_before, key.not_after);
        if let Err(failure) = check_window(window, key.cut_off, now) {
            return Standing::KeyNotTrusted { verifier, failure };
        }
        let beyond = asks.iter().filter(|ask| !verifier.may_ask(ask));
        Standing::Known {
            verifier,
            beyond: beyond.copied().collect(),
        }
    }

    /// All of it, from which a desk makes the next version.
    #[must_use]
    pub fn content(&self) -> &VerifierListContent {
        &self.content
    }

    /// Which version of whose list it is.
    #[must_use]
    pub const fn edition(&self) -> &Edition {
        &self.edition
    }

    /// Whose word it is.
    #[must_use]
    pub fn publisher(&self) -> &str {
        match &self.edition.authority {
            Authority::Publisher(name) => name,
            Authority::Key(_) => "",
        }
    }

    /// The age at `now`, the later of clock and latest signed time in unix seconds.
    #[must_use]
    pub fn freshness(&self, now: i64) -> Freshness {
        Freshness::at(now, self.content.issued_at, self.content.next_update)
    }
}

/// What to tell the holder of whoever asks for `asks` under `key` at `now`, unix seconds, going
/// by several lists, and the list that says so.
///
/// A key that any list withdraws is not trusted, whatever others say; of several that know it,
/// the one by which the least goes beyond its role counts.
#[must_use]
pub fn standing<'a>(
    lists: &'a [VerifierList],
    key: &PublicKey,
    asks: &[Ask<'a>],
    now: i64,
) -> (Standing<'a>, Option<&'a VerifierList>) {
    let said = lists
        .iter()
        .map(|list| (list.standing(key, asks, now), list));
    let weight = |standing: &Standing<'_>| match standing {
        Standing::KeyNotTrusted { failure, .. } => match failure {
            TrustFailure::KeyCutOff => 0,
            // Another list may know the key's next window.
            _ => usize::MAX - 1,
        },
        Standing::Known { beyond, .. } => 1 + beyond.len(),
        Standing::Unknown => usize::MAX,
    };
    match said.min_by_key(|(standing, _)| weight(standing)) {
        None | Some((Standing::Unknown, _)) => (Standing::Unknown, None),
        Some((standing, list)) => (standing, Some(list)),
    }
}

/// The version of this format.
const FORMAT_VERSION: u64 = 1;

// Labels of the list.
const ID: i64 = 2;
const VERSION: i64 = 3;
const ISSUED_AT: i64 = 4;
const NEXT_UPDATE: i64 = 5;
const VERIFIERS: i64 = 6;
const PUBLISHER: i64 = 10;

// Labels of a verifier.
const ROLE: i64 = 1;
const NAMES: i64 = 2;
const COUNTRY: i64 = 3;
const KEYS: i64 = 4;
const GRANTS: i64 = 5;
