//! Which tickets are in use.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

/// Which tickets are in use by this process, or were a moment ago.
pub(super) struct TicketUses {
    grace: Duration,
    began: Instant,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    uses: HashMap<Uuid, Use>,
    /// At how many uses the old ones are looked for.
    sweep_at: usize,
}

struct Use {
    /// How many requests have it at this moment.
    open: usize,
    left: Instant,
}

/// One request that came with a ticket; its drop tells that it is over.
pub(super) struct InUse {
    uses: Arc<TicketUses>,
    id: Uuid,
}

/// How few uses are never worth looking through.
const SWEEP_AT_LEAST: usize = 64;

impl TicketUses {
    /// Nothing is in use yet.
    pub(super) fn new(grace: Duration) -> Self {
        Self { grace, began: Instant::now(), known: Mutex::default() }
    }

    /// Takes the ticket into use: a fresh one, and one that is in use or was within the grace. A
    /// process that began within the grace can't know, and takes any.
    pub(super) fn enter(self: &Arc<Self>, id: Uuid, is_fresh: bool) -> Option<InUse> {
        let now = Instant::now();
        let mut known = self.lock();
        let is_young = now.duration_since(self.began) < self.grace;
        let is_used = known.uses.get(&id).is_some_and(|used| self.is_current(used, now));
        if !(is_fresh || is_used || is_young) {
            return None;
        }
        if known.uses.len() >= known.sweep_at {
            known.uses.retain(|_, used| self.is_current(used, now));
            known.sweep_at = (2 * known.uses.len()).max(SWEEP_AT_LEAST);
        }
        known.uses.entry(id).or_insert(Use { open: 0, left: now }).open += 1;
        Some(InUse { uses: Arc::clone(self), id })
    }

    fn is_current(&self, used: &Use, now: Instant) -> bool {
        used.open > 0 || now.duration_since(used.left) < self.grace
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        if let Some(used) = self.uses.lock().uses.get_mut(&self.id) {
            used.open = used.open.saturating_sub(1);
            used.left = Instant::now();
        }
    }
}

impl fmt::Debug for InUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InUse")
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const GRACE: Duration = Duration::from_mins(1);

    #[tokio::test(start_paused = true)]
    async fn a_ticket_goes_on_while_it_is_in_use_and_a_little_longer() {
        let uses = Arc::new(TicketUses::new(GRACE));
        advance(GRACE).await;
        let (id, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert!(uses.enter(id, false).is_none(), "it was never in use");
        let first = uses.enter(id, true);
        advance(10 * GRACE).await;
        let second = uses.enter(id, false);
        assert!(second.is_some(), "the first use goes on");
        assert!(uses.enter(other, false).is_none());
        drop((first, second));
        advance(GRACE / 2).await;
        assert!(uses.enter(id, false).is_some(), "it ended a moment ago");
        advance(GRACE).await;
        assert!(uses.enter(id, false).is_none(), "it ended long ago");
    }

    #[tokio::test(start_paused = true)]
    async fn a_process_that_just_began_takes_what_another_may_have_had_in_use() {
        let uses = Arc::new(TicketUses::new(GRACE));
        assert!(uses.enter(Uuid::from_u128(1), false).is_some());
        advance(GRACE).await;
        assert!(uses.enter(Uuid::from_u128(2), false).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_over_is_forgotten() {
        let uses = Arc::new(TicketUses::new(GRACE));
        for id in 0..10_000 {
            drop(uses.enter(Uuid::from_u128(id), true));
            advance(Duration::from_secs(1)).await;
        }
        assert!(uses.lock().uses.len() < 200);
    }
}
