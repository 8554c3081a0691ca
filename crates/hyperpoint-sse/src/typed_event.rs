//! Owns the bond between a type and its events: which name a value has, and which type a name. It
//! must not know how data is written.

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    decoded::Event,
    event_data::EventData,
    id::{EventId, InvalidEventId},
    name::EventName,
    read_variant::read_variant,
    unexpected_event::UnexpectedEvent,
};

/// An enum each of whose variants is an event with a name of its own. `#[derive(Events)]` of the
/// `hyperpoint` crate implements it.
///
/// The data is what serde writes for the fields of the variant, without the variant's name: the
/// value of `Placed(Order)`, an object for `Shipped { carrier }`, an array for a tuple of several,
/// and `{}` for a variant without fields.
///
/// # Example
///
/// ```
/// # use hyperpoint_sse as hyperpoint;
/// use hyperpoint::{Encoder, TypedEvent};
/// # use hyperpoint::EventName;
/// # use serde::{Deserialize, Serialize};
///
/// # /*
/// #[derive(Serialize, Deserialize, JsonSchema, Events)]
/// # */
/// # #[derive(Serialize, Deserialize)]
/// enum OrderEvent {
///     Placed(u32),
///     OnItsWay { carrier: String },
/// }
/// # static NAMES: [EventName; 2] =
/// #     [EventName::from_static("placed"), EventName::from_static("on-its-way")];
/// # impl TypedEvent for OrderEvent {
/// #     const NAMES: &'static [EventName] = &NAMES;
/// #     const TAGS: &'static [&'static str] = &["Placed", "OnItsWay"];
/// #     fn event_name(&self) -> &'static EventName {
/// #         match self { Self::Placed(_) => &NAMES[0], Self::OnItsWay { .. } => &NAMES[1] }
/// #     }
/// # }
///
/// let mut encoder = Encoder::new();
/// encoder.typed(&OrderEvent::OnItsWay { carrier: "Post".into() }, None)?;
/// assert_eq!(encoder.take(), "event: on-its-way\ndata: {\"carrier\":\"Post\"}\n\n");
/// # Ok::<(), hyperpoint_sse::InvalidData>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no enum of events",
    label = "has no event names",
    note = "write `#[derive(Serialize, JsonSchema, Events)]` above an enum of its events",
    note = "values of one type under one name are sent with `event_stream_async`, and `StreamItem`s \
            with `stream_items_async`"
)]
pub trait TypedEvent: Serialize {
    /// The names of all its events, in the order of the variants.
    const NAMES: &'static [EventName];

    /// What serde calls the variants, in the same order: how a schema tells them apart.
    #[doc(hidden)]
    const TAGS: &'static [&'static str];

    /// The name of this event.
    fn event_name(&self) -> &'static EventName;

    /// The id of this event, if a field of its variant is marked `#[event(id)]`.
    ///
    /// # Errors
    ///
    /// [`InvalidEventId`] if the field is none as text.
    fn event_id(&self) -> Result<Option<EventId>, InvalidEventId> {
        Ok(None)
    }

    /// The data of this event, to be serialised.
    fn event_data(&self) -> EventData<'_, Self> {
        EventData::new(self)
    }

    /// The value that was sent as `event`.
    ///
    /// # Errors
    ///
    /// [`UnexpectedEvent`] if no variant has its name, or its data is not that of the variant.
    fn from_event(event: &Event) -> Result<Self, UnexpectedEvent>
    where
        Self: DeserializeOwned,
    {
        let place = Self::NAMES.iter().position(|name| name.as_str() == event.name);
        let Some(place) = place else {
            return Err(UnexpectedEvent::name(event, Self::NAMES));
        };
        read_variant(place, &event.data).map_err(|error| UnexpectedEvent::data(event, error))
    }
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
            other => panic!("no event: {other:?}"),
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
    fn an_id_that_is_none_leaves_no_trace() {
        let mut encoder = Encoder::new();
        let event = Step::Failed { exit_code: 2, reason: Some("two\nlines".into()) };
        let error = encoder.typed(&event, None).unwrap_err();
        assert_eq!(error.to_string(), "give an event its id");
        assert!(encoder.is_empty());
        assert!(StreamItem::typed(&event).is_err());
    }

    #[track_caller]
    fn check_refused(bytes: &str, expected: &str) {
        let error = Step::from_event(&read(bytes.as_bytes())).unwrap_err();
        assert_eq!(format!("{error:?}"), expected);
    }

    #[test]
    fn an_event_of_another_kind_is_refused_with_what_it_is() {
        check_refused(
            "event: start\ndata: {}\n\n",
            "decode event `start`: its name is none of `started`, `wrote`, `copied`, `failed`",
        );
        check_refused(
            "event: wrote\ndata: [1,\"2\"]\n\n",
            "decode event `wrote` from [1,\"2\"]: invalid type: string \"2\", expected u32 at line \
             1 column 6",
        );
        check_refused(
            "event: wrote\ndata: [1] 2\n\n",
            "decode event `wrote` from [1] 2: trailing characters at line 1 column 5",
        );
        check_refused(
            "event: started\ndata: x\n\n",
            "decode event `started` from x: expected value at line 1 column 1",
        );
    }

    /// Not what the derive of serde would write.
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
    fn what_does_not_serialise_as_a_variant_is_an_error() {
        let error = Encoder::new().typed(&Tagged::One { number: 1 }, None).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.starts_with("a typed event is serialised as a variant"), "{source}");
    }
}
