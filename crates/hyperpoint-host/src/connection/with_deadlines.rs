//! The deadlines of a connection, and its end when the host stops.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyperpoint_core::Peer;
use tokio::time::{Instant, Sleep, sleep_until};

use super::activity::{Activity, Overdue};

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An HTTP/1 or HTTP/2 connection.
pub(super) trait Connection:
    Future<Output = Result<(), <Self as Connection>::Error>>
{
    type Error: Into<BoxError>;

    /// Finishes open requests, and accepts no more.
    fn finish(self: Pin<&mut Self>);

    /// Returns whether the connection is sending an event stream. While no deadline is running, its
    /// timer is then dropped, because no deadline is expected soon. Default: `false`.
    fn is_streaming(&self) -> bool {
        false
    }
}

pin_project_lite::pin_project! {
    /// A connection that is closed when it misses a deadline, and that finishes its open requests
    /// when the host stops.
    ///
    /// One timer serves all deadlines and is set again only when it has fired, or for an earlier
    /// deadline: a request on a kept-alive connection sets no timer.
    #[repr(C)]
    pub(super) struct WithDeadlines<C> {
        activity: Arc<Activity>,
        // Whether the task is registered with the activity.
        is_registered: bool,
        is_finishing: bool,
        is_armed: bool,
        // The timer, or `None` before the first deadline and while the connection is streaming
        // without a deadline. Boxed, so that streams reserve no memory for it.
        timer: Option<Pin<Box<Sleep>>>,
        #[pin]
        connection: C,
    }
}

/// The reason why a connection has ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// The protocol was not detected: the client sent nothing or a part of the HTTP/2 preface, or
    /// the host began to stop.
    Silent,
    /// The connection completed, or failed with this error.
    Closed(Result<(), BoxError>),
    /// The connection missed a deadline.
    Overdue(Overdue),
}

impl<C: Connection> WithDeadlines<C> {
    pub(super) fn new(connection: C, activity: Arc<Activity>) -> Self {
        Self {
            activity,
            is_registered: false,
            is_finishing: false,
            is_armed: false,
            timer: None,
            connection,
        }
    }

    fn has_to_finish(&self) -> bool {
        self.activity.is_shutting_down() && !self.is_finishing
    }

    fn finish(self: Pin<&mut Self>) {
        let this = self.project();
        *this.is_finishing = true;
        this.connection.finish();
    }

    fn poll_overdue(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Overdue> {
        let this = self.project();
        // On HTTP/2 the end of a request may have woken this task, and a registered waker is woken
        // only once.
        if !*this.is_registered || this.activity.is_http2() {
            *this.is_registered = true;
            this.activity.register_waker(cx);
        }
        // A request is open and no deadline runs, as on a connection that streams events to a
        // client that reads them.
        if this.activity.has_no_deadline() {
            if this.timer.is_some() && this.connection.is_streaming() {
                (*this.timer, *this.is_armed) = (None, false);
            }
            return Poll::Pending;
        }
        loop {
            // An idle connection waits for the timer that is already set, and computes its own
            // deadline only when that timer fires, which is at most the idle timeout later. The
            // connection's only task polled the timer when it was set.
            let is_calm = *this.is_armed
                && !this.activity.is_urgent()
                && this.activity.is_idle_timeout_longest();
            if is_calm && this.timer.as_ref().is_some_and(|timer| !timer.is_elapsed()) {
                return Poll::Pending;
            }
            *this.is_armed &= !is_calm;
            this.activity.register_waker(cx);
            let Some((deadline, overdue)) = this.activity.deadline(*this.is_finishing) else {
                return Poll::Pending;
            };
            let timer = this.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
            if !*this.is_armed || deadline < timer.deadline() {
                timer.as_mut().reset(deadline);
                *this.is_armed = true;
            }
            ready!(timer.as_mut().poll(cx));
            *this.is_armed = false;
            if deadline <= Instant::now() {
                return Poll::Ready(overdue);
            }
        }
    }
}

impl Ended {
    /// Logs the end of a connection, and returns the reason as a label of metrics.
    pub(super) fn log(&self, peer: Option<Peer>) -> &'static str {
        match self {
            Self::Silent => {
                tracing::debug!(?peer, "a connection ended before its protocol was known");
                "silent"
            }
            Self::Closed(Ok(())) => "closed",
            Self::Closed(Err(error)) => {
                tracing::debug!(?peer, %error, "connection failed");
                "failed"
            }
            Self::Overdue(overdue) => {
                tracing::debug!(?peer, ?overdue, "connection missed a deadline");
                overdue.as_str()
            }
        }
    }
}

impl<C: Connection> Future for WithDeadlines<C> {
    /// The reason for the end, as a label of metrics.
    type Output = &'static str;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<&'static str> {
        let ended = ready!(self.as_mut().poll_ended(cx));
        Poll::Ready(ended.log(self.activity.peer()))
    }
}

impl<C: Connection> WithDeadlines<C> {
    /// Polls the connection and its deadlines.
    fn poll_ended(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended> {
        loop {
            if self.has_to_finish() {
                self.activity.register_waker(cx);
                self.as_mut().finish();
            }
            if let Poll::Ready(result) = self.as_mut().project().connection.poll(cx) {
                return Poll::Ready(Ended::Closed(result.map_err(Into::into)));
            }
            let overdue = match self.as_mut().poll_overdue(cx) {
                Poll::Ready(overdue) => overdue,
                // The host may have begun to stop before this task was registered.
                Poll::Pending if self.has_to_finish() => continue,
                Poll::Pending => return Poll::Pending,
            };
            let was_finishing = self.is_finishing;
            // A graceful shutdown first: on HTTP/2 it sends GOAWAY.
            if !was_finishing && matches!(overdue, Overdue::Idle | Overdue::Dismissed) {
                self.as_mut().finish();
            }
            if overdue != Overdue::Idle || was_finishing {
                let _ = self.as_mut().project().connection.poll(cx);
                return Poll::Ready(Ended::Overdue(overdue));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use hyperpoint_core::problem::ErrorFormat;

    use super::super::activity::OpenRequest;
    use super::super::connection_options::ConnectionOptions;
    use super::*;
    use crate::options::ServerOptions;

    /// A connection during whose poll the host begins to stop.
    struct Stopped {
        activity: Arc<Activity>,
        is_finished: bool,
    }

    impl Future for Stopped {
        type Output = hyper::Result<()>;

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
            self.activity.shut_down();
            if self.is_finished { Poll::Ready(Ok(())) } else { Poll::Pending }
        }
    }

    impl Connection for Stopped {
        type Error = hyper::Error;

        fn finish(mut self: Pin<&mut Self>) {
            self.is_finished = true;
        }
    }

    #[tokio::test]
    async fn a_stop_during_the_poll_of_a_connection_is_not_missed() {
        let activity = Activity::for_test();
        let connection = Stopped { activity: Arc::clone(&activity), is_finished: false };
        let mut connection = Box::pin(WithDeadlines::new(connection, activity));
        let polled = poll_fn(|cx| Poll::Ready(connection.as_mut().poll(cx))).await;
        assert_eq!(polled, Poll::Ready("closed"));
    }

    /// A connection that ends when it is asked to finish.
    struct KeptAlive {
        is_finished: bool,
    }

    impl Future for KeptAlive {
        type Output = hyper::Result<()>;

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
            if self.is_finished { Poll::Ready(Ok(())) } else { Poll::Pending }
        }
    }

    impl Connection for KeptAlive {
        type Error = hyper::Error;

        fn finish(mut self: Pin<&mut Self>) {
            self.is_finished = true;
        }
    }

    fn stalled_request(activity: &Arc<Activity>) -> OpenRequest {
        let open = activity.begin_request();
        activity.stalled();
        open
    }

    #[tokio::test(start_paused = true)]
    async fn a_longer_head_or_stall_timeout_does_not_prolong_an_idle_connection() {
        let idle = Duration::from_secs(5);
        let longer = Duration::from_mins(1);
        for (request_head, write_stall) in [(longer, idle), (idle, longer)] {
            let options = ServerOptions {
                request_head,
                write_stall,
                keep_alive_idle: idle,
                ..ServerOptions::default()
            };
            let options = ConnectionOptions::new(&options, &ErrorFormat::default());
            let activity = Activity::new(&options, None);
            let connection = KeptAlive { is_finished: false };
            let mut connection = Box::pin(WithDeadlines::new(connection, Arc::clone(&activity)));
            let stalled = (write_stall == longer).then(|| stalled_request(&activity));
            // Sets the timer for the longer deadline.
            let polled = poll_fn(|cx| Poll::Ready(connection.as_mut().poll(cx))).await;
            assert!(polled.is_pending());
            activity.flushed();
            drop(stalled.unwrap_or_else(|| activity.begin_request()));
            let start = Instant::now();
            connection.await;
            assert!(start.elapsed() < 2 * idle, "{:?}", start.elapsed());
        }
    }
}
