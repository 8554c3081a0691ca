//! Past events of a topic, read from memory, or from the backplane if there is one.

use std::sync::Arc;

use bytes::Bytes;

use crate::backplane::{Backplane, BackplaneError, Entry, Page, PageQuery};
use crate::follow::encode;
use crate::gap_reason::GapReason;
use crate::log::Kept;
use crate::node::Node;
use crate::page_at::PageAt;
use crate::position::{Epoch, Position};

/// Approximate maximum size of the events of a page, in bytes.
const LIMIT_BYTES: usize = 1024 * 1024;
/// Maximum number of reads of the backplane for one page. Each read may scan a large part of the
/// log.
const READS: usize = 64;
const READING: &str = "read the history of a topic";

/// The start position of a read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Start {
    Newest,
    After(Position),
    Before(Position),
}

/// A page of consecutive events of a topic.
#[derive(Debug)]
pub(super) struct PastEvents {
    pub(super) kept: Kept,
    /// The reason why the start position is not in the log's past, or `None` if it is, or if the
    /// read starts at the newest events.
    pub(super) unknown: Option<GapReason>,
}

impl Start {
    /// Returns the position that must be in the log's past, or `None` if the read starts at the
    /// newest events.
    fn known(self) -> Option<Position> {
        match self {
            Self::Newest => None,
            Self::After(position) => Some(position),
            Self::Before(Position { epoch, sequence }) => {
                Some(Position { epoch, sequence: sequence.saturating_sub(1) })
            }
        }
    }

    /// Returns the position of the page in the log. If the start position is unknown, the page has
    /// the oldest events for `After`, and the newest events for `Before`.
    fn at(self, is_known: bool) -> PageAt {
        match self {
            Self::After(position) if is_known => PageAt::After(position.sequence),
            Self::After(_) => PageAt::After(0),
            Self::Before(position) if is_known => PageAt::Before(position.sequence),
            Self::Newest | Self::Before(_) => PageAt::Before(u64::MAX),
        }
    }
}

impl PastEvents {
    /// Reads up to `limit` events.
    pub(super) async fn read(
        node: &Node,
        topic: &str,
        start: Start,
        limit: usize,
    ) -> Result<Self, BackplaneError> {
        match &node.backplane {
            Some(backplane) => {
                let stored = Self::stored(backplane, topic, start, limit).await;
                stored.inspect_err(|error| node.failed(error))
            }
            None => Self::kept(node, topic, start, limit),
        }
    }

    /// Returns the sequence up to which events are missing, or `None` if none is missing. On a page
    /// after a position, they are missing before the first event; on a page before a position,
    /// after the last event.
    pub(super) fn lost_through(&self) -> Option<u64> {
        let Kept { after, through, evicted_through, .. } = self.kept;
        let lost_through = evicted_through.min(through);
        (lost_through > after).then_some(lost_through)
    }

    /// Reads from the log in memory.
    fn kept(node: &Node, topic: &str, start: Start, limit: usize) -> Result<Self, BackplaneError> {
        let is_past = |position: Position| {
            node.hub
                .position()
                .is_some_and(|end| end.epoch == position.epoch && position.sequence <= end.sequence)
        };
        let unknown = start.known().filter(|position| !is_past(*position));
        let at = start.at(unknown.is_none());
        let unopened = || BackplaneError::new(READING, "the log is not known yet");
        let kept = node.hub.kept(topic, at, (limit, LIMIT_BYTES)).ok_or_else(unopened)?;
        let unknown = unknown.map(|position| reason(position, kept.epoch));
        Ok(Self { kept, unknown })
    }

    /// Reads from the backplane.
    async fn stored(
        backplane: &Arc<dyn Backplane>,
        topic: &str,
        start: Start,
        limit: usize,
    ) -> Result<Self, BackplaneError> {
        let mut unknown = None;
        let mut epoch = None;
        if let Some(position) = start.known() {
            let found = backplane.look_up(position).await?;
            unknown = (!found.is_past).then(|| reason(position, found.epoch));
            epoch = Some(found.epoch);
        }
        let limits = |at| PageQuery { topic, at, limit_events: limit, limit_bytes: LIMIT_BYTES };
        let query = limits(start.at(unknown.is_none()));
        let mut page = read(backplane, query).await?;
        if epoch.is_some_and(|epoch| epoch != page.epoch) {
            let fault = "a new generation of the log began during the read; retry the read";
            return Err(BackplaneError::new(READING, fault));
        }
        for _ in 1..READS {
            let Some(query) = next(&page, query) else { break };
            let more = read(backplane, query).await?;
            if more.epoch != page.epoch || !join(&mut page, more, query.at) {
                break;
            }
        }
        let events = page.entries.iter().filter_map(encoded).collect();
        let Page { epoch, after, through, evicted_through, .. } = page;
        Ok(Self { kept: Kept { epoch, events, after, through, evicted_through }, unknown })
    }
}

/// Reads a page, without the events that have expired.
async fn read(
    backplane: &Arc<dyn Backplane>,
    query: PageQuery<'_>,
) -> Result<Page, BackplaneError> {
    let mut page = backplane.read(query).await?;
    page.entries.retain(|entry| !entry.is_expired(page.now));
    Ok(page)
}

/// Returns the reason why a position is not in the past of a log whose newest epoch is `epoch`.
fn reason(position: Position, epoch: Epoch) -> GapReason {
    if position.epoch == epoch { GapReason::Unknown } else { GapReason::Epoch }
}

/// Returns the query for more events of the same page, or `None` if the page is complete.
fn next<'a>(page: &Page, query: PageQuery<'a>) -> Option<PageQuery<'a>> {
    let count = page.entries.len();
    let bytes = page.entries.iter().map(|entry| entry.data.len()).sum::<usize>();
    let is_full = count >= query.limit_events || bytes >= query.limit_bytes;
    let is_lost = page.evicted_through.min(page.through) > page.after;
    let at = match query.at {
        PageAt::After(_) if count > 0 => return None,
        PageAt::After(_) => PageAt::After(page.through),
        PageAt::Before(_) if is_lost || page.after <= page.evicted_through => return None,
        PageAt::Before(_) => PageAt::Before(page.after + 1),
    };
    let limit_events = query.limit_events.saturating_sub(count);
    let limit_bytes = query.limit_bytes.saturating_sub(bytes);
    (!is_full).then_some(PageQuery { at, limit_events, limit_bytes, ..query })
}

/// Adds `more`, the result of a further read at `at`, to `page`. Returns whether reading may
/// continue: `false` if the read made no progress, or if events are missing within `more`.
fn join(page: &mut Page, mut more: Page, at: PageAt) -> bool {
    match at {
        PageAt::After(after) => {
            let has_more = more.through > after;
            page.entries.append(&mut more.entries);
            page.through = page.through.max(more.through);
            page.evicted_through = page.evicted_through.max(more.evicted_through);
            has_more
        }
        // Events are missing within `more`. If `page` has events, it ends here, and the read of the
        // page before it reports the loss. Otherwise, `more` replaces it.
        PageAt::Before(_) if more.evicted_through.min(more.through) > more.after => {
            if page.entries.is_empty() {
                *page = Page { through: page.through, ..more };
            }
            false
        }
        PageAt::Before(before) => {
            let has_more = more.after + 1 < before;
            more.entries.append(&mut page.entries);
            (page.entries, page.after) = (more.entries, more.after);
            page.evicted_through = more.evicted_through;
            has_more
        }
    }
}

/// Encodes an event of any size in the format of an event stream.
fn encoded(entry: &Entry) -> Option<Bytes> {
    encode(entry, usize::MAX).map(|event| event.with_id(&entry.position().id()))
}
