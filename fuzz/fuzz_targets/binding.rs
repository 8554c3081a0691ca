//! Fuzzes request binding with libFuzzer, through the target that the test suite also runs.
#![no_main]

#[path = "../../tests/it/fuzzed/binding.rs"]
mod binding;

libfuzzer_sys::fuzz_target!(|data: &[u8]| binding::check(data));
