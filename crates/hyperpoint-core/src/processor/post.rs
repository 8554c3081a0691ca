//! Post-processors: code that runs after a handler.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use http::{StatusCode, request};

use crate::identity::Identity;
use crate::lifetime::Tasks;
use crate::peer::Peer;
use crate::problem::Problem;
use crate::services::Services;
use crate::state::State;
use hyperpoint_sse::stream::StreamReport;

/// Code that runs after the handlers of the endpoints, groups or hosts that add it, and that
/// receives the outcome of each request. Derive `FromServices` for it: each field is a service.
///
/// It runs for every request that reaches the endpoint, including requests that are refused by
/// binding, validation or a pre-processor. It does not run for requests that are refused before,
/// for example by authorization, by a limit, or because the host is shutting down.
///
/// The host waits until the post-processor has finished before it sends a non-streaming response or
/// ends a streamed response. If the handler is dropped, for instance because the client
/// disconnects, the post-processor runs in a task of the host. A panic is logged.
///
/// # Examples
///
/// ```
/// use hyperpoint::{PostCx, PostProcessor, Problem, async_trait};
///
/// struct Log;
///
/// #[async_trait]
/// impl PostProcessor for Log {
///     async fn after(&self, cx: PostCx<'_>) -> Result<(), Problem> {
///         let (path, outcome) = (cx.request.uri.path(), &cx.outcome);
///         match &outcome.stream {
///             Some(stream) => println!("{path}: {} events, {:?}", stream.events, stream.end),
///             None => println!("{path}: {:?} after {:?}", outcome.status, outcome.elapsed),
///         }
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a post-processor",
    label = "does not implement `PostProcessor`",
    note = "write `#[async_trait] impl PostProcessor for {Self} {{ … }}` with `after`"
)]
#[async_trait]
pub trait PostProcessor: Send + Sync + 'static {
    /// Runs after a request, with its outcome.
    ///
    /// # Errors
    ///
    /// A problem is logged. The response is unchanged, and the next post-processor runs.
    ///
    /// # Cancel safety
    ///
    /// The future is not dropped if the client disconnects: it continues as one of the background
    /// [`Tasks`] of the host.
    async fn after(&self, cx: PostCx<'_>) -> Result<(), Problem>;
}

/// The context of a post-processor.
///
/// # Examples
///
/// ```
/// # use hyperpoint::{PostCx, Result};
/// async fn after(cx: PostCx<'_>) -> Result<()> {
///     if let Some(problem) = cx.outcome.problem {
///         println!("{} failed: {:?}", cx.request.uri.path(), problem.private_source());
///     }
///     Ok(())
/// }
/// ```
#[non_exhaustive]
pub struct PostCx<'a> {
    /// The outcome of the request.
    pub outcome: Outcome<'a>,
    /// The method, URI and headers of the request.
    pub request: &'a request::Parts,
    /// The identity of the caller.
    pub identity: &'a Identity,
    /// The address of the client, or `None` if it is unknown.
    pub peer: Option<Peer>,
    /// The values that the processors and the handler of the request share.
    pub state: &'a State,
    /// The services of the host, by type.
    pub services: &'a Services,
    /// Spawns tasks that must outlive the request.
    pub tasks: &'a Tasks,
}

/// The outcome of a request.
///
/// # Examples
///
/// ```
/// use hyperpoint::Outcome;
///
/// fn describe(outcome: &Outcome<'_>) -> String {
///     let end = if outcome.has_client_left { "client disconnected" } else { "complete" };
///     format!("{:?} after {:?}: {end}", outcome.status, outcome.elapsed)
/// }
/// # let _ = describe;
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Outcome<'a> {
    /// The status of the response, or `None` if the handler was dropped before it had responded,
    /// for instance because the client disconnected or the host stopped. A stream that failed after
    /// its head was sent has the status of that head.
    pub status: Option<StatusCode>,
    /// The problem that became the response or that ended a streamed response, or `None` if there
    /// was no problem.
    pub problem: Option<&'a Problem>,
    /// Whether the client disconnected before the handler finished or, on an event stream, before
    /// the stream ended. Also `true` if the host dropped the handler of a byte stream, for example
    /// because the identity was revoked, or if a layer of the endpoint, such as a timeout, dropped
    /// the handler. `false` if the host stopped and closed the connection, and for a HEAD request
    /// of a byte stream.
    pub has_client_left: bool,
    /// The time from the start of binding to the start of the first post-processor.
    pub elapsed: Duration,
    /// The report of the event stream, or `None` if none was opened.
    pub stream: Option<StreamReport>,
}

impl fmt::Debug for PostCx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostCx").field("outcome", &self.outcome).finish_non_exhaustive()
    }
}
