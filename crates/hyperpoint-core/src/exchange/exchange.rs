//! The state that a handler shares with its response body.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, request};
use hyperpoint_sse::stream::{
    FrameSource, StreamEnd, StreamKind, StreamOptions, StreamReport, StreamState,
};
use hyperpoint_sse::{EventName, InvalidData, ReservedEventName};

use super::error_item::ErrorItem;
use super::pending_response::{OpenedStream, PendingResponse, ResponseStage};
use crate::host_state::HostState;
use crate::problem::{ErrorFormat, Problem};
use crate::state::State;

/// The state that a handler shares with its response body. The handler stores a response, or a head
/// and then the data of a stream; the response body takes them.
pub struct Exchange {
    host: HostState,
    request: request::Parts,
    state: State,
    response: Mutex<PendingResponse>,
    /// The state of an event stream, or of a failed byte stream. Created on first use, so that
    /// other responses reserve no space for it.
    streaming: OnceLock<Box<Streaming>>,
    /// The format of the error responses of the endpoint.
    error_format: ErrorFormat,
}

/// The state of an exchange that only event streams and failed byte streams need.
#[derive(Default)]
struct Streaming {
    state: StreamState,
    /// The time at which the identity of the request expires, in milliseconds since 1970; 0 if it
    /// does not expire.
    expires_at: AtomicU64,
    /// The state that only some streams need. Created on first use.
    rare: OnceLock<Box<Rare>>,
    /// Whether the gate has admitted the stream.
    is_admitted: AtomicBool,
    /// Whether the body of the request was read to its end.
    is_body_read: AtomicBool,
}

/// The state that only some streams need.
#[derive(Default)]
struct Rare {
    /// The problem that ended the event stream or the byte stream, if it failed.
    failure: OnceLock<Problem>,
    /// The function that creates the last item of a failed event stream, if the handler has set
    /// one.
    error_item: OnceLock<ErrorItem>,
    /// The gate that admits the event stream, or `None` if every stream is admitted. Set if the
    /// handler decides for each request whether it opens an event stream.
    gate: Option<StreamGate>,
}

impl Streaming {
    fn rare(&self) -> &Rare {
        self.rare.get_or_init(Box::default)
    }
}

/// A function that admits an event stream when the handler opens it, or returns the problem to
/// respond with.
pub type StreamGate = Box<dyn Fn(&Exchange) -> Result<(), Problem> + Send + Sync>;

impl Exchange {
    /// Creates the exchange of a request with this head. It has no response yet.
    #[must_use]
    #[inline]
    pub fn new(host: HostState, request: request::Parts) -> Arc<Self> {
        let (state, response, streaming, error_format) = Default::default();
        Arc::new(Self { host, request, state, response, streaming, error_format })
    }

    /// Sets the format of the error responses. Default: problem documents. Has no effect if the
    /// exchange has other references.
    pub fn set_error_format(exchange: &mut Arc<Self>, format: ErrorFormat) {
        if let Some(exchange) = Arc::get_mut(exchange) {
            exchange.error_format = format;
        }
    }

    /// Sets the kind of the event stream, for a response that becomes one. Default: for
    /// `EventSource`. Has no effect if the exchange has other references.
    pub fn set_stream_kind(exchange: &mut Arc<Self>, kind: StreamKind) {
        if let Some(streaming) = Self::streaming_mut(exchange) {
            streaming.state = StreamState::of_kind(kind);
        }
    }

    /// Sets the gate that admits the event stream when the handler opens one. Default: every stream
    /// is admitted. Has no effect if the exchange has other references.
    pub fn set_stream_gate(exchange: &mut Arc<Self>, gate: StreamGate) {
        if let Some(streaming) = Self::streaming_mut(exchange) {
            streaming.rare = OnceLock::from(Box::new(Rare { gate: Some(gate), ..Rare::default() }));
        }
    }

    fn streaming_mut(exchange: &mut Arc<Self>) -> Option<&mut Streaming> {
        let streaming = &mut Arc::get_mut(exchange)?.streaming;
        streaming.get_or_init(Box::default);
        streaming.get_mut().map(|streaming| &mut **streaming)
    }

    #[inline]
    fn streaming(&self) -> &Streaming {
        self.streaming.get_or_init(Box::default)
    }

    /// Returns the format of the error responses.
    pub(crate) fn error_format(&self) -> &ErrorFormat {
        &self.error_format
    }

    /// Returns the head of the request (method, URI, headers, extensions) for modification, or
    /// `None` if the exchange has other references.
    #[must_use]
    pub fn request_mut(exchange: &mut Arc<Self>) -> Option<&mut request::Parts> {
        Arc::get_mut(exchange).map(|exchange| &mut exchange.request)
    }

    /// Returns the head of the request: method, URI, headers and extensions.
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
            ResponseStage::Stream(_) | ResponseStage::Streaming => Some(StatusCode::OK),
            _ => Some(response.status()),
        }
    }

    /// Returns the state of the event stream. If the response is not an event stream, the state is
    /// that of a stream that has not started.
    #[inline]
    pub(crate) fn stream(&self) -> &StreamState {
        &self.streaming().state
    }

    /// Returns the report of the stream, or `None` if the response is not an event stream. The
    /// reported end is `ClientLeft` until the stream records its end, or `Stopped` if the host has
    /// stopped.
    pub(crate) fn report(&self) -> Option<StreamReport> {
        let mut report = self.streaming.get()?.state.report()?;
        if report.end == StreamEnd::ClientLeft && self.host.has_stopped() {
            report.end = StreamEnd::Stopped;
        }
        Some(report)
    }

    /// Records that the body of the request was read to its end. Called before the handler of an
    /// endpoint that may send an event stream runs.
    pub(crate) fn note_body_read(&self) {
        self.streaming().is_body_read.store(true, Ordering::Relaxed);
    }

    /// Returns whether [`note_body_read`](Self::note_body_read) was called.
    pub(crate) fn is_body_read(&self) -> bool {
        self.streaming().is_body_read.load(Ordering::Relaxed)
    }

    /// Returns the problem that ended the event stream or the byte stream, or `None` if no stream
    /// failed.
    pub(crate) fn failure(&self) -> Option<&Problem> {
        self.streaming.get()?.rare.get()?.failure.get()
    }

    /// Sets the time at which the identity of the request expires. An event stream ends at that
    /// time.
    pub(crate) fn expire_at(&self, at: SystemTime) {
        let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX).max(1);
        self.streaming().expires_at.store(ms, Ordering::Relaxed);
    }

    /// Returns the time until the identity of the request expires, zero if it has expired, or
    /// `None` if it does not expire.
    pub(crate) fn expires_in(&self) -> Option<Duration> {
        let ms = self.streaming.get()?.expires_at.load(Ordering::Relaxed);
        let at = (ms != 0).then(|| UNIX_EPOCH.checked_add(Duration::from_millis(ms)))??;
        Some(at.duration_since(SystemTime::now()).unwrap_or_default())
    }

    /// Returns whether the method is HEAD.
    pub(crate) fn is_head_request(&self) -> bool {
        self.request.method == Method::HEAD
    }

    /// Calls a function with the headers of the response, and returns its result.
    pub(crate) fn headers<T>(&self, work: impl FnOnce(&mut HeaderMap) -> T) -> T {
        work(self.lock().head().headers_mut())
    }

    /// Adds an extension to the response, for layers such as compression.
    pub(crate) fn extend(&self, extension: impl Clone + Send + Sync + 'static) {
        self.lock().head().extensions_mut().insert(extension);
    }

    /// Stores a response whose body is bytes in memory.
    pub(crate) fn answer(&self, status: StatusCode, kind: Option<HeaderValue>, body: Bytes) {
        let mut response = self.lock();
        let mut kind = kind;
        if let Some(head) = &mut response.head {
            *head.status_mut() = status;
            if let Some(kind) = kind.take() {
                head.headers_mut().insert(CONTENT_TYPE, kind);
            }
        }
        response.stage = ResponseStage::Plain { body, status, kind };
    }

    /// Calls the gate of the event stream, unless the gate has already admitted the stream or none
    /// is set.
    ///
    /// # Errors
    ///
    /// The problem of the gate if it does not admit the stream.
    pub(crate) fn reserve_stream(&self) -> Result<(), Problem> {
        let Streaming { rare, is_admitted, .. } = self.streaming();
        if let Some(gate) = rare.get().and_then(|rare| rare.gate.as_ref())
            && !is_admitted.load(Ordering::Relaxed)
        {
            gate(self)?;
            is_admitted.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Opens an event stream, whose head is sent immediately. `source` provides the frames of the
    /// stream; if `source` is `None`, the handler writes the frames.
    ///
    /// # Errors
    ///
    /// The problem of the gate if it does not admit the stream.
    pub(crate) fn open_stream(
        &self,
        options: StreamOptions,
        source: Option<Box<dyn FrameSource>>,
    ) -> Result<(), Problem> {
        self.reserve_stream()?;
        self.streaming().state.begin(&options, source.is_some());
        self.lock().stage = ResponseStage::Stream(Box::new(OpenedStream { options, source }));
        Ok(())
    }

    /// Takes the response whose body is bytes in memory, if the handler stored one.
    #[inline]
    pub(crate) fn take_plain(&self) -> Option<Response<Bytes>> {
        let mut response = self.lock();
        let ResponseStage::Plain { body, .. } = &mut response.stage else {
            return None;
        };
        let body = std::mem::take(body);
        Some(response.take_head().map(|()| body))
    }

    /// Takes the head and the opened event stream, if the handler has opened one.
    #[inline]
    pub(crate) fn take_stream(&self) -> Option<(Response<()>, Box<OpenedStream>)> {
        // Most responses are not event streams. This check needs no lock.
        self.streaming.get()?;
        let mut response = self.lock();
        if !matches!(response.stage, ResponseStage::Stream(_)) {
            return None;
        }
        match std::mem::replace(&mut response.stage, ResponseStage::Streaming) {
            ResponseStage::Stream(opened) => Some((response.take_head(), opened)),
            _ => None,
        }
    }

    /// Sets the function that creates the last item of a failed event stream. Only the first call
    /// has an effect.
    pub(crate) fn set_error_item(&self, item: ErrorItem) {
        let _ = self.streaming().rare().error_item.set(item);
    }

    /// Checks that an event of this name can be sent on the stream.
    ///
    /// # Errors
    ///
    /// [`ReservedEventName`] if the stream is for `EventSource` and the framework reserves the
    /// name.
    #[inline]
    pub(crate) fn check_name(&self, name: Option<&EventName>) -> Result<(), ReservedEventName> {
        match (self.stream().kind(), name) {
            (StreamKind::ForEventSource, Some(name)) => name.check_unreserved(),
            _ => Ok(()),
        }
    }

    /// Applies the host's problem rules to a problem of the request, and sets the path of the
    /// request as its `instance`. Each problem is converted once.
    pub(crate) fn converted(&self, problem: Problem) -> Problem {
        self.host.problems().apply(problem).about(&self.request)
    }

    /// Ends a stream that failed with this [converted](Self::converted) problem, and logs the
    /// problem. An event stream then ends as [`fail_stream`](Self::fail_stream) describes; a byte
    /// stream is aborted by its body.
    pub(crate) fn fail(&self, problem: Problem) {
        problem.log();
        if let Err(error) = self.fail_stream(&problem) {
            tracing::error!(%error, "failed to encode the problem of a failed event stream");
        }
        let _ = self.streaming().rare().failure.set(problem);
    }

    /// Ends the event stream with the item of the handler's `on_error_item` for this problem. If
    /// there is no item, or if its name is reserved, a stream for `EventSource` ends as its
    /// `OnError` option defines. In any case, a stream as written is aborted.
    ///
    /// # Errors
    ///
    /// [`InvalidData`] if the item or the problem cannot be encoded.
    fn fail_stream(&self, problem: &Problem) -> Result<(), InvalidData> {
        let error_item = self.streaming().rare.get().and_then(|rare| rare.error_item.get());
        let Some(item) = error_item.and_then(|item| item.render(problem)) else {
            return self.stream().fail(problem);
        };
        if let Err(error) = self.check_name(item.event_name()) {
            tracing::error!(%error, "an item of `on_error_item` was not sent");
            return self.stream().fail(problem);
        }
        self.stream().fail_with(&item)
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
