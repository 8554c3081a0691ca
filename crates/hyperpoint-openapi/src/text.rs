//! A document as text, with a fixed order of keys: the most important keys come first.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;

/// The keys of an object that come first, in this order. Other keys follow in alphabetical order.
const FIRST: [&str; 13] = [
    "openapi",
    "info",
    "title",
    "version",
    "operationId",
    "summary",
    "name",
    "in",
    "$ref",
    "type",
    "description",
    "tags",
    "servers",
];

/// The key of an object that comes last.
const LAST: &str = "components";

/// Returns a document as indented text. The order of keys does not depend on the feature
/// `preserve_order` of `serde_json`, which another crate may enable.
pub(crate) fn text(document: &Value) -> String {
    serde_json::to_string_pretty(&Ordered(document)).unwrap_or_default()
}

struct Ordered<'v>(&'v Value);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(object) => {
                let mut fields: Vec<_> = object.iter().collect();
                fields.sort_by_key(|(key, _)| (rank(key), key.as_str()));
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (key, value) in fields {
                    map.serialize_entry(key, &Ordered(value))?;
                }
                map.end()
            }
            Value::Array(list) => {
                let mut sequence = serializer.serialize_seq(Some(list.len()))?;
                for value in list {
                    sequence.serialize_element(&Ordered(value))?;
                }
                sequence.end()
            }
            other => other.serialize(serializer),
        }
    }
}

fn rank(key: &str) -> usize {
    if key == LAST {
        return usize::MAX;
    }
    FIRST.iter().position(|first| *first == key).unwrap_or(FIRST.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_keys_is_that_of_a_reader() {
        let text = text(
            &json!({ "components": 1, "paths": 2, "openapi": "3.1.1", "info": { "a": [], "title": 3 } }),
        );
        let keys: Vec<_> =
            text.split('"').skip(1).step_by(2).filter(|word| *word != "3.1.1").collect();
        assert_eq!(keys, ["openapi", "info", "title", "a", "paths", "components"]);
    }
}
