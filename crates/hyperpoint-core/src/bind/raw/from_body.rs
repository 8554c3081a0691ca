//! What a body can be taken as.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{StatusCode, request};

use crate::bind::charset::refuse_charset;
use crate::bind::content_coding::refuse_coded_body;
use crate::exchange::{BodyStream, RequestBody};
use crate::problem::Problem;

/// What the body of a [`Raw`](super::Raw) request can be taken as: `Bytes`, `String`,
/// [`BodyStream`], with the feature `multipart` a `Multipart`, and types that implement it.
///
/// The types that are here already refuse a body with a `Content-Encoding` other than `identity`. A
/// type of your own that reads [`RequestBody::bytes`] or [`RequestBody::take_stream`] gets the bytes
/// as they were sent.
///
/// # Example
///
/// ```
/// use http::request;
/// use hyperpoint_core::exchange::RequestBody;
/// use hyperpoint_core::{FromBody, Problem};
///
/// /// The lines of a body.
/// struct Lines(Vec<String>);
///
/// impl FromBody for Lines {
///     async fn from_body(request: &request::Parts, body: &mut RequestBody) -> Result<Self, Problem> {
///         let text = String::from_body(request, body).await?;
///         Ok(Self(text.lines().map(str::to_owned).collect()))
///     }
/// }
/// # let _ = |lines: Lines| lines.0;
/// ```
#[diagnostic::on_unimplemented(
    message = "a body can't be taken as `{Self}`",
    label = "the body of this endpoint's request",
    note = "write `Raw<Bytes>`, `Raw<String>` or `Raw<BodyStream>`, or implement `FromBody` for it"
)]
pub trait FromBody: Sized + Send + 'static {
    /// Whether the body is kept, to be read by the handler. Default: no.
    const KEEPS_BODY: bool = false;

    /// Takes the body.
    ///
    /// # Errors
    ///
    /// The problem that refuses it.
    fn from_body(
        request: &request::Parts,
        body: &mut RequestBody,
    ) -> impl Future<Output = Result<Self, Problem>> + Send;
}

impl FromBody for Bytes {
    async fn from_body(request: &request::Parts, body: &mut RequestBody) -> Result<Self, Problem> {
        refuse_coded_body(request, body).await?;
        body.bytes().await
    }
}

impl FromBody for String {
    async fn from_body(request: &request::Parts, body: &mut RequestBody) -> Result<Self, Problem> {
        if let Some(kind) = request.headers.get(CONTENT_TYPE) {
            refuse_charset(kind.as_bytes())?;
        }
        refuse_coded_body(request, body).await?;
        Self::from_utf8(body.bytes().await?.into()).map_err(|error| {
            Problem::new(StatusCode::BAD_REQUEST).detail("the body is no UTF-8").caused_by(error)
        })
    }
}

impl FromBody for BodyStream {
    const KEEPS_BODY: bool = true;

    async fn from_body(request: &request::Parts, body: &mut RequestBody) -> Result<Self, Problem> {
        refuse_coded_body(request, body).await?;
        body.take_stream()
    }
}
