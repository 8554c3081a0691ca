//! The document: the operations, the schemas, and the configuration errors in the descriptions of
//! operations.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use hyperpoint_core::RouteTemplate;
use hyperpoint_host::Contract;
use serde_json::{Map, Value, json};

use crate::api::OpenApi;
use crate::components::{Components, Named};
use crate::config_errors::config_errors;
use crate::dialect::Dialect;
use crate::differences::differences;
use crate::ids::{Unnamed, ids};
use crate::operation::{Operation, Routed};
use crate::operation_head::OperationHead;
use crate::parameters::path;
use crate::refusals::{problem_schema, shared_responses};
use crate::rewriting::set;
use crate::security::SecuritySchemes;
use crate::text::text;
use crate::words::Words;

/// The document of an application, in OpenAPI 3.1 and 3.2. [`Display`](fmt::Display) writes the
/// document in 3.1 as JSON, with a fixed order of keys, indented by two spaces.
///
/// # Examples
///
/// ```
/// use hyperpoint::openapi::DescribeApplication;
/// use hyperpoint::prelude::*;
///
/// /// Says hello.
/// #[derive(Endpoint)]
/// struct Greet;
///
/// impl Endpoint for Greet {
///     type Request = ();
///     type Response = String;
///
///     fn configure(config: &mut Config) {
///         config.get("/greeting");
///         config.allow_anonymous();
///     }
///
///     async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
///         cx.send.ok_async("hello".to_owned()).await
///     }
/// }
///
/// let document = Host::empty().endpoint::<Greet>().build()?.openapi();
/// assert_eq!(document.version_3_1()["paths"]["/greeting"]["get"]["summary"], "Says hello");
/// assert!(document.to_string().contains("\"openapi\": \"3.1.1\""));
/// # Ok::<(), HostError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct OpenApiDocument {
    version_3_1: Value,
    version_3_2: Value,
}

impl OpenApiDocument {
    /// Returns the document in OpenAPI 3.1, which client generators read.
    #[must_use]
    pub fn version_3_1(&self) -> &Value {
        &self.version_3_1
    }

    /// Returns the document in OpenAPI 3.2, with the schema of each event, and with operations of
    /// any method, such as `QUERY`.
    #[must_use]
    pub fn version_3_2(&self) -> &Value {
        &self.version_3_2
    }

    /// Returns the document in OpenAPI 3.2 as JSON text, in the format of
    /// [`Display`](fmt::Display).
    #[must_use]
    pub fn text_3_2(&self) -> String {
        text(&self.version_3_2)
    }

    /// Returns the differences between a saved document and this one: one line for each part that
    /// was added (`+`), removed (`-`) or changed (`~`). Intended for a test that compares the
    /// document with a copy in the repository. If `kept` is not JSON, returns one line with the
    /// parse error.
    ///
    /// Compares a saved document in OpenAPI 3.2 with the document in 3.2, and any other with the
    /// document in 3.1. Operations with the method `QUERY`, and the events that the host adds to
    /// streams, are only in 3.2.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use hyperpoint::openapi::DescribeApplication;
    /// use hyperpoint::{Host, HostError};
    ///
    /// # fn main() -> Result<(), HostError> {
    /// let kept = std::fs::read_to_string("openapi.json").unwrap_or_default();
    /// let differences = Host::new().build()?.openapi().differences(&kept);
    /// assert!(differences.is_empty(), "the contract has changed:\n{}", differences.join("\n"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn differences(&self, kept: &str) -> Vec<String> {
        let kept: Value = match serde_json::from_str(kept) {
            Ok(kept) => kept,
            Err(error) => return vec![format!("the kept document is not JSON: {error}")],
        };
        let version = kept.get("openapi").and_then(Value::as_str);
        match version.is_some_and(|version| version.starts_with("3.2.")) {
            true => differences(&kept, &self.version_3_2),
            false => differences(&kept, &self.version_3_1),
        }
    }

    /// Generates the document of an application, and returns it with the configuration errors.
    pub(crate) fn new(contract: &Contract, api: &OpenApi) -> (Self, Vec<String>) {
        let (mut components, mut security) = (Components::new(), SecuritySchemes::default());
        let mut operations = operations(contract, api, &mut components, &mut security);
        if api.omits_forms {
            operations.iter_mut().for_each(Operation::omit_forms);
        }
        let mut problem = components.add("Problem", &problem_schema());
        let named = components.finish();
        named.rewrite(&mut problem);
        let security = security.into_components();
        let objects = operations.iter().map(|operation| objects(operation, &named, &problem));
        let (in_3_1, in_3_2): (Vec<_>, Vec<_>) = objects.unzip();
        let written = |dialect, objects| {
            let all = operations.iter().zip(objects).collect();
            written(all, dialect, (&named, &problem, &security), api)
        };
        let document = Self {
            version_3_1: written(Dialect::V31, in_3_1),
            version_3_2: written(Dialect::V32, in_3_2),
        };
        let errors = config_errors(&operations, &named, &problem);
        (document, errors)
    }
}

impl fmt::Display for OpenApiDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text(&self.version_3_1))
    }
}

/// Returns the operations in the document: the operations of documented endpoints that the function
/// of [`OpenApi::only`] keeps.
fn operations(
    contract: &Contract,
    api: &OpenApi,
    components: &mut Components,
    security: &mut SecuritySchemes,
) -> Vec<Operation> {
    let mut routed = Vec::new();
    for endpoint in &contract.endpoints {
        let words = Words::of(&endpoint.config);
        if words.is_undocumented {
            continue;
        }
        for (method, route) in endpoint.config.method_routes() {
            // The host reports invalid routes.
            if let Ok(template) = RouteTemplate::parse(route) {
                routed.push((endpoint, method, template, words.operation_id.clone()));
            }
        }
    }
    let unnamed: Vec<_> = routed
        .iter()
        .map(|(endpoint, method, _, wanted)| Unnamed {
            type_name: endpoint.registration.type_name(),
            method,
            wanted: wanted.as_deref(),
        })
        .collect();
    // Ids are assigned to all operations, so that an operation has the same id in each document of
    // the host.
    let ids = ids(&unnamed);
    let kept = routed.iter().zip(&ids).filter(|((endpoint, method, template, _), _)| {
        let config = &endpoint.config;
        api.choice.keeps(OperationHead {
            method,
            path: &path(template),
            tags: config.words().2,
            version: config.version_number(),
            is_deprecated: config.deprecation().is_some(),
            is_anonymous: config.access().is_anonymous(method),
        })
    });
    let described = kept.map(|((endpoint, method, template, _), id)| {
        let routed = Routed { endpoint, method, template, id };
        Operation::new(routed, contract, components, security)
    });
    described.collect()
}

/// Returns the Operation Objects in OpenAPI 3.1 and in 3.2, which differ only in event streams.
fn objects(operation: &Operation, named: &Named, problem: &Value) -> (Value, Value) {
    let object = |dialect| {
        let mut object = operation.written(dialect, problem);
        named.rewrite(&mut object);
        object
    };
    let in_3_1 = object(Dialect::V31);
    let in_3_2 = match operation.stream {
        Some(_) => object(Dialect::V32),
        None => in_3_1.clone(),
    };
    (in_3_1, in_3_2)
}

type Shared<'a> = (&'a Named, &'a Value, &'a Map<String, Value>);

/// Generates the document in one version of OpenAPI.
fn written(
    operations: Vec<(&Operation, Value)>,
    dialect: Dialect,
    (named, problem, security): Shared<'_>,
    api: &OpenApi,
) -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let (mut tags, mut refusals) = (BTreeSet::new(), BTreeSet::new());
    for (operation, object) in operations {
        let Some((place, key)) = place(&operation.method, dialect) else {
            continue;
        };
        let item = paths.entry(&operation.path).or_default();
        match place {
            None => item.insert(key, object),
            Some(place) => {
                let others = item.entry(place).or_insert(json!({}));
                others.as_object_mut().and_then(|others| others.insert(key, object))
            }
        };
        tags.extend(operation.tags.iter().map(String::as_str));
        refusals.extend(operation.shared_refusals());
    }
    let paths = paths.into_iter().map(|(path, item)| (path.to_owned(), Value::Object(item)));
    let paths = Value::Object(paths.collect());
    let responses = Value::Object(shared_responses(&refusals, problem));
    let schemas = Value::Object(named.referenced([&paths, &responses]));
    let tags: Vec<_> = tags.into_iter().map(|name| tag(name, api)).collect();
    let security = Value::Object(security.clone());
    let components =
        [("schemas", schemas), ("responses", responses), ("securitySchemes", security)];
    let components = components.into_iter().filter(|(_, part)| part != &json!({}));
    let components: Map<_, _> = components.map(|(name, part)| (name.to_owned(), part)).collect();
    let mut document = head(dialect, api);
    set(&mut document, "paths", paths);
    if !components.is_empty() {
        set(&mut document, "components", components);
    }
    if !tags.is_empty() {
        set(&mut document, "tags", tags);
    }
    api.choice.change(&mut document);
    document
}

/// Returns a document with only the fields `openapi`, `info` and `servers`.
fn head(dialect: Dialect, api: &OpenApi) -> Value {
    let mut info = json!({ "title": api.title, "version": api.version });
    if let Some(text) = &api.description {
        set(&mut info, "description", text.clone());
    }
    let own = ["/".to_owned()];
    let urls = if api.servers.is_empty() { &own[..] } else { &api.servers };
    let servers: Vec<_> = urls.iter().map(|url| json!({ "url": url })).collect();
    json!({ "openapi": dialect.version(), "info": info, "servers": servers })
}

/// Returns the Tag Object for this name, with its description if one is set.
fn tag(name: &str, api: &OpenApi) -> Value {
    match api.tags.iter().find(|(known, _)| known == name) {
        Some((_, description)) => json!({ "name": name, "description": description }),
        None => json!({ "name": name }),
    }
}

/// Returns the position of an operation in its path item: the field with a map of operations, or
/// `None` for the path item itself, and the key. Returns `None` if this version of OpenAPI cannot
/// describe the method.
fn place(method: &http::Method, dialect: Dialect) -> Option<(Option<&'static str>, String)> {
    const COMMON: [&str; 8] = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"];
    let name = method.as_str();
    let key = name.to_ascii_lowercase();
    match dialect {
        _ if COMMON.contains(&name) => Some((None, key)),
        Dialect::V31 => None,
        Dialect::V32 if name == "QUERY" => Some((None, key)),
        Dialect::V32 => Some((Some("additionalOperations"), name.to_owned())),
    }
}
