//! The schemas of the document: each once, under a unique name.

use std::collections::{BTreeMap, BTreeSet};

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::rewriting::{each_object, each_reference, without_own_keywords};

const REQUEST: &str = "#/request/";
const ANSWER: &str = "#/answer/";
const OWN: &str = "#/own/";
const COMPONENT: &str = "#/components/schemas/";

/// Collects the schemas of all operations. A type may have different schemas in requests and in
/// responses: a field with a default is optional in a request, and always present in a response.
#[derive(Debug)]
pub(crate) struct Components {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
    /// Schemas that belong to no Rust type.
    own: BTreeMap<String, Value>,
    /// The references to the events that the host adds to streams, or `None` until they are added.
    events_of_host: Option<Vec<Value>>,
}

impl Components {
    pub(crate) fn new() -> Self {
        let generator = |settings: SchemaSettings, path: &str| {
            let path = path.trim_start_matches('#').trim_end_matches('/').to_owned();
            settings.with(|settings| settings.definitions_path = path.into()).into_generator()
        };
        let settings = SchemaSettings::draft2020_12;
        Self {
            requests: generator(settings().for_deserialize(), REQUEST),
            answers: generator(settings().for_serialize(), ANSWER),
            own: BTreeMap::new(),
            events_of_host: None,
        }
    }

    pub(crate) fn of_requests(&mut self) -> &mut SchemaGenerator {
        &mut self.requests
    }

    pub(crate) fn of_answers(&mut self) -> &mut SchemaGenerator {
        &mut self.answers
    }

    /// Resolves a `$ref` to the schema of a request type, or to a schema added with
    /// [`add`](Self::add). Returns the schema and its name. A schema without such a reference is
    /// returned unchanged, with `None`.
    pub(crate) fn resolve<'s>(&'s self, schema: &'s Value) -> (&'s Value, Option<&'s str>) {
        let name = schema.get("$ref").and_then(Value::as_str);
        match name.and_then(|reference| reference.strip_prefix(OWN)) {
            Some(own) => (self.own.get(own).unwrap_or(schema), Some(own)),
            None => self.resolve_request(schema),
        }
    }

    /// Resolves a `$ref` to the schema of a request type. Returns the schema and its name. A schema
    /// without such a reference is returned unchanged, with `None`.
    pub(crate) fn resolve_request<'s>(&'s self, schema: &'s Value) -> (&'s Value, Option<&'s str>) {
        let name = schema.get("$ref").and_then(Value::as_str);
        let name = name.and_then(|reference| reference.strip_prefix(REQUEST));
        let found = name.and_then(|name| self.requests.definitions().get(&unescaped(name)));
        (found.unwrap_or(schema), name)
    }

    /// Returns the description of the type that a response's schema refers to or, if the schema is
    /// not a reference, of the schema itself. Returns `None` if there is no description.
    pub(crate) fn description_of_answer(&self, schema: &Value) -> Option<String> {
        let name = schema.get("$ref").and_then(Value::as_str);
        let name = name.and_then(|reference| reference.strip_prefix(ANSWER)).map(unescaped);
        let found = name.and_then(|name| self.answers.definitions().get(&name)).unwrap_or(schema);
        found.get("description").and_then(Value::as_str).map(str::to_owned)
    }

    /// Adds a schema under this name, with a number appended if a different schema has the name. An
    /// equal schema is added only once. Returns the reference to the schema.
    pub(crate) fn add(&mut self, name: &str, schema: &Value) -> Value {
        let (mut unique, mut count) = (key(name), 1);
        while self.own.get(&unique).is_some_and(|known| known != schema) {
            count += 1;
            unique = format!("{}{count}", key(name));
        }
        let reference = json!({ "$ref": format!("{OWN}{unique}") });
        self.own.entry(unique).or_insert_with(|| schema.clone());
        reference
    }

    /// Returns the references to the events that the host adds to streams. The first call adds them
    /// with `add`.
    pub(crate) fn events_of_host(
        &mut self,
        add: impl FnOnce(&mut Self) -> Vec<Value>,
    ) -> Vec<Value> {
        let known = self.events_of_host.take().unwrap_or_else(|| add(self));
        self.events_of_host.insert(known).clone()
    }

    /// Assigns each schema its final name. [`Named::rewrite`] then updates the rest of the
    /// document.
    pub(crate) fn finish(self) -> Named {
        let (mut requests, mut answers) = (self.requests, self.answers);
        let answers: BTreeMap<_, _> = answers.take_definitions(false).into_iter().collect();
        let requests: BTreeMap<_, _> = requests.take_definitions(false).into_iter().collect();
        let differing = differing(&requests, &answers);
        let shared = requests.keys().filter(|name| !differing.contains(*name));
        let mut used: BTreeSet<_> = answers.keys().chain(shared).map(|name| key(name)).collect();
        let mut unique = |wanted: String| {
            let (mut name, mut count) = (wanted.clone(), 1);
            while !used.insert(name.clone()) {
                count += 1;
                name = format!("{wanted}{count}");
            }
            name
        };
        let renamed = requests.keys().map(|name| match differing.contains(name) {
            true => (name.clone(), unique(format!("{}Input", key(name)))),
            false => (name.clone(), key(name)),
        });
        let renamed = renamed.collect();
        let renamed_own =
            self.own.keys().map(|name| (name.clone(), unique(name.clone()))).collect();
        let mut named = Named { schemas: Map::new(), renamed, renamed_own };
        let sent = requests.into_iter().map(|(name, schema)| (format!("{REQUEST}{name}"), schema));
        let received =
            answers.into_iter().map(|(name, schema)| (format!("{ANSWER}{name}"), schema));
        let own = self.own.into_iter().map(|(name, schema)| (format!("{OWN}{name}"), schema));
        for (reference, mut schema) in sent.chain(received).chain(own) {
            named.rewrite(&mut schema);
            let name = named.name(&reference).unwrap_or_default();
            named.schemas.insert(name, schema);
        }
        named
    }
}

/// The schemas under their final names.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) schemas: Map<String, Value>,
    /// The name in the document of each type that is used in requests.
    renamed: BTreeMap<String, String>,
    /// The name in the document of each schema that belongs to no Rust type.
    renamed_own: BTreeMap<String, String>,
}

impl Named {
    /// Rewrites the references in a value to component names of the document, and removes the
    /// host's own keywords and `$schema`.
    pub(crate) fn rewrite(&self, value: &mut Value) {
        without_own_keywords(value);
        each_object(value, &mut |object| {
            let Some(Value::String(reference)) = object.get_mut("$ref") else {
                return;
            };
            let Some(name) = self.name(reference) else {
                return;
            };
            *reference = format!("{COMPONENT}{name}");
        });
    }

    /// Returns the component name of the schema that a reference points to, or `None` if the
    /// reference does not point into the schemas of requests, the schemas of responses, or the
    /// schemas added with [`Components::add`].
    fn name(&self, reference: &str) -> Option<String> {
        let renamed = |names: &BTreeMap<String, String>, name: &str| {
            names.get(&unescaped(name)).cloned().unwrap_or_else(|| key(&unescaped(name)))
        };
        let of_request = reference.strip_prefix(REQUEST).map(|name| renamed(&self.renamed, name));
        let of_answer = || reference.strip_prefix(ANSWER).map(|name| key(&unescaped(name)));
        let own = || reference.strip_prefix(OWN).map(|name| renamed(&self.renamed_own, name));
        of_request.or_else(of_answer).or_else(own)
    }

    /// Returns the schemas to which the values refer, directly or through other schemas.
    pub(crate) fn referenced<'v>(
        &self,
        values: impl IntoIterator<Item = &'v Value>,
    ) -> Map<String, Value> {
        let mut found = Map::new();
        let mut wanted = Vec::new();
        let note = |reference: &str, wanted: &mut Vec<String>| {
            wanted.extend(reference.strip_prefix(COMPONENT).map(str::to_owned));
        };
        for value in values {
            each_reference(value, &mut |reference| note(reference, &mut wanted));
        }
        while let Some(name) = wanted.pop() {
            if found.contains_key(&name) {
                continue;
            }
            if let Some(schema) = self.schemas.get(&name) {
                each_reference(schema, &mut |reference| note(reference, &mut wanted));
                found.insert(name, schema.clone());
            }
        }
        found
    }
}

/// Returns the names of request types whose schema, or a schema that it refers to, differs from the
/// schema of the response type with the same name.
fn differing(
    requests: &BTreeMap<String, Value>,
    answers: &BTreeMap<String, Value>,
) -> BTreeSet<String> {
    let plain = |schema: &Value| {
        let mut schema = schema.clone();
        without_own_keywords(&mut schema);
        each_object(&mut schema, &mut |object| {
            if let Some(Value::String(reference)) = object.get_mut("$ref") {
                *reference = reference.rsplit('/').next().unwrap_or_default().to_owned();
            }
        });
        schema
    };
    let differs = |(name, schema): &(&String, &Value)| {
        answers.get(*name).is_some_and(|other| plain(schema) != plain(other))
    };
    let mut found: BTreeSet<String> =
        requests.iter().filter(differs).map(|(name, _)| name.clone()).collect();
    loop {
        let refers = |schema: &Value| {
            let mut is_found = false;
            each_reference(schema, &mut |reference| {
                let name = reference.strip_prefix(REQUEST).map(unescaped);
                is_found |= name.is_some_and(|name| found.contains(&name));
            });
            is_found
        };
        let more = requests
            .iter()
            .filter(|(name, schema)| {
                !found.contains(*name) && answers.contains_key(*name) && refers(schema)
            })
            .map(|(name, _)| name.clone());
        let more: Vec<_> = more.collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// Converts a name to a key of the Components Object (OpenAPI 3.1). Characters other than ASCII
/// letters, digits, dots, dashes and underscores become underscores.
fn key(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    name.chars().map(plain).collect()
}

/// Decodes a name in a reference (RFC 6901 §4, RFC 3986 §2.1).
fn unescaped(name: &str) -> String {
    let name = name.replace("~1", "/").replace("~0", "~");
    if !name.contains('%') {
        return name;
    }
    let mut bytes = Vec::new();
    let mut rest = name.as_bytes();
    while let [first, others @ ..] = rest {
        let decoded =
            (*first == b'%').then(|| std::str::from_utf8(others.get(..2)?).ok()).flatten();
        let decoded = decoded.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() { others.get(2..).unwrap_or_default() } else { others };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;

    use super::*;

    mod shop {
        use super::*;

        #[derive(JsonSchema)]
        #[expect(dead_code, reason = "only the schema is used")]
        pub(super) struct Item {
            pub(super) name: String,
        }
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only the schema is used")]
    struct Item {
        #[serde(default)]
        count: u32,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only the schema is used")]
    struct Basket {
        items: Vec<Item>,
    }

    #[test]
    fn types_of_one_name_and_types_that_differ_by_direction_have_names_of_their_own() {
        let mut components = Components::new();
        let sent = components.of_requests().subschema_for::<Basket>().to_value();
        let sent_item = components.of_requests().subschema_for::<shop::Item>().to_value();
        let received = components.of_answers().subschema_for::<Basket>().to_value();
        let received_item = components.of_answers().subschema_for::<shop::Item>().to_value();
        let named = components.finish();
        let mut all = json!([sent, sent_item, received, received_item]);
        named.rewrite(&mut all);
        let references: Vec<_> =
            all.as_array().unwrap().iter().map(|one| one["$ref"].as_str().unwrap()).collect();
        assert_eq!(
            references,
            [
                "#/components/schemas/BasketInput",
                "#/components/schemas/Item2",
                "#/components/schemas/Basket",
                "#/components/schemas/Item2"
            ]
        );
        let found = named.referenced([&all]);
        let found_keys: Vec<_> = found.keys().map(String::as_str).collect();
        assert_eq!(found_keys, ["Basket", "BasketInput", "Item", "Item2", "ItemInput"]);
        assert_eq!(found["Item"]["required"], json!(["count"]));
        assert!(found["ItemInput"].get("required").is_none());
    }

    #[test]
    fn a_schema_that_is_added_twice_is_there_once() {
        let mut components = Components::new();
        components.of_answers().subschema_for::<Item>();
        let first = components.add("Item", &json!({ "type": "string" }));
        assert_eq!(components.add("Item", &json!({ "type": "string" })), first);
        let mut all =
            json!([first, components.add("Item", &json!({})), components.add("B<C>", &json!({}))]);
        let named = components.finish();
        named.rewrite(&mut all);
        let found: Vec<_> = named.referenced([&all]).keys().cloned().collect();
        assert_eq!(found, ["B_C_", "Item2", "Item22"]);
    }
}
