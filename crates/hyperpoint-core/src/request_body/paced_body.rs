//! Request bodies with time limits and a minimum transfer rate.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::StatusCode;
use http_body::{Body, Frame};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::exchange::BoxError;
use crate::problem::Problem;

/// Maximum time to wait for the next bytes: one year, which does not overflow an `Instant`.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// The time limits and the minimum transfer rate of request bodies. Only the time during which the
/// host waits for the client counts, not the time that the handler takes between reads.
#[derive(Clone, Copy, Debug)]
pub struct BodyPace {
    /// Maximum total wait for the whole body.
    pub total: Duration,
    /// Maximum wait for each chunk.
    pub gap: Duration,
    /// Minimum average rate, in bytes per second: after `n` bytes, the next chunk must arrive
    /// before the total wait exceeds `grace` plus `n / bytes_per_second`. 0 disables the check.
    pub bytes_per_second: u32,
    /// The part of the total wait that does not count for the average rate.
    pub grace: Duration,
}

impl BodyPace {
    /// Returns the time within which the next bytes must arrive, if `read` bytes have arrived and
    /// the host has waited for `waited` in total.
    fn time_left(&self, read: u64, waited: Duration) -> Duration {
        let total = self.total.saturating_sub(waited);
        let rate = match self.bytes_per_second {
            0 => LONGEST,
            rate => {
                let due = Duration::from_millis(read.saturating_mul(1000) / u64::from(rate));
                self.grace.saturating_add(due).saturating_sub(waited)
            }
        };
        total.min(rate).min(self.gap).min(LONGEST)
    }
}

/// A source of data chunks. As a trait object, it erases the type of the body in a [`PacedBody`].
pub(super) trait PollData {
    /// Returns a lower bound of the number of remaining bytes: 0 if the request head declares no
    /// length.
    fn announced_bytes(&self) -> u64;

    /// Returns the next chunk of data, or `None` at the end.
    fn poll_data(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Problem>>>;
}

pin_project_lite::pin_project! {
    /// A body that enforces a [`BodyPace`]. A timer is created only when the host has to wait for
    /// the client.
    pub(super) struct PacedBody<B> {
        #[pin]
        body: B,
        pace: BodyPace,
        // The number of bytes that have arrived.
        read: u64,
        // The total time of all finished waits for the client.
        waited: Duration,
        // The current wait, or `None` if the host is not waiting for the client.
        waiting: Option<Waiting>,
        timer: Option<Pin<Box<Sleep>>>,
    }
}

/// The current wait for bytes: its start and its deadline.
#[derive(Clone, Copy)]
struct Waiting {
    since: Instant,
    until: Instant,
}

impl<B> PacedBody<B> {
    pub(super) fn new(body: B, pace: BodyPace) -> Self {
        Self { body, pace, read: 0, waited: Duration::ZERO, waiting: None, timer: None }
    }

    /// Returns ready when the deadline for the next bytes has passed. Starts the wait if none is in
    /// progress.
    fn poll_too_slow(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let Waiting { until, .. } = *this.waiting.get_or_insert_with(|| {
            let since = Instant::now();
            Waiting { since, until: since + this.pace.time_left(*this.read, *this.waited) }
        });
        let timer = this.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if timer.deadline() != until {
            timer.as_mut().reset(until);
        }
        timer.as_mut().poll(cx)
    }
}

impl<B> PollData for PacedBody<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    fn announced_bytes(&self) -> u64 {
        self.body.size_hint().lower()
    }

    fn poll_data(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Problem>>> {
        loop {
            let this = self.as_mut().project();
            let Poll::Ready(frame) = this.body.poll_frame(cx) else {
                ready!(self.poll_too_slow(cx));
                return Poll::Ready(Some(Err(too_slow())));
            };
            if let Some(Waiting { since, .. }) = this.waiting.take() {
                *this.waited += since.elapsed();
            }
            let Some(frame) = frame else {
                return Poll::Ready(None);
            };
            match frame.map(Frame::into_data) {
                Ok(Ok(mut data)) => {
                    let data = data.copy_to_bytes(data.remaining());
                    *this.read += data.len() as u64;
                    return Poll::Ready(Some(Ok(data)));
                }
                // Trailers are not data, and are ignored.
                Ok(Err(_)) => {}
                Err(error) => return Poll::Ready(Some(Err(broken(error.into())))),
            }
        }
    }
}

fn too_slow() -> Problem {
    Problem::new(StatusCode::REQUEST_TIMEOUT).detail("the body arrived too slowly")
}

fn broken(error: BoxError) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST)
        .detail("the body is incomplete or malformed")
        .caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: BodyPace = BodyPace {
        total: Duration::from_secs(30),
        gap: Duration::from_secs(10),
        bytes_per_second: 100,
        grace: Duration::from_secs(5),
    };

    #[track_caller]
    fn check(read: u64, waited_secs: u64, expected_secs: u64) {
        let time_left = PACE.time_left(read, Duration::from_secs(waited_secs));
        assert_eq!(time_left.as_secs(), expected_secs, "{read} bytes in {waited_secs} s");
    }

    #[test]
    fn the_shortest_of_three_timeouts_applies() {
        check(0, 0, 5);
        check(400, 0, 9);
        check(10_000, 0, 10);
        check(10_000, 25, 5);
        check(10_000, 31, 0);
        check(1000, 14, 1);
        check(1000, 16, 0);
        let unhurried = BodyPace { bytes_per_second: 0, ..PACE };
        assert_eq!(unhurried.time_left(0, Duration::ZERO).as_secs(), 10);
    }
}
