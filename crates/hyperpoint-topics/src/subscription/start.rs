//! What a subscriber begins with, until it is where it goes on from.

use super::gap::Gap;
use crate::log::Seat;
use crate::topic_set::Wanted;

/// What a subscriber begins with.
#[derive(Debug, Default)]
pub(super) struct Start {
    pub(super) topics: Wanted,
    pub(super) history: usize,
    pub(super) requested: Option<String>,
    pub(super) seat: Option<Seat>,
    pub(super) gap: Option<Gap>,
}
