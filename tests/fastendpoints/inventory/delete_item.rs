//! `DELETE /api/inventory/manage/delete/{itemID}`

use hyperpoint::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Item {
    #[serde(rename = "itemID")]
    _id: String,
}

#[derive(Endpoint)]
struct DeleteItem;

impl Endpoint for DeleteItem {
    type Request = Item;
    type Response = ();

    fn configure(config: &mut Config) {
        config.delete("/inventory/manage/delete/{itemID}");
        config.allow_anonymous();
    }

    async fn handle(&self, _: Item, cx: Cx<'_, Self>) -> Result {
        cx.send.ok_async(()).await
    }
}
