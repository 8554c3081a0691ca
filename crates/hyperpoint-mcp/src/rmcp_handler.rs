//! Adapts a `ServerHandler` of `rmcp` to the interface of handlers.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, ClientRequest, GetExtensions,
    InitializeRequestParams, ProtocolVersion, ServerConfig, ServerJsonRpcMessage, ServerResult,
};
use rmcp::service::{
    NotificationContext, RequestContext, RxJsonRpcMessage, TxJsonRpcMessage, serve_directly_with_ct,
};
use rmcp::transport::Transport;
use rmcp::{ErrorData, RoleServer, ServerHandler, service};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::handwritten::{Asked, Exchange, Handwritten};
use crate::request::{CLIENT_CAPABILITIES, PROTOCOL_VERSION};

/// Maximum number of buffered messages in each direction between client and handler.
const WAITING: usize = 16;

/// Adapts the `ServerHandler` of an application to [`Handwritten`].
pub(crate) struct RmcpHandler<H>(pub(crate) Arc<H>);

impl<H: ServerHandler> Handwritten for RmcpHandler<H> {
    fn offered(&self) -> Value {
        let info = self.0.get_info();
        json!({ "capabilities": info.capabilities, "instructions": info.instructions })
    }

    fn input_schema(&self, tool: &str) -> Option<Value> {
        let tool = self.0.get_tool(tool)?;
        Some(Value::Object((*tool.input_schema).clone()))
    }

    fn begin(&self, request: Value, of: Asked) -> Result<Exchange, String> {
        let client = client(&request, &of);
        let message: ClientJsonRpcMessage =
            serde_json::from_value(request).map_err(|error| error.to_string())?;
        let ClientJsonRpcMessage::Request(mut request) = message else {
            return Err("not a request".to_owned());
        };
        let extensions = request.request.extensions_mut();
        extensions.insert(of.parts);
        extensions.insert(of.identity);
        if let Some(peer) = of.peer {
            extensions.insert(peer);
        }
        let (outgoing, messages) = mpsc::channel(WAITING);
        let (answers, incoming) = mpsc::channel(WAITING);
        let channel =
            Channel { first: Some(ClientJsonRpcMessage::Request(request)), incoming, outgoing };
        let stop = CancellationToken::new();
        let service = Dropped(Arc::clone(&self.0));
        let serving = serve_directly_with_ct(service, channel, client, stop.clone());
        let guard = Box::new((stop.drop_guard(), serving));
        Ok(Exchange { messages, answers, _guard: guard })
    }
}

/// A `ServerHandler` whose future is dropped when its request is cancelled. `rmcp` runs the future
/// in a task, and only cancels its token. A handler that ignores the token would keep running after
/// its client has left, outside of the host's limits and drain.
struct Dropped<H>(Arc<H>);

impl<H: ServerHandler> service::Service<RoleServer> for Dropped<H> {
    async fn handle_request(
        &self,
        request: ClientRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        let cancelled = context.ct.clone();
        let work = cancelled
            .run_until_cancelled(service::Service::handle_request(&*self.0, request, context));
        work.await.unwrap_or_else(|| Err(ErrorData::internal_error("cancelled", None)))
    }

    async fn handle_notification(
        &self,
        notification: ClientNotification,
        context: NotificationContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        service::Service::handle_notification(&*self.0, notification, context).await
    }

    fn get_info(&self) -> ServerConfig {
        ServerHandler::get_info(&*self.0)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        ServerHandler::supported_protocol_versions(&*self.0)
    }
}

/// Returns the version, capabilities and name of a client. The server stores nothing of
/// `initialize`, so a client of a revision before 2026-07-28 is assumed to have all capabilities.
fn client(request: &Value, of: &Asked) -> Option<InitializeRequestParams> {
    let meta = request.pointer("/params/_meta");
    let stated = |key: &str| meta.and_then(|meta| meta.get(key)).cloned();
    let version =
        of.parts.headers.get("mcp-protocol-version").and_then(|value| value.to_str().ok());
    let version = stated(PROTOCOL_VERSION).or_else(|| version.map(Value::from));
    let everything = || {
        let elicitation = json!({ "form": {}, "url": {} });
        json!({ "sampling": {}, "elicitation": elicitation, "roots": {} })
    };
    let capabilities = match of.revision.is_stateless() {
        true => stated(CLIENT_CAPABILITIES).unwrap_or(json!({})),
        false => everything(),
    };
    let unnamed = || json!({ "name": "unknown", "version": "0.0.0" });
    let info = stated("io.modelcontextprotocol/clientInfo").unwrap_or_else(unnamed);
    let client = json!({
        "protocolVersion": version.unwrap_or_else(|| "2025-03-26".into()),
        "capabilities": capabilities,
        "clientInfo": info,
    });
    serde_json::from_value(client).ok()
}

/// The transport through which `rmcp` reads and writes the messages of one request.
struct Channel {
    first: Option<ClientJsonRpcMessage>,
    incoming: mpsc::Receiver<Value>,
    outgoing: mpsc::Sender<Value>,
}

impl Transport<RoleServer> for Channel {
    type Error = Closed;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Closed>> + Send + 'static {
        let outgoing = self.outgoing.clone();
        async move { outgoing.send(written(&message)).await.map_err(|_closed| Closed) }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            // Returns `None` when the exchange, which owns the sender, is dropped.
            let answer = self.incoming.recv().await?;
            // Ignores an answer that is not a valid message of the protocol.
            if let Ok(message) = serde_json::from_value(answer) {
                return Some(message);
            }
        }
    }

    async fn close(&mut self) -> Result<(), Closed> {
        Ok(())
    }
}

fn written(message: &ServerJsonRpcMessage) -> Value {
    serde_json::to_value(message).unwrap_or_default()
}

/// The error of sending a message to a client that has left.
#[derive(Debug)]
struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client has disconnected")
    }
}

impl std::error::Error for Closed {}

impl<H> fmt::Debug for RmcpHandler<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RmcpHandler").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
    use std::time::Duration;

    use hyperpoint_core::Identity;
    use rmcp::model::{ListToolsResult, PaginatedRequestParams};
    use rmcp::service::RequestContext;
    use tokio::sync::Notify;
    use tokio::time::timeout;

    use crate::caller::Caller;
    use crate::revision::Revision;

    use super::*;

    #[derive(Default)]
    struct Pending {
        started: Notify,
        is_dropped: AtomicBool,
        dropped: Notify,
    }

    struct Guard<'p>(&'p Pending);

    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            self.0.is_dropped.store(true, SeqCst);
            self.0.dropped.notify_one();
        }
    }

    impl ServerHandler for Pending {
        async fn list_tools(
            &self,
            _: Option<PaginatedRequestParams>,
            _: RequestContext<RoleServer>,
        ) -> Result<ListToolsResult, ErrorData> {
            let _guard = Guard(self);
            self.started.notify_one();
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn the_future_of_a_handler_is_dropped_with_its_exchange() {
        let handler = Arc::new(Pending::default());
        let (parts, ()) = http::Request::new(()).into_parts();
        let identity = Identity::anonymous();
        let caller = Caller { request: &parts, identity: &identity, peer: None, response: &() };
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {} });
        let asked = Asked::new(caller, Revision::Initialized);
        let exchange = RmcpHandler(Arc::clone(&handler)).begin(request, asked).unwrap();
        timeout(Duration::from_secs(5), handler.started.notified()).await.unwrap();
        assert!(!handler.is_dropped.load(SeqCst));
        drop(exchange);
        timeout(Duration::from_secs(5), handler.dropped.notified()).await.unwrap();
    }
}
