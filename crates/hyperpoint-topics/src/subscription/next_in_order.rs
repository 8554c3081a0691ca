//! The order of events over several topics.

use super::topic_cursor::{ReadCriteria, TopicCursor};

/// The next event of several topics.
pub(super) struct NextInOrder<'a> {
    /// The cursor with the lowest next sequence, and that sequence. `None` if no cursor has an
    /// event up to `through`.
    pub(super) next: Option<(&'a mut TopicCursor, u64)>,
    /// The sequence up to which every event of all topics is known. If there is a next event, also
    /// before the next event of every other cursor.
    pub(super) through: u64,
}

/// Returns the next event of several topics. Every event up to `committed` is in its ring.
pub(super) fn next_in_order<'a>(
    cursors: &'a mut [TopicCursor],
    criteria: &ReadCriteria,
    committed: u64,
) -> NextInOrder<'a> {
    let mut found: Option<(&mut TopicCursor, u64)> = None;
    let mut bound = u64::MAX;
    for cursor in cursors {
        let (sequence, known_through) = cursor.next_sequence(criteria, committed);
        bound = bound.min(known_through);
        let Some(sequence) = sequence else {
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
    NextInOrder { next: found.filter(|(_, next)| *next <= bound), through: bound }
}
