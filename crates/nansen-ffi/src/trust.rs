//! What a phone trusts and knows: roots, publishers, lists and packs, and the time they tell.

use nansen::TrustStore;
use nansen::credential::cose::PublicKey;
use nansen::credential::pack::{Manifest, Pack};
use nansen::credential::trust::{Authority, Edition, Root, TrustList};
use nansen::credential::verify;
use nansen::trust_store::Added;

use crate::{NansenError, Timestamp};

/// Something to trust, or to know.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum TrustItem {
    /// A key that may say who may issue what. The app ships it, or its user got it from somebody
    /// met in person: 32 bytes of Ed25519 or 33 of P-256.
    Root {
        /// The key.
        key: Vec<u8>,
    },
    /// A publisher: keys of which several must sign, and which may be replaced.
    Publisher {
        /// Its root statement.
        statement: Vec<u8>,
        /// The digest of that statement, 32 bytes, which came with the app or from somebody met in
        /// person.
        pin: Vec<u8>,
    },
    /// The root statements of a trusted publisher that follow the one held, in their order. A
    /// pack brings them along by itself.
    Rotations {
        /// The statements.
        statements: Vec<Vec<u8>>,
    },
    /// A trust list that a root or publisher signed.
    TrustList {
        /// The list as received.
        bytes: Vec<u8>,
    },
    /// A list of who may ask for what, that a publisher signed.
    VerifierList {
        /// The list as received.
        bytes: Vec<u8>,
    },
    /// A pack of a publisher, whole or with what has changed since the one held: from a file, or
    /// a message of kind `Pack`.
    Pack {
        /// The pack as received.
        bytes: Vec<u8>,
    },
    /// A status list that a listed issuer signed.
    StatusList {
        /// The list as received.
        bytes: Vec<u8>,
    },
}

/// Something to trust or know no more.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum TrustName {
    /// A root, with all that it signed.
    Root {
        /// The key.
        key: Vec<u8>,
    },
    /// A publisher, with its lists and packs.
    Publisher {
        /// Its name.
        name: String,
    },
    /// A trust list or verifier list that came on its own.
    List {
        /// Who signed it: [`ListFacts::signer`].
        signer: ListSigner,
        /// Its id.
        id: String,
    },
    /// A pack, with all that is in it.
    Pack {
        /// Its publisher.
        publisher: String,
        /// Its id.
        id: String,
    },
}

/// Who signed a list.
#[derive(Clone, PartialEq, Eq, uniffi::Enum)]
pub enum ListSigner {
    /// A root of a single key, or the key of an issuer.
    Key {
        /// The key.
        key: Vec<u8>,
    },
    /// A publisher.
    Publisher {
        /// Its name.
        name: String,
    },
}

/// What adding did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum TrustAdded {
    /// Nothing of its kind was here.
    New,
    /// It took the place of an older one.
    Replaced,
    /// The same was here already.
    AlreadyHere,
}

/// What is trusted and known.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct TrustState {
    /// Keys that sign trust lists.
    pub roots: Vec<Vec<u8>>,
    /// Publishers.
    pub publishers: Vec<PublisherFacts>,
    /// Trust lists, in packs or not.
    pub trust_lists: Vec<ListFacts>,
    /// Verifier lists, in packs or not.
    pub verifier_lists: Vec<ListFacts>,
    /// Status lists.
    pub status_lists: Vec<ListFacts>,
    /// Packs.
    pub packs: Vec<PackFacts>,
    /// Countries (ISO 3166-1 alpha-3) of which packs have notes or contacts.
    pub countries: Vec<String>,
    /// The latest time that was signed: the real time is not before it.
    pub latest_signed_time: Timestamp,
    /// Why some of it could not be read, if so. What is added anew counts again.
    pub damage: Option<String>,
    /// All of it, to make a [`Verifier`](crate::Verifier) that knows the same. Roots are not
    /// signed by anybody: keep it where nobody else can write.
    pub stored: Vec<u8>,
}

/// What a publisher's newest root statement says.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct PublisherFacts {
    /// Its name.
    pub name: String,
    /// The version of the statement.
    pub version: u64,
    /// How many of the keys must sign the next one.
    pub threshold: u32,
    /// The keys.
    pub keys: Vec<Vec<u8>>,
    /// When it was signed.
    pub issued_at: Timestamp,
    /// When the next one is due.
    pub expires_at: Timestamp,
}

/// What a list says of itself. How old it is: by [`TimeFacts::reckoned`].
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct ListFacts {
    /// Id of a trust list or verifier list, URI of a status list.
    pub id: String,
    /// Who signed it.
    pub signer: ListSigner,
    /// Version; none of a status list.
    pub version: Option<u64>,
    /// When it was signed.
    pub issued_at: Timestamp,
    /// When it says that there will be a newer one. From then on it stays in use.
    pub next_update: Option<Timestamp>,
    /// Issuers of a trust list, verifiers of a verifier list, places of a status list.
    pub entries: u64,
}

/// What a pack says of itself.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct PackFacts {
    /// Who publishes it.
    pub publisher: String,
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: u64,
    /// When it was signed.
    pub issued_at: Timestamp,
    /// When it says that there will be a newer one. From then on it stays in use.
    pub next_update: Timestamp,
    /// What is in it.
    pub items: u32,
    /// Its bytes, unpacked.
    pub size: u64,
    /// Whether it is only what has changed since another version, which must be here.
    pub is_delta: bool,
}

/// What signed times say of a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct TimeFacts {
    /// What there is against the clock.
    pub doubt: Option<ClockDoubt>,
    /// The time to reckon ages by: the clock's, unless it is in doubt.
    pub reckoned: Timestamp,
}

/// What there is against a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ClockDoubt {
    /// It stands before a time that was signed.
    Behind {
        /// By so many seconds at least.
        seconds: i64,
    },
    /// It stands long after anything that was ever signed: it may be ahead, or nothing came for
    /// that long.
    Ahead {
        /// After so many seconds.
        seconds: i64,
    },
}

/// What a pack says of itself before it is added. Nothing of it was checked: anybody can have
/// written it.
///
/// # Errors
/// [`NansenError::Malformed`], [`NansenError::NewerVersion`], [`NansenError::OutOfBounds`].
#[uniffi::export]
pub fn pack_facts(bytes: Vec<u8>) -> Result<PackFacts, NansenError> {
    let preview = Pack::preview(&bytes)?;
    let facts = PackFacts::from(&preview.manifest);
    Ok(PackFacts {
        is_delta: preview.base.is_some(),
        ..facts
    })
}

pub(crate) fn root(key: &[u8]) -> Result<PublicKey, NansenError> {
    Ok(PublicKey::from_short(key)?)
}

pub(crate) fn pin(bytes: &[u8]) -> Result<[u8; 32], NansenError> {
    bytes.try_into().map_err(|_| NansenError::OutOfBounds {
        what: "bytes of a pin".into(),
        size: bytes.len() as u64,
        least: 32,
        most: 32,
    })
}

impl TrustName {
    /// What takes it out of a store.
    ///
    /// # Errors
    /// [`NansenError::Malformed`] for a key.
    pub(crate) fn removal(self) -> Result<impl FnOnce(&mut TrustStore) -> bool, NansenError> {
        let key = match &self {
            Self::Root { key }
            | Self::List {
                signer: ListSigner::Key { key },
                ..
            } => Some(root(key)?),
            _ => None,
        };
        Ok(move |store: &mut TrustStore| match (self, key) {
            (Self::List { id, .. }, Some(key)) => store.remove_list(&Authority::Key(key), &id),
            (
                Self::List {
                    signer: ListSigner::Publisher { name },
                    id,
                },
                _,
            ) => store.remove_list(&Authority::Publisher(name), &id),
            (Self::Publisher { name }, _) => store.remove_publisher(&name),
            (Self::Pack { publisher, id }, _) => store.remove_pack(&publisher, &id),
            (_, Some(key)) => store.remove_root(&key),
            (_, None) => false,
        })
    }
}

impl TimeFacts {
    pub(crate) fn of(store: &TrustStore, now: Timestamp) -> Self {
        Self {
            doubt: store.clock_doubt(now.0).map(ClockDoubt::from),
            reckoned: store.reckon(now.0).into(),
        }
    }
}

/// What a store holds.
pub(crate) fn state(store: &TrustStore) -> TrustState {
    let list = |edition: &Edition, issued_at: i64, next_update: i64, entries: usize| ListFacts {
        id: edition.id.clone(),
        signer: ListSigner::from(&edition.authority),
        version: Some(edition.version),
        issued_at: issued_at.into(),
        next_update: Some(next_update.into()),
        entries: entries as u64,
    };
    let trust = |one: &TrustList| {
        let entries = one.issuers().len();
        list(one.edition(), one.issued_at(), one.next_update(), entries)
    };
    let verifier_lists = store.verifier_lists().iter().map(|one| {
        let content = one.content();
        let entries = content.verifiers.len();
        list(
            one.edition(),
            content.issued_at,
            content.next_update,
            entries,
        )
    });
    let status_lists = store.status_lists().iter().map(|list| ListFacts {
        id: list.uri().to_owned(),
        signer: ListSigner::Key {
            key: list.signed_by().to_short(),
        },
        version: None,
        issued_at: list.issued_at().into(),
        next_update: None,
        entries: list.content().statuses.len(),
    });
    let snapshots = store.snapshots().iter().map(|one| ListFacts {
        id: one.snapshot().uri.clone(),
        signer: ListSigner::Publisher {
            name: one.publisher().to_owned(),
        },
        version: None,
        issued_at: one.snapshot().issued_at.into(),
        next_update: None,
        entries: one.snapshot().entries(),
    });
    TrustState {
        roots: store.roots().iter().map(PublicKey::to_short).collect(),
        publishers: store.publishers().map(PublisherFacts::from).collect(),
        trust_lists: store.trust_lists().iter().map(trust).collect(),
        verifier_lists: verifier_lists.collect(),
        status_lists: status_lists.chain(snapshots).collect(),
        packs: store.packs().map(PackFacts::from).collect(),
        countries: store.countries().into_iter().map(str::to_owned).collect(),
        latest_signed_time: store.latest_signed_time().into(),
        damage: store.damage().map(ToString::to_string),
        stored: store.to_cbor(),
    }
}

impl From<&Root> for PublisherFacts {
    fn from(root: &Root) -> Self {
        let content = root.content();
        Self {
            name: content.publisher.clone(),
            version: content.version,
            threshold: u32::try_from(content.root.threshold).unwrap_or(u32::MAX),
            keys: content.root.keys.iter().map(PublicKey::to_short).collect(),
            issued_at: content.issued_at.into(),
            expires_at: content.expires_at.into(),
        }
    }
}

impl From<&Manifest> for PackFacts {
    fn from(manifest: &Manifest) -> Self {
        Self {
            publisher: manifest.publisher.clone(),
            id: manifest.id.clone(),
            version: manifest.version,
            issued_at: manifest.issued_at.into(),
            next_update: manifest.next_update.into(),
            items: u32::try_from(manifest.items.len()).unwrap_or(u32::MAX),
            size: manifest.items.iter().map(|item| item.size as u64).sum(),
            is_delta: false,
        }
    }
}

impl From<&Authority> for ListSigner {
    fn from(authority: &Authority) -> Self {
        match authority {
            Authority::Key(key) => Self::Key {
                key: key.to_short(),
            },
            Authority::Publisher(name) => Self::Publisher { name: name.clone() },
        }
    }
}

impl From<verify::ClockDoubt> for ClockDoubt {
    fn from(doubt: verify::ClockDoubt) -> Self {
        match doubt {
            verify::ClockDoubt::Behind { by } => Self::Behind { seconds: by },
            verify::ClockDoubt::Ahead { by } => Self::Ahead { seconds: by },
        }
    }
}

impl From<Added> for TrustAdded {
    fn from(added: Added) -> Self {
        match added {
            Added::New => Self::New,
            Added::Replaced => Self::Replaced,
            Added::AlreadyHere => Self::AlreadyHere,
        }
    }
}
