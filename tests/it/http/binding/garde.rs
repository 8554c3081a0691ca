//! Validation rules on the request type with `garde`, and failures that a handler reports.

use garde::Validate;
use http::Request;
use hyperpoint::prelude::*;
use insta::assert_snapshot;

use super::request_types::refused;
use crate::http::ask;

#[derive(Debug, Deserialize, JsonSchema, Validate)]
struct Line {
    #[garde(range(min = 1))]
    count: u32,
}

#[derive(Debug, Deserialize, JsonSchema, Validate)]
struct Cart {
    #[garde(length(min = 1))]
    customer: String,
    #[garde(dive)]
    lines: Vec<Line>,
}

#[derive(Debug, Deserialize, JsonSchema, Validate)]
struct Buy {
    #[garde(inner(range(max = 9)))]
    priority: from::Query<u32>,
    #[garde(dive)]
    cart: from::Body<Cart>,
}

#[derive(Endpoint)]
#[endpoint(by_hand)]
struct BuyEndpoint;

impl Endpoint for BuyEndpoint {
    type Request = Buy;
    type Response = ();

    fn configure(config: &mut Config) {
        config.post("/carts");
        config.allow_anonymous();
    }

    fn validate(&self, request: &Buy, failures: &mut Failures) {
        failures.garde(request);
        failures.check("customer", request.cart.customer != "bob", "is barred").code("barred");
    }

    async fn handle(&self, request: Buy, cx: Cx<'_, Self>) -> Result {
        let mut failures = Failures::default();
        for (index, line) in request.cart.lines.iter().enumerate() {
            let name = format!("lines[{index}].count");
            failures.check(&name, line.count < 5, "is more than there is").code("out_of_stock");
        }
        failures.into_result()?;
        cx.send.no_content_async().await
    }
}

async fn buy(query: &str, body: &str) -> String {
    let app = Host::empty().endpoint::<BuyEndpoint>().build().unwrap();
    let request = Request::post(format!("/carts?{query}"));
    let request = request.header("content-type", "application/json");
    ask(&app, request.body(body.to_owned()).unwrap()).await
}

#[tokio::test]
async fn failures_of_the_rules_on_the_type_are_listed_by_path() {
    let body = r#"{"customer": "", "lines": [{"count": 1}, {"count": 0}]}"#;
    assert_snapshot!(refused(&buy("priority=10", body).await, "400"), @r#""the request is not valid" [{"code":"invalid","name":"customer","reason":"length is lower than 1"},{"code":"invalid","name":"lines[1].count","reason":"lower than 1"},{"code":"invalid","name":"priority","reason":"greater than 9"}]"#);
    let body = r#"{"customer": "bob", "lines": []}"#;
    assert_snapshot!(refused(&buy("priority=1", body).await, "400"), @r#""the request is not valid" [{"code":"barred","name":"customer","reason":"is barred"}]"#);
}

#[tokio::test]
async fn a_handler_reports_all_its_failures() {
    let body = r#"{"customer": "ann", "lines": [{"count": 5}, {"count": 1}, {"count": 6}]}"#;
    assert_snapshot!(refused(&buy("priority=1", body).await, "400"), @r#""the request is not valid" [{"code":"out_of_stock","name":"lines[0].count","reason":"is more than there is"},{"code":"out_of_stock","name":"lines[2].count","reason":"is more than there is"}]"#);
    assert!(buy("priority=1", r#"{"customer": "ann", "lines": []}"#).await.starts_with("204"));
}

#[tokio::test]
async fn a_hundred_failures_are_listed_and_the_rest_counted() {
    let lines = vec![r#"{"count":0}"#; 40_000].join(",");
    let body = format!(r#"{{"customer": "ann", "lines": [{lines}]}}"#);
    let answer = buy("priority=1", &body).await;
    assert!(answer.len() < 20_000, "{} bytes", answer.len());
    let document: serde_json::Value =
        serde_json::from_str(answer.split_once("\n\n").unwrap().1).unwrap();
    assert_eq!(document["errors"].as_array().unwrap().len(), 100);
    assert_eq!(document["moreErrors"], 39_900);
}
