//! `PUT /api/inventory/manage/update`

use hyperpoint::prelude::*;

use crate::permissions::{INVENTORY_CREATE_ITEM, INVENTORY_UPDATE_ITEM};
use crate::security::ADMIN_ONLY;

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ItemUpdate {
    #[serde(rename = "admin-id")]
    _user_id: from::Claim<String>,
    #[serde(default)]
    id: i32,
    name: Option<String>,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(default)]
    price: f64,
    #[serde(default, rename = "qtyOnHand")]
    _quantity: i32,
    modified_by: Option<String>,
}

#[derive(Endpoint)]
struct UpdateItem;

impl Endpoint for UpdateItem {
    type Request = ItemUpdate;
    type Response = ();

    fn configure(config: &mut Config) {
        config.put("/inventory/manage/update");
        config.policy("AdminOnly", ADMIN_ONLY);
        config.permissions([INVENTORY_CREATE_ITEM, INVENTORY_UPDATE_ITEM]);
    }

    fn validate(&self, item: &ItemUpdate, failures: &mut Failures) {
        let has = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        failures.check("id", item.id != 0, "Product Id is required!");
        failures.check("name", has(&item.name), "Product name is required!");
        failures.check("price", item.price > 0.0, "Product price is required!");
        failures.check("modifiedBy", has(&item.modified_by), "ModifiedBy is required!");
    }

    async fn handle(&self, _: ItemUpdate, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(()).await
    }
}
