//! Two phones, no radio: what a verifier asks, what a holder answers, and the QR codes that
//! carry both.
//!
//! Everything here is pure: no files, no clock, no source of randomness of its own. Bytes and
//! texts come in, bytes, texts and pictures go out.
//!
//! - To ask: a [`Query`], in a [`NewRequest`], signed into a [`Request`] and the
//!   [`VerifierSession`] that waits for its answer.
//! - To answer: [`Request::parse`], [`Request::check_time`], [`Query::evaluate`], [`seal()`].
//! - To turn a message into codes and codes into a message: [`qr`].
//! - What is refused, and at which size: [`limits`].

#![forbid(unsafe_code)]

pub mod compact;
mod error;
pub mod limits;
pub mod qr;
pub mod query;
pub mod request;
pub mod response;
pub mod seal;

pub use error::Error;
pub use query::Query;
pub use request::{HeldList, NewRequest, Request};
pub use seal::{VerifierSession, seal};
