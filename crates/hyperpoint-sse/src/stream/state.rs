//! The state that the code that writes a stream shares with the body of the response.

use std::error::Error;
use std::sync::OnceLock;
use std::task::{Context, Poll};
use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::event_buffer::{EventBuffer, Handover, Lease};
use super::frame_source::{FrameEnd, FrameSource};
use super::jitter::jittered;
use super::kind::StreamKind;
use super::options::{OnError, StreamOptions};
use super::report::{StreamEnd, StreamReport};
use crate::encoder::Encoder;
use crate::framework;
use crate::invalid_data::InvalidData;
use crate::item::StreamItem;

/// The state that the code that writes a stream shares with the [`StreamBody`](super::StreamBody):
/// the encoded events that are to be sent, the counters, the kind, and the reason for the end. A
/// stream of the kind [`AsWritten`](StreamKind::AsWritten) ends without an event of the framework
/// other than `done`, if the options enable it, and is cut if it is incomplete.
///
/// The code writes events to the state, from which the body takes them. A [`FrameSource`] that has
/// ended or paused passes through the state from the body to the code, and back if the code resumes
/// it. The state allocates nothing before the first event and the first such handover.
#[derive(Debug, Default)]
pub struct StreamState {
    pub(super) buffer: EventBuffer,
    /// The reason why the stream ended, or unset. The code may still be running after this is set.
    end: OnceLock<StreamEnd>,
    kind: StreamKind,
}

impl StreamState {
    /// Creates the state of a stream of this kind that has not started. [`StreamState::default`] is
    /// for `EventSource`.
    #[must_use]
    pub fn of_kind(kind: StreamKind) -> Self {
        Self { kind, ..Self::default() }
    }

    /// Returns the kind of the stream.
    #[must_use]
    pub fn kind(&self) -> StreamKind {
        self.kind
    }

    /// Records that the stream starts with these options. Unless the stream has a source, which
    /// writes its own `retry`, the first event with data is sent with the `retry` of the options.
    /// With the kind `AsWritten`, the `retry` is sent only if the options set it.
    pub fn begin(&self, options: &StreamOptions, has_source: bool) {
        self.buffer.begin(self.kind, options, has_source);
    }

    /// Returns the reconnection delay of the client: the `retry` of the options of
    /// [`begin`](Self::begin), or zero before `begin`.
    #[must_use]
    pub fn reconnection_delay(&self) -> Duration {
        self.buffer.reconnection_delay()
    }

    /// Returns a lease of the encoder if fewer than 8 KiB are waiting to be sent. Otherwise
    /// registers the task as [`wait`](Self::wait) does.
    pub fn poll_lease(&self, cx: &mut Context<'_>) -> Poll<Lease<'_>> {
        self.buffer.poll_lease(cx)
    }

    /// Calls `next` to write one event or comment after another, until 8 KiB are waiting to be sent
    /// or `next` is pending. Returns `Pending` in both cases, and `Ready` when `next` returns `None`
    /// or an error. `next` returns whether it wrote an event, which the report counts. The last
    /// argument of `next` is the `retry` that is still to be sent, or `None`: the call that writes
    /// an event writes this `retry` with it, and sets it to `None`.
    ///
    /// If 8 KiB are already waiting, registers the task as [`wait`](Self::wait) does.
    ///
    /// # Errors
    ///
    /// Returns the error of `next`. The bytes that the failed call wrote are discarded.
    #[inline]
    pub fn poll_write<E>(
        &self,
        cx: &mut Context<'_>,
        mut next: impl FnMut(
            &mut Context<'_>,
            &mut Encoder,
            &mut Option<Duration>,
        ) -> Poll<Option<Result<bool, E>>>,
    ) -> Poll<Result<(), E>> {
        let Poll::Ready(mut lease) = self.poll_lease(cx) else {
            return Poll::Pending;
        };
        while !lease.is_full() {
            let (encoder, retry) = lease.parts();
            match next(cx, encoder, retry) {
                Poll::Ready(Some(Ok(is_event))) => lease.commit(is_event),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
                Poll::Ready(None) => return Poll::Ready(Ok(())),
                Poll::Pending => break,
            }
        }
        Poll::Pending
    }

    /// Registers the task to be woken when the body takes the encoded events, when the source is
    /// handed over to the code, and when the stream is asked to end. Only the last registered task
    /// is woken.
    pub fn wait(&self, cx: &mut Context<'_>) {
        self.buffer.wait(cx);
    }

    /// Returns whether the stream was asked to end.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.buffer.closing().is_some()
    }

    /// Returns the report of the stream, or `None` if it has not started. Until another end is
    /// recorded, the reported end is `ClientLeft`, which is correct if the body is dropped.
    pub fn report(&self) -> Option<StreamReport> {
        self.buffer.report(self.end.get().copied().unwrap_or(StreamEnd::ClientLeft))
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

    /// Ends the stream normally, with an event `done` if that is enabled, and records `why`.
    pub fn finish(&self, why: StreamEnd) {
        self.end(why);
        if self.buffer.sends_done() {
            self.buffer.write_last(&framework::DONE, None, "{}");
        }
    }

    /// Ends the stream because it failed. On a stream for `EventSource`, sends an event `problem`
    /// with this data unless the options set [`OnError::End`]. A stream of the kind `AsWritten` is
    /// cut without an event.
    ///
    /// # Errors
    ///
    /// Returns an error if the data cannot be serialized as JSON. The stream ends without the
    /// event.
    pub fn fail(&self, problem: &impl Serialize) -> Result<(), InvalidData> {
        self.end(StreamEnd::Failed);
        if self.is_as_written() {
            self.buffer.cut();
        } else if self.buffer.on_error() == Some(OnError::SendProblem) {
            let problem = serde_json::to_string(problem).map_err(InvalidData::json)?;
            self.buffer.write_last(&framework::PROBLEM, None, &problem);
        }
        Ok(())
    }

    /// Ends the stream because it failed, with this item. A stream of the kind `AsWritten` is cut
    /// after the item.
    ///
    /// # Errors
    ///
    /// Returns an error if the encoded item is larger than 8 MiB. The stream ends without the item.
    pub fn fail_with(&self, item: &StreamItem) -> Result<(), InvalidData> {
        self.end(StreamEnd::Failed);
        self.buffer.write_last_item(item, self.is_as_written())
    }

    /// Ends the stream because it failed: logs the error, and then [fails](Self::fail) with a
    /// problem of status 500 that does not contain the text of the error.
    pub(super) fn fail_privately(&self, error: &(dyn Error + 'static)) {
        tracing::error!(error, "an event stream failed");
        let problem = json!({
            "type": "about:blank",
            "title": "Internal Server Error",
            "status": 500,
        });
        if let Err(error) = self.fail(&problem) {
            tracing::error!(%error, "failed to encode the problem of a failed event stream");
        }
    }

    /// Ends the stream so that the client reconnects, and records the reason with which the code
    /// was asked to end the stream, or [`StreamEnd::Reconnect`] if it was not asked.
    ///
    /// A stream for `EventSource` ends with an event `reconnect`, whose `retry` is this duration
    /// times a random factor from 0.8 to 1.2. A stream of the kind `AsWritten` is cut, unless it
    /// has a source of frames and the identity has not expired: the stream of a source is never
    /// complete, so it ends cleanly.
    pub fn reconnect(&self, retry: Duration) {
        let closing = self.buffer.closing();
        self.end(closing.unwrap_or(StreamEnd::Reconnect));
        if !self.is_as_written() {
            self.buffer.write_last(&framework::RECONNECT, Some(jittered(retry)), "{}");
        } else if closing == Some(StreamEnd::Expired) || !self.buffer.has_source() {
            self.buffer.cut();
        }
    }

    /// Ends the stream because events are missing, and records [`StreamEnd::Gap`]. Cuts a stream of
    /// the kind `AsWritten`, and ends a stream for `EventSource` as [`reconnect`](Self::reconnect)
    /// does.
    pub fn lose(&self, retry: Duration) {
        self.end(StreamEnd::Gap);
        if self.is_as_written() {
            self.buffer.cut();
        } else {
            self.reconnect(retry);
        }
    }

    fn is_as_written(&self) -> bool {
        self.kind == StreamKind::AsWritten
    }

    /// Removes and returns the source if it has ended or paused; otherwise returns `None`.
    pub fn take_ended(&self) -> Option<(Box<dyn FrameSource>, FrameEnd)> {
        self.buffer.take_ended()
    }

    /// Hands the source back to the body, which polls it again.
    pub fn resume(&self, source: Box<dyn FrameSource>) {
        self.buffer.hand_over(Handover::Resumed(source));
    }

    /// Reports to the body that the code no longer waits for the end of the source. The body then
    /// drops the source.
    pub fn abandon(&self) {
        self.buffer.hand_over(Handover::Abandoned);
    }
}
