//! The settings of endpoints, groups and the host that affect only the description of operations.

use std::collections::BTreeSet;

use hyperpoint_core::Config;
use hyperpoint_core::endpoint::StreamedEvents;
use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;
pub(crate) type EventsOf = fn(&mut SchemaGenerator) -> StreamedEvents;

/// The settings of one level of the configuration that affect only the description of operations.
/// Each level (endpoint, group or host) stores them as one value.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    pub(crate) operation_id: Option<String>,
    pub(crate) is_undocumented: bool,
    pub(crate) examples: Vec<Example>,
    pub(crate) answers: Vec<StatedAnswer>,
    pub(crate) headers: Vec<StatedHeader>,
    pub(crate) taken_headers: Vec<TakenHeader>,
    pub(crate) refusals: BTreeSet<u16>,
    pub(crate) errors: Option<ErrorShape>,
    pub(crate) media_types: Vec<Taken>,
    pub(crate) event_name: Option<String>,
    pub(crate) events: Option<EventsOf>,
    /// Whether the endpoint's own configuration describes events, not only the configuration of a
    /// group or the host.
    pub(crate) has_own_events: bool,
    pub(crate) error_event: Option<ErrorEvent>,
}

/// The last event of a stream that fails.
#[derive(Clone, Debug)]
pub(crate) struct ErrorEvent {
    pub(crate) name: String,
    pub(crate) schema: SchemaOf,
    /// Whether the endpoint's own configuration declares the event.
    pub(crate) is_own: bool,
}

/// An example of a body: of the response with the status, or of the request if `status` is `None`.
#[derive(Clone, Debug)]
pub(crate) struct Example {
    pub(crate) status: Option<u16>,
    pub(crate) name: String,
    /// The value, or the reason why it cannot be serialized as JSON.
    pub(crate) value: Result<Value, String>,
    /// Whether the endpoint's own configuration declares the example. An example that a group or
    /// the host declares is ignored by endpoints to which it does not apply.
    pub(crate) is_own: bool,
}

/// The media type of an unparsed body.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) media_type: String,
    /// Whether the endpoint's own configuration declares the media type.
    pub(crate) is_own: bool,
}

/// A declared response: a status that the handler sends, with its content.
#[derive(Clone, Debug)]
pub(crate) struct StatedAnswer {
    pub(crate) status: u16,
    pub(crate) content: StatedContent,
}

/// The content of a declared response.
#[derive(Clone, Debug)]
pub(crate) enum StatedContent {
    /// The data of the response type.
    Response,
    Empty,
    /// Text or bytes of this media type.
    Media(String),
    /// JSON with this schema.
    Schema(SchemaOf),
}

/// A header of responses with this status.
#[derive(Clone, Debug)]
pub(crate) struct StatedHeader {
    pub(crate) status: u16,
    pub(crate) name: String,
    pub(crate) description: String,
    /// Whether the endpoint's own configuration declares the header.
    pub(crate) is_own: bool,
}

/// A header that each request must have, declared with
/// [`Describe::takes_header`](crate::Describe::takes_header).
#[derive(Clone, Debug)]
pub(crate) struct TakenHeader {
    pub(crate) name: String,
    pub(crate) description: String,
}

/// The media type and schema of error responses, set by
/// [`Describe::errors`](crate::Describe::errors).
#[derive(Clone, Debug)]
pub(crate) struct ErrorShape {
    pub(crate) media_type: String,
    pub(crate) schema: SchemaOf,
}

impl Words {
    /// Combines the settings of an endpoint, its groups and the host.
    pub(crate) fn of(config: &Config) -> Self {
        let mut levels = config.values_by_level::<Self>();
        let mut own = levels.next().flatten().cloned().unwrap_or_default();
        own.has_own_events = own.event_name.is_some() || own.events.is_some();
        let outer = levels.flatten().cloned().reduce(Self::within).map(Self::inherited);
        let words = own.within(outer.unwrap_or_default());
        // If an inner level sets its own error format, the schema that an outer level declares does
        // not apply to it.
        let stated = config
            .values_by_level::<Self>()
            .position(|level| level.is_some_and(|words| words.errors.is_some()));
        let is_replaced =
            config.error_format_level().zip(stated).is_some_and(|(format, stated)| format < stated);
        Self { errors: words.errors.filter(|_| !is_replaced), ..words }
    }

    /// Returns whether the settings declare a header or an example for responses with this status.
    pub(crate) fn are_about(&self, status: u16) -> bool {
        self.headers.iter().any(|header| header.status == status)
            || self.examples.iter().any(|example| example.status == Some(status))
    }

    /// Marks these settings as set by an outer level.
    fn inherited(mut self) -> Self {
        self.examples.iter_mut().for_each(|example| example.is_own = false);
        self.headers.iter_mut().for_each(|header| header.is_own = false);
        self.media_types.iter_mut().for_each(|taken| taken.is_own = false);
        self.error_event.iter_mut().for_each(|event| event.is_own = false);
        self
    }

    /// Combines these settings with the settings of an outer level.
    fn within(self, outer: Self) -> Self {
        let nearest = |own: Vec<_>, outer| if own.is_empty() { outer } else { own };
        Self {
            operation_id: self.operation_id.or(outer.operation_id),
            is_undocumented: self.is_undocumented || outer.is_undocumented,
            examples: [self.examples, outer.examples].concat(),
            answers: nearest(self.answers, outer.answers),
            headers: [self.headers, outer.headers].concat(),
            taken_headers: [self.taken_headers, outer.taken_headers].concat(),
            refusals: self.refusals.into_iter().chain(outer.refusals).collect(),
            errors: self.errors.or(outer.errors),
            media_types: [self.media_types, outer.media_types].concat(),
            event_name: self.event_name.or(outer.event_name),
            events: self.events.or(outer.events),
            has_own_events: self.has_own_events,
            error_event: self.error_event.or(outer.error_event),
        }
    }
}
