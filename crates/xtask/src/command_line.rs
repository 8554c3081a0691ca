//! Commands as text, so that the printed command is the command that runs.

use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::failure::{Failure, Result};

/// A command: words separated by blanks, after any number of environment variables as `NAME=value`.
/// No shell interprets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommandLine(String);

impl CommandLine {
    pub(crate) fn new(line: impl Into<String>) -> Self {
        Self(line.into())
    }

    /// Runs the command in `folder`. Its output goes to the terminal.
    ///
    /// # Errors
    ///
    /// Returns an error if the command does not start or does not succeed.
    pub(crate) fn run(&self, folder: &Path) -> Result {
        let status = self.command(folder)?.status().map_err(|error| self.not_started(&error))?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::new(format!("`{self}` ended with {status}")))
    }

    /// Runs the command in `folder`. Its standard output goes to the terminal. Its standard error
    /// is printed when the command has ended, and is returned with the failure if the command
    /// fails.
    pub(crate) fn run_noting_errors(
        &self,
        folder: &Path,
    ) -> std::result::Result<(), (Failure, String)> {
        let unknown = |failure| (failure, String::new());
        let mut command = self.command(folder).map_err(unknown)?;
        let child = command.stderr(Stdio::piped()).spawn();
        let output = child
            .and_then(std::process::Child::wait_with_output)
            .map_err(|error| unknown(self.not_started(&error)))?;
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        eprint!("{errors}");
        match output.status.success() {
            true => Ok(()),
            false => Err((Failure::new(format!("`{self}` ended with {}", output.status)), errors)),
        }
    }

    /// Runs the command in `folder`, and returns its standard output. Its standard error goes to
    /// the terminal.
    pub(crate) fn output(&self, folder: &Path) -> Result<String> {
        let output = self
            .command(folder)?
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| self.not_started(&error))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(Failure::new(format!("`{self}` ended with {}", output.status)))
    }

    /// Runs the command in the current folder, and returns whether it starts and succeeds. Its
    /// output is discarded.
    pub(crate) fn succeeds(&self) -> bool {
        self.command(Path::new(".")).is_ok_and(|mut command| {
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
        })
    }

    fn command(&self, folder: &Path) -> Result<Command> {
        let mut words = self.0.split_whitespace().peekable();
        let mut settings = Vec::new();
        while let Some(setting) = words.peek().and_then(|word| word.split_once('=')) {
            settings.push(setting);
            words.next();
        }
        let program = words.next().ok_or_else(|| Failure::new("an empty command cannot run"))?;
        let mut command = Command::new(program);
        command.args(words).envs(settings).current_dir(folder);
        Ok(command)
    }

    fn not_started(&self, error: &std::io::Error) -> Failure {
        Failure::new(format!("`{self}` did not start: {error}"))
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::CommandLine;

    #[test]
    fn leading_assignments_set_environment_variables() {
        let line = CommandLine::new("A=1 B=two cargo doc --config c=d");
        let command = line.command(Path::new(".")).unwrap();
        assert_eq!(command.get_program(), "cargo");
        assert_eq!(command.get_args().collect::<Vec<_>>(), ["doc", "--config", "c=d"]);
        assert_eq!(command.get_envs().count(), 2);
    }

    #[test]
    fn success_and_failure_are_distinguished() {
        assert!(CommandLine::new("cargo --version").succeeds());
        assert!(!CommandLine::new("cargo no-such-command").succeeds());
        assert!(!CommandLine::new("no-such-program").succeeds());
        assert!(!CommandLine::new("").succeeds());
        assert!(CommandLine::new("false").run(Path::new(".")).is_err());
        let failed = CommandLine::new("cargo no-such-command").run_noting_errors(Path::new("."));
        assert!(failed.is_err_and(|(_, errors)| errors.contains("no-such-command")));
        assert!(CommandLine::new("true").run_noting_errors(Path::new(".")).is_ok());
        let version = CommandLine::new("cargo --version").output(Path::new(".")).unwrap();
        assert!(version.starts_with("cargo "), "{version}");
    }
}
