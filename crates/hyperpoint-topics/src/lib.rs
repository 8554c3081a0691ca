//! Topics: one event to very many subscribers, resumable, never silently lossy.
//!
//! A topic is one shared log and very many cursors. Publishing encodes the event once, gives it the
//! next number under a short lock, and wakes who waits; it never waits for a subscriber. A
//! subscription is a place in the log: replay is an older place, so that there is no seam between
//! replay and live, and a slow client costs no memory however far it lags.
//!
//! A topic keeps a limited part of its past: by default 256 KiB and 60 s. A burst that is larger
//! than that evicts events before even a fast subscriber has read them, which is then sent an event
//! `gap`. Set [`TopicName::limits`] to what the largest burst of the topic needs.
//!
//! This crate knows no socket and no host. It gives its streams to the core as sources of frames
//! whose bytes are shared.
//!
//! # Example
//!
//! ```
//! use hyperpoint_topics::{TopicLimits, TopicName, Topics};
//!
//! /// For bursts of 20,000 readings: each takes about 60 bytes, and 96 more to keep it.
//! const TEMPERATURE: TopicName<f32> = TopicName::new("temperature")
//!     .event("celsius")
//!     .limits(TopicLimits { bytes: 4 << 20, ..TopicLimits::DEFAULT });
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
mod outruns;
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
