//! Deletes messages of a stream: a single message, or the messages of a subject up to a sequence
//! number.

use async_nats::jetstream::stream::{Info, RawMessageErrorKind, Stream};
use hyperpoint_topics::backplane::Deletion;

use crate::failure::{Result, failed};
use crate::message::{DELETES, key};

pub(crate) const DELETING: &str = "delete events";

/// Limits a [`Deletion::Through`] to messages up to `last`, the sequence number of the newest
/// message of the stream.
pub(crate) fn bounded(which: Deletion, last: u64) -> Deletion {
    match which {
        Deletion::Event(_) => which,
        Deletion::Through(sequence) => Deletion::Through(sequence.min(last)),
    }
}

/// Metadata of the messages to delete.
#[derive(Debug)]
pub(crate) struct Found {
    /// The key of the event, or `None` if the event has no key or several events are deleted.
    pub(crate) key: Option<String>,
}

/// Looks up the event to delete. Returns `None` if the subject has no event with this sequence
/// number. A [`Deletion::Through`] needs no lookup, and always returns a [`Found`].
pub(crate) async fn find(
    stream: &Stream<Info>,
    subject: &str,
    which: Deletion,
) -> Result<Option<Found>> {
    let Deletion::Event(sequence) = which else { return Ok(Some(Found { key: None })) };
    let message = match stream.get_raw_message(sequence).await {
        Ok(message) => message,
        Err(error) if matches!(error.kind(), RawMessageErrorKind::NoMessageFound) => {
            return Ok(None);
        }
        Err(error) => return Err(failed(DELETING)(error)),
    };
    // An entry that deletes events is kept, because a follower may not have read it yet.
    let is_event = message.subject.as_str() == subject && message.headers.get(DELETES).is_none();
    Ok(is_event.then(|| Found { key: key(&message.headers) }))
}

/// Deletes messages of a subject, and returns the number of deleted messages.
pub(crate) async fn delete_messages(
    stream: &Stream<Info>,
    subject: &str,
    which: Deletion,
) -> Result<u64> {
    match which {
        Deletion::Event(sequence) => {
            let deleted = stream.delete_message(sequence).await;
            deleted.map(u64::from).map_err(failed(DELETING))
        }
        Deletion::Through(through) => {
            let purged = stream.purge().filter(subject).sequence(through + 1).await;
            purged.map(|purged| purged.purged).map_err(failed(DELETING))
        }
    }
}
