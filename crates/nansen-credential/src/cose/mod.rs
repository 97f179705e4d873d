//! COSE (RFC 9052) as far as credentials need it: keys, Ed25519 and ECDSA with P-256, and
//! messages of one signer (`COSE_Sign1`) and of several (`COSE_Sign`) verified over the bytes received.

mod algorithm;
mod key;
mod platform;
mod sign;
mod sign1;

pub use algorithm::Algorithm;
pub use key::{PublicKey, SIGNATURE_BYTES, SecretKey, Signature, Signer};
pub use sign::MultiSigned;
pub use sign1::{Sign1, header, sign1, signature_input, with_signature};
