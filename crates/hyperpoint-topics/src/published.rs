//! [`Published`], the result of a publication.

use hyperpoint_sse::EventId;

use crate::position::Position;

/// The result of a publication: the position of the event in the log, and whether it is a
/// duplicate.
///
/// # Examples
///
/// ```
/// use hyperpoint::{Published, TopicName, Topics};
///
/// const TICKS: TopicName<u32> = TopicName::new("ticks");
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), hyperpoint::PublishError> {
/// let published: Published = Topics::default().topic(TICKS).publish(&1).await?;
/// assert!(published.id().as_str().ends_with("-000000000001"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    position: Position,
    is_duplicate: bool,
}

impl Published {
    pub(crate) fn new(position: Position, is_duplicate: bool) -> Self {
        Self { position, is_duplicate }
    }

    /// Returns the position of the event in the log.
    #[must_use]
    pub fn position(self) -> Position {
        self.position
    }

    /// Returns the event id that clients receive.
    #[must_use]
    pub fn id(self) -> EventId {
        self.position.id()
    }

    /// Returns whether the event is a duplicate: the topic already had an event with the same
    /// idempotency key ([`once`](crate::Publish::once)). No event was then added, and the position
    /// is that of the earlier event.
    #[must_use]
    pub fn is_duplicate(self) -> bool {
        self.is_duplicate
    }
}
