//! One connection, from its first byte to its end.

use std::convert::{Infallible, identity};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, FutureExt, ready};
use http_body::Body as HttpBody;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyperpoint_core::Peer;
use tokio::io::{AsyncRead, AsyncWrite};

use super::activity::{Activity, Overdue};
use super::clocked_io::ClockedIo;
use super::response::{CountedBody, ResponseFuture, respond};
use super::sniff::{Sniffed, sniff};
use super::stream_tasks::{Sliced, StreamTasks};
use super::with_deadlines::{Ended, WithDeadlines};
use crate::app::Application;
use crate::options::{BUFFER_BYTES, ServerOptions};

/// How many headers hyper takes where nobody says how many.
const HYPER_HEAD_FIELDS: usize = 100;
/// Longer is the same as never, and does not overflow a clock.
const LONGEST_PING: Duration = Duration::from_hours(24 * 365);

/// Serves a connection to its end, and says why that came. What goes wrong is told to the log.
///
/// Put together and not an `async fn`, which keeps what it is given twice.
pub(crate) fn serve<T>(
    app: Application,
    io: T,
    peer: Option<Peer>,
    activity: Arc<Activity>,
) -> impl Future<Output = &'static str> + Send
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let first = first_bytes(app.clone(), io, Arc::clone(&activity));
    let connection = first.then(move |first| match first {
        Ok((io, false)) => Either::Left(http1(app, io, peer, activity)),
        // Boxed, so that a connection of HTTP/1.1 does not keep room for it.
        Ok((io, true)) => Either::Right(http2(app, io, peer, activity).boxed()),
        Err(ended) => Either::Right(ready(ended).boxed()),
    });
    connection.map(move |ended| tell(&ended, peer))
}

/// Serves a connection of HTTP/1 to its end, and says why that came.
#[cfg(feature = "tls")]
pub(crate) fn serve_http1<T>(
    app: Application,
    io: T,
    peer: Option<Peer>,
    activity: Arc<Activity>,
) -> impl Future<Output = &'static str> + Send
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    http1(app, io, peer, activity).map(move |ended| tell(&ended, peer))
}

/// Serves a connection of HTTP/2 to its end, and says why that came.
#[cfg(feature = "tls")]
pub(crate) fn serve_http2<T>(
    app: Application,
    io: T,
    peer: Option<Peer>,
    activity: Arc<Activity>,
) -> impl Future<Output = &'static str> + Send
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    http2(app, io, peer, activity).map(move |ended| tell(&ended, peer))
}

/// The socket, and whether it speaks HTTP/2, once the first bytes say so. Browsers connect ahead of
/// their requests: one that said nothing yet must not hold up a stop. Those that come during it are
/// heard.
async fn first_bytes<T>(
    app: Application,
    io: T,
    activity: Arc<Activity>,
) -> Result<(Sniffed<T>, bool), Ended>
where
    T: AsyncRead + Unpin,
{
    let stopping = app.app().state.stopping();
    let was_stopping = stopping.is_requested();
    tokio::select! {
        biased;
        first = tokio::time::timeout(app.app().options.request_head, sniff(io)) => {
            first.ok().and_then(Result::ok).ok_or(Ended::Silent)
        }
        () = activity.dismissed() => Err(Ended::Overdue(Overdue::Dismissed)),
        () = stopping.requested(), if !was_stopping => Err(Ended::Silent),
    }
}

fn http1<T>(
    app: Application,
    io: T,
    peer: Option<Peer>,
    activity: Arc<Activity>,
) -> impl Future<Output = Ended> + Send
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let is_stopping = app.app().state.stopping().is_requested();
    if is_stopping {
        activity.leave_after_one();
    }
    let io = TokioIo::new(ClockedIo::new(io, Arc::clone(&activity)));
    let mut builder = http1_builder(&app.app().options);
    // Whoever comes during a stop gets one answer.
    builder.keep_alive(!is_stopping);
    let service = service(app, peer, Arc::clone(&activity), identity);
    WithDeadlines::new(builder.serve_connection(io, service), activity)
}

fn http1_builder(options: &ServerOptions) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.max_buf_size(options.head_limit_bytes.max(BUFFER_BYTES));
    // Each of them costs something where it is set.
    if options.head_limit_bytes < BUFFER_BYTES {
        builder.max_header_size(options.head_limit_bytes);
    }
    if options.head_fields != HYPER_HEAD_FIELDS {
        builder.max_headers(options.head_fields);
    }
    builder
}

fn http2<T>(
    app: Application,
    io: T,
    peer: Option<Peer>,
    activity: Arc<Activity>,
) -> impl Future<Output = Ended> + Send
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    activity.speaks_http2();
    if app.app().state.stopping().is_requested() {
        activity.leave_after_one();
    }
    let io = TokioIo::new(ClockedIo::new(io, Arc::clone(&activity)));
    let builder = http2_builder(&app.app().options, StreamTasks(Arc::clone(&activity)));
    let service = service(app, peer, Arc::clone(&activity), Sliced::new);
    WithDeadlines::new(builder.serve_connection(io, service), activity)
}

fn http2_builder(options: &ServerOptions, tasks: StreamTasks) -> http2::Builder<StreamTasks> {
    let head_limit_bytes = u32::try_from(options.head_limit_bytes).unwrap_or(u32::MAX);
    let mut builder = http2::Builder::new(tasks);
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(options.http2_streams)
        .max_header_list_size(head_limit_bytes)
        .max_send_buf_size(BUFFER_BYTES)
        .max_pending_accept_reset_streams(options.http2_pending_resets)
        .max_local_error_reset_streams(options.http2_error_resets)
        .keep_alive_interval(options.http2_ping.min(LONGEST_PING))
        .keep_alive_timeout(options.http2_ping_answer.min(LONGEST_PING));
    builder
}

fn service<B, W>(
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

/// Tells the log what went wrong on a connection, and gives the reason for its end in a word.
fn tell(ended: &Ended, peer: Option<Peer>) -> &'static str {
    match ended {
        Ended::Silent => {
            tracing::debug!(?peer, "a client connected and said nothing");
            "silent"
        }
        Ended::Closed(Ok(())) => "closed",
        Ended::Closed(Err(error)) => {
            tracing::debug!(?peer, %error, "connection failed");
            "failed"
        }
        Ended::Overdue(overdue) => {
            tracing::debug!(?peer, ?overdue, "connection overdue");
            overdue.as_str()
        }
    }
}
