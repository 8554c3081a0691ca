//! What a client brings to each of its requests: the way, and who it is.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Request};
use hyperpoint_core::Peer;

use crate::answer::Answer;
use crate::call_error::{CallError, Reason};
use crate::cookies::Cookies;
use crate::patience::{PATIENCE, patiently};
use crate::read_error::BoxError;
use crate::transport::Transport;

/// A way to an application, and what goes with each request on it.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) transport: Transport,
    /// Where a request has none of the name.
    pub(crate) headers: HeaderMap,
    pub(crate) cookies: Option<Cookies>,
    pub(crate) peer: Option<Peer>,
}

impl Caller {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport, headers: HeaderMap::new(), cookies: None, peer: None }
    }

    /// Adds to the request what goes with each.
    pub(crate) fn prepare(&self, request: &mut Request<Bytes>) {
        for (name, value) in &self.headers {
            request.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
        if let Some(cookies) = &self.cookies {
            cookies.put(request);
        }
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(peer);
        }
    }

    /// Keeps what the head of an answer wants kept.
    pub(crate) fn note(&self, headers: &HeaderMap) {
        if let Some(cookies) = &self.cookies {
            cookies.take(headers);
        }
    }

    /// Sends the request and reads its answer to the end.
    pub(crate) async fn ask(&self, mut request: Request<Bytes>) -> Result<Answer, CallError> {
        self.prepare(&mut request);
        let target = shown(request.method(), request.uri());
        let reason = match patiently(self.read(request, &target)).await {
            Some(Ok(answer)) => return Ok(answer),
            Some(Err(error)) => Reason::NotAnswered(error),
            None => Reason::TimedOut(PATIENCE),
        };
        Err(CallError::new(target, reason))
    }

    async fn read(&self, request: Request<Bytes>, target: &str) -> Result<Answer, BoxError> {
        let has_body = request.method() != Method::HEAD;
        let (head, mut chunks) = self.transport.open(request).await?.into_parts();
        self.note(&head.headers);
        let mut body = BytesMut::new();
        while has_body && let Some(chunk) = chunks.next().await? {
            body.extend_from_slice(&chunk);
        }
        let target = target.to_owned();
        Ok(Answer { target, status: head.status, headers: head.headers, body: body.freeze() })
    }
}

/// A request in the text of an error.
fn shown(method: &Method, uri: &http::Uri) -> String {
    format!("{method} {uri}")
}
