//! The checks and the set-up of this workspace, for developers and CI: `cargo xtask`.
//!
//! The program requires only a Rust toolchain and, for [`publish`], Git; [`setup`] installs the
//! other programs that the tests use. The program depends on no crate of the workspace; [`crates`]
//! lists the crates by name.

mod ci;
mod setup;

mod licences;
mod tidy;
mod api;
mod publish;

mod crates;
mod metadata;

mod command_line;
mod failure;
mod finding;
mod root;

use std::process::ExitCode;

use api::Mode;
use ci::Extent;
use failure::{Failure, Result};
use root::Root;

const USAGE: &str = "\
usage: cargo xtask <command>

  test          runs `setup`, then `ci`: the test command of the README
  setup         installs what the tests need besides Rust: browsers, Node, Python, curl, proxies,
                a NATS server, and packages of npm and pip
  ci            checks format, tidy, licences, public interface, clippy, tests, doc tests, docs and
                publishing
  ci --fast     as `ci`, without the suites of foreign clients, docs and publishing
  tidy          checks floors, cycles, sizes, names and docs of the source files
  licences      checks the licences, versions and number of the dependencies, and what the first
                command of the README compiles
  api           compares the public interface of each library with the recorded one
  api --write   records the public interface of each library
  publish       runs `cargo publish --dry-run` for the library crates
  help          prints this text
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result {
    match words {
        ["test"] => test(&Root::find()?),
        ["setup"] => setup::run(&Root::find()?),
        ["ci"] => ci::run(&Root::find()?, Extent::Full),
        ["ci", "--fast"] => ci::run(&Root::find()?, Extent::Fast),
        ["tidy"] => tidy::run(&Root::find()?),
        ["licences"] => licences::run(&Root::find()?),
        ["publish"] => publish::run(&Root::find()?),
        ["api"] => api::run(&Root::find()?, Mode::Check),
        ["api", "--write"] => api::run(&Root::find()?, Mode::Write),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        [] => Err(Failure::new(format!("missing command\n\n{USAGE}"))),
        other => Err(Failure::new(format!("unknown command `{}`\n\n{USAGE}", other.join(" ")))),
    }
}

/// Runs the set-up and then all checks. A failed set-up ends the run, since test suites that need
/// it would fail, too.
fn test(root: &Root) -> Result {
    println!(
        "xtask: installs what the tests need besides Rust, then runs: {}\n\
         xtask: this takes about 15 minutes on two cores for a clean checkout, less for a built one",
        ci::names(Extent::Full).join(", ")
    );
    setup::run(root).map_err(|failure| {
        Failure::new(format!(
            "{failure}\nthe set-up failed, and nothing was tested; `cargo xtask ci --fast` runs the \
             checks that need no set-up"
        ))
    })?;
    ci::run(root, Extent::Full)
}

#[cfg(test)]
mod tests {
    use super::run;

    #[test]
    fn an_unknown_command_is_an_error_with_the_usage() {
        for words in [&["tidyy"][..], &[], &["ci", "--slow"]] {
            let failure = run(words).unwrap_err().to_string();
            assert!(failure.contains("usage: cargo xtask"), "{failure}");
        }
        assert!(run(&["help"]).is_ok());
    }
}
