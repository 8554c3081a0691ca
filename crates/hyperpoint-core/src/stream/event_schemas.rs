//! JSON Schemas of typed events, for generated documents.

use hyperpoint_sse::{EventName, TypedEvent};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

/// Returns the name of each event of `E`, with the JSON Schema (2020-12) of its data, in the order
/// of the variants.
///
/// # Examples
///
/// ```
/// use hyperpoint::event_schemas;
/// use hyperpoint::prelude::{Events, JsonSchema, Serialize};
///
/// #[derive(Serialize, JsonSchema, Events)]
/// enum Step {
///     Started,
///     Baked { items: u32 },
/// }
///
/// let schemas = event_schemas::<Step>();
/// let names: Vec<_> = schemas.iter().map(|(name, _)| name.as_str()).collect();
/// assert_eq!(names.len(), 2);
/// # let _ = (Step::Started, Step::Baked { items: 1 });
/// ```
#[must_use]
pub fn event_schemas<E: TypedEvent + JsonSchema>() -> Vec<(&'static EventName, Value)> {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let schemas = event_schemas_within::<E>(&mut generator);
    let shared = generator.take_definitions(true);
    let with_shared = |(name, schema): (_, Schema)| {
        let mut data = schema.to_value();
        // The schema of each event gets a copy of all shared definitions.
        if let Some(data) = data.as_object_mut().filter(|_| !shared.is_empty()) {
            data.insert("$defs".to_owned(), Value::Object(shared.clone()));
        }
        (name, data)
    };
    schemas.into_iter().map(with_shared).collect()
}

/// Returns the name of each event of `E`, with the schema of its data. Shared definitions stay in
/// the generator.
pub(crate) fn event_schemas_within<E: TypedEvent + JsonSchema>(
    generator: &mut SchemaGenerator,
) -> Vec<(&'static EventName, Schema)> {
    let schema = E::json_schema(generator).to_value();
    let data = |tag| {
        let data = match E::TAG_FIELD {
            None => variant(&schema, tag),
            Some(field) => tagged(&schema, field, tag),
        };
        Schema::try_from(data).unwrap_or_default()
    };
    E::NAMES.iter().zip(E::TAGS.iter().map(|tag| data(tag))).collect()
}

/// Returns the schema of the data of the variant with this tag. The data of a variant without
/// fields is an empty object.
fn variant(schema: &Value, tag: &str) -> Value {
    let alternatives = schema.get("oneOf").and_then(Value::as_array);
    let described = alternatives.into_iter().flatten().find_map(|alternative| {
        let data = alternative.get("properties")?.get(tag)?;
        Some((data.clone(), alternative.get("description")))
    });
    match described {
        Some((Value::Object(mut data), Some(description))) => {
            data.entry("description").or_insert_with(|| description.clone());
            Value::Object(data)
        }
        Some((data, _)) => data,
        None => json!({ "type": "object", "properties": {} }),
    }
}

/// Returns the schema of the variant whose data has this tag in this field. If no variant has the
/// tag, returns a schema that accepts any object.
fn tagged(schema: &Value, field: &str, tag: &str) -> Value {
    let alternatives = schema.get("oneOf").and_then(Value::as_array);
    let has_tag = |alternative: &&Value| {
        let value = alternative.get("properties").and_then(|fields| fields.get(field));
        value.and_then(|value| value.get("const")).and_then(Value::as_str) == Some(tag)
    };
    let found = alternatives.into_iter().flatten().find(has_tag).cloned();
    found.unwrap_or_else(|| json!({ "type": "object" }))
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;

    #[derive(JsonSchema, Serialize)]
    struct Line {
        cents: u8,
    }

    #[derive(JsonSchema, Serialize)]
    #[serde(rename_all = "lowercase")]
    #[expect(dead_code, reason = "only the schema is looked at")]
    enum Step {
        Started,
        /// A line was written.
        Wrote(Line),
        #[serde(rename = "X")]
        Failed {
            #[serde(rename = "exit-code")]
            code: i32,
        },
    }

    impl TypedEvent for Step {
        const NAMES: &'static [EventName] = &[
            EventName::from_static("started"),
            EventName::from_static("wrote"),
            EventName::from_static("failed"),
        ];
        const TAGS: &'static [&'static str] = &["started", "wrote", "X"];

        fn event_name(&self) -> &'static EventName {
            &Self::NAMES[0]
        }
    }

    #[test]
    fn each_event_has_the_schema_of_its_data() {
        let schemas = event_schemas::<Step>();
        let names: Vec<_> = schemas.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["started", "wrote", "failed"]);
        let line = json!({ "type": "object", "required": ["cents"], "properties": {
            "cents": { "type": "integer", "format": "uint8", "minimum": 0, "maximum": 255 },
        } });
        let shared = json!({ "Line": line });
        let expected = [
            json!({ "type": "object", "properties": {}, "$defs": shared }),
            json!({ "description": "A line was written.", "$ref": "#/$defs/Line", "$defs": shared }),
            json!({ "type": "object", "required": ["exit-code"], "properties": {
                "exit-code": { "type": "integer", "format": "int32" },
            }, "$defs": shared }),
        ];
        for ((name, schema), expected) in schemas.iter().zip(expected) {
            assert_eq!(*schema, expected, "{name}");
        }
    }
    #[derive(JsonSchema, Serialize)]
    #[serde(tag = "type", rename_all = "lowercase")]
    #[expect(dead_code, reason = "only the schema is looked at")]
    enum Tagged {
        Started,
        /// A line was written.
        Wrote(Line),
        Failed {
            code: i32,
        },
    }

    impl TypedEvent for Tagged {
        const NAMES: &'static [EventName] = Step::NAMES;
        const TAGS: &'static [&'static str] = &["started", "wrote", "failed"];
        const TAG_FIELD: Option<&'static str> = Some("type");

        fn event_name(&self) -> &'static EventName {
            &Self::NAMES[0]
        }
    }

    #[test]
    fn the_schema_of_a_tagged_event_has_its_tag() {
        let schemas = event_schemas::<Tagged>();
        let tags: Vec<_> = schemas.iter().map(|(_, data)| &data["properties"]["type"]).collect();
        let tag = |name: &str| json!({ "type": "string", "const": name });
        assert_eq!(tags, [&tag("started"), &tag("wrote"), &tag("failed")]);
        let [_, (_, wrote), (_, failed)] = &*schemas else { panic!("three events") };
        assert_eq!(wrote["$ref"], "#/$defs/Line");
        assert_eq!(wrote["description"], "A line was written.");
        assert_eq!(failed["required"], json!(["type", "code"]));
    }
}
