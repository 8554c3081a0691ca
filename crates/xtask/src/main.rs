//! The checks and the set-up of this workspace, for developers and for CI: `cargo xtask`.
//!
//! It needs what rustup brings and nothing else; what the tests need beside Rust is what
//! [`setup`] installs. It knows no crate of the workspace but by name, in [`crates`].

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

  test          set up, then run all checks: the test command of the README
  setup         install what the tests need beside Rust: browsers, Node, Python, curl, packages
  ci            format, tidy, licences, clippy, tests, doc tests, docs
  ci --fast     the same without the suites of foreign clients, and without docs
  tidy          floors, cycles, sizes, names and docs of the source files
  licences      licences and duplicate versions of the dependencies
  api           compares the public interface of each library with the recorded one
  api --write   records the public interface of each library
  publish       a dry run of publishing the library crates
  help          this text
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
        [] => Err(Failure::new(format!("a command is missing\n\n{USAGE}"))),
        other => Err(Failure::new(format!("there is no command `{}`\n\n{USAGE}", other.join(" ")))),
    }
}

/// Sets up and runs all checks. A set-up that fails ends it, since suites would fail for that alone.
fn test(root: &Root) -> Result {
    println!(
        "xtask: sets up what the tests need beside Rust, then runs: {}\n\
         xtask: about 15 minutes on two cores for a clean checkout, less once it was built",
        ci::names(Extent::Full).join(", ")
    );
    setup::run(root).map_err(|failure| {
        Failure::new(format!(
            "{failure}\nthe set-up failed, so nothing was tested; `cargo xtask ci --fast` runs the \
             checks that need none"
        ))
    })?;
    ci::run(root, Extent::Full)
}

#[cfg(test)]
mod tests {
    use super::run;

    #[test]
    fn an_unknown_command_fails_with_the_usage() {
        for words in [&["tidyy"][..], &[], &["ci", "--slow"]] {
            let failure = run(words).unwrap_err().to_string();
            assert!(failure.contains("usage: cargo xtask"), "{failure}");
        }
        assert!(run(&["help"]).is_ok());
    }
}
