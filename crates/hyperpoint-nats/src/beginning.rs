//! Begins generations of the stream. A generation begins with a message; if several nodes try to
//! begin one at the same time, only one of them can publish it. The generation is then added to the
//! description of the stream.

use async_nats::jetstream;
use async_nats::jetstream::context::{Context, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::response::Response;
use async_nats::jetstream::stream::{Info, LastRawMessageErrorKind, Stream};
use futures_util::TryStreamExt;
use hyperpoint_topics::backplane::Generations;
use hyperpoint_topics::{BackplaneError, Epoch, Position};
use serde_json::{Value, json};

use crate::consumer::NODE;
use crate::failure::{Result, failed};
use crate::generations::{description, is_of_another_stream};
use crate::log::StreamState;

/// Maximum number of attempts to update the description while other nodes update it too.
const ATTEMPTS: usize = 10;
const BEGINNING: &str = "begin a generation of the stream";

/// Whether a new generation continues the earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// The generation continues after the last event.
    Continued,
    /// Events were lost, and other nodes may have published since. Ids of earlier generations are
    /// no longer valid.
    AfterLoss,
}

/// Returns whether a message begins a generation that `state` does not contain.
pub(crate) fn is_beginning(
    stream: &str,
    message: &jetstream::Message,
    state: &StreamState,
) -> bool {
    let is_known = |marker: Marker| state.generations.iter().any(|(_, of)| of == marker.epoch);
    *message.subject == marker_subject(stream)
        && Marker::of(&message.payload).is_some_and(|marker| !is_known(marker))
}

/// Returns the subject of the messages that begin a generation. No topic has this subject.
fn marker_subject(stream: &str) -> String {
    format!("{stream}.%FF")
}

/// Returns whether any node follows the stream.
pub(crate) async fn is_followed<I>(stream: &Stream<I>) -> Result<bool> {
    let mut consumers = stream.consumers();
    while let Some(consumer) = consumers.try_next().await.map_err(failed(BEGINNING))? {
        // A consumer without a waiting request may belong to a node that has ended: the server
        // keeps the consumer for a while, even after a restart of the server.
        if consumer.name.starts_with(NODE) && consumer.num_waiting > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Begins a generation after the last sequence number of the stream. Does nothing if `current` is
/// no longer the newest epoch, because another node has then begun a generation. Returns the
/// resulting state of the stream.
pub(crate) async fn begin(
    context: &Context,
    stream: &Stream<Info>,
    current: Epoch,
    beginning: Beginning,
) -> Result<StreamState> {
    let name = &stream.cached_info().config.name;
    let state = complete(context, stream).await?;
    if state.epoch() != current {
        return Ok(state);
    }
    let last_marker = last_marker(stream).await?.map_or(0, |(sequence, _)| sequence);
    let begun = Marker { epoch: Epoch::random(), after: state.last, beginning };
    let message = PublishMessage::build().payload(begun.encode().into());
    let message = message.expected_last_subject_sequence(last_marker);
    let sent =
        context.send_publish(marker_subject(name), message).await.map_err(failed(BEGINNING))?;
    match sent.await {
        Err(error) if error.kind() != PublishErrorKind::WrongLastSequence => {
            Err(failed(BEGINNING)(error))
        }
        // Another node may have begun a generation at the same time.
        _ => complete(context, stream).await,
    }
}

/// Adds the newest generation to the description of the stream, if it is absent there, and replaces
/// a description that belongs to another stream. Returns the resulting state of the stream.
pub(crate) async fn complete(context: &Context, stream: &Stream<Info>) -> Result<StreamState> {
    let name = &stream.cached_info().config.name;
    for _ in 0..ATTEMPTS {
        // The configuration is sent back as received, including fields that this client does not
        // know.
        let (asked, nothing_more) = (format!("STREAM.INFO.{name}"), json!({}));
        let mut raw: Value =
            context.request(asked, &nothing_more).await.map_err(failed(BEGINNING))?;
        let info: Info = serde_json::from_value(raw.clone()).map_err(failed(BEGINNING))?;
        let state = StreamState::of(&info);
        let marker = last_marker(stream).await?.map(|(_, marker)| marker);
        let is_listed =
            |marker: &Marker| state.generations.iter().any(|(_, of)| of == marker.epoch);
        let generations = match marker.filter(|marker| !is_listed(marker)) {
            Some(marker) => marker.added_to(&state.generations),
            None if is_of_another_stream(&info) => (*state.generations).clone(),
            None => return Ok(state),
        };
        let text = description(&generations);
        let mut config = raw.get_mut("config").map(Value::take).unwrap_or_default();
        if let Some(config) = config.as_object_mut() {
            config.insert("description".to_owned(), text.into());
        }
        let updated = context.request(format!("STREAM.UPDATE.{name}"), &config);
        let updated: Response<Info> = updated.await.map_err(failed(BEGINNING))?;
        if let Response::Err { error } = updated {
            return Err(failed(BEGINNING)(error));
        }
    }
    let fault = "the description of the stream was overwritten after each update; stop other programs \
                 from updating the stream";
    Err(BackplaneError::new(BEGINNING, fault))
}

/// Returns the newest message that begins a generation, with its sequence number, or `None` if the
/// stream has no such message.
async fn last_marker(stream: &Stream<Info>) -> Result<Option<(u64, Marker)>> {
    let name = &stream.cached_info().config.name;
    match stream.get_last_raw_message_by_subject(&marker_subject(name)).await {
        Ok(message) => Ok(Marker::of(&message.payload).map(|marker| (message.sequence, marker))),
        Err(error) if matches!(error.kind(), LastRawMessageErrorKind::NoMessageFound) => Ok(None),
        Err(error) => Err(failed(BEGINNING)(error)),
    }
}

/// A message that begins a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Marker {
    epoch: Epoch,
    /// The last sequence number before the generation.
    after: u64,
    beginning: Beginning,
}

impl Marker {
    fn of(payload: &[u8]) -> Option<Self> {
        Self::decode(str::from_utf8(payload).ok()?)
    }

    fn encode(self) -> String {
        let id = Position { epoch: self.epoch, sequence: self.after }.id();
        match self.beginning {
            Beginning::Continued => format!("{id} continued"),
            Beginning::AfterLoss => format!("{id} lost"),
        }
    }

    fn decode(text: &str) -> Option<Self> {
        let (id, beginning) = text.split_once(' ')?;
        let Position { epoch, sequence: after } = Position::parse(id).ok()?;
        let beginning = match beginning {
            "continued" => Beginning::Continued,
            "lost" => Beginning::AfterLoss,
            _ => return None,
        };
        Some(Self { epoch, after, beginning })
    }

    /// Returns the earlier generations with this one added. After a loss, this generation replaces
    /// all earlier ones. Generations that begin after it are removed, because a restored copy of
    /// the stream does not contain them.
    fn added_to(self, before: &Generations) -> Generations {
        let kept = before
            .iter()
            .filter(|(after, _)| self.beginning == Beginning::Continued && *after <= self.after);
        Generations::new(kept.chain([(self.after, self.epoch)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_added_to_those_before() {
        let (one, two, three) = (Epoch::random(), Epoch::random(), Epoch::random());
        let before = Generations::new([(0, one), (10, two)]);
        let marker = Marker { epoch: three, after: 20, beginning: Beginning::Continued };
        assert_eq!(Marker::decode(&marker.encode()), Some(marker));
        assert_eq!(marker.added_to(&before), Generations::new([(0, one), (10, two), (20, three)]));
        let lost = Marker { beginning: Beginning::AfterLoss, ..marker };
        assert_eq!(Marker::decode(&lost.encode()), Some(lost));
        assert_eq!(lost.added_to(&before), Generations::new([(20, three)]));
    }
}
