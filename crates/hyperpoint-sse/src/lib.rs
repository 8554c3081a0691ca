//! The wire format of server-sent events, both ways: [`Encoder`] writes it, [`Decoder`] reads it.
//!
//! This crate owns the bytes of `text/event-stream` and nothing else. It must not know HTTP, a
//! runtime, a socket, a clock, topics or subscriptions: it turns values into bytes and back.
//!
//! # Example
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
//! What follows is all that a reader of this crate needs of the WHATWG HTML standard, section
//! "Server-sent events". The body is UTF-8 text in lines. A line is one of:
//!
//! | Line | Meaning |
//! |---|---|
//! | `event: price` | the name of the event; without one the client calls it `message` |
//! | `id: 7` | what the client sends back as `Last-Event-ID` when it reconnects |
//! | `retry: 2000` | how long the client waits before it reconnects, in milliseconds |
//! | `data: …` | one line of data; several are joined with a line feed |
//! | `: …` | a comment, which the client drops |
//! | nothing | the end of the event: it is dispatched, if it has data |
//!
//! # Pitfalls
//!
//! * No data is no event: a client drops a block without a `data` line. Empty data is an event
//!   whose data is the empty string. [`StreamItem::comment`] is the first,
//!   [`StreamItem::text`]`("")` the second.
//! * A line break in an id or a name would begin a field of its own, so an [`EventId`] or
//!   [`EventName`] with one can't be built. Data may hold any: CRLF, CR and LF each end a `data`
//!   line, and the client sees each as one LF.
//! * An id is only worth writing on an event with data: some clients forget one without. The same
//!   goes for `retry`, which alone is a phantom message to others. Neither is written on a comment.
//! * An empty `id` wipes the client's place and an empty `retry` resets its wait, so a field that
//!   is not set is not written.
//! * `retry: 0` is a hot loop, and one over 2³¹ ms overflows the timer of some clients into one.
//!   Every wait is kept between [`MIN_RETRY`] and [`MAX_RETRY`].
//! * A keep-alive is `:` and a line feed, with no blank line after it, which some clients take for
//!   the end of an empty event.
//! * `error` and `open` are dispatched by a browser's `EventSource` itself; a server's event of
//!   that name can't be told from them.

mod id;
mod name;

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

mod draft;
mod encode;

mod encoder;
mod unnumbered;

mod decode;

pub use decode::{Decoder, EventTooLarge};
pub use decoded::{Decoded, Event};
pub use encode::Fields;
pub use encoder::Encoder;
pub use event_data::EventData;
pub use id::{EventId, IntoEventId, InvalidEventId};
pub use invalid_data::InvalidData;
pub use item::StreamItem;
pub use name::{EventName, InvalidEventName};
pub use retry::{MAX_RETRY, MIN_RETRY};
pub use typed_event::TypedEvent;
pub use unexpected_event::UnexpectedEvent;
pub use unnumbered::Unnumbered;
