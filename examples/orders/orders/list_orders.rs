//! `GET /orders`

use hyperpoint::prelude::*;
use hyperpoint_mcp::OfferTool;
use rusqlite::params;

use super::order::{Order, Status};
use crate::store::Store;
use crate::users::is_staff;

/// The filter and the page.
#[derive(Default, Serialize, Deserialize, JsonSchema)]
pub struct OrderFilter {
    /// Only orders with this status.
    pub status: Option<Status>,
    /// Only orders with a number above this one: that of the last order of the previous page.
    pub after: Option<i64>,
    /// The maximum number of orders; the default is 20, the maximum 100.
    pub limit: Option<u32>,
}

/// Lists a customer's orders, or every order for users who work for the shop.
#[derive(Endpoint)]
pub struct ListOrders {
    store: Arc<Store>,
}

impl Endpoint for ListOrders {
    type Request = OrderFilter;
    type Response = Vec<Order>;

    fn configure(config: &mut Config) {
        config.get("/orders");
        config.tags(["Orders"]);
        config.tool().name("list_orders");
    }

    fn validate(&self, filter: &OrderFilter, failures: &mut Failures) {
        let limit = filter.limit.unwrap_or(1);
        failures.check("limit", (1..=100).contains(&limit), "is 1 to 100");
    }

    async fn handle(&self, filter: OrderFilter, cx: Cx<'_, Self>) -> Result {
        let subject = cx.identity.subject().unwrap_or_default().to_owned();
        let customer = (!is_staff(cx.identity)).then_some(subject);
        let orders = self.store.read(move |database| {
            let mut list = database.prepare(&format!(
                "SELECT {} FROM orders WHERE id > ?1 AND (?2 IS NULL OR status = ?2) \
                 AND (?3 IS NULL OR customer = ?3) ORDER BY id LIMIT ?4",
                Order::COLUMNS,
            ))?;
            let (after, limit) = (filter.after.unwrap_or(0), filter.limit.unwrap_or(20));
            let of = params![after, filter.status.map(Status::as_str), customer, limit];
            Ok(list.query_map(of, Order::read)?.collect::<Result<Vec<_>, _>>()?)
        });
        cx.send.ok_async(orders.await?).await
    }
}
