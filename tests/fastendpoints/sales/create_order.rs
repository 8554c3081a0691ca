//! `POST /api/sales/orders/create/{guidTest}`, `POST /api/sales/orders/create`

use hyperpoint::http::{HeaderName, HeaderValue};
use hyperpoint::prelude::*;
use hyperpoint::{FromServices, PostCx, PostProcessor, PreCx, PreProcessor, async_trait};

use crate::mail::Mail;
use crate::permissions::SALES_ORDER_CREATE;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NewOrder {
    #[serde(default, rename = "customerID")]
    customer_id: i32,
    #[serde(default, rename = "productID")]
    _product_id: i32,
    #[serde(default, rename = "quantity")]
    _quantity: i32,
    #[serde(default)]
    guid_test: Uuid,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct OrderCreated {
    #[serde(rename = "orderID")]
    order_id: i32,
    message: &'static str,
    another_msg: String,
    guid_test: Uuid,
    event: Counts,
}

#[derive(Serialize, JsonSchema)]
struct Counts {
    one: u32,
    two: u32,
}

#[derive(FromServices)]
struct LogRequest;

#[async_trait]
impl PreProcessor for LogRequest {
    async fn before(&self, mut cx: PreCx<'_>) -> Result<Option<Sent>> {
        if let Some(order) = cx.data::<NewOrder>() {
            tracing::info!(customer = order.customer_id, "an order arrives");
        }
        Ok(None)
    }
}

#[derive(FromServices)]
struct LogResponse;

#[async_trait]
impl PostProcessor for LogResponse {
    async fn after(&self, cx: PostCx<'_>) -> Result<()> {
        tracing::info!(status = ?cx.outcome.status, "an order was answered");
        Ok(())
    }
}

#[derive(Endpoint)]
struct CreateOrder {
    mail: Arc<dyn Mail>,
}

impl Endpoint for CreateOrder {
    type Request = NewOrder;
    type Response = OrderCreated;

    fn configure(config: &mut Config) {
        config.post("/sales/orders/create/{guidTest}");
        config.post("/sales/orders/create");
        config.permissions([SALES_ORDER_CREATE]);
        config.before::<LogRequest>();
        config.after::<LogResponse>();
        config.tags(["Orders"]);
    }

    async fn handle(&self, order: NewOrder, cx: Cx<'_, Self>) -> Result {
        let created = OrderCreated {
            order_id: 54321,
            message: "order created!",
            another_msg: self.mail.send(),
            guid_test: order.guid_test,
            event: Counts { one: 100, two: 200 },
        };
        cx.send
            .header(HeaderName::from_static("x-header-one"), HeaderValue::from(order.customer_id))
            .header(HeaderName::from_static("header2"), HeaderValue::from_static("11/12/2020"))
            .ok_async(created)
            .await
    }
}
