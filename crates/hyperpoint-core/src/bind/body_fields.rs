//! A JSON body, with the fields of the route put among its own.

use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::fields::path;
use super::text::TextValues;

/// The type from a JSON body and the route's fields. A field of the route is the route's alone:
/// one of the same name in the body is passed over.
///
/// # Errors
///
/// The path of the field at fault, empty where it is none alone, and what is wrong.
pub(super) fn from_body<T: DeserializeOwned>(
    json: &[u8],
    route: &[(&str, &str)],
) -> Result<T, (String, String)> {
    let result = if route.is_empty() {
        serde_json::from_slice(json)
    } else {
        let mut body = serde_json::Deserializer::from_slice(json);
        T::deserialize(Merged { body: &mut body, route })
            .and_then(|value| body.end().map(|()| value))
    };
    result.map_err(|error| fault::<T>(json, route, &error))
}

/// Reads the body once more, with an eye on the path: only those who fail pay for it. What is no
/// JSON at all is told by line and column alone, since it is the fault of no field.
fn fault<T: DeserializeOwned>(
    json: &[u8],
    route: &[(&str, &str)],
    error: &serde_json::Error,
) -> (String, String) {
    if !error.is_data() {
        return (String::new(), error.to_string());
    }
    let mut body = serde_json::Deserializer::from_slice(json);
    let again = match route {
        [] => serde_path_to_error::deserialize::<_, T>(&mut body),
        _ => serde_path_to_error::deserialize(Merged { body: &mut body, route }),
    };
    match again {
        Err(error) => {
            let name = path(error.path());
            let is_of_route = route.iter().any(|(known, _)| *known == name);
            let reason = reason(error.inner(), is_of_route);
            (name, reason)
        }
        Ok(_) => (String::new(), error.to_string()),
    }
}

/// What is wrong, with the place in the body unless it is a field of the route.
fn reason(error: &serde_json::Error, is_of_route: bool) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(reason) if is_of_route => reason.to_owned(),
        _ => text,
    }
}

/// A body whose object has the route's fields too.
struct Merged<'a, D> {
    body: D,
    route: &'a [(&'a str, &'a str)],
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Merged<'de, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.body.deserialize_map(MergedVisitor { visitor, route: self.route })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct MergedVisitor<'de, V> {
    visitor: V,
    route: &'de [(&'de str, &'de str)],
}

impl<'de, V: Visitor<'de>> Visitor<'de> for MergedVisitor<'de, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, body: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(MergedMap { body, route: self.route, next: 0 })
    }
}

struct MergedMap<'de, A> {
    body: A,
    route: &'de [(&'de str, &'de str)],
    /// The route's field that comes next; past its end, the body is read.
    next: usize,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for MergedMap<'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        if let Some((name, _)) = self.route.get(self.next) {
            return seed.deserialize(TextValues::new(vec![name])).map(Some);
        }
        loop {
            let Some(name) = self.body.next_key::<String>()? else {
                return Ok(None);
            };
            if self.route.iter().all(|(known, _)| *known != name) {
                return seed.deserialize(serde::de::value::StringDeserializer::new(name)).map(Some);
            }
            self.body.next_value::<serde::de::IgnoredAny>()?;
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let Some((_, value)) = self.route.get(self.next) else {
            return self.body.next_value_seed(seed);
        };
        self.next += 1;
        seed.deserialize(TextValues::new(vec![value]))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Line {
        price: f64,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Order {
        id: u32,
        name: String,
        #[serde(default)]
        lines: Vec<Line>,
    }

    #[track_caller]
    fn check_fault(json: &str, name: &str, reason: &str) {
        let fault = from_body::<Order>(json.as_bytes(), &[("id", "7")]).unwrap_err();
        assert_eq!((fault.0.as_str(), fault.1.as_str()), (name, reason));
    }

    #[test]
    fn the_route_has_its_field_and_the_body_the_others() {
        let order: Order =
            from_body(br#"{"name": "x", "id": 9, "lines": [{"price": 1}]}"#, &[("id", "7")])
                .unwrap();
        assert_eq!((order.id, order.name.as_str(), order.lines.len()), (7, "x", 1));
    }

    #[test]
    fn a_fault_is_told_by_its_path() {
        check_fault(
            r#"{"name": 1}"#,
            "name",
            "invalid type: integer `1`, expected a string at line 1 column 10",
        );
        check_fault(
            r#"{"name": "x", "lines": [{"price": 1}, {"price": "2"}]}"#,
            "lines[1].price",
            "invalid type: string \"2\", expected f64 at line 1 column 51",
        );
        check_fault("{}", "", "missing field `name` at line 1 column 2");
        check_fault(r#"{"name": "x"} x"#, "", "trailing characters at line 1 column 15");
        check_fault(
            r#"{"name": "x", "lines": [{"price" 1}]}"#,
            "",
            "expected `:` at line 1 column 34",
        );
    }

    #[test]
    fn a_fault_in_the_route_has_no_place_in_the_body() {
        let fault = from_body::<Order>(br#"{"name": "x"}"#, &[("id", "x")]).unwrap_err();
        let reason = "invalid value: string \"x\", expected a positive integer of 32 bits";
        assert_eq!(fault, ("id".to_owned(), reason.to_owned()));
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Command {
        Rename { name: String },
    }

    #[test]
    fn a_fault_within_an_enum_is_told_as_it_is() {
        let fault = from_body::<Command>(br#"{"rename": {"name": 1}}"#, &[]).unwrap_err();
        assert_eq!(fault.0, "rename.name");
        assert_eq!(fault.1, "invalid type: integer `1`, expected a string at line 1 column 21");
    }

    #[test]
    fn a_body_without_route_fields_may_be_of_any_shape() {
        assert_eq!(from_body::<Vec<u32>>(b"[1,2]", &[]), Ok(vec![1, 2]));
        assert_eq!(from_body::<Option<u32>>(b"null", &[]), Ok(None));
    }
}
