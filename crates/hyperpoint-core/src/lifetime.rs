//! The life of a host as its endpoints see it: when it stops, and what must outlive a request.

use std::time::Duration;

use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tokio_util::task::TaskTracker;

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
    token: CancellationToken,
    window: Duration,
}

impl Stopping {
    /// A host that runs, and gives what is under way this long once it is asked to stop.
    #[must_use]
    pub fn new(window: Duration) -> Self {
        Self {
            token: CancellationToken::new(),
            window,
        }
    }

    /// Asks the host to stop. Asking again changes nothing.
    pub fn request(&self) {
        self.token.cancel();
    }

    /// Whether the host was asked to stop.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits until the host is asked to stop.
    ///
    /// # Cancel safety
    ///
    /// Safe: dropping the future loses nothing.
    pub async fn requested(&self) {
        self.token.cancelled().await;
    }

    /// How long what is under way may go on after the host was asked to stop.
    #[must_use]
    pub fn window(&self) -> Duration {
        self.window
    }

    pub(crate) fn requested_owned(&self) -> WaitForCancellationFutureOwned {
        self.token.clone().cancelled_owned()
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
