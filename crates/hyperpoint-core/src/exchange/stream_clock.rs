//! When an event stream is due a keep-alive, and when it has to end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::leaving::{close_at, cut_at};
use super::stream_options::StreamOptions;
use super::stream_report::StreamEnd;
use crate::lifetime::{StopRequested, Stopping};

pin_project_lite::pin_project! {
    /// The one clock of an event stream. Its timer is set for the earliest thing to come, and
    /// looked at only when it rings: an event costs one look at the time and no timer.
    pub(super) struct StreamClock {
        #[pin]
        timer: Sleep,
        #[pin]
        stopping: StopRequested,
        phase: Phase,
        last_write: Instant,
        keep_alive: Duration,
        host: Stopping,
    }
}

/// How far a stream is in its life.
#[derive(Clone, Copy)]
enum Phase {
    /// It runs, up to its age or to the end of its identity if it has one.
    Running { until: Option<Instant>, is_expiry: bool },
    /// The host stops: it is asked to end at a time of its own.
    Leaving { close_at: Instant, is_expiry: bool },
    /// It was asked to end, and is ended for it at this time.
    Closing { cut_at: Instant },
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    KeepAlive,
    /// The stream is to end: it has reached its age, or the host stops.
    Close(StreamEnd),
    /// The stream is to end now: its user is no longer known.
    Expire,
    /// The time to end by itself is over.
    Cut,
}

impl StreamClock {
    /// The clock of a stream that begins now, for a user who is known for `expires_in` more.
    pub(super) fn new(
        options: &StreamOptions,
        expires_in: Option<Duration>,
        stopping: &Stopping,
    ) -> Self {
        let now = Instant::now();
        let is_expiry = expires_in.is_some_and(|end| options.max_age.is_none_or(|age| end <= age));
        let until = if is_expiry { expires_in } else { options.max_age };
        let until = until.and_then(|age| now.checked_add(age));
        let first = now + options.keep_alive;
        Self {
            timer: sleep_until(until.map_or(first, |until| until.min(first))),
            stopping: stopping.requested(),
            phase: Phase::Running { until, is_expiry },
            last_write: now,
            keep_alive: options.keep_alive,
            host: stopping.clone(),
        }
    }

    /// Notes that something was written.
    pub(super) fn wrote(self: Pin<&mut Self>) {
        *self.project().last_write = Instant::now();
    }

    pub(super) fn poll_due(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Due> {
        let mut this = self.as_mut().project();
        if let Phase::Running { until, is_expiry } = *this.phase
            && this.stopping.as_mut().poll(cx).is_ready()
        {
            let own = close_at(this.host);
            let close_at = until.map_or(own, |until| until.min(own));
            let is_expiry = is_expiry && until == Some(close_at);
            *this.phase = Phase::Leaving { close_at, is_expiry };
            self.as_mut().rearm();
        }
        if let Some(due) = self.as_mut().close_if_due() {
            return Poll::Ready(due);
        }
        self.poll_timer(cx)
    }

    /// Asks the stream to end, if it is time.
    fn close_if_due(mut self: Pin<&mut Self>) -> Option<Due> {
        let this = self.as_mut().project();
        let (at, is_expiry, why) = match *this.phase {
            Phase::Running { until, is_expiry } => (until?, is_expiry, StreamEnd::Aged),
            Phase::Leaving { close_at, is_expiry } => (close_at, is_expiry, StreamEnd::Stopped),
            Phase::Closing { .. } => return None,
        };
        if at > Instant::now() {
            return None;
        }
        self.close();
        Some(if is_expiry { Due::Expire } else { Due::Close(why) })
    }

    /// Notes that the stream was asked to end: what is left is its time to do so.
    pub(super) fn close(mut self: Pin<&mut Self>) {
        let this = self.as_mut().project();
        if !matches!(this.phase, Phase::Closing { .. }) {
            *this.phase = Phase::Closing { cut_at: cut_at(this.host) };
            self.rearm();
        }
    }

    fn poll_timer(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Due> {
        loop {
            ready!(self.as_mut().project().timer.poll(cx));
            let now = Instant::now();
            let due = match self.phase {
                Phase::Closing { cut_at } if cut_at <= now => Some(Due::Cut),
                Phase::Running { until: Some(at), .. } | Phase::Leaving { close_at: at, .. }
                    if at <= now =>
                {
                    return self.poll_due(cx);
                }
                _ if self.last_write + self.keep_alive <= now => Some(Due::KeepAlive),
                _ => None,
            };
            if due == Some(Due::KeepAlive) {
                self.as_mut().wrote();
            }
            self.as_mut().rearm();
            if let Some(due) = due {
                return Poll::Ready(due);
            }
        }
    }

    fn rearm(self: Pin<&mut Self>) {
        let this = self.project();
        let keep_alive = *this.last_write + *this.keep_alive;
        let end = match *this.phase {
            Phase::Running { until, .. } => until,
            Phase::Leaving { close_at, .. } => Some(close_at),
            Phase::Closing { cut_at } => Some(cut_at),
        };
        this.timer.reset(end.map_or(keep_alive, |end| end.min(keep_alive)));
    }
}
