//! Background tasks that outlive the request that spawned them.
//!
//! This module does not depend on requests or connections.

use tokio_util::task::TaskTracker;

/// A tracker of background tasks that must outlive the request that spawned them. During shutdown,
/// the host waits until all of them have finished, at most until the end of the drain window.
///
/// # Examples
///
/// ```
/// use hyperpoint::Tasks;
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
    /// Spawns a future as a task, which continues if the client disconnects. The task runs to
    /// completion, unless the tokio runtime is shut down first.
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime. Handlers always run within one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{Cx, Endpoint, Result};
    /// # async fn handle<E: Endpoint<Response = ()>>(cx: Cx<'_, E>) -> Result {
    /// cx.tasks.spawn(async { /* send the confirmation by mail */ });
    /// cx.send.no_content_async().await
    /// # }
    /// ```
    pub fn spawn<F>(&self, work: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.0.spawn(work);
    }

    /// Waits until no task is running, including tasks that are spawned during the wait.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future does not affect the tasks.
    pub async fn finished(&self) {
        self.0.close();
        self.0.wait().await;
    }
}
