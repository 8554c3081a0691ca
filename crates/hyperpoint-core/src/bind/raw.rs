//! `Raw`: a request with an unparsed body.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::from_body::FromBody;
use crate::bind::from_request::{FromRequest, Incoming};
use crate::problem::Problem;

/// A request whose body is not parsed, whatever its content type, such as `Raw<Bytes>` or
/// `Raw<BodyStream>`. The fields of `T` are bound as usual, except that the fields that are neither
/// route parameters nor of a [`from`](super::from) type come from the query for every method.
///
/// # Examples
///
/// ```
/// use hyperpoint::bytes::Bytes;
/// use hyperpoint::Raw;
/// use hyperpoint::from;
/// use schemars::JsonSchema;
/// use serde::Deserialize;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Delivery {
///     room: u32,
///     #[serde(rename = "x-signature")]
///     signature: from::Header<String>,
/// }
///
/// fn text(Raw { body, fields }: &Raw<Bytes, Delivery>) -> String {
///     format!("{} bytes for {}, signed {}", body.len(), fields.room, fields.signature)
/// }
/// # let _ = text;
/// ```
#[derive(Clone, Debug)]
pub struct Raw<B, T = ()> {
    /// The unparsed body.
    pub body: B,
    /// The fields of the request that do not come from the body.
    pub fields: T,
}

impl<B, T> FromRequest for Raw<B, T>
where
    B: FromBody,
    T: DeserializeOwned + JsonSchema + Send + 'static,
{
    const KEEPS_BODY: bool = B::KEEPS_BODY;
    const TAKES_BODY: bool = true;
    const MEDIA_TYPE: Option<&'static str> = Some(B::MEDIA_TYPE);

    async fn from_request(request: Incoming<'_>) -> Result<Self, Problem> {
        let fields = request.bind_without_body()?;
        let body = B::from_body(request.parts, request.body).await?;
        Ok(Self { body, fields })
    }

    fn schema() -> Option<Value> {
        <T as FromRequest>::schema()
    }

    fn schema_within(generator: &mut SchemaGenerator) -> Option<Schema> {
        <T as FromRequest>::schema_within(generator)
    }
}
