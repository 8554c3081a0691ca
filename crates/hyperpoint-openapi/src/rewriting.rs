//! Changes to schemas before they are written to the document.

use serde_json::{Map, Value};

/// The keywords that are removed: the keywords that control how the host binds a type, and
/// `$schema`.
const OWN_KEYWORDS: [&str; 3] = ["x-hyperpoint-from", "x-hyperpoint-file", "$schema"];

/// Calls `change` for each object within a value, outer objects before inner ones.
pub(crate) fn each_object(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            change(object);
            object.values_mut().for_each(|part| each_object(part, change));
        }
        Value::Array(parts) => parts.iter_mut().for_each(|part| each_object(part, change)),
        _ => {}
    }
}

/// Calls `note` with the target of each `$ref` within a value.
pub(crate) fn each_reference(value: &Value, note: &mut impl FnMut(&str)) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                note(reference);
            }
            object.values().for_each(|part| each_reference(part, note));
        }
        Value::Array(parts) => parts.iter().for_each(|part| each_reference(part, note)),
        _ => {}
    }
}

/// The keywords whose values are data, not schemas.
const DATA: [&str; 5] = ["const", "default", "enum", "example", "examples"];

/// The keywords whose values map application-defined names to schemas.
const NAMED: [&str; 4] = ["$defs", "patternProperties", "properties", "schemas"];

/// Removes [`OWN_KEYWORDS`] from a schema, or from all schemas within a value. Does not change
/// field names and data of the application that equal these keywords.
pub(crate) fn without_own_keywords(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.retain(|keyword, _| !OWN_KEYWORDS.contains(&keyword.as_str()));
            for (keyword, part) in object {
                match part {
                    Value::Object(named) if NAMED.contains(&keyword.as_str()) => {
                        named.values_mut().for_each(without_own_keywords);
                    }
                    _ if DATA.contains(&keyword.as_str()) => {}
                    part => without_own_keywords(part),
                }
            }
        }
        Value::Array(parts) => parts.iter_mut().for_each(without_own_keywords),
        _ => {}
    }
}

/// Returns the schema without null. A parameter or a form field cannot be null: it is absent
/// instead, because no string represents null.
pub(crate) fn without_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let Some(object) = schema.as_object_mut() else {
        return schema;
    };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [single] = &**types {
            let single = single.clone();
            object.insert("type".to_owned(), single);
        }
    }
    if let Some(Value::Array(values)) = object.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    for keyword in ["anyOf", "oneOf"] {
        let Some(Value::Array(parts)) = object.get_mut(keyword) else {
            continue;
        };
        parts.retain(|part| part.get("type").is_none_or(|kind| kind != "null"));
        if let [single] = &**parts {
            let single = single.as_object().cloned().unwrap_or_default();
            object.remove(keyword);
            for (key, value) in single {
                object.entry(key).or_insert(value);
            }
        }
    }
    schema
}

/// Sets a field of an object. Does nothing if the value is not an object.
pub(crate) fn set(object: &mut Value, key: &str, value: impl Into<Value>) {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.to_owned(), value.into());
    }
}

/// Removes the description from a schema and returns it, or `None` if the schema has no
/// description.
pub(crate) fn take_description(schema: &mut Value) -> Option<String> {
    match schema.as_object_mut()?.remove("description")? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn null_is_removed_from_every_form_of_an_option() {
        for (schema, expected) in [
            (
                json!({ "type": ["integer", "null"], "minimum": 0 }),
                json!({ "type": "integer", "minimum": 0 }),
            ),
            (
                json!({ "anyOf": [{ "$ref": "#/a" }, { "type": "null" }], "description": "d" }),
                json!({ "$ref": "#/a", "description": "d" }),
            ),
            (json!({ "type": "string", "default": null }), json!({ "type": "string" })),
            (json!({ "enum": ["a", null] }), json!({ "enum": ["a"] })),
            (json!(true), json!(true)),
        ] {
            assert_eq!(without_null(&schema), expected);
        }
    }

    #[test]
    fn words_for_the_host_do_not_reach_the_document() {
        let mut schema =
            json!({ "properties": { "a": { "x-hyperpoint-from": "query", "type": "string" } } });
        without_own_keywords(&mut schema);
        assert_eq!(schema, json!({ "properties": { "a": { "type": "string" } } }));
    }

    #[test]
    fn fields_and_examples_of_the_application_stay_as_they_are() {
        let schema = json!({
            "properties": { "$schema": { "type": "string", "default": { "$schema": "a" } } },
            "required": ["$schema"],
            "examples": [{ "$schema": "https://json-schema.org/draft/2020-12/schema" }],
        });
        let mut rewritten = schema.clone();
        set(&mut rewritten, "$schema", "https://json-schema.org/draft/2020-12/schema");
        without_own_keywords(&mut rewritten);
        assert_eq!(rewritten, schema);
    }
}
