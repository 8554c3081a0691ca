//! Parameters: fields from the route, the query, headers and cookies.

use hyperpoint_core::RouteTemplate;
use hyperpoint_core::bind::{FieldPlace, FieldSource};
use hyperpoint_core::route::Constraint;
use serde_json::{Map, Value, json};

use crate::rewriting::{set, take_description, without_null};
use crate::words::TakenHeader;

/// Returns the path in the syntax of OpenAPI: `/orders/{id}` for `/orders/{id:int}`.
pub(crate) fn path(template: &RouteTemplate) -> String {
    template.encoded().replace("{*", "{")
}

/// Returns the parameters of one operation. A route parameter that the request type does not list
/// has the type of its constraint, or is a string if it has no constraint.
pub(crate) fn parameters<'p>(
    template: &RouteTemplate,
    fields: impl Iterator<Item = FieldSource<'p>>,
    properties: &Map<String, Value>,
    resolved: &dyn Fn(&Value) -> Value,
) -> Vec<Value> {
    let mut found: Vec<Value> = template
        .params()
        .iter()
        .zip(template.constraints())
        .map(|(name, constraint)| of_route(template, name, *constraint, properties.get(name)))
        .collect();
    for field in fields {
        let place = match &field.place {
            FieldPlace::Query => "query",
            FieldPlace::Header(_) => "header",
            FieldPlace::Cookie => "cookie",
            _ => continue,
        };
        let property = properties.get(field.name).cloned().unwrap_or(json!({}));
        let mut schema = without_null(&property);
        let description = take_description(&mut schema);
        let mut parameter = json!({ "name": field.name, "in": place, "schema": schema });
        if field.is_required {
            set(&mut parameter, "required", true);
        }
        if let Some(text) = description {
            set(&mut parameter, "description", text);
        }
        if place == "query" && field.has_parts {
            spread(&mut parameter, &resolved(&schema));
        }
        found.push(parameter);
    }
    found
}

/// Adds a header parameter, unless a header parameter with the same name exists. Names are
/// case-insensitive (RFC 9110 §5.1).
pub(crate) fn add_header(parameters: &mut Vec<Value>, header: Value) {
    if same_header(parameters, &header).is_none() {
        parameters.push(header);
    }
}

/// Adds the parameter of a header that each request must have. If the parameter already exists,
/// makes it required.
pub(crate) fn add_taken_header(parameters: &mut Vec<Value>, header: &TakenHeader) {
    let added = taken_header(header);
    let Some(known) = same_header(parameters, &added) else {
        parameters.push(added);
        return;
    };
    set(known, "required", true);
    if known.get("description").is_none() {
        set(known, "description", header.description.clone());
    }
}

/// Returns the header parameter with the same name as `header`, or `None` if there is none.
fn same_header<'p>(parameters: &'p mut [Value], header: &Value) -> Option<&'p mut Value> {
    let name = |parameter: &Value| {
        let name = parameter.get("name").and_then(Value::as_str);
        let is_header = parameter.get("in").is_some_and(|place| place == "header");
        name.filter(|_| is_header).map(str::to_ascii_lowercase)
    };
    let wanted = name(header);
    parameters.iter_mut().find(|parameter| name(parameter) == wanted && wanted.is_some())
}

/// Returns the parameter of a header that each request must have.
fn taken_header(header: &TakenHeader) -> Value {
    let TakenHeader { name, description } = header;
    let schema = json!({ "type": "string", "minLength": 1 });
    let required = true;
    json!({
        "name": name, "in": "header", "required": required, "description": description, "schema": schema
    })
}

fn of_route(
    template: &RouteTemplate,
    name: &str,
    constraint: Option<Constraint>,
    property: Option<&Value>,
) -> Value {
    let mut schema = property.map_or(json!({ "type": "string" }), without_null);
    let mut description = take_description(&mut schema);
    if let (Some(object), Some(constraint)) = (schema.as_object_mut(), constraint) {
        for (keyword, value) in of_constraint(constraint) {
            // A referenced schema is at least as narrow as the constraint.
            if object.get("$ref").is_none() {
                object.insert(keyword.to_owned(), value);
            }
        }
    }
    if template.as_str().contains(&format!("{{*{name}}}")) {
        let rest = "The rest of the path, which may contain slashes.";
        description = Some(description.map_or(rest.to_owned(), |text| format!("{text} {rest}")));
    }
    let mut parameter = json!({ "name": name, "in": "path", "required": true, "schema": schema });
    if let Some(text) = description {
        set(&mut parameter, "description", text);
    }
    parameter
}

fn of_constraint(constraint: Constraint) -> Vec<(&'static str, Value)> {
    let pattern = |class: &str, least: usize, most: usize| {
        let most = if most == usize::MAX { String::new() } else { most.to_string() };
        vec![("type", json!("string")), ("pattern", json!(format!("^{class}{{{least},{most}}}$")))]
    };
    match constraint {
        Constraint::Int => vec![("type", json!("integer"))],
        Constraint::Uuid => vec![("type", json!("string")), ("format", json!("uuid"))],
        Constraint::Alpha(least, most) => pattern("[A-Za-z]", least, most),
        Constraint::Digits(least, most) => pattern("[0-9]", least, most),
    }
}

/// Sets the style of a query parameter that is an object or a list: an object as `filter[name]=x`,
/// a list as a repeated key.
fn spread(parameter: &mut Value, schema: &Value) {
    let kind = |schema: &Value, name: &str| schema.get("type").is_some_and(|kind| kind == name);
    if kind(schema, "object") {
        set(parameter, "style", "deepObject");
        set(parameter, "explode", true);
        return;
    }
    set(parameter, "style", "form");
    set(parameter, "explode", true);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constraint_becomes_a_schema() {
        let template =
            RouteTemplate::parse("/a/{id:int}/{code:digits(2,4)}/{name:alpha}/{key}/{*rest}")
                .unwrap();
        assert_eq!(path(&template), "/a/{id}/{code}/{name}/{key}/{rest}");
        let properties = Map::from_iter([(
            "id".to_owned(),
            json!({ "type": "integer", "format": "uint8", "description": "The id." }),
        )]);
        let found = parameters(&template, std::iter::empty(), &properties, &Value::clone);
        let schemas: Vec<_> = found.iter().map(|parameter| parameter["schema"].clone()).collect();
        assert_eq!(
            schemas,
            [
                json!({ "type": "integer", "format": "uint8" }),
                json!({ "type": "string", "pattern": "^[0-9]{2,4}$" }),
                json!({ "type": "string", "pattern": "^[A-Za-z]{1,}$" }),
                json!({ "type": "string" }),
                json!({ "type": "string" }),
            ]
        );
        assert_eq!(found[0]["description"], "The id.");
        assert!(found[4]["description"].as_str().unwrap().contains("slashes"));
    }
}
