//! Each mistake that users make has a case in `ui/`, named for it, with what the compiler says.

use std::process::Command;

/// The texts are of this compiler; on another one they must be looked at anew.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn each_mistake_is_told_by_what_to_write() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().unwrap();
    let version = String::from_utf8_lossy(&version.stdout);
    let version = version.trim();
    assert!(
        version.starts_with(COMPILER),
        "the texts in `tests/ui` are those of `{COMPILER}`, and this is {version}: \
         make them anew with `TRYBUILD=overwrite`, read the difference, and change the version here",
    );
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
