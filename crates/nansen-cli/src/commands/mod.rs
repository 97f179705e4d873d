//! One file for each group of commands.

pub(crate) mod backup;
pub(crate) mod decoy;
pub(crate) mod demo;
pub(crate) mod doc;
pub(crate) mod guardians;
pub(crate) mod issuer;
pub(crate) mod present;
pub(crate) mod qr;
mod report;
pub(crate) mod request;
pub(crate) mod trust;
pub(crate) mod vault;
pub(crate) mod verify;
