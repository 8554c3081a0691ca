//! Query and form fields, decoded and grouped by name.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::de::value::MapDeserializer;
use serde_json::Error;

use super::schema::Kind;
use super::text_values::{Sent, TextValues};

/// The decoded name and value of a query or form field.
pub(super) type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// A map deserializer over query or form fields.
pub(super) type TextMap<'de> =
    MapDeserializer<'de, std::vec::IntoIter<(&'de str, TextValues<'de>)>, Error>;

/// Maximum number of names that are searched linearly. For more names, a hash map is built.
const FEW: usize = 16;

/// Decodes the name-value pairs of a query or a form (`application/x-www-form-urlencoded`, WHATWG
/// URL).
pub(super) fn pairs(text: &[u8]) -> Vec<Pair<'_>> {
    form_urlencoded::parse(text).collect()
}

/// Groups pairs by name. Returns each name once, with all its values, except the names for which
/// `is_skipped` returns `true`.
pub(super) fn gather<'a>(
    pairs: &'a [Pair<'_>],
    is_skipped: impl Fn(&str) -> bool,
    kind: impl Fn(&str) -> Kind,
) -> TextMap<'a> {
    let mut fields: Vec<(&str, TextValues<'_>)> = Vec::new();
    // Prevents quadratic time if a client sends thousands of names.
    let mut indexes: HashMap<&str, usize> = HashMap::new();
    for (name, value) in pairs.iter().filter(|(name, _)| !is_skipped(name)) {
        let index = if fields.len() < FEW {
            fields.iter().position(|(known, _)| known == name)
        } else {
            if indexes.is_empty() {
                indexes.extend(fields.iter().map(|field| field.0).zip(0..));
            }
            indexes.get(&**name).copied()
        };
        if let Some((_, values)) = index.and_then(|index| fields.get_mut(index)) {
            values.push(Sent::Text(value));
            continue;
        }
        if !indexes.is_empty() {
            indexes.insert(name, fields.len());
        }
        fields.push((name, TextValues::one(value, kind(name))));
    }
    MapDeserializer::new(fields.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_are_grouped_by_name() {
        let query: Vec<_> = (0..5_000).map(|name| format!("k{}=v", name % 2_500)).collect();
        let query = query.join("&");
        let pairs = pairs(query.as_bytes());
        let gathered = gather(&pairs, |name| name == "k7", |_| Kind::default());
        let fields: HashMap<String, Vec<String>> =
            serde::Deserialize::deserialize(gathered).unwrap();
        assert_eq!(fields.len(), 2_499);
        assert!(fields.values().all(|values| values.len() == 2));
    }
}
