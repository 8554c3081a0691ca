//! Tests of the handler beside the endpoints, in memory.
#![expect(clippy::indexing_slicing, reason = "a failing step ends its test")]

use hyperpoint::http::Method;
use hyperpoint::{Host, http::StatusCode};
use hyperpoint_testing::{Client, EventReader};
use serde_json::{Value, json};

type Failed = Box<dyn std::error::Error + Send + Sync>;

fn client() -> Result<Client, Failed> {
    Ok(Client::new(example_mcp::application(Host::empty()).build()?))
}

/// Sends a request of the revision 2026-07-28, and returns the status and the JSON of the response.
async fn ask(client: &Client, method: &str, params: Value) -> Result<(StatusCode, Value), Failed> {
    let mut params = params;
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": { "elicitation": {} },
    });
    let name = params.get("name").and_then(Value::as_str).unwrap_or("none").to_owned();
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let call = client.call(Method::POST, "/mcp").header("host", "localhost");
    let call = call.header("mcp-protocol-version", "2026-07-28").header("mcp-method", method);
    let response = call.header("mcp-name", name).json(&message).await?;
    Ok((response.status(), serde_json::from_str(&response.text())?))
}

#[tokio::test]
async fn tools_of_endpoints_come_before_those_of_the_handler() -> Result<(), Failed> {
    let (_, listed) = ask(&client()?, "tools/list", json!({})).await?;
    let tools = listed["result"]["tools"].as_array().ok_or("no tools")?;
    assert_eq!(tools.first().map(|tool| &tool["name"]), Some(&json!("test_in_region")));
    assert!(tools.iter().any(|tool| tool["name"] == "test_embedded_resource"));
    let (_, discovered) = ask(&client()?, "server/discover", json!({})).await?;
    let capabilities = &discovered["result"]["capabilities"];
    assert!(capabilities["prompts"].is_object() && capabilities["tools"].is_object());
    Ok(())
}

#[tokio::test]
async fn topics_and_the_handler_share_resources_and_the_one_long_stream() -> Result<(), Failed> {
    let client = client()?;
    let (_, listed) = ask(&client, "resources/list", json!({})).await?;
    let resources = listed["result"]["resources"].as_array().ok_or("no resources")?;
    assert_eq!(resources.first().map(|resource| &resource["uri"]), Some(&json!("topic:steps")));
    let of_handler = resources.get(1).ok_or("none of the handler")?["uri"].clone();
    let read = |uri: Value| json!({ "uri": uri, "name": uri });
    let (_, contents) = ask(&client, "resources/read", read(of_handler.clone())).await?;
    assert_eq!(contents["result"]["contents"][0]["uri"], of_handler);
    let filter = json!({
        "promptsListChanged": true,
        "resourceSubscriptions": [of_handler, "topic:steps"],
    });
    let mut events = listen(&client, filter).await?;
    let first: Value = serde_json::from_str(&events.next().await?.data)?;
    assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
    let agreed = json!({ "resourceSubscriptions": [of_handler, "topic:steps"] });
    assert_eq!(first["params"]["notifications"], agreed);
    let worked = client.call(Method::POST, "/progress").json(&json!({})).await?;
    assert_eq!(worked.status(), StatusCode::OK);
    let update: Value = serde_json::from_str(&events.next().await?.data)?;
    assert_eq!(update["params"]["uri"], "topic:steps");
    let (_, contents) = ask(&client, "resources/read", read(json!("topic:steps"))).await?;
    let text = contents["result"]["contents"][0]["text"].as_str().ok_or("no text")?;
    let steps: Value = serde_json::from_str(text)?;
    assert_eq!(steps.as_array().map(Vec::len), Some(3));
    Ok(())
}

/// Opens the stream of `subscriptions/listen`, in the revision 2026-07-28.
async fn listen(client: &Client, filter: Value) -> Result<EventReader, Failed> {
    let method = "subscriptions/listen";
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({ "notifications": filter, "_meta": meta });
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let reader = client.events("/mcp").method(Method::POST).header("host", "localhost");
    let reader = reader.header("mcp-protocol-version", "2026-07-28").header("mcp-method", method);
    Ok(reader.header("content-type", "application/json").body(message.to_string()).await?)
}

#[tokio::test]
async fn a_state_of_another_tool_or_of_nobody_does_not_reach_the_handler() -> Result<(), Failed> {
    let client = client()?;
    let name = "test_input_required_result_request_state";
    let (_, asked) = ask(&client, "tools/call", json!({ "name": name })).await?;
    assert_eq!(asked["result"]["resultType"], "input_required");
    let state = asked["result"]["requestState"].clone();
    assert_ne!(state, "confirm");
    let answers = json!({ "confirm": { "action": "accept", "content": { "ok": true } } });
    let again = |name: &str, state: Value| json!({ "name": name, "inputResponses": answers, "requestState": state });
    let (_, done) = ask(&client, "tools/call", again(name, state.clone())).await?;
    assert_eq!(done["result"]["content"][0]["text"], "state-ok");
    let other = "test_input_required_result_multi_round";
    for (tool, state) in [(name, json!("confirm")), (other, state), (name, json!({ "a": 1 }))] {
        let (_, refused) = ask(&client, "tools/call", again(tool, state)).await?;
        assert_eq!(refused["error"]["code"], -32602, "{refused}");
    }
    Ok(())
}

#[tokio::test]
async fn errors_of_the_handler_have_the_status_that_the_protocol_asks_for() -> Result<(), Failed> {
    let client = client()?;
    let missing = json!({ "name": "test_missing_capability" });
    let (status, refused) = ask(&client, "tools/call", missing).await?;
    assert_eq!((status, &refused["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(-32021)));
    let (status, refused) = ask(&client, "nothing/here", json!({})).await?;
    assert_eq!((status, &refused["error"]["code"]), (StatusCode::NOT_FOUND, &json!(-32601)));
    Ok(())
}

#[tokio::test]
async fn a_question_before_2026_07_28_is_answered_by_a_message_of_its_own() -> Result<(), Failed> {
    let client = client()?;
    let params = json!({ "name": "test_sampling", "arguments": { "prompt": "Hi" } });
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    let post = || client.call(Method::POST, "/mcp").header("host", "localhost");
    let mut reader = client.events("/mcp");
    reader = reader.method(Method::POST).header("host", "localhost");
    reader = reader.header("content-type", "application/json").body(message.to_string());
    let mut events = reader.await?;
    let question: Value = serde_json::from_str(&events.next().await?.data)?;
    assert_eq!(question["method"], "sampling/createMessage");
    let said =
        json!({ "role": "assistant", "model": "m", "content": { "type": "text", "text": "ok" } });
    let answer = |id: Value| json!({ "jsonrpc": "2.0", "id": id, "result": said });
    assert_eq!(post().json(&answer(json!(0))).await?.status(), 400);
    assert_eq!(post().json(&answer(question["id"].clone())).await?.status(), 202);
    let done: Value = serde_json::from_str(&events.next().await?.data)?;
    assert_eq!(done["result"]["content"][0]["text"], "LLM response: ok");
    Ok(())
}
