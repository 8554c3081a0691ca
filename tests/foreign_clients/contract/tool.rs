//! Tools as processes: each runs to its end.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use crate::missing::missing;

/// Time limit of a tool on a busy machine.
const DEADLINE: Duration = Duration::from_mins(4);

/// What a tool printed, and whether it succeeded.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) is_success: bool,
    pub(super) text: String,
}

/// Returns the path of a file or folder of the repository.
pub(super) fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Returns a tool of npm.
pub(super) fn of_node(name: &str) -> PathBuf {
    in_repository("tests/node/node_modules/.bin").join(name)
}

/// Returns a tool of pip.
pub(super) fn of_python(name: &str) -> PathBuf {
    in_repository("target/python/bin").join(name)
}

/// Runs a tool to its end. None reports anything to its maker.
pub(super) async fn run(tool: &Path, arguments: &[&str]) -> Ended {
    let command = Command::new(tool)
        .args(arguments)
        .env("REDOCLY_TELEMETRY", "off")
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
        .env("DO_NOT_TRACK", "1")
        .env("NO_COLOR", "1")
        .env("PYTHONUNBUFFERED", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let ended = timeout(DEADLINE, command).await;
    let ended =
        ended.unwrap_or_else(|_| panic!("{} did not end within {DEADLINE:?}", tool.display()));
    let output = ended.unwrap_or_else(|error| missing(&tool.to_string_lossy(), error));
    let text = [output.stdout, output.stderr].concat();
    Ended { is_success: output.status.success(), text: String::from_utf8_lossy(&text).into_owned() }
}
