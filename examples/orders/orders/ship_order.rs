//! `POST /orders/{id}/shipment`

use hyperpoint::JsonOrEvents;
use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;
use hyperpoint_mcp::OfferTool;
use rusqlite::params;

use super::order::{Order, Status};
use super::order_event::{OrderEvent, OrderEvents};
use crate::store::{Store, StoreError};

const UNDER_WAY: StoreError = StoreError::Conflict("the order is on its way already");

/// The shipment of an order.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Shipment {
    /// The number of the order.
    pub id: i64,
    /// The carrier.
    pub carrier: String,
}

/// A step of a shipment, for clients that follow it.
#[derive(Serialize, JsonSchema, Events)]
pub enum ShipmentStep {
    /// The order is on its way to the carrier.
    Packed {
        /// The number of the step.
        progress: u32,
        /// The number of all steps.
        total: u32,
        /// What happens.
        message: String,
    },
    /// The order is shipped.
    Shipped(Order),
}

/// Ships an order.
///
/// A client that asks for events follows the steps.
#[derive(Endpoint)]
pub struct ShipOrder {
    store: Arc<Store>,
    events: Arc<OrderEvents>,
}

impl Endpoint for ShipOrder {
    type Request = Shipment;
    type Response = JsonOrEvents<Order, ShipmentStep>;

    fn configure(config: &mut Config) {
        config.post("/orders/{id}/shipment");
        config.tags(["Orders"]);
        config.refuses([404, 409]);
        config.roles(["clerk", "admin"]);
        config.tool().name("ship_order").result_event("shipped");
    }

    fn validate(&self, shipment: &Shipment, failures: &mut Failures) {
        failures.check("carrier", !shipment.carrier.is_empty(), "must not be empty");
    }

    async fn handle(&self, shipment: Shipment, cx: Cx<'_, Self>) -> Result {
        if !cx.asks_for_events() {
            let order = self.ship(shipment).await?;
            return cx.send.ok_async(order).await;
        }
        // What cannot be shipped is refused before the stream begins.
        self.check(shipment.id).await?;
        let carrier = shipment.carrier.clone();
        let step = |progress, message| ShipmentStep::Packed { progress, total: 2, message };
        let steps = try_stream! {
            yield step(1, "the order is packed".to_owned());
            let order = self.ship(shipment).await?;
            yield step(2, format!("{carrier} has the order"));
            yield ShipmentStep::Shipped(order);
        };
        cx.send.events_async(steps).await
    }
}

impl ShipOrder {
    async fn check(&self, id: i64) -> Result<(), StoreError> {
        let order = self.store.read(move |database| Order::find(database, id)).await?;
        match order.status {
            Status::Open => Ok(()),
            Status::Shipped => Err(UNDER_WAY),
        }
    }

    async fn ship(&self, Shipment { id, carrier }: Shipment) -> Result<Order, StoreError> {
        let events = OrderEvents::clone(&self.events);
        let shipped = self.store.write(move |database| {
            let ship = "UPDATE orders SET status = ?2 WHERE id = ?1 AND status <> ?2";
            let changed = database.execute(ship, params![id, Status::Shipped.as_str()])?;
            let order = Order::find(database, id)?;
            if changed == 0 {
                return Err(UNDER_WAY);
            }
            let event = OrderEvent::Shipped { id, carrier };
            events.store(database, &order.customer, &event)?;
            Ok(order)
        });
        let order = shipped.await?;
        self.events.publish();
        Ok(order)
    }
}
