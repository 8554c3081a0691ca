//! Owns the one order of events of several topics.

use super::part::{Part, Wants};
use crate::log::Choice;

/// The topic whose turn it is, and up to which number.
pub(super) fn next<'a>(
    parts: &'a mut [Part],
    wants: &Wants,
    committed: u64,
) -> Option<(&'a mut Part, u64)> {
    let mut found: Option<(&mut Part, u64)> = None;
    let mut bound = committed;
    for part in parts {
        let Some(sequence) = part.next_sequence(wants, committed) else {
            continue;
        };
        match &found {
            Some((_, first)) if *first <= sequence => bound = bound.min(sequence.saturating_sub(1)),
            _ => {
                bound = found.map_or(bound, |(_, first)| bound.min(first.saturating_sub(1)));
                found = Some((part, sequence));
            }
        }
    }
    // The newest event of each topic is the only one of it, and so comes whole.
    let bound = if wants.choice == Choice::Newest { committed } else { bound };
    found.map(|(part, _)| (part, bound))
}
