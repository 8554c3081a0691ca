//! The findings of a check: the file and line, what is wrong, and what to do.

use std::fmt;

use crate::failure::{Failure, Result};

/// One finding, printed as `path:line: what is wrong; what to do`. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) wrong: String,
    pub(crate) fix: String,
}

impl Finding {
    pub(crate) fn new(
        path: impl Into<String>,
        line: usize,
        wrong: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { path: path.into(), line, wrong: wrong.into(), fix: fix.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, wrong, fix } = self;
        write!(formatter, "{path}:{line}: {wrong}; {fix}")
    }
}

/// Prints all findings, sorted by file and line.
///
/// # Errors
///
/// Returns an error that names `check` if there is a finding.
pub(crate) fn report(check: &str, mut findings: Vec<Finding>) -> Result {
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => Err(Failure::new(format!("{check} found one problem"))),
        count => Err(Failure::new(format!("{check} found {count} problems"))),
    }
}

/// Returns the number of the first line of `text` that starts with `start`, or 1 if there is none.
/// Used to locate findings in manifests and lock files.
pub(crate) fn line_starting_with(text: &str, start: &str) -> usize {
    text.lines().position(|line| line.starts_with(start)).map_or(1, |before| before + 1)
}

#[cfg(test)]
mod tests {
    use super::{Finding, line_starting_with, report};

    #[test]
    fn a_finding_prints_its_line_the_problem_and_the_fix() {
        let finding = Finding::new("src/a.rs", 3, "too long", "split it");
        assert_eq!(finding.to_string(), "src/a.rs:3: too long; split it");
        assert!(report("tidy", vec![finding]).is_err());
        assert_eq!(report("tidy", Vec::new()), Ok(()));
    }

    #[test]
    fn lines_count_from_one() {
        assert_eq!(line_starting_with("[package]\nname = 1\n", "name"), 2);
        assert_eq!(line_starting_with("[package]\n", "name"), 1);
    }
}
