//! Two nodes on a backplane in memory, against a naive model: events that are deleted while followers have
//! read them ahead and while pages are read, eviction, and restored copies.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use hyperpoint::prelude::*;
use hyperpoint::topics::{Position, Received, TopicEvents};
use hyperpoint::{OnLag, TopicLimits, TopicSet};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;

use super::received;
use super::scripted_backplane::ScriptedBackplane;

const TOPIC: TopicTemplate<u32> = TopicTemplate::new("topic/{number}");
/// How long a client waits for a further event at the end.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Clone, Debug)]
enum Step {
    Publish {
        node: usize,
        topic: usize,
        is_expired: bool,
    },
    /// Deletes the event that is this number of events before the newest.
    Delete {
        node: usize,
        back: usize,
    },
    Purge {
        node: usize,
        topic: usize,
    },
    /// Followers deliver nothing more, or everything but this number of sequences.
    Hold {
        back: u64,
    },
    Release,
    HoldPages,
    ReleasePages,
    /// The backplane evicts everything but this number of sequences.
    Evict {
        back: u64,
    },
    /// The backplane is restored without this number of its last sequences.
    Restore {
        back: u64,
    },
    /// A node starts anew, and keeps a few of the newest events alone.
    Restart {
        node: usize,
    },
    /// Opens a client, after the event that is this number of events before the newest, or with this number
    /// of the last events.
    Open {
        node: usize,
        topics: Vec<usize>,
        back: Option<usize>,
        history: usize,
        on_lag: OnLag,
    },
    /// A client resumes at a node.
    Resume {
        client: usize,
        node: usize,
    },
    /// A client reads what is ready.
    Read {
        client: usize,
    },
    /// Tasks run.
    Rest,
}

fn calm() -> impl Strategy<Value = Step> {
    let publish = (0..2_usize, 0..2_usize, prop::bool::weighted(0.1));
    let on_lag = prop_oneof![Just(OnLag::Resume), Just(OnLag::Latest)];
    let from = (prop::option::of(0..30_usize), 0..5_usize);
    let open = (0..2_usize, subsequence(vec![0, 1], 1..=2), from, on_lag);
    prop_oneof![
        16 => publish.prop_map(|(node, topic, is_expired)| Step::Publish { node, topic, is_expired }),
        6 => (0..2_usize, 0..12_usize).prop_map(|(node, back)| Step::Delete { node, back }),
        1 => (0..2_usize, 0..2_usize).prop_map(|(node, topic)| Step::Purge { node, topic }),
        2 => (0..6_u64).prop_map(|back| Step::Hold { back }),
        2 => Just(Step::Release),
        2 => Just(Step::HoldPages),
        2 => Just(Step::ReleasePages),
        1 => (0..2_usize).prop_map(|node| Step::Restart { node }),
        3 => open.prop_map(|(node, topics, (back, history), on_lag)| {
            Step::Open { node, topics, back, history, on_lag }
        }),
        3 => (0..4_usize, 0..2_usize).prop_map(|(client, node)| Step::Resume { client, node }),
        8 => (0..4_usize).prop_map(|client| Step::Read { client }),
        8 => Just(Step::Rest),
    ]
}

fn wild() -> impl Strategy<Value = Step> {
    prop_oneof![
        16 => calm(),
        1 => (0..30_u64).prop_map(|back| Step::Evict { back }),
        1 => (0..8_u64).prop_map(|back| Step::Restore { back }),
    ]
}

/// A published event.
#[derive(Debug)]
struct Event {
    topic: usize,
    data: u32,
    is_expired: bool,
    /// Whether the backplane has deleted it.
    is_deleted: bool,
}

struct World {
    log: ScriptedBackplane,
    nodes: [Topics; 2],
    /// How many events of a topic a node keeps.
    limit: usize,
    /// The events of the log's past, also those that it evicted.
    events: BTreeMap<u64, Event>,
    published: u32,
    /// The data of events whose deletion has returned, by the node.
    deleted: [BTreeSet<u32>; 2],
    clients: Vec<Client>,
    may_have_gaps: bool,
}

struct Client {
    node: usize,
    topics: Vec<usize>,
    on_lag: OnLag,
    events: TopicEvents<u32>,
    /// The sequence after which it has to be complete.
    since: u64,
    last: u64,
    received: BTreeSet<u32>,
}

fn node(log: &ScriptedBackplane, limit: usize) -> Topics {
    Topics::with_backplane(log.clone(), |options| {
        options.limits = TopicLimits { events: limit, ..TopicLimits::DEFAULT };
        options.preload_events = 3;
    })
}

impl World {
    async fn new(limit: usize, may_have_gaps: bool) -> Self {
        let log = ScriptedBackplane::new();
        let (nodes, deleted) = ([node(&log, limit), node(&log, limit)], Default::default());
        for node in &nodes {
            let mut events = node.topic(TOPIC.with([0])).subscribe().events();
            let _ = tokio::time::timeout(Duration::from_secs(1), events.next()).await;
            assert!(events.position().is_some(), "it is followed");
        }
        let (events, clients) = (BTreeMap::new(), Vec::new());
        Self { log, nodes, limit, events, published: 0, deleted, clients, may_have_gaps }
    }

    async fn run(&mut self, step: Step) {
        match step {
            Step::Publish { node, topic, is_expired } => {
                self.publish(node, topic, is_expired).await;
            }
            Step::Delete { node, back } => self.delete(node, back).await,
            Step::Purge { node, topic } => {
                self.nodes[node].topic(TOPIC.with([topic])).purge().await.unwrap();
                self.note_deleted(node, |_, event| event.topic == topic);
            }
            Step::Hold { back } => {
                self.log.change(|log| log.delivers_through = log.last.saturating_sub(back));
            }
            Step::Release => self.log.change(|log| log.delivers_through = u64::MAX),
            Step::HoldPages => self.log.change(|log| log.holds_pages = true),
            Step::ReleasePages => self.log.change(|log| log.holds_pages = false),
            Step::Evict { back } => self.log.change(|log| {
                let through = log.last.saturating_sub(back).max(log.evicted_through);
                log.evict(through);
            }),
            Step::Restore { back } => {
                let last = self.log.change(|log| {
                    let last = log.last.saturating_sub(back).max(log.evicted_through);
                    log.restore(last);
                    last
                });
                self.events.split_off(&(last + 1));
            }
            Step::Restart { node } => self.restart(node),
            Step::Open { node, topics, back, history, on_lag } => {
                self.open(node, topics, back, (history, on_lag));
            }
            Step::Resume { client, node } => self.resume(client, node),
            Step::Read { client } => self.read(client),
            Step::Rest => rest().await,
        }
    }

    async fn publish(&mut self, node: usize, topic: usize, is_expired: bool) {
        self.published += 1;
        let data = self.published;
        let handle = self.nodes[node].topic(TOPIC.with([topic]));
        let publish = handle.publish(&data);
        let publish = if is_expired { publish.expires_after(Duration::ZERO) } else { publish };
        let sequence = publish.await.unwrap().position().sequence;
        self.events.insert(sequence, Event { topic, data, is_expired, is_deleted: false });
    }

    async fn delete(&mut self, node: usize, back: usize) {
        let Some((sequence, topic)) = self.before_newest(back) else { return };
        let epoch = self.log.change(|log| log.generations.last().unwrap().1);
        let position = Position { epoch, sequence };
        self.nodes[node].topic(TOPIC.with([topic])).delete(position).await.unwrap();
        self.note_deleted(node, |of, _| of == sequence);
    }

    fn note_deleted(&mut self, node: usize, is_deleted: impl Fn(u64, &Event) -> bool) {
        for (sequence, event) in &mut self.events {
            if is_deleted(*sequence, event) {
                event.is_deleted = true;
                self.deleted[node].insert(event.data);
            }
        }
    }

    fn before_newest(&self, back: usize) -> Option<(u64, usize)> {
        let (sequence, event) = self.events.iter().rev().nth(back)?;
        Some((*sequence, event.topic))
    }

    fn subscribe(
        &self,
        node: usize,
        topics: &[usize],
        after: Option<Position>,
        (history, on_lag): (usize, OnLag),
    ) -> TopicEvents<u32> {
        let topics: Vec<_> =
            topics.iter().map(|topic| self.nodes[node].topic(TOPIC.with([*topic]))).collect();
        let subscription = TopicSet::of(&topics).subscribe().on_lag(on_lag);
        match after {
            Some(after) => subscription.after(after).events(),
            // With several topics, the last events of each begin at other positions.
            None if topics.len() > 1 => subscription.events(),
            None => subscription.history(history).events(),
        }
    }

    fn open(
        &mut self,
        node: usize,
        topics: Vec<usize>,
        back: Option<usize>,
        (history, on_lag): (usize, OnLag),
    ) {
        if self.clients.len() >= 4 {
            return;
        }
        let epoch = self.log.change(|log| log.generations.last().unwrap().1);
        let after = back.and_then(|back| self.before_newest(back));
        let after = after.map(|(sequence, _)| Position { epoch, sequence });
        let events = self.subscribe(node, &topics, after, (history, on_lag));
        // One that is new begins at once.
        let Some(start) = after.or(events.position()) else { return };
        let (since, last, received) = (start.sequence, start.sequence, BTreeSet::new());
        self.clients.push(Client { node, topics, on_lag, events, since, last, received });
    }

    fn resume(&mut self, client: usize, node: usize) {
        let Some(Client { topics, on_lag, events, .. }) = self.clients.get(client) else { return };
        let Some(position) = events.position() else { return };
        let events = self.subscribe(node, topics, Some(position), (0, *on_lag));
        let client = &mut self.clients[client];
        (client.node, client.events) = (node, events);
    }

    /// The clients of the node resume. One that has not started yet is gone.
    fn restart(&mut self, node: usize) {
        self.nodes[node] = self::node(&self.log, self.limit);
        self.clients.retain(|client| client.node != node || client.events.position().is_some());
        for client in 0..self.clients.len() {
            if self.clients[client].node == node {
                self.resume(client, node);
            }
        }
    }

    fn read(&mut self, client: usize) {
        let Some(client) = self.clients.get_mut(client) else { return };
        let end = self.log.change(|log| log.last);
        while let Some(received) = client.events.next().now_or_never() {
            client.take(received.unwrap(), end, &self.deleted, self.may_have_gaps);
        }
    }

    /// Checks that each client has all that the log has, but for what it was told to be missing.
    async fn finish(mut self) {
        self.log.change(|log| (log.delivers_through, log.holds_pages) = (u64::MAX, false));
        let (evicted_through, end) = self.log.change(|log| (log.evicted_through, log.last));
        // Both nodes follow the deletions of each other.
        tokio::time::sleep(PATIENCE).await;
        let [one, other] = &mut self.deleted;
        one.extend(other.iter());
        other.extend(one.iter());
        for client in &mut self.clients {
            while let Ok(received) = tokio::time::timeout(PATIENCE, client.events.next()).await {
                client.take(received.unwrap(), end, &self.deleted, self.may_have_gaps);
            }
            let kept = self.events.range(client.since.max(evicted_through) + 1..);
            let newest = |of: usize| self.events.values().rfind(|event| event.topic == of);
            let is_newest =
                |event: &Event| newest(event.topic).is_some_and(|newest| newest.data == event.data);
            let missing: Vec<_> = kept
                .filter(|(_, event)| client.topics.contains(&event.topic))
                .filter(|(_, event)| client.on_lag != OnLag::Latest || is_newest(event))
                .filter(|(_, event)| !event.is_deleted && !event.is_expired)
                .filter(|(_, event)| !client.received.contains(&event.data))
                .collect();
            assert!(missing.is_empty(), "missing after {}: {missing:?}", client.since);
        }
    }
}

impl Client {
    /// Checks what was received while the log ended at `end`.
    fn take(
        &mut self,
        received: Received<u32>,
        end: u64,
        deleted: &[BTreeSet<u32>; 2],
        may_have_gaps: bool,
    ) {
        match received {
            Received::Event { position, data, .. } => {
                assert!(position.sequence > self.last, "{data} at {position} after {}", self.last);
                assert!(self.received.insert(data), "{data} is repeated");
                assert!(!deleted[self.node].contains(&data), "{data} is deleted");
                self.last = position.sequence;
            }
            Received::Gap(gap) => {
                assert!(may_have_gaps, "nothing was lost: {gap:?}");
                let from = Position::parse(gap.from.as_str()).unwrap().sequence;
                // The gap includes events that another one of several topics lost after that position.
                self.since = if self.topics.len() > 1 { end } else { from };
                self.last = from;
                // A client of a log that was restored twice may begin anew twice.
                self.received.clear();
            }
            other => drop(received::event(other).unwrap()),
        }
    }
}

/// Lets other tasks run until they wait.
async fn rest() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

fn check(steps: Vec<Step>, limit: usize, may_have_gaps: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut world = World::new(limit, may_have_gaps).await;
        for step in steps {
            world.run(step).await;
        }
        world.finish().await;
    });
}

proptest! {
    #[test]
    fn line_29_clients_of_two_nodes_get_every_event_that_is_not_deleted(
        steps in vec(calm(), 1..150),
        limit in 1..8_usize,
    ) {
        check(steps, limit, false);
    }

    #[test]
    fn line_30_clients_of_two_nodes_get_every_event_of_a_log_that_loses_some_or_a_gap(
        steps in vec(wild(), 1..150),
        limit in 1..8_usize,
    ) {
        check(steps, limit, true);
    }
}
