//! GET /health/live: the process answers.

use hyperpoint_core::services::Resolver;
use hyperpoint_core::{Config, Cx, Declared, Endpoint, FromServices, Result};

use super::ready::NO_STORE;

/// GET /health/live: the process answers. Whoever gets no answer may start it again; what else does
/// not work is not told, since that would not mend it.
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
    }

    async fn handle(&self, _: (), cx: Cx<'_, Self>) -> Result {
        let (name, value) = NO_STORE;
        cx.send.header(name, value).string_async("live\n").await
    }
}
