//! Refusals: the statuses with which the host refuses requests of an endpoint, and their schema.

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use hyperpoint_core::bind::BindingPlan;
use hyperpoint_core::endpoint::{Registration, Streams};
use hyperpoint_core::identity::Carrier;
use hyperpoint_core::{Config, RouteTemplate, StreamKind};
use hyperpoint_host::Contract;
use serde_json::{Map, Value, json};

use crate::components::Components;
use crate::ids::pascal;
use crate::rewriting::set;
use crate::words::{ErrorShape, Words};

/// The parts of an operation that determine its refusals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusing<'a> {
    pub(crate) contract: &'a Contract,
    pub(crate) registration: &'a Registration,
    pub(crate) config: &'a Config,
    pub(crate) method: &'a Method,
    pub(crate) template: &'a RouteTemplate,
    pub(crate) plan: &'a BindingPlan,
    pub(crate) has_body: bool,
}

/// Returns the statuses with which the host refuses requests of this operation, and the statuses
/// that `configure` declares.
pub(crate) fn statuses(of: Refusing<'_>, words: &Words) -> BTreeSet<u16> {
    let Refusing { contract, registration, config, method, template, plan, has_body } = of;
    let mut found = BTreeSet::from([500]);
    let mut add_if = |happens: bool, status: u16| {
        if happens {
            found.insert(status);
        }
    };
    let is_closed = !config.access().is_anonymous(method);
    let has_schemes = !contract.schemes.is_empty();
    let names = config.allowed_names();
    let is_for_event_source = config.stream_kind(method) == StreamKind::ForEventSource;
    let streams = registration.streams;
    let always_for_event_source = streams == Streams::Always && is_for_event_source;
    add_if(!(registration.contract().is_without_request)(), 400);
    add_if(is_closed, 401);
    add_if(is_closed && !config.access().requirements().is_empty(), 403);
    add_if(names.limits_origins() || contract.allowed_names.limits_origins(), 403);
    // The host refuses an unsafe request with a cookie if it may come from a page of another
    // origin.
    add_if(reads_cookies(contract) && !method.is_safe(), 403);
    add_if(template.constraints().iter().any(Option::is_some), 404);
    add_if(always_for_event_source, 406);
    add_if(has_body, 408);
    add_if(has_body, 413);
    add_if(plan.content_types().is_some(), 415);
    add_if(names.limits_hosts() || contract.allowed_names.limits_hosts(), 421);
    let is_limited = !config.rate_limits().is_empty()
        || streams != Streams::Never && !config.stream_limits().is_empty()
        || is_closed && has_schemes && contract.limits_authentication;
    add_if(is_limited && !always_for_event_source, 429);
    add_if(streams != Streams::Never && !is_for_event_source, 503);
    found.extend(&words.refusals);
    found
}

fn reads_cookies(contract: &Contract) -> bool {
    let mut carriers = contract.schemes.iter().flat_map(|scheme| &scheme.carriers);
    carriers.any(|carrier| matches!(carrier, Carrier::Cookie(_)))
}

/// The content of refusals.
#[derive(Debug)]
pub(crate) enum RefusalContent {
    /// Problem documents (RFC 9457). Operations refer to one shared response for each status.
    Problem,
    /// The media type and schema that [`Describe::errors`](crate::Describe::errors) sets.
    Shape(String, Value),
    /// An error format of the application, whose content is unknown.
    Unknown,
}

impl RefusalContent {
    pub(crate) fn of(
        config: &Config,
        words: &Words,
        contract: &Contract,
        components: &mut Components,
    ) -> Self {
        match &words.errors {
            Some(ErrorShape { media_type, schema }) => {
                let schema = schema(components.of_answers()).to_value();
                Self::Shape(media_type.clone(), schema)
            }
            None if config.own_error_format().is_set() || contract.has_error_format => {
                Self::Unknown
            }
            None => Self::Problem,
        }
    }

    /// Returns the Response Object of a refusal with this status. For a problem document, returns a
    /// reference to the shared response.
    pub(crate) fn response(&self, status: u16) -> Value {
        match self {
            Self::Problem => {
                json!({ "$ref": format!("#/components/responses/{}", response_name(status)) })
            }
            Self::Shape(media_type, schema) => response(status, Some((media_type, schema))),
            Self::Unknown => response(status, None),
        }
    }

    /// Returns the Response Object of a refusal with this status, to which headers and examples can
    /// be added.
    pub(crate) fn own_response(&self, status: u16, problem: &Value) -> Value {
        match self {
            Self::Problem => response(status, Some(("application/problem+json", problem))),
            Self::Shape(..) | Self::Unknown => self.response(status),
        }
    }

    /// Returns the content of refusals, to be added to the content of a response with the same
    /// status.
    pub(crate) fn content(&self, problem: &Value) -> Map<String, Value> {
        let (media_type, schema) = match self {
            Self::Problem => ("application/problem+json", problem),
            Self::Shape(media_type, schema) => (&**media_type, schema),
            Self::Unknown => return Map::new(),
        };
        Map::from_iter([(media_type.to_owned(), json!({ "schema": schema }))])
    }
}

/// Returns the shared responses with a problem document, for these statuses.
pub(crate) fn shared_responses(statuses: &BTreeSet<u16>, problem: &Value) -> Map<String, Value> {
    let shared = |status: &u16| {
        let content = ("application/problem+json", problem);
        (response_name(*status), response(*status, Some(content)))
    };
    statuses.iter().map(shared).collect()
}

/// Returns the schema of a problem document.
pub(crate) fn problem_schema() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let field = json!({
        "type": "object",
        "required": ["name", "reason", "code"],
        "properties": {
            "name": text("The path of the field, such as `lines[0].item`."),
            "reason": text("A human-readable description of the error."),
            "code": text("A machine-readable code of the error."),
        },
    });
    json!({
        "type": "object",
        "description": "A problem document (RFC 9457).",
        "required": ["type", "title", "status"],
        "properties": {
            "type": {
                "type": "string",
                "format": "uri-reference",
                "description": "A URI reference that identifies the problem type.",
            },
            "title": text("A human-readable summary of the problem type."),
            "status": { "type": "integer", "description": "The status of the response." },
            "detail": text("A human-readable explanation of the problem with this request."),
            "instance": text("The path of the request."),
            "traceId": text("The trace id of the request, which the server also logs."),
            "errors": { "type": "array", "items": field, "description": "The invalid fields." },
            "moreErrors": {
                "type": "integer",
                "minimum": 1,
                "description": "The number of invalid fields that `errors` does not list.",
            },
        },
    })
}

fn response(status: u16, content: Option<(&str, &Value)>) -> Value {
    let mut response = json!({ "description": reason(status) });
    let header =
        |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    match status {
        401 => {
            let text = "How to authenticate (RFC 9110 §11.6.1).";
            set(&mut response, "headers", json!({ "WWW-Authenticate": header(text) }));
        }
        429 | 503 => {
            let text = "Seconds to wait before the next request.";
            set(&mut response, "headers", json!({ "Retry-After": header(text) }));
        }
        _ => {}
    }
    if let Some((media_type, schema)) = content {
        set(&mut response, "content", json!({ media_type: { "schema": schema } }));
    }
    response
}

fn response_name(status: u16) -> String {
    let known = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    known.map_or_else(|| format!("Status{status}"), pascal)
}

/// Returns the reason phrase of a status.
pub(crate) fn reason(status: u16) -> String {
    let known = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    known.map_or_else(|| format!("Status {status}"), str::to_owned)
}
