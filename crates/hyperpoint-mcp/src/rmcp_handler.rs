//! A `ServerHandler` of `rmcp` as a handler of messages.

use std::fmt;
use std::sync::Arc;

use rmcp::model::{
    ClientJsonRpcMessage, GetExtensions, InitializeRequestParams, ServerJsonRpcMessage,
};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage, serve_directly_with_ct};
use rmcp::transport::Transport;
use rmcp::{RoleServer, ServerHandler};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::handwritten::{Asked, Exchange, Handwritten};
use crate::request::{CLIENT_CAPABILITIES, PROTOCOL_VERSION};

/// Maximum number of messages that wait for the client.
const WAITING: usize = 16;

/// The `ServerHandler` of a user.
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
        let serving = serve_directly_with_ct(Arc::clone(&self.0), channel, client, stop.clone());
        let guard = Box::new((stop.drop_guard(), serving));
        Ok(Exchange { messages, answers, _guard: guard })
    }
}

/// Returns what is known of a client: of one before 2026-07-28, of whose `initialize` nothing is kept, that it may be
/// asked anything.
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

/// The messages of one request, as `rmcp` reads and writes them.
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
            // Ends with the exchange, which holds the other end.
            let answer = self.incoming.recv().await?;
            // An answer that is no message of the protocol is ignored.
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

/// The client is gone.
#[derive(Debug)]
struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the client is gone")
    }
}

impl std::error::Error for Closed {}

impl<H> fmt::Debug for RmcpHandler<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RmcpHandler").finish_non_exhaustive()
    }
}
