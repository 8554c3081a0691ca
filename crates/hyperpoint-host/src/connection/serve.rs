//! One connection, from its first byte to its end.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::CONNECTION;
use http::{HeaderValue, Request, Response, StatusCode, Version};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyperpoint_core::{Body, Peer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::activity::{Activity, OpenRequest};
use super::clocked_io::ClockedIo;
use super::host_header::check_host;
use super::sniff::{Sniffed, sniff};
use super::watched::{Ended, Watched};
use crate::app::{Application, Responding};
use crate::options::{BUFFER_BYTES, HEADER_LIST_BYTES};

/// Serves a connection to its end. What goes wrong on it is told to the log.
pub(crate) async fn serve<T>(app: Application, io: T, peer: Peer)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (born, options) = (Instant::now(), app.app().options);
    let stopping = app.app().state.stopping();
    let first = tokio::time::timeout(options.request_head, sniff(io));
    let first = tokio::select! {
        biased;
        first = first => first,
        // Browsers connect ahead of their requests: one that said nothing yet must not hold up a
        // stop.
        () = stopping.requested() => return,
    };
    let Ok(Ok((io, is_http2))) = first else {
        tracing::debug!(%peer.address, "a client connected and said nothing");
        return;
    };
    let ended = if is_http2 {
        // Boxed, so that a connection of HTTP/1.1 does not keep room for it.
        Box::pin(http2(app, io, peer, born)).await
    } else {
        http1(app, io, peer, born).await
    };
    tell(&ended, peer);
}

// Neither is an `async fn`: that would keep room for what it moves into the connection.

fn http1<T>(
    app: Application,
    io: Sniffed<T>,
    peer: Peer,
    born: Instant,
) -> impl Future<Output = Ended> + Send
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Activity::new(&app.app().options, false, born);
    let stopping = app.app().state.stopping().requested();
    let io = TokioIo::new(ClockedIo::new(io, Arc::clone(&activity)));
    let mut builder = http1::Builder::new();
    builder.max_buf_size(BUFFER_BYTES);
    let service = service(app, peer, Arc::clone(&activity));
    Watched::new(builder.serve_connection(io, service), activity, stopping)
}

fn http2<T>(
    app: Application,
    io: Sniffed<T>,
    peer: Peer,
    born: Instant,
) -> impl Future<Output = Ended> + Send
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Activity::new(&app.app().options, true, born);
    let stopping = app.app().state.stopping().requested();
    let io = TokioIo::new(ClockedIo::new(io, Arc::clone(&activity)));
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .max_concurrent_streams(app.app().options.http2_streams)
        .max_header_list_size(HEADER_LIST_BYTES)
        .max_send_buf_size(BUFFER_BYTES);
    let service = service(app, peer, Arc::clone(&activity));
    Watched::new(builder.serve_connection(io, service), activity, stopping)
}

fn service(
    app: Application,
    peer: Peer,
    activity: Arc<Activity>,
) -> impl HttpService<Incoming, ResBody = Counted, Error = Infallible, Future = Answer> + Send {
    service_fn(move |request| answer(&app, request, peer, activity.begin_request()))
}

fn tell(ended: &Ended, peer: Peer) {
    match ended {
        Ended::Closed(Ok(())) => {}
        Ended::Closed(Err(error)) => tracing::debug!(%peer.address, %error, "connection failed"),
        Ended::Overdue(overdue) => tracing::debug!(%peer.address, ?overdue, "connection overdue"),
    }
}

fn answer(app: &Application, request: Request<Incoming>, peer: Peer, open: OpenRequest) -> Answer {
    let is_http1 = request.version() < Version::HTTP_2;
    let responding = match check_host(&request) {
        Ok(()) => app.respond(request, Some(peer)),
        Err(problem) => Responding::refused(problem.about(&request.into_parts().0)),
    };
    Answer { responding, is_http1, open: Some(open) }
}

/// An answer on its way, whose request is open.
struct Answer {
    responding: Responding,
    is_http1: bool,
    /// None once it went on with the body.
    open: Option<OpenRequest>,
}

impl Future for Answer {
    type Output = Result<Response<Counted>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response = ready!(Pin::new(&mut self.responding).poll(cx));
        if self.is_http1 && leaves_a_body_unread(response.status()) {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        let open = self.open.take();
        Poll::Ready(Ok(response.map(|body| Counted { body, open })))
    }
}

/// Whether the rest of a body may stand between this answer and the next request, so that hyper
/// closes the connection: the client is to know that (RFC 9110 §15.5.9, §15.5.14).
fn leaves_a_body_unread(status: StatusCode) -> bool {
    status == StatusCode::REQUEST_TIMEOUT || status == StatusCode::PAYLOAD_TOO_LARGE
}

/// The body of an answer, which keeps its request open until it is sent or dropped.
struct Counted {
    body: Body,
    #[expect(dead_code, reason = "it is held to be dropped")]
    open: Option<OpenRequest>,
}

impl HttpBody for Counted {
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
