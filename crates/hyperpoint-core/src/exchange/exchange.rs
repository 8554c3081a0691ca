//! The state that a handler shares with its response body.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, request};
use hyperpoint_sse::{EventName, framework};
use serde::Serialize;

use super::boxed_body::BoxedBody;
use super::byte_slot::ByteSlot;
use super::frame_source::{FrameEnd, FrameSource};
use super::outbox::{Lease, Outbox};
use super::stream_options::{OnError, StreamOptions, jittered};
use super::stream_report::{StreamEnd, StreamReport};
use crate::host_state::HostState;
use crate::problem::{ErrorFormat, Problem};
use crate::state::State;

/// The state that a handler shares with its response body. The handler stores a response, or a head
/// and then encoded events; the body takes them.
pub struct Exchange {
    host: HostState,
    request: request::Parts,
    state: State,
    response: Mutex<PendingResponse>,
    /// The encoded events that are to be sent.
    pub(super) outbox: Outbox,
    /// Why the stream ended. The handler may still be running.
    end: OnceLock<StreamEnd>,
    /// The problem that ended the stream, if it failed.
    failure: OnceLock<Problem>,
    /// Whether the last event of the stream was written.
    has_written_last: AtomicBool,
    /// When the identity of the request expires, in milliseconds since 1970; 0 if it does not.
    expires_at: AtomicU64,
    /// How a problem of the handler becomes a response.
    error_format: ErrorFormat,
}

/// The empty data of an event whose name is its only content.
#[derive(Serialize)]
pub(super) struct Empty {}

/// The response as far as the handler has produced it. The head is built in place: it is large, and
/// moving it would be a considerable part of the cost of a small request.
#[derive(Default)]
pub(super) struct PendingResponse {
    pub(super) head: Response<()>,
    pub(super) stage: ResponseStage,
}

/// An event stream that the handler opened: its options, and the source of its frames if that is
/// not the handler.
pub(super) struct OpenedStream {
    pub(super) options: StreamOptions,
    pub(super) source: Option<Box<dyn FrameSource>>,
}

/// The progress of a response.
#[derive(Default)]
pub(super) enum ResponseStage {
    #[default]
    Open,
    Plain(Bytes),
    /// A non-streamed response with a body.
    Whole(BoxedBody),
    /// A byte stream whose head is to be sent, with its length if known.
    ByteStream(Option<u64>),
    /// A byte stream whose head was sent.
    Chunks(ByteSlot),
    /// An event stream whose head is to be sent. Boxed, so that other responses reserve no space
    /// for it.
    Stream(Box<OpenedStream>),
    /// An event stream whose head was sent.
    Streaming(OnError),
    /// A frame stream whose source is being handed over between body and handler.
    HandedOver(OnError, SourceHandover),
}

/// A frame source that is being handed over between the body and the handler.
pub(super) enum SourceHandover {
    /// To the handler, because the source ended or paused. The handler ends the stream or resumes
    /// the source.
    Ended(Box<dyn FrameSource>, FrameEnd),
    /// To the body, which polls the source again.
    Resumed(Box<dyn FrameSource>),
    /// To neither: the handler has dropped its stream.
    Abandoned,
}

impl ResponseStage {
    /// Returns what an event stream does on failure, or `None` if the response is not an event
    /// stream.
    pub(super) fn on_error(&self) -> Option<OnError> {
        match self {
            Self::Stream(opened) => Some(opened.options.on_error),
            Self::Streaming(on_error) | Self::HandedOver(on_error, _) => Some(*on_error),
            _ => None,
        }
    }
}

impl Exchange {
    /// Creates the exchange of a request with this head, without a response.
    #[must_use]
    #[inline]
    pub fn new(host: HostState, request: request::Parts) -> Arc<Self> {
        let (state, response, outbox, end, failure, has_written_last, expires_at, error_format) =
            Default::default();
        Arc::new(Self {
            host,
            request,
            state,
            response,
            outbox,
            end,
            failure,
            has_written_last,
            expires_at,
            error_format,
        })
    }

    /// Sets how a problem of the handler becomes a response. Has no effect after the exchange was
    /// shared.
    pub fn set_error_format(exchange: &mut Arc<Self>, format: ErrorFormat) {
        if let Some(exchange) = Arc::get_mut(exchange) {
            exchange.error_format = format;
        }
    }

    /// Returns how a problem of the handler becomes a response.
    pub(super) fn error_format(&self) -> &ErrorFormat {
        &self.error_format
    }

    /// Returns method, URI and headers of the request for modification, or `None` after the
    /// exchange was shared.
    #[must_use]
    pub fn request_mut(exchange: &mut Arc<Self>) -> Option<&mut request::Parts> {
        Arc::get_mut(exchange).map(|exchange| &mut exchange.request)
    }

    /// Returns method, URI and headers of the request.
    #[must_use]
    pub fn request(&self) -> &request::Parts {
        &self.request
    }

    /// Returns the state that all requests of the host share.
    #[must_use]
    pub fn host(&self) -> &HostState {
        &self.host
    }

    /// Returns the state that processors and the handler share.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Returns the status of the response, or `None` if there is no response yet.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        let response = self.lock();
        match &response.stage {
            ResponseStage::Open => None,
            ResponseStage::Plain(_)
            | ResponseStage::Whole(_)
            | ResponseStage::ByteStream(_)
            | ResponseStage::Chunks(_) => Some(response.head.status()),
            stage => stage.on_error().map(|_| StatusCode::OK),
        }
    }

    /// Returns the report of the stream, or `None` if the response is not an event stream. Until
    /// another end is recorded, the reported end is `ClientLeft`.
    pub(crate) fn report(&self) -> Option<StreamReport> {
        let end = self.end.get().copied().unwrap_or(StreamEnd::ClientLeft);
        self.outbox.report(end)
    }

    /// Returns the problem that ended the stream, if it failed.
    pub(crate) fn failure(&self) -> Option<&Problem> {
        self.failure.get()
    }

    /// Sets when the identity of the request expires. A stream ends at that time.
    pub(crate) fn expire_at(&self, at: SystemTime) {
        let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX).max(1);
        self.expires_at.store(ms, Ordering::Relaxed);
    }

    /// Returns how long the identity of the request is still valid, or `None` if it does not
    /// expire.
    pub(super) fn expires_in(&self) -> Option<Duration> {
        let ms = self.expires_at.load(Ordering::Relaxed);
        let at = (ms != 0).then(|| UNIX_EPOCH.checked_add(Duration::from_millis(ms)))??;
        Some(at.duration_since(SystemTime::now()).unwrap_or_default())
    }

    /// Returns whether the method is HEAD.
    pub(crate) fn is_head_request(&self) -> bool {
        self.request.method == Method::HEAD
    }

    /// Calls a function with the headers of the response.
    pub(crate) fn headers<T>(&self, work: impl FnOnce(&mut HeaderMap) -> T) -> T {
        work(self.lock().head.headers_mut())
    }

    /// Adds an extension to the response, for the layers around the application.
    pub(crate) fn extend(&self, extension: impl Clone + Send + Sync + 'static) {
        self.lock().head.extensions_mut().insert(extension);
    }

    /// Stores a non-streamed response.
    pub(crate) fn answer(&self, status: StatusCode, kind: Option<HeaderValue>, body: Bytes) {
        let mut response = self.lock();
        *response.head.status_mut() = status;
        if let Some(kind) = kind {
            response.head.headers_mut().insert(CONTENT_TYPE, kind);
        }
        response.stage = ResponseStage::Plain(body);
    }

    /// Stores the head of an event stream, which is sent immediately.
    pub(crate) fn open_stream(&self, options: StreamOptions) {
        self.outbox.begin(Some(options.retry));
        self.lock().stage = ResponseStage::Stream(Box::new(OpenedStream { options, source: None }));
    }

    /// Takes the non-streamed response, if the handler stored one.
    #[inline]
    pub(super) fn take_plain(&self) -> Option<Response<Bytes>> {
        let mut response = self.lock();
        let ResponseStage::Plain(body) = &mut response.stage else {
            return None;
        };
        let body = std::mem::take(body);
        Some(std::mem::take(&mut response.head).map(|()| body))
    }

    /// Takes the head of an event stream and the stream itself, if the handler opened one.
    #[inline]
    pub(super) fn take_stream(&self) -> Option<(Response<()>, Box<OpenedStream>)> {
        let mut response = self.lock();
        let ResponseStage::Stream(opened) = &response.stage else {
            return None;
        };
        let next = ResponseStage::Streaming(opened.options.on_error);
        match std::mem::replace(&mut response.stage, next) {
            ResponseStage::Stream(opened) => Some((std::mem::take(&mut response.head), opened)),
            _ => None,
        }
    }

    /// Lends the encoder if the frame is not full; otherwise waits until the frame was taken.
    pub(crate) fn poll_lease(&self, cx: &mut Context<'_>) -> Poll<Lease<'_>> {
        self.outbox.poll_lease(cx)
    }

    /// Registers the task to be woken when the frame is taken or the stream closes.
    pub(crate) fn wait(&self, cx: &mut Context<'_>) {
        self.outbox.wait(cx);
    }

    /// Returns whether the stream was asked to end.
    pub(crate) fn is_closing(&self) -> bool {
        self.outbox.closing().is_some()
    }

    /// Records why the stream ended. Only the first reason is kept.
    pub(crate) fn end(&self, why: StreamEnd) {
        let _ = self.end.set(why);
    }

    /// Returns whether an end was recorded.
    pub(super) fn has_ended(&self) -> bool {
        self.end.get().is_some()
    }

    /// Ends a stream whose source has finished, with an event `done` if that is enabled.
    pub(crate) fn finish(&self, options: StreamOptions, why: StreamEnd) {
        self.end(why);
        if options.sends_done {
            self.write_last(&framework::DONE, None, &Empty {});
        }
    }

    /// Ends a stream that failed: converts and logs the error, and sends its public part to the
    /// client if that is enabled.
    pub(crate) fn fail(&self, problem: Problem) {
        self.end(StreamEnd::Failed);
        let problem = self.host.problems().apply(problem).about(&self.request);
        problem.log();
        let on_error = self.lock().stage.on_error();
        if on_error == Some(OnError::SendProblem) {
            self.write_last(&framework::PROBLEM, None, &problem);
        }
        let _ = self.failure.set(problem);
    }

    /// Ends a stream with an event `reconnect`, whose `retry` is this duration with jitter.
    pub(crate) fn send_reconnect(&self, retry: Duration) {
        self.end(self.outbox.closing().unwrap_or(StreamEnd::Stopped));
        self.write_last(&framework::RECONNECT, Some(jittered(retry)), &Empty {});
    }

    /// Writes the last event of the stream. Only the first call has an effect; a problem that
    /// occurs later is only logged.
    fn write_last<T: Serialize>(&self, name: &EventName, retry: Option<Duration>, data: &T) {
        if !self.has_written_last.swap(true, Ordering::Relaxed) {
            self.outbox.write(name, retry, data);
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, PendingResponse> {
        self.response.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}
