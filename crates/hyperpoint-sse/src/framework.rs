//! Owns the names that users are refused, for the framework's own crates. It is no public API, and
//! must not know when each event is sent.

use crate::name::EventName;

/// The first event of a topic stream.
pub const READY: EventName = EventName::of_framework("ready");

/// Events are missing between the client's last one and the next.
pub const GAP: EventName = EventName::of_framework("gap");

/// The client should come back, after the `retry` of this event.
pub const RECONNECT: EventName = EventName::of_framework("reconnect");

/// The stream failed; the data is a problem document.
pub const PROBLEM: EventName = EventName::of_framework("problem");

/// The stream is complete.
pub const DONE: EventName = EventName::of_framework("done");

#[cfg(test)]
mod tests {
    use super::{DONE, GAP, PROBLEM, READY, RECONNECT};
    use crate::name::{EventName, InvalidEventName};

    #[test]
    fn line_09_each_name_is_refused_to_users() {
        for name in [READY, GAP, RECONNECT, PROBLEM, DONE] {
            let refused = EventName::parse(name.as_str()).unwrap_err();
            assert!(matches!(refused, InvalidEventName::Framework { .. }), "{name}");
        }
    }
}
