//! The command line.

const USAGE: &str = "usage: chat [--bind ADDR] [--nats URL]

  --bind ADDR  where the first node listens: 127.0.0.1:8080 (the default, or what HYPERPOINT_BIND
               says); the second has the next port, or another free one for port 0
  --nats URL   a NATS server with JetStream, such as nats://127.0.0.1:4222; without it one is
               started for this run, with a store that goes with it";

/// The parsed command line.
pub(crate) struct CommandLine {
    /// The address of the first node.
    pub(crate) bind: String,
    /// The URL of a server that is already running.
    pub(crate) nats: Option<String>,
    /// The part of the chat to run, when the program starts itself.
    pub(crate) part: Option<String>,
}

impl CommandLine {
    /// Parses the arguments; the default address may come from the environment.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, &'static str> {
        let bind = std::env::var("HYPERPOINT_BIND");
        let bind = bind.unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
        let mut line = Self { bind, nats: None, part: None };
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or(USAGE)?;
            match name.as_str() {
                "--bind" => line.bind = value,
                "--nats" => line.nats = Some(value),
                "--part" => line.part = Some(value),
                _ => return Err(USAGE),
            }
        }
        Ok(line)
    }

    /// Returns the addresses of both nodes.
    pub(crate) fn addresses(&self) -> Result<[String; 2], &'static str> {
        let (host, port) = self.bind.rsplit_once(':').ok_or(USAGE)?;
        let next = match port.parse::<u16>() {
            Ok(0) => 0,
            Ok(port) => port.checked_add(1).ok_or(USAGE)?,
            Err(_) => return Err(USAGE),
        };
        Ok([self.bind.clone(), format!("{host}:{next}")])
    }
}
