//! Endpoints that are never called, and the start-up errors of a host that has them.

use hyperpoint::prelude::*;

/// Returns the errors of a host with an endpoint that cannot be built.
#[track_caller]
pub(super) fn errors_of(host: Host) -> HostError {
    host.build().unwrap_err()
}

/// Writes an open endpoint that only has routes; each line of the macro is a position in the
/// reports.
macro_rules! routed {
    ($name:ident, |$config:ident| $configure:expr) => {
        routed!($name: (), |$config| $configure);
    };
    ($name:ident: $request:ty, |$config:ident| $configure:expr) => {
        #[derive(Endpoint)]
        #[endpoint(by_hand)]
        struct $name;

        impl Endpoint for $name {
            type Request = $request;
            type Response = ();

            fn configure(config: &mut Config) {
                config.allow_anonymous();
                let $config = config;
                $configure
            }

            async fn handle(&self, _: $request, cx: Cx<'_, Self>) -> Result {
                cx.send.no_content_async().await
            }
        }
    };
}
pub(super) use routed;
