//! What a client saw in each of its cases.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::programs::{folder, python, run};

/// One line of a program.
#[derive(Debug, Deserialize)]
struct Case {
    case: String,
    saw: Value,
}

/// Runs a program of `tests/python` against a server, and compares what it saw. `expected` is an object
/// with a field for each case.
pub(crate) async fn check_python(script: &str, url: &str, expected: &Value) {
    check(&python(), folder("python").join(script), url, expected).await;
}

/// Runs a program of `tests/node/sdks` against a server, and compares what it saw.
pub(crate) async fn check_node(script: &str, url: &str, expected: &Value) {
    check(Path::new("node"), folder("node/sdks").join(script), url, expected).await;
}

async fn check(program: &Path, script: PathBuf, url: &str, expected: &Value) {
    let arguments = [OsString::from(script), url.into()];
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
