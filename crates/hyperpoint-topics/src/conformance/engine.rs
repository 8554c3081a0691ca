//! [`Engine`], through which the suite controls the log under test.

use std::sync::Arc;

use async_trait::async_trait;

use crate::backplane::Backplane;

/// A shared log under test, such as a server. No other program may use the log.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use hyperpoint::async_trait;
/// use hyperpoint_topics::Backplane;
/// use hyperpoint_topics::conformance::{Engine, check};
///
/// /// A server that runs in a process of its own and stores its log in a folder.
/// trait Server: Send + Sync {
///     fn start(&self);
///     fn kill(&self);
///     fn connect(&self) -> Arc<dyn Backplane>;
///     fn delete_log(&self);
///     fn copy_log(&self, from: &str, to: &str);
/// }
///
/// struct Tested<S>(S);
///
/// #[async_trait]
/// impl<S: Server> Engine for Tested<S> {
///     async fn node(&self) -> Arc<dyn Backplane> {
///         self.0.connect()
///     }
///
///     async fn restart(&self) {
///         self.0.kill();
///         self.0.start();
///     }
///
///     async fn begin_again(&self) {
///         self.0.kill();
///         self.0.delete_log();
///         self.0.start();
///     }
///
///     async fn back_up(&self) {
///         self.0.copy_log("log", "copy");
///     }
///
///     async fn restore(&self) {
///         self.0.kill();
///         self.0.copy_log("copy", "log");
///         self.0.start();
///     }
/// }
///
/// async fn the_server_conforms(server: impl Server) {
///     check(&Tested(server)).await;
/// }
/// ```
#[async_trait]
pub trait Engine: Send + Sync {
    /// Connects another node to the log. Returns the same node if only one process can use the log.
    async fn node(&self) -> Arc<dyn Backplane>;

    /// Stops the log without a clean shutdown, and starts it again. Nodes that connected before may
    /// fail afterwards.
    async fn restart(&self);

    /// Deletes the log, as an operator would, so that it is created again. Nodes that connected
    /// before may fail afterwards.
    async fn begin_again(&self);

    /// Saves a copy of the log, such as a backup. No node is connected during the call.
    async fn back_up(&self);

    /// Replaces the log with the copy, as an operator would. No node is connected during the call.
    async fn restore(&self);
}
