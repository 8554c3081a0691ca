//! Tests of the event writer, with outlets that record the frames that they are sent.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::task::Waker;
use std::time::Duration;

use hyperpoint_sse::UnsequencedEvent;
use hyperpoint_sse::stream::{Delivery, Outlet, Parking, Sending};
use tokio::runtime::Handle;
use tokio::task::yield_now;

use super::join;
use crate::deletion::Deletion;
use crate::gap_reason::GapReason;
use crate::history::History;
use crate::limits::TopicLimits;
use crate::log::{Channel, Hub, NewEvent, Place};
use crate::meter::TopicMeter;
use crate::node::Node;
use crate::position::{Epoch, Position};

const TOPIC: &str = "topic";

/// An outlet that records the frames that it is sent.
#[derive(Debug, Default)]
struct Recorder(Mutex<Record>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Record {
    /// The position of the outlet, or `None` while it is not parked.
    position: Option<u64>,
    frames: Vec<u64>,
    encoded: usize,
    woken: usize,
    accepts_only_one: bool,
}

impl Outlet for Recorder {
    fn park(&self, position: u64, _: &Parking<'_>) -> bool {
        self.0.lock().unwrap().position = Some(position);
        true
    }

    fn position(&self) -> Option<u64> {
        self.0.lock().unwrap().position
    }

    fn send(&self, delivery: &Delivery) -> Sending {
        let mut record = self.0.lock().unwrap();
        let Some(position) = record.position else { return Sending::Unparked };
        if !delivery.follows(position) {
            return Sending::Elsewhere;
        }
        delivery.encoded(|bytes| {
            record.encoded += 1;
            bytes.clone()
        });
        record.position = Some(delivery.position()).filter(|_| !record.accepts_only_one);
        record.frames.push(delivery.position());
        if record.accepts_only_one { Sending::Part } else { Sending::Sent }
    }

    fn wake(&self) {
        let mut record = self.0.lock().unwrap();
        (record.position, record.woken) = (None, record.woken + 1);
    }
}

/// A meter that records the number of events of each frame that has more than one.
#[derive(Debug, Default)]
struct Lagged(Mutex<Vec<u32>>);

impl TopicMeter for Lagged {
    fn published(&self) {}

    fn gapped(&self, _: GapReason) {}

    fn lagged(&self, events: u32) {
        self.0.lock().unwrap().push(events);
    }
}

fn node() -> Arc<Node> {
    let limits = TopicLimits::DEFAULT;
    let hub = Hub::new(Epoch::random(), limits, limits.bytes, Duration::ZERO);
    let (scope, follower, counting, burst_warnings, meter) = Default::default();
    let keeps_no_keys = AtomicBool::default();
    Arc::new(Node {
        hub,
        scope,
        max_event_bytes: limits.bytes,
        preload_events: 0,
        backplane: None,
        history: History::new(limits.bytes, |topic| topic),
        keys: History::new(limits.bytes, |topic| topic),
        keeps_no_keys,
        follower,
        counting,
        burst_warnings,
        meter,
    })
}

/// A topic whose subscribers are parked.
struct Parked {
    node: Arc<Node>,
    channel: Arc<Channel>,
    outlets: Vec<Arc<Recorder>>,
    places: Vec<Option<Place>>,
}

impl Parked {
    fn new(count: usize) -> Self {
        let node = node();
        let (places, outlets) = (0..count).map(|_| (None, Arc::default())).unzip();
        for _ in 1..count {
            node.hub.subscribe(TOPIC, None);
        }
        let channel = node.hub.subscribe(TOPIC, None);
        let mut parked = Self { node, channel, outlets, places };
        for index in 0..count {
            parked.park(index, 0);
        }
        parked
    }

    fn park(&mut self, index: usize, position: u64) {
        let outlet: Arc<dyn Outlet> = Arc::<Recorder>::clone(&self.outlets[index]);
        let (waker, report_at) = (Waker::noop(), None);
        let parking = Parking { outlet: &outlet, waker, report_at };
        let epoch = self.node.hub.epoch().unwrap();
        assert!(join((&self.node, &self.channel), epoch, &mut self.places[index], &parking));
        assert!(outlet.park(position, &parking));
    }

    fn publish(&self, topic: &str) -> u64 {
        self.publish_text(topic, "x")
    }

    fn publish_text(&self, topic: &str, text: &str) -> u64 {
        let event = UnsequencedEvent::text(None, &Position::PLACEHOLDER, text, usize::MAX).unwrap();
        let (limits, key, expires_after, once) = Default::default();
        let new = NewEvent { topic, limits, event, key, expires_after, once };
        self.node.hub.append(new).position.sequence
    }

    async fn records(&self) -> Vec<Record> {
        for _ in 0..50 {
            yield_now().await;
        }
        self.outlets.iter().map(|outlet| outlet.0.lock().unwrap().clone()).collect()
    }
}

#[tokio::test]
async fn outlets_at_different_positions_that_lack_the_same_event_share_its_frame() {
    let mut parked = Parked::new(20);
    parked.publish(TOPIC);
    let others = [parked.publish("other"), parked.publish("other")];
    parked.records().await;
    for (index, position) in others.into_iter().enumerate() {
        parked.outlets[index].wake();
        parked.park(index, position);
    }
    parked.publish(TOPIC);
    let records = parked.records().await;
    assert!(records.iter().all(|record| record.frames == [1, 4]), "{records:?}");
    assert_eq!(records.iter().map(|record| record.encoded).sum::<usize>(), 2);
}

#[tokio::test]
async fn other_tasks_run_between_batches_of_outlets_and_bytes() {
    // Each batch writes to at most 64 outlets, and about 256 KiB in total.
    for (count, bytes, most) in [(1000, 1, 64), (50, 64 * 1024, 4), (50, 300_000, 1)] {
        let parked = Parked::new(count);
        let written = || {
            let records = parked.outlets.iter().map(|outlet| outlet.0.lock().unwrap());
            records.filter(|record| !record.frames.is_empty()).count()
        };
        yield_now().await;
        parked.publish_text(TOPIC, &"x".repeat(bytes));
        let (mut before, mut turns) = (0, 0);
        while before < count {
            yield_now().await;
            let now = written();
            assert!(now - before <= most, "{now}");
            (before, turns) = (now, turns + 1);
            assert!(turns < 100);
        }
    }
}

#[tokio::test]
async fn a_frame_is_counted_if_its_rest_is_left_to_the_task() {
    let parked = Parked::new(10);
    let meter = Arc::<Lagged>::default();
    parked.node.meter.set(Arc::<Lagged>::clone(&meter)).unwrap();
    parked.outlets[3].0.lock().unwrap().accepts_only_one = true;
    parked.publish(TOPIC);
    parked.publish(TOPIC);
    parked.records().await;
    assert_eq!(*meter.0.lock().unwrap(), [2; 10]);
}

#[tokio::test]
async fn the_lock_is_held_for_a_bounded_number_of_places_and_free_places_at_the_end_are_removed() {
    let mut parked = Parked::new(1000);
    let group = Arc::clone(parked.places[0].as_ref().unwrap().group());
    let places = || {
        let (mut index, mut before) = (0, 0);
        while group.each(&mut index, 16, |_, _| (true, 0)).is_some() {
            assert!(index - before <= 16, "{before} {index}");
            before = index;
        }
        index
    };
    parked.places[1..999].iter_mut().for_each(|place| drop(place.take()));
    assert_eq!(places(), 1000);
    parked.places[999] = None;
    assert_eq!(places(), 1);
    (1..1000).for_each(|index| parked.park(index, 0));
    assert_eq!(places(), 1000);
    parked.publish(TOPIC);
    assert!(parked.records().await.iter().all(|record| record.frames == [1]));
}

#[tokio::test]
async fn several_events_at_once_are_one_frame_and_more_are_several() {
    let parked = Parked::new(200);
    let last = (0..1000).map(|_| parked.publish(TOPIC)).max();
    let records = parked.records().await;
    assert!(records.iter().all(|record| record.position == last), "{records:?}");
    let frames = &records[0].frames;
    assert!((2..30).contains(&frames.len()) && frames.is_sorted(), "{frames:?}");
    assert!(records.iter().all(|record| record.frames == *frames));
}

#[tokio::test]
async fn an_outlet_that_accepts_no_more_is_written_to_when_it_is_parked_again() {
    let mut parked = Parked::new(10);
    parked.outlets[3].0.lock().unwrap().accepts_only_one = true;
    parked.publish(TOPIC);
    parked.publish(TOPIC);
    assert_eq!(parked.records().await[3].position, None);
    parked.publish(TOPIC);
    assert_eq!(parked.records().await[3].frames.len(), 1);
    parked.outlets[3].0.lock().unwrap().accepts_only_one = false;
    parked.park(3, 3);
    parked.publish(TOPIC);
    assert_eq!(parked.records().await[3].frames.last(), Some(&4));
}

#[tokio::test]
async fn deleted_and_lost_events_and_other_generations_are_left_to_the_tasks() {
    let mut parked = Parked::new(10);
    let deleted = parked.publish(TOPIC);
    parked.node.hub.delete(TOPIC, Deletion::Event(deleted));
    let records = parked.records().await;
    assert!(records.iter().all(|record| (record.woken, record.frames.len()) == (1, 0)));
    (0..10).for_each(|index| parked.park(index, deleted));
    let epoch = Epoch::random();
    parked.node.hub.start(Position { epoch, sequence: 0 });
    let records = parked.records().await;
    assert!(records.iter().all(|record| (record.woken, record.frames.len()) == (2, 0)));
    (0..10).for_each(|index| parked.park(index, 0));
    parked.publish(TOPIC);
    let records = parked.records().await;
    assert!(records.iter().all(|record| (record.woken, record.frames.len()) == (2, 1)));
}

#[tokio::test]
async fn a_writer_ends_with_the_last_outlet_and_the_next_outlet_starts_another() {
    let mut parked = Parked::new(10);
    parked.publish(TOPIC);
    parked.records().await;
    let before = Handle::current().metrics().num_alive_tasks();
    parked.places.iter_mut().for_each(|place| drop(place.take()));
    parked.records().await;
    assert_eq!(Handle::current().metrics().num_alive_tasks(), before - 1);
    parked.park(0, 1);
    parked.publish(TOPIC);
    assert_eq!(parked.records().await[0].frames, [1, 2]);
    assert!(parked.outlets[1..].iter().all(|outlet| Arc::strong_count(outlet) == 1));
}

#[test]
fn a_writer_that_is_dropped_with_its_runtime_wakes_the_tasks_and_is_replaced() {
    let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
    let first = runtime();
    let mut parked = first.block_on(async { Parked::new(10) });
    drop(first);
    assert!(parked.outlets.iter().all(|outlet| outlet.0.lock().unwrap().woken == 1));
    runtime().block_on(async {
        (0..10).for_each(|index| parked.park(index, 0));
        parked.publish(TOPIC);
        let records = parked.records().await;
        assert!(records.iter().all(|record| record.frames == [1]));
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_with_many_outlets_has_a_writer_for_each_worker() {
    let parked = Parked::new(500);
    let groups = parked.places.iter().flatten().map(|place| Arc::as_ptr(place.group()));
    let mut groups: Vec<_> = groups.collect();
    groups.sort();
    assert_eq!(groups.chunk_by(|a, b| a == b).map(<[_]>::len).collect::<Vec<_>>(), [250; 2]);
    let few = Parked::new(60);
    assert!(
        few.places
            .iter()
            .flatten()
            .all(|place| Arc::ptr_eq(place.group(), few.places[0].as_ref().unwrap().group()))
    );
    tokio::time::timeout(Duration::from_secs(20), async {
        parked.publish(TOPIC);
        while parked.records().await.iter().any(|record| record.frames != [1]) {}
    })
    .await
    .unwrap();
}
