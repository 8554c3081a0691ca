//! The host as a browser reaches it: over HTTP/1.1 directly, over HTTP/2 behind TLS.

use hyperpoint::http::Version;

use super::check::Server;
use crate::tls_relay::TlsRelay;

/// The origin of a page and its streams.
pub(super) struct Site {
    pub(super) server: Server,
    /// The relay that terminates TLS, over HTTP/2.
    pub(super) relay: Option<TlsRelay>,
}

impl Site {
    pub(super) async fn start(version: Version) -> Self {
        let server = Server::start().await;
        let relay = match version {
            Version::HTTP_2 => Some(TlsRelay::start(server.host.address()).await),
            _ => None,
        };
        Self { server, relay }
    }

    pub(super) fn origin(&self) -> String {
        match &self.relay {
            Some(relay) => format!("https://{}", relay.address()),
            None => format!("http://{}", self.server.host.address()),
        }
    }
}
