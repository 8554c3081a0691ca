//! Deserialization of values that were sent as text.

use serde::de::value::{
    BorrowedStrDeserializer, MapAccessDeserializer, MapDeserializer, SeqDeserializer,
};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Error;

#[cfg(feature = "multipart")]
use serde::de::value::UsizeDeserializer;

#[cfg(feature = "multipart")]
use super::from::FILE_NEWTYPE;
use super::schema::{Kind, Scalar};
#[cfg(feature = "multipart")]
use super::text_values::file_of;
use super::text_values::{Parts, TextValues, Values, finite};

/// Returns a map deserializer over the nested values of an object. Its keys can be deserialized as
/// numbers.
fn map(
    parts: Parts<'_>,
) -> MapDeserializer<'_, impl Iterator<Item = (TextValues<'_>, TextValues<'_>)>, Error> {
    let key = |name| TextValues::one(name, Kind::default());
    MapDeserializer::new(parts.into_iter().map(move |(name, value)| (key(name), value)))
}

/// A deserializer that passes the index of a file by `visit_some`, which deserializers of text and
/// JSON never call for a newtype.
#[cfg(feature = "multipart")]
struct FileIndex(usize);

#[cfg(feature = "multipart")]
impl<'de> Deserializer<'de> for FileIndex {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let index: UsizeDeserializer<Error> = self.0.into_deserializer();
        visitor.visit_some(index)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Generates `Deserializer` methods that parse the text as one type.
macro_rules! parse {
    ($($method:ident $visit:ident $expected:literal)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(self.parse($expected)?)
        }
    )*};
}

impl<'de> TextValues<'de> {
    /// Passes the value to the visitor as a boolean, a number, null or text, depending on its kind.
    /// Used for types that accept any value, such as flattened types.
    fn visit_kind<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.kind.scalar == Scalar::Boolean
            && let Ok(value) = self.boolean()
        {
            return visitor.visit_bool(value);
        }
        let value = self.get()?;
        match self.kind.scalar {
            // Serde buffers the values of a flattened type without calling `deserialize_option`, so
            // an empty value becomes null here.
            scalar if value.is_empty() && self.kind.is_nullable && scalar != Scalar::Text => {
                return visitor.visit_none();
            }
            Scalar::Integer => {
                if let Ok(value) = value.parse() {
                    return visitor.visit_u64(value);
                }
                if let Ok(value) = value.parse() {
                    return visitor.visit_i64(value);
                }
            }
            Scalar::Number => {
                if let Some(value) = finite(value) {
                    return visitor.visit_f64(value);
                }
            }
            _ => {}
        }
        visitor.visit_borrowed_str(value)
    }
}

impl<'de> Deserializer<'de> for TextValues<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.kind.is_list {
            true => self.deserialize_seq(visitor),
            false => match self.values {
                Values::Parts(_) => self.deserialize_map(visitor),
                #[cfg(feature = "multipart")]
                Values::Files(_) => visitor.visit_some(FileIndex(self.file()?)),
                _ => self.visit_kind(visitor),
            },
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.get()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.get()?)
    }

    parse! {
        deserialize_i8 visit_i8 "an integer from -128 to 127"
        deserialize_i16 visit_i16 "an integer from -32768 to 32767"
        deserialize_i32 visit_i32 "an integer from -2147483648 to 2147483647"
        deserialize_i64 visit_i64 "a 64-bit integer"
        deserialize_i128 visit_i128 "a 128-bit integer"
        deserialize_u8 visit_u8 "an integer from 0 to 255"
        deserialize_u16 visit_u16 "an integer from 0 to 65535"
        deserialize_u32 visit_u32 "an integer from 0 to 4294967295"
        deserialize_u64 visit_u64 "an integer from 0 to 18446744073709551615"
        deserialize_u128 visit_u128 "a non-negative 128-bit integer"
        deserialize_char visit_char "one character"
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.boolean()?)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f32(self.finite()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_f64(self.finite()?)
    }

    /// Treats an empty string as `None`, unless the field is a text or a list: browsers send an
    /// empty string for an empty form field.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let is_text = self.kind.scalar == Scalar::Text || self.kind.is_list;
        match self.values {
            Values::One("") if !is_text => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        #[cfg(not(feature = "multipart"))]
        let _ = name;
        #[cfg(feature = "multipart")]
        if name == FILE_NEWTYPE {
            return visitor.visit_some(FileIndex(self.file()?));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let kind = Kind { is_list: false, ..self.kind };
        let one = |value| TextValues::one(value, kind);
        match self.values {
            Values::One("") if kind.scalar != Scalar::Text => {
                visitor.visit_seq(SeqDeserializer::new(std::iter::empty::<TextValues<'_>>()))
            }
            Values::One(value) => {
                visitor.visit_seq(SeqDeserializer::new(std::iter::once(one(value))))
            }
            Values::Several(values) => {
                visitor.visit_seq(SeqDeserializer::new(values.into_iter().map(one)))
            }
            Values::Parts(parts) => {
                visitor.visit_seq(SeqDeserializer::new(Self::elements(*parts)?.into_iter()))
            }
            #[cfg(feature = "multipart")]
            Values::Files(files) => {
                let files = files.into_iter().map(|index| file_of(index, kind));
                visitor.visit_seq(SeqDeserializer::new(files))
            }
            Values::Broken(reason) => Err(Error::custom(reason)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.values {
            Values::Parts(parts) => visitor.visit_map(map(*parts)),
            _ => self.visit_kind(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.values {
            Values::Parts(parts) => {
                MapAccessDeserializer::new(map(*parts)).deserialize_enum("", &[], visitor)
            }
            _ => visitor.visit_enum(BorrowedStrDeserializer::new(self.get()?)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    forward_to_deserialize_any! {
        bytes byte_buf unit_struct tuple_struct identifier
    }
}

impl<'de> IntoDeserializer<'de, Error> for TextValues<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
