//! The users with open streams on this node.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyperpoint::Stopping;
use hyperpoint::prelude::*;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::node::{HEARTBEAT, NODES, Node};
use crate::room::Room;

/// The users with open streams on this node.
pub struct People {
    node: String,
    /// The number of streams of each user in a room.
    streams: Mutex<BTreeMap<(Room, String), usize>>,
    changed: Notify,
}

/// The presence of a user in a room, until this is dropped.
pub struct Visit {
    people: Arc<People>,
    place: (Room, String),
}

impl People {
    /// Creates an empty list for the node with this name.
    #[must_use]
    pub fn with(node: impl Into<String>) -> Self {
        Self { node: node.into(), streams: Mutex::default(), changed: Notify::new() }
    }

    pub(crate) fn node(&self) -> &str {
        &self.node
    }

    pub(crate) fn enter(self: &Arc<Self>, room: Room, name: &str) -> Visit {
        let place = (room, name.to_owned());
        *self.streams().entry(place.clone()).or_default() += 1;
        self.changed.notify_one();
        Visit { people: Arc::clone(self), place }
    }

    /// Publishes the users of this node, at once when they change and otherwise at each interval,
    /// until the host stops. A killed node publishes nothing more, from which the others see its
    /// end.
    pub async fn tell(self: Arc<Self>, topics: Topics, url: String, stopping: Stopping) {
        let nodes = topics.topic(NODES);
        while !stopping.is_requested() {
            // While the backplane is unavailable, publishing fails; the next interval repeats it.
            let _ = nodes.publish(&self.now(&url)).key(&self.node).await;
            let _ = timeout(HEARTBEAT, self.changed.notified()).await;
        }
    }

    fn now(&self, url: &str) -> Node {
        let (name, url, process) = (self.node.clone(), url.to_owned(), std::process::id());
        let mut node = Node { name, url, process, people: BTreeMap::new() };
        for (room, name) in self.streams().keys() {
            node.people.entry(room.as_str().to_owned()).or_default().insert(name.clone());
        }
        node
    }

    fn streams(&self) -> MutexGuard<'_, BTreeMap<(Room, String), usize>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut streams = self.people.streams();
        if let Some(count) = streams.get_mut(&self.place) {
            *count -= 1;
        }
        streams.retain(|_, count| *count > 0);
        drop(streams);
        self.people.changed.notify_one();
    }
}
