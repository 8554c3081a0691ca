//! How a source of frames goes from the handler to the body, and back.

use super::exchange::{Exchange, Opening, Relay, Stage};
use super::frame_source::{FrameEnd, FrameSource};
use super::stream_options::StreamOptions;

impl Exchange {
    /// Leaves the head of a stream of frames, which goes out at once, and its source.
    pub(crate) fn open_frames(&self, options: StreamOptions, source: Box<dyn FrameSource>) {
        self.outbox.begin(None);
        self.lock().stage = Stage::Stream(Box::new(Opening { options, source: Some(source) }));
    }

    /// Gives the source to the body, which polls it again.
    pub(crate) fn resume_frames(&self, source: Box<dyn FrameSource>) {
        self.relay(Relay::Resumed(source));
    }

    /// Tells the body that nobody waits for the end of the source any more.
    pub(crate) fn abandon_frames(&self) {
        self.relay(Relay::Abandoned);
    }

    /// The source, once it has ended or waits for the handler.
    pub(crate) fn take_ended(&self) -> Option<(Box<dyn FrameSource>, FrameEnd)> {
        match self.take_relay()? {
            Relay::Ended(source, end) => Some((source, end)),
            other => {
                self.relay(other);
                None
            }
        }
    }

    /// Gives the source to the handler, and wakes who waits for it there.
    pub(super) fn end_frames(&self, source: Box<dyn FrameSource>, end: FrameEnd) {
        self.relay(Relay::Ended(source, end));
        self.outbox.wake();
    }

    /// The source, where the handler gave it back.
    pub(super) fn take_resumed(&self) -> Option<Box<dyn FrameSource>> {
        match self.take_relay()? {
            Relay::Resumed(source) => Some(source),
            other => {
                self.relay(other);
                None
            }
        }
    }

    /// Whether the handler has dropped its stream.
    pub(super) fn is_abandoned(&self) -> bool {
        matches!(&self.lock().stage, Stage::Relayed(_, Relay::Abandoned))
    }

    fn relay(&self, relay: Relay) {
        let mut answer = self.lock();
        if let Some(on_error) = answer.stage.on_error() {
            answer.stage = Stage::Relayed(on_error, relay);
        }
    }

    fn take_relay(&self) -> Option<Relay> {
        let mut answer = self.lock();
        let Stage::Relayed(on_error, _) = answer.stage else {
            return None;
        };
        let next = Stage::Streaming(on_error);
        match std::mem::replace(&mut answer.stage, next) {
            Stage::Relayed(_, relay) => Some(relay),
            _ => None,
        }
    }
}
