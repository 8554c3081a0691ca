//! Hostile clients, and how a host responds. The guide shows the table.
#![expect(clippy::panic, reason = "a failed case describes what it observed")]

mod site;
mod case;
mod slow;
mod heads;
mod frames;
mod table;
mod many;
mod memory;
mod descriptors;
