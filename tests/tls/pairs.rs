//! Self-made certificates with their keys.

use std::path::PathBuf;

use hyperpoint::{Endpoint, Host, Running, Tls};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;
use tokio_rustls::rustls::pki_types::CertificateDer;

/// A certificate for one name, and its key.
pub(crate) struct Pair {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) certificate_pem: String,
    pub(crate) key_pem: String,
}

impl Pair {
    pub(crate) fn new(name: &str) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed([name.to_owned()]).unwrap();
        let certificate = cert.der().clone();
        let (certificate_pem, key_pem) = (cert.pem(), signing_key.serialize_pem());
        Self { certificate, certificate_pem, key_pem }
    }
}

/// A folder with files of pairs.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::with_prefix("hyperpoint-tls-").unwrap())
    }

    /// Writes a pair, and returns the paths of certificate and key.
    pub(crate) fn write(&self, name: &str, pair: &Pair) -> (PathBuf, PathBuf) {
        let key = self.write_text(&format!("{name}.key"), &pair.key_pem);
        (self.write_text(&format!("{name}.pem"), &pair.certificate_pem), key)
    }

    pub(crate) fn write_text(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

/// Creates a host with this endpoint under TLS.
pub(crate) async fn start<E: Endpoint>(tls: Tls) -> Running {
    let host = Host::empty().endpoint::<E>().tls(tls).bind("127.0.0.1:0");
    host.start().await.unwrap()
}
