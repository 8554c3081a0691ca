//! Very many streams at once, and what they leave behind.
//!
//! A program of its own: it counts the memory of its process, and both ends are in there.
#![expect(clippy::unwrap_used, reason = "a client that can't go on fails its test")]

mod turn;
mod resident;
mod served;

mod leaving;
mod stalling;
mod closing;
