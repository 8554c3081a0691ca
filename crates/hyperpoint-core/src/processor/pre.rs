//! Pre-processors: code that runs before a handler.

use std::any::Any;
use std::fmt;

use async_trait::async_trait;
use http::request;

use crate::answer::{AnyJson, Send};
use crate::exchange::Sent;
use crate::identity::Identity;
use crate::lifetime::Tasks;
use crate::links::Links;
use crate::peer::Peer;
use crate::problem::Problem;
use crate::services::Services;
use crate::state::State;

/// Code that runs before the handlers of the endpoints, groups or hosts that add it, and after
/// authentication, binding and validation. Derive `FromServices` for it: each field is a service.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use hyperpoint::http::StatusCode;
/// use hyperpoint::{FromServices, PreCx, PreProcessor, Problem, Sent, async_trait};
///
/// struct Tenants(Vec<String>);
/// struct Tenant(String);
///
/// #[derive(FromServices)]
/// struct LoadTenant {
///     tenants: Arc<Tenants>,
/// }
///
/// #[async_trait]
/// impl PreProcessor for LoadTenant {
///     async fn before(&self, cx: PreCx<'_>) -> Result<Option<Sent>, Problem> {
///         let name = cx.request.headers.get("x-tenant").and_then(|name| name.to_str().ok());
///         let known = self.tenants.0.iter().find(|known| Some(known.as_str()) == name);
///         let known = known.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND))?;
///         cx.state.set(Tenant(known.clone()));
///         Ok(None)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a pre-processor",
    label = "does not implement `PreProcessor`",
    note = "write `#[async_trait] impl PreProcessor for {Self} {{ … }}` with `before`"
)]
#[async_trait]
pub trait PreProcessor: std::marker::Send + Sync + 'static {
    /// Runs before the handler of a request. Return `Ok(None)` to continue with the next
    /// pre-processor or, after the last one, the handler. To respond in place of the handler, send
    /// a response through `cx.send` and return its [`Sent`]: the remaining pre-processors and the
    /// handler then do not run.
    ///
    /// # Errors
    ///
    /// A problem becomes the response. The remaining pre-processors and the handler do not run.
    async fn before(&self, cx: PreCx<'_>) -> Result<Option<Sent>, Problem>;
}

/// The context of a pre-processor.
///
/// # Examples
///
/// ```
/// use hyperpoint::http::StatusCode;
/// use hyperpoint::{PreCx, Problem, Sent};
///
/// async fn before(cx: PreCx<'_>) -> Result<Option<Sent>, Problem> {
///     if cx.request.headers.contains_key("x-tenant") {
///         return Ok(None);
///     }
///     cx.send.status_async(StatusCode::NOT_FOUND).await.map(Some)
/// }
/// ```
#[non_exhaustive]
pub struct PreCx<'a> {
    /// Sends a response in place of the handler. The data can be any value that serializes as JSON.
    pub send: Send<'a, AnyJson>,
    /// The method, URI and headers of the request.
    pub request: &'a request::Parts,
    /// The identity of the caller.
    pub identity: &'a Identity,
    /// The address of the client, or `None` if it is unknown.
    pub peer: Option<Peer>,
    /// Values to share with the handler and the post-processors, which have the same `cx.state`.
    pub state: &'a State,
    /// The services of the host, by type.
    pub services: &'a Services,
    /// Links to the endpoints of the host.
    pub links: Links<'a>,
    /// Spawns tasks that must outlive the request.
    pub tasks: &'a Tasks,
    pub(crate) data: &'a mut (dyn Any + std::marker::Send),
}

impl PreCx<'_> {
    /// Returns a mutable reference to the bound and validated request, or `None` if the endpoint's
    /// `Request` is not of type `T`. The handler receives the request with all changes, which are
    /// not validated again.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::{PreCx, Problem, Sent};
    /// # struct Rename { name: String }
    /// # async fn before(mut cx: PreCx<'_>) -> Result<Option<Sent>, Problem> {
    /// if let Some(rename) = cx.data::<Rename>() {
    ///     rename.name = rename.name.trim().to_owned();
    /// }
    /// Ok(None)
    /// # }
    /// ```
    pub fn data<T: 'static>(&mut self) -> Option<&mut T> {
        self.data.downcast_mut()
    }
}

impl fmt::Debug for PreCx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreCx").field("identity", self.identity).finish_non_exhaustive()
    }
}
