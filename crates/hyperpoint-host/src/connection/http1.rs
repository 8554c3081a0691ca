//! An HTTP/1 connection: hyper processes its requests, and event streams are sent without hyper
//! after their heads.

use std::mem::replace;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::activity::Activity;
use super::clocked_io::ClockedIo;
use super::counted_body::CountedBody;
use super::departure::{Departed, take_apart};
use super::head_progress::Head;
use super::lean::{After, Lean};
use super::response::ConnectionService;
use super::shared_socket::Share;
use super::with_deadlines::{BoxError, Connection};
use crate::app::Application;
use crate::options::{BUFFER_BYTES, ServerOptions};

/// hyper's default maximum number of header fields.
const HYPER_HEAD_FIELDS: usize = 100;

type Service = ConnectionService<CountedBody>;
type Hyper<T> = http1::Connection<TokioIo<ClockedIo<T>>, Service>;

/// An HTTP/1 connection that cannot be upgraded.
///
/// While an event stream is sent, hyper's connection is dropped, and its buffers with it. The body
/// of the stream is held back while hyper sends the head (see [`CountedBody`]), and the socket
/// checks the written bytes (see [`HeadWatch`](super::head_watch::HeadWatch)). A new hyper
/// connection reads the next request.
///
/// The connection's task exists for the whole stream, and the runtime rounds the size of a task up
/// to a multiple of 128 bytes. Fields that a stream rarely needs are therefore boxed.
pub(super) struct Http1<T: Share>(State<T>);

enum State<T> {
    /// hyper sends responses.
    Hyper(WithHyper<T>),
    /// An event stream is sent without hyper.
    Lean(Lean<T>, Application),
    Closed,
}

/// A connection of hyper.
struct WithHyper<T> {
    /// Boxed, so that no memory is reserved for it during a stream.
    hyper: Box<Hyper<T>>,
    activity: Arc<Activity>,
    is_finishing: bool,
}

impl<T> Http1<T>
where
    T: AsyncRead + AsyncWrite + Share + Unpin + Send + 'static,
{
    pub(super) fn new(app: Application, io: T, activity: Arc<Activity>, is_stopping: bool) -> Self {
        let io = ClockedIo::new(io, Arc::clone(&activity));
        let service = Service::new(app, Arc::clone(&activity));
        // A connection that is accepted during a stop gets one response.
        let hyper = hyper(io, service, !is_stopping);
        Self(State::Hyper(WithHyper { hyper, activity, is_finishing: is_stopping }))
    }

    /// Decides whether to send the event stream without hyper, depending on the progress of its
    /// head. Called after a poll of hyper's connection. Returns whether the state has changed and
    /// must be polled again.
    #[cold]
    fn decide(&mut self) -> Result<bool, BoxError> {
        let State::Hyper(WithHyper { activity, is_finishing, .. }) = &self.0 else {
            return Ok(false);
        };
        match activity.head().get() {
            Head::Unawaited => Ok(false),
            Head::Awaited if activity.is_stalled() => Ok(false),
            Head::Sent => {
                let is_last = *is_finishing;
                self.leave(is_last)
            }
            Head::SentLast => self.leave(true),
            Head::Awaited | Head::Unexpected => {
                tracing::debug!("hyper sent the head of an event stream in an unexpected way");
                activity.head().set(Head::Unawaited);
                Ok(true)
            }
        }
    }

    /// Polls hyper's connection or the stream. Ready with `true` if the connection has ended, and
    /// with `false` if the state has changed and must be polled again.
    #[inline]
    fn poll_state(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BoxError>> {
        match &mut self.0 {
            State::Hyper(WithHyper { hyper, activity, .. }) => {
                match Pin::new(&mut **hyper).poll(cx) {
                    Poll::Ready(result) => {
                        Poll::Ready(result.map(|()| true).map_err(BoxError::from))
                    }
                    Poll::Pending if activity.head().is(Head::Unawaited) => Poll::Pending,
                    Poll::Pending if self.decide()? => Poll::Ready(Ok(false)),
                    Poll::Pending => Poll::Pending,
                }
            }
            State::Lean(lean, _) => match ready!(lean.poll(cx))? {
                After::Closed => Poll::Ready(Ok(true)),
                After::NextRequest => {
                    self.come_back();
                    Poll::Ready(Ok(false))
                }
            },
            State::Closed => Poll::Pending,
        }
    }

    /// Dismantles hyper's connection, and sends the event stream without it. Returns `true`,
    /// because the state has changed, or an error if hyper did not return the body of the stream.
    #[cold]
    fn leave(&mut self, is_last: bool) -> Result<bool, BoxError> {
        let State::Hyper(WithHyper { hyper, activity, .. }) = replace(&mut self.0, State::Closed)
        else {
            return Err("expected a hyper connection at the start of an event stream".into());
        };
        activity.head().set(Head::Unawaited);
        // The box is freed only at the end, so that the stream's allocations do not occupy parts of
        // its memory, which the next connection can then reuse.
        let connection = *hyper;
        let (parts, departed) = take_apart(&activity, || connection.into_parts());
        let stream = departed.and_then(|Departed { body, open }| Some((body.detach()?, open)));
        let stream = stream.ok_or("hyper did not return the body of an event stream")?;
        tracing::trace!("an event stream has left hyper");
        let lean = Lean::new(parts.io.into_inner(), stream, &parts.read_buf, is_last);
        self.0 = State::Lean(lean, parts.service.app);
        Ok(true)
    }

    /// Passes the socket to a new hyper connection after a stream.
    #[cold]
    fn come_back(&mut self) {
        if let State::Lean(lean, app) = replace(&mut self.0, State::Closed) {
            let io = lean.into_io();
            let activity = Arc::clone(io.activity());
            let hyper = hyper(io, Service::new(app, Arc::clone(&activity)), true);
            self.0 = State::Hyper(WithHyper { hyper, activity, is_finishing: false });
        }
    }
}

/// Creates hyper's connection on this socket.
fn hyper<T>(io: ClockedIo<T>, service: Service, keeps_alive: bool) -> Box<Hyper<T>>
where
    T: AsyncRead + AsyncWrite + Share + Unpin + Send + 'static,
{
    let mut builder = http1_builder(&service.app.app().options);
    builder.keep_alive(keeps_alive);
    Box::new(builder.serve_connection(TokioIo::new(io), service))
}

/// Returns a builder with hyper's options for HTTP/1 connections.
pub(super) fn http1_builder(options: &ServerOptions) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.max_buf_size(options.head_limit_bytes.max(BUFFER_BYTES));
    // Each option costs time per request, so it is set only to a value that differs from hyper's
    // default.
    if options.head_limit_bytes < BUFFER_BYTES {
        builder.max_header_size(options.head_limit_bytes);
    }
    if options.head_fields != HYPER_HEAD_FIELDS {
        builder.max_headers(options.head_fields);
    }
    builder
}

impl<T: Share> Drop for Http1<T> {
    /// Records the bytes that were written to a parked stream, because its task is not polled
    /// again.
    fn drop(&mut self) {
        if let State::Lean(lean, _) = &mut self.0 {
            lean.unpark();
        }
    }
}

impl<T> Future for Http1<T>
where
    T: AsyncRead + AsyncWrite + Share + Unpin + Send + 'static,
{
    type Output = Result<(), BoxError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        while !ready!(self.poll_state(cx))? {}
        Poll::Ready(Ok(()))
    }
}

impl<T> Connection for Http1<T>
where
    T: AsyncRead + AsyncWrite + Share + Unpin + Send + 'static,
{
    type Error = BoxError;

    fn finish(mut self: Pin<&mut Self>) {
        match &mut self.0 {
            State::Hyper(WithHyper { hyper, is_finishing, .. }) => {
                *is_finishing = true;
                Pin::new(&mut **hyper).graceful_shutdown();
            }
            State::Lean(lean, _) => lean.finish(),
            State::Closed => {}
        }
    }

    fn is_streaming(&self) -> bool {
        matches!(self.0, State::Lean(..))
    }
}
