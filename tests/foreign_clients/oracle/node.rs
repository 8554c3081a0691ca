//! Node, which runs the parser over many streams at once.

use std::fmt::Write as _;
use std::io::{Seek, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::json;

use crate::missing::missing;

/// What the parser read from one stream.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Reading {
    pub(super) events: Vec<Event>,
    pub(super) comments: Vec<String>,
    pub(super) retries_ms: Vec<u64>,
    pub(super) errors: Vec<String>,
}

/// One event, as the parser reported it.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Event {
    pub(super) name: Option<String>,
    pub(super) id: Option<String>,
    pub(super) data: String,
}

/// Feeds each stream to a separate parser, in chunks of this many bytes.
pub(super) fn parse(streams: &[(&[u8], usize)]) -> Vec<Reading> {
    let folder = folder();
    let mut input = tempfile::tempfile().unwrap();
    for (bytes, chunk_bytes) in streams {
        let stream = json!({ "bytes": hexadecimal(bytes), "chunk_bytes": chunk_bytes });
        writeln!(input, "{stream}").unwrap();
    }
    input.rewind().unwrap();
    let output = Command::new("node")
        .arg(folder.join("parse.mjs"))
        .stdin(input)
        .stderr(Stdio::inherit())
        .output()
        .unwrap_or_else(|error| missing("node did not start", error));
    assert!(output.status.success(), "node ended with {}", output.status);
    let output = String::from_utf8(output.stdout).unwrap();
    let readings = output.lines();
    readings.map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("node");
    let package = folder.join("node_modules/eventsource-parser");
    if !package.is_dir() {
        missing("eventsource-parser", format_args!("there is no {}", package.display()));
    }
    folder
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
