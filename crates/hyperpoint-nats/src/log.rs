//! The stream as a log: its configuration, and the range of events that it has.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, RetentionPolicy, StorageType};
use hyperpoint_topics::backplane::Generations;
use hyperpoint_topics::{Epoch, Position};

use crate::generations::{description, generations};
use crate::options::JetStreamOptions;

/// The state of the stream at the last request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StreamState {
    pub(crate) generations: Arc<Generations>,
    /// The sequence number just before the oldest event that the stream still has.
    pub(crate) evicted_through: u64,
    /// The sequence number of the newest message ever stored. The message may be an entry that
    /// deletes events.
    pub(crate) last: u64,
}

impl StreamState {
    /// Reads the state from a response of the server.
    pub(crate) fn of(info: &Info) -> Self {
        Self {
            generations: Arc::new(generations(info)),
            evicted_through: info.state.first_sequence.saturating_sub(1),
            last: info.state.last_sequence,
        }
    }

    /// Returns the epoch of the newest generation.
    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch_of(u64::MAX)
    }

    /// Returns the epoch of the event with this sequence number.
    pub(crate) fn epoch_of(&self, sequence: u64) -> Epoch {
        // The list of generations is never empty.
        self.generations.epoch_of(sequence).unwrap_or_else(|| Epoch::from_bits(0))
    }

    /// Returns the position after which a node that has all events up to `after` follows the log:
    /// the end of the events that the log shares with the node, or just before the oldest event if
    /// more are evicted. If `after` is `None`, returns the end of the log.
    pub(crate) fn follow_from(&self, after: Option<Position>) -> Position {
        let from = match after {
            None => self.last,
            Some(after) => {
                // If `after` is a position of another log, all events are new.
                let shared = self.generations.shared_through(after, self.last).unwrap_or(0);
                shared.max(self.evicted_through)
            }
        };
        Position { epoch: self.epoch(), sequence: from }
    }

    /// Returns whether the stream has lost events, because it ends before the position `seen`. This
    /// happens if the stream was restored from a backup or from an incomplete disk. The sequence
    /// numbers of the lost events would then be reused for other events.
    pub(crate) fn has_lost(&self, seen: Option<Position>) -> bool {
        seen.is_some_and(|seen| seen.epoch == self.epoch() && seen.sequence > self.last)
    }
}

/// Returns the configuration with which the stream is created.
pub(crate) fn config(options: &JetStreamOptions) -> Config {
    Config {
        name: options.stream.clone(),
        subjects: vec![format!("{}.>", options.stream)],
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::Old,
        storage: StorageType::File,
        max_age: options.max_age,
        max_bytes: options.max_bytes,
        max_messages: -1,
        max_messages_per_subject: -1,
        num_replicas: options.replicas,
        duplicate_window: once_window(options),
        description: Some(description(&Generations::default())),
        ..Config::default()
    }
}

/// Returns the duplicate window, limited to the maximum age: servers reject a longer window.
fn once_window(options: &JetStreamOptions) -> Duration {
    let JetStreamOptions { once_window, max_age, .. } = *options;
    if max_age.is_zero() { once_window } else { once_window.min(max_age) }
}

/// Returns why an existing stream cannot hold the log, or `None` if it can.
pub(crate) fn unsuitable(config: &Config) -> Option<&'static str> {
    let covers = |subject: &String| *subject == format!("{}.>", config.name);
    if !config.subjects.iter().any(covers) {
        return Some(
            "the stream lacks the subject `<stream name>.>`; add it, or set another stream name",
        );
    }
    if config.retention != RetentionPolicy::Limits || config.discard != DiscardPolicy::Old {
        return Some(
            "the stream must have the retention policy `limits` and the discard policy `old`; \
             change them, or set another stream name",
        );
    }
    if config.max_messages_per_subject > 0 {
        return Some(
            "the stream limits the messages per subject, which would discard unread events; \
             remove that limit, or set another stream name",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Creates the state of a stream with a generation from the start, and another one after 5.
    fn state(evicted_through: u64, last: u64) -> StreamState {
        let generations = [(0, Epoch::from_bits(6)), (5, Epoch::from_bits(7))];
        let generations = Arc::new(Generations::new(generations));
        StreamState { generations, evicted_through, last }
    }

    fn position((epoch, sequence): (u64, u64)) -> Position {
        Position { epoch: Epoch::from_bits(epoch), sequence }
    }

    #[track_caller]
    fn check(state: &StreamState, after: Option<(u64, u64)>, expected: u64) {
        assert_eq!(state.follow_from(after.map(position)), position((7, expected)));
    }

    #[test]
    fn a_node_resumes_at_its_position_or_where_the_log_differs_or_at_the_oldest_event() {
        check(&state(0, 0), None, 0);
        check(&state(3, 9), None, 9);
        check(&state(3, 9), Some((7, 6)), 6);
        check(&state(3, 9), Some((6, 4)), 4);
        check(&state(3, 9), Some((6, 8)), 5);
        check(&state(3, 9), Some((7, 1)), 3);
        check(&state(3, 9), Some((8, 5)), 3);
    }

    #[test]
    fn a_stream_that_ends_before_a_seen_position_has_lost_events() {
        let seen = |sequence| Some(position((7, sequence)));
        assert!(state(0, 4).has_lost(seen(5)));
        assert!(!state(0, 5).has_lost(seen(5)));
        assert!(!state(0, 0).has_lost(None));
    }
}
