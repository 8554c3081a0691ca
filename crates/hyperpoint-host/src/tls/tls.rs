//! What a host needs to speak TLS.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, Either, FutureExt, ready};
use hyperpoint_core::Peer;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::server::TlsStream;

use super::certificate::Source;
use super::certificates::Certificates;
use crate::app::Application;
use crate::connection::{Activity, serve_http1, serve_http2};
use crate::host::Host;
use crate::options::BUFFER_BYTES;
use crate::server::{Secure, Socket};

const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// Why a connection is over that was never secured.
const NO_HANDSHAKE: &str = "tls_handshake";

/// The certificates of a host that speaks TLS 1.2 and 1.3, with HTTP/2 for those who know it.
///
/// # Example
///
/// ```no_run
/// use hyperpoint_host::{Host, HostError, Tls};
///
/// # async fn main_() -> Result<(), HostError> {
/// let tls = Tls::files("example.pem", "example.key").and_files("other.pem", "other.key");
/// Host::new().tls(tls).bind("0.0.0.0:443").run().await
/// # }
/// ```
#[must_use = "certificates do nothing until a host has them"]
pub struct Tls {
    sources: Vec<Source>,
    look_again: Duration,
    ready: Option<Ready>,
}

/// What was loaded.
#[derive(Clone)]
struct Ready {
    acceptor: TlsAcceptor,
    certificates: Arc<Certificates>,
}

impl Tls {
    /// The chain of a certificate and its private key, from PEM files. They are looked at again now
    /// and then: new connections get what they hold by then, and those that are open stay.
    pub fn files(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self { sources: Vec::new(), look_again: LOOK_AGAIN, ready: None }
            .and_files(certificate, key)
    }

    /// The chain of a certificate and its private key, as PEM.
    pub fn pem(certificate: impl Into<String>, key: impl Into<String>) -> Self {
        let source = Source::Texts { certificate: certificate.into(), key: key.into() };
        Self { sources: vec![source], look_again: LOOK_AGAIN, ready: None }
    }

    /// One more certificate. A client gets the first that is for the name it asks for (SNI), else the
    /// first of all.
    pub fn and_files(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.sources.push(Source::Files { certificate: certificate.into(), key: key.into() });
        self
    }

    /// How often files are looked at. Default: 10 s.
    pub fn look_again(mut self, every: Duration) -> Self {
        self.look_again = every.max(Duration::from_millis(1));
        self
    }
}

impl Host {
    /// Speaks TLS, and nothing else. ALPN chooses between HTTP/2 and HTTP/1.1.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.secure = Some(Box::new(tls));
        self
    }
}

impl Secure for Tls {
    fn prepare(&mut self) -> Vec<String> {
        let provider = Arc::new(ring::default_provider());
        let certificates = match Certificates::load(&provider, &self.sources) {
            Ok(certificates) => Arc::new(certificates),
            Err(mistakes) => {
                return mistakes.iter().map(|text| format!("the host's `tls`: {text}")).collect();
            }
        };
        let builder = ServerConfig::builder_with_provider(provider);
        let config = builder.with_safe_default_protocol_versions().and_then(|builder| {
            let resolver = Arc::clone(&certificates);
            let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            // After a restart everybody comes at once: a ticket spares most of a handshake.
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
        peer: Option<Peer>,
        activity: Arc<Activity>,
    ) -> BoxFuture<'static, &'static str> {
        let Some(Ready { acceptor, .. }) = self.ready.clone() else {
            return Box::pin(async { NO_HANDSHAKE });
        };
        let limit = app.app().options.tls_handshake;
        let handshake = handshake(acceptor, socket, limit, peer, Arc::clone(&activity));
        // Put together, and no `async` block: that would keep the session twice.
        let served = handshake.then(move |secured| match secured {
            Err(why) => Either::Right(ready(why).boxed()),
            Ok(io) => {
                activity.is_secured();
                match io.get_ref().1.alpn_protocol() {
                    Some(b"h2") => Either::Right(serve_http2(app, io, peer, activity).boxed()),
                    _ => Either::Left(serve_http1(app, io, peer, activity)),
                }
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

/// Secures a connection, or says why not, and logs it.
async fn handshake(
    acceptor: TlsAcceptor,
    socket: Socket,
    limit: Duration,
    peer: Option<Peer>,
    activity: Arc<Activity>,
) -> Result<TlsStream<Socket>, &'static str> {
    let secured = tokio::select! {
        biased;
        secured = tokio::time::timeout(limit, acceptor.accept(socket)) => secured,
        // The host needs the room.
        () = activity.dismissed() => return Err("dismissed"),
    };
    match secured {
        Ok(Ok(mut io)) => {
            // What it holds back of a client that does not read.
            io.get_mut().1.set_buffer_limit(Some(BUFFER_BYTES));
            Ok(io)
        }
        Ok(Err(error)) => {
            tracing::debug!(?peer, %error, "a TLS handshake failed");
            Err(NO_HANDSHAKE)
        }
        Err(_) => {
            tracing::debug!(?peer, "a TLS handshake took too long");
            Err(NO_HANDSHAKE)
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("certificates", &self.sources.len()).finish_non_exhaustive()
    }
}
