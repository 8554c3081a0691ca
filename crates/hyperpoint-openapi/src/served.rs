//! The service that answers with a static text: a document or the page.

use std::error::Error;
use std::future::{Ready, ready};
use std::hash::{DefaultHasher, Hasher};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method, Request, Response, StatusCode, request};
use hyperpoint_core::content::{WholeContent, has_version};
use hyperpoint_core::{Body, Problem};
use tower_service::Service;

type BoxError = Box<dyn Error + Send + Sync>;

/// The content to serve, which is set once the application is built.
#[derive(Clone, Debug, Default)]
pub(crate) struct Served(Arc<OnceLock<Content>>);

/// A text with its media type and its `ETag`.
#[derive(Debug)]
struct Content {
    bytes: Bytes,
    media_type: &'static str,
    etag: HeaderValue,
    /// The `Content-Security-Policy` of a page.
    policy: Option<&'static str>,
}

impl Served {
    /// Sets the content to serve.
    pub(crate) fn set(&self, text: String, media_type: &'static str, policy: Option<&'static str>) {
        // A hash without a key is enough: only the application itself determines the text.
        let mut hasher = DefaultHasher::new();
        hasher.write(text.as_bytes());
        let etag = format!("\"{:016x}-{:x}\"", hasher.finish(), text.len());
        let etag = HeaderValue::try_from(etag).unwrap_or(HeaderValue::from_static("\"0\""));
        // The host is built once.
        let _ = self.0.set(Content { bytes: text.into(), media_type, etag, policy });
    }

    fn answer(&self, request: &request::Parts) -> Result<Response<Body>, Problem> {
        let content = self.0.get().filter(|_| request.uri.path() == "/");
        let content = content.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND))?;
        if ![Method::GET, Method::HEAD].contains(&request.method) {
            let allowed = HeaderValue::from_static("GET, HEAD");
            return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED).header(ALLOW, allowed));
        }
        let media_type = HeaderValue::from_static(content.media_type);
        let mut response = Response::new(Body::default());
        let headers = response.headers_mut();
        headers.insert(ETAG, content.etag.clone());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if has_version(request, headers)? {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            let length = u64::try_from(content.bytes.len()).unwrap_or(u64::MAX);
            let content_type = Some(media_type);
            response.extensions_mut().insert(WholeContent {
                content_type,
                is_encoded: false,
                length,
            });
            return Ok(response);
        }
        headers.insert(CONTENT_TYPE, media_type);
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(policy) = content.policy {
            headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        }
        *response.body_mut() = Body::full(content.bytes.clone());
        Ok(response)
    }
}

impl Service<Request<Body>> for Served {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Ready<Result<Response<Body>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let answer = self.answer(&request.into_parts().0);
        ready(answer.map_err(Problem::into_error))
    }
}
