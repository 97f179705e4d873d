#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nansen_tests::fuzz::run("share_cards", data));
