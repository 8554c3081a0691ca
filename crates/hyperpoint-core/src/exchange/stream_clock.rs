//! Keep-alive and end times of event streams.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::leaving::{close_at, cut_at};
use super::stream_options::StreamOptions;
use super::stream_report::StreamEnd;
use crate::lifetime::{StopRequested, Stopping};

pin_project_lite::pin_project! {
    /// The clock of an event stream. Its single timer is set for the next deadline and checked only
    /// when it fires, so an event costs one reading of the time and no timer operation.
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

/// The phase of a stream's life.
#[derive(Clone, Copy)]
enum Phase {
    /// Open until its maximum age or the expiry of its identity, if there is one.
    Running { until: Option<Instant>, is_expiry: bool },
    /// The host is shutting down; the stream is asked to end at this time.
    Leaving { close_at: Instant, is_expiry: bool },
    /// The stream was asked to end, and is cut at this time.
    Closing { cut_at: Instant },
}

/// An action that is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// A keep-alive comment is to be sent.
    KeepAlive,
    /// The stream is to be asked to end: it has reached its maximum age, or the host is shutting
    /// down.
    Close(StreamEnd),
    /// The stream is to end immediately: its identity has expired.
    Expire,
    /// The stream is to be cut: it did not end in time.
    Cut,
}

impl StreamClock {
    /// Creates the clock of a stream that starts now, for an identity that expires after
    /// `expires_in`.
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

    /// Records that something was written.
    pub(super) fn wrote(self: Pin<&mut Self>) {
        *self.project().last_write = Instant::now();
    }

    /// Waits until something is due.
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

    /// Starts the closing phase, if the end of the stream is due.
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

    /// Starts the closing phase: the stream has until the cut to end.
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

    /// Sets the timer for the next deadline.
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
