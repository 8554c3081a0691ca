//! The reasons why the future of an event stream completes.

use std::sync::Arc;

use hyperpoint_sse::stream::StreamEnd;

use crate::exchange::{Exchange, Sent};
use crate::problem::Problem;

/// The reason why the future of an event stream has completed.
pub(super) enum End {
    /// The source has finished, or has paused while no function is set to resume it.
    Finished,
    /// The future of `until` has completed.
    Until,
    /// The source has failed with this problem.
    Failed(Problem),
    /// The stream is to end early, and the client is to reconnect.
    Reconnect,
    /// The client has missed events, and the application does not report the gap itself.
    Gap,
}

impl End {
    /// Ends the stream, sends its last event if there is one, and returns the proof that the
    /// request was answered.
    pub(super) fn send(self, exchange: &Arc<Exchange>) -> Sent {
        let stream = exchange.stream();
        match self {
            Self::Finished => stream.finish(StreamEnd::Finished),
            Self::Until => stream.finish(StreamEnd::Until),
            Self::Failed(problem) => exchange.fail(exchange.converted(problem)),
            Self::Reconnect => stream.reconnect(stream.reconnection_delay()),
            Self::Gap => stream.lose(stream.reconnection_delay()),
        }
        Sent::new()
    }
}
