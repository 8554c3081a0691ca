//! The endpoint `GET /health/ready`.

use std::sync::Arc;

use http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use hyperpoint_core::services::Resolver;
use hyperpoint_core::{Config, Cx, Declared, Endpoint, FromServices, Result};

use super::checks::Health;

/// The header that forbids caches to store the response.
pub(super) const NO_STORE: (HeaderName, HeaderValue) =
    (CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// The endpoint `GET /health/ready`, below the prefix of the host's defaults, which reports whether the host accepts work.
pub(crate) struct Ready {
    health: Arc<Health>,
}

impl FromServices for Ready {
    const DECLARED: Declared = Declared { file: file!(), line: line!() };

    fn from_services(resolver: &mut Resolver<'_>) -> Option<Self> {
        Some(Self { health: resolver.field("health")? })
    }
}

impl Endpoint for Ready {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/health/ready");
        config.allow_anonymous();
        // Load balancers send the host's address as `Host`.
        config.allowed_hosts(["*"]);
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let (name, value) = NO_STORE;
        self.health.ready().await.map_err(|problem| problem.header(name.clone(), value.clone()))?;
        cx.send.header(name, value).string_async("ready\n").await
    }
}
