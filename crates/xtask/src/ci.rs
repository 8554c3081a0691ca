//! The steps of CI, in order. Each step prints its name and its duration, and the first step that
//! fails ends the run.
//!
//! The steps `tests` and `doctests` enable the same features, so that cargo builds only once for
//! both. A feature of the test package enables the suites of foreign clients, which run together
//! with the other tests.

use std::time::Instant;

use crate::api::{self, Mode};
use crate::command_line::CommandLine;
use crate::failure::{Failure, Result};
use crate::root::Root;
use crate::{licences, publish, tidy};

/// Which steps of CI run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All steps.
    Full,
    /// All steps except docs and publish, without the suites of foreign clients.
    Fast,
}

/// Runs the steps of `extent`.
///
/// # Errors
///
/// Returns the failure of the first step that fails, with the command that runs this step alone.
pub(crate) fn run(root: &Root, extent: Extent) -> Result {
    let start = Instant::now();
    for step in steps(extent) {
        step.run(root)?;
    }
    println!("ci: all steps passed after {}", seconds(start));
    Ok(())
}

/// Returns the names of the steps of `extent`, in order.
pub(crate) fn names(extent: Extent) -> Vec<&'static str> {
    steps(extent).iter().map(|step| step.name).collect()
}

struct Step {
    name: &'static str,
    work: Work,
}

enum Work {
    Cargo(&'static str),
    Check(fn(&Root) -> Result),
}

fn steps(extent: Extent) -> Vec<Step> {
    let mut steps = vec![
        Step { name: "fmt", work: Work::Cargo("cargo fmt --all --check") },
        Step { name: "tidy", work: Work::Check(tidy::run) },
        Step { name: "licences", work: Work::Check(licences::run) },
        Step { name: "api", work: Work::Check(|root| api::run(root, Mode::Check)) },
        Step {
            name: "clippy",
            work: Work::Cargo(
                "cargo clippy --workspace --all-targets --all-features -- -D warnings",
            ),
        },
    ];
    let cargo = |name, line| Step { name, work: Work::Cargo(line) };
    // The previous step enables all features; this step enables none.
    steps.push(cargo(
        "clippy, without features",
        "cargo clippy -p hyperpoint -p hyperpoint-core -p hyperpoint-host --no-default-features -- -D warnings",
    ));
    match extent {
        Extent::Fast => steps.extend([
            cargo("tests", "cargo test --workspace --all-targets --no-fail-fast"),
            cargo("doctests", "cargo test --workspace --doc"),
        ]),
        Extent::Full => steps.extend([
            cargo(
                "tests, with the suites of foreign clients",
                "cargo test --workspace --all-targets --features hyperpoint-tests/foreign_clients,example-host/tls --no-fail-fast",
            ),
            cargo(
                "doctests",
                "cargo test --workspace --doc --features hyperpoint-tests/foreign_clients,example-host/tls",
            ),
            cargo("docs", "RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps"),
            Step { name: "publish", work: Work::Check(publish::run) },
        ]),
    }
    steps
}

impl Step {
    fn run(&self, root: &Root) -> Result {
        let Self { name, .. } = self;
        println!("ci: {name}: {}", self.line());
        let start = Instant::now();
        let result = match self.work {
            Work::Cargo(line) => CommandLine::new(line).run(root.path()),
            Work::Check(check) => check(root),
        };
        let time = seconds(start);
        result.map_err(|failure| {
            let line = self.line();
            Failure::new(format!(
                "{failure}\n{name} failed after {time}; to run it alone, type: {line}"
            ))
        })?;
        println!("ci: {name}: passed after {time}");
        Ok(())
    }

    /// Returns the command that runs this step alone.
    fn line(&self) -> String {
        match self.work {
            Work::Cargo(line) => line.into(),
            Work::Check(_) => format!("cargo xtask {}", self.name),
        }
    }
}

fn seconds(start: Instant) -> String {
    format!("{:.1} s", start.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::{Extent, Step, Work, steps};
    use crate::failure::Failure;
    use crate::root::Root;

    #[test]
    fn a_failure_shows_how_to_run_the_step_alone() {
        let step = Step { name: "tidy", work: Work::Check(|_| Err(Failure::new("one problem"))) };
        let failure = step.run(&Root::find().unwrap()).unwrap_err().to_string();
        assert!(failure.starts_with("one problem\ntidy failed after "), "{failure}");
        assert!(failure.ends_with("to run it alone, type: cargo xtask tidy"), "{failure}");
    }

    #[test]
    fn fast_excludes_docs_and_the_suites_of_foreign_clients() {
        let lines = |extent| -> Vec<String> { steps(extent).iter().map(Step::line).collect() };
        let is_full =
            |line: &String| line.contains("foreign_clients") || line.contains("cargo doc");
        assert_eq!(lines(Extent::Full).iter().filter(|line| is_full(line)).count(), 3);
        assert_eq!(lines(Extent::Fast).iter().filter(|line| is_full(line)).count(), 0);
    }
}
