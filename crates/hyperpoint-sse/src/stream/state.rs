//! The state that the code that writes a stream shares with the body of the response.

use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::Duration;

use serde::Serialize;

use super::frame_source::{FrameEnd, FrameSource};
use super::jitter::jittered;
use super::options::{OnError, StreamOptions};
use super::outbox::{Handover, Lease, Outbox};
use super::report::{StreamEnd, StreamReport};
use crate::framework;
use crate::invalid_data::InvalidData;

/// The state that the code that writes a stream shares with the [`StreamBody`](super::StreamBody): the
/// encoded events that are to be sent, the counters, and the reason of the end.
///
/// The code stores events, or hands over a [`FrameSource`]; the body takes them. It allocates nothing
/// before the first event.
#[derive(Debug, Default)]
pub struct StreamState {
    pub(super) outbox: Outbox,
    /// Why the stream ended. The code may still be running.
    end: OnceLock<StreamEnd>,
}

impl StreamState {
    /// Records that the stream starts with these options. The `retry` of the options is put on the
    /// first event, unless a source puts it on its own first event.
    pub fn begin(&self, options: &StreamOptions, has_source: bool) {
        self.outbox.begin(options, has_source);
    }

    /// Lends the encoder if the frame is not full; otherwise waits until the frame was taken.
    pub fn poll_lease(&self, cx: &mut Context<'_>) -> Poll<Lease<'_>> {
        self.outbox.poll_lease(cx)
    }

    /// Registers the task to be woken when the frame is taken, when the source is handed over, and when
    /// the stream is to end.
    pub fn wait(&self, cx: &mut Context<'_>) {
        self.outbox.wait(cx);
    }

    /// Returns whether the stream was asked to end.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.outbox.closing().is_some()
    }

    /// Returns the report of the stream, or `None` if it has not started. Until another end is recorded,
    /// the reported end is `ClientLeft`, which is correct if the body is dropped.
    pub fn report(&self) -> Option<StreamReport> {
        self.outbox.report(self.end.get().copied().unwrap_or(StreamEnd::ClientLeft))
    }

    /// Records why the stream ended. Only the first reason is kept.
    pub fn end(&self, why: StreamEnd) {
        let _ = self.end.set(why);
    }

    /// Returns whether an end was recorded.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.end.get().is_some()
    }

    /// Ends the stream because its source has finished, with an event `done` if that is enabled.
    pub fn finish(&self, why: StreamEnd) {
        self.end(why);
        if self.outbox.sends_done() {
            self.outbox.write_last(&framework::DONE, None, "{}");
        }
    }

    /// Ends the stream because it failed, with an event `problem` with this data if that is enabled.
    ///
    /// # Errors
    ///
    /// The data cannot be serialized as JSON. The stream ends without the event.
    pub fn fail(&self, problem: &impl Serialize) -> Result<(), InvalidData> {
        self.end(StreamEnd::Failed);
        if self.outbox.on_error() == Some(OnError::SendProblem) {
            let problem = serde_json::to_string(problem).map_err(InvalidData::json)?;
            self.outbox.write_last(&framework::PROBLEM, None, &problem);
        }
        Ok(())
    }

    /// Ends the stream with an event `reconnect`, whose `retry` is this duration with jitter.
    pub fn reconnect(&self, retry: Duration) {
        self.end(self.outbox.closing().unwrap_or(StreamEnd::Stopped));
        self.outbox.write_last(&framework::RECONNECT, Some(jittered(retry)), "{}");
    }

    /// Takes the source, if it has ended or paused.
    pub fn take_ended(&self) -> Option<(Box<dyn FrameSource>, FrameEnd)> {
        self.outbox.take_ended()
    }

    /// Hands the source back to the body, which polls it again.
    pub fn resume(&self, source: Box<dyn FrameSource>) {
        self.outbox.hand_over(Handover::Resumed(source));
    }

    /// Reports to the body that the code no longer waits for the end of the source.
    pub fn abandon(&self) {
        self.outbox.hand_over(Handover::Abandoned);
    }
}
