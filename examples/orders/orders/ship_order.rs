//! `POST /orders/{id}/shipment`

use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;
use rusqlite::params;

use super::order::{Order, Status};
use super::order_event::{OrderEvent, OrderEvents};
use crate::store::{Store, StoreError};

/// The shipment of an order.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Shipment {
    /// The number of the order.
    pub id: i64,
    /// The carrier.
    pub carrier: String,
}

/// Ships an order.
#[derive(Endpoint)]
pub struct ShipOrder {
    store: Arc<Store>,
    events: Arc<OrderEvents>,
}

impl Endpoint for ShipOrder {
    type Request = Shipment;
    type Response = Order;

    fn configure(config: &mut Config) {
        config.post("/orders/{id}/shipment");
        config.tags(["Orders"]);
        config.refuses([404, 409]);
        config.roles(["clerk", "admin"]);
    }

    fn validate(&self, shipment: &Shipment, failures: &mut Failures) {
        failures.check("carrier", !shipment.carrier.is_empty(), "must not be empty");
    }

    async fn handle(&self, Shipment { id, carrier }: Shipment, cx: Cx<'_, Self>) -> Result {
        let events = OrderEvents::clone(&self.events);
        let shipped = self.store.write(move |database| {
            let ship = "UPDATE orders SET status = ?2 WHERE id = ?1 AND status <> ?2";
            let changed = database.execute(ship, params![id, Status::Shipped.as_str()])?;
            let order = Order::find(database, id)?;
            if changed == 0 {
                return Err(StoreError::Conflict("the order is on its way already"));
            }
            let event = OrderEvent::Shipped { id, carrier };
            events.store(database, &order.customer, &event)?;
            Ok(order)
        });
        let order = shipped.await?;
        self.events.publish();
        cx.send.ok_async(order).await
    }
}
