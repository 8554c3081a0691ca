//! A client without a socket: calls the application as a tower service and reads its body by
//! frames.

use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, response};
use http_body_util::BodyExt;
use hyperpoint::{Application, Body, Host};
use tower::ServiceExt;

const DEADLINE: Duration = Duration::from_hours(48);

/// A response whose head was received.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) head: response::Parts,
    body: Pin<Box<Body>>,
}

impl Memory {
    /// Sends a request to this application.
    pub(crate) async fn ask(app: &Application, request: Request<String>) -> Self {
        let response = app.clone().oneshot(request).await;
        let Ok(response) = response;
        let (head, body) = response.into_parts();
        Self { head, body: Box::pin(body) }
    }

    /// Builds this host and sends a POST without a body for a path.
    pub(crate) async fn post(host: Host, path: &str) -> Self {
        let request = Request::post(path).body(String::new()).unwrap();
        Self::ask(&host.build().unwrap(), request).await
    }

    /// Builds this host and sends a GET for a path.
    pub(crate) async fn get(host: Host, path: &str) -> Self {
        let request = Request::get(path).body(String::new()).unwrap();
        Self::ask(&host.build().unwrap(), request).await
    }

    /// Returns the next frame, or `None` at the end. Most tests pause time, so that the deadline of
    /// several days expires at once if no frame arrives.
    pub(crate) async fn frame(&mut self) -> Option<String> {
        let frame = tokio::time::timeout(DEADLINE, self.body.frame()).await;
        let frame = frame.unwrap()?.unwrap();
        Some(text(&frame.into_data().unwrap()))
    }

    /// Reads the rest of the body, and returns it with the error that cut it.
    pub(crate) async fn rest_and_cut(&mut self) -> (String, Option<String>) {
        let mut body = String::new();
        loop {
            match tokio::time::timeout(DEADLINE, self.body.frame()).await.unwrap() {
                None => return (body, None),
                Some(Ok(frame)) => body.push_str(&text(&frame.into_data().unwrap())),
                Some(Err(error)) => return (body, Some(error.to_string())),
            }
        }
    }

    /// Polls the body once.
    pub(crate) fn poll(&mut self) -> Poll<Option<String>> {
        let frame = self.frame().now_or_never();
        frame.map_or(Poll::Pending, Poll::Ready)
    }

    /// Reads the rest of the body.
    pub(crate) async fn rest(&mut self) -> String {
        let mut body = String::new();
        while let Some(frame) = self.frame().await {
            body.push_str(&frame);
        }
        body
    }
}

fn text(bytes: &Bytes) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
