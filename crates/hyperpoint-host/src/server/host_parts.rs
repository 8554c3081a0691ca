//! The parts of a built host, before it listens.

use futures_util::future::BoxFuture;

use super::listener::Bind;
use super::secure::Secure;
use crate::app::Application;

/// The parts of a built host, before it listens.
pub(crate) struct HostParts {
    pub(crate) application: Application,
    pub(crate) bind: Bind,
    /// The security layer under HTTP, or `None` for plain HTTP.
    pub(crate) secure: Option<Box<dyn Secure>>,
    /// The application at the management address, or `None` if no address is set.
    pub(crate) management: Option<(Application, Bind)>,
    /// Futures that run while the host serves.
    pub(crate) background_tasks: Vec<BoxFuture<'static, ()>>,
}
