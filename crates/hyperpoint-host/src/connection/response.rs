//! The response to one request on a connection, as hyper needs it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::CONNECTION;
use http::{HeaderValue, Request, Response, StatusCode, Version};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::service::{HttpService, service_fn};
use hyperpoint_core::{Body, Peer};

use super::activity::{Activity, OpenRequest};
use super::head_size::check_size;
use super::host_header::check_host;
use super::transfer_coding::check_transfer_coding;
use crate::app::{Application, Responding};

/// Returns hyper's service of one connection. `wrap` adapts the bodies of responses to the protocol.
pub(super) fn service<B, W>(
    app: Application,
    peer: Option<Peer>,
    activity: Arc<Activity>,
    wrap: W,
) -> impl HttpService<Incoming, ResBody = B, Error = Infallible, Future = ResponseFuture<W>> + Send
where
    B: HttpBody<Data = Bytes>,
    W: Fn(CountedBody) -> B + Copy + Send + Unpin,
{
    service_fn(move |request| respond(&app, request, peer, activity.begin_request(), wrap))
}

/// Responds to a request on a connection: refuses an invalid head, else hands the request to the
/// application.
pub(super) fn respond<W>(
    app: &Application,
    request: Request<Incoming>,
    peer: Option<Peer>,
    open: OpenRequest,
    wrap: W,
) -> ResponseFuture<W> {
    let is_http1 = request.version() < Version::HTTP_2;
    let checked = check_host(&request)
        .and_then(|()| check_size(&request, &app.app().options))
        .and_then(|()| check_transfer_coding(&request));
    let client = match &app.app().trust {
        None => peer,
        Some(trust) => trust.client(peer, request.headers()),
    };
    let responding = match checked {
        Ok(()) => app.respond(request, client),
        Err(problem) => {
            if let Some(meter) = app.app().meter() {
                meter.refused("", "bad_head");
            }
            let problem = problem.about(&request.into_parts().0);
            Responding::refused(&app.app().error_format, problem)
        }
    };
    ResponseFuture { responding, is_http1, open: Some(open), wrap }
}

/// The future of a response. Its request counts as open.
pub(super) struct ResponseFuture<W> {
    responding: Responding,
    is_http1: bool,
    /// `None` once the response's body has taken it.
    open: Option<OpenRequest>,
    wrap: W,
}

impl<B, W: Fn(CountedBody) -> B + Unpin> Future for ResponseFuture<W> {
    type Output = Result<Response<B>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response = ready!(Pin::new(&mut self.responding).poll(cx));
        let open = self.open.take();
        if response.status().is_client_error()
            && let Some(open) = &open
        {
            open.note_refusal();
        }
        if self.is_http1 && leaves_a_body_unread(response.status()) {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        Poll::Ready(Ok(response.map(|body| (self.wrap)(CountedBody { body, open }))))
    }
}

/// Returns whether a response with this status may leave a part of the request's body unread. Then
/// hyper closes the connection, and the response announces that (RFC 9110 §15.5.9, §15.5.14).
fn leaves_a_body_unread(status: StatusCode) -> bool {
    status == StatusCode::REQUEST_TIMEOUT || status == StatusCode::PAYLOAD_TOO_LARGE
}

/// A response body that keeps its request counted as open until it is sent or dropped.
pub(super) struct CountedBody {
    body: Body,
    #[expect(dead_code, reason = "held for its Drop")]
    open: Option<OpenRequest>,
}

impl HttpBody for CountedBody {
    type Data = Bytes;
    type Error = <Body as HttpBody>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
