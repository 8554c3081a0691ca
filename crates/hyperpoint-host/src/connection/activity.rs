//! What a connection is doing, and by when it must have done it.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::time::Instant;

use crate::options::ServerOptions;

/// What a connection is doing. Written by its socket and by its requests, read by its watch, and by
/// the host where it looks for a connection that it can do without.
///
/// Relaxed order is enough: a late read only makes the watch look again, and it is woken where
/// another thread has something for it.
///
/// In this order, so that what each event of a stream looks at is together: with very many
/// connections nothing of one is in the processor's cache when it is woken.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Activity {
    /// Since when a head, or its first byte, is awaited.
    head_since: Mark,
    /// Since when no request is open.
    idle_since: Mark,
    /// Since when the socket takes nothing of what is to be written.
    stalled_since: Mark,
    /// A [`Leaving`].
    leaving: AtomicU8,
    /// Then bytes come that belong to no request, and each request has a task of its own.
    is_http2: AtomicBool,
    /// Whether the host can do without the connection, should it be idle.
    is_dismissed: AtomicBool,
    /// Whether the next refusal that goes out is one of the application.
    has_refused: AtomicBool,
    open_requests: AtomicUsize,
    /// The task of the connection.
    waker: AtomicWaker,
    born: Instant,
    limits: Limits,
}

/// When a connection takes no more requests.
#[derive(Clone, Copy)]
enum Leaving {
    /// Not yet.
    No,
    /// The host stops.
    Now,
    /// It came while the host stopped: as soon as it has had one.
    AfterOne,
}

/// Smaller writes are a whole answer of HTTP/1, or the end of one: the clock need not be set back.
const SMALL_WRITE_BYTES: usize = 128;

#[derive(Clone, Copy, Debug)]
struct Limits {
    head: Duration,
    idle: Duration,
    stall: Duration,
}

/// A time since which something is so, or none. It is set without a look at the clock: most heads
/// are whole, and most answers sent, before anybody asks how long they took.
#[derive(Debug, Default)]
struct Mark(AtomicU64);

/// Set, and not yet timed.
const UNTIMED: u64 = u64::MAX;
/// Set since the connection was accepted.
const AT_BIRTH: u64 = 1;

impl Mark {
    fn at_birth() -> Self {
        Self(AT_BIRTH.into())
    }

    fn set_at_birth(&self) {
        self.0.store(AT_BIRTH, Relaxed);
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
    fn deadline_after(&self, born: Instant, limit: Duration) -> Option<Instant> {
        let mut millis = self.0.load(Relaxed);
        if millis == UNTIMED {
            millis = u64::try_from(born.elapsed().as_millis()).unwrap_or(UNTIMED - 2) + 1;
            // What was set later is never taken for what was set at birth.
            millis = millis.max(AT_BIRTH + 1);
            self.0.store(millis, Relaxed);
        }
        let since = born.checked_add(Duration::from_millis(millis.checked_sub(1)?))?;
        since.checked_add(limit)
    }
}

impl Activity {
    /// A connection that was just accepted.
    pub(crate) fn new(options: &ServerOptions) -> Arc<Self> {
        let limits = Limits {
            head: options.request_head,
            idle: options.keep_alive_idle,
            stall: options.write_stall,
        };
        Arc::new(Self {
            head_since: Mark::at_birth(),
            idle_since: Mark::default(),
            stalled_since: Mark::default(),
            leaving: AtomicU8::new(Leaving::No as u8),
            is_http2: AtomicBool::default(),
            is_dismissed: AtomicBool::default(),
            has_refused: AtomicBool::default(),
            open_requests: AtomicUsize::default(),
            waker: AtomicWaker::new(),
            born: Instant::now(),
            limits,
        })
    }

    /// It speaks HTTP/2: no head is awaited, and it is idle until a request comes.
    pub(super) fn speaks_http2(&self) {
        self.is_http2.store(true, Relaxed);
        self.head_since.clear();
        self.idle_since.set_at_birth();
    }

    /// The connection is secured: only now a head is awaited.
    #[cfg(feature = "tls")]
    pub(crate) fn is_secured(&self) {
        self.head_since.restart();
    }

    pub(super) fn is_http2(&self) -> bool {
        self.is_http2.load(Relaxed)
    }

    /// Bytes were read.
    pub(super) fn read(&self) {
        if self.is_between_requests() && !self.is_http2() {
            self.head_since.set();
        }
    }

    pub(super) fn is_between_requests(&self) -> bool {
        self.open_requests.load(Relaxed) == 0
    }

    /// The socket took so many bytes. A large answer of HTTP/1 may be on its way long after hyper has
    /// it whole and its request counts as over: while its bytes go, a connection is not idle.
    ///
    /// On HTTP/2 only requests count: the bytes may answer PING and SETTINGS frames, as many as the
    /// client likes to send. At most one slice of each answer is still to be sent when its request
    /// ends ([`Sliced`](super::stream_tasks::Sliced)), and the client has the time of an idle
    /// connection to take it.
    pub(super) fn wrote(&self, bytes: usize) {
        self.stalled_since.clear();
        if bytes > SMALL_WRITE_BYTES && !self.is_http2() {
            self.idle_since.restart();
        }
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

    /// Has this task look again when another has something for it: the host that dismisses the
    /// connection or stops, or the last request, if it ends elsewhere. It is woken once.
    pub(super) fn register_waker(&self, cx: &Context<'_>) {
        self.waker.register(cx.waker());
    }

    /// The host stops: the connection takes no more requests than it has.
    pub(crate) fn leave(&self) {
        let (from, to) = (Leaving::No as u8, Leaving::Now as u8);
        if self.leaving.compare_exchange(from, to, Relaxed, Relaxed).is_ok() {
            self.waker.wake();
        }
    }

    /// The host was stopping when the connection came: it takes one request.
    pub(super) fn leave_after_one(&self) {
        self.leaving.store(Leaving::AfterOne as u8, Relaxed);
    }

    /// Whether it is to take no more requests.
    pub(super) fn is_to_leave(&self) -> bool {
        let leaving = self.leaving.load(Relaxed);
        leaving != Leaving::No as u8 && (leaving == Leaving::Now as u8 || !self.is_silent())
    }

    /// Whether the host can do without the connection, and since when that is so, as far as anybody
    /// looked. `None` while a request is open, and once the connection was dismissed.
    pub(crate) fn spare(&self) -> Option<(Spare, Instant)> {
        if !self.is_between_requests() || self.is_dismissed.load(Relaxed) {
            return None;
        }
        if self.is_silent() {
            return Some((Spare::Silent, self.born));
        }
        let since = |mark: &Mark| mark.deadline_after(self.born, Duration::ZERO);
        match since(&self.head_since) {
            Some(since) => Some((Spare::UnfinishedHead, since)),
            None => since(&self.idle_since).map(|since| (Spare::Idle, since)),
        }
    }

    /// Whether nobody has asked for anything on it.
    pub(crate) fn is_silent(&self) -> bool {
        // Only a request that has ended makes a connection of HTTP/1 idle.
        let since = self.idle_since.0.load(Relaxed);
        self.is_between_requests() && (since == 0 || since == AT_BIRTH)
    }

    /// Closes the connection, unless a request has come in the meantime.
    pub(crate) fn dismiss(&self) {
        self.is_dismissed.store(true, Relaxed);
        // Urgent, so that the watch looks at more than its timer.
        self.head_since.set();
        self.waker.wake();
    }

    /// Waits until the connection is dismissed, before its protocol is known and it has a watch.
    ///
    /// # Cancel safety
    ///
    /// Safe: nothing is lost.
    pub(crate) async fn dismissed(&self) {
        poll_fn(|cx| {
            self.register_waker(cx);
            if self.is_dismissed.load(Relaxed) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Whether the application refused a request since this was last asked.
    pub(super) fn take_refused(&self) -> bool {
        self.has_refused.swap(false, Relaxed)
    }

    /// Whether something is so that must not last long.
    pub(super) fn is_urgent(&self) -> bool {
        self.head_since.is_set() || self.stalled_since.is_set()
    }

    /// Whether nothing is so that may only last for a time. What ends that wakes its task: it reads,
    /// writes, or ends the last request.
    pub(super) fn has_no_deadline(&self) -> bool {
        let marks = [&self.head_since, &self.idle_since, &self.stalled_since];
        let any = marks.iter().fold(0, |any, mark| any | mark.0.load(Relaxed));
        any == 0 && !self.is_dismissed.load(Relaxed)
    }

    /// By when something must have changed; none while there is nothing to wait for. A connection
    /// that was told to finish is not given long to say goodbye.
    pub(super) fn deadline(&self, is_finishing: bool) -> Option<(Instant, Overdue)> {
        let is_dismissed = self.is_dismissed.swap(false, Relaxed);
        if is_dismissed || self.is_http2() {
            self.head_since.clear();
        }
        if !self.is_between_requests() {
            // Where requests end in tasks of their own, the last may end while the next begins.
            self.idle_since.clear();
        } else if is_dismissed {
            return Some((self.born, Overdue::Dismissed));
        }
        let Limits { head, idle, stall } = self.limits;
        let idle = if is_finishing { idle.min(stall) } else { idle };
        let marks = [
            (self.head_since.deadline_after(self.born, head), Overdue::Head),
            (self.idle_since.deadline_after(self.born, idle), Overdue::Idle),
            (self.stalled_since.deadline_after(self.born, stall), Overdue::Write),
        ];
        let set = marks.into_iter().filter_map(|(at, what)| Some((at?, what)));
        set.min_by_key(|(at, _)| *at)
    }

    /// Until when a stream of HTTP/2 may wait for its window, from now; none for ever.
    pub(super) fn stall_of_streams(&self) -> Option<Instant> {
        Instant::now().checked_add(self.limits.stall)
    }

    /// Whether the socket takes nothing now.
    pub(super) fn is_stalled(&self) -> bool {
        self.stalled_since.is_set()
    }
}

/// Why the host can do without a connection, the most dispensable first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Spare {
    /// It has not sent one whole request, or has not even finished its TLS handshake.
    Silent,
    /// It has begun to send another request.
    UnfinishedHead,
    /// It is kept alive between requests.
    Idle,
}

/// What did not happen in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overdue {
    Head,
    Idle,
    Write,
    /// The host needs the room.
    Dismissed,
}

impl Overdue {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Head => "request_head",
            Self::Idle => "idle",
            Self::Write => "write_stall",
            Self::Dismissed => "dismissed",
        }
    }
}

/// A request that is open, until its answer was sent or dropped.
#[derive(Debug)]
pub(super) struct OpenRequest(Arc<Activity>);

impl OpenRequest {
    /// The application refuses the request.
    pub(super) fn refuses(&self) {
        self.0.has_refused.store(true, Relaxed);
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        if self.0.open_requests.fetch_sub(1, Relaxed) == 1 {
            self.0.idle_since.set();
            if self.0.is_http2() {
                self.0.waker.wake();
            }
        }
    }
}
