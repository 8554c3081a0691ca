//! Runs a test in its own process, so that only its memory is measured.

use std::env;
use std::process::Command;

const ALONE: &str = "HYPERPOINT_TEST_ALONE";

/// Returns whether this process runs only this test. If not, runs the test in another process, and
/// fails if that fails.
pub(crate) fn is_alone(test: &str) -> bool {
    if env::var_os(ALONE).is_some() {
        return true;
    }
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(ALONE, "yes");
    // Otherwise glibc has a heap for each thread, and which of them grows depends on chance.
    command.env("MALLOC_ARENA_MAX", "1");
    let output = command.output().unwrap();
    let (told, wrong) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{told}{wrong}");
    assert!(told.contains("1 passed"), "there is no test {test}: {told}");
    println!("{told}");
    false
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
