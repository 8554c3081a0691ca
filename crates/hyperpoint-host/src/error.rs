//! Why a host does not serve: everything at once, for the one who starts it.

use std::error::Error;
use std::fmt;
use std::io;

/// Why a host does not serve.
///
/// Its `Debug` text is the report, since that is what a `main` that returns it prints.
pub struct HostError(Kind);

enum Kind {
    Startup(Vec<String>),
    Address(String, io::Error),
    Bind(String, io::Error),
    NoSocketGiven,
    Io(io::Error),
}

impl HostError {
    /// Every mistake that was found, a sentence each.
    pub(crate) fn startup(mistakes: Vec<String>) -> Self {
        Self(Kind::Startup(mistakes))
    }

    pub(crate) fn address(text: &str, error: io::Error) -> Self {
        Self(Kind::Address(text.to_owned(), error))
    }

    pub(crate) fn bind(address: &str, error: io::Error) -> Self {
        Self(Kind::Bind(address.to_owned(), error))
    }

    /// `systemd` was bound, and there is no socket of it.
    pub(crate) fn no_socket_given() -> Self {
        Self(Kind::NoSocketGiven)
    }

    pub(crate) fn io(error: io::Error) -> Self {
        Self(Kind::Io(error))
    }

    /// The mistakes in endpoints and configuration, a sentence each; empty for another error.
    #[must_use]
    pub fn mistakes(&self) -> &[String] {
        match &self.0 {
            Kind::Startup(mistakes) => mistakes,
            _ => &[],
        }
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Startup(mistakes) => {
                let plural = if mistakes.len() == 1 { "mistake" } else { "mistakes" };
                write!(f, "the host can't start: {} {plural}", mistakes.len())?;
                mistakes.iter().try_for_each(|mistake| write!(f, "\n  - {mistake}"))
            }
            Kind::Address(text, error)
                if error.kind() == io::ErrorKind::InvalidInput || text.contains('/') =>
            {
                write!(f, "`{text}` is no address; write one such as 127.0.0.1:8080")
            }
            Kind::Address(text, error) => {
                write!(
                    f,
                    "can't find the address of `{text}`: {error}; write one such as 127.0.0.1:8080"
                )
            }
            Kind::Bind(address, error) if error.kind() == io::ErrorKind::AddrInUse => write!(
                f,
                "can't listen on {address}: something listens there already; \
                 stop it, or bind another address (port 0 picks a free one)",
            ),
            Kind::Bind(address, error) => write!(f, "can't listen on {address}: {error}"),
            Kind::NoSocketGiven => f.write_str(
                "`systemd` is bound, and this process was given no socket: start it by a `.socket` \
                 unit, or bind an address such as 127.0.0.1:8080",
            ),
            Kind::Io(error) => write!(f, "the host stopped: {error}"),
        }
    }
}

impl fmt::Debug for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for HostError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Kind::Address(_, error) | Kind::Bind(_, error) | Kind::Io(error) => Some(error),
            Kind::Startup(_) | Kind::NoSocketGiven => None,
        }
    }
}
