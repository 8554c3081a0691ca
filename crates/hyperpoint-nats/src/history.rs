//! Reads the history of one topic: forwards or backwards from a sequence number.

use std::time::SystemTime;

use async_nats::jetstream::stream::{Info, Stream};
use hyperpoint_topics::backplane::{Page, PageAt, PageQuery};

use crate::consumer::{PageLimits, ReadPage, consumer_after, read_page};
use crate::failure::Result;
use crate::log::StreamState;

/// Maximum number of events of a page that is read backwards. All of them are received before the
/// newest events that fit are selected.
const BACKWARDS: usize = 64;
/// Maximum number of messages received for a page that is read forwards.
const MESSAGES: usize = 16_384;

/// Returns an empty page, for a topic that has no event in the queried part of the stream.
pub(crate) fn nothing(state: &StreamState, at: PageAt) -> Page {
    let evicted_through = state.evicted_through;
    let (after, through) = match at {
        PageAt::After(after) => (after, state.last),
        PageAt::Before(before) => (evicted_through, state.last.min(before.saturating_sub(1))),
    };
    let after = after.min(through);
    let (epoch, now) = (state.epoch(), SystemTime::now());
    Page { epoch, entries: Vec::new(), after, through, evicted_through, now }
}

/// Reads the events of one subject. `state` is the state of the stream before the read.
pub(crate) async fn read_subject(
    stream: &Stream<Info>,
    state: &StreamState,
    subject: &str,
    query: &PageQuery<'_>,
) -> Result<Page> {
    let mut page = nothing(state, query.at);
    if page.after >= page.through {
        return Ok(page);
    }
    let (events, bytes) = (query.limit_events.max(1), query.limit_bytes);
    let (messages, through, expected) = (MESSAGES, u64::MAX, usize::MAX);
    let mut limits = PageLimits { events, messages, bytes, through, expected };
    if let PageAt::Before(_) = query.at {
        let range = (page.after, page.through);
        let begin = begin_of_page(stream, subject, range, events.min(BACKWARDS)).await?;
        let Some((after, expected)) = begin else { return Ok(page) };
        page.after = after;
        // The count may be wrong if messages were stored or deleted in the meantime, so only
        // `through` limits the page.
        let (all, through) = (usize::MAX, page.through);
        limits = PageLimits { events: all, messages: all, bytes: all, through, expected };
    }
    let consumer = consumer_after(stream, page.after, Some(subject.to_owned())).await?;
    page.now = SystemTime::from(consumer.cached_info().created);
    let of = (&*stream.cached_info().config.name, state);
    let ReadPage { entries, through, is_all } = read_page(&consumer, of, limits).await?;
    // If this fails, the server deletes the consumer after its inactive threshold.
    let _ = stream.delete_consumer(&consumer.cached_info().name).await;
    page.entries = entries;
    let last_read = through.unwrap_or(page.after);
    match query.at {
        PageAt::After(_) if is_all => page.through = page.through.max(last_read),
        PageAt::After(_) => page.through = last_read,
        PageAt::Before(_) => keep_newest(&mut page, events, query.limit_bytes),
    }
    Ok(page)
}

/// Finds the start of a page that ends with the range and has at most `limit` messages, from
/// message counts of the server. Returns the sequence number before the page and the approximate
/// number of its messages, or `None` if the subject has no message in the range.
async fn begin_of_page(
    stream: &Stream<Info>,
    subject: &str,
    (after, through): (u64, u64),
    limit: usize,
) -> Result<Option<(u64, usize)>> {
    let later = count_after(stream, subject, through).await?;
    let count = |counted: u64| usize::try_from(counted.saturating_sub(later)).unwrap_or(usize::MAX);
    let counted = count_after(stream, subject, after).await?;
    if counted == 0 {
        return Ok(None);
    }
    let all = count(counted);
    // In the loop, more than `limit` messages of the range are after `low`, and `found` messages,
    // at most `limit`, are after `high`.
    let (mut low, mut high, mut found, mut span) = (after, through, 0, limit as u64);
    if all <= limit {
        return Ok(Some((after, all)));
    }
    while high - low > 1 && found * 2 < limit {
        // Doubles the span until a lower bound is found, and then bisects the range.
        let middle = match low == after {
            true => through.saturating_sub(span).max(low + 1),
            false => low + (high - low) / 2,
        };
        span = span.saturating_mul(2);
        let counted = count(count_after(stream, subject, middle).await?);
        match counted <= limit {
            true => (high, found) = (middle, counted),
            false => low = middle,
        }
    }
    Ok(Some((high, found)))
}

/// Returns the number of messages of a subject after this sequence number.
async fn count_after(stream: &Stream<Info>, subject: &str, after: u64) -> Result<u64> {
    let consumer = consumer_after(stream, after, Some(subject.to_owned())).await?;
    let _ = stream.delete_consumer(&consumer.cached_info().name).await;
    Ok(consumer.cached_info().num_pending)
}

/// Keeps the newest events of a page, up to `limit_events` events and until their data reaches
/// `limit_bytes` bytes, and drops the older ones. Always keeps the newest event.
fn keep_newest(page: &mut Page, limit_events: usize, limit_bytes: usize) {
    let (mut bytes, mut kept) = (0, 0);
    for entry in page.entries.iter().rev() {
        if kept > 0 && (kept >= limit_events || bytes >= limit_bytes) {
            break;
        }
        (bytes, kept) = (bytes + entry.data.len(), kept + 1);
    }
    let dropped = page.entries.len() - kept;
    if let Some(last) = page.entries.drain(..dropped).next_back() {
        page.after = last.sequence;
    }
}
