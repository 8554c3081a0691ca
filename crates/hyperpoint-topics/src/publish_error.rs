//! [`PublishError`], the error of a failed publication.

use std::error::Error;
use std::fmt;

use hyperpoint_sse::InvalidData;

use crate::backplane::BackplaneError;

/// The error of a failed publication.
///
/// # Examples
///
/// ```
/// use hyperpoint::{TopicName, Topics};
///
/// const NOTES: TopicName<String> = TopicName::new("notes");
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let topics = Topics::new(|options| options.max_event_bytes = 1000);
/// let error = topics.topic(NOTES).publish(&"x".repeat(2000)).await.unwrap_err();
/// assert!(error.is_too_large());
/// # }
/// ```
#[derive(Debug)]
pub struct PublishError(pub(crate) Reason);

/// The reason why a publication failed.
#[derive(Debug)]
pub(crate) enum Reason {
    Json(serde_json::Error),
    Data(InvalidData),
    Name(Box<dyn Error + Send + Sync>),
    Comment,
    Engine(BackplaneError),
    PolledAgain,
    /// The event expires, and an outbox cannot store its expiry time.
    ExpiresInOutbox,
}

impl PublishError {
    /// Returns whether the event is larger than this node or the backplane accepts. Repeating the
    /// publication fails again.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        match &self.0 {
            Reason::Data(error) => error.is_too_large(),
            Reason::Engine(error) => error.is_too_large(),
            _ => false,
        }
    }

    /// Returns whether the backplane failed to store the event. The event may have been stored
    /// nevertheless. A retry adds no second event if both publications have the same idempotency
    /// key ([`Publish::once`](crate::Publish::once)).
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(&self.0, Reason::Engine(error) if !error.is_too_large())
    }
}

impl From<InvalidData> for Reason {
    fn from(error: InvalidData) -> Self {
        Self::Data(error)
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::ExpiresInOutbox => f.write_str(
                "an outbox cannot store an event that expires; publish it directly, or remove \
                 `expires_after`",
            ),
            Reason::Comment => f.write_str("cannot publish a comment; an event must have data"),
            Reason::PolledAgain => f.write_str(
                "cannot publish the event twice; the future was used after it completed",
            ),
            Reason::Json(_) | Reason::Data(_) | Reason::Name(_) | Reason::Engine(_) => {
                f.write_str("cannot publish the event")
            }
        }
    }
}

impl Error for PublishError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Reason::Json(error) => Some(error),
            Reason::Data(error) => Some(error),
            Reason::Name(error) => Some(&**error),
            Reason::Engine(error) => Some(error),
            Reason::Comment | Reason::ExpiresInOutbox | Reason::PolledAgain => None,
        }
    }
}
