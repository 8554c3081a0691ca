//! The items that a decoder returns: events and comments. Independent of how they are decoded.

use std::time::Duration;

/// An event or a comment of a decoded stream.
///
/// # Examples
///
/// ```
/// use hyperpoint::sse::{Decoded, Decoder};
///
/// let mut decoder = Decoder::new();
/// decoder.push(b": hi\n")?;
/// assert_eq!(decoder.pop(), Some(Decoded::Comment("hi".into())));
/// # Ok::<(), hyperpoint::sse::EventTooLarge>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decoded {
    /// An event with data.
    Event(Event),
    /// A comment line, without its colon and one space after the colon. A keep-alive is an empty
    /// comment.
    Comment(String),
}

/// A decoded event, as a client dispatches it.
///
/// # Examples
///
/// ```
/// use hyperpoint::sse::{Decoded, Decoder};
///
/// let mut decoder = Decoder::new();
/// decoder.push(b"id: 1\ndata: hi\n\n")?;
/// let Some(Decoded::Event(event)) = decoder.pop() else { panic!("one event") };
/// assert_eq!((event.name.as_str(), event.data.as_str()), ("message", "hi"));
/// assert_eq!(event.id.as_deref(), Some("1"));
/// # Ok::<(), hyperpoint::sse::EventTooLarge>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The name, or `message` if the event has no name or an empty one.
    pub name: String,
    /// The data: the values of all `data` lines, joined with LF.
    pub data: String,
    /// The `id` field of this event, or `None` if the event has no valid one. An empty id resets
    /// the last event id.
    pub id: Option<String>,
    /// The last event id of the stream after this event, or an empty string if unset.
    pub last_event_id: String,
    /// The reconnection time that this event sets, as received, or `None` if the event sets none.
    pub retry: Option<Duration>,
}
