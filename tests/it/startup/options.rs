//! Invalid limits and timeouts.

use std::time::Duration;

use hyperpoint::prelude::*;
use insta::assert_debug_snapshot;

use super::routed::routed;

routed!(Root, |config| config.get("/"));
routed!(Twice, |config| config.get("/"));

#[test]
fn every_invalid_limit_is_reported_beside_other_errors() {
    let host = Host::empty().endpoint::<Root>().endpoint::<Twice>().options(|options| {
        options.request_head = Duration::ZERO;
        options.head_limit_bytes = 0;
        options.http2_streams = 0;
    });
    assert_debug_snapshot!(host.build().unwrap_err(), @"
    the host can't start: 4 configuration errors
      - the host's `options`: `request_head` is zero: set a longer time, such as 10 s
      - the host's `options`: `http2_streams` is 0, so that nothing would be served: set at least 1
      - the host's `options`: `head_limit_bytes` is 0: set at least 1024 (1 KiB) and at most 1048576 (1 MiB)
      - `it::startup::options::Twice` (tests/it/startup/options.rs:11): `GET /` is taken by `it::startup::options::Root` (tests/it/startup/options.rs:10); change one of the two routes
    ");
}
