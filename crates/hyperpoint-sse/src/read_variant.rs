//! Deserialization of the data of an event as a variant of an enum. Independent of event names.

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IgnoredAny,
    IntoDeserializer, VariantAccess, Visitor, value::U64Deserializer,
};
use serde::forward_to_deserialize_any;
use serde_json::{Error, de::StrRead};

/// Deserializes JSON text as the variant of `T` with the zero-based index `index`. The text
/// contains only the fields of the variant.
///
/// # Errors
///
/// Returns an error if `data` is not JSON of these fields, if anything but whitespace follows the
/// JSON value, or if `T` does not deserialize as an enum. For a variant without fields, `data` may
/// be any JSON value.
pub(crate) fn read_variant<T: DeserializeOwned>(index: usize, data: &str) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_str(data);
    let value = T::deserialize(Variant { index, json: &mut json })?;
    json.end()?;
    Ok(value)
}

struct Variant<'a, 'de> {
    index: usize,
    json: &'a mut serde_json::Deserializer<StrRead<'de>>,
}

impl<'de> Deserializer<'de> for Variant<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom(
            "a typed event must deserialize as an enum variant; derive `Deserialize` and `Events` for \
             its enum, without `untagged`",
        ))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    /// Selects the variant by its index, as non-self-describing formats do.
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let index: U64Deserializer<Error> = (self.index as u64).into_deserializer();
        Ok((seed.deserialize(index)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        self.json.deserialize_any(IgnoredAny).map(drop)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self.json)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        self.json.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.json.deserialize_struct("", fields, visitor)
    }
}
