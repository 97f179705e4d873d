//! Credentials.
pub mod cbor;
pub mod cose;
mod error;
pub mod limits;

pub use error::{ClaimName, Error};
