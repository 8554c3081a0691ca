//! Hosts to ask.

use hyperpoint::prelude::*;
use hyperpoint::{Endpoint, Running};

/// Starts a host of this endpoint alone on a free port.
pub(crate) async fn start<E: Endpoint>() -> Running {
    let host = Host::empty().endpoint::<E>().bind("127.0.0.1:0");
    host.start().await.unwrap()
}

/// Configures an endpoint that answers GET here, for everybody.
pub(crate) fn anonymous(config: &mut Config, route: &str) {
    config.get(route);
    config.allow_anonymous();
}
