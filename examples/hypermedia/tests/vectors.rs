//! The 20 cases of the suite that Datastar has for its SDKs, with requests and answers of our own: a
//! server is told by a request which events to send, and the bytes of its answer are compared.

use std::time::Duration;

use example_hypermedia::datastar::{ExecuteScript, PatchElements, PatchSignals};
use hyperpoint::http::Method;
use hyperpoint::prelude::*;
use hyperpoint_testing::Client;

const VECTORS: &str = include_str!("vectors.json");

/// The time after which Datastar reconnects unless it is told otherwise.
const DEFAULT_RETRY_MS: u64 = 1000;

#[derive(Deserialize)]
struct Vector {
    name: String,
    method: String,
    request: serde_json::Value,
    answer: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Asked {
    event_id: Option<String>,
    retry_duration: Option<u64>,
    #[serde(flatten)]
    patch: Patch,
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Patch {
    PatchElements(PatchElements),
    PatchSignals(PatchSignals),
    ExecuteScript(ExecuteScript),
}

impl Asked {
    fn item(&self) -> Result<StreamItem> {
        let mut item = match &self.patch {
            Patch::PatchElements(patch) => patch.item(),
            Patch::PatchSignals(patch) => patch.item(),
            Patch::ExecuteScript(patch) => patch.item(),
        };
        if let Some(id) = &self.event_id {
            item = item.id(EventId::parse(id)?);
        }
        Ok(match self.retry_duration {
            Some(retry) if retry != DEFAULT_RETRY_MS => item.retry(Duration::from_millis(retry)),
            _ => item,
        })
    }
}

#[derive(Deserialize, JsonSchema)]
struct Signals {
    events: Vec<Asked>,
}

/// With a GET the signals are in the query, as JSON.
#[derive(Deserialize, JsonSchema)]
struct InQuery {
    datastar: String,
}

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct SendByGet;

impl Endpoint for SendByGet {
    type Request = InQuery;
    type Response = Events;

    fn configure(config: &mut Config) {
        config.get("/test");
        config.allow_anonymous();
        config.streams_as_written();
    }

    async fn handle(&self, request: InQuery, cx: Cx<'_, Self>) -> Result {
        let signals: Signals = serde_json::from_str(&request.datastar)?;
        let items = stream! {
            for asked in &signals.events {
                yield asked.item();
            }
        };
        cx.send.stream_items_async(items).await
    }
}

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct SendByPost;

impl Endpoint for SendByPost {
    type Request = Signals;
    type Response = Events;

    fn configure(config: &mut Config) {
        config.post("/test");
        config.allow_anonymous();
    }

    async fn handle(&self, signals: Signals, cx: Cx<'_, Self>) -> Result {
        let items = stream! {
            for asked in &signals.events {
                yield asked.item();
            }
        };
        cx.send.stream_items_async(items).await
    }
}

#[tokio::test]
async fn all_vectors_of_the_sdk_suite_pass() {
    let app = Host::empty().endpoint::<SendByGet>().endpoint::<SendByPost>().build().unwrap();
    let client = Client::new(app);
    let vectors: Vec<Vector> = serde_json::from_str(VECTORS).unwrap();
    assert_eq!(vectors.len(), 20);
    for Vector { name, method, request, answer } in vectors {
        let call = match method.as_str() {
            "GET" => {
                let mut query = form_urlencoded::Serializer::new(String::new());
                query.append_pair("datastar", &request.to_string());
                client.call(Method::GET, &format!("/test?{}", query.finish()))
            }
            _ => client.call(Method::POST, "/test").json(&request),
        };
        let response = call.header("accept", "text/event-stream, text/html, application/json");
        let response = response.await.unwrap();
        assert_eq!(response.header("content-type"), Some("text/event-stream"), "{name}");
        assert_eq!(response.text(), answer.join("\n") + "\n", "{name}");
    }
}
