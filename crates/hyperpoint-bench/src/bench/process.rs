//! One server as a process: started, looked at, ended.

use std::error::Error;
use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// For a server that is slow under Valgrind.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that runs. It is ended when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    /// Starts the command, with a free port to bind, and waits until it listens.
    pub(crate) fn start(command: &[String]) -> Result<Self, Box<dyn Error>> {
        let (program, arguments) = command.split_first().ok_or("a server has no command")?;
        let mut child = Command::new(program)
            .args(arguments)
            .args(["--bind", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("failed to start {program}: {error}"))?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        let address = line.trim().strip_prefix("listening on http://");
        let parsed = address.and_then(|address| address.parse().ok());
        let Some(address) = parsed else {
            child.kill()?;
            child.wait()?;
            return Err(format!("{program} did not say where it listens").into());
        };
        let process = Self { child, address };
        process.wait_until_open()?;
        Ok(process)
    }

    /// nginx can only be announced before it listens.
    fn wait_until_open(&self) -> io::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while let Err(error) = TcpStream::connect(self.address) {
            if error.kind() != ErrorKind::ConnectionRefused || Instant::now() > deadline {
                return Err(error);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The processor time that it has used, in ticks of 10 ms.
    pub(crate) fn cpu_ticks(&self) -> Result<u64, Box<dyn Error>> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name in parentheses may hold anything; what is counted comes behind it.
        let (_, fields) = stat.rsplit_once(')').ok_or("no fields in /proc/PID/stat")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
        Ok(ticks.sum::<Result<u64, _>>()?)
    }

    /// The memory that it holds, in bytes.
    pub(crate) fn resident_bytes(&self) -> Result<u64, Box<dyn Error>> {
        Ok(self.kilobytes("VmRSS:")? * 1024)
    }

    /// How many files it has open.
    pub(crate) fn open_files(&self) -> io::Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count())
    }

    /// The most memory that it has held since [`forget_peak`](Self::forget_peak), in MB.
    pub(crate) fn peak_megabytes(&self) -> Result<f64, Box<dyn Error>> {
        Ok(f64::from(u32::try_from(self.kilobytes("VmHWM:")?)?) / 1000.0)
    }

    /// Begins to look for a peak anew.
    pub(crate) fn forget_peak(&self) -> io::Result<()> {
        fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5")
    }

    fn kilobytes(&self, field: &str) -> Result<u64, Box<dyn Error>> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kilobytes.ok_or("a field is missing in /proc/PID/status")?.parse()?)
    }

    /// Ends it, and gives what it wrote to its standard error.
    pub(crate) fn end(mut self) -> Result<(ExitStatus, String), Box<dyn Error>> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status()?;
        let mut text = String::new();
        if let Some(mut errors) = self.child.stderr.take() {
            errors.read_to_string(&mut text)?;
        }
        Ok((self.child.wait()?, text))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // After `end` both find nothing left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
