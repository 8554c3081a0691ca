//! The shutdown signal of a host.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;
use tokio::time::Instant;

/// The maximum drain window: one year, which does not overflow an `Instant`.
const LONGEST_WINDOW: Duration = Duration::from_hours(24 * 365);

/// The shutdown signal of a host, and its drain window. Cheap to clone.
///
/// # Examples
///
/// ```
/// # use std::time::Duration;
/// use hyperpoint::Stopping;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let stopping = Stopping::new(Duration::from_secs(20));
/// assert!(!stopping.is_requested());
/// stopping.request();
/// stopping.requested().await;
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Stopping {
    signal: Arc<Signal>,
    window: Duration,
}

#[derive(Debug, Default)]
struct Signal {
    is_requested: AtomicBool,
    requested_at: OnceLock<Instant>,
    waiting: Arc<Notify>,
}

impl Stopping {
    /// Creates the signal of a running host with this drain window: the time that requests and
    /// streams have to finish after shutdown was requested. Values above one year are reduced to
    /// one year.
    #[must_use]
    pub fn new(window: Duration) -> Self {
        Self { signal: Arc::default(), window: window.min(LONGEST_WINDOW) }
    }

    /// Requests the shutdown of the host. Later calls have no effect.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint::Stopping;
    ///
    /// let stopping = Stopping::new(Duration::from_secs(20));
    /// stopping.request();
    /// assert!(stopping.is_requested());
    /// ```
    pub fn request(&self) {
        self.signal.requested_at.get_or_init(Instant::now);
        self.signal.is_requested.store(true, Ordering::Release);
        self.signal.waiting.notify_waiters();
    }

    /// Returns whether the shutdown of the host was requested.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.signal.is_requested.load(Ordering::Acquire)
    }

    /// Waits until the shutdown of the host is requested.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future has no effect.
    pub fn requested(&self) -> StopRequested {
        let notified = Arc::clone(&self.signal.waiting).notified_owned();
        StopRequested { signal: Arc::clone(&self.signal), notified, waker: None }
    }

    /// Returns the time at which shutdown was requested, or `None` if it was not requested yet.
    pub(super) fn requested_at(&self) -> Option<Instant> {
        self.signal.requested_at.get().copied()
    }

    /// Returns the drain window: the time that requests and streams have to finish after shutdown
    /// was requested.
    #[must_use]
    pub fn window(&self) -> Duration {
        self.window
    }
}

pin_project_lite::pin_project! {
    /// A future that completes when the shutdown of the host is requested. Returned by
    /// [`Stopping::requested`].
    ///
    /// Each connection of a host polls such a future repeatedly. A poll takes the lock that all
    /// futures of one signal share only to register a new waker; other polls only load a flag.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use hyperpoint::{StopRequested, Stopping};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let stopping = Stopping::new(Duration::from_secs(20));
    /// let requested: StopRequested = stopping.requested();
    /// stopping.request();
    /// requested.await;
    /// # }
    /// ```
    #[derive(Debug)]
    #[must_use = "a future does nothing until it is polled"]
    pub struct StopRequested {
        signal: Arc<Signal>,
        #[pin]
        notified: OwnedNotified,
        waker: Option<Waker>,
    }
}

impl Future for StopRequested {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if this.signal.is_requested.load(Ordering::Acquire) {
            return Poll::Ready(());
        }
        if this.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            return Poll::Pending;
        }
        *this.waker = Some(cx.waker().clone());
        this.notified.poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_waiting_futures_complete_when_shutdown_is_requested() {
        let stopping = Stopping::new(Duration::MAX);
        let before = stopping.requested();
        let waiting = tokio::spawn(stopping.requested());
        tokio::task::yield_now().await;
        assert!(!stopping.is_requested());
        stopping.request();
        before.await;
        waiting.await.unwrap();
        stopping.requested().await;
        assert!(stopping.is_requested());
    }
}
