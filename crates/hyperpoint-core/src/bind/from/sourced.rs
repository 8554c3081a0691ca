//! The types of fields that say where they come from.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use super::source::Source;

/// Writes the type of one source.
macro_rules! sourced {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name<T>(pub T);

        impl<T> $name<T> {
            /// What came from there.
            pub fn into_inner(self) -> T {
                self.0
            }
        }

        impl<T> From<T> for $name<T> {
            fn from(value: T) -> Self {
                Self(value)
            }
        }

        impl<T> Deref for $name<T> {
            type Target = T;

            fn deref(&self) -> &T {
                &self.0
            }
        }

        impl<T> DerefMut for $name<T> {
            fn deref_mut(&mut self) -> &mut T {
                &mut self.0
            }
        }

        impl<T: fmt::Display> fmt::Display for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl<T: Serialize> Serialize for $name<T> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_newtype_struct(Source::$name.newtype(), &self.0)
            }
        }

        impl<'de, T: Deserialize<'de>> Deserialize<'de> for $name<T> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let visitor = Sourced { source: Source::$name, value: PhantomData };
                deserializer.deserialize_newtype_struct(Source::$name.newtype(), visitor).map(Self)
            }
        }

        impl<T: JsonSchema> JsonSchema for $name<T> {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                T::schema_name()
            }

            fn schema_id() -> Cow<'static, str> {
                format!("{}<{}>", Source::$name.newtype(), T::schema_id()).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let mut schema = generator.subschema_for::<T>();
                schema.insert(Source::KEYWORD.to_owned(), Source::$name.word().into());
                schema
            }
        }
    };
}

sourced! {
    /// A field from the query, whatever the method; a list takes each value of a repeated key.
    Query
}
sourced! {
    /// A field from the header of its serde name, in whatever case; a list takes each value of a
    /// header that is repeated or has commas.
    Header
}
sourced! {
    /// A field from the cookie of its serde name, percent-decoded.
    Cookie
}
sourced! {
    /// A field from the claim of its serde name: what the authentication scheme knows of the user,
    /// and never what the request says of itself.
    Claim
}
sourced! {
    /// A field that is the whole body: a form, `application/x-www-form-urlencoded`.
    Form
}
sourced! {
    /// A field that is the whole body: JSON.
    Body
}

/// Takes a value from its source and from nowhere else.
///
/// Binding hands it over by `visit_some`, which no text and no JSON does by itself: what a client
/// wrote into a body can't be taken for a claim, by whatever name it gets there.
struct Sourced<T> {
    source: Source,
    value: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Sourced<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value from its source, the {}", self.source.word())
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<T, D::Error> {
        T::deserialize(value)
    }

    /// Comes from a field that serde kept for a flattened type, and from formats of others.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, kept: D) -> Result<T, D::Error> {
        kept.deserialize_any(Kept(self))
    }
}

/// A value that serde kept: it must have been handed over as [`Sourced`] says.
struct Kept<T>(Sourced<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Kept<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<T, D::Error> {
        T::deserialize(value)
    }
}

#[cfg(test)]
mod tests {
    use schemars::schema_for;
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_what_it_holds_to_those_who_use_it() {
        let mut name = Header("ann".to_owned());
        name.push('a');
        assert_eq!(
            (name.len(), name.to_string(), name.into_inner()),
            (4, "anna".into(), "anna".into())
        );
        assert_eq!(Query::from(7), Query(7));
    }

    #[test]
    fn the_schema_names_its_source() {
        let number = schema_for!(Query<Option<u8>>).to_value();
        assert_eq!(number["x-hyperpoint-from"], "query");
        assert_eq!(number["type"], json!(["integer", "null"]));
        assert_eq!(schema_for!(Claim<serde_json::Value>).to_value()["x-hyperpoint-from"], "claim");
    }

    #[test]
    fn what_a_client_writes_is_never_taken_for_it() {
        for text in ["\"ann\"", "null", "{}", "[\"ann\"]"] {
            assert!(serde_json::from_str::<Claim<Option<String>>>(text).is_err(), "{text}");
            assert!(
                serde_json::from_str::<Flat>(&format!("{{\"sub\":{text}}}")).is_err(),
                "{text}"
            );
        }
        let error = serde_json::from_str::<Claim<String>>("\"ann\"").unwrap_err().to_string();
        assert!(error.contains("expected a value from its source, the claim"), "{error}");
    }

    #[derive(Debug, serde::Deserialize)]
    struct Flat {
        #[serde(flatten)]
        _user: User,
    }

    #[derive(Debug, serde::Deserialize)]
    struct User {
        #[serde(rename = "sub")]
        _sub: Claim<Option<String>>,
    }

    #[test]
    fn it_is_written_as_what_it_holds() {
        assert_eq!(serde_json::to_string(&Cookie(vec![1, 2])).unwrap(), "[1,2]");
    }
}
