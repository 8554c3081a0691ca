//! The server on raw hyper with TLS and the timeouts of a public server, for idle streams. It is a
//! separate program, so that the other server is measured without TLS compiled in.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Pending};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyperpoint_bench::{address, announce, terminated, tls};
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

type Events = StreamBody<Pending<Result<Frame<Bytes>, Infallible>>>;

/// The maximum number of buffered bytes for a client that does not read.
const BUFFER_BYTES: usize = 16 * 1024;
/// The timeout of the TLS handshake and of a request head.
const TIMEOUT: Duration = Duration::from_secs(10);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (certificate, key) = tls().ok_or("--tls CERTIFICATE KEY is missing")?;
    let acceptor = acceptor(&certificate, &key)?;
    let listener = TcpListener::bind(address()).await?;
    announce(listener.local_addr()?);
    tokio::select! {
        result = accept(listener, acceptor) => result?,
        () = terminated() => {}
    }
    Ok(())
}

/// Returns a TLS acceptor with the certificate chain and the key of two PEM files.
fn acceptor(certificate: &str, key: &str) -> Result<TlsAcceptor, Box<dyn Error>> {
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?.with_no_client_auth();
    let mut config = builder.with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.ticketer = ring::Ticketer::new()?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor) -> io::Result<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            // A client that disconnects is not an error.
            let _ = serve(socket, acceptor).await;
        });
    }
}

async fn serve(
    socket: TcpStream,
    acceptor: TlsAcceptor,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    socket.set_nodelay(true)?;
    let options = SockRef::from(&socket);
    options.set_tcp_user_timeout(Some(Duration::from_secs(30)))?;
    options.set_tcp_notsent_lowat(16 * 1024)?;
    let mut stream = tokio::time::timeout(TIMEOUT, acceptor.accept(socket)).await??;
    stream.get_mut().1.set_buffer_limit(Some(BUFFER_BYTES));
    let mut builder = http1::Builder::new();
    builder.max_buf_size(BUFFER_BYTES).timer(TokioTimer::new()).header_read_timeout(TIMEOUT);
    builder.serve_connection(TokioIo::new(stream), service_fn(idle)).await?;
    Ok(())
}

async fn idle(_: Request<Incoming>) -> Result<Response<Events>, Infallible> {
    let mut response = Response::new(StreamBody::new(stream::pending()));
    let kind = HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}
