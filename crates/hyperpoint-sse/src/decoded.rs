//! Owns what a decoder gives out. It must not know how it was read.

use std::time::Duration;

/// An event or a comment of a stream.
///
/// # Example
///
/// ```
/// use hyperpoint_sse::{Decoded, Decoder};
///
/// let mut decoder = Decoder::new();
/// decoder.push(b": hi\n")?;
/// assert_eq!(decoder.pop(), Some(Decoded::Comment("hi".into())));
/// # Ok::<(), hyperpoint_sse::EventTooLarge>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decoded {
    /// An event with data.
    Event(Event),
    /// One line of comment, without its colon and the space after it. A keep-alive is an empty one.
    Comment(String),
}

/// An event as a client sees it.
///
/// # Example
///
/// ```
/// use hyperpoint_sse::{Decoded, Decoder};
///
/// let mut decoder = Decoder::new();
/// decoder.push(b"id: 1\ndata: hi\n\n")?;
/// let Some(Decoded::Event(event)) = decoder.pop() else { panic!("one event") };
/// assert_eq!((event.name.as_str(), event.data.as_str()), ("message", "hi"));
/// assert_eq!(event.id.as_deref(), Some("1"));
/// # Ok::<(), hyperpoint_sse::EventTooLarge>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The name; `message` if the event has none.
    pub name: String,
    /// The data, its lines joined with LF.
    pub data: String,
    /// The id of this very event, if it has one; an empty one resets the client's.
    pub id: Option<String>,
    /// The last id that the stream had up to and with this event; empty if none.
    pub last_event_id: String,
    /// The wait before a reconnection that this very event asks for, if it does.
    pub retry: Option<Duration>,
}
