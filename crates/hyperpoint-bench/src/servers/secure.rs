//! TLS by hand, with what a server of very many streams sets.

use std::error::Error;
use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

/// What is held back of a client that does not read.
const BUFFER_BYTES: usize = 16 * 1024;

/// A certificate, and how it is shown.
#[derive(Clone)]
pub(crate) struct Secure(TlsAcceptor);

impl Secure {
    /// From PEM files.
    pub(crate) fn new(certificate: String, key: String) -> Result<Self, Box<dyn Error>> {
        let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<_, _>>()?;
        let key = PrivateKeyDer::from_pem_file(key)?;
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions()?.with_no_client_auth();
        let mut config = builder.with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.ticketer = ring::Ticketer::new()?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// Secures a connection.
    pub(crate) async fn handshake(self, socket: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let mut stream = self.0.accept(socket).await?;
        stream.get_mut().1.set_buffer_limit(Some(BUFFER_BYTES));
        Ok(stream)
    }
}
