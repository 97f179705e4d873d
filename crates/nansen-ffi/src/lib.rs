//! Nansen for apps: the wallet and the verifier in Kotlin, Swift and Python, through UniFFI.
//!
//! Translation only. What has a lifetime is an object ([`Wallet`], [`PresentationSession`],
//! [`DocumentWriter`], [`DocumentReader`], [`BackupSession`], [`RestoreSession`], [`Verifier`],
//! [`QrCollector`]); facts are records,
//! choices are enums, and every error is a [`NansenError`]. The decisions are made in the crate
//! `nansen`.
//!
//! - Every call returns when it is done. Unlocking takes as long as its key derivation, and
//!   writing as long as the disk: call from a background thread. Objects may be shared between
//!   threads; calls on one object wait for each other.
//! - No call reads a clock: `now` is an argument.
//! - Everything secret lives in the wallet's unlocked state. [`Wallet::lock`] wipes it, whatever
//!   sessions, writers and readers are still around; those then fail with
//!   [`NansenError::Ended`] or [`NansenError::Locked`].
//! - All memory that this library frees is wiped first (`wiping.rs`), so that no PIN and no claim
//!   stays behind in what was handed over the border.
//! - A panic becomes an exception of the foreign language (`InternalException`), since the
//!   library unwinds. It would be a defect: please report it.

mod claims;
mod codes;
mod error;
mod names;
mod problems;
mod queue;
mod receipt;
mod report;
mod trust;
mod types;
mod verifier;
mod wiping;

#[cfg(feature = "vault")]
mod auto_lock;
#[cfg(feature = "vault")]
mod backup;
#[cfg(feature = "vault")]
mod contents;
#[cfg(feature = "vault")]
mod decoy;
#[cfg(feature = "vault")]
mod documents;
#[cfg(feature = "vault")]
mod folder;
#[cfg(feature = "vault")]
mod guardians;
#[cfg(feature = "vault")]
mod hardware;
#[cfg(feature = "vault")]
mod notes;
#[cfg(feature = "vault")]
mod presentation;
#[cfg(feature = "vault")]
mod trusted;
#[cfg(feature = "vault")]
mod unlocked;
#[cfg(feature = "vault")]
mod wallet;
#[cfg(feature = "vault")]
mod ways;

pub use claims::{Claim, ClaimValue};
pub use codes::{
    CodeLevel, CodeOptions, Message, MessageKind, Pixels, QrCode, QrCollector, Scan, code_png,
    draw_code, message_codes,
};
pub use error::{ErrorFacts, HardwareOutcome, NansenError, Way};
pub use names::{ClaimName, TypeNames};
pub use problems::{BackupProblem, CardProblem, ChoiceProblem, StorageProblem};
pub use queue::{Count, QueueOutcome, Queued, Tally};
pub use receipt::{Receipt, ReceiptLine, read_receipt};
pub use report::{
    Check, CheckOutcome, CheckResult, IssuerFacts, OldStatus, Presented, Report, Shown,
    StatusPolicy, Verdict,
};
pub use trust::{
    ClockDoubt, ListFacts, ListSigner, PackFacts, PublisherFacts, TimeFacts, TrustAdded, TrustItem,
    TrustName, TrustState, pack_facts,
};
pub use types::{ClaimPath, RequestId, Timestamp};
pub use verifier::{Answer, CheckedCredential, OpenRequest, Verifier};

#[cfg(feature = "vault")]
pub use auto_lock::{Activity, AutoLock};
#[cfg(feature = "vault")]
pub use backup::{
    BackupFacts, BackupKey, BackupPhase, BackupProgress, BackupSession, RestoreOutcome,
    RestoreProgress, RestoreSession, RestoredKind, RestoredRecord, backup_facts, backup_message,
    keep_backup_message, new_backup_code,
};
#[cfg(feature = "vault")]
pub use contents::{
    Contents, CredentialDetails, CredentialState, CredentialSummary, DocumentSummary, History,
    ImportedCredential, IssuerStanding, KeyPlace, RescueReport, ShownBefore, ShownCredential,
    VaultReport, WaitingKey,
};
#[cfg(feature = "vault")]
pub use documents::{DocumentReader, DocumentWriter, NewDocument};
#[cfg(feature = "vault")]
pub use folder::{ShownWallet, place_for_wallet, shown_wallets, unlock_hidden_wallet};
#[cfg(feature = "vault")]
pub use guardians::{
    CardsCollected, GuardianCard, collect_cards, guardian_card_png, guardian_card_svg,
};
#[cfg(feature = "vault")]
pub use hardware::{HardwareAnswer, HardwareKey, SigningTask};
#[cfg(feature = "vault")]
pub use notes::{FoundContact, FoundNote, FoundSource, Position, Search, SearchResult};
#[cfg(feature = "vault")]
pub use presentation::{
    Beyond, Candidate, ChosenCredential, ClaimOption, Consent, Mismatch, NearMiss, Occasion,
    PresentationSession, QueryOptions, VerifierStanding,
};
#[cfg(feature = "vault")]
pub use types::RecordId;
#[cfg(feature = "vault")]
pub use wallet::{NewWallet, Wallet, WalletState, create_wallet};
#[cfg(feature = "vault")]
pub use ways::{KdfCost, NewWay, Unlock};

uniffi::setup_scaffolding!("nansen");

/// The operating system's random bytes.
pub(crate) fn rng() -> rand_core::UnwrapErr<getrandom::SysRng> {
    rand_core::UnwrapErr(getrandom::SysRng)
}
