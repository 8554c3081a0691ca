//! The limits and timeouts of a host, each with its default.

use std::time::Duration;

use hyperpoint_core::request_body::BodyPace;
use serde::Deserialize;

use super::descriptors::connection_limit;
use super::quantity;

/// The limits and timeouts of a host, set with [`Host::options`](crate::Host::options).
///
/// Can be deserialized from a configuration file, with `"15s"` for a duration and `"1 MiB"` for a
/// size. A missing field takes its default; an unknown field is an error. The fields `http2_…` need
/// the feature `http2`, which is on by default; without it, they have no effect.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use hyperpoint::{Host, ServerOptions};
///
/// let host = Host::new().options(|options| {
///     options.drain_window = Duration::from_secs(5);
///     options.body_limit_bytes = 64 * 1024;
/// });
/// # drop(host);
///
/// let text = r#"{ "drain_window": "5s", "body_limit_bytes": "64 KiB" }"#;
/// let read: ServerOptions = serde_json::from_str(text)?;
/// let host = Host::new().options(|options| *options = read);
/// # drop(host);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ServerOptions {
    /// Timeout for each complete request head on HTTP/1 and, on a connection without TLS, for the
    /// HTTP/2 preface. Begins when the connection is accepted or its TLS handshake has finished,
    /// and for a later head with its first byte. Default: 10 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub request_head: Duration,
    /// Timeout of the TLS handshake. Default: 10 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub tls_handshake: Duration,
    /// Maximum size of a request head, in bytes, from 1 KiB to 1 MiB. Default: 16 KiB.
    #[serde(deserialize_with = "quantity::bytes")]
    pub head_limit_bytes: usize,
    /// Maximum number of header fields of a request. The cookies of HTTP/2, which may arrive in
    /// several fields, count as one. Default: 100.
    pub head_fields: usize,
    /// Maximum length of a request's path and query, in bytes. Default: 8 KiB.
    #[serde(deserialize_with = "quantity::bytes")]
    pub uri_limit_bytes: usize,
    /// Timeout for a complete request body. Time during which the endpoint does not read does not
    /// count. Default: 30 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub request_body: Duration,
    /// Timeout for the next bytes of a request body, while the endpoint reads. Default: 10 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub request_body_gap: Duration,
    /// Minimum average rate of a request body, in bytes per second. The first 5 s during which the
    /// endpoint waits for the body do not count. 0 disables the check. Default: 240.
    pub request_body_bytes_per_second: u32,
    /// Maximum size of a request body, in bytes, unless its endpoint sets another. Default: 1 MiB.
    #[serde(deserialize_with = "quantity::bytes")]
    pub body_limit_bytes: usize,
    /// Idle timeout of a connection without an open request. The connection is closed after at
    /// least this time and at most twice this time, or later if `request_head` or `write_stall` is
    /// longer than this time. Default: 75 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub keep_alive_idle: Duration,
    /// Write timeout: how long a socket, or the flow-control window of an HTTP/2 stream, may accept
    /// no bytes. Default: 10 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub write_stall: Duration,
    /// Maximum number of open connections. At the limit, the host closes one connection for a new
    /// one: the oldest that has sent no complete request head, if it is at least one second old;
    /// otherwise the one that has waited longest, at least one second, for the rest of a later
    /// request head; otherwise the one that has been idle longest. If no connection can be closed
    /// yet, the new connection waits. Default: the process's limit of open files, less 64; no limit
    /// if that limit is unlimited or unknown.
    pub connections: Option<usize>,
    /// Maximum number of connections from one IPv4 address or one /64 IPv6 network. Further
    /// connections are closed immediately. Connections on a Unix socket are not counted. Default:
    /// no limit, because behind a proxy all connections have one address.
    pub connections_per_address: Option<usize>,
    /// Maximum number of failed authentication attempts per minute from one IPv4 address or one /64
    /// IPv6 network. An attempt counts if a scheme has to look up its credentials
    /// ([`AuthenticationScheme::credentials`](hyperpoint_core::AuthenticationScheme::credentials))
    /// and no scheme accepts them; signed credentials never count. Over the limit, only credentials
    /// that were accepted before are looked up, and other credentials get a 429, or count as absent
    /// if the endpoint allows anonymous requests. 0 disables the limit. Default: 12.
    pub failed_authentications_per_minute: u32,
    /// Maximum burst of failed authentication attempts. Default: 10.
    pub failed_authentication_burst: u32,
    /// Maximum number of open requests of an HTTP/2 connection. Default: 250.
    pub http2_streams: u32,
    /// Maximum number of requests of an HTTP/2 connection that the client has reset before the host
    /// accepted them. A connection that exceeds the maximum is closed. Default: 20.
    pub http2_pending_resets: usize,
    /// Maximum number of streams of an HTTP/2 connection that the host has reset because of
    /// protocol errors of the client. A connection that exceeds the maximum is closed. Default:
    /// 1024.
    pub http2_error_resets: usize,
    /// Interval of PING frames on a silent HTTP/2 connection. Default: 30 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub http2_ping: Duration,
    /// Timeout for the acknowledgement of a PING frame. Default: 10 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub http2_ping_answer: Duration,
    /// Interval at which a streamed response checks with its authentication schemes that its
    /// identity is [still valid](hyperpoint_core::AuthenticationScheme::still_holds), multiplied by
    /// a random factor from 0.8 to 1. After a revocation, the stream ends within this time plus the
    /// duration of the check, unless the check fails: it is then repeated after the interval.
    /// Default: 30 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub revocation_check: Duration,
    /// Drain window: how long open requests and background tasks may continue after the host is
    /// asked to stop. Default: 20 s.
    #[serde(deserialize_with = "quantity::duration")]
    pub drain_window: Duration,
}

/// Maximum size, in bytes, of each buffer between hyper and the socket. hyper's HTTP/1 buffer may
/// have `head_limit_bytes` if that is more.
pub(crate) const BUFFER_BYTES: usize = 16 * 1024;
/// Time of waiting for a request body that does not count towards its average rate.
const BODY_GRACE: Duration = Duration::from_secs(5);

/// Minimum of `head_limit_bytes`.
const SMALLEST_HEAD_BYTES: usize = 1024;
/// Maximum of `head_limit_bytes`.
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
    /// Returns a one-sentence configuration error for each invalid option.
    pub(crate) fn config_errors(&self) -> Vec<String> {
        let timeouts = [
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
        let zero = timeouts.into_iter().filter(|(_, time)| time.is_zero());
        let mut errors: Vec<_> = zero
            .map(|(name, _)| format!("`{name}` is zero: set a longer time, such as 10 s"))
            .collect();
        let counts = [
            ("head_fields", Some(self.head_fields)),
            ("uri_limit_bytes", Some(self.uri_limit_bytes)),
            ("connections", self.connections),
            ("connections_per_address", self.connections_per_address),
            ("http2_streams", Some(self.http2_streams as usize)),
        ];
        let none = counts.into_iter().filter(|(_, count)| *count == Some(0));
        errors.extend(none.map(|(name, _)| {
            format!("`{name}` is 0, so that nothing would be served: set at least 1")
        }));
        if self.failed_authentications_per_minute > 0 && self.failed_authentication_burst == 0 {
            errors.push(
                "`failed_authentication_burst` is 0: set at least 1, or disable the limit by \
                 `failed_authentications_per_minute = 0`"
                    .to_owned(),
            );
        }
        if !(SMALLEST_HEAD_BYTES..=LARGEST_HEAD_BYTES).contains(&self.head_limit_bytes) {
            errors.push(format!(
                "`head_limit_bytes` is {}: set at least {SMALLEST_HEAD_BYTES} (1 KiB) and at \
                 most {LARGEST_HEAD_BYTES} (1 MiB)",
                self.head_limit_bytes,
            ));
        }
        errors.extend(self.too_many_connections());
        errors
    }

    /// Returns the timeouts and the minimum rate of request bodies.
    pub(crate) fn body_pace(&self) -> BodyPace {
        BodyPace {
            total: self.request_body,
            gap: self.request_body_gap,
            bytes_per_second: self.request_body_bytes_per_second,
            grace: BODY_GRACE,
        }
    }

    /// Returns the maximum number of connections, or `None` if it is unlimited.
    pub(crate) fn connection_limit(&self) -> Option<usize> {
        self.connections.or_else(connection_limit)
    }

    /// Returns an error if `connections` exceeds the descriptors of the process, otherwise `None`.
    fn too_many_connections(&self) -> Option<String> {
        let (asked, most) = (self.connections?, connection_limit()?);
        (asked > most).then(|| {
            format!(
                "`connections` is {asked}, but this process has descriptors for {most}: lower it, \
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
    fn a_missing_field_has_its_default() {
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
    fn a_deserialization_error_lists_valid_values() {
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
    fn every_invalid_option_is_reported() {
        let options = ServerOptions {
            request_head: Duration::ZERO,
            write_stall: Duration::ZERO,
            head_limit_bytes: 10,
            http2_streams: 0,
            connections: Some(usize::MAX),
            failed_authentication_burst: 0,
            ..ServerOptions::default()
        };
        let reported = options.config_errors();
        assert_eq!(
            reported.len(),
            if connection_limit().is_some() { 6 } else { 5 },
            "{reported:?}"
        );
        assert_eq!(ServerOptions::default().config_errors(), Vec::<String>::new());
    }
}
