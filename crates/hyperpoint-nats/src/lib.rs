//! A backplane of Hyperpoint topics over
//! [NATS JetStream](https://docs.nats.io/nats-concepts/jetstream), for several nodes with one log.
//!
//! One JetStream stream is the log of all topics. An event is published once the stream has stored
//! it; its sequence number in the stream is also its sequence number in the log. Each node follows
//! the stream with one consumer, however many clients it has.
//!
//! This crate maps topics and events to subjects and messages, and keeps the generations of the
//! stream. It does not depend on HTTP or on subscribers. Applications use this crate as
//! `hyperpoint::nats` with the feature `nats`, or depend on it directly.
//!
//! # Examples
//!
//! ```no_run
//! use hyperpoint::prelude::*;
//! use hyperpoint_nats::JetStream;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//!     let engine = JetStream::connect("nats://127.0.0.1:4222").await?;
//!     let topics = Arc::new(Topics::with_backplane(engine, |_| {}));
//!     Host::new().service(topics).run().await?;
//!     Ok(())
//! }
//! ```
//!
//! # Guarantees
//!
//! * **Order**: all nodes see the events in the order of the stream.
//! * **Durability**: an event is acknowledged when JetStream has written it to the files of one
//!   server, or of a majority of the servers with [`replicas`](JetStreamOptions::replicas).
//!   JetStream syncs its files to disk at its own interval (`sync_interval`). A killed server
//!   process loses nothing; a machine that loses power may lose the events since the last sync,
//!   unless there are replicas.
//! * **Idempotency**: the key [`Draft::once`](hyperpoint_topics::backplane::Draft::once) becomes
//!   the message id, by which JetStream detects duplicates within
//!   [`once_window`](JetStreamOptions::once_window).
//! * **Ids**: a stream has generations. A generation begins when the stream is created, when a node
//!   connects to a stream with events that no other node follows, and when a node notices that the
//!   stream lost events that the node has seen. Therefore, an event never gets the id of an earlier
//!   event, even if the stream was restored or lost its newest events. Each generation after the
//!   first begins with a message with the subject `<stream>.%FF`. The description of the stream
//!   lists the newest generations, at most 150.
//!
//! # Not supported
//!
//! Streams with a limit of messages per subject are rejected. Messages that other programs publish
//! to the stream are skipped if they are not events of a topic.

mod failure;
mod subject;
mod options;
mod generations;
mod log;
mod message;
mod consumer;
mod beginning;
mod high_water_mark;
mod follower;
mod history;
mod deletion;
mod jetstream;

pub use jetstream::JetStream;
pub use options::JetStreamOptions;

/// The NATS client library, for [`JetStreamOptions::client`].
pub use async_nats;

/// The example of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
