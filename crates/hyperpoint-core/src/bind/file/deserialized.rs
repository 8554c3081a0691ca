//! Deserialization and JSON Schema of `File`.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::file::File;
use super::held::held;
use crate::bind::from::{FILE_KEYWORD, FILE_NEWTYPE};

impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(FILE_NEWTYPE, FileVisitor)
    }
}

impl JsonSchema for File {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "File".into()
    }

    fn schema_id() -> Cow<'static, str> {
        FILE_NEWTYPE.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = json_schema!({ "type": "string", "format": "binary" });
        schema.insert(FILE_KEYWORD.to_owned(), true.into());
        schema
    }
}

/// A visitor that accepts a file only from binding, which passes the index of the file by
/// `visit_some`. Deserializers of text and JSON never call `visit_some` for a newtype.
struct FileVisitor;

impl<'de> Visitor<'de> for FileVisitor {
    type Value = File;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a file in a form, `multipart/form-data`")
    }

    fn visit_some<D: Deserializer<'de>>(self, index: D) -> Result<File, D::Error> {
        index.deserialize_any(Index)
    }

    /// Called for values that serde buffered for a flattened type, and by deserializers of other
    /// formats.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, buffered: D) -> Result<File, D::Error> {
        buffered.deserialize_any(Buffered)
    }
}

struct Buffered;

impl<'de> Visitor<'de> for Buffered {
    type Value = File;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        FileVisitor.expecting(f)
    }

    fn visit_some<D: Deserializer<'de>>(self, index: D) -> Result<File, D::Error> {
        index.deserialize_any(Index)
    }
}

struct Index;

impl<'de> Visitor<'de> for Index {
    type Value = File;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        FileVisitor.expecting(f)
    }

    fn visit_some<D: Deserializer<'de>>(self, index: D) -> Result<File, D::Error> {
        index.deserialize_any(self)
    }

    fn visit_u64<E: Error>(self, index: u64) -> Result<File, E> {
        let file = usize::try_from(index).ok().and_then(held);
        file.ok_or_else(|| E::custom("is not a file of this form"))
    }
}
