//! Calls of endpoints: binding, validation, pre-processors and the handler.

use std::any::Any;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures_util::FutureExt;

use super::endpoint::{Cx, Endpoint, Result};
use crate::answer::{AnyJson, Send};
use crate::bind::{BindingPlan, FromRequest, Incoming};
use crate::exchange::{Exchange, Sent};
use crate::identity::Identity;
use crate::links::Links;
use crate::peer::Peer;
use crate::problem::{Failures, Problem};
use crate::processor::{PreCx, PreProcessor};
use crate::request_body::RequestBody;
use crate::trace_context::Trace;

/// The name of the handler in the problem of a panic.
const HANDLER: &str = "the handler";

/// The input of one call of an endpoint.
#[derive(Debug)]
pub struct Call {
    /// The unread request body.
    pub body: RequestBody,
    /// The decoded values of the route parameters, in the order of the template.
    pub route: Vec<String>,
    /// The binding plan: the source of each field of the request type.
    pub plan: Arc<BindingPlan>,
    /// The identity of the caller.
    pub identity: Identity,
    /// The address of the client, or `None` if it is unknown.
    pub peer: Option<Peer>,
    /// The exchange, which contains the request head and receives the response.
    pub exchange: Arc<Exchange>,
}

impl Call {
    /// Returns the parts of the call that binding reads.
    pub(super) fn incoming(&mut self) -> Incoming<'_> {
        let Self { body, route, plan, identity, exchange, .. } = self;
        Incoming::new(exchange.request(), body, route, identity, plan)
    }
}

/// Binds and validates the request, runs the pre-processors and calls the handler.
///
/// # Errors
///
/// The problem of any of these steps, converted by the host's problem rules, with the path of the
/// request as its `instance`. A panic is converted to a 500 whose private cause names the step.
pub(super) async fn run<E: Endpoint>(
    endpoint: &E,
    pre: &[Arc<dyn PreProcessor>],
    call: &mut Call,
) -> Result {
    let result = caught(HANDLER, run_unprotected(endpoint, pre, &mut *call)).await;
    result.map_err(|problem| call.exchange.converted(problem))
}

/// Awaits work on a request. Converts problems and panics as [`run`] does.
pub(super) fn protected(
    exchange: Arc<Exchange>,
    work: impl Future<Output = Result> + std::marker::Send,
) -> impl Future<Output = Result> + std::marker::Send {
    caught(HANDLER, work).map(move |result| result.map_err(|problem| exchange.converted(problem)))
}

/// Awaits one step of a call. Converts a panic to the problem of [`panicked`]. If `work` is an
/// `async` block, that includes a panic of the function that returns the future of the step.
pub(super) fn caught<T>(
    step: &'static str,
    work: impl Future<Output = Result<T>> + std::marker::Send,
) -> impl Future<Output = Result<T>> + std::marker::Send {
    let work = AssertUnwindSafe(work).catch_unwind();
    work.map(move |caught| caught.unwrap_or_else(|panic| Err(panicked(step, &*panic))))
}

async fn run_unprotected<E: Endpoint>(
    endpoint: &E,
    pre: &[Arc<dyn PreProcessor>],
    call: &mut Call,
) -> Result {
    match bind(endpoint, pre, call).await? {
        ControlFlow::Break(sent) => Ok(sent),
        ControlFlow::Continue(request) => {
            let Call { identity, peer, exchange, .. } = call;
            endpoint.handle(request, context(exchange, identity, *peer, None)).await
        }
    }
}

/// Binds and validates the request, and runs the pre-processors. Returns the bound request, or
/// `Break` if a pre-processor has responded.
pub(super) async fn bind<E: Endpoint>(
    endpoint: &E,
    pre: &[Arc<dyn PreProcessor>],
    call: &mut Call,
) -> Result<ControlFlow<Sent, E::Request>> {
    let binding = async { E::Request::from_request(call.incoming()).await };
    let mut request = caught("the binding of the request", binding).await?;
    validate(endpoint, &request)?;
    for processor in pre {
        let cx = pre_context(call, &mut request);
        let before = async { processor.before(cx).await };
        if let Some(sent) = caught("a pre-processor", before).await? {
            return Ok(ControlFlow::Break(sent));
        }
    }
    Ok(ControlFlow::Continue(request))
}

/// Creates the context of a pre-processor.
fn pre_context<'a>(call: &'a Call, data: &'a mut (dyn Any + std::marker::Send)) -> PreCx<'a> {
    let Call { identity, peer, exchange, .. } = call;
    PreCx {
        send: Send::<AnyJson>::new(exchange),
        request: exchange.request(),
        identity,
        peer: *peer,
        state: exchange.state(),
        services: exchange.host().services(),
        links: Links::new(exchange.host().links()),
        tasks: exchange.host().tasks(),
        data,
    }
}

/// Validates the request, and returns the failures as a problem.
fn validate<E: Endpoint>(endpoint: &E, request: &E::Request) -> Result<()> {
    let mut failures = Failures::default();
    catch_unwind(AssertUnwindSafe(|| endpoint.validate(request, &mut failures)))
        .map_err(|panic| panicked("the validation of the request", &*panic))?;
    failures.into_result()
}

/// Creates the context of the handler.
pub(super) fn context<'a, E: Endpoint>(
    exchange: &'a Arc<Exchange>,
    identity: &'a Identity,
    peer: Option<Peer>,
    last_event_id: Option<&'a str>,
) -> Cx<'a, E> {
    let host = exchange.host();
    Cx {
        send: Send::new(exchange),
        request: exchange.request(),
        identity,
        last_event_id,
        peer,
        state: exchange.state(),
        services: host.services(),
        links: Links::new(host.links()),
        trace: Trace::new(exchange.request()),
        tasks: host.tasks(),
        stopping: host.stopping(),
    }
}

/// Returns a 500 for a panic in a step of a call, with the name of the step and the panic message
/// as the private cause.
fn panicked(step: &str, panic: &(dyn Any + std::marker::Send)) -> Problem {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Problem::internal(format!("{step} panicked: {text}"))
}
