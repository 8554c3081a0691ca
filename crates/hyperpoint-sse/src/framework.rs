//! The names of the events that the framework sends. Not public API. Independent of when each event
//! is sent.

use crate::name::EventName;

/// The name of the first event of a topic stream for `EventSource` that starts without a gap.
pub const READY: EventName = EventName::from_static("ready");

/// The name of the event that reports a gap: events of a topic are missing between the last event
/// that the client received and the next event.
pub const GAP: EventName = EventName::from_static("gap");

/// The name of the event that asks a client to reconnect after the `retry` of that event.
pub const RECONNECT: EventName = EventName::from_static("reconnect");

/// The name of the event that reports a failed stream; its data is a problem document.
pub const PROBLEM: EventName = EventName::from_static("problem");

/// The name of the event that marks a stream as complete.
pub const DONE: EventName = EventName::from_static("done");

/// Returns whether the name is reserved on a stream for `EventSource`, for checks at compile time.
#[must_use]
pub const fn is_reserved(name: &str) -> bool {
    matches!(
        name.as_bytes(),
        b"error" | b"open" | b"ready" | b"gap" | b"reconnect" | b"problem" | b"done"
    )
}

#[cfg(test)]
mod tests {
    use super::{DONE, GAP, PROBLEM, READY, RECONNECT, is_reserved};
    use crate::reserved::ReservedEventName;

    #[test]
    fn line_09_the_names_of_the_framework_are_reserved() {
        for name in [READY, GAP, RECONNECT, PROBLEM, DONE] {
            let reserved = name.check_unreserved().unwrap_err();
            assert!(matches!(reserved, ReservedEventName::Framework { .. }), "{name}");
            assert!(is_reserved(name.as_str()) && !is_reserved("app-done"));
        }
    }
}
