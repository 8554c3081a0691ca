//! Operation ids: stable, and unique in the document.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;

/// An operation that needs an id.
#[derive(Debug)]
pub(crate) struct Unnamed<'a> {
    /// The full name of the endpoint's type.
    pub(crate) type_name: &'a str,
    pub(crate) method: &'a Method,
    /// The id that the endpoint sets, if any.
    pub(crate) wanted: Option<&'a str>,
}

/// Returns the ids of operations, in the order of `operations`. The first operation of a type has
/// the id that the endpoint sets or, by default, the name of the type in lower camel case, preceded
/// by the names of modules if other types have the same name. A further operation of the type has
/// the same id followed by its method. A number is appended to a generated id that is already
/// taken.
pub(crate) fn ids<'a>(operations: &[Unnamed<'a>]) -> Vec<String> {
    let mut types: BTreeMap<&str, String> = BTreeMap::new();
    for operation in operations.iter().filter(|operation| operation.wanted.is_none()) {
        types.entry(operation.type_name).or_default();
    }
    // Only types with the same name are compared with each other.
    let mut namesakes: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for name in types.keys() {
        let own = segments(name);
        namesakes.entry(own.last().cloned().unwrap_or_default()).or_default().push(own);
    }
    for (name, id) in &mut types {
        let own = segments(name);
        let others = own.last().and_then(|last| namesakes.get(last));
        *id = shortest(&own, others.map(Vec::as_slice).unwrap_or_default());
    }
    let mut used: BTreeSet<String> =
        operations.iter().filter_map(|operation| operation.wanted.map(str::to_owned)).collect();
    let mut known = BTreeSet::new();
    let mut id = |operation: &Unnamed<'a>| {
        let is_first = known.insert(operation.type_name);
        let own = || types.get(operation.type_name).cloned().unwrap_or_default();
        let id = operation.wanted.map_or_else(own, str::to_owned);
        if is_first && operation.wanted.is_some() {
            return id;
        }
        let method = pascal(&operation.method.as_str().to_ascii_lowercase());
        let base = if is_first { id } else { format!("{id}{method}") };
        let (mut unique, mut count) = (base.clone(), 1);
        while !used.insert(unique.clone()) {
            count += 1;
            unique = format!("{base}{count}");
        }
        unique
    };
    operations.iter().map(&mut id).collect()
}

/// Returns the name of a type in lower camel case, preceded by the fewest modules that distinguish
/// the type from the other types of the same name.
fn shortest(own: &[String], all: &[Vec<String>]) -> String {
    let with = |segments: &[String], count: usize| -> String {
        let skipped = segments.len().saturating_sub(count);
        segments.iter().skip(skipped).map(|part| pascal(part)).collect()
    };
    let is_unique = |count: &usize| {
        let id = with(own, *count);
        all.iter().filter(|other| *other != own).all(|other| with(other, *count) != id)
    };
    let count = (1..=own.len()).find(is_unique).unwrap_or(own.len());
    lower_first(&with(own, count))
}

/// Returns the modules and the name of a type, without the modules of its generic arguments.
fn segments(name: &str) -> Vec<String> {
    let (path, arguments) = name.split_once('<').unwrap_or((name, ""));
    let mut segments: Vec<String> = path.split("::").map(str::to_owned).collect();
    let arguments: String = arguments
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
        .map(|argument| pascal(argument.rsplit("::").next().unwrap_or_default()))
        .collect();
    if let Some(last) = segments.last_mut() {
        last.push_str(&arguments);
    }
    segments
}

/// Converts words to upper camel case, such as `snake_case` to `SnakeCase`.
pub(crate) fn pascal(text: &str) -> String {
    let upper_first = |part: &str| {
        let mut chars = part.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>())
    };
    text.split(|c: char| !c.is_alphanumeric()).filter_map(upper_first).collect()
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_as_short_as_they_can_be() {
        let of = |type_name, method, wanted| Unnamed { type_name, method, wanted };
        let (get, post) = (&Method::GET, &Method::POST);
        let operations = [
            of("shop::orders::PlaceOrder", post, None),
            of("shop::orders::Get", get, None),
            of("shop::invoices::Get", get, None),
            of("shop::health::Any", get, None),
            of("shop::health::Any", post, None),
            of("shop::health::Any", post, None),
            of("shop::Named", get, Some("list")),
            of("shop::Page<shop::orders::Order>", get, None),
        ];
        let ids = ids(&operations);
        assert_eq!(
            ids,
            [
                "placeOrder",
                "ordersGet",
                "invoicesGet",
                "any",
                "anyPost",
                "anyPost2",
                "list",
                "pageOrder"
            ]
        );
    }
}
