//! Very many streams at once, and what they leave behind.
//!
//! Both ends are in this process: what it has resident is the server's and its clients'.
#![expect(clippy::unwrap_used, reason = "a client that can't go on fails its test")]

mod one_at_a_time;
mod own_process;
mod resident;
mod served;

mod disconnects;
mod stalling;
mod never_reading;
mod closing;
