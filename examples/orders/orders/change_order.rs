//! `PUT /orders/{id}`

use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;
use rusqlite::params;

use super::order::{Line, Order, Status, check_lines, of_customer, written};
use super::order_event::{OrderEvent, OrderEvents};
use crate::store::{Store, StoreError};

/// New lines for an order.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct ChangedOrder {
    /// The number of the order.
    pub id: i64,
    /// The new lines.
    pub lines: Vec<Line>,
}

/// Changes an order that has not been shipped.
#[derive(Endpoint)]
pub struct ChangeOrder {
    store: Arc<Store>,
    events: Arc<OrderEvents>,
}

impl Endpoint for ChangeOrder {
    type Request = ChangedOrder;
    type Response = Order;

    fn configure(config: &mut Config) {
        config.put("/orders/{id}");
        config.tags(["Orders"]);
        config.refuses([404, 409]);
    }

    fn validate(&self, order: &ChangedOrder, failures: &mut Failures) {
        check_lines(&order.lines, failures);
    }

    async fn handle(&self, ChangedOrder { id, lines }: ChangedOrder, cx: Cx<'_, Self>) -> Result {
        let identity = cx.identity.clone();
        let events = OrderEvents::clone(&self.events);
        let changed = self.store.write(move |database| {
            if of_customer(database, id, &identity)?.status != Status::Open {
                return Err(StoreError::Conflict("the order is on its way"));
            }
            let change = "UPDATE orders SET lines = ?2 WHERE id = ?1";
            database.execute(change, params![id, written(&lines)])?;
            let order = Order::find(database, id)?;
            let event = OrderEvent::Changed(order.clone());
            events.store(database, &order.customer, &event)?;
            Ok(order)
        });
        let order = changed.await?;
        self.events.publish();
        cx.send.ok_async(order).await
    }
}
