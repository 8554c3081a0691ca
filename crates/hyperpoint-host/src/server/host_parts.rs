//! What a host serves, and where.

use futures_util::future::BoxFuture;

use super::listener::Bind;
use super::secure::Secure;
use crate::app::Application;

/// What a host serves, and where.
pub(crate) struct HostParts {
    pub(crate) application: Application,
    pub(crate) bind: Bind,
    /// What lies between the two.
    pub(crate) secure: Option<Box<dyn Secure>>,
    /// What those who run the host get, and where.
    pub(crate) management: Option<(Application, Bind)>,
    /// What is done while it serves.
    pub(crate) background_tasks: Vec<BoxFuture<'static, ()>>,
}
