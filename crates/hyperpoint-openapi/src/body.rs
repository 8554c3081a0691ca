//! The body of a request.

use hyperpoint_core::bind::{BindingPlan, FieldPlace};
use serde_json::{Map, Value, json};

use crate::components::Components;
use crate::ids::pascal;
use crate::rewriting::{set, take_description, without_null};
use crate::words::Words;

const JSON: &str = "application/json";

/// The schema, name and media type of a request type.
#[derive(Debug)]
pub(crate) struct RequestType {
    /// The schema of the type or a reference to it, or `None` if the type is `()` or implements
    /// `FromRequest` itself.
    pub(crate) schema: Option<Value>,
    /// `schema` with its reference resolved, or null if `schema` is `None`.
    pub(crate) root: Value,
    /// The name of the schema, or `None` if `schema` is not a reference.
    pub(crate) name: Option<String>,
    /// The media type of the body, if the type reads the body unparsed and has a fixed media type.
    pub(crate) media_type: Option<&'static str>,
    /// Whether the type may read the body unparsed.
    pub(crate) takes_unparsed: bool,
    /// Whether requests with the operation's method may have content: `false` for GET, HEAD and
    /// TRACE. The content of a GET has no defined meaning (RFC 9110 §9.3.1).
    pub(crate) has_content: bool,
}

/// Returns the Request Body Object of an operation, or `None` if the operation has no body or reads
/// an unparsed body of unknown media type.
pub(crate) fn body(
    request: &RequestType,
    plan: &BindingPlan,
    words: &Words,
    components: &mut Components,
) -> Option<Value> {
    if request.takes_unparsed {
        let stated = words.media_types.iter().map(|taken| taken.media_type.as_str());
        let media_types: Vec<_> = match words.media_types.is_empty() {
            true => request.media_type.into_iter().collect(),
            false => stated.collect(),
        };
        if media_types.is_empty() {
            return None;
        }
        return request.has_content.then(|| unparsed(media_types.into_iter()));
    }
    let media_types = plan.content_types()?;
    let schema = request.schema.as_ref()?;
    let properties = request.root.get("properties").and_then(Value::as_object);
    let whole = plan.field_sources().find(|field| field.place == FieldPlace::WholeBody);
    let (mut schema, is_required) = match whole {
        Some(field) => {
            let property = properties.and_then(|all| all.get(field.name)).cloned();
            (without_null(&property.unwrap_or_default()), field.is_required)
        }
        None => of_fields(request, schema, plan, components),
    };
    // A description next to a reference describes the field, not the referenced type.
    let description = match schema.get("$ref") {
        Some(_) => take_description(&mut schema),
        None => schema.get("description").and_then(Value::as_str).map(str::to_owned),
    };
    let own = || request.root.get("description").and_then(Value::as_str).map(str::to_owned);
    let forms = form_encoding(&schema, components);
    let is_json_alone = media_types == JSON;
    let has_json = media_types.split(", ").any(|one| one == JSON);
    let media = |media_type: &str| {
        let mut media = json!({ "schema": schema });
        match &forms {
            _ if media_type == JSON => {}
            Some(encoding) if encoding.is_empty() => {}
            Some(encoding) => set(&mut media, "encoding", encoding.clone()),
            // OpenAPI cannot describe how such a form is encoded.
            None if has_json && !is_json_alone => return None,
            None => {}
        }
        Some((media_type.to_owned(), media))
    };
    let content: Map<_, _> = media_types.split(", ").filter_map(media).collect();
    let mut body = json!({ "content": content, "required": is_required });
    if let Some(text) = description.or_else(own) {
        set(&mut body, "description", text);
    }
    Some(body)
}

/// Returns the encoding of a form's object fields, such as `filter[name]=x`. Returns `None` if the
/// schema lists no fields, or if OpenAPI cannot describe the encoding: for lists of objects, and
/// for objects within objects.
fn form_encoding(schema: &Value, components: &Components) -> Option<Map<String, Value>> {
    let (root, _) = components.resolve(schema);
    let properties = root.get("properties").and_then(Value::as_object)?;
    let mut encoding = Map::new();
    for (name, property) in properties {
        let is_list_of_texts =
            |schema: &Value| schema.get("items").is_some_and(|items| is_text(items, components));
        let property = without_null(property);
        let (property, _) = components.resolve(&property);
        if is_text(property, components) || is_list_of_texts(property) {
            continue;
        }
        let parts = property.get("properties").and_then(Value::as_object);
        let mut parts = parts.into_iter().flat_map(|parts| parts.values());
        let others = property.get("additionalProperties").filter(|others| !others.is_boolean());
        if !is_of(property, "object")
            || !parts.by_ref().chain(others).all(|part| is_text(part, components))
        {
            return None;
        }
        encoding.insert(name.clone(), json!({ "style": "deepObject", "explode": true }));
    }
    Some(encoding)
}

/// Returns whether a form encodes each value of this schema as a single string.
fn is_text(schema: &Value, components: &Components) -> bool {
    let schema = without_null(schema);
    let (schema, _) = components.resolve(&schema);
    let choices = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
    if let Some(choices) = choices {
        return choices.iter().all(|one| is_text(one, components));
    }
    let kinds = ["string", "integer", "number", "boolean"];
    kinds.iter().any(|kind| is_of(schema, kind))
        || schema.get("enum").or(schema.get("const")).is_some()
}

fn is_of(schema: &Value, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(|one| one == kind),
        Some(one) => one == kind,
        None => false,
    }
}

fn unparsed<'m>(media_types: impl Iterator<Item = &'m str>) -> Value {
    let media = |media_type: &str| {
        let schema = match media_type {
            "multipart/form-data" => json!({ "type": "object" }),
            text if text.starts_with("text/") => json!({ "type": "string" }),
            _ => json!({ "type": "string", "format": "binary" }),
        };
        (media_type.to_owned(), json!({ "schema": schema }))
    };
    let content: Map<_, _> = media_types.map(media).collect();
    json!({ "content": content, "required": true })
}

/// Returns the schema of a body, and whether the body is required. The schema contains only the
/// fields of the request type that are bound from the body.
fn of_fields(
    request: &RequestType,
    schema: &Value,
    plan: &BindingPlan,
    components: &mut Components,
) -> (Value, bool) {
    let fields: Vec<_> = plan.field_sources().collect();
    let is_object = request.root.get("properties").is_some();
    let is_required = !is_object
        || fields.iter().any(|field| field.place == FieldPlace::Body && field.is_required);
    let elsewhere: Vec<_> = fields
        .iter()
        .filter(|field| field.place != FieldPlace::Body)
        .map(|field| field.name)
        .collect();
    if elsewhere.is_empty() {
        return (schema.clone(), is_required);
    }
    let mut own = request.root.clone();
    if let Some(Value::Object(properties)) = own.get_mut("properties") {
        properties.retain(|name, _| !elsewhere.contains(&&**name));
    }
    if let Some(Value::Array(required)) = own.get_mut("required") {
        required.retain(|name| name.as_str().is_none_or(|name| !elsewhere.contains(&name)));
    }
    if let Some(object) = own.as_object_mut() {
        object.retain(|key, value| {
            key != "required" || value.as_array().is_none_or(|list| !list.is_empty())
        });
    }
    match &request.name {
        Some(name) => (components.add(&format!("{}Body", pascal(name)), &own), is_required),
        None => (own, is_required),
    }
}
