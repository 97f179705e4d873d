//! Published test vectors, walked by folder. A file whose shape is not known fails the test.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of it is tests"
)]

mod cose;
mod dcql;
mod sd_cwt;
mod token_status_list;
mod wycheproof;

use nansen_tests::{base64url, folder, hex, json, public_key};
