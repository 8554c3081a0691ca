//! The endpoint of the protocol: one POST for each message (MCP, Streamable HTTP).

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use hyperpoint_core::services::Resolver;
use hyperpoint_core::{
    Config, Cx, Declared, Endpoint, FromServices, JsonOrEvents, Problem, Raw, Result,
};
use serde_json::Value;

use crate::answering::answer;
use crate::caller::Caller;
use crate::essence::essence;
use crate::reply::Reply;
use crate::server::Server;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The endpoint of the protocol, with the path and the settings of [`Mcp`](crate::Mcp).
#[derive(Debug, Default)]
pub(crate) struct Transport(OnceLock<Arc<Server>>);

impl Transport {
    /// Sets the server. Later calls have no effect.
    pub(crate) fn set(&self, server: Arc<Server>) {
        let _ = self.0.set(server);
    }

    pub(crate) fn server(&self) -> Option<&Arc<Server>> {
        self.0.get()
    }
}

impl FromServices for Transport {
    const DECLARED: Declared = Declared { file: file!(), line: line!() };

    fn from_services(_: &mut Resolver<'_>) -> Option<Self> {
        Some(Self::default())
    }
}

impl Endpoint for Transport {
    type Request = Raw<Bytes>;
    type Response = JsonOrEvents<Value>;

    // `ServeMcp::mcp` sets the path and the settings.
    fn configure(_: &mut Config) {}

    async fn handle(&self, Raw { body, .. }: Raw<Bytes>, cx: Cx<'_, Self>) -> Result {
        let server = self.server().ok_or_else(|| Problem::new(StatusCode::NOT_FOUND))?;
        let headers = &cx.request.headers;
        server.names.check(&cx.request.uri, headers)?;
        // A browser sends a cross-origin request with this media type only after a CORS preflight.
        let is_json = |value: &str| essence(value).eq_ignore_ascii_case("application/json");
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(is_json) {
            let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE);
            return Err(
                problem.detail("the `Content-Type` of a message must be `application/json`")
            );
        }
        let (request, identity, peer) = (cx.request, cx.identity, cx.peer);
        let caller = Caller { request, identity, peer, response: &cx.send };
        match answer(server, caller, &body).await {
            Reply::Refused(problem) => Err(problem),
            Reply::Accepted => cx.send.status_async(StatusCode::ACCEPTED).await,
            Reply::Messages(messages) => cx.send.stream_items_async(messages).await,
            Reply::Written(json) => cx.send.bytes_async(json, JSON).await,
            Reply::Json { status, headers, body } => {
                let send = headers
                    .iter()
                    .fold(cx.send, |send, (name, value)| send.header(name.clone(), value.clone()));
                send.response_async(status, body).await
            }
        }
    }
}
