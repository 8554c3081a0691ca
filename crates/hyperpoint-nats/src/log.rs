//! The stream as a log: its configuration, its epoch, and the range of events that it has.
//!
//! A stream that has lost events begins a new *generation*, and with it a new epoch. The number of
//! the generation is kept in the description of the stream, where all nodes see it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_nats::jetstream::context::Context;
use async_nats::jetstream::response::Response;
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, RetentionPolicy, StorageType};
use hyperpoint_topics::{Epoch, Position};
use serde_json::{Value, json};

use crate::failure::{Result, failed};
use crate::options::JetStreamOptions;

/// The text before the number of the generation in the description of a stream. Servers store it, so
/// that a change would begin a new epoch of each existing stream.
const GENERATION: &str = "topics of Hyperpoint, life ";

/// The state of the stream at the last request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StreamState {
    pub(crate) epoch: Epoch,
    /// The sequence number just before the oldest event that the stream still has.
    pub(crate) evicted_through: u64,
    /// The sequence number of the newest event that was ever stored.
    pub(crate) last: u64,
}

impl StreamState {
    /// Reads the state from a response of the server.
    pub(crate) fn of(info: &Info) -> Self {
        let first = info.state.first_sequence;
        Self {
            epoch: epoch(SystemTime::from(info.created), generation(&info.config)),
            evicted_through: first.saturating_sub(1),
            last: info.state.last_sequence,
        }
    }

    /// Returns the position from which to follow the log for a node that has all events up to
    /// `after`, or none if that is unset. It is later than `after` if the events between are evicted.
    pub(crate) fn follow_from(self, after: Option<Position>) -> Position {
        let at = |sequence| Position { epoch: self.epoch, sequence };
        match after {
            None => at(self.last),
            Some(after) if after.epoch == self.epoch => {
                at(after.sequence.max(self.evicted_through))
            }
            // In another epoch, all events are new.
            Some(_) => at(self.evicted_through),
        }
    }

    /// Returns whether the stream has lost events: it ends before a position that was seen. That
    /// happens when it was restored from a backup or from an incomplete disk. Its sequence numbers
    /// would then be used again for other events.
    pub(crate) fn has_lost(self, seen: Option<Position>) -> bool {
        seen.is_some_and(|seen| seen.epoch == self.epoch && seen.sequence > self.last)
    }
}

/// Computes the epoch, which is the same on each node, from the time of creation in microseconds and
/// the number of the generation.
fn epoch(created: SystemTime, generation: u64) -> Epoch {
    let since = created.duration_since(UNIX_EPOCH).unwrap_or_default();
    let micros = u64::try_from(since.as_micros()).unwrap_or_default();
    Epoch::from_bits(micros.wrapping_add(generation))
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
        description: Some(description(0)),
        ..Config::default()
    }
}

/// Returns the window for duplicates, at most the maximum age: servers reject a longer one.
fn once_window(options: &JetStreamOptions) -> Duration {
    let JetStreamOptions { once_window, max_age, .. } = *options;
    if max_age.is_zero() { once_window } else { once_window.min(max_age) }
}

/// Begins the next generation of the stream, unless its epoch is no longer `current`: then another
/// node has begun it.
///
/// The configuration is sent back as received, with fields that this client does not know.
pub(crate) async fn begin_next_generation(
    context: &Context,
    name: &str,
    current: Epoch,
) -> Result<StreamState> {
    let doing = "begin a new epoch of the stream";
    let (asked, nothing_more) = (format!("STREAM.INFO.{name}"), json!({}));
    let mut raw: Value = context.request(asked, &nothing_more).await.map_err(failed(doing))?;
    let info: Info = serde_json::from_value(raw.clone()).map_err(failed(doing))?;
    let state = StreamState::of(&info);
    if state.epoch != current {
        return Ok(state);
    }
    let config = raw.get_mut("config").map(Value::take).unwrap_or_default();
    let config = with_generation(config, generation(&info.config) + 1);
    let updated = context.request(format!("STREAM.UPDATE.{name}"), &config);
    match updated.await.map_err(failed(doing))? {
        Response::Ok(info) => Ok(StreamState::of(&info)),
        Response::Err { error } => Err(failed(doing)(error)),
    }
}

/// Sets the number of the generation in a configuration.
fn with_generation(mut config: Value, generation: u64) -> Value {
    if let Some(config) = config.as_object_mut() {
        config.insert("description".to_owned(), description(generation).into());
    }
    config
}

fn description(generation: u64) -> String {
    format!("{GENERATION}{generation}")
}

/// Returns the number of the generation in a configuration: 0 for one with another description.
fn generation(config: &Config) -> u64 {
    let number =
        config.description.as_deref().and_then(|text| text.strip_prefix(GENERATION)?.parse().ok());
    number.unwrap_or_default()
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

    fn state(evicted_through: u64, last: u64) -> StreamState {
        StreamState { epoch: Epoch::from_bits(7), evicted_through, last }
    }

    #[track_caller]
    fn check(state: StreamState, after: Option<(u64, u64)>, expected: u64) {
        let position = |(epoch, sequence)| Position { epoch: Epoch::from_bits(epoch), sequence };
        let from = state.follow_from(after.map(position));
        assert_eq!(from, position((7, expected)));
    }

    #[test]
    fn a_node_resumes_at_its_position_or_at_the_oldest_event() {
        check(state(0, 0), None, 0);
        check(state(3, 9), None, 9);
        check(state(3, 9), Some((7, 5)), 5);
        check(state(3, 9), Some((7, 1)), 3);
        check(state(3, 9), Some((8, 5)), 3);
    }

    #[test]
    fn a_stream_that_ends_before_a_seen_position_has_lost_events() {
        let seen = |sequence| Some(Position { epoch: Epoch::from_bits(7), sequence });
        assert!(state(0, 4).has_lost(seen(5)));
        assert!(!state(0, 5).has_lost(seen(5)));
        assert!(!state(0, 0).has_lost(None));
    }

    #[test]
    fn each_generation_has_its_own_epoch() {
        let created = UNIX_EPOCH + Duration::from_millis(1);
        let first = config(&JetStreamOptions::default());
        let second = with_generation(serde_json::to_value(&first).unwrap(), 1);
        let second: Config = serde_json::from_value(second).unwrap();
        assert_eq!((generation(&first), generation(&second)), (0, 1));
        assert_ne!(epoch(created, generation(&first)), epoch(created, generation(&second)));
        assert_eq!(Config { description: None, ..first }, Config { description: None, ..second });
    }
}
