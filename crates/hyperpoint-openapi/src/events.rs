//! Event streams: the events of the application, and the events that the host adds to a stream for
//! `EventSource`.

use hyperpoint_core::StreamKind;
use hyperpoint_core::endpoint::StreamedEvents;
use serde_json::{Map, Value, json};

use crate::components::Components;
use crate::dialect::Dialect;
use crate::ids::pascal;
use crate::rewriting::{set, take_description};
use crate::words::ErrorEvent;

/// The event stream of one operation.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    /// The schema of the data in OpenAPI 3.1: the union of all events' data.
    union: Value,
    /// The schema of one event in OpenAPI 3.2.
    item: Value,
    /// The schema of an object that maps event names to their data, or `None` if no name is known.
    by_name: Option<Value>,
    /// The known names of the application's events, without the event of a failing stream.
    pub(crate) names: Vec<String>,
    /// Whether the event type defines the names of the events.
    pub(crate) is_named_by_type: bool,
}

/// The events that the handler sends.
#[derive(Debug)]
pub(crate) struct SentEvents<'a> {
    pub(crate) events: StreamedEvents,
    /// The name of all events, or `None` if unset. Ignored if the event type defines the names.
    pub(crate) name: Option<&'a str>,
    /// The name and the data schema of the event that a failing stream sends last, if declared.
    pub(crate) error: Option<(String, Value)>,
}

impl Stream {
    /// Describes the events of the operation with this id.
    pub(crate) fn new(
        sent: SentEvents<'_>,
        id: &str,
        kind: StreamKind,
        components: &mut Components,
    ) -> Self {
        let SentEvents { events, name, error } = sent;
        let prefix = pascal(&upper_first(id));
        let is_named_by_type = matches!(events, StreamedEvents::Named { .. });
        let (mut named, unnamed) = match events {
            StreamedEvents::Named { of, events } => {
                let named = events.into_iter().map(|(name, schema)| {
                    let data =
                        shared(schema.to_value(), &format!("{of}{}", pascal(&name)), components);
                    (name, data)
                });
                (named.collect::<Vec<_>>(), None)
            }
            StreamedEvents::Unnamed(schema) => match name {
                Some(name) => (vec![(name.to_owned(), schema.to_value())], None),
                None => (Vec::new(), Some(schema.to_value())),
            },
            StreamedEvents::Unknown => (Vec::new(), Some(json!({}))),
        };
        let known = named.iter().map(|(name, _)| name.clone()).collect();
        named.extend(error);
        let union = union(named.iter().map(|(_, data)| data).chain(&unnamed));
        let mut items: Vec<Value> =
            named.iter().map(|(name, data)| event(Some(name), data)).collect();
        items.extend(unnamed.iter().map(|data| {
            let own = named.iter().map(|(name, _)| name.clone());
            event_beside(&own.chain(names_of_host(kind)).collect::<Vec<_>>(), data)
        }));
        if kind == StreamKind::ForEventSource {
            items.extend(components.events_of_host(add_own_events));
        }
        let item = match &*items {
            [single] => single.clone(),
            _ => json!({ "oneOf": items }),
        };
        let item = components.add(&format!("{prefix}Event"), &item);
        let by_name = (!named.is_empty())
            .then(|| components.add(&format!("{prefix}Events"), &by_name(named)));
        Self { union, item, by_name, names: known, is_named_by_type }
    }

    /// Returns the Media Type Object of the response.
    pub(crate) fn content(&self, dialect: Dialect) -> Value {
        let mut content = match dialect {
            Dialect::V31 => json!({ "schema": self.union }),
            Dialect::V32 => json!({ "itemSchema": self.item }),
        };
        if let Some(by_name) = &self.by_name {
            set(&mut content, "x-events", by_name.clone());
        }
        content
    }
}

/// Returns the schema of the data of all events.
fn union<'v>(data: impl Iterator<Item = &'v Value>) -> Value {
    let mut union: Vec<Value> = Vec::new();
    for data in data {
        let mut data = data.clone();
        // A description next to a reference describes one event, and several events may have the
        // same data.
        if data.get("$ref").is_some() {
            take_description(&mut data);
        }
        if !union.contains(&data) {
            union.push(data);
        }
    }
    match &*union {
        [single] => single.clone(),
        _ => json!({ "anyOf": union }),
    }
}

/// Returns the schema of an object that maps event names to their data.
fn by_name(named: Vec<(String, Value)>) -> Value {
    let required: Vec<_> = named.iter().map(|(event, _)| event.clone()).collect();
    let properties: Map<String, Value> = named.into_iter().collect();
    json!({
        "type": "object",
        "description": "The data of each event of the stream, by the name of the event.",
        "properties": properties,
        "required": required,
    })
}

/// Returns the part of the operation's description that explains the stream to clients.
pub(crate) fn manual(kind: StreamKind, error: Option<&ErrorEvent>) -> String {
    let failure = error.map_or("`problem`".to_owned(), |event| format!("`{}`", event.name));
    match (kind, error) {
        (StreamKind::ForEventSource, _) => format!(
            "An event stream for `EventSource`. In addition to the events of the endpoint, the server \
             sends: `ready` when the subscription to a topic starts, or `gap` if events were \
             lost; `reconnect` before the server ends the response and the client reconnects; \
             {failure} before the stream ends with an error; and `done` when the stream is complete."
        ),
        (_, None) => {
            "An event stream. The server sends only the events of the endpoint. If the stream fails, \
             the server aborts the response."
                .to_owned()
        }
        (_, Some(_)) => format!(
            "An event stream. The server sends only the events of the endpoint. If the stream fails, \
             the server sends the event {failure} and aborts the response."
        ),
    }
}

/// Returns the parameter of the header with which a client resumes the stream.
pub(crate) fn last_event_id() -> Value {
    json!({
        "name": "Last-Event-ID",
        "in": "header",
        "description": "The id of the last event that a reconnecting client received.",
        "schema": { "type": "string" },
    })
}

/// Adds a schema with fields to the components, and returns the reference to it. Returns any other
/// schema unchanged.
fn shared(schema: Value, name: &str, components: &mut Components) -> Value {
    match schema.get("properties") {
        Some(_) => components.add(name, &schema),
        None => schema,
    }
}

/// Returns the schema of one event (OpenAPI 3.2, Media Type Object, Sequential Media Types).
fn event(name: Option<&str>, data: &Value) -> Value {
    let required = if name.is_some() { json!(["data", "event"]) } else { json!(["data"]) };
    let name =
        name.map_or(json!({ "type": "string" }), |name| json!({ "type": "string", "const": name }));
    json!({
        "type": "object",
        "required": required,
        "properties": {
            "event": name,
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": data,
            },
            "id": {
                "type": "string",
                "description": "The id of the event. To resume the stream after the event, send the id in \
                                `Last-Event-ID`.",
            },
            "retry": {
                "type": "integer",
                "minimum": 250,
                "description": "Milliseconds before the client reconnects.",
            },
        },
    })
}

/// Returns the schema of one event whose name is not one of `names`.
fn event_beside(names: &[String], data: &Value) -> Value {
    let mut event = event(None, data);
    if let Some(name) = event.pointer_mut("/properties/event").filter(|_| !names.is_empty()) {
        set(name, "not", json!({ "enum": names }));
    }
    event
}

/// Returns the names of the events that the host adds to a stream of this kind.
fn names_of_host(kind: StreamKind) -> Vec<String> {
    match kind {
        StreamKind::ForEventSource => own_events().map(|(name, _)| name.to_owned()).to_vec(),
        _ => Vec::new(),
    }
}

/// Adds the schemas of the events that the host adds, and returns the references to them.
fn add_own_events(components: &mut Components) -> Vec<Value> {
    let add = |(name, data)| {
        components.add(&format!("Stream{}", pascal(name)), &event(Some(name), &data))
    };
    own_events().into_iter().map(add).collect()
}

/// Returns the events that the host adds on streams for `EventSource`, with the schema of their
/// data.
fn own_events() -> [(&'static str, Value); 5] {
    let empty = json!({ "type": "object" });
    let gap = json!({
        "type": "object",
        "description": "Events were lost.",
        "required": ["reason"],
        "properties": {
            "reason": { "type": "string", "enum": ["epoch", "evicted", "lagged", "unknown"] },
            "requested": {
                "type": ["string", "null"],
                "description": "The id with which the client resumed, or the last id that was sent to the \
                                client.",
            },
            "from": {
                "type": ["string", "null"],
                "description": "The id of the position at which the stream continues.",
            },
        },
    });
    let problem = json!({
        "type": "object",
        "description": "The public part of a problem document (RFC 9457).",
        "required": ["title", "status"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
        },
    });
    [
        ("ready", empty.clone()),
        ("gap", gap),
        ("reconnect", empty.clone()),
        ("problem", problem),
        ("done", empty),
    ]
}

fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
