//! What the wallet holds: lists without opening bodies, and the state of each credential.
//!
//! `extra` of a credential's summary, deterministic CBOR: map of `1` SHA-256 of the signed
//! payload, `2` type, `3` start of validity, `4` status `[idx, uri]`, `5` issuer URI, `6` whether
//! the issuer's signature was checked; `3` and `4` if any.
//!
//! Body of its record, deterministic CBOR: map of `1` version (1), `2` SD-CWT as issued, `3`
//! device key ([`to_bytes`](nansen_credential::cose::SecretKey::to_bytes)) or `5` handle of a
//! device key in the phone's hardware, `4` issuer's key ([`PublicKey::to_short`]) once it is
//! known. A copy has neither `3` nor `5`, no body has both.

use nansen_credential::ClaimPath;
use nansen_credential::cbor::{Map, RawMap, Value};
use nansen_credential::cose::PublicKey;
use nansen_credential::sd_cwt::{Credential, SdCwt, StatusReference};
use nansen_credential::status::Status;
use nansen_credential::verify::StatusWord;
use nansen_vault::{DocumentInfo, Record, RecordId, Summary, limits::EXTRA_BYTES};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::device_key::{DeviceKey, HANDLE_BYTES_MAX, KeyPlace};
use crate::profile::{self, shorten};
use crate::verifier::DEFAULT_MAX_STATUS_AGE;
use crate::{Error, TrustStore, Wallet, kind};

/// A credential in the wallet, as a list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Its record.
    pub id: RecordId,
    /// What it is about.
    pub title: String,
    /// Who issued it: the name of a trust list, else the issuer's URI.
    pub issuer: String,
    /// Its type.
    pub vct: String,
    /// When it was added, unix seconds.
    pub added: i64,
    /// When it expires, unix seconds.
    pub expires: Option<i64>,
    /// What is known of it now.
    pub state: State,
}

/// What is known of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// In its validity period, signed by a listed issuer, and good in a status list of this age
    /// in seconds, or without one.
    Good {
        /// Age of the status list; `None` for a credential that cannot be revoked.
        status_age: Option<i64>,
    },
    /// In its validity period; whether it was revoked is not known here, or was too long ago.
    StatusUnknown {
        /// Age of the status list, if there is one.
        status_age: Option<i64>,
    },
    /// No trust list has named its issuer so far: its signature was not checked.
    IssuerUnknown,
    /// Not valid yet.
    NotYetValid {
        /// Start of validity, unix seconds.
        from: i64,
    },
    /// Expired.
    Expired {
        /// End of validity, unix seconds.
        at: i64,
    },
    /// Revoked by its issuer.
    Revoked,
    /// Suspended by its issuer.
    Suspended,
}

/// A document in the wallet, as a list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldDocument {
    /// Its record.
    pub id: RecordId,
    /// What its owner calls it.
    pub title: String,
    /// Its media type.
    pub media_type: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// When it was added, unix seconds.
    pub added: i64,
    /// When it expires, unix seconds.
    pub expires: Option<i64>,
}

/// Lists, and what could not be read for damage.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing<T> {
    /// What can be read.
    pub items: Vec<T>,
    /// Parts of the file that cannot. Nothing is deleted because of it.
    pub damaged: Vec<nansen_vault::Part>,
}

/// What a wallet's owner put there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contents {
    /// Credentials.
    pub credentials: Vec<Held>,
    /// Documents.
    pub documents: Vec<HeldDocument>,
    /// Parts of the file that cannot be read. Nothing is deleted because of it.
    pub damaged: Vec<nansen_vault::Part>,
}

/// A credential in full, without the secret that it is bound to.
#[derive(Clone, Debug)]
pub struct HeldCredential {
    /// As a list shows it.
    pub held: Held,
    /// The credential.
    pub credential: Credential,
    /// Where its device key is.
    pub key: KeyPlace,
    pub(crate) issuer_key: Option<PublicKey>,
}

impl Wallet {
    /// Credentials, the newest first.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn list(&self, now: i64) -> Result<Listing<Held>, Error> {
        Ok(self.held(self.vault.list()?, now))
    }

    /// Credentials that have `text` in title, kind, issuer or tags, whatever case and accents.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn search(&self, text: &str, now: i64) -> Result<Listing<Held>, Error> {
        Ok(self.held(self.vault.search(text)?, now))
    }

    /// Documents, the newest first.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn documents(&self) -> Result<Listing<HeldDocument>, Error> {
        let listing = self.vault.list()?;
        Ok(Listing {
            items: documents(listing.records),
            damaged: listing.damaged,
        })
    }

    /// Credentials and documents in one walk, the newest first; with `search`, those that have
    /// this text in title, kind, issuer or tags, whatever case and accents.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn contents(&self, search: Option<&str>, now: i64) -> Result<Contents, Error> {
        let mut listing = match search {
            Some(text) => self.vault.search(text)?,
            None => self.vault.list()?,
        };
        let of_document = |(_, summary): &mut (RecordId, Summary)| summary.kind == kind::DOCUMENT;
        let records = listing.records.extract_if(.., of_document).collect();
        let credentials = self.held(listing, now);
        Ok(Contents {
            credentials: credentials.items,
            documents: documents(records),
            damaged: credentials.damaged,
        })
    }

    /// Length and hash of a document.
    ///
    /// # Errors
    /// [`Error::Vault`]; [`Error::OtherKind`] for a record that is none.
    pub fn document_info(&self, id: RecordId) -> Result<DocumentInfo, Error> {
        let document = self.vault.get(id)?.document;
        document.ok_or(Error::OtherKind {
            id,
            expected: kind::DOCUMENT,
        })
    }

    /// A credential in full.
    ///
    /// # Errors
    /// [`Error::Vault`]; [`Error::OtherKind`] for a record that is none; [`Error::Stored`].
    pub fn show(&self, id: RecordId, now: i64) -> Result<HeldCredential, Error> {
        let record = self.credential_record(id)?;
        let body = Body::read(&record.body)?;
        Ok(HeldCredential {
            held: held(self.trust(), id, &record.summary, now),
            credential: Credential::parse(body.credential)?,
            key: body.device_key.into(),
            issuer_key: body.issuer_key,
        })
    }

    /// The device key of a credential; `None` for a copy.
    pub(crate) fn device_key(&self, id: RecordId) -> Result<Option<DeviceKey>, Error> {
        Ok(Body::read(&self.credential_record(id)?.body)?.device_key)
    }

    fn credential_record(&self, id: RecordId) -> Result<Record, Error> {
        let record = self.vault.get(id)?;
        if record.summary.kind != kind::CREDENTIAL {
            return Err(Error::OtherKind {
                id,
                expected: kind::CREDENTIAL,
            });
        }
        Ok(record)
    }

    fn held(&self, listing: nansen_vault::Listing, now: i64) -> Listing<Held> {
        let mut items: Vec<Held> = of_kind(listing.records, kind::CREDENTIAL)
            .map(|(id, summary)| held(self.trust(), id, &summary, now))
            .collect();
        items.sort_by_key(|held| core::cmp::Reverse((held.added, held.id)));
        Listing {
            items,
            damaged: listing.damaged,
        }
    }
}

impl HeldCredential {
    /// Paths of the claims that need not be shown.
    pub fn redactable(&self) -> impl Iterator<Item = &ClaimPath> {
        self.credential.redactable()
    }
}

/// Documents among records, the newest first.
fn documents(records: Vec<(RecordId, Summary)>) -> Vec<HeldDocument> {
    let mut items: Vec<HeldDocument> = of_kind(records, kind::DOCUMENT)
        .map(|(id, summary)| HeldDocument {
            id,
            title: summary.title,
            media_type: String::from_utf8_lossy(&summary.extra).into_owned(),
            tags: summary.tags,
            added: summary.created,
            expires: summary.expires,
        })
        .collect();
    items.sort_by_key(|document| core::cmp::Reverse((document.added, document.id)));
    items
}

/// Records of one kind.
pub(crate) fn of_kind(
    records: Vec<(RecordId, Summary)>,
    kind: &'static str,
) -> impl Iterator<Item = (RecordId, Summary)> {
    records
        .into_iter()
        .filter(move |(_, summary)| summary.kind == kind)
}

fn held(trust: &TrustStore, id: RecordId, summary: &Summary, now: i64) -> Held {
    let extra = Extra::read(&summary.extra);
    Held {
        id,
        title: summary.title.clone(),
        issuer: summary.issuer.clone(),
        vct: extra
            .as_ref()
            .map(|extra| extra.vct.clone())
            .unwrap_or_default(),
        added: summary.created,
        expires: summary.expires,
        state: state(trust, summary.expires, extra.as_ref(), now),
    }
}

fn state(trust: &TrustStore, expires: Option<i64>, extra: Option<&Extra>, now: i64) -> State {
    let (clock, now) = (now, trust.reckon(now));
    let reference = extra.and_then(|extra| extra.status.as_ref());
    let issuer = extra.map(|extra| extra.issuer.as_str()).unwrap_or_default();
    let newest = reference.and_then(|reference| {
        let lists = (trust.trust_lists(), trust.status_lists(), trust.snapshots());
        StatusWord::newest(lists, issuer, reference)
    });
    let status = newest.as_ref().map(|word| &word.status);
    match status {
        Some(Ok(Status::Revoked)) => return State::Revoked,
        Some(Ok(Status::Suspended)) => return State::Suspended,
        _ => {}
    }
    // As a verifier judges: a signed time ahead of the clock ends nothing by itself.
    let has_passed = |at: i64| now >= at && (trust.clock_doubt(clock).is_none() || clock >= at);
    if let Some(at) = expires.filter(|at| has_passed(*at)) {
        return State::Expired { at };
    }
    if let Some(from) = extra
        .and_then(|extra| extra.not_before)
        .filter(|from| now < *from)
    {
        return State::NotYetValid { from };
    }
    if extra.is_none_or(|extra| !extra.is_verified) {
        return State::IssuerUnknown;
    }
    let status_age = newest
        .as_ref()
        .map(|word| now.saturating_sub(word.issued_at));
    let is_young = status_age.is_some_and(|age| age <= DEFAULT_MAX_STATUS_AGE);
    match (reference, status) {
        (None, _) => State::Good { status_age: None },
        (Some(_), Some(Ok(Status::Valid))) if is_young => State::Good { status_age },
        _ => State::StatusUnknown { status_age },
    }
}

/// What `extra` of a credential's summary holds.
struct Extra {
    digest: [u8; 32],
    vct: String,
    not_before: Option<i64>,
    status: Option<StatusReference>,
    issuer: String,
    is_verified: bool,
}

impl Extra {
    fn read(bytes: &[u8]) -> Option<Self> {
        let map = RawMap::from_cbor(bytes).ok()?;
        let status = map.label(4).and_then(|mut status| {
            status.array_of(2, "status").ok()?;
            Some(StatusReference {
                index: status.unsigned().ok()?,
                uri: status.text().ok()?.to_owned(),
            })
        });
        Some(Self {
            digest: map.label(1)?.byte_array("digest").ok()?,
            vct: map.label(2)?.text().ok()?.to_owned(),
            not_before: map.label(3).and_then(|mut time| time.int().ok()),
            status,
            issuer: map.label(5)?.text().ok()?.to_owned(),
            is_verified: map.label(6)?.value().ok()? == Value::Bool(true),
        })
    }

    fn write(&self) -> Vec<u8> {
        let mut map = Map::new()
            .with(1, Value::Bytes(self.digest.to_vec()))
            .with(2, self.vct.as_str())
            .with(5, self.issuer.as_str())
            .with(6, Value::Bool(self.is_verified));
        if let Some(not_before) = self.not_before {
            map.insert(3, not_before);
        }
        if let Some(status) = &self.status
            && let Ok(index) = i64::try_from(status.index)
        {
            let place = Value::Array(vec![index.into(), status.uri.as_str().into()]);
            map.insert(4, place);
        }
        map.to_cbor()
    }
}

/// SHA-256 of what the issuer signed: the same for every form of one credential.
pub(crate) fn payload_digest(credential: &SdCwt<'_>) -> [u8; 32] {
    Sha256::digest(credential.payload_bytes()).into()
}

/// The digest in a credential's summary.
pub(crate) fn stored_digest(summary: &Summary) -> Option<[u8; 32]> {
    Extra::read(&summary.extra).map(|extra| extra.digest)
}

/// Whether this is the summary of a credential whose issuer's signature was not checked.
pub(crate) fn is_unverified(summary: &Summary) -> bool {
    let extra = || Extra::read(&summary.extra);
    summary.kind == kind::CREDENTIAL && extra().is_some_and(|extra| !extra.is_verified)
}

/// The summary of a credential, added at `added` in unix seconds.
pub(crate) fn summarise(
    credential: &Credential,
    digest: [u8; 32],
    issuer_name: &str,
    is_verified: bool,
    added: i64,
) -> Summary {
    let terms = credential.terms();
    let vct = terms.vct.as_deref().unwrap_or_default();
    let mut extra = Extra {
        digest,
        vct: shorten(vct, EXTRA_BYTES / 4).to_owned(),
        not_before: terms.not_before,
        status: terms.status.clone(),
        issuer: shorten(&terms.issuer, EXTRA_BYTES / 4).to_owned(),
        is_verified,
    };
    if extra.write().len() > EXTRA_BYTES {
        // The full reference is in the credential; lists then say that the status is unknown.
        extra.status = Some(StatusReference {
            index: 0,
            uri: String::new(),
        });
    }
    Summary {
        kind: kind::CREDENTIAL.into(),
        title: profile::title(vct, credential.claims()),
        issuer: shorten(issuer_name, nansen_vault::limits::ISSUER_BYTES).into(),
        tags: profile::tags(vct, credential.claims()),
        created: added,
        expires: terms.expires_at,
        extra: extra.write(),
    }
}

/// The body of a credential's record.
pub(crate) struct Body<'a> {
    pub(crate) credential: &'a [u8],
    pub(crate) device_key: Option<DeviceKey>,
    pub(crate) issuer_key: Option<PublicKey>,
}

impl<'a> Body<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Error> {
        const DAMAGED: Error = Error::Stored { what: "credential" };
        let map = RawMap::from_cbor(bytes).map_err(|_| DAMAGED)?;
        let key = |label| {
            map.label(label)
                .map(|mut key| key.bytes().map_err(|_| DAMAGED))
        };
        if map.label(1).ok_or(DAMAGED)?.int() != Ok(BODY_VERSION) {
            return Err(DAMAGED);
        }
        let credential = map.label(2).ok_or(DAMAGED)?.bytes().map_err(|_| DAMAGED)?;
        let device_key = match (key(3).transpose()?, key(5).transpose()?) {
            (Some(_), Some(_)) => return Err(DAMAGED),
            (Some(secret), None) => Some(DeviceKey::from_secret(secret)),
            (None, Some(handle)) => Some(DeviceKey::from_handle(handle)),
            (None, None) => None,
        };
        let issuer_key = key(4).transpose()?.map(PublicKey::from_short);
        Ok(Self {
            credential,
            device_key: device_key.transpose().map_err(|_| DAMAGED)?,
            issuer_key: issuer_key.transpose()?,
        })
    }

    pub(crate) fn write(&self) -> Zeroizing<Vec<u8>> {
        let room = self.credential.len() + 96 + HANDLE_BYTES_MAX;
        let mut writer = nansen_credential::cbor::Writer::with_capacity(room);
        let keys = usize::from(self.device_key.is_some()) + usize::from(self.issuer_key.is_some());
        writer
            .map(2 + keys)
            .int(1)
            .int(BODY_VERSION)
            .int(2)
            .bytes(self.credential);
        if let Some(DeviceKey::Vault(secret)) = &self.device_key {
            writer.int(3).bytes(&secret.to_bytes());
        }
        if let Some(key) = &self.issuer_key {
            writer.int(4).bytes(&key.to_short());
        }
        if let Some(DeviceKey::Hardware(handle)) = &self.device_key {
            writer.int(5).bytes(handle);
        }
        Zeroizing::new(writer.into_bytes())
    }
}

const BODY_VERSION: i64 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    /// `{1: 1, 2: h'a0', ...}`, and what comes behind the two.
    fn body(entries: u8, rest: &[u8]) -> Vec<u8> {
        [&[0xa2 + entries, 1, 1, 2, 0x41, 0xa0], rest].concat()
    }

    #[test]
    fn the_body_of_every_format_goes_on_reading() {
        let secret = [&[3, 0x58, 33, 1][..], &[7; 32]].concat();
        let alias = [&[5, 0x45][..], b"alias"].concat();
        let key = [&[4, 0x58, 32][..], &KEY].concat();
        let handle = b"alias".to_vec();
        for (bytes, place) in [
            (body(0, &[]), KeyPlace::None),
            (body(1, &secret), KeyPlace::Vault),
            (body(2, &[&secret[..], &key].concat()), KeyPlace::Vault),
            (
                body(1, &alias),
                KeyPlace::Hardware {
                    handle: handle.clone(),
                },
            ),
            (
                body(2, &[&key[..], &alias].concat()),
                KeyPlace::Hardware { handle },
            ),
        ] {
            let read = Body::read(&bytes).unwrap();
            assert_eq!(read.credential, [0xa0]);
            assert_eq!(*read.write(), bytes);
            assert_eq!(KeyPlace::from(read.device_key), place);
        }
    }

    #[test]
    fn a_body_with_two_device_keys_or_half_a_one_is_damaged() {
        let secret = [&[3, 0x58, 33, 1][..], &[7; 32]].concat();
        let alias = [&[5, 0x45][..], b"alias"].concat();
        for bytes in [
            body(2, &[secret, alias].concat()),
            body(1, &[5, 0x40]),
            body(1, &[3, 0x41, 1]),
            body(1, &[5, 0xf6]),
        ] {
            let damaged = Error::Stored { what: "credential" };
            assert_eq!(Body::read(&bytes).err(), Some(damaged));
        }
    }

    /// An Ed25519 key (RFC 8032, section 7.1, test 1).
    const KEY: [u8; 32] = [
        0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07,
        0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07,
        0x51, 0x1a,
    ];
}
