//! The certificates of a host: which one a client gets, and how they are renewed.

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

#[derive(Clone)]
struct Loaded {
    certificate: Certificate,
    version: Version,
}

impl Certificates {
    /// Loads all of them.
    ///
    /// # Errors
    ///
    /// What is wrong with each that can't be loaded.
    pub(super) fn load(
        provider: &Arc<CryptoProvider>,
        sources: &[Source],
    ) -> Result<Self, Vec<String>> {
        let (mut loaded, mut mistakes) = (Vec::new(), Vec::new());
        for source in sources {
            // Looked at first: what changes while it is read is read again.
            let version = source.version();
            match source.load(provider) {
                Ok(certificate) => loaded.push(Loaded { certificate, version }),
                Err(mistake) => mistakes.push(mistake),
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let (provider, sources) = (Arc::clone(provider), sources.to_vec());
        Ok(Self { provider, sources, loaded: RwLock::new(loaded) })
    }

    /// Looks for changed files again and again. New connections get what they hold; one that can't be
    /// used is told to the log, and the old one goes on.
    pub(super) async fn follow(self: Arc<Self>, every: Duration) {
        loop {
            tokio::time::sleep(every).await;
            let of_thread = Arc::clone(&self);
            // It reads files. A panic of it is in the log, and changes nothing here.
            let _ = tokio::task::spawn_blocking(move || of_thread.renew()).await;
        }
    }

    fn renew(&self) {
        for (at, source) in self.sources.iter().enumerate() {
            let version = source.version();
            let known = self.read().get(at).map(|loaded| loaded.version);
            if version.is_none() || known == Some(version) {
                continue;
            }
            let renewed = source.load(&self.provider);
            let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
            let Some(entry) = loaded.get_mut(at) else {
                continue;
            };
            // Also where it can't be used, so that this is told once for each change.
            entry.version = version;
            match renewed {
                Ok(certificate) => {
                    entry.certificate = certificate;
                    tracing::info!("a renewed certificate is in use");
                }
                Err(mistake) => {
                    tracing::error!("a renewed certificate can't be used: {mistake}");
                }
            }
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Vec<Loaded>> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResolvesServerCert for Certificates {
    /// The first one that is for the name that the client asks for, else the first.
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
