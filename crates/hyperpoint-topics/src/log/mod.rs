//! The log: the most recent events of all topics in one order, and the subscribers that wait for
//! new events.
//!
//! This module must not depend on requests, subscriptions or backplanes.

mod clock;
mod block;
mod read;
mod evictions;
mod keys;
mod ring;
mod ring_events;
mod waiters;
mod outlets;
mod channel;
mod recent;
mod freed;
mod changed_keys;
mod deleted_ahead;
mod all_topics;
mod hub;
mod followed;
mod kept;

pub(crate) use block::{Block, Meta, Single};
pub(crate) use channel::Channel;
pub(crate) use deleted_ahead::TooManyDeletions;
pub(crate) use evictions::{Limit, Overrun};
pub(crate) use hub::{Hub, NewEvent};
pub(crate) use kept::Kept;
pub(crate) use outlets::{OutletGroup, Place};
pub(crate) use read::{Filter, LagSelection, Query, Read, read_block};
pub(crate) use waiters::WaiterId;
