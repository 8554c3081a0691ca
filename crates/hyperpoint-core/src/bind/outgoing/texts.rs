//! Conversion of values to text for the route, the query, headers, cookies and forms.

use serde_json::Value;

/// Converts a value to a list of texts: no text for null, one text per element for a list, and one
/// text for any other value.
///
/// # Errors
///
/// The reason, if the value or an element of it cannot be sent as text.
pub(super) fn texts(value: &Value) -> Result<Vec<String>, &'static str> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => {
            let texts = items.iter().map(|item| match item {
                Value::Null => Err("is a list that contains null, which cannot be sent as text"),
                Value::Array(_) => Err("is a list of lists, which cannot be sent as text"),
                item => text(item),
            });
            texts.collect()
        }
        value => text(value).map(|text| vec![text]),
    }
}

fn text(value: &Value) -> Result<String, &'static str> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => Err("is an object, which cannot be sent as text"),
    }
}
