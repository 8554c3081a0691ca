//! Background tasks that outlive the request that spawned them.
//!
//! This module does not depend on requests or connections.

use tokio_util::task::TaskTracker;

/// Background tasks that must outlive the request that spawned them. During shutdown, the host
/// waits for them until the end of the drain window.
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
    /// Spawns a future that runs to completion, even if the client disconnects.
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

    /// Waits until no task is running. Tasks may still be spawned during the wait, and are waited
    /// for too.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropping the future has no effect.
    pub async fn finished(&self) {
        self.0.close();
        self.0.wait().await;
    }
}
