//! The certificates of a host: selection by SNI, and reload of changed files.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

use super::certificate::{Certificate, Source, Version};

/// The certificates of a host.
pub(super) struct Certificates {
    provider: Arc<CryptoProvider>,
    sources: Vec<Source>,
    loaded: RwLock<Vec<Loaded>>,
}

/// A certificate and the version of its files.
#[derive(Clone)]
struct Loaded {
    certificate: Certificate,
    version: Version,
}

impl Certificates {
    /// Loads all certificates.
    ///
    /// # Errors
    ///
    /// Returns a message for each certificate that cannot be loaded.
    pub(super) fn load(
        provider: &Arc<CryptoProvider>,
        sources: &[Source],
    ) -> Result<Self, Vec<String>> {
        let (mut loaded, mut errors) = (Vec::new(), Vec::new());
        for source in sources {
            // Determined before the files are read, so that a change during the read causes a
            // reload.
            let version = source.version();
            match source.load(provider) {
                Ok(certificate) => loaded.push(Loaded { certificate, version }),
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let (provider, sources) = (Arc::clone(provider), sources.to_vec());
        Ok(Self { provider, sources, loaded: RwLock::new(loaded) })
    }

    /// Reloads changed files at this interval, forever. New connections use the new certificates.
    /// If a file is invalid, logs an error and keeps the old certificate.
    pub(super) async fn follow(self: Arc<Self>, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            let of_thread = Arc::clone(&self);
            // Runs on a blocking thread, because it reads files. A panic is logged by the panic
            // hook and does not end this loop.
            let _ = tokio::task::spawn_blocking(move || of_thread.renew()).await;
        }
    }

    /// Reloads the certificates whose files have changed.
    fn renew(&self) {
        for (index, source) in self.sources.iter().enumerate() {
            let version = source.version();
            let known = self.read().get(index).map(|loaded| loaded.version);
            if version.is_none() || known == Some(version) {
                continue;
            }
            let renewed = source.load(&self.provider);
            let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
            let Some(entry) = loaded.get_mut(index) else {
                continue;
            };
            // Updated even if a file is invalid, so that the error is logged only once per change.
            entry.version = version;
            match renewed {
                Ok(certificate) => {
                    entry.certificate = certificate;
                    tracing::info!("reloaded a changed certificate");
                }
                Err(error) => {
                    tracing::error!("failed to reload a changed certificate: {error}");
                }
            }
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Vec<Loaded>> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResolvesServerCert for Certificates {
    /// Returns the first certificate that is valid for the client's server name, otherwise the
    /// first of all certificates.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let loaded = self.read();
        let name = hello.server_name().and_then(|name| ServerName::try_from(name).ok());
        let asked =
            name.and_then(|name| loaded.iter().find(|loaded| loaded.certificate.is_for(&name)));
        let found = asked.or(loaded.first())?;
        Some(Arc::clone(&found.certificate.0))
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").field("count", &self.sources.len()).finish_non_exhaustive()
    }
}
