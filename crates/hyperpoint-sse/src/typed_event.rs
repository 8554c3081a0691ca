//! The mapping between the variants of an enum and named events. Independent of how data is
//! encoded.

use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};

use crate::{
    decoded::Event,
    event_data::EventData,
    id::{EventId, InvalidEventId},
    name::EventName,
    read_variant::read_variant,
    unexpected_event::UnexpectedEvent,
};

/// An enum whose variants are events, each with its own name. `#[derive(Events)]` of the
/// `hyperpoint` crate implements this trait.
///
/// The data of an event is the serde form of the fields of the variant, without the name of the
/// variant: the value of `Placed(Order)`, an object for `Shipped { carrier }`, an array for a tuple
/// of several fields, and `{}` for a variant without fields. An enum with `#[serde(tag = "type")]`
/// has the name of the variant in its data, in the field `type`.
///
/// # Examples
///
/// ```
/// use hyperpoint::TypedEvent;
/// use hyperpoint::prelude::*;
/// use hyperpoint::sse::Encoder;
///
/// #[derive(Serialize, JsonSchema, Events)]
/// enum OrderEvent {
///     Placed(u32),
///     OnItsWay { carrier: String },
/// }
///
/// let event = OrderEvent::OnItsWay { carrier: "Post".to_owned() };
/// assert_eq!(event.event_name().as_str(), "on-its-way");
///
/// let mut encoder = Encoder::new();
/// encoder.typed(&event, None)?;
/// assert_eq!(encoder.take(), "event: on-its-way\ndata: {\"carrier\":\"Post\"}\n\n");
/// # Ok::<(), hyperpoint::sse::InvalidData>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of events",
    label = "does not derive `Events`",
    note = "write `#[derive(Serialize, JsonSchema, Events)]` above an enum with a variant for each \
            event",
    note = "send values of one type under one name with `event_stream_async`, and `StreamItem`s \
            with `stream_items_async`"
)]
pub trait TypedEvent: Serialize {
    /// The names of all events, in the order of the variants.
    const NAMES: &'static [EventName];

    /// The serde names of the variants, in the order of `NAMES`. A JSON schema identifies a variant
    /// by this name.
    #[doc(hidden)]
    const TAGS: &'static [&'static str];

    /// The field of the data that contains the serde name of the variant (`#[serde(tag = "…")]`),
    /// or `None` if the data has no such field. Default: `None`.
    #[doc(hidden)]
    const TAG_FIELD: Option<&'static str> = None;

    /// Returns the name of this event.
    fn event_name(&self) -> &'static EventName;

    /// Returns the id of this event: the text of the field marked `#[event(id)]`, or `None` if the
    /// variant has no such field. The default implementation returns `None`.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidEventId`] if the text of the field is not a valid id.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::TypedEvent;
    /// use hyperpoint::prelude::*;
    ///
    /// #[derive(Serialize, JsonSchema, Events)]
    /// enum OrderEvent {
    ///     Placed { #[event(id)] number: u64 },
    /// }
    ///
    /// let id = OrderEvent::Placed { number: 7 }.event_id()?;
    /// assert_eq!(id, Some(EventId::from(7_u64)));
    /// # Ok::<(), hyperpoint::sse::InvalidEventId>(())
    /// ```
    fn event_id(&self) -> Result<Option<EventId>, InvalidEventId> {
        Ok(None)
    }

    /// Returns the data of this event. The data serializes without the name of the variant, unless
    /// the enum has a `tag`.
    fn event_data(&self) -> EventData<'_, Self> {
        EventData::new(self, Self::TAG_FIELD.is_some())
    }

    /// Converts a received event to its variant.
    ///
    /// # Errors
    ///
    /// Returns [`UnexpectedEvent`] if no variant has the name of the event, or if the data of the
    /// event does not deserialize as the variant of that name.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::TypedEvent;
    /// use hyperpoint::prelude::*;
    /// use hyperpoint::sse::{Decoded, Decoder};
    ///
    /// #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, Events)]
    /// enum OrderEvent {
    ///     Placed(u32),
    /// }
    ///
    /// let mut decoder = Decoder::new();
    /// decoder.push(b"event: placed\ndata: 7\n\n")?;
    /// let Some(Decoded::Event(event)) = decoder.pop() else { panic!("one event") };
    /// assert_eq!(OrderEvent::from_event(&event)?, OrderEvent::Placed(7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn from_event(event: &Event) -> Result<Self, UnexpectedEvent>
    where
        Self: DeserializeOwned,
    {
        let index = Self::NAMES.iter().position(|name| name.as_str() == event.name);
        let Some(index) = index else {
            return Err(UnexpectedEvent::name(event, Self::NAMES));
        };
        let read = match Self::TAG_FIELD {
            None => read_variant(index, &event.data),
            Some(_) => read_tagged(&event.name, &event.data),
        };
        read.map_err(|error| UnexpectedEvent::data(event, error))
    }
}

/// Deserializes data that contains the name of its variant. Returns an error if the event name of
/// that variant is not `name`.
fn read_tagged<E: TypedEvent + DeserializeOwned>(
    name: &str,
    data: &str,
) -> Result<E, serde_json::Error> {
    let event: E = serde_json::from_str(data)?;
    let read = event.event_name();
    if read.as_str() != name {
        let text = format!("the data belongs to the event `{read}`");
        return Err(serde_json::Error::custom(text));
    }
    Ok(event)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::{Decoded, Decoder, Encoder, StreamItem};

    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    #[serde(rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
    enum Step {
        Started,
        Wrote(Vec<u32>),
        Copied(u32, Option<String>),
        #[serde(rename = "x")]
        Failed {
            exit_code: i32,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            reason: Option<String>,
        },
    }

    static NAMES: [EventName; 4] = [
        EventName::from_static("started"),
        EventName::from_static("wrote"),
        EventName::from_static("copied"),
        EventName::from_static("failed"),
    ];

    impl TypedEvent for Step {
        const NAMES: &'static [EventName] = &NAMES;
        const TAGS: &'static [&'static str] = &["STARTED", "WROTE", "COPIED", "x"];

        fn event_name(&self) -> &'static EventName {
            match self {
                Self::Started => &NAMES[0],
                Self::Wrote(_) => &NAMES[1],
                Self::Copied(..) => &NAMES[2],
                Self::Failed { .. } => &NAMES[3],
            }
        }

        fn event_id(&self) -> Result<Option<EventId>, InvalidEventId> {
            match self {
                Self::Failed { reason: Some(reason), .. } => EventId::parse(reason).map(Some),
                Self::Copied(id, _) => Ok(Some(EventId::from(*id))),
                _ => Ok(None),
            }
        }
    }

    fn read(bytes: &[u8]) -> Event {
        let mut decoder = Decoder::new();
        decoder.push(bytes).unwrap();
        match decoder.pop() {
            Some(Decoded::Event(event)) => event,
            other => panic!("expected an event, got {other:?}"),
        }
    }

    #[track_caller]
    fn check(event: &Step, written: &str) {
        let mut encoder = Encoder::new();
        encoder.typed(event, None).unwrap();
        let bytes = encoder.take();
        assert_eq!(bytes, written);
        assert_eq!(Step::from_event(&read(&bytes)).unwrap(), *event);
        encoder.item(&StreamItem::typed(event).unwrap()).unwrap();
        assert_eq!(encoder.take(), written);
    }

    #[test]
    fn each_variant_is_written_and_read_with_its_own_data() {
        check(&Step::Started, "event: started\ndata: {}\n\n");
        check(&Step::Wrote(vec![1, 2]), "event: wrote\ndata: [1,2]\n\n");
        check(&Step::Copied(7, None), "event: copied\nid: 7\ndata: [7,null]\n\n");
        check(
            &Step::Failed { exit_code: 2, reason: None },
            "event: failed\ndata: {\"exitCode\":2}\n\n",
        );
        check(
            &Step::Failed { exit_code: 2, reason: Some("disk".into()) },
            "event: failed\nid: disk\ndata: {\"exitCode\":2,\"reason\":\"disk\"}\n\n",
        );
    }

    #[test]
    fn an_event_with_an_invalid_id_is_not_written() {
        let mut encoder = Encoder::new();
        let event = Step::Failed { exit_code: 2, reason: Some("two\nlines".into()) };
        let error = encoder.typed(&event, None).unwrap_err();
        let expected = "invalid id of a typed event; check the value of its `#[event(id)]` field";
        assert_eq!(error.to_string(), expected);
        assert!(encoder.is_empty());
        assert!(StreamItem::typed(&event).is_err());
    }

    #[track_caller]
    fn check_error(bytes: &str, expected: &str) {
        let error = Step::from_event(&read(bytes.as_bytes())).unwrap_err();
        assert_eq!(format!("{error:?}"), expected);
    }

    #[test]
    fn an_error_names_the_event_and_shows_its_data() {
        check_error(
            "event: start\ndata: {}\n\n",
            "unexpected event `start`: expected one of `started`, `wrote`, `copied`, `failed`",
        );
        check_error(
            "event: wrote\ndata: [1,\"2\"]\n\n",
            "unexpected data of event `wrote`: [1,\"2\"]: invalid type: string \"2\", expected u32 \
             at line 1 column 6",
        );
        check_error(
            "event: wrote\ndata: [1] 2\n\n",
            "unexpected data of event `wrote`: [1] 2: trailing characters at line 1 column 5",
        );
        check_error(
            "event: started\ndata: x\n\n",
            "unexpected data of event `started`: x: expected value at line 1 column 1",
        );
    }

    /// A tagged enum without `TAG_FIELD`: it serializes as a struct and not as an enum variant.
    #[derive(Serialize)]
    #[serde(tag = "type")]
    enum Tagged {
        One { number: u32 },
    }

    impl TypedEvent for Tagged {
        const NAMES: &'static [EventName] = &[EventName::from_static("one")];
        const TAGS: &'static [&'static str] = &["One"];

        fn event_name(&self) -> &'static EventName {
            &NAMES[0]
        }
    }

    #[test]
    fn a_type_that_does_not_serialize_as_a_variant_is_an_error() {
        let error = Encoder::new().typed(&Tagged::One { number: 1 }, None).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.starts_with("a typed event must serialize as an enum variant"), "{source}");
    }
}
