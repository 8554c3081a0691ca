//! `POST /orders`

use hyperpoint::openapi::Describe;
use hyperpoint::prelude::*;
use hyperpoint_mcp::OfferTool;
use rusqlite::params;

use super::get_order::{GetOrder, OrderId};
use super::idempotency::{Claim, ClaimKey, ReleaseKey};
use super::new_order::NewOrder;
use super::order::{Line, Order, Status, check_lines, written};
use super::order_event::{OrderEvent, OrderEvents};
use crate::store::Store;

/// Places an order for the current user, once for each `Idempotency-Key`.
#[derive(Endpoint)]
pub struct PlaceOrder {
    store: Arc<Store>,
    events: Arc<OrderEvents>,
}

impl Endpoint for PlaceOrder {
    type Request = NewOrder;
    type Response = Order;

    fn configure(config: &mut Config) {
        config.post("/orders");
        config.tags(["Orders"]);
        config.answers(201);
        config.refuses([409, 422]);
        config.takes_header("Idempotency-Key", "1 to 255 ASCII characters, new for each order.");
        let tea = Line { item: "tea".into(), quantity: 3, cents: 300 };
        config.example("tea", &NewOrder { lines: vec![tea] });
        config.links_to::<GetOrder>();
        config.before::<ClaimKey>();
        config.after::<ReleaseKey>();
        config.tool().name("place_order").destructive(false).header("Idempotency-Key");
    }

    fn validate(&self, order: &NewOrder, failures: &mut Failures) {
        check_lines(&order.lines, failures);
    }

    async fn handle(&self, order: NewOrder, cx: Cx<'_, Self>) -> Result {
        let claim = cx.state.get::<Claim>().ok_or("`ClaimKey` has set no claim")?;
        let customer = cx.identity.subject().unwrap_or_default().to_owned();
        let events = OrderEvents::clone(&self.events);
        let placed = self.store.write(move |database| {
            let add = "INSERT INTO orders (customer, status, lines) VALUES (?1, ?2, ?3)";
            database
                .execute(add, params![customer, Status::Open.as_str(), written(&order.lines)])?;
            let order = Order::find(database, database.last_insert_rowid())?;
            claim.store_answer(database, order.id, &order)?;
            let event = OrderEvent::Placed(order.clone());
            events.store(database, &order.customer, &event)?;
            Ok(order)
        });
        let order = placed.await?;
        self.events.publish();
        cx.send.created_at_async::<GetOrder>(&OrderId { id: order.id }, order).await
    }
}
