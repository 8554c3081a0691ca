//! `GET /feed`

use hyperpoint::prelude::*;

use crate::orders::{ORDERS, OrderEvent};
use crate::users::is_staff;

/// Streams the events of a customer's orders, or of every order if the user works for the shop.
#[derive(Endpoint)]
pub struct FollowOrders {
    topics: Arc<Topics>,
}

impl Endpoint for FollowOrders {
    type Request = ();
    type Response = Events<OrderEvent>;

    fn configure(config: &mut Config) {
        config.get("/feed");
        config.tags(["Feed"]);
        config.allow_query_token("ticket");
    }

    async fn handle(&self, (): (), cx: Cx<'_, Self>) -> Result {
        let orders = self.topics.topic(ORDERS);
        if is_staff(cx.identity) {
            return cx.send.topic_async(&orders).await;
        }
        let customer = cx.identity.subject().unwrap_or_default().to_owned();
        let feed = cx.send.topic_async(&orders);
        feed.filter(move |event| event.key() == Some(customer.as_str())).await
    }
}
