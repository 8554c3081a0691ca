//! Starts the process of a server, reads its resource usage from /proc, and stops it.

use std::error::Error;
use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use hyperpoint_bench::WORKER;

/// The maximum time from the announcement of an address until the server accepts connections.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// A running server. Dropping it kills the process.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    /// Starts the command on a free port, and waits until the server accepts connections. Returns
    /// an error if the server does not print its address.
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
            return Err(format!("{program} did not print its address").into());
        };
        let process = Self { child, address };
        process.wait_until_open()?;
        Ok(process)
    }

    /// Waits until the server accepts connections, because the address of nginx is announced before
    /// nginx listens.
    fn wait_until_open(&self) -> io::Result<()> {
        let deadline = Instant::now() + START_TIMEOUT;
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

    /// Returns the CPU time used so far, in nanoseconds. The CPU time of ended threads is not
    /// included.
    pub(crate) fn cpu_nanos(&self) -> Result<u64, Box<dyn Error>> {
        Ok(self.threads()?.iter().map(|(_, nanos)| nanos).sum())
    }

    /// Returns the CPU time that each worker thread has used so far, in nanoseconds, in a constant
    /// order. Returns an empty list if the server runs on its main thread.
    pub(crate) fn worker_nanos(&self) -> Result<Vec<u64>, Box<dyn Error>> {
        let workers = self.threads()?.into_iter().filter(|(name, _)| name == WORKER);
        Ok(workers.map(|(_, nanos)| nanos).collect())
    }

    /// Returns the name of each thread and the CPU time that it has used so far, in nanoseconds.
    fn threads(&self) -> Result<Vec<(String, u64)>, Box<dyn Error>> {
        let folders = fs::read_dir(format!("/proc/{}/task", self.child.id()))?;
        let mut folders: Vec<_> =
            folders.map(|folder| Ok(folder?.path())).collect::<io::Result<_>>()?;
        folders.sort_unstable();
        let thread = |folder: &PathBuf| {
            let name = fs::read_to_string(folder.join("comm"))?.trim_end().to_owned();
            let times = fs::read_to_string(folder.join("schedstat"))?;
            let nanos = times.split_whitespace().next().ok_or("no time in schedstat")?;
            Ok((name, nanos.parse()?))
        };
        folders.iter().map(thread).collect()
    }

    /// Returns the resident memory in bytes.
    pub(crate) fn resident_bytes(&self) -> Result<u64, Box<dyn Error>> {
        Ok(self.kilobytes("VmRSS:")? * 1024)
    }

    /// Returns the number of open file descriptors.
    pub(crate) fn open_files(&self) -> io::Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count())
    }

    /// Returns the peak of the resident memory since [`reset_peak`](Self::reset_peak), in MB.
    pub(crate) fn peak_megabytes(&self) -> Result<f64, Box<dyn Error>> {
        Ok(f64::from(u32::try_from(self.kilobytes("VmHWM:")?)?) / 1000.0)
    }

    /// Resets the recorded peak of the resident memory.
    pub(crate) fn reset_peak(&self) -> io::Result<()> {
        fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5")
    }

    /// Returns a field of `/proc/PID/status`, in kB.
    fn kilobytes(&self, field: &str) -> Result<u64, Box<dyn Error>> {
        kilobytes(&format!("/proc/{}/status", self.child.id()), field)
    }

    /// Stops the server with SIGTERM, and returns its exit status and its standard error output.
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

/// Returns a field of a file in /proc, in kB.
fn kilobytes(path: &str, field: &str) -> Result<u64, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(kilobytes.ok_or_else(|| format!("{field} is missing in {path}"))?.parse()?)
}

impl Drop for Process {
    fn drop(&mut self) {
        // After `end`, the process has exited and both calls do nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
