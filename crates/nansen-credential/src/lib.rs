//! Credentials.
pub mod cbor;
pub mod claims;
pub mod cose;
mod error;
pub mod limits;
mod path;
pub mod sd_cwt;
pub mod status;
pub mod trust;

pub use error::{ClaimName, Error};
pub use path::{ClaimPath, PathElement};
