//! Configuration errors of groups.

use std::fmt;
use std::panic::Location;

use super::group::GroupRef;

/// A configuration error of a group, which each endpoint of the group has. Its `Display` is the
/// name of the group, the source location of its `prefix` call, or of the call that selects the
/// group if it has no prefix, and the text.
#[derive(Clone, Debug)]
pub struct GroupError {
    /// The name of the group, or the names of the groups of a cycle.
    groups: String,
    place: &'static Location<'static>,
    text: String,
}

impl GroupError {
    /// Creates an error of one group. `place` is the source location of its `prefix` call, if any.
    pub(super) fn of(
        group: &GroupRef,
        place: Option<&'static Location<'static>>,
        text: String,
    ) -> Self {
        let place = place.unwrap_or(group.named_at);
        Self { groups: format!("`{}`", group.name), place, text }
    }

    /// Creates the error of a cycle of groups.
    pub(super) fn of_cycle(groups: String, place: &'static Location<'static>) -> Self {
        let text = "a group can't contain itself; remove one parent".to_owned();
        Self { groups, place, text }
    }

    /// Returns whether this is the same error of the same group, as another endpoint of the group
    /// has it.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.groups, &self.text) == (&other.groups, &other.text)
    }
}

impl fmt::Display for GroupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { groups, place, text } = self;
        write!(f, "{groups} ({}:{}): {text}", place.file(), place.line())
    }
}
