//! One connection, from its first byte to its end.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONNECTION;
use http::{HeaderValue, Request, Response, StatusCode, Version};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyperpoint_core::{Body, Peer};
use tokio::io::{AsyncRead, AsyncWrite};

use super::activity::{Activity, OpenRequest};
use super::clocked_io::ClockedIo;
use super::host_header::check_host;
use super::sniff::sniff;
use super::watched::{Ended, Watched};
use crate::app::{Application, refuse};
use crate::options::BUFFER_BYTES;

/// Serves a connection to its end. What goes wrong on it is told to the log.
pub(crate) async fn serve<T>(app: Application, io: T, peer: Peer)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let options = app.app().options;
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
    let activity = Activity::new(&options, is_http2);
    let io = TokioIo::new(ClockedIo::new(io, Arc::clone(&activity)));
    let requests = Arc::clone(&activity);
    let service_app = app.clone();
    let service = service_fn(move |request| {
        let open = requests.begin_request();
        answer(service_app.clone(), request, peer, open)
    });
    let ended = if is_http2 {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .max_concurrent_streams(options.http2_streams)
            .max_header_list_size(16 * 1024)
            .max_send_buf_size(BUFFER_BYTES);
        let connection = builder.serve_connection(io, service);
        Watched::new(connection, activity, stopping.requested()).await
    } else {
        let mut builder = http1::Builder::new();
        builder.max_buf_size(BUFFER_BYTES);
        let connection = builder.serve_connection(io, service);
        Watched::new(connection, activity, stopping.requested()).await
    };
    tell(&ended, peer);
}

fn tell(ended: &Ended, peer: Peer) {
    match ended {
        Ended::Closed(Ok(())) => {}
        Ended::Closed(Err(error)) => tracing::debug!(%peer.address, %error, "connection failed"),
        Ended::Overdue(overdue) => tracing::debug!(%peer.address, ?overdue, "connection overdue"),
    }
}

async fn answer(
    app: Application,
    request: Request<Incoming>,
    peer: Peer,
    open: OpenRequest,
) -> Result<Response<Counted>, Infallible> {
    let version = request.version();
    let mut response = match check_host(&request) {
        Ok(()) => app.respond(request, Some(peer)).await,
        Err(problem) => refuse(problem.about(&request.into_parts().0)),
    };
    if version < Version::HTTP_2 && leaves_a_body_unread(response.status()) {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    Ok(response.map(|body| Counted { body, open }))
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
    open: OpenRequest,
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
