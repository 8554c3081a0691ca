//! A certificate chain with its private key, and its source.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::sign::CertifiedKey;
use webpki::EndEntityCert;

/// The source of a PEM certificate chain and its private key.
#[derive(Clone)]
pub(super) enum Source {
    Files { certificate: PathBuf, key: PathBuf },
    Texts { certificate: String, key: String },
}

/// The modification times of the certificate file and the key file, or `None` if they are unknown.
pub(super) type Version = Option<(SystemTime, SystemTime)>;

impl Source {
    /// Reads and parses the certificate and its key.
    ///
    /// # Errors
    ///
    /// Returns a message that names the file (for texts, the certificate or the key) if either
    /// cannot be read or is invalid, or if the key does not belong to the certificate.
    pub(super) fn load(&self, provider: &CryptoProvider) -> Result<Certificate, String> {
        let (chain, key, of) = match self {
            Self::Files { certificate, key } => {
                let (chain, key_pem) = (read(certificate)?, read(key)?);
                (chain, key_pem, [certificate, key].map(|path| format!("`{}`", path.display())))
            }
            Self::Texts { certificate, key } => {
                let of = ["the certificate", "the key"].map(str::to_owned);
                (certificate.clone().into_bytes(), key.clone().into_bytes(), of)
            }
        };
        let [of_chain, of_key] = of;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
        let chain = chain.map_err(|error| format!("{of_chain} is not valid PEM: {error}"))?;
        if chain.is_empty() {
            return Err(format!(
                "{of_chain} holds no certificate: write a PEM file with the chain"
            ));
        }
        let key = PrivateKeyDer::from_pem_slice(&key)
            .map_err(|error| format!("{of_key} holds no private key: {error}"))?;
        let pair = CertifiedKey::from_der(chain, key, provider)
            .map_err(|error| format!("{of_key} is not the key of {of_chain}: {error}"))?;
        Ok(Certificate(Arc::new(pair)))
    }

    /// Returns the modification times of the files, or `None` for texts and for unreadable files.
    pub(super) fn version(&self) -> Version {
        let Self::Files { certificate, key } = self else {
            return None;
        };
        let changed = |path: &Path| std::fs::metadata(path).ok()?.modified().ok();
        Some((changed(certificate)?, changed(key)?))
    }
}

/// A certificate chain with its private key.
#[derive(Clone, Debug)]
pub(super) struct Certificate(pub(super) Arc<CertifiedKey>);

impl Certificate {
    /// Returns whether the certificate is valid for this name.
    pub(super) fn is_for(&self, name: &ServerName<'_>) -> bool {
        let first = self.0.cert.first().and_then(|der| EndEntityCert::try_from(der).ok());
        first.is_some_and(|certificate| certificate.verify_is_valid_for_subject_name(name).is_ok())
    }
}

/// Reads a file. An error contains the file's path.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("can't read `{}`: {error}", path.display()))
}
