//! The nansen program.
fn main() {}
