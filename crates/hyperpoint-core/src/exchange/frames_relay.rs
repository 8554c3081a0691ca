//! The handover of a frame source between the handler and the response body.

use super::exchange::{Exchange, OpenedStream, ResponseStage, SourceHandover};
use super::frame_source::{FrameEnd, FrameSource};
use super::stream_options::StreamOptions;

impl Exchange {
    /// Stores the source of a frame stream and its head, which is sent immediately.
    pub(crate) fn open_frames(&self, options: StreamOptions, source: Box<dyn FrameSource>) {
        self.outbox.begin(None);
        self.lock().stage =
            ResponseStage::Stream(Box::new(OpenedStream { options, source: Some(source) }));
    }

    /// Hands the source over to the body, which polls it again.
    pub(crate) fn resume_frames(&self, source: Box<dyn FrameSource>) {
        self.hand_over(SourceHandover::Resumed(source));
    }

    /// Reports to the body that the handler no longer waits for the end of the source.
    pub(crate) fn abandon_frames(&self) {
        self.hand_over(SourceHandover::Abandoned);
    }

    /// Takes the source, if it has ended or paused.
    pub(crate) fn take_ended(&self) -> Option<(Box<dyn FrameSource>, FrameEnd)> {
        match self.take_handover()? {
            SourceHandover::Ended(source, end) => Some((source, end)),
            other => {
                self.hand_over(other);
                None
            }
        }
    }

    /// Hands the source over to the handler, and wakes the handler's stream.
    pub(super) fn end_frames(&self, source: Box<dyn FrameSource>, end: FrameEnd) {
        self.hand_over(SourceHandover::Ended(source, end));
        self.outbox.wake();
    }

    /// Takes the source, if the handler has returned it.
    pub(super) fn take_resumed(&self) -> Option<Box<dyn FrameSource>> {
        match self.take_handover()? {
            SourceHandover::Resumed(source) => Some(source),
            other => {
                self.hand_over(other);
                None
            }
        }
    }

    /// Returns whether the handler has dropped its stream.
    pub(super) fn is_abandoned(&self) -> bool {
        matches!(&self.lock().stage, ResponseStage::HandedOver(_, SourceHandover::Abandoned))
    }

    fn hand_over(&self, handover: SourceHandover) {
        let mut response = self.lock();
        if let Some(on_error) = response.stage.on_error() {
            response.stage = ResponseStage::HandedOver(on_error, handover);
        }
    }

    fn take_handover(&self) -> Option<SourceHandover> {
        let mut response = self.lock();
        let ResponseStage::HandedOver(on_error, _) = response.stage else {
            return None;
        };
        let next = ResponseStage::Streaming(on_error);
        match std::mem::replace(&mut response.stage, next) {
            ResponseStage::HandedOver(_, handover) => Some(handover),
            _ => None,
        }
    }
}
