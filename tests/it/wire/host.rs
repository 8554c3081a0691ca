//! Hosts for tests.

use hyperpoint::prelude::*;
use hyperpoint::{Endpoint, Running};

/// Starts a host with only this endpoint on a free port.
pub(crate) async fn start<E: Endpoint>() -> Running {
    let host = Host::empty().endpoint::<E>().bind("127.0.0.1:0");
    host.start().await.unwrap()
}

/// Configures an open endpoint that answers GET on this route.
pub(crate) fn anonymous(config: &mut Config, route: &str) {
    config.get(route);
    config.allow_anonymous();
}
