//! One operation: an endpoint on one method of one path.

use std::collections::BTreeSet;

use http::Method;
use hyperpoint_core::bind::{BindingPlan, PlanFor};
use hyperpoint_core::endpoint::{StreamedEvents, Streams};
use hyperpoint_core::{RouteTemplate, StreamKind};
use hyperpoint_host::{ConfiguredEndpoint, Contract};
use hyperpoint_sse::EventName;
use schemars::json_schema;
use serde_json::{Map, Value, json};

use crate::answers::{Answer, answers, headers};
use crate::body::{RequestType, body};
use crate::components::Components;
use crate::dialect::Dialect;
use crate::events::{SentEvents, Stream, last_event_id, manual};
use crate::parameters::{add_header, add_taken_header, parameters, path};
use crate::refusals::{RefusalContent, Refusing, statuses};
use crate::rewriting::set;
use crate::security::{SecuritySchemes, in_words};
use crate::words::{ErrorEvent, Words};

const JSON: &str = "application/json";

/// One operation of the document.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) path: String,
    pub(crate) method: Method,
    pub(crate) tags: Vec<String>,
    /// The endpoint's type, file and line, for configuration errors.
    pub(crate) place: String,
    pub(crate) words: Words,
    pub(crate) body: Option<Value>,
    pub(crate) answers: Vec<Answer>,
    /// Whether the request type may read the body unparsed.
    pub(crate) takes_unparsed: bool,
    /// The kind of the event stream, or `None` if the response is never an event stream.
    pub(crate) streams: Option<StreamKind>,
    pub(crate) refusals: BTreeSet<u16>,
    refusal_content: RefusalContent,
    pub(crate) stream: Option<Stream>,
    fields: Map<String, Value>,
}

/// The endpoint, method, route and id of an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Routed<'a> {
    pub(crate) endpoint: &'a ConfiguredEndpoint,
    pub(crate) method: &'a Method,
    pub(crate) template: &'a RouteTemplate,
    pub(crate) id: &'a str,
}

impl Operation {
    pub(crate) fn new(
        routed: Routed<'_>,
        contract: &Contract,
        components: &mut Components,
        security: &mut SecuritySchemes,
    ) -> Self {
        let Routed { endpoint, method, template, .. } = routed;
        let ConfiguredEndpoint { registration, config, .. } = endpoint;
        let words = Words::of(config);
        let request = request_type(endpoint, method, components);
        let plan = plan(endpoint, method, template);
        let properties = request.root.get("properties").and_then(Value::as_object).cloned();
        let resolved = |schema: &Value| components.resolve_request(schema).0.clone();
        let mut parameters =
            parameters(template, plan.field_sources(), &properties.unwrap_or_default(), &resolved);
        words.taken_headers.iter().for_each(|taken| add_taken_header(&mut parameters, taken));
        let kind = config.stream_kind(method);
        let streams = registration.streams != Streams::Never;
        if streams && kind == StreamKind::ForEventSource {
            add_header(&mut parameters, last_event_id());
        }
        let body = body(&request, &plan, &words, components);
        let refusing = Refusing {
            contract,
            registration,
            config,
            method,
            template,
            plan: &plan,
            has_body: body.is_some() || registration.takes_body,
        };
        let stream = stream(routed, &words, kind, components);
        let mut fields = spoken(routed, streams.then_some(kind), &words);
        if !parameters.is_empty() {
            fields.insert("parameters".to_owned(), parameters.into());
        }
        let needed = security.needed(contract, config, method);
        fields.insert("security".to_owned(), needed.into());
        let (_, _, tags) = config.words();
        Self {
            path: path(template),
            method: method.clone(),
            tags: unique(tags),
            place: format!("`{}` ({})", registration.type_name(), registration.declared),
            answers: answers(registration, &words, !config.links().is_empty(), components),
            refusals: statuses(refusing, &words),
            refusal_content: RefusalContent::of(config, &words, contract, components),
            body,
            words,
            takes_unparsed: request.takes_unparsed,
            streams: streams.then_some(kind),
            stream,
            fields,
        }
    }

    /// Returns the statuses of the operation's refusals whose responses are shared by all
    /// operations.
    pub(crate) fn shared_refusals(&self) -> impl Iterator<Item = u16> {
        let is_shared = matches!(self.refusal_content, RefusalContent::Problem);
        self.refusals
            .iter()
            .copied()
            .filter(move |status| is_shared && self.answer(*status).is_none())
            .filter(|status| !self.words.are_about(*status))
    }

    /// Returns the schema of the JSON content of the response with this status, or `None` if it has
    /// no JSON content.
    pub(crate) fn json_of(&self, status: u16, problem: &Value) -> Option<Value> {
        let of_answer = self.answer(status).and_then(|answer| answer.content.get(JSON));
        let refusal =
            self.refusals.contains(&status).then(|| self.refusal_content.content(problem));
        let of_refusal = || json_content(refusal.as_ref()?).map(|(_, content)| content);
        of_answer.or_else(of_refusal)?.get("schema").cloned()
    }

    /// Removes the form media types from a body that may also be JSON.
    pub(crate) fn omit_forms(&mut self) {
        let content = self.body.as_mut().and_then(|body| body.get_mut("content"));
        if let Some(Value::Object(content)) = content
            && content.contains_key(JSON)
        {
            content.retain(|media_type, _| media_type == JSON);
        }
    }

    /// Returns whether the operation has a response with this status, including refusals.
    pub(crate) fn sends(&self, status: u16) -> bool {
        self.answer(status).is_some() || self.refusals.contains(&status)
    }

    fn answer(&self, status: u16) -> Option<&Answer> {
        self.answers.iter().find(|answer| answer.status == status)
    }

    /// Returns the Response Object of a refusal. For a problem document, this is a reference to the
    /// shared response, unless a header or an example is declared for the status.
    fn refusal(&self, status: u16, problem: &Value) -> Value {
        if !self.words.are_about(status) {
            return self.refusal_content.response(status);
        }
        let mut own = self.refusal_content.own_response(status, problem);
        add_headers(&mut own, headers(status, &self.words, false));
        add_examples(&mut own, &self.words, Some(status));
        own
    }

    /// Returns the Operation Object in this version of OpenAPI.
    pub(crate) fn written(&self, dialect: Dialect, problem: &Value) -> Value {
        let mut fields = self.fields.clone();
        let mut responses = Map::new();
        for answer in &self.answers {
            let mut response = answer.response(self.stream.as_ref(), dialect);
            if self.refusals.contains(&answer.status)
                && let Some(own) = response.as_object_mut()
                && let Some(content) = own.entry("content").or_insert(json!({})).as_object_mut()
            {
                content.extend(self.refusal_content.content(problem));
            }
            add_examples(&mut response, &self.words, Some(answer.status));
            responses.insert(answer.status.to_string(), response);
        }
        for status in &self.refusals {
            let response = || self.refusal(*status, problem);
            responses.entry(status.to_string()).or_insert_with(response);
        }
        fields.insert("responses".to_owned(), responses.into());
        if let Some(mut body) = self.body.clone() {
            add_examples(&mut body, &self.words, None);
            fields.insert("requestBody".to_owned(), body);
        }
        fields.into()
    }
}

/// Returns the media type and content of the JSON in a map of contents: `application/json`,
/// otherwise a media type that ends in `+json`. Returns `None` if neither is present.
fn json_content(content: &Map<String, Value>) -> Option<(&String, &Value)> {
    let formats = || content.iter().find(|(media_type, _)| media_type.ends_with("+json"));
    content.get_key_value(JSON).or_else(formats)
}

/// Adds headers to a response.
fn add_headers(response: &mut Value, headers: Map<String, Value>) {
    if headers.is_empty() {
        return;
    }
    if let Some(known) = response.get_mut("headers").and_then(Value::as_object_mut) {
        known.extend(headers);
    } else {
        set(response, "headers", headers);
    }
}

/// Adds the examples of a body to its JSON content.
fn add_examples(body: &mut Value, words: &Words, status: Option<u16>) {
    let mut examples = Map::new();
    // The first example with a name is set by the innermost level, which takes precedence.
    for example in words.examples.iter().filter(|example| example.status == status) {
        if let Ok(value) = &example.value {
            examples.entry(example.name.clone()).or_insert_with(|| json!({ "value": value }));
        }
    }
    let content = body.get_mut("content").and_then(Value::as_object_mut);
    let Some(content) = content.filter(|_| !examples.is_empty()) else {
        return;
    };
    let media_type = json_content(content).map(|(media_type, _)| media_type.clone());
    if let Some(json) = media_type.and_then(|media_type| content.get_mut(&media_type)) {
        set(json, "examples", examples);
    }
}

pub(crate) fn request_type(
    endpoint: &ConfiguredEndpoint,
    method: &Method,
    components: &mut Components,
) -> RequestType {
    let ConfiguredEndpoint { registration, .. } = endpoint;
    let types = registration.contract();
    let schema = (types.request)(components.of_requests()).map(schemars::Schema::to_value);
    let (root, name) = match &schema {
        Some(schema) => components.resolve_request(schema),
        None => (&Value::Null, None),
    };
    let (root, name) = (root.clone(), name.map(str::to_owned));
    // A type that implements `FromRequest` itself may read the body.
    let takes_unparsed =
        registration.takes_body || schema.is_none() && !(types.is_without_request)();
    let has_content = ![Method::GET, Method::HEAD, Method::TRACE].contains(method);
    RequestType { schema, root, name, media_type: types.media_type, takes_unparsed, has_content }
}

pub(crate) fn plan(
    endpoint: &ConfiguredEndpoint,
    method: &Method,
    template: &RouteTemplate,
) -> BindingPlan {
    let ConfiguredEndpoint { registration, config, .. } = endpoint;
    let plan = BindingPlan::new(PlanFor {
        method,
        params: template.params(),
        schema: registration.request_schema().as_ref(),
        takes_body: registration.takes_body,
        is_anonymous: config.access().is_anonymous(method),
    });
    // The host reports the errors of the plan.
    plan.0
}

fn stream(
    routed: Routed<'_>,
    words: &Words,
    kind: StreamKind,
    components: &mut Components,
) -> Option<Stream> {
    let registration = &routed.endpoint.registration;
    if registration.streams == Streams::Never {
        return None;
    }
    let events = match words.events {
        Some(events) => events(components.of_answers()),
        None => registration.contract().events(components.of_answers()),
    };
    let is_bare = matches!(events, StreamedEvents::Unknown) && words.has_own_events;
    let events = match is_bare && words.event_name.is_some() {
        true => StreamedEvents::Unnamed(json_schema!({})),
        false => events,
    };
    let error = error_event(words, kind)
        .map(|event| (event.name.clone(), (event.schema)(components.of_answers()).to_value()));
    let sent = SentEvents { events, name: words.event_name.as_deref(), error };
    Some(Stream::new(sent, routed.id, kind, components))
}

/// Returns the event that a failing stream sends last, or `None` if no event is declared. On a
/// stream for `EventSource`, ignores an event of a group or the host with a reserved or invalid
/// name.
fn error_event(words: &Words, kind: StreamKind) -> Option<&ErrorEvent> {
    let fits = |event: &&ErrorEvent| {
        event.is_own
            || kind != StreamKind::ForEventSource
            || EventName::parse(&event.name).is_ok_and(|name| name.check_unreserved().is_ok())
    };
    words.error_event.as_ref().filter(fits)
}

/// Returns the descriptive fields of an operation: id, summary, description, tags, deprecation.
fn spoken(routed: Routed<'_>, streams: Option<StreamKind>, words: &Words) -> Map<String, Value> {
    let ConfiguredEndpoint { registration, config, .. } = routed.endpoint;
    let (_, _, tags) = config.words();
    let (summary, description) = headline(routed.endpoint);
    let summary = summary.unwrap_or_else(|| spaced(routed.id));
    let deprecation =
        config.deprecation().map(|_| "Deprecated: see the header `Deprecation`.".to_owned());
    let parts = [
        description,
        streams.filter(|_| registration.streams == Streams::ByRequest).map(|_| {
            "The response is data or an event stream, depending on the request.".to_owned()
        }),
        streams.map(|kind| manual(kind, error_event(words, kind))),
        in_words(config, routed.method),
        deprecation,
    ];
    let parts: Vec<_> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let mut fields = Map::new();
    let mut add = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    add("operationId", routed.id.into());
    add("summary", summary.trim_end_matches('.').into());
    if !parts.is_empty() {
        add("description", parts.join("\n\n").into());
    }
    if !tags.is_empty() {
        add("tags", unique(tags).into());
    }
    if config.deprecation().is_some() {
        add("deprecated", true.into());
    }
    fields
}

/// Returns the summary and the description of an endpoint: as configured, or the first paragraph
/// and the rest of its doc comment.
pub(crate) fn headline(endpoint: &ConfiguredEndpoint) -> (Option<String>, Option<String>) {
    let (summary, description, _) = endpoint.config.words();
    let docs = endpoint.registration.contract().docs.unwrap_or_default();
    let (first, rest) = docs.split_once("\n\n").unwrap_or((docs, ""));
    let own = |text: String| Some(text).filter(|text| !text.is_empty());
    let summary =
        summary.map_or_else(|| own(first.replace('\n', " ")), |text| Some(text.to_owned()));
    let description =
        description.map_or_else(|| own(rest.to_owned()), |text| Some(text.to_owned()));
    (summary, description)
}

/// Converts `placeOrder` to `Place order`.
fn spaced(id: &str) -> String {
    id.chars().enumerate().fold(String::new(), |mut text, (index, c)| {
        match c.is_uppercase() && index > 0 {
            true => text.extend([' '].into_iter().chain(c.to_lowercase())),
            false if index == 0 => text.extend(c.to_uppercase()),
            false => text.push(c),
        }
        text
    })
}

fn unique(tags: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    tags.iter().filter(|tag| seen.insert(*tag)).cloned().collect()
}
