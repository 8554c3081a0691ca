//! A client that knows what was published, and looks that it gets all of it, or is told.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyperpoint::EventId;
use hyperpoint_testing::{Client, EventReader, ReadError};

/// What was published and acknowledged, in order: the id, and the number that is the data.
#[derive(Clone, Debug, Default)]
pub(super) struct Published(Arc<Mutex<Vec<(String, u32)>>>);

impl Published {
    pub(super) fn note(&self, id: &EventId, number: u32) {
        let mut published = self.0.lock().unwrap();
        published.push((id.to_string(), number));
        // Publishers that run beside each other may note theirs in another order.
        published.sort();
    }

    pub(super) fn last(&self) -> Option<String> {
        Some(self.0.lock().unwrap().last()?.0.clone())
    }

    /// The numbers of what came behind the one id, up to the other.
    fn between(&self, after: &str, through: &str) -> Vec<u32> {
        let published = self.0.lock().unwrap();
        let within = published.iter().filter(|(id, _)| &**id > after && &**id <= through);
        within.map(|(_, number)| *number).collect()
    }
}

/// A client that is cut and comes back, and notes what it is given.
pub(super) struct Oracle {
    client: Client,
    events: Option<EventReader>,
    published: Published,
    id: String,
    pub(super) given: Vec<u32>,
    pub(super) gaps: Vec<String>,
}

impl Oracle {
    /// A client that subscribes now.
    pub(super) async fn open(client: Client, published: &Published) -> Self {
        let (id, given, gaps) = (String::new(), Vec::new(), Vec::new());
        let published = published.clone();
        let mut oracle = Self { client, events: None, published, id, given, gaps };
        assert!(oracle.step().await);
        oracle
    }

    /// Goes on with another server, or the same one on another port.
    pub(super) fn moves_to(&mut self, client: Client) {
        (self.client, self.events) = (client, None);
    }

    pub(super) fn is_cut(&mut self) {
        if let Some(events) = self.events.take() {
            if fastrand::bool() { events.reset() } else { events.disconnect() }
        }
    }

    /// Reads until it has the event with this id.
    pub(super) async fn until(&mut self, id: &str) {
        while &*self.id < id {
            self.step().await;
        }
    }

    /// Reads one event, or comes back. False where there was no server.
    pub(super) async fn step(&mut self) -> bool {
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
                assert!(id > self.id || id[..8] != self.id[..8], "{id} comes after {}", self.id);
                self.given.push(event.data.parse().unwrap());
            }
        }
        self.id = id;
        Ok(())
    }

    /// Looks that it has all that was acknowledged between these ids, in order, and no gap.
    #[track_caller]
    pub(super) fn has_at_least(&self, after: &str, through: &str) {
        assert_eq!(self.gaps, Vec::<String>::new());
        let expected = self.published.between(after, through);
        let known: HashSet<_> = expected.iter().copied().collect();
        let given: Vec<_> =
            self.given.iter().copied().filter(|number| known.contains(number)).collect();
        assert_eq!(given, expected);
    }

    /// Looks that it has all that was published between these ids, once and in order.
    #[track_caller]
    pub(super) fn has_all(&self, after: &str, through: &str) {
        assert_eq!(self.gaps, Vec::<String>::new());
        assert_eq!(self.given, self.published.between(after, through));
    }
}
