//! What a phone trusts: roots, trust lists and status lists.

use nansen::TrustStore;
use nansen::credential::cose::PublicKey;
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
    /// A trust list that a root signed.
    TrustList {
        /// The list as received.
        bytes: Vec<u8>,
    },
    /// A status list that a listed issuer signed.
    StatusList {
        /// The list as received.
        bytes: Vec<u8>,
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
    /// Trust lists.
    pub trust_lists: Vec<ListFacts>,
    /// Status lists.
    pub status_lists: Vec<ListFacts>,
    /// The latest time that was signed: the real time is not before it.
    pub latest_signed_time: Timestamp,
    /// Why some of it could not be read, if so. What is added anew counts again.
    pub damage: Option<String>,
    /// All of it, to make a [`Verifier`](crate::Verifier) that knows the same. Roots are not
    /// signed by anybody: keep it where nobody else can write.
    pub stored: Vec<u8>,
}

/// What a list says of itself.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ListFacts {
    /// Id of a trust list, URI of a status list.
    pub id: String,
    /// Version of a trust list.
    pub version: Option<u64>,
    /// When it was signed.
    pub issued_at: Timestamp,
    /// When a trust list says that there will be a newer one.
    pub next_update: Option<Timestamp>,
    /// Issuers of a trust list, places of a status list.
    pub entries: u64,
}

impl TrustItem {
    pub(crate) fn root(key: &[u8]) -> Result<PublicKey, NansenError> {
        Ok(PublicKey::from_short(key)?)
    }
}

/// What a store holds.
pub(crate) fn state(store: &TrustStore, damage: Option<String>) -> TrustState {
    let trust_lists = store.trust_lists().iter().map(|list| ListFacts {
        id: list.id().to_owned(),
        version: Some(list.version()),
        issued_at: list.issued_at().into(),
        next_update: Some(list.next_update().into()),
        entries: list.issuers().len() as u64,
    });
    let status_lists = store.status_lists().iter().map(|list| ListFacts {
        id: list.uri().to_owned(),
        version: None,
        issued_at: list.issued_at().into(),
        next_update: None,
        entries: list.content().statuses.len(),
    });
    TrustState {
        roots: store.roots().iter().map(PublicKey::to_short).collect(),
        trust_lists: trust_lists.collect(),
        status_lists: status_lists.collect(),
        latest_signed_time: store.latest_signed_time().into(),
        damage,
        stored: store.to_cbor(),
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
