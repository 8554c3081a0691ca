//! Each error in the use of the framework has a case in `ui/`, named for it, with the output of
//! the compiler.

use std::process::Command;

/// The compiler version that produced the expected texts. Another version may produce other texts.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn each_compile_error_says_what_to_write() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().unwrap();
    let version = String::from_utf8_lossy(&version.stdout);
    let version = version.trim();
    assert!(
        version.starts_with(COMPILER),
        "the texts in `tests/ui` are of `{COMPILER}`, and this is {version}: \
         regenerate them with `TRYBUILD=overwrite`, read the diff, and change the version here",
    );
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
