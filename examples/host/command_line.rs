//! What the program is asked for.

const USAGE: &str = "usage: host [--bind ADDR] [--tls] [--routes]

  --bind ADDR  where to listen: 127.0.0.1:8080 (the default, or what HYPERPOINT_BIND says),
               unix:/path, or systemd
  --tls        HTTPS, and so HTTP/2 in browsers, with a certificate made for this run
  --routes     lists the routes and who may use them, and listens nowhere";

/// What the program is asked for.
pub(crate) struct CommandLine {
    /// Where to listen.
    pub bind: String,
    /// Whether to speak TLS.
    pub tls: bool,
    /// Whether only to list the routes.
    pub routes: bool,
}

impl CommandLine {
    /// Reads the arguments behind the name of the program.
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
