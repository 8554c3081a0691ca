//! When a stream of shared frames is due a keep-alive, and when it has to end.

use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;

use super::stream_clock::{CUT_BEFORE_WINDOW, Due};
use super::stream_options::StreamOptions;
use super::stream_report::StreamEnd;
use crate::clock::Bell;
use crate::host_state::HostState;

/// The clock of one stream of shared frames: a bell of the host's one clock, and no timer.
pub(super) struct FramesClock {
    bell: Arc<Bell>,
    last_write: Instant,
    keep_alive: Duration,
    /// When it reaches its age or its identity ends, and then when it is cut.
    end_at: Option<Instant>,
    /// Whether that is the end of its identity, after which nothing is sent.
    is_expiry: bool,
    is_closing: bool,
}

impl FramesClock {
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
            bell: Arc::default(),
            last_write: now,
            keep_alive: options.keep_alive,
            end_at: end_in.and_then(|end_in| now.checked_add(end_in)),
            is_expiry,
            is_closing: false,
        };
        if host.stopping().is_requested() {
            clock.bell.ring();
        }
        clock.rearm(host);
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

    /// What is due. It costs a look at a flag while that is nothing.
    pub(super) fn due(&mut self, host: &HostState) -> Option<Due> {
        if !self.bell.take_ring() {
            return None;
        }
        let now = Instant::now();
        let is_over = self.end_at.is_some_and(|end_at| end_at <= now);
        let due = if self.is_closing {
            is_over.then_some(Due::Cut)
        } else if is_over || host.stopping().is_requested() {
            self.is_closing = true;
            let is_expired = is_over && self.is_expiry;
            let why = if is_over { StreamEnd::Aged } else { StreamEnd::Stopped };
            let window = host.stopping().window().mul_f64(1.0 - CUT_BEFORE_WINDOW);
            self.end_at = Some(if is_expired { now } else { now + window });
            Some(if is_expired { Due::Expire } else { Due::Close(why) })
        } else {
            None
        };
        let due = due.or_else(|| {
            (self.last_write + self.keep_alive <= now).then(|| {
                self.last_write = now;
                Due::KeepAlive
            })
        });
        self.rearm(host);
        due
    }

    fn rearm(&self, host: &HostState) {
        let keep_alive = self.last_write + self.keep_alive;
        let next = self.end_at.map_or(keep_alive, |end_at| end_at.min(keep_alive));
        host.clock_wheel().ring_at(&self.bell, next);
    }
}

impl Drop for FramesClock {
    fn drop(&mut self) {
        self.bell.silence();
    }
}
