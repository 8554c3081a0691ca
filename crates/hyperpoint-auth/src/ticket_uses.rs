//! Tracking of the tickets that are in use.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

/// The tickets that are in use in this process, or were in use within the grace period.
pub(super) struct TicketUses {
    grace: Duration,
    began: Instant,
    table: Mutex<UseTable>,
}

#[derive(Default)]
struct UseTable {
    uses: HashMap<Uuid, Use>,
    /// The number of entries at which expired entries are removed.
    sweep_at: usize,
}

struct Use {
    /// The number of open requests with the ticket.
    open: usize,
    /// The time at which the last request with the ticket ended.
    last_end: Instant,
}

/// A guard for a request with a ticket. Dropping it records that the request has ended.
pub(super) struct InUse {
    uses: Arc<TicketUses>,
    id: Uuid,
}

/// The minimum number of entries before expired entries are removed.
const SWEEP_AT_LEAST: usize = 64;

impl TicketUses {
    /// Creates the tracker with no ticket in use.
    pub(super) fn new(grace: Duration) -> Self {
        Self { grace, began: Instant::now(), table: Mutex::default() }
    }

    /// Records a use of the ticket, or returns `None` if the ticket is not accepted. A ticket is
    /// accepted if `is_fresh` is set, which means that it was issued a short time ago, or if it is
    /// in use or was in use within the grace period. In the first grace period after the creation
    /// of the tracker, any ticket is accepted, because an earlier process may have had it in use.
    pub(super) fn enter(self: &Arc<Self>, id: Uuid, is_fresh: bool) -> Option<InUse> {
        let now = Instant::now();
        let mut table = self.lock();
        let is_young = now.duration_since(self.began) < self.grace;
        let is_used = table.uses.get(&id).is_some_and(|used| self.is_current(used, now));
        if !(is_fresh || is_used || is_young) {
            return None;
        }
        if table.uses.len() >= table.sweep_at {
            table.uses.retain(|_, used| self.is_current(used, now));
            table.sweep_at = (2 * table.uses.len()).max(SWEEP_AT_LEAST);
        }
        table.uses.entry(id).or_insert(Use { open: 0, last_end: now }).open += 1;
        Some(InUse { uses: Arc::clone(self), id })
    }

    fn is_current(&self, used: &Use, now: Instant) -> bool {
        used.open > 0 || now.duration_since(used.last_end) < self.grace
    }

    fn lock(&self) -> MutexGuard<'_, UseTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        if let Some(used) = self.uses.lock().uses.get_mut(&self.id) {
            used.open = used.open.saturating_sub(1);
            used.last_end = Instant::now();
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
    async fn a_ticket_is_accepted_while_in_use_and_for_the_grace_period_after() {
        let uses = Arc::new(TicketUses::new(GRACE));
        advance(GRACE).await;
        let (id, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert!(uses.enter(id, false).is_none(), "it was never in use");
        let first = uses.enter(id, true);
        advance(10 * GRACE).await;
        let second = uses.enter(id, false);
        assert!(second.is_some(), "the first use is still open");
        assert!(uses.enter(other, false).is_none());
        drop((first, second));
        advance(GRACE / 2).await;
        assert!(uses.enter(id, false).is_some(), "it ended a moment ago");
        advance(GRACE).await;
        assert!(uses.enter(id, false).is_none(), "it ended long ago");
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_process_accepts_any_ticket_for_the_grace_period() {
        let uses = Arc::new(TicketUses::new(GRACE));
        assert!(uses.enter(Uuid::from_u128(1), false).is_some());
        advance(GRACE).await;
        assert!(uses.enter(Uuid::from_u128(2), false).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn expired_entries_are_removed() {
        let uses = Arc::new(TicketUses::new(GRACE));
        for id in 0..10_000 {
            drop(uses.enter(Uuid::from_u128(id), true));
            advance(Duration::from_secs(1)).await;
        }
        assert!(uses.lock().uses.len() < 200);
    }
}
