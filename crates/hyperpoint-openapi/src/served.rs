//! The endpoint that serves static text: a document or the page.

use std::hash::{DefaultHasher, Hasher};
use std::sync::OnceLock;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use hyperpoint_core::services::Resolver;
use hyperpoint_core::{Config, Cx, Declared, ETag, Endpoint, FromServices, Problem, Result};

/// The endpoint that serves static text, which is set when the application is built.
/// [`OpenApi`](crate::OpenApi) sets the path and the settings of the endpoint.
#[derive(Debug, Default)]
pub(crate) struct ServedDocument(OnceLock<Content>);

/// A text with its media type and its `ETag`.
#[derive(Debug)]
struct Content {
    bytes: Bytes,
    media_type: &'static str,
    version: ETag,
    /// The `Content-Security-Policy` of the page, or `None` for a document.
    policy: Option<&'static str>,
}

impl ServedDocument {
    /// Sets the text, its media type and its `Content-Security-Policy`.
    pub(crate) fn set(&self, text: String, media_type: &'static str, policy: Option<&'static str>) {
        // A hash without a key suffices, because only the application itself determines the text.
        let mut hasher = DefaultHasher::new();
        hasher.write(text.as_bytes());
        hasher.write_usize(text.len());
        let version = ETag::from(hasher.finish());
        // The cell is empty, because a host is built only once.
        let _ = self.0.set(Content { bytes: text.into(), media_type, version, policy });
    }
}

impl FromServices for ServedDocument {
    const DECLARED: Declared = Declared { file: file!(), line: line!() };

    fn from_services(_: &mut Resolver<'_>) -> Option<Self> {
        Some(Self::default())
    }
}

impl Endpoint for ServedDocument {
    type Request = ();
    type Response = ();

    // `Host::openapi` sets the path and the settings.
    fn configure(_: &mut Config) {}

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let content = self.0.get().ok_or_else(|| Problem::new(StatusCode::NOT_FOUND))?;
        let send = cx
            .send
            .header(CACHE_CONTROL, HeaderValue::from_static("no-cache"))
            .header(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let send = match content.policy {
            Some(policy) => send.header(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
            None => send,
        };
        let version = content.version.clone();
        send.etag(version).bytes_async(content.bytes.clone(), content.media_type).await
    }
}
