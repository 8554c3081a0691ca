//! Deletes messages of a stream: a single message, or the messages of a subject up to a sequence
//! number.

use async_nats::jetstream::stream::{Info, RawMessageErrorKind, Stream};
use hyperpoint_topics::backplane::Deletion;

use crate::failure::{Result, failed};
use crate::message::{DELETES, key};

pub(crate) const DELETING: &str = "delete events";

/// Returns what a deletion deletes of a stream whose newest message has this sequence number.
pub(crate) fn bounded(which: Deletion, last: u64) -> Deletion {
    match which {
        Deletion::Event(_) => which,
        Deletion::Through(sequence) => Deletion::Through(sequence.min(last)),
    }
}

/// What is known of the messages that are to be deleted.
#[derive(Debug)]
pub(crate) struct Found {
    /// The key of a single event.
    pub(crate) key: Option<String>,
}

/// Looks up a single event that is to be deleted. Returns `None` if the subject does not have it.
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
    // A follower may not have read an entry that deletes events yet.
    let is_event = message.subject.as_str() == subject && message.headers.get(DELETES).is_none();
    Ok(is_event.then(|| Found { key: key(&message.headers) }))
}

/// Deletes messages of a subject, and returns their number.
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
