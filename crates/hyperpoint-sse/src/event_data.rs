//! Serialization of a variant of an enum as the data of an event: the fields of the variant,
//! without its name unless the enum has serde's `tag`. Independent of event names.

use std::fmt;

use serde::ser::{
    Error, Impossible, Serialize, SerializeMap, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleVariant, Serializer,
};

/// The data of a typed event, returned by
/// [`TypedEvent::event_data`](crate::TypedEvent::event_data).
///
/// The data serializes as the fields of the variant, without the variant's name. An enum with
/// serde's `tag` attribute serializes as usual, including the tag.
///
/// # Examples
///
/// ```
/// use hyperpoint::TypedEvent;
/// use hyperpoint::prelude::*;
///
/// #[derive(Serialize, JsonSchema, Events)]
/// enum OrderEvent {
///     Shipped { carrier: String },
/// }
///
/// let event = OrderEvent::Shipped { carrier: "Post".to_owned() };
/// let data = serde_json::to_string(&event.event_data())?;
/// assert_eq!(data, r#"{"carrier":"Post"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub struct EventData<'a, E: ?Sized> {
    event: &'a E,
    /// Whether the data contains the name of the variant.
    is_tagged: bool,
}

impl<'a, E: ?Sized> EventData<'a, E> {
    pub(crate) fn new(event: &'a E, is_tagged: bool) -> Self {
        Self { event, is_tagged }
    }
}

impl<E: Serialize + ?Sized> Serialize for EventData<'_, E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.is_tagged {
            true => self.event.serialize(serializer),
            false => self.event.serialize(Variant(serializer)),
        }
    }
}

impl<E: ?Sized> fmt::Debug for EventData<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventData").finish_non_exhaustive()
    }
}

/// A serializer that accepts only enum variants, and passes their fields to another serializer.
struct Variant<S>(S);

fn not_a_variant<T, E: Error>() -> Result<T, E> {
    Err(E::custom(
        "a typed event must serialize as an enum variant; derive `Serialize` and `Events` for its \
         enum, without `untagged`",
    ))
}

/// Implements the serializer methods for values that are not enum variants: each returns an error.
macro_rules! not_a_variant {
    ($($method:ident($($argument:ty),*) -> $output:ty;)*) => {$(
        fn $method(self, $(_: $argument),*) -> Result<$output, S::Error> {
            not_a_variant()
        }
    )*};
}

impl<S: Serializer> Serializer for Variant<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Impossible<S::Ok, S::Error>;
    type SerializeTuple = Impossible<S::Ok, S::Error>;
    type SerializeTupleStruct = Impossible<S::Ok, S::Error>;
    type SerializeMap = Impossible<S::Ok, S::Error>;
    type SerializeStruct = Impossible<S::Ok, S::Error>;
    type SerializeTupleVariant = VariantFields<S::SerializeTuple>;
    type SerializeStructVariant = VariantFields<S::SerializeStruct>;

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_map(Some(0))?.end()
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(self.0)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.0.serialize_tuple(len).map(VariantFields)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.0.serialize_struct(variant, len).map(VariantFields)
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<S::Ok, S::Error> {
        not_a_variant()
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: &T,
    ) -> Result<S::Ok, S::Error> {
        not_a_variant()
    }

    not_a_variant! {
        serialize_bool(bool) -> S::Ok;
        serialize_i8(i8) -> S::Ok;
        serialize_i16(i16) -> S::Ok;
        serialize_i32(i32) -> S::Ok;
        serialize_i64(i64) -> S::Ok;
        serialize_u8(u8) -> S::Ok;
        serialize_u16(u16) -> S::Ok;
        serialize_u32(u32) -> S::Ok;
        serialize_u64(u64) -> S::Ok;
        serialize_f32(f32) -> S::Ok;
        serialize_f64(f64) -> S::Ok;
        serialize_char(char) -> S::Ok;
        serialize_str(&str) -> S::Ok;
        serialize_bytes(&[u8]) -> S::Ok;
        serialize_none() -> S::Ok;
        serialize_unit() -> S::Ok;
        serialize_unit_struct(&'static str) -> S::Ok;
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct;
    }
}

/// A serializer of the fields of a variant, as the elements of a tuple or the fields of a struct.
struct VariantFields<T>(T);

impl<T: SerializeTuple> SerializeTupleVariant for VariantFields<T> {
    type Ok = T::Ok;
    type Error = T::Error;

    fn serialize_field<V: Serialize + ?Sized>(&mut self, value: &V) -> Result<(), T::Error> {
        self.0.serialize_element(value)
    }

    fn end(self) -> Result<T::Ok, T::Error> {
        self.0.end()
    }
}

impl<T: SerializeStruct> SerializeStructVariant for VariantFields<T> {
    type Ok = T::Ok;
    type Error = T::Error;

    fn serialize_field<V: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &V,
    ) -> Result<(), T::Error> {
        self.0.serialize_field(key, value)
    }

    fn skip_field(&mut self, key: &'static str) -> Result<(), T::Error> {
        self.0.skip_field(key)
    }

    fn end(self) -> Result<T::Ok, T::Error> {
        self.0.end()
    }
}
