//! The command line.

const USAGE: &str = "usage: host [--bind ADDR] [--tls] [--routes]

  --bind ADDR  where to listen: 127.0.0.1:8080 (the default, or what HYPERPOINT_BIND says),
               unix:/path, or systemd
  --tls        HTTPS, and so HTTP/2 in browsers, with a certificate made for this run; type
               cargo run --example host --features example-host/tls -- --tls
  --routes     lists the routes and who may use them, and listens nowhere";

/// The parsed command line.
pub(crate) struct CommandLine {
    /// The address to listen on.
    pub bind: String,
    /// Whether to use TLS.
    pub tls: bool,
    /// Whether to only list the routes.
    pub routes: bool,
}

impl CommandLine {
    /// Parses the arguments after the program name.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, &'static str> {
        let bind = std::env::var("HYPERPOINT_BIND");
        let bind = bind.unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
        let mut asked = Self { bind, tls: false, routes: false };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--bind" => asked.bind = arguments.next().ok_or(USAGE)?,
                "--tls" => asked.tls = true,
                "--routes" => asked.routes = true,
                _ => return Err(USAGE),
            }
        }
        Ok(asked)
    }
}
