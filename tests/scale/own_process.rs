//! A test in a process of its own, so that no memory but its own is counted.

use std::env;
use std::process::Command;

const ALONE: &str = "HYPERPOINT_TEST_ALONE";

/// Whether this process runs this test alone. Where it does not, it has another one do so, and
/// fails with it.
pub(crate) fn is_alone(test: &str) -> bool {
    if env::var_os(ALONE).is_some() {
        return true;
    }
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(ALONE, "yes");
    // Or glibc has a heap for each thread, and which of them grows is left to chance.
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
