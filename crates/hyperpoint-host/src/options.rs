//! Limits and clocks of a host, each with its default.

use std::time::Duration;

/// Limits and clocks of a host. Set through [`Host::options`](crate::Host::options).
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use hyperpoint_host::Host;
///
/// let host = Host::new().options(|options| {
///     options.drain_window = Duration::from_secs(5);
///     options.body_limit_bytes = 64 * 1024;
/// });
/// # let _ = host;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerOptions {
    /// The time in which the first byte and the whole head of a request arrive. Default: 10 s.
    pub request_head: Duration,
    /// The time in which the body of a request arrives. Default: 30 s.
    pub request_body: Duration,
    /// The largest request body, in bytes, where an endpoint does not say otherwise.
    /// Default: 1 MiB.
    pub body_limit_bytes: usize,
    /// How long a connection may be without a request before it is closed; it may be kept for up to
    /// twice as long. Default: 75 s.
    pub keep_alive_idle: Duration,
    /// How long a socket may refuse to take what is to be written. Default: 10 s.
    pub write_stall: Duration,
    /// How many requests an HTTP/2 connection may have open. Default: 250.
    pub http2_streams: u32,
    /// How long what is under way may go on when the host is asked to stop. Default: 20 s.
    pub drain_window: Duration,
}

/// The head of a request, in bytes; also what is buffered of an answer before the socket takes it.
pub(crate) const BUFFER_BYTES: usize = 16 * 1024;
/// The head of a request of HTTP/2, in bytes, as RFC 9113 §6.5.2 counts them.
pub(crate) const HEADER_LIST_BYTES: u32 = 16 * 1024;

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            request_head: Duration::from_secs(10),
            request_body: Duration::from_secs(30),
            body_limit_bytes: 1024 * 1024,
            keep_alive_idle: Duration::from_secs(75),
            write_stall: Duration::from_secs(10),
            http2_streams: 250,
            drain_window: Duration::from_secs(20),
        }
    }
}
