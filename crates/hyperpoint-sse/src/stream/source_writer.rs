//! Event streams from a source of frames, without an endpoint.

use std::task::{Context, Poll};

use http::{Response, request};

use super::body::StreamBody;
use super::frame_source::{FrameEnd, FrameSource};
use super::last_event_id::last_event_id;
use super::options::StreamOptions;
use super::report::StreamEnd;
use super::response::event_stream_response;
use super::scope::StreamScope;
use super::state::StreamState;
use super::writer::StreamWriter;

/// Ends a stream whose source has ended. The body of [`frame_stream`] owns one.
#[derive(Debug)]
pub struct SourceWriter {
    state: StreamState,
    options: StreamOptions,
    has_finished: bool,
}

/// Creates a response that streams the frames of this source, which resumes at the last event id of the
/// request: for a server that is not Hyperpoint's, such as axum.
///
/// A source that pauses ends the stream, because nothing resumes it.
///
/// # Panics
///
/// Panics outside a tokio runtime.
pub fn frame_stream(
    mut source: impl FrameSource,
    request: &request::Parts,
    options: StreamOptions,
    scope: &StreamScope,
) -> Response<StreamBody<SourceWriter>> {
    source.open(last_event_id(request).as_deref(), options.reconnection_delay());
    let state = StreamState::default();
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
