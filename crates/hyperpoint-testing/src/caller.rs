//! The transport of a client, and the headers, cookies and peer address of each of its requests.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Request};
use hyperpoint_core::Peer;

use crate::answer::Answer;
use crate::call_error::{CallError, Reason};
use crate::cookies::Cookies;
use crate::default_timeout::{DEFAULT_TIMEOUT, with_timeout};
use crate::read_error::BoxError;
use crate::transport::Transport;

/// A transport to an application, and the headers, cookies and peer address of each request sent
/// over it.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) transport: Transport,
    /// Default headers, added to a request that does not set them itself.
    pub(crate) headers: HeaderMap,
    pub(crate) cookies: Option<Cookies>,
    pub(crate) peer: Option<Peer>,
}

impl Caller {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport, headers: HeaderMap::new(), cookies: None, peer: None }
    }

    /// Adds the default headers, the cookies and the peer address to the request.
    pub(crate) fn prepare(&self, request: &mut Request<Bytes>) {
        for (name, value) in &self.headers {
            request.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
        if let Some(cookies) = &self.cookies {
            cookies.add_to(request);
        }
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(peer);
        }
    }

    /// Stores the cookies that a response sets.
    pub(crate) fn store_cookies(&self, headers: &HeaderMap) {
        if let Some(cookies) = &self.cookies {
            cookies.store(headers);
        }
    }

    /// Sends the request and reads its response to the end.
    pub(crate) async fn send(&self, mut request: Request<Bytes>) -> Result<Answer, CallError> {
        self.prepare(&mut request);
        let target = format!("{} {}", request.method(), request.uri());
        let reason = match with_timeout(self.read(request, &target)).await {
            Some(Ok(answer)) => return Ok(answer),
            Some(Err(error)) => Reason::NoResponse(error),
            None => Reason::TimedOut(DEFAULT_TIMEOUT),
        };
        Err(CallError::new(target, reason))
    }

    async fn read(&self, request: Request<Bytes>, target: &str) -> Result<Answer, BoxError> {
        let has_body = request.method() != Method::HEAD;
        let (head, mut chunks) = self.transport.open(request).await?.into_parts();
        self.store_cookies(&head.headers);
        let mut body = BytesMut::new();
        while has_body && let Some(chunk) = chunks.next().await? {
            body.extend_from_slice(&chunk);
        }
        let target = target.to_owned();
        Ok(Answer { target, status: head.status, headers: head.headers, body: body.freeze() })
    }
}
