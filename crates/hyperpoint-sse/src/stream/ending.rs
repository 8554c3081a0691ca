//! How the body of an event stream ends.

/// How the body of a stream ends after the events that are already written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ending {
    /// Not decided: more events may be written. The body ends cleanly if the code finishes.
    #[default]
    Open,
    /// The body ends cleanly, or has already ended with an error.
    Clean,
    /// The body is to end with an error.
    Cut,
}

impl Ending {
    /// Sets how the body ends, unless the end was already decided. Returns whether this call
    /// decided it.
    pub(super) fn decide(&mut self, ending: Self) -> bool {
        let is_first = *self == Self::Open;
        if is_first {
            *self = ending;
        }
        is_first
    }
}
