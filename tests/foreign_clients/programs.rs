//! The programs of the clients: Node, Python and curl.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use crate::missing::missing;

/// Time for both waits between connections, and for the start of a program on a busy machine.
const DEADLINE: Duration = Duration::from_mins(1);

/// Returns the path of a folder of this package.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Returns the Python of the environment that the set-up creates.
pub(crate) fn python() -> PathBuf {
    folder("../target/python/bin/python")
}

/// Runs a program to its end and returns its output; its errors go to the terminal.
pub(crate) async fn run<A: AsRef<OsStr>>(program: &Path, arguments: &[A]) -> String {
    let output = output(program, arguments).await;
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    eprint!("{errors}");
    // A missing module means that the set-up did not run, or not since it changed.
    if errors.contains("ERR_MODULE_NOT_FOUND") || errors.contains("ModuleNotFoundError") {
        missing("a package", errors);
    }
    let (name, status) = (program.display(), output.status);
    assert!(status.success(), "{name}: {status}\n{errors}\n{printed}");
    printed
}

async fn output<A: AsRef<OsStr>>(program: &Path, arguments: &[A]) -> Output {
    let command =
        Command::new(program).args(arguments).stdin(Stdio::null()).kill_on_drop(true).output();
    let output = timeout(DEADLINE, command).await;
    let name = program.display();
    let output = output.unwrap_or_else(|_| panic!("{name} did not end within {DEADLINE:?}"));
    match output {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            missing(&program.to_string_lossy(), error)
        }
        output => output.unwrap(),
    }
}
