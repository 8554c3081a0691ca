//! What lies between a socket and HTTP: nothing, or TLS.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use hyperpoint_core::Peer;

use super::socket::Socket;
use crate::app::Application;
use crate::connection::Activity;

/// A layer of security under HTTP. It is here, so that the server knows nothing of the library that
/// does it, which a feature may leave out.
pub(crate) trait Secure: fmt::Debug + Send + Sync {
    /// Loads what it needs; every mistake, a sentence each.
    fn prepare(&mut self) -> Vec<String>;

    /// Serves a connection under it, to its end, and says why that came.
    fn serve(
        &self,
        app: Application,
        socket: Socket,
        peer: Option<Peer>,
        activity: Arc<Activity>,
    ) -> BoxFuture<'static, &'static str>;

    /// Follows changes of what was loaded, for as long as it is polled.
    fn follow(&self) -> BoxFuture<'static, ()>;
}
