//! `PUT /api/customer/update-with-header`

use hyperpoint::prelude::*;

use crate::permissions::CUSTOMERS_UPDATE;

#[derive(Deserialize, JsonSchema)]
struct CustomerUpdate {
    #[serde(rename = "CustomerID")]
    customer_id: from::Header<i32>,
    #[serde(rename = "tenant-id")]
    tenant_id: from::Header<String>,
    #[serde(rename = "name")]
    _name: Option<String>,
    #[serde(rename = "age")]
    _age: Option<i32>,
    #[serde(rename = "address")]
    _address: Option<String>,
}

#[derive(Endpoint)]
struct UpdateWithHeader;

impl Endpoint for UpdateWithHeader {
    type Request = CustomerUpdate;
    type Response = String;

    fn configure(config: &mut Config) {
        config.put("/customer/update-with-header");
        config.permissions([CUSTOMERS_UPDATE]);
        config.claims(["admin-id", "customer-id"]);
    }

    async fn handle(&self, request: CustomerUpdate, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(format!("{}|{}", request.tenant_id, request.customer_id)).await
    }
}
