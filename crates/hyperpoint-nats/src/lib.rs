//! Topics over [NATS JetStream](https://docs.nats.io/nats-concepts/jetstream): several nodes, one
//! log.
//!
//! A stream of JetStream is the log of all topics. An event is published once it is stored there,
//! its number in the stream is its number in the log, and each node follows the stream by one
//! consumer, however many clients it has.
//!
//! # Example
//!
//! ```no_run
//! use hyperpoint_nats::JetStream;
//! use hyperpoint_topics::Topics;
//!
//! # async fn main_() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = JetStream::connect("nats://127.0.0.1:4222").await?;
//! let topics = Topics::with_backplane(engine, |_| {});
//! # let _ = topics;
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//!
//! * **Order**: that of the stream, the same on each node.
//! * **Durability**: an event is acknowledged when JetStream has stored it: on the disk of one
//!   server, or of most of them with [`replicas`](JetStreamOptions::replicas). JetStream writes
//!   through to the disk at intervals of its own (`sync_interval`); a killed server loses nothing, a
//!   machine without power may lose what was not written through, unless there are replicas.
//! * **Once**: [`Draft::once`](hyperpoint_topics::backplane::Draft::once) is the id of the message,
//!   which JetStream knows again within [`once_window`](JetStreamOptions::once_window).
//! * **Epoch**: a stream has one for its life. One that was deleted and created again has another,
//!   and so has one that comes back with less than was seen of it.
//!
//! # Not supported
//!
//! A stream with limits per subject, or one that other programs publish to: what is no event of a
//! topic there is passed over.

mod failure;
mod subject;
mod message;
mod options;
mod log;
mod known;
mod consumer;
mod follower;
mod jetstream;

pub use jetstream::JetStream;
pub use options::JetStreamOptions;

/// The client that connects, for [`JetStreamOptions::client`].
pub use async_nats;
