//! The tools of the API, in memory, as two agents use them.
#![expect(clippy::indexing_slicing, reason = "a failing step ends its test")]

use hyperpoint::http::Method;
use hyperpoint_testing::{Client, Event};
use orders_api::{Store, application};
use serde_json::{Value, json};

type Failed = Box<dyn std::error::Error + Send + Sync>;

const ANN: &str = "agent-of-ann-0123456789abcdef";
const CARL: &str = "agent-of-carl-0123456789abcdef";

fn client() -> Result<Client, Failed> {
    Ok(Client::new(application(Store::in_memory()?).build()?))
}

fn message(method: &str, params: Value) -> Value {
    let mut params = params;
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "progressToken": 1,
    });
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

fn head(method: &str, params: &Value, key: &str) -> Vec<(&'static str, String)> {
    let name = params.get("name").and_then(Value::as_str).unwrap_or("none");
    vec![
        ("host", "localhost".to_owned()),
        ("x-api-key", key.to_owned()),
        ("mcp-protocol-version", "2026-07-28".to_owned()),
        ("mcp-method", method.to_owned()),
        ("mcp-name", name.to_owned()),
    ]
}

/// Asks as the agent of this key, and returns the result.
async fn ask(client: &Client, key: &str, method: &str, params: Value) -> Result<Value, Failed> {
    let mut call = client.call(Method::POST, "/mcp");
    for (name, value) in head(method, &params, key) {
        call = call.header(name, value);
    }
    let answer = call.json(&message(method, params)).await?;
    let answered: Value = serde_json::from_str(&answer.text())?;
    Ok(answered["result"].clone())
}

async fn call(client: &Client, key: &str, tool: &str, arguments: Value) -> Result<Value, Failed> {
    ask(client, key, "tools/call", json!({ "name": tool, "arguments": arguments })).await
}

#[tokio::test]
async fn each_agent_sees_what_its_user_may_do() -> Result<(), Failed> {
    let client = client()?;
    let names = async |key| -> Result<Vec<String>, Failed> {
        let listed = ask(&client, key, "tools/list", json!({})).await?;
        let tools = listed["tools"].as_array().ok_or("no tools")?;
        Ok(tools.iter().filter_map(|tool| tool["name"].as_str()).map(str::to_owned).collect())
    };
    assert_eq!(names(ANN).await?, ["find_order", "list_orders", "place_order"]);
    assert_eq!(names(CARL).await?, ["find_order", "list_orders", "place_order", "ship_order"]);
    let refused = call(&client, ANN, "cancel_order", json!({ "id": 1 })).await?;
    assert_eq!(refused["structuredContent"]["status"], 403);
    Ok(())
}

#[tokio::test]
async fn an_agent_places_an_order_and_mends_it() -> Result<(), Failed> {
    let client = client()?;
    let order = |quantity: u32| {
        let line = json!({ "item": "tea", "quantity": quantity, "cents": 450 });
        json!({ "lines": [line], "Idempotency-Key": format!("key-{quantity}") })
    };
    let refused = call(&client, ANN, "place_order", order(0)).await?;
    let error = &refused["structuredContent"]["errors"][0];
    assert_eq!(
        (&error["name"], &error["reason"]),
        (&json!("lines[0].quantity"), &json!("is 1 to 1000"))
    );
    let placed = call(&client, ANN, "place_order", order(2)).await?;
    assert_eq!(placed["structuredContent"]["customer"], "ann");
    let again = call(&client, ANN, "place_order", order(2)).await?;
    assert_eq!(again["structuredContent"], placed["structuredContent"]);
    Ok(())
}

#[tokio::test]
async fn a_shipment_shows_its_steps() -> Result<(), Failed> {
    let client = client()?;
    let arguments = json!({ "lines": [{ "item": "tea", "quantity": 2, "cents": 450 }], "Idempotency-Key": "1" });
    let placed = call(&client, ANN, "place_order", arguments).await?;
    let arguments = json!({ "id": placed["structuredContent"]["id"], "carrier": "Post" });
    let params = json!({ "name": "ship_order", "arguments": arguments });
    let mut request = client.events("/mcp").method(Method::POST);
    for (name, value) in head("tools/call", &params, CARL) {
        request = request.header(name, value);
    }
    let request = request.header("content-type", "application/json");
    let mut events = request.body(message("tools/call", params.clone()).to_string()).await?;
    let read = |event: Event| serde_json::from_str::<Value>(&event.data);
    let (first, second) = (read(events.next().await?)?, read(events.next().await?)?);
    assert_eq!(
        (&first["params"]["progress"], &second["params"]["progress"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(second["params"]["message"], "Post has the order");
    let shipped = read(events.next().await?)?;
    assert_eq!(shipped["result"]["structuredContent"]["status"], "shipped");
    let again = ask(&client, CARL, "tools/call", params).await?;
    assert_eq!(again["structuredContent"]["detail"], "the order is on its way already");
    Ok(())
}
