//! `FromBody`: the trait of types that can be built from an unparsed body.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{StatusCode, request};

use crate::bind::charset::refuse_charset;
use crate::bind::content_coding::refuse_coded_body;
use crate::problem::Problem;
use crate::request_body::{BodyStream, RequestBody};

/// A type that can be built from the unparsed body of a [`Raw`](super::Raw) request.
///
/// `Bytes`, `String`, [`BodyStream`] and `Multipart` (with the feature `multipart`) implement this
/// trait; other types may implement it too.
///
/// These four types refuse a body with a `Content-Encoding` other than `identity`. An
/// implementation that calls [`RequestBody::bytes`] or [`RequestBody::take_stream`] itself receives
/// such a body without decoding.
///
/// # Examples
///
/// ```
/// use hyperpoint::http::request;
/// use hyperpoint::{FromBody, Problem, RequestBody};
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
    /// Whether the value holds the unread body, which the handler reads. Default: `false`.
    const KEEPS_BODY: bool = false;

    /// The media type of the body in generated documents. Default: `*/*` (any media type).
    const MEDIA_TYPE: &'static str = "*/*";

    /// Builds the value from the body.
    ///
    /// # Errors
    ///
    /// A problem document, which is sent to the client.
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
    const MEDIA_TYPE: &'static str = "text/plain";

    async fn from_body(request: &request::Parts, body: &mut RequestBody) -> Result<Self, Problem> {
        if let Some(kind) = request.headers.get(CONTENT_TYPE) {
            refuse_charset(kind.as_bytes())?;
        }
        refuse_coded_body(request, body).await?;
        Self::from_utf8(body.bytes().await?.into()).map_err(|error| {
            Problem::new(StatusCode::BAD_REQUEST)
                .detail("the body is not valid UTF-8")
                .caused_by(error)
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
