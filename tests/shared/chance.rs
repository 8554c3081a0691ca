//! Random choices of a test, and how to repeat them.

use std::env;

const SEED: &str = "HYPERPOINT_TEST_SEED";

/// Seeds the random choices of this thread with one number, which is printed if the test fails.
pub(crate) fn seeded() {
    let given = env::var(SEED).ok().map(|seed| seed.parse().unwrap());
    let seed = given.unwrap_or_else(|| fastrand::u64(..));
    println!("the same choices again: {SEED}={seed}");
    fastrand::seed(seed);
}
