//! The configuration errors of a request type on a route: one message each, with a suggested fix.

use http::HeaderName;
use serde_json::Value;

use super::from::Source;
use super::plan_for::PlanFor;
use super::schema::{Scalar, SchemaField, SchemaFields, has_nested_sources};
use super::shapes::ShapeReader;

/// Returns the configuration errors of a request type that is not an object. `is_query` is `true`
/// if the type is bound from the query.
pub(super) fn of_no_object(schema: &Value, params: &[String], is_query: bool) -> Vec<String> {
    let mut errors = nested(schema);
    if is_query || !params.is_empty() {
        let source = if is_query { "the query" } else { "the route" };
        errors.push(format!(
            "the request type is not an object, but its fields come from {source}; write a struct"
        ));
    }
    errors
}

/// Returns the configuration errors of a request type that is an object.
pub(super) fn of_fields(fields: &SchemaFields, schema: &Value, on: PlanFor<'_>) -> Vec<String> {
    let mut errors = nested(schema);
    errors.extend(lost_params(fields, on.params));
    let mut shapes = ShapeReader::new(schema);
    for field in &fields.list {
        let shape = shapes.add_field(schema, &field.name);
        errors.extend(of_field(field, on, shapes.contains(shape, Scalar::Mixed)));
        if shapes.contains(shape, Scalar::File) {
            errors.extend(of_file(field, on));
        }
    }
    errors.extend(of_body(fields, on));
    errors
}

fn nested(schema: &Value) -> Vec<String> {
    let of_itself = schema.get(Source::KEYWORD).and_then(Value::as_str).and_then(Source::of_word);
    if let Some(source) = of_itself {
        let name = source.newtype().trim_start_matches("hyperpoint::");
        return vec![format!(
            "the request type is itself a `{name}`; use a struct with one field of this type"
        )];
    }
    let text = "the request type has a `from` type within the type of a field; use `from` types \
                only for the fields of the request type itself and of the types that it flattens";
    has_nested_sources(schema).then(|| text.to_owned()).into_iter().collect()
}

/// Returns an error for each route parameter that has no field of the same name in the request
/// type.
fn lost_params(fields: &SchemaFields, params: &[String]) -> Vec<String> {
    let is_known = |param: &String| fields.list.iter().any(|field| field.name == *param);
    let lost = params.iter().filter(|param| !fields.is_open && !is_known(param));
    let describe = |param: &String| {
        format!(
            "the route parameter `{{{param}}}` has no field in the request type; \
             add a field `{param}`, or rename a field to `{param}`",
        )
    };
    lost.map(describe).collect()
}

/// Checks a field independently of the other fields, and returns its first configuration error.
/// `is_mixed` is `true` if the value, or a value nested in it, may have one of several types.
fn of_field(field: &SchemaField, on: PlanFor<'_>, is_mixed: bool) -> Option<String> {
    let SchemaField { name, source, kind, is_required, is_nullable } = field;
    let is_of_route = on.params.contains(name);
    let is_text = match source {
        _ if is_of_route => true,
        Some(Source::Query | Source::Header | Source::Cookie) => true,
        Some(_) => false,
        None => on.reads_query(),
    };
    let is_of_query = !is_of_route && matches!(source, None | Some(Source::Query));
    match source {
        Some(source) if is_of_route => Some(format!(
            "field `{name}` is a route parameter, but its type takes it from the {}; rename it, or \
             remove the `from` type",
            source.word()
        )),
        Some(Source::Header) if name.parse::<HeaderName>().is_err() => Some(format!(
            "field `{name}` can't be the name of a header; rename it with \
             `#[serde(rename = \"…\")]`"
        )),
        Some(Source::Cookie) if name.parse::<HeaderName>().is_err() => Some(format!(
            "field `{name}` can't be the name of a cookie; rename it with \
             `#[serde(rename = \"…\")]`"
        )),
        Some(Source::Claim) if on.is_anonymous && *is_required && !*is_nullable => Some(format!(
            "field `{name}` comes from a claim, and anonymous users have none; remove \
             `config.allow_anonymous()`, or make it `from::Claim<Option<…>>`"
        )),
        Some(source @ (Source::Form | Source::Body)) if on.has_no_body() => Some(format!(
            "field `{name}` comes from the {}, but {} has no body; use `from::Query`, or \
             another method",
            source.word(),
            on.method
        )),
        _ if is_text && is_mixed => Some(format!(
            "field `{name}` has a value of one of several types, which cannot be distinguished \
             as text; take it from a JSON body"
        )),
        _ if is_text && !is_of_query && kind.scalar == Scalar::Structure => Some(format!(
            "field `{name}` is an object, but comes from {} as text; flatten it with \
             `#[serde(flatten)]`, or take it from the query or a body",
            match source {
                Some(Source::Header) => "a header",
                Some(Source::Cookie) => "a cookie",
                _ => "the route",
            }
        )),
        _ => None,
    }
}

/// Returns an error if a field that is or contains a file does not come from a form.
fn of_file(field: &SchemaField, on: PlanFor<'_>) -> Option<String> {
    let source = match field.source {
        _ if on.params.contains(&field.name) => "the route",
        Some(Source::Body) => "JSON",
        Some(Source::Header) => "a header",
        Some(Source::Cookie) => "a cookie",
        Some(Source::Claim) => "a claim",
        Some(Source::Query) => "the query",
        None if on.reads_query() => "the query",
        Some(Source::Form) | None => return None,
    };
    let name = &field.name;
    Some(format!(
        "field `{name}` is a file or contains one, and comes from {source}; take it from a form, \
         and use a method with a body"
    ))
}

/// Returns an error if a field takes the whole body although another field comes from the body too,
/// or although the request type takes the body unparsed.
fn of_body(fields: &SchemaFields, on: PlanFor<'_>) -> Option<String> {
    let is_whole = |field: &&SchemaField| {
        matches!(field.source, Some(Source::Form | Source::Body))
            && !on.params.contains(&field.name)
    };
    let mut whole = fields.list.iter().filter(is_whole);
    let first = &whole.next()?.name;
    if on.takes_body {
        return Some(format!(
            "field `{first}` comes from the body, which the request type takes unparsed; remove \
             the field, or use a request type without `Raw`"
        ));
    }
    if let Some(second) = whole.next() {
        let second = &second.name;
        return Some(format!(
            "fields `{first}` and `{second}` both take the whole body; keep one of the two"
        ));
    }
    if on.reads_query() {
        return None;
    }
    let is_plain =
        |field: &&SchemaField| field.source.is_none() && !on.params.contains(&field.name);
    let plain = fields.list.iter().find(is_plain)?;
    Some(format!(
        "field `{}` comes from the body, but `{first}` takes the whole body; make it \
         `from::Query<…>`, or move it into the type of `{first}`",
        plain.name
    ))
}
