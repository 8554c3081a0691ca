//! The fields of a request type, read from its JSON Schema.

use serde_json::{Map, Value};

use super::from::{FILE_KEYWORD, Source};

/// Maximum depth to which nested schemas are followed, because a type may refer to itself.
const DEPTH: usize = 8;

/// The fields of a request type.
#[derive(Debug, Default)]
pub(super) struct SchemaFields {
    pub(super) list: Vec<SchemaField>,
    /// Whether the type may have fields that the schema does not list individually.
    pub(super) is_open: bool,
}

/// One field of a request type, with its serde name.
#[derive(Debug)]
pub(super) struct SchemaField {
    pub(super) name: String,
    pub(super) source: Option<Source>,
    pub(super) kind: Kind,
    /// Whether the schema lists the field as required: serde has no default for it.
    pub(super) is_required: bool,
    pub(super) is_nullable: bool,
}

/// The properties of the value of a field that determine how its text is parsed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) scalar: Scalar,
    pub(super) is_list: bool,
    /// Whether the field may be null. An empty string is then null, unless the value is a text.
    pub(super) is_nullable: bool,
}

/// The type of a value that is not a list, or of the elements of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Scalar {
    #[default]
    Text,
    /// A text that is never empty, such as an enum, a UUID, a date or a character.
    Formatted,
    Integer,
    Number,
    Boolean,
    /// An object, or a list within a list. In a query or a form, each nested value is sent under a
    /// separate name, such as `items[0].price`.
    Structure,
    /// A file in a form.
    File,
    /// A value of one of several types, which cannot be inferred from its text.
    Mixed,
}

impl Kind {
    /// Returns whether the value is a list or an object. In a query or a form, each nested value
    /// can be sent under a separate name, such as `items[0].price`.
    pub(super) fn has_parts(self) -> bool {
        self.is_list || self.scalar == Scalar::Structure
    }
}

/// Returns the fields of a request type, or `None` if the type is not an object and is therefore
/// bound as a whole.
pub(super) fn schema_fields(schema: &Value) -> Option<SchemaFields> {
    let object = schema.as_object()?;
    if object.get("type").is_some_and(|kind| kind != "object") {
        return None;
    }
    let is_composed =
        ["allOf", "anyOf", "oneOf", "$ref"].iter().any(|key| object.contains_key(*key));
    let has_others = object.get("additionalProperties").is_some_and(|others| *others != false);
    let is_any = !object.contains_key("type");
    let mut fields =
        SchemaFields { list: Vec::new(), is_open: is_composed || has_others || is_any };
    let required: Vec<_> = strings(object.get("required")).collect();
    let properties = object.get("properties").and_then(Value::as_object).into_iter().flatten();
    for (name, property) in properties {
        let kind = field_kind(schema, property);
        fields.list.push(SchemaField {
            name: name.clone(),
            source: source(property),
            kind,
            is_required: required.contains(&name.as_str()),
            is_nullable: kind.is_nullable,
        });
    }
    Some(fields)
}

/// Returns the kind of a value with this schema. References are looked up in `root`.
pub(super) fn field_kind(root: &Value, schema: &Value) -> Kind {
    let is_nullable = is_nullable(root, schema, DEPTH);
    Kind { is_nullable, ..kind(root, schema, DEPTH) }
}

/// Returns the schema of a property with its reference resolved, or `None` if there is no such
/// property. For an `Option`, returns the schema of its value.
pub(super) fn property<'s>(root: &'s Value, name: &str) -> Option<&'s Value> {
    let property = root.get("properties")?.get(name)?;
    let chosen = alternatives(property).find(|one| !is_null(one));
    resolve(root, chosen.unwrap_or(property))
}

/// Returns whether any type nested in the type of a field selects a source, or the type of the
/// whole request does. Only the type of a field itself may select one.
pub(super) fn has_nested_sources(schema: &Value) -> bool {
    let Some(object) = schema.as_object() else {
        return false;
    };
    object.iter().any(|(key, part)| match (key.as_str(), part) {
        ("properties", Value::Object(properties)) => properties.values().any(is_marked_within),
        (Source::KEYWORD, _) => true,
        _ => is_marked(part),
    })
}

/// Returns whether a type nested in a property selects a source.
fn is_marked_within(property: &Value) -> bool {
    let Some(object) = property.as_object() else {
        return false;
    };
    let is_own = |key: &str| key == Source::KEYWORD;
    object.iter().any(|(key, part)| match (key.as_str(), part) {
        (key, _) if is_own(key) => false,
        ("anyOf", Value::Array(parts)) => parts
            .iter()
            .filter_map(Value::as_object)
            .any(|part| part.iter().any(|(key, part)| !is_own(key) && is_marked(part))),
        _ => is_marked(part),
    })
}

fn is_marked(part: &Value) -> bool {
    match part {
        Value::Object(object) => {
            object.contains_key(Source::KEYWORD) || object.values().any(is_marked)
        }
        Value::Array(parts) => parts.iter().any(is_marked),
        _ => false,
    }
}

/// Returns the source that the type of a field selects, even within an `Option`, or `None` if it
/// selects none.
fn source(property: &Value) -> Option<Source> {
    let mut parts = std::iter::once(property).chain(alternatives(property));
    let word = parts.find_map(|part| part.get(Source::KEYWORD)?.as_str())?;
    Source::of_word(word)
}

fn kind(root: &Value, schema: &Value, depth: usize) -> Kind {
    let Some(schema) = resolve(root, schema).filter(|_| depth > 0) else {
        return Kind::default();
    };
    let scalar = |scalar| Kind { scalar, ..Kind::default() };
    if schema.get(FILE_KEYWORD).is_some() {
        return scalar(Scalar::File);
    }
    let mut types = strings(schema.get("type")).filter(|kind| *kind != "null");
    match (types.next(), types.next()) {
        (Some("integer"), None) => scalar(Scalar::Integer),
        (Some("number"), None) => scalar(Scalar::Number),
        (Some("boolean"), None) => scalar(Scalar::Boolean),
        (Some("string"), None) if !holds_empty_text(schema) => scalar(Scalar::Formatted),
        (Some("object"), None) => scalar(Scalar::Structure),
        (Some("array"), None) => {
            let item = schema.get("items").map(|item| kind(root, item, depth - 1));
            let item = item.unwrap_or_default();
            let nested = match item.scalar {
                scalar if !item.is_list || scalar == Scalar::Mixed => scalar,
                _ => Scalar::Structure,
            };
            Kind { scalar: nested, is_list: true, is_nullable: false }
        }
        (None, _) => chosen(root, schema, depth),
        _ => Kind::default(),
    }
}

/// Returns the kind of a schema with alternatives: the common kind of all alternatives other than
/// null, `Mixed` if their kinds differ, or the default kind if there are none.
fn chosen(root: &Value, schema: &Value, depth: usize) -> Kind {
    let mut kinds = alternatives(schema).filter(|one| !is_null(one));
    let mut kinds = kinds.by_ref().map(|one| kind(root, one, depth - 1));
    let Some(first) = kinds.next() else {
        return Kind::default();
    };
    match kinds.all(|other| other == first) {
        true => first,
        false => Kind { scalar: Scalar::Mixed, ..Kind::default() },
    }
}

/// Returns whether a string schema accepts the empty string.
fn holds_empty_text(schema: &Value) -> bool {
    let is_empty = |value: &Value| value.as_str().is_some_and(str::is_empty);
    let listed = schema.get("enum").and_then(Value::as_array);
    ["format", "pattern"].iter().all(|key| schema.get(key).is_none())
        && schema.get("minLength").and_then(Value::as_u64).unwrap_or(0) == 0
        && schema.get("const").is_none_or(is_empty)
        && listed.is_none_or(|values| values.iter().any(is_empty))
}

/// Returns whether a schema declares its values to be objects.
pub(super) fn is_object(root: &Value, schema: &Value) -> bool {
    resolve(root, schema).is_some_and(|schema| schema.get("type").is_some_and(|is| is == "object"))
}

/// Returns whether the schema allows an array. Binding checks the schema because serde accepts an
/// array for any struct.
pub(super) fn may_be_array(root: &Value, schema: &Value) -> bool {
    may_be_array_to(root, schema, DEPTH)
}

fn may_be_array_to(root: &Value, schema: &Value, depth: usize) -> bool {
    let Some(schema) = resolve(root, schema).filter(|_| depth > 0) else {
        return true;
    };
    let mut types = strings(schema.get("type")).peekable();
    if types.peek().is_some() {
        return types.any(|kind| kind == "array");
    }
    if let Some(value) = schema.get("const") {
        return value.is_array();
    }
    let mut alternatives = alternatives(schema).peekable();
    alternatives.peek().is_none() || alternatives.any(|one| may_be_array_to(root, one, depth - 1))
}

/// Returns whether the schema allows null.
pub(super) fn may_be_null(root: &Value, schema: &Value) -> bool {
    is_nullable(root, schema, DEPTH)
}

fn is_nullable(root: &Value, schema: &Value, depth: usize) -> bool {
    let Some(schema) = resolve(root, schema).filter(|_| depth > 0) else {
        return false;
    };
    is_null(schema) || alternatives(schema).any(|one| is_nullable(root, one, depth - 1))
}

pub(super) fn is_null(schema: &Value) -> bool {
    strings(schema.get("type")).any(|kind| kind == "null")
        || schema.get("const").is_some_and(Value::is_null)
}

pub(super) fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    let of = |key| schema.get(key).and_then(Value::as_array).into_iter().flatten();
    of("anyOf").chain(of("oneOf"))
}

/// Returns the strings of a keyword whose value is a string or a list of strings.
fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    value.and_then(Value::as_str).into_iter().chain(list)
}

/// Resolves the reference of a schema. Returns `None` if the reference points to nothing, and the
/// schema itself if it has no reference.
pub(super) fn resolve<'s>(root: &'s Value, schema: &'s Value) -> Option<&'s Value> {
    let Some(reference) = schema.get("$ref").and_then(Value::as_str) else {
        return Some(schema);
    };
    root.pointer(reference.strip_prefix('#')?)
}

/// Returns a part of a schema together with all definitions of the whole schema.
pub(super) fn with_definitions(root: &Value, part: &Value) -> Value {
    let mut object = part.as_object().cloned().unwrap_or_else(Map::new);
    if let Some(definitions) = root.get("$defs") {
        object.insert("$defs".to_owned(), definitions.clone());
    }
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use schemars::{JsonSchema, schema_for};

    use super::super::from;
    use super::*;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only the schema is used")]
    enum Direction {
        Up,
        /// With a doc comment, schemars writes the enum as a choice of constants.
        Down,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only the schema is used")]
    struct Paging {
        page: from::Query<Option<u32>>,
        sizes: Vec<u16>,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only the schema is used")]
    struct Search {
        text: String,
        count: Option<i64>,
        share: f32,
        is_deep: from::Query<bool>,
        direction: from::Header<Option<Direction>>,
        outer: Option<from::Cookie<Direction>>,
        #[serde(default)]
        names: Vec<String>,
        tree: Vec<Paging>,
        map: HashMap<String, u32>,
        #[serde(flatten)]
        paging: Paging,
    }

    fn listing(schema: &Value) -> String {
        let line = |field: &SchemaField| {
            let SchemaField { name, source, kind, is_required, is_nullable } = field;
            let list = if kind.is_list { " list" } else { "" };
            let required = if *is_required { " required" } else { "" };
            let nullable = if *is_nullable { " nullable" } else { "" };
            let source = source.map_or("-", Source::word);
            format!("{name}: {source} {:?}{list}{required}{nullable}\n", kind.scalar)
        };
        schema_fields(schema).unwrap().list.iter().map(line).collect()
    }

    #[test]
    fn fields_are_listed_with_source_kind_and_requirement() {
        insta::assert_snapshot!(listing(&schema_for!(Search).to_value()), @r"
        count: - Integer nullable
        direction: header Formatted required nullable
        is_deep: query Boolean required
        map: - Structure required
        names: - Text list
        outer: cookie Formatted nullable
        page: query Integer required nullable
        share: - Number required
        sizes: - Integer list required
        text: - Text required
        tree: - Structure list required
        ");
        assert!(has_nested_sources(&schema_for!(Search).to_value()));
        assert!(!has_nested_sources(&schema_for!(Paging).to_value()));
    }
}
