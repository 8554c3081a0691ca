//! A list whose items keep their indexes.

use super::ended::ConnectionId;

/// A list that assigns an index to each item. The index of a removed item is reused. A hash map
/// would need up to three times the memory.
#[derive(Debug)]
pub(super) struct Slots<T> {
    items: Vec<Option<T>>,
    free: Vec<ConnectionId>,
    /// Index of the first item, at which iteration starts; 0 if there is no item.
    first: ConnectionId,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { items: Vec::new(), free: Vec::new(), first: 0 }
    }
}

impl<T> Slots<T> {
    /// Returns the number of items.
    pub(super) fn len(&self) -> usize {
        self.items.len() - self.free.len()
    }

    /// Returns whether there is no item.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls `item` with a free index, and adds the returned item at this index.
    pub(super) fn insert_with(&mut self, item: impl FnOnce(ConnectionId) -> T) {
        match self.free.pop() {
            Some(id) => {
                let item = Some(item(id));
                self.first = self.first.min(id);
                if let Some(slot) = self.items.get_mut(id) {
                    *slot = item;
                }
            }
            None => self.items.push(Some(item(self.items.len()))),
        }
    }

    /// Removes the item with this index, and returns it if there is one.
    pub(super) fn remove(&mut self, id: ConnectionId) -> Option<T> {
        let item = self.items.get_mut(id)?.take()?;
        self.free.push(id);
        if self.is_empty() {
            // Frees the capacity that a large number of items has needed.
            *self = Self::default();
        }
        while self.items.get(self.first).is_some_and(Option::is_none) {
            self.first += 1;
        }
        Some(item)
    }

    /// Returns the items in the order of their indexes.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.items.iter().skip(self.first).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_used_again_after_its_item_was_removed() {
        let mut slots = Slots::default();
        for item in ["a", "b", "c"] {
            slots.insert_with(|id| (id, item));
        }
        assert_eq!(slots.remove(1), Some((1, "b")));
        assert_eq!((slots.remove(1), slots.remove(3), slots.len()), (None, None, 2));
        slots.insert_with(|id| (id, "d"));
        let all: Vec<_> = slots.values().copied().collect();
        assert_eq!(all, [(0, "a"), (1, "d"), (2, "c")]);
        for id in 0..3 {
            assert!(!slots.is_empty());
            assert!(slots.remove(id).is_some());
        }
        assert!(slots.is_empty());
    }
}
