//! A limit on open event streams with its counters.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyperpoint_core::config::StreamLimit;
use hyperpoint_core::{Identity, Peer};

use super::client::{Client, Clients};

/// A limit on open event streams with the counters of its clients. Clients without an open stream
/// use no memory.
pub(super) struct Streams {
    limit: StreamLimit,
    clients: Clients,
    open: Mutex<HashMap<Client, usize>>,
}

/// A permit for one open stream. Dropping it counts the stream as closed.
pub(crate) struct Permit {
    streams: Arc<Streams>,
    client: Client,
}

impl Streams {
    pub(super) fn new(limit: StreamLimit) -> Self {
        Self { limit, clients: Clients::default(), open: Mutex::default() }
    }

    /// Counts a stream as open, or returns `None` if its client is at the limit.
    pub(super) fn open(
        self: &Arc<Self>,
        identity: &Identity,
        peer: Option<Peer>,
    ) -> Option<Permit> {
        let client = match self.limit.is_by_user {
            true => self.clients.user(identity, peer),
            false => self.clients.address(peer),
        };
        let mut open = self.lock();
        let count = open.entry(client).or_default();
        if *count >= self.limit.most {
            return None;
        }
        *count += 1;
        drop(open);
        Some(Permit { streams: Arc::clone(self), client })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Client, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        if let Some(count) = open.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use hyperpoint_core::config::LimitScope;

    use super::*;

    #[test]
    fn a_stream_is_counted_while_it_is_open_and_its_entry_is_removed() {
        let limit = StreamLimit { most: 2, is_by_user: true, scope: LimitScope::Host };
        let streams = Arc::new(Streams::new(limit));
        let (ann, bob) = (Identity::user("ann"), Identity::user("bob"));
        let first = streams.open(&ann, None).unwrap();
        let second = streams.open(&ann, None).unwrap();
        assert!(streams.open(&ann, None).is_none());
        let third = streams.open(&bob, None).unwrap();
        drop(first);
        let fourth = streams.open(&ann, None).unwrap();
        drop((second, third, fourth));
        assert!(streams.lock().is_empty());
    }
}
