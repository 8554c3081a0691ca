//! What a connection is doing, and by when it must have done it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::task::Context;
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::time::Instant;

use crate::options::ServerOptions;

/// What a connection is doing. Written by its socket and by its requests, read by its watch.
///
/// Relaxed order is enough: a late read only makes the watch look again.
#[derive(Debug)]
pub(super) struct Activity {
    born: Instant,
    limits: Limits,
    open_requests: AtomicUsize,
    /// Since when a head, or its first byte, is awaited.
    head_since: Mark,
    /// Since when no request is open.
    idle_since: Mark,
    /// Since when the socket takes nothing of what is to be written.
    stalled_since: Mark,
    /// The task of the connection, on HTTP/2, where each request has its own.
    watch: AtomicWaker,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    /// None on HTTP/2, where bytes come that belong to no request.
    head: Option<Duration>,
    idle: Duration,
    stall: Duration,
}

/// A time since which something is so, or none. It is set without a look at the clock: most heads
/// are whole, and most answers sent, before anybody asks how long they took.
#[derive(Debug, Default)]
struct Mark(AtomicU64);

/// Set, and not yet timed.
const UNTIMED: u64 = u64::MAX;

impl Mark {
    /// Set since the connection was accepted.
    fn at_birth() -> Self {
        Self(1.into())
    }

    fn is_set(&self) -> bool {
        self.0.load(Relaxed) != 0
    }

    fn set(&self) {
        if !self.is_set() {
            self.0.store(UNTIMED, Relaxed);
        }
    }

    /// Counts anew, if it is set.
    fn restart(&self) {
        if self.is_set() {
            self.0.store(UNTIMED, Relaxed);
        }
    }

    fn clear(&self) {
        if self.is_set() {
            self.0.store(0, Relaxed);
        }
    }

    /// When it will have been so for this long, counted from when this was first asked.
    fn plus(&self, born: Instant, limit: Duration) -> Option<Instant> {
        let mut millis = self.0.load(Relaxed);
        if millis == UNTIMED {
            millis = u64::try_from(born.elapsed().as_millis()).unwrap_or(UNTIMED - 2) + 1;
            self.0.store(millis, Relaxed);
        }
        let since = born.checked_add(Duration::from_millis(millis.checked_sub(1)?))?;
        since.checked_add(limit)
    }
}

impl Activity {
    /// A connection that was accepted at this time.
    pub(super) fn new(options: &ServerOptions, is_http2: bool, born: Instant) -> Arc<Self> {
        let limits = Limits {
            head: (!is_http2).then_some(options.request_head),
            idle: options.keep_alive_idle,
            stall: options.write_stall,
        };
        let (open_requests, stalled_since, watch) = Default::default();
        let (head_since, idle_since) = match is_http2 {
            true => (Mark::default(), Mark(UNTIMED.into())),
            false => (Mark::at_birth(), Mark::default()),
        };
        Arc::new(Self { born, limits, open_requests, head_since, idle_since, stalled_since, watch })
    }

    /// Bytes were read.
    pub(super) fn read(&self) {
        let is_between = self.open_requests.load(Relaxed) == 0;
        if self.limits.head.is_some() && is_between {
            self.head_since.set();
        }
    }

    /// The socket took bytes. A large answer may be on its way long after hyper has it whole and
    /// its request counts as over: while bytes go, a connection is not idle.
    pub(super) fn wrote(&self) {
        self.stalled_since.clear();
        self.idle_since.restart();
    }

    /// The socket was flushed.
    pub(super) fn flushed(&self) {
        self.stalled_since.clear();
    }

    /// The socket took nothing.
    pub(super) fn stalled(&self) {
        self.stalled_since.set();
    }

    /// A head was read whole.
    pub(super) fn begin_request(self: &Arc<Self>) -> OpenRequest {
        self.open_requests.fetch_add(1, Relaxed);
        self.head_since.clear();
        self.idle_since.clear();
        OpenRequest(Arc::clone(self))
    }

    /// Has this task look again when the last request ends, if that happens in another.
    pub(super) fn watch(&self, cx: &Context<'_>) {
        if self.limits.head.is_none() {
            self.watch.register(cx.waker());
        }
    }

    fn wake(&self) {
        if self.limits.head.is_none() {
            self.watch.wake();
        }
    }

    /// Whether something is so that must not last long.
    pub(super) fn is_urgent(&self) -> bool {
        self.head_since.is_set() || self.stalled_since.is_set()
    }

    /// By when something must have changed; none while there is nothing to wait for.
    pub(super) fn deadline(&self) -> Option<(Instant, Overdue)> {
        // Where requests end in tasks of their own, the last may end while the next begins.
        if self.open_requests.load(Relaxed) > 0 {
            self.idle_since.clear();
        }
        let Limits { head, idle, stall } = self.limits;
        let marks = [
            (head.and_then(|limit| self.head_since.plus(self.born, limit)), Overdue::Head),
            (self.idle_since.plus(self.born, idle), Overdue::Idle),
            (self.stalled_since.plus(self.born, stall), Overdue::Write),
        ];
        let set = marks.into_iter().filter_map(|(at, what)| Some((at?, what)));
        set.min_by_key(|(at, _)| *at)
    }
}

/// What did not happen in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overdue {
    Head,
    Idle,
    Write,
}

/// A request that is open, until its answer was sent or dropped.
#[derive(Debug)]
pub(super) struct OpenRequest(Arc<Activity>);

impl Drop for OpenRequest {
    fn drop(&mut self) {
        if self.0.open_requests.fetch_sub(1, Relaxed) == 1 {
            self.0.idle_since.set();
            self.0.wake();
        }
    }
}
