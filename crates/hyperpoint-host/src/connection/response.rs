//! The response to one request on a connection, through hyper's service interface.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderValue, Request, Response, StatusCode, Version};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::service::Service;
use hyperpoint_core::Body;

use super::activity::{Activity, OpenRequest};
use super::counted_body::CountedBody;
use super::head_size::check_size;
use super::host_header::check_host;
use super::transfer_coding::check_transfer_coding;
use crate::app::{Application, Responding};

/// hyper's service of one connection. `B` is the body of its responses, adapted to the protocol.
pub(super) struct ConnectionService<B> {
    pub(super) app: Application,
    activity: Arc<Activity>,
    body: PhantomData<fn() -> B>,
}

impl<B> ConnectionService<B> {
    pub(super) fn new(app: Application, activity: Arc<Activity>) -> Self {
        Self { app, activity, body: PhantomData }
    }
}

impl<B: From<CountedBody>> Service<Request<Incoming>> for ConnectionService<B> {
    type Response = Response<B>;
    type Error = Infallible;
    type Future = ResponseFuture<B>;

    #[inline]
    fn call(&self, request: Request<Incoming>) -> ResponseFuture<B> {
        // hyper adds an extension to a request for an upgrade, and must handle the upgrade itself.
        // If a layer has replaced the request body, it is unknown whether the body was read to its
        // end.
        let may_leave = |request: &Request<Incoming>| {
            request.version() == Version::HTTP_11
                && request.extensions().is_empty()
                && (request.body().is_end_stream() || !self.app.has_layers())
        };
        respond(&self.app, request, &self.activity, may_leave)
    }
}

/// Responds to a request on a connection: refuses an invalid head, otherwise passes the request to
/// the application. `may_leave` returns whether the body of an event stream may be sent without
/// hyper.
pub(super) fn respond<B>(
    app: &Application,
    request: Request<Incoming>,
    activity: &Arc<Activity>,
    may_leave: impl FnOnce(&Request<Incoming>) -> bool,
) -> ResponseFuture<B> {
    let open = activity.begin_request();
    let may_leave = may_leave(&request);
    let is_http1 = request.version() < Version::HTTP_2;
    let checked = check_host(&request)
        .and_then(|()| check_size(&request, &app.app().options))
        .and_then(|()| check_transfer_coding(&request));
    let peer = activity.peer();
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
    let (open, body) = (Some(open), PhantomData);
    ResponseFuture { responding, is_http1, may_leave, open, body }
}

/// The future of a response. Its request counts as open.
pub(super) struct ResponseFuture<B> {
    responding: Responding,
    is_http1: bool,
    /// Whether the body of an event stream may be sent without hyper.
    may_leave: bool,
    /// The guard that counts the request as open, or `None` once it was moved into the response's
    /// body.
    open: Option<OpenRequest>,
    body: PhantomData<fn() -> B>,
}

impl<B: From<CountedBody>> Future for ResponseFuture<B> {
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
        let is_held = self.may_leave
            && response.body().is_detachable()
            && await_head(&response, open.as_ref());
        Poll::Ready(Ok(response.map(|body| B::from(CountedBody { body, open, is_held }))))
    }
}

/// Holds back the body of an event stream until its head was sent, if hyper sends the stream in
/// chunks. Returns whether the body is held back.
#[cold]
fn await_head(response: &Response<Body>, open: Option<&OpenRequest>) -> bool {
    let open = open.filter(|_| is_chunked(response));
    open.inspect(|open| open.await_head()).is_some()
}

/// Returns whether the response has the status 200, and hyper applies chunked coding to it if the
/// length of its body is unknown.
fn is_chunked(response: &Response<Body>) -> bool {
    let headers = response.headers();
    response.status() == StatusCode::OK
        && !headers.contains_key(CONTENT_LENGTH)
        && !headers.contains_key(TRANSFER_ENCODING)
}

/// Returns whether a response with this status (408 or 413) means that a part of the request's body
/// is unread and will not be read. hyper then closes the connection, and the response announces it
/// (RFC 9110 §15.5.9, §15.5.14).
fn leaves_a_body_unread(status: StatusCode) -> bool {
    status == StatusCode::REQUEST_TIMEOUT || status == StatusCode::PAYLOAD_TOO_LARGE
}
