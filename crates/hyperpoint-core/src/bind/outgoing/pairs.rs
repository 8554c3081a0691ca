//! Conversion of values to the name-value pairs of a query or a form.

use serde_json::Value;

use super::texts::texts;

/// Returns the name-value pairs of a field. The elements of a list of scalars repeat the name of
/// the field; any other nested value has a separate name, such as `items[0].price`.
///
/// # Errors
///
/// The reason, if a nested value cannot be sent as text, or if a key contains a bracket.
pub(super) fn pairs(name: &str, value: &Value) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    add(name, value, &mut pairs)?;
    Ok(pairs)
}

fn add(name: &str, value: &Value, pairs: &mut Vec<(String, String)>) -> Result<(), String> {
    match value {
        Value::Object(fields) => {
            fields.iter().try_for_each(|(key, value)| add(&name_of_part(name, key)?, value, pairs))
        }
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            let mut items = items.iter().enumerate();
            items.try_for_each(|(index, item)| add(&format!("{name}[{index}]"), item, pairs))
        }
        value => {
            pairs.extend(texts(value)?.into_iter().map(|text| (name.to_owned(), text)));
            Ok(())
        }
    }
}

/// Appends the key of a nested value to a name: `name.key`, or `name[key]` if the key is empty or
/// contains a dot.
///
/// # Errors
///
/// The reason, if the key contains a bracket.
pub(super) fn name_of_part(name: &str, key: &str) -> Result<String, String> {
    match key {
        _ if key.contains(['[', ']']) => {
            Err(format!("has the key `{key}`, which contains a bracket"))
        }
        _ if key.contains('.') || key.is_empty() => Ok(format!("{name}[{key}]")),
        _ => Ok(format!("{name}.{key}")),
    }
}
