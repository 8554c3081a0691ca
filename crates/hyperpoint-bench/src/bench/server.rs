//! Builds the compared servers, and defines the commands that start them.

use std::error::Error;
use std::process::Command;

/// The name of the base server. Ratios are relative to its values.
pub(crate) const BASE: &str = "raw hyper, timeouts";

/// The name of the base server without timeouts, which is measured to show the cost of the
/// timeouts.
pub(crate) const WITHOUT_TIMEOUTS: &str = "raw hyper";

/// The name of a server and the command that starts it.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) name: String,
    pub(crate) command: Vec<String>,
}

/// Builds the servers into the folder of the bench's executable, and adds the servers of the
/// command line. `others` contains the name and the command of each.
pub(crate) fn build(others: &[(String, String)]) -> Result<Vec<Server>, Box<dyn Error>> {
    cargo_build(&["--bins"])?;
    let mut servers = vec![
        own(BASE, "bench-raw-hyper", &["--timeouts"]),
        own(WITHOUT_TIMEOUTS, "bench-raw-hyper", &[]),
        own("axum", "bench-axum", &[]),
        own("hyperpoint", "bench-hyperpoint", &[]),
    ];
    servers.extend(others.iter().map(|(name, command)| Server {
        name: name.clone(),
        command: command.split_whitespace().map(str::to_owned).collect(),
    }));
    Ok(servers)
}

/// Returns the servers that support HTTP/2. They must have been built before.
pub(crate) fn with_http2() -> [Server; 3] {
    [
        own(BASE, "bench-raw-hyper", &["--timeouts", "--http2"]),
        own("axum", "bench-axum", &[]),
        own("hyperpoint", "bench-hyperpoint", &[]),
    ]
}

/// Builds the variant with metrics and spans. Returns raw hyper and Hyperpoint, the variant, and raw
/// hyper and Hyperpoint with one, two and four worker threads.
pub(crate) fn build_variants() -> Result<Vec<Server>, Box<dyn Error>> {
    let observed = "bench-hyperpoint-observed";
    cargo_build(&["--features", "observed", "--bin", observed])?;
    let (raw, hyperpoint) = ("bench-raw-hyper", "bench-hyperpoint");
    let mut servers = vec![
        own(BASE, raw, &["--timeouts"]),
        own("hyperpoint", hyperpoint, &[]),
        own("hyperpoint, metrics and spans", observed, &[]),
    ];
    for workers in ["1", "2", "4"] {
        let name = |name: &str| format!("{name}, workers: {workers}");
        servers.push(own(&name(BASE), raw, &["--timeouts", "--workers", workers]));
        servers.push(own(&name("hyperpoint"), hyperpoint, &["--workers", workers]));
    }
    Ok(servers)
}

/// Builds the servers with TLS, which are started with these arguments. axum is not among them,
/// because it has no built-in TLS.
pub(crate) fn build_tls(arguments: &[&str]) -> Result<[Server; 2], Box<dyn Error>> {
    let (raw, hyperpoint) = ("bench-raw-hyper-tls", "bench-hyperpoint-tls");
    cargo_build(&["--features", "tls", "--bin", raw, "--bin", hyperpoint])?;
    Ok([own(BASE, raw, arguments), own("hyperpoint", hyperpoint, arguments)])
}

/// Builds the server whose endpoints are tools.
pub(crate) fn build_mcp() -> Result<Server, Box<dyn Error>> {
    let program = "bench-hyperpoint-mcp";
    cargo_build(&["--features", "mcp", "--bin", program])?;
    Ok(own("hyperpoint", program, &[]))
}

fn cargo_build(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let status = Command::new(cargo)
        .args(["build", "--release", "--quiet", "--package", "hyperpoint-bench"])
        .args(arguments)
        .status()?;
    status.success().then_some(()).ok_or_else(|| "failed to build the servers".into())
}

/// Returns a server that is a program in the folder of the bench's executable. The path is built
/// from that folder, so that the program is found even after a build has replaced the running
/// executable.
pub(crate) fn own(name: &str, program: &str, arguments: &[&str]) -> Server {
    let this = std::env::current_exe().unwrap_or_default();
    let program = this.with_file_name(program).display().to_string();
    let arguments = arguments.iter().map(|&argument| argument.to_owned());
    Server { name: name.to_owned(), command: [program].into_iter().chain(arguments).collect() }
}
