//! The background tasks that write the events of a topic to the outlets of its subscribers.

use std::pin::pin;
use std::sync::{Arc, Weak};

use futures_util::future::poll_immediate;
use hyperpoint_sse::stream::{Delivery, Outlet, Parking, Sending};
use tokio::runtime::Handle;

use crate::log::{Channel, LagSelection, OutletGroup, Place, Query, Read};
use crate::node::Node;
use crate::position::Epoch;

/// Minimum number of subscribers of a topic with a writer. With fewer subscribers, the topic wakes
/// their tasks instead, because a writer would save nothing.
const MIN_SUBSCRIBERS: usize = 8;
/// Cost after which a writer yields to other tasks. An outlet costs 1, plus 1 for each
/// [`COST_BYTES`] bytes written to it.
const BATCH_COST: usize = 64;
/// Cost after which a writer releases the lock of its group.
const LOCKED_COST: usize = 16;
/// Number of bytes that take about as long to write as a small event.
const COST_BYTES: usize = 4096;

/// Adds the outlet of a subscriber to a group of its topic, unless it is in a group already, and
/// starts a writer for the group, unless the group has one. Returns `false`, and does nothing, if
/// the topic has too few subscribers or the caller runs outside a tokio runtime: the task of the
/// subscriber must then wait for events itself.
pub(crate) fn join(
    (node, channel): (&Arc<Node>, &Arc<Channel>),
    epoch: Epoch,
    place: &mut Option<Place>,
    parking: &Parking<'_>,
) -> bool {
    if !channel.has_subscribers(MIN_SUBSCRIBERS) {
        return false;
    }
    let Ok(runtime) = Handle::try_current() else {
        return false;
    };
    let place = match place {
        Some(place) if place.renew(epoch) => place,
        place => {
            let group = channel.outlets.group(&runtime);
            place.insert(group.join(Arc::clone(parking.outlet), epoch))
        }
    };
    if place.group().claim() {
        let (group, channel) = (Arc::clone(place.group()), Arc::clone(channel));
        let node = Arc::downgrade(node);
        runtime.spawn(run(EventWriter { node, channel, group, has_ended: false }));
    }
    true
}

/// Writes new events to the outlets of one group.
struct EventWriter {
    node: Weak<Node>,
    channel: Arc<Channel>,
    group: Arc<OutletGroup>,
    /// Whether the writer has ended because no outlet was left. Another writer of the group may
    /// then be running.
    has_ended: bool,
}

async fn run(mut writer: EventWriter) {
    loop {
        writer.wait().await;
        if writer.group.ends() {
            writer.has_ended = true;
            return;
        }
        tracing::trace!(topic = &*writer.channel.name, "writing events to parked streams");
        while writer.write_news().await {
            tokio::task::yield_now().await;
        }
    }
}

impl EventWriter {
    /// Waits until there may be new events. Yields if there are some already, because events may be
    /// published faster than they are written. Otherwise it does not yield: a task that yields
    /// stays with its worker thread, and the next task of that thread may block.
    async fn wait(&self) {
        let mut news = pin!(self.group.news());
        match poll_immediate(&mut news).await {
            Some(()) => tokio::task::yield_now().await,
            None => news.await,
        }
    }

    /// Writes one frame to each outlet that has events to send. Returns whether an outlet may have
    /// more events to send.
    async fn write_news(&self) -> bool {
        let (mut index, mut lacks) = (0, false);
        while self.write_batch(&mut index, &mut lacks) {
            tokio::task::yield_now().await;
        }
        lacks
    }

    /// Writes to the next batch of outlets, and advances `index` past them. Returns whether outlets
    /// are left, or `false` if the node was dropped.
    fn write_batch(&self, index: &mut usize, lacks: &mut bool) -> bool {
        let Some(node) = self.node.upgrade() else {
            return false;
        };
        // Each batch reads the events again, because they may have been deleted or have expired
        // meanwhile.
        let mut frames = Frames { node: &node, channel: &self.channel, last: None, written: 0 };
        let mut write = |outlet: &dyn Outlet, epoch| {
            frames.written = 0;
            (frames.write(outlet, epoch, lacks), frames.written / COST_BYTES)
        };
        let mut cost = 0;
        while cost < BATCH_COST {
            match self.group.each(index, LOCKED_COST, &mut write) {
                Some(more) => cost += more,
                None => return false,
            }
        }
        true
    }
}

impl Drop for EventWriter {
    /// Wakes the tasks of the streams if the writer was dropped with its runtime or has panicked.
    /// These tasks then start another writer.
    fn drop(&mut self) {
        if !self.has_ended {
            self.group.abandon();
        }
    }
}

/// Reads and writes the frames of one batch.
struct Frames<'a> {
    node: &'a Node,
    channel: &'a Channel,
    /// The last frame, with its epoch. Most outlets need the same frame.
    last: Option<(Epoch, Delivery)>,
    /// Size in bytes of the frame that was sent to the last outlet, or 0 if no frame was sent.
    written: usize,
}

impl Frames<'_> {
    /// Writes the next frame to an outlet, if there is one. Sets `lacks` if the outlet may have
    /// more events to send. Returns `false` if the outlet must leave the group, because the task of
    /// the stream continues on its own.
    #[inline]
    fn write(&mut self, outlet: &dyn Outlet, epoch: Epoch, lacks: &mut bool) -> bool {
        let sending = match &self.last {
            Some((of, delivery)) if *of == epoch => outlet.send(delivery),
            _ => Sending::Elsewhere,
        };
        match sending {
            Sending::Sent | Sending::Part => self.note_sent(lacks),
            Sending::Unparked => {}
            Sending::Elsewhere => return self.write_other(outlet, epoch, lacks),
        }
        sending == Sending::Sent
    }

    /// Reads and writes the next frame of an outlet, if the last frame is not the next one for it.
    /// Returns the same as [`write`](Self::write).
    #[cold]
    fn write_other(&mut self, outlet: &dyn Outlet, epoch: Epoch, lacks: &mut bool) -> bool {
        let Some(position) = outlet.position() else {
            return false;
        };
        if position >= self.channel.head() && self.node.hub.epoch() == Some(epoch) {
            return true;
        }
        let Some(delivery) = self.read(epoch, position) else {
            // Only the task of the stream can report a gap, change to another generation, or skip
            // events that are not sent.
            outlet.wake();
            return false;
        };
        let (_, delivery) = self.last.insert((epoch, delivery));
        let sending = outlet.send(delivery);
        match sending {
            Sending::Sent | Sending::Part => self.note_sent(lacks),
            Sending::Unparked => {}
            // The stream was parked again meanwhile, at another position.
            Sending::Elsewhere => *lacks = true,
        }
        matches!(sending, Sending::Sent | Sending::Elsewhere)
    }

    fn note_sent(&mut self, lacks: &mut bool) {
        if let Some((_, delivery)) = &self.last {
            *lacks |= delivery.position() < self.channel.head();
            self.node.lagged(delivery.events());
            self.written = delivery.len();
        }
    }

    /// Returns the next frame after this position. Returns `None` if there is no event after it, or
    /// if its next event is lost, deleted, expired, or of another generation: the task of the
    /// subscriber must then read from the log itself.
    fn read(&self, epoch: Epoch, after: u64) -> Option<Delivery> {
        let positions = self.channel.positions_like(after)?;
        let (selection, clock) = (LagSelection::All, self.channel.clock);
        let query = Query { epoch, after, through: u64::MAX, filter: None, selection, clock };
        match self.channel.read(&query) {
            Read::Run { bytes, last, events } => {
                Some(Delivery::new(bytes, events, positions, last))
            }
            _ => None,
        }
    }
}
