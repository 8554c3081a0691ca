//! Endpoints that are only looked at while a host starts, and what it says of them.

use hyperpoint::prelude::*;

/// Why this host can't be built.
#[track_caller]
pub(super) fn mistakes(host: Host) -> HostError {
    host.build().unwrap_err()
}

/// Writes an endpoint for everybody that only has routes; each line is a place in the reports.
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
