//! `GET /orders/{id}`

use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;
use hyperpoint_mcp::OfferTool;

use super::order::{Order, of_customer};
use crate::store::Store;

/// The number of an order.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
pub struct OrderId {
    /// The number.
    pub id: i64,
}

/// Returns an order to its customer, and to users who work for the shop.
#[derive(Endpoint)]
pub struct GetOrder {
    store: Arc<Store>,
}

impl Endpoint for GetOrder {
    type Request = OrderId;
    type Response = Order;

    fn configure(config: &mut Config) {
        config.get("/orders/{id}");
        config.tags(["Orders"]);
        config.refuses([404]);
        config.tool().name("find_order");
    }

    async fn handle(&self, OrderId { id }: OrderId, cx: Cx<'_, Self>) -> Result {
        let identity = cx.identity.clone();
        let order = self.store.read(move |database| of_customer(database, id, &identity)).await?;
        cx.send.ok_async(order).await
    }
}
