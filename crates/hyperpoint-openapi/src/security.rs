//! Security schemes, and the security requirements of each operation.

use std::collections::BTreeMap;

use http::Method;
use hyperpoint_core::Config;
use hyperpoint_core::identity::Carrier;
use hyperpoint_host::Contract;
use serde_json::{Map, Value, json};

use crate::rewriting::set;

/// The security schemes that the operations of a document use, by key.
#[derive(Debug, Default)]
pub(crate) struct SecuritySchemes(BTreeMap<String, Value>);

impl SecuritySchemes {
    /// Returns the security requirements of an operation, of which a client has to meet one.
    /// Returns an empty list if anonymous clients are admitted.
    pub(crate) fn needed(
        &mut self,
        contract: &Contract,
        config: &Config,
        method: &Method,
    ) -> Vec<Value> {
        let access = config.access();
        if access.is_anonymous(method) {
            return Vec::new();
        }
        let is_asked = |name: &str| {
            access.schemes().is_empty() || access.schemes().iter().any(|one| one == name)
        };
        let scopes: Vec<_> = access.requirements().iter().flat_map(|one| one.scopes()).collect();
        let mut needed = Vec::new();
        for scheme in contract.schemes.iter().filter(|scheme| is_asked(&scheme.name)) {
            let token = access.query_token();
            let carriers = scheme.carriers.iter().enumerate();
            let found = carriers
                .filter_map(|(index, carrier)| described(&scheme.name, index, carrier, token));
            needed.extend(found.map(|(key, value)| json!({ self.add(key, value, token): scopes })));
        }
        if needed.is_empty() {
            // An empty list would mean that anonymous clients are admitted.
            let key = self.add("connection".to_owned(), of_the_connection(), None);
            needed.push(json!({ key: scopes }));
        }
        needed
    }

    /// Adds a scheme, and returns its key. If a different scheme has the key, because another
    /// endpoint has a query token of another name, appends the name of the query token to the key.
    fn add(&mut self, key: String, value: Value, query_token: Option<&str>) -> String {
        let is_other = self.0.get(&key).is_some_and(|known| *known != value);
        let name = query_token.map(self::key).unwrap_or_default();
        let key = if is_other { format!("{key}-{name}") } else { key };
        self.0.insert(key.clone(), value);
        key
    }

    pub(crate) fn into_components(self) -> Map<String, Value> {
        self.0.into_iter().collect()
    }
}

/// Returns the key and the Security Scheme Object of one carrier of credentials. Returns `None` if
/// OpenAPI cannot describe the carrier, or if the carrier is the query and the operation accepts no
/// token in the query. The first carrier of a scheme has the name of the scheme as its key.
fn described(
    scheme: &str,
    index: usize,
    carrier: &Carrier,
    query_token: Option<&str>,
) -> Option<(String, Value)> {
    let key =
        |suffix: &str| if index == 0 { key(scheme) } else { format!("{}-{suffix}", key(scheme)) };
    Some(match carrier {
        Carrier::Bearer(format) => {
            let mut value = json!({ "type": "http", "scheme": "bearer" });
            if let Some(format) = format {
                set(&mut value, "bearerFormat", *format);
            }
            (key("bearer"), value)
        }
        Carrier::Header(name) => {
            (key("header"), json!({ "type": "apiKey", "in": "header", "name": name }))
        }
        Carrier::Cookie(name) => {
            (key("cookie"), json!({ "type": "apiKey", "in": "cookie", "name": name }))
        }
        Carrier::Query => {
            let name = query_token?;
            (key("query"), json!({ "type": "apiKey", "in": "query", "name": name }))
        }
        _ => return None,
    })
}

/// Returns the security scheme for authentication by the connection (`mutualTLS`).
fn of_the_connection() -> Value {
    json!({
        "type": "mutualTLS",
        "description": "Authentication by the connection, such as a client certificate or a trusted proxy.",
    })
}

fn key(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    name.chars().map(plain).collect()
}

/// Returns the access requirements of an operation as text, or `None` if there are no requirements.
pub(crate) fn in_words(config: &Config, method: &Method) -> Option<String> {
    if config.access().is_anonymous(method) {
        return None;
    }
    let rules: Vec<_> = config.access().requirements().iter().map(ToString::to_string).collect();
    (!rules.is_empty()).then(|| format!("Needs {}.", rules.join("; ")))
}
