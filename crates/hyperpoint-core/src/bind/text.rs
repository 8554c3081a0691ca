//! Values that came as text: of a route parameter, or of a key in the query.

use std::marker::PhantomData;

use serde::de::value::{BorrowedStrDeserializer, SeqDeserializer};
use serde::de::{self, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

/// The text values of one field. A list takes them all; anything else takes the one there is.
#[derive(Clone, Debug)]
pub(super) struct TextValues<'de, E> {
    values: Vec<&'de str>,
    error: PhantomData<E>,
}

impl<'de, E: de::Error> TextValues<'de, E> {
    pub(super) fn new(values: Vec<&'de str>) -> Self {
        Self { values, error: PhantomData }
    }

    fn one(&self) -> Result<&'de str, E> {
        match self.values.as_slice() {
            [value] => Ok(value),
            values => Err(E::custom(format!("expected one value, found {}", values.len()))),
        }
    }

    fn parse<T: std::str::FromStr>(&self, expected: &str) -> Result<T, E> {
        let value = self.one()?;
        value
            .parse()
            .map_err(|_unparsed| E::invalid_value(de::Unexpected::Str(value), &Expected(expected)))
    }
}

struct Expected<'a>(&'a str);

impl de::Expected for Expected<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

/// Methods that parse the text as one kind of value.
macro_rules! parse {
    ($($method:ident $visit:ident $expected:literal)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
            visitor.$visit(self.parse($expected)?)
        }
    )*};
}

impl<'de, E: de::Error> Deserializer<'de> for TextValues<'de, E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_borrowed_str(self.one()?)
    }

    parse! {
        deserialize_bool visit_bool "true or false"
        deserialize_i8 visit_i8 "an integer from -128 to 127"
        deserialize_i16 visit_i16 "an integer of 16 bits"
        deserialize_i32 visit_i32 "an integer of 32 bits"
        deserialize_i64 visit_i64 "an integer of 64 bits"
        deserialize_i128 visit_i128 "an integer of 128 bits"
        deserialize_u8 visit_u8 "an integer from 0 to 255"
        deserialize_u16 visit_u16 "a positive integer of 16 bits"
        deserialize_u32 visit_u32 "a positive integer of 32 bits"
        deserialize_u64 visit_u64 "a positive integer of 64 bits"
        deserialize_u128 visit_u128 "a positive integer of 128 bits"
        deserialize_f32 visit_f32 "a number"
        deserialize_f64 visit_f64 "a number"
        deserialize_char visit_char "one character"
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, E> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        let one = |value| TextValues::<'de, E>::new(vec![value]);
        visitor.visit_seq(SeqDeserializer::new(self.values.into_iter().map(one)))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        visitor.visit_enum(BorrowedStrDeserializer::new(self.one()?))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        str string bytes byte_buf unit_struct tuple tuple_struct map struct identifier
    }
}

impl<'de, E: de::Error> IntoDeserializer<'de, E> for TextValues<'de, E> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
