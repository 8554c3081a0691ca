//! Which source each field of a request type has on one route.

use http::Method;
use serde_json::Value;

/// Where the fields of a request type come from on one route. Made once, at start-up.
#[derive(Clone, Debug, Default)]
pub struct BindingPlan {
    route_params: Vec<String>,
    rest: Rest,
}

/// Where the fields come from that the route does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Rest {
    #[default]
    Query,
    Body,
}

impl BindingPlan {
    /// The plan for a request type of this schema (none for `()`), and what is wrong with it.
    #[must_use]
    pub fn new(method: &Method, params: &[String], schema: Option<&Value>) -> (Self, Vec<String>) {
        let is_query = [Method::GET, Method::HEAD, Method::DELETE].contains(method);
        let rest = if is_query { Rest::Query } else { Rest::Body };
        let plan = Self { route_params: params.to_vec(), rest };
        if schema.is_some_and(is_no_object) && (is_query || !params.is_empty()) {
            let source = if is_query { "the query" } else { "the route" };
            let mistake = format!(
                "the request type is no object, and its fields come from {source}; write a struct"
            );
            return (plan, vec![mistake]);
        }
        let Some(properties) = schema.and_then(properties) else {
            return (plan, Vec::new());
        };
        let lost = params.iter().filter(|param| !properties.contains(&param.as_str()));
        let mistakes = lost.map(|param| {
            format!(
                "the route parameter `{{{param}}}` has no field in the request type; \
                 add a field `{param}`, or rename one to it",
            )
        });
        let mistakes = mistakes.collect();
        (plan, mistakes)
    }

    pub(super) fn route_params(&self) -> &[String] {
        &self.route_params
    }

    pub(super) fn rest(&self) -> Rest {
        self.rest
    }
}

/// Whether a type has no fields to bind one by one.
fn is_no_object(schema: &Value) -> bool {
    let kinds = ["array", "string", "number", "integer", "boolean"];
    schema.get("type").and_then(Value::as_str).is_some_and(|kind| kinds.contains(&kind))
}

/// The names of an object's fields; none for a type that is no plain object and binds whole.
fn properties(schema: &Value) -> Option<Vec<&str>> {
    let whole = ["allOf", "anyOf", "oneOf", "$ref"].iter().any(|key| schema.get(key).is_some());
    let is_object = schema.get("type").is_some_and(|kind| kind == "object");
    if whole || !is_object {
        return None;
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    Some(properties.map(|map| map.keys().map(String::as_str).collect()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use schemars::{JsonSchema, schema_for};

    use super::*;

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only the schema is looked at")]
    struct Rename {
        id: u32,
        #[serde(rename = "new-name")]
        name: String,
    }

    #[track_caller]
    fn check(params: &[&str], expected: usize) {
        let schema = schema_for!(Rename).to_value();
        let params: Vec<_> = params.iter().map(|&param| param.to_owned()).collect();
        let (_, mistakes) = BindingPlan::new(&Method::PUT, &params, Some(&schema));
        assert_eq!(mistakes.len(), expected, "{mistakes:?}");
    }

    #[test]
    fn what_has_no_fields_is_a_whole_body_alone() {
        let schema = schema_for!(Vec<u32>).to_value();
        let mistakes =
            |method, params: &[String]| BindingPlan::new(&method, params, Some(&schema)).1.len();
        assert_eq!(mistakes(Method::POST, &[]), 0);
        assert_eq!(mistakes(Method::GET, &[]), 1);
        assert_eq!(mistakes(Method::POST, &["id".to_owned()]), 1);
    }

    #[test]
    fn a_route_parameter_needs_a_field_by_its_serde_name() {
        check(&["id"], 0);
        check(&["id", "new-name"], 0);
        check(&["name"], 1);
        check(&["a", "b"], 2);
    }
}
