//! The methods [`Topic::delete`] and [`Topic::purge`].

use crate::backplane::BackplaneError;
use crate::deletion::Deletion;
use crate::follow::follow;
use crate::position::Position;
use crate::topic::Topic;

impl<T> Topic<T> {
    /// Deletes one event, such as a message that must no longer be shown. Returns whether the log
    /// still had the event in this topic.
    ///
    /// A deleted event is no longer sent to any subscriber, is in no page, and is not reported as a
    /// gap. Clients that received the event keep it; publish another event to make them remove it.
    /// The idempotency key of the event ([`once`](crate::Publish::once)) stays in effect.
    ///
    /// If the newest event of a key is deleted, the key has no event: no older event takes its
    /// place. This also holds on a node that starts later, because a backplane stores the key with
    /// the entry that reports the deletion. A client with
    /// [`OnLag::Conflate`](crate::OnLag::Conflate) that resumes at events which are no longer in
    /// memory is an exception: it may be sent the newest remaining event of the key from a page of
    /// the backplane, because pages have no entries that report deletions.
    ///
    /// # Errors
    ///
    /// If the backplane is unavailable. The event may have been deleted.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the event may be deleted.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{TopicName, Topics};
    ///
    /// const CHAT: TopicName<String> = TopicName::new("chat");
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let chat = Topics::default().topic(CHAT);
    /// let published = chat.publish(&"my password".to_owned()).await?;
    /// assert!(chat.delete(published.position()).await?);
    /// assert_eq!(chat.read().events().await?.events, []);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete(&self, position: Position) -> Result<bool, BackplaneError> {
        let node = self.node();
        let which = Deletion::Event(position.sequence);
        let Some(backplane) = &node.backplane else {
            let is_past = node.hub.epoch() == Some(position.epoch);
            return Ok(is_past && node.delete(self.name(), which) > 0);
        };
        follow(node);
        let epoch = node.hub.generation();
        let found = backplane.look_up(position).await;
        if !found.inspect_err(|error| node.failed(error))?.is_past {
            return Ok(false);
        }
        let deleted = backplane.delete(self.name(), which).await;
        let deleted = deleted.inspect_err(|error| node.failed(error))?;
        node.delete_stored(self.name(), deleted.which, epoch);
        Ok(deleted.events > 0)
    }

    /// Deletes all events of the topic that were published so far. Returns the number of deleted
    /// events, as far as the log knows it.
    ///
    /// The events are treated as if each was [deleted](Self::delete): a client that resumes at an
    /// earlier position continues with the events after the purge. Without a backplane, the purge
    /// also covers events that were evicted earlier: they are no longer reported as a gap.
    ///
    /// # Errors
    ///
    /// If the backplane is unavailable. Some of the events may have been deleted: repeat the purge.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, some or all of the events may be deleted.
    ///
    /// # Examples
    ///
    /// ```
    /// use hyperpoint::{TopicName, Topics};
    ///
    /// const CHAT: TopicName<String> = TopicName::new("chat");
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let chat = Topics::default().topic(CHAT);
    /// chat.publish(&"one".to_owned()).await?;
    /// chat.publish(&"two".to_owned()).await?;
    /// assert_eq!(chat.purge().await?, 2);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn purge(&self) -> Result<u64, BackplaneError> {
        let (node, which) = (self.node(), Deletion::Through(u64::MAX));
        let Some(backplane) = &node.backplane else {
            return Ok(node.delete(self.name(), which));
        };
        follow(node);
        let epoch = node.hub.generation();
        let deleted = backplane.delete(self.name(), which).await;
        let deleted = deleted.inspect_err(|error| node.failed(error))?;
        node.delete_stored(self.name(), deleted.which, epoch);
        Ok(deleted.events)
    }
}
