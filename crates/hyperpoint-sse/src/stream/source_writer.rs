//! Event streams from a source of frames, without an endpoint.

use std::task::{Context, Poll};

use http::{Response, request};

use super::body::StreamBody;
use super::frame_source::{FrameEnd, FrameSource, FrameStart};
use super::kind::StreamKind;
use super::last_event_id::last_event_id;
use super::options::StreamOptions;
use super::report::StreamEnd;
use super::response::event_stream_response;
use super::scope::StreamScope;
use super::state::StreamState;
use super::writer::StreamWriter;

/// The writer of a stream that only sends the frames of a source: ends the stream when the source
/// ends or pauses. The body that [`frame_stream`] creates owns one.
#[derive(Debug)]
pub struct SourceWriter {
    state: StreamState,
    options: StreamOptions,
    has_finished: bool,
}

/// Creates a response whose body streams the frames of this source, for a server other than
/// Hyperpoint, such as axum. The source is opened with the last event id of the request, after
/// which it resumes.
///
/// The kind of the stream is the default for the request's method, unless the options set it. A
/// source that pauses ends the stream, because nothing resumes it.
///
/// # Panics
///
/// May panic outside a tokio runtime.
pub fn frame_stream(
    mut source: impl FrameSource,
    request: &request::Parts,
    options: StreamOptions,
    scope: &StreamScope,
) -> Response<StreamBody<SourceWriter>> {
    let kind = options.kind.unwrap_or_else(|| StreamKind::of_method(&request.method));
    let (last_event_id, retry) = (last_event_id(request), options.first_retry(kind));
    source.open(FrameStart { last_event_id: last_event_id.as_deref(), retry, kind });
    let state = StreamState::of_kind(kind);
    state.begin(&options, true);
    let writer = SourceWriter { state, options, has_finished: false };
    let body = StreamBody::new(writer, Some(Box::new(source)), &options, None, scope);
    event_stream_response(body)
}

impl StreamWriter for SourceWriter {
    fn state(&self) -> &StreamState {
        &self.state
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<()> {
        let Some((_, end)) = self.state.take_ended() else {
            return Poll::Pending;
        };
        match end {
            FrameEnd::Finished | FrameEnd::Paused => self.state.finish(StreamEnd::Finished),
            FrameEnd::Reconnect => self.state.reconnect(self.options.reconnection_delay()),
            FrameEnd::Gap => self.state.lose(self.options.reconnection_delay()),
            FrameEnd::Failed(error) => self.state.fail_privately(&*error),
        }
        self.has_finished = true;
        Poll::Ready(())
    }

    fn has_finished(&self) -> bool {
        self.has_finished
    }

    fn stop(&mut self) {
        self.has_finished = true;
    }
}
