//! Credentials.
pub mod cbor;
pub mod cose;
mod error;
pub mod limits;
mod path;

pub use error::{ClaimName, Error};
pub use path::{ClaimPath, PathElement};
