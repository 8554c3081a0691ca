//! `GET /api/customer/list/recent`

use hyperpoint::prelude::*;

use crate::permissions::{CUSTOMERS_CREATE, CUSTOMERS_RETRIEVE};
use crate::security::ADMIN_ONLY;

#[derive(Serialize, JsonSchema)]
struct Recent {
    customers: Vec<Customer>,
}

#[derive(Serialize, JsonSchema)]
struct Customer {
    key: &'static str,
    value: u32,
}

#[derive(Endpoint)]
struct RecentCustomers;

impl Endpoint for RecentCustomers {
    type Request = ();
    type Response = Recent;

    fn configure(config: &mut Config) {
        config.get("/customer/list/recent");
        config.policy("AdminOnly", ADMIN_ONLY);
        config.roles(["admin", "staff"]);
        config.permissions([CUSTOMERS_RETRIEVE, CUSTOMERS_CREATE]);
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let customers = [("ryan gunner", 123), ("debby ryan", 124), ("ryan reynolds", 321)];
        let customers = customers.map(|(key, value)| Customer { key, value }).into();
        cx.send.ok_async(Recent { customers }).await
    }
}
