//! The endpoint `GET /health/live`.

use hyperpoint_core::services::Resolver;
use hyperpoint_core::{Config, Cx, Declared, Endpoint, FromServices, Result};

use super::ready::NO_STORE;

/// The endpoint `GET /health/live`, below the prefix of the host's defaults, which always responds with 200. A supervisor restarts a process
/// that does not respond. Failed checks have no effect here, because a restart would not help.
pub(crate) struct Live;

impl FromServices for Live {
    const DECLARED: Declared = Declared { file: file!(), line: line!() };

    fn from_services(_: &mut Resolver<'_>) -> Option<Self> {
        Some(Self)
    }
}

impl Endpoint for Live {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/health/live");
        config.allow_anonymous();
        // Load balancers send the host's address as `Host`.
        config.allowed_hosts(["*"]);
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let (name, value) = NO_STORE;
        cx.send.header(name, value).string_async("live\n").await
    }
}
