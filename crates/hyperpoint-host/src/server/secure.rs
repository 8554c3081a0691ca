//! The interface of a security layer between socket and HTTP, such as TLS.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::socket::Socket;
use crate::app::Application;
use crate::connection::Activity;

/// A security layer between socket and HTTP. A trait, so that the server does not depend on the TLS
/// library, which is optional.
pub(crate) trait Secure: fmt::Debug + Send + Sync {
    /// Loads the layer's configuration. Returns every configuration error, one message each.
    fn prepare(&mut self) -> Vec<String>;

    /// Serves a connection to its end, and returns the reason for the end as a label of metrics.
    fn serve(
        &self,
        app: Application,
        socket: Socket,
        activity: Arc<Activity>,
    ) -> BoxFuture<'static, &'static str>;

    /// Returns a future that reloads changed files for as long as it is polled.
    fn follow(&self) -> BoxFuture<'static, ()>;
}
