//! The life of a host as its endpoints see it: when it stops, and what must outlive a request.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

/// Longer is the same as for ever, and does not overflow a clock.
const LONGEST_WINDOW: Duration = Duration::from_hours(24 * 365);

/// Tells that the host is asked to stop. Cheap to clone.
///
/// # Example
///
/// ```
/// # use std::time::Duration;
/// use hyperpoint_core::Stopping;
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
    /// A host that runs, and gives what is under way this long once it is asked to stop.
    #[must_use]
    pub fn new(window: Duration) -> Self {
        Self { signal: Arc::default(), window: window.min(LONGEST_WINDOW) }
    }

    /// Asks the host to stop. Asking again changes nothing.
    pub fn request(&self) {
        self.signal.requested_at.get_or_init(Instant::now);
        self.signal.is_requested.store(true, Ordering::Release);
        self.signal.waiting.notify_waiters();
    }

    /// Whether the host was asked to stop.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.signal.is_requested.load(Ordering::Acquire)
    }

    /// Waits until the host is asked to stop.
    ///
    /// # Cancel safety
    ///
    /// Safe: dropping the future loses nothing.
    pub fn requested(&self) -> StopRequested {
        let notified = Arc::clone(&self.signal.waiting).notified_owned();
        StopRequested { signal: Arc::clone(&self.signal), notified, waker: None }
    }

    /// When the host was asked to stop; none before.
    #[must_use]
    pub(crate) fn requested_at(&self) -> Option<Instant> {
        self.signal.requested_at.get().copied()
    }

    /// How long what is under way may go on after the host was asked to stop.
    #[must_use]
    pub fn window(&self) -> Duration {
        self.window
    }
}

pin_project_lite::pin_project! {
    /// Ends when the host is asked to stop. Made by [`Stopping::requested`].
    ///
    /// Each connection and each stream of a host polls one, over and over: it takes the shared lock
    /// once, to be woken, and after that looks at a flag.
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

/// Work that must outlive the request that began it. The host waits for it when it stops, up to
/// the end of the drain window.
///
/// # Example
///
/// ```
/// use hyperpoint_core::Tasks;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let tasks = Tasks::default();
/// tasks.spawn(async { println!("the mail is sent") });
/// tasks.finished().await;
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tasks(TaskTracker);

impl Tasks {
    /// Runs the future to its end, whether or not the client stays.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime. A handler is always in one.
    pub fn spawn<F>(&self, work: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.0.spawn(work);
    }

    /// Waits until no task is left. Tasks may still be added while it waits.
    ///
    /// # Cancel safety
    ///
    /// Safe: dropping the future loses nothing.
    pub async fn finished(&self) {
        self.0.close();
        self.0.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everyone_who_waits_is_told_once_and_for_all() {
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
