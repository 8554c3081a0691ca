//! What a client saw in each of its cases.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::server::Server;
use crate::programs::{folder, python, run};

/// One line of a program.
#[derive(Debug, Deserialize)]
struct Case {
    case: String,
    saw: Value,
}

/// Runs a program of `tests/python` against a server of its own, and compares what it saw.
pub(super) async fn check_python(script: &str, expected: &Value) {
    check(&python(), folder("python").join(script), expected).await;
}

/// Runs a program of `tests/node/sdks` against a server of its own, and compares what it saw.
pub(super) async fn check_node(script: &str, expected: &Value) {
    check(Path::new("node"), folder("node/sdks").join(script), expected).await;
}

/// `expected` is an object with a field for each case, in their order.
async fn check(program: &Path, script: PathBuf, expected: &Value) {
    let server = Server::start().await;
    let arguments = [OsString::from(script), server.url.as_str().into()];
    let printed = run(program, &arguments).await;
    let cases: Vec<Case> =
        printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected = expected.as_object().unwrap();
    let differs = |case: &&Case| expected.get(&case.case) != Some(&case.saw);
    let differing: Vec<_> = cases.iter().filter(differs).collect();
    assert!(differing.is_empty(), "{differing:#?}");
    // None is missing, and none ran twice.
    assert_eq!(cases.len(), expected.len());
}
