//! Requests whose body is taken as it is.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::from_body::FromBody;
use crate::bind::from_request::{FromRequest, Incoming};
use crate::problem::Problem;

/// A request whose body is taken as it is, whatever its content type: `Raw<Bytes>`,
/// `Raw<BodyStream>`. The fields beside it are bound as ever, those without a source of their own
/// from the query.
///
/// # Example
///
/// ```
/// use bytes::Bytes;
/// use hyperpoint_core::Raw;
/// use hyperpoint_core::from;
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
    /// The body.
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

    async fn from_request(request: Incoming<'_>) -> Result<Self, Problem> {
        let fields = request.bind_without_body()?;
        let body = B::from_body(request.parts, request.body).await?;
        Ok(Self { body, fields })
    }

    fn schema() -> Option<Value> {
        <T as FromRequest>::schema()
    }
}
