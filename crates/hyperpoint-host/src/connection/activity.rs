//! The state of a connection, and its deadlines.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use hyperpoint_core::Peer;
use hyperpoint_core::problem::ErrorFormat;
use tokio::time::Instant;

use super::connection_options::{ConnectionOptions, Limits};
use super::head_progress::{Head, HeadProgress};
use super::mark::Mark;

/// The state of a connection. Written by its socket, its requests and the host; read by its task
/// for the deadlines, and by the host to choose a connection to close.
///
/// Relaxed ordering suffices: a stale read only makes the task check again, and every change that
/// another thread makes for the task wakes it.
///
/// The fields that are read for each event of a stream come first, to share a cache line: with very
/// many connections, no field is in the CPU's cache when a task is woken.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Activity {
    /// When the connection began to wait for its first request head, or for the rest of a later
    /// one.
    head_since: Mark,
    /// When the connection became idle: when its last open request ended, or when the socket
    /// accepted a large write after that. On HTTP/2 before the first request, the time of creation.
    idle_since: Mark,
    /// When the socket stopped accepting bytes.
    stalled_since: Mark,
    /// The discriminant of a [`Shutdown`].
    shutdown: AtomicU8,
    /// Whether the connection uses HTTP/2: some received bytes then belong to no request, and each
    /// request has its own task.
    is_http2: AtomicBool,
    /// Whether the host has asked the task to close the connection. The task clears the flag when
    /// it checks its deadlines. If a request is open then, the dismissal has no effect.
    is_dismissed: AtomicBool,
    /// Whether the next 4xx response to be written was created by Hyperpoint, not by hyper.
    has_refused: AtomicBool,
    /// The progress of the head of an event stream's response.
    head: HeadProgress,
    open_requests: AtomicUsize,
    /// Wakes the connection's task.
    waker: AtomicWaker,
    created: Instant,
    options: Arc<ConnectionOptions>,
    /// The peer's address, stored once for the connection and its requests. `None` on a Unix
    /// socket.
    peer: Option<Peer>,
}

/// When a connection stops accepting requests.
#[derive(Clone, Copy)]
enum Shutdown {
    /// No shutdown was requested.
    No,
    /// Immediately, because the host stops.
    Now,
    /// After its first request, because it was accepted while the host was stopping.
    AfterOne,
}

/// A write on HTTP/1 up to this size counts as a complete response or as the end of one, so that it
/// does not restart the idle deadline.
const SMALL_WRITE_BYTES: usize = 128;

impl Activity {
    /// Creates the state of a connection that was just accepted.
    pub(crate) fn new(options: &Arc<ConnectionOptions>, peer: Option<Peer>) -> Arc<Self> {
        Arc::new(Self {
            head_since: Mark::at_creation(),
            idle_since: Mark::default(),
            stalled_since: Mark::default(),
            shutdown: AtomicU8::new(Shutdown::No as u8),
            is_http2: AtomicBool::default(),
            is_dismissed: AtomicBool::default(),
            has_refused: AtomicBool::default(),
            head: HeadProgress::default(),
            open_requests: AtomicUsize::default(),
            waker: AtomicWaker::new(),
            created: Instant::now(),
            options: Arc::clone(options),
            peer,
        })
    }

    #[cfg(test)]
    pub(crate) fn for_test() -> Arc<Self> {
        let options = ConnectionOptions::new(
            &crate::options::ServerOptions::default(),
            &ErrorFormat::default(),
        );
        Self::new(&options, None)
    }

    /// Returns the peer's address, or `None` on a Unix socket.
    pub(crate) fn peer(&self) -> Option<Peer> {
        self.peer
    }

    /// Returns the format of refusals by the connection itself.
    pub(super) fn error_format(&self) -> &ErrorFormat {
        &self.options.error_format
    }

    /// Records that the connection uses HTTP/2: it waits for no request head, and is idle until the
    /// first request.
    #[cfg(feature = "http2")]
    pub(super) fn set_http2(&self) {
        self.is_http2.store(true, Relaxed);
        self.head_since.clear();
        self.idle_since.set_at_creation();
    }

    /// Records that the TLS handshake has finished, and starts the deadline of the first head.
    #[cfg(feature = "tls")]
    pub(crate) fn tls_established(&self) {
        self.head_since.restart();
    }

    /// Returns whether the connection uses HTTP/2.
    pub(super) fn is_http2(&self) -> bool {
        self.is_http2.load(Relaxed)
    }

    /// Records that bytes were read.
    pub(super) fn bytes_read(&self) {
        if self.is_between_requests() && !self.is_http2() {
            self.head_since.set();
        }
    }

    /// Returns whether no request is open.
    pub(super) fn is_between_requests(&self) -> bool {
        self.open_requests.load(Relaxed) == 0
    }

    /// Records that the socket accepted this number of bytes. On HTTP/1, hyper may still send a
    /// large response after its request has ended: while its bytes are sent, the connection is not
    /// idle.
    ///
    /// On HTTP/2 only requests count, because written bytes may be acknowledgements of PING and
    /// SETTINGS frames, of which a client can send any number. When a request ends, at most one
    /// slice of its response is unsent ([`Sliced`](super::stream_tasks::Sliced)); the client has
    /// the idle timeout to receive it.
    pub(super) fn bytes_written(&self, bytes: usize) {
        self.stalled_since.clear();
        if bytes > SMALL_WRITE_BYTES && !self.is_http2() {
            self.idle_since.restart();
        }
    }

    /// Records that the socket was flushed.
    pub(super) fn flushed(&self) {
        self.stalled_since.clear();
    }

    /// Records that the socket accepted no bytes.
    pub(super) fn stalled(&self) {
        self.stalled_since.set();
    }

    /// Counts a request, or the use of an upgraded connection, as open until the returned guard is
    /// dropped. Meanwhile the connection is not idle and waits for no request head.
    pub(super) fn begin_request(self: &Arc<Self>) -> OpenRequest {
        self.open_requests.fetch_add(1, Relaxed);
        self.head_since.clear();
        self.idle_since.clear();
        OpenRequest(Arc::clone(self))
    }

    /// Registers the connection's task, which is woken once when the host dismisses the connection
    /// or stops, or when the last request ends in another task.
    pub(super) fn register_waker(&self, cx: &Context<'_>) {
        self.waker.register(cx.waker());
    }

    /// Makes the connection finish its open requests and accept no more, because the host stops.
    /// Has no effect after [`shut_down_after_one`](Self::shut_down_after_one).
    pub(crate) fn shut_down(&self) {
        let (from, to) = (Shutdown::No as u8, Shutdown::Now as u8);
        if self.shutdown.compare_exchange(from, to, Relaxed, Relaxed).is_ok() {
            self.waker.wake();
        }
    }

    /// Makes the connection accept only one request, because the host was already stopping.
    pub(super) fn shut_down_after_one(&self) {
        self.shutdown.store(Shutdown::AfterOne as u8, Relaxed);
    }

    /// Returns whether the connection accepts no more requests.
    pub(super) fn is_shutting_down(&self) -> bool {
        let shutdown = self.shutdown.load(Relaxed);
        shutdown != Shutdown::No as u8 && (shutdown == Shutdown::Now as u8 || !self.is_silent())
    }

    /// Returns the eviction rank of the connection, and the time at which it got that rank. Returns
    /// `None` while a request is open, and while a dismissal is pending.
    pub(crate) fn eviction_rank(&self) -> Option<(EvictionRank, Instant)> {
        if !self.is_between_requests() || self.is_dismissed.load(Relaxed) {
            return None;
        }
        if self.is_silent() {
            return Some((EvictionRank::Silent, self.created));
        }
        let since = |mark: &Mark| mark.deadline_after(self.created, Duration::ZERO);
        match since(&self.head_since) {
            Some(since) => Some((EvictionRank::UnfinishedHead, since)),
            None => since(&self.idle_since).map(|since| (EvictionRank::Idle, since)),
        }
    }

    /// Returns whether no complete request head has been received yet.
    pub(crate) fn is_silent(&self) -> bool {
        // Only a request that has ended makes an HTTP/1 connection idle.
        self.is_between_requests() && self.idle_since.is_unset_or_at_creation()
    }

    /// Asks the connection's task to close the connection, unless a request has been opened in the
    /// meantime.
    pub(crate) fn dismiss(&self) {
        self.is_dismissed.store(true, Relaxed);
        // Makes the state urgent, so that the task checks more than its timer.
        self.head_since.set();
        self.waker.wake();
    }

    /// Waits until the host dismisses the connection. Used while its deadlines are not checked:
    /// during the TLS handshake, protocol detection, and the refusal of HTTP/2.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no state is lost.
    pub(crate) async fn dismissed(&self) {
        poll_fn(|cx| {
            self.register_waker(cx);
            if self.is_dismissed.load(Relaxed) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Returns whether Hyperpoint has responded with a 4xx since the last call.
    pub(super) fn take_refused(&self) -> bool {
        self.has_refused.swap(false, Relaxed)
    }

    /// Returns whether a request head is pending or a write is stalled.
    pub(super) fn is_urgent(&self) -> bool {
        self.head_since.is_set() || self.stalled_since.is_set()
    }

    /// Returns whether no other timeout is longer than the idle timeout.
    pub(super) fn is_idle_timeout_longest(&self) -> bool {
        let Limits { head, idle, stall } = self.options.limits;
        head.max(stall) <= idle
    }

    /// Returns whether no deadline is running and no dismissal is pending. Each event that starts a
    /// deadline (a read, a write, or the end of the last request) happens in the connection's task
    /// or wakes it.
    pub(super) fn has_no_deadline(&self) -> bool {
        let marks = [&self.head_since, &self.idle_since, &self.stalled_since];
        let any = marks.iter().fold(0, |any, mark| any | mark.bits());
        any == 0 && !self.is_dismissed.load(Relaxed)
    }

    /// Returns the next deadline and its kind, or `None` if no deadline is running. Takes a pending
    /// dismissal: its deadline has passed, unless a request is open. If `is_finishing`, the
    /// connection accepts no more requests, and its idle timeout is at most the write timeout.
    pub(super) fn deadline(&self, is_finishing: bool) -> Option<(Instant, Overdue)> {
        let is_dismissed = self.is_dismissed.swap(false, Relaxed);
        if is_dismissed || self.is_http2() {
            self.head_since.clear();
        }
        if !self.is_between_requests() {
            // On HTTP/2 the last request may end in its task while the next one begins.
            self.idle_since.clear();
            // Another thread may have dismissed the connection while the request began.
            self.head_since.clear();
        } else if is_dismissed {
            return Some((self.created, Overdue::Dismissed));
        }
        let Limits { head, idle, stall } = self.options.limits;
        let idle = if is_finishing { idle.min(stall) } else { idle };
        let marks = [
            (self.head_since.deadline_after(self.created, head), Overdue::Head),
            (self.idle_since.deadline_after(self.created, idle), Overdue::Idle),
            (self.stalled_since.deadline_after(self.created, stall), Overdue::Write),
        ];
        let set = marks.into_iter().filter_map(|(at, what)| Some((at?, what)));
        set.min_by_key(|(at, _)| *at)
    }

    /// Returns the deadline of an HTTP/2 stream that begins to wait for its flow-control window
    /// now, or `None` if the deadline overflows.
    #[cfg(feature = "http2")]
    pub(super) fn stream_stall_deadline(&self) -> Option<Instant> {
        Instant::now().checked_add(self.options.limits.stall)
    }

    /// Returns the progress of the head of an event stream's response.
    pub(super) fn head(&self) -> &HeadProgress {
        &self.head
    }

    /// Returns whether the socket currently accepts no bytes.
    pub(super) fn is_stalled(&self) -> bool {
        self.stalled_since.is_set()
    }
}

/// The order in which the host closes connections to make room for a new one, the first variant
/// first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EvictionRank {
    /// The client has sent no complete request head, and may not have finished the TLS handshake.
    Silent,
    /// The client has begun to send the head of a later request.
    UnfinishedHead,
    /// The connection is kept alive between requests.
    Idle,
}

/// The deadline that a connection has missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overdue {
    /// No complete request head arrived before the deadline.
    Head,
    /// No new request head arrived before the deadline.
    Idle,
    /// The socket accepted no bytes before the deadline.
    Write,
    /// The host closes the connection in favor of a new one.
    Dismissed,
}

impl Overdue {
    /// Returns the label of this deadline in metrics.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Head => "request_head",
            Self::Idle => "idle",
            Self::Write => "write_stall",
            Self::Dismissed => "dismissed",
        }
    }
}

/// A guard that keeps a request counted as open until its response is sent or dropped, or an
/// upgraded connection until it ends.
#[derive(Debug)]
pub(super) struct OpenRequest(Arc<Activity>);

impl OpenRequest {
    /// Records that Hyperpoint responds to the request with a 4xx.
    pub(super) fn note_refusal(&self) {
        self.0.has_refused.store(true, Relaxed);
    }

    /// Returns whether the request belongs to this connection.
    pub(super) fn is_of(&self, activity: &Arc<Activity>) -> bool {
        Arc::ptr_eq(&self.0, activity)
    }

    /// Records that the body of the response is held back until its head was sent.
    pub(super) fn await_head(&self) {
        self.0.head.set(Head::Awaited);
    }

    /// Returns whether the body of the response is held back.
    pub(super) fn holds_body(&self) -> bool {
        !self.0.head.is(Head::Unawaited)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dismissal_that_comes_too_late_does_not_limit_the_open_request() {
        let activity = Activity::for_test();
        let open = activity.begin_request();
        activity.dismiss();
        assert_eq!(activity.deadline(false), None);
        // The last step of `dismiss` in another thread.
        activity.head_since.set();
        assert_eq!(activity.deadline(false), None);
        drop(open);
        assert!(matches!(activity.deadline(false), Some((_, Overdue::Idle))));
    }
}
