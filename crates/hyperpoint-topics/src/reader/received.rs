//! The items that a subscriber inside the process receives.

use hyperpoint_sse::{Event, TypedEvent, UnexpectedEvent};
use serde::de::DeserializeOwned;

use crate::position::Position;
use crate::subscription::Gap;

/// An event of a topic, or the report of a gap, as a subscriber inside the process receives it.
///
/// # Examples
///
/// ```
/// use hyperpoint::topics::Received;
///
/// fn log(received: &Received<u32>) {
///     match received {
///         Received::Event { position, data, .. } => println!("{}: {data}", position.id()),
///         Received::Undecoded { text, error, .. } => eprintln!("{error}: {text}"),
///         Received::Gap(gap) => eprintln!("events are missing: {}", gap.reason),
///         _ => {}
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Received<T> {
    /// An event.
    Event {
        /// The position of the event, after which a later subscription can
        /// [start](super::TopicSubscription::after).
        position: Position,
        /// The name of the event, or `message` if it has none.
        name: String,
        /// The data of the event.
        data: T,
    },
    /// An event whose data does not decode as `T`, for example because an older or newer version of
    /// the program published it. The subscription continues.
    Undecoded {
        /// The position of the event.
        position: Position,
        /// The name of the event, or `message` if it has none.
        name: String,
        /// The data of the event, as text.
        text: String,
        /// The error message of the decoder.
        error: String,
    },
    /// A report that events are missing at this point of the stream or page.
    Gap(Gap),
}

impl<T> Received<T> {
    /// Decodes an event. Returns `None` if it has no position.
    pub(super) fn of(event: &Event, decode: Decode<T>) -> Option<Self> {
        let position = event.id.as_deref().and_then(|id| Position::parse(id).ok())?;
        let name = event.name.clone();
        Some(match decode(event) {
            Ok(data) => Self::Event { position, name, data },
            Err(error) => Self::Undecoded { position, name, text: event.data.clone(), error },
        })
    }
}

/// A function that decodes the data of an event, or returns an error message.
pub(super) type Decode<T> = fn(&Event) -> Result<T, String>;

pub(super) fn json<T: DeserializeOwned>(event: &Event) -> Result<T, String> {
    serde_json::from_str(&event.data).map_err(|error| error.to_string())
}

pub(super) fn typed<T: TypedEvent + DeserializeOwned>(event: &Event) -> Result<T, String> {
    T::from_event(event).map_err(|error: UnexpectedEvent| error.to_string())
}

#[expect(clippy::unnecessary_wraps, reason = "it is a `Decode`")]
pub(super) fn text(event: &Event) -> Result<String, String> {
    Ok(event.data.clone())
}
