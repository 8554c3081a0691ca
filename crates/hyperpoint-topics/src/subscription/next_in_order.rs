//! The order of events over several topics.

use super::topic_cursor::{ReadCriteria, TopicCursor};

/// Returns the cursor with the lowest next sequence, that sequence, and the sequence up to which
/// the cursor may be read before the next event of another cursor. Returns `None` if no cursor has
/// an event up to `committed`.
pub(super) fn next_in_order<'a>(
    cursors: &'a mut [TopicCursor],
    criteria: &ReadCriteria,
    committed: u64,
) -> Option<(&'a mut TopicCursor, u64, u64)> {
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
    found.map(|(cursor, next)| (cursor, next, bound))
}
