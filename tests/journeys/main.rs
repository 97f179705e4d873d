//! Journeys through the whole library, without a vault's file where none is needed.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of it is tests"
)]

mod field;
mod full_disk;
mod hardware;
mod kill;
mod refusals;
mod story;
mod survive;
mod trust;
mod vouched;
mod wallet;
