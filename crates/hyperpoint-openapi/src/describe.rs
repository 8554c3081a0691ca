//! The methods with which endpoints, groups and hosts add descriptions to the document.

use hyperpoint_core::Settings;
use hyperpoint_core::endpoint::StreamedEvents;
use hyperpoint_sse::TypedEvent;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use crate::words::{
    ErrorEvent, ErrorShape, EventsOf, Example, StatedAnswer, StatedContent, StatedHeader, Taken,
    TakenHeader, Words,
};

/// Methods that describe an endpoint in the OpenAPI document: on `Config` in `configure`, on a
/// group, and on the host's defaults.
///
/// The document always contains the facts that follow from the configuration and the types: routes,
/// parameters, bodies, the response type, the refusals of the host, and security. The methods add
/// facts that only the handler knows.
///
/// # Examples
///
/// ```
/// use hyperpoint::Config;
/// use hyperpoint::openapi::Describe;
/// use serde_json::json;
///
/// fn configure(config: &mut Config) {
///     config.post("/orders");
///     config.answers(201);
///     config.refuses([409]);
///     config.example("tea", &json!({ "item": "tea", "quantity": 3 }));
/// }
/// # configure(&mut Config::default());
/// ```
pub trait Describe {
    /// Sets the id of the operation. Default: the name of the endpoint's type in lower camel case,
    /// such as `placeOrder`, preceded by the module or followed by the method if several operations
    /// would have that id.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::openapi::Describe;
    /// # let mut config = hyperpoint::Config::default();
    /// config.operation_id("placeOrder");
    /// ```
    fn operation_id(&mut self, id: &str);

    /// Omits the endpoint, or each endpoint of the group, from all documents.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::openapi::Describe;
    /// # let mut config = hyperpoint::Config::default();
    /// config.undocumented();
    /// ```
    fn undocumented(&mut self);

    /// Adds an example of the request body. An example that does not fit the schema is a
    /// configuration error.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::openapi::Describe;
    /// # let mut config = hyperpoint::Config::default();
    /// config.example("tea", &serde_json::json!({ "item": "tea", "quantity": 3 }));
    /// ```
    fn example(&mut self, name: &str, value: &impl Serialize);

    /// Adds an example of the response with this status, as [`example`](Self::example) does for the
    /// request.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::openapi::Describe;
    /// # let mut config = hyperpoint::Config::default();
    /// config.answer_example(200, "an open order", &serde_json::json!({ "id": 7 }));
    /// ```
    fn answer_example(&mut self, status: u16, name: &str, value: &impl Serialize);

    /// Declares that the handler sends the data of the response type with this status. The first
    /// declared response replaces the default, 200; each further one is added. An event stream is
    /// always described as a response with the status 200.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::openapi::Describe;
    /// # let mut config = hyperpoint::Config::default();
    /// config.answers(201);
    /// ```
    fn answers(&mut self, status: u16);

    /// Declares that the handler sends this status without data, such as 204. Replaces the default
    /// as [`answers`](Self::answers) does.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::openapi::Describe;
    /// # let mut config = hyperpoint::Config::default();
    /// config.answers_empty(204);
    /// ```
    fn answers_empty(&mut self, status: u16);

    /// Declares that the handler sends text, a file or bytes of this media type with this status.
    /// Replaces the default as [`answers`](Self::answers) does.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::openapi::Describe;
    /// # let mut config = hyperpoint::Config::default();
    /// config.answers_media(200, "application/pdf");
    /// ```
    fn answers_media(&mut self, status: u16, media_type: &str);

    /// Declares that the handler sends JSON of type `T` with this status. Replaces the default as
    /// [`answers`](Self::answers) does.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::openapi::Describe;
    /// # let mut config = hyperpoint::Config::default();
    /// config.answers_with::<Vec<String>>(200);
    /// ```
    fn answers_with<T: JsonSchema>(&mut self, status: u16);

    /// Declares that responses with this status may have this header.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::openapi::Describe;
    /// # let mut config = hyperpoint::Config::default();
    /// config.answer_header(200, "ETag", "The version of the order.");
    /// ```
    fn answer_header(&mut self, status: u16, name: &str, description: &str);

    /// Declares that the handler, a processor or a layer refuses requests with these statuses. The
    /// statuses of the host's own refusals are in the document without this call. An endpoint
    /// that publishes to a backplane should declare 503, the default status for an unavailable
    /// backplane (see [`Host::problem_for`](hyperpoint_host::Host::problem_for)).
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::openapi::Describe;
    /// # let mut config = hyperpoint::Config::default();
    /// config.refuses([404, 409]);
    /// ```
    fn refuses(&mut self, statuses: impl IntoIterator<Item = u16>);

    /// Sets the schema and the media type of refusals, for an application's own
    /// [`error_format`](Settings::error_format). Does not apply to an inner group or endpoint that
    /// sets another format; call this method there, too.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{Host, openapi::Describe};
    /// use hyperpoint::prelude::JsonSchema;
    ///
    /// #[derive(JsonSchema)]
    /// struct Error {
    ///     code: u16,
    ///     message: String,
    /// }
    ///
    /// let host = Host::new().defaults(|all| all.errors::<Error>("application/json"));
    /// # drop(host);
    /// # let _ = |error: Error| (error.code, error.message);
    /// ```
    fn errors<T: JsonSchema>(&mut self, media_type: &str);

    /// Declares the media type of a body that the request type reads unparsed, such as
    /// `Raw<Bytes>`. On a group or the host's defaults, applies to the endpoints with such a
    /// request type.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::openapi::Describe;
    /// # let mut config = hyperpoint::Config::default();
    /// config.takes("application/pdf");
    /// ```
    fn takes(&mut self, media_type: &str);

    /// Declares a header that each request must have in addition to the fields of the request type,
    /// because a pre-processor or a layer reads it. If the request type has a field for this
    /// header, the field becomes required.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::openapi::Describe;
    /// # let mut config = hyperpoint::Config::default();
    /// config.takes_header("Idempotency-Key", "A new key for each order.");
    /// ```
    fn takes_header(&mut self, name: &str, description: &str);

    /// Sets the name of the events of a response `Events<T>` whose `T` defines no event names: the
    /// name that the handler passes to `event_stream_async`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use hyperpoint::openapi::Describe;
    /// # let mut config = hyperpoint::Config::default();
    /// config.event("price");
    /// ```
    fn event(&mut self, name: &str);

    /// Sets the events of the stream, for a response of [`StreamItem`](hyperpoint_sse::StreamItem)s
    /// and for an endpoint with `#[endpoint(by_hand)]`, whose event types are otherwise unknown.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::openapi::Describe;
    /// use hyperpoint::prelude::{Events, JsonSchema, Serialize};
    ///
    /// #[derive(Serialize, JsonSchema, Events)]
    /// enum Step {
    ///     Started,
    ///     Baked { items: u32 },
    /// }
    ///
    /// # let mut config = hyperpoint::Config::default();
    /// config.events::<Step>();
    /// # let _ = (Step::Started, Step::Baked { items: 1 });
    /// ```
    fn events<E: TypedEvent + JsonSchema>(&mut self);

    /// Sets the type of the data of each event, for a response of
    /// [`StreamItem`](hyperpoint_sse::StreamItem)s that all have the name set by
    /// [`event`](Self::event), or no name.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::openapi::Describe;
    /// use hyperpoint::prelude::{JsonSchema, Serialize};
    ///
    /// #[derive(Serialize, JsonSchema)]
    /// struct Chunk {
    ///     delta: String,
    /// }
    ///
    /// # let mut config = hyperpoint::Config::default();
    /// config.event_data::<Chunk>();
    /// # let _ = Chunk { delta: String::new() }.delta;
    /// ```
    fn event_data<T: JsonSchema>(&mut self);

    /// Sets the event that the stream sends last if it fails: the name and the data type of the
    /// item that [`on_error_item`](hyperpoint_core::EventStream::on_error_item) creates. On a group
    /// or the host's defaults, applies to the endpoints with event streams. Default: unset.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::openapi::Describe;
    /// use hyperpoint::prelude::{JsonSchema, Serialize};
    ///
    /// #[derive(Serialize, JsonSchema)]
    /// struct Failure {
    ///     message: String,
    /// }
    ///
    /// # let mut config = hyperpoint::Config::default();
    /// config.error_event::<Failure>("error");
    /// # let _ = Failure { message: String::new() }.message;
    /// ```
    fn error_event<T: JsonSchema>(&mut self, name: &str);
}

impl Describe for Settings {
    fn operation_id(&mut self, id: &str) {
        change(self, |words| words.operation_id = Some(id.to_owned()));
    }

    fn undocumented(&mut self) {
        change(self, |words| words.is_undocumented = true);
    }

    fn example(&mut self, name: &str, value: &impl Serialize) {
        add_example(self, None, name, value);
    }

    fn answer_example(&mut self, status: u16, name: &str, value: &impl Serialize) {
        add_example(self, Some(status), name, value);
    }

    fn answers(&mut self, status: u16) {
        add_answer(self, status, StatedContent::Response);
    }

    fn answers_empty(&mut self, status: u16) {
        add_answer(self, status, StatedContent::Empty);
    }

    fn answers_media(&mut self, status: u16, media_type: &str) {
        add_answer(self, status, StatedContent::Media(media_type.to_owned()));
    }

    fn answers_with<T: JsonSchema>(&mut self, status: u16) {
        add_answer(self, status, StatedContent::Schema(SchemaGenerator::subschema_for::<T>));
    }

    fn answer_header(&mut self, status: u16, name: &str, description: &str) {
        let (name, description) = (name.to_owned(), description.to_owned());
        let header = StatedHeader { status, name, description, is_own: true };
        change(self, |words| words.headers.push(header));
    }

    fn refuses(&mut self, statuses: impl IntoIterator<Item = u16>) {
        change(self, |words| words.refusals.extend(statuses));
    }

    fn errors<T: JsonSchema>(&mut self, media_type: &str) {
        let (media_type, schema) = (media_type.to_owned(), SchemaGenerator::subschema_for::<T>);
        change(self, |words| words.errors = Some(ErrorShape { media_type, schema }));
    }

    fn takes(&mut self, media_type: &str) {
        let taken = Taken { media_type: media_type.to_owned(), is_own: true };
        change(self, |words| words.media_types.push(taken));
    }

    fn takes_header(&mut self, name: &str, description: &str) {
        let (name, description) = (name.to_owned(), description.to_owned());
        change(self, |words| words.taken_headers.push(TakenHeader { name, description }));
    }

    fn event(&mut self, name: &str) {
        change(self, |words| words.event_name = Some(name.to_owned()));
    }

    fn events<E: TypedEvent + JsonSchema>(&mut self) {
        change(self, |words| words.events = Some(StreamedEvents::named::<E>));
    }

    fn event_data<T: JsonSchema>(&mut self) {
        let events: EventsOf = |generator| StreamedEvents::Unnamed(generator.subschema_for::<T>());
        change(self, |words| words.events = Some(events));
    }

    fn error_event<T: JsonSchema>(&mut self, name: &str) {
        let schema = SchemaGenerator::subschema_for::<T>;
        let event = ErrorEvent { name: name.to_owned(), schema, is_own: true };
        change(self, |words| words.error_event = Some(event));
    }
}

/// Changes the document settings of one level of the configuration.
fn change(settings: &mut Settings, change: impl FnOnce(&mut Words)) {
    let mut words = settings.values::<Words>().next().cloned().unwrap_or_default();
    change(&mut words);
    settings.with(words);
}

fn add_answer(settings: &mut Settings, status: u16, content: StatedContent) {
    change(settings, |words| words.answers.push(StatedAnswer { status, content }));
}

fn add_example(settings: &mut Settings, status: Option<u16>, name: &str, value: &impl Serialize) {
    let value = serde_json::to_value(value).map_err(|error| error.to_string());
    let name = name.to_owned();
    let example = Example { status, name, value, is_own: true };
    change(settings, |words| words.examples.push(example));
}
