//! The handler's future is the response body: whether and when the code after the stream's await
//! runs.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use hyperpoint::http::Request;
use hyperpoint::prelude::*;
use hyperpoint::{EventStream, Stopping};
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use super::masked::masked;
use crate::wire::memory::Memory;
use crate::wire::{Guard, Probe};
use crate::wire::{Scripted, scripted};

const SECOND: Duration = Duration::from_secs(1);

/// Sends one event, and the others after a pause.
fn events(guard: Guard, then: Option<Duration>) -> impl Stream<Item = u32> + Send {
    stream! {
        let _guard = guard;
        yield 1;
        match then {
            Some(after) => sleep(after).await,
            None => std::future::pending().await,
        }
    }
}

/// Sends a stream with this configuration, and spends three seconds after its await.
fn host(
    probe: &Arc<Probe>,
    then: Option<Duration>,
    set_up: impl for<'a> Fn(EventStream<'a>) -> EventStream<'a> + Send + Sync + 'static,
) -> Host {
    let probe = Arc::clone(probe);
    let set_up = Arc::new(set_up);
    scripted(move |cx: Cx<'_, Scripted<u32>>| {
        let (probe, set_up) = (Arc::clone(&probe), Arc::clone(&set_up));
        let stopping = cx.stopping.clone();
        let work = async move {
            let stream = cx.send.event_stream_async("n", events(probe.guard(), then));
            let sent = set_up(stream.retry(SECOND).keep_alive(SECOND * 1000)).await?;
            assert_eq!(
                probe.dropped(),
                1,
                "the source is dropped before the code after the await runs"
            );
            sleep(3 * SECOND).await;
            probe.pass();
            Ok(sent)
        };
        let beside = stops(stopping);
        Box::pin(async move {
            tokio::select! {
                biased;
                sent = work => sent,
                () = beside => unreachable!("the stream never ends"),
            }
        }) as BoxFuture<'_, Result>
    })
}

/// Asks the host to stop at 50 s, and never ends.
async fn stops(stopping: Stopping) {
    sleep(50 * SECOND).await;
    stopping.request();
    std::future::pending::<()>().await;
}

/// Reads to the end, and compares the events, the time of the last event, and the time of the end.
async fn check(probe: &Probe, host: Host, expected: &str, seconds: RangeInclusive<u64>) {
    let mut memory = Memory::get(host, "/s").await;
    let start = Instant::now();
    let mut body = String::new();
    while !masked(&body).0.ends_with(expected) {
        body += &memory.frame().await.unwrap();
    }
    let ended = start.elapsed();
    assert!(seconds.contains(&ended.as_secs()), "{ended:?}");
    assert_eq!(probe.passed(), 0);
    assert_eq!(memory.frame().await, None);
    assert_eq!(start.elapsed().saturating_sub(ended).as_secs(), 3);
    assert_eq!(probe.passed(), 1);
}

const FIRST: &str = "event: n\nretry: -\ndata: 1\n\n";
const DONE: &str = "event: n\nretry: -\ndata: 1\n\nevent: done\ndata: {}\n\n";
const RECONNECT: &str = "event: n\nretry: -\ndata: 1\n\nevent: reconnect\nretry: -\ndata: {}\n\n";

#[tokio::test(start_paused = true)]
async fn code_after_the_await_runs_when_the_stream_ends_and_the_body_ends_afterwards() {
    let probe = Probe::new();
    let host = host(&probe, Some(7 * SECOND), |stream| stream.done());
    check(&probe, host, DONE, 7..=7).await;
}

#[tokio::test(start_paused = true)]
async fn code_after_the_await_runs_if_the_stream_ends_before_its_head_is_sent() {
    let probe = Probe::new();
    let host = host(&probe, Some(Duration::ZERO), |stream| stream);
    check(&probe, host, FIRST, 0..=0).await;
}

#[tokio::test(start_paused = true)]
async fn code_after_the_await_runs_when_the_stream_reaches_its_maximum_age() {
    let probe = Probe::new();
    let host = host(&probe, None, |stream| stream.max_age(9 * SECOND));
    check(&probe, host, RECONNECT, 9..=9).await;
}

#[tokio::test(start_paused = true)]
async fn code_after_the_await_runs_when_until_ends_the_stream() {
    let probe = Probe::new();
    let host = host(&probe, None, |stream| stream.until(sleep(11 * SECOND)).done());
    check(&probe, host, DONE, 11..=11).await;
}

#[tokio::test(start_paused = true)]
async fn code_after_the_await_runs_when_the_host_stops() {
    let probe = Probe::new();
    // The host stops at 50 s. The streams end spread over the first 80 s of the next 100 s.
    let host = host(&probe, None, |stream| stream);
    let host = host.options(|options| options.drain_window = SECOND * 100);
    check(&probe, host, RECONNECT, 50..=130).await;
}

#[tokio::test(start_paused = true)]
async fn a_disconnect_drops_the_stream_at_once_and_no_code_runs_after_it() {
    let probe = Probe::new();
    let mut memory = Memory::get(host(&probe, None, |stream| stream), "/s").await;
    assert_eq!(masked(&memory.frame().await.unwrap()).0, FIRST);
    assert_eq!((probe.started(), probe.dropped()), (1, 0));
    drop(memory);
    assert_eq!((probe.dropped(), probe.passed()), (1, 0));
    sleep(100 * SECOND).await;
    assert_eq!(probe.passed(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_dropped_unread_drops_the_stream() {
    let probe = Probe::new();
    let memory = Memory::get(host(&probe, None, |stream| stream), "/s").await;
    assert_eq!((probe.started(), probe.dropped()), (1, 0));
    drop(memory);
    assert_eq!((probe.dropped(), probe.passed()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn no_task_is_spawned_for_a_stream() {
    let probe = Probe::new();
    let app = host(&probe, None, |stream| stream).build().unwrap();
    let request = || Request::get("/s").body(String::new()).unwrap();
    // The first stream of a host starts the one clock of all its streams.
    let mut first = Memory::ask(&app, request()).await;
    assert!(first.frame().await.is_some());
    let tasks = Handle::current().metrics().num_alive_tasks();
    let mut memory = Memory::ask(&app, request()).await;
    assert!(memory.frame().await.is_some());
    assert!(memory.poll().is_pending());
    assert_eq!(Handle::current().metrics().num_alive_tasks(), tasks);
}
