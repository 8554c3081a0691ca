//! The generic field types that select the source of a request field.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use super::source::Source;

/// Defines the field type for one source, and its trait implementations.
macro_rules! sourced {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name<T>(pub T);

        impl<T> $name<T> {
            /// Consumes the wrapper and returns its value.
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
    /// A field from the query string, for any method. A list collects all values of a repeated key.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct CreateUser {
    ///     dry_run: from::Query<Option<bool>>,
    ///     tag: from::Query<Vec<String>>,
    ///     name: String, // from the body
    /// }
    /// ```
    Query
}
sourced! {
    /// A field from the request header that has the serde name of the field, compared
    /// case-insensitively. A list collects all values of a repeated or comma-separated header. A
    /// text contains all values of a repeated header, joined by commas; any other type refuses a
    /// repeated header.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct GetOrders {
    ///     #[serde(rename = "x-tenant")]
    ///     tenant: from::Header<String>,
    /// }
    /// ```
    Header
}
sourced! {
    /// A field from the cookie that has the serde name of the field. The value is percent-decoded.
    /// If several cookies have this name, the first one is used; a list collects the values of all.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct GetPage {
    ///     theme: from::Cookie<Option<String>>,
    /// }
    /// ```
    Cookie
}
sourced! {
    /// A field from the claim that has the serde name of the field. The claim comes from the
    /// authenticated identity, never from the request. If a required claim is missing, or a claim
    /// has the wrong type, the response is a 403.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct GetOrders {
    ///     #[serde(rename = "sub")]
    ///     user: from::Claim<String>,
    /// }
    /// ```
    Claim
}
sourced! {
    /// A field whose value is the whole body, decoded as a form:
    /// `application/x-www-form-urlencoded`, or `multipart/form-data` with the feature `multipart`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct Credentials {
    ///     name: String,
    ///     password: String,
    /// }
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct SignIn {
    ///     return_to: from::Query<Option<String>>,
    ///     credentials: from::Form<Credentials>,
    /// }
    /// ```
    Form
}
sourced! {
    /// A field whose value is the whole body, decoded as JSON.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::prelude::*;
    ///
    /// #[derive(Deserialize, JsonSchema)]
    /// struct AddItems {
    ///     order: from::Query<Uuid>,
    ///     items: from::Body<Vec<String>>,
    /// }
    /// ```
    Body
}

/// A visitor that accepts a value only from the source that the field type selects.
///
/// Binding passes the value by `visit_some`, which deserializers of text and JSON never call for a
/// newtype. A value in the body is therefore never accepted as a claim, whatever its name.
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

    /// Called for values that serde buffered for a flattened type, and by deserializers of other
    /// formats.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, buffered: D) -> Result<T, D::Error> {
        buffered.deserialize_any(Buffered(self))
    }
}

/// A visitor that, like [`Sourced`], accepts a buffered value only if binding passed it by
/// `visit_some`.
struct Buffered<T>(Sourced<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Buffered<T> {
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
    fn a_field_type_dereferences_to_its_value() {
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
    fn a_value_written_by_a_client_is_never_accepted_as_a_claim() {
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
    fn a_field_type_serializes_as_its_value() {
        assert_eq!(serde_json::to_string(&Cookie(vec![1, 2])).unwrap(), "[1,2]");
    }
}
