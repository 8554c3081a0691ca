//! Owns the idempotency keys of recent publications, by which a repeated publication is recognized.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Maximum number of idempotency keys kept.
const KEYS: usize = 100_000;

/// The name of a topic, and the idempotency key of a publication to it.
type Key = Arc<(Arc<str>, String)>;

/// The idempotency keys of recent publications, each with the sequence of its event.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    sequences: HashMap<Key, u64>,
    /// The keys in order of their publication times in milliseconds.
    order: VecDeque<(u64, Key)>,
}

impl Recent {
    /// Returns the sequence of the event that was published to this topic with this key within the
    /// window. Forgets all keys older than the window.
    pub(crate) fn find(
        &mut self,
        topic: &Arc<str>,
        key: &str,
        now_ms: u64,
        window_ms: u64,
    ) -> Option<u64> {
        while self.order.front().is_some_and(|(at_ms, _)| now_ms.saturating_sub(*at_ms) > window_ms)
        {
            self.forget_first();
        }
        self.sequences.get(&(Arc::clone(topic), key.to_owned())).copied()
    }

    /// Records a publication with an idempotency key.
    pub(crate) fn note(&mut self, topic: &Arc<str>, key: String, now_ms: u64, sequence: u64) {
        let key = Arc::new((Arc::clone(topic), key));
        self.sequences.insert(Arc::clone(&key), sequence);
        self.order.push_back((now_ms, key));
        if self.order.len() > KEYS {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, key)) = self.order.pop_front() {
            self.sequences.remove(&key);
        }
    }
}
