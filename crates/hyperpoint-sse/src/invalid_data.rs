//! The error for an event that cannot be encoded. Independent of how events are encoded.

use std::{error::Error, fmt};

use crate::id::InvalidEventId;

/// The error for an event that cannot be encoded: its data does not serialize, its id is invalid,
/// or the encoded event is too large.
///
/// # Examples
///
/// ```
/// use hyperpoint::sse::{Encoder, Fields};
///
/// let mut encoder = Encoder::with_max_event_bytes(100);
/// let error = encoder.text(Fields::default(), &"x".repeat(100)).unwrap_err();
/// assert!(error.is_too_large());
/// assert_eq!(error.to_string(), "event exceeds the limit of 100 bytes");
/// ```
#[derive(Debug)]
pub struct InvalidData(Reason);

#[derive(Debug)]
enum Reason {
    Json(serde_json::Error),
    TooLarge { max_event_bytes: usize },
    Id(InvalidEventId),
}

impl InvalidData {
    pub(crate) fn json(source: serde_json::Error) -> Self {
        Self(Reason::Json(source))
    }

    pub(crate) fn id(source: InvalidEventId) -> Self {
        Self(Reason::Id(source))
    }

    pub(crate) fn too_large(max_event_bytes: usize) -> Self {
        Self(Reason::TooLarge { max_event_bytes })
    }

    /// Returns whether the encoded event exceeds the size limit. `false` means that the data does
    /// not serialize, or that a typed event has an invalid id.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::StreamItem;
    /// use std::collections::HashMap;
    ///
    /// // A list cannot be a key of a JSON object.
    /// let error = StreamItem::json(&HashMap::from([([1], 2)])).unwrap_err();
    /// assert!(!error.is_too_large());
    /// ```
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        matches!(self.0, Reason::TooLarge { .. })
    }
}

impl fmt::Display for InvalidData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Json(_) => f.write_str("cannot serialize the data of an event as JSON"),
            Reason::Id(_) => f.write_str(
                "invalid id of a typed event; check the value of its `#[event(id)]` field",
            ),
            Reason::TooLarge { max_event_bytes } => {
                write!(f, "event exceeds the limit of {max_event_bytes} bytes")
            }
        }
    }
}

impl Error for InvalidData {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Reason::Json(source) => Some(source),
            Reason::Id(source) => Some(source),
            Reason::TooLarge { .. } => None,
        }
    }
}
