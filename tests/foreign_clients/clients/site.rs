//! The host as a browser reaches it: over HTTP/1.1 as it is, over HTTP/2 behind TLS.

use hyperpoint::http::Version;

use super::check::Server;
use crate::tls_relay::TlsRelay;

/// Where a page and its streams are.
pub(super) struct Site {
    pub(super) server: Server,
    /// What ends TLS, over HTTP/2.
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
