//! The endpoints that hostile clients meet.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use hyperpoint::prelude::*;
use hyperpoint::{Running, ServerOptions};

use crate::http::endpoint;
use crate::wire::eventually;

/// The time limit for a client in the cases about time limits.
pub(super) const CLOCK: Duration = Duration::from_millis(300);
const PATIENCE: Duration = Duration::from_mins(1);

/// Counts of the live streams, and of the requests that a smuggling attack would cause.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    live: AtomicUsize,
    smuggled: AtomicUsize,
}

impl Counts {
    pub(super) fn live(&self) -> usize {
        self.live.load(SeqCst)
    }

    pub(super) fn smuggled(&self) -> usize {
        self.smuggled.load(SeqCst)
    }

    pub(super) async fn until_live(&self, count: usize) {
        eventually(|| self.live() == count).await;
    }
}

/// Counts a stream while it lives.
struct Live(Arc<Counts>);

impl Live {
    fn new(counts: &Arc<Counts>) -> Self {
        counts.live.fetch_add(1, SeqCst);
        Self(Arc::clone(counts))
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.0.live.fetch_sub(1, SeqCst);
    }
}

endpoint! {
    Post: Vec<u32> => ();
    |config| {
        config.post("/");
        config.allow_anonymous();
    }
    |_, cx| { cx.send.no_content_async().await }
}

/// `GET /smuggled`: requested only if the host frames a request wrongly.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Smuggled {
    counts: Arc<Counts>,
}

impl Endpoint for Smuggled {
    type Request = ();
    type Response = ();

    fn configure(config: &mut Config) {
        config.get("/smuggled");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        self.counts.smuggled.fetch_add(1, SeqCst);
        cx.send.no_content_async().await
    }
}

/// `GET /idle`: a stream without events.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Idle {
    counts: Arc<Counts>,
}

impl Endpoint for Idle {
    type Request = ();
    type Response = Events<u32>;

    fn configure(config: &mut Config) {
        config.get("/idle");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let _live = Live::new(&self.counts);
        cx.send.event_stream_async("tick", futures_util::stream::pending::<u32>()).await
    }
}

/// `GET /endless`: events without a pause.
#[derive(Endpoint)]
#[endpoint(by_hand)]
struct Endless {
    counts: Arc<Counts>,
}

impl Endpoint for Endless {
    type Request = ();
    type Response = Events<String>;

    fn configure(config: &mut Config) {
        config.get("/endless");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let _live = Live::new(&self.counts);
        let events = futures_util::stream::repeat("x".repeat(4000));
        cx.send.event_stream_async("much", events).await
    }
}

/// Creates a host with all endpoints, and its counts.
pub(super) struct Site {
    pub(super) host: Running,
    pub(super) counts: Arc<Counts>,
}

impl Site {
    pub(super) async fn start(change: impl FnOnce(&mut ServerOptions)) -> Self {
        let counts = Arc::<Counts>::default();
        let host = Host::empty().endpoint::<Post>().endpoint::<Smuggled>().endpoint::<Idle>();
        let host = host.endpoint::<Endless>().service(Arc::clone(&counts)).bind("127.0.0.1:0");
        let host = host.options(change).start().await.unwrap();
        Self { host, counts }
    }

    /// Creates a host whose timeouts are all short.
    pub(super) async fn with_short_timeouts() -> Self {
        Self::start(|options| set_timeouts(options, CLOCK)).await
    }

    /// Creates a host whose timeouts do not expire during a test, so that only immediate reactions
    /// show.
    pub(super) async fn with_long_timeouts() -> Self {
        Self::start(|options| set_timeouts(options, PATIENCE)).await
    }
}

fn set_timeouts(options: &mut ServerOptions, time: Duration) {
    options.request_head = time;
    options.request_body = time;
    options.request_body_gap = time;
    options.keep_alive_idle = time;
    options.write_stall = time;
}
