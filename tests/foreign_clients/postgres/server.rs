//! A Postgres server with its own data, which listens on a socket in its folder.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, geteuid, kill_process};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::missing::missing;

const DEADLINE: Duration = Duration::from_mins(1);
/// The interval between checks of whether a server is ready.
const LOOK: Duration = Duration::from_millis(10);
/// The folder with a folder of programs for each version, in the packages of Debian.
const VERSIONS: &str = "/usr/lib/postgresql";
/// The superuser of each server.
const USER: &str = "hyperpoint";
const CREATE: [&str; 8] = [
    "--username",
    USER,
    "--auth=trust",
    "--encoding=UTF8",
    "--no-locale",
    "--no-sync",
    "--wal-segsize=1",
    "--pgdata",
];
const SETTINGS: [&str; 10] = [
    "-c",
    "listen_addresses=",
    // Enough for a server that is killed. Only a power failure could lose commits.
    "-c",
    "fsync=off",
    "-c",
    "shared_buffers=16MB",
    "-c",
    "max_connections=40",
    "-D",
    "data",
];

/// A running server. Dropping it stops the process and removes its data.
pub(super) struct Server {
    process: Child,
    /// Declared after the process, which writes to it, so that it is dropped later.
    folder: TempDir,
}

impl Server {
    /// Starts a server without tables.
    pub(super) async fn start() -> Self {
        let folder = TempDir::with_prefix("hyperpoint-postgres-").unwrap();
        if let Some((user, group)) = user() {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let mut create = command("initdb", folder.path());
        let created = create.args(CREATE).arg("data").output();
        let created = created.unwrap_or_else(|error| missing("initdb did not start", error));
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
        let process = launch(folder.path()).await;
        Self { process, folder }
    }

    /// Returns the folder of the socket.
    pub(super) fn socket(&self) -> &Path {
        self.folder.path()
    }

    /// Stops the server at once, as a crash would end it: the next one recovers its data from the
    /// write-ahead log.
    pub(super) fn kill(&mut self) {
        let process = self.process.id().try_into().unwrap();
        // `SIGKILL` would leave its shared memory behind.
        kill_process(Pid::from_raw(process).unwrap(), Signal::QUIT).unwrap();
        self.process.wait().unwrap();
    }

    /// Starts the server again after [`kill`](Self::kill), with the same data.
    pub(super) async fn revive(&mut self) {
        self.process = launch(self.folder.path()).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            self.kill();
        }
    }
}

/// Opens connections to the server with its socket in this folder. Each has this name in the list
/// of connections.
pub(super) async fn connect(socket: &Path, name: &str) -> PgPool {
    let options = options(socket).application_name(name);
    PgPoolOptions::new().max_connections(8).connect_with(options).await.unwrap()
}

fn options(socket: &Path) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass().socket(socket).username(USER).database("postgres")
}

/// Starts the process and waits until it serves.
async fn launch(folder: &Path) -> Child {
    let log = File::create(folder.join("log")).unwrap();
    let process = command("postgres", folder)
        .args(SETTINGS)
        .arg("-k")
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| missing("postgres did not start", error));
    let end = Instant::now() + DEADLINE;
    while let Err(error) = PgConnection::connect_with(&options(folder)).await {
        let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(Instant::now() < end, "postgres is not ready: {error}\n{}", log());
        sleep(LOOK).await;
    }
    process
}

/// Returns a command that runs a program of Postgres in this folder. The server refuses to run as
/// root.
fn command(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(program(name));
    command.current_dir(folder).env_remove("PGDATA");
    if let Some((user, group)) = user() {
        command.uid(user).gid(group);
    }
    command
}

/// Returns the path of a program: of the newest version that is installed as a package of Debian,
/// which is not on PATH, or its name.
fn program(name: &str) -> PathBuf {
    let versions = match fs::read_dir(VERSIONS) {
        Ok(versions) => versions.map(|version| version.unwrap().file_name()).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => panic!("{VERSIONS}: {error}"),
    };
    let number = |version: &OsString| version.to_str()?.parse::<u32>().ok();
    let newest =
        versions.into_iter().filter(|version| number(version).is_some()).max_by_key(number);
    match newest {
        Some(version) => Path::new(VERSIONS).join(version).join("bin").join(name),
        None => name.into(),
    }
}

/// Returns the ids of the user and the group that run the server, or `None` if they are those of this
/// process. The server refuses to run as root. The user is `postgres`, which the package creates, or
/// `nobody` if the server was installed without that user.
fn user() -> Option<(u32, u32)> {
    if !geteuid().is_root() {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let find = |name: &str| {
        let of_user = |line: &str| -> Option<(u32, u32)> {
            let fields: Vec<_> = line.split(':').collect();
            let is_meant = fields.first() == Some(&name);
            is_meant.then(|| Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?)))?
        };
        users.lines().find_map(of_user)
    };
    Some(find("postgres").or_else(|| find("nobody")).unwrap())
}
