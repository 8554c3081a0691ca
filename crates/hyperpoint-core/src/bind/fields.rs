//! Fields that all came as text: those of the route, then those of the query.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde::de::value::{Error, MapDeserializer};

use super::text::TextValues;

/// A name and its text values, in the order in which they came.
pub(super) type Field<'a> = (&'a str, Vec<&'a str>);

/// The query's pairs, decoded (`application/x-www-form-urlencoded`, WHATWG URL).
pub(super) fn query_pairs(query: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(query.as_bytes()).collect()
}

/// Each route parameter as a field, and then the query's others: a name of the route is the
/// route's alone.
pub(super) fn gather<'a>(
    route: impl Iterator<Item = (&'a str, &'a str)>,
    query: &'a [(Cow<'_, str>, Cow<'_, str>)],
) -> Vec<Field<'a>> {
    let mut fields: Vec<Field<'a>> = route.map(|(name, value)| (name, vec![value])).collect();
    let route_count = fields.len();
    // By a map, since a client may send thousands of names.
    let mut places: HashMap<&str, usize> = fields.iter().map(|field| field.0).zip(0..).collect();
    for (name, value) in query {
        let place = *places.entry(name).or_insert(fields.len());
        match fields.get_mut(place) {
            Some(_) if place < route_count => {}
            Some((_, values)) => values.push(value),
            None => fields.push((name, vec![value])),
        }
    }
    fields
}

/// The type from its fields.
///
/// # Errors
///
/// The name of the field at fault, empty where it is none alone, and what is wrong.
pub(super) fn from_fields<T: DeserializeOwned>(
    fields: Vec<Field<'_>>,
) -> Result<T, (String, String)> {
    let fields = fields.into_iter().map(|(name, values)| (name, TextValues::<Error>::new(values)));
    serde_path_to_error::deserialize(MapDeserializer::new(fields))
        .map_err(|error| (path(error.path()), error.inner().to_string()))
}

/// The path of a field as the client wrote it; empty for the whole.
pub(super) fn path(path: &serde_path_to_error::Path) -> String {
    if path.iter().next().is_none() { String::new() } else { path.to_string() }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use uuid::Uuid;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Order {
        Up,
        Down,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[expect(clippy::struct_field_names, reason = "a page has a page")]
    struct Page {
        id: Uuid,
        #[serde(default)]
        tags: Vec<String>,
        page: Option<u32>,
        order: Option<Order>,
        deep: Option<bool>,
    }

    fn bind(id: &str, query: &str) -> Result<Page, (String, String)> {
        let query = query_pairs(query);
        from_fields(gather([("id", id)].into_iter(), &query))
    }

    const ID: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";

    #[test]
    fn text_becomes_the_types_of_the_fields() {
        let page = bind(ID, "tags=a&page=3&tags=b%20c&order=down&deep=true&other=1").unwrap();
        assert_eq!(page.tags, ["a", "b c"]);
        assert_eq!((page.page, page.order, page.deep), (Some(3), Some(Order::Down), Some(true)));
        let bare = bind(ID, "").unwrap();
        assert_eq!((bare.tags.len(), bare.page, bare.deep), (0, None, None));
    }

    #[test]
    fn the_query_never_overrides_the_route() {
        let page = bind(ID, "id=00000000-0000-0000-0000-000000000000").unwrap();
        assert_eq!(page.id.to_string(), ID);
    }

    #[test]
    fn each_of_many_names_is_found_once() {
        let query: Vec<_> = (0..5_000).map(|name| format!("k{}=v", name % 2_500)).collect();
        let query = query.join("&");
        let pairs = query_pairs(&query);
        let fields = gather([("k7", "route")].into_iter(), &pairs);
        assert_eq!((fields.len(), fields[0].1.len(), fields[1].1.len()), (2_500, 1, 2));
    }

    #[track_caller]
    fn check_fault(id: &str, query: &str, name: &str, reason: &str) {
        assert_eq!(bind(id, query), Err((name.to_owned(), reason.to_owned())));
    }

    #[test]
    fn a_bad_value_is_told_by_its_field() {
        check_fault(
            ID,
            "page=x",
            "page",
            "invalid value: string \"x\", expected a positive integer of 32 bits",
        );
        check_fault(ID, "page=1&page=2", "page", "expected one value, found 2");
        check_fault(ID, "order=left", "order", "unknown variant `left`, expected `up` or `down`");
    }
}
