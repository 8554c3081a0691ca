//! The servers that are compared.

use std::error::Error;
use std::path::PathBuf;
use std::process::Command;

/// The server that ratios are told to.
pub(crate) const BASE: &str = "raw hyper, clocks";

/// The same without the clocks, for what they cost.
pub(crate) const WITHOUT_CLOCKS: &str = "raw hyper";

/// A server by its name, and the command that starts it.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) name: String,
    pub(crate) command: Vec<String>,
    /// Whether it takes `--tls CERTIFICATE KEY`.
    pub(crate) has_tls: bool,
}

/// Builds the servers, beside the bench itself, and adds those of the command line.
pub(crate) fn build(others: &[(String, String)]) -> Result<Vec<Server>, Box<dyn Error>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let status = Command::new(cargo)
        .args(["build", "--release", "--quiet", "--package", "hyperpoint-bench", "--bins"])
        .status()?;
    if !status.success() {
        return Err("failed to build the servers".into());
    }
    let folder = std::env::current_exe()?.parent().map(PathBuf::from).unwrap_or_default();
    let own = |name: &str, program: &str, arguments: &[&str]| {
        let program = folder.join(program).display().to_string();
        let arguments = arguments.iter().map(|&argument| argument.to_owned());
        let command = [program].into_iter().chain(arguments).collect();
        let has_tls = [BASE, "hyperpoint"].contains(&name);
        Server { name: name.to_owned(), command, has_tls }
    };
    let mut servers = vec![
        own(BASE, "bench-raw-hyper", &["--clocks"]),
        own(WITHOUT_CLOCKS, "bench-raw-hyper", &[]),
        own("axum", "bench-axum", &[]),
        own("hyperpoint", "bench-hyperpoint", &[]),
    ];
    servers.extend(others.iter().map(|(name, command)| Server {
        name: name.clone(),
        command: command.split_whitespace().map(str::to_owned).collect(),
        has_tls: false,
    }));
    Ok(servers)
}
