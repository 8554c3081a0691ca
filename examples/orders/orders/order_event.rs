//! What can happen to an order, and the topic of it.

use hyperpoint::prelude::*;

use super::order::Order;

/// Something that happened to an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Events)]
pub enum OrderEvent {
    /// It was placed.
    Placed(Order),
    /// It has other lines.
    Changed(Order),
    /// It is on its way.
    Shipped {
        /// The number of the order.
        id: i64,
        /// Who carries it.
        carrier: String,
    },
    /// It is gone.
    Deleted {
        /// The number of the order.
        id: i64,
    },
}

/// What happens to orders; the key of an event is the customer.
pub(crate) const ORDERS: TopicName<OrderEvent> = TopicName::new("orders");

/// Tells all who follow the orders of this customer.
pub(crate) async fn publish(topics: &Topics, customer: &str, event: &OrderEvent) -> Result<()> {
    topics.topic(ORDERS).publish_event(event).key(customer).await?;
    Ok(())
}
