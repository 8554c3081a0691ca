//! A part of the chat: this program again, as a separate process.

use std::process::{ExitStatus, Stdio};
use std::{env, io};

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::failure::Failure;

/// The process of a part of the chat.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    /// The line that the process printed when it was ready.
    pub(crate) first_line: String,
    process: Child,
    /// Its end stops the process, also if this program is killed.
    input: Option<ChildStdin>,
    /// Kept open, because a program that prints into a closed pipe fails.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Part {
    /// Returns the command that starts the program as this part.
    pub(crate) fn command(name: &str) -> io::Result<Command> {
        let mut command = Command::new(env::current_exe()?);
        command.args(["--part", name]);
        Ok(command)
    }

    /// Starts the process, and waits until it is ready.
    pub(crate) async fn start(name: &'static str, mut command: Command) -> Result<Self, Failure> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        // Taken out, because waiting for a process closes its pipes.
        let input = process.stdin.take();
        let output = process.stdout.take().ok_or("a part has no output")?;
        let mut output = BufReader::new(output).lines();
        // A process that ends here without output has printed the reason to standard error.
        let first_line =
            output.next_line().await?.ok_or_else(|| format!("{name} did not start"))?;
        Ok(Self { name, first_line, process, input, _output: output })
    }

    /// Asks the process to stop.
    pub(crate) fn release(&mut self) {
        self.input = None;
    }

    /// Waits for the end of the process.
    pub(crate) async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.process.wait().await
    }
}
