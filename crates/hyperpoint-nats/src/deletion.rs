//! Deletes messages of a stream: one, or those of a subject.

use async_nats::jetstream::stream::{Info, RawMessageErrorKind, Stream};
use hyperpoint_topics::backplane::Deletion;

use crate::failure::{Result, failed};
use crate::message::DELETES;

pub(crate) const DELETING: &str = "delete events";

/// Returns what a deletion deletes of a stream whose newest message has this sequence number.
pub(crate) fn bounded(which: Deletion, last: u64) -> Deletion {
    match which {
        Deletion::Event(_) => which,
        Deletion::Through(sequence) => Deletion::Through(sequence.min(last)),
    }
}

/// Returns whether the subject has messages to delete, as far as that is known before they are deleted.
pub(crate) async fn may_delete(
    stream: &Stream<Info>,
    subject: &str,
    which: Deletion,
) -> Result<bool> {
    let Deletion::Event(sequence) = which else { return Ok(true) };
    let message = match stream.get_raw_message(sequence).await {
        Ok(message) => message,
        Err(error) if matches!(error.kind(), RawMessageErrorKind::NoMessageFound) => {
            return Ok(false);
        }
        Err(error) => return Err(failed(DELETING)(error)),
    };
    // A follower may not have read an entry that deletes events yet.
    Ok(message.subject.as_str() == subject && message.headers.get(DELETES).is_none())
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
