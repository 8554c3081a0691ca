//! The event names that are reserved on streams for `EventSource`. Independent of the module
//! `stream`.

use std::{error::Error, fmt};

use crate::name::EventName;

/// The error for an event name that is reserved on a stream for `EventSource`.
///
/// An `EventSource` itself dispatches events named `error` and `open`, and on a stream for
/// `EventSource` the framework sends `ready`, `gap`, `reconnect`, `problem` and `done`. On a stream
/// of the kind `StreamKind::AsWritten`, all names are allowed. The names are also reserved for
/// events that are published to a topic, because streams of both kinds send them.
///
/// # Examples
///
/// ```
/// use hyperpoint::EventName;
/// use hyperpoint::sse::ReservedEventName;
///
/// const OPEN: EventName = EventName::from_static("open");
///
/// assert_eq!(OPEN.check_unreserved(), Err(ReservedEventName::EventSource { name: "open" }));
/// assert_eq!(EventName::from_static("opened").check_unreserved(), Ok(()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReservedEventName {
    /// The name is reserved for the `EventSource` of browsers, which dispatches its own events of
    /// this name.
    EventSource {
        /// The reserved name.
        name: &'static str,
    },
    /// The name is reserved for the framework, which sends its own events of this name.
    Framework {
        /// The reserved name.
        name: &'static str,
    },
}

impl EventName {
    /// Checks that an event of this name can be sent on a stream for `EventSource`.
    ///
    /// # Errors
    ///
    /// Returns [`ReservedEventName`] if the name is `error`, `open`, `ready`, `gap`, `reconnect`,
    /// `problem` or `done`.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::EventName;
    ///
    /// assert!(EventName::from_static("price").check_unreserved().is_ok());
    /// assert!(EventName::from_static("error").check_unreserved().is_err());
    /// ```
    #[inline]
    pub fn check_unreserved(&self) -> Result<(), ReservedEventName> {
        // Most names need no comparison, because no reserved name has their length.
        if !matches!(self.as_str().len(), 3 | 4 | 5 | 7 | 9) {
            return Ok(());
        }
        check(self.as_str())
    }
}

fn check(name: &str) -> Result<(), ReservedEventName> {
    let of_framework = ["ready", "gap", "reconnect", "problem", "done"];
    if let Some(name) = ["error", "open"].into_iter().find(|reserved| *reserved == name) {
        return Err(ReservedEventName::EventSource { name });
    }
    match of_framework.into_iter().find(|reserved| *reserved == name) {
        Some(name) => Err(ReservedEventName::Framework { name }),
        None => Ok(()),
    }
}

impl fmt::Display for ReservedEventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, owner) = match self {
            Self::EventSource { name } => (name, "`EventSource`"),
            Self::Framework { name } => (name, "the framework"),
        };
        write!(
            f,
            "the event name `{name}` is reserved for {owner} on a stream for `EventSource`; choose \
             another name, such as `app-{name}`, or use `StreamKind::AsWritten`"
        )
    }
}

impl Error for ReservedEventName {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Result<(), ReservedEventName>) {
        assert_eq!(EventName::parse(name).unwrap().check_unreserved(), expected, "{name}");
    }

    #[test]
    fn line_09_names_of_event_source_and_of_the_framework_are_reserved() {
        for name in ["error", "open"] {
            check(name, Err(ReservedEventName::EventSource { name }));
        }
        for name in ["ready", "gap", "reconnect", "problem", "done"] {
            check(name, Err(ReservedEventName::Framework { name }));
        }
        for name in ["price", "Error", "errors", "gaps", "gop", "dome", "app-error", "message"] {
            check(name, Ok(()));
        }
    }

    #[test]
    fn the_error_says_what_to_write() {
        let error = EventName::from_static("error").check_unreserved().unwrap_err();
        let expected = "the event name `error` is reserved for `EventSource` on a stream for \
                        `EventSource`; choose another name, such as `app-error`, or use \
                        `StreamKind::AsWritten`";
        assert_eq!(error.to_string(), expected);
    }
}
