//! Topics: one event to very many subscribers, resumable, never silently lossy.
//!
//! A topic is one shared log and very many cursors. Publishing encodes the event once, gives it the
//! next number under a short lock, and wakes who waits; it never waits for a subscriber. A
//! subscription is a place in the log: replay is an older place, so that there is no seam between
//! replay and live, and a slow client costs no memory however far it lags.
//!
//! This crate knows no socket and no host. It gives its streams to the core as sources of frames
//! whose bytes are shared.
//!
//! # Example
//!
//! ```
//! use hyperpoint_topics::{TopicName, Topics};
//!
//! const TEMPERATURE: TopicName<f32> = TopicName::new("temperature").event("celsius");
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), hyperpoint_topics::PublishError> {
//! let topics = Topics::default();
//! topics.topic(TEMPERATURE).publish(&21.5).await?;
//! # Ok(())
//! # }
//! ```

mod gap_reason;
mod position;
mod limits;
mod name;
mod event;
mod log;
pub mod backplane;
pub mod file;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod history;
mod meter;
mod node;
mod follow;
mod publish;
mod topic;
mod topic_set;
mod topics;
mod subscription;
mod topic_stream;

pub use backplane::{Backplane, BackplaneError};
pub use event::TopicEvent;
pub use gap_reason::GapReason;
pub use limits::TopicLimits;
pub use meter::TopicMeter;
pub use name::{TopicName, TopicTemplate};
pub use position::{Epoch, InvalidPosition, Position};
pub use publish::{Publish, PublishError, Published};
pub use subscription::{Gap, OnLag};
pub use topic::Topic;
pub use topic_set::{Subscribe, TopicSet};
pub use topic_stream::{SendTopic, TopicStream};
pub use topics::{Topics, TopicsOptions};
