//! Limits and clocks of a host, each with its default.

use std::time::Duration;

use hyperpoint_core::exchange::BodyPace;
use serde::Deserialize;

use super::descriptors::connection_limit;
use super::quantity;

/// Limits and clocks of a host. Changed by [`Host::options`](crate::Host::options), or read from a
/// configuration as a whole: it deserializes, with `"15s"` for a duration and `"1 MiB"` for a size.
/// What a configuration does not name has its default; a name that is none is an error.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use hyperpoint_host::{Host, ServerOptions};
///
/// let host = Host::new().options(|options| {
///     options.drain_window = Duration::from_secs(5);
///     options.body_limit_bytes = 64 * 1024;
/// });
/// # let _ = host;
///
/// let text = r#"{ "drain_window": "5s", "body_limit_bytes": "64 KiB" }"#;
/// let read: ServerOptions = serde_json::from_str(text)?;
/// let host = Host::new().options(|options| *options = read);
/// # let _ = host;
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ServerOptions {
    /// The time in which the first byte, the preface of HTTP/2 and the whole head of a request
    /// arrive. Default: 10 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub request_head: Duration,
    /// The time for a TLS handshake. Default: 10 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub tls_handshake: Duration,
    /// The largest head of a request, in bytes. Default: 16 KiB. From 1 KiB to 1 MiB.
    #[serde(deserialize_with = "quantity::bytes")]
    pub head_limit_bytes: usize,
    /// How many headers a request may have. Default: 100.
    pub head_fields: usize,
    /// The longest path and query of a request, in bytes. Default: 8 KiB.
    #[serde(deserialize_with = "quantity::bytes")]
    pub uri_limit_bytes: usize,
    /// The time in which the body of a request arrives. What the endpoint takes to ask for more of
    /// it does not count. Default: 30 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub request_body: Duration,
    /// The longest pause in the body of a request. Default: 10 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub request_body_gap: Duration,
    /// How many bytes a second the body of a request must bring on average, after 5 s. Default:
    /// 240; 0 asks for none.
    pub request_body_bytes_per_second: u32,
    /// The largest request body, in bytes, where an endpoint does not say otherwise.
    /// Default: 1 MiB.
    #[serde(deserialize_with = "quantity::bytes")]
    pub body_limit_bytes: usize,
    /// How long a connection may be without a request before it is closed; it may be kept for up to
    /// twice as long. Default: 75 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub keep_alive_idle: Duration,
    /// How long a socket, or the window of one stream of HTTP/2, may refuse to take what is to be
    /// written. Default: 10 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub write_stall: Duration,
    /// Maximum number of open connections. At the bound one is closed for a new one: first the
    /// oldest that has not sent a whole request within a second, or has not finished its TLS
    /// handshake, then the longest idle one. If there is none, the new one waits. Default: as many as
    /// the process may open files, less 64.
    pub connections: Option<usize>,
    /// How many connections one address may have; of IPv6 one network of 64 bits. More are closed
    /// as they come. Default: no bound, since behind a proxy all come from one.
    pub connections_per_address: Option<usize>,
    /// How many failed attempts to authenticate one network may make in a minute: an IPv4 address,
    /// or 64 bits of IPv6. Counted are credentials that a scheme has to look up
    /// ([`AuthenticationScheme::credentials`](hyperpoint_core::AuthenticationScheme::credentials))
    /// and that no scheme accepts. Over it, none from there are looked up, unless they were accepted
    /// before. Default: 12; 0 turns the limit off.
    pub failed_authentications_per_minute: u32,
    /// How many of them may come at once. Default: 10.
    pub failed_authentication_burst: u32,
    /// How many requests an HTTP/2 connection may have open. Default: 250.
    pub http2_streams: u32,
    /// How many requests of an HTTP/2 connection may be reset before the host has looked at them;
    /// at more the connection is closed. Default: 20.
    pub http2_pending_resets: usize,
    /// How many streams of an HTTP/2 connection the host may have reset for errors of the client;
    /// at more the connection is closed. Default: 1024.
    pub http2_error_resets: usize,
    /// How often a silent HTTP/2 connection is asked whether it lives. Default: 30 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub http2_ping: Duration,
    /// How long it may take to answer that. Default: 10 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub http2_ping_answer: Duration,
    /// How often, while an answer is streamed, the schemes behind its identity are asked whether that
    /// [still holds](hyperpoint_core::AuthenticationScheme::still_holds); times a random 0.8 to 1. A
    /// stream whose identity was revoked ends within this time and the time of the check. Default:
    /// 30 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub revocation_check: Duration,
    /// How long what is under way may go on when the host is asked to stop. Default: 20 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub drain_window: Duration,
}

/// What is buffered of an answer before the socket takes it.
pub(crate) const BUFFER_BYTES: usize = 16 * 1024;
/// How long a body may take before its rate is looked at.
const BODY_GRACE: Duration = Duration::from_secs(5);

const SMALLEST_HEAD_BYTES: usize = 1024;
const LARGEST_HEAD_BYTES: usize = 1024 * 1024;

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            request_head: Duration::from_secs(10),
            tls_handshake: Duration::from_secs(10),
            head_limit_bytes: 16 * 1024,
            head_fields: 100,
            uri_limit_bytes: 8 * 1024,
            request_body: Duration::from_secs(30),
            request_body_gap: Duration::from_secs(10),
            request_body_bytes_per_second: 240,
            body_limit_bytes: 1024 * 1024,
            keep_alive_idle: Duration::from_secs(75),
            write_stall: Duration::from_secs(10),
            connections: None,
            connections_per_address: None,
            failed_authentications_per_minute: 12,
            failed_authentication_burst: 10,
            http2_streams: 250,
            http2_pending_resets: 20,
            http2_error_resets: 1024,
            http2_ping: Duration::from_secs(30),
            http2_ping_answer: Duration::from_secs(10),
            revocation_check: Duration::from_secs(30),
            drain_window: Duration::from_secs(20),
        }
    }
}

impl ServerOptions {
    /// What can't work, a sentence each.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let clocks = [
            ("request_head", self.request_head),
            ("tls_handshake", self.tls_handshake),
            ("request_body", self.request_body),
            ("request_body_gap", self.request_body_gap),
            ("keep_alive_idle", self.keep_alive_idle),
            ("write_stall", self.write_stall),
            ("http2_ping", self.http2_ping),
            ("http2_ping_answer", self.http2_ping_answer),
            ("revocation_check", self.revocation_check),
        ];
        let stopped = clocks.into_iter().filter(|(_, time)| time.is_zero());
        let mut mistakes: Vec<_> = stopped
            .map(|(name, _)| {
                format!("`{name}` is zero, and nothing comes in no time: write a time")
            })
            .collect();
        let counts = [
            ("head_fields", Some(self.head_fields)),
            ("uri_limit_bytes", Some(self.uri_limit_bytes)),
            ("connections", self.connections),
            ("connections_per_address", self.connections_per_address),
            ("http2_streams", Some(self.http2_streams as usize)),
        ];
        let none = counts.into_iter().filter(|(_, count)| *count == Some(0));
        mistakes.extend(none.map(|(name, _)| {
            format!("`{name}` is 0, and nothing would be served: write at least 1")
        }));
        if self.failed_authentications_per_minute > 0 && self.failed_authentication_burst == 0 {
            mistakes.push(
                "`failed_authentication_burst` is 0: write at least 1, or turn the limit off by \
                 `failed_authentications_per_minute = 0`"
                    .to_owned(),
            );
        }
        if !(SMALLEST_HEAD_BYTES..=LARGEST_HEAD_BYTES).contains(&self.head_limit_bytes) {
            mistakes.push(format!(
                "`head_limit_bytes` is {}: write at least {SMALLEST_HEAD_BYTES} (1 KiB) and at \
                 most {LARGEST_HEAD_BYTES} (1 MiB)",
                self.head_limit_bytes,
            ));
        }
        mistakes.extend(self.too_many_connections());
        mistakes
    }

    /// How fast the body of a request has to come.
    pub(crate) fn body_pace(&self) -> BodyPace {
        BodyPace {
            total: self.request_body,
            gap: self.request_body_gap,
            bytes_per_second: self.request_body_bytes_per_second,
            grace: BODY_GRACE,
        }
    }

    /// How many connections there may be, where there is a bound.
    pub(crate) fn connection_limit(&self) -> Option<usize> {
        self.connections.or_else(connection_limit)
    }

    fn too_many_connections(&self) -> Option<String> {
        let (asked, most) = (self.connections?, connection_limit()?);
        (asked > most).then(|| {
            format!(
                "`connections` is {asked}, and this process has descriptors for {most}: lower it, \
                 or raise the limit of open files (`ulimit -n`, `LimitNOFILE=` of systemd)"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<ServerOptions, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn what_a_configuration_does_not_name_has_its_default() {
        assert_eq!(read("{}").unwrap(), ServerOptions::default());
        let json = r#"{ "request_head": "5s", "body_limit_bytes": "2 MiB", "connections": 100 }"#;
        let options = ServerOptions {
            request_head: Duration::from_secs(5),
            body_limit_bytes: 2 * 1024 * 1024,
            connections: Some(100),
            ..ServerOptions::default()
        };
        assert_eq!(read(json).unwrap(), options);
    }

    #[test]
    fn an_error_says_what_to_write() {
        let check = |json, expected| assert!(read(json).unwrap_err().contains(expected), "{json}");
        let units = "expected a duration with its unit, such as \"15s\", \"500ms\"";
        check(r#"{ "request_head": "15" }"#, units);
        check(r#"{ "request_head": 15 }"#, units);
        let sizes = "expected a size such as \"1 MiB\", \"64 KiB\" or \"100 kB\", or a number";
        check(r#"{ "body_limit_bytes": "1 megabyte" }"#, sizes);
        check(r#"{ "body_limit_bytes": -1 }"#, sizes);
        check(r#"{ "request_haed": "15s" }"#, "unknown field `request_haed`, expected one of");
    }

    #[test]
    fn every_mistake_is_told() {
        let options = ServerOptions {
            request_head: Duration::ZERO,
            write_stall: Duration::ZERO,
            head_limit_bytes: 10,
            http2_streams: 0,
            connections: Some(usize::MAX),
            failed_authentication_burst: 0,
            ..ServerOptions::default()
        };
        let told = options.mistakes();
        assert_eq!(told.len(), if connection_limit().is_some() { 6 } else { 5 }, "{told:?}");
        assert_eq!(ServerOptions::default().mistakes(), Vec::<String>::new());
    }
}
