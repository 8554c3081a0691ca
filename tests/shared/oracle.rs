//! A client that knows what was published, and checks that it receives every event or a gap.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use hyperpoint::{EventId, Topic};
use hyperpoint_testing::{Client, EventReader, ReadError};

const MOMENT: Duration = Duration::from_millis(50);

/// The published and acknowledged events, in order: the id, and the number that is the data.
#[derive(Clone, Debug, Default)]
pub(crate) struct Published(Arc<Mutex<Vec<(String, u32)>>>);

impl Published {
    /// Publishes numbers, some at once and some after a pause.
    pub(crate) async fn publish(&self, topic: &Topic<u32>, numbers: Range<u32>) {
        for number in numbers {
            let id = topic.publish(&number).await.unwrap().id();
            self.note(&id, number);
            match fastrand::u32(..100) {
                0..10 => tokio::time::sleep(Duration::from_millis(1)).await,
                10..30 => tokio::task::yield_now().await,
                _ => {}
            }
        }
    }

    pub(crate) fn note(&self, id: &EventId, number: u32) {
        let mut published = self.0.lock().unwrap();
        published.push((id.to_string(), number));
        // Concurrent publishers may record their events in another order.
        published.sort_by(|(one, _), (other, _)| sequence(one).cmp(sequence(other)));
    }

    /// Checks that the event with this id, if it was acknowledged, is this number.
    #[track_caller]
    fn check(&self, id: &str, number: u32) {
        let published = self.0.lock().unwrap();
        let acknowledged = published.iter().find(|(of, _)| of == id);
        assert!(acknowledged.is_none_or(|(_, of)| *of == number), "{id} is {number}");
    }

    pub(crate) fn last(&self) -> Option<String> {
        Some(self.0.lock().unwrap().last()?.0.clone())
    }

    /// Returns the numbers of the events after the first id, up to the second.
    fn between(&self, after: &str, through: &str) -> Vec<u32> {
        let published = self.0.lock().unwrap();
        let (after, through) = (sequence(after), sequence(through));
        let is_within = |id: &str| sequence(id) > after && sequence(id) <= through;
        let within = published.iter().filter(|(id, _)| is_within(id));
        within.map(|(_, number)| *number).collect()
    }
}

/// Returns the part of an id that orders the events of a log, whichever generations it has.
fn sequence(id: &str) -> &str {
    id.split_once('-').map_or("", |(_, sequence)| sequence)
}

/// A client of this address, over HTTP/1.1 or over HTTP/2.
pub(crate) fn client(address: SocketAddr, number: usize) -> Client {
    if number.is_multiple_of(2) { Client::http1(address) } else { Client::http2(address) }
}

/// A client that is cut and reconnects, and records what it receives.
pub(crate) struct Oracle {
    client: Client,
    events: Option<EventReader>,
    published: Published,
    id: String,
    /// The id after which the client must receive every event.
    start: String,
    /// A generator of its own, so that its choices do not depend on the timing of other clients.
    pub(crate) rng: Rng,
    pub(crate) given: Vec<u32>,
    pub(crate) gaps: Vec<String>,
}

impl Oracle {
    /// Subscribes a new client.
    pub(crate) async fn open(client: Client, published: &Published) -> Self {
        let (id, start, given, gaps) = Default::default();
        let (published, rng) = (published.clone(), Rng::new());
        let mut oracle = Self { client, events: None, published, id, start, rng, given, gaps };
        assert!(oracle.step().await);
        oracle.start.clone_from(&oracle.id);
        oracle
    }

    /// Moves the client to another server, or to the same one on another port.
    pub(crate) fn moves_to(&mut self, client: Client) {
        (self.client, self.events) = (client, None);
    }

    pub(crate) fn is_cut(&mut self) {
        if let Some(events) = self.events.take() {
            if self.rng.bool() { events.reset() } else { events.disconnect() }
        }
    }

    /// Reads a few events, and waits only briefly for each.
    pub(crate) async fn reads_some(&mut self) {
        for _ in 0..self.rng.u32(0..20) {
            // An event that does not arrive now arrives later.
            let _ = tokio::time::timeout(MOMENT, self.step()).await;
        }
    }

    /// Reads until the client has received the event with this id.
    pub(crate) async fn until(&mut self, id: &str) {
        while !self.has(id) {
            self.step().await;
        }
    }

    /// Returns whether the client has received this id.
    pub(crate) fn has(&self, id: &str) -> bool {
        sequence(&self.id) >= sequence(id)
    }

    /// Reads one event, or reconnects. Returns `false` if there was no server.
    pub(crate) async fn step(&mut self) -> bool {
        if self.events.is_none() {
            let mut request = self.client.events("/s");
            if !self.id.is_empty() {
                request = request.last_event_id(&self.id);
            }
            let Ok(events) = request.await else {
                tokio::time::sleep(Duration::from_millis(20)).await;
                return false;
            };
            self.events = Some(events);
        }
        let read = self.read().await;
        if read.is_err() {
            self.events = None;
        }
        read.is_ok()
    }

    async fn read(&mut self) -> Result<(), ReadError> {
        let Some(events) = &mut self.events else { return Ok(()) };
        let event = events.next().await?;
        let Some(id) = event.id else {
            assert_eq!(event.name, "reconnect");
            return Ok(());
        };
        match &*event.name {
            "ready" => assert!(self.id.is_empty() || id == self.id, "{id} after {}", self.id),
            "gap" => self.gaps.push(event.data),
            _ => {
                let is_later = sequence(&id) > sequence(&self.id);
                assert!(is_later || !self.gaps.is_empty(), "{id} arrived after {}", self.id);
                let number = event.data.parse().unwrap();
                self.published.check(&id, number);
                self.given.push(number);
            }
        }
        self.id = id;
        Ok(())
    }

    /// Checks that the client has received every event acknowledged since it subscribed, up to this
    /// id, in order, without a gap.
    #[track_caller]
    pub(crate) fn has_at_least(&self, through: &str) {
        assert_eq!(self.gaps, Vec::<String>::new());
        let expected = self.published.between(&self.start, through);
        let known: HashSet<_> = expected.iter().copied().collect();
        let given: Vec<_> =
            self.given.iter().copied().filter(|number| known.contains(number)).collect();
        assert_eq!(given, expected);
    }

    /// Checks that the client has received every event published since it subscribed, up to this
    /// id, once and in order.
    #[track_caller]
    pub(crate) fn has_all(&self, through: &str) {
        assert_eq!(self.gaps, Vec::<String>::new());
        assert_eq!(self.given, self.published.between(&self.start, through));
    }
}
