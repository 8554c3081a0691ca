//! Ends of streams as written that come from outside the handler: contract line 39.

use std::time::{Duration, SystemTime};

use futures_util::stream;
use http::{HeaderValue, request};
use hyperpoint::prelude::*;
use hyperpoint::{AuthenticationScheme, Identity, async_trait};
use tokio::time::{Instant, sleep};

use crate::wire::Probe;
use crate::wire::h2::Http2;
use crate::wire::memory::Memory;
use crate::wire::raw::Raw;
use crate::wire::{scripted, within};

const SECOND: Duration = Duration::from_secs(1);
const FIRST: &str = "event: n\ndata: 0\n\n";

/// A number each second.
fn ticks(count: u32) -> impl Stream<Item = u32> {
    stream! {
        for number in 0..count {
            yield number;
            sleep(SECOND).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn line_39_a_stream_that_reaches_its_age_is_cut() {
    let probe = Probe::new();
    let seen = Arc::clone(&probe);
    let host = scripted::<u32>(move |cx| {
        let seen = Arc::clone(&seen);
        Box::pin(async move {
            let ages = cx.send.event_stream_async("n", ticks(60)).max_age(SECOND / 2);
            let sent = ages.done().await;
            seen.pass();
            sent
        })
    });
    let (body, cut) = Memory::post(host, "/s").await.rest_and_cut().await;
    assert_eq!((&*body, cut.as_deref()), (FIRST, Some("the event stream was cut (aged)")));
    assert_eq!(probe.passed(), 1, "the code after the await runs");
}

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

#[tokio::test(start_paused = true)]
async fn line_39_a_stream_whose_identity_expires_is_cut() {
    let from_source = scripted::<u32>(|cx| {
        Box::pin(async move { cx.send.event_stream_async("n", ticks(60)).await })
    });
    let imperative = scripted::<u32>(|cx| {
        Box::pin(async move {
            let mut events = cx.send.open_event_stream_async().await?;
            events.send("n", &0).await?;
            sleep(60 * SECOND).await;
            events.close().await
        })
    });
    for host in [from_source, imperative] {
        let begun = Instant::now();
        let mut memory = Memory::post(host.authentication(For(SECOND / 2)), "/s").await;
        let (body, cut) = memory.rest_and_cut().await;
        assert_eq!((&*body, cut.as_deref()), (FIRST, Some("the event stream was cut (expired)")));
        assert!(begun.elapsed() < SECOND, "{:?}", begun.elapsed());
    }
}

/// A stream of this many seconds, whose host is asked to stop at its start.
fn stopped(seconds: u32, probe: &Arc<Probe>) -> Host {
    let probe = Arc::clone(probe);
    scripted::<u32>(move |cx| {
        let probe = Arc::clone(&probe);
        Box::pin(async move {
            cx.stopping.request();
            let _guard = probe.guard();
            let sent =
                cx.send.event_stream_async("n", ticks(seconds)).keep_alive(90 * SECOND).await;
            probe.pass();
            sent
        })
    })
}

#[tokio::test(start_paused = true)]
async fn line_39_a_stream_of_one_client_goes_on_during_a_stop_and_may_end() {
    let probe = Probe::new();
    let begun = Instant::now();
    let (body, cut) = Memory::post(stopped(17, &probe), "/s").await.rest_and_cut().await;
    assert_eq!((body.matches("data:").count(), cut), (17, None));
    assert_eq!((begun.elapsed().as_secs(), probe.passed()), (17, 1));
}

#[tokio::test(start_paused = true)]
async fn line_39_a_stream_of_one_client_is_cut_at_the_end_of_the_drain_window() {
    let probe = Probe::new();
    let begun = Instant::now();
    let (body, cut) = Memory::post(stopped(60, &probe), "/s").await.rest_and_cut().await;
    assert_eq!(cut.as_deref(), Some("the event stream was cut (stopped)"));
    assert!((18..=19).contains(&body.matches("data:").count()), "{body:?}");
    assert!(body.ends_with("\n\n") && !body.contains("reconnect"), "{body:?}");
    assert_eq!((begun.elapsed().as_secs(), probe.passed()), (18, 1));
}

#[tokio::test]
async fn line_39_a_stop_cuts_streams_on_both_protocols() {
    let host = scripted::<u32>(|cx| {
        use futures_util::StreamExt;
        let events = stream::iter([0]).chain(stream::pending());
        Box::pin(async move { cx.send.event_stream_async("n", events).await })
    });
    let host = host.options(|options| options.drain_window = SECOND).start().await.unwrap();
    let mut raw = Raw::post(host.address(), "/s").await;
    raw.head().await;
    let mut connection = Http2::connect(host.address()).await;
    let mut answer = connection.ask(http::Method::POST, "/s").await;
    assert_eq!(raw.chunk().await.as_deref(), Some(FIRST));
    assert_eq!(answer.until("\n\n").await, FIRST);
    let stopping = tokio::spawn(host.stop());
    assert_eq!(raw.closed_body().await, (String::new(), false));
    let (rest, cut) = answer.rest_and_cut().await;
    assert_eq!((&*rest, cut.is_some()), ("", true));
    within(stopping).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn until_ends_a_stream_as_written_cleanly() {
    let host = scripted::<u32>(|cx| {
        let events = cx.send.event_stream_async("n", ticks(60)).until(sleep(SECOND / 2));
        Box::pin(events)
    });
    assert_eq!(Memory::post(host, "/s").await.rest_and_cut().await, (FIRST.to_owned(), None));
}
