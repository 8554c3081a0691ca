//! What clients may do to a host, and what it does then. The guide shows the table.
#![expect(clippy::panic, reason = "a case that is not met says what it is")]

mod site;
mod case;
mod slow;
mod heads;
mod frames;
mod table;
mod many;
mod memory;
mod descriptors;
