//! A TLS client, and the endpoint that it requests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyperpoint::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Longer than any response of a test takes, also on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// `GET /version`: the HTTP version of the request.
#[derive(Endpoint)]
#[endpoint(by_hand)]
pub(crate) struct Version;

impl Endpoint for Version {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/version");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let version = format!("{:?}", cx.request.version);
        cx.send.string_async(version).await
    }
}

/// A connection on which nothing was sent yet.
pub(crate) struct Client(pub(crate) TlsStream<TcpStream>);

impl Client {
    /// Connects with this server name, trusted certificates and ALPN protocols.
    pub(crate) async fn connect(
        address: SocketAddr,
        name: &'static str,
        trusted: &[&CertificateDer<'static>],
        offered: &[&str],
    ) -> std::io::Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in trusted {
            roots.add((*certificate).clone()).unwrap();
        }
        let mut config =
            ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
        let socket = TcpStream::connect(address).await?;
        let name = ServerName::try_from(name).unwrap();
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, socket);
        Ok(Self(tokio::time::timeout(DEADLINE, connecting).await??))
    }

    /// Returns the certificate of the host.
    pub(crate) fn shown(&self) -> CertificateDer<'static> {
        let shown = self.0.get_ref().1.peer_certificates().unwrap();
        shown.first().unwrap().clone()
    }

    /// Returns the protocol that ALPN selected.
    pub(crate) fn protocol(&self) -> Option<String> {
        let chosen = self.0.get_ref().1.alpn_protocol();
        chosen.map(|chosen| String::from_utf8(chosen.to_vec()).unwrap())
    }

    /// Sends a GET over HTTP/1.1 and returns the body of the response; the connection stays open.
    pub(crate) async fn version(&mut self) -> String {
        self.0.write_all(b"GET /version HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let mut read = Vec::new();
        let answer = async {
            while body(&read).is_none() {
                self.0.read_buf(&mut read).await.unwrap();
            }
        };
        tokio::time::timeout(DEADLINE, answer).await.unwrap();
        body(&read).unwrap()
    }

    /// Reads everything until the host closes the connection, cleanly or not.
    pub(crate) async fn until_close(mut self) -> Vec<u8> {
        let mut read = Vec::new();
        let _ = tokio::time::timeout(DEADLINE, self.0.read_to_end(&mut read)).await.unwrap();
        read
    }
}

/// Returns the eight bytes of the body after a head, once all have arrived.
fn body(read: &[u8]) -> Option<String> {
    let end = read.windows(4).position(|four| four == b"\r\n\r\n")?;
    let body = read.get(end + 4..end + 12)?;
    Some(String::from_utf8(body.to_vec()).unwrap())
}
