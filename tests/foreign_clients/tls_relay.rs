//! TLS in front of a host: a browser uses HTTP/2 only over TLS.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use ring::digest::{SHA256, digest};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

/// Decrypts connections and forwards each to a host. Dropping it cuts them.
pub(crate) struct TlsRelay {
    address: SocketAddr,
    certificate: CertificateDer<'static>,
    _connections: JoinSet<()>,
}

impl TlsRelay {
    /// Starts a relay that offers only HTTP/2.
    pub(crate) async fn start(host: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut connections = JoinSet::new();
        let (acceptor, certificate) = acceptor();
        connections.spawn(accept(listener, acceptor, host));
        Self { address, certificate, _connections: connections }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the SHA-256 of its certificate, in hexadecimal with colons.
    pub(crate) fn fingerprint(&self) -> String {
        let hash = digest(&SHA256, &self.certificate);
        let bytes: Vec<_> = hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        bytes.join(":")
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, host: SocketAddr) {
    let mut connections = JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.unwrap();
        connections.spawn(relay(client, acceptor.clone(), host));
    }
}

/// A failed connection is left for the client to report.
async fn relay(client: TcpStream, acceptor: TlsAcceptor, host: SocketAddr) -> std::io::Result<()> {
    let mut client = acceptor.accept(client).await?;
    let mut host = TcpStream::connect(host).await?;
    copy_bidirectional(&mut client, &mut host).await.map(drop)
}

/// Configures TLS with a self-signed certificate.
fn acceptor() -> (TlsAcceptor, CertificateDer<'static>) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key.into())
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    (TlsAcceptor::from(Arc::new(config)), cert.der().clone())
}
