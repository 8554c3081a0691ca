//! What a pre-processor sends in place of the handler.

use hyperpoint::prelude::*;
use hyperpoint::{FromServices, PreCx, PreProcessor, async_trait};
use insta::assert_snapshot;

use crate::http::{endpoint, get};

#[derive(Deserialize, Serialize, JsonSchema)]
struct OrderId {
    id: u32,
}

endpoint! {
    Order: OrderId => u32;
    |config| {
        config.get("/orders/{id}");
        config.allow_anonymous();
    }
    |order, cx| { cx.send.ok_async(order.id).await }
}

#[derive(Serialize)]
struct Closed {
    until: u8,
    again: Option<u8>,
    order: String,
}

/// Answers in place of the handler, with or without data.
#[derive(FromServices)]
struct Close;

#[async_trait]
impl PreProcessor for Close {
    async fn before(&self, cx: PreCx<'_>) -> Result<Option<Sent>> {
        match cx.request.uri.query() {
            Some("empty") => cx.send.ok_async(()).await.map(Some),
            Some("broken") => {
                let no_json = std::collections::HashMap::from([((1, 2), 3)]);
                cx.send.ok_async(no_json).await.map(Some)
            }
            _ => {
                let order = cx.links.to::<Order>(&OrderId { id: 7 })?;
                cx.send.ok_async(Closed { until: 9, again: None, order }).await.map(Some)
            }
        }
    }
}

endpoint! {
    Hours: () => u32;
    |config| {
        config.get("/hours");
        config.allow_anonymous();
        config.links_to::<Order>();
        config.before::<Close>();
    }
    |(), cx| { cx.send.ok_async(7).await }
}

#[tokio::test]
async fn a_pre_processor_sends_any_value_and_links_to_endpoints() {
    let app = Host::empty().endpoint::<Order>().endpoint::<Hours>().build().unwrap();
    assert_snapshot!(get(&app, "/hours").await, @r#"
    200 OK
    content-type: application/json

    {"until":9,"again":null,"order":"/orders/7"}
    "#);
    assert_snapshot!(get(&app, "/hours?empty").await, @"200 OK");
    assert!(get(&app, "/hours?broken").await.starts_with("500"));
}
