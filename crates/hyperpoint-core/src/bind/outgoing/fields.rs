//! Splitting of a request value into fields, each with the source that its type selects.

use serde::ser::{Impossible, Serialize, SerializeMap, SerializeStruct, Serializer};
use serde_json::Value;

use super::super::from::Source;
use super::source_of::source_of;
use super::{Refused, refuse};

/// A request value, split into its fields.
#[derive(Debug)]
pub(super) enum Content {
    Nothing,
    Fields(Vec<Field>),
    /// A value that has no fields, such as a list.
    Whole(Value),
}

/// A field with its serde name, the source that its type selects, and its value.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) source: Option<Source>,
    pub(super) value: Value,
}

/// Splits a request value into its fields.
///
/// # Errors
///
/// The text of the serialization error.
pub(super) fn content<R: Serialize + ?Sized>(request: &R) -> Result<Content, String> {
    match request.serialize(Fields::default()) {
        Ok(content) => Ok(content),
        Err(Refused::Failed(text)) => Err(text),
        Err(Refused::Kind) => {
            serde_json::to_value(request).map(Content::Whole).map_err(|error| error.to_string())
        }
    }
}

/// A serializer that collects the fields of a struct or a map. Serde serializes a struct with a
/// flattened field as a map.
#[derive(Default)]
struct Fields {
    listed: Vec<Field>,
    key: Option<String>,
}

impl Fields {
    fn add<T: Serialize + ?Sized>(&mut self, name: String, value: &T) -> Result<(), Refused> {
        let source = source_of(value);
        let value = serde_json::to_value(value).map_err(|error| {
            Refused::Failed(format!("the field `{name}` cannot be serialized: {error}"))
        })?;
        self.listed.push(Field { name, source, value });
        Ok(())
    }
}

type Never = Impossible<Content, Refused>;

impl Serializer for Fields {
    type Ok = Content;
    type Error = Refused;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Never;

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Refused> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Refused> {
        Ok(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Content, Refused> {
        value.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Content, Refused> {
        value.serialize(self)
    }

    fn serialize_none(self) -> Result<Content, Refused> {
        Ok(Content::Nothing)
    }

    fn serialize_unit(self) -> Result<Content, Refused> {
        Ok(Content::Nothing)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Content, Refused> {
        Ok(Content::Nothing)
    }

    refuse! {}
}

impl SerializeStruct for Fields {
    type Ok = Content;
    type Error = Refused;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        self.add(name.to_owned(), value)
    }

    fn end(self) -> Result<Content, Refused> {
        Ok(Content::Fields(self.listed))
    }
}

impl SerializeMap for Fields {
    type Ok = Content;
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refused> {
        match serde_json::to_value(key) {
            Ok(Value::String(name)) => self.key = Some(name),
            Ok(Value::Number(number)) => self.key = Some(number.to_string()),
            _ => {
                return Err(Refused::Failed(
                    "the request has a field whose name is not a string".to_owned(),
                ));
            }
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        let name = self.key.take().unwrap_or_default();
        self.add(name, value)
    }

    fn end(self) -> Result<Content, Refused> {
        Ok(Content::Fields(self.listed))
    }
}
