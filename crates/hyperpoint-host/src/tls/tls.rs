//! The TLS configuration of a host.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, Either, FutureExt, ready};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::server::TlsStream;

use super::certificate::Source;
use super::certificates::Certificates;
use crate::app::Application;
use crate::connection::{Activity, Protocol, Share, serve_chosen};
use crate::host::Host;
use crate::options::BUFFER_BYTES;
use crate::server::{Secure, Socket};

/// Default interval at which files are checked for changes.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// The value of the metrics label for a connection whose TLS handshake failed or timed out.
const NO_HANDSHAKE: &str = "tls_handshake";

/// The TLS configuration of a host: certificates for TLS 1.2 and 1.3. With the feature `http2`,
/// ALPN selects HTTP/2 for clients that support it. Needs the feature `tls`.
///
/// # Examples
///
/// ```no_run
/// use hyperpoint::{Host, HostError, Tls};
///
/// #[tokio::main]
/// async fn main() -> Result<(), HostError> {
///     let tls = Tls::files("example.pem", "example.key").and_files("other.pem", "other.key");
///     Host::new().tls(tls).bind("0.0.0.0:443").run().await
/// }
/// ```
#[must_use = "pass the certificates to `Host::tls`"]
pub struct Tls {
    sources: Vec<Source>,
    look_again: Duration,
    ready: Option<Ready>,
}

/// The TLS acceptor with the loaded certificates.
#[derive(Clone)]
struct Ready {
    acceptor: TlsAcceptor,
    certificates: Arc<Certificates>,
}

impl Tls {
    /// Uses a certificate chain and its private key from PEM files, which are read when the host is
    /// built. Changed files are reloaded while the host serves: new connections use the new
    /// certificate, open connections are kept.
    pub fn files(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self { sources: Vec::new(), look_again: LOOK_AGAIN, ready: None }
            .and_files(certificate, key)
    }

    /// Uses a certificate chain and its private key in PEM format. Invalid texts are reported when
    /// the host is built.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use hyperpoint::{Host, Tls};
    ///
    /// # fn main() -> Result<(), std::env::VarError> {
    /// let tls = Tls::pem(std::env::var("TLS_CERTIFICATE")?, std::env::var("TLS_KEY")?);
    /// let host = Host::new().tls(tls);
    /// # drop(host);
    /// # Ok(())
    /// # }
    /// ```
    pub fn pem(certificate: impl Into<String>, key: impl Into<String>) -> Self {
        let source = Source::Texts { certificate: certificate.into(), key: key.into() };
        Self { sources: vec![source], look_again: LOOK_AGAIN, ready: None }
    }

    /// Adds a certificate from PEM files. A client gets the first certificate that is valid for its
    /// server name (SNI), otherwise the first one.
    pub fn and_files(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.sources.push(Source::Files { certificate: certificate.into(), key: key.into() });
        self
    }

    /// Sets the interval at which files are checked for changes. Minimum: 1 ms. Default: 10 s.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use hyperpoint::Tls;
    ///
    /// let tls = Tls::files("example.pem", "example.key").look_again(Duration::from_secs(60));
    /// # drop(tls);
    /// ```
    pub fn look_again(mut self, every: Duration) -> Self {
        self.look_again = every.max(Duration::from_millis(1));
        self
    }
}

impl Host {
    /// Serves TLS only, with these certificates, at the host's address; the management address
    /// stays plain HTTP. With the feature `http2`, ALPN chooses between HTTP/2 and HTTP/1.1.
    /// Default: plain HTTP. Needs the feature `tls`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{Host, Tls};
    ///
    /// let host = Host::new().tls(Tls::files("example.pem", "example.key"));
    /// # drop(host);
    /// ```
    pub fn tls(mut self, tls: Tls) -> Self {
        self.secure = Some(Box::new(tls));
        self
    }
}

/// A TLS stream cannot be shared with the writers of a topic, because each connection has its own
/// encryption.
impl Share for TlsStream<Socket> {}

impl Secure for Tls {
    fn prepare(&mut self) -> Vec<String> {
        let provider = Arc::new(ring::default_provider());
        let certificates = match Certificates::load(&provider, &self.sources) {
            Ok(certificates) => Arc::new(certificates),
            Err(errors) => {
                return errors.iter().map(|text| format!("the host's `tls`: {text}")).collect();
            }
        };
        let builder = ServerConfig::builder_with_provider(provider);
        let config = builder.with_safe_default_protocol_versions().and_then(|builder| {
            let resolver = Arc::clone(&certificates);
            let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
            let protocols: &[&[u8]] =
                if cfg!(feature = "http2") { &[b"h2", b"http/1.1"] } else { &[b"http/1.1"] };
            config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
            // Session tickets shorten the handshakes of clients that reconnect at the same time.
            config.ticketer = ring::Ticketer::new()?;
            Ok(config)
        });
        match config {
            Ok(config) => {
                let acceptor = TlsAcceptor::from(Arc::new(config));
                self.ready = Some(Ready { acceptor, certificates });
                Vec::new()
            }
            Err(error) => vec![format!("the host's `tls`: {error}")],
        }
    }

    fn serve(
        &self,
        app: Application,
        socket: Socket,
        activity: Arc<Activity>,
    ) -> BoxFuture<'static, &'static str> {
        let Some(Ready { acceptor, .. }) = self.ready.clone() else {
            return Box::pin(async { NO_HANDSHAKE });
        };
        let limit = app.app().options.tls_handshake;
        let handshake = handshake(acceptor, socket, limit, Arc::clone(&activity));
        // Composed of combinators, because an `async` block would store the session twice.
        let served = handshake.then(move |secured| match secured {
            Err(why) => Either::Right(ready(why).boxed()),
            Ok(io) => {
                activity.tls_established();
                let protocol = match io.get_ref().1.alpn_protocol() {
                    Some(b"h2") => Protocol::Http2,
                    _ => Protocol::Http1,
                };
                // Boxed, because several variants of an HTTP/1 connection's state contain the
                // socket.
                Either::Left(serve_chosen(protocol, app, Box::new(io), activity))
            }
        });
        served.boxed()
    }

    fn follow(&self) -> BoxFuture<'static, ()> {
        match self.ready.clone() {
            Some(Ready { certificates, .. }) => Box::pin(certificates.follow(self.look_again)),
            None => Box::pin(std::future::pending()),
        }
    }
}

/// Performs the TLS handshake.
///
/// # Errors
///
/// Returns the reason of the failure as a label of metrics. A failed or timed-out handshake is
/// logged.
async fn handshake(
    acceptor: TlsAcceptor,
    socket: Socket,
    limit: Duration,
    activity: Arc<Activity>,
) -> Result<TlsStream<Socket>, &'static str> {
    let secured = tokio::select! {
        biased;
        secured = tokio::time::timeout(limit, acceptor.accept(socket)) => secured,
        // The host closes this connection in favor of a new one.
        () = activity.dismissed() => return Err("dismissed"),
    };
    let peer = activity.peer();
    match secured {
        Ok(Ok(mut io)) => {
            // Bounds the data that is buffered for a client that does not read.
            io.get_mut().1.set_buffer_limit(Some(BUFFER_BYTES));
            Ok(io)
        }
        Ok(Err(error)) => {
            tracing::debug!(?peer, %error, "TLS handshake failed");
            Err(NO_HANDSHAKE)
        }
        Err(_) => {
            tracing::debug!(?peer, "TLS handshake timed out");
            Err(NO_HANDSHAKE)
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("certificates", &self.sources.len()).finish_non_exhaustive()
    }
}
