//! The events of an order, and their topic.

use hyperpoint::prelude::*;
use hyperpoint::topics::outbox::{OutboxEvent, OutboxRelay, sql};
use rusqlite::{Connection, params};

use super::order::Order;
use crate::store::{Store, StoreError};

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

/// The events of orders. An event is stored in the transaction of its change, and published once that is
/// committed, also if the process is killed in between.
#[derive(Clone)]
pub struct OrderEvents {
    topic: Topic<OrderEvent>,
    relay: Arc<OutboxRelay>,
}

impl OrderEvents {
    /// Starts to publish the events of this store to these topics.
    #[must_use]
    pub fn start(topics: &Topics, store: Store) -> Self {
        let relay = Arc::new(OutboxRelay::start(topics, store));
        Self { topic: topics.topic(ORDERS), relay }
    }

    /// Stores the event, for all subscribers of this customer's orders, in the transaction of its change.
    pub(crate) fn store(
        &self,
        transaction: &Connection,
        customer: &str,
        event: &OrderEvent,
    ) -> Result<(), StoreError> {
        let event = self.topic.publish_event(event).key(customer).into_outbox()?;
        let OutboxEvent { id, topic, name, data, key } = event;
        transaction.execute(sql::INSERT, params![id, topic, name, data, key])?;
        Ok(())
    }

    /// Publishes the stored events, once their transaction is committed.
    pub(crate) fn publish(&self) {
        self.relay.wake();
    }

    /// Waits until the stored events are published.
    pub async fn published(&self) {
        self.relay.drained().await;
    }
}
