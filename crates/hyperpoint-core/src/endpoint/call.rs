//! One call of an endpoint whose type the host does not know: bind, validate, handle.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;

use super::endpoint::{Cx, Endpoint, Result};
use crate::answer::{Answer, Send};
use crate::bind::{BindingPlan, FromRequest, Incoming};
use crate::exchange::{Exchange, HandlerFuture, RequestBody};
use crate::identity::Identity;
use crate::last_event_id::last_event_id;
use crate::links::Links;
use crate::peer::Peer;
use crate::problem::{Failures, Problem};
use crate::trace_context::Trace;

/// A request on its way to an endpoint.
#[derive(Debug)]
pub struct Call {
    /// The body, not yet read.
    pub body: RequestBody,
    /// The values of the route's parameters, decoded, in the order of the template.
    pub route: Vec<String>,
    /// Where each field comes from.
    pub plan: Arc<BindingPlan>,
    /// Who asks.
    pub identity: Identity,
    /// The other end of the connection.
    pub peer: Option<Peer>,
    /// The head of the request, and where the answer goes.
    pub exchange: Arc<Exchange>,
}

impl Call {
    /// What a request type is read from.
    pub(super) fn incoming(&mut self) -> Incoming<'_> {
        let Self { body, route, plan, identity, exchange, .. } = self;
        Incoming::new(exchange.request(), body, route, identity, plan)
    }
}

/// An endpoint whose type is forgotten. The one boxed future of a request is made here.
pub trait ErasedEndpoint: std::marker::Send + Sync {
    /// Binds, validates and handles the request. A problem comes back by the host's rules and with
    /// its `instance`; a panic comes back as a 500.
    fn call(self: Arc<Self>, call: Call) -> HandlerFuture;
}

impl<E: Endpoint> ErasedEndpoint for E {
    fn call(self: Arc<Self>, mut call: Call) -> HandlerFuture {
        Box::pin(async move {
            let work = AssertUnwindSafe(run(&*self, &mut call)).catch_unwind();
            let result = work.await.unwrap_or_else(|panic| Err(panicked(&*panic)));
            result.map_err(|problem| {
                let exchange = &call.exchange;
                exchange.host().problems().apply(problem).about(exchange.request())
            })
        })
    }
}

async fn run<E: Endpoint>(endpoint: &E, call: &mut Call) -> Result {
    let request = E::Request::from_request(call.incoming()).await?;
    validate(endpoint, &request)?;
    let mut last_id = None;
    if E::Response::STREAMS {
        expire_with(&call.exchange, &call.identity);
        call.body.discard().await?;
        last_id = last_event_id(call.exchange.request());
    }
    endpoint.handle(request, context(call, last_id.as_deref())).await
}

/// Asks the endpoint whether the request is as it should be.
pub(super) fn validate<E: Endpoint>(endpoint: &E, request: &E::Request) -> Result<()> {
    let mut failures = Failures::default();
    endpoint.validate(request, &mut failures);
    failures.into_result()
}

/// Ends an event stream with the identity behind it.
pub(super) fn expire_with(exchange: &Exchange, identity: &Identity) {
    if let Some(at) = identity.expires_at() {
        exchange.expire_at(at);
    }
}

/// What the handler gets.
pub(super) fn context<'a, E: Endpoint>(
    call: &'a Call,
    last_event_id: Option<&'a str>,
) -> Cx<'a, E> {
    let Call { identity, peer, exchange, .. } = call;
    let host = exchange.host();
    Cx {
        send: Send::new(exchange),
        request: exchange.request(),
        identity,
        last_event_id,
        peer: *peer,
        state: exchange.state(),
        services: host.services(),
        links: Links::new(host.links()),
        trace: Trace::new(exchange.request()),
        tasks: host.tasks(),
        stopping: host.stopping(),
    }
}

/// The problem that stands for a panic. Its text was printed by the panic hook already.
pub(super) fn panicked(panic: &(dyn Any + std::marker::Send)) -> Problem {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Problem::internal(format!("the handler panicked: {text}"))
}
