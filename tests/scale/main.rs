//! Thousands of concurrent streams, and the memory that they use.
//!
//! Server and clients are in this process, so its resident memory is that of both.
#![expect(clippy::unwrap_used, reason = "a failing step ends its test")]

mod one_at_a_time;
mod own_process;
mod resident;
mod served;

mod disconnects;
mod stalling;
mod never_reading;
mod closing;
mod many_topics;
