//! Owns the number of gaps of one subscriber, and the callback that observes them.

use super::gap::Gap;

/// A callback that observes each gap.
pub(crate) type OnGap = Box<dyn FnMut(&Gap) + Send>;

/// The gaps reported to one subscriber so far.
#[derive(Default)]
pub(super) struct Gaps {
    pub(super) count: u32,
    pub(super) on_gap: Option<OnGap>,
}

impl Gaps {
    /// Counts a gap, and passes it to the callback.
    pub(super) fn note(&mut self, gap: &Gap) {
        self.count = self.count.saturating_add(1);
        if let Some(on_gap) = &mut self.on_gap {
            on_gap(gap);
        }
    }
}
