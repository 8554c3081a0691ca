//! What is done before a handler.

use std::any::Any;
use std::fmt;

use async_trait::async_trait;
use http::request;
use serde_json::Value;

use crate::answer::Send;
use crate::exchange::Sent;
use crate::identity::Identity;
use crate::lifetime::Tasks;
use crate::peer::Peer;
use crate::problem::Problem;
use crate::services::Services;
use crate::state::State;

/// Runs before the handlers of the endpoints, groups or hosts that name it: behind authentication,
/// binding and validation. Derive `FromServices` for it: each field is a service.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
///
/// use http::StatusCode;
/// use hyperpoint_core::{PreCx, PreProcessor, Problem, Sent, async_trait};
///
/// struct Tenants(Vec<String>);
/// struct Tenant(String);
///
/// struct KnowTenant {
///     tenants: Arc<Tenants>,
/// }
///
/// #[async_trait]
/// impl PreProcessor for KnowTenant {
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
    message = "`{Self}` is no pre-processor",
    label = "does not implement `PreProcessor`",
    note = "write `#[async_trait] impl PreProcessor for {Self} {{ … }}` with `before`"
)]
#[async_trait]
pub trait PreProcessor: std::marker::Send + Sync + 'static {
    /// Looks at a request before its handler does. `Ok(None)` lets it go on; an answer, left
    /// through `cx.send`, ends it: neither the next pre-processor nor the handler runs.
    ///
    /// # Errors
    ///
    /// A problem is the answer, and ends the request just so.
    async fn before(&self, cx: PreCx<'_>) -> Result<Option<Sent>, Problem>;
}

/// What a pre-processor gets.
#[non_exhaustive]
pub struct PreCx<'a> {
    /// Answers the request in place of the handler.
    pub send: Send<'a, Value>,
    /// Method, URI and headers.
    pub request: &'a request::Parts,
    /// Who asks.
    pub identity: &'a Identity,
    /// The other end of the connection, where there is one.
    pub peer: Option<Peer>,
    /// What the handler and the post-processors find in their `cx.state`.
    pub state: &'a State,
    /// The services of the host, by type.
    pub services: &'a Services,
    /// Work that must outlive the request.
    pub tasks: &'a Tasks,
    pub(crate) data: &'a mut (dyn Any + std::marker::Send),
}

impl PreCx<'_> {
    /// The request that was bound and validated, if the endpoint's `Request` is of this type. What
    /// is changed here is what the handler gets; it is not validated again.
    ///
    /// # Example
    ///
    /// ```
    /// # use hyperpoint_core::{PreCx, Problem, Sent};
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
