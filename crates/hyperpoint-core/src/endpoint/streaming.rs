//! The call of an endpoint that responds, or may respond, with an event stream.
//!
//! The future of the call is kept in memory until the stream ends. State that only the binding of
//! the request needs is in a separate future, which is freed before the handler runs.

use std::ops::ControlFlow;
use std::sync::Arc;

use hyperpoint_sse::stream::last_event_id;

use super::call::{Call, bind, context, protected};
use super::endpoint::{Endpoint, Result};
use crate::exchange::{Exchange, Sent};
use crate::identity::Identity;
use crate::peer::Peer;
use crate::processor::PreProcessor;

/// The pre-processors of an endpoint, or `None` if there are none.
type PreProcessors = Option<Arc<[Arc<dyn PreProcessor>]>>;

/// The parts of a call that are kept while the handler of an event stream runs.
struct Started<T> {
    request: T,
    identity: Identity,
    peer: Option<Peer>,
}

/// Binds and validates the request, runs the pre-processors and calls the handler, as
/// [`run`](super::call::run) does. Unlike `run`, reads the request's body to its end before the
/// handler runs, and sets `last_event_id`.
pub(super) fn stream<E: Endpoint>(
    endpoint: Arc<E>,
    pre: PreProcessors,
    call: Call,
) -> impl Future<Output = Result> + Send {
    let exchange = Arc::clone(&call.exchange);
    let starting = Box::pin(start(Arc::clone(&endpoint), pre, call));
    protected(Arc::clone(&exchange), async move {
        // Assigned one by one: if a pattern bound them, the future would store them twice.
        let (request, identity, peer);
        match starting.await? {
            ControlFlow::Break(sent) => return Ok(sent),
            ControlFlow::Continue(started) => {
                (request, identity, peer) = (started.request, started.identity, started.peer);
            }
        }
        let last_id = last_event_id(exchange.request());
        let cx = context(&exchange, &identity, peer, last_id.as_deref());
        endpoint.handle(request, cx).await
    })
}

/// Binds the request, runs the pre-processors, and discards the unread rest of the request's body.
/// Returns the arguments of the handler, or `Break` if a pre-processor has responded.
async fn start<E: Endpoint>(
    endpoint: Arc<E>,
    pre: PreProcessors,
    mut call: Call,
) -> Result<ControlFlow<Sent, Started<E::Request>>> {
    let request = match bind(&*endpoint, pre.as_deref().unwrap_or_default(), &mut call).await? {
        ControlFlow::Break(sent) => return Ok(ControlFlow::Break(sent)),
        ControlFlow::Continue(request) => request,
    };
    let Call { mut body, identity, peer, exchange, .. } = call;
    expire_with(&exchange, &identity);
    body.discard().await?;
    exchange.note_body_read();
    Ok(ControlFlow::Continue(Started { request, identity, peer }))
}

/// Makes the event stream end when the identity expires. Has no effect if the identity does not
/// expire.
fn expire_with(exchange: &Exchange, identity: &Identity) {
    if let Some(at) = identity.expires_at() {
        exchange.expire_at(at);
    }
}
