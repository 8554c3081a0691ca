//! `DELETE /orders/{id}`

use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;
use hyperpoint_mcp::OfferTool;

use super::get_order::OrderId;
use super::order::Order;
use super::order_event::{OrderEvent, OrderEvents};
use crate::store::Store;

/// Deletes an order, with its invoice.
#[derive(Endpoint)]
pub struct DeleteOrder {
    store: Arc<Store>,
    events: Arc<OrderEvents>,
}

impl Endpoint for DeleteOrder {
    type Request = OrderId;
    type Response = ();

    fn configure(config: &mut Config) {
        config.delete("/orders/{id}");
        config.roles(["admin"]);
        config.tags(["Orders"]);
        config.answers_empty(204);
        config.refuses([404]);
        config.tool().name("cancel_order").title("Cancel an order");
    }

    async fn handle(&self, OrderId { id }: OrderId, cx: Cx<'_, Self>) -> Result {
        let events = OrderEvents::clone(&self.events);
        let deleted = self.store.write(move |database| {
            let order = Order::find(database, id)?;
            database.execute("DELETE FROM orders WHERE id = ?1", [id])?;
            events.store(database, &order.customer, &OrderEvent::Deleted { id })
        });
        deleted.await?;
        self.events.publish();
        cx.send.no_content_async().await
    }
}
