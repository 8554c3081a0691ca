//! Subscriptions without an endpoint: a stream of events inside the process, and a response for any HTTP
//! server.

mod received;
mod topic_events;
mod topic_subscription;

pub use received::Received;
pub use topic_events::TopicEvents;
pub use topic_subscription::{TopicBody, TopicSubscription};
