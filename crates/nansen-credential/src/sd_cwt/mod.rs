//! SD-CWT with key binding: draft-ietf-spice-sd-cwt, profile pinned to -08.
//!
//! An issuer signs an [`Issuance`]. The holder keeps it as a [`Credential`], selects claims and
//! binds a presentation to a request. A verifier reads it as [`KeyBoundSdCwt`] (or, for a
//! printed copy, as [`SdCwt`]); [`crate::verify`] makes a verdict of it.

mod credential;
mod disclosure;
mod issue;
mod key_binding;
mod message;
mod reveal;

#[cfg(test)]
mod tests;

pub use credential::{Credential, Selection, encode_sd_cwt};
pub use disclosure::{
    Content, Digest, Disclosure, SALT_BYTES, digest, encode as encode_disclosure,
};
pub use issue::{Issuance, Redaction, protected_header};
pub use key_binding::{
    KeyBinding, KeyBindingValid, KeyBoundSdCwt, UnsignedPresentation,
    protected_header as key_binding_header,
};
pub use message::{IssuerSignatureValid, SdCwt, StatusReference, Terms};
pub use reveal::{DisclosuresMatched, REDACTED_ELEMENT, Revealed, reveal};
