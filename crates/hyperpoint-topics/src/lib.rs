//! Topics: publish/subscribe over Server-Sent Events for large numbers of subscribers, with replay
//! by `Last-Event-ID`. Each loss of events is reported to the subscriber.
//!
//! A topic is a shared log, and a subscription is a position in it. On the embedded log, publishing
//! encodes the event once, assigns the next sequence number under a short lock, and wakes the
//! waiting subscribers. With a backplane, publishing stores the event in the backplane, and each
//! node that follows the backplane then appends the event to its own log. Publishing never waits
//! for a subscriber. A replay starts at an older position and continues with live events, without a
//! loss or a repetition. A slow client needs no queue, however far it lags.
//!
//! A topic keeps its recent events within limits, by default 256 KiB and 60 s. A larger burst can
//! evict events before even a fast subscriber has read them. On the embedded log, the subscriber is
//! then sent an event `gap` by default. Set [`TopicName::limits`] to fit the largest burst of the
//! topic.
//!
//! This crate contains the log, the subscriptions and the [`Backplane`] trait. It must not depend
//! on endpoints, hosts or sockets: a [`Subscription`] is a source of frames with shared bytes, for
//! the body of an event stream.
//!
//! Applications use this crate as `hyperpoint::topics`. A crate that depends on `hyperpoint-topics`
//! alone, such as a backplane, uses the items below.
//!
//! # Examples
//!
//! ```
//! use hyperpoint_topics::{TopicLimits, TopicName, Topics};
//!
//! /// For bursts of 20,000 readings of about 60 bytes each, plus 96 bytes of metadata.
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
mod page_at;
mod deletion;
mod json_event;
mod name;
mod event;
mod log;
pub mod backplane;
mod seats;
mod deleted_meanwhile;
mod history;
mod meter;
mod burst_warnings;
mod node;
mod counting;
mod follow;
mod key_pages;
mod event_writers;
mod outbox_event;
mod published;
mod publish_error;
mod publish;
mod topic;
mod deleting;
mod topic_set;
mod topics;
mod subscription;
mod reader;
pub mod outbox;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;

pub use backplane::{Backplane, BackplaneError};
pub use event::TopicEvent;
pub use gap_reason::GapReason;
pub use json_event::JsonEvent;
pub use limits::TopicLimits;
pub use meter::TopicMeter;
pub use name::{TopicName, TopicTemplate};
pub use position::{Epoch, InvalidPosition, Position};
pub use publish::Publish;
pub use publish_error::PublishError;
pub use published::Published;
pub use reader::{Received, TopicBody, TopicEvents, TopicPage, TopicRead, TopicSubscription};
pub use subscription::{Gap, OnLag, Subscription};
pub use topic::Topic;
pub use topic_set::{Subscribe, TopicSet};
pub use topics::{Topics, TopicsOptions};

/// The examples of the README, which are compiled and run as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
