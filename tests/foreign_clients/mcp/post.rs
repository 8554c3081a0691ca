//! `POST /mcp`: a message of the client, answered with JSON, with events, or with 202.

use hyperpoint::http::HeaderValue;
use hyperpoint::prelude::*;
use hyperpoint::{Answer, JsonOrEvents, LOOPBACK_ORIGINS};
use serde_json::{Value, json};

use super::counting::{RETRY, count, until_result};
use super::message::{HEADER_MISMATCH, INVALID_PARAMS, METHOD_NOT_FOUND, Message, error, result};
use super::sessions::{Place, SESSION_ID, Sessions};

#[derive(Deserialize, JsonSchema)]
pub(super) struct Posted {
    #[serde(rename = "mcp-session-id")]
    session: from::Header<Option<String>>,
    /// The method of the message, since 2026-07-28.
    #[serde(rename = "mcp-method")]
    method: from::Header<Option<String>>,
    message: from::Body<Message>,
}

#[derive(Answer)]
pub(super) enum Reply {
    #[answer(200)]
    Message(Value),
    /// A notification has no answer.
    #[answer(202)]
    Accepted,
    #[answer(400)]
    Refused(Value),
}

#[derive(Endpoint)]
pub(super) struct Post {
    sessions: Arc<Sessions>,
}

impl Endpoint for Post {
    type Request = Posted;
    type Response = JsonOrEvents<Reply>;

    fn configure(config: &mut Config) {
        config.post("/mcp");
        config.allow_anonymous();
        config.allowed_origins(LOOPBACK_ORIGINS);
    }

    async fn handle(&self, posted: Posted, cx: Cx<'_, Self>) -> Result {
        let message = posted.message.0;
        let Some(id) = message.id.clone() else {
            self.sessions.find(posted.session.as_deref())?;
            return cx.send.answer_async(Reply::Accepted).await;
        };
        if message.is_stateless() && posted.method.as_deref() != Some(message.method.as_str()) {
            let refused = error(&id, HEADER_MISMATCH, "Mcp-Method is not the method");
            return cx.send.answer_async(Reply::Refused(refused)).await;
        }
        if message.method == "initialize" {
            let session = HeaderValue::try_from(self.sessions.open())?;
            let reply = Reply::Message(result(&id, &initialized(&message.params)));
            return cx.send.header(SESSION_ID, session).answer_async(reply).await;
        }
        let session = match message.is_stateless() {
            // Each request is a session of its own.
            true => self.sessions.open(),
            false => self.sessions.find(posted.session.as_deref())?,
        };
        match message.method.as_str() {
            "tools/call" if message.params["name"] == "count" => {
                self.call(&session, id, message.params, cx).await
            }
            method => cx.send.answer_async(Reply::Message(plain(method, &id))).await,
        }
    }
}

impl Post {
    async fn call(&self, session: &str, id: Value, params: Value, cx: Cx<'_, Self>) -> Result {
        let messages = self.sessions.messages(session);
        let stream = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        let is_cut = params["arguments"]["cut"] == true;
        let events = until_result(Place::now(&stream), &messages, is_cut);
        cx.tasks.spawn(count(messages, stream, id, params));
        cx.send.stream_items_async(events).retry(RETRY).await
    }
}

fn initialized(params: &Value) -> Value {
    json!({
        "protocolVersion": params["protocolVersion"],
        "capabilities": { "tools": { "listChanged": true } },
        "serverInfo": { "name": "hyperpoint", "version": "1" },
    })
}

/// The answer to a request that needs no events.
fn plain(method: &str, id: &Value) -> Value {
    let counts = json!({ "name": "count", "inputSchema": { "type": "object" } });
    let cached = json!({ "resultType": "complete", "ttlMs": 0, "cacheScope": "private" });
    let with = |member: &str, value: Value| {
        let mut answer = cached.clone();
        answer[member] = value;
        answer
    };
    match method {
        "ping" => result(id, &json!({})),
        "tools/list" => result(id, &with("tools", json!([counts]))),
        "server/discover" => {
            let mut answer = with("supportedVersions", json!(["2026-07-28"]));
            answer["capabilities"] = json!({ "tools": {} });
            result(id, &answer)
        }
        "tools/call" => error(id, INVALID_PARAMS, "no such tool"),
        _ => error(id, METHOD_NOT_FOUND, "no such method"),
    }
}
