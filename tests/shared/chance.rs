//! What a test leaves to chance, and how to have it again.

use std::env;

const SEED: &str = "HYPERPOINT_TEST_SEED";

/// Has what is left to chance in this thread follow from one number, which is told where the test
/// fails.
pub(crate) fn seeded() {
    let given = env::var(SEED).ok().map(|seed| seed.parse().unwrap());
    let seed = given.unwrap_or_else(|| fastrand::u64(..));
    println!("the same choices again: {SEED}={seed}");
    fastrand::seed(seed);
}
