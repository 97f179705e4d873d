//! What a wallet holds, as lists and screens show it.

use nansen::credential::report::DisclosedClaims;
use nansen::device_key;
use nansen::held;
use nansen::history;
use nansen::import;
use nansen::vault::{CheckReport, Integrity, Part, Rescued, Rows};

use crate::report::Presented;
use crate::{Beyond, ClaimPath, RecordId, Timestamp, VerifierStanding};

/// What a wallet holds.
#[derive(Clone, uniffi::Record)]
pub struct Contents {
    /// Credentials, the newest first.
    pub credentials: Vec<CredentialSummary>,
    /// Documents, the newest first.
    pub documents: Vec<DocumentSummary>,
    /// Device keys whose credential has not come; none in a search.
    pub waiting_keys: Vec<WaitingKey>,
    /// Parts that cannot be read for damage. Nothing is deleted because of it.
    pub damaged: Vec<String>,
}

/// A device key whose credential has not come. Delete it when it never will.
#[derive(Clone, uniffi::Record)]
pub struct WaitingKey {
    /// Its record.
    pub id: RecordId,
    /// The public key, as the issuer was given it.
    pub public_key: Vec<u8>,
    /// Where it lives.
    pub key: KeyPlace,
    /// When it was made.
    pub created: Timestamp,
}

/// A credential, as a list shows it.
#[derive(Clone, uniffi::Record)]
pub struct CredentialSummary {
    /// Its record.
    pub id: RecordId,
    /// What it is about.
    pub title: String,
    /// Who issued it: the name of a trust list, else the issuer's URI.
    pub issuer: String,
    /// Its type.
    pub credential_type: String,
    /// When it was added.
    pub added: Timestamp,
    /// When it expires.
    pub expires: Option<Timestamp>,
    /// What is known of it now.
    pub state: CredentialState,
}

/// What is known of a credential now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum CredentialState {
    /// In its validity period, signed by a listed issuer, and not revoked.
    Good {
        /// Age in seconds of the status list that says so; none for what cannot be revoked.
        status_age: Option<i64>,
    },
    /// As good, but whether it was revoked is not known here, or was too long ago.
    StatusUnknown {
        /// Age in seconds of the status list, if there is one.
        status_age: Option<i64>,
    },
    /// No trust list named its issuer when it was imported: its signature was not checked.
    IssuerUnknown,
    /// Not valid yet.
    NotYetValid {
        /// Start of validity.
        from: Timestamp,
    },
    /// Expired.
    Expired {
        /// End of validity.
        at: Timestamp,
    },
    /// Revoked by its issuer.
    Revoked,
    /// Suspended by its issuer.
    Suspended,
}

/// A document, as a list shows it.
#[derive(Clone, uniffi::Record)]
pub struct DocumentSummary {
    /// Its record.
    pub id: RecordId,
    /// What its owner calls it.
    pub title: String,
    /// Its media type.
    pub media_type: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// When it was added.
    pub added: Timestamp,
    /// When it expires.
    pub expires: Option<Timestamp>,
}

/// A credential in full.
#[derive(Clone, uniffi::Record)]
pub struct CredentialDetails {
    /// As a list shows it.
    pub summary: CredentialSummary,
    /// All its claims and terms. The wallet checked the issuer's signature when it was imported,
    /// unless the state says otherwise.
    pub presented: Presented,
    /// Claims that need not be shown.
    pub redactable: Vec<ClaimPath>,
    /// Where its device key lives.
    pub key: KeyPlace,
}

/// Where the device key of a credential lives.
#[derive(Clone, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum KeyPlace {
    /// It has none: a credential to print.
    Nowhere,
    /// In the vault: it moves with a backup.
    Vault,
    /// In this phone's hardware: on a new phone the credential must be issued again.
    Hardware {
        /// What the app finds the key by: delete it there along with the credential.
        handle: Vec<u8>,
    },
}

/// What an import did.
#[derive(Clone, uniffi::Record)]
pub struct ImportedCredential {
    /// The record.
    pub id: RecordId,
    /// What the trust lists here say of its issuer.
    pub issuer: IssuerStanding,
}

/// What the trust lists here say of an issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Enum)]
pub enum IssuerStanding {
    /// It may issue this type, and its signature is good.
    Trusted,
    /// Its signature is good, and the list does not let this key sign this credential.
    NotTrusted,
    /// No list here names it: its signature could not be checked.
    Unknown,
}

/// What was shown to whom.
#[derive(Clone, uniffi::Record)]
pub struct History {
    /// Each time, the newest first.
    pub entries: Vec<ShownBefore>,
    /// Entries that cannot be read for damage.
    pub damaged: Vec<String>,
}

/// One time that something was shown.
#[derive(Clone, uniffi::Record)]
pub struct ShownBefore {
    /// Its record, which can be deleted.
    pub id: RecordId,
    /// When.
    pub time: Timestamp,
    /// The verifier's name, by its own account; empty when shown to nobody in particular.
    pub name: String,
    /// What for, by its own account.
    pub purpose: String,
    /// Thumbprint (RFC 9679) of the verifier's key; none when shown to nobody in particular.
    pub verifier: Option<Vec<u8>>,
    /// What was shown, beyond what is always in clear.
    pub shown: Vec<ShownCredential>,
}

/// What was shown of one credential.
#[derive(Clone, uniffi::Record)]
pub struct ShownCredential {
    /// Its record, which may be deleted since.
    pub credential: RecordId,
    /// The claims.
    pub claims: Vec<ClaimPath>,
}

/// How a vault is.
#[derive(Clone, uniffi::Record)]
pub struct VaultReport {
    /// Whether nothing at all is wrong.
    pub is_intact: bool,
    /// Changes committed since creation. Kept elsewhere, it tells when the file was replaced by
    /// an older copy of itself.
    pub counter: u64,
    /// Records, by the vault's own count.
    pub records: u64,
    /// Whether rows are missing, older than written, or not of this vault: tell the owner, then
    /// [`Wallet::accept_rows`](crate::Wallet::accept_rows).
    pub are_rows_missing: bool,
    /// Whether the ways to unlock were changed behind the vault's back.
    pub are_ways_changed: bool,
    /// Whether pages of the file cannot be walked: copy it before anything else.
    pub is_structure_damaged: bool,
    /// Parts that cannot be read. Of everything after a thorough check, else none.
    pub damaged: Vec<String>,
}

impl VaultReport {
    pub(crate) fn new(
        integrity: Integrity,
        counter: u64,
        records: u64,
        check: Option<&CheckReport>,
    ) -> Self {
        let damaged = check.map(|check| texts(&check.damaged)).unwrap_or_default();
        Self {
            is_intact: integrity.is_intact() && check.is_none_or(CheckReport::is_clean),
            counter,
            records,
            are_rows_missing: integrity.rows != Rows::AsWritten,
            are_ways_changed: !integrity.slots_intact,
            is_structure_damaged: !integrity.structure_intact
                || check.is_some_and(|check| check.structure_problems > 0),
            damaged,
        }
    }
}

/// What a rescue carried over and what it did not find.
#[derive(Clone, uniffi::Record)]
pub struct RescueReport {
    /// Records that are in the new file as they were.
    pub records: u64,
    /// Records that were put aside because they do not open: the title, or nothing where that
    /// does not open either.
    pub put_aside: Vec<Option<String>>,
    /// Records that are nowhere in the file; nothing if not even their number is known.
    pub missing: Option<u64>,
    /// Ways to unlock that end, since what the phone's hardware wrapped for them is damaged.
    pub ways_lost: Vec<String>,
}

impl From<Rescued> for RescueReport {
    fn from(rescued: Rescued) -> Self {
        let put_aside = rescued.quarantined.into_iter();
        Self {
            records: rescued.records,
            put_aside: put_aside
                .map(|row| row.summary.map(|summary| summary.title))
                .collect(),
            missing: rescued.missing,
            ways_lost: rescued
                .wrapped_keys_lost
                .iter()
                .map(ToString::to_string)
                .collect(),
        }
    }
}

/// Parts by name.
pub(crate) fn texts(parts: &[Part]) -> Vec<String> {
    parts.iter().map(Part::to_string).collect()
}

impl From<held::Held> for CredentialSummary {
    fn from(held: held::Held) -> Self {
        Self {
            id: held.id.into(),
            title: held.title,
            issuer: held.issuer,
            credential_type: held.vct,
            added: held.added.into(),
            expires: held.expires.map(Timestamp),
            state: held.state.into(),
        }
    }
}

impl From<held::State> for CredentialState {
    fn from(state: held::State) -> Self {
        match state {
            held::State::Good { status_age } => Self::Good { status_age },
            held::State::StatusUnknown { status_age } => Self::StatusUnknown { status_age },
            held::State::IssuerUnknown => Self::IssuerUnknown,
            held::State::NotYetValid { from } => Self::NotYetValid { from: from.into() },
            held::State::Expired { at } => Self::Expired { at: at.into() },
            held::State::Revoked => Self::Revoked,
            held::State::Suspended => Self::Suspended,
        }
    }
}

impl From<held::HeldDocument> for DocumentSummary {
    fn from(document: held::HeldDocument) -> Self {
        Self {
            id: document.id.into(),
            title: document.title,
            media_type: document.media_type,
            tags: document.tags,
            added: document.added.into(),
            expires: document.expires.map(Timestamp),
        }
    }
}

impl From<held::HeldCredential> for CredentialDetails {
    fn from(held: held::HeldCredential) -> Self {
        let disclosed = DisclosedClaims {
            terms: held.credential.terms().clone(),
            claims: held.credential.claims().clone(),
        };
        Self {
            presented: Presented::from(&disclosed),
            redactable: held.redactable().map(ClaimPath::from).collect(),
            key: (&held.key).into(),
            summary: held.held.into(),
        }
    }
}

impl From<&device_key::KeyPlace> for KeyPlace {
    fn from(place: &device_key::KeyPlace) -> Self {
        match place {
            device_key::KeyPlace::None => Self::Nowhere,
            device_key::KeyPlace::Vault => Self::Vault,
            device_key::KeyPlace::Hardware { handle } => Self::Hardware {
                handle: handle.clone(),
            },
        }
    }
}

impl From<device_key::WaitingKey> for WaitingKey {
    fn from(waiting: device_key::WaitingKey) -> Self {
        Self {
            id: waiting.id.into(),
            public_key: waiting.public.to_short(),
            key: (&waiting.key).into(),
            created: waiting.created.into(),
        }
    }
}

impl From<import::Imported> for ImportedCredential {
    fn from(imported: import::Imported) -> Self {
        Self {
            id: imported.id.into(),
            issuer: match imported.issuer {
                import::IssuerStanding::Trusted => IssuerStanding::Trusted,
                import::IssuerStanding::NotTrusted(_) => IssuerStanding::NotTrusted,
                import::IssuerStanding::Unknown => IssuerStanding::Unknown,
            },
        }
    }
}

impl From<history::Entry> for ShownBefore {
    fn from(entry: history::Entry) -> Self {
        let is_known = entry.verifier != [0; 32];
        let shown = entry
            .shown
            .iter()
            .map(|(credential, claims)| ShownCredential {
                credential: (*credential).into(),
                claims: claims.iter().map(ClaimPath::from).collect(),
            });
        Self {
            shown: shown.collect(),
            id: entry.id.into(),
            time: entry.time.into(),
            verifier: is_known.then(|| entry.verifier.to_vec()),
            name: entry.name,
            purpose: entry.purpose,
        }
    }
}

impl From<history::Known> for VerifierStanding {
    fn from(known: history::Known) -> Self {
        match known {
            history::Known::Listed { name } => Self::Listed { name },
            history::Known::Registered(known) => Self::Registered {
                name: known.verifier.name("en").to_owned(),
                role: known.verifier.role.clone(),
                country: known.verifier.country.clone(),
                publisher: known.publisher.clone(),
                list_age: known.freshness.age,
                list_overdue_by: known.freshness.overdue_by,
                sentence: known.sentence(),
                beyond: known.beyond.into_iter().map(Beyond::from).collect(),
            },
            history::Known::KeyNotTrusted { name, .. } => Self::KeyNotTrusted { name },
            history::Known::Met { name, last, times } => Self::Met {
                name,
                last: last.into(),
                times: times as u64,
            },
            history::Known::Unknown => Self::Unknown,
        }
    }
}

impl From<(Option<String>, nansen::credential::ClaimPath)> for Beyond {
    fn from((credential_type, claim): (Option<String>, nansen::credential::ClaimPath)) -> Self {
        Self {
            credential_type,
            claim: ClaimPath(claim),
        }
    }
}
