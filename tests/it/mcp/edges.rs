//! What endpoints and clients may do, and rarely do.

use hyperpoint::prelude::*;
use hyperpoint_mcp::{OfferTool, ServeMcp};
use serde_json::json;

use super::message::{ask, ask_initialized, ask_with, call};
use super::shop::{CLERK, CUSTOMER, host};

#[derive(Serialize, JsonSchema)]
struct Receipt {
    id: u32,
}

#[derive(Deserialize, JsonSchema)]
struct How {
    is_empty: bool,
}

/// Declares data, and may answer without it.
#[derive(Endpoint)]
struct Pay;

impl Endpoint for Pay {
    type Request = How;
    type Response = Receipt;

    fn configure(config: &mut Config) {
        config.post("/payments");
        config.allow_anonymous();
        config.tool().name("pay");
    }

    async fn handle(&self, How { is_empty }: How, cx: Cx<'_, Self>) -> Result {
        match is_empty {
            true => cx.send.no_content_async().await,
            false => cx.send.ok_async(Receipt { id: 7 }).await,
        }
    }
}

#[tokio::test]
async fn a_tool_with_an_output_schema_has_no_successful_result_without_data() {
    let app = host().endpoint::<Pay>().mcp(|mcp| mcp.allow_anonymous()).build().unwrap();
    let params = |is_empty: bool| json!({ "name": "pay", "arguments": { "is_empty": is_empty } });
    for is_empty in [true, false] {
        let newer = ask(&app, "tools/call", params(is_empty)).await;
        let older = ask_initialized(&app, "tools/call", params(is_empty)).await;
        for answered in [newer, older] {
            let result = answered.result();
            assert_eq!(result["isError"], is_empty, "{result}");
            assert_eq!(result.get("structuredContent").is_none(), is_empty, "{result}");
        }
    }
    let empty = ask(&app, "tools/call", params(true)).await;
    let text = empty.result()["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("has succeeded"), "{text}");
    // A tool without an output schema may have an empty result.
    let cancelled = call(&app, CLERK, "cancel_order", json!({ "id": "7" })).await;
    assert_eq!(cancelled.result()["isError"], false);
}

/// Checks a policy that panics.
#[derive(Endpoint)]
struct Fragile;

impl Endpoint for Fragile {
    type Request = ();
    type Response = String;

    fn configure(config: &mut Config) {
        config.get("/fragile");
        #[expect(clippy::panic, reason = "the panic is the subject of the test")]
        config.policy("fragile", |_, _| panic!("a policy that panics"));
        config.tool().name("fragile");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async("whole".to_owned()).await
    }
}

#[tokio::test]
async fn a_policy_that_panics_hides_its_own_tool_alone() {
    let app = host().endpoint::<Fragile>().mcp(|mcp| mcp.allow_anonymous()).build().unwrap();
    let request = super::message::post().header("x-api-key", CUSTOMER);
    let listed = ask_with(&app, request, "tools/list", json!({})).await;
    let tools = listed.result()["tools"].as_array().unwrap();
    let names: Vec<_> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["findOrder", "place_order", "greet"]);
    let refused = call(&app, CUSTOMER, "fragile", json!({})).await;
    assert_eq!(refused.result()["structuredContent"]["status"], 500);
}
