//! Sends requests to an application in memory and renders the responses as text to compare.

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt;
use hyperpoint::{Application, Body};
use tower::ServiceExt;

/// Renders the response as text: status, headers sorted by name, body.
pub(crate) async fn ask<B>(app: &Application, request: Request<B>) -> String
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    text(app.clone().oneshot(request).await.unwrap()).await
}

/// Sends a GET for the target and renders the response.
pub(crate) async fn get(app: &Application, target: &str) -> String {
    ask(app, Request::get(target).body(String::new()).unwrap()).await
}

/// Renders a response as text, with its trace id masked.
pub(crate) async fn text(response: Response<Body>) -> String {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = masked(std::str::from_utf8(&body).unwrap());
    let status = parts.status;
    let headers = lines(&parts.headers);
    if body.is_empty() {
        format!("{status}\n{headers}")
    } else {
        format!("{status}\n{headers}\n{body}")
    }
}

fn lines(headers: &HeaderMap) -> String {
    let line = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        format!("{name}: {}\n", value.to_str().unwrap())
    };
    let mut lines: Vec<_> = headers.iter().map(line).collect();
    lines.sort();
    lines.concat()
}

/// Replaces the 32 hex digits of each `traceId` in the text by `T`.
pub(crate) fn masked(text: &str) -> String {
    const BEFORE: &str = r#""traceId":""#;
    let mut parts = text.split(BEFORE);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |masked, part| {
        let (id, rest) = part.split_at_checked(32).unwrap();
        assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        masked + BEFORE + "T" + rest
    })
}
