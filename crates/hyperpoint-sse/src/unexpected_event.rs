//! Owns the error of an event that is not of a type. It must not know how events are read.

use std::{error::Error, fmt};

use crate::{decoded::Event, name::EventName};

/// The event is none of the type's: by its name, or by its data.
///
/// Its text tells which names there are, or what the data is, in `Debug` as well.
///
/// # Example
///
/// ```
/// fn report(error: &hyperpoint_sse::UnexpectedEvent) {
///     if error.is_unknown_name() {
///         eprintln!("an event of a newer server is passed over: {error}");
///     }
/// }
/// ```
pub struct UnexpectedEvent {
    name: String,
    reason: Reason,
}

enum Reason {
    Name { known: String },
    Data { data: String, error: serde_json::Error },
}

impl UnexpectedEvent {
    pub(crate) fn name(event: &Event, known: &[EventName]) -> Self {
        let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
        let known = known.join(", ");
        Self { name: event.name.clone(), reason: Reason::Name { known } }
    }

    pub(crate) fn data(event: &Event, error: serde_json::Error) -> Self {
        Self { name: event.name.clone(), reason: Reason::Data { data: event.data.clone(), error } }
    }

    /// Whether no variant has the name of the event. If one has, its data is of another form.
    ///
    /// # Example
    ///
    /// ```
    /// # fn skips(error: &hyperpoint_sse::UnexpectedEvent) -> bool {
    /// error.is_unknown_name()
    /// # }
    /// ```
    #[must_use]
    pub fn is_unknown_name(&self) -> bool {
        matches!(self.reason, Reason::Name { .. })
    }
}

impl fmt::Display for UnexpectedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "decode event `{}`", self.name)?;
        match &self.reason {
            Reason::Name { known } => write!(f, ": its name is none of {known}"),
            Reason::Data { data, error } => write!(f, " from {}: {error}", Shortened(data)),
        }
    }
}

impl fmt::Debug for UnexpectedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for UnexpectedEvent {}

/// The beginning of a text that may be long.
struct Shortened<'a>(&'a str);

impl fmt::Display for Shortened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN_CHARS: usize = 200;
        match self.0.char_indices().nth(SHOWN_CHARS) {
            Some((end, _)) => write!(f, "{}…", self.0.get(..end).unwrap_or_default()),
            None => f.write_str(self.0),
        }
    }
}
