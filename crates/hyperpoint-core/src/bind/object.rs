//! Deserialization of a request as one serde map: first the route parameters and the fields with a
//! [`from`](super::from) type, then the other fields.

use std::cell::Cell;
use std::fmt;

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Error;

use super::plan::BindingPlan;
use super::value::Sourced;
use super::values::{Others, Values};

/// A deserializer that presents a request as one map.
pub(super) struct RequestObject<'de> {
    pub(super) values: &'de Values<'de>,
    /// Receives the field names that the type accepts, including aliases. Remains unchanged if the
    /// type is not a struct or has flattened fields.
    pub(super) known: &'de Cell<&'static [&'static str]>,
}

impl<'de> Deserializer<'de> for RequestObject<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let visitor = ObjectVisitor { visitor, values: self.values };
        match self.values.others() {
            Others::Text(fields) => visitor.visit_map(fields),
            Others::Json(json) => {
                let mut json = serde_json::Deserializer::from_str(json);
                let value = json.deserialize_map(visitor)?;
                json.end().map(|()| value)
            }
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.known.set(fields);
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct ObjectVisitor<'de, V> {
    visitor: V,
    values: &'de Values<'de>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for ObjectVisitor<'de, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, others: A) -> Result<V::Value, A::Error> {
        let plan = self.values.plan;
        let object = ObjectMap { others, plan, values: self.values, next: 0, value: None };
        self.visitor.visit_map(object)
    }
}

struct ObjectMap<'de, A> {
    /// The remaining fields, in the query or the body.
    others: A,
    plan: &'de BindingPlan,
    values: &'de Values<'de>,
    /// The index of the next field in `plan.sourced`. The fields of `others` follow after the last
    /// one.
    next: usize,
    /// The value of the field whose name was returned last, or `None` if its value comes from
    /// `others`.
    value: Option<Sourced<'de>>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for ObjectMap<'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        mut seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(field) = self.plan.sourced.get(self.next) {
            self.next += 1;
            self.value = self.values.of(field);
            if self.value.is_some() {
                return seed.deserialize(BorrowedStrDeserializer::new(&field.name)).map(Some);
            }
        }
        loop {
            match self.others.next_key_seed(OtherName { seed, plan: self.plan })? {
                None => return Ok(None),
                Some(Ok(name)) => return Ok(Some(name)),
                Some(Err(unused)) => seed = unused,
            }
            self.others.next_value::<IgnoredAny>()?;
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        match self.value.take() {
            Some(value) => seed.deserialize(value).map_err(A::Error::custom),
            None => self.others.next_value_seed(seed),
        }
    }
}

/// A seed for a field name in the query or the body. Returns the inner seed unused if the field is
/// a route parameter or has a [`from`](super::from) type, because the query and the body must not
/// override its value.
struct OtherName<'de, K> {
    seed: K,
    plan: &'de BindingPlan,
}

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for OtherName<'de, K> {
    type Value = Result<K::Value, K>;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<Self::Value, D::Error> {
        name.deserialize_str(self)
    }
}

impl<'de, K: DeserializeSeed<'de>> Visitor<'de> for OtherName<'de, K> {
    type Value = Result<K::Value, K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        match self.plan.is_sourced(name) {
            true => Ok(Err(self.seed)),
            false => self.seed.deserialize(StrDeserializer::new(name)).map(Ok),
        }
    }

    fn visit_borrowed_str<E: de::Error>(self, name: &'de str) -> Result<Self::Value, E> {
        match self.plan.is_sourced(name) {
            true => Ok(Err(self.seed)),
            false => self.seed.deserialize(BorrowedStrDeserializer::new(name)).map(Ok),
        }
    }
}
