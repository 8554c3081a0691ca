//! Owns the stream as a log: how it is found or made, which life it is in, and what it keeps.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_nats::jetstream::context::Context;
use async_nats::jetstream::response::Response;
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, RetentionPolicy, StorageType};
use hyperpoint_topics::{Epoch, Position};
use serde_json::{Value, json};

use crate::failure::{Result, failed};
use crate::options::JetStreamOptions;

/// Behind this, a description counts the lives that the stream had since it was created.
const LIVES: &str = "topics of Hyperpoint, life ";

/// What the stream was when it was last asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) epoch: Epoch,
    /// The number of the first event that is still there, less one.
    pub(crate) evicted_through: u64,
    /// The number of the last event that there ever was.
    pub(crate) last: u64,
}

impl State {
    /// What an answer of the server says.
    pub(crate) fn of(info: &Info) -> Self {
        let first = info.state.first_sequence;
        Self {
            epoch: epoch(SystemTime::from(info.created), lives(&info.config)),
            evicted_through: first.saturating_sub(1),
            last: info.state.last_sequence,
        }
    }

    /// The place from which the log is followed for one who is behind this place.
    pub(crate) fn follow_from(self, after: Option<Position>) -> Position {
        let at = |sequence| Position { epoch: self.epoch, sequence };
        match after {
            None => at(self.last),
            Some(after) if after.epoch == self.epoch => {
                at(after.sequence.max(self.evicted_through))
            }
            // Of another life all is new.
            Some(_) => at(self.evicted_through),
        }
    }

    /// Whether the stream has less than was seen of it: it came back from a backup, or from a disk
    /// that did not have all. Its numbers would come to mean other events.
    pub(crate) fn has_lost(self, after: Option<Position>) -> bool {
        after.is_some_and(|after| after.epoch == self.epoch && after.sequence > self.last)
    }
}

/// The same on each node: from when the stream was created, to the microsecond, and its lives since.
fn epoch(created: SystemTime, lives: u64) -> Epoch {
    let since = created.duration_since(UNIX_EPOCH).unwrap_or_default();
    let micros = u64::try_from(since.as_micros()).unwrap_or_default();
    Epoch::from_bits(micros.wrapping_add(lives))
}

/// The stream as it is created.
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

/// The server takes none that is longer than what it keeps.
fn once_window(options: &JetStreamOptions) -> Duration {
    let JetStreamOptions { once_window, max_age, .. } = *options;
    if max_age.is_zero() { once_window } else { once_window.min(max_age) }
}

/// Has the stream begin its next life, unless it is in another one than this already.
///
/// Its configuration goes back as it came, also what this client does not know of it.
pub(crate) async fn begin_next_life(context: &Context, name: &str, life: Epoch) -> Result<State> {
    let doing = "begin a new epoch";
    let (asked, nothing_more) = (format!("STREAM.INFO.{name}"), json!({}));
    let mut raw: Value = context.request(asked, &nothing_more).await.map_err(failed(doing))?;
    let info: Info = serde_json::from_value(raw.clone()).map_err(failed(doing))?;
    let state = State::of(&info);
    if state.epoch != life {
        return Ok(state);
    }
    let config = raw.get_mut("config").map(Value::take).unwrap_or_default();
    let config = in_next_life(config, lives(&info.config));
    let updated = context.request(format!("STREAM.UPDATE.{name}"), &config);
    match updated.await.map_err(failed(doing))? {
        Response::Ok(info) => Ok(State::of(&info)),
        Response::Err { error } => Err(failed(doing)(error)),
    }
}

/// The configuration of a stream that had so many lives before this one.
fn in_next_life(mut config: Value, lives: u64) -> Value {
    if let Some(config) = config.as_object_mut() {
        config.insert("description".to_owned(), description(lives + 1).into());
    }
    config
}

fn description(lives: u64) -> String {
    format!("{LIVES}{lives}")
}

fn lives(config: &Config) -> u64 {
    let lives =
        config.description.as_deref().and_then(|text| text.strip_prefix(LIVES)?.parse().ok());
    lives.unwrap_or_default()
}

/// Why a stream that is there can't keep the log; none where it can.
pub(crate) fn mistake(config: &Config) -> Option<&'static str> {
    let covers = |subject: &String| *subject == format!("{}.>", config.name);
    if !config.subjects.iter().any(covers) {
        return Some("the stream does not take `<its name>.>`; name another, or add that subject");
    }
    if config.retention != RetentionPolicy::Limits || config.discard != DiscardPolicy::Old {
        return Some("the stream has to keep events by limits, and to discard old ones");
    }
    if config.max_messages_per_subject > 0 {
        return Some("the stream has a limit per subject, by which events would go unseen");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(evicted_through: u64, last: u64) -> State {
        State { epoch: Epoch::from_bits(7), evicted_through, last }
    }

    #[track_caller]
    fn check(state: State, after: Option<(u64, u64)>, expected: u64) {
        let position = |(epoch, sequence)| Position { epoch: Epoch::from_bits(epoch), sequence };
        let from = state.follow_from(after.map(position));
        assert_eq!(from, position((7, expected)));
    }

    #[test]
    fn a_node_goes_on_where_it_was_or_at_what_is_left() {
        check(state(0, 0), None, 0);
        check(state(3, 9), None, 9);
        check(state(3, 9), Some((7, 5)), 5);
        check(state(3, 9), Some((7, 1)), 3);
        check(state(3, 9), Some((8, 5)), 3);
    }

    #[test]
    fn a_stream_that_went_back_is_known() {
        let seen = |sequence| Some(Position { epoch: Epoch::from_bits(7), sequence });
        assert!(state(0, 4).has_lost(seen(5)));
        assert!(!state(0, 5).has_lost(seen(5)));
        assert!(!state(0, 0).has_lost(None));
    }

    #[test]
    fn a_life_has_an_epoch_of_its_own() {
        let created = UNIX_EPOCH + Duration::from_millis(1);
        let first = config(&JetStreamOptions::default());
        let second = in_next_life(serde_json::to_value(&first).unwrap(), lives(&first));
        let second: Config = serde_json::from_value(second).unwrap();
        assert_eq!((lives(&first), lives(&second)), (0, 1));
        assert_ne!(epoch(created, lives(&first)), epoch(created, lives(&second)));
        assert_eq!(Config { description: None, ..first }, Config { description: None, ..second });
    }
}
