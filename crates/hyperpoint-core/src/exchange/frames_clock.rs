//! When a stream of shared frames is due a keep-alive, and when it has to end.

use std::mem::offset_of;
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;

use super::leaving::{close_at, cut_at};
use super::stream_clock::Due;
use super::stream_options::StreamOptions;
use super::stream_report::StreamEnd;
use crate::clock::{Bell, ClockWheel};
use crate::host_state::HostState;

/// The clock of one stream of shared frames: a bell of the host's one clock, and no timer.
#[repr(C)]
pub(super) struct FramesClock {
    wheel: ClockWheel,
    /// How often bells had rung when it looked at its own.
    seen: u32,
    last_write: Instant,
    bell: Arc<Bell>,
    keep_alive: Duration,
    /// When it reaches its age or its identity ends, and then when it is cut.
    end_at: Option<Instant>,
    /// Whether that is the end of its identity, after which nothing is sent.
    is_expiry: bool,
    /// Whether the host stops, so that its age may be a time within the drain window.
    is_leaving: bool,
    is_closing: bool,
}

impl FramesClock {
    /// The bytes at the front that each frame looks at. What is only written is not waited for.
    pub(super) const HOT_BYTES: usize = offset_of!(Self, last_write);

    /// The clock of a stream that begins now, for a user who is known for `expires_in` more.
    pub(super) fn new(
        options: &StreamOptions,
        expires_in: Option<Duration>,
        host: &HostState,
    ) -> Self {
        let now = Instant::now();
        let is_expiry = expires_in.is_some_and(|end| options.max_age.is_none_or(|age| end <= age));
        let end_in = if is_expiry { expires_in } else { options.max_age };
        let clock = Self {
            wheel: host.clock_wheel().clone(),
            seen: 0,
            last_write: now,
            bell: Arc::default(),
            keep_alive: options.keep_alive,
            end_at: end_in.and_then(|end_in| now.checked_add(end_in)),
            is_expiry,
            is_leaving: false,
            is_closing: false,
        };
        if host.stopping().is_requested() {
            clock.bell.ring();
        }
        clock.rearm();
        clock
    }

    /// Has this waker be woken when something is due.
    pub(super) fn listen(&self, waker: &Waker) {
        self.bell.listen(waker);
    }

    /// Notes that something was written.
    pub(super) fn wrote(&mut self) {
        self.last_write = Instant::now();
    }

    /// Whether there may be something due. Asked of a clock that was asked what is due before.
    #[inline]
    pub(super) fn may_be_due(&self) -> bool {
        self.seen != self.wheel.rounds()
    }

    /// What is due. It costs a look at a flag while that is nothing.
    pub(super) fn due(&mut self, host: &HostState) -> Option<Due> {
        self.seen = self.wheel.rounds();
        if !self.bell.take_ring() {
            return None;
        }
        let now = Instant::now();
        if !self.is_leaving && !self.is_closing && host.stopping().is_requested() {
            self.leave(close_at(host.stopping()));
        }
        let is_over = self.end_at.is_some_and(|end_at| end_at <= now);
        let due = if !is_over {
            None
        } else if self.is_closing {
            Some(Due::Cut)
        } else {
            self.is_closing = true;
            self.end_at = Some(if self.is_expiry { now } else { cut_at(host.stopping()) });
            let why = if self.is_leaving { StreamEnd::Stopped } else { StreamEnd::Aged };
            Some(if self.is_expiry { Due::Expire } else { Due::Close(why) })
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

    /// The host stops: the stream ends at this time, or at its age where that is sooner.
    fn leave(&mut self, close_at: Instant) {
        self.is_leaving = true;
        if self.end_at.is_none_or(|end_at| close_at < end_at) {
            (self.end_at, self.is_expiry) = (Some(close_at), false);
        }
    }

    /// Ends the stream now: its identity was revoked, and it is cut after its last words.
    pub(super) fn expire(&mut self) {
        (self.is_expiry, self.is_closing) = (true, true);
        self.end_at = Some(Instant::now());
        self.rearm();
    }

    fn rearm(&self) {
        let keep_alive = self.last_write + self.keep_alive;
        let next = self.end_at.map_or(keep_alive, |end_at| end_at.min(keep_alive));
        self.wheel.ring_at(&self.bell, next);
    }
}

impl Drop for FramesClock {
    fn drop(&mut self) {
        self.bell.silence();
    }
}
