//! Owns the one order of events of several topics.

use super::topic_cursor::{ReadCriteria, TopicCursor};
use crate::log::LagSelection;

/// The topic whose turn it is, and up to which number.
pub(super) fn next_in_order<'a>(
    cursors: &'a mut [TopicCursor],
    criteria: &ReadCriteria,
    committed: u64,
) -> Option<(&'a mut TopicCursor, u64)> {
    let mut found: Option<(&mut TopicCursor, u64)> = None;
    let mut bound = committed;
    for cursor in cursors {
        let Some(sequence) = cursor.next_sequence(criteria, committed) else {
            continue;
        };
        match &found {
            Some((_, first)) if *first <= sequence => bound = bound.min(sequence.saturating_sub(1)),
            _ => {
                bound = found.map_or(bound, |(_, first)| bound.min(first.saturating_sub(1)));
                found = Some((cursor, sequence));
            }
        }
    }
    // The newest event of each topic is the only one of it, and so comes whole.
    let bound = if criteria.selection == LagSelection::Newest { committed } else { bound };
    found.map(|(cursor, _)| (cursor, bound))
}
