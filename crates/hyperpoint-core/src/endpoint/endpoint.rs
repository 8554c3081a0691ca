//! The trait that users implement, and what its handler gets.

use std::fmt;

use http::request;

use crate::answer::{Answer, Send};
use crate::bind::FromRequest;
use crate::config::Config;
use crate::exchange::Sent;
use crate::identity::Identity;
use crate::lifetime::{Stopping, Tasks};
use crate::links::Links;
use crate::peer::Peer;
use crate::problem::{Failures, Problem};
use crate::services::{FromServices, Services};
use crate::state::State;
use crate::trace_context::Trace;

/// What a handler returns: the proof that it answered, or the problem that is the answer.
pub type Result<T = Sent, E = Problem> = std::result::Result<T, E>;

/// One struct, one endpoint: where it is found, what it reads, what it does.
///
/// `#[derive(Endpoint)]` builds the struct from registered services, a field of type `Arc<T>` each,
/// and registers it.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
///
/// use hyperpoint_core::{Config, Cx, Endpoint, Failures, Result};
/// # use hyperpoint_core::services::{Declared, FromServices, Resolver};
///
/// struct Greetings(&'static str);
///
/// # /*
/// #[derive(Endpoint)]
/// # */
/// struct Greet {
///     greetings: Arc<Greetings>,
/// }
/// # impl FromServices for Greet {
/// #     const DECLARED: Declared = Declared { file: file!(), line: line!() };
/// #     fn from_services(resolver: &mut Resolver<'_>) -> Option<Self> {
/// #         Some(Self { greetings: resolver.field("greetings")? })
/// #     }
/// # }
///
/// impl Endpoint for Greet {
///     type Request = String;
///     type Response = String;
///
///     fn configure(config: &mut Config) {
///         config.post("/greet");
///         config.allow_anonymous();
///     }
///
///     fn validate(&self, name: &String, failures: &mut Failures) {
///         failures.check("name", !name.is_empty(), "must not be empty");
///     }
///
///     async fn handle(&self, name: String, cx: Cx<'_, Self>) -> Result {
///         cx.send.ok_async(format!("{}, {name}", self.greetings.0)).await
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no endpoint yet",
    label = "derives `Endpoint`, and does not implement it",
    note = "write `impl Endpoint for {Self} {{ … }}` with `Request`, `Response`, `configure` and `handle`"
)]
pub trait Endpoint: FromServices + std::marker::Send + Sync + 'static {
    /// What is read from the request; `()` for nothing.
    type Request: FromRequest;

    /// What is answered; `()` for no data, `Events<T>` for an event stream.
    type Response: Answer;

    /// Says where the endpoint is found and who may use it. Called once, before anything is built.
    fn configure(config: &mut Config);

    /// Checks a request that was read. What is added to `failures` is answered as one 400.
    fn validate(&self, request: &Self::Request, failures: &mut Failures) {
        let _ = (request, failures);
    }

    /// Does the work and answers, through `cx.send`.
    ///
    /// # Errors
    ///
    /// A problem is the answer, in place of one that was left before. After the head of an event
    /// stream it is told in the stream, by an event `problem`.
    ///
    /// # Cancel safety
    ///
    /// When the client leaves, the future is dropped at the await where it stands: guards run, code
    /// behind the await does not. Work that must be finished goes to `cx.tasks`.
    fn handle(
        &self,
        request: Self::Request,
        cx: Cx<'_, Self>,
    ) -> impl Future<Output = Result> + std::marker::Send;
}

/// What a handler gets beside the request: a plain struct, so that `cx.send` can be moved while the
/// rest is still borrowed.
///
/// # Example
///
/// ```
/// # use hyperpoint_core::{Cx, Endpoint, Result};
/// # async fn handle<E: Endpoint>(cx: Cx<'_, E>) -> Result {
/// let agent = cx.request.headers.get("user-agent").and_then(|agent| agent.to_str().ok());
/// let text = format!("{} asks with {agent:?}", cx.identity.subject().unwrap_or("somebody"));
/// cx.tasks.spawn(async { /* goes on when the client is gone */ });
/// cx.send.string_async(text).await
/// # }
/// ```
#[non_exhaustive]
pub struct Cx<'a, E: Endpoint> {
    /// Answers the request.
    pub send: Send<'a, E::Response>,
    /// Method, URI and headers.
    pub request: &'a request::Parts,
    /// Who asks.
    pub identity: &'a Identity,
    /// How far a client of an event stream got before it came back; always none elsewhere.
    pub last_event_id: Option<&'a str>,
    /// The other end of the connection, where there is one.
    pub peer: Option<Peer>,
    /// What pre-processors left, and post-processors find.
    pub state: &'a State,
    /// The services of the host, by type. Fields of the endpoint are the shorter way.
    pub services: &'a Services,
    /// Links to other endpoints, by their types.
    pub links: Links<'a>,
    /// The trace that the request belongs to, for calls that the handler makes.
    pub trace: Trace<'a>,
    /// Work that must outlive the request.
    pub tasks: &'a Tasks,
    /// Whether the host is asked to stop.
    pub stopping: &'a Stopping,
}

impl<E: Endpoint> fmt::Debug for Cx<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cx").field("last_event_id", &self.last_event_id).finish_non_exhaustive()
    }
}
