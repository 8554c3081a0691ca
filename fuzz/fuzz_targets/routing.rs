//! Fuzzes routing with libFuzzer, through the target that the test suite also runs.
#![no_main]

#[path = "../../tests/it/fuzzed/routing.rs"]
mod routing;

libfuzzer_sys::fuzz_target!(|data: &[u8]| routing::check(data));
