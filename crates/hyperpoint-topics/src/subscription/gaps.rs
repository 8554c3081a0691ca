//! The gaps of one subscriber: their number, and the callback and the record that receive their
//! reports.

use super::gap::Gap;
use crate::position::Position;

/// A callback that observes each gap.
pub(crate) type OnGap = Box<dyn FnMut(&Gap) + Send>;

/// The content of an event `ready` or `gap`, for a subscriber inside the process.
#[derive(Debug)]
pub(crate) struct Control {
    /// The position after which the stream continues.
    pub(crate) position: Position,
    pub(crate) gap: Option<Gap>,
}

/// The gaps reported to one subscriber so far.
#[derive(Default)]
pub(super) struct Gaps {
    pub(super) count: u32,
    pub(super) on_gap: Option<OnGap>,
    /// Whether the content of `ready` and `gap` is stored in `control`.
    pub(super) keeps_control: bool,
    /// The content of the last event `ready` or `gap`, until it is taken.
    pub(super) control: Option<Box<Control>>,
}

impl Gaps {
    /// Counts a gap, passes it to the callback, and stores it in `control` if that is enabled.
    pub(super) fn note(&mut self, gap: &Gap, position: Position) {
        self.count = self.count.saturating_add(1);
        if let Some(on_gap) = &mut self.on_gap {
            on_gap(gap);
        }
        if self.keeps_control {
            self.control = Some(Box::new(Control { position, gap: Some(gap.clone()) }));
        }
    }

    /// Records that the subscriber starts at this position.
    pub(super) fn start(&mut self, position: Position) {
        if self.keeps_control {
            self.control = Some(Box::new(Control { position, gap: None }));
        }
    }
}
