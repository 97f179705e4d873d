//! Trust lists: who may issue what, signed by a root, carried from phone to phone.
//!
//! - Who may sign lists: [`Root`], with thresholds and rotation.
//! - Who may issue what: [`TrustList`], in format 1 (below, one root key) or [format 2](format_2)
//!   (the quorum of a [`Root`], smaller, says more).
//! - Who may ask for what: [`VerifierList`].
//! - How old all this is: [`Freshness`].
//!
//! A trust list of format 1 is a tagged `COSE_Sign1` ([`crate::cose`]) in deterministic CBOR.
//!
//! | part | content |
//! |---|---|
//! | protected | `1` alg, `4` kid of the root ([`PublicKey::kid`](crate::cose::PublicKey::kid)), `16` typ = [`TRUST_LIST_TYPE`] |
//! | unprotected | empty: nothing in it would be authentic |
//! | payload | the list, a map |
//!
//! | list | type | content |
//! |---|---|---|
//! | 1 | unsigned | version of this format: 1 |
//! | 2 | text | id of the list, the same in all its versions |
//! | 3 | unsigned | version of the list; an older one is refused ([`TrustList::check_update`]) |
//! | 4 | integer | issued at, unix seconds |
//! | 5 | integer | next update, unix seconds, not before 4 |
//! | 6 | array | issuers, each with another URI |
//! | 7 | | reserved for the roots of the next version, their threshold and rotation |
//!
//! | issuer | type | content |
//! |---|---|---|
//! | 1 | text | URI, the `iss` of its credentials |
//! | 2 | map | BCP 47 tag to name, at least one |
//! | 3 | text | country, ISO 3166-1 alpha-3, or what ICAO 9303 uses for organisations (`UNO`) |
//! | 4 | array | keys |
//! | 5 | array of text | `vct` of the credential types it may issue; none when empty |
//! | 6 | array of text | beginnings of the URIs of its status lists, which an exchange can then leave out |
//!
//! | key | type | content |
//! |---|---|---|
//! | 1 | map | `COSE_Key` |
//! | 2 | integer | not before, unix seconds |
//! | 3 | integer | not after, unix seconds, not before 2 |
//! | 4 | integer | cut-off, optional: signatures made at or after it are not trusted |
//! | 5 | bytes | `kid`, when the issuer uses another than [`PublicKey::kid`](crate::cose::PublicKey::kid) |
//!
//! No `kid` appears twice in a list. Further labels are allowed in all three maps and ignored, so
//! that this reader survives additions; an addition that must not be ignored raises the format
//! version. A [`TrustList`] exists only once a root's signature was checked.
//!
//! # What a cut-off can and cannot do
//! Whether a key is trusted is decided for the time at which the credential says it was signed
//! (`iat`), so that credentials issued before a school closed stay good. Whoever has stolen a
//! key can write any `iat`: against theft, set the cut-off to the key's not-before, which ends
//! trust in everything it ever signed, and issue the honest credentials again.

mod anchor;
mod content;
pub mod format_2;
mod freshness;
mod list;
pub mod root;
mod update;
pub mod verifiers;

#[cfg(test)]
pub(crate) mod attacks;
#[cfg(test)]
mod tests;

pub use anchor::{Allowed, Anchor, Anchors, IssuerTrusted, TrustFailure, speaks_for};
pub use content::{Issuer, IssuerKey, Registration, TRUST_LIST_TYPE, TrustListContent};
pub use freshness::{Freshness, OverduePolicy};
pub use list::TrustList;
pub use root::{Quorum, ROOT_TYPE, Role, Root, RootContent};
pub use update::{Authority, Edition};
pub use verifiers::{
    Ask, Grant, Standing, VERIFIER_LIST_TYPE, Verifier, VerifierKey, VerifierList,
    VerifierListContent, standing,
};
