//! An issuing desk: its keys, its status lists and its log, sealed in a vault.
//!
//! | kind of record | how many | body, deterministic CBOR |
//! |---|---|---|
//! | `desk` | one | see [`state`] |
//! | `issuing-key`, `root-key` | at most one each | the secret key: its kind and 32 bytes |
//! | `status-list` | one a list | see [`status`] |
//! | `issued` | one a credential | map of `1` number of the status list and `2` index (both absent without a status), `3` type |
//! | `trust-list` | at most one | the trust list signed last, as it was handed out |
//!
//! The log keeps a title, the type and the place in a status list: enough to revoke, and no more
//! of the person than the desk itself put into the title.
//!
//! Invariant: a credential leaves the desk only after its log entry and its place in the status
//! list are committed, so that whatever is out there can be revoked.

mod claim_file;
mod log;
mod pack_file;
mod state;
mod status;
mod stream;
mod table;
mod trust;

pub(crate) use claim_file::{ClaimFile, StatusWish};
pub(crate) use log::{Logged, Target, status_name};
pub(crate) use pack_file::{Described, PackFile};
pub(crate) use state::{Issuing, Root};
pub(crate) use stream::{Batch, Form};
pub(crate) use trust::{IssuerDescription, KeyDescription, NextList, hex};

use nansen_credential::ClaimPath;
use nansen_credential::cose::{PublicKey, SecretKey, Signer};
use nansen_credential::json::claims_from_json;
use nansen_credential::sd_cwt::{Credential, Issuance, Redaction, StatusReference, Terms};
use nansen_credential::status::Status;
use nansen_vault::{RecordId, Summary, Vault};
use rand_core::CryptoRng;

use crate::failure::{Failure, Result};
use status::List;

/// A desk whose vault is unlocked.
pub(crate) struct Desk {
    vault: Vault,
    issuing: Option<Issuing>,
    root: Option<Root>,
    lists: Vec<List>,
    trust_list: Option<RecordId>,
}

/// A credential that is signed and not yet handed out: commit it first.
pub(crate) struct Signed {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    title: String,
    vct: String,
    expires_at: Option<i64>,
    place: Option<(u64, u64)>,
}

/// A credential that may be handed out.
pub(crate) struct Issued {
    /// Its name in the desk's log.
    pub(crate) id: RecordId,
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// Its type.
    pub(crate) vct: String,
    /// Number of its status list, and place in it.
    pub(crate) place: Option<(u64, u64)>,
}

/// To whom a credential is issued.
pub(crate) enum Holder {
    /// To the phone that holds this device key; claims can be left out.
    Device(Box<PublicKey>),
    /// To paper: no key, and nothing can be left out.
    Paper,
}

impl Desk {
    /// Makes a desk of a vault.
    pub(crate) fn create(
        mut vault: Vault,
        issuing: Option<Issuing>,
        root: Option<Root>,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Self> {
        if vault
            .list()?
            .records
            .iter()
            .any(|(_, found)| found.kind == DESK)
        {
            return Err(Failure::AlreadyADesk);
        }
        vault.transaction(rng, |tx| {
            let body = state::encode(issuing.as_ref(), root.as_ref());
            tx.insert(&summary(DESK, "Issuing desk", now), &body)?;
            if let Some(issuing) = &issuing {
                let summary = summary(ISSUING_KEY, "Issuing key", now);
                tx.insert(&summary, &issuing.key.to_bytes())?;
            }
            if let Some(root) = &root {
                tx.insert(&summary(ROOT_KEY, "Root key", now), &root.key.to_bytes())?;
            }
            Ok::<_, Failure>(())
        })?;
        Ok(Self {
            vault,
            issuing,
            root,
            lists: Vec::new(),
            trust_list: None,
        })
    }

    /// Finds the desk in a vault.
    pub(crate) fn open(vault: Vault) -> Result<Self> {
        let (mut desk, mut lists, mut trust_list) = (None, Vec::new(), None);
        let mut keys = state::Keys::default();
        for (id, summary) in vault.list()?.records {
            match summary.kind.as_str() {
                DESK => desk = Some(id),
                STATUS_LIST => lists.push(List::decode(id, &vault.get(id)?.body)?),
                ISSUING_KEY => keys.issuing = Some(SecretKey::from_bytes(&vault.get(id)?.body)?),
                ROOT_KEY => keys.root = Some(SecretKey::from_bytes(&vault.get(id)?.body)?),
                TRUST_LIST => trust_list = Some(id),
                _ => {}
            }
        }
        let desk = desk.ok_or(Failure::NotADesk)?;
        let (issuing, root) = state::decode(&vault.get(desk)?.body, keys)?;
        lists.sort_by_key(|list| list.number);
        Ok(Self {
            vault,
            issuing,
            root,
            lists,
            trust_list,
        })
    }

    /// The issuing half.
    pub(crate) fn issuing(&self) -> Result<&Issuing> {
        self.issuing.as_ref().ok_or(Failure::DeskLacks {
            what: "issuing key",
        })
    }

    /// The root half.
    pub(crate) fn root(&self) -> Result<&Root> {
        self.root
            .as_ref()
            .ok_or(Failure::DeskLacks { what: "root key" })
    }

    /// Signs a credential and holds a place in a status list for it.
    pub(crate) fn sign(
        &mut self,
        file: &ClaimFile,
        holder: &Holder,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Signed> {
        let issuing = self.issuing.as_ref().ok_or(Failure::DeskLacks {
            what: "issuing key",
        })?;
        let vct = issuing.type_of(file)?.to_owned();
        let claims = claims_from_json(&serde_json::Value::Object(file.claims.clone()))?;
        let place = match &file.status {
            StatusWish::None => None,
            StatusWish::Any => Some(status::draw(&mut self.lists, issuing, rng)?),
            StatusWish::At { index, uri } => {
                Some(status::take(&mut self.lists, issuing, uri, *index)?)
            }
        };
        let terms = Terms {
            issuer: issuing.uri.clone(),
            vct: Some(vct.clone()),
            issued_at: Some(file.issued_at.map_or(now, |time| time.0)),
            not_before: file.not_before.map(|time| time.0),
            expires_at: file.expires_at.map(|time| time.0),
            device_key: match holder {
                Holder::Device(key) => Some((**key).clone()),
                Holder::Paper => None,
            },
            status: place.map(|(list, index)| StatusReference {
                index,
                uri: issuing.list_uri(list),
            }),
        };
        let redaction = match holder {
            Holder::Device(_) => redaction(file, &claims),
            Holder::Paper => Redaction::none(),
        };
        let expires_at = terms.expires_at;
        let signed = Issuance {
            terms,
            kid: &issuing.key.public_key().kid(),
            claims: &claims,
            redaction,
        }
        .sign(&issuing.key, rng)
        // What readers would refuse must not leave the desk.
        .and_then(|bytes| Credential::parse(&bytes).map(|_| bytes));
        match signed {
            Ok(bytes) => Ok(Signed {
                bytes,
                title: file.title.clone().unwrap_or_else(|| vct.clone()),
                vct,
                expires_at,
                place,
            }),
            Err(error) => {
                if let Some((list, index)) = place {
                    status::give_back(&mut self.lists, list, index)?;
                }
                Err(error.into())
            }
        }
    }

    /// Commits log entries and status lists; only now may the credentials be handed out.
    pub(crate) fn commit(
        &mut self,
        signed: Vec<Signed>,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Issued>> {
        let lists = &mut self.lists;
        self.vault.transaction(rng, |tx| {
            status::store(lists, tx, now)?;
            signed
                .into_iter()
                .map(|signed| {
                    let mut summary = summary(ISSUED, &signed.title, now);
                    summary.expires = signed.expires_at;
                    let body = log::encode(signed.place, &signed.vct);
                    Ok(Issued {
                        id: tx.insert(&summary, &body)?,
                        bytes: signed.bytes,
                        vct: signed.vct,
                        place: signed.place,
                    })
                })
                .collect()
        })
    }

    /// Gives a credential another status, and returns what it had.
    pub(crate) fn set_status(
        &mut self,
        target: &Target,
        status: Status,
        now: i64,
        rng: &mut impl CryptoRng,
    ) -> Result<(u64, u64, Status)> {
        let (list, index) = match target {
            Target::Place { list, index } => {
                let newest = self.lists.last().map(|list| list.number);
                let list = list.or(newest).ok_or(Failure::DeskLacks {
                    what: "status list",
                })?;
                (list, *index)
            }
            Target::Id(id) => {
                let body = self.vault.get(*id)?.body;
                let (place, _) = log::decode(&body)?;
                place.ok_or_else(|| Failure::NotIssued(id.to_string()))?
            }
        };
        let before = status::set(&mut self.lists, list, index, status)?;
        let lists = &mut self.lists;
        self.vault
            .transaction(rng, |tx| status::store(lists, tx, now))?;
        Ok((list, index, before))
    }

    /// Every status list as it stands, signed: its number and its bytes.
    pub(crate) fn status_lists(
        &self,
        now: i64,
        expires_at: Option<i64>,
        ttl: Option<u64>,
    ) -> Result<Vec<(u64, Vec<u8>)>> {
        let issuing = self.issuing()?;
        self.lists
            .iter()
            .map(|list| {
                let bytes = list.sign(issuing, now, expires_at, ttl)?;
                Ok((list.number, bytes))
            })
            .collect()
    }

    /// What was issued, by title and type; all of it without a text.
    pub(crate) fn log(&self, text: &str) -> Result<Vec<Logged>> {
        let listing = self.vault.search(text)?;
        let mut found = Vec::new();
        for (id, summary) in listing.records {
            if summary.kind != ISSUED {
                continue;
            }
            let (place, vct) = log::decode(&self.vault.get(id)?.body)?;
            let status = match place {
                Some((list, index)) => Some(status::get(&self.lists, list, index)?),
                None => None,
            };
            found.push(Logged {
                id,
                title: summary.title,
                vct,
                issued_at: summary.created,
                expires_at: summary.expires,
                place,
                status,
            });
        }
        found.sort_by_key(|logged| logged.issued_at);
        Ok(found)
    }
}

/// Every claim of the top level but those that must or shall stay, or exactly the paths that
/// the file names.
fn redaction(file: &ClaimFile, claims: &nansen_credential::cbor::Map) -> Redaction {
    let mut redaction = match &file.redact {
        Some(paths) => Redaction {
            paths: paths.iter().map(|path| path.0.clone()).collect(),
            decoys_to_multiple_of: 0,
        },
        None => Redaction::each_claim_of(claims),
    };
    redaction.decoys_to_multiple_of = file.decoys_to_multiple_of.unwrap_or(0);
    let stays = |path: &ClaimPath| file.always_disclosed.iter().any(|kept| kept.0 == *path);
    redaction.paths.retain(|path| !stays(path));
    redaction
}

fn summary(kind: &str, title: &str, now: i64) -> Summary {
    Summary {
        kind: kind.to_owned(),
        title: title.to_owned(),
        created: now,
        ..Summary::default()
    }
}

const DESK: &str = "desk";
const ISSUING_KEY: &str = "issuing-key";
const ROOT_KEY: &str = "root-key";
const STATUS_LIST: &str = "status-list";
const ISSUED: &str = "issued";
const TRUST_LIST: &str = "trust-list";
