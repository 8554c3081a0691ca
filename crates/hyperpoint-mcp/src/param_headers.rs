//! Arguments that headers repeat (MCP 2026-07-28, Streamable HTTP, Custom Headers from Tool
//! Parameters).

use std::collections::BTreeSet;

use http::{HeaderMap, HeaderName};
use serde_json::{Map, Number, Value};

use crate::name_value::decoded;

/// The schema keyword that contains the header's name, without the prefix `Mcp-Param-`.
const KEYWORD: &str = "x-mcp-header";

/// 2^53. Integers of smaller magnitude are exact as `f64`, so that they can be compared as `f64`.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// An argument that a header repeats.
#[derive(Clone, Debug)]
pub(crate) struct ParamHeader {
    /// The path of property names from the arguments to the value.
    path: Vec<String>,
    header: HeaderName,
}

/// Returns the arguments of an input schema that headers repeat, and the configuration errors of
/// the schema.
pub(crate) fn param_headers(input: &Value) -> (Vec<ParamHeader>, Vec<String>) {
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    collect(input, &mut Vec::new(), &mut found, &mut faults);
    let mut seen = BTreeSet::new();
    for one in &found {
        if !seen.insert(one.header.as_str().to_owned()) {
            faults.push(format!("two arguments have the header `{}`; rename one", one.header));
        }
    }
    if count(input) > found.len() + faults.len() {
        faults.push(format!(
            "`{KEYWORD}` is on a schema outside of `properties`; move it to a property of the \
             request"
        ));
    }
    (found, faults)
}

fn collect(
    schema: &Value,
    path: &mut Vec<String>,
    found: &mut Vec<ParamHeader>,
    faults: &mut Vec<String>,
) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        path.push(name.clone());
        if let Some(wanted) = property.get(KEYWORD) {
            match header(wanted, property) {
                Ok(header) => found.push(ParamHeader { path: path.clone(), header }),
                Err(fault) => faults.push(format!("the argument `{}` {fault}", path.join("."))),
            }
        }
        collect(property, path, found, faults);
        path.pop();
    }
}

fn header(wanted: &Value, property: &Value) -> Result<HeaderName, String> {
    let name = wanted.as_str().filter(|name| !name.is_empty());
    let name = name.and_then(|name| HeaderName::try_from(format!("mcp-param-{name}")).ok());
    let name = name.ok_or_else(|| {
        format!(
            "has an `{KEYWORD}` that is not valid in a header name; use letters, digits and hyphens"
        )
    })?;
    let kinds = match property.get("type") {
        Some(Value::Array(kinds)) => kinds.clone(),
        Some(kind) => vec![kind.clone()],
        None => Vec::new(),
    };
    let is_plain =
        |kind: &Value| ["string", "integer", "boolean", "null"].iter().any(|plain| kind == plain);
    match !kinds.is_empty() && kinds.iter().all(is_plain) {
        true => Ok(name),
        false => Err(format!(
            "has an `{KEYWORD}`, but is not a string, an integer or a boolean; remove it"
        )),
    }
}

/// Returns the number of string values of the keyword in a schema.
fn count(schema: &Value) -> usize {
    match schema {
        Value::Object(object) => {
            let own = usize::from(object.get(KEYWORD).is_some_and(Value::is_string));
            own + object.values().map(count).sum::<usize>()
        }
        Value::Array(parts) => parts.iter().map(count).sum(),
        _ => 0,
    }
}

impl ParamHeader {
    /// Returns how a header that is present differs from its argument, or `None` if it agrees or is
    /// absent. Used for revisions in which the header is optional.
    pub(crate) fn present_mismatch(
        &self,
        headers: &HeaderMap,
        arguments: &Map<String, Value>,
    ) -> Option<String> {
        headers.contains_key(&self.header).then(|| self.mismatch(headers, arguments)).flatten()
    }

    /// Returns how the header of a request differs from its argument, or `None` if they agree.
    pub(crate) fn mismatch(
        &self,
        headers: &HeaderMap,
        arguments: &Map<String, Value>,
    ) -> Option<String> {
        let name = &self.header;
        let (first, rest) = self.path.split_first()?;
        let first = arguments.get(first);
        let value =
            first.and_then(|first| rest.iter().try_fold(first, |value, name| value.get(name)));
        let value = value.filter(|value| !value.is_null());
        let mut sent = headers.get_all(name).iter();
        let (header, more) = (sent.next(), sent.next());
        let Some(header) = header else {
            return value.map(|_| format!("the header `{name}` is missing"));
        };
        let text = header.to_str().ok().and_then(|text| decoded(text.trim()));
        match (text, value) {
            _ if more.is_some() => Some(format!("the header `{name}` is repeated")),
            (None, _) => Some(format!("the header `{name}` is invalid")),
            (Some(text), Some(value)) if is_same(&text, value) => None,
            _ => Some(format!("the header `{name}` differs from the argument")),
        }
    }
}

fn integer(value: &Number) -> Option<i128> {
    value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
}

fn is_same(text: &str, value: &Value) -> bool {
    match value {
        Value::String(value) => value == text,
        Value::Bool(value) => text == value.to_string(),
        Value::Number(value) => match (text.parse::<i128>(), integer(value)) {
            (Ok(text), Some(value)) => text == value,
            _ => text
                .parse::<f64>()
                .is_ok_and(|number| number.abs() < MAX_EXACT && value.as_f64() == Some(number)),
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use serde_json::json;

    use super::*;

    fn arguments(value: Value) -> Map<String, Value> {
        let Value::Object(arguments) = value else { panic!("an object") };
        arguments
    }

    #[test]
    fn a_header_has_to_repeat_its_argument() {
        let input = json!({ "properties": {
            "region": { "type": ["string", "null"], "x-mcp-header": "Region" },
            "page": { "properties": { "size": { "type": "integer", "x-mcp-header": "Size" } } },
        } });
        let (params, faults) = param_headers(&input);
        assert_eq!((params.len(), faults), (2, Vec::<String>::new()));
        let check = |headers: &[(&'static str, &'static str)], value: Value| {
            let headers = headers
                .iter()
                .map(|(name, value)| {
                    (HeaderName::from_static(name), HeaderValue::from_static(value))
                })
                .collect();
            let value = arguments(value);
            params.iter().all(|param| param.mismatch(&headers, &value).is_none())
        };
        assert!(check(&[], json!({})));
        assert!(check(&[], json!({ "region": null })));
        assert!(check(&[("mcp-param-region", "eu")], json!({ "region": "eu" })));
        assert!(check(&[("mcp-param-region", "=?base64?ZXU=?=")], json!({ "region": "eu" })));
        assert!(check(&[("mcp-param-size", "42.0")], json!({ "page": { "size": 42 } })));
        assert!(!check(&[], json!({ "region": "eu" })));
        assert!(!check(&[("mcp-param-region", "eu")], json!({})));
        assert!(!check(&[("mcp-param-region", "us")], json!({ "region": "eu" })));
        assert!(!check(
            &[("mcp-param-region", "eu"), ("mcp-param-region", "us")],
            json!({ "region": "eu" })
        ));
    }

    #[test]
    fn integers_above_2_to_the_53_are_compared_exactly() {
        let large: u64 = 9_007_199_254_740_993;
        assert!(is_same("9007199254740993", &json!(large)));
        assert!(!is_same("9007199254740992", &json!(large)));
        assert!(!is_same("9007199254740992.0", &json!(large)));
        assert!(!is_same("18446744073709551615", &json!(u64::MAX - 1)));
        assert!(!is_same("-9223372036854775807", &json!(i64::MIN)));
        assert!(is_same("42.0", &json!(42)) && is_same("4.2e1", &json!(42)));
        assert!(!is_same("NaN", &json!(42)) && !is_same("42.5", &json!(42)));
    }

    #[test]
    fn invalid_requests_for_headers_are_faults() {
        let faults =
            |properties: Value| param_headers(&json!({ "properties": properties })).1.len();
        assert_eq!(faults(json!({ "a": { "type": "string", "x-mcp-header": "" } })), 1);
        assert_eq!(faults(json!({ "a": { "type": "string", "x-mcp-header": "a b" } })), 1);
        assert_eq!(faults(json!({ "a": { "type": "number", "x-mcp-header": "A" } })), 1);
        let of_two = json!({
            "a": { "type": "string", "x-mcp-header": "A" },
            "b": { "type": "string", "x-mcp-header": "a" },
        });
        assert_eq!(faults(of_two), 1);
        assert_eq!(
            faults(json!({ "a": { "items": { "type": "string", "x-mcp-header": "A" } } })),
            1
        );
    }
}
