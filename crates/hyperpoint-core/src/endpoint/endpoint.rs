//! The `Endpoint` trait and the context of its handler.

use std::fmt;

use http::request;

use crate::accept::asks_for_events;
use crate::answer::{Answer, Send};
use crate::bind::FromRequest;
use crate::config::Config;
use crate::exchange::Sent;
use crate::identity::Identity;
use crate::lifetime::Tasks;
use crate::links::Links;
use crate::peer::Peer;
use crate::problem::{Failures, Problem};
use crate::services::{FromServices, Services};
use crate::state::State;
use crate::trace_context::Trace;
use hyperpoint_sse::stream::Stopping;

/// The result of a handler: the proof that it responded, or the problem that is the response.
///
/// # Examples
///
/// ```
/// use hyperpoint::{Problem, Result};
///
/// /// Helpers may return other values.
/// fn parse(text: &str) -> Result<u32> {
///     text.parse().map_err(Problem::from)
/// }
/// # assert!(parse("7").is_ok());
/// ```
pub type Result<T = Sent, E = Problem> = std::result::Result<T, E>;

/// An endpoint: its configuration, its request and response types, and its handler.
///
/// `#[derive(Endpoint)]` builds the struct from registered services, with one field of type
/// `Arc<T>` for each service, and registers the endpoint.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use hyperpoint::{Config, Cx, Endpoint, Failures, Result};
///
/// struct Greetings(&'static str);
///
/// #[derive(Endpoint)]
/// struct Greet {
///     greetings: Arc<Greetings>,
/// }
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
    message = "`{Self}` is not an endpoint yet",
    label = "derives `Endpoint`, but does not implement it",
    note = "write `impl Endpoint for {Self} {{ … }}` with `Request`, `Response`, `configure` and `handle`"
)]
pub trait Endpoint: FromServices + std::marker::Send + Sync + 'static {
    /// The type to which the request is bound, or `()` if the handler needs no data of the request.
    type Request: FromRequest;

    /// The type of the response: the type of its data, which is sent as JSON, `()` for a response
    /// without data, an enum with `#[derive(Answer)]`, `Events<T>` for an event stream, or
    /// `JsonOrEvents`.
    type Response: Answer;

    /// Configures the endpoint: its routes, access rules and limits. The host calls this method at
    /// start-up, possibly several times, and again for generated documents.
    fn configure(config: &mut Config);

    /// Validates a bound request. If the method adds any `failures`, the response is a 400 that
    /// lists the first 100 of them. Default: every bound request is valid.
    fn validate(&self, request: &Self::Request, failures: &mut Failures) {
        let _ = (request, failures);
    }

    /// Handles the request and sends the response through `cx.send`.
    ///
    /// # Errors
    ///
    /// A problem becomes the response, and replaces a response that was sent through `cx.send`
    /// before, unless that response is a stream. If an event stream for `EventSource` is open, the
    /// problem is sent as an event `problem`, unless an option of the stream disables or replaces
    /// that event. An open event stream as written is aborted, and so is a byte stream whose head
    /// was sent.
    ///
    /// # Cancel safety
    ///
    /// If the client disconnects, or if the handler has not finished by the end of the drain window
    /// of a shutdown, the future is dropped at its current `await`: destructors run, but the code
    /// after the `await` does not. Spawn work that must finish with `cx.tasks`.
    fn handle(
        &self,
        request: Self::Request,
        cx: Cx<'_, Self>,
    ) -> impl Future<Output = Result> + std::marker::Send;
}

/// The context of a handler. It is a plain struct, so that `cx.send` can be moved while other
/// fields are borrowed.
///
/// # Examples
///
/// ```
/// # use hyperpoint::{Cx, Endpoint, Result};
/// # async fn handle<E: Endpoint>(cx: Cx<'_, E>) -> Result {
/// let agent = cx.request.headers.get("user-agent").and_then(|agent| agent.to_str().ok());
/// let text = format!("{} uses {agent:?}", cx.identity.subject().unwrap_or("an anonymous user"));
/// cx.tasks.spawn(async { /* continues after the client disconnects */ });
/// cx.send.string_async(text).await
/// # }
/// ```
#[non_exhaustive]
pub struct Cx<'a, E: Endpoint> {
    /// Sends the response.
    pub send: Send<'a, E::Response>,
    /// The method, URI and headers of the request.
    pub request: &'a request::Parts,
    /// The identity of the caller.
    pub identity: &'a Identity,
    /// The id of the last event that a reconnecting client received, or `None` if the client sent
    /// none. Always `None` if the endpoint never responds with an event stream.
    pub last_event_id: Option<&'a str>,
    /// The address of the client, or `None` if it is unknown.
    pub peer: Option<Peer>,
    /// The values that pre-processors, the handler and post-processors of the request share.
    pub state: &'a State,
    /// The services of the host, by type. Prefer fields of the endpoint, which are resolved at
    /// start-up.
    pub services: &'a Services,
    /// Links to other endpoints, by their types.
    pub links: Links<'a>,
    /// The trace context of the request, for calls that the handler makes.
    pub trace: Trace<'a>,
    /// Spawns tasks that must outlive the request.
    pub tasks: &'a Tasks,
    /// Reports whether the host is shutting down.
    pub stopping: &'a Stopping,
}

impl<E: Endpoint> Cx<'_, E> {
    /// Returns whether the client prefers an event stream: whether the `Accept` header contains
    /// `text/event-stream` with a weight that is above 0 and not below the weight of
    /// `application/json`. Wildcards are ignored. For endpoints that respond with
    /// [`JsonOrEvents`](crate::JsonOrEvents).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    /// use hyperpoint::{Endpoint, JsonOrEvents};
    ///
    /// async fn handle<E>(cx: Cx<'_, E>, total: u32) -> Result
    /// where
    ///     E: Endpoint<Response = JsonOrEvents<u32, u32>>,
    /// {
    ///     if cx.asks_for_events() {
    ///         return cx.send.event_stream_async("total", stream! { yield total; }).await;
    ///     }
    ///     cx.send.ok_async(total).await
    /// }
    /// ```
    #[must_use]
    pub fn asks_for_events(&self) -> bool {
        asks_for_events(&self.request.headers)
    }
}

impl<E: Endpoint> fmt::Debug for Cx<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cx").field("last_event_id", &self.last_event_id).finish_non_exhaustive()
    }
}
