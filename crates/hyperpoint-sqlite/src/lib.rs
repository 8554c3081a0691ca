//! The log of topics on disk, which outlives the process: a
//! [`Backplane`](hyperpoint_topics::Backplane) over [SQLite](https://sqlite.org).
//!
//! An event is acknowledged, and sent to subscribers, once it is committed and synced. Events are
//! stored by sequence number, with an index by topic in blocks of 8,192 sequence numbers. A second
//! table keeps the newest event of each key. Events and index have checksums, so that damage is
//! reported to subscribers as a `gap` and never shortens the history silently.
//!
//! Applications use this crate as `hyperpoint::sqlite` with the feature `sqlite`, or depend on it
//! directly. It contains only the storage: topics in memory and subscribers belong to
//! [`hyperpoint_topics`].
//!
//! # Examples
//!
//! ```no_run
//! use hyperpoint::prelude::*;
//! use hyperpoint_sqlite::SqliteLog;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//!     let log = SqliteLog::open("topics", |options| options.total_bytes = 1 << 30)?;
//!     let topics = Arc::new(Topics::with_backplane(log, |_| {}));
//!     Host::new().service(topics).run().await?;
//!     Ok(())
//! }
//! ```

mod log_error;
mod log_options;
mod checksums;
mod folder;
mod reserve;
mod mark;
mod connection;
mod log_state;
mod generation_rows;
mod log_clock;
mod past;
mod numbers;
mod event_rows;
mod event_size;
mod scan;
mod block_rows;
mod open_block;
mod newest_rows;
mod newest_repair;
mod snapshot;
mod counting;
mod idempotency;
mod opening;
mod open_files;
mod erasing;
mod waiting;
mod writer;
mod topic_page;
mod keys_page;
mod eviction;
mod erasure;
mod retention;
mod recent_entries;
mod repairs;
mod writer_thread;
mod readers;
mod log_follower;
mod sqlite_log;

pub use log_options::SqliteLogOptions;
pub use sqlite_log::SqliteLog;

#[cfg(test)]
mod tests;

/// The examples of the README, which are compiled and run as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
