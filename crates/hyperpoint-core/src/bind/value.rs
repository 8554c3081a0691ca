//! A deserializer of one field's value, whatever its source.

use serde::de::value::SeqDeserializer;
use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};
use serde_json::{Error, Value};

use super::from::Source;
use super::text::TextMap;
use super::text_values::TextValues;

/// A value with the source that it came from. A type that asks for this source accepts it, a plain
/// type accepts the inner value, and a type that asks for another source refuses it.
pub(super) struct Sourced<'de> {
    pub(super) source: Option<Source>,
    pub(super) value: FieldValue<'de>,
}

/// The value of a field.
pub(super) enum FieldValue<'de> {
    Text(TextValues<'de>),
    /// An unusable value, with the reason.
    Broken(&'static str),
    /// The joined text of several header fields of one name.
    Joined(String),
    Claim(&'de Value),
    Json(&'de str),
    Form(TextMap<'de>),
    /// The value of a missing field of this name.
    Absent(&'de str),
}

/// Writes `Deserializer` methods that forward to the inner value.
macro_rules! by_value {
    ($($method:ident($($argument:ident: $kind:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(
            self,
            $($argument: $kind,)*
            visitor: V,
        ) -> Result<V::Value, Error> {
            match self {
                Self::Text(values) => values.$method($($argument,)* visitor),
                Self::Claim(value) => value.$method($($argument,)* visitor),
                Self::Form(fields) => fields.$method($($argument,)* visitor),
                Self::Json(json) => {
                    whole(json, |json| json.$method($($argument,)* visitor))
                }
                Self::Broken(reason) => Err(Error::custom(reason)),
                Self::Joined(text) => text.into_deserializer().$method($($argument,)* visitor),
                Self::Absent(name) => Err(absent(name)),
            }
        }
    )*};
}

/// Writes `Deserializer` methods that ignore the source.
macro_rules! unsourced {
    ($($method:ident($($argument:ident: $kind:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(
            self,
            $($argument: $kind,)*
            visitor: V,
        ) -> Result<V::Value, Error> {
            self.value.$method($($argument,)* visitor)
        }
    )*};
}

/// Calls the macro with every method that differs only in the requested type.
macro_rules! each_kind {
    ($write:ident) => {
        $write! {
            deserialize_bool(); deserialize_i8(); deserialize_i16(); deserialize_i32();
            deserialize_i64(); deserialize_i128(); deserialize_u8(); deserialize_u16();
            deserialize_u32(); deserialize_u64(); deserialize_u128(); deserialize_f32();
            deserialize_f64(); deserialize_char(); deserialize_str(); deserialize_string();
            deserialize_bytes(); deserialize_byte_buf(); deserialize_unit(); deserialize_map();
            deserialize_identifier(); deserialize_ignored_any();
            deserialize_unit_struct(name: &'static str);
            deserialize_tuple(len: usize);
            deserialize_tuple_struct(name: &'static str, len: usize);
            deserialize_struct(name: &'static str, fields: &'static [&'static str]);
            deserialize_enum(name: &'static str, variants: &'static [&'static str]);
        }
    };
}

impl<'de> Deserializer<'de> for FieldValue<'de> {
    type Error = Error;

    each_kind!(by_value);

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Text(values) => values.deserialize_any(visitor),
            Self::Claim(value) => value.deserialize_any(visitor),
            Self::Form(fields) => fields.deserialize_any(visitor),
            Self::Json(json) => whole(json, |json| json.deserialize_any(visitor)),
            Self::Broken(reason) => Err(Error::custom(reason)),
            Self::Joined(text) => visitor.visit_string(text),
            Self::Absent(_) => visitor.visit_none(),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Absent(_) | Self::Claim(Value::Null) => visitor.visit_none(),
            Self::Json(json) => whole(json, |json| json.deserialize_option(visitor)),
            value => visitor.visit_some(value),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    /// A single claim is presented as a list of one, because a claim such as the audience may be
    /// either.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Text(values) => values.deserialize_seq(visitor),
            Self::Claim(value @ Value::Array(_)) => value.deserialize_seq(visitor),
            Self::Claim(value) => visitor.visit_seq(SeqDeserializer::new(std::iter::once(value))),
            Self::Form(fields) => fields.deserialize_any(visitor),
            Self::Json(json) => whole(json, |json| json.deserialize_seq(visitor)),
            Self::Broken(reason) => Err(Error::custom(reason)),
            Self::Joined(text) => text.into_deserializer().deserialize_seq(visitor),
            Self::Absent(name) => Err(absent(name)),
        }
    }
}

fn absent(name: &str) -> Error {
    Error::custom(format!("missing field `{name}`"))
}

/// Deserializes the JSON and checks that nothing follows it.
fn whole<'de, T>(
    json: &'de str,
    read: impl FnOnce(&mut serde_json::Deserializer<serde_json::de::StrRead<'de>>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_str(json);
    let value = read(&mut json)?;
    json.end().map(|()| value)
}

impl<'de> Deserializer<'de> for Sourced<'de> {
    type Error = Error;

    each_kind!(unsourced);

    /// Serde buffers the value for a flattened type; the source is preserved by `visit_some`.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.source {
            Some(_) => visitor.visit_some(self.value),
            None => self.value.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            FieldValue::Absent(_) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        match Source::of_newtype(name) {
            None => visitor.visit_newtype_struct(self),
            asked if asked == self.source => visitor.visit_some(self.value),
            Some(_) => Err(Error::custom("the schema of the field names another source")),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.value.deserialize_seq(visitor)
    }
}
