//! A proxy as a process, with a configuration of the guide.

use std::fs::write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::missing::missing;

const START: Duration = Duration::from_secs(10);

/// A configuration of the guide, and the command that starts its program.
#[derive(Clone, Copy)]
pub(super) struct Recipe {
    pub(super) program: &'static str,
    /// The file, in `docs/guide/proxies`.
    pub(super) config: &'static str,
    /// Replacements for the test: `PORT` of the proxy, `HOST` with its port, and `FOLDER` of the
    /// test. Each is in the file.
    pub(super) changes: &'static [(&'static str, &'static str)],
    /// The command line of the program, with the same words replaced.
    pub(super) arguments: &'static [&'static str],
}

/// A running proxy. Dropping it kills the process.
pub(super) struct Proxy {
    process: Child,
    folder: TempDir,
    pub(super) port: u16,
}

impl Proxy {
    /// Starts the proxy in front of this host.
    pub(super) async fn start(recipe: Recipe, host: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let replace = |text: &str| {
            let text = text.replace("FOLDER", folder.path().to_str().unwrap());
            text.replace("PORT", &port.to_string()).replace("HOST", &host.to_string())
        };
        let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/proxies");
        let mut config = std::fs::read_to_string(guide.join(recipe.config)).unwrap();
        for (from, to) in recipe.changes {
            assert!(config.contains(from), "`{from}` is not in {}", recipe.config);
            config = config.replace(from, &replace(to));
        }
        let path = folder.path().join(recipe.config);
        write(&path, config).unwrap();
        write_certificate(folder.path());
        let arguments = recipe.arguments.iter().map(|argument| replace(argument));
        let process = Command::new(recipe.program)
            .args(arguments)
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            // Caddy logs every step.
            .stderr(if recipe.program == "caddy" { Stdio::null() } else { Stdio::inherit() })
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| missing(recipe.program, error));
        let mut proxy = Self { process, folder, port };
        proxy.until_it_listens(recipe.program).await;
        proxy
    }

    async fn until_it_listens(&mut self, program: &str) {
        let listening = async {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.is_err() {
                let ended = self.process.try_wait().unwrap();
                assert!(ended.is_none(), "{program} ended with {ended:?}; its text is above");
                sleep(Duration::from_millis(20)).await;
            }
        };
        let listens = timeout(START, listening).await;
        assert!(listens.is_ok(), "{program} does not listen, in {}", self.folder.path().display());
    }
}

/// Returns a port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Writes an untrusted certificate: chain and key separately, and in one file.
fn write_certificate(folder: &Path) {
    let names = ["app.example".to_owned()];
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
    let (chain, key) = (cert.pem(), signing_key.serialize_pem());
    write(folder.join("app.pem"), &chain).unwrap();
    write(folder.join("app.key"), &key).unwrap();
    write(folder.join("both.pem"), chain + &key).unwrap();
}
