//! Streams that end when the identity of their request expires.

use std::time::{Duration, SystemTime};

use http::{HeaderValue, Request, request};
use hyperpoint::prelude::*;
use hyperpoint::{AuthenticationScheme, Identity, async_trait};
use tokio::time::{Instant, sleep};

use super::masked::masked;
use crate::wire::Probe;
use crate::wire::memory::Memory;
use crate::wire::scripted;

const SECOND: Duration = Duration::from_secs(1);

/// Authenticates Ann for this long, starting at each request.
struct For(Duration);

#[async_trait]
impl AuthenticationScheme for For {
    fn challenge(&self, _: &request::Parts) -> HeaderValue {
        HeaderValue::from_static("For")
    }

    async fn authenticate(&self, _: &request::Parts) -> Result<Option<Identity>, Problem> {
        Ok(Some(Identity::user("ann").with_expiry(SystemTime::now() + self.0)))
    }
}

async fn ask(host: Host) -> Memory {
    let request = Request::get("/s").body(String::new()).unwrap();
    Memory::ask(&host.build().unwrap(), request).await
}

fn ticks() -> impl Stream<Item = u32> {
    stream! {
        for number in 0..60 {
            yield number;
            sleep(2 * SECOND).await;
        }
    }
}

const TOLD: &str = "event: n\nretry: -\ndata: 0\n\nevent: n\ndata: 1\n\nevent: n\ndata: 2\n\n\
                    event: reconnect\nretry: -\ndata: {}\n\n";

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_its_identity_and_asks_the_client_to_reconnect() {
    let probe = Probe::new();
    let seen = Arc::clone(&probe);
    let host = scripted(move |cx| {
        let seen = Arc::clone(&seen);
        Box::pin(async move {
            let sent = cx.send.event_stream_async("n", ticks()).await;
            sleep(SECOND).await;
            seen.pass();
            sent
        })
    });
    let begun = Instant::now();
    let mut memory = ask(host.authentication(For(5 * SECOND))).await;
    assert_eq!(masked(&memory.rest().await).0, TOLD);
    assert_eq!(probe.passed(), 1, "the code after the await has time to run");
    // The identity expires by the system clock, and the stream ends by the runtime's: they differ
    // by the duration of the request.
    assert!((begun.elapsed().as_secs_f64() - 6.0).abs() < 1.0, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_imperative_handler_is_dropped_when_its_identity_expires() {
    let probe = Probe::new();
    let seen = Arc::clone(&probe);
    let host = scripted::<u32>(move |cx| {
        let guard = seen.guard();
        Box::pin(async move {
            let _guard = guard;
            let mut events = cx.send.open_event_stream_async().await?;
            for number in 0..60 {
                events.send("n", &number).await?;
                sleep(2 * SECOND).await;
            }
            events.close().await
        })
    });
    let mut memory = ask(host.authentication(For(5 * SECOND))).await;
    assert_eq!(masked(&memory.rest().await).0, TOLD);
    assert_eq!(probe.dropped(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_earlier_of_maximum_age_and_identity_ends_a_stream() {
    for (age, identity) in [(60, 5), (5, 60)] {
        let host = scripted(move |cx| {
            let age = Duration::from_secs(age);
            Box::pin(async move { cx.send.event_stream_async("n", ticks()).max_age(age).await })
        });
        let scheme = For(Duration::from_secs(identity));
        let mut memory = ask(host.authentication(scheme)).await;
        assert_eq!(masked(&memory.rest().await).0, TOLD);
    }
}
