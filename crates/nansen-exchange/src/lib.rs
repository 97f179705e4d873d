//! Two phones, no radio: what a verifier asks, what a holder answers, and the QR codes that
//! carry both.
//!
//! Everything here is pure: no files, no clock, no source of randomness of its own. Bytes and
//! texts come in, bytes, texts and pictures go out.
//!
//! - To turn a message into codes and codes into a message: [`qr`].
//! - What is refused, and at which size: [`limits`].

#![forbid(unsafe_code)]

mod error;
pub mod limits;
pub mod qr;

pub use error::Error;
