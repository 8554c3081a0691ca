//! The events that a client received from a stream.

use schemars::JsonSchema;
use serde::Deserialize;

/// An event as the client reported it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
pub(super) struct Event {
    pub(super) name: Option<String>,
    pub(super) data: String,
    pub(super) id: Option<String>,
}

/// One line that the program of a client prints.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Version(String),
    Event(Event),
    Comment(String),
}

/// Everything that a client reported until `done`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Received {
    /// The client's version, or empty if the client does not report it.
    pub(super) version: String,
    pub(super) events: Vec<Event>,
    /// The comments, or empty if the client does not report them.
    pub(super) comments: Vec<String>,
}

impl Received {
    /// Parses the output of a program.
    pub(super) fn parse(printed: &str) -> Self {
        let mut got = Self::default();
        for line in printed.lines() {
            match serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")) {
                Line::Version(version) => got.version = version,
                Line::Event(event) => got.events.push(event),
                Line::Comment(text) => got.comments.push(text),
            }
        }
        got
    }
}
