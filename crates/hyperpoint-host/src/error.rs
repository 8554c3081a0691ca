//! The error of a host that cannot be built, started or run.

use std::error::Error;
use std::fmt;
use std::io;

/// The error of a host that cannot be built, started or run.
///
/// Its `Debug` output is the same readable report as its `Display` output, because Rust prints the
/// `Debug` output of an error that `main` returns.
///
/// # Examples
///
/// ```
/// use hyperpoint::Host;
///
/// let error = Host::empty().build().unwrap_err();
/// assert_eq!(error.config_errors().len(), 1);
/// println!("{error}");
/// ```
pub struct HostError(Kind);

/// The cause of the error.
enum Kind {
    Startup(Vec<String>),
    Address(String, io::Error),
    Bind(String, io::Error),
    NoSocketGiven,
    Io(io::Error),
}

impl HostError {
    /// Creates the error for these configuration errors, one message each.
    pub(crate) fn startup(errors: Vec<String>) -> Self {
        Self(Kind::Startup(errors))
    }

    pub(crate) fn address(text: &str, error: io::Error) -> Self {
        Self(Kind::Address(text.to_owned(), error))
    }

    pub(crate) fn bind(address: &str, error: io::Error) -> Self {
        Self(Kind::Bind(address.to_owned(), error))
    }

    /// Creates the error of a host bound to `systemd` whose process received no socket.
    pub(crate) fn no_socket_given() -> Self {
        Self(Kind::NoSocketGiven)
    }

    pub(crate) fn io(error: io::Error) -> Self {
        Self(Kind::Io(error))
    }

    /// Returns all errors in endpoints and configuration, one message each, or an empty slice for
    /// any other kind of error.
    #[must_use]
    pub fn config_errors(&self) -> &[String] {
        match &self.0 {
            Kind::Startup(errors) => errors,
            _ => &[],
        }
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Startup(errors) => {
                let plural = if errors.len() == 1 { "configuration error" } else { "configuration errors" };
                write!(f, "the host can't start: {} {plural}", errors.len())?;
                errors.iter().try_for_each(|error| write!(f, "\n  - {error}"))
            }
            Kind::Address(text, error)
                if error.kind() == io::ErrorKind::InvalidInput || text.contains('/') =>
            {
                write!(f, "`{text}` is not an address; write one such as 127.0.0.1:8080")
            }
            Kind::Address(text, error) => {
                write!(
                    f,
                    "can't resolve the address `{text}`: {error}; write one such as 127.0.0.1:8080"
                )
            }
            Kind::Bind(address, error) if error.kind() == io::ErrorKind::AddrInUse => write!(
                f,
                "can't listen on {address}: the address is in use; \
                 stop the other process, or bind another address (port 0 picks a free one)",
            ),
            Kind::Bind(address, error) => write!(f, "can't listen on {address}: {error}"),
            Kind::NoSocketGiven => f.write_str(
                "the host is bound to `systemd`, but the process received no socket: start it with a \
                 `.socket` unit, or bind an address such as 127.0.0.1:8080",
            ),
            Kind::Io(error) => write!(f, "the host failed: {error}"),
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
