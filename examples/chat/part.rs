//! A part of the chat: this program once more, as a process of its own.

use std::process::{ExitStatus, Stdio};
use std::{env, io};

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::failure::Failure;

/// A part of the chat, as the process that it is.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    /// What it said when it was ready.
    pub(crate) said: String,
    process: Child,
    /// Its end is what stops the part, also when we are killed.
    input: Option<ChildStdin>,
    /// Kept, for a program that prints into a closed pipe fails.
    _output: Lines<BufReader<ChildStdout>>,
}

impl Part {
    /// What starts the program as the part of this name.
    pub(crate) fn command(name: &str) -> io::Result<Command> {
        let mut command = Command::new(env::current_exe()?);
        command.args(["--part", name]);
        Ok(command)
    }

    /// Starts it, and waits until it is ready.
    pub(crate) async fn start(name: &'static str, mut command: Command) -> Result<Self, Failure> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        // Taken out, for to wait for a process closes what it still has.
        let input = process.stdin.take();
        let output = process.stdout.take().ok_or("a part has no output")?;
        let mut output = BufReader::new(output).lines();
        // One that ends without a word here has told why, among the errors.
        let said = output.next_line().await?.ok_or_else(|| format!("{name} did not start"))?;
        Ok(Self { name, said, process, input, _output: output })
    }

    /// Asks it to stop.
    pub(crate) fn release(&mut self) {
        self.input = None;
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.process.wait().await
    }
}
