//! A tool: an endpoint with one route that is offered to agents.

use http::{Method, Uri};
use hyperpoint_core::StreamKind;
use hyperpoint_core::endpoint::Streams;
use hyperpoint_host::Contract;
use hyperpoint_openapi::DescribedCall;
use serde_json::{Map, Value, json};

use crate::arguments::Arguments;
use crate::header_arguments::{HeaderArgument, header_arguments};
use crate::param_headers::{ParamHeader, param_headers};
use crate::revision::Revision;
use crate::tool_name::fault;
use crate::words::{Hints, ToolWords};

/// An endpoint that is offered as a tool.
#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) call: DescribedCall,
    pub(crate) result_event: Option<String>,
    pub(crate) param_headers: Vec<ParamHeader>,
    pub(crate) header_arguments: Vec<HeaderArgument>,
    /// The names of the route parameters and of the fields with a `from` type, or `None` if the
    /// other arguments are not the members of a JSON body.
    pub(crate) outside_body: Option<Vec<String>>,
    /// The request target of every call if the JSON body contains all arguments, or `None`
    /// otherwise.
    pub(crate) target: Option<Uri>,
    /// The tool's entry in the result of `tools/list`, without the output schema.
    entry: Value,
    output: Option<Value>,
}

impl Tool {
    /// Creates the tool of a described call. Returns it with its configuration errors, as texts
    /// that follow the name of the endpoint.
    pub(crate) fn new(
        mut call: DescribedCall,
        words: &ToolWords,
        contract: &Contract,
    ) -> (Self, Vec<String>) {
        let name = words.name.clone().unwrap_or_else(|| call.id.clone());
        let (header_arguments, of_headers) = header_arguments(&mut call, words, contract);
        let (param_headers, wrong) = param_headers(&call.input);
        let mut faults: Vec<_> =
            call.faults.iter().map(|fault| format!("is a tool, but {fault}")).collect();
        faults.extend(of_headers);
        faults.extend(fault(&name));
        faults.extend(wrong);
        faults.extend(fault_of_result_event(&call, words));
        let output = match &words.result_event {
            Some(event) => call.events.iter().find(|(name, _)| name == event).map(|(_, data)| data),
            None => call.output.as_ref(),
        };
        let output = output.cloned();
        let entry = entry(&name, &call, words);
        let result_event = words.result_event.clone();
        let outside_body = call.plan.outside_body(&call.template);
        let is_fixed = outside_body.as_ref().is_some_and(Vec::is_empty);
        let target = is_fixed.then(|| call.template.encoded().parse().ok()).flatten();
        let tool = Self {
            name,
            call,
            result_event,
            param_headers,
            header_arguments,
            outside_body,
            target,
            entry,
            output,
        };
        (tool, faults)
    }

    /// Returns the tool's entry in the result of `tools/list`, with the output schema if the
    /// revision allows it.
    pub(crate) fn entry(&self, revision: Revision) -> Value {
        let mut entry = self.entry.clone();
        if let (Some(output), Some(entry)) = (self.output(revision), entry.as_object_mut()) {
            entry.insert("outputSchema".to_owned(), output.clone());
        }
        entry
    }

    /// Returns the output schema, or `None` if the tool has none or the revision does not allow it.
    /// MCP revisions before 2026-07-28 allow only schemas of objects.
    pub(crate) fn output(&self, revision: Revision) -> Option<&Value> {
        let is_object = |schema: &&Value| schema.get("type").is_some_and(|kind| kind == "object");
        self.output.as_ref().filter(|schema| revision.is_stateless() || is_object(schema))
    }

    /// Returns whether the response of the endpoint is always, sometimes or never an event stream.
    pub(crate) fn streams(&self) -> Streams {
        self.call.endpoint.registration.streams
    }

    /// Returns whether the host adds its own events, such as `ready` and `problem`, to the
    /// endpoint's event stream, for clients with `EventSource`.
    pub(crate) fn is_for_event_source(&self) -> bool {
        self.call.endpoint.config.stream_kind(&self.call.method) == StreamKind::ForEventSource
    }

    /// Returns the name of the first argument that the input schema does not allow, or `None` if it
    /// allows all.
    pub(crate) fn unknown<'a>(&self, arguments: &'a Arguments<'_>) -> Option<&'a str> {
        let input = &self.call.input;
        if input.get("additionalProperties").is_none_or(|others| others != false) {
            return None;
        }
        let known = input.get("properties").and_then(Value::as_object);
        let is_known = |name: &str| known.is_some_and(|known| known.contains_key(name));
        arguments.names().find(|name| !is_known(name))
    }
}

fn fault_of_result_event(call: &DescribedCall, words: &ToolWords) -> Option<String> {
    let event = words.result_event.as_ref()?;
    if call.endpoint.registration.streams == Streams::Never {
        return Some(format!(
            "sets the result event `{event}`, but the response is not an event stream; remove it"
        ));
    }
    let is_known = call.events.is_empty() || call.events.iter().any(|(name, _)| name == event);
    (!is_known).then(|| {
        let known: Vec<_> = call.events.iter().map(|(name, _)| format!("`{name}`")).collect();
        format!(
            "sets the result event `{event}`, which it does not stream; set one of {}",
            known.join(", ")
        )
    })
}

fn entry(name: &str, call: &DescribedCall, words: &ToolWords) -> Value {
    let mut entry = Map::from_iter([("name".to_owned(), json!(name))]);
    let mut add = |name: &str, value: Option<Value>| {
        entry.extend(value.map(|value| (name.to_owned(), value)));
    };
    let summary = call.summary.as_deref().map(|text| text.trim_end_matches('.'));
    add("title", words.title.as_deref().or(summary).map(Value::from));
    let own = words.description.clone().or_else(|| described(call));
    add("description", own.map(Value::from));
    add("inputSchema", Some(call.input.clone()));
    add("annotations", Some(annotations(&call.method, words.hints)));
    entry.into()
}

/// Returns the summary and the description as one text, or `None` if both are absent.
fn described(call: &DescribedCall) -> Option<String> {
    let parts = [&call.summary, &call.description];
    let parts: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

/// Returns the annotations of a tool: the configured hints, or else those of its method (RFC 9110
/// §9.2).
fn annotations(method: &Method, hints: Hints) -> Value {
    let is_read = matches!(method.as_str(), "GET" | "HEAD" | "QUERY");
    let is_idempotent = is_read || [Method::PUT, Method::DELETE].contains(method);
    let replaces = [Method::PUT, Method::PATCH, Method::DELETE].contains(method);
    let is_read_only = hints.read_only.unwrap_or(is_read);
    let mut found = json!({ "readOnlyHint": is_read_only });
    let mut add = |name: &str, value: Option<bool>| {
        if let (Some(value), Some(found)) = (value, found.as_object_mut()) {
            found.insert(name.to_owned(), value.into());
        }
    };
    if !is_read_only {
        add("destructiveHint", hints.destructive.or(replaces.then_some(true)));
        add("idempotentHint", Some(hints.idempotent.unwrap_or(is_idempotent)));
    }
    add("openWorldHint", hints.open_world);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_has_hints_and_configured_ones_come_first() {
        let of = |method, hints| annotations(&method, hints);
        assert_eq!(of(Method::GET, Hints::default()), json!({ "readOnlyHint": true }));
        assert_eq!(
            of(Method::POST, Hints::default()),
            json!({ "readOnlyHint": false, "idempotentHint": false })
        );
        assert_eq!(
            of(Method::DELETE, Hints::default()),
            json!({ "readOnlyHint": false, "destructiveHint": true, "idempotentHint": true })
        );
        let hints = Hints {
            destructive: Some(false),
            idempotent: Some(true),
            open_world: Some(true),
            ..Hints::default()
        };
        assert_eq!(
            of(Method::POST, hints),
            json!({
                "readOnlyHint": false, "destructiveHint": false, "idempotentHint": true,
                "openWorldHint": true,
            })
        );
    }
}
