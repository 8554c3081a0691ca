//! Operations as calls with named arguments, for protocols other than HTTP.

use http::Method;
use hyperpoint_core::bind::{BindingPlan, FieldPlace, FieldSource};
use hyperpoint_core::endpoint::{StreamedEvents, Streams};
use hyperpoint_core::{Config, RouteTemplate};
use hyperpoint_host::{ConfiguredEndpoint, Contract};
use serde_json::{Map, Value, json};

use crate::answers::{Answer, answers};
use crate::body::RequestType;
use crate::components::Components;
use crate::ids::{Unnamed, ids};
use crate::operation::{headline, plan, request_type};
use crate::parameters::parameters;
use crate::rewriting::{each_object, set, take_description, without_null};
use crate::words::Words;

/// The JSON Schema dialect of the schemas. The schema of the arguments names the dialect, because
/// clients of older protocol versions would otherwise assume another one.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The keywords that combine subschemas. A subschema may define fields that `properties` does not
/// list.
const COMPOSITIONS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// The keywords that are not copied from the schema of the request type to the schema of the
/// arguments: they describe the type itself, or list its fields, some of which are not arguments.
const OF_FIELDS: [&str; 6] = ["$schema", "description", "properties", "required", "title", "type"];

/// An operation described as a call: a name, and the schemas of its arguments and its result.
#[derive(Debug)]
#[non_exhaustive]
pub struct DescribedCall {
    /// The operation id, as in OpenAPI documents.
    pub id: String,
    /// The endpoint's type, file and line, for configuration errors.
    pub place: String,
    /// The endpoint with its effective configuration.
    pub endpoint: ConfiguredEndpoint,
    /// The HTTP method.
    pub method: Method,
    /// The route template.
    pub template: RouteTemplate,
    /// The source of each field of the request.
    pub plan: BindingPlan,
    /// The summary: as configured, otherwise the first paragraph of the doc comment, if any.
    pub summary: Option<String>,
    /// The description: as configured, otherwise the rest of the doc comment, if any.
    pub description: Option<String>,
    /// The schema of the arguments: an object.
    pub input: Value,
    /// The headers of the request: header fields of the request type, and headers declared with
    /// `takes_header`.
    pub headers: Vec<DescribedHeader>,
    /// The schema of the response data. `None` if the response may be an event stream, if a
    /// successful response may have no content or content other than JSON, or if no successful
    /// response is known.
    pub output: Option<Value>,
    /// The names of the streamed events, with the schema of their data. Empty if the response is
    /// never an event stream, or if the names are unknown.
    pub events: Vec<(String, Value)>,
    /// The reasons why the operation cannot be called with arguments alone, one message each.
    /// Empty if it can be called.
    pub faults: Vec<String>,
}

/// A header of a request.
#[derive(Debug)]
#[non_exhaustive]
pub struct DescribedHeader {
    /// The name, in the spelling of the endpoint.
    pub name: String,
    /// The schema of the value.
    pub schema: Value,
    /// Whether the request fails without the header.
    pub is_required: bool,
}

/// Describes the operations of the endpoints for which `is_wanted` returns true, in the order of
/// their declaration.
#[must_use]
pub fn described_calls(
    contract: &Contract,
    is_wanted: impl Fn(&Config) -> bool,
) -> Vec<DescribedCall> {
    let mut routed = Vec::new();
    for endpoint in &contract.endpoints {
        let words = Words::of(&endpoint.config);
        for (method, route) in endpoint.config.method_routes() {
            // The host reports invalid routes.
            if let Ok(template) = RouteTemplate::parse(route) {
                let id = words.operation_id.clone();
                routed.push((endpoint, method, template, id, words.is_undocumented));
            }
        }
    }
    // Documented operations come first, so that they keep the ids that they have in documents.
    routed.sort_by_key(|(.., is_undocumented)| *is_undocumented);
    let unnamed: Vec<_> = routed
        .iter()
        .map(|(endpoint, method, _, wanted, _)| Unnamed {
            type_name: endpoint.registration.type_name(),
            method,
            wanted: wanted.as_deref(),
        })
        .collect();
    let ids = ids(&unnamed);
    let mut calls: Vec<_> = routed
        .iter()
        .zip(ids)
        .filter(|((endpoint, ..), _)| is_wanted(&endpoint.config))
        .map(|((endpoint, method, template, ..), id)| described(endpoint, method, template, id))
        .collect();
    calls.sort_by_key(|call| call.endpoint.registration.declared);
    calls
}

fn described(
    endpoint: &ConfiguredEndpoint,
    method: &Method,
    template: &RouteTemplate,
    id: String,
) -> DescribedCall {
    let registration = &endpoint.registration;
    let plan = plan(endpoint, method, template);
    let (input, faults) = input(endpoint, method, template, &plan);
    let (summary, description) = headline(endpoint);
    DescribedCall {
        id,
        place: format!("`{}` ({})", registration.type_name(), registration.declared),
        endpoint: endpoint.clone(),
        method: method.clone(),
        template: template.clone(),
        plan: plan.clone(),
        summary,
        description,
        headers: headers(endpoint, method, &plan),
        input,
        output: output(endpoint),
        events: events(endpoint),
        faults,
    }
}

/// Returns the schema of the arguments, and the reasons why the request cannot be built from
/// arguments alone.
fn input(
    endpoint: &ConfiguredEndpoint,
    method: &Method,
    template: &RouteTemplate,
    plan: &BindingPlan,
) -> (Value, Vec<String>) {
    let mut components = Components::new();
    let request = request_type(endpoint, method, &mut components);
    let mut faults = faults_of_type(&request, plan);
    let properties = request.root.get("properties").and_then(Value::as_object);
    let properties = properties.cloned().unwrap_or_default();
    let mut arguments = Map::new();
    let mut required: Vec<Value> = Vec::new();
    for parameter in parameters(template, std::iter::empty(), &properties, &Value::clone) {
        let (Some(name), Some(mut schema)) =
            (parameter.get("name").and_then(Value::as_str), parameter.get("schema").cloned())
        else {
            continue;
        };
        if let Some(text) = parameter.get("description") {
            set(&mut schema, "description", text.clone());
        }
        required.push(name.into());
        arguments.insert(name.to_owned(), schema);
    }
    for field in plan.field_sources() {
        match &field.place {
            FieldPlace::Query | FieldPlace::Body | FieldPlace::WholeBody => {
                let property = properties.get(field.name).cloned().unwrap_or(json!({}));
                let of_query = field.place == FieldPlace::Query;
                let schema = if of_query { without_null(&property) } else { property };
                arguments.insert(field.name.to_owned(), schema);
                if field.is_required {
                    required.push(field.name.into());
                }
            }
            place => faults.extend(fault_of_field(&field, place)),
        }
    }
    let mut schema = json!({ "type": "object" });
    if !arguments.is_empty() {
        set(&mut schema, "properties", arguments);
    }
    if !required.is_empty() {
        set(&mut schema, "required", required);
    }
    copy_rules(&request.root, &mut schema);
    let mut schema = self_contained(schema, components);
    set(&mut schema, "$schema", DIALECT);
    (schema, faults)
}

/// Copies all keywords except [`OF_FIELDS`] from the request type's schema `root` to `schema`. If
/// no keyword concerns unlisted fields, forbids unlisted arguments.
fn copy_rules(root: &Value, schema: &mut Value) {
    let rules = root.as_object().into_iter().flatten();
    let rules = rules.filter(|(keyword, _)| !OF_FIELDS.contains(&keyword.as_str()));
    rules.for_each(|(keyword, value)| set(schema, keyword, value.clone()));
    let of_others = COMPOSITIONS.iter().chain(&["additionalProperties", "patternProperties"]);
    if of_others.into_iter().all(|keyword| root.get(keyword).is_none()) {
        set(schema, "additionalProperties", false);
    }
}

/// Returns the reasons why a request type cannot be built from named arguments.
fn faults_of_type(request: &RequestType, plan: &BindingPlan) -> Vec<String> {
    let mut faults = Vec::new();
    if request.takes_unparsed {
        faults.push(
            "the request type takes an unparsed body, which named arguments cannot express; use a \
             request type with fields"
                .to_owned(),
        );
    }
    if plan.content_types() == Some("multipart/form-data") {
        faults.push(
            "the request type takes files, which named arguments cannot express; use a request type \
             without `from::File`"
                .to_owned(),
        );
    }
    if let Some(schema) = &request.schema {
        let is_object = request.root.get("type").is_some_and(|kind| kind == "object");
        let has_fields = ["properties", "additionalProperties"].iter().chain(&COMPOSITIONS);
        let has_fields = has_fields.into_iter().any(|keyword| request.root.get(keyword).is_some());
        if !schema.is_boolean() && !is_object && !has_fields {
            faults.push(
                "the request type has no fields for the named arguments; use a struct".to_owned(),
            );
        }
    }
    faults
}

/// Returns the reason why the operation cannot be called if this field is a required cookie, which
/// no argument can set. Otherwise returns `None`.
fn fault_of_field(field: &FieldSource<'_>, place: &FieldPlace) -> Option<String> {
    let name = field.name;
    (field.is_required && *place == FieldPlace::Cookie).then(|| {
        format!(
            "the request type requires the cookie `{name}`, which a call does not have; make the field \
             an `Option`"
        )
    })
}

/// Returns the headers of the request. Headers declared with `takes_header` are required.
fn headers(
    endpoint: &ConfiguredEndpoint,
    method: &Method,
    plan: &BindingPlan,
) -> Vec<DescribedHeader> {
    let mut components = Components::new();
    let request = request_type(endpoint, method, &mut components);
    let properties = request.root.get("properties").and_then(Value::as_object);
    let of_fields = plan.field_sources().filter_map(|field| {
        let FieldPlace::Header(_) = &field.place else { return None };
        let property = properties.and_then(|properties| properties.get(field.name));
        let schema = property.map(without_null).unwrap_or(json!({ "type": "string" }));
        let (name, is_required) = (field.name.to_owned(), field.is_required);
        Some(DescribedHeader { name, schema, is_required })
    });
    let mut headers: Vec<_> = of_fields.collect();
    for taken in Words::of(&endpoint.config).taken_headers {
        let is_same = |header: &&mut DescribedHeader| header.name.eq_ignore_ascii_case(&taken.name);
        match headers.iter_mut().find(is_same) {
            Some(known) => known.is_required = true,
            None => headers.push(DescribedHeader {
                schema: json!({
                    "type": "string", "minLength": 1, "description": taken.description,
                }),
                name: taken.name,
                is_required: true,
            }),
        }
    }
    headers
}

/// Returns the schema of the response data, as [`DescribedCall::output`] describes it.
fn output(endpoint: &ConfiguredEndpoint) -> Option<Value> {
    let ConfiguredEndpoint { registration, config, .. } = endpoint;
    if registration.streams != Streams::Never {
        return None;
    }
    let mut components = Components::new();
    let words = Words::of(config);
    let answers = answers(registration, &words, !config.links().is_empty(), &mut components);
    let successes = answers.iter().filter(|answer| (200..300).contains(&answer.status));
    let schemas: Option<Vec<Value>> = successes.map(json_schema).collect();
    let mut schemas = schemas?;
    schemas.dedup();
    let schema = match <[Value; 1]>::try_from(schemas) {
        Ok([single]) => single,
        Err(several) if several.is_empty() => return None,
        Err(several) => json!({ "anyOf": several }),
    };
    Some(self_contained(schema, components))
}

fn json_schema(answer: &Answer) -> Option<Value> {
    let content = answer.content.get("application/json").filter(|_| answer.content.len() == 1)?;
    content.get("schema").cloned()
}

/// Returns the names of the streamed events, with the schema of their data.
fn events(endpoint: &ConfiguredEndpoint) -> Vec<(String, Value)> {
    let ConfiguredEndpoint { registration, config, .. } = endpoint;
    if registration.streams == Streams::Never {
        return Vec::new();
    }
    let words = Words::of(config);
    let mut components = Components::new();
    let events = match words.events {
        Some(events) => events(components.of_answers()),
        None => registration.contract().events(components.of_answers()),
    };
    let named = match events {
        StreamedEvents::Named { events, .. } => events,
        StreamedEvents::Unnamed(schema) => {
            words.event_name.into_iter().map(|name| (name, schema.clone())).collect()
        }
        StreamedEvents::Unknown => Vec::new(),
    };
    let named = named.into_iter().map(|(name, schema)| (name, schema.to_value()));
    let named: Vec<_> = named.collect();
    let all = Value::Object(named.into_iter().collect());
    let Value::Object(mut all) = self_contained(all, components) else { return Vec::new() };
    let shared = all.remove("$defs");
    let of_event = |(name, mut schema): (String, Value)| {
        if let Some(shared) = &shared {
            set(&mut schema, "$defs", shared.clone());
        }
        (name, schema)
    };
    all.into_iter().map(of_event).collect()
}

/// Returns a self-contained schema: adds the schemas that it refers to under `$defs`, and resolves
/// a reference at its root.
fn self_contained(mut schema: Value, components: Components) -> Value {
    let named = components.finish();
    named.rewrite(&mut schema);
    if let Some(name) = schema.get("$ref").and_then(Value::as_str)
        && let Some(name) = name.strip_prefix("#/components/schemas/")
        && let Some(root) = named.schemas.get(name)
    {
        let description = take_description(&mut schema);
        schema = root.clone();
        if let Some(text) = description {
            set(&mut schema, "description", text);
        }
    }
    let mut shared = named.referenced([&schema]);
    if let Some(Value::Object(own)) = schema.get("$defs") {
        shared.extend(own.clone());
    }
    if !shared.is_empty() {
        set(&mut schema, "$defs", shared);
    }
    each_object(&mut schema, &mut |object| {
        if let Some(Value::String(reference)) = object.get_mut("$ref")
            && let Some(name) = reference.strip_prefix("#/components/schemas/")
        {
            *reference = format!("#/$defs/{name}");
        }
    });
    schema
}
