//! What was shown to whom: kept by the holder, told to nobody.
//!
//! Body of a record, deterministic CBOR: map of `1` version (1), `2` thumbprint of the
//! verifier's key, `3` name, `4` purpose, `5` array of `[credential record, path...]`. The time
//! is the record's own.

use nansen_credential::ClaimPath;
use nansen_credential::cbor::{RawMap, Reader, Writer};
use nansen_credential::trust::{Freshness, TrustFailure, Verifier};
use nansen_vault::{RecordId, Summary};

use crate::held::{Listing, of_kind};
use crate::profile::shorten;
use crate::{Error, Wallet, kind};

/// One time that something was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its record: [`Wallet::delete`] takes it.
    pub id: RecordId,
    /// When, unix seconds.
    pub time: i64,
    /// Thumbprint (RFC 9679) of the verifier's key; zeros when shown to nobody in particular.
    pub verifier: [u8; 32],
    /// The verifier's name, by its own account.
    pub name: String,
    /// What for, by its own account.
    pub purpose: String,
    /// Credentials, and every claim of each that was shown beyond what is always in clear.
    pub shown: Vec<(RecordId, Vec<ClaimPath>)>,
}

/// A showing about to be noted, in the words of [`Entry`].
pub(crate) struct NewEntry {
    pub(crate) time: i64,
    pub(crate) verifier: [u8; 32],
    pub(crate) name: String,
    pub(crate) purpose: String,
    pub(crate) shown: Vec<(RecordId, Vec<ClaimPath>)>,
}

/// What a wallet knows of a verifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// A verifier list says who it is and what it may ask for.
    Registered(Registered),
    /// A verifier list knows the key, and says that it is not to be trusted now: whoever asks may
    /// be somebody else.
    KeyNotTrusted {
        /// The name on the list.
        name: String,
        /// What is wrong with the key.
        failure: TrustFailure,
    },
    /// A trust list names its key.
    Listed {
        /// The name on the list.
        name: String,
    },
    /// It was shown something before.
    Met {
        /// The name it gave the last time.
        name: String,
        /// When that was, unix seconds.
        last: i64,
        /// How many times.
        times: usize,
    },
    /// Never met, and on no list: anybody can make a request under any name.
    Unknown,
}

/// What a verifier list says of whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Its names, role and country, and what it may ask for.
    pub verifier: Verifier,
    /// What it asks for beyond that, by type (`None` for any type) and claim. The holder may
    /// still show it, and should be told.
    pub beyond: Vec<(Option<String>, ClaimPath)>,
    /// Who publishes the list.
    pub publisher: String,
    /// How old the list is.
    pub freshness: Freshness,
}

impl Registered {
    /// What to tell the holder, in English: who asks, and whether that goes beyond their role.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (name, role) = (
            self.verifier.name("en"),
            self.verifier.role.replace('_', " "),
        );
        let (publisher, country) = (&self.publisher, &self.verifier.country);
        let mut sentence = format!("Known to {publisher}: {name} ({role}, {country})");
        let mut claims: Vec<String> = self.beyond.iter().map(|(_, at)| at.to_string()).collect();
        claims.dedup();
        match claims.as_slice() {
            [] => sentence.push_str(", which may ask for this."),
            claims => {
                sentence.push_str(". ASKS FOR MORE THAN ITS ROLE ALLOWS: ");
                sentence.push_str(&claims.join(", "));
                sentence.push('.');
            }
        }
        if let Some(overdue) = self.freshness.overdue_by {
            let days = overdue / 86_400;
            sentence.push_str(&format!(" That list is {days} days overdue."));
        }
        sentence
    }
}

impl Wallet {
    /// What was shown, the newest first.
    ///
    /// # Errors
    /// [`Error::Vault`].
    pub fn history(&self) -> Result<Listing<Entry>, Error> {
        let listing = self.vault.list()?;
        let mut items = Vec::new();
        let mut damaged = listing.damaged;
        for (id, summary) in of_kind(listing.records, kind::HISTORY) {
            let record = self.vault.get(id).map_err(Error::from);
            match record.and_then(|record| Entry::read(id, summary.created, &record.body)) {
                Ok(mut entry) => {
                    // Of a history that was restored, the ids are those of the vault before.
                    for (credential, _) in &mut entry.shown {
                        *credential = self.vault.id_here(*credential);
                    }
                    items.push(entry);
                }
                // One damaged entry must not keep the others from being read.
                Err(_) => damaged.push(nansen_vault::Part::Body(id)),
            }
        }
        items.sort_by_key(|entry| core::cmp::Reverse(entry.time));
        Ok(Listing { items, damaged })
    }
}

impl NewEntry {
    /// The summary of its record.
    pub(crate) fn summary(&self) -> Summary {
        Summary {
            kind: kind::HISTORY.into(),
            title: shorten(&self.purpose, nansen_vault::limits::TITLE_BYTES).into(),
            issuer: shorten(&self.name, nansen_vault::limits::ISSUER_BYTES).into(),
            created: self.time,
            ..Summary::default()
        }
    }

    /// The body of its record.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.map(5).int(1).int(VERSION);
        writer.int(2).bytes(&self.verifier);
        writer.int(3).text(&self.name).int(4).text(&self.purpose);
        writer.int(5).array(self.shown.len());
        for (credential, paths) in &self.shown {
            writer.array(1 + paths.len()).bytes(credential.as_bytes());
            for path in paths {
                writer.value(&path.to_value());
            }
        }
        writer.into_bytes()
    }
}

impl Entry {
    fn read(id: RecordId, time: i64, bytes: &[u8]) -> Result<Self, Error> {
        const DAMAGED: Error = Error::Stored {
            what: "history entry",
        };
        let map = RawMap::from_cbor(bytes).map_err(|_| DAMAGED)?;
        let field = |label| map.label(label).ok_or(DAMAGED);
        if field(1)?.int() != Ok(VERSION) {
            return Err(DAMAGED);
        }
        let text = |label| Ok::<_, Error>(field(label)?.text().map_err(|_| DAMAGED)?.to_owned());
        Ok(Self {
            id,
            time,
            verifier: field(2)?.byte_array("thumbprint").map_err(|_| DAMAGED)?,
            name: text(3)?,
            purpose: text(4)?,
            shown: read_shown(&mut field(5)?).map_err(|_| DAMAGED)?,
        })
    }
}

fn read_shown(
    reader: &mut Reader<'_>,
) -> Result<Vec<(RecordId, Vec<ClaimPath>)>, nansen_credential::Error> {
    let mut shown = Vec::new();
    for _ in 0..reader.array()? {
        let parts = reader.array()?;
        let id = RecordId::new(reader.byte_array("record id")?);
        let mut paths = Vec::new();
        for _ in 1..parts {
            paths.push(ClaimPath::from_value(&reader.value()?)?);
        }
        shown.push((id, paths));
    }
    Ok(shown)
}

const VERSION: i64 = 1;
