//! Where a handler and the answer's body meet.

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
use crate::problem::Problem;
use crate::state::State;

/// Where a handler and the answer's body meet: the handler leaves an answer, or a head and then
/// encoded events; the body takes them.
pub struct Exchange {
    host: HostState,
    request: request::Parts,
    state: State,
    answer: Mutex<Answer>,
    pub(super) outbox: Outbox,
    /// Why the stream came to its end, though its handler may still be at work.
    end: OnceLock<StreamEnd>,
    /// The problem by which it did.
    failure: OnceLock<Problem>,
    /// Whether the client was told so, by the last event of the stream.
    is_told: AtomicBool,
    /// When the identity behind the request ends, in ms since 1970; 0 where it does not.
    expires_at: AtomicU64,
}

/// The data of an event that says all by its name.
#[derive(Serialize)]
pub(super) struct Empty {}

/// The answer as far as the handler has come. Its head is filled where it lies: it is large, and a
/// small request would spend much on moving it about.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) head: Response<()>,
    pub(super) stage: Stage,
}

/// An event stream as the handler left it: how it behaves, and where its frames come from if not
/// from the handler.
pub(super) struct Opening {
    pub(super) options: StreamOptions,
    pub(super) source: Option<Box<dyn FrameSource>>,
}

#[derive(Default)]
pub(super) enum Stage {
    #[default]
    Open,
    Plain(Bytes),
    /// A plain answer with a body of its own.
    Whole(BoxedBody),
    /// A stream of bytes, of this length where it is known.
    Bytes(Option<u64>),
    /// Its head went out.
    Pieces(ByteSlot),
    /// An event stream. Boxed, so that plain answers keep no room for it.
    Stream(Box<Opening>),
    /// Its head went out.
    Streaming(OnError),
    /// Frames whose source is on its way between the body and the handler.
    Relayed(OnError, Relay),
}

/// A source of frames on its way between the body and the handler.
pub(super) enum Relay {
    /// To the handler, which says the last words or goes on with it.
    Ended(Box<dyn FrameSource>, FrameEnd),
    /// To the body, which polls it again.
    Resumed(Box<dyn FrameSource>),
    /// The handler has dropped its stream.
    Abandoned,
}

impl Stage {
    /// What an event stream that fails does; none where it is no event stream.
    pub(super) fn on_error(&self) -> Option<OnError> {
        match self {
            Self::Stream(opening) => Some(opening.options.on_error),
            Self::Streaming(on_error) | Self::Relayed(on_error, _) => Some(*on_error),
            _ => None,
        }
    }
}

impl Exchange {
    /// An exchange for the request with this head, that awaits its answer.
    #[must_use]
    #[inline]
    pub fn new(host: HostState, request: request::Parts) -> Arc<Self> {
        let (state, answer, outbox, end, failure, is_told, expires_at) = Default::default();
        Arc::new(Self { host, request, state, answer, outbox, end, failure, is_told, expires_at })
    }

    /// Method, URI and headers of the request, to be changed; none once the exchange is shared.
    #[must_use]
    pub fn request_mut(exchange: &mut Arc<Self>) -> Option<&mut request::Parts> {
        Arc::get_mut(exchange).map(|exchange| &mut exchange.request)
    }

    /// Method, URI and headers of the request.
    #[must_use]
    pub fn request(&self) -> &request::Parts {
        &self.request
    }

    /// What the request shares with all others of its host.
    #[must_use]
    pub fn host(&self) -> &HostState {
        &self.host
    }

    /// What processors and the handler share.
    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// The status of the answer that was left, or of the head that went out.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        let answer = self.lock();
        match &answer.stage {
            Stage::Open => None,
            Stage::Plain(_) | Stage::Whole(_) | Stage::Bytes(_) | Stage::Pieces(_) => {
                Some(answer.head.status())
            }
            stage => stage.on_error().map(|_| StatusCode::OK),
        }
    }

    /// How the stream went, where there is one. A stream that nobody ended was left by its client.
    pub(crate) fn report(&self) -> Option<StreamReport> {
        let end = self.end.get().copied().unwrap_or(StreamEnd::ClientLeft);
        self.outbox.report(end)
    }

    /// The problem by which the stream failed.
    pub(crate) fn failure(&self) -> Option<&Problem> {
        self.failure.get()
    }

    /// Notes when the identity behind the request ends: a stream ends with it.
    pub(crate) fn expire_at(&self, at: SystemTime) {
        let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
        let ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX).max(1);
        self.expires_at.store(ms, Ordering::Relaxed);
    }

    /// How long the identity behind the request still holds; none where it does not end.
    pub(super) fn expires_in(&self) -> Option<Duration> {
        let ms = self.expires_at.load(Ordering::Relaxed);
        let at = (ms != 0).then(|| UNIX_EPOCH.checked_add(Duration::from_millis(ms)))??;
        Some(at.duration_since(SystemTime::now()).unwrap_or_default())
    }

    pub(crate) fn is_head_request(&self) -> bool {
        self.request.method == Method::HEAD
    }

    /// Works on the headers of the answer.
    pub(crate) fn headers<T>(&self, work: impl FnOnce(&mut HeaderMap) -> T) -> T {
        work(self.lock().head.headers_mut())
    }

    /// Adds an extension to the answer, for the layers around it.
    pub(crate) fn extend(&self, extension: impl Clone + Send + Sync + 'static) {
        self.lock().head.extensions_mut().insert(extension);
    }

    /// Leaves a plain answer.
    pub(crate) fn answer(&self, status: StatusCode, kind: Option<HeaderValue>, body: Bytes) {
        let mut answer = self.lock();
        *answer.head.status_mut() = status;
        if let Some(kind) = kind {
            answer.head.headers_mut().insert(CONTENT_TYPE, kind);
        }
        answer.stage = Stage::Plain(body);
    }

    /// Leaves the head of an event stream, which goes out at once.
    pub(crate) fn open_stream(&self, options: StreamOptions) {
        self.outbox.begin(Some(options.retry));
        self.lock().stage = Stage::Stream(Box::new(Opening { options, source: None }));
    }

    /// The plain answer, if the handler left one.
    #[inline]
    pub(super) fn take_plain(&self) -> Option<Response<Bytes>> {
        let mut answer = self.lock();
        let Stage::Plain(body) = &mut answer.stage else {
            return None;
        };
        let body = std::mem::take(body);
        Some(std::mem::take(&mut answer.head).map(|()| body))
    }

    /// The head of an event stream and the stream itself, once the handler left one.
    #[inline]
    pub(super) fn take_stream(&self) -> Option<(Response<()>, Box<Opening>)> {
        let mut answer = self.lock();
        let Stage::Stream(opening) = &answer.stage else {
            return None;
        };
        let next = Stage::Streaming(opening.options.on_error);
        match std::mem::replace(&mut answer.stage, next) {
            Stage::Stream(opening) => Some((std::mem::take(&mut answer.head), opening)),
            _ => None,
        }
    }

    /// The encoder, for as long as the frame has room. Ready again once the frame was taken.
    pub(crate) fn poll_lease(&self, cx: &mut Context<'_>) -> Poll<Lease<'_>> {
        self.outbox.poll_lease(cx)
    }

    /// Asks to be polled again when the frame was taken or the stream closes.
    pub(crate) fn wait(&self, cx: &mut Context<'_>) {
        self.outbox.wait(cx);
    }

    /// Whether the stream is asked to end.
    pub(crate) fn is_closing(&self) -> bool {
        self.outbox.closing().is_some()
    }

    /// Notes why the stream came to its end. The first reason stands.
    pub(crate) fn end(&self, why: StreamEnd) {
        let _ = self.end.set(why);
    }

    /// Whether the stream came to its end.
    pub(super) fn has_ended(&self) -> bool {
        self.end.get().is_some()
    }

    /// Ends a stream whose source is through, with an event `done` where that was asked for.
    pub(crate) fn finish(&self, options: StreamOptions, why: StreamEnd) {
        self.end(why);
        if options.sends_done {
            self.tell(&framework::DONE, None, &Empty {});
        }
    }

    /// Ends a stream that failed: maps and logs the error, and tells the client what it may know.
    pub(crate) fn fail(&self, problem: Problem) {
        self.end(StreamEnd::Failed);
        let problem = self.host.problems().apply(problem).about(&self.request);
        problem.log();
        let on_error = self.lock().stage.on_error();
        if on_error == Some(OnError::SendProblem) {
            self.tell(&framework::PROBLEM, None, &problem);
        }
        let _ = self.failure.set(problem);
    }

    /// Ends a stream whose client is to come back, at a time of its own near this one.
    pub(crate) fn send_reconnect(&self, retry: Duration) {
        self.end(self.outbox.closing().unwrap_or(StreamEnd::Stopped));
        self.tell(&framework::RECONNECT, Some(jittered(retry)), &Empty {});
    }

    /// Writes the event that is the stream's last. There is one: what comes later is only logged.
    fn tell<T: Serialize>(&self, name: &EventName, retry: Option<Duration>, data: &T) {
        if !self.is_told.swap(true, Ordering::Relaxed) {
            self.outbox.write(name, retry, data);
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Answer> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}
