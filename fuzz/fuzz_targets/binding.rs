//! libFuzzer on the target that the test suite drives too.
#![no_main]

#[path = "../../tests/it/fuzzed/binding.rs"]
mod binding;

libfuzzer_sys::fuzz_target!(|data: &[u8]| binding::check(data));
