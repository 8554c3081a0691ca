//! The deadlines of event streams: keep-alive and end.

use std::mem::offset_of;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;

use super::bell::Bell;
use super::leaving::{close_at, cut_at};
use super::options::StreamOptions;
use super::report::StreamEnd;
use super::scope::StreamScope;

/// An action that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Sends a keep-alive comment.
    KeepAlive,
    /// Asks the code to end the stream, because the stream has reached its maximum age or the host
    /// is shutting down.
    Close(StreamEnd),
    /// Ends the stream immediately, because the identity has expired or was revoked, or because the
    /// stream was kept open during shutdown and 90 % of the drain window has passed.
    End(StreamEnd),
    /// Drops the code and ends the stream, because the code was asked to end the stream and did not
    /// end it in time.
    Cut,
}

/// The time between the last bytes of a stream and the error with which its body ends. The delay
/// lets the connection send these bytes: a server drops unsent bytes when a body fails.
const BEFORE_CUT: Duration = Duration::from_millis(50);

/// The deadlines of one stream: its next keep-alive and its end. The timer wheel of the scope rings
/// the clock's bell at the earlier deadline and when the host starts to shut down, so that a stream
/// needs no timer of its own.
#[repr(C)]
pub(super) struct StreamClock {
    scope: StreamScope,
    /// The wheel's number of rounds at the last check of the bell.
    seen: u32,
    last_write: Instant,
    bell: Arc<Bell>,
    keep_alive: Duration,
    /// The time at which the stream is to end: at its maximum age, when its identity expires, or
    /// within the drain window, whichever is first. `None` if the stream has no limit. After the
    /// stream was asked to end, the time at which its code is dropped, or `None` once that time has
    /// come.
    end_at: Option<Instant>,
    /// The action that is due at `end_at` if the stream was not asked to end yet.
    end: Due,
    /// Whether the stream continues during shutdown until 90 % of the drain window has passed.
    is_kept: bool,
    /// Whether [`start_leaving`](Self::start_leaving) was called, because the host is shutting
    /// down.
    is_leaving: bool,
    /// Whether the stream was asked to end.
    is_closing: bool,
}

impl StreamClock {
    /// The number of leading bytes of the clock that are read for each frame. Fields that are only
    /// written are not included, because a write does not wait for a cache miss.
    pub(super) const HOT_BYTES: usize = offset_of!(Self, last_write);

    /// Creates the clock of a stream that starts now, for an identity that expires after
    /// `expires_in`, or never if `None`. During shutdown, a stream that `is_kept` is ended after
    /// 90 % of the drain window; any other stream is asked to end at a random time in the first
    /// 80 %, and within the first hour.
    pub(super) fn new(
        options: &StreamOptions,
        expires_in: Option<Duration>,
        scope: &StreamScope,
        is_kept: bool,
    ) -> Self {
        let now = Instant::now();
        let is_expiry = expires_in.is_some_and(|end| options.max_age.is_none_or(|age| end <= age));
        let end_in = if is_expiry { expires_in } else { options.max_age };
        let mut clock = Self {
            scope: scope.clone(),
            seen: 0,
            last_write: now,
            bell: Arc::default(),
            keep_alive: options.keep_alive,
            end_at: end_in.and_then(|end_in| now.checked_add(end_in)),
            end: if is_expiry { Due::End(StreamEnd::Expired) } else { Due::Close(StreamEnd::Aged) },
            is_kept,
            is_leaving: false,
            is_closing: false,
        };
        clock.rearm();
        clock
    }

    /// Sets the waker that is woken when an action may be due.
    pub(super) fn listen(&self, waker: &Waker) {
        self.bell.listen(waker);
    }

    /// Records that bytes were written.
    pub(super) fn wrote(&mut self) {
        self.last_write = Instant::now();
    }

    /// Records that bytes were written at this time.
    pub(super) fn wrote_at(&mut self, at: Instant) {
        self.last_write = at;
    }

    /// Returns whether an action may have become due since the last call of `due`. Only meaningful
    /// after the first call of `due`.
    #[inline]
    pub(super) fn may_be_due(&self) -> bool {
        self.seen != self.scope.rounds()
    }

    /// Returns the action that is due, or `None`. If the bell has not rung, the call only loads two
    /// atomics.
    pub(super) fn due(&mut self) -> Option<Due> {
        self.seen = self.scope.rounds();
        if !self.bell.take_ring() {
            return None;
        }
        let now = Instant::now();
        if self.is_to_leave() {
            self.start_leaving();
        }
        let is_over = self.end_at.is_some_and(|end_at| end_at <= now);
        let due = if !is_over {
            None
        } else if self.is_closing {
            self.end_at = None;
            Some(Due::Cut)
        } else {
            self.close();
            Some(self.end)
        };
        let due = due.or_else(|| {
            (self.last_write + self.keep_alive <= now).then(|| {
                self.last_write = now;
                Due::KeepAlive
            })
        });
        self.rearm();
        due
    }

    /// Sets the end of the stream during shutdown: a time within the drain window, or the end that
    /// is already set if it is earlier.
    fn start_leaving(&mut self) {
        self.is_leaving = true;
        let stopping = self.scope.stopping();
        let (leave_at, end) = match self.is_kept {
            true => (cut_at(stopping), Due::End(StreamEnd::Stopped)),
            false => (close_at(stopping), Due::Close(StreamEnd::Stopped)),
        };
        if self.end_at.is_none_or(|end_at| leave_at < end_at) {
            (self.end_at, self.end) = (Some(leave_at), end);
        } else if self.end == Due::Close(StreamEnd::Aged) {
            self.end = Due::Close(StreamEnd::Stopped);
        }
    }

    /// Returns whether the body must not fail yet, because the connection may not have sent the
    /// last bytes of the stream. If so, the bell rings when the body may fail.
    pub(super) fn is_before_cut(&self) -> bool {
        let cut_at = self.last_write + BEFORE_CUT;
        let is_before = Instant::now() < cut_at;
        if is_before {
            self.scope.ring_at(&self.bell, cut_at, Some(cut_at));
        }
        is_before
    }

    /// Records that the stream was asked to end, and sets the time at which its code is dropped if
    /// the stream has not ended by then: when 90 % of the drain window has passed since the
    /// shutdown was requested or, without a shutdown, since this call. Later calls have no effect.
    pub(super) fn close(&mut self) {
        if !self.is_closing {
            self.is_closing = true;
            self.end_at = Some(cut_at(self.scope.stopping()));
        }
    }

    /// Returns whether shutdown was requested, but the end of the stream during shutdown is not set
    /// yet and the stream was not asked to end.
    fn is_to_leave(&self) -> bool {
        !self.is_leaving && !self.is_closing && self.scope.stopping().is_requested()
    }

    /// Registers the bell for the next deadline.
    fn rearm(&mut self) {
        let keep_alive = self.last_write + self.keep_alive;
        self.scope.ring_at(&self.bell, keep_alive, self.end_at);
        if self.is_to_leave() {
            // The wheel may have rung for the shutdown before the bell was registered.
            self.bell.ring();
            self.seen = self.scope.rounds().wrapping_sub(1);
        }
    }
}

impl Drop for StreamClock {
    fn drop(&mut self) {
        self.bell.silence();
    }
}
