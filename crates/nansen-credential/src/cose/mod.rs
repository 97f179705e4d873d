//! COSE (RFC 9052) as far as credentials need it: keys, Ed25519 and ECDSA with P-256, and
//! single-signer messages (`COSE_Sign1`) verified over the bytes received.

mod algorithm;
mod key;
mod platform;
mod sign1;

pub use algorithm::Algorithm;
pub use key::{PublicKey, SIGNATURE_BYTES, SecretKey, Signature, Signer};
pub use sign1::{Sign1, header, sign1, signature_input, with_signature};
