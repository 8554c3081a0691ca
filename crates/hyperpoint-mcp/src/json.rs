//! Reads JSON without building a tree of values.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Returns the text without surrounding whitespace if it is one JSON value, or `None` if it cannot
/// be parsed as a [`serde_json::Value`]: its syntax, depth, a number or a surrogate is invalid.
pub(crate) fn checked(text: &str) -> Option<&str> {
    serde_json::from_str::<Checked>(text).ok()?;
    Some(text.trim_matches([' ', '\t', '\n', '\r']))
}

/// Returns the unescaped contents of a JSON string, or `None` for any other value.
pub(crate) fn text(json: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str(json.get()).ok().map(|Text(text)| text)
}

/// Deserializes a present member to `Some`, even if it is `null`. By default, `null` would be
/// `None`, like an absent member.
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// A JSON string, borrowed if it has no escapes.
#[derive(serde::Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// A struct that is deserialized only from an object. A derived `Deserialize` also accepts an
/// array.
#[derive(Debug, Default)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// Validates a value like a [`serde_json::Value`], without storing it.
struct Checked;

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Checked {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _value: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _value: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _value: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _value: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _value: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        while members.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn json_is_checked_like_a_value() {
        let deep = |depth| "[".repeat(depth) + &"]".repeat(depth);
        let texts = [r#" { "a" : [ 1 , -0.5e+10, null ] , "é" : { "b" : true } } "#, "\t\"a\"\r\n"];
        let invalid = ["", "[1,]", "[1e999]", r#"["\ud800"]"#, r#"{"a":1} 2"#, "{1:2}", "nul"];
        let texts = texts.into_iter().chain(invalid).map(str::to_owned);
        for text in texts.chain([126, 127, 128, 100_000].map(deep)) {
            let expected = serde_json::from_str::<Value>(&text).ok();
            let found = checked(&text).map(|json| serde_json::from_str(json).unwrap());
            assert_eq!(found, expected, "{}", text.get(..60).unwrap_or(&text));
        }
        assert_eq!(checked(" [ 1.0 ]\n"), Some("[ 1.0 ]"));
    }

    #[test]
    fn a_text_is_read_with_its_escapes_and_other_values_are_no_text() {
        let of = |json: &str| text(serde_json::from_str(json).unwrap()).map(Cow::into_owned);
        assert_eq!(of(r#""echo""#).as_deref(), Some("echo"));
        assert_eq!(of(r#""a\u0062\n""#).as_deref(), Some("ab\n"));
        assert_eq!(of(r#""\ud800""#), None);
        assert_eq!(of("7"), None);
        assert_eq!(of("null"), None);
    }
}
