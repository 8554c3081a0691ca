//! A value as texts: for the route, the query, headers, cookies and forms.

use serde_json::Value;

/// The texts of a value: none for null, several for a list, else one.
///
/// # Errors
///
/// What is in it that no text stands for.
pub(super) fn texts(value: &Value) -> Result<Vec<String>, &'static str> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => {
            let texts = items.iter().map(|item| match item {
                Value::Null => Err("has null in its list, which no text stands for"),
                Value::Array(_) => Err("is a list of lists, which no text stands for"),
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
        _ => Err("has fields of its own, which no text stands for"),
    }
}
