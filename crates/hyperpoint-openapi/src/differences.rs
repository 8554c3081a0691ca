//! Compares two documents, and lists their differences.

use serde_json::Value;

/// Maximum length of a value in a difference, in characters.
const MAX_CHARS: usize = 120;

/// Returns one line for each part that was added (`+`), removed (`-`) or changed (`~`), with its
/// path.
pub(crate) fn differences(kept: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", kept, new, &mut found);
    found
}

fn compare(path: &str, kept: &Value, new: &Value, found: &mut Vec<String>) {
    match (kept, new) {
        (Value::Object(kept), Value::Object(new)) => {
            let mut keys: Vec<_> = kept.keys().chain(new.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let path = format!("{path}{}{key}", if path.is_empty() { "" } else { " > " });
                part(&path, kept.get(key), new.get(key), found);
            }
        }
        (Value::Array(kept), Value::Array(new)) => {
            for index in 0..kept.len().max(new.len()) {
                part(&format!("{path}[{index}]"), kept.get(index), new.get(index), found);
            }
        }
        _ if kept == new => {}
        _ => found.push(format!("~ {path}: {} became {}", excerpt(kept), excerpt(new))),
    }
}

fn part(path: &str, kept: Option<&Value>, new: Option<&Value>, found: &mut Vec<String>) {
    match (kept, new) {
        (Some(kept), Some(new)) => compare(path, kept, new, found),
        (Some(kept), None) => found.push(format!("- {path}: {}", excerpt(kept))),
        (None, Some(new)) => found.push(format!("+ {path}: {}", excerpt(new))),
        (None, None) => {}
    }
}

fn excerpt(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_part_that_changed_has_a_line() {
        let kept =
            json!({ "paths": { "/a": { "get": { "tags": ["x", "y"] } }, "/b": 1 }, "same": [1] });
        let new = json!({ "paths": { "/a": { "get": { "tags": ["x"], "summary": "S" } }, "/b": 2 }, "same": [1] });
        assert_eq!(
            differences(&kept, &new),
            [
                "+ paths > /a > get > summary: \"S\"",
                "- paths > /a > get > tags[1]: \"y\"",
                "~ paths > /b: 1 became 2"
            ]
        );
        assert!(differences(&new, &new).is_empty());
    }
}
