//! Nansen.
mod error;
pub mod trust_store;
pub mod verifier;

pub use error::Error;
pub use trust_store::TrustStore;
pub use verifier::{Session, Verifier};
