//! The command line.

const USAGE: &str = "usage: ticker [--bind ADDR] [--log FOLDER | --nats URL]   (or \
                     HYPERPOINT_BIND=ADDR; default 127.0.0.1:8080, in memory)";

/// The parsed command line.
pub(crate) struct CommandLine {
    pub(crate) address: String,
    pub(crate) kept: Kept,
}

/// Where the ticks are stored.
pub(crate) enum Kept {
    InMemory,
    Log(String),
    Nats(String),
}

impl CommandLine {
    /// Parses the arguments; the default address may come from the environment.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, &'static str> {
        let address = std::env::var("HYPERPOINT_BIND");
        let address = address.unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
        let mut line = Self { address, kept: Kept::InMemory };
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or(USAGE)?;
            match name.as_str() {
                "--bind" => line.address = value,
                "--log" => line.kept = Kept::Log(value),
                "--nats" => line.kept = Kept::Nats(value),
                _ => return Err(USAGE),
            }
        }
        Ok(line)
    }
}
