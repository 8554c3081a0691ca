//! Owns one item of a stream as a user builds it. It must not know how an item is written.

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
/// # Example
///
/// ```
/// use hyperpoint_sse::{EventName, StreamItem};
///
/// let item = StreamItem::json(&["a", "b"])?.named(EventName::from_static("letters")).id(1_u64);
/// assert_eq!(item.data(), Some(r#"["a","b"]"#));
/// # Ok::<(), hyperpoint_sse::InvalidData>(())
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
    /// An event whose data is `data` as JSON. It is serialised here and now.
    ///
    /// # Errors
    ///
    /// [`InvalidData`] if `data` does not serialise.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_sse::StreamItem;
    ///
    /// assert_eq!(StreamItem::json("a\nb")?.data(), Some(r#""a\nb""#));
    /// # Ok::<(), hyperpoint_sse::InvalidData>(())
    /// ```
    pub fn json<T: Serialize + ?Sized>(data: &T) -> Result<Self, InvalidData> {
        serde_json::to_string(data).map(Self::text).map_err(InvalidData::json)
    }

    /// An event whose data is `data` as it is. Empty data is an event too.
    ///
    /// A client sees every line break, be it CRLF, CR or LF, as LF.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_sse::StreamItem;
    ///
    /// assert_eq!(StreamItem::text("").data(), Some(""));
    /// ```
    pub fn text(data: impl Into<String>) -> Self {
        Self::new(Content::Data(data.into()))
    }

    /// A typed event, with its name, its data and the id that it may have. It is serialised here and
    /// now.
    ///
    /// # Errors
    ///
    /// [`InvalidData`] if the data does not serialise, or the id is none.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_sse::{InvalidData, StreamItem, TypedEvent};
    ///
    /// /// The event at this place of a log.
    /// fn entry(event: &impl TypedEvent, place: u64) -> Result<StreamItem, InvalidData> {
    ///     Ok(StreamItem::typed(event)?.id(place))
    /// }
    /// ```
    pub fn typed<E: TypedEvent + ?Sized>(event: &E) -> Result<Self, InvalidData> {
        let id = event.event_id().map_err(InvalidData::id)?;
        let item = Self::json(&event.event_data())?;
        Ok(Self { name: Some(event.event_name().clone()), id, ..item })
    }

    /// A comment, which clients drop. A name, an id or a retry given to it is not written.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_sse::StreamItem;
    ///
    /// assert_eq!(StreamItem::comment("hello").data(), None);
    /// ```
    pub fn comment(text: impl Into<String>) -> Self {
        Self::new(Content::Comment(text.into()))
    }

    fn new(content: Content) -> Self {
        Self { content, name: None, id: None, retry: None }
    }

    /// Gives the event a name. Without one, a client calls it `message`.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_sse::{EventName, StreamItem};
    ///
    /// let item = StreamItem::text("12:00").named(EventName::from_static("tick"));
    /// ```
    #[must_use]
    pub fn named(mut self, name: EventName) -> Self {
        self.name = Some(name);
        self
    }

    /// Gives the event an id, which a client that reconnects sends back: an integer, or an
    /// [`EventId`], which [`EventId::parse`] makes of text.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_sse::StreamItem;
    ///
    /// let item = StreamItem::text("12:00").id(12_u64);
    /// ```
    #[must_use]
    pub fn id(mut self, id: impl IntoEventId) -> Self {
        self.id = Some(id.into_event_id());
        self
    }

    /// Tells the client how long to wait before it reconnects, from this event on.
    ///
    /// It is written in whole milliseconds. Below [`MIN_RETRY`](crate::MIN_RETRY) it becomes that,
    /// above [`MAX_RETRY`](crate::MAX_RETRY) that.
    ///
    /// # Example
    ///
    /// ```
    /// use hyperpoint_sse::{MIN_RETRY, StreamItem};
    /// use std::time::Duration;
    ///
    /// assert_eq!(StreamItem::text("").retry(Duration::ZERO).retry_after(), Some(MIN_RETRY));
    /// ```
    #[must_use]
    pub fn retry(mut self, after: Duration) -> Self {
        self.retry = Some(bounded(after));
        self
    }

    /// The data, unless this is a comment.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(hyperpoint_sse::StreamItem::text("hi").data(), Some("hi"));
    /// ```
    #[must_use]
    pub fn data(&self) -> Option<&str> {
        match &self.content {
            Content::Data(data) => Some(data),
            Content::Comment(_) => None,
        }
    }

    /// The text of the comment, unless this is an event.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(hyperpoint_sse::StreamItem::comment("hi").comment_text(), Some("hi"));
    /// ```
    #[must_use]
    pub fn comment_text(&self) -> Option<&str> {
        match &self.content {
            Content::Comment(text) => Some(text),
            Content::Data(_) => None,
        }
    }

    /// The name that was given to it.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(hyperpoint_sse::StreamItem::text("hi").event_name(), None);
    /// ```
    #[must_use]
    pub fn event_name(&self) -> Option<&EventName> {
        self.name.as_ref()
    }

    /// The id that was given to it.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(hyperpoint_sse::StreamItem::text("hi").event_id(), None);
    /// ```
    #[must_use]
    pub fn event_id(&self) -> Option<&EventId> {
        self.id.as_ref()
    }

    /// The wait that was given to it.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(hyperpoint_sse::StreamItem::text("hi").retry_after(), None);
    /// ```
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry
    }
}
