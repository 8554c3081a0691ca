//! A deserializer for the value of one field from any source.

use serde::de::value::SeqDeserializer;
use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};
use serde_json::{Error, Value};

use super::from::Source;
use super::text::TextMap;
use super::text_values::TextValues;

/// A value and its source, which is `None` for a route parameter. A [`from`](super::from) type of
/// this source accepts the value, a `from` type of another source refuses it, and any other type
/// accepts it regardless of the source.
pub(super) struct Sourced<'de> {
    pub(super) source: Option<Source>,
    pub(super) value: FieldValue<'de>,
}

/// The value of a field, in the form that its source provides.
pub(super) enum FieldValue<'de> {
    Text(TextValues<'de>),
    /// An invalid value, with the reason.
    Broken(&'static str),
    /// The joined text of several header lines of the same name.
    Joined(String),
    Claim(&'de Value),
    Json(&'de str),
    Form(TextMap<'de>),
    /// No value: the source has no field of this name, which is required.
    Absent(&'de str),
}

/// Generates `Deserializer` methods that forward to the inner value.
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

/// Generates `Deserializer` methods that ignore the source.
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

/// Calls a macro with all `Deserializer` methods that differ only in the requested type.
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

    /// Presents a claim that is not an array as a list of one element, because some claims, such as
    /// `aud`, may be a single value or an array.
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

/// Deserializes a JSON text with `read`, and returns an error if anything follows the value.
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

    /// Calls `visit_some` if the value has a source. If serde buffers the value for a flattened
    /// type, a [`from`](super::from) type can then detect that binding provided it.
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
            Some(_) => {
                Err(Error::custom("has a JSON Schema that names another source than its type"))
            }
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.value.deserialize_seq(visitor)
    }
}
