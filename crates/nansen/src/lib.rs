//! Nansen: keep credentials and documents in an encrypted vault, show chosen claims by QR,
//! check them with what a phone carries. No network, no account, no clock of its own.
//!
//! - A holder's app: [`Wallet`]. `import` what an issuer gave, `list` it, read a request with
//!   `consent`, `answer` it; where the phone's hardware has the device key, `prepare` and
//!   `complete` instead.
//! - A verifier's app: [`Verifier`] and its [`Session`], over a [`TrustStore`]; many at once and
//!   field work: [`field`]; what is kept for the file: [`receipt`].
//! - Against the loss of a phone: [`backup`], [`guardians`].
//! - An issuer's desk: [`credential::sd_cwt::Issuance`], [`credential::trust`] and
//!   [`credential::status`].
//! - Codes and pictures: [`exchange::qr`].
//!
//! Time is an argument (`now`, unix seconds), and so is randomness: pass
//! `rand_core::UnwrapErr(getrandom::SysRng)`.
//!
//! Without the feature `vault`, only the verifier's side is built, and neither SQLite nor Argon2
//! is linked.

mod error;
pub mod field;
pub mod receipt;
pub mod trust_store;
pub mod verifier;

#[cfg(feature = "vault")]
pub mod auto_lock;
#[cfg(feature = "vault")]
pub mod backup;
#[cfg(feature = "vault")]
pub mod consent;
#[cfg(feature = "vault")]
pub mod device_key;
#[cfg(feature = "vault")]
pub mod folder;
#[cfg(feature = "vault")]
pub mod guardians;
#[cfg(feature = "vault")]
pub mod held;
#[cfg(feature = "vault")]
pub mod history;
#[cfg(feature = "vault")]
pub mod import;
#[cfg(feature = "vault")]
pub mod prepare;
#[cfg(feature = "vault")]
pub mod present;
#[cfg(feature = "vault")]
pub mod profile;
#[cfg(feature = "vault")]
mod trusted;
#[cfg(feature = "vault")]
pub mod wallet;

pub use error::Error;
pub use trust_store::TrustStore;
pub use verifier::{Session, Verifier};
#[cfg(feature = "vault")]
pub use wallet::{LockedWallet, Wallet};

/// Credentials: what an issuer signs and a verifier checks.
pub use nansen_credential as credential;
/// What two phones say to each other.
pub use nansen_exchange as exchange;
/// The bytes that stay.
#[cfg(feature = "vault")]
pub use nansen_vault as vault;

/// Kinds of records in a wallet's vault.
#[cfg(feature = "vault")]
mod kind {
    pub(crate) const AUTO_LOCK: &str = "auto-lock";
    pub(crate) const CREDENTIAL: &str = "credential";
    pub(crate) const DEVICE_KEY: &str = "device-key";
    pub(crate) const DOCUMENT: &str = "document";
    pub(crate) const HISTORY: &str = "history";
    pub(crate) const PACK: &str = "pack";
    pub(crate) const STATUS_LIST: &str = "status-list";
    pub(crate) const TRUST: &str = "trust";
    pub(crate) const TRUST_LIST: &str = "trust-list";
    pub(crate) const VERIFIER_LIST: &str = "verifier-list";
}

/// The code of the README, which must stay true.
#[cfg(all(doctest, feature = "vault"))]
#[doc = include_str!("../../../README.md")]
struct Readme;
