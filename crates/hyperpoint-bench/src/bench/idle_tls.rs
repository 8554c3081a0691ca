//! Measures the resident memory per idle event stream over TLS.

use std::error::Error;
use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::descriptors;
use crate::idle::per_stream;
use crate::process::Process;
use crate::report::Report;
use crate::server;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The host name in the certificate.
const NAME: &str = "localhost";
const READ_TIMEOUT: Duration = Duration::from_mins(1);

/// Measures every server with TLS, one after the other.
pub(crate) fn measure(wanted: usize, report: &mut Report) -> Result<()> {
    let count = descriptors::streams(wanted, report);
    let folder = tempfile::tempdir()?;
    let (arguments, client) = certify(folder.path())?;
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    for server in server::build_tls(&arguments)? {
        let process = Process::start(&server.command)?;
        // Not measured: the first handshake allocates memory that all later connections share.
        let first = open(process.address(), &client)?;
        let before = process.resident_bytes()?;
        let streams = (0..count).map(|_| open(process.address(), &client));
        let streams = streams.collect::<Result<Vec<_>>>()?;
        let grown = process.resident_bytes()?.saturating_sub(before);
        drop((first, streams));
        let per = per_stream(grown, count);
        report.row("idle, TLS", &server.name, "resident bytes per idle stream", per);
    }
    Ok(())
}

/// Creates a self-signed certificate in `folder`. Returns the arguments with which a server uses
/// the certificate, and the configuration of a client that trusts it.
fn certify(folder: &Path) -> Result<(Vec<String>, Arc<ClientConfig>)> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([NAME.to_owned()])?;
    let paths = [folder.join("certificate.pem"), folder.join("key.pem")];
    let [certificate, key] = &paths;
    fs::write(certificate, cert.pem())?;
    fs::write(key, signing_key.serialize_pem())?;
    let arguments = paths.iter().map(|path| path.display().to_string());
    let arguments = ["--tls".to_owned()].into_iter().chain(arguments).collect();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone())?;
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    let mut client = builder.with_root_certificates(roots).with_no_client_auth();
    client.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((arguments, Arc::new(client)))
}

/// Opens an idle stream and reads the head of its response. Returns an error if the status is not
/// 200.
fn open(
    address: SocketAddr,
    client: &Arc<ClientConfig>,
) -> Result<StreamOwned<ClientConnection, TcpStream>> {
    let socket = TcpStream::connect(address)?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(READ_TIMEOUT))?;
    let session = ClientConnection::new(Arc::clone(client), ServerName::try_from(NAME)?)?;
    let mut stream = StreamOwned::new(session, socket);
    stream.write_all(b"GET /idle HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n")?;
    let mut head = [0; 1024];
    let len = stream.read(&mut head)?;
    match head.get(..len) {
        Some(head) if head.starts_with(b"HTTP/1.1 200") => Ok(stream),
        _ => Err(io::Error::other("the status of GET /idle over TLS is not 200").into()),
    }
}
