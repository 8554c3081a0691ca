//! The error for a received event that matches no variant of an enum. Independent of how events are
//! received.

use std::{error::Error, fmt};

use crate::{decoded::Event, name::EventName};

/// The error for an event that is not a variant of the expected enum: its name or its data does not
/// match.
///
/// The text lists the expected names or shows the start of the data; `Debug` has the same text.
///
/// # Examples
///
/// ```
/// use hyperpoint::TypedEvent;
/// use hyperpoint::prelude::*;
/// use hyperpoint::sse::{Decoded, Decoder};
///
/// #[derive(Debug, Serialize, Deserialize, JsonSchema, Events)]
/// enum OrderEvent {
///     Placed(u32),
/// }
///
/// let mut decoder = Decoder::new();
/// decoder.push(b"event: lost\ndata: 7\n\n")?;
/// let Some(Decoded::Event(event)) = decoder.pop() else { panic!("one event") };
/// let error = OrderEvent::from_event(&event).unwrap_err();
/// assert_eq!(error.to_string(), "unexpected event `lost`: expected one of `placed`");
/// # Ok::<(), hyperpoint::sse::EventTooLarge>(())
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

    /// Returns whether no variant has the name of the event. `false` means that the data does not
    /// deserialize as the fields of the variant of that name.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::sse::UnexpectedEvent;
    ///
    /// fn report(error: &UnexpectedEvent) {
    ///     if error.is_unknown_name() {
    ///         eprintln!("skipped an event of a newer server: {error}");
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn is_unknown_name(&self) -> bool {
        matches!(self.reason, Reason::Name { .. })
    }
}

impl fmt::Display for UnexpectedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.reason {
            Reason::Name { known } => {
                write!(f, "unexpected event `{name}`: expected one of {known}")
            }
            Reason::Data { data, error } => {
                write!(f, "unexpected data of event `{name}`: {}: {error}", Shortened(data))
            }
        }
    }
}

impl fmt::Debug for UnexpectedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for UnexpectedEvent {}

/// Displays the first 200 characters of a text, followed by `…` if the text is longer.
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
