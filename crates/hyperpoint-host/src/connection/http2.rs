//! An HTTP/2 connection.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http_body::Body;
use hyper::body::Incoming;
use hyper::rt::bounds::Http2ServerConnExec;
use hyper::rt::{Read, Write};
use hyper::server::conn::http2;
use hyper::service::HttpService;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use super::activity::Activity;
use super::clocked_io::ClockedIo;
use super::counted_body::CountedBody;
use super::response::ConnectionService;
use super::stream_tasks::{Sliced, StreamTasks};
use super::with_deadlines::{BoxError, Connection, WithDeadlines};
use crate::app::Application;
use crate::options::{BUFFER_BYTES, ServerOptions};

/// Upper bound of the interval and the timeout of PING frames, so that clock arithmetic cannot
/// overflow.
const LONGEST_PING: Duration = Duration::from_hours(24 * 365);

/// Serves an HTTP/2 connection to its end.
pub(super) fn http2<T>(
    app: Application,
    io: T,
    activity: Arc<Activity>,
) -> impl Future<Output = &'static str> + Send
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    activity.set_http2();
    if app.app().state.stopping().is_requested() {
        activity.shut_down_after_one();
    }
    let io = TokioIo::new(ClockedIo::new(io, Arc::clone(&activity)));
    let builder = builder(&app.app().options, StreamTasks(Arc::clone(&activity)));
    let service = ConnectionService::<Sliced<CountedBody>>::new(app, Arc::clone(&activity));
    WithDeadlines::new(builder.serve_connection(io, service), activity)
}

fn builder(options: &ServerOptions, tasks: StreamTasks) -> http2::Builder<StreamTasks> {
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

impl<I, S> Connection for http2::Connection<I, S, StreamTasks>
where
    I: Read + Write + Unpin,
    S: HttpService<Incoming, Error: Into<BoxError>>,
    S::ResBody: Body<Error: Into<BoxError>> + 'static,
    StreamTasks: Http2ServerConnExec<S::Future, S::ResBody>,
{
    type Error = hyper::Error;

    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}
