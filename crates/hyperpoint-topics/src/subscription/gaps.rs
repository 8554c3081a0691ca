//! Owns what is known of the gaps of one subscriber: how many there were, and who observes them.

use super::gap::Gap;

/// A callback that sees each gap.
pub(crate) type OnGap = Box<dyn FnMut(&Gap) + Send>;

/// The gaps of one subscriber so far.
#[derive(Default)]
pub(super) struct Gaps {
    pub(super) count: u32,
    pub(super) on_gap: Option<OnGap>,
}

impl Gaps {
    /// Counts a gap, and shows it to the callback.
    pub(super) fn note(&mut self, gap: &Gap) {
        self.count = self.count.saturating_add(1);
        if let Some(on_gap) = &mut self.on_gap {
            on_gap(gap);
        }
    }
}
