//! Items of event streams, as an application builds them. Independent of how an item is encoded.

use std::time::Duration;

use serde::Serialize;

use crate::{
    id::{EventId, IntoEventId},
    invalid_data::InvalidData,
    name::EventName,
    retry::bounded,
    typed_event::TypedEvent,
};

/// One item of an event stream: an event with data, or a comment.
///
/// # Examples
///
/// ```
/// use hyperpoint::{EventName, StreamItem};
///
/// let item = StreamItem::json(&["a", "b"])?.named(EventName::from_static("letters")).id(1_u64);
/// assert_eq!(item.data(), Some(r#"["a","b"]"#));
/// # Ok::<(), hyperpoint::sse::InvalidData>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamItem {
    content: Content,
    name: Option<EventName>,
    id: Option<EventId>,
    retry: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Data(String),
    Comment(String),
}

impl StreamItem {
    /// Creates an event with `data` as JSON, serialized by this call.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidData`] if `data` does not serialize.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::StreamItem;
    ///
    /// assert_eq!(StreamItem::json("a\nb")?.data(), Some(r#""a\nb""#));
    /// # Ok::<(), hyperpoint::sse::InvalidData>(())
    /// ```
    pub fn json<T: Serialize + ?Sized>(data: &T) -> Result<Self, InvalidData> {
        serde_json::to_string(data).map(Self::text).map_err(InvalidData::json)
    }

    /// Creates an event with the text `data` as its data. Empty data is valid: a client dispatches
    /// the event with an empty string.
    ///
    /// A client receives each line break (CRLF, CR or LF) as one LF.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::StreamItem;
    ///
    /// assert_eq!(StreamItem::text("").data(), Some(""));
    /// ```
    pub fn text(data: impl Into<String>) -> Self {
        Self::new(Content::Data(data.into()))
    }

    /// Creates an item from a typed event, with its name, its data and its id, if it has one. The
    /// data is serialized by this call.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidData`] if the data does not serialize, or if the id is invalid.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    ///
    /// #[derive(Serialize, JsonSchema, Events)]
    /// enum OrderEvent {
    ///     Placed(String),
    /// }
    ///
    /// let item = StreamItem::typed(&OrderEvent::Placed("tea".to_owned()))?.id(7_u64);
    /// assert_eq!(item.event_name().map(EventName::as_str), Some("placed"));
    /// assert_eq!(item.data(), Some(r#""tea""#));
    /// # Ok::<(), hyperpoint::sse::InvalidData>(())
    /// ```
    pub fn typed<E: TypedEvent + ?Sized>(event: &E) -> Result<Self, InvalidData> {
        let id = event.event_id().map_err(InvalidData::id)?;
        let item = Self::json(&event.event_data())?;
        Ok(Self { name: Some(event.event_name().clone()), id, ..item })
    }

    /// Creates a comment, which clients ignore. A name, an id or a reconnection time set on it is
    /// not written.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::StreamItem;
    ///
    /// assert_eq!(StreamItem::comment("hello").data(), None);
    /// ```
    pub fn comment(text: impl Into<String>) -> Self {
        Self::new(Content::Comment(text.into()))
    }

    fn new(content: Content) -> Self {
        Self { content, name: None, id: None, retry: None }
    }

    /// Sets the name of the event. A client dispatches an event without a name as `message`. Some
    /// names are [reserved](EventName::check_unreserved) on a stream for `EventSource`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{EventName, StreamItem};
    ///
    /// let item = StreamItem::text("12:00").named(EventName::from_static("tick"));
    /// assert_eq!(item.event_name().map(EventName::as_str), Some("tick"));
    /// ```
    #[must_use]
    pub fn named(mut self, name: EventName) -> Self {
        self.name = Some(name);
        self
    }

    /// Sets the id of the event, which a client sends as `Last-Event-ID` when it reconnects.
    ///
    /// `id` is an integer, an [`EventId`], or any other [`IntoEventId`]. Parse text with
    /// [`EventId::parse`].
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{EventId, StreamItem};
    ///
    /// let item = StreamItem::text("12:00").id(12_u64);
    /// assert_eq!(item.event_id().map(EventId::as_str), Some("12"));
    /// ```
    #[must_use]
    pub fn id(mut self, id: impl IntoEventId) -> Self {
        self.id = Some(id.into_event_id());
        self
    }

    /// Sets the reconnection time: how long a client that has received this event waits before it
    /// reconnects.
    ///
    /// The time is rounded down to whole milliseconds and clamped to between
    /// [`MIN_RETRY`](crate::MIN_RETRY) and [`MAX_RETRY`](crate::MAX_RETRY).
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::StreamItem;
    /// use hyperpoint::sse::MIN_RETRY;
    /// use std::time::Duration;
    ///
    /// assert_eq!(StreamItem::text("").retry(Duration::ZERO).retry_after(), Some(MIN_RETRY));
    /// ```
    #[must_use]
    pub fn retry(mut self, after: Duration) -> Self {
        self.retry = Some(bounded(after));
        self
    }

    /// Returns the data, or `None` for a comment.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::StreamItem;
    ///
    /// assert_eq!(StreamItem::text("hi").data(), Some("hi"));
    /// ```
    #[must_use]
    pub fn data(&self) -> Option<&str> {
        match &self.content {
            Content::Data(data) => Some(data),
            Content::Comment(_) => None,
        }
    }

    /// Returns the text of the comment, or `None` for an event.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::StreamItem;
    ///
    /// assert_eq!(StreamItem::comment("hi").comment_text(), Some("hi"));
    /// ```
    #[must_use]
    pub fn comment_text(&self) -> Option<&str> {
        match &self.content {
            Content::Comment(text) => Some(text),
            Content::Data(_) => None,
        }
    }

    /// Returns the name of the event, or `None` if unset.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::StreamItem;
    ///
    /// assert_eq!(StreamItem::text("hi").event_name(), None);
    /// ```
    #[must_use]
    pub fn event_name(&self) -> Option<&EventName> {
        self.name.as_ref()
    }

    /// Returns the id of the event, or `None` if unset.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::StreamItem;
    ///
    /// assert_eq!(StreamItem::text("hi").event_id(), None);
    /// ```
    #[must_use]
    pub fn event_id(&self) -> Option<&EventId> {
        self.id.as_ref()
    }

    /// Returns the reconnection time that the item sets, or `None` if unset.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::StreamItem;
    ///
    /// assert_eq!(StreamItem::text("hi").retry_after(), None);
    /// ```
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry
    }
}
