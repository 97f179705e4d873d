//! One file for each group of commands.

pub(crate) mod backup;
pub(crate) mod batch;
pub(crate) mod decoy;
pub(crate) mod demo;
pub(crate) mod doc;
mod explain;
pub(crate) mod guardians;
pub(crate) mod issuer;
mod knowledge;
mod notes;
pub(crate) mod pack;
pub(crate) mod present;
pub(crate) mod qr;
pub(crate) mod receipt;
mod report;
pub(crate) mod request;
pub(crate) mod root;
pub(crate) mod trust;
pub(crate) mod vault;
pub(crate) mod verify;
