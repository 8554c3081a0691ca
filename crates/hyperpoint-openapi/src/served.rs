//! The service that answers with a static text: a document or the page.

use std::error::Error;
use std::future::{Ready, ready};
use std::hash::{DefaultHasher, Hasher};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use hyperpoint_core::{Body, Problem};
use tower_service::Service;

type BoxError = Box<dyn Error + Send + Sync>;

/// What is served, once the application is built.
#[derive(Clone, Debug, Default)]
pub(crate) struct Served(Arc<OnceLock<Content>>);

/// A text with its type and its version.
#[derive(Debug)]
struct Content {
    bytes: Bytes,
    media_type: &'static str,
    etag: HeaderValue,
    /// What a page may load.
    policy: Option<&'static str>,
}

impl Served {
    /// Sets what is served.
    pub(crate) fn set(&self, text: String, media_type: &'static str, policy: Option<&'static str>) {
        // A hash without a key is enough: only the application itself determines the text.
        let mut hasher = DefaultHasher::new();
        hasher.write(text.as_bytes());
        let etag = format!("\"{:016x}-{:x}\"", hasher.finish(), text.len());
        let etag = HeaderValue::try_from(etag).unwrap_or(HeaderValue::from_static("\"0\""));
        // The host is built once.
        let _ = self.0.set(Content { bytes: text.into(), media_type, etag, policy });
    }

    fn answer(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<Response<Body>, Problem> {
        let content = self.0.get().filter(|_| path == "/");
        let content = content.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND))?;
        if ![Method::GET, Method::HEAD].contains(method) {
            let allowed = HeaderValue::from_static("GET, HEAD");
            return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED).header(ALLOW, allowed));
        }
        let is_known = knows(headers, &content.etag);
        let bytes = if is_known { Bytes::new() } else { content.bytes.clone() };
        let mut response = Response::new(Body::full(bytes));
        let fields = response.headers_mut();
        fields.insert(ETAG, content.etag.clone());
        fields.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return Ok(response);
        }
        fields.insert(CONTENT_TYPE, HeaderValue::from_static(content.media_type));
        fields.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(policy) = content.policy {
            fields.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        }
        Ok(response)
    }
}

/// Returns whether the client has this version (RFC 9110 §13.1.2).
fn knows(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let listed = headers.get_all(IF_NONE_MATCH).into_iter().filter_map(|value| value.to_str().ok());
    let mut listed = listed.flat_map(|value| value.split(',')).map(str::trim);
    listed.any(|tag| tag == "*" || tag.trim_start_matches("W/").as_bytes() == etag.as_bytes())
}

impl Service<Request<Body>> for Served {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Ready<Result<Response<Body>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let answer = self.answer(request.method(), request.uri().path(), request.headers());
        ready(answer.map_err(Problem::into_error))
    }
}
