//! Deletes messages of a stream: a single message, or the messages of a subject up to a sequence
//! number.

use async_nats::jetstream::stream::{Info, RawMessageErrorKind, Stream};
use hyperpoint_topics::backplane::{Deleted, Deletion};

use crate::failure::{Result, failed};
use crate::message::DELETES;

pub(crate) const DELETING: &str = "delete events";

/// Deletes the messages of a subject that `which` selects, and returns the number of deleted
/// messages. `last` is the sequence number of the newest message of the stream.
pub(crate) async fn delete_messages(
    stream: &Stream<Info>,
    subject: String,
    which: Deletion,
    last: u64,
) -> Result<Deleted> {
    let (events, which) = match which {
        Deletion::Event(sequence) => (delete_one(stream, &subject, sequence).await?, which),
        Deletion::Through(sequence) => {
            let through = sequence.min(last);
            let purged = stream.purge().filter(subject).sequence(through + 1).await;
            (purged.map_err(failed(DELETING))?.purged, Deletion::Through(through))
        }
    };
    Ok(Deleted { events, which })
}

async fn delete_one(stream: &Stream<Info>, subject: &str, sequence: u64) -> Result<u64> {
    let message = match stream.get_raw_message(sequence).await {
        Ok(message) => message,
        Err(error) if matches!(error.kind(), RawMessageErrorKind::NoMessageFound) => return Ok(0),
        Err(error) => return Err(failed(DELETING)(error)),
    };
    // An entry that deletes events is kept, because a follower may not have read it yet.
    if message.subject.as_str() != subject || message.headers.get(DELETES).is_some() {
        return Ok(0);
    }
    Ok(stream.delete_message(sequence).await.map_err(failed(DELETING))?.into())
}
