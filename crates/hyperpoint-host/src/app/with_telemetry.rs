//! Telemetry around the processing of one request.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use hyperpoint_core::Body;

use super::responding::Responding;
use crate::routing::RouteTable;
use crate::telemetry::{ReceivedBody, RequestTelemetry, SentBody, Telemetry};

/// Processes a request with `respond`, and records its telemetry until the response's body is sent
/// or dropped.
pub(super) fn with_telemetry<B>(
    (telemetry, routes): (&Arc<Telemetry>, &RouteTable),
    request: Request<B>,
    respond: impl FnOnce(Request<Body>) -> Responding,
) -> Responding
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (mut head, body) = request.into_parts();
    let route = routes.template(&head.method, head.uri.path());
    let telemetry = RequestTelemetry::new(telemetry, &mut head, route);
    let body = Body::boxed(ReceivedBody::new(body, Arc::clone(telemetry.record())));
    let request = Request::from_parts(head, body);
    let responding = telemetry.span().in_scope(|| respond(request));
    Responding::Boxed(Box::pin(WithTelemetry { responding, telemetry: Some(telemetry) }))
}

/// A response future that is polled within the request's span.
struct WithTelemetry {
    responding: Responding,
    /// The telemetry of the request, or `None` once it was moved into the response's body.
    telemetry: Option<RequestTelemetry>,
}

impl Future for WithTelemetry {
    type Output = Response<Body>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response<Body>> {
        let Self { responding, telemetry } = &mut *self;
        let Some(current) = telemetry else {
            return Poll::Pending;
        };
        let mut response = ready!(current.span().in_scope(|| Pin::new(responding).poll(cx)));
        current.response_began(&mut response);
        Poll::Ready(match telemetry.take() {
            Some(telemetry) => {
                response.map(|body| body.observed(|body| SentBody::new(body, telemetry)))
            }
            None => response,
        })
    }
}

impl Drop for WithTelemetry {
    fn drop(&mut self) {
        // Events that the handler logs while it is being dropped belong to the request's span.
        if let Some(telemetry) = &self.telemetry {
            let responding = &mut self.responding;
            telemetry.span().in_scope(|| *responding = Responding::Done(None));
        }
    }
}
