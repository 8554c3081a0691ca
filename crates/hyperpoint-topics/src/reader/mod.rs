//! Topics without an endpoint: a stream of events inside the process, a response for any HTTP
//! server, and pages of past events.

mod received;
mod topic_events;
mod topic_subscription;
mod past_events;
mod topic_page;
mod topic_read;

pub use received::Received;
pub use topic_events::TopicEvents;
pub use topic_page::TopicPage;
pub use topic_read::TopicRead;
pub use topic_subscription::{TopicBody, TopicSubscription};
