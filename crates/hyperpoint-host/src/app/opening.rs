//! The processing of a request by an endpoint whose handler decides whether the response is an
//! event stream. The stream is admitted or refused when the handler opens it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode, request};
use hyperpoint_core::endpoint::Call;
use hyperpoint_core::exchange::Exchange;
use hyperpoint_core::response_body::Answering;
use hyperpoint_core::{Body, Identity, Peer, Problem, StreamKind};
use hyperpoint_sse::stream::reconnect;

use super::accept::accepts_events;
use super::responding::{Responding, refuse};
use crate::limits::{EndpointLimits, Permit};
use crate::routing::Route;
use crate::telemetry::RequestRecord;

/// The reconnection delay for a client that opens an event stream while the host is stopping.
pub(super) const STOPPING_RETRY: Duration = Duration::from_millis(2500);

/// Returns the refusal of an event stream while the host is stopping.
pub(super) fn stopping() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE)
        .detail("the server is shutting down; try again")
        .header(RETRY_AFTER, HeaderValue::from(STOPPING_RETRY.as_secs() + 1))
}

/// Records the reason of a refusal in the telemetry, because the status does not always show it: an
/// event stream for `EventSource` is refused with a 200.
pub(super) fn note_refusal(request: &request::Parts, reason: &'static str) {
    if let Some(record) = RequestRecord::of(&request.extensions) {
        record.record_refusal(reason);
    }
}

/// The permits of the stream that a handler opened.
#[derive(Clone, Default)]
struct Permits(Arc<Mutex<Vec<Permit>>>);

impl Permits {
    fn set(&self, permits: Vec<Permit>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = permits;
    }
}

/// A guard that releases the permits when the handler has finished or is dropped. The exchange,
/// whose stream gate holds the permits too, may exist longer.
struct Release(Permits);

impl Drop for Release {
    fn drop(&mut self) {
        self.0.set(Vec::new());
    }
}

/// The checks that admit the event stream of one request.
struct Opening {
    kind: StreamKind,
    limits: Option<Arc<EndpointLimits>>,
    identity: Identity,
    peer: Option<Peer>,
    /// The permits of the open stream, held until the handler has finished.
    permits: Permits,
    /// The delay after which the client may retry, set if the stream was refused because of a limit
    /// or a stop.
    wait: Arc<OnceLock<Duration>>,
}

impl Opening {
    fn admit(&self, exchange: &Exchange) -> Result<(), Problem> {
        let request = exchange.request();
        if self.kind == StreamKind::ForEventSource {
            accepts_events(&request.headers)?;
        }
        if exchange.host().stopping().is_requested() {
            self.refuse(exchange, STOPPING_RETRY, "stopping");
            return Err(stopping());
        }
        let Some(limits) = &self.limits else {
            return Ok(());
        };
        match limits.open_stream(&self.identity, self.peer) {
            Ok(permits) => {
                self.permits.set(permits);
                Ok(())
            }
            Err(over) => {
                self.refuse(exchange, over.wait, "over_limit");
                Err(over.into_problem())
            }
        }
    }

    fn refuse(&self, exchange: &Exchange, wait: Duration, reason: &'static str) {
        let _ = self.wait.set(wait);
        note_refusal(exchange.request(), reason);
    }
}

/// Passes the request to an endpoint without limits whose streams are of the kind `AsWritten`. An
/// event stream that its handler opens while the host is stopping is refused with a 503 problem.
fn handle_without_limits(route: &Route, mut call: Call) -> Responding {
    let gate = |exchange: &Exchange| {
        if !exchange.host().stopping().is_requested() {
            return Ok(());
        }
        note_refusal(exchange.request(), "stopping");
        Err(stopping())
    };
    Exchange::set_stream_gate(&mut call.exchange, Box::new(gate));
    let exchange = Arc::clone(&call.exchange);
    let handler = Arc::clone(&route.endpoint).call(call);
    Responding::Handling(Answering::new(exchange, handler))
}

/// Passes the request to its endpoint. The limits on requests were checked before; the limits on
/// streams are checked if the handler opens a stream.
pub(super) fn handle_by_request(route: &Route, mut call: Call) -> Responding {
    if route.limits.is_none() && route.stream_kind == StreamKind::AsWritten {
        return handle_without_limits(route, call);
    }
    let (permits, wait) = <(Permits, Arc<OnceLock<Duration>>)>::default();
    let opening = Opening {
        kind: route.stream_kind,
        limits: route.limits.clone(),
        identity: call.identity.clone(),
        peer: call.peer,
        permits: permits.clone(),
        wait: Arc::clone(&wait),
    };
    let gate = Box::new(move |exchange: &Exchange| opening.admit(exchange));
    Exchange::set_stream_gate(&mut call.exchange, gate);
    let exchange = Arc::clone(&call.exchange);
    let handler = Arc::clone(&route.endpoint).call(call);
    let release = Release(permits);
    let handler = Box::pin(async move {
        let result = handler.await;
        drop(release);
        result
    });
    let answering = Answering::new(exchange, handler);
    if route.stream_kind == StreamKind::AsWritten {
        return Responding::Handling(answering);
    }
    let format = route.error_format.clone();
    Responding::boxed(&route.error_format, async move {
        answering.await.unwrap_or_else(|problem| match wait.get() {
            // Browsers do not reconnect after an error status.
            Some(wait) => reconnect(*wait).map(Body::boxed),
            None => refuse(&format, problem),
        })
    })
}
