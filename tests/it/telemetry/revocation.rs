//! Log lines about revocation checks.

use std::time::Duration;

use http::{HeaderValue, Request, request};
use hyperpoint::prelude::*;
use hyperpoint::{AuthenticationScheme, Identity, StillHolds, async_trait};
use tokio::time::sleep;

use super::captured::Captured;
use crate::http::endpoint;
use crate::wire::memory::Memory;

const MINUTE: Duration = Duration::from_mins(1);

/// Authenticates Ann, and fails every revocation check.
struct Away;

#[async_trait]
impl AuthenticationScheme for Away {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("Away")
    }

    async fn authenticate(&self, _: &request::Parts) -> Result<Option<Identity>> {
        Ok(Some(Identity::user("ann")))
    }

    fn still_holds<'a>(&'a self, _: &'a Identity) -> Option<StillHolds<'a>> {
        Some(Box::pin(async { Err(Problem::internal("the store is away")) }))
    }
}

endpoint! {
    Live: () => Events<u32>;
    |config| {
        config.get("/live");
    }
    |(), cx| { cx.send.event_stream_async("n", futures_util::stream::pending::<u32>()).await }
}

#[tokio::test(start_paused = true)]
async fn failing_checks_cause_one_warning_per_interval_for_all_streams() {
    let log = Captured::new();
    let host = Host::empty().endpoint::<Live>().authentication(Away);
    let app = host.options(|options| options.revocation_check = MINUTE).build().unwrap();
    let mut streams = Vec::new();
    for _ in 0..20 {
        let request = Request::get("/live").body(String::new()).unwrap();
        let mut stream = Memory::ask(&app, request).await;
        streams.push(tokio::spawn(async move { stream.rest().await }));
    }
    sleep(10 * MINUTE).await;
    let warnings = log.count("WARN");
    assert!((8..=11).contains(&warnings), "{warnings}");
    assert_eq!(log.count("scheme=\"Away\""), warnings);
    assert_eq!(log.count("the store is away"), warnings);
    for stream in &streams {
        assert!(!stream.is_finished());
        stream.abort();
    }
}
