//! Owns the event names that are reserved for the framework's own crates. It is not public API, and
//! must not know when each event is sent.

use crate::name::EventName;

/// The name of the first event of a topic stream.
pub const READY: EventName = EventName::of_framework("ready");

/// The name of the event that reports a gap: events are missing between the client's last event and
/// the next one.
pub const GAP: EventName = EventName::of_framework("gap");

/// The name of the event that asks a client to reconnect after the `retry` of that event.
pub const RECONNECT: EventName = EventName::of_framework("reconnect");

/// The name of the event that reports a failed stream; its data is a problem document.
pub const PROBLEM: EventName = EventName::of_framework("problem");

/// The name of the event that marks a stream as complete.
pub const DONE: EventName = EventName::of_framework("done");

#[cfg(test)]
mod tests {
    use super::{DONE, GAP, PROBLEM, READY, RECONNECT};
    use crate::name::{EventName, InvalidEventName};

    #[test]
    fn line_09_a_user_cannot_create_a_reserved_name() {
        for name in [READY, GAP, RECONNECT, PROBLEM, DONE] {
            let refused = EventName::parse(name.as_str()).unwrap_err();
            assert!(matches!(refused, InvalidEventName::Framework { .. }), "{name}");
        }
    }
}
