//! The wire format of Server-Sent Events (SSE): [`Encoder`] writes an event stream, and [`Decoder`]
//! reads one.
//!
//! This crate converts events to the bytes of `text/event-stream` and back. With the feature
//! `stream` it also provides event streams as response bodies: [`stream`]. All other modules are
//! independent of HTTP, of a runtime and of a clock. No module depends on sockets, endpoints or
//! topics.
//!
//! You can use this crate without the rest of Hyperpoint, so this page imports `hyperpoint_sse`.
//! The examples of the items import `hyperpoint`, which re-exports the crate as `hyperpoint::sse`.
//!
//! # Examples
//!
//! ```
//! use hyperpoint_sse::{Decoded, Decoder, Encoder, EventName, StreamItem};
//!
//! const PRICE: EventName = EventName::from_static("price");
//!
//! let mut encoder = Encoder::new();
//! encoder.item(&StreamItem::json(&[1, 2])?.named(PRICE).id(7_u64))?;
//! let bytes = encoder.take();
//! assert_eq!(bytes, "event: price\nid: 7\ndata: [1,2]\n\n");
//!
//! let mut decoder = Decoder::new();
//! decoder.push(&bytes)?;
//! let Some(Decoded::Event(event)) = decoder.pop() else { panic!("one event") };
//! assert_eq!((event.name.as_str(), event.data.as_str()), ("price", "[1,2]"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The format
//!
//! This section covers everything that a reader of this crate needs from the WHATWG HTML standard,
//! section "Server-sent events". The body is UTF-8 text in lines. Each line is one of:
//!
//! | Line | Meaning |
//! |---|---|
//! | `event: price` | the name under which a client dispatches the event; `message` if unset |
//! | `id: 7` | the last event id, which a client sends as `Last-Event-ID` when it reconnects |
//! | `retry: 2000` | the reconnection time: how long a client waits before it reconnects, in ms |
//! | `data: …` | one line of data; a client joins several with LF |
//! | `: …` | a comment, which a client ignores |
//! | empty | the end of the event: a client dispatches it if it has data |
//!
//! # Pitfalls
//!
//! * A client drops an event without a `data` line. An event with empty data is dispatched, with
//!   the empty string as its data. [`StreamItem::comment`] writes no `data` line;
//!   [`StreamItem::text`]`("")` writes an empty one.
//! * A line break in an id or a name would start another field, so an [`EventId`] and an
//!   [`EventName`] cannot contain one. Data may contain any line break: CRLF, CR and LF each end a
//!   `data` line, and the client receives each as one LF.
//! * Write an id only on an event with data: some clients forget the id of an event without data.
//!   The same applies to `retry`: an event with nothing but `retry` is a spurious message to some
//!   clients. The encoder writes neither with a comment.
//! * An empty `id` resets the client's last event id, and in some clients an empty `retry` resets
//!   the reconnection time, so the encoder omits fields that are unset.
//! * `retry: 0` makes clients reconnect in a hot loop, and so does a time above 2³¹ − 1 ms, which
//!   overflows the timer of some clients. The encoder clamps every reconnection time to between
//!   [`MIN_RETRY`] and [`MAX_RETRY`].
//! * A keep-alive is `:` and LF. No empty line follows it, since some clients would take that line
//!   as the end of an empty event.
//! * The `EventSource` of a browser dispatches its own `error` and `open` events. A client cannot
//!   distinguish them from a server's events with these names, so both names are reserved on a
//!   stream for `EventSource`, as are the names of the framework's own events
//!   ([`EventName::check_unreserved`]).

mod id;
mod name;
mod reserved;

#[doc(hidden)]
pub mod framework;

mod invalid_data;
mod retry;

mod block;
mod decoded;

mod event_data;
mod read_variant;
mod unexpected_event;
mod typed_event;

mod item;
mod lines;

mod event_writer;
mod encode;

mod encoder;
mod unsequenced_event;

mod decode;

#[cfg(feature = "stream")]
pub mod stream;

pub use decode::{Decoder, EventTooLarge};
pub use decoded::{Decoded, Event};
pub use encode::Fields;
pub use encoder::Encoder;
pub use event_data::EventData;
pub use id::{EventId, IntoEventId, InvalidEventId};
pub use invalid_data::InvalidData;
pub use item::StreamItem;
pub use name::{EventName, InvalidEventName};
pub use reserved::ReservedEventName;
pub use retry::{MAX_RETRY, MIN_RETRY};
pub use typed_event::TypedEvent;
pub use unexpected_event::UnexpectedEvent;
pub use unsequenced_event::UnsequencedEvent;
