//! `GET /api/customer/login`

use hyperpoint::Identity;
use hyperpoint::prelude::*;
use hyperpoint::schemes::JwtIssuer;

use crate::permissions::{
    CASE_PERM, CUSTOMERS_CREATE, CUSTOMERS_RETRIEVE, CUSTOMERS_UPDATE, SALES_ORDER_CREATE,
};

#[derive(Endpoint)]
struct CustomerLogin {
    issuer: Arc<JwtIssuer>,
}

impl Endpoint for CustomerLogin {
    type Request = ();
    type Response = String;

    fn configure(config: &mut Config) {
        config.get("/customer/login");
        config.allow_anonymous();
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let customer = Identity::user("CST001")
            .with_role("customer")
            .with_claim("customer-id", "CST001")
            .with_scope("one")
            .with_scope("two")
            .with_scope("three")
            .with_permission(CUSTOMERS_CREATE)
            .with_permission(CUSTOMERS_UPDATE)
            .with_permission(CUSTOMERS_RETRIEVE)
            .with_permission(SALES_ORDER_CREATE)
            .with_permission(CASE_PERM);
        cx.send.ok_async(self.issuer.issue(&customer)?).await
    }
}
