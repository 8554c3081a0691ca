//! `Raw`: a request with an unparsed body.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::from_body::FromBody;
use crate::bind::from_request::{FromRequest, Incoming};
use crate::problem::Problem;

/// A request whose body is passed to `B` unparsed, whatever its content type, such as `Raw<Bytes>`
/// or `Raw<BodyStream>`. The fields of `T` (default: none) come from the route, from the source of
/// their [`from`](super::from) type or, for every method, from the query.
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
    /// The value that `B` builds from the unparsed body.
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
