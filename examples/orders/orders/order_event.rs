//! The events of an order, and their topic.

use hyperpoint::prelude::*;

use super::order::Order;

/// An event of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Events)]
pub enum OrderEvent {
    /// The order was placed.
    Placed(Order),
    /// The lines of the order were changed.
    Changed(Order),
    /// The order was shipped.
    Shipped {
        /// The number of the order.
        id: i64,
        /// The carrier.
        carrier: String,
    },
    /// The order was deleted.
    Deleted {
        /// The number of the order.
        id: i64,
    },
}

/// The topic of order events; the key of an event is the customer.
pub(crate) const ORDERS: TopicName<OrderEvent> = TopicName::new("orders");

/// Publishes the event to all subscribers of this customer's orders.
pub(crate) async fn publish(topics: &Topics, customer: &str, event: &OrderEvent) -> Result<()> {
    topics.topic(ORDERS).publish_event(event).key(customer).await?;
    Ok(())
}
