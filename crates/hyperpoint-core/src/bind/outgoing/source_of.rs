//! Detection of the source that the type of a field selects.

use serde::ser::{Impossible, Serialize, Serializer};

use super::super::from::Source;
use super::{Refused, refuse};

/// Returns the source that the type of a value selects, or `None` if it selects none.
pub(super) fn source_of<T: Serialize + ?Sized>(value: &T) -> Option<Source> {
    value.serialize(SourceOf).ok()
}

/// A serializer that returns the source of the outermost newtype of a value, even within an
/// `Option`.
struct SourceOf;

type Never = Impossible<Source, Refused>;

impl Serializer for SourceOf {
    type Ok = Source;
    type Error = Refused;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: &T,
    ) -> Result<Source, Refused> {
        Source::of_newtype(name).ok_or(Refused::Kind)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Source, Refused> {
        value.serialize(self)
    }

    refuse! {
        serialize_none() -> Source;
        serialize_unit() -> Source;
        serialize_unit_struct(&'static str) -> Source;
        serialize_map(Option<usize>) -> Never;
        serialize_struct(&'static str, usize) -> Never;
    }
}
