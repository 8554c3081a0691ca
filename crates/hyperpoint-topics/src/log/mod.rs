//! The log: what was published lately, in one order over all topics, and who waits for more.
//!
//! Knows nothing of requests and streams.

mod block;
mod read;
mod evictions;
mod ring;
mod waiters;
mod channel;
mod recent;
mod hub;

pub(crate) use block::{Block, Meta, Single};
pub(crate) use channel::Channel;
pub(crate) use evictions::{Limit, Outrun};
pub(crate) use hub::{Hub, NewEvent};
pub(crate) use read::{Choice, Filter, Query, Read};
pub(crate) use ring::read_block;
pub(crate) use waiters::Seat;
