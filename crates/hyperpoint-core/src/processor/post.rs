//! What is done after a handler.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use http::{StatusCode, request};

use crate::exchange::StreamReport;
use crate::identity::Identity;
use crate::lifetime::Tasks;
use crate::peer::Peer;
use crate::problem::Problem;
use crate::services::Services;
use crate::state::State;

/// Runs after the handlers of the endpoints, groups or hosts that name it, and sees how each
/// request went. Derive `FromServices` for it: each field is a service.
///
/// It runs for every request that was let in: also where binding, validation or a pre-processor
/// refused it. A plain answer waits for it. After an event stream it runs when the stream is over,
/// and after a client that left, in a task of the host. A panic in it is logged.
///
/// # Example
///
/// ```
/// use hyperpoint_core::{PostCx, PostProcessor, Problem, async_trait};
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
    message = "`{Self}` is no post-processor",
    label = "does not implement `PostProcessor`",
    note = "write `#[async_trait] impl PostProcessor for {Self} {{ … }}` with `after`"
)]
#[async_trait]
pub trait PostProcessor: Send + Sync + 'static {
    /// Looks at how a request went.
    ///
    /// # Errors
    ///
    /// A problem is logged. The answer stays as it is, and the next post-processor runs.
    ///
    /// # Cancel safety
    ///
    /// It is not cancelled when the client leaves: it goes on in a task of the host.
    async fn after(&self, cx: PostCx<'_>) -> Result<(), Problem>;
}

/// What a post-processor gets.
#[non_exhaustive]
pub struct PostCx<'a> {
    /// How the request went.
    pub outcome: Outcome<'a>,
    /// Method, URI and headers.
    pub request: &'a request::Parts,
    /// Who asked.
    pub identity: &'a Identity,
    /// The other end of the connection, where there was one.
    pub peer: Option<Peer>,
    /// What pre-processors and the handler left.
    pub state: &'a State,
    /// The services of the host, by type.
    pub services: &'a Services,
    /// Work that must outlive the request.
    pub tasks: &'a Tasks,
}

/// How a request went.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Outcome<'a> {
    /// The status of the answer; none where the client left before there was one.
    pub status: Option<StatusCode>,
    /// The problem that is the answer, or by which an event stream failed.
    pub problem: Option<&'a Problem>,
    /// Whether the client left before it had all of the answer.
    pub has_client_left: bool,
    /// How long the request took, from binding on.
    pub elapsed: Duration,
    /// How the event stream went, where one was opened.
    pub stream: Option<StreamReport>,
}

impl fmt::Debug for PostCx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostCx").field("outcome", &self.outcome).finish_non_exhaustive()
    }
}
