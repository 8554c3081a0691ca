//! The endpoints of the tests, with a count of live streams.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::{self, TryStreamExt};
use hyperpoint::Running;
use hyperpoint::prelude::*;
use hyperpoint_testing::{Client, EventReader, ReadError};
use tokio::sync::watch;

/// The number of concurrent requests while streams are opened.
const AT_ONCE: usize = 50;
/// Longer than any step takes, also on a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// The data of one event of a flood.
const FLOOD: &str = match str::from_utf8(&[b'x'; 4000]) {
    Ok(text) => text,
    Err(_) => "",
};

/// The live streams in the server.
#[derive(Debug)]
pub(crate) struct Streams {
    live: AtomicUsize,
    flood: watch::Sender<bool>,
}

/// Counts a stream while it lives.
struct Live(Arc<Streams>);

impl Drop for Live {
    fn drop(&mut self) {
        self.0.live.fetch_sub(1, SeqCst);
    }
}

impl Streams {
    fn begin(self: &Arc<Self>) -> Live {
        self.live.fetch_add(1, SeqCst);
        Live(Arc::clone(self))
    }

    pub(crate) fn live(&self) -> usize {
        self.live.load(SeqCst)
    }

    /// Makes every stream send as fast as its client reads.
    pub(crate) fn flood(&self) {
        self.flood.send_replace(true);
    }

    /// Returns the time until no stream is left, and calls the closure now and then meanwhile.
    pub(crate) async fn until_none(&self, mut look: impl FnMut()) -> Duration {
        let start = Instant::now();
        while self.live() > 0 {
            look();
            assert!(start.elapsed() < DEADLINE, "{} streams are still open", self.live());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        start.elapsed()
    }
}

/// `GET /idle`: one event, and then none until all streams are asked to flood.
#[derive(Endpoint)]
struct Idle {
    streams: Arc<Streams>,
}

impl Endpoint for Idle {
    type Request = ();
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/idle");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let live = self.streams.begin();
        let mut flood = self.streams.flood.subscribe();
        let events = stream! {
            let _live = live;
            yield StreamItem::text("first");
            if flood.wait_for(|is_flood| *is_flood).await.is_ok() {
                loop {
                    yield StreamItem::text(FLOOD);
                }
            }
        };
        cx.send.stream_items_async(events).await
    }
}

/// `GET /short`: two events and the end.
#[derive(Endpoint)]
struct Short {
    streams: Arc<Streams>,
}

impl Endpoint for Short {
    type Request = ();
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/short");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let live = self.streams.begin();
        let mut flood = self.streams.flood.subscribe();
        let events = stream! {
            let _live = live;
            yield 1;
            if flood.wait_for(|is_flood| *is_flood).await.is_ok() {
                yield 2;
            }
        };
        cx.send.event_stream_async("event", events).await
    }
}

/// Starts a host with both endpoints, with this write timeout.
pub(crate) async fn start(write_stall: Duration) -> (Running, Arc<Streams>) {
    let streams = Arc::new(Streams { live: AtomicUsize::new(0), flood: watch::Sender::new(false) });
    let host = Host::empty().endpoint::<Idle>().endpoint::<Short>();
    let host = host.service(Arc::clone(&streams)).bind("127.0.0.1:0");
    let host = host.options(|options| options.write_stall = write_stall);
    (host.start().await.unwrap(), streams)
}

/// Opens this many streams, distributed over the clients, and reads the first event of each.
pub(crate) async fn open(clients: &[Client], path: &str, count: usize) -> Vec<EventReader> {
    all(clients.iter().cycle().take(count).map(|client| async move {
        let mut events = client.events(path).await?;
        events.next().await?;
        Ok(events)
    }))
    .await
}

/// Runs all of these futures, some of them concurrently, and returns their outputs.
pub(crate) async fn all<F, T>(futures: impl Iterator<Item = F>) -> Vec<T>
where
    F: Future<Output = Result<T, ReadError>>,
{
    stream::iter(futures).buffer_unordered(AT_ONCE).try_collect().await.unwrap()
}
