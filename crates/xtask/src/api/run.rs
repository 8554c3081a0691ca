//! Records the public interfaces, or compares them with the recorded ones.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use super::declarations::declarations;
use crate::crates::{Audience, CRATES};
use crate::failure::{Failure, Result};
use crate::finding::{Finding, report};
use crate::root::Root;
use crate::tidy::Sources;

/// Whether to compare the interfaces with the recorded ones, or to record them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Check,
    Write,
}

/// The name of the file with the recorded interface, in the folder of each library crate.
const FILE: &str = "public-api.txt";

/// Compares the interface of each library crate with the recorded one, or records it.
///
/// # Errors
///
/// Returns an error if an interface differs from the recorded one, if a file cannot be read or
/// written, or if rustfmt fails.
pub(crate) fn run(root: &Root, mode: Mode) -> Result {
    let (sources, _) = Sources::load(root)?;
    let mut findings = Vec::new();
    for entry in CRATES.iter().filter(|entry| entry.audience == Audience::Users) {
        let folder = format!("crates/{}", entry.name);
        let prefix = format!("{folder}/src/");
        let files = sources.iter().filter(|source| source.path().starts_with(&prefix));
        let text = format(&declarations(files))?;
        let path = format!("{folder}/{FILE}");
        match mode {
            Mode::Write => fs::write(root.join(&path), text)
                .map_err(|error| Failure::new(format!("{path} cannot be written: {error}")))?,
            Mode::Check => findings.extend(difference(&path, &root.read(&path)?, &text)),
        }
    }
    report("api", findings)
}

/// Finds the first line in which the interface differs from the recorded one, or returns `None` if
/// they are equal.
fn difference(path: &str, recorded: &str, found: &str) -> Option<Finding> {
    if recorded == found {
        return None;
    }
    let (mut old, mut new) = (recorded.lines(), found.lines());
    let mut line = 1;
    let (was, is) = loop {
        match (old.next(), new.next()) {
            (Some(was), Some(is)) if was == is => line += 1,
            (was, is) => break (was.unwrap_or_default(), is.unwrap_or_default()),
        }
    };
    let wrong = format!("the public interface has changed: `{was}` is now `{is}`");
    let fix = "if the change is intended, run `cargo xtask api --write` and commit the file";
    Some(Finding::new(path, line, wrong, fix))
}

/// Formats declarations with rustfmt.
fn format(text: &str) -> Result<String> {
    let failed = |error: std::io::Error| Failure::new(format!("rustfmt did not run: {error}"));
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--config", "max_width=100"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut input = rustfmt.stdin.take().ok_or_else(|| Failure::new("rustfmt has no input"))?;
    // On another thread: rustfmt may write output before it has read all input.
    let text = text.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = rustfmt.wait_with_output().map_err(failed)?;
    let written = writer.join().map_err(|_panic| Failure::new("rustfmt did not get its input"))?;
    written.map_err(failed)?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(Failure::new("rustfmt failed to format the public interface")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Mode, difference, run};
    use crate::root::Root;

    #[test]
    fn the_public_interface_is_as_recorded() {
        run(&Root::find().unwrap(), Mode::Check).unwrap();
    }

    #[test]
    fn a_difference_is_reported_with_its_line() {
        assert_eq!(difference("a.txt", "one\n", "one\n"), None);
        let finding = difference("a.txt", "one\ntwo\n", "one\nthree\n").unwrap().to_string();
        assert!(finding.starts_with("a.txt:2: "), "{finding}");
        assert!(finding.contains("`two` is now `three`"), "{finding}");
        assert!(difference("a.txt", "one\n", "one\ntwo\n").unwrap().wrong.contains("is now `two`"));
    }
}
