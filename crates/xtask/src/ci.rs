//! The steps of CI, in order: each prints its name and time, and the first that fails ends it.
//!
//! The `tests` and `doctests` steps ask for the same features, so that cargo builds once for both;
//! the suites outside Rust are a feature of the tests' package and run with all others.

use std::time::Instant;

use crate::api::{self, Mode};
use crate::command_line::CommandLine;
use crate::failure::{Failure, Result};
use crate::root::Root;
use crate::{licences, publish, tidy};

/// How much of CI runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Full,
    /// Without the suites of foreign clients, and without docs.
    Fast,
}

/// Runs the steps of `extent`.
pub(crate) fn run(root: &Root, extent: Extent) -> Result {
    let start = Instant::now();
    for step in steps(extent) {
        step.run(root)?;
    }
    println!("ci: all is well after {}", seconds(start));
    Ok(())
}

/// The names of the steps of `extent`, in order.
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
    match extent {
        Extent::Fast => steps.extend([
            cargo("tests", "cargo test --workspace --all-targets --no-fail-fast"),
            cargo("doctests", "cargo test --workspace --doc"),
        ]),
        Extent::Full => steps.extend([
            cargo(
                "tests, with those outside Rust",
                "cargo test --workspace --all-targets --features hyperpoint-tests/outside --no-fail-fast",
            ),
            cargo(
                "doctests",
                "cargo test --workspace --doc --features hyperpoint-tests/outside",
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
                "{failure}\n{name} failed after {time}; to repeat it alone: {line}"
            ))
        })?;
        println!("ci: {name}: well after {time}");
        Ok(())
    }

    /// What to type to run this step alone.
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
    fn a_failure_says_how_to_repeat_the_step() {
        let step = Step { name: "tidy", work: Work::Check(|_| Err(Failure::new("one mistake"))) };
        let failure = step.run(&Root::find().unwrap()).unwrap_err().to_string();
        assert!(failure.starts_with("one mistake\ntidy failed after "), "{failure}");
        assert!(failure.ends_with("to repeat it alone: cargo xtask tidy"), "{failure}");
    }

    #[test]
    fn fast_leaves_out_what_is_outside_rust_and_docs() {
        let lines = |extent| -> Vec<String> { steps(extent).iter().map(Step::line).collect() };
        let outside = |line: &String| line.contains("outside") || line.contains("cargo doc");
        assert_eq!(lines(Extent::Full).iter().filter(|line| outside(line)).count(), 3);
        assert_eq!(lines(Extent::Fast).iter().filter(|line| outside(line)).count(), 0);
    }
}
